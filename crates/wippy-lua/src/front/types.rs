//! The grammar of types. All of it is erased by whoever asked for a type.

use super::lexer::Kind;
use super::parser::{Parser, Result};
use super::tree::{Annotation, FunctionType, Member, NamedType, Type, TypeKind, TypeParameter};

/// How many `?`, `[]` and annotations may follow a type.
const SUFFIXES_MAX: usize = 20;

impl<'a> Parser<'a> {
    /// A type: a union, or a conditional.
    pub(super) fn type_(&mut self) -> Result<Type<'a>> {
        self.deeper(|p| {
            let start = p.token();
            let leading = p.accept("|");
            let first = p.primary()?;
            if !leading
                && p.is_word("extends")
                && let Some(bound) = p.bound()
            {
                let parts = p.conditional(first, bound)?;
                return Ok(Type { span: p.span_from(start), kind: TypeKind::Conditional(Box::new(parts)) });
            }
            let first = p.suffixes(first)?;
            let mut members = vec![p.intersection(first)?];
            while p.accept("|") {
                let next = p.primary()?;
                let next = p.suffixes(next)?;
                members.push(p.intersection(next)?);
            }
            Ok(match members.len() {
                1 => members.remove(0),
                _ => Type { span: p.span_from(start), kind: TypeKind::Union(members) },
            })
        })
    }

    fn intersection(&mut self, first: Type<'a>) -> Result<Type<'a>> {
        let span = first.span;
        let mut members = vec![first];
        while self.accept("&") {
            let next = self.primary()?;
            members.push(self.suffixes(next)?);
        }
        Ok(match members.len() {
            1 => members.remove(0),
            _ => Type { span, kind: TypeKind::Intersection(members) },
        })
    }

    /// `extends` primary `?`; else nothing is consumed, and the word is the name that begins the next statement.
    fn bound(&mut self) -> Option<Type<'a>> {
        let mut bound = None;
        self.attempt(|p| {
            p.step();
            bound = Some(p.primary()?);
            p.expect("?")
        })
        .then_some(bound)
        .flatten()
    }

    /// type `:` type, all before it being consumed.
    fn conditional(&mut self, checked: Type<'a>, bound: Type<'a>) -> Result<[Type<'a>; 4]> {
        let then = self.type_()?;
        self.expect(":")?;
        Ok([checked, bound, then, self.type_()?])
    }

    /// `?` and annotations behind a primary.
    fn suffixes(&mut self, mut type_: Type<'a>) -> Result<Type<'a>> {
        loop {
            let span = type_.span;
            if self.accept("?") {
                if !matches!(type_.kind, TypeKind::Optional(_)) {
                    type_ = Type { span, kind: TypeKind::Optional(Box::new(type_)) };
                }
                continue;
            }
            if !self.is("@") {
                return Ok(type_);
            }
            let mut annotations = Vec::new();
            while self.accept("@") {
                let name = self.name()?;
                annotations.push(Annotation { name, arguments: self.annotation_arguments()? });
            }
            let depth = depth_of_suffixes(&type_);
            if depth > SUFFIXES_MAX {
                return self.fault(format!("chunk has too many nested levels (limit is {SUFFIXES_MAX})"));
            }
            type_ = Type { span, kind: TypeKind::Annotated(Box::new(type_), annotations) };
        }
    }

    fn annotation_arguments(&mut self) -> Result<Vec<super::tree::Expr<'a>>> {
        let mut arguments = Vec::new();
        if self.accept("(") {
            if !self.is(")") {
                arguments = self.expressions()?;
            }
            self.expect(")")?;
        }
        Ok(arguments)
    }

    /// An atom and its `[]`.
    fn primary(&mut self) -> Result<Type<'a>> {
        let start = self.token();
        let mut type_ = self.atom()?;
        let mut levels = 0;
        while self.accept("[") {
            levels += 1;
            if levels > SUFFIXES_MAX {
                return self.fault(format!("chunk has too many nested levels (limit is {SUFFIXES_MAX})"));
            }
            let kind = match self.is("]") {
                true => TypeKind::Array(Box::new(type_)),
                false => TypeKind::Field(Box::new(type_), Box::new(self.type_()?)),
            };
            self.expect("]")?;
            type_ = Type { span: self.span_from(start), kind };
        }
        Ok(type_)
    }

    fn atom(&mut self) -> Result<Type<'a>> {
        let token = self.token();
        let kind = match (token.kind, token.text) {
            (Kind::Keyword, "nil") => TypeKind::Nil,
            (Kind::Keyword, "true") => TypeKind::Bool(true),
            (Kind::Keyword, "false") => TypeKind::Bool(false),
            (Kind::Text, text) => TypeKind::Text(text),
            (Kind::Number, text) => TypeKind::Number(text.to_owned()),
            (Kind::Symbol, "-") if self.ahead(1).kind == Kind::Number => {
                self.step();
                TypeKind::Number(format!("-{}", self.token().text))
            }
            (Kind::Symbol, "{") => return self.braces(),
            (Kind::Symbol, "(") => return self.parenthesis(),
            (Kind::Name, word) => return self.named(word),
            _ => return self.fault("type expected".into()),
        };
        self.step();
        Ok(Type { span: self.span_from(token), kind })
    }

    fn named(&mut self, word: &'a str) -> Result<Type<'a>> {
        let (start, next) = (self.token(), self.ahead(1));
        let before = |symbol: &str| next.kind == Kind::Symbol && next.text == symbol;
        let kind = match word {
            "readonly" if before("{") => {
                self.step();
                TypeKind::Readonly(Box::new(self.braces()?))
            }
            "interface" if before("{") => {
                self.step();
                match self.braces()?.kind {
                    TypeKind::Record(members, _) => TypeKind::Interface(Vec::new(), members),
                    other => other,
                }
            }
            "typeof" if before("(") => {
                self.step();
                self.step();
                let expression = self.expression()?;
                self.expect(")")?;
                TypeKind::Typeof(Box::new(self.static_type(&expression)))
            }
            "keyof" if before("(") => {
                self.step();
                self.step();
                let inner = self.type_()?;
                self.expect(")")?;
                TypeKind::Keyof(Box::new(inner))
            }
            "fun" if before("(") || before("<") => {
                self.step();
                let type_parameters = if self.is("<") { self.type_parameters()? } else { Vec::new() };
                let mut function = self.function_parameters()?;
                function.type_parameters = type_parameters;
                if self.accept(":") {
                    function.results = self.function_result()?;
                }
                TypeKind::Function(Box::new(function))
            }
            "asserts" if next.kind == Kind::Name => {
                self.step();
                let name = self.name()?;
                let is = if self.is_word("is") {
                    self.step();
                    Some(Box::new(self.type_()?))
                } else {
                    None
                };
                TypeKind::Asserts(name, is)
            }
            _ => TypeKind::Named(self.type_name()?),
        };
        Ok(Type { span: self.span_from(start), kind })
    }

    fn type_name(&mut self) -> Result<NamedType<'a>> {
        let mut path = vec![self.step().text];
        while self.accept(".") {
            path.push(self.name()?);
        }
        let mut arguments = Vec::new();
        if self.accept("<") {
            arguments.push(self.type_()?);
            while self.accept(",") {
                arguments.push(self.type_()?);
            }
            self.close_angle()?;
        }
        let module = if path.len() > 1 { self.required_as(path[0]) } else { None };
        Ok(NamedType { path, arguments, scope: self.scope, module })
    }

    /// An array, a map or a record.
    fn braces(&mut self) -> Result<Type<'a>> {
        let start = self.token();
        self.expect("{")?;
        let kind = if self.accept("}") { TypeKind::Record(Vec::new(), None) } else { self.inside_braces()? };
        Ok(Type { span: self.span_from(start), kind })
    }

    fn inside_braces(&mut self) -> Result<TypeKind<'a>> {
        let is = |n: usize, symbol: &str| {
            let token = self.ahead(n);
            token.kind == Kind::Symbol && token.text == symbol
        };
        let member = self.token().kind == Kind::Name && (is(1, ":") || (is(1, "?") && is(2, ":")));
        if !member && !self.is("[") {
            let element = self.type_()?;
            self.expect("}")?;
            return Ok(TypeKind::Array(Box::new(element)));
        }
        let (mut members, mut pair) = (Vec::new(), None);
        while !self.is("}") {
            if self.accept("[") {
                let key = self.type_()?;
                self.expect("]")?;
                self.expect(":")?;
                pair = Some(Box::new((key, self.type_()?)));
            } else {
                let name = self.name()?;
                let optional = self.accept("?");
                self.expect(":")?;
                members.push(Member { name, optional, type_: self.type_()? });
            }
            if !self.accept(",") && !self.accept(";") {
                break;
            }
        }
        self.expect("}")?;
        Ok(match pair {
            Some(pair) if members.is_empty() => TypeKind::Map(Box::new(pair.0), Box::new(pair.1)),
            pair => TypeKind::Record(members, pair),
        })
    }

    /// Whether the parenthesis at this token belongs to a function type.
    fn arrow_follows(&self) -> bool {
        self.closing(self.at).is_some_and(|close| {
            let behind = self.token_at(close + 1);
            behind.kind == Kind::Symbol && behind.text == "->"
        })
    }

    fn parenthesis(&mut self) -> Result<Type<'a>> {
        let start = self.token();
        if self.arrow_follows() {
            let mut function = self.function_parameters()?;
            self.expect("->")?;
            function.results = self.function_result()?;
            return Ok(Type { span: self.span_from(start), kind: TypeKind::Function(Box::new(function)) });
        }
        self.expect("(")?;
        let inner = self.type_()?;
        self.expect(")")?;
        Ok(inner)
    }

    fn function_parameters(&mut self) -> Result<FunctionType<'a>> {
        self.expect("(")?;
        let mut function = FunctionType::default();
        while !self.is(")") {
            if self.accept("...") {
                self.accept(":");
                function.varargs = Some(self.type_()?);
                break;
            }
            let next = self.ahead(1);
            let named = self.token().kind == Kind::Name
                && next.kind == Kind::Symbol
                && (next.text == ":" || (next.text == "?" && self.ahead(2).text == ":"));
            let (mut name, mut optional) = (None, false);
            if named {
                name = Some(self.step().text);
                optional = self.accept("?");
                self.expect(":")?;
            }
            function.parameters.push((name, optional, self.type_()?));
            if !self.accept(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(function)
    }

    /// What a function type returns: a type, or a list in parentheses.
    fn function_result(&mut self) -> Result<Vec<Type<'a>>> {
        if self.is("(") && !self.continues_behind_parenthesis() {
            return self.type_list();
        }
        Ok(vec![self.type_()?])
    }

    /// Whether what follows the closing parenthesis makes it part of a larger type.
    fn continues_behind_parenthesis(&self) -> bool {
        self.closing(self.at).is_some_and(|close| {
            let behind = self.token_at(close + 1);
            let symbol = behind.kind == Kind::Symbol && matches!(behind.text, "->" | "[" | "?" | "|" | "&" | "@");
            symbol || (behind.kind == Kind::Name && behind.text == "extends")
        })
    }

    fn type_list(&mut self) -> Result<Vec<Type<'a>>> {
        self.expect("(")?;
        let mut list = Vec::new();
        if !self.is(")") {
            list.push(self.type_()?);
            while self.accept(",") {
                list.push(self.type_()?);
            }
        }
        self.expect(")")?;
        Ok(list)
    }

    /// `: A, B` or `: (A, B)` behind a parameter list.
    pub(super) fn result_types(&mut self) -> Result<Vec<Type<'a>>> {
        self.expect(":")?;
        let mut list = self.function_result()?;
        while self.accept(",") {
            list.extend(self.function_result()?);
        }
        Ok(list)
    }

    /// `<T, U: C>`
    pub(super) fn type_parameters(&mut self) -> Result<Vec<TypeParameter<'a>>> {
        self.expect("<")?;
        let mut list = Vec::new();
        loop {
            let name = self.name()?;
            let constraint = if self.accept(":") { Some(self.type_()?) } else { None };
            list.push(TypeParameter { name, constraint });
            if !self.accept(",") {
                self.close_angle()?;
                return Ok(list);
            }
        }
    }
}

/// How many `?` and annotations lie around a type.
fn depth_of_suffixes(type_: &Type<'_>) -> usize {
    let (mut depth, mut inner) = (0, type_);
    while let TypeKind::Optional(t) | TypeKind::Annotated(t, _) = &inner.kind {
        (depth, inner) = (depth + 1, t);
    }
    depth
}

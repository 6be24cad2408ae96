//! The grammar of statements: builds the tree and notes what erasure has to change.

use super::lexer::{Kind, Token};
use super::parser::{Parser, Result};
use super::shapes;
use super::tree::{
    Block, Declaration, Expr, ExprKind, Function, FunctionType, Member, Span, Statement, StatementKind, Suffix, Type,
    TypeKind, Typed,
};

impl<'a> Parser<'a> {
    fn block_ends(&self) -> bool {
        self.token().kind == Kind::End || ["end", "else", "elseif", "until"].iter().any(|w| self.is(w))
    }

    pub(super) fn block(&mut self) -> Result<Block<'a>> {
        self.deeper(|p| {
            let mut statements = Vec::new();
            while !p.block_ends() {
                let first = p.token();
                if p.is("return") {
                    p.step();
                    let values = if p.block_ends() || p.is(";") { Vec::new() } else { p.expressions()? };
                    statements.push(Statement { span: p.span_from(first), kind: StatementKind::Return(values) });
                    p.accept(";");
                    if !p.block_ends() {
                        return p.fault(format!("<eof> expected near {}", p.near()));
                    }
                    break;
                }
                let kind = p.statement()?;
                statements.push(Statement { span: p.span_from(first), kind });
                p.keep_statements_apart();
            }
            Ok(Block { scope: p.scope, statements })
        })
    }

    /// A statement that ended in an erased cast must not join a `(` that follows into a call.
    fn keep_statements_apart(&mut self) {
        if let Some((start, behind)) = self.erased_last
            && behind == self.at
            && self.is("(")
        {
            self.edits.insert(start, ";");
        }
    }

    fn statement(&mut self) -> Result<StatementKind<'a>> {
        let token = self.token();
        if token.kind == Kind::Label {
            self.step();
            return Ok(StatementKind::Label(token.text.trim_matches([':', ' ', '\t'])));
        }
        if self.accept(";") {
            return Ok(StatementKind::Empty);
        }
        if token.kind == Kind::Keyword {
            return self.keyword_statement(token);
        }
        if token.kind == Kind::Name && self.ahead(1).kind == Kind::Name {
            match token.text {
                "type" => return self.type_statement(),
                "interface" => return self.interface_statement(),
                _ => {}
            }
        }
        self.expression_statement()
    }

    fn keyword_statement(&mut self, token: Token<'a>) -> Result<StatementKind<'a>> {
        Ok(match token.text {
            "break" => {
                self.step();
                StatementKind::Break
            }
            "if" => return self.if_statement(),
            "while" => {
                self.step();
                let condition = self.expression()?;
                self.expect("do")?;
                let body = self.scoped(Self::block)?;
                self.expect_end("end", token)?;
                StatementKind::While(condition, body)
            }
            "do" => {
                self.step();
                let body = self.scoped(Self::block)?;
                self.expect_end("end", token)?;
                StatementKind::Do(body)
            }
            "for" => return self.for_statement(),
            "repeat" => {
                self.step();
                let (body, condition) = self.scoped(|p| {
                    let body = p.block()?;
                    p.expect_end("until", token)?;
                    Ok((body, p.expression()?))
                })?;
                StatementKind::Repeat(body, condition)
            }
            "function" => return self.function_statement(),
            "local" => return self.local_statement(),
            "goto" => {
                self.step();
                StatementKind::Goto(self.name()?)
            }
            _ => return self.unexpected(),
        })
    }

    fn if_statement(&mut self) -> Result<StatementKind<'a>> {
        let opener = self.step();
        let mut arms = Vec::new();
        loop {
            let condition = self.expression()?;
            self.expect("then")?;
            arms.push((condition, self.scoped(Self::block)?));
            if !self.accept("elseif") {
                break;
            }
        }
        let otherwise = if self.accept("else") { Some(self.scoped(Self::block)?) } else { None };
        self.expect_end("end", opener)?;
        Ok(StatementKind::If(arms, otherwise))
    }

    fn for_statement(&mut self) -> Result<StatementKind<'a>> {
        let opener = self.step();
        let mut names = vec![self.typed_name()?];
        let numeric = self.accept("=");
        let values = if numeric {
            let mut values = vec![self.expression()?];
            self.expect(",")?;
            values.push(self.expression()?);
            if self.accept(",") {
                values.push(self.expression()?);
            }
            values
        } else {
            while self.accept(",") {
                names.push(self.typed_name()?);
            }
            if !self.is("in") {
                return self.fault(format!("'=' or 'in' expected near {}", self.near()));
            }
            self.step();
            self.expressions()?
        };
        self.expect("do")?;
        let start = self.last_end;
        let id = self.assigned.len();
        self.assigned.push(false);
        let body = self.scoped(|p| {
            // Only the first variable is constant in Lua 5.5.
            for (i, name) in names.iter().enumerate() {
                p.declare(name.name, name.annotation.clone());
                let scope = p.locals.last_mut().expect("just pushed");
                scope[i].loop_ = (i == 0).then_some(id);
            }
            p.scoped(Self::block)
        })?;
        if self.assigned[id] {
            let first = names[0].name;
            self.edits.insert(start, &format!(" local {first} = {first};"));
        }
        self.expect_end("end", opener)?;
        Ok(match numeric {
            true => StatementKind::NumericFor(names.remove(0), values, body),
            false => StatementKind::GenericFor(names, values, body),
        })
    }

    fn function_statement(&mut self) -> Result<StatementKind<'a>> {
        let opener = self.step();
        let first = self.token();
        let mut path = vec![self.name()?];
        let span = self.span_from(first);
        while self.accept(".") {
            path.push(self.name()?);
        }
        let method = self.accept(":");
        if method {
            path.push(self.name()?);
        }
        if path.len() == 1 {
            self.assign(path[0], span);
        } else {
            self.use_of(first);
        }
        let function = self.function_body(opener, method)?;
        Ok(StatementKind::Function(path, method, function))
    }

    fn local_statement(&mut self) -> Result<StatementKind<'a>> {
        self.step();
        if self.is("function") {
            let opener = self.step();
            let name = self.name()?;
            self.declare(name, None);
            let function = self.function_body(opener, false)?;
            if self.asks_types {
                let kind = TypeKind::Function(Box::new(shapes::signature(&function)));
                self.declare(name, Some(Type { span: self.span_from(opener), kind }));
            }
            return Ok(StatementKind::LocalFunction(name, function));
        }
        let mut names = vec![self.local_name()?];
        while self.accept(",") {
            names.push(self.local_name()?);
        }
        let values = if self.accept("=") { self.expressions()? } else { Vec::new() };
        for (i, name) in names.iter().enumerate() {
            let known = match &name.annotation {
                Some(annotation) if self.asks_types => Some(annotation.clone()),
                None if self.asks_types => values.get(i).map(|e| self.static_type(e)),
                _ => None,
            };
            self.declare(name.name, known);
            let module = values.get(i).and_then(required);
            self.locals.last_mut().and_then(|s| s.last_mut()).expect("just declared").module = module;
        }
        Ok(StatementKind::Local(names, values))
    }

    /// A name behind `local`, and a type that is erased.
    fn local_name(&mut self) -> Result<Typed<'a>> {
        self.no_attribute()?;
        let name = self.typed_name()?;
        self.no_attribute()?;
        Ok(name)
    }

    /// Says of `<const>` and `<close>` that they are not part of the language.
    fn no_attribute(&self) -> Result {
        if self.is("<") && self.ahead(1).kind == Kind::Name && self.token_at(self.at + 2).text == ">" {
            let attribute = self.ahead(1).text;
            return self
                .fault(format!("unexpected symbol near '<': attributes such as <{attribute}> are not supported"));
        }
        Ok(())
    }

    /// A name, and a type that is erased.
    fn typed_name(&mut self) -> Result<Typed<'a>> {
        let token = self.token();
        let name = self.name()?;
        let span = self.span_from(token);
        Ok(Typed { name, span, annotation: self.erased_annotation()? })
    }

    /// `: type`, erased, if it is there.
    fn erased_annotation(&mut self) -> Result<Option<Type<'a>>> {
        if !self.is(":") {
            return Ok(None);
        }
        let start = self.step().start;
        let type_ = self.type_()?;
        self.edits.blank(start, self.last_end);
        Ok(Some(type_))
    }

    /// A call or an assignment. Casts belong to expressions, not to statements.
    fn expression_statement(&mut self) -> Result<StatementKind<'a>> {
        let first = self.suffixed()?;
        if !self.is("=") && !self.is(",") {
            return match first.is_multiple() {
                true => Ok(StatementKind::Call(first)),
                false => self.fault(format!("syntax error near {}", self.near())),
            };
        }
        let mut targets = vec![self.target(first)?];
        while self.accept(",") {
            let next = self.suffixed()?;
            targets.push(self.target(next)?);
        }
        self.expect("=")?;
        Ok(StatementKind::Assign(targets, self.expressions()?))
    }

    fn target(&mut self, target: Expr<'a>) -> Result<Expr<'a>> {
        if let Some(name) = target.as_name() {
            self.assign(name, target.span);
        } else if !target.is_place() {
            return self.fault(format!("cannot assign to this expression near {}", self.near()));
        }
        Ok(target)
    }

    /// Parameters, result types and body of a function; `function` and its name are consumed.
    pub(super) fn function_body(&mut self, opener: Token<'a>, method: bool) -> Result<Function<'a>> {
        self.scoped(|p| {
            let mut type_parameters = Vec::new();
            if p.is("<") {
                let start = p.token().start;
                type_parameters = p.type_parameters()?;
                p.edits.blank(start, p.last_end);
                let names = type_parameters.iter().map(|t| t.name).collect();
                let scope = p.scope;
                p.blocks[scope].parameters = names;
            }
            p.expect("(")?;
            if method {
                p.declare("self", None);
            }
            let (mut parameters, mut varargs) = (Vec::new(), None);
            while !p.is(")") {
                if p.accept("...") {
                    varargs = Some(p.erased_annotation()?);
                    break;
                }
                let parameter = p.typed_name()?;
                p.declare(parameter.name, parameter.annotation.clone());
                parameters.push(parameter);
                if !p.accept(",") {
                    break;
                }
                if p.is(")") {
                    return p.fault(format!("name expected near {}", p.near()));
                }
            }
            p.expect(")")?;
            let mut results = None;
            if p.is(":") {
                let start = p.token().start;
                results = Some(p.result_types()?);
                p.edits.blank(start, p.last_end);
            }
            let body = p.block()?;
            p.expect_end("end", opener)?;
            Ok(Function { type_parameters, parameters, varargs, results, body })
        })
    }

    fn type_statement(&mut self) -> Result<StatementKind<'a>> {
        let first = self.step();
        let name = self.name()?;
        let parameters = if self.is("<") { self.type_parameters()? } else { Vec::new() };
        self.expect("=")?;
        let body = self.type_()?;
        self.declare_type(first, Declaration { name, parameters, body, span: Span::default() })
    }

    fn interface_statement(&mut self) -> Result<StatementKind<'a>> {
        let first = self.step();
        let name = self.name()?;
        let mut parents = Vec::new();
        if self.accept(":") {
            parents.push(self.name()?);
            while self.accept(",") {
                parents.push(self.name()?);
            }
        }
        let mut methods = Vec::new();
        while self.accept("function") {
            let start = self.token();
            let name = self.name()?;
            let mut function = self.interface_parameters()?;
            if self.is(":") {
                function.results = self.result_types()?;
            }
            let type_ = Type { span: self.span_from(start), kind: TypeKind::Function(Box::new(function)) };
            methods.push(Member { name, optional: false, type_ });
        }
        self.expect_end("end", first)?;
        let body = Type { span: self.span_from(first), kind: TypeKind::Interface(parents, methods) };
        self.declare_type(first, Declaration { name, parameters: Vec::new(), body, span: Span::default() })
    }

    fn interface_parameters(&mut self) -> Result<FunctionType<'a>> {
        self.expect("(")?;
        let mut function = FunctionType::default();
        while !self.is(")") {
            let any = || Type::named("any");
            if self.accept("...") {
                function.varargs = Some(if self.accept(":") { self.type_()? } else { any() });
                break;
            }
            let name = self.name()?;
            let type_ = if self.accept(":") { self.type_()? } else { any() };
            function.parameters.push((Some(name), false, type_));
            if !self.accept(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(function)
    }

    /// Leaves a `;` in place of the statement, so that its neighbours stay apart. Of two declarations the first counts.
    fn declare_type(&mut self, first: Token<'a>, mut declaration: Declaration<'a>) -> Result<StatementKind<'a>> {
        self.edits.mark(first.start, self.last_end, ';');
        declaration.span = self.span_from(first);
        let scope = self.scope;
        let types = &mut self.blocks[scope].types;
        types.push(declaration);
        Ok(StatementKind::Type(types.len() - 1))
    }
}

/// The name in `require("name")`.
fn required<'a>(e: &Expr<'a>) -> Option<&'a str> {
    let ExprKind::Suffixed(base, suffixes) = &e.kind else { return None };
    match (base.as_name(), suffixes.as_slice()) {
        (Some("require"), [Suffix::Call(arguments)]) => match arguments.as_slice() {
            [Expr { kind: ExprKind::Text(text), .. }] => Some(text.trim_matches(['"', '\''])),
            _ => None,
        },
        _ => None,
    }
}

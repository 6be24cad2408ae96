//! The grammar of expressions, and the casts that are erased from them.

use super::lexer::Kind;
use super::parser::{Parser, Result};
use super::tree::{AskedType, Cast, Expr, ExprKind, Item, Suffix};

/// How tightly unary operators bind.
const UNARY: u8 = 12;

/// Left and right priority of a binary operator, as in Lua.
fn priority(operator: &str) -> Option<(u8, u8)> {
    Some(match operator {
        "or" => (1, 1),
        "and" => (2, 2),
        "<" | ">" | "<=" | ">=" | "~=" | "==" => (3, 3),
        "|" => (4, 4),
        "~" => (5, 5),
        "&" => (6, 6),
        "<<" | ">>" => (7, 7),
        ".." => (9, 8),
        "+" | "-" => (10, 10),
        "*" | "/" | "//" | "%" => (11, 11),
        "^" => (14, 13),
        _ => return None,
    })
}

impl<'a> Parser<'a> {
    pub(super) fn expressions(&mut self) -> Result<Vec<Expr<'a>>> {
        let mut list = vec![self.expression()?];
        while self.accept(",") {
            list.push(self.expression()?);
        }
        Ok(list)
    }

    pub(super) fn expression(&mut self) -> Result<Expr<'a>> {
        self.binding(0)
    }

    /// An expression of operators that bind tighter than `limit`.
    fn binding(&mut self, limit: u8) -> Result<Expr<'a>> {
        self.deeper(|p| {
            let start = p.token();
            let first = if p.is("not") || p.is("-") || p.is("#") || p.is("~") {
                let operator = p.step().text;
                let operand = p.binding(UNARY)?;
                Expr { span: p.span_from(start), kind: ExprKind::Unary(operator, Box::new(operand)) }
            } else {
                p.operand()?
            };
            let mut rest = Vec::new();
            loop {
                let token = p.token();
                if !matches!(token.kind, Kind::Symbol | Kind::Keyword) {
                    break;
                }
                let Some((_, right)) = priority(token.text).filter(|(left, _)| *left > limit) else { break };
                p.step();
                rest.push((token.text, p.binding(right)?));
            }
            if rest.is_empty() {
                return Ok(first);
            }
            Ok(Expr { span: p.span_from(start), kind: ExprKind::Chain(Box::new(first), rest) })
        })
    }

    /// A simple expression and the casts behind it.
    pub(super) fn operand(&mut self) -> Result<Expr<'a>> {
        let first = self.token();
        let operand = self.simple()?;
        let end = self.last_end;
        let mut erased = None;
        let mut casts = Vec::new();
        loop {
            let from = self.token().start;
            if self.is_word("as") || self.is("::") {
                self.step();
                casts.push(Cast::As(self.type_()?));
            } else if self.is("!") {
                self.step();
                casts.push(Cast::NotNil);
            } else {
                break;
            }
            self.edits.blank(from, self.last_end);
            erased.get_or_insert(from);
        }
        let Some(from) = erased else { return Ok(operand) };
        if operand.is_multiple() {
            self.edits.insert(first.start, "(");
            self.edits.insert(end, ")");
        }
        self.erased_last = Some((from, self.at));
        Ok(Expr { span: self.span_from(first), kind: ExprKind::Cast(Box::new(operand), casts) })
    }

    fn simple(&mut self) -> Result<Expr<'a>> {
        let token = self.token();
        let kind = match (token.kind, token.text) {
            (Kind::Number, text) => ExprKind::Number(text),
            (Kind::Text, text) => ExprKind::Text(text),
            (Kind::Keyword, "nil") => ExprKind::Nil,
            (Kind::Keyword, "true") => ExprKind::Bool(true),
            (Kind::Keyword, "false") => ExprKind::Bool(false),
            (Kind::Symbol, "...") => ExprKind::Varargs,
            (Kind::Keyword, "function") => {
                self.step();
                let function = self.function_body(token, false)?;
                return Ok(Expr { span: self.span_from(token), kind: ExprKind::Function(Box::new(function)) });
            }
            (Kind::Symbol, "{") => {
                let items = self.table()?;
                return Ok(Expr { span: self.span_from(token), kind: ExprKind::Table(items) });
            }
            _ => return self.suffixed(),
        };
        self.step();
        Ok(Expr { span: self.span_from(token), kind })
    }

    pub(super) fn suffixed(&mut self) -> Result<Expr<'a>> {
        let first = self.token();
        let kind = match first.kind {
            Kind::Name => {
                self.step();
                ExprKind::Name(first.text, self.use_of(first))
            }
            Kind::Symbol if first.text == "(" => {
                self.step();
                let inner = self.expression()?;
                self.expect_end(")", first)?;
                ExprKind::Group(Box::new(inner))
            }
            _ => return self.unexpected(),
        };
        let base = Expr { span: self.span_from(first), kind };
        let bare = !self.is("(");
        let mut suffixes = Vec::new();
        loop {
            let token = self.token();
            suffixes.push(match (token.kind, token.text) {
                (Kind::Symbol, ".") => {
                    self.step();
                    Suffix::Field(self.name()?)
                }
                (Kind::Symbol, "[") => {
                    self.step();
                    let key = self.expression()?;
                    self.expect_end("]", token)?;
                    Suffix::Index(key)
                }
                (Kind::Symbol, ":") => {
                    self.step();
                    let name = self.name()?;
                    Suffix::Method(name, self.arguments()?)
                }
                (Kind::Symbol, "(" | "{") | (Kind::Text, _) => Suffix::Call(self.arguments()?),
                _ => break,
            });
        }
        if suffixes.is_empty() {
            return Ok(base);
        }
        if let (ExprKind::Name("typeof", false), Suffix::Call(arguments)) = (&base.kind, &suffixes[0])
            && let [argument] = arguments.as_slice()
        {
            let known = self.known_type(argument);
            self.asked.push(AskedType { argument: argument.span, bare, known });
        }
        Ok(Expr { span: self.span_from(first), kind: ExprKind::Suffixed(Box::new(base), suffixes) })
    }

    fn arguments(&mut self) -> Result<Vec<Expr<'a>>> {
        let token = self.token();
        match (token.kind, token.text) {
            (Kind::Text, _) | (Kind::Symbol, "{") => Ok(vec![self.simple()?]),
            (Kind::Symbol, "(") => {
                self.step();
                let list = if self.is(")") { Vec::new() } else { self.expressions()? };
                self.expect_end(")", token)?;
                Ok(list)
            }
            _ => self.fault(format!("function arguments expected near {}", self.near())),
        }
    }

    fn table(&mut self) -> Result<Vec<Item<'a>>> {
        let opener = self.step();
        self.deeper(|p| {
            let mut items = Vec::new();
            while !p.is("}") {
                if p.is("[") {
                    let bracket = p.step();
                    let key = p.expression()?;
                    p.expect_end("]", bracket)?;
                    p.expect("=")?;
                    items.push(Item::Keyed(key, p.expression()?));
                } else {
                    let next = p.ahead(1);
                    if p.token().kind == Kind::Name && next.kind == Kind::Symbol && next.text == "=" {
                        let name = p.step().text;
                        p.step();
                        items.push(Item::Named(name, p.expression()?));
                    } else {
                        items.push(Item::Value(p.expression()?));
                    }
                }
                if !p.accept(",") && !p.accept(";") {
                    break;
                }
            }
            p.expect_end("}", opener)?;
            Ok(items)
        })
    }
}

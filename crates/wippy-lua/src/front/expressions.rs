//! The grammar of expressions, and the casts that are erased from them.

use super::lexer::Kind;
use super::parser::{Parser, Result};

/// What an operand turned out to be.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Operand {
    /// A name without anything behind it.
    Name,
    /// A field or an index.
    Place,
    /// A call, or `...`: may give several values.
    Several,
    /// Anything else.
    Value,
}

impl Parser<'_> {
    pub(super) fn expressions(&mut self) -> Result {
        self.expression()?;
        while self.accept(",") {
            self.expression()?;
        }
        Ok(())
    }

    /// Operators need no precedence here: operands and operators alternate.
    pub(super) fn expression(&mut self) -> Result {
        self.deeper(|p| {
            loop {
                while p.is("not") || p.is("-") || p.is("#") || p.is("~") {
                    p.step();
                }
                p.operand()?;
                let token = p.token();
                let binary = matches!(token.kind, Kind::Symbol | Kind::Keyword)
                    && matches!(
                        token.text,
                        "+" | "-"
                            | "*"
                            | "/"
                            | "%"
                            | "^"
                            | "//"
                            | "&"
                            | "|"
                            | "~"
                            | "<<"
                            | ">>"
                            | ".."
                            | "=="
                            | "~="
                            | "<"
                            | "<="
                            | ">"
                            | ">="
                            | "and"
                            | "or"
                    );
                if !binary {
                    return Ok(());
                }
                p.step();
            }
        })
    }

    /// A simple expression and the casts behind it.
    pub(super) fn operand(&mut self) -> Result {
        let start = self.token().start;
        let operand = self.simple()?;
        let end = self.last_end;
        let mut erased = None;
        loop {
            let from = self.token().start;
            if self.is_word("as") || self.is("::") {
                self.step();
                self.type_()?;
            } else if self.is("!") {
                self.step();
            } else {
                break;
            }
            self.edits.blank(from, self.last_end);
            erased.get_or_insert(from);
        }
        if let Some(from) = erased {
            if operand == Operand::Several {
                self.edits.insert(start, "(");
                self.edits.insert(end, ")");
            }
            self.erased_last = Some((from, self.at));
        }
        Ok(())
    }

    pub(super) fn simple(&mut self) -> Result<Operand> {
        let token = self.token();
        match token.kind {
            Kind::Number | Kind::Text => {
                self.step();
                Ok(Operand::Value)
            }
            Kind::Keyword if matches!(token.text, "nil" | "true" | "false") => {
                self.step();
                Ok(Operand::Value)
            }
            Kind::Keyword if token.text == "function" => {
                self.step();
                self.function_body(token, false)?;
                Ok(Operand::Value)
            }
            Kind::Symbol if token.text == "..." => {
                self.step();
                Ok(Operand::Several)
            }
            Kind::Symbol if token.text == "{" => {
                self.table()?;
                Ok(Operand::Value)
            }
            _ => self.suffixed(),
        }
    }

    pub(super) fn suffixed(&mut self) -> Result<Operand> {
        let token = self.token();
        let mut operand = match token.kind {
            Kind::Name => {
                self.step();
                Operand::Name
            }
            Kind::Symbol if token.text == "(" => {
                self.step();
                self.expression()?;
                self.expect_end(")", token)?;
                Operand::Value
            }
            _ => return self.unexpected(),
        };
        loop {
            let token = self.token();
            operand = match (token.kind, token.text) {
                (Kind::Symbol, ".") => {
                    self.step();
                    self.name()?;
                    Operand::Place
                }
                (Kind::Symbol, "[") => {
                    self.step();
                    self.expression()?;
                    self.expect_end("]", token)?;
                    Operand::Place
                }
                (Kind::Symbol, ":") => {
                    self.step();
                    self.name()?;
                    self.arguments()?;
                    Operand::Several
                }
                (Kind::Symbol, "(" | "{") | (Kind::Text, _) => {
                    self.arguments()?;
                    Operand::Several
                }
                _ => return Ok(operand),
            };
        }
    }

    pub(super) fn arguments(&mut self) -> Result {
        let token = self.token();
        match (token.kind, token.text) {
            (Kind::Text, _) => {
                self.step();
                Ok(())
            }
            (Kind::Symbol, "{") => self.table(),
            (Kind::Symbol, "(") => {
                self.step();
                if !self.is(")") {
                    self.expressions()?;
                }
                self.expect_end(")", token)
            }
            _ => self.fault(format!("function arguments expected near {}", self.near())),
        }
    }

    pub(super) fn table(&mut self) -> Result {
        let opener = self.step();
        self.deeper(|p| {
            while !p.is("}") {
                if p.is("[") {
                    let bracket = p.step();
                    p.expression()?;
                    p.expect_end("]", bracket)?;
                    p.expect("=")?;
                    p.expression()?;
                } else {
                    let next = p.ahead(1);
                    if p.token().kind == Kind::Name && next.kind == Kind::Symbol && next.text == "=" {
                        p.step();
                        p.step();
                    }
                    p.expression()?;
                }
                if !p.accept(",") && !p.accept(";") {
                    break;
                }
            }
            p.expect_end("}", opener)
        })
    }

    // ---- expressions inside of types ----

    /// Arguments of an annotation.
    pub(super) fn annotation_arguments(&mut self) -> Result {
        if self.accept("(") {
            if !self.is(")") {
                self.expressions()?;
            }
            self.expect(")")?;
        }
        Ok(())
    }
}

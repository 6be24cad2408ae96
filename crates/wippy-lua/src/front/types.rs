//! The grammar of types. All of it is erased by whoever asked for a type.

use super::lexer::Kind;
use super::parser::{Parser, Result};

impl Parser<'_> {
    /// A type: a union, or a conditional.
    pub(super) fn type_(&mut self) -> Result {
        self.deeper(|p| {
            let leading = p.accept("|");
            p.primary()?;
            if !leading && p.is_word("extends") && p.attempt(Self::conditional) {
                return Ok(());
            }
            p.suffixes()?;
            loop {
                if !p.accept("|") && !p.accept("&") {
                    return Ok(());
                }
                p.primary()?;
                p.suffixes()?;
            }
        })
    }

    /// `extends` primary `?` type `:` type, the first primary being consumed.
    fn conditional(&mut self) -> Result {
        self.step();
        self.primary()?;
        self.expect("?")?;
        self.type_()?;
        self.expect(":")?;
        self.type_()
    }

    /// `?` and annotations behind a primary.
    fn suffixes(&mut self) -> Result {
        loop {
            if self.accept("?") {
                continue;
            }
            if !self.accept("@") {
                return Ok(());
            }
            self.name()?;
            self.annotation_arguments()?;
        }
    }

    /// An atom and its `[]`.
    fn primary(&mut self) -> Result {
        self.atom()?;
        while self.accept("[") {
            if !self.is("]") {
                self.type_()?;
            }
            self.expect("]")?;
        }
        Ok(())
    }

    fn atom(&mut self) -> Result {
        let token = self.token();
        match (token.kind, token.text) {
            (Kind::Keyword, "nil" | "true" | "false") | (Kind::Text | Kind::Number, _) => {
                self.step();
                Ok(())
            }
            (Kind::Symbol, "-") if self.ahead(1).kind == Kind::Number => {
                self.step();
                self.step();
                Ok(())
            }
            (Kind::Symbol, "{") => self.braces(),
            (Kind::Symbol, "(") => self.parenthesis(),
            (Kind::Name, word) => self.named(word),
            _ => self.fault("type expected".into()),
        }
    }

    fn named(&mut self, word: &str) -> Result {
        let next = self.ahead(1);
        let before = |symbol: &str| next.kind == Kind::Symbol && next.text == symbol;
        match word {
            "readonly" | "interface" if before("{") => {
                self.step();
                self.braces()
            }
            "typeof" if before("(") => {
                self.step();
                self.step();
                self.expression()?;
                self.expect(")")
            }
            "keyof" if before("(") => {
                self.step();
                self.step();
                self.type_()?;
                self.expect(")")
            }
            "fun" if before("(") || before("<") => {
                self.step();
                if self.is("<") {
                    self.type_parameters()?;
                }
                self.function_parameters()?;
                if self.accept(":") {
                    self.function_result()?;
                }
                Ok(())
            }
            "asserts" if next.kind == Kind::Name => self.asserts(),
            _ => self.type_name(),
        }
    }

    /// `asserts x [is T]`; unless that leads nowhere, then `asserts` is a type's name.
    fn asserts(&mut self) -> Result {
        self.step();
        self.name()?;
        if self.is_word("is") {
            self.step();
            self.type_()?;
        }
        Ok(())
    }

    fn type_name(&mut self) -> Result {
        self.step();
        while self.accept(".") {
            self.name()?;
        }
        if self.accept("<") {
            self.type_()?;
            while self.accept(",") {
                self.type_()?;
            }
            self.close_angle()?;
        }
        Ok(())
    }

    /// An array, a map or a record.
    fn braces(&mut self) -> Result {
        self.expect("{")?;
        if self.accept("}") {
            return Ok(());
        }
        let is = |n: usize, symbol: &str| {
            let token = self.ahead(n);
            token.kind == Kind::Symbol && token.text == symbol
        };
        let member = self.token().kind == Kind::Name && (is(1, ":") || (is(1, "?") && is(2, ":")));
        if !member && !self.is("[") {
            self.type_()?;
            return self.expect("}");
        }
        while !self.is("}") {
            if self.accept("[") {
                self.type_()?;
                self.expect("]")?;
            } else {
                self.name()?;
                self.accept("?");
            }
            self.expect(":")?;
            self.type_()?;
            if !self.accept(",") && !self.accept(";") {
                break;
            }
        }
        self.expect("}")
    }

    /// Whether the parenthesis at this token belongs to a function type.
    fn arrow_follows(&self) -> bool {
        self.closing(self.at).is_some_and(|close| {
            let behind = self.token_at(close + 1);
            behind.kind == Kind::Symbol && behind.text == "->"
        })
    }

    fn parenthesis(&mut self) -> Result {
        if self.arrow_follows() {
            self.function_parameters()?;
            self.expect("->")?;
            return self.function_result();
        }
        self.expect("(")?;
        self.type_()?;
        self.expect(")")
    }

    fn function_parameters(&mut self) -> Result {
        self.expect("(")?;
        while !self.is(")") {
            if self.accept("...") {
                self.accept(":");
                self.type_()?;
                break;
            }
            let next = self.ahead(1);
            let named = self.token().kind == Kind::Name
                && next.kind == Kind::Symbol
                && (next.text == ":" || (next.text == "?" && self.ahead(2).text == ":"));
            if named {
                self.step();
                self.accept("?");
                self.expect(":")?;
            }
            self.type_()?;
            if !self.accept(",") {
                break;
            }
        }
        self.expect(")")
    }

    /// What a function type returns: a type, or a list in parentheses.
    fn function_result(&mut self) -> Result {
        if self.is("(") && !self.continues_behind_parenthesis() {
            return self.type_list();
        }
        self.type_()
    }

    /// Whether what follows the closing parenthesis makes it part of a larger type.
    fn continues_behind_parenthesis(&self) -> bool {
        self.closing(self.at).is_some_and(|close| {
            let behind = self.token_at(close + 1);
            let symbol = behind.kind == Kind::Symbol && matches!(behind.text, "->" | "[" | "?" | "|" | "&" | "@");
            symbol || (behind.kind == Kind::Name && behind.text == "extends")
        })
    }

    fn type_list(&mut self) -> Result {
        self.expect("(")?;
        if !self.is(")") {
            self.type_()?;
            while self.accept(",") {
                self.type_()?;
            }
        }
        self.expect(")")
    }

    /// `: A, B` or `: (A, B)` behind a parameter list.
    pub(super) fn result_types(&mut self) -> Result {
        self.expect(":")?;
        self.function_result()?;
        while self.accept(",") {
            self.function_result()?;
        }
        Ok(())
    }

    /// `<T, U: C>`
    pub(super) fn type_parameters(&mut self) -> Result {
        self.expect("<")?;
        loop {
            self.name()?;
            if self.accept(":") {
                self.type_()?;
            }
            if !self.accept(",") {
                return self.close_angle();
            }
        }
    }
}

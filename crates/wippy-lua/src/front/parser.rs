//! Tokens, scopes and the grammar of statements. Nothing is built: the parser notes what erasure has to change.

use super::SyntaxError;
use super::edits::Edits;
use super::expressions::Operand;
use super::lexer::{Kind, Token};

/// How deep blocks, expressions and types may nest; Lua's own limit is 200.
const DEPTH_MAX: usize = 195;

pub(super) type Result<T = ()> = std::result::Result<T, SyntaxError>;

/// Parses a whole chunk.
pub(super) fn parse(tokens: Vec<Token<'_>>) -> Result<Edits> {
    let mut parser = Parser {
        tokens,
        at: 0,
        edits: Edits::default(),
        depth: 0,
        scopes: vec![Vec::new()],
        assigned: Vec::new(),
        erased_last: None,
        splits: Vec::new(),
        last_end: 0,
    };
    parser.block()?;
    if parser.token().kind != Kind::End {
        return parser.unexpected();
    }
    Ok(parser.edits)
}

pub(super) struct Parser<'a> {
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) at: usize,
    pub(super) edits: Edits,
    pub(super) depth: usize,
    /// Names in sight, innermost last; a loop variable knows its loop.
    pub(super) scopes: Vec<Vec<(&'a str, Option<usize>)>>,
    /// Whether the variable of loop n is assigned in its body.
    pub(super) assigned: Vec<bool>,
    /// Where the cast or `!` began that was erased last, and the token index right behind it.
    pub(super) erased_last: Option<(usize, usize)>,
    /// Tokens that were cut in two, for going back.
    pub(super) splits: Vec<(usize, Token<'a>)>,
    /// Where the last consumed token ends; a token that was cut counts up to the cut.
    pub(super) last_end: usize,
}

impl<'a> Parser<'a> {
    // ---- tokens ----

    pub(super) fn token(&self) -> Token<'a> {
        self.tokens[self.at]
    }
    pub(super) fn ahead(&self, n: usize) -> Token<'a> {
        self.tokens[(self.at + n).min(self.tokens.len() - 1)]
    }
    pub(super) fn step(&mut self) -> Token<'a> {
        let token = self.token();
        self.last_end = token.end;
        if token.kind != Kind::End {
            self.at += 1;
        }
        token
    }
    pub(super) fn is(&self, text: &str) -> bool {
        let token = self.token();
        matches!(token.kind, Kind::Symbol | Kind::Keyword) && token.text == text
    }
    pub(super) fn is_word(&self, text: &str) -> bool {
        let token = self.token();
        token.kind == Kind::Name && token.text == text
    }
    pub(super) fn accept(&mut self, text: &str) -> bool {
        let is = self.is(text);
        if is {
            self.step();
        }
        is
    }
    pub(super) fn expect(&mut self, text: &str) -> Result {
        if self.accept(text) { Ok(()) } else { self.fault(format!("'{text}' expected near {}", self.near())) }
    }
    /// Expects what closes something that was opened at a token.
    pub(super) fn expect_end(&mut self, text: &str, opener: Token<'a>) -> Result {
        if self.accept(text) {
            return Ok(());
        }
        let opened = match opener.line == self.token().line {
            true => String::new(),
            false => format!(" (to close '{}' at line {})", opener.text, opener.line),
        };
        self.fault(format!("'{text}' expected{opened} near {}", self.near()))
    }
    pub(super) fn name(&mut self) -> Result<&'a str> {
        match self.token().kind {
            Kind::Name => Ok(self.step().text),
            _ => self.fault(format!("name expected near {}", self.near())),
        }
    }
    pub(super) fn near(&self) -> String {
        match self.token() {
            Token { kind: Kind::End, .. } => "<eof>".into(),
            token => format!("'{}'", token.text.lines().next().unwrap_or_default()),
        }
    }
    pub(super) fn fault<T>(&self, message: String) -> Result<T> {
        let token = self.token();
        Err(SyntaxError { line: token.line, column: token.column, message })
    }
    pub(super) fn unexpected<T>(&self) -> Result<T> {
        self.fault(format!("unexpected symbol near {}", self.near()))
    }
    pub(super) fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= DEPTH_MAX {
            return self.fault(format!("chunk has too many nested levels (limit is {DEPTH_MAX})"));
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    /// Consumes `>`, cutting a longer symbol that begins with it.
    pub(super) fn close_angle(&mut self) -> Result {
        let token = self.token();
        if token.kind == Kind::Symbol && matches!(token.text, ">>" | ">=") {
            self.splits.push((self.at, token));
            self.last_end = token.start + 1;
            let (start, column) = (token.start + 1, token.column + 1);
            self.tokens[self.at] = Token { text: &token.text[1..], start, column, ..token };
            return Ok(());
        }
        self.expect(">")
    }

    /// Tries `f`; when it fails, everything is as before.
    pub(super) fn attempt(&mut self, f: impl FnOnce(&mut Self) -> Result) -> bool {
        let (at, splits, depth, last_end) = (self.at, self.splits.len(), self.depth, self.last_end);
        if f(self).is_ok() {
            return true;
        }
        while self.splits.len() > splits {
            if let Some((i, token)) = self.splits.pop() {
                self.tokens[i] = token;
            }
        }
        (self.at, self.depth, self.last_end) = (at, depth, last_end);
        false
    }

    /// Index of the token that closes the bracket at `open`.
    pub(super) fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0;
        for (i, token) in self.tokens.iter().enumerate().skip(open) {
            if token.kind == Kind::Symbol {
                match token.text {
                    "(" | "{" | "[" => depth += 1,
                    ")" | "}" | "]" => depth -= 1,
                    _ => {}
                }
            }
            if depth == 0 {
                return Some(i);
            }
        }
        None
    }
    pub(super) fn token_at(&self, i: usize) -> Token<'a> {
        self.tokens[i.min(self.tokens.len() - 1)]
    }

    // ---- scopes ----

    pub(super) fn declare(&mut self, name: &'a str) {
        self.scopes.last_mut().expect("a chunk has a scope").push((name, None));
    }
    pub(super) fn assign(&mut self, name: &str) {
        let found = self.scopes.iter().rev().flat_map(|s| s.iter().rev()).find(|(n, _)| *n == name);
        if let Some((_, Some(id))) = found {
            self.assigned[*id] = true;
        }
    }
    pub(super) fn scoped<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.scopes.push(Vec::new());
        let result = f(self);
        self.scopes.pop();
        result
    }

    // ---- statements ----

    pub(super) fn block_ends(&self) -> bool {
        self.token().kind == Kind::End || ["end", "else", "elseif", "until"].iter().any(|w| self.is(w))
    }

    pub(super) fn block(&mut self) -> Result {
        self.deeper(|p| {
            while !p.block_ends() {
                if p.is("return") {
                    p.step();
                    if !p.block_ends() && !p.is(";") {
                        p.expressions()?;
                    }
                    p.accept(";");
                    return if p.block_ends() { Ok(()) } else { p.fault(format!("<eof> expected near {}", p.near())) };
                }
                p.statement()?;
                p.keep_statements_apart();
            }
            Ok(())
        })
    }

    /// A statement that ended in an erased cast must not join a `(` that follows into a call.
    pub(super) fn keep_statements_apart(&mut self) {
        if let Some((start, behind)) = self.erased_last
            && behind == self.at
            && self.is("(")
        {
            self.edits.insert(start, ";");
        }
    }

    pub(super) fn statement(&mut self) -> Result {
        let token = self.token();
        if token.kind == Kind::Label || self.is(";") || self.is("break") {
            self.step();
            return Ok(());
        }
        if token.kind == Kind::Keyword {
            return match token.text {
                "if" => self.if_statement(),
                "while" => {
                    self.step();
                    self.expression()?;
                    self.expect("do")?;
                    self.scoped(Self::block)?;
                    self.expect_end("end", token)
                }
                "do" => {
                    self.step();
                    self.scoped(Self::block)?;
                    self.expect_end("end", token)
                }
                "for" => self.for_statement(),
                "repeat" => {
                    self.step();
                    self.scoped(|p| {
                        p.block()?;
                        p.expect_end("until", token)?;
                        p.expression()
                    })
                }
                "function" => self.function_statement(),
                "local" => self.local_statement(),
                "goto" => {
                    self.step();
                    self.name().map(drop)
                }
                _ => self.unexpected(),
            };
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

    pub(super) fn if_statement(&mut self) -> Result {
        let opener = self.step();
        self.expression()?;
        self.expect("then")?;
        self.scoped(Self::block)?;
        loop {
            if self.accept("elseif") {
                self.expression()?;
                self.expect("then")?;
                self.scoped(Self::block)?;
            } else if self.accept("else") {
                self.scoped(Self::block)?;
                return self.expect_end("end", opener);
            } else {
                return self.expect_end("end", opener);
            }
        }
    }

    pub(super) fn for_statement(&mut self) -> Result {
        let opener = self.step();
        let first = self.typed_name()?;
        let mut names = vec![first];
        if self.accept("=") {
            self.expression()?;
            self.expect(",")?;
            self.expression()?;
            if self.accept(",") {
                self.expression()?;
            }
        } else {
            while self.accept(",") {
                names.push(self.typed_name()?);
            }
            if !self.is("in") {
                return self.fault(format!("'=' or 'in' expected near {}", self.near()));
            }
            self.step();
            self.expressions()?;
        }
        self.expect("do")?;
        let body = self.last_end;
        let id = self.assigned.len();
        self.assigned.push(false);
        self.scoped(|p| {
            // Only the first variable is constant in Lua 5.5.
            let scope = p.scopes.last_mut().expect("just pushed");
            scope.extend(names.iter().enumerate().map(|(i, name)| (*name, (i == 0).then_some(id))));
            p.scoped(Self::block)
        })?;
        if self.assigned[id] {
            self.edits.insert(body, &format!(" local {first} = {first};"));
        }
        self.expect_end("end", opener)
    }

    pub(super) fn function_statement(&mut self) -> Result {
        let opener = self.step();
        let name = self.name()?;
        let mut plain = true;
        while self.accept(".") {
            plain = false;
            self.name()?;
        }
        let method = self.accept(":");
        if method {
            plain = false;
            self.name()?;
        }
        if plain {
            self.assign(name);
        }
        self.function_body(opener, method)
    }

    pub(super) fn local_statement(&mut self) -> Result {
        self.step();
        if self.is("function") {
            let opener = self.step();
            let name = self.name()?;
            self.declare(name);
            return self.function_body(opener, false);
        }
        let mut names = vec![self.typed_name()?];
        while self.accept(",") {
            names.push(self.typed_name()?);
        }
        if self.accept("=") {
            self.expressions()?;
        }
        names.into_iter().for_each(|name| self.declare(name));
        Ok(())
    }

    /// A name, and a type that is erased.
    pub(super) fn typed_name(&mut self) -> Result<&'a str> {
        let name = self.name()?;
        self.erased_annotation()?;
        Ok(name)
    }

    /// `: type`, erased, if it is there.
    pub(super) fn erased_annotation(&mut self) -> Result {
        if self.is(":") {
            let start = self.step().start;
            self.type_()?;
            self.edits.blank(start, self.last_end);
        }
        Ok(())
    }

    /// A call or an assignment. Casts belong to expressions, not to statements.
    pub(super) fn expression_statement(&mut self) -> Result {
        let first = self.token();
        let operand = self.suffixed()?;
        if self.is("=") || self.is(",") {
            self.target(operand, first)?;
            while self.accept(",") {
                let first = self.token();
                let operand = self.suffixed()?;
                self.target(operand, first)?;
            }
            self.expect("=")?;
            return self.expressions();
        }
        if operand == Operand::Several { Ok(()) } else { self.fault(format!("syntax error near {}", self.near())) }
    }

    pub(super) fn target(&mut self, operand: Operand, first: Token<'a>) -> Result {
        match operand {
            Operand::Name => self.assign(first.text),
            Operand::Place => {}
            _ => return self.fault(format!("cannot assign to this expression near {}", self.near())),
        }
        Ok(())
    }

    /// Parameters, result types and body of a function; `function` and its name are consumed.
    pub(super) fn function_body(&mut self, opener: Token<'a>, method: bool) -> Result {
        if self.is("<") {
            let start = self.token().start;
            self.type_parameters()?;
            self.edits.blank(start, self.last_end);
        }
        self.expect("(")?;
        self.scopes.push(Vec::new());
        if method {
            self.declare("self");
        }
        while !self.is(")") {
            if self.accept("...") {
                self.erased_annotation()?;
                break;
            }
            let name = self.typed_name()?;
            self.declare(name);
            if !self.accept(",") {
                break;
            }
            if self.is(")") {
                return self.fault(format!("name expected near {}", self.near()));
            }
        }
        self.expect(")")?;
        if self.is(":") {
            let start = self.token().start;
            self.result_types()?;
            self.edits.blank(start, self.last_end);
        }
        self.block()?;
        self.scopes.pop();
        self.expect_end("end", opener)
    }

    pub(super) fn type_statement(&mut self) -> Result {
        let start = self.step().start;
        self.name()?;
        if self.is("<") {
            self.type_parameters()?;
        }
        self.expect("=")?;
        self.type_()?;
        self.erase_statement(start);
        Ok(())
    }

    pub(super) fn interface_statement(&mut self) -> Result {
        let opener = self.step();
        self.name()?;
        if self.accept(":") {
            self.name()?;
            while self.accept(",") {
                self.name()?;
            }
        }
        while self.accept("function") {
            self.name()?;
            self.interface_parameters()?;
            if self.is(":") {
                self.result_types()?;
            }
        }
        self.expect_end("end", opener)?;
        self.erase_statement(opener.start);
        Ok(())
    }

    pub(super) fn interface_parameters(&mut self) -> Result {
        self.expect("(")?;
        while !self.is(")") {
            if self.accept("...") {
                if self.accept(":") {
                    self.type_()?;
                }
                break;
            }
            self.name()?;
            if self.accept(":") {
                self.type_()?;
            }
            if !self.accept(",") {
                break;
            }
        }
        self.expect(")")
    }

    /// Leaves a `;` in place of a whole statement, so that its neighbours stay apart.
    pub(super) fn erase_statement(&mut self, start: usize) {
        self.edits.mark(start, self.last_end, ';');
    }
}

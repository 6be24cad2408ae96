//! What all parts of the grammar share: tokens, scopes, the way back.

use super::SyntaxError;
use super::edits::Edits;
use super::lexer::{Kind, Token};
use super::tree::{AskedType, Chunk, GlobalUse, Scope, Span, Type};

/// How deep blocks, expressions and types may nest; Lua's own limit is 200.
pub(super) const DEPTH_MAX: usize = 195;

pub(super) type Result<T = ()> = std::result::Result<T, SyntaxError>;

/// A whole chunk, and what has to change in its text.
pub(super) type Parsed<'a> = (Chunk<'a>, Edits);

/// Parses a whole chunk, on a stack that is large enough for any.
pub(super) fn parse(tokens: Vec<Token<'_>>) -> Result<Parsed<'_>> {
    parse_within(tokens, DEPTH_MAX).0
}

/// Parses a whole chunk unless it nests deeper than this.
pub(super) fn parse_shallow(tokens: Vec<Token<'_>>, depth_max: usize) -> Option<Result<Parsed<'_>>> {
    let (parsed, too_deep) = parse_within(tokens, depth_max);
    // What is too deep may have been tried and given up, so the result does not tell.
    (!too_deep).then_some(parsed)
}

/// The second: whether the limit was met.
fn parse_within(tokens: Vec<Token<'_>>, depth_max: usize) -> (Result<Parsed<'_>>, bool) {
    let asks_types = tokens.iter().any(|t| t.kind == Kind::Name && t.text == "typeof");
    let mut parser = Parser {
        tokens,
        at: 0,
        edits: Edits::default(),
        depth: 0,
        depth_max,
        too_deep: false,
        locals: vec![Vec::new()],
        blocks: vec![Scope::default()],
        scope: 0,
        globals: Vec::new(),
        asked: Vec::new(),
        assigned: Vec::new(),
        erased_last: None,
        splits: Vec::new(),
        last_end: 0,
        asks_types,
    };
    let body = match parser.block() {
        Ok(_) if parser.token().kind != Kind::End => parser.unexpected(),
        body => body,
    };
    let too_deep = parser.too_deep;
    let chunk = |body| Chunk { body, scopes: parser.blocks, globals: parser.globals, asked: parser.asked };
    (body.map(|body| (chunk(body), parser.edits)), too_deep)
}

/// A local name.
pub(super) struct Local<'a> {
    pub(super) name: &'a str,
    /// The loop whose variable it is.
    pub(super) loop_: Option<usize>,
    /// What is known of its type, when somebody asks.
    pub(super) known: Option<Type<'a>>,
    /// The module that it holds.
    pub(super) module: Option<&'a str>,
}

pub(super) struct Parser<'a> {
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) at: usize,
    pub(super) edits: Edits,
    pub(super) depth: usize,
    depth_max: usize,
    /// Something nests deeper.
    too_deep: bool,
    /// Names in sight, innermost last.
    pub(super) locals: Vec<Vec<Local<'a>>>,
    /// All blocks so far, and the one that is being read.
    pub(super) blocks: Vec<Scope<'a>>,
    pub(super) scope: usize,
    globals: Vec<GlobalUse<'a>>,
    pub(super) asked: Vec<AskedType<'a>>,
    /// Whether the variable of loop n is assigned in its body.
    pub(super) assigned: Vec<bool>,
    /// Where the cast or `!` began that was erased last, and the token index right behind it.
    pub(super) erased_last: Option<(usize, usize)>,
    /// Tokens that were cut in two, for going back.
    splits: Vec<(usize, Token<'a>)>,
    /// Where the last consumed token ends; a token that was cut counts up to the cut.
    pub(super) last_end: usize,
    /// The source has a `typeof`.
    pub(super) asks_types: bool,
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
    /// From a token to the last one that was consumed.
    pub(super) fn span_from(&self, first: Token<'a>) -> Span {
        Span { start: first.start, end: self.last_end, line: first.line, column: first.column }
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
        if self.depth >= self.depth_max {
            self.too_deep = true;
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
        let (globals, asked) = (self.globals.len(), self.asked.len());
        if f(self).is_ok() {
            return true;
        }
        while self.splits.len() > splits {
            if let Some((i, token)) = self.splits.pop() {
                self.tokens[i] = token;
            }
        }
        (self.at, self.depth, self.last_end) = (at, depth, last_end);
        self.globals.truncate(globals);
        self.asked.truncate(asked);
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

    pub(super) fn declare(&mut self, name: &'a str, known: Option<Type<'a>>) {
        let local = Local { name, loop_: None, known, module: None };
        self.locals.last_mut().expect("a chunk has a scope").push(local);
    }
    fn find(&self, name: &str) -> Option<&Local<'a>> {
        self.locals.iter().rev().flat_map(|s| s.iter().rev()).find(|l| l.name == name)
    }
    /// What was written about a local, or the shape of what it was bound to.
    pub(super) fn known(&self, name: &str) -> Option<&Type<'a>> {
        self.find(name)?.known.as_ref()
    }
    /// The module that a name stands for.
    pub(super) fn required_as(&self, name: &'a str) -> Option<&'a str> {
        self.find(name).map_or(Some(name), |local| local.module)
    }
    /// A name is used, its token being consumed: whether it is a local.
    pub(super) fn use_of(&mut self, token: Token<'a>) -> bool {
        if self.find(token.text).is_some() {
            return true;
        }
        let next = self.ahead(1);
        let field = (self.is(".") || self.is(":")) && next.kind == Kind::Name;
        let field = field.then_some(next.text);
        let (name, span) = (token.text, self.span_from(token));
        self.globals.push(GlobalUse { name, span, scope: self.scope, assigned: false, field });
        false
    }
    /// A name is assigned whose token was consumed.
    pub(super) fn assign(&mut self, name: &'a str, span: Span) {
        match self.find(name) {
            Some(Local { loop_: Some(id), .. }) => {
                let id = *id;
                self.assigned[id] = true;
            }
            Some(_) => {}
            None => match self.globals.iter_mut().rev().find(|g| g.span.start == span.start) {
                Some(known) => known.assigned = true,
                None => {
                    self.globals.push(GlobalUse { name, span, scope: self.scope, assigned: true, field: None });
                }
            },
        }
    }
    pub(super) fn scoped<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let outer = self.scope;
        self.scope = self.blocks.len();
        self.blocks.push(Scope { parent: Some(outer), ..Scope::default() });
        self.locals.push(Vec::new());
        let result = f(self);
        self.locals.pop();
        self.scope = outer;
        result
    }
}

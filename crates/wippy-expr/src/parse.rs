//! From tokens to a tree. What is nested too deep, or has too many parts, is refused here.

mod paths;

use crate::ast::{Node, Op};
use crate::builtins;
use crate::error::Error;
use crate::lex::{self, Kind, Token};
use crate::ops;
use crate::regexp::Matcher;
use crate::value::Value;

/// How deep expressions may be nested.
const DEPTH_MAX: usize = 64;
/// How often one operator may enclose what the one before it made; it adds to the depth.
const WRAPS_MAX: usize = 64;
/// How many parts a program may have.
const NODES_MAX: usize = 10_000;

/// Bytes that all patterns of a program have together, as they stand in its text.
const PATTERNS_MAX: usize = 16 << 10;
/// Bytes that they have when compiled.
const COMPILED_MAX: usize = 1 << 20;

/// Words that are no names.
const RESERVED: &[&str] = &[
    "in",
    "matches",
    "contains",
    "startsWith",
    "endsWith",
    "and",
    "or",
    "not",
    "let",
    "if",
    "else",
    "true",
    "false",
    "nil",
];

type Parsed = Result<Node, Error>;

/// What a text says.
pub(crate) struct Read {
    pub(crate) root: Node,
    /// Whether it asks for the time.
    pub(crate) timely: bool,
    /// Bytes that it may hold on to, about.
    pub(crate) weight: usize,
}

/// Reads a program.
pub(crate) fn program(source: &str) -> Result<Read, Error> {
    let tokens = lex::tokens(source)?;
    let mut parser = Parser {
        source,
        tokens,
        at: 0,
        depth: 0,
        nodes: 0,
        wraps: 0,
        timely: false,
        left: (PATTERNS_MAX, COMPILED_MAX),
        weight: 0,
        closures: Vec::new(),
        lets: Vec::new(),
    };
    let node = parser.sequence()?;
    match parser.peek() {
        Kind::End => {
            let weight = parser.weight + source.len() + parser.nodes * size_of::<Node>();
            Ok(Read { root: node, timely: parser.timely, weight })
        }
        _ => Err(parser.unexpected()),
    }
}

struct Parser<'t> {
    source: &'t str,
    tokens: Vec<Token<'t>>,
    at: usize,
    depth: usize,
    nodes: usize,
    wraps: usize,
    timely: bool,
    /// What patterns may still take: bytes as they are written, and compiled.
    left: (usize, usize),
    /// What patterns may hold on to.
    weight: usize,
    /// The closures around; whether each is one of `reduce`.
    closures: Vec<bool>,
    /// The names of the `let`s around.
    lets: Vec<&'t str>,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> &Kind<'t> {
        &self.tokens[self.at].kind
    }

    fn place(&self) -> usize {
        self.tokens[self.at].at
    }

    fn next(&mut self) -> Kind<'t> {
        let kind = self.peek().clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        kind
    }

    fn fault(&self, what: &str) -> Error {
        Error::at(what, self.source, self.place())
    }

    fn unexpected(&self) -> Error {
        match self.peek() {
            Kind::End => self.fault("unexpected end of expression"),
            Kind::Word(word) => self.fault(&format!("unexpected '{word}'")),
            Kind::Sign(sign) => self.fault(&format!("unexpected '{sign}'")),
            Kind::Int(_) | Kind::Float(_) => self.fault("unexpected number"),
            Kind::Text(_) => self.fault("unexpected string"),
        }
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Kind::Sign(s) if *s == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Kind::Word(w) if *w == word)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        if found {
            self.next();
        }
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), Error> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn counted(&mut self, node: Node) -> Parsed {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(self.fault(&format!("expression has more than {NODES_MAX} parts")));
        }
        Ok(node)
    }

    fn nested(&mut self, parse: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.fault("expression is nested too deep"));
        }
        let node = parse(self)?;
        self.depth -= 1;
        Ok(node)
    }

    /// Expressions separated by semicolons.
    fn sequence(&mut self) -> Parsed {
        let first = self.expression(0)?;
        if !self.is(";") {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.take(";") {
            if matches!(self.peek(), Kind::End | Kind::Sign(")" | "}")) {
                break;
            }
            all.push(self.expression(0)?);
        }
        self.counted(Node::Sequence(all))
    }

    fn expression(&mut self, least: u32) -> Parsed {
        self.nested(|parser| parser.operators(least))
    }

    fn operators(&mut self, least: u32) -> Parsed {
        if least == 0 && self.is_word("let") {
            return self.binding();
        }
        if least == 0 && self.is_word("if") {
            return self.conditional();
        }
        let mut left = self.unary()?;
        let (mut coalesced, mut wrapped) = (false, false);
        loop {
            let from = self.at;
            let negated = self.is_word("not");
            if negated {
                self.next();
            }
            let sign = match self.peek() {
                Kind::Sign(sign) => sign,
                Kind::Word(word) => *word,
                _ => "",
            };
            if sign == "|" && least == 0 && !negated {
                self.next();
                self.wrap(&mut wrapped)?;
                left = self.pipe(left)?;
                continue;
            }
            let found = Op::of(sign).filter(|(_, strength)| *strength >= least);
            let found = if negated { found.and_then(|(op, n)| Some((op.negated()?, n))) } else { found };
            let Some((op, strength)) = found else {
                if negated {
                    self.at = from;
                    return Err(self.unexpected());
                }
                break;
            };
            if coalesced && op != Op::Coalesce {
                return Err(self.fault(&format!("'{sign}' and '??' cannot be mixed: use parentheses")));
            }
            coalesced = op == Op::Coalesce;
            self.next();
            if op.compares() || op == Op::Matches || op == Op::NotMatches || op == Op::Power {
                self.wrap(&mut wrapped)?;
            }
            if op.compares() {
                left = self.comparison(left, op, strength)?;
                continue;
            }
            let place = self.place();
            let right = self.expression(if op == Op::Power { strength } else { strength + 1 })?;
            left = self.joined(left, op, right, place)?;
        }
        if least == 0 { self.choice(left) } else { Ok(left) }
    }

    /// A node is going to enclose the one before it; only the first time is free.
    fn wrap(&mut self, wrapped: &mut bool) -> Result<(), Error> {
        self.wraps += usize::from(*wrapped);
        *wrapped = true;
        if self.wraps > WRAPS_MAX { Err(self.fault("expression is nested too deep")) } else { Ok(()) }
    }

    fn pattern(&mut self, pattern: &str) -> Result<Matcher, Error> {
        let (text, size) = &mut self.left;
        let too_large = |most: usize| format!("all patterns of an expression have {most} bytes at most");
        *text = text.checked_sub(pattern.len()).ok_or_else(|| Error::new(too_large(PATTERNS_MAX)))?;
        let matcher = ops::pattern(pattern)?;
        let enough = size.checked_sub(matcher.size());
        *size = enough.ok_or_else(|| Error::new(too_large(COMPILED_MAX) + " when compiled"))?;
        self.weight += matcher.weight();
        Ok(matcher)
    }

    /// `left op right`; what stands in a row becomes one node.
    fn joined(&mut self, left: Node, op: Op, right: Node, place: usize) -> Parsed {
        if let (Op::Matches | Op::NotMatches, Node::Literal(Value::Text(pattern))) = (op, &right) {
            let regex = self.pattern(pattern).map_err(|e| Error::at(e, self.source, place))?;
            let node = Node::Matches(Box::new(left), Box::new(regex));
            let node = if op == Op::NotMatches { Node::Not(Box::new(node)) } else { node };
            return self.counted(node);
        }
        let node = match left {
            Node::Chain(first, mut rest) if op != Op::Power => {
                rest.push((op, right));
                Node::Chain(first, rest)
            }
            left => Node::Chain(Box::new(left), vec![(op, right)]),
        };
        self.counted(node)
    }

    fn comparison(&mut self, left: Node, mut op: Op, strength: u32) -> Parsed {
        let mut rest = Vec::new();
        loop {
            rest.push((op, self.expression(strength + 1)?));
            match self.peek() {
                Kind::Sign(sign) => match Op::of(sign) {
                    Some((next, _)) if next.compares() => op = next,
                    _ => break,
                },
                _ => break,
            }
            self.next();
        }
        self.nodes += rest.len();
        self.counted(Node::Compare(Box::new(left), rest))
    }

    /// `a ? b : c`, `a ?: c`
    fn choice(&mut self, condition: Node) -> Parsed {
        if !self.take("?") {
            return Ok(condition);
        }
        let then = if self.is(":") { None } else { Some(self.expression(0)?) };
        self.expect(":")?;
        let otherwise = self.expression(0)?;
        // What holds is true: so is the value of a condition without another one.
        let then = then.unwrap_or(Node::Literal(Value::Bool(true)));
        self.counted(Node::If(Box::new([condition, then, otherwise])))
    }

    /// `let name = value; rest`
    fn binding(&mut self) -> Parsed {
        self.next();
        let name = self.name()?;
        if RESERVED.contains(&name) || builtins::find(name).is_some() || name.starts_with(['#', '$']) {
            return Err(self.fault(&format!("cannot use '{name}' as the name of a variable")));
        }
        if self.lets.contains(&name) {
            return Err(self.fault(&format!("variable '{name}' is there already")));
        }
        self.expect("=")?;
        let value = self.expression(0)?;
        self.expect(";")?;
        self.lets.push(name);
        let rest = self.nested(Self::sequence)?;
        self.lets.pop();
        self.counted(Node::Let(Box::new([value, rest])))
    }

    /// `if a { b } else { c }`
    fn conditional(&mut self) -> Parsed {
        self.next();
        let condition = self.expression(0)?;
        let then = self.block()?;
        if !self.is_word("else") {
            return Err(self.unexpected());
        }
        self.next();
        let otherwise = if self.is_word("if") { self.nested(Self::conditional)? } else { self.block()? };
        self.counted(Node::If(Box::new([condition, then, otherwise])))
    }

    fn block(&mut self) -> Parsed {
        self.expect("{")?;
        let node = self.sequence()?;
        self.expect("}")?;
        Ok(node)
    }

    fn name(&mut self) -> Result<&'t str, Error> {
        match *self.peek() {
            Kind::Word(word) => {
                self.next();
                Ok(word)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn unary(&mut self) -> Parsed {
        let (strength, make): (u32, fn(Box<Node>) -> Node) = match self.peek() {
            Kind::Word("not") | Kind::Sign("!") => (50, Node::Not),
            Kind::Sign("-") => (90, Node::Negative),
            Kind::Sign("+") => (90, Node::Positive),
            _ => return self.primary(),
        };
        self.next();
        let inner = self.expression(strength)?;
        self.counted(make(Box::new(inner)))
    }

    fn primary(&mut self) -> Parsed {
        let place = self.place();
        let node = match self.peek().clone() {
            Kind::Int(v) => self.literal(Value::Int(v))?,
            Kind::Float(v) => self.literal(Value::Float(v))?,
            Kind::Text(v) => self.literal(Value::Text(v))?,
            Kind::Sign("(") => {
                self.next();
                let node = self.sequence()?;
                self.expect(")")?;
                node
            }
            Kind::Sign("[") => {
                self.next();
                let items = self.list("]")?;
                self.counted(Node::List(items))?
            }
            Kind::Sign("{") => self.map()?,
            Kind::Sign("::") => {
                self.next();
                let name = self.name()?;
                self.call(name, place, None)?
            }
            // `.name` of a closure: a member of its element.
            Kind::Sign(".") if !self.closures.is_empty() => Node::Item,
            Kind::Word(word) => self.word(word, place)?,
            _ => return Err(self.unexpected()),
        };
        self.path(node)
    }

    fn literal(&mut self, value: Value) -> Parsed {
        self.next();
        self.counted(Node::Literal(value))
    }

    fn word(&mut self, word: &'t str, place: usize) -> Parsed {
        match word {
            "true" => return self.literal(Value::Bool(true)),
            "false" => return self.literal(Value::Bool(false)),
            "nil" => return self.literal(Value::Nil),
            _ if RESERVED.contains(&word) => return Err(self.unexpected()),
            _ => {}
        }
        if word.starts_with('#') {
            let node = match (word, self.closures.last()) {
                (_, None) => return Err(self.fault(&format!("'{word}' is only known in closures"))),
                ("#", _) => Node::Item,
                ("#index", _) => Node::Index,
                ("#acc", Some(true)) => Node::Sum,
                _ => return Err(self.fault(&format!("unknown pointer {word}"))),
            };
            self.next();
            return self.counted(node);
        }
        self.next();
        if self.is("(") {
            return self.call(word, place, None);
        }
        let node = match self.lets.iter().rposition(|name| *name == word) {
            Some(n) => Node::Local(n),
            None if word == "$env" => Node::Names,
            None => Node::Name(word.into(), place),
        };
        self.counted(node)
    }

    /// Expressions separated by commas, up to the closing sign.
    fn list(&mut self, end: &str) -> Result<Vec<Node>, Error> {
        let mut items = Vec::new();
        while !self.take(end) {
            if !items.is_empty() {
                self.expect(",")?;
                if self.take(end) {
                    break;
                }
            }
            items.push(self.expression(0)?);
        }
        Ok(items)
    }

    fn map(&mut self) -> Parsed {
        self.next();
        let mut pairs: Vec<(Node, Node)> = Vec::new();
        while !self.take("}") {
            if !pairs.is_empty() {
                self.expect(",")?;
                if self.take("}") {
                    break;
                }
            }
            let key = match self.peek().clone() {
                Kind::Word(word) => self.literal(Value::text(word))?,
                Kind::Text(text) => self.literal(Value::Text(text))?,
                Kind::Int(v) => self.literal(Value::text(v.to_string()))?,
                Kind::Sign("(") => {
                    self.next();
                    let node = self.expression(0)?;
                    self.expect(")")?;
                    node
                }
                _ => return Err(self.unexpected()),
            };
            self.expect(":")?;
            pairs.push((key, self.expression(0)?));
        }
        self.counted(Node::Map(pairs))
    }
}

//! Tokens of typed Lua.

use super::SyntaxError;

/// What sort of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Keyword,
    Number,
    Text,
    Symbol,
    /// `::name::` on one line.
    Label,
    End,
}

/// One token and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// Words that Lua reserves.
fn is_keyword(word: &str) -> bool {
    matches!(word, "and" | "break" | "do" | "else" | "elseif" | "end" | "false" | "for" | "function" | "goto" | "if")
        || matches!(
            word,
            "in" | "local" | "nil" | "not" | "or" | "repeat" | "return" | "then" | "true" | "until" | "while"
        )
}

/// Length of the longest symbol that a text begins with; 0 when it begins with none.
fn symbol_len(text: &[u8]) -> usize {
    match text {
        [b'.', b'.', b'.', ..] => 3,
        [b'=' | b'~' | b'<' | b'>', b'=', ..] => 2,
        [b'/', b'/', ..] | [b':', b':', ..] | [b'<', b'<', ..] | [b'>', b'>', ..] | [b'.', b'.', ..] => 2,
        [b'-', b'>', ..] => 2,
        [b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'#' | b'&' | b'~' | b'|' | b'<' | b'>' | b'=', ..] => 1,
        [b'(' | b')' | b'{' | b'}' | b'[' | b']' | b';' | b':' | b',' | b'.' | b'?' | b'!' | b'@', ..] => 1,
        _ => 0,
    }
}

/// Cuts a source into tokens; the last one is [`Kind::End`].
pub(super) fn tokens(source: &str) -> Result<Vec<Token<'_>>, SyntaxError> {
    let mut lexer = Lexer { source, at: 0, line: 1, line_start: 0, ascii_line: true };
    let mut tokens = Vec::with_capacity(source.len() / 4);
    loop {
        lexer.skip_blanks()?;
        let token = lexer.token()?;
        tokens.push(token);
        if token.kind == Kind::End {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    line: u32,
    line_start: usize,
    /// No character of the line so far takes more than a byte, so columns need no counting.
    ascii_line: bool,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }
    fn byte(&self, ahead: usize) -> u8 {
        self.source.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }
    fn column(&self, at: usize) -> u32 {
        let before = &self.source[self.line_start..at];
        1 + if self.ascii_line { before.len() } else { before.chars().count() } as u32
    }
    fn fault<T>(&self, line: u32, column: u32, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError { line, column, message: message.into() })
    }
    /// Steps over `n` bytes, counting lines.
    fn advance(&mut self, n: usize) {
        for i in 0..n {
            let byte = self.source.as_bytes()[self.at + i];
            if byte == b'\n' {
                self.line += 1;
                self.line_start = self.at + i + 1;
                self.ascii_line = true;
            } else if byte >= 0x80 {
                self.ascii_line = false;
            }
        }
        self.at += n;
    }

    fn skip_blanks(&mut self) -> Result<(), SyntaxError> {
        loop {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']).len();
            self.advance(blanks);
            if !self.rest().starts_with("--") {
                return Ok(());
            }
            let (line, column) = (self.line, self.column(self.at));
            self.advance(2);
            match self.long_bracket() {
                Some(level) => self.skip_long(level, line, column, "comment")?,
                None => {
                    let end = self.rest().find('\n').unwrap_or(self.rest().len());
                    self.advance(end);
                }
            }
        }
    }

    /// Number of `=` of a long bracket that opens here.
    fn long_bracket(&self) -> Option<usize> {
        let rest = self.rest().strip_prefix('[')?;
        let level = rest.len() - rest.trim_start_matches('=').len();
        rest[level..].starts_with('[').then_some(level)
    }

    fn skip_long(&mut self, level: usize, line: u32, column: u32, what: &str) -> Result<(), SyntaxError> {
        let close = format!("]{}]", "=".repeat(level));
        self.advance(level + 2);
        match self.rest().find(&close) {
            Some(end) => {
                self.advance(end + close.len());
                Ok(())
            }
            None => self.fault(line, column, format!("unfinished long {what} (no '{close}')")),
        }
    }

    fn token(&mut self) -> Result<Token<'a>, SyntaxError> {
        let (start, line, column) = (self.at, self.line, self.column(self.at));
        let kind = match self.byte(0) {
            0 if self.rest().is_empty() => Kind::End,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let word = self.name_here();
                self.advance(word.len());
                if is_keyword(word) { Kind::Keyword } else { Kind::Name }
            }
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(1).is_ascii_digit() => self.number(),
            b'"' | b'\'' => self.short_text(line, column)?,
            b'[' if self.long_bracket().is_some() => {
                let level = self.long_bracket().unwrap_or(0);
                self.skip_long(level, line, column, "string")?;
                Kind::Text
            }
            b'!' if self.byte(1) == b'=' && self.byte(2) != b'=' => {
                return self.fault(line, column, "unexpected symbol near '!=', use ~=");
            }
            _ => match self.label_len() {
                Some(len) => {
                    self.advance(len);
                    Kind::Label
                }
                None => match symbol_len(self.rest().as_bytes()) {
                    0 => {
                        let ch = self.rest().chars().next().unwrap_or(' ');
                        return self.fault(line, column, format!("unexpected symbol near '{ch}'"));
                    }
                    len => {
                        self.advance(len);
                        Kind::Symbol
                    }
                },
            },
        };
        Ok(Token { kind, text: &self.source[start..self.at], start, end: self.at, line, column })
    }

    fn name_here(&self) -> &'a str {
        name_at(self.rest())
    }

    /// `::` name `::` with only blanks inside, on one line.
    fn label_len(&self) -> Option<usize> {
        let blanks = |s: &str| s.len() - s.trim_start_matches([' ', '\t']).len();
        let inner = self.rest().strip_prefix("::")?;
        let before = blanks(inner);
        let name = name_at(&inner[before..]);
        let behind = &inner[before + name.len()..];
        let after = blanks(behind);
        (!name.is_empty() && !is_keyword(name) && behind[after..].starts_with("::"))
            .then(|| 2 + before + name.len() + after + 2)
    }

    /// Reads as much as Lua would; Lua itself judges the number.
    fn number(&mut self) -> Kind {
        let hex = self.byte(0) == b'0' && matches!(self.byte(1), b'x' | b'X');
        let mut n = if hex { 2 } else { 0 };
        loop {
            let byte = self.byte(n);
            let exponent = if hex { matches!(byte, b'p' | b'P') } else { matches!(byte, b'e' | b'E') };
            if exponent && matches!(self.byte(n + 1), b'+' | b'-') {
                n += 2;
            } else if byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_' {
                n += 1;
            } else {
                break;
            }
        }
        self.advance(n);
        Kind::Number
    }

    fn short_text(&mut self, line: u32, column: u32) -> Result<Kind, SyntaxError> {
        let quote = self.byte(0);
        let mut n = 1;
        loop {
            match self.byte(n) {
                b if b == quote => break,
                b'\\' => n += self.escape_len(n),
                b'\n' | b'\r' => return self.fault(line, column, "unfinished string"),
                0 if self.at + n >= self.source.len() => {
                    return self.fault(line, column, "unfinished string");
                }
                _ => n += 1,
            }
        }
        self.advance(n + 1);
        Ok(Kind::Text)
    }

    fn escape_len(&self, n: usize) -> usize {
        match self.byte(n + 1) {
            b'z' => {
                let blanks = (0..).take_while(|i| self.byte(n + 2 + i).is_ascii_whitespace()).count();
                2 + blanks
            }
            b'\r' if self.byte(n + 2) == b'\n' => 3,
            0 if self.at + n + 1 >= self.source.len() => 1,
            _ => 2,
        }
    }
}

/// The name that a text begins with; may be empty.
fn name_at(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_digit()) { "" } else { &text[..end] }
}

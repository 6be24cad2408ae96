//! From text to tokens.

use crate::error::Error;
use std::sync::Arc;

/// One token and where it begins.
#[derive(Debug, Clone)]
pub(crate) struct Token<'t> {
    pub(crate) kind: Kind<'t>,
    pub(crate) at: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind<'t> {
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    /// A name or a word that is an operator, such as `in`. `#acc` too.
    Word(&'t str),
    /// An operator or bracket.
    Sign(&'static str),
    End,
}

/// Longer ones first.
const SIGNS: &[&str] = &[
    "**", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "..", "::", "+", "-", "*", "/", "%", "^", "<", ">", "!", "?",
    ":", ".", ",", ";", "=", "|", "(", ")", "[", "]", "{", "}",
];

/// Texts longer than this are no programs.
const LENGTH_MAX: usize = 1 << 20;

/// The tokens of a text; the last one is [`Kind::End`].
pub(crate) fn tokens(source: &str) -> Result<Vec<Token<'_>>, Error> {
    if source.len() > LENGTH_MAX {
        return Err(Error::new("expression is too long"));
    }
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.blanks()?;
        let at = lexer.at;
        let kind = lexer.token()?;
        let end = kind == Kind::End;
        tokens.push(Token { kind, at });
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    source: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.source[self.at..]
    }

    fn fault(&self, at: usize, what: &str) -> Error {
        Error::at(what, self.source, at)
    }

    fn blanks(&mut self) -> Result<(), Error> {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                let end = rest.find("*/").ok_or_else(|| self.fault(self.at, "unclosed comment"))?;
                self.at += end + 2;
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<Kind<'t>, Error> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok(Kind::End);
        };
        let second = rest[first.len_utf8()..].chars().next();
        if first.is_ascii_digit() || (first == '.' && second.is_some_and(|c| c.is_ascii_digit())) {
            return self.number();
        }
        if is_word_start(first) || first == '#' {
            let end = rest[first.len_utf8()..].find(|c| !is_word(c)).map_or(rest.len(), |n| n + first.len_utf8());
            self.at += end;
            return Ok(Kind::Word(&rest[..end]));
        }
        match first {
            '"' | '\'' => return self.quoted(first),
            '`' => {
                let end = rest[1..].find('`').ok_or_else(|| self.fault(self.at, "literal not terminated"))?;
                self.at += end + 2;
                return Ok(Kind::Text(rest[1..=end].into()));
            }
            _ => {}
        }
        match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            Some(sign) => {
                self.at += sign.len();
                Ok(Kind::Sign(sign))
            }
            None => Err(self.fault(self.at, &format!("unrecognized character: {first:?}"))),
        }
    }

    fn number(&mut self) -> Result<Kind<'t>, Error> {
        let start = self.at;
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let radix = match bytes.get(..2) {
            Some(b"0x" | b"0X") => 16,
            Some(b"0o" | b"0O") => 8,
            Some(b"0b" | b"0B") => 2,
            _ => 10,
        };
        let mut n = if radix == 10 { 0 } else { 2 };
        let mut float = false;
        while let Some(&byte) = bytes.get(n) {
            match byte {
                b'_' => {}
                b'.' if radix == 10 && !float && bytes.get(n + 1) != Some(&b'.') => {
                    // A name behind the point is a member of the number: let the parser refuse it.
                    if bytes.get(n + 1).is_some_and(|c| c.is_ascii_alphabetic() && !matches!(c, b'e' | b'E')) {
                        break;
                    }
                    float = true;
                }
                b'e' | b'E' if radix == 10 => {
                    float = true;
                    if matches!(bytes.get(n + 1), Some(b'+' | b'-')) {
                        n += 1;
                    }
                }
                _ if byte.is_ascii_alphanumeric() => {}
                _ => break,
            }
            n += 1;
        }
        self.at += n;
        let text = &rest[..n];
        let digits = text.replace('_', "");
        let bad = || self.fault(start, &format!("bad number syntax: {text:?}"));
        if text.ends_with('_') || text.contains("__") {
            return Err(bad());
        }
        if float {
            let value: f64 = digits.parse().map_err(|_| bad())?;
            return if value.is_finite() { Ok(Kind::Float(value)) } else { Err(bad()) };
        }
        let digits = if radix == 10 { &digits } else { &digits[2..] };
        i64::from_str_radix(digits, radix).map(Kind::Int).map_err(|_| bad())
    }

    fn quoted(&mut self, quote: char) -> Result<Kind<'t>, Error> {
        let start = self.at;
        let unclosed = |lexer: &Self| lexer.fault(start, "literal not terminated");
        let mut out = String::new();
        let mut chars = self.rest()[1..].char_indices();
        while let Some((n, c)) = chars.next() {
            match c {
                _ if c == quote => {
                    self.at = start + 1 + n + 1;
                    return Ok(Kind::Text(out.into()));
                }
                '\n' | '\r' => return Err(unclosed(self)),
                '\\' => {
                    let (_, letter) = chars.next().ok_or_else(|| unclosed(self))?;
                    let digits = match letter {
                        'a' => '\x07'.into(),
                        'b' => '\x08'.into(),
                        'f' => '\x0C'.into(),
                        'n' => '\n'.into(),
                        'r' => '\r'.into(),
                        't' => '\t'.into(),
                        'v' => '\x0B'.into(),
                        '\\' | '\'' | '"' | '`' | '/' => Some(letter),
                        _ => None,
                    };
                    if let Some(plain) = digits {
                        out.push(plain);
                        continue;
                    }
                    let (skip, count, radix) = match letter {
                        'x' => (0, 2, 16),
                        'u' => (0, 4, 16),
                        'U' => (0, 8, 16),
                        '0'..='3' => (1, 3, 8),
                        _ => return Err(self.fault(start + 1 + n, "unknown escape sequence")),
                    };
                    let code = start + 1 + n + 2 - skip;
                    let text = self.source.get(code..code + count).unwrap_or_default();
                    let number = u32::from_str_radix(text, radix).ok().filter(|_| !text.starts_with('+'));
                    let ch = number.and_then(char::from_u32);
                    out.push(ch.ok_or_else(|| self.fault(start + 1 + n, "invalid escape sequence"))?);
                    for _ in 0..count - skip {
                        chars.next();
                    }
                }
                c => out.push(c),
            }
        }
        Err(unclosed(self))
    }
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

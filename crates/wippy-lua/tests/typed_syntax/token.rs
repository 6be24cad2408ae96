//! Just enough of Lua's lexical rules to compare sources without their blanks and comments.

#[derive(Debug)]
pub(crate) struct Token<'a> {
    pub(crate) line: u32,
    /// From 1, in characters.
    pub(crate) column: u32,
    pub(crate) text: &'a str,
}

/// The tokens of `source`. Of broken source it gives some tokens or other.
pub(crate) fn tokens(source: &str) -> Vec<Token<'_>> {
    let (mut line, mut column, mut rest) = (1, 1, source);
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (len, is_token) = match rest.strip_prefix("--") {
            _ if first.is_whitespace() => (first.len_utf8(), false),
            Some(comment) => (2 + comment_len(comment), false),
            None => (token_len(rest, first), true),
        };
        let (text, tail) = rest.split_at(len);
        if is_token {
            found.push(Token { line, column, text });
        }
        for c in text.chars() {
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        rest = tail;
    }
    found
}

const SYMBOLS: [&str; 12] = ["...", "..", "::", "->", "//", "<<", ">>", "<=", ">=", "==", "~=", "!="];

fn token_len(text: &str, first: char) -> usize {
    let digit_next = text[first.len_utf8()..].starts_with(|c: char| c.is_ascii_digit());
    if matches!(first, '"' | '\'') {
        return short_string_len(text, first);
    }
    if first.is_ascii_digit() || (first == '.' && digit_next) {
        return number_len(text);
    }
    if is_name(first) {
        return text.find(|c| !is_name(c)).unwrap_or(text.len());
    }
    let symbol = || SYMBOLS.iter().find(|s| text.starts_with(**s)).map(|s| s.len());
    long_bracket_len(text).or_else(symbol).unwrap_or(first.len_utf8())
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn comment_len(text: &str) -> usize {
    long_bracket_len(text).or_else(|| text.find('\n')).unwrap_or(text.len())
}

fn long_bracket_len(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let level = inner.bytes().take_while(|b| *b == b'=').count();
    let body = inner[level..].strip_prefix('[')?;
    let close = format!("]{}]", "=".repeat(level));
    Some(body.find(&close).map_or(text.len(), |at| 2 + level + at + close.len()))
}

fn short_string_len(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

fn number_len(text: &str) -> usize {
    let hex = text.starts_with("0x") || text.starts_with("0X");
    let exponent = if hex { ['p', 'P'] } else { ['e', 'E'] };
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let sign = matches!(c, '+' | '-') && exponent.contains(&before);
        if !(is_name(c) || c == '.' || sign) {
            return at;
        }
        before = c;
    }
    text.len()
}

#[test]
fn tokens_have_lines_and_columns() {
    let source = "a::b -- c\n\t'\\'é' .. [=[x]]\n]=] >=0x1p-4..2 a.b --[[\n]] @\n";
    let found: Vec<_> = tokens(source).into_iter().map(|t| (t.line, t.column, t.text)).collect();
    let expected = [
        (1, 1, "a"),
        (1, 2, "::"),
        (1, 4, "b"),
        (2, 2, "'\\'é'"),
        (2, 8, ".."),
        (2, 11, "[=[x]]\n]=]"),
        (3, 5, ">="),
        (3, 7, "0x1p-4..2"),
        (3, 17, "a"),
        (3, 18, "."),
        (3, 19, "b"),
        (4, 4, "@"),
    ];
    assert_eq!(found, expected);
}

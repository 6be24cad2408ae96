//! Columns for what Lua's own compiler refuses: it tells a line and the text there.
//!
//! Erasure keeps lines, and a token that Lua complains about stands in the original as it stands in plain Lua. Where its
//! line has several that look alike there is no column rather than a wrong one.

use super::lexer::{self, Kind, Token};

/// Line and, if there is no doubt, column of the place that a message of Lua's compiler means, and the message without
/// chunk name and line.
pub(crate) fn place<'m>(source: &str, chunk: &str, message: &'m str) -> Option<(u32, Option<u32>, &'m str)> {
    let (line, what) = message.strip_prefix(chunk)?.strip_prefix(':')?.split_once(": ")?;
    let line = line.parse().ok()?;
    let tokens = lexer::tokens(source).ok()?;
    Some((line, column(&tokens, line, what), what))
}

fn column(tokens: &[Token<'_>], line: u32, what: &str) -> Option<u32> {
    let (label, near) = (between(what, "label '", "'"), what.split_once(" near ").map(|(_, near)| near));
    let mut here = tokens.iter().zip(tokens.iter().skip(1)).filter(|(token, _)| token.line == line);
    match (label, near) {
        (Some(name), _) if what.starts_with("no visible label") => {
            only(here.filter(|(token, next)| token.text == "goto" && next.text == name).map(|(token, _)| token))
        }
        // The one that repeats it is the last.
        (Some(name), _) => here
            .rfind(|(token, _)| token.kind == Kind::Label && token.text.trim_matches([':', ' ', '\t']) == name)
            .map(|(token, _)| token.column),
        (None, Some("<eof>")) => tokens.last().map(|end| end.column),
        (None, Some(near)) => {
            let text = near.strip_prefix('\'')?.strip_suffix('\'')?;
            let mut alike = here.map(|(token, _)| token).filter(|token| token.text.starts_with(text)).peekable();
            match alike.peek()?.kind {
                // Lua gives up at the first of them that it reads.
                Kind::Number | Kind::Text => alike.next().map(|token| token.column),
                _ => only(alike),
            }
        }
        (None, None) => None,
    }
}

/// The column of the only one.
fn only<'t, 's: 't>(mut tokens: impl Iterator<Item = &'t Token<'s>>) -> Option<u32> {
    let first = tokens.next()?;
    tokens.next().is_none().then_some(first.column)
}

fn between<'t>(text: &'t str, before: &str, behind: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(behind).map(|(inner, _)| inner)
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_place_is_told_when_there_is_no_doubt() {
        for (source, message, want) in [
            ("x = 1\n  goto nowhere", "a:b:2: no visible label 'nowhere' for <goto> at line 2", Some((2, Some(3)))),
            ("::a:: ::b:: ::a::", "a:b:1: label 'a' already defined on line 1", Some((1, Some(13)))),
            ("local n: integer = 0x", "a:b:1: malformed number near '0x'", Some((1, Some(20)))),
            ("local s = \"\\q\"", "a:b:1: invalid escape sequence near '\"\\q'", Some((1, Some(11)))),
            ("x = 1el + 1el", "a:b:1: malformed number near '1el'", Some((1, Some(5)))),
            ("break break", "a:b:1: break outside loop near 'break'", Some((1, None))),
            ("x = 1", "a:b:1: too many local variables", Some((1, None))),
            ("x = 1", "not enough memory", None),
        ] {
            let found = place(source, "a:b", message).map(|(line, column, _)| (line, column));
            assert_eq!(found, want, "{source}: {message}");
        }
    }
}

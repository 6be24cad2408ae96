//! Regular expressions in the syntax of RE2, on bytes. Expressions use them, and so does whoever else needs them.

use regex::bytes::{Regex, RegexBuilder};

/// Memory that a compiled expression may take.
const SIZE_MAX: usize = 4 << 20;
/// Memory that searching with it may take, in each thread.
const SEARCH_MAX: usize = 1 << 20;

/// Compiles an expression.
///
/// # Errors
/// What is wrong with it.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    compile_within(pattern, SIZE_MAX)?.ok_or_else(|| "expression too large".to_owned())
}

/// Compiles an expression; `None` when it would take more than `size` bytes.
///
/// # Errors
/// What is wrong with it.
pub fn compile_within(pattern: &str, size: usize) -> Result<Option<Regex>, String> {
    match RegexBuilder::new(&translated(pattern)).size_limit(size).dfa_size_limit(SEARCH_MAX).build() {
        Ok(regex) => Ok(Some(regex)),
        Err(regex::Error::CompiledTooBig(_)) => Ok(None),
        // The last line says what is wrong, those before show where.
        Err(e) => Err(e.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()),
    }
}

/// RE2's meaning in the syntax of the engine: classes of Perl are ASCII, `\Q…\E` is literal, a bracket or `&` in a class
/// is a character, and so is a brace that begins no repetition.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('Q') => {
                    let mut literal = String::new();
                    while let Some(c) = chars.next() {
                        if c == '\\' && chars.peek() == Some(&'E') {
                            chars.next();
                            break;
                        }
                        literal.push(c);
                    }
                    out.push_str(&regex::escape(&literal));
                }
                Some(letter) => escape(letter, in_class, &mut out),
                None => out.push('\\'),
            },
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                // Directly behind the opening it is a character.
                if chars.next_if_eq(&']').is_some() {
                    out.push_str("\\]");
                }
            }
            '[' if chars.peek() == Some(&':') => {
                out.push_str("[:");
                chars.next();
                while let Some(c) = chars.next() {
                    out.push(c);
                    if c == ':' && chars.peek() == Some(&']') {
                        out.push(']');
                        chars.next();
                        break;
                    }
                }
            }
            '[' | '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            '{' if !in_class && !is_repetition(chars.clone()) => out.push_str("\\{"),
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            c => out.push(c),
        }
    }
    out
}

/// Whether `{` and these characters say how often.
fn is_repetition(mut chars: std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    let digits = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
        std::iter::from_fn(|| chars.next_if(char::is_ascii_digit)).count() > 0
    };
    if !digits(&mut chars) {
        return false;
    }
    if chars.next_if_eq(&',').is_some() {
        digits(&mut chars);
    }
    chars.next() == Some('}')
}

fn escape(letter: char, in_class: bool, out: &mut String) {
    let set = match letter {
        'd' | 'D' => "0-9",
        'w' | 'W' => "0-9A-Za-z_",
        's' | 'S' => "\\t\\n\\x0C\\r\\x20",
        // The engine knows these as ends of words.
        '<' => {
            out.push_str("\\x3C");
            return;
        }
        '>' => {
            out.push_str("\\x3E");
            return;
        }
        'b' | 'B' if !in_class => {
            out.push_str(&format!("(?-u:\\{letter})"));
            return;
        }
        _ => {
            out.push('\\');
            out.push(letter);
            return;
        }
    };
    let negated = if letter.is_ascii_uppercase() { "^" } else { "" };
    match in_class && negated.is_empty() {
        true => out.push_str(set),
        false => out.push_str(&format!("[{negated}{set}]")),
    }
}

#[cfg(test)]
mod tests {
    use super::compile;

    #[test]
    fn classes_of_perl_are_ascii() {
        for (pattern, text, found) in [
            (r"^\d+$", "123", true),
            (r"^\d+$", "١٢", false),
            (r"^\w+$", "aß", false),
            (r"^\W+$", "ß", true),
            (r"^[\d\-x]+$", "1-x", true),
            (r"^[\D]+$", "a1", false),
            (r"\bcat\b", "a cat.", true),
            (r"^.$", "ß", true),
            (r"^\Qa.b\E$", "a.b", true),
            (r"^\Qa.b\E$", "axb", false),
            (r"^[[:alpha:]_]+$", "ab_", true),
            (r"^[a[&&b]+$", "[&ab", true),
            (r"^[]a]+$", "]a", true),
            (r"^{{(\w+)}}$", "{{name}}", true),
            (r"^a{,2}{x}$", "a{,2}{x}", true),
            (r"^a{2}b{1,}c{0,1}$", "aabb", true),
            (r"^\<a\>$", "<a>", true),
            (r"^[\<{]+$", "<{", true),
            (r"^(?P<y>\d{4})-(?<m>\d\d)$", "2024-05", true),
        ] {
            assert_eq!(compile(pattern).expect(pattern).is_match(text.as_bytes()), found, "{pattern} on {text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused_with_a_reason() {
        for pattern in ["(", "[a", "*a", r"\8", "(?z)", "x{2,1}", "(?<n"] {
            assert!(!compile(pattern).expect_err(pattern).is_empty());
        }
        assert!(compile("(?:a{1000}){1000}").expect_err("huge").contains("too large"));
    }
}

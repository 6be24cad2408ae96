//! What a plain word means.
//!
//! YAML 1.2 with three legacies: whole numbers with a leading zero are octal, `0b` is binary, and underscores may stand in
//! numbers. `yes` and `on` are text, and so is a date.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use granit_parser::{ScalarStyle, Tag};
use wippy_core::Tree;

/// Where YAML's own tags live.
const NAMESPACE: &str = "tag:yaml.org,2002:";

/// What a scalar is by its style and its tag.
///
/// # Errors
/// What is expected instead.
pub(crate) fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Tree, String> {
    let Some(tag) = tag else {
        return Ok(if style == ScalarStyle::Plain { plain(text) } else { Tree::Text(text.to_owned()) });
    };
    let fits = |tree: &Tree| match tag.core_suffix() {
        Some("null") => matches!(tree, Tree::Nil),
        Some("bool") => matches!(tree, Tree::Bool(_)),
        Some("int") => matches!(tree, Tree::Int(_)),
        Some("float") => matches!(tree, Tree::Float(_)),
        _ => false,
    };
    match (tag.core_suffix(), plain(text)) {
        // Tags that are none of YAML's own ones say nothing here.
        (None, _) if tag.suffix_in_namespace(NAMESPACE).as_deref() == Some("binary") => binary(text),
        (None | Some("str"), _) => Ok(Tree::Text(text.to_owned())),
        (Some("float"), Tree::Int(n)) => Ok(Tree::Float(n as f64)),
        (_, tree) if fits(&tree) => Ok(tree),
        (Some(wanted), _) => Err(format!("a value that fits its tag !!{wanted}")),
    }
}

/// Bytes in base64, with line breaks and blanks anywhere.
fn binary(text: &str) -> Result<Tree, String> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(digits).map_err(|_| "base64 behind the tag !!binary")?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => Tree::Text(text),
        Err(e) => Tree::Bytes(e.into_bytes()),
    })
}

/// Bytes as they are written behind the tag `!!binary`.
pub(crate) fn binary_digits(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// What a word without quotes means.
pub(crate) fn plain(text: &str) -> Tree {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Tree::Nil,
        "true" | "True" | "TRUE" => Tree::Bool(true),
        "false" | "False" | "FALSE" => Tree::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Tree::Float(f64::NAN),
        _ => number(text).unwrap_or_else(|| Tree::Text(text.to_owned())),
    }
}

/// Whether a plain word is a whole number from 2^63 up to 2^64 − 1: only unsigned integers hold it.
pub(crate) fn is_unsigned(text: &str) -> bool {
    begins_a_number(text) && whole(&text.replace('_', "")).is_some_and(|n| n > i128::from(i64::MAX))
}

fn begins_a_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
}

fn signed(text: &str) -> (i8, &str) {
    match text.strip_prefix('-') {
        Some(body) => (-1, body),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// A whole number of at most 64 bits and a sign.
fn whole(text: &str) -> Option<i128> {
    let (sign, body) = signed(text);
    let (radix, digits) = match body.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &body[2..]),
        [b'0', b'o' | b'O', ..] => (8, &body[2..]),
        [b'0', b'b' | b'B', ..] => (2, &body[2..]),
        [b'0', rest @ ..] if !rest.is_empty() && rest.iter().all(u8::is_ascii_digit) => (8, &body[1..]),
        _ => (10, body),
    };
    if !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok().map(|magnitude| i128::from(sign) * i128::from(magnitude))
}

fn number(text: &str) -> Option<Tree> {
    if !begins_a_number(text) {
        return None;
    }
    let cleaned = text.replace('_', "");
    let (sign, body) = signed(&cleaned);
    if matches!(body, ".inf" | ".Inf" | ".INF") {
        return Some(Tree::Float(f64::from(sign) * f64::INFINITY));
    }
    if let Some(n) = whole(&cleaned) {
        return Some(i64::try_from(n).map_or(Tree::Float(n as f64), Tree::Int));
    }
    if !body.starts_with(|c: char| c == '.' || c.is_ascii_digit()) {
        return None;
    }
    body.parse::<f64>().ok().filter(|f| f.is_finite()).map(|f| Tree::Float(f64::from(sign) * f))
}

#[cfg(test)]
mod tests {
    use super::{is_unsigned, plain};
    use wippy_core::Tree;

    #[test]
    fn words_follow_the_reference() {
        for (text, expected) in [
            ("0600", Tree::Int(384)),
            ("0o17", Tree::Int(15)),
            ("-0o17", Tree::Int(-15)),
            ("0xFF", Tree::Int(255)),
            ("0b101", Tree::Int(5)),
            ("+7", Tree::Int(7)),
            ("1_000", Tree::Int(1000)),
            ("089", Tree::Float(89.0)),
            (".5", Tree::Float(0.5)),
            ("1_0.5", Tree::Float(10.5)),
            ("-1e3", Tree::Float(-1000.0)),
            ("-.inf", Tree::Float(f64::NEG_INFINITY)),
            ("9223372036854775807", Tree::Int(i64::MAX)),
            ("-9223372036854775808", Tree::Int(i64::MIN)),
            ("-9223372036854775809", Tree::Float(-9223372036854775808.0)),
            ("9223372036854775808", Tree::Float(9223372036854775808.0)),
            ("99999999999999999999", Tree::Float(1e20)),
            ("~", Tree::Nil),
            ("True", Tree::Bool(true)),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
        for text in [
            "yes",
            "off",
            "tRUE",
            "1.2.3",
            "1e999",
            "+-5",
            "0x",
            "0xg",
            "-",
            ".",
            "+.nan",
            "inf",
            "nan",
            "_1",
            "1:30",
            "2024-01-02",
            "1e",
            "0o8",
            "--1",
            "0x-5",
            "٣",
        ] {
            assert_eq!(plain(text), Tree::from(text), "{text}");
        }
    }

    #[test]
    fn numbers_that_only_unsigned_integers_hold() {
        for text in
            ["9223372036854775808", "18446744073709551615", "0xffff_ffff_ffff_ffff", "+0o1777777777777777777777"]
        {
            assert!(is_unsigned(text), "{text}");
        }
        for text in ["9223372036854775807", "-9223372036854775809", "18446744073709551616", "1e19", "x", ""] {
            assert!(!is_unsigned(text), "{text}");
        }
    }
}

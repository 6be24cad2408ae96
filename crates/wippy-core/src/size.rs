//! Sizes of memory as entries write them: a number of bytes, or a number with a unit, such as `16MB`.

use crate::tree::Tree;

/// Bytes of a size. Units are `B`, `KB`, `MB`, `GB` (or `K`, `M`, `G`) in any case, each 1,024 times the one before.
///
/// # Errors
/// What a size has to look like, for a message.
pub fn parse(value: &Tree) -> Result<usize, String> {
    let expected = || "expected a number of bytes, or a text such as 16MB".to_owned();
    match value {
        Tree::Int(n) => usize::try_from(*n).map_err(|_| expected()),
        Tree::Text(text) => parse_text(text).ok_or_else(expected),
        _ => Err(expected()),
    }
}

fn parse_text(text: &str) -> Option<usize> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: usize = text[..digits].parse().ok()?;
    let shift = match text[digits..].trim_start().to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        _ => return None,
    };
    number.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_numbers_or_texts_with_a_unit() {
        for (text, bytes) in [("16MB", 16 << 20), ("1 kb", 1024), ("2G", 2 << 30), ("512", 512), ("7B", 7)] {
            assert_eq!(parse(&Tree::from(text)), Ok(bytes), "{text}");
        }
        assert_eq!(parse(&Tree::Int(5)), Ok(5));
        for bad in ["", "MB", "-1MB", "1.5MB", "1TB", "99999999999999999999", "18446744073709551615K"] {
            assert!(parse(&Tree::from(bad)).is_err(), "{bad}");
        }
        assert!(parse(&Tree::Int(-1)).is_err() && parse(&Tree::Bool(true)).is_err());
    }
}

//! Cutting a large Markdown text into parts that are read one after the other: reading cannot be interrupted.
//!
//! Cuts lie in front of a heading, or of a paragraph that follows an empty line: nothing goes on across them. Only what
//! looks so within a comment or another piece of HTML that has empty lines is taken for it.

use super::super::super::long::Turn;

/// A part is cut off when it has become so long, in bytes.
const ENOUGH: usize = 128 << 10;
/// The longest part. To read it takes a tenth of a second at worst.
pub(super) const PART_MAX: usize = 1 << 20;

/// The parts; `None` when there is no place to cut for too long.
pub(super) async fn parts<'t>(text: &'t str, turn: &mut Turn) -> Option<Vec<&'t str>> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    let mut fence: Option<(u8, usize)> = None;
    let mut empty = true;
    for line in text.split_inclusive('\n') {
        let body = line.trim_start_matches(' ');
        let indent = line.len() - body.len();
        let mark = body.bytes().next().unwrap_or_default();
        let marks = body.bytes().take_while(|b| *b == mark).count();
        let after = body[if mark.is_ascii() { marks } else { 0 }..].trim_end();
        match fence {
            Some((opened, count)) => {
                if mark == opened && marks >= count && indent < 4 && after.is_empty() {
                    fence = None;
                }
            }
            None if indent < 4 && marks >= 3 && (mark == b'~' || mark == b'`' && !after.contains('`')) => {
                fence = Some((mark, marks));
            }
            None => {
                let heading = mark == b'#' && marks <= 6 && (after.is_empty() || after.starts_with([' ', '\t']));
                let paragraph = empty && body.starts_with(char::is_alphabetic);
                if at - start >= ENOUGH && indent == 0 && (heading || paragraph) {
                    parts.push(&text[start..at]);
                    start = at;
                }
            }
        }
        empty = body.trim().is_empty();
        at += line.len();
        turn.spend(2 + line.len() / 64).await;
    }
    parts.push(&text[start..]);
    parts.iter().all(|part| part.len() <= PART_MAX).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::super::super::super::long::{Turn, to_end};
    use super::{ENOUGH, PART_MAX};

    fn parts(text: &str) -> Option<Vec<&str>> {
        to_end(async { super::parts(text, &mut Turn::new()).await }).0
    }

    #[test]
    fn cuts_lie_between_blocks() {
        let long = "- long\n".repeat(ENOUGH / 7 + 1);
        for (after, cut) in [
            ("# A\n", true),
            ("###### A\n", true),
            ("#\n", true),
            ("\nText\n", true),
            ("\nÜber\n", true),
            ("Text\n", false),
            ("####### A\n", false),
            ("#A\n", false),
            ("\n  Text\n", false),
            ("\n- Text\n", false),
            ("\n1. Text\n", false),
            ("\n> Text\n", false),
            ("\n```\n# A\n\nText\n", false),
            ("\n~~~ lua\n```\n# A\n\nText\n~~\n", false),
            ("\n```\n# A\n```\n# B\n", true),
            ("\n``` `\n# B\n", true),
        ] {
            let text = format!("{long}{after}");
            let found = parts(&text).expect("it is short enough");
            assert_eq!(found.len(), 1 + usize::from(cut), "{after:?}");
            assert_eq!(found.concat(), text);
        }
        assert_eq!(parts("# A\n\nb\n\n# C"), Some(vec!["# A\n\nb\n\n# C"]));
        assert_eq!(parts(""), Some(vec![""]));
    }

    #[test]
    fn what_cannot_be_cut() {
        assert_eq!(parts(&"x".repeat(PART_MAX + 1)), None);
        assert_eq!(parts(&"a\n\n".repeat(PART_MAX)).expect("many paragraphs").len(), 3 * PART_MAX / ENOUGH);
    }
}

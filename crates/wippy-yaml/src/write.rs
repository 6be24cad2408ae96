//! Trees to texts: block style, two blanks for a level, keys in order.
//!
//! Words that would be read as something else, here or by readers of older YAML, stand in quotes. Texts of several lines
//! are literal blocks where that is safe. So what is written is read as the same tree.

use crate::scalar::{binary_digits, plain};
use std::borrow::Cow;
use std::fmt::Write;
use wippy_core::Tree;

/// Longer keys need the form that begins with a question mark: readers look for the colon only so far.
const KEY_MAX: usize = 120;

/// How a text is written.
#[derive(Debug, Clone, Copy)]
pub struct Style<'a> {
    /// These keys come first at each level, in this order; all others follow, sorted.
    pub first: &'a [String],
    /// How long the text may become, in bytes.
    pub bytes: usize,
}

impl Default for Style<'_> {
    /// All keys sorted, at most 64 MiB.
    fn default() -> Self {
        Style { first: &[], bytes: 64 << 20 }
    }
}

/// Writes a tree, with a line break at its end. Errors become their messages. Of keys with the same text one is written.
///
/// # Errors
/// What cannot be a key (only text, whole numbers and truth values can), or that the text becomes too long.
pub fn write(tree: &Tree, style: Style<'_>) -> Result<String, String> {
    let mut writer = Writer { out: String::new(), style };
    writer.value(tree, 0, After::Nothing)?;
    Ok(writer.out)
}

/// What stands in front of a value.
#[derive(Clone, Copy, PartialEq)]
enum After {
    /// The text begins.
    Nothing,
    /// A key and its colon: lists and maps begin on the next line.
    Key,
    /// A dash, or the like: lists and maps begin on the same line.
    Dash,
}

struct Writer<'a> {
    out: String,
    style: Style<'a>,
}

impl Writer<'_> {
    fn blanks(&mut self, n: usize) {
        self.out.extend(std::iter::repeat_n(' ', n));
    }

    /// Writes a value whose own lines begin behind `indent` blanks.
    fn value(&mut self, tree: &Tree, indent: usize, after: After) -> Result<(), String> {
        if self.out.len() > self.style.bytes {
            return Err(format!("the text becomes longer than {} bytes", self.style.bytes));
        }
        match tree {
            Tree::List(items) if !items.is_empty() => self.list(items, indent, after),
            Tree::Map(pairs) if !pairs.is_empty() => self.map(pairs, indent, after),
            other => {
                if after != After::Nothing {
                    self.out.push(' ');
                }
                self.scalar(other, indent.max(2));
                self.out.push('\n');
                Ok(())
            }
        }
    }

    /// Goes to where the first line of a list or a map begins; whether that is on the line that has begun.
    fn open(&mut self, after: After) -> bool {
        match after {
            After::Nothing => {}
            After::Key => self.out.push('\n'),
            After::Dash => self.out.push(' '),
        }
        after != After::Key
    }

    fn list(&mut self, items: &[Tree], indent: usize, after: After) -> Result<(), String> {
        let mut inline = self.open(after);
        for item in items {
            if !std::mem::take(&mut inline) {
                self.blanks(indent);
            }
            self.out.push('-');
            self.value(item, indent + 2, After::Dash)?;
        }
        Ok(())
    }

    fn map(&mut self, pairs: &[(Tree, Tree)], indent: usize, after: After) -> Result<(), String> {
        let mut inline = self.open(after);
        for (key, value) in self.sorted(pairs)? {
            if !std::mem::take(&mut inline) {
                self.blanks(indent);
            }
            if key.len() <= KEY_MAX {
                self.text(&key);
                self.out.push(':');
                self.value(value, indent + 2, After::Key)?;
            } else {
                self.out.push_str("? ");
                self.text(&key);
                self.out.push('\n');
                self.blanks(indent);
                self.out.push(':');
                self.value(value, indent + 2, After::Dash)?;
            }
        }
        Ok(())
    }

    fn sorted<'t>(&self, pairs: &'t [(Tree, Tree)]) -> Result<Vec<(Cow<'t, str>, &'t Tree)>, String> {
        let mut sorted = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            sorted.push((key_text(key)?, value));
        }
        let place = |key: &str| self.style.first.iter().position(|k| k == key).unwrap_or(usize::MAX);
        sorted.sort_by(|(a, _), (b, _)| place(a).cmp(&place(b)).then_with(|| a.cmp(b)));
        sorted.dedup_by(|(later, _), (earlier, _)| later == earlier);
        Ok(sorted)
    }

    fn scalar(&mut self, tree: &Tree, indent: usize) {
        let _ = match tree {
            Tree::Nil => write!(self.out, "null"),
            Tree::Bool(b) => write!(self.out, "{b}"),
            Tree::Int(n) => write!(self.out, "{n}"),
            Tree::Float(f) if f.is_nan() => write!(self.out, ".nan"),
            Tree::Float(f) if f.is_infinite() => write!(self.out, "{}.inf", if *f < 0.0 { "-" } else { "" }),
            Tree::Float(f) => write!(self.out, "{f:?}"),
            Tree::Text(text) if is_literal(text) => return self.literal(text, indent),
            Tree::Text(text) => return self.text(text),
            Tree::Error(e) => return self.scalar(&Tree::Text(e.to_string()), indent),
            Tree::Bytes(bytes) => write!(self.out, "!!binary {}", binary_digits(bytes)),
            Tree::List(_) => write!(self.out, "[]"),
            Tree::Map(_) => write!(self.out, "{{}}"),
        };
    }

    /// A text on one line.
    fn text(&mut self, text: &str) {
        if is_plain(text) {
            return self.out.push_str(text);
        }
        self.out.push('"');
        for ch in text.chars() {
            let _ = match ch {
                '"' => write!(self.out, "\\\""),
                '\\' => write!(self.out, "\\\\"),
                '\n' => write!(self.out, "\\n"),
                '\r' => write!(self.out, "\\r"),
                '\t' => write!(self.out, "\\t"),
                c if is_printable(c) => write!(self.out, "{c}"),
                c => write!(self.out, "\\u{:04X}", c as u32),
            };
        }
        self.out.push('"');
    }

    fn literal(&mut self, text: &str, indent: usize) {
        let (lines, sign) = match text.strip_suffix('\n') {
            Some(lines) => (lines, "|"),
            None => (text, "|-"),
        };
        self.out.push_str(sign);
        for line in lines.split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                self.blanks(indent);
                self.out.push_str(line);
            }
        }
    }
}

fn key_text(key: &Tree) -> Result<Cow<'_, str>, String> {
    match key {
        Tree::Text(text) => Ok(text.into()),
        Tree::Int(n) => Ok(n.to_string().into()),
        Tree::Bool(b) => Ok(b.to_string().into()),
        Tree::Bytes(_) => Err("a key that is not UTF-8 text cannot be written".into()),
        other => Err(format!("{} cannot be a key", other.sort())),
    }
}

/// Whether a character may stand for itself.
fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a text can stand without quotes. Fewer do than YAML allows.
fn is_plain(text: &str) -> bool {
    let begins = |c: char| c.is_alphanumeric() || "_/.($".contains(c);
    text.starts_with(begins)
        && !text.starts_with("...")
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && text.chars().all(is_printable)
        && !is_word_of_older_yaml(text)
        && matches!(plain(text), Tree::Text(_))
}

/// Words, times and dates that YAML 1.1 reads as something else than text.
fn is_word_of_older_yaml(text: &str) -> bool {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
        || (digits > 0 && text[digits..].starts_with(':'))
        || (digits == 4 && text[digits..].starts_with('-'))
}

/// Whether a text reads well, and safely, as a literal block.
fn is_literal(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    text.contains('\n')
        && !body.starts_with([' ', '\t', '\n'])
        && !body.ends_with([' ', '\t', '\n'])
        && !body.is_empty()
        && body.chars().all(|c| is_printable(c) || matches!(c, '\n' | '\t'))
}

#[cfg(test)]
mod tests;

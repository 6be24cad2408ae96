//! Reading JSON texts.

use super::DEPTH_MAX;
use super::value::Json;
use std::collections::BTreeMap;

/// Reads exactly one value.
///
/// # Errors
/// What is wrong, with line and column.
pub(super) fn read(text: &[u8]) -> Result<Json, String> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.blanks();
    if reader.at < text.len() {
        return reader.fault("text is left over behind the value");
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

type Read<T> = Result<T, String>;

impl Reader<'_> {
    fn fault<T>(&self, what: &str) -> Read<T> {
        let before = &self.text[..self.at.min(self.text.len())];
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
        Err(format!("{what} at line {line} column {column}"))
    }
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }
    fn blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }
    fn word(&mut self, word: &str, value: Json) -> Read<Json> {
        if self.text[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        self.fault("expected a value")
    }

    fn value(&mut self, depth: usize) -> Read<Json> {
        self.blanks();
        match self.peek() {
            b'{' | b'[' if depth >= DEPTH_MAX => self.fault(&format!("nested deeper than {DEPTH_MAX}")),
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => self.string().map(Json::Text),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'n' => self.word("null", Json::Null),
            _ if self.at >= self.text.len() => self.fault("the text ends where a value should be"),
            _ => self.fault("expected a value"),
        }
    }

    fn array(&mut self, depth: usize) -> Read<Json> {
        self.at += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.peek() == b']' {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blanks();
            match self.peek() {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(Json::Array(items));
                }
                _ => return self.fault("expected ',' or ']'"),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Read<Json> {
        self.at += 1;
        let mut fields = BTreeMap::new();
        self.blanks();
        if self.peek() == b'}' {
            self.at += 1;
            return Ok(Json::Object(fields));
        }
        loop {
            self.blanks();
            if self.peek() != b'"' {
                return self.fault("expected a key in quotes");
            }
            let key = self.string()?;
            self.blanks();
            if self.peek() != b':' {
                return self.fault("expected ':'");
            }
            self.at += 1;
            fields.insert(key, self.value(depth + 1)?);
            self.blanks();
            match self.peek() {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(Json::Object(fields));
                }
                _ => return self.fault("expected ',' or '}'"),
            }
        }
    }

    /// Digits from here on; how many.
    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        self.at - start
    }

    /// A number without fraction and exponent is whole, if it fits.
    fn number(&mut self) -> Read<Json> {
        let start = self.at;
        if self.peek() == b'-' {
            self.at += 1;
        }
        let leading_zero = self.peek() == b'0';
        match self.digits() {
            0 => return self.fault("expected a digit"),
            n if leading_zero && n > 1 => return self.fault("a number does not begin with 0"),
            _ => {}
        }
        let mut whole = true;
        if self.peek() == b'.' {
            self.at += 1;
            whole = false;
            if self.digits() == 0 {
                return self.fault("expected a digit");
            }
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            whole = false;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            if self.digits() == 0 {
                return self.fault("expected a digit");
            }
        }
        let text = std::str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
        if whole && let Ok(n) = text.parse() {
            return Ok(Json::Int(n));
        }
        match text.parse::<f64>() {
            Ok(n) if n.is_finite() => Ok(Json::Float(n)),
            _ => self.fault("number out of range"),
        }
    }

    fn string(&mut self) -> Read<String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), b'"' | b'\\' | 0..=0x1f) {
                self.at += 1;
            }
            match std::str::from_utf8(&self.text[start..self.at]) {
                Ok(text) => out.push_str(text),
                Err(e) => {
                    self.at = start + e.valid_up_to();
                    return self.fault("a text is not UTF-8");
                }
            }
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Ok(out);
                }
                b'\\' => self.escape(&mut out)?,
                _ if self.at >= self.text.len() => return self.fault("a text does not end"),
                _ => return self.fault("a text holds a control character"),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Read<()> {
        self.at += 2;
        out.push(match self.text.get(self.at - 1) {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(*c),
            Some(b'u') => return self.unicode(out),
            _ => {
                self.at -= 1;
                return self.fault("unknown escape");
            }
        });
        Ok(())
    }

    fn unit(&mut self) -> Read<u32> {
        let digits = self.text.get(self.at..self.at + 4).and_then(|d| std::str::from_utf8(d).ok());
        match digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit())).and_then(|d| u32::from_str_radix(d, 16).ok())
        {
            Some(n) => {
                self.at += 4;
                Ok(n)
            }
            None => self.fault("expected four hexadecimal digits"),
        }
    }

    /// `\uXXXX`; half of a pair by itself becomes the replacement character.
    fn unicode(&mut self, out: &mut String) -> Read<()> {
        let first = self.unit()?;
        if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            let second = self.unit()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                return Ok(());
            }
            self.at = back;
        }
        out.push(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, read};

    #[test]
    fn numbers_are_whole_as_they_are_written() {
        for (text, value) in [
            ("0", Json::Int(0)),
            ("-0", Json::Int(0)),
            ("0.0", Json::Float(0.0)),
            ("5", Json::Int(5)),
            ("5.0", Json::Float(5.0)),
            ("1e2", Json::Float(100.0)),
            ("9223372036854775807", Json::Int(i64::MAX)),
            ("9223372036854775808", Json::Float(9223372036854775808.0)),
        ] {
            assert_eq!(read(text.as_bytes()), Ok(value), "{text}");
        }
        for text in ["01", "-", "1.", ".5", "+1", "1e", "1e+", "0x1", "1e999", "--1"] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn faults_tell_the_place() {
        assert_eq!(read(b"[1,\n 2,]").unwrap_err(), "expected a value at line 2 column 4");
        assert_eq!(read(b"{\"a\": \"x").unwrap_err(), "a text does not end at line 1 column 9");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_get_an_answer(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }

        #[test]
        fn any_json_like_text_gets_an_answer(text in "[\\[\\]{},:\"\\\\0-9a-zA-Z. -]{0,60}") {
            let ours = read(text.as_bytes()).is_ok();
            let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            // Where the two may differ: halves of pairs, which we replace.
            proptest::prop_assert!(ours == theirs || text.contains("\\u"), "{}", text);
        }
    }
}

//! A short byte string that does not allocate.
//!
//! Topics, names and scalar texts are mostly short; up to [`Text::INLINE`] bytes live inside the 24 bytes of a `Text`.
//! Longer ones are shared (`Arc`), so a clone never copies them. Nothing here promises UTF-8: guest strings are bytes.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// An immutable byte string, inline when short, shared when long.
#[derive(Clone)]
pub struct Text(Repr);

#[derive(Clone)]
enum Repr {
    Short { len: u8, bytes: [u8; Text::INLINE] },
    Long(Arc<[u8]>),
}

impl Text {
    /// The longest text, in bytes, that needs no allocation.
    pub const INLINE: usize = 22;

    /// Makes a text from bytes.
    #[inline]
    pub fn new(bytes: &[u8]) -> Text {
        if bytes.len() <= Text::INLINE {
            let mut inline = [0; Text::INLINE];
            inline[..bytes.len()].copy_from_slice(bytes);
            Text(Repr::Short { len: bytes.len() as u8, bytes: inline })
        } else {
            Text(Repr::Long(bytes.into()))
        }
    }

    /// The bytes.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Short { len, bytes } => &bytes[..*len as usize],
            Repr::Long(bytes) => bytes,
        }
    }

    /// The text, if it is UTF-8.
    #[inline]
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()).ok()
    }

    /// The text with every byte that is not UTF-8 replaced by U+FFFD.
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.as_bytes())
    }

    /// Length in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Whether there are no bytes.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }
}

impl Default for Text {
    fn default() -> Self {
        Text::new(b"")
    }
}

impl From<&str> for Text {
    #[inline]
    fn from(s: &str) -> Self {
        Text::new(s.as_bytes())
    }
}

impl From<String> for Text {
    #[inline]
    fn from(s: String) -> Self {
        Text::new(s.as_bytes())
    }
}

impl From<&[u8]> for Text {
    #[inline]
    fn from(s: &[u8]) -> Self {
        Text::new(s)
    }
}

impl PartialEq for Text {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    #[inline]
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    #[inline]
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl std::hash::Hash for Text {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_str_lossy())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_str_lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_three_words_whether_short_or_long() {
        assert_eq!(std::mem::size_of::<Text>(), 24);
        for n in [0, 1, 22, 23, 500] {
            let s = "x".repeat(n);
            assert_eq!(Text::from(s.as_str()), *s.as_str());
        }
    }
}

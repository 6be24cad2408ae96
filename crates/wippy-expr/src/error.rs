//! Why a text is no program, or a run has no result.

use std::fmt;

/// What is wrong, as text for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    pub(crate) fn new(text: impl Into<String>) -> Error {
        Error(text.into())
    }

    /// The same with the place in the source, counted in lines and characters from 1.
    pub(crate) fn at(text: impl fmt::Display, source: &str, offset: usize) -> Error {
        let before = &source[..source.floor_char_boundary(offset.min(source.len()))];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
        Error(format!("{text} ({line}:{column})"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

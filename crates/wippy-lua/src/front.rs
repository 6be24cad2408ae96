//! Typed Lua to plain Lua: parses everything, blanks out what is type.
//!
//! Every remaining token keeps its line, and its column where nothing had to be inserted. Types have no effect here; a
//! source without types comes out as it went in. The pass also answers one thing that Lua 5.5 does differently from the
//! Lua that programs are written for: a loop variable that the loop's body assigns gets a local of its own.

mod edits;
mod expressions;
mod lexer;
mod parser;
mod types;

use std::fmt;

/// Why a source is not typed Lua, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for SyntaxError {}

/// Turns typed Lua into plain Lua.
///
/// # Errors
/// The first thing that is neither Lua nor a type, with its place.
///
/// ```
/// let plain = wippy_lua::front::erase("local n: integer, err = load_n()").unwrap();
/// assert_eq!(plain, "local n         , err = load_n()");
/// ```
pub fn erase(source: &str) -> Result<String, SyntaxError> {
    let tokens = lexer::tokens(source)?;
    let edits = parser::parse(tokens)?;
    Ok(edits.apply(source))
}

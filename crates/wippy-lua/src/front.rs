//! Typed Lua to plain Lua: parses everything, blanks out what is type.
//!
//! Every remaining token keeps its line, and its column where nothing had to be inserted. Types have no effect here; a
//! source without types comes out as it went in. The pass also answers one thing that Lua 5.5 does differently from the
//! Lua that programs are written for: a loop variable that the loop's body assigns gets a local of its own.

mod blame;
mod edits;
mod expressions;
mod lexer;
mod parser;
mod shapes;
mod statements;
pub mod tree;
mod types;
mod values;

pub(crate) use blame::place as blame;
use std::fmt;
pub use values::{TypeValue, ValueOf};

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

/// A source, read: its tree, and what is left when its types are gone.
#[derive(Debug)]
pub struct Source<'a> {
    /// The tree with all types.
    pub chunk: tree::Chunk<'a>,
    /// Plain Lua.
    pub plain: String,
    /// Globals of the plain source that are types.
    pub values: Vec<TypeValue>,
    /// It uses the libraries `string` or `table` as types, or hands them on.
    pub typed_libraries: bool,
    /// It has a `typeof(e)` that is an expression.
    pub asks_types: bool,
}

/// Nesting that any thread has the stack for.
const SHALLOW: usize = 32;

/// Stack of the thread that reads a source which nests deeper.
const STACK_BYTES: usize = 16 << 20;

/// Reads typed Lua.
///
/// # Errors
/// The first thing that is neither Lua nor a type, with its place.
pub fn read(source: &str) -> Result<Source<'_>, SyntaxError> {
    let shallow = parser::parse_shallow(lexer::tokens(source)?, SHALLOW);
    let (chunk, mut edits) = shallow.unwrap_or_else(|| parse_deep(source))?;
    let values::Found { values, libraries, asks } = values::find(&chunk, &mut edits);
    Ok(Source { chunk, plain: edits.apply(source), values, typed_libraries: libraries, asks_types: asks })
}

/// Nesting is bounded, but 195 levels take more stack than a thread of a test or of a worker is sure to have.
fn parse_deep(source: &str) -> Result<parser::Parsed<'_>, SyntaxError> {
    let tokens = lexer::tokens(source)?;
    std::thread::scope(|scope| {
        let roomy = std::thread::Builder::new().stack_size(STACK_BYTES);
        match roomy.spawn_scoped(scope, || parser::parse(tokens)) {
            Ok(thread) => thread.join().expect("the parser does not panic"),
            Err(e) => Err(SyntaxError { line: 1, column: 1, message: format!("no thread to read the source: {e}") }),
        }
    })
}

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
    Ok(read(source)?.plain)
}

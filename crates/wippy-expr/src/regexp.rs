//! Regular expressions in the syntax of RE2, on bytes. Expressions use them, and so does whoever else needs them.
//!
//! `parse` reads the syntax, `classes` the sets of characters in it; the crate `regex-automata` makes automata of it. `scan`
//! walks them, and can be left in between; `matcher` asks whether a pattern is found, with a bound on the work. [`Regex`] is
//! for whoever has the time.

mod classes;
mod matcher;
mod parse;
pub mod scan;

pub use matcher::Matcher;
pub use parse::parse;
pub use regex_automata::meta::Regex;

use regex_syntax::hir::Hir;

/// The longest expression, in bytes, for those who cannot wait: reading it takes time and memory.
pub const SOURCE_MAX: usize = 16 << 10;
/// Memory that a compiled expression may take.
pub const SIZE_MAX: usize = 4 << 20;
/// Steps that all searches of one call may take which cannot be left in between: a tenth of a second or less.
pub const STEPS_MAX: usize = 100 << 16;
/// Memory that searching with it may take, in each thread.
const SEARCH_MAX: usize = 1 << 20;

/// Compiles an expression.
///
/// # Errors
/// What is wrong with it.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    compile_within(pattern, SIZE_MAX)?.ok_or_else(|| too_large(pattern))
}

/// Compiles an expression; `None` when it would take more than `size` bytes.
///
/// # Errors
/// What is wrong with it.
pub fn compile_within(pattern: &str, size: usize) -> Result<Option<Regex>, String> {
    build(&parse(pattern)?, size)
}

/// Compiles an expression that was parsed; `None` when it would take more than `size` bytes.
///
/// # Errors
/// What is wrong with it.
pub fn build(parsed: &Hir, size: usize) -> Result<Option<Regex>, String> {
    let config = Regex::config().utf8_empty(false).nfa_size_limit(Some(size)).hybrid_cache_capacity(SEARCH_MAX);
    match Regex::builder().configure(config).build_from_hir(parsed) {
        Ok(regex) => Ok(Some(regex)),
        Err(e) if e.size_limit().is_some() => Ok(None),
        Err(e) => Err(e.to_string()),
    }
}

/// The error of an expression that is well formed, but takes too much.
pub(crate) fn too_large(pattern: &str) -> String {
    format!("expression too large: `{}`", excerpt(pattern))
}

/// What of a text goes into a message.
fn excerpt(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;

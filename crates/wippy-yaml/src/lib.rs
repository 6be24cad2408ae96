//! YAML, one reading of it for all: files of entries and what programs decode.
//!
//! [`parse`] makes a [`Node`] of a text: data that knows its places. [`write()`] makes a text of a [`Tree`]; reading it
//! gives the same tree again. Nothing here knows what the data is for.
//!
//! Modules in reading order: `node` (what is read), `read` (from the parser's events), `scalar` (what a plain word
//! means), `write`.
//!
//! [`Tree`]: wippy_core::Tree

mod node;
mod read;
mod scalar;
mod write;

pub use node::{Node, Place, Value, YamlError};
pub use read::{Limits, parse, parse_within};
pub use write::{Style, write};

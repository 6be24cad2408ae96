//! Expr: a small language for conditions and computations, as policies and programs write them.
//!
//! A text is compiled to a [`Program`], which may be kept and run any number of times with other names. A run sees nothing
//! but its names and the clock that it was given, and ends: [`Limits`] bound its work and its memory. So what a text may
//! do does not depend on who wrote it.
//!
//! ```
//! use wippy_expr::{Limits, Program, Value};
//! use wippy_core::Tree;
//!
//! let program = Program::compile("filter(parts, # > least) | len()").unwrap();
//! let names = Value::try_from(&Tree::map([("parts", Tree::from([1i64, 5, 9].map(Tree::from).to_vec())), ("least", 4i64.into())])).unwrap();
//! assert_eq!(program.run(&names, &Limits::default()).unwrap(), Value::Int(2));
//! ```
//!
//! It is not a general-purpose language: no loops, no assignment, no functions of one's own. It knows nothing of
//! processes, policies and virtual machines. Read [`Value`] first, then `parse`, `check` and `eval`.

#![forbid(unsafe_code)]

mod ast;
mod builtins;
mod check;
mod dates;
mod error;
mod eval;
mod lex;
mod ops;
mod parse;
mod program;
pub mod regexp;
mod value;

pub use check::Type;
pub use error::Error;
pub use eval::Limits;
pub use program::Program;
pub use value::{List, Map, Value};

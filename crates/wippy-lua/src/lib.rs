//! Processes written in Lua.
//!
//! Each process has a Lua 5.5 state of its own, is stepped as a [`wippy_core::StateMachine`], and reaches the world
//! only through its context: this crate knows no scheduler, no host and no policy. [`LuaKind`] turns entries of the
//! kinds `process.lua`, `function.lua` and `library.lua` into factories; source is parsed and compiled once per version of an entry.
//!
//! Modules in reading order: [`front`] (typed Lua to plain Lua), `chunk` and `code` (a source, compiled), `program` (an entry with
//! its libraries), `process` (the machine), `state` (building a state), `tasks` (coroutines of a process), `channel` and
//! `ports` (what they wait on), `transfer` and `convert` (values in and out), `types` (types as values), `errors`,
//! `modules` (what programs call), `ffi` (all unsafe code).

mod block;
mod channel;
mod chunk;
mod code;
mod convert;
mod dying;
mod errors;
mod ffi;
mod first;
pub mod front;
mod modules;
mod ports;
mod process;
mod program;
mod state;
mod tasks;
mod template;
mod traceback;
mod transfer;
mod types;

use wippy_expr::regexp;

pub use program::LuaKind;

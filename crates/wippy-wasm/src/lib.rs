//! Processes written in WebAssembly.
//!
//! Each process has an instance of its own, runs on a fiber that its step polls, and reaches the world through imports
//! that its entry lists: an import that is not listed traps when it is called. A waiting guest occupies no worker. This
//! crate knows no scheduler, no host and no policy; what a guest asks for passes the same door as everybody's.
//!
//! Modules in reading order: `program` (an entry, compiled), `wrap` (core modules to components), `engine`, `machine`,
//! `guest` (what an instance's host side knows), `ops` and `mail` (operations and who waits for them), `limits`, `wasi` (an entry's
//! surroundings), `imports` (one interface each), `values` and `payload` (data in and out), `error`.
#![forbid(unsafe_code)]

mod engine;
mod error;
mod guest;
mod imports;
mod limits;
mod machine;
mod mail;
mod ops;
mod payload;
mod program;
mod values;
mod wasi;
mod wrap;

pub use program::WasmKind;

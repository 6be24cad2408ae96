//! What processes cost beside those of others: the workloads of `wippy-bench` for peers, and the run that compares them.
//!
//! `cargo bench -p wippy-benches --bench compare` is the program; see `docs/benchmarks.md`. Modules in reading order:
//! `peers` (the workloads for others), `side` (who takes part), `compare` (the run), `table`, `json` and `svg` (what
//! comes out), `program` (the command line).
#![forbid(unsafe_code)]
#![allow(missing_debug_implementations, reason = "actors that only this crate ever sees")]

pub mod compare;
pub mod json;
pub mod peers;
pub mod program;
pub mod side;
pub mod svg;
pub mod table;

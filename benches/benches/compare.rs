//! How do our processes compare to those of others? All sides run the same workloads in the same run, in turns, on two
//! workers. Ratios may be quoted with the machine they were measured on; the times themselves say little, as a machine
//! with another clock or another load has others. See `docs/benchmarks.md` for what each workload must not be quoted for.
//!
//! `cargo bench -p wippy-benches --bench compare -- [--quick] [--rounds N] [--sides A,B] [WORKLOAD…]`

use std::process::ExitCode;

/// Of all sides in Rust alike: what the program `wippy` uses. Both are changed together.
const ALLOCATOR: &str = "mimalloc";

/// For all Rust sides alike, as in the program `wippy`.
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    wippy_benches::program::main(ALLOCATOR)
}

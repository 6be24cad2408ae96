//! Workloads that measure processes: what they cost in time and memory.
//!
//! The same workloads run as Rust processes (on the scheduler alone), as Lua processes and as WebAssembly processes
//! (through a whole node). [`run`] runs one of them, tells how far it is, and gives its figures. This crate is for
//! `wippy bench` and for `benches/`, where the same workloads are written for other runtimes; it judges nothing and
//! prints nothing.
//!
//! ```
//! use wippy_bench::{Kind, Settings, Workload, run};
//!
//! let settings = Settings { quick: true, ..Settings::default() };
//! let measured = run(Workload::PingPong, Kind::Rust, &settings, &mut |_| {}).unwrap();
//! println!("{}", measured.figures[0]);
//! ```
//!
//! Modules in reading order: `workload` (what there is, and how large), `measured` (what comes out), `progress`,
//! `gauges` (clocks and memory), `rig` (how a workload is driven), `native` (Rust processes), `guests` (Lua and
//! WebAssembly processes).
#![forbid(unsafe_code)]

mod gauges;
mod guests;
pub mod measured;
mod native;
mod progress;
mod rig;
pub mod workload;

pub use gauges::{cpu_time, resident_bytes};
pub use measured::{Figure, Measured, Unit};
pub use native::work;
pub use progress::Progress;
pub use workload::{Kind, UnknownWorkload, Workload};

use wippy_core::Error;

/// How a workload is run.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Worker threads. Default: 2.
    pub workers: usize,
    /// Small sizes, for trying things out: the figures say nothing. Default: no.
    pub quick: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { workers: 2, quick: false }
    }
}

/// Runs a workload to its end. `progress` is called now and then from the calling thread.
///
/// # Errors
/// INVALID when the workload has no form for this kind, or there are no workers; what the workload's processes failed
/// with, which would be a fault of this crate or of the runtime.
pub fn run(
    workload: Workload,
    kind: Kind,
    settings: &Settings,
    progress: &mut dyn FnMut(Progress),
) -> Result<Measured, Error> {
    let Some(count) = workload.count(kind, settings.quick) else {
        let known: Vec<_> = Workload::of(kind).map(Workload::name).collect();
        return Err(Error::invalid(format!(
            "{workload} has no form for {kind} processes; there are: {}",
            known.join(", ")
        )));
    };
    run_sized(workload, kind, count, settings, progress)
}

/// As [`run`], with a number of operations of one's own in place of [`Workload::count`].
///
/// # Errors
/// As [`run`], and INVALID for a number that the workload cannot be cut into; see [`Workload::takes`].
pub fn run_sized(
    workload: Workload,
    kind: Kind,
    count: u64,
    settings: &Settings,
    progress: &mut dyn FnMut(Progress),
) -> Result<Measured, Error> {
    if settings.workers == 0 {
        return Err(Error::invalid("a workload needs a worker"));
    }
    workload.takes(count).map_err(Error::invalid)?;
    let task = rig::Task { workload, count, settings: *settings };
    let figures = match kind {
        Kind::Rust => native::run(&task, progress)?,
        Kind::Lua => guests::lua::run(&task, progress)?,
        Kind::Wasm => guests::wasm::run(&task, progress)?,
    };
    Ok(Measured { workload, kind, count, workers: settings.workers, quick: settings.quick, figures })
}

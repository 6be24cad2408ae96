//! WASI: what guests of ordinary toolchains import.
//!
//! Time, randomness, arguments and standard streams are answered through the process's context, so that rights, logs
//! and simulated time hold for them as for everything. Files and the plumbing of streams and polling are
//! `wasmtime-wasi`'s; its file operations run on threads of their own, never on a worker.

mod cli;
mod clocks;
mod random;
mod streams;

pub(crate) use streams::Buffer;

use crate::guest::Guest;
use wasmtime::component::{HasData, HasSelf, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::{cli as wasi_cli, clocks as wasi_clocks, filesystem, random as wasi_random};
use wasmtime_wasi::{WasiCtxView, WasiView};
use wasmtime_wasi_io::bindings::wasi::io;

/// The groups an entry may list, and their interfaces.
pub(super) const GROUPS: &[(&str, &[&str])] = &[
    (
        "wasi:cli",
        &[
            "wasi:cli/environment",
            "wasi:cli/exit",
            "wasi:cli/stdin",
            "wasi:cli/stdout",
            "wasi:cli/stderr",
            "wasi:cli/terminal-input",
            "wasi:cli/terminal-output",
            "wasi:cli/terminal-stdin",
            "wasi:cli/terminal-stdout",
            "wasi:cli/terminal-stderr",
        ],
    ),
    ("wasi:io", &["wasi:io/error", "wasi:io/streams"]),
    ("wasi:poll", &["wasi:io/poll"]),
    ("wasi:clocks", &["wasi:clocks/wall-clock", "wasi:clocks/monotonic-clock"]),
    ("wasi:filesystem", &["wasi:filesystem/types", "wasi:filesystem/preopens"]),
    ("wasi:random", &["wasi:random/random", "wasi:random/insecure", "wasi:random/insecure-seed"]),
];

/// Names of WASI's first form. Core modules may always use it; naming it changes nothing.
pub(super) const FIRST_FORM: &[&str] = &["wasi1", "preview1", "wasi-preview1", "wasi_snapshot_preview1"];

/// Groups whose functions hand out streams or things to poll: these come along.
const WITH_STREAMS: &[&str] = &["wasi:cli", "wasi:io", "wasi:clocks", "wasi:filesystem"];

/// The groups that `granted` brings along.
pub(super) fn implied(granted: &[&'static str]) -> Vec<&'static str> {
    let mut all = granted.to_vec();
    if granted.iter().any(|name| WITH_STREAMS.contains(name)) {
        all.extend(["wasi:io", "wasi:poll"]);
    }
    all.sort_unstable();
    all.dedup();
    all
}

struct HasTable;

impl HasData for HasTable {
    type Data<'a> = &'a mut ResourceTable;
}

/// Polling and streams of any kind.
pub(super) fn add_poll(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    io::poll::add_to_linker::<Guest, HasTable>(linker, |g| &mut g.table)
}

/// Adds one group.
pub(super) fn add(linker: &mut Linker<Guest>, group: &str) -> wasmtime::Result<()> {
    let l = linker;
    match group {
        "wasi:io" => {
            io::error::add_to_linker::<Guest, HasTable>(l, |g| &mut g.table)?;
            io::streams::add_to_linker::<Guest, HasTable>(l, |g| &mut g.table)
        }
        "wasi:clocks" => {
            wasi_clocks::wall_clock::add_to_linker::<Guest, HasSelf<Guest>>(l, |g| g)?;
            wasi_clocks::monotonic_clock::add_to_linker::<Guest, HasSelf<Guest>>(l, |g| g)
        }
        "wasi:random" => {
            wasi_random::random::add_to_linker::<Guest, HasSelf<Guest>>(l, |g| g)?;
            wasi_random::insecure::add_to_linker::<Guest, HasSelf<Guest>>(l, |g| g)?;
            wasi_random::insecure_seed::add_to_linker::<Guest, HasSelf<Guest>>(l, |g| g)
        }
        "wasi:filesystem" => {
            filesystem::types::add_to_linker::<Guest, WasiFilesystem>(l, Guest::filesystem)?;
            filesystem::preopens::add_to_linker::<Guest, WasiFilesystem>(l, Guest::filesystem)
        }
        "wasi:cli" => {
            wasi_cli::environment::add_to_linker::<Guest, HasSelf<Guest>>(l, |g| g)?;
            wasi_cli::exit::add_to_linker::<Guest, HasSelf<Guest>>(l, |g| g)?;
            wasi_cli::stdin::add_to_linker::<Guest, HasSelf<Guest>>(l, |g| g)?;
            wasi_cli::stdout::add_to_linker::<Guest, HasSelf<Guest>>(l, |g| g)?;
            wasi_cli::stderr::add_to_linker::<Guest, HasSelf<Guest>>(l, |g| g)?;
            wasi_cli::terminal_input::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
            wasi_cli::terminal_output::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
            wasi_cli::terminal_stdin::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
            wasi_cli::terminal_stdout::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
            wasi_cli::terminal_stderr::add_to_linker::<Guest, WasiCli>(l, Guest::cli)
        }
        _ => Ok(()),
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: self.surroundings.wasi(), table: &mut self.table }
    }
}

//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use wippy_bench::Kind;

/// Actor runtime: isolated processes in Lua, WebAssembly and Rust.
#[derive(Debug, Parser)]
#[command(name = "wippy", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Examples:
  wippy run                     start the app in this folder
  wippy run -C examples/hello   start the app in another folder
  wippy run list                show the commands that an app has
  wippy run migrate --dry       run the command 'migrate' with an argument
  wippy run -x app:main a b     run one process on the terminal
  wippy bench                   measure what processes cost here")]
pub(crate) struct Wippy {
    /// Configuration of the runtime; need not exist
    #[arg(long, global = true, value_name = "FILE", default_value = ".wippy.yaml")]
    pub(crate) config: PathBuf,
    /// Show debug logs
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Show debug logs and tracebacks
    #[arg(long, global = true)]
    pub(crate) very_verbose: bool,
    /// Coloured logs on standard output
    #[arg(short, long, global = true)]
    pub(crate) console: bool,
    /// No logs
    #[arg(short, long, global = true)]
    pub(crate) silent: bool,
    /// Accepted for compatibility, without effect
    #[arg(short = 'm', long = "memory", global = true, value_name = "SIZE", hide = true)]
    pub(crate) _memory: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start an app, or one of its commands
    #[command(
        after_help = "Without NAME the whole app runs until it is interrupted or the process of its terminal host \
                            ends.\n'wippy run list' shows the commands of an app.\n\nExamples:\n  wippy run -C \
                            examples/hello\n  wippy run -C examples/worker-pool pool 8\n  wippy run -x app:main -- \
                            --a-flag-for-the-app"
    )]
    Run(Run),
    /// Measure what processes cost on this machine
    #[command(after_help = "Workloads:
  memory           resident memory of an idle process
  spawn            start a process and hear of its end
  ping-pong        two messages between two processes
  ping-pong-table  two small tables between two processes
  ring             one message around 503 processes
  fan-in           ten processes send to one
  fan-out          one process sends to 10,000
  skynet           a tree of processes, ten children each
  timers           processes that sleep once
  tickers          10,000 processes that tick once a second
  latency          a message while all workers are busy
  workers          computing: all workers against one
  compute          computing: calls, then a table

Each runs for some seconds at most. ping-pong-table and compute are for Lua
processes alone; WebAssembly processes have memory, spawn, ping-pong, latency
and workers.

Examples:
  wippy bench                        all workloads, as Rust processes
  wippy bench spawn ping-pong        two of them
  wippy bench --kind lua ping-pong   as Lua processes
  wippy bench --kind lua memory --count 1000000
                                     a million Lua processes (5 GB)
  wippy bench --quick --json         whether all of it works, for a machine")]
    Bench(Bench),
    /// Show the version
    Version {
        /// Only the number
        #[arg(long)]
        short: bool,
    },
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Run {
    /// The app's folder
    #[arg(short = 'C', value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Run this process on the terminal
    #[arg(short = 'x', long = "exec", value_name = "NS:NAME")]
    pub(crate) exec: Option<String>,
    /// The terminal host, if the app has several
    #[arg(long, value_name = "NS:NAME")]
    pub(crate) host: Option<String>,
    /// Set a value of the configuration, such as scheduler.workers=4
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// A command of the app (or 'list'), then its arguments
    #[arg(value_name = "NAME", trailing_var_arg = true)]
    pub(crate) words: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// What to measure; all of it without a name
    #[arg(value_name = "WORKLOAD")]
    pub(crate) workloads: Vec<String>,
    /// The sort of process
    #[arg(long, value_name = "KIND", default_value = "rust", value_parser = ["rust", "lua", "wasm"])]
    kind: String,
    /// Worker threads; as many as there are processors when not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) workers: Option<u16>,
    /// Small sizes: whether it works, not how fast
    #[arg(long)]
    pub(crate) quick: bool,
    /// So many operations in place of the usual number, for one workload
    #[arg(long, value_name = "N", conflicts_with = "quick", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub(crate) count: Option<u64>,
    /// Write JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    /// One of several workloads, started by the program that runs them all
    #[arg(long, hide = true)]
    pub(crate) part: bool,
}

impl Bench {
    /// The sort of process.
    pub(crate) fn kind(&self) -> Kind {
        Kind::ALL.into_iter().find(|kind| kind.name() == self.kind).unwrap_or_default()
    }
}

impl Run {
    /// `wippy run list`
    pub(crate) fn is_list(&self) -> bool {
        self.exec.is_none() && self.words.first().is_some_and(|word| word == "list")
    }
    /// Whether one process is to run on the terminal, and its arguments.
    pub(crate) fn is_command(&self) -> bool {
        self.exec.is_some() || !self.words.is_empty()
    }
}

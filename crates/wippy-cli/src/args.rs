//! The command line.

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use std::path::PathBuf;
use wippy_bench::Kind;

/// Actor runtime: isolated processes in Lua, WebAssembly and Rust.
#[derive(Debug, Parser)]
#[command(name = "wippy", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Examples:
  wippy init hello              make a small app in a new folder
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
    /// Show debug logs, and of a failure all frames
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// The same as --verbose
    #[arg(long, global = true)]
    pub(crate) very_verbose: bool,
    /// Coloured logs on standard output
    #[arg(short, long, global = true)]
    pub(crate) console: bool,
    /// No logs, and of a failure the message alone
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
                            ends.\n'wippy run list' shows the commands of an app.\nOptions stand before NAME: \
                            whatever comes behind it belongs to the command. A -- directly behind it is passed \
                            over.\n\nExamples:\n  wippy run -C examples/hello\n  wippy run -C \
                            examples/worker-pool pool 8\n  wippy run -x app:main -- --a-flag-for-the-app"
    )]
    Run(Run),
    /// Make a small app in an empty folder, or a lock file for an app that is there
    #[command(
        after_help = "Nothing that is there is overwritten; of a lock file, only the directories that are given \
                            change.\n\nExamples:\n  wippy init hello\n  wippy run -C hello list"
    )]
    Init(Init),
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
pub(crate) struct Init {
    /// The folder; it is made if need be
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Where entries are, below the folder [default: ./src]
    #[arg(short = 'd', long, value_name = "DIR")]
    pub(crate) src_dir: Option<String>,
    /// Where modules are, below the folder [default: .wippy]
    #[arg(long, value_name = "DIR")]
    pub(crate) modules_dir: Option<String>,
    /// The lock file's name
    #[arg(short = 'l', long, value_name = "FILE", default_value = "wippy.lock")]
    pub(crate) lock_file: PathBuf,
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

impl Wippy {
    /// Reads the command line.
    ///
    /// # Errors
    /// What is wrong with it; also help and version, which are asked for.
    pub(crate) fn read() -> Result<Wippy, clap::Error> {
        let mut words: Vec<_> = std::env::args_os().collect();
        let wippy = Wippy::try_parse_from(&words)?;
        let Command::Run(Run { words: of_run, .. }) = &wippy.command else { return Ok(wippy) };
        // To clap, options behind `list` are words, as behind any command. But `list` is no program of somebody's.
        if !wippy.is_list() || of_run.len() == 1 {
            return Ok(wippy);
        }
        let list = words.len() - of_run.len();
        words[list..].rotate_left(1);
        let wippy = Wippy::try_parse_from(&words)?;
        match &wippy.command {
            Command::Run(run) if run.words == ["list"] => Ok(wippy),
            _ => {
                let what = "wippy run list takes no arguments, only options";
                let mut command = Wippy::command();
                command.build();
                let run = command.find_subcommand_mut("run").expect("there is this command");
                Err(run.error(ErrorKind::UnknownArgument, what))
            }
        }
    }

    fn is_list(&self) -> bool {
        matches!(&self.command, Command::Run(run) if run.is_list())
    }
}

impl Run {
    /// `wippy run list`
    pub(crate) fn is_list(&self) -> bool {
        self.exec.is_none() && self.words.first().is_some_and(|word| word == "list")
    }
    /// What to do if one of these options was meant for us and stands where it is an argument of a command; empty if
    /// none does.
    pub(crate) fn tip(&self, options: &[(&str, &str)]) -> String {
        let (name, args) = match &self.exec {
            Some(id) => (format!("-x {id}"), &self.words[..]),
            None => (self.words.first().cloned().unwrap_or_default(), self.words.get(1..).unwrap_or_default()),
        };
        let is = |word: &str, option: &str| match option.strip_prefix("--") {
            Some(_) => word.strip_prefix(option).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')),
            None => word.starts_with(option),
        };
        let args = || args.iter().take_while(|word| *word != "--");
        let behind = options.iter().find(|(option, _)| args().any(|word| is(word, option)));
        behind.map_or(String::new(), |(option, value)| {
            format!(
                "\n\n  tip: '{option}' behind the name goes to the command; put it before: wippy run {option} {value} {name}"
            )
        })
    }
    /// The arguments of the command that the first word names. A `--` directly behind the name is passed over.
    pub(crate) fn args_behind_name(&self) -> &[String] {
        match self.words.get(1..).unwrap_or_default() {
            [dashes, args @ ..] if dashes == "--" => args,
            args => args,
        }
    }
    /// Whether one process is to run on the terminal, and its arguments.
    pub(crate) fn is_command(&self) -> bool {
        self.exec.is_some() || !self.words.is_empty()
    }
}

//! The `wippy` program as a library: a program of one's own adds process kinds and Rust functions, then calls [`main`].
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     wippy_cli::main(wippy_cli::Program::default())
//! }
//! ```
//!
//! Modules in reading order: `args`, `app` (where the app lies, what it is configured to), `commands`, `logs`, `report`.
#![forbid(unsafe_code)]

mod app;
mod args;
mod commands;
mod logs;
mod report;
mod say;

use args::{Command, Wippy};
use clap::error::ErrorKind;
use std::process::ExitCode;
use std::sync::Arc;
use wippy_core::{Command as AskCommand, Error, Exit, Kind, StateMachine, Values};
use wippy_native::NativeKind;
use wippy_sched::{Call, Config};

/// What a program consists of besides the command line: the process kinds it can run.
#[derive(Clone)]
pub struct Program {
    kinds: Vec<Arc<dyn Kind>>,
    native: NativeKind,
    scheduler: Config,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kinds: Vec<_> = self.kinds.iter().flat_map(|k| k.entry_kinds()).collect();
        f.debug_struct("Program").field("kinds", &kinds).finish()
    }
}

impl Default for Program {
    /// The kinds that come with Wippy.
    fn default() -> Self {
        let kinds: Vec<Arc<dyn Kind>> =
            vec![Arc::new(wippy_lua::LuaKind::new()), Arc::new(wippy_wasm::WasmKind::new())];
        Program { kinds, native: NativeKind::new(), scheduler: Config::default() }
    }
}

impl Program {
    /// Adds a process kind.
    pub fn kind(mut self, kind: impl Kind + 'static) -> Program {
        self.kinds.push(Arc::new(kind));
        self
    }
    /// Offers an async Rust function to entries of the kinds `process.native` and `function.native`, under the name they
    /// give in `function`.
    pub fn function<F, R>(mut self, name: &str, function: F) -> Program
    where
        F: Fn(wippy_native::Process, Values) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Exit> + Send + 'static,
    {
        self.native = self.native.function(name, function);
        self
    }
    /// Offers a hand-written machine to entries of the kind `process.native`.
    pub fn machine<M: StateMachine + 'static>(
        mut self,
        name: &str,
        make: impl Fn() -> M + Send + Sync + 'static,
    ) -> Program {
        self.native = self.native.machine(name, make);
        self
    }
    /// Answers commands of a type of the program's own, from whatever kind of process they come. The function runs on
    /// the asker's worker and must not block: it returns the answer, or takes the call's replier and returns `None`.
    ///
    /// ```
    /// use wippy_core::{Command, Value};
    ///
    /// struct Double(i64);
    /// impl Command for Double {
    ///     type Reply = Value;
    ///     const NAME: &'static str = "example.double";
    /// }
    ///
    /// let program = wippy_cli::Program::default()
    ///     .handle::<Double>(|call| Some(Ok(Value::Int(2 * call.command.0))))
    ///     .function("twice", |cx, args| async move {
    ///         cx.ask(Double(args.first().as_int().unwrap_or(0))).await
    ///     });
    /// ```
    pub fn handle<C: AskCommand>(
        mut self,
        f: impl Fn(&mut Call<C>) -> Option<Result<C::Reply, Error>> + Send + Sync + 'static,
    ) -> Program {
        self.scheduler = self.scheduler.handle(f);
        self
    }
    /// What a node needs of this program.
    fn into_parts(self) -> (Vec<Arc<dyn Kind>>, Config) {
        let mut kinds = self.kinds;
        kinds.push(Arc::new(self.native));
        (kinds, self.scheduler)
    }
}

/// Reads the command line, does what it says, and tells the exit code.
pub fn main(program: Program) -> ExitCode {
    let wippy = match Wippy::read() {
        Ok(wippy) => wippy,
        Err(e) if e.use_stderr() && e.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let text = e.render().to_string();
            say::failure(text.strip_prefix("error: ").unwrap_or(&text).trim_end(), "");
            return ExitCode::FAILURE;
        }
        Err(e) => {
            // Help and version are what was asked for.
            return say::out(e.render().to_string());
        }
    };
    let result = match &wippy.command {
        Command::Run(run) if run.is_list() => commands::list::run(&wippy, run),
        Command::Run(run) => commands::run::run(&wippy, run, program),
        Command::Init(init) => commands::init::run(&wippy, init),
        Command::Bench(bench) => commands::bench::run(bench),
        Command::Version { short } => commands::version(*short),
    };
    match result {
        Ok(code) => code,
        Err(trouble) => {
            say::failure(&trouble, "");
            ExitCode::FAILURE
        }
    }
}

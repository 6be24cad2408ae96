//! Who takes part in a comparison.

use crate::peers::{erlang, kameo, lua, ractor, tokio};
use std::fmt;
use std::process::{Command, Stdio};
use wippy_bench::{Figure, Kind, Settings, Workload};

/// Workers of every side.
pub const WORKERS: usize = 2;

/// One of those who are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Our Rust processes: everybody else is compared to them, where they take part.
    Wippy,
    /// Our Lua processes.
    WippyLua,
    /// Tokio's tasks with bounded channels.
    Tokio,
    /// Tokio's tasks with unbounded channels.
    TokioUnbounded,
    /// Ractor's actors.
    Ractor,
    /// Kameo's actors.
    Kameo,
    /// Erlang's processes.
    Erlang,
    /// Plain Lua, without processes: for what is computed alone.
    Lua,
}

impl Side {
    /// All of them; ours first.
    pub const ALL: [Side; 8] = [
        Side::Wippy,
        Side::WippyLua,
        Side::Tokio,
        Side::TokioUnbounded,
        Side::Ractor,
        Side::Kameo,
        Side::Erlang,
        Side::Lua,
    ];

    /// As tables and the command line call it.
    pub fn name(self) -> &'static str {
        match self {
            Side::Wippy => "wippy",
            Side::WippyLua => "wippy-lua",
            Side::Tokio => "tokio",
            Side::TokioUnbounded => "tokio-unbounded",
            Side::Ractor => "ractor",
            Side::Kameo => "kameo",
            Side::Erlang => "erlang",
            Side::Lua => "lua",
        }
    }

    /// The side of this name.
    pub fn named(name: &str) -> Option<Side> {
        Side::ALL.into_iter().find(|side| side.name() == name)
    }

    /// Whether it is one of ours.
    pub fn is_ours(self) -> bool {
        matches!(self, Side::Wippy | Side::WippyLua)
    }

    /// How many operations its run of a workload has; `None` when it does not take part in it. The same for all but
    /// those that would need too much time or memory.
    pub fn count(self, workload: Workload, quick: bool) -> Option<u64> {
        let (rust, lua) = (workload.count(Kind::Rust, quick), workload.count(Kind::Lua, quick));
        match (self, workload) {
            (Side::WippyLua, Workload::Spawn | Workload::PingPong | Workload::Memory | Workload::Ring) => lua,
            (Side::WippyLua, Workload::Tickers) => lua,
            (Side::WippyLua | Side::Erlang, Workload::PingPongTable) => lua,
            (Side::WippyLua | Side::Lua, Workload::Compute) => lua,
            (Side::WippyLua | Side::Lua, _) => None,
            // Several gigabytes otherwise.
            (Side::Ractor | Side::Kameo, Workload::Memory) => rust.map(|n| n.min(200_000)),
            _ => rust,
        }
    }

    /// The command that runs a workload and prints its figures, for those who have a program of their own.
    pub fn program(self, workload: Workload, quick: bool) -> Option<Command> {
        let n = self.count(workload, quick)?;
        match self {
            Side::Erlang => Some(erlang::command(workload, n, quick)),
            Side::Lua => Some(lua::command(n, quick)),
            _ => None,
        }
    }

    /// Runs a workload in this program, or in the side's own.
    ///
    /// # Errors
    /// What a workload of ours or a program failed with, or that the side does not take part.
    pub fn run(self, workload: Workload, quick: bool) -> Result<Vec<Figure>, String> {
        let Some(n) = self.count(workload, quick) else {
            return Err(format!("{self} does not take part in {workload}"));
        };
        let settings = Settings { workers: WORKERS, quick };
        let ours = |kind| {
            let measured = wippy_bench::run(workload, kind, &settings, &mut |_| {});
            measured.map(|m| m.figures).map_err(|e| e.to_string())
        };
        Ok(match self {
            Side::Wippy => ours(Kind::Rust)?,
            Side::WippyLua => ours(Kind::Lua)?,
            Side::Tokio => tokio::run::<tokio::Bounded>(workload, n, WORKERS, quick),
            Side::TokioUnbounded => tokio::run::<tokio::Unbounded>(workload, n, WORKERS, quick),
            Side::Ractor => ractor::run(workload, n, WORKERS, quick),
            Side::Kameo => kameo::run(workload, n, WORKERS, quick),
            Side::Erlang | Side::Lua => match self.program(workload, quick) {
                Some(program) => run(program)?,
                None => return Err(format!("{self} has no program")),
            },
        })
    }

    /// Which version of it takes part; `None` when it is not there.
    pub fn version(self) -> Option<String> {
        match self {
            Side::Wippy | Side::WippyLua => Some(env!("CARGO_PKG_VERSION").to_owned()),
            Side::Tokio | Side::TokioUnbounded => locked("tokio"),
            Side::Ractor => locked("ractor"),
            Side::Kameo => locked("kameo"),
            Side::Erlang => erlang::version(),
            Side::Lua => lua::version(),
        }
    }
}

/// Runs a program that prints figures, in the form of [`erlang::figures`], and nothing else.
///
/// # Errors
/// What it said instead.
pub fn run(mut program: Command) -> Result<Vec<Figure>, String> {
    let output = program.stdin(Stdio::null()).output().map_err(|e| format!("it cannot be started: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let trouble = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}: {}", output.status, trouble.lines().last().unwrap_or("it said nothing")));
    }
    match erlang::figures(&text) {
        Ok(figures) if !figures.is_empty() => Ok(figures),
        Ok(_) => Err("it gave no figures".into()),
        Err(line) => Err(format!("it said \"{line}\"")),
    }
}

/// The version of a crate that this program was built with.
fn locked(package: &str) -> Option<String> {
    let lock = include_str!("../../Cargo.lock");
    let entry = lock.split("[[package]]").find(|entry| entry.contains(&format!("\nname = \"{package}\"\n")))?;
    let line = entry.lines().find_map(|line| line.strip_prefix("version = "))?;
    Some(line.trim_matches('"').to_owned())
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_in_rust_run_every_workload() {
        for side in [Side::Tokio, Side::TokioUnbounded, Side::Ractor, Side::Kameo] {
            assert!(side.version().is_some_and(|v| v.contains('.')), "{side} has a version");
            same_figures_as_ours(side);
        }
    }

    #[test]
    fn plain_lua_computes_what_our_lua_does() {
        assert!(Side::Lua.version().is_some_and(|v| v.starts_with("Lua 5.5.")), "{:?}", Side::Lua.version());
        same_figures_as_ours(Side::Lua);
        let failed = run(lua::command_with("return { fib = function() error('no fib') end }", 1, true)).unwrap_err();
        assert!(failed.contains("no fib"), "{failed}");
    }

    #[test]
    fn erlang_runs_every_workload_where_it_is_installed() {
        if Side::Erlang.version().is_some() {
            same_figures_as_ours(Side::Erlang);
        }
    }

    #[test]
    fn who_takes_no_part_in_what() {
        let without = |side: Side| {
            let all = Workload::ALL.into_iter().filter(move |w| side.count(*w, true).is_none());
            all.map(Workload::name).collect::<Vec<_>>()
        };
        let of_lua = ["ping-pong-table", "compute"];
        for side in [Side::Wippy, Side::Tokio, Side::TokioUnbounded, Side::Ractor, Side::Kameo] {
            assert_eq!(without(side), of_lua, "{side}");
            assert_eq!(side.run(Workload::Compute, true), Err(format!("{side} does not take part in compute")));
        }
        assert_eq!(without(Side::Erlang), ["compute"]);
        assert_eq!(without(Side::WippyLua), ["fan-in", "fan-out", "skynet", "timers", "latency", "workers"]);
        assert_eq!(without(Side::Lua).len(), Workload::ALL.len() - 1, "it only computes");
        for workload in Workload::ALL {
            for side in Side::ALL {
                assert_eq!(side.count(workload, true).is_some(), side.count(workload, false).is_some());
            }
        }
    }

    /// Runs all workloads in which the side takes part, and those that it is compared to.
    fn same_figures_as_ours(side: Side) {
        let takes_part = |side: Side, w: Workload| side.count(w, true).is_some();
        for workload in Workload::ALL.into_iter().filter(|w| takes_part(side, *w)) {
            let ours = if takes_part(Side::Wippy, workload) { Side::Wippy } else { Side::WippyLua };
            let figures = |side: Side| {
                let figures = side.run(workload, true).unwrap_or_else(|e| panic!("{side} {workload}: {e}"));
                figures.into_iter().map(|f| (f.what, f.unit)).collect::<Vec<_>>()
            };
            assert_eq!(figures(side), figures(ours), "{side} {workload}: the same figures");
        }
    }

    #[test]
    fn names_are_read_back() {
        for side in Side::ALL {
            assert_eq!(Side::named(side.name()), Some(side));
        }
        assert_eq!(Side::named("akka"), None);
    }
}

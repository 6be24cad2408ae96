//! Who takes part in a comparison.

use crate::peers::{erlang, kameo, ractor, tokio};
use std::fmt;
use wippy_bench::{Figure, Kind, Settings, Workload};

/// Workers of every side.
pub const WORKERS: usize = 2;

/// One of those who are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Our Rust processes: everybody else is compared to them.
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
}

impl Side {
    /// All of them; ours first.
    pub const ALL: [Side; 7] =
        [Side::Wippy, Side::WippyLua, Side::Tokio, Side::TokioUnbounded, Side::Ractor, Side::Kameo, Side::Erlang];

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
        let ours = workload.count(Kind::Rust, quick)?;
        match (self, workload) {
            (Side::WippyLua, Workload::Spawn | Workload::PingPong | Workload::Memory | Workload::Ring) => {
                workload.count(Kind::Lua, quick)
            }
            (Side::WippyLua, _) => None,
            // Several gigabytes otherwise.
            (Side::Ractor | Side::Kameo, Workload::Memory) => Some(ours.min(200_000)),
            _ => Some(ours),
        }
    }

    /// Runs a workload in this program. Erlang has a program of its own.
    ///
    /// # Errors
    /// What a workload of ours failed with, or that the side does not take part.
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
            Side::Erlang => return Err("Erlang is run by its script".into()),
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
        }
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
            for workload in Workload::ALL {
                let theirs = side.run(workload, true).unwrap_or_else(|e| panic!("{side} {workload}: {e}"));
                let ours = Side::Wippy.run(workload, true).unwrap_or_else(|e| panic!("{workload}: {e}"));
                let what = |figures: &[Figure]| figures.iter().map(|f| (f.what.clone(), f.unit)).collect::<Vec<_>>();
                assert_eq!(what(&theirs), what(&ours), "{side} {workload}: the same figures");
            }
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

//! What workloads there are, what each answers, and how large it is.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A sort of process that workloads are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Hand-written state machines on the scheduler alone.
    #[default]
    Rust,
    /// Lua programs in a node.
    Lua,
    /// WebAssembly guests in a node.
    Wasm,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 3] = [Kind::Rust, Kind::Lua, Kind::Wasm];

    /// As the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Rust => "rust",
            Kind::Lua => "lua",
            Kind::Wasm => "wasm",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One thing that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Workload {
    /// A process starts another one and waits until it hears of its end, again and again.
    Spawn,
    /// Many processes that wait for a message.
    Memory,
    /// Two processes that send one message back and forth.
    PingPong,
    /// One message on its way around a ring of [`RING`] processes.
    Ring,
    /// Ten processes that send to one.
    FanIn,
    /// One process that sends to [`RECEIVERS`], round by round.
    FanOut,
    /// A tree of processes, each with ten children, that adds up the numbers of its leaves.
    Skynet,
    /// Processes that sleep once.
    Timers,
    /// Messages to a process that waits, while every worker runs an endless loop.
    Latency,
    /// Processes that compute: on one worker, then on all.
    Workers,
}

/// Processes in the ring.
pub const RING: u64 = 503;
/// Processes that send to one.
pub const SENDERS: u64 = 10;
/// Processes that one sends to.
pub const RECEIVERS: u64 = 10_000;

/// How long the `i`-th of the processes in [`Workload::Timers`] sleeps. A prime step, so that they do not fall asleep in
/// the order in which they wake.
pub fn nap(i: u64, quick: bool) -> Duration {
    Duration::from_millis(1 + i * 7919 % longest_nap(quick))
}

/// The longest [`nap`], in milliseconds.
pub fn longest_nap(quick: bool) -> u64 {
    if quick { 20 } else { 1000 }
}

/// How long to wait before the `i`-th message in [`Workload::Latency`]: one or two milliseconds, however fast the messages
/// arrive, and not in step with any clock.
pub fn pause(i: u64) -> Duration {
    Duration::from_micros(1000 + i * 379 % 1000)
}

impl Workload {
    /// All of them, in the order in which they are run: memory before the others leave free memory behind.
    pub const ALL: [Workload; 10] = [
        Workload::Memory,
        Workload::Spawn,
        Workload::PingPong,
        Workload::Ring,
        Workload::FanIn,
        Workload::FanOut,
        Workload::Skynet,
        Workload::Timers,
        Workload::Latency,
        Workload::Workers,
    ];

    /// Those that have a form for this kind.
    pub fn of(kind: Kind) -> impl Iterator<Item = Workload> {
        Workload::ALL.into_iter().filter(move |w| w.count(kind, true).is_some())
    }

    /// As the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Workload::Spawn => "spawn",
            Workload::Memory => "memory",
            Workload::PingPong => "ping-pong",
            Workload::Ring => "ring",
            Workload::FanIn => "fan-in",
            Workload::FanOut => "fan-out",
            Workload::Skynet => "skynet",
            Workload::Timers => "timers",
            Workload::Latency => "latency",
            Workload::Workers => "workers",
        }
    }

    /// What it answers, for people.
    pub fn question(self) -> &'static str {
        match self {
            Workload::Spawn => "start a process and hear of its end",
            Workload::Memory => "resident memory of an idle process",
            Workload::PingPong => "two messages between two processes",
            Workload::Ring => "one message around 503 processes",
            Workload::FanIn => "ten processes send to one",
            Workload::FanOut => "one process sends to 10,000",
            Workload::Skynet => "a tree of processes, ten children each",
            Workload::Timers => "processes that sleep once",
            Workload::Latency => "a message while all workers are busy",
            Workload::Workers => "computing: all workers against one",
        }
    }

    /// How many operations it consists of: spawns, processes, round trips, hops, messages, leaves, timers, units of
    /// work. `None` when it has no form for this kind.
    pub fn count(self, kind: Kind, quick: bool) -> Option<u64> {
        let (full, small) = match (self, kind) {
            (Workload::Spawn, Kind::Rust) => (500_000, 2_000),
            (Workload::Spawn, Kind::Lua) => (20_000, 100),
            (Workload::Spawn, Kind::Wasm) => (10_000, 20),
            (Workload::Memory, Kind::Rust) => (1_000_000, 10_000),
            (Workload::Memory, Kind::Lua) => (100_000, 500),
            // The pool of instances holds a thousand.
            (Workload::Memory, Kind::Wasm) => (900, 50),
            (Workload::PingPong, Kind::Rust) => (1_000_000, 5_000),
            (Workload::PingPong, Kind::Lua) => (100_000, 200),
            (Workload::PingPong, Kind::Wasm) => (50_000, 100),
            (Workload::Ring, Kind::Rust) => (RING * 4_000, RING * 10),
            (Workload::Ring, Kind::Lua) => (RING * 400, RING),
            (Workload::FanIn, Kind::Rust) => (1_000_000, 20_000),
            (Workload::FanIn, Kind::Lua) => (200_000, 500),
            (Workload::FanOut, Kind::Rust) => (RECEIVERS * 100, RECEIVERS),
            (Workload::FanOut, Kind::Lua) => (RECEIVERS * 10, 200),
            (Workload::Skynet, Kind::Rust) => (1_000_000, 1_000),
            (Workload::Skynet, Kind::Lua) => (10_000, 100),
            (Workload::Timers, Kind::Rust) => (100_000, 1_000),
            (Workload::Timers, Kind::Lua) => (10_000, 100),
            (Workload::Latency, _) => (1_000, 20),
            (Workload::Workers, Kind::Rust) => (600, 4),
            (Workload::Workers, Kind::Lua | Kind::Wasm) => (200, 4),
            (_, Kind::Wasm) => return None,
        };
        Some(if quick { small } else { full })
    }
}

impl Workload {
    /// Whether it can consist of so many operations.
    ///
    /// # Errors
    /// What the number has to be.
    pub fn takes(self, count: u64) -> Result<(), String> {
        let fits = match self {
            _ if count == 0 => return Err(format!("{self} needs an operation")),
            Workload::FanIn if !count.is_multiple_of(SENDERS) => format!("a multiple of its {SENDERS} senders"),
            Workload::FanOut if count > RECEIVERS && !count.is_multiple_of(RECEIVERS) => {
                format!("{RECEIVERS} at most, or a multiple of that, its receivers")
            }
            Workload::Skynet if count < 10 || 10u64.checked_pow(count.ilog10()) != Some(count) => {
                "a power of ten, the leaves of its tree".to_owned()
            }
            _ => return Ok(()),
        };
        Err(format!("{self} cannot consist of {count} operations: it needs {fits}"))
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that no workload has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWorkload(pub String);

impl fmt::Display for UnknownWorkload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "workload \"{}\" not found", self.0)
    }
}

impl std::error::Error for UnknownWorkload {}

impl FromStr for Workload {
    type Err = UnknownWorkload;

    fn from_str(name: &str) -> Result<Workload, UnknownWorkload> {
        Workload::ALL.into_iter().find(|w| w.name() == name).ok_or_else(|| UnknownWorkload(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for workload in Workload::ALL {
            assert_eq!(workload.name().parse(), Ok(workload));
        }
        assert_eq!("pingpong".parse::<Workload>(), Err(UnknownWorkload("pingpong".into())));
    }

    #[test]
    fn whatever_has_a_quick_form_has_a_full_one() {
        for kind in Kind::ALL {
            for workload in Workload::ALL {
                let (small, full) = (workload.count(kind, true), workload.count(kind, false));
                assert!(small <= full && small.is_some() == full.is_some(), "{workload} {kind}");
            }
        }
        assert_eq!(Workload::of(Kind::Rust).count(), Workload::ALL.len());
    }
}

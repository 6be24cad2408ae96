//! A scheduler for isolated processes.
//!
//! It runs [`wippy_core::StateMachine`]s on a few threads: mailboxes, links, monitors, local names, timers, hosts with
//! limits, work stealing and a clock that asks long steps to give way. It knows no virtual machine, no configuration
//! format, no policy and no async runtime. Rights, entries and logs are the business of a [`Gate`], which a larger
//! runtime puts in; without one, everything is allowed.
//!
//! ```
//! use wippy_core::{Cx, Error, Event, Start, StateMachine, Step, Value, Values};
//! use wippy_sched::{Config, Scheduler};
//!
//! struct Greeter;
//! impl StateMachine for Greeter {
//!     fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> { Ok(Start::Ready) }
//!     fn step(&mut self, cx: &mut Cx) -> Step {
//!         match cx.next_event() {
//!             Some(Event::Message(m)) => Step::Complete(Ok(Value::from(format!("hello {}", m.values.first().as_str().unwrap_or("?"))))),
//!             _ => Step::Idle,
//!         }
//!     }
//!     fn close(&mut self) {}
//! }
//!
//! let scheduler = Scheduler::start(Config::default()).unwrap();
//! let host = scheduler.add_host("app:main", Default::default()).unwrap();
//! let (pid, exit) = scheduler.spawn_watched(&host, Greeter, ()).unwrap();
//! scheduler.send(pid, "name", "world").unwrap();
//! assert_eq!(exit.wait(), Ok(Value::from("hello world")));
//! scheduler.shutdown(std::time::Duration::from_secs(1));
//! ```
//!
//! `examples/worker_pool.rs` is a supervisor with its workers in 120 lines.
//!
//! Modules in reading order: `scheduler` (the public face), `host`, `process` and `table` (what a process is and where
//! it lies), `mailbox`, `usage` (what it has used), `pool`, `worker`, `idle` and `beat` (who runs what, who sleeps),
//! `attendance` (who is in a host that stops), `launch`, `turn` and `finish` (life of a process), `desk` and `door` (what
//! a process can reach), `spawning`, `wake`, `relations`, `names`, `timers`, `clock`, `keeper` (who wakes for timers),
//! `handlers`, `gate`, `observer` (a look from outside), `rest` (whether anything can still happen), `simulate` (the same on one thread, by a seed), `sync` (locks and
//! threads, or those of a model checker).

mod attendance;
mod beat;
mod clock;
mod deliver;
mod desk;
mod door;
mod finish;
mod gate;
mod handlers;
mod host;
mod idle;
mod keeper;
mod launch;
mod mailbox;
mod names;
mod observer;
mod pool;
mod process;
mod relations;
mod rest;
mod scheduler;
mod simulate;
mod simulator;
mod small;
mod spawning;
mod sync;
mod table;
mod timers;
mod turn;
mod usage;
mod wake;
mod worker;

pub use gate::{Abandoned, Act, AllPass, Baggage, Caller, Ended, Gate, NewMachine, Purpose};
pub use handlers::{Call, Replier};
pub use host::{Host, HostConfig, HostStats};
pub use observer::{Observer, ProcessInfo, ProcessState, WorkersInfo};
pub use scheduler::{Config, ExitWatch, Naps, Scheduler, Settled, StartError};
pub use simulate::Simulation;
pub use usage::{ProcessStats, QUEUE_MESSAGES_MAX};

/// The program in the README is compiled and run with the documentation's examples.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

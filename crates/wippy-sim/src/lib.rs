//! A test kit for processes.
//!
//! * [`Hand`] drives one machine by hand: give it events, step it, look at what it sent and asked for. No scheduler.
//! * [`World`] runs a whole tree of processes on one thread in simulated time: an hour of sleep takes no time, and the
//!   same seed gives the same run, to the byte of its trace.
//! * [`search`] runs a scenario under many seeds and shows the shortest run that fails.
//!
//! It is meant for tests: of this project, and of your own machines. It knows `wippy-core` and `wippy-sched`, no virtual
//! machine and no entries.
//!
//! ```
//! use std::time::Duration;
//! use wippy_core::{Cx, Error, Event, Start, StateMachine, Step, Value, Values};
//! use wippy_sim::World;
//!
//! /// Sleeps for an hour, then ends.
//! struct Sleeper;
//! impl StateMachine for Sleeper {
//!     fn init(&mut self, cx: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
//!         cx.timer(Duration::from_secs(3600));
//!         Ok(Start::Ready)
//!     }
//!     fn step(&mut self, cx: &mut Cx) -> Step {
//!         match cx.next_event() {
//!             Some(Event::Reply { .. }) => Step::Complete(Ok(Value::from("rested"))),
//!             _ => Step::Blocked,
//!         }
//!     }
//!     fn close(&mut self) {}
//! }
//!
//! let mut world = World::new(7);
//! assert_eq!(world.run(Sleeper), Ok(Value::from("rested")));
//! assert!(world.now() >= Duration::from_secs(3600));
//! ```
#![forbid(unsafe_code)]

/// What the book shows is compiled and run with the documentation's examples.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/testing.md")]
struct Testing;

mod hand;
mod search;
mod world;

pub use hand::{Asking, Hand, HandDoor};
pub use search::{Failure, search};
pub use world::World;

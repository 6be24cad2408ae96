//! Processes written in Rust.
//!
//! The usual way is an async function: [`process`] makes a machine of it, [`NativeKind`] registers it for entries of
//! the kind `process.native`. It is not a task of an async runtime: it runs on the scheduler like any process, and what
//! it waits for are messages, events, timers, replies and the channels of [`channel()`]. A hand-written
//! [`StateMachine`](wippy_core::StateMachine) can be registered as well.
//!
//! ```
//! use std::time::Duration;
//! use wippy_core::Value;
//! use wippy_native::{process, select};
//! use wippy_sched::{Config, Scheduler};
//!
//! let scheduler = Scheduler::start(Config::default()).unwrap();
//! let host = scheduler.add_host("app:main", Default::default()).unwrap();
//!
//! let greeter = process(|cx, _args| async move {
//!     loop {
//!         select! {
//!             message = cx.receive() => {
//!                 let name = message.values.first();
//!                 return Ok(Value::from(format!("hello {}", name.as_str().unwrap_or("?"))));
//!             },
//!             _ = cx.sleep(Duration::from_secs(5)) => return Ok(Value::from("nobody came")),
//!         }
//!     }
//! });
//! let (pid, exit) = scheduler.spawn_watched(&host, greeter, ()).unwrap();
//! scheduler.send(pid, "name", "world").unwrap();
//! assert_eq!(exit.wait(), Ok(Value::from("hello world")));
//! ```
//!
//! Modules in reading order: [`handle`] (what a process can do), [`spawn`], [`call`], [`mod@channel`], [`select!`],
//! `machine` (how it is stepped), [`kind`].
#![forbid(unsafe_code)]

pub mod call;
pub mod channel;
pub mod handle;
pub mod kind;
mod machine;
pub mod select;
pub mod spawn;

pub use call::Request;
pub use channel::{Receiver, Sender, channel};
pub use handle::Process;
pub use kind::NativeKind;
pub use machine::{NativeMachine, process};

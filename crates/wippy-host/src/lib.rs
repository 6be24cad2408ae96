//! The node: what turns entries into running hosts, services and processes.
//!
//! It reads entries (YAML files, or made by a program), keeps them in a versioned registry, starts hosts, supervises
//! services, and is the [`Gate`](wippy_sched::Gate) in every process's door: the one place where rights are judged. It
//! knows no virtual machine: process kinds are given to it as [`wippy_core::Kind`]s. It reads no command line and never
//! exits the program.
//!
//! Modules in reading order: [`discover`] (files to entries), [`entries`] and `find` (the registry), `frame` and
//! `gate` (identity and rights), `hosts`, `functions`, `labels`, `terminal`,
//! `bus`, `environment`, `system` and `aside` (what takes longer than a worker can wait), [`services`], [`node`] (all together), [`error`].

mod aside;
mod bus;
pub mod discover;
pub mod entries;
mod environment;
pub mod error;
mod files;
mod find;
mod frame;
mod functions;
mod gate;
mod hosts;
mod labels;
mod loading;
pub mod node;
mod policies;
pub mod services;
mod system;
mod terminal;

pub use entries::Change;
pub use error::{BootError, Fault};
pub use frame::Frame;
pub use node::{Interrupter, Node, NodeConfig, Outcome};

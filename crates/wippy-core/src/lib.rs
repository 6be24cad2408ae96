//! The words that every part of Wippy uses.
//!
//! A *process* is a [`StateMachine`]: it is initialised, stepped and closed by a scheduler and reaches the world only
//! through its [`Cx`]. This crate defines that contract and the data that crosses it: [`Pid`], [`Message`], [`Value`],
//! [`Event`], [`Command`], [`Exit`] and [`Error`]. It has no behaviour of its own: no threads, no I/O, no virtual
//! machine, no configuration format. A process kind needs this crate and nothing else of Wippy.
//!
//! Read in this order: [`machine`], [`cx`], [`event`], [`message`], [`value`], [`command`], [`pid`], [`error`], [`kind`].
#![forbid(unsafe_code)]

pub mod command;
pub mod commands;
pub mod cx;
pub mod duration;
pub mod entry;
pub mod error;
pub mod event;
pub mod kind;
pub mod machine;
pub mod message;
pub mod pack;
pub mod pid;
pub mod pool;
pub mod size;
pub mod spawn;
pub mod text;
pub mod tree;
pub mod value;

pub use command::{Answer, AnyCommand, Asked, Command, Opaque, Permission, RawTag, Reply, Tag};
pub use cx::{Cx, Door, Level, Options};
pub use entry::{Entry, EntryId, Origin};
pub use error::{Error, ErrorKind};
pub use event::{Cancel, Event, ExitNotice, Outdated};
pub use kind::{Factory, Kind, Loaded, Sources};
pub use machine::{Bell, Exit, Start, StateMachine, Step, Upgrade};
pub use message::{Message, Values};
pub use pid::{Pid, Place};
pub use pool::Pool;
pub use spawn::{Spawn, SpawnWith};
pub use text::Text;
pub use tree::Tree;
pub use value::Value;

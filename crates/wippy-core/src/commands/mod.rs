//! Command types that several crates share. Types only: their handlers live in `wippy-host`.

pub mod env;
pub mod events;
pub mod fs;
pub mod registry;
pub mod system;
pub mod terminal;

//! The terminal: answered only for the process of a terminal host, UNAVAILABLE "no terminal context" elsewhere.

use crate::command::{Boxed, Command};
use crate::value::Value;

/// Writes to stdout or stderr; answered once the bytes are out.
#[derive(Debug, Clone)]
pub struct Write {
    /// Standard error instead of standard output.
    pub to_stderr: bool,
    /// What to write.
    pub bytes: Vec<u8>,
}

impl Command for Write {
    type Reply = ();
    const NAME: &'static str = "io.write";
}

/// Reads up to `limit` bytes; waits until there are some. Nil at the end of input.
#[derive(Debug, Clone)]
pub struct Read {
    /// At most this many bytes.
    pub limit: usize,
}

impl Command for Read {
    type Reply = Value;
    const NAME: &'static str = "io.read";
}

/// Reads a line without its line break. Nil at the end of input.
#[derive(Debug, Clone)]
pub struct ReadLine;

impl Command for ReadLine {
    type Reply = Value;
    const NAME: &'static str = "io.readline";
}

/// Switches raw mode on, or one such request off again.
#[derive(Debug, Clone)]
pub struct Raw {
    /// On or off.
    pub on: bool,
}

impl Command for Raw {
    type Reply = ();
    const NAME: &'static str = "io.raw";
}

/// The command line of the terminal's process; empty elsewhere, never an error.
#[derive(Debug, Clone)]
pub struct Args;

impl Command for Args {
    type Reply = Boxed<Vec<String>>;
    const NAME: &'static str = "io.args";
}

//! What the program can do.

pub(crate) mod bench;
pub(crate) mod list;
pub(crate) mod run;

use crate::say;
use std::process::ExitCode;
use wippy_core::Entry;

/// `wippy version`
pub(crate) fn version(short: bool) -> Result<ExitCode, String> {
    let number = env!("CARGO_PKG_VERSION");
    Ok(say::out(if short { format!("{number}\n") } else { format!("wippy {number}\n") }))
}

/// The name under which an entry is a command.
fn command_name(entry: &Entry) -> Option<&str> {
    let name = entry.meta.at(&["command", "name"])?.as_str()?;
    entry.kind.starts_with("process.").then_some(name)
}

//! What the program can do.

pub(crate) mod bench;
pub(crate) mod init;
pub(crate) mod list;
pub(crate) mod run;

use crate::say;
use std::process::ExitCode;
use wippy_core::{Entry, Tree};
use wippy_host::Fault;

/// `wippy version`
pub(crate) fn version(short: bool) -> Result<ExitCode, String> {
    let number = env!("CARGO_PKG_VERSION");
    Ok(say::out(if short { format!("{number}\n") } else { format!("wippy {number}\n") }))
}

/// Whether an entry is code that can be run.
fn is_process(entry: &Entry) -> bool {
    entry.kind.starts_with("process.") && entry.kind != "process.host" && entry.kind != "process.service"
}

/// The name under which an entry is a command, if it is one.
///
/// # Errors
/// It is meant to be one, and has no name.
fn declared(entry: &Entry) -> Result<Option<&str>, Fault> {
    let command = match entry.meta.field("command") {
        Some(command) if is_process(entry) => command,
        _ => return Ok(None),
    };
    let wrong = |key: &str, what: String| Err(Fault::of(entry, key, what));
    match (command, command.field("name")) {
        (Tree::Nil, _) => Ok(None),
        (Tree::Map(_), Some(Tree::Text(name))) if !name.is_empty() => Ok(Some(name)),
        (Tree::Map(_), Some(Tree::Text(_) | Tree::Nil) | None) => {
            wrong("meta.command", "this is no command: name is required".into())
        }
        (Tree::Map(_), Some(name)) => {
            wrong("meta.command.name", format!("this is no command: name must be a text, not {}", name.sort()))
        }
        (other, _) => {
            wrong("meta.command", format!("this is no command: it must be a map with a name, not {}", other.sort()))
        }
    }
}

/// As [`declared`], where a faulty one counts as none.
fn command_name(entry: &Entry) -> Option<&str> {
    declared(entry).ok().flatten()
}

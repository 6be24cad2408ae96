//! `wippy run list`: the commands that an app has.

use super::{command_name, declared};
use crate::app;
use crate::args::{Run, Wippy};
use crate::say;
use std::process::ExitCode;
use wippy_core::Entry;
use wippy_host::Fault;

/// Longer descriptions do not push the ids of other rows aside.
const SHORT_MAX: usize = 50;

const NONE: &str = "\
This app has no commands. A process becomes one by:

  meta:
    command:
      name: greet
      short: Says hello
";

pub(crate) fn run(wippy: &Wippy, run: &Run) -> Result<ExitCode, String> {
    let app = app::open(wippy, run)?;
    if !app.faults.is_empty() {
        return Err(app::told("the app cannot be read", &app.faults));
    }
    let doubtful = doubtful(&app.entries);
    if !wippy.silent {
        for warning in app.warnings.iter().cloned().chain(doubtful.iter().map(Fault::to_string)) {
            say::warn(&format!("Warning: {warning}"));
        }
    }
    let row = |entry| Some((one_line(command_name(entry)?), one_line(short(entry)), entry.id.to_string()));
    let mut rows: Vec<_> = app.entries.iter().filter_map(row).collect();
    rows.sort();
    if rows.is_empty() {
        return Ok(say::out(NONE));
    }
    let chars = |text: &String| text.chars().count();
    let name_width = rows.iter().map(|row| chars(&row.0)).max().unwrap_or(0);
    let short_width = rows.iter().map(|row| chars(&row.1)).filter(|n| *n <= SHORT_MAX).max().unwrap_or(0);
    let mut text = String::from("Available commands:\n\n");
    for (name, short, id) in &rows {
        text += &format!("  {name:name_width$}  {short:short_width$}  ({id})\n");
    }
    let folder = match run.folder.to_str() {
        Some(".") => String::new(),
        _ => format!("-C {} ", run.folder.display()),
    };
    text += &format!("\nRun with: wippy run {folder}<command>\n");
    Ok(say::out(text))
}

fn short(entry: &Entry) -> &str {
    entry.meta.field("command").and_then(|c| c.field("short")).and_then(|s| s.as_str()).unwrap_or_default()
}

/// One row each, whatever somebody wrote, and nothing that a terminal would obey.
fn one_line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Commands that are none, and those that their name does not lead to.
fn doubtful(entries: &[Entry]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (i, entry) in entries.iter().enumerate() {
        let name = match declared(entry) {
            Ok(Some(name)) => name,
            Ok(None) => continue,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        let first = entries[..i].iter().find(|other| command_name(other) == Some(name));
        let why = match first {
            Some(first) => format!("is that of {}", first.id),
            None if name == "list" => "shows this list".into(),
            None if name.starts_with('-') => "is an option".into(),
            None => continue,
        };
        let what = format!("'wippy run {name}' {why}: this command is run with -x {}", entry.id);
        faults.push(Fault::of(entry, "meta.command.name", what));
    }
    faults
}

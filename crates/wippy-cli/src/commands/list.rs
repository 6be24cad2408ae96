//! `wippy run list`: the commands that an app has.

use super::command_name;
use crate::app;
use crate::args::{Run, Wippy};
use crate::say;
use std::process::ExitCode;

pub(crate) fn run(wippy: &Wippy, run: &Run) -> Result<ExitCode, String> {
    // Flags behind the word `list` are words to clap: they belong to a command's arguments elsewhere.
    let mut run = run.clone();
    match &run.words[1..] {
        [] => {}
        [flag, folder] if flag == "-C" => run.folder = folder.into(),
        _ => return Err("wippy run list takes no arguments (but -C DIR)".into()),
    }
    let app = app::open(wippy, &run)?;
    if !app.faults.is_empty() {
        return Err(app::told("the app cannot be read", &app.faults));
    }
    for warning in &app.warnings {
        say::warn(&format!("Warning: {warning}"));
    }
    let mut rows: Vec<_> = app
        .entries
        .iter()
        .filter_map(|entry| {
            let short = entry.meta.at(&["command", "short"]).and_then(|s| s.as_str()).unwrap_or_default();
            // One row each, whatever somebody wrote.
            let short = short.lines().next().unwrap_or_default();
            Some((command_name(entry)?, short, entry.id.to_string()))
        })
        .collect();
    rows.sort();
    if rows.is_empty() {
        return Ok(say::out(
            "This app has no commands. A process becomes one by:\n\n  meta:\n    command:\n      name: greet\n      short: Says hello\n",
        ));
    }
    let width = |f: fn(&(&str, &str, String)) -> usize| rows.iter().map(f).max().unwrap_or(0);
    let (name_width, short_width) = (width(|r| r.0.len()), width(|r| r.1.chars().count()));
    let mut text = String::from("Available commands:\n\n");
    for (name, short, id) in &rows {
        text += &format!("  {name:name_width$}  {short:short_width$}  ({id})\n");
    }
    text += "\nRun with: wippy run <command>\n";
    Ok(say::out(text))
}

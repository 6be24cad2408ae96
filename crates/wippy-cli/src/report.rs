//! What a run comes to: the last words, and the exit code.

use crate::args::Wippy;
use crate::say;
use std::io::IsTerminal;
use std::process::ExitCode;
use wippy_core::{EntryId, Error, ErrorKind, Pid, Tree, Value};
use wippy_host::Outcome;

/// How much is told of a failure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Telling {
    /// Its message alone.
    Message,
    /// Also what sort of failure it is, and the lines of the program that it came through.
    Usual,
    /// All of that, with the frames that are no lines of the program.
    Everything,
}

impl Telling {
    /// As the command line asks for it.
    pub(crate) fn of(wippy: &Wippy) -> Telling {
        match wippy {
            _ if wippy.silent => Telling::Message,
            _ if wippy.verbose || wippy.very_verbose => Telling::Everything,
            _ => Telling::Usual,
        }
    }
}

/// Tells how the terminal's process ended, and maps it to an exit code.
pub(crate) fn tell(outcome: &Outcome, telling: Telling) -> ExitCode {
    match outcome {
        Outcome::Interrupted => ExitCode::SUCCESS,
        Outcome::Exit(code) => code_of(&Value::Int(*code)),
        Outcome::Terminal(Ok(value)) => code_of(value),
        Outcome::Terminal(Err(error)) => failure(&error.to_string(), error, telling),
    }
}

/// Tells what the end of the program waits for: somebody who sits there on the terminal, others in the log.
pub(crate) fn waits_for(processes: &[(Pid, Option<EntryId>)], telling: Telling) {
    /// So many are named.
    const NAMED: usize = 5;
    let named: Vec<_> = processes
        .iter()
        .take(NAMED)
        .map(|(pid, entry)| match entry {
            Some(entry) => format!("{entry} {pid}"),
            None => pid.to_string(),
        })
        .collect();
    let mut who = named.join(", ");
    if processes.len() > NAMED {
        who += &format!(" and {} more", processes.len() - NAMED);
    }
    match who {
        _ if processes.is_empty() => {}
        _ if telling != Telling::Message && std::io::stderr().is_terminal() => {
            say::warn(&format!("Waiting for {who} to end. Ctrl-C ends it now."));
        }
        _ => tracing::info!(target: "wippy", logger = "shutdown", "waiting for {who} to end"),
    }
}

/// Tells of a failure: what it is, and where it comes from.
pub(crate) fn failure(what: &str, error: &Error, telling: Telling) -> ExitCode {
    say::failure(what, &origin(error, telling));
    ExitCode::FAILURE
}

/// What stands below the message, a line each.
fn origin(error: &Error, telling: Telling) -> String {
    let mut lines = Vec::new();
    if telling == Telling::Message {
        return String::new();
    }
    // Every failure of a program is one of those two unless it says otherwise.
    if !matches!(error.kind(), ErrorKind::Unknown | ErrorKind::Internal) {
        lines.push(format!("kind: {}", error.kind()));
    }
    if let details @ (Tree::Map(_) | Tree::List(_)) = error.details() {
        let mut details = serde_json::to_value(details).unwrap_or_default();
        // A table has no order of its own: the same failure is to read the same each time.
        details.sort_all_objects();
        lines.push(format!("details: {details}"));
    }
    let trace = error.traceback().unwrap_or_default();
    let of_program = |line: &&str| telling == Telling::Everything || !line.trim_start().starts_with("[C]: ");
    let frames: Vec<_> = trace.lines().filter(of_program).collect();
    // The first line is the heading.
    if frames.len() > 1 {
        lines.extend(frames.into_iter().map(str::to_owned));
    }
    lines.join("\n")
}

/// A number is the exit code, true is 0, false is 1; a text is printed.
fn code_of(value: &Value) -> ExitCode {
    match value {
        Value::Bool(true) | Value::Nil | Value::Packed(_) => ExitCode::SUCCESS,
        Value::Bool(false) => ExitCode::FAILURE,
        // The operating system keeps the low eight bits.
        Value::Int(n) => ExitCode::from(*n as u8),
        Value::Float(f) if f.is_finite() && f.abs() < 9.2e18 => ExitCode::from(*f as i64 as u8),
        Value::Float(_) => ExitCode::FAILURE,
        Value::Text(text) => {
            let mut line = text.as_bytes().to_vec();
            line.push(b'\n');
            say::out(&line)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_become_exit_codes() {
        let code = |v: Value| format!("{:?}", code_of(&v));
        let exit = |n: u8| format!("{:?}", ExitCode::from(n));
        assert_eq!(code(Value::Int(3)), exit(3));
        assert_eq!(code(Value::Int(256 + 7)), exit(7));
        assert_eq!(code(Value::Float(2.9)), exit(2));
        assert_eq!(code(Value::Float(f64::NAN)), exit(1));
        assert_eq!(code(Value::Bool(false)), exit(1));
        assert_eq!(code(Value::Nil), exit(0));
    }

    #[test]
    fn frames_of_libraries_are_told_only_when_everything_is() {
        let trace = "stack traceback:\n\t[C]: in function 'error'\n\tapp:main:2: in main chunk";
        let error = Error::internal("no").with_traceback(trace);
        assert_eq!(origin(&error, Telling::Message), "");
        assert_eq!(origin(&error, Telling::Usual), "stack traceback:\n\tapp:main:2: in main chunk");
        assert_eq!(origin(&error, Telling::Everything), trace);
        let error = Error::internal("no").with_traceback("stack traceback:\n\t[C]: in ?");
        assert_eq!(origin(&error, Telling::Usual), "", "a heading without anything below it says nothing");
    }
}

//! Words for people: to stdout and stderr, also when nobody can hear them.
//!
//! A reader that goes away early (`wippy run list | head -1`) is no fault; a full disk is one, but there is nobody left
//! to tell.

use std::borrow::Cow;
use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

/// Writes what was asked for. The exit code: success, also when the reader has gone away; failure when it was lost.
pub(crate) fn out(text: impl AsRef<[u8]>) -> ExitCode {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_ref()).and_then(|()| stdout.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) if e.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Writes a line about what went wrong; when it cannot be written, the exit code still tells.
pub(crate) fn warn(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Writes what has failed, and below it what is known about it. In a terminal the two are told apart by their looks.
pub(crate) fn failure(what: &str, origin: &str) {
    let (alarm, faint, plain) = if colours() { ("\u{1b}[1;31m", "\u{1b}[2m", "\u{1b}[0m") } else { ("", "", "") };
    warn(&format!("{alarm}Error:{plain} {}", shown(what)));
    if !origin.is_empty() {
        warn(&format!("{faint}{}{plain}", shown(origin)));
    }
}

/// A program's text without what would steer a terminal.
fn shown(text: &str) -> Cow<'_, str> {
    let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if !text.contains(steers) {
        return text.into();
    }
    text.chars().map(|c| if steers(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// Whether stderr is a terminal that shows colours, and nobody minds them.
///
/// # Source
/// <https://no-color.org>: colours are off when the variable is there and not empty.
fn colours() -> bool {
    let unset = |name: &str| std::env::var_os(name).is_none_or(|v| v.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stderr().is_terminal() && unset("NO_COLOR") && !dumb
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_programs_text_cannot_steer_the_terminal() {
        assert_eq!(shown("two\n\tlines, \u{e9}"), "two\n\tlines, \u{e9}");
        assert_eq!(shown("\u{1b}[2J\0\r"), "\\u{1b}[2J\\u{0}\\r");
    }
}

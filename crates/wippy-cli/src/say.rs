//! Words for people: to stdout and stderr, also when nobody can hear them.
//!
//! A reader that goes away early (`wippy run list | head -1`) is no fault; a full disk is one, but there is nobody left
//! to tell.

use std::io::{ErrorKind, Write};
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

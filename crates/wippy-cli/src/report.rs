//! What a run comes to: the last words, and the exit code.

use crate::say;
use std::process::ExitCode;
use wippy_core::{Tree, Value};
use wippy_host::Outcome;

/// Tells how the terminal's process ended, and maps it to an exit code.
pub(crate) fn finish(outcome: Outcome, settled: wippy_host::node::Settled, verbose: bool) -> ExitCode {
    if !settled.completely {
        tracing::warn!(target: "wippy", logger = "shutdown", "a process did not give up its thread");
    }
    match outcome {
        Outcome::Interrupted => ExitCode::SUCCESS,
        Outcome::Exit(code) => code_of(&Value::Int(code)),
        Outcome::Terminal(Ok(value)) => code_of(&value),
        Outcome::Terminal(Err(error)) => {
            say::warn(&format!("Error: {error}"));
            if let (true, Some(traceback)) = (verbose, error.traceback()) {
                say::warn(traceback);
            }
            if let (true, details @ Tree::Map(_)) = (verbose, error.details()) {
                say::warn(&format!("details: {}", serde_json::to_string(details).unwrap_or_default()));
            }
            ExitCode::FAILURE
        }
    }
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
}

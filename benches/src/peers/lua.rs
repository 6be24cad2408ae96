//! Plain Lua of the version that our Lua processes run: a program that the build script has built.

use std::process::Command;
use wippy_bench::{COMPUTE, workload};

/// Where the program lies.
const PROGRAM: &str = env!("PLAIN_LUA");

/// Which Lua it is.
pub fn version() -> Option<String> {
    let output = Command::new(PROGRAM).arg("version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The command that computes, so many turns, and prints its figures.
pub fn command(turns: u64, quick: bool) -> Command {
    command_with(COMPUTE, turns, quick)
}

/// As [`command`], with another Lua text.
pub(crate) fn command_with(text: &str, turns: u64, quick: bool) -> Command {
    let (number, tables) = workload::compute(quick);
    let mut command = Command::new(PROGRAM);
    command.arg(text).args([number, tables, turns].map(|n| n.to_string()));
    command
}

//! Erlang's processes: a script, when Erlang is installed.

use std::path::PathBuf;
use std::process::Command;
use wippy_bench::{Figure, Unit, Workload};

fn script() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/peers/workloads.erl"))
}

/// Which Erlang is installed, if any.
pub fn version() -> Option<String> {
    let output = Command::new("escript").arg(script()).arg("version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The command that runs a workload and prints its figures.
pub fn command(workload: Workload, n: u64, quick: bool) -> Command {
    let mut command = Command::new("escript");
    command.arg(script()).args([workload.name(), &n.to_string(), if quick { "quick" } else { "full" }]);
    command
}

/// Reads what the script prints: a value, a unit and what it is, one a line.
///
/// # Errors
/// The line that is none of that.
pub fn figures(text: &str) -> Result<Vec<Figure>, String> {
    let figure = |line: &str| {
        let mut parts = line.splitn(3, ' ');
        let value = parts.next()?.parse().ok()?;
        let unit = Unit::named(parts.next()?)?;
        Some(Figure { what: parts.next()?.to_owned(), value, unit })
    };
    text.lines().map(|line| figure(line).ok_or_else(|| line.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_line_by_line() {
        let read = figures("1329.03 ns from spawn to exit seen\n1.89 times as fast on 2 as on 1\n").unwrap();
        assert_eq!(read[0], Figure { what: "from spawn to exit seen".into(), value: 1329.03, unit: Unit::Nanoseconds });
        assert_eq!((read[1].unit, read[1].value), (Unit::Times, 1.89));
        assert_eq!(figures("12 apples a day"), Err("12 apples a day".into()));
    }
}

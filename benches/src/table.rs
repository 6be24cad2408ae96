//! The comparison as text.

use crate::compare::Compared;
use crate::side::Side;
use std::fmt::Write as _;

/// One workload: a headline, then each side with its figures and how many times as good ours is.
pub fn table(compared: &Compared) -> String {
    let workload = compared.workload;
    let what = compared.ran().find_map(|ran| ran.figures.first()).map_or("", |f| &f.what);
    let mut text = format!("{workload}: {} ({what})", workload.question());
    if compared.ours() != Side::Wippy {
        // Writing to a string cannot fail.
        let _ = write!(text, ", compared to {}", compared.ours());
    }
    text.push('\n');
    for side in &compared.sides {
        // Writing to a string cannot fail.
        let _ = match side {
            Ok(ran) => {
                let first = ran.figures.first().map_or(String::new(), |f| f.unit.tell(f.value));
                let ratio = compared.ratio(ran).map_or(String::new(), times);
                let rest: Vec<_> = ran.figures.iter().skip(1).map(ToString::to_string).collect();
                let line = format!("  {:<16} {first:>10} {ratio:>9}  {}", ran.side, rest.join(", "));
                writeln!(text, "{}", line.trim_end())
            }
            Err(failed) => writeln!(text, "  {:<16} failed: {}", failed.side, failed.why),
        };
    }
    text
}

/// A ratio with two digits that count, at least.
pub(crate) fn times(ratio: f64) -> String {
    let digits = match ratio {
        r if r >= 100.0 => 0,
        r if r >= 10.0 => 1,
        r if r >= 0.1 => 2,
        _ => 4,
    };
    format!("{ratio:.digits$} ×")
}

/// What the columns are.
pub const LEGEND: &str = "first column: the figure; second: how many times as good wippy is (above 1: better), or wippy-lua where the \
     headline says so";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::example;

    #[test]
    fn each_side_has_its_line() {
        let text = table(&example());
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "ping-pong: two messages between two processes (a round trip)");
        assert_eq!(lines[1], "  wippy                100 ns    1.00 ×");
        assert_eq!(lines[2], "  tokio                450 ns    4.50 ×");
        assert_eq!(lines[3], "  kameo            failed: it <broke>");
    }

    #[test]
    fn the_headline_says_when_lua_is_compared_to() {
        let mut compared = example();
        compared.sides.retain(|side| side.as_ref().is_ok_and(|ran| ran.side == Side::Wippy));
        for ran in compared.sides.iter_mut().flatten() {
            ran.side = Side::WippyLua;
        }
        let text = table(&compared);
        let headline = "ping-pong: two messages between two processes (a round trip), compared to wippy-lua";
        assert_eq!(text.lines().next(), Some(headline));
        assert_eq!(text.lines().nth(1), Some("  wippy-lua            100 ns    1.00 ×"));
    }
}

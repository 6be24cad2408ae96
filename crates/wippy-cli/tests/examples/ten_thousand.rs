use crate::app::App;

pub(crate) const APP: App = App { name: "ten-thousand", command: "run -C examples/ten-thousand swarm" };

#[test]
fn ten_thousand_processes_answer_once_each() {
    let run = APP.run();
    let lines = run.lines();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(lines[..2], ["10000 of 10000 processes answered", "sum of the squares: 333383335000"]);
    check_times(lines[2], "spawn");
    check_times(lines[3], "ask and answer");
}

#[test]
fn the_argument_says_how_many() {
    let run = APP.run_with(&["25"]);
    assert_eq!(run.lines()[..2], ["25 of 25 processes answered", "sum of the squares: 5525"]);
}

#[test]
fn a_swarm_of_no_size_is_an_error() {
    let run = APP.run_with(&["none"]);
    let message = run.failure(1);
    assert!(message.contains("usage: swarm [COUNT]"), "{message}");
}

/// A line "WHAT: 0.031 s, 3.1 us per process", whose two figures must say the same. How fast it was is not judged.
fn check_times(line: &str, what: &str) {
    let (seconds, each_us) = line
        .strip_prefix(&format!("{what}: "))
        .and_then(|rest| rest.strip_suffix(" us per process"))
        .and_then(|rest| rest.split_once(" s, "))
        .unwrap_or_else(|| panic!("no times of {what}: {line}"));
    let seconds: f64 = seconds.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
    let each_us: f64 = each_us.parse().unwrap_or_else(|error| panic!("{line}: {error}"));

    assert!(each_us > 0.0, "{line}");
    assert!((seconds * 1e6 / 10_000.0 - each_us).abs() < 0.2, "{line}");
}

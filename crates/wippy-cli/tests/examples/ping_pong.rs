use crate::app::App;

pub(crate) const APP: App = App { name: "ping-pong", command: "run -C examples/ping-pong" };

#[test]
fn two_services_play_five_rounds() {
    let run = APP.run();
    let lines = run.lines();
    assert_eq!(lines.len(), 6, "{lines:?}");

    let (ping, pong) = players(lines[0]);
    assert_ne!(ping, pong);
    for pid in [ping, pong] {
        assert!(pid.starts_with("{app:processes|0x") && pid.ends_with('}'), "{pid}");
    }

    for round in 1..=5 {
        let expected = format!("round {round}: {ping} -> {pong} -> back, {} hits", 2 * round);
        assert_eq!(lines[round - 1], expected);
    }
    assert_eq!(lines[5], "5 rounds, 10 hits");
}

/// The two pids of a line "round 1: PING -> PONG -> back, 2 hits".
fn players(line: &str) -> (&str, &str) {
    let way = line.strip_prefix("round 1: ").expect("the first line is round 1");
    let mut stations = way.split(" -> ");
    (stations.next().expect("a first station"), stations.next().expect("a second station"))
}

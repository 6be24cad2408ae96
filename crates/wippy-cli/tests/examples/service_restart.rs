use crate::app::App;

pub(crate) const APP: App = App { name: "service-restart", command: "run -C examples/service-restart" };

/// The pauses of the entry (100 ms, doubled each time) less a tenth of jitter. A pause may be longer, never shorter.
const SHORTEST_MS: [u64; 3] = [90, 180, 360];

#[test]
fn the_service_is_restarted_after_growing_pauses_until_it_stays_up() {
    let run = APP.run();
    let lines = run.lines();
    assert_eq!(lines.len(), 5, "{lines:?}");

    let first = lines[0].strip_prefix("attempt 1: ").expect("the first attempt");
    let mut pids = vec![first];
    for (i, shortest) in SHORTEST_MS.into_iter().enumerate() {
        let (pid, pause_ms) = attempt(lines[i + 1], i + 2);
        // One less, for the pause is printed rounded.
        assert!(pause_ms + 1 >= shortest, "{}: at least {shortest} ms", lines[i + 1]);
        assert!(!pids.contains(&pid), "every attempt is a process of its own: {lines:?}");
        pids.push(pid);
    }
    assert_eq!(lines[4], "up since attempt 4");
}

/// Pid and pause of a line "attempt 2: PID, 104 ms after attempt 1".
fn attempt(line: &str, number: usize) -> (&str, u64) {
    let (pid, pause) = line
        .strip_prefix(&format!("attempt {number}: "))
        .and_then(|rest| rest.strip_suffix(&format!(" ms after attempt {}", number - 1)))
        .and_then(|rest| rest.split_once(", "))
        .unwrap_or_else(|| panic!("not attempt {number}: {line}"));
    (pid, pause.parse().unwrap_or_else(|error| panic!("{line}: {error}")))
}

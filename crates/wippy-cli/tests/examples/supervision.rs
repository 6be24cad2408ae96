use crate::app::App;

pub(crate) const APP: App = App { name: "supervision", command: "run -C examples/supervision" };

/// How the three ways to crash look from outside.
const CRASHES: [&str; 3] = [
    "the disk is on fire [Internal]",
    "attempt to index a nil value (local 'config') [Internal]",
    "the database went away [Unavailable]",
];

#[test]
fn every_crash_is_seen_and_answered_with_a_restart() {
    let run = APP.run();
    let lines = run.lines();

    let mut worker = lines[0].strip_prefix("started ").expect("the first line tells the first pid");
    let (last, middle) = lines[1..].split_last().expect("there is more output");
    let restarts = middle.len() / 2;
    assert!((1..=5).contains(&restarts), "{lines:?}");

    for (i, pair) in middle.chunks(2).enumerate() {
        let [crash, restart] = pair else { panic!("a crash without a restart: {lines:?}") };
        let error = crash.strip_prefix("crash: ").unwrap_or_else(|| panic!("no crash: {crash}"));
        assert!(CRASHES.iter().any(|known| error.ends_with(known)), "{crash}");
        // Text that is raised carries its place; an error object travels as it is.
        assert_eq!(error.starts_with("app.workers:handler:"), error.ends_with("[Internal]"), "{crash}");

        let next = restart.strip_prefix(&format!("restart {}: ", i + 1)).unwrap_or_else(|| panic!("{restart}"));
        assert_ne!(next, worker, "a pid is never used again");
        worker = next;
    }
    let attempt = restarts + 1;
    assert_eq!(*last, format!("{worker} ended: done in attempt {attempt}, {restarts} restarts"));
}

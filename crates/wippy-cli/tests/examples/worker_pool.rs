use crate::app::App;

pub(crate) const APP: App = App { name: "worker-pool", command: "run -C examples/worker-pool pool" };

#[test]
fn results_come_as_they_are_ready_and_the_endless_job_is_given_up() {
    let run = APP.run();
    let lines = run.lines();
    let (last, results) = lines.split_last().expect("there is output");
    assert_eq!(*last, "gave up on download");

    let mut done = Vec::new();
    for (i, line) in results.iter().enumerate() {
        let (job, worker) = result(line, i + 1);
        assert!((1..=3).contains(&worker), "{line}");
        done.push(job);
    }
    // All three start at once; the first one given out takes the longest.
    let place = |job| done.iter().position(|name| *name == job);
    assert!(place("thumbnails") < place("index") && place("mail") < place("index"), "{lines:?}");

    done.sort();
    assert_eq!(done, ["backup", "index", "invoice", "mail", "thumbnails"]);
}

#[test]
fn one_worker_keeps_the_order_of_the_jobs() {
    let run = APP.run_with(&["1"]);
    let expected = [
        "1. index, by worker 1",
        "2. thumbnails, by worker 1",
        "3. mail, by worker 1",
        "4. invoice, by worker 1",
        "5. backup, by worker 1",
        "gave up on download",
    ];
    assert_eq!(run.lines(), expected);
}

#[test]
fn a_pool_of_no_size_is_an_error() {
    let run = APP.run_with(&["many"]);
    let message = run.failure(1);
    assert!(message.contains("usage: pool [WORKERS]"), "{message}");
}

/// Job and worker of a line "2. mail, by worker 3".
fn result(line: &str, place: usize) -> (&str, u32) {
    let (job, worker) = line
        .strip_prefix(&format!("{place}. "))
        .and_then(|rest| rest.split_once(", by worker "))
        .unwrap_or_else(|| panic!("not result {place}: {line}"));
    (job, worker.parse().unwrap_or_else(|error| panic!("{line}: {error}")))
}

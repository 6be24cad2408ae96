//! `wippy bench`: the shape of what it prints. The figures themselves depend on the machine.

use crate::app::{App, Run, holds};

const WORKLOADS: [&str; 10] =
    ["memory", "spawn", "ping-pong", "ring", "fan-in", "fan-out", "skynet", "timers", "latency", "workers"];

fn bench(words: &[&str]) -> Run {
    let words: Vec<_> = ["bench", "--quick"].into_iter().chain(words.iter().copied()).collect();
    App::empty().run(&words)
}

/// The names in the first column, after the headline.
fn names(run: &Run) -> Vec<&str> {
    let rows = run.stdout.lines().skip(2);
    rows.filter_map(|row| row.split(' ').next().filter(|name| !name.is_empty())).collect()
}

#[test]
fn all_workloads_of_rust_processes_make_a_table() {
    let run = bench(&["--workers", "2"]);
    run.expect_code(0);
    assert_eq!(names(&run), WORKLOADS);
    let headline = run.stdout.lines().next().unwrap_or_default();
    holds(headline, &["rust processes", "2 workers", "quick"]);
    for row in run.stdout.lines().skip(2) {
        // name or blanks, a number with its unit, what it is
        let value: Vec<_> = row[10..].split_whitespace().take(2).collect();
        assert!(value[0].parse::<f64>().is_ok(), "a number: {row}");
        assert!(["ns", "µs", "ms", "s", "B", "KiB", "×"].contains(&value[1]), "a unit: {row}");
    }
    assert!(!run.stderr.contains('\r'), "no progress line in a pipe: {:?}", run.stderr);
}

#[test]
fn workloads_can_be_chosen_for_each_kind() {
    for kind in ["rust", "lua", "wasm"] {
        let run = bench(&["ping-pong", "spawn", "spawn", "--kind", kind]);
        run.expect_code(0);
        assert_eq!(names(&run), ["spawn", "ping-pong"], "once each, in the order of the list");
        holds(&run.stdout, &[&format!("{kind} processes"), "from spawn to exit seen", "a round trip"]);
    }
}

#[test]
fn json_names_everything() {
    let run = bench(&["latency", "memory", "--json", "--workers", "1"]);
    run.expect_code(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON and nothing else");
    assert_eq!((report["kind"].as_str(), report["workers"].as_u64()), (Some("rust"), Some(1)));
    assert_eq!(report["quick"], true);
    let [memory, latency] = &report["workloads"].as_array().expect("a list")[..] else { panic!("{report}") };
    assert_eq!((memory["workload"].as_str(), memory["figures"][0]["unit"].as_str()), (Some("memory"), Some("bytes")));
    assert_eq!(latency["count"].as_u64(), Some(20));
    let told: Vec<_> = latency["figures"].as_array().expect("figures").iter().map(|f| f["what"].clone()).collect();
    assert_eq!(told, ["p99", "p50", "p99.9", "at most"]);
    assert!(latency["figures"][0]["value"].as_f64().is_some_and(|v| v > 0.0), "{report}");
}

#[test]
fn an_unknown_workload_suggests_the_closest() {
    let run = bench(&["pingpong"]);
    holds(run.failure(), &["workload \"pingpong\" not found; did you mean \"ping-pong\"?", "fan-in"]);
    assert_eq!(run.stdout, "", "nothing is run");
    let run = bench(&["spawn", "nonsense"]);
    assert!(!run.failure().contains("did you mean"), "{}", run.stderr);
    assert_eq!(run.stdout, "", "nothing is run");
}

#[test]
fn what_a_kind_has_not_is_an_error() {
    let run = bench(&["ring", "--kind", "wasm"]);
    holds(run.failure(), &["ring has no form for wasm processes", "ping-pong"]);
    holds(bench(&["--kind", "python"]).failure(), &["python", "rust", "lua", "wasm"]);
    holds(bench(&["--workers", "0"]).failure(), &["0", "1..=1024"]);
}

#[test]
fn help_lists_all_workloads() {
    let run = App::empty().run(&["bench", "--help"]);
    run.expect_code(0);
    holds(&run.stdout, &WORKLOADS);
    holds(&run.stdout, &["Examples:", "--kind", "--workers", "--quick", "--json"]);
}

#[test]
fn a_number_of_operations_is_kept_or_refused_with_what_it_has_to_be() {
    let sized = |words: &[&str]| {
        let words: Vec<_> = ["bench"].into_iter().chain(words.iter().copied()).collect();
        App::empty().run(&words)
    };
    let run = sized(&["memory", "--count", "70", "--kind", "lua", "--json"]);
    run.expect_code(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON and nothing else");
    assert_eq!(report["workloads"][0]["count"].as_u64(), Some(70));
    holds(
        sized(&["fan-in", "--count", "15"]).failure(),
        &["fan-in cannot consist of 15", "a multiple of its 10 senders"],
    );
    holds(sized(&["skynet", "--count", "50"]).failure(), &["a power of ten"]);
    holds(sized(&["--count", "100"]).failure(), &["--count needs one WORKLOAD"]);
    holds(sized(&["ring", "--count", "0"]).failure(), &["--count"]);
    holds(sized(&["ring", "--count", "5", "--quick"]).failure(), &["--quick"]);
}

//! Every workload runs to its end in every form it has, and gives figures that can be.

use wippy_bench::{Kind, Progress, Settings, Unit, Workload, run};

/// In one test: memory and processor time are the whole program's.
#[test]
fn all_workloads_run_on_all_kinds() {
    for kind in Kind::ALL {
        for workload in Workload::of(kind) {
            let settings = Settings { quick: true, ..Settings::default() };
            let mut last = None;
            let measured = run(workload, kind, &settings, &mut |progress| last = Some(progress))
                .unwrap_or_else(|e| panic!("{workload} {kind}: {e}"));
            let total = workload.count(kind, true).expect("it has this form");
            assert_eq!((measured.workload, measured.kind, measured.count), (workload, kind, total));
            assert_eq!(last, Some(Progress { done: total, total }), "{workload} {kind}: the last progress is the end");
            for figure in &measured.figures {
                assert!(figure.value.is_finite() && figure.value >= 0.0, "{workload} {kind}: {figure}");
            }
            let first = &measured.figures[0];
            // A process that sleeps costs something; whether memory grew depends on what the allocator had left.
            assert!(first.value > 0.0 || first.unit == Unit::Bytes, "{workload} {kind}: {first}");
        }
    }
}

#[test]
fn what_has_no_form_says_what_has() {
    let error = run(Workload::Ring, Kind::Wasm, &Settings::default(), &mut |_| {}).unwrap_err();
    assert_eq!(
        error.message(),
        "ring has no form for wasm processes; there are: memory, spawn, ping-pong, latency, workers"
    );
    for workload in [Workload::Compute, Workload::PingPongTable] {
        let error = run(workload, Kind::Rust, &Settings::default(), &mut |_| {}).unwrap_err();
        assert!(error.message().starts_with(&format!("{workload} has no form for rust processes")), "{error}");
    }
    let none = Settings { workers: 0, quick: true };
    assert!(run(Workload::Spawn, Kind::Rust, &none, &mut |_| {}).is_err());
}

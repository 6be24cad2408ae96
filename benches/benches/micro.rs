//! How long do the two basic operations take? Whole workloads on two workers, with criterion's statistics, to see what a
//! change has done. Not to be quoted: `compare` runs the same beside others.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::time::Duration;
use wippy_bench::{Kind, Settings, Workload, run};

fn workloads(c: &mut Criterion) {
    for kind in [Kind::Rust, Kind::Lua] {
        let mut group = c.benchmark_group(kind.name());
        group.sample_size(10).measurement_time(Duration::from_secs(15)).throughput(Throughput::Elements(1));
        for workload in [Workload::Spawn, Workload::PingPong] {
            // A run tells its own time, without what it took to start and to stop a scheduler: so many nanoseconds an
            // operation, which criterion asks for as the time of so many operations.
            group.bench_function(workload.name(), |b| {
                b.iter_custom(|operations| {
                    let measured = run(workload, kind, &Settings::default(), &mut |_| {}).expect("a workload runs");
                    Duration::from_nanos((measured.figures[0].value * operations as f64) as u64)
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, workloads);
criterion_main!(benches);

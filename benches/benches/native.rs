//! How long do the basic operations of native processes take? Whole workloads on two workers; not to be quoted as the
//! cost of one operation alone on an idle machine.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use wippy_benches::{Brief, Player, scheduler};

fn spawn(c: &mut Criterion) {
    let (node, host) = scheduler();
    c.bench_function("native/spawn to exit seen", |b| {
        b.iter(|| {
            let (_, exit) = node.spawn_watched(&host, Brief, ()).expect("there is room");
            black_box(exit.wait())
        });
    });
}

fn ping_pong(c: &mut Criterion) {
    const ROUNDS: u64 = 100_000;
    let (node, host) = scheduler();
    let mut group = c.benchmark_group("native");
    group.throughput(Throughput::Elements(ROUNDS)).sample_size(20);
    group.bench_function("ping-pong, 100,000 round trips", |b| {
        b.iter(|| {
            let answers = node.spawn(&host, Player { peer: None, left: u64::MAX }, ()).expect("there is room");
            let (_, exit) =
                node.spawn_watched(&host, Player { peer: Some(answers), left: ROUNDS }, ()).expect("there is room");
            let end = exit.wait();
            node.terminate(answers);
            black_box(end)
        });
    });
    group.finish();
}

criterion_group!(benches, spawn, ping_pong);
criterion_main!(benches);

//! How long do the basic operations of Lua processes take? As `native`, through the whole node.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use wippy_benches::{LUA, lua_node, run_lua};

fn workloads(c: &mut Criterion) {
    let node = lua_node(LUA);
    let mut group = c.benchmark_group("lua");
    group.sample_size(10);
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("spawn to exit seen, 1,000", |b| b.iter(|| black_box(run_lua(&node, -1_000))));
    group.throughput(Throughput::Elements(10_000));
    group.bench_function("ping-pong with a small table, 10,000 round trips", |b| {
        b.iter(|| black_box(run_lua(&node, 10_000)));
    });
    group.finish();
}

criterion_group!(benches, workloads);
criterion_main!(benches);

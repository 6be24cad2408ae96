//! How much memory does an idle process take? Resident memory before and after, divided by their number. A program of
//! its own, not a criterion bench: it measures bytes.

use std::time::Duration;
use wippy_benches::{Idle, LUA, lua_node, resident_bytes, scheduler};
use wippy_core::{Spawn, Value, Values};

fn report(what: &str, processes: u64, before: u64) {
    let bytes = resident_bytes().saturating_sub(before) / processes;
    println!("memory/{what}: {bytes} bytes a process ({processes} idle)");
}

fn main() {
    const NATIVE: u64 = 100_000;
    let (node, host) = scheduler();
    node.spawn(&host, Idle, ()).expect("there is room");
    let before = resident_bytes();
    for _ in 0..NATIVE {
        node.spawn(&host, Idle, ()).expect("there is room");
    }
    report("native", NATIVE, before);
    node.shutdown(Duration::ZERO);
    drop(node);

    const LUA_PROCESSES: u64 = 100_000;
    let node = lua_node(LUA);
    let spawn = |i: u64| Spawn {
        entry: "bench:child".into(),
        host: "bench:processes".into(),
        args: Values::from(Value::from(i as i64)),
        ..Spawn::default()
    };
    node.run(spawn(0)).expect("there is room");
    let before = resident_bytes();
    for i in 1..=LUA_PROCESSES {
        node.run(spawn(i)).expect("there is room");
    }
    report("lua", LUA_PROCESSES, before);
}

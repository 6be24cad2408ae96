//! The workloads as Lua processes. What measures and what is measured are both Lua, but for memory and latency.

use super::{Booted, drivers, entry, latency, memory, spawn, workers};
use crate::gauges::cpu_time;
use crate::measured::{self, Figure};
use crate::progress::{Meter, Progress};
use crate::rig::{Task, time_of};
use crate::workload::{RECEIVERS, RING, SENDERS, Workload, longest_nap};
use std::sync::Arc;
use wippy_core::{Entry, Error, SpawnWith, Tree, Value};
use wippy_lua::LuaKind;

/// The programs that do the work; a method for each workload.
const ROOTS: &str = include_str!("roots.lua");
/// What they start: a program of about fifty lines, with a method for each sort of child.
const CHILDREN: &str = include_str!("children.lua");

fn entries() -> Vec<Entry> {
    let program = |name: &str, source: &str| {
        let modules = Tree::List(vec![Tree::from("time")]);
        let data = [("source", Tree::from(source)), ("method", Tree::from(name)), ("modules", modules)];
        entry(name, "process.lua", Tree::map(data))
    };
    let roots = ["spawns", "ping_pong", "ring", "fan_in", "fan_out", "skynet", "timers"];
    let children = ["brief", "idle", "answer", "member", "sender", "receiver", "node", "sleeper", "burner", "unit"];
    let roots = roots.into_iter().map(|name| program(name, ROOTS));
    roots.chain(children.into_iter().map(|name| program(name, CHILDREN))).collect()
}

fn boot(workers: usize) -> Result<Booted, Error> {
    Booted::new(Arc::new(LuaKind::new()), entries(), workers)
}

pub(crate) fn run(task: &Task, progress: &mut dyn FnMut(Progress)) -> Result<Vec<Figure>, Error> {
    let (n, meter) = (task.count, Meter::default());
    let booted = boot(task.settings.workers)?;
    let named = SpawnWith { name: Some("bench.meter".into()), ..SpawnWith::default() };
    booted.node.scheduler().spawn_with(&booted.drivers, drivers::meter(meter.clone()), (), named)?;
    let mut program = |name: &str, args: &[u64]| {
        let args = args.iter().map(|n| Value::Int(*n as i64)).collect();
        booted.run(drivers::exec(spawn(name, args)), &meter, n, progress)
    };
    let each = |what: &str, took: Value, count| Ok(vec![Figure::time(what, time_of(&took)?, count)]);
    match task.workload {
        Workload::Spawn => each("from spawn to exit seen", program("spawns", &[n])?, n),
        Workload::PingPong => each("a round trip with a small table", program("ping_pong", &[n])?, n),
        Workload::Ring => each("a hop", program("ring", &[n, RING])?, n),
        Workload::FanIn => each("a message", program("fan_in", &[n, SENDERS])?, n),
        Workload::FanOut => {
            let receivers = RECEIVERS.min(n);
            each("a message, answered", program("fan_out", &[n / receivers, receivers])?, n)
        }
        Workload::Skynet => {
            let took = time_of(&program("skynet", &[n])?)?;
            let processes = (n * 10 - 1) / 9;
            Ok(vec![Figure::time("in all", took, 1), Figure::time("a process", took, processes)])
        }
        Workload::Timers => {
            let before = cpu_time();
            let late = program("timers", &[n, longest_nap(task.settings.quick)])?;
            Ok(measured::timers(n, cpu_time() - before, late.decode()?))
        }
        Workload::Memory => memory(n, &booted, "idle", &meter, progress),
        Workload::Latency => latency(task, &booted, "burner", &meter, progress),
        Workload::Workers => workers(task, "unit", &meter, progress, boot),
    }
}

//! The workloads as Lua processes. What measures and what is measured are both Lua, but for memory and latency.

use super::{Booted, drivers, entry, latency, memory, spawn, workers};
use crate::gauges::cpu_time;
use crate::measured::{self, Figure};
use crate::native::tickers;
use crate::progress::{Meter, Progress};
use crate::rig::{Task, time_of};
use crate::workload::{self, RECEIVERS, RING, SENDERS, TICKS, Workload, longest_nap, period, phase};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wippy_core::{Entry, Error, SpawnWith, Tree, Value};
use wippy_lua::LuaKind;

/// The programs that do the work; a method for each workload.
const ROOTS: &str = include_str!("roots.lua");
/// What they start: a program of about fifty lines, with a method for each sort of child.
const CHILDREN: &str = include_str!("children.lua");
/// The Lua text of [`Workload::Compute`]: returns a table with the functions `fib` and `tables`, which take a number each
/// and raise when the result is wrong. Any Lua 5.3 or later runs it.
pub const COMPUTE: &str = include_str!("compute.lua");

fn entries() -> Vec<Entry> {
    let program = |name: &str, source: &str| {
        let modules = Tree::List(vec![Tree::from("time")]);
        let data = [("source", Tree::from(source)), ("method", Tree::from(name)), ("modules", modules)];
        entry(name, "process.lua", Tree::map(data))
    };
    let roots = ["spawns", "ping_pong", "ring", "fan_in", "fan_out", "skynet", "timers"];
    let children =
        ["brief", "idle", "answer", "member", "sender", "receiver", "node", "sleeper", "ticker", "burner", "unit"];
    let roots = roots.into_iter().map(|name| program(name, ROOTS));
    let children = children.into_iter().map(|name| program(name, CHILDREN));
    let compute = ["fib", "tables"].into_iter().map(|name| program(name, COMPUTE));
    roots.chain(children).chain(compute).collect()
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
        Workload::PingPong | Workload::PingPongTable => {
            each("a round trip with a small table", program("ping_pong", &[n])?, n)
        }
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
        Workload::Tickers => {
            let quick = task.settings.quick;
            let root = tickers::root(n, quick, meter.clone(), move |cx, i| {
                let millis = |time: Duration| Value::Int(time.as_millis() as i64);
                let args = vec![cx.pid().into(), millis(phase(i, quick)), millis(period(quick)), (TICKS as i64).into()];
                cx.spawn(spawn("ticker", args))
            });
            tickers::figures(task, &booted.run(root, &meter, n, progress)?)
        }
        Workload::Compute => {
            let (number, tables) = workload::compute(task.settings.quick);
            let mut fastest = [Duration::MAX; 2];
            for _ in 0..n {
                for (fastest, (name, arg)) in fastest.iter_mut().zip([("fib", number), ("tables", tables)]) {
                    let began = Instant::now();
                    program(name, &[arg])?;
                    *fastest = began.elapsed().min(*fastest);
                }
            }
            Ok(measured::compute(task.settings.quick, fastest[0], fastest[1]))
        }
        Workload::Memory => memory(n, &booted, "idle", &meter, progress),
        Workload::Latency => latency(task, &booted, "burner", &meter, progress),
        Workload::Workers => workers(task, "unit", &meter, progress, boot),
    }
}

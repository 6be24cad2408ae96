//! The workloads as processes of entries, in a whole node: rights, hosts and all.

pub(crate) mod drivers;
pub(crate) mod lua;
pub(crate) mod wasm;

use crate::gauges::resident_bytes;
use crate::measured::{self, Figure, Unit};
use crate::native::Probe;
use crate::progress::{Meter, Progress};
use crate::rig::{Task, time_of, wait};
use std::sync::Arc;
use wippy_core::{Entry, EntryId, Error, Kind, Spawn, StateMachine, Tree, Value};
use wippy_host::{Node, NodeConfig};
use wippy_sched::Host;

/// Where guests run.
const HOST: &str = "bench:guests";

/// An entry of a workload.
fn entry(name: &str, kind: &str, data: Tree) -> Entry {
    Entry { id: EntryId::new(format!("bench:{name}")), kind: kind.into(), data, ..Entry::default() }
}

/// A process of the entry `bench:name` on the guests' host.
fn spawn(name: &str, args: Vec<Value>) -> Spawn {
    Spawn {
        entry: EntryId::new(format!("bench:{name}")),
        host: EntryId::new(HOST),
        args: args.into(),
        ..Spawn::default()
    }
}

/// A node with the programs of a kind, and a host for the machines that drive them.
struct Booted {
    node: Node,
    drivers: Arc<Host>,
}

impl Booted {
    fn new(kind: Arc<dyn Kind>, mut entries: Vec<Entry>, workers: usize) -> Result<Booted, Error> {
        entries.push(entry("guests", "process.host", Tree::map([("lifecycle", Tree::map([("auto_start", true)]))])));
        let config = NodeConfig { kinds: vec![kind], workers, ..NodeConfig::default() };
        let node = Node::boot(config, entries).map_err(wippy_host::BootError::into_error)?;
        let drivers = node.scheduler().add_host("bench:drivers", Default::default())?;
        Ok(Booted { node, drivers })
    }

    fn run(
        &self,
        driver: impl StateMachine + 'static,
        meter: &Meter,
        total: u64,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Value, Error> {
        let (_, exit) = self.node.scheduler().spawn_watched(&self.drivers, driver, ())?;
        wait(&exit, meter, total, progress)
    }
}

/// Memory of `n` processes of an entry; each has answered once and waits.
fn memory(
    n: u64,
    booted: &Booted,
    name: &str,
    meter: &Meter,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Figure>, Error> {
    // What the node and the allocator need once is not a process's.
    booted.run(drivers::crowd(spawn(name, Vec::new()), 10, Meter::default()), meter, n, &mut |_| {})?;
    let before = resident_bytes();
    booted.run(drivers::crowd(spawn(name, Vec::new()), n, meter.clone()), meter, n, progress)?;
    let grown = resident_bytes().saturating_sub(before);
    Ok(vec![Figure { what: "a process".into(), value: grown as f64 / n as f64, unit: Unit::Bytes }])
}

/// Messages to a Rust process while guests run endless loops.
fn latency(
    task: &Task,
    booted: &Booted,
    burner: &str,
    meter: &Meter,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Figure>, Error> {
    let scheduler = booted.node.scheduler();
    let burners = drivers::start(spawn(burner, Vec::new()), task.settings.workers as u64);
    booted.run(burners, meter, task.count, &mut |_| {})?;
    let probe = Probe::new(task.count);
    let (pid, exit) = scheduler.spawn_watched(&booted.drivers, probe.receiver(meter.clone()), ())?;
    probe.send(scheduler, pid, meter, progress)?;
    let took = wait(&exit, meter, task.count, progress)?;
    Ok(measured::latency(took.decode()?))
}

/// The same work on one worker and on all.
fn workers(
    task: &Task,
    unit: &str,
    meter: &Meter,
    progress: &mut dyn FnMut(Progress),
    boot: impl Fn(usize) -> Result<Booted, Error>,
) -> Result<Vec<Figure>, Error> {
    let n = task.count;
    measured::speedup(n, task.settings.workers, |workers| {
        time_of(&boot(workers)?.run(drivers::crew(spawn(unit, Vec::new()), n, meter.clone()), meter, n, progress)?)
    })
}

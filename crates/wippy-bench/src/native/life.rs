//! Processes that are started: one after the other, or all at once.

use crate::gauges::resident_bytes;
use crate::measured::{Figure, Unit};
use crate::progress::{Meter, Progress};
use crate::rig::{Rig, machine, took};
use std::sync::atomic::{AtomicU64, Ordering};
use wippy_core::{Cx, Error, Event, Pid, SpawnWith, StateMachine, Step, Value};

/// Starts a child, waits until it hears of its end, and does so `n` times. One child lives at a time.
pub(crate) fn spawner(n: u64, meter: Meter) -> impl StateMachine {
    let mut began = None;
    let mut done = 0;
    machine(move |cx| {
        if began.is_none() {
            began = Some(cx.now());
            child(cx)?;
        }
        while let Some(event) = cx.next_event() {
            if let Event::Exit(_) = event {
                done += 1;
                meter.at(done);
                if done == n {
                    return took(cx, began.unwrap_or_default());
                }
                child(cx)?;
            }
        }
        Ok(Step::Blocked)
    })
}

fn child(cx: &mut Cx) -> Result<Pid, Error> {
    let brief = machine(|_| Ok(Step::Complete(Ok(Value::Nil))));
    cx.spawn_machine(brief, (), SpawnWith { monitor: true, ..SpawnWith::default() })
}

/// Processes that have said that they wait. Not in the processes themselves: their own state is empty.
static WAITING: AtomicU64 = AtomicU64::new(0);

/// A process that waits for messages and does nothing with them.
fn idle() -> impl StateMachine {
    let mut said = false;
    machine(move |cx| {
        if !std::mem::replace(&mut said, true) {
            WAITING.fetch_add(1, Ordering::Relaxed);
        }
        while cx.next_event().is_some() {}
        Ok(Step::Idle)
    })
}

/// Starts `n` processes that wait, gives how much memory each takes.
pub(crate) fn memory(
    n: u64,
    rig: &Rig,
    meter: &Meter,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Figure>, Error> {
    // What the scheduler and the allocator need once is not a process's.
    crowd(100, rig, meter, progress)?;
    let before = resident_bytes();
    crowd(n, rig, meter, progress)?;
    let grown = resident_bytes().saturating_sub(before);
    Ok(vec![Figure { what: "a process".into(), value: grown as f64 / n as f64, unit: Unit::Bytes }])
}

/// Starts processes that wait, and returns when all do. Their pids are kept for as long as the scheduler lives, as
/// whoever wants to talk to them would.
fn crowd(n: u64, rig: &Rig, meter: &Meter, progress: &mut dyn FnMut(Progress)) -> Result<(), Error> {
    WAITING.store(0, Ordering::Relaxed);
    let mut pids: Vec<Pid> = Vec::with_capacity(n as usize);
    let mut told = false;
    let (reach, meter_inside) = (n as usize, meter.clone());
    let spawner = machine(move |cx| {
        while pids.len() < reach && !cx.slice_over() {
            pids.push(cx.spawn_machine(idle(), (), SpawnWith::default())?);
            meter_inside.at(pids.len() as u64);
        }
        if pids.len() < reach || WAITING.load(Ordering::Relaxed) < reach as u64 {
            return Ok(Step::Ready);
        }
        if !std::mem::replace(&mut told, true) {
            let from = cx.lookup("bench.watcher").ok_or_else(|| Error::internal("nobody watches"))?;
            cx.send(from, "waiting", ()).map_err(|(e, _)| e)?;
        }
        while cx.next_event().is_some() {}
        Ok(Step::Idle)
    });
    // The spawner keeps the pids and lives on; who waits for it is another process.
    let mut spawner = Some(spawner);
    let watcher = machine(move |cx| {
        if let Some(spawner) = spawner.take() {
            cx.register("bench.watcher", cx.pid())?;
            cx.spawn_machine(spawner, (), SpawnWith::default())?;
        }
        Ok(if cx.next_event().is_some() { Step::Complete(Ok(Value::Nil)) } else { Step::Idle })
    });
    rig.run(watcher, meter, n, progress).map(drop)
}

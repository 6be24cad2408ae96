//! Processes that sleep once.

use crate::gauges::cpu_time;
use crate::measured::{self, Figure};
use crate::progress::{Meter, Progress};
use crate::rig::{Rig, machine, nanoseconds};
use crate::workload::nap;
use std::time::Duration;
use wippy_core::{Error, Event, Pid, SpawnWith, StateMachine, Step, Value};

/// Processor time for each process that is started, sleeps, tells how late it woke, and ends; and how late.
pub(crate) fn run(
    n: u64,
    quick: bool,
    rig: &Rig,
    meter: &Meter,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Figure>, Error> {
    let before = cpu_time();
    let late = rig.run(root(n, quick, meter.clone()), meter, n, progress)?;
    let used = cpu_time() - before;
    Ok(measured::timers(n, used, late.decode()?))
}

fn root(n: u64, quick: bool, meter: Meter) -> impl StateMachine {
    let (mut started, mut late) = (0, Vec::new());
    machine(move |cx| {
        while started < n {
            let me = cx.pid();
            cx.spawn_machine(sleeper(me, nap(started, quick)), (), SpawnWith::default())?;
            started += 1;
            if cx.slice_over() {
                return Ok(Step::Ready);
            }
        }
        while let Some(event) = cx.next_event() {
            if let Event::Message(message) = event {
                late.push(message.values.first().as_int().unwrap_or(0).max(0) as u64);
                meter.at(late.len() as u64);
            }
        }
        if late.len() as u64 == n {
            return Ok(Step::Complete(Value::encode(&late)));
        }
        Ok(Step::Idle)
    })
}

fn sleeper(root: Pid, length: Duration) -> impl StateMachine {
    let mut until = None;
    machine(move |cx| {
        if until.is_none() {
            until = Some(cx.now() + length);
            cx.timer(length);
        }
        while let Some(event) = cx.next_event() {
            if let Event::Reply { .. } = event {
                let late = cx.now().saturating_sub(until.unwrap_or_default());
                cx.send(root, "late", nanoseconds(late)).map_err(|(e, _)| e)?;
                return Ok(Step::Complete(Ok(Value::Nil)));
            }
        }
        Ok(Step::Blocked)
    })
}

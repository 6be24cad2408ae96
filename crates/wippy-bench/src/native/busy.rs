//! Processes that compute: in the way of others, or as the work itself.

use crate::measured::{self, Figure};
use crate::progress::{Meter, Progress};
use crate::rig::{Rig, machine, nanoseconds, time_of, took, wait};
use crate::workload::pause;
use std::hint::black_box;
use std::time::Instant;
use wippy_core::{Error, Event, Pid, SpawnWith, StateMachine, Step, Value};
use wippy_sched::Scheduler;

/// One unit of work: about a millisecond of arithmetic that no compiler can shorten.
pub fn work() -> u64 {
    let mut x: u64 = black_box(0x9E37_79B9);
    for _ in 0..600_000 {
        x = x.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        x ^= x >> 29;
    }
    black_box(x)
}

/// Computes for ever and gives way only when its slice is over.
fn burner() -> impl StateMachine {
    machine(|cx| {
        let mut x: u64 = 1;
        while !cx.slice_over() {
            for _ in 0..100 {
                x = black_box(x.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1));
            }
        }
        Ok(Step::Ready)
    })
}

pub(crate) fn latency(
    n: u64,
    rig: &Rig,
    meter: &Meter,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Figure>, Error> {
    for _ in 0..rig.scheduler.workers() {
        rig.scheduler.spawn(&rig.host, burner(), ())?;
    }
    let probe = Probe::new(n);
    let (pid, exit) = rig.scheduler.spawn_watched(&rig.host, probe.receiver(meter.clone()), ())?;
    probe.send(&rig.scheduler, pid, meter, progress)?;
    Ok(measured::latency(wait(&exit, meter, n, progress)?.decode()?))
}

/// Sends messages to a process at moments that do not depend on how fast they arrive.
pub(crate) struct Probe {
    messages: u64,
    began: Instant,
}

impl Probe {
    pub(crate) fn new(messages: u64) -> Probe {
        Probe { messages, began: Instant::now() }
    }

    /// A process that notes how long each message took, and ends with the list.
    pub(crate) fn receiver(&self, meter: Meter) -> impl StateMachine + use<> {
        let (began, n) = (self.began, self.messages);
        let mut took = Vec::new();
        machine(move |cx| {
            while let Some(event) = cx.next_event() {
                if let Event::Message(message) = event {
                    let sent = message.values.first().as_int().unwrap_or(0);
                    took.push(nanoseconds(began.elapsed()).saturating_sub(sent).max(0) as u64);
                    meter.set(took.len() as u64);
                    if took.len() as u64 == n {
                        return Ok(Step::Complete(Value::encode(&took)));
                    }
                }
            }
            Ok(Step::Idle)
        })
    }

    /// Sends them all, from this thread, which is no worker.
    pub(crate) fn send(
        &self,
        scheduler: &Scheduler,
        to: Pid,
        meter: &Meter,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), Error> {
        for i in 0..self.messages {
            std::thread::sleep(pause(i));
            scheduler.send(to, "probe", nanoseconds(self.began.elapsed()))?;
            if i % 64 == 0 {
                progress(Progress { done: meter.get(), total: self.messages });
            }
        }
        Ok(())
    }
}

pub(crate) fn workers(
    n: u64,
    workers: usize,
    meter: &Meter,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Figure>, Error> {
    measured::speedup(n, workers, |workers| {
        time_of(&Rig::new(workers)?.run(crew(n, meter.clone()), meter, n, progress)?)
    })
}

/// Starts `n` processes with one unit of work each and waits for their ends.
fn crew(n: u64, meter: Meter) -> impl StateMachine {
    let mut began = None;
    let mut done = 0;
    machine(move |cx| {
        if began.is_none() {
            began = Some(cx.now());
            for _ in 0..n {
                let unit = machine(|_| Ok(Step::Complete(Ok(Value::Int(work() as i64)))));
                cx.spawn_machine(unit, (), SpawnWith { monitor: true, ..SpawnWith::default() })?;
            }
        }
        while let Some(event) = cx.next_event() {
            if let Event::Exit(_) = event {
                done += 1;
                meter.set(done);
                if done == n {
                    return took(cx, began.unwrap_or_default());
                }
            }
        }
        Ok(Step::Blocked)
    })
}

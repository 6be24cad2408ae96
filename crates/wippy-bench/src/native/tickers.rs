//! Processes that tick again and again, and the one that starts them and measures what all of them use.

use crate::gauges::cpu_time;
use crate::measured::{self, Figure};
use crate::progress::Meter;
use crate::rig::{Task, machine};
use crate::workload::{TICKS, TICKS_MEASURED, period, phase};
use std::time::Duration;
use wippy_core::{Asked, Cx, Error, Event, Pid, Reply, SpawnWith, StateMachine, Step, Value};

/// So many may be on their way up at a time: what waits to be started takes memory, and a place in a queue.
const STARTING_MAX: u64 = 100;

/// Starts `n` processes, lets a period pass, and notes how much processor time the program uses in [`TICKS_MEASURED`]
/// more. Ends when each process has sent a message, which is the end of its ticks. `start` begins the `i`-th of them.
pub(crate) fn root(
    n: u64,
    quick: bool,
    meter: Meter,
    mut start: impl FnMut(&mut Cx, u64) -> Asked<Pid> + Send,
) -> impl StateMachine {
    let (mut asked, mut there, mut done) = (0, 0, 0);
    let (mut clock, mut rounds) = (None, 0);
    let (mut before, mut measured) = (None, None);
    machine(move |cx| {
        while let Some(event) = cx.next_event() {
            match event {
                Event::Reply { tag, answer } if clock == Some(tag) => {
                    answer?;
                    rounds += 1;
                    meter.set(n * rounds / (TICKS + 1));
                    if rounds == 1 {
                        before = Some((cpu_time(), cx.now()));
                    }
                    if rounds <= TICKS_MEASURED {
                        clock = Some(cx.timer(period(quick)).raw());
                    } else if let Some((used, began)) = before {
                        // Small sizes say nothing anyway.
                        if done > 0 && !quick {
                            return Err(Error::unavailable("starting took so long that some have ended already"));
                        }
                        measured = Some((cpu_time() - used, cx.now() - began));
                    }
                }
                Event::Reply { answer, .. } => {
                    answer.and_then(Pid::from_answer)?;
                    there += 1;
                }
                Event::Message(_) => done += 1,
                _ => {}
            }
        }
        while asked < n && asked < there + STARTING_MAX {
            if let Asked::Done(pid) = start(cx, asked) {
                pid?;
                there += 1;
            }
            asked += 1;
            if cx.slice_over() {
                return Ok(Step::Ready);
            }
        }
        if there == n && clock.is_none() {
            clock = Some(cx.timer(period(quick)).raw());
        }
        match measured {
            Some(measured) if done == n => Ok(Step::Complete(Value::encode(&measured))),
            _ => Ok(Step::Blocked),
        }
    })
}

/// What the machine of [`root`] ended with.
pub(crate) fn figures(task: &Task, result: &Value) -> Result<Vec<Figure>, Error> {
    let (used, passed): (Duration, Duration) = result.decode()?;
    Ok(measured::tickers(task.count, task.settings.quick, used, passed))
}

/// Starts the `i`-th Rust process that ticks.
pub(crate) fn start(cx: &mut Cx, i: u64, quick: bool) -> Result<Pid, Error> {
    let ticker = ticker(cx.pid(), phase(i, quick), period(quick));
    cx.spawn_machine(ticker, (), SpawnWith::default())
}

fn ticker(root: Pid, phase: Duration, period: Duration) -> impl StateMachine {
    let mut began = false;
    // The first of them is the end of the phase.
    let mut left = TICKS + 1;
    machine(move |cx| {
        if !std::mem::replace(&mut began, true) {
            cx.timer(phase);
        }
        while let Some(event) = cx.next_event() {
            if let Event::Reply { .. } = event {
                left -= 1;
                if left == 0 {
                    cx.send(root, "ticked", ()).map_err(|(e, _)| e)?;
                    return Ok(Step::Complete(Ok(Value::Nil)));
                }
                cx.timer(period);
            }
        }
        Ok(Step::Blocked)
    })
}

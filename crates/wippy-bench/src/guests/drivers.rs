//! Rust machines that start guests and play with them.

use crate::progress::Meter;
use crate::rig::{machine, took};
use wippy_core::{Answer, Asked, Cx, Error, Event, Pid, Reply, Spawn, StateMachine, Step, Value};

/// What came back under a tag: the pid of a started process.
fn started(answer: Result<Answer, Error>) -> Result<Pid, Error> {
    answer.and_then(Pid::from_answer)
}

/// Starts a process and ends with its result.
pub(crate) fn exec(spawn: Spawn) -> impl StateMachine {
    let mut spawn = Some(spawn);
    machine(move |cx| {
        if let Some(spawn) = spawn.take()
            && let Asked::Done(result) = cx.exec(spawn)
        {
            return Ok(Step::Complete(result));
        }
        while let Some(event) = cx.next_event() {
            if let Event::Reply { answer, .. } = event {
                return Ok(Step::Complete(answer.and_then(Value::from_answer)));
            }
        }
        Ok(Step::Blocked)
    })
}

/// Holds the last number it was sent.
pub(crate) fn meter(meter: Meter) -> impl StateMachine {
    machine(move |cx| {
        while let Some(event) = cx.next_event() {
            if let Event::Message(message) = event {
                meter.set(message.values.first().as_int().unwrap_or(0).max(0) as u64);
            }
        }
        Ok(Step::Idle)
    })
}

/// Starts `n` processes and ends once all have started.
pub(crate) fn start(spawn: Spawn, n: u64) -> impl StateMachine {
    let (mut asked, mut there) = (0, 0);
    machine(move |cx| {
        while asked < n {
            asked += 1;
            if let Asked::Done(pid) = cx.spawn(spawn.clone()) {
                pid?;
                there += 1;
            }
        }
        while let Some(event) = cx.next_event() {
            if let Event::Reply { answer, .. } = event {
                started(answer)?;
                there += 1;
            }
        }
        Ok(if there == n { Step::Complete(Ok(Value::Nil)) } else { Step::Blocked })
    })
}

/// Starts `n` processes, sends each a `ping`, and ends once all have answered. They live on.
pub(crate) fn crowd(spawn: Spawn, n: u64, meter: Meter) -> impl StateMachine {
    let (mut asked, mut answered) = (0, 0);
    let ping = |cx: &mut Cx, pid: Pid| cx.send(pid, "ping", ()).map_err(|(e, _)| e);
    machine(move |cx| {
        while let Some(event) = cx.next_event() {
            match event {
                Event::Reply { answer, .. } => ping(cx, started(answer)?)?,
                Event::Message(_) => answered += 1,
                _ => {}
            }
        }
        meter.set(answered);
        if answered == n {
            return Ok(Step::Complete(Ok(Value::Nil)));
        }
        // Not all at once: what waits to be started takes memory too.
        while asked < n && asked < answered + 100 {
            asked += 1;
            if let Asked::Done(pid) = cx.spawn(spawn.clone()) {
                ping(cx, pid?)?;
            }
        }
        Ok(Step::Blocked)
    })
}

/// Starts a process, waits until it hears of its end, and does so `n` times.
pub(crate) fn spawner(spawn: Spawn, n: u64, meter: Meter) -> impl StateMachine {
    let mut began = None;
    let mut done = 0;
    machine(move |cx| {
        if began.is_none() {
            began = Some(cx.now());
            monitored(cx, &spawn)?;
        }
        while let Some(event) = cx.next_event() {
            match event {
                Event::Reply { answer, .. } => drop(started(answer)?),
                Event::Exit(notice) => {
                    notice.result?;
                    done += 1;
                    meter.set(done);
                    if done == n {
                        return took(cx, began.unwrap_or_default());
                    }
                    monitored(cx, &spawn)?;
                }
                _ => {}
            }
        }
        Ok(Step::Blocked)
    })
}

fn monitored(cx: &mut Cx, spawn: &Spawn) -> Result<(), Error> {
    let mut spawn = spawn.clone();
    spawn.with.monitor = true;
    match cx.spawn(spawn) {
        Asked::Done(pid) => pid.map(drop),
        Asked::Later(_) => Ok(()),
    }
}

/// Starts `n` processes at once and waits for the ends of all.
pub(crate) fn crew(spawn: Spawn, n: u64, meter: Meter) -> impl StateMachine {
    let mut began = None;
    let mut done = 0;
    machine(move |cx| {
        if began.is_none() {
            began = Some(cx.now());
            for _ in 0..n {
                monitored(cx, &spawn)?;
            }
        }
        while let Some(event) = cx.next_event() {
            match event {
                Event::Reply { answer, .. } => drop(started(answer)?),
                Event::Exit(notice) => {
                    notice.result?;
                    done += 1;
                    meter.set(done);
                }
                _ => {}
            }
        }
        if done == n { took(cx, began.unwrap_or_default()) } else { Ok(Step::Blocked) }
    })
}

/// Sends a ball to a process, which sends it back, `n` times.
pub(crate) fn ping_pong(spawn: Spawn, n: u64, meter: Meter) -> impl StateMachine {
    let mut spawn = Some(spawn);
    let mut began = None;
    let mut done = 0;
    machine(move |cx| {
        let mut partner = None;
        if let Some(spawn) = spawn.take()
            && let Asked::Done(pid) = cx.spawn(spawn)
        {
            partner = Some(pid?);
        }
        while let Some(event) = cx.next_event() {
            match event {
                Event::Reply { answer, .. } => partner = Some(started(answer)?),
                Event::Message(ball) => {
                    done += 1;
                    meter.at(done);
                    if done == n {
                        return took(cx, began.unwrap_or_default());
                    }
                    cx.send(ball.from, "ping", ball.values).map_err(|(e, _)| e)?;
                }
                _ => {}
            }
        }
        if let Some(partner) = partner {
            began = Some(cx.now());
            cx.send(partner, "ping", 0).map_err(|(e, _)| e)?;
        }
        Ok(Step::Blocked)
    })
}

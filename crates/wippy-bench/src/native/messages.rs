//! Processes that send to each other.

use crate::progress::Meter;
use crate::rig::{machine, took};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wippy_core::{Cx, Error, Event, Message, Pid, SpawnWith, StateMachine, Step, Value};

fn send(cx: &mut Cx, to: Pid, value: i64) -> Result<(), Error> {
    cx.send(to, "ball", value).map_err(|(e, _)| e)
}

/// The next message; other events are nothing here.
fn message(cx: &mut Cx) -> Option<Message> {
    loop {
        if let Event::Message(message) = cx.next_event()? {
            return Some(message);
        }
    }
}

/// Sends a ball to a child, which sends it back, `n` times.
pub(crate) fn ping_pong(n: u64, meter: Meter) -> impl StateMachine {
    let mut began = None;
    let mut done = 0;
    machine(move |cx| {
        if began.is_none() {
            let child = cx.spawn_machine(answerer(), (), SpawnWith::default())?;
            began = Some(cx.now());
            send(cx, child, 0)?;
        }
        while let Some(ball) = message(cx) {
            done += 1;
            meter.at(done);
            if done == n {
                return took(cx, began.unwrap_or_default());
            }
            send(cx, ball.from, done as i64)?;
        }
        Ok(Step::Idle)
    })
}

fn answerer() -> impl StateMachine {
    machine(|cx| {
        while let Some(ball) = message(cx) {
            cx.send(ball.from, "ball", ball.values).map_err(|(e, _)| e)?;
        }
        Ok(Step::Idle)
    })
}

/// One message around a ring of `members`, the root among them, for `n` hops in all.
pub(crate) fn ring(n: u64, members: u64, meter: Meter) -> impl StateMachine {
    let mut began = None;
    let mut next = Pid::SYSTEM;
    machine(move |cx| {
        if began.is_none() {
            next = cx.pid();
            for _ in 1..members {
                next = cx.spawn_machine(member(next), (), SpawnWith::default())?;
            }
            began = Some(cx.now());
            send(cx, next, n as i64 - 1)?;
        }
        while let Some(token) = message(cx) {
            let left = token.values.first().as_int().unwrap_or(0);
            meter.set(n.saturating_sub(left as u64));
            if left <= 0 {
                return took(cx, began.unwrap_or_default());
            }
            send(cx, next, left - 1)?;
        }
        Ok(Step::Idle)
    })
}

fn member(next: Pid) -> impl StateMachine {
    machine(move |cx| {
        while let Some(token) = message(cx) {
            let left = token.values.first().as_int().unwrap_or(0);
            send(cx, next, left - 1)?;
        }
        Ok(Step::Idle)
    })
}

/// `senders` children send `n` messages in all to the root.
pub(crate) fn fan_in(n: u64, senders: u64, meter: Meter) -> impl StateMachine {
    let mut began = None;
    let mut got = 0;
    machine(move |cx| {
        if began.is_none() {
            began = Some(cx.now());
            let root = cx.pid();
            for _ in 0..senders {
                cx.spawn_machine(sender(root, n / senders), (), SpawnWith::default())?;
            }
        }
        while message(cx).is_some() {
            got += 1;
            meter.at(got);
            if got == n {
                return took(cx, began.unwrap_or_default());
            }
        }
        Ok(Step::Idle)
    })
}

fn sender(to: Pid, mut left: u64) -> impl StateMachine {
    machine(move |cx| {
        while left > 0 {
            left -= 1;
            send(cx, to, left as i64)?;
            if cx.slice_over() {
                return Ok(Step::Ready);
            }
        }
        Ok(Step::Complete(Ok(Value::Nil)))
    })
}

/// The root sends to each of `receivers`, and once all have it, again, for so many `rounds`.
pub(crate) fn fan_out(rounds: u64, receivers: u64, meter: Meter) -> impl StateMachine {
    let mut began = None;
    let mut done = 0;
    let mut pids = Vec::new();
    let missing = Arc::new(AtomicU64::new(0));
    machine(move |cx| {
        if began.is_none() {
            let root = cx.pid();
            for _ in 0..receivers {
                pids.push(cx.spawn_machine(receiver(root, missing.clone()), (), SpawnWith::default())?);
            }
            began = Some(cx.now());
            round(cx, &pids, &missing)?;
        }
        while message(cx).is_some() {
            done += 1;
            meter.set(done * receivers);
            if done == rounds {
                return took(cx, began.unwrap_or_default());
            }
            round(cx, &pids, &missing)?;
        }
        Ok(Step::Idle)
    })
}

fn round(cx: &mut Cx, pids: &[Pid], missing: &AtomicU64) -> Result<(), Error> {
    missing.store(pids.len() as u64, Ordering::Relaxed);
    pids.iter().try_for_each(|pid| send(cx, *pid, 0))
}

/// The last one to get its message tells the root: one message back for a round, not one for each.
fn receiver(root: Pid, missing: Arc<AtomicU64>) -> impl StateMachine {
    machine(move |cx| {
        while message(cx).is_some() {
            if missing.fetch_sub(1, Ordering::AcqRel) == 1 {
                send(cx, root, 0)?;
            }
        }
        Ok(Step::Idle)
    })
}

//! Actors that wait for a time to come.

use super::{Counter, Done, Failed, Msg, send, start};
use crate::peers::watch_tickers;
use ractor::{Actor, ActorRef};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use wippy_bench::workload::{TICKS, nap, period, phase};

/// Has a message sent to itself after a while; tells how late it came.
struct Sleeper;

impl Actor for Sleeper {
    type Msg = Msg;
    type State = (ActorRef<Msg>, Instant);
    type Arguments = (ActorRef<Msg>, Duration);
    async fn pre_start(&self, me: ActorRef<Msg>, (root, length): Self::Arguments) -> Result<Self::State, Failed> {
        let until = Instant::now() + length;
        me.send_after(length, || Msg::Ball(0));
        Ok((root, until))
    }
    async fn handle(&self, me: ActorRef<Msg>, _: Msg, (root, until): &mut Self::State) -> Result<(), Failed> {
        send(root, Instant::now().saturating_duration_since(*until).as_nanos() as i64);
        me.stop(None);
        Ok(())
    }
}

/// Collects numbers; gives the list when all are there.
struct Collector;

impl Actor for Collector {
    type Msg = Msg;
    type State = (u64, Vec<u64>, Done<Vec<u64>>);
    type Arguments = (u64, Done<Vec<u64>>);
    async fn pre_start(&self, _: ActorRef<Msg>, (n, done): Self::Arguments) -> Result<Self::State, Failed> {
        Ok((n, Vec::new(), done))
    }
    async fn handle(&self, _: ActorRef<Msg>, msg: Msg, (n, list, done): &mut Self::State) -> Result<(), Failed> {
        if let Msg::Ball(value) = msg {
            list.push(value.max(0) as u64);
            if let Some(done) = done.take_if(|_| list.len() as u64 == *n) {
                let _ = done.send(std::mem::take(list));
            }
        }
        Ok(())
    }
}

pub(super) async fn timers(n: u64, quick: bool) -> Vec<u64> {
    let (sender, done) = oneshot::channel();
    let root = start(Collector, (n, Some(sender))).await;
    for i in 0..n {
        start(Sleeper, (root.clone(), nap(i, quick))).await;
    }
    done.await.unwrap_or_default()
}

/// Has a message sent to itself at intervals, from the first one on.
struct Ticker;

struct Ticking {
    root: ActorRef<Msg>,
    phase: Duration,
    period: Duration,
    ticks: u64,
}

impl Actor for Ticker {
    type Msg = Msg;
    type State = Ticking;
    type Arguments = Ticking;
    async fn pre_start(&self, me: ActorRef<Msg>, state: Ticking) -> Result<Ticking, Failed> {
        me.send_after(state.phase, || Msg::Ball(0));
        Ok(state)
    }
    async fn handle(&self, me: ActorRef<Msg>, _: Msg, state: &mut Ticking) -> Result<(), Failed> {
        match state.ticks {
            // The end of the phase.
            0 => drop(me.send_interval(state.period, || Msg::Ball(0))),
            TICKS => {
                send(&state.root, 0);
                me.stop(None);
            }
            _ => {}
        }
        state.ticks += 1;
        Ok(())
    }
}

pub(super) async fn tickers(n: u64, quick: bool) -> (Duration, Duration) {
    let (sender, done) = oneshot::channel();
    let root = start(Counter, (n, Some(sender))).await;
    for i in 0..n {
        let ticking = Ticking { root: root.clone(), phase: phase(i, quick), period: period(quick), ticks: 0 };
        start(Ticker, ticking).await;
    }
    let watched = watch_tickers(quick).await;
    let _ = done.await;
    watched
}

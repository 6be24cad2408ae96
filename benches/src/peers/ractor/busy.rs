//! Actors that compute, and what that means for others.

use super::{Done, Failed, Msg, send, start};
use crate::peers::{burn, runtime};
use ractor::{Actor, ActorRef};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use wippy_bench::work;
use wippy_bench::workload::pause;

/// Computes for ever, once it gets a message.
struct Burner;

impl Actor for Burner {
    type Msg = Msg;
    type State = ();
    type Arguments = ();
    async fn pre_start(&self, _: ActorRef<Msg>, (): ()) -> Result<(), Failed> {
        Ok(())
    }
    async fn handle(&self, _: ActorRef<Msg>, _: Msg, (): &mut ()) -> Result<(), Failed> {
        burn().await;
        Ok(())
    }
}

/// Notes how long ago each number, a time since `began`, was sent.
struct Probed;

struct Probes {
    left: u64,
    began: Instant,
    took: Vec<u64>,
    done: Done<Vec<u64>>,
}

impl Actor for Probed {
    type Msg = Msg;
    type State = Probes;
    type Arguments = Probes;
    async fn pre_start(&self, _: ActorRef<Msg>, state: Probes) -> Result<Probes, Failed> {
        Ok(state)
    }
    async fn handle(&self, _: ActorRef<Msg>, msg: Msg, state: &mut Probes) -> Result<(), Failed> {
        if let Msg::Ball(sent) = msg {
            state.took.push((state.began.elapsed().as_nanos() as i64 - sent).max(0) as u64);
            state.left -= 1;
            if let Some(done) = state.done.take_if(|_| state.left == 0) {
                let _ = done.send(std::mem::take(&mut state.took));
            }
        }
        Ok(())
    }
}

pub(super) fn latency(n: u64, workers: usize) -> Vec<u64> {
    let runtime = runtime(workers);
    let (sender, done) = oneshot::channel();
    let began = Instant::now();
    let probes = Probes { left: n, began, took: Vec::new(), done: Some(sender) };
    let probed = runtime.block_on(start(Probed, probes));
    for _ in 0..workers {
        send(&runtime.block_on(start(Burner, ())), 0);
    }
    for i in 0..n {
        std::thread::sleep(pause(i));
        send(&probed, began.elapsed().as_nanos() as i64);
    }
    let took = runtime.block_on(done).unwrap_or_default();
    runtime.shutdown_background();
    took
}

/// Does one unit of work and ends.
struct Worker;

impl Actor for Worker {
    type Msg = Msg;
    type State = ();
    type Arguments = ();
    async fn pre_start(&self, _: ActorRef<Msg>, (): ()) -> Result<(), Failed> {
        Ok(())
    }
    async fn post_start(&self, me: ActorRef<Msg>, (): &mut ()) -> Result<(), Failed> {
        work();
        me.stop(None);
        Ok(())
    }
}

pub(super) async fn crew(n: u64) -> Duration {
    let began = Instant::now();
    let mut ends = Vec::new();
    for _ in 0..n {
        ends.push(Worker::spawn(None, Worker, ()).await.expect("an actor can be spawned").1);
    }
    for end in ends {
        let _ = end.await;
    }
    began.elapsed()
}

//! Ractor's actors, which supervise and are spawned as its documentation shows.

mod busy;
mod skynet;
mod timed;

use super::on_worker;
use busy::{crew, latency};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use skynet::skynet;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use timed::{tickers, timers};
use tokio::sync::oneshot;
use wippy_bench::measured;
use wippy_bench::workload::{RECEIVERS, RING, SENDERS};
use wippy_bench::{Figure, Unit, Workload, cpu_time, resident_bytes};

type Done<T> = Option<oneshot::Sender<T>>;
type Failed = ActorProcessingErr;

/// All that is sent here.
enum Msg {
    Ball(i64),
    To(ActorRef<Msg>),
}

/// Runs a workload on so many workers. No figures for those in which Rust takes no part.
pub fn run(workload: Workload, n: u64, workers: usize, quick: bool) -> Vec<Figure> {
    let each = |what: &str, took: Duration| vec![Figure::time(what, took, n)];
    match workload {
        Workload::Spawn => each("from spawn to exit seen", on_worker(workers, spawn(n))),
        Workload::Memory => {
            let bytes = on_worker(workers, memory(n));
            vec![Figure { what: "a process".into(), value: bytes as f64 / n as f64, unit: Unit::Bytes }]
        }
        Workload::PingPong => each("a round trip", on_worker(workers, ping_pong(n))),
        Workload::Ring => each("a hop", on_worker(workers, ring(n))),
        Workload::FanIn => each("a message", on_worker(workers, fan_in(n))),
        Workload::FanOut => {
            let receivers = RECEIVERS.min(n);
            each("a message", on_worker(workers, fan_out(n / receivers, receivers)))
        }
        Workload::Skynet => {
            let took = on_worker(workers, skynet(n));
            vec![Figure::time("in all", took, 1), Figure::time("a process", took, (n * 10 - 1) / 9)]
        }
        Workload::Timers => {
            let before = cpu_time();
            let late = on_worker(workers, timers(n, quick));
            measured::timers(n, cpu_time() - before, late)
        }
        Workload::Tickers => {
            let (used, passed) = on_worker(workers, tickers(n, quick));
            measured::tickers(n, quick, used, passed)
        }
        Workload::Latency => measured::latency(latency(n, workers)),
        Workload::Workers => {
            let Ok(figures) = measured::speedup(n, workers, |w| Ok::<_, Infallible>(on_worker(w, crew(n))));
            figures
        }
        Workload::PingPongTable | Workload::Compute => Vec::new(),
    }
}

async fn start<A: Actor>(actor: A, arguments: A::Arguments) -> ActorRef<A::Msg> {
    let (actor, _) = A::spawn(None, actor, arguments).await.expect("an actor can be spawned");
    actor
}

fn send(to: &ActorRef<Msg>, value: i64) {
    // Whoever is gone needs no more of it.
    let _ = to.cast(Msg::Ball(value));
}

struct Brief;

impl Actor for Brief {
    type Msg = Msg;
    type State = ();
    type Arguments = ();
    async fn pre_start(&self, me: ActorRef<Msg>, (): ()) -> Result<(), Failed> {
        me.stop(None);
        Ok(())
    }
}

async fn spawn(n: u64) -> Duration {
    let began = Instant::now();
    for _ in 0..n {
        let (_, end) = Brief::spawn(None, Brief, ()).await.expect("an actor can be spawned");
        let _ = end.await;
    }
    began.elapsed()
}

struct Idle;

impl Actor for Idle {
    type Msg = Msg;
    type State = ();
    type Arguments = ();
    async fn pre_start(&self, _: ActorRef<Msg>, (): ()) -> Result<(), Failed> {
        Ok(())
    }
}

async fn memory(n: u64) -> u64 {
    let warm = crowd(100).await;
    let before = resident_bytes();
    let actors = crowd(n).await;
    let grown = resident_bytes().saturating_sub(before);
    drop((warm, actors));
    grown
}

/// Spawning an actor returns once it has started.
async fn crowd(n: u64) -> Vec<ActorRef<Msg>> {
    let mut actors = Vec::with_capacity(n as usize);
    for _ in 0..n {
        actors.push(start(Idle, ()).await);
    }
    actors
}

/// Sends each ball on to whom it was told last, one smaller; at 0 it says that all is done.
struct Passer;

struct Passing {
    to: Option<ActorRef<Msg>>,
    done: Done<()>,
}

impl Actor for Passer {
    type Msg = Msg;
    type State = Passing;
    type Arguments = Passing;
    async fn pre_start(&self, _: ActorRef<Msg>, state: Passing) -> Result<Passing, Failed> {
        Ok(state)
    }
    async fn handle(&self, _: ActorRef<Msg>, msg: Msg, state: &mut Passing) -> Result<(), Failed> {
        match msg {
            Msg::To(to) => state.to = Some(to),
            Msg::Ball(left) if left > 0 => {
                if let Some(to) = &state.to {
                    send(to, left - 1);
                }
            }
            Msg::Ball(_) => {
                if let Some(done) = state.done.take() {
                    let _ = done.send(());
                }
            }
        }
        Ok(())
    }
}

/// One message around `members` actors, for `hops` hops.
async fn around(members: u64, hops: u64) -> Duration {
    let (sender, done) = oneshot::channel();
    let root = start(Passer, Passing { to: None, done: Some(sender) }).await;
    let mut next = root.clone();
    for _ in 1..members {
        next = start(Passer, Passing { to: Some(next), done: None }).await;
    }
    let _ = root.cast(Msg::To(next));
    let began = Instant::now();
    send(&root, hops as i64);
    let _ = done.await;
    began.elapsed()
}

async fn ping_pong(n: u64) -> Duration {
    around(2, 2 * n).await
}

async fn ring(n: u64) -> Duration {
    around(RING, n).await
}

/// Counts balls; says so when all are there.
struct Counter;

impl Actor for Counter {
    type Msg = Msg;
    type State = (u64, Done<()>);
    type Arguments = (u64, Done<()>);
    async fn pre_start(&self, _: ActorRef<Msg>, state: Self::Arguments) -> Result<Self::State, Failed> {
        Ok(state)
    }
    async fn handle(&self, _: ActorRef<Msg>, _: Msg, (left, done): &mut Self::State) -> Result<(), Failed> {
        *left -= 1;
        if let Some(done) = done.take_if(|_| *left == 0) {
            let _ = done.send(());
        }
        Ok(())
    }
}

/// Sends as many balls as the number says.
struct Sender;

impl Actor for Sender {
    type Msg = Msg;
    type State = ActorRef<Msg>;
    type Arguments = ActorRef<Msg>;
    async fn pre_start(&self, _: ActorRef<Msg>, to: ActorRef<Msg>) -> Result<ActorRef<Msg>, Failed> {
        Ok(to)
    }
    async fn handle(&self, _: ActorRef<Msg>, msg: Msg, to: &mut ActorRef<Msg>) -> Result<(), Failed> {
        if let Msg::Ball(n) = msg {
            (0..n).for_each(|i| send(to, i));
        }
        Ok(())
    }
}

async fn fan_in(n: u64) -> Duration {
    let began = Instant::now();
    let (sender, done) = oneshot::channel();
    let root = start(Counter, (n, Some(sender))).await;
    for _ in 0..SENDERS {
        send(&start(Sender, root.clone()).await, (n / SENDERS) as i64);
    }
    let _ = done.await;
    began.elapsed()
}

/// The last of them to get its message tells the root.
struct Receiver;

impl Actor for Receiver {
    type Msg = Msg;
    type State = (ActorRef<Msg>, Arc<AtomicU64>);
    type Arguments = Self::State;
    async fn pre_start(&self, _: ActorRef<Msg>, state: Self::State) -> Result<Self::State, Failed> {
        Ok(state)
    }
    async fn handle(&self, _: ActorRef<Msg>, _: Msg, (root, missing): &mut Self::State) -> Result<(), Failed> {
        if missing.fetch_sub(1, Ordering::AcqRel) == 1 {
            send(root, 0);
        }
        Ok(())
    }
}

/// Sends to all it was told of, for so many rounds.
struct Root;

struct Rounds {
    left: u64,
    missing: Arc<AtomicU64>,
    receivers: Vec<ActorRef<Msg>>,
    done: Done<()>,
}

impl Actor for Root {
    type Msg = Msg;
    type State = Rounds;
    type Arguments = Rounds;
    async fn pre_start(&self, _: ActorRef<Msg>, state: Rounds) -> Result<Rounds, Failed> {
        Ok(state)
    }
    async fn handle(&self, _: ActorRef<Msg>, msg: Msg, state: &mut Rounds) -> Result<(), Failed> {
        match msg {
            Msg::To(receiver) => state.receivers.push(receiver),
            Msg::Ball(_) if state.left > 0 => {
                state.left -= 1;
                state.missing.store(state.receivers.len() as u64, Ordering::Relaxed);
                state.receivers.iter().for_each(|receiver| send(receiver, 0));
            }
            Msg::Ball(_) => {
                if let Some(done) = state.done.take() {
                    let _ = done.send(());
                }
            }
        }
        Ok(())
    }
}

async fn fan_out(rounds: u64, receivers: u64) -> Duration {
    let (sender, done) = oneshot::channel();
    let missing = Arc::new(AtomicU64::new(0));
    let state = Rounds { left: rounds, missing: missing.clone(), receivers: Vec::new(), done: Some(sender) };
    let root = start(Root, state).await;
    for _ in 0..receivers {
        let _ = root.cast(Msg::To(start(Receiver, (root.clone(), missing.clone())).await));
    }
    let began = Instant::now();
    send(&root, 0);
    let _ = done.await;
    began.elapsed()
}

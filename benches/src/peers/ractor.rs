//! Ractor's actors, which supervise and are spawned as its documentation shows.

use super::{burn, on_worker, runtime, watch_tickers};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use wippy_bench::measured;
use wippy_bench::workload::{RECEIVERS, RING, SENDERS, TICKS, nap, pause, period, phase};
use wippy_bench::{Figure, Unit, Workload, cpu_time, resident_bytes, work};

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

/// Starts ten of its kind and gives their sum to its parent.
struct Node;

struct Tree {
    parent: ActorRef<Msg>,
    first: i64,
    leaves: i64,
    sum: i64,
    missing: u64,
}

/// Boxed, because starting a node is part of running a node.
fn grow(parent: ActorRef<Msg>, first: i64, leaves: i64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        start(Node, Tree { parent, first, leaves, sum: 0, missing: 10 }).await;
    })
}

impl Actor for Node {
    type Msg = Msg;
    type State = Tree;
    type Arguments = Tree;
    async fn pre_start(&self, _: ActorRef<Msg>, state: Tree) -> Result<Tree, Failed> {
        Ok(state)
    }
    async fn post_start(&self, me: ActorRef<Msg>, state: &mut Tree) -> Result<(), Failed> {
        if state.leaves == 1 {
            send(&state.parent, state.first);
            me.stop(None);
            return Ok(());
        }
        for i in 0..10 {
            grow(me.clone(), state.first + i * (state.leaves / 10), state.leaves / 10).await;
        }
        Ok(())
    }
    async fn handle(&self, me: ActorRef<Msg>, msg: Msg, state: &mut Tree) -> Result<(), Failed> {
        if let Msg::Ball(part) = msg {
            state.sum += part;
            state.missing -= 1;
            if state.missing == 0 {
                send(&state.parent, state.sum);
                me.stop(None);
            }
        }
        Ok(())
    }
}

/// Hands on the first ball.
struct Sum;

impl Actor for Sum {
    type Msg = Msg;
    type State = Done<i64>;
    type Arguments = Done<i64>;
    async fn pre_start(&self, _: ActorRef<Msg>, done: Done<i64>) -> Result<Done<i64>, Failed> {
        Ok(done)
    }
    async fn handle(&self, _: ActorRef<Msg>, msg: Msg, done: &mut Done<i64>) -> Result<(), Failed> {
        if let (Msg::Ball(sum), Some(done)) = (msg, done.take()) {
            let _ = done.send(sum);
        }
        Ok(())
    }
}

async fn skynet(leaves: u64) -> Duration {
    let began = Instant::now();
    let (sender, done) = oneshot::channel();
    grow(start(Sum, Some(sender)).await, 0, leaves as i64).await;
    assert_eq!(done.await, Ok((leaves * (leaves - 1) / 2) as i64), "the tree gives the right sum");
    began.elapsed()
}

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

async fn timers(n: u64, quick: bool) -> Vec<u64> {
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

async fn tickers(n: u64, quick: bool) -> (Duration, Duration) {
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

fn latency(n: u64, workers: usize) -> Vec<u64> {
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

async fn crew(n: u64) -> Duration {
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

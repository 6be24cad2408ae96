//! Kameo's actors with the mailboxes that they get by default: bounded, 64 messages.

use super::{burn, on_worker, runtime, watch_tickers};
use kameo::Actor;
use kameo::actor::{ActorRef, Spawn};
use kameo::error::Infallible as Never;
use kameo::message::{Context, Message};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use wippy_bench::measured;
use wippy_bench::workload::{RECEIVERS, RING, SENDERS, TICKS, nap, pause, period, phase};
use wippy_bench::{Figure, Unit, Workload, cpu_time, resident_bytes, work};

type Done<T> = Option<oneshot::Sender<T>>;

/// What is mostly sent here.
struct Ball(i64);

/// Runs a workload on so many workers. No figures for those in which Rust takes no part.
pub fn run(workload: Workload, n: u64, workers: usize, quick: bool) -> Vec<Figure> {
    let each = |what: &str, took: Duration| vec![Figure::time(what, took, n)];
    match workload {
        Workload::Spawn => each("from spawn to exit seen", on_worker(workers, spawn(n))),
        Workload::Memory => {
            let bytes = on_worker(workers, memory(n));
            vec![Figure { what: "a process".into(), value: bytes as f64 / n as f64, unit: Unit::Bytes }]
        }
        Workload::PingPong => each("a round trip", on_worker(workers, around(2, 2 * n))),
        Workload::Ring => each("a hop", on_worker(workers, around(RING, n))),
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

async fn send<A: Message<Ball>>(to: &ActorRef<A>, value: i64) {
    // Whoever is gone needs no more of it.
    let _ = to.tell(Ball(value)).send().await;
}

struct Brief;

impl Actor for Brief {
    type Args = ();
    type Error = Never;
    async fn on_start((): (), me: ActorRef<Self>) -> Result<Self, Never> {
        let _ = me.stop_gracefully().await;
        Ok(Brief)
    }
}

async fn spawn(n: u64) -> Duration {
    let began = Instant::now();
    for _ in 0..n {
        Brief::spawn(()).wait_for_shutdown().await;
    }
    began.elapsed()
}

#[derive(Actor)]
struct Idle;

async fn memory(n: u64) -> u64 {
    let warm = crowd(100).await;
    let before = resident_bytes();
    let actors = crowd(n).await;
    let grown = resident_bytes().saturating_sub(before);
    drop((warm, actors));
    grown
}

async fn crowd(n: u64) -> Vec<ActorRef<Idle>> {
    let actors: Vec<_> = (0..n).map(|_| Idle::spawn(Idle)).collect();
    for actor in &actors {
        actor.wait_for_startup().await;
    }
    actors
}

/// Sends each ball on to whom it was told last, one smaller; at 0 it says that all is done.
#[derive(Actor)]
struct Passer {
    to: Option<ActorRef<Passer>>,
    done: Done<()>,
}

struct To(ActorRef<Passer>);

impl Message<To> for Passer {
    type Reply = ();
    async fn handle(&mut self, To(to): To, _: &mut Context<Self, ()>) {
        self.to = Some(to);
    }
}

impl Message<Ball> for Passer {
    type Reply = ();
    async fn handle(&mut self, Ball(left): Ball, _: &mut Context<Self, ()>) {
        match (&self.to, left) {
            (Some(to), 1..) => send(to, left - 1).await,
            _ => finish(&mut self.done, ()),
        }
    }
}

fn finish<T>(done: &mut Done<T>, value: T) {
    if let Some(done) = done.take() {
        let _ = done.send(value);
    }
}

/// One message around `members` actors, for `hops` hops.
async fn around(members: u64, hops: u64) -> Duration {
    let (sender, done) = oneshot::channel();
    let root = Passer::spawn(Passer { to: None, done: Some(sender) });
    let mut next = root.clone();
    for _ in 1..members {
        next = Passer::spawn(Passer { to: Some(next), done: None });
    }
    let _ = root.tell(To(next)).send().await;
    let began = Instant::now();
    send(&root, hops as i64).await;
    let _ = done.await;
    began.elapsed()
}

/// Counts balls; says so when all are there.
#[derive(Actor)]
struct Counter {
    left: u64,
    done: Done<()>,
}

impl Message<Ball> for Counter {
    type Reply = ();
    async fn handle(&mut self, _: Ball, _: &mut Context<Self, ()>) {
        self.left -= 1;
        if self.left == 0 {
            finish(&mut self.done, ());
        }
    }
}

/// Sends as many balls as the number says.
#[derive(Actor)]
struct Sender(ActorRef<Counter>);

impl Message<Ball> for Sender {
    type Reply = ();
    async fn handle(&mut self, Ball(n): Ball, _: &mut Context<Self, ()>) {
        for i in 0..n {
            send(&self.0, i).await;
        }
    }
}

async fn fan_in(n: u64) -> Duration {
    let began = Instant::now();
    let (sender, done) = oneshot::channel();
    let root = Counter::spawn(Counter { left: n, done: Some(sender) });
    let senders: Vec<_> = (0..SENDERS).map(|_| Sender::spawn(Sender(root.clone()))).collect();
    for sender in &senders {
        send(sender, (n / SENDERS) as i64).await;
    }
    let _ = done.await;
    began.elapsed()
}

/// The last of them to get its message tells the root.
#[derive(Actor)]
struct Receiver {
    root: ActorRef<Root>,
    missing: Arc<AtomicU64>,
}

impl Message<Ball> for Receiver {
    type Reply = ();
    async fn handle(&mut self, _: Ball, _: &mut Context<Self, ()>) {
        if self.missing.fetch_sub(1, Ordering::AcqRel) == 1 {
            send(&self.root, 0).await;
        }
    }
}

/// Sends to all it was told of, for so many rounds.
#[derive(Actor)]
struct Root {
    left: u64,
    missing: Arc<AtomicU64>,
    receivers: Vec<ActorRef<Receiver>>,
    done: Done<()>,
}

struct All(Vec<ActorRef<Receiver>>);

impl Message<All> for Root {
    type Reply = ();
    async fn handle(&mut self, All(receivers): All, _: &mut Context<Self, ()>) {
        self.receivers = receivers;
    }
}

impl Message<Ball> for Root {
    type Reply = ();
    async fn handle(&mut self, _: Ball, _: &mut Context<Self, ()>) {
        if self.left == 0 {
            return finish(&mut self.done, ());
        }
        self.left -= 1;
        self.missing.store(self.receivers.len() as u64, Ordering::Relaxed);
        for receiver in &self.receivers {
            send(receiver, 0).await;
        }
    }
}

async fn fan_out(rounds: u64, receivers: u64) -> Duration {
    let (sender, done) = oneshot::channel();
    let missing = Arc::new(AtomicU64::new(0));
    let root = Root::spawn(Root { left: rounds, missing: missing.clone(), receivers: Vec::new(), done: Some(sender) });
    let receiver = || Receiver::spawn(Receiver { root: root.clone(), missing: missing.clone() });
    let all = (0..receivers).map(|_| receiver()).collect();
    let _ = root.tell(All(all)).send().await;
    let began = Instant::now();
    send(&root, 0).await;
    let _ = done.await;
    began.elapsed()
}

/// Starts ten of its kind and gives their sum to its parent.
struct Node {
    tree: Tree,
    sum: i64,
    missing: u64,
}

struct Tree {
    parent: Parent,
    first: i64,
    leaves: i64,
}

enum Parent {
    Node(ActorRef<Node>),
    Root(ActorRef<Sum>),
}

impl Parent {
    async fn give(&self, sum: i64) {
        match self {
            Parent::Node(node) => send(node, sum).await,
            Parent::Root(root) => send(root, sum).await,
        }
    }
}

impl Actor for Node {
    type Args = Tree;
    type Error = Never;
    async fn on_start(tree: Tree, me: ActorRef<Self>) -> Result<Self, Never> {
        if tree.leaves == 1 {
            tree.parent.give(tree.first).await;
            let _ = me.stop_gracefully().await;
        } else {
            let part = tree.leaves / 10;
            for i in 0..10 {
                Node::spawn(Tree { parent: Parent::Node(me.clone()), first: tree.first + i * part, leaves: part });
            }
        }
        Ok(Node { tree, sum: 0, missing: 10 })
    }
}

impl Message<Ball> for Node {
    type Reply = ();
    async fn handle(&mut self, Ball(part): Ball, cx: &mut Context<Self, ()>) {
        self.sum += part;
        self.missing -= 1;
        if self.missing == 0 {
            self.tree.parent.give(self.sum).await;
            cx.stop();
        }
    }
}

/// Hands on the first ball.
#[derive(Actor)]
struct Sum(Done<i64>);

impl Message<Ball> for Sum {
    type Reply = ();
    async fn handle(&mut self, Ball(sum): Ball, _: &mut Context<Self, ()>) {
        finish(&mut self.0, sum);
    }
}

async fn skynet(leaves: u64) -> Duration {
    let began = Instant::now();
    let (sender, done) = oneshot::channel();
    let root = Sum::spawn(Sum(Some(sender)));
    Node::spawn(Tree { parent: Parent::Root(root), first: 0, leaves: leaves as i64 });
    assert_eq!(done.await, Ok((leaves * (leaves - 1) / 2) as i64), "the tree gives the right sum");
    began.elapsed()
}

/// Has a message sent to itself after a while; tells how late it came.
struct Sleeper {
    root: ActorRef<Collector>,
    until: Instant,
}

impl Actor for Sleeper {
    type Args = (ActorRef<Collector>, Duration);
    type Error = Never;
    async fn on_start((root, length): Self::Args, me: ActorRef<Self>) -> Result<Self, Never> {
        let until = Instant::now() + length;
        me.tell(Ball(0)).send_after(length);
        Ok(Sleeper { root, until })
    }
}

impl Message<Ball> for Sleeper {
    type Reply = ();
    async fn handle(&mut self, _: Ball, cx: &mut Context<Self, ()>) {
        send(&self.root, Instant::now().saturating_duration_since(self.until).as_nanos() as i64).await;
        cx.stop();
    }
}

/// Collects numbers; gives the list when all are there.
#[derive(Actor)]
struct Collector {
    n: u64,
    list: Vec<u64>,
    done: Done<Vec<u64>>,
}

impl Message<Ball> for Collector {
    type Reply = ();
    async fn handle(&mut self, Ball(value): Ball, _: &mut Context<Self, ()>) {
        self.list.push(value.max(0) as u64);
        if self.list.len() as u64 == self.n {
            finish(&mut self.done, std::mem::take(&mut self.list));
        }
    }
}

async fn timers(n: u64, quick: bool) -> Vec<u64> {
    let (sender, done) = oneshot::channel();
    let root = Collector::spawn(Collector { n, list: Vec::new(), done: Some(sender) });
    // Somebody must hold an actor, else it ends.
    let _sleepers: Vec<_> = (0..n).map(|i| Sleeper::spawn((root.clone(), nap(i, quick)))).collect();
    done.await.unwrap_or_default()
}

/// Has a message sent to itself after a while, again and again: kameo has nothing that repeats.
struct Ticker {
    root: ActorRef<Counter>,
    period: Duration,
    ticks: u64,
}

impl Actor for Ticker {
    type Args = (ActorRef<Counter>, Duration, Duration);
    type Error = Never;
    async fn on_start((root, phase, period): Self::Args, me: ActorRef<Self>) -> Result<Self, Never> {
        me.tell(Ball(0)).send_after(phase);
        Ok(Ticker { root, period, ticks: 0 })
    }
}

impl Message<Ball> for Ticker {
    type Reply = ();
    async fn handle(&mut self, _: Ball, cx: &mut Context<Self, ()>) {
        if self.ticks == TICKS {
            send(&self.root, 0).await;
            return cx.stop();
        }
        // The first message is the end of the phase.
        self.ticks += 1;
        cx.actor_ref().tell(Ball(0)).send_after(self.period);
    }
}

async fn tickers(n: u64, quick: bool) -> (Duration, Duration) {
    let (sender, done) = oneshot::channel();
    let root = Counter::spawn(Counter { left: n, done: Some(sender) });
    let args = |i| (root.clone(), phase(i, quick), period(quick));
    // Somebody must hold an actor, else it ends.
    let _tickers: Vec<_> = (0..n).map(|i| Ticker::spawn(args(i))).collect();
    let watched = watch_tickers(quick).await;
    let _ = done.await;
    watched
}

/// Computes for ever, once it gets a message.
#[derive(Actor)]
struct Burner;

impl Message<Ball> for Burner {
    type Reply = ();
    async fn handle(&mut self, _: Ball, _: &mut Context<Self, ()>) {
        burn().await;
    }
}

/// Notes how long ago each number, a time since `began`, was sent.
#[derive(Actor)]
struct Probed {
    n: u64,
    began: Instant,
    took: Vec<u64>,
    done: Done<Vec<u64>>,
}

impl Message<Ball> for Probed {
    type Reply = ();
    async fn handle(&mut self, Ball(sent): Ball, _: &mut Context<Self, ()>) {
        self.took.push((self.began.elapsed().as_nanos() as i64 - sent).max(0) as u64);
        if self.took.len() as u64 == self.n {
            finish(&mut self.done, std::mem::take(&mut self.took));
        }
    }
}

fn latency(n: u64, workers: usize) -> Vec<u64> {
    let runtime = runtime(workers);
    let _inside = runtime.enter();
    let (sender, done) = oneshot::channel();
    let began = Instant::now();
    let probed = Probed::spawn(Probed { n, began, took: Vec::new(), done: Some(sender) });
    let burners: Vec<_> = (0..workers).map(|_| Burner::spawn(Burner)).collect();
    for burner in &burners {
        runtime.block_on(send(burner, 0));
    }
    for i in 0..n {
        std::thread::sleep(pause(i));
        runtime.block_on(send(&probed, began.elapsed().as_nanos() as i64));
    }
    let took = runtime.block_on(done).unwrap_or_default();
    drop(_inside);
    runtime.shutdown_background();
    took
}

/// Does one unit of work and ends.
struct Worker;

impl Actor for Worker {
    type Args = ();
    type Error = Never;
    async fn on_start((): (), me: ActorRef<Self>) -> Result<Self, Never> {
        work();
        let _ = me.stop_gracefully().await;
        Ok(Worker)
    }
}

async fn crew(n: u64) -> Duration {
    let began = Instant::now();
    let workers: Vec<_> = (0..n).map(|_| Worker::spawn(())).collect();
    for worker in &workers {
        worker.wait_for_shutdown().await;
    }
    began.elapsed()
}

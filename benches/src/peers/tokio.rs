//! Tokio tasks that talk through channels.

use super::{burn, on_worker, runtime, watch_tickers};
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::interval_at;
use wippy_bench::measured;
use wippy_bench::workload::{RECEIVERS, RING, SENDERS, TICKS, nap, pause, period, phase};
use wippy_bench::{Figure, Unit, Workload, cpu_time, resident_bytes, work};

/// A sort of channel.
pub trait Channel: Send + Sync + 'static {
    /// Its sending half.
    type Sender: Clone + Send + Sync + 'static;
    /// Its receiving half.
    type Receiver: Send + 'static;
    /// A new one.
    fn open() -> (Self::Sender, Self::Receiver);
    /// Sends. Whether anybody will get it.
    fn send(sender: &Self::Sender, value: i64) -> impl Future<Output = bool> + Send;
    /// Receives; `None` when nobody can send any more.
    fn receive(receiver: &mut Self::Receiver) -> impl Future<Output = Option<i64>> + Send;
}

/// `mpsc::channel`, with room for 64 messages: a full one has its senders wait.
#[derive(Debug)]
pub struct Bounded;

impl Channel for Bounded {
    type Sender = mpsc::Sender<i64>;
    type Receiver = mpsc::Receiver<i64>;
    fn open() -> (Self::Sender, Self::Receiver) {
        mpsc::channel(64)
    }
    async fn send(sender: &Self::Sender, value: i64) -> bool {
        sender.send(value).await.is_ok()
    }
    async fn receive(receiver: &mut Self::Receiver) -> Option<i64> {
        receiver.recv().await
    }
}

/// `mpsc::unbounded_channel`: what a mailbox without a limit compares to.
#[derive(Debug)]
pub struct Unbounded;

impl Channel for Unbounded {
    type Sender = mpsc::UnboundedSender<i64>;
    type Receiver = mpsc::UnboundedReceiver<i64>;
    fn open() -> (Self::Sender, Self::Receiver) {
        mpsc::unbounded_channel()
    }
    async fn send(sender: &Self::Sender, value: i64) -> bool {
        sender.send(value).is_ok()
    }
    async fn receive(receiver: &mut Self::Receiver) -> Option<i64> {
        receiver.recv().await
    }
}

/// Runs a workload on so many workers. No figures for those in which Rust takes no part.
pub fn run<C: Channel>(workload: Workload, n: u64, workers: usize, quick: bool) -> Vec<Figure> {
    let each = |what: &str, took: Duration| vec![Figure::time(what, took, n)];
    match workload {
        Workload::Spawn => each("from spawn to exit seen", on_worker(workers, spawn(n))),
        Workload::Memory => {
            let bytes = on_worker(workers, memory::<C>(n));
            vec![Figure { what: "a process".into(), value: bytes as f64 / n as f64, unit: Unit::Bytes }]
        }
        Workload::PingPong => each("a round trip", on_worker(workers, ping_pong::<C>(n))),
        Workload::Ring => each("a hop", on_worker(workers, ring::<C>(n))),
        Workload::FanIn => each("a message", on_worker(workers, fan_in::<C>(n))),
        Workload::FanOut => {
            let receivers = RECEIVERS.min(n);
            each("a message", on_worker(workers, fan_out::<C>(n / receivers, receivers)))
        }
        Workload::Skynet => {
            let took = on_worker(workers, skynet::<C>(n));
            vec![Figure::time("in all", took, 1), Figure::time("a process", took, (n * 10 - 1) / 9)]
        }
        Workload::Timers => {
            let before = cpu_time();
            let late = on_worker(workers, timers::<C>(n, quick));
            measured::timers(n, cpu_time() - before, late)
        }
        Workload::Tickers => {
            let (used, passed) = on_worker(workers, tickers::<C>(n, quick));
            measured::tickers(n, quick, used, passed)
        }
        Workload::Latency => measured::latency(latency::<C>(n, workers)),
        Workload::Workers => {
            let Ok(figures) = measured::speedup(n, workers, |w| Ok::<_, Infallible>(on_worker(w, crew(n))));
            figures
        }
        Workload::PingPongTable | Workload::Compute => Vec::new(),
    }
}

async fn spawn(n: u64) -> Duration {
    let began = Instant::now();
    for _ in 0..n {
        let _ = tokio::spawn(async {}).await;
    }
    began.elapsed()
}

static WAITING: AtomicU64 = AtomicU64::new(0);

async fn memory<C: Channel>(n: u64) -> u64 {
    let warm = crowd::<C>(100).await;
    let before = resident_bytes();
    let senders = crowd::<C>(n).await;
    let grown = resident_bytes().saturating_sub(before);
    drop((warm, senders));
    grown
}

async fn crowd<C: Channel>(n: u64) -> Vec<C::Sender> {
    WAITING.store(0, Ordering::Relaxed);
    let mut senders = Vec::with_capacity(n as usize);
    for _ in 0..n {
        let (sender, mut receiver) = C::open();
        senders.push(sender);
        tokio::spawn(async move {
            WAITING.fetch_add(1, Ordering::Relaxed);
            while C::receive(&mut receiver).await.is_some() {}
        });
    }
    while WAITING.load(Ordering::Relaxed) < n {
        tokio::task::yield_now().await;
    }
    senders
}

async fn ping_pong<C: Channel>(n: u64) -> Duration {
    let (there, mut inbox) = C::open();
    let (back, mut answers) = C::open();
    tokio::spawn(async move {
        while let Some(ball) = C::receive(&mut inbox).await {
            C::send(&back, ball).await;
        }
    });
    let began = Instant::now();
    for i in 0..n {
        C::send(&there, i as i64).await;
        C::receive(&mut answers).await;
    }
    began.elapsed()
}

async fn ring<C: Channel>(n: u64) -> Duration {
    let (root, mut inbox) = C::open();
    let mut next = root;
    for _ in 1..RING {
        let (sender, mut receiver) = C::open();
        let to = std::mem::replace(&mut next, sender);
        tokio::spawn(async move {
            while let Some(left) = C::receive(&mut receiver).await {
                C::send(&to, left - 1).await;
            }
        });
    }
    let began = Instant::now();
    C::send(&next, n as i64 - 1).await;
    while let Some(left) = C::receive(&mut inbox).await {
        if left <= 0 {
            break;
        }
        C::send(&next, left - 1).await;
    }
    began.elapsed()
}

async fn fan_in<C: Channel>(n: u64) -> Duration {
    let began = Instant::now();
    let (sender, mut inbox) = C::open();
    for _ in 0..SENDERS {
        let sender = sender.clone();
        tokio::spawn(async move {
            for i in 0..n / SENDERS {
                C::send(&sender, i as i64).await;
            }
        });
    }
    for _ in 0..n {
        C::receive(&mut inbox).await;
    }
    began.elapsed()
}

async fn fan_out<C: Channel>(rounds: u64, receivers: u64) -> Duration {
    let missing = Arc::new(AtomicU64::new(0));
    let (done, mut inbox) = C::open();
    let mut senders = Vec::new();
    for _ in 0..receivers {
        let (sender, mut receiver) = C::open();
        senders.push(sender);
        let (done, missing) = (done.clone(), missing.clone());
        tokio::spawn(async move {
            while C::receive(&mut receiver).await.is_some() {
                if missing.fetch_sub(1, Ordering::AcqRel) == 1 {
                    C::send(&done, 0).await;
                }
            }
        });
    }
    let began = Instant::now();
    for _ in 0..rounds {
        missing.store(receivers, Ordering::Relaxed);
        for sender in &senders {
            C::send(sender, 0).await;
        }
        C::receive(&mut inbox).await;
    }
    began.elapsed()
}

async fn skynet<C: Channel>(leaves: u64) -> Duration {
    let began = Instant::now();
    let (sender, mut inbox) = C::open();
    node::<C>(sender, 0, leaves as i64);
    let sum = C::receive(&mut inbox).await;
    assert_eq!(sum, Some((leaves * (leaves - 1) / 2) as i64), "the tree gives the right sum");
    began.elapsed()
}

fn node<C: Channel>(parent: C::Sender, first: i64, leaves: i64) {
    tokio::spawn(async move {
        if leaves == 1 {
            C::send(&parent, first).await;
            return;
        }
        let (sender, mut inbox) = C::open();
        for i in 0..10 {
            node::<C>(sender.clone(), first + i * (leaves / 10), leaves / 10);
        }
        let mut sum = 0;
        for _ in 0..10 {
            sum += C::receive(&mut inbox).await.unwrap_or(0);
        }
        C::send(&parent, sum).await;
    });
}

async fn timers<C: Channel>(n: u64, quick: bool) -> Vec<u64> {
    let (sender, mut inbox) = C::open();
    for i in 0..n {
        let sender = sender.clone();
        tokio::spawn(async move {
            let length = nap(i, quick);
            let until = Instant::now() + length;
            tokio::time::sleep(length).await;
            let late = Instant::now().saturating_duration_since(until);
            C::send(&sender, late.as_nanos() as i64).await;
        });
    }
    let mut late = Vec::new();
    for _ in 0..n {
        late.push(C::receive(&mut inbox).await.unwrap_or(0) as u64);
    }
    late
}

/// What [`watch_tickers`] gives.
async fn tickers<C: Channel>(n: u64, quick: bool) -> (Duration, Duration) {
    let (sender, mut inbox) = C::open();
    for i in 0..n {
        let sender = sender.clone();
        tokio::spawn(async move {
            let mut ticks = interval_at(tokio::time::Instant::now() + phase(i, quick) + period(quick), period(quick));
            for _ in 0..TICKS {
                ticks.tick().await;
            }
            C::send(&sender, 0).await;
        });
    }
    let watched = watch_tickers(quick).await;
    for _ in 0..n {
        C::receive(&mut inbox).await;
    }
    watched
}

fn latency<C: Channel>(n: u64, workers: usize) -> Vec<u64> {
    let runtime = runtime(workers);
    for _ in 0..workers {
        runtime.spawn(burn());
    }
    let (sender, mut inbox) = C::open();
    let began = Instant::now();
    let receiver = runtime.spawn(async move {
        let mut took = Vec::new();
        for _ in 0..n {
            let sent = C::receive(&mut inbox).await.unwrap_or(0);
            took.push((began.elapsed().as_nanos() as i64 - sent).max(0) as u64);
        }
        took
    });
    for i in 0..n {
        std::thread::sleep(pause(i));
        let sent = C::send(&sender, began.elapsed().as_nanos() as i64);
        runtime.block_on(sent);
    }
    let took = runtime.block_on(receiver).expect("the receiver does not panic");
    runtime.shutdown_background();
    took
}

async fn crew(n: u64) -> Duration {
    let began = Instant::now();
    let units: Vec<_> = (0..n).map(|_| tokio::spawn(async { work() })).collect();
    for unit in units {
        let _ = unit.await;
    }
    began.elapsed()
}

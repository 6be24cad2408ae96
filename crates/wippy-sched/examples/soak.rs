//! Spawns, links, monitors, kills and sends at random on real threads, beside a simple model, and accounts for every
//! message and every exit. Exits with 1 and says what is wrong when the two differ.
//!
//! `cargo run --release -p wippy-sched --example soak -- --seconds 60 [--workers N]`

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use wippy_core::{Cx, Error, Event, Options, Pid, SpawnWith, Start, StateMachine, Step, Value, Values};
use wippy_sched::{Config, Scheduler};

/// What all processes count together.
#[derive(Default)]
struct Totals {
    started: AtomicU64,
    closed: AtomicU64,
    delivered: AtomicU64,
    exits: AtomicU64,
    links_down: AtomicU64,
    over: AtomicBool,
}

/// Does what it is told: counts, links to a sibling, stops, fails.
struct Child {
    totals: Arc<Totals>,
    /// The next number expected from its driver.
    next: i64,
    closed: bool,
}

impl StateMachine for Child {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        self.totals.started.fetch_add(1, Relaxed);
        Ok(Start::Ready)
    }

    fn step(&mut self, cx: &mut Cx) -> Step {
        while let Some(event) = cx.next_event() {
            let Event::Message(message) = event else { continue };
            match message.topic.as_str().unwrap_or_default() {
                "n" => {
                    let n = message.values.first().as_int().unwrap_or(-1);
                    if n != self.next {
                        return Step::Complete(Err(Error::internal(format!("got {n}, expected {}", self.next))));
                    }
                    self.next += 1;
                }
                "link" => {
                    if let Some(Ok(peer)) = message.values.first().as_str().map(|pid| cx.resolve(pid)) {
                        // The sibling may have ended: then nothing is tied.
                        let _ = cx.link(peer);
                    }
                }
                "fail" => return Step::Complete(Err(Error::internal("told to fail"))),
                _ => return Step::Complete(Ok(Value::Int(self.next))),
            }
        }
        Step::Idle
    }

    fn close(&mut self) {
        assert!(!std::mem::replace(&mut self.closed, true), "closed twice");
        self.totals.closed.fetch_add(1, Relaxed);
    }
}

/// What a driver knows of a child that lives.
struct Known {
    sent: i64,
    linked: bool,
    /// How many numbers it had been sent when it was told to stop: so many it must have got.
    stopped_at: Option<i64>,
    /// It was told to fail, was killed, or may be tied to a sibling that was.
    may_fail: bool,
}

/// Starts children, plays with them, and checks how each of them ends.
struct Driver {
    totals: Arc<Totals>,
    children: HashMap<Pid, Known>,
    /// Linked children that have failed and whose LINK_DOWN has yet to come.
    down: Vec<Pid>,
    rounds: u64,
}

impl Driver {
    fn start_child(&mut self, cx: &mut Cx) -> Result<(), Error> {
        let linked = cx.random().is_multiple_of(3);
        let child = Child { totals: self.totals.clone(), next: 0, closed: false };
        let with = SpawnWith { monitor: true, link: linked, ..SpawnWith::default() };
        let pid = cx.spawn_machine(child, (), with)?;
        self.children.insert(pid, Known { sent: 0, linked, stopped_at: None, may_fail: false });
        Ok(())
    }

    fn any_child(&self, cx: &mut Cx) -> Option<Pid> {
        let n = self.children.len() as u64;
        self.children.keys().nth((cx.random() % n.max(1)) as usize).copied()
    }

    fn child(&mut self, pid: Pid) -> &mut Known {
        self.children.get_mut(&pid).expect("a child that lives is known")
    }

    fn play(&mut self, cx: &mut Cx) -> Result<(), Error> {
        let Some(pid) = self.any_child(cx) else { return self.start_child(cx) };
        match cx.random() % 100 {
            0..10 if self.children.len() < 200 => self.start_child(cx)?,
            0..70 => self.send_numbers(cx, pid),
            70..80 => {
                if let Some(peer) = self.any_child(cx).filter(|peer| *peer != pid) {
                    // From here on the failure of one may be that of all.
                    let _ = cx.send(pid, "link", peer.to_string().as_str());
                    self.children.values_mut().for_each(|known| known.may_fail = true);
                }
            }
            80..88 => self.stop(cx, pid),
            88..94 => {
                let _ = cx.send(pid, "fail", ());
                self.child(pid).may_fail = true;
            }
            _ => {
                let _ = cx.terminate(pid);
                self.child(pid).may_fail = true;
            }
        }
        Ok(())
    }

    fn send_numbers(&mut self, cx: &mut Cx, pid: Pid) {
        for _ in 0..cx.random() % 20 {
            let n = self.child(pid).sent;
            if cx.send(pid, "n", n).is_ok() {
                self.totals.delivered.fetch_add(1, Relaxed);
                self.child(pid).sent += 1;
            }
        }
    }

    fn stop(&mut self, cx: &mut Cx, pid: Pid) {
        let known = self.child(pid);
        if known.stopped_at.is_none() && cx.send(pid, "stop", ()).is_ok() {
            known.stopped_at = Some(known.sent);
        }
    }

    /// A child has ended: this must be the only time, and in a way that it was told to.
    fn ended(&mut self, pid: Pid, result: &Result<Value, Error>) -> Result<(), Error> {
        self.totals.exits.fetch_add(1, Relaxed);
        let wrong = |what: String| Err(Error::internal(format!("{pid}: {what}")));
        let Some(known) = self.children.remove(&pid) else { return wrong("a second EXIT".into()) };
        match (result, known.stopped_at) {
            (Ok(Value::Int(got)), Some(sent)) if *got == sent => Ok(()),
            (Ok(value), at) => wrong(format!("ended with {value:?}, {at:?} were sent before it was told to stop")),
            (Err(e), _) if !known.may_fail => wrong(format!("failed though nobody told it to: {e}")),
            (Err(e), _) => {
                if known.linked {
                    self.down.push(pid);
                }
                let why = ["told to fail", "process terminated", "linked process failed"];
                if why.contains(&e.message()) { Ok(()) } else { wrong(e.message().to_owned()) }
            }
        }
    }

    fn take_events(&mut self, cx: &mut Cx) -> Result<(), Error> {
        while let Some(event) = cx.next_event() {
            match event {
                Event::Exit(notice) => self.ended(notice.from, &notice.result)?,
                Event::LinkDown(notice) => {
                    self.totals.links_down.fetch_add(1, Relaxed);
                    let Some(i) = self.down.iter().position(|pid| *pid == notice.from) else {
                        return Err(Error::internal(format!("LINK_DOWN of {} before its EXIT, or twice", notice.from)));
                    };
                    self.down.swap_remove(i);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl StateMachine for Driver {
    fn init(&mut self, cx: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        cx.set_options(Options { trap_links: true, ..Options::default() });
        Ok(Start::Ready)
    }

    fn step(&mut self, cx: &mut Cx) -> Step {
        if let Err(e) = self.take_events(cx) {
            return Step::Complete(Err(e));
        }
        if !self.totals.over.load(Relaxed) {
            for _ in 0..50 {
                self.rounds += 1;
                if let Err(e) = self.play(cx) {
                    return Step::Complete(Err(e));
                }
            }
            return Step::Ready;
        }
        if self.children.is_empty() && self.down.is_empty() {
            return Step::Complete(Ok(Value::Int(self.rounds as i64)));
        }
        let pids: Vec<Pid> = self.children.keys().copied().collect();
        pids.into_iter().for_each(|pid| self.stop(cx, pid));
        Step::Idle
    }

    fn close(&mut self) {}
}

fn option(name: &str, default: u64) -> u64 {
    let args: Vec<String> = std::env::args().collect();
    let value = args.iter().position(|a| a == name).and_then(|i| args.get(i + 1));
    value.and_then(|v| v.parse().ok()).unwrap_or(default)
}

fn report(totals: &Totals) {
    let of = |counter: &AtomicU64| counter.load(Relaxed);
    println!(
        "{} processes started, {} exits, {} messages delivered, {} links down",
        of(&totals.started),
        of(&totals.exits),
        of(&totals.delivered),
        of(&totals.links_down)
    );
}

fn main() -> ExitCode {
    let end = Instant::now() + Duration::from_secs(option("--seconds", 10));
    let config = Config::default().workers(option("--workers", 0) as usize);
    let scheduler = Scheduler::start(config).expect("threads can be started");
    let host = scheduler.add_host("soak:host", Default::default()).expect("the first host of this id");
    let totals = Arc::new(Totals::default());
    let driver = || Driver { totals: totals.clone(), children: HashMap::new(), down: Vec::new(), rounds: 0 };
    let start = || scheduler.spawn_watched(&host, driver(), ()).expect("there is room").1;
    let watches: Vec<_> = (0..4).map(|_| start()).collect();
    while Instant::now() < end {
        std::thread::sleep(Duration::from_secs(5).min(end.saturating_duration_since(Instant::now())));
        report(&totals);
    }
    totals.over.store(true, Relaxed);
    let mut wrong = Vec::new();
    for watch in watches {
        match watch.wait_for(Duration::from_secs(30)) {
            Some(Ok(_)) => {}
            Some(Err(e)) => wrong.push(e.to_string()),
            None => wrong.push("a driver still waits for an EXIT or a LINK_DOWN".into()),
        }
    }
    let settled = scheduler.shutdown(Duration::from_secs(10));
    let of = |counter: &AtomicU64| counter.load(Relaxed);
    let (started, closed, exits) = (of(&totals.started), of(&totals.closed), of(&totals.exits));
    if started != closed || started != exits {
        wrong.push(format!("{started} started, {exits} exits, {closed} closed"));
    }
    if !settled.gracefully || !settled.completely || host.stats().processes != 0 {
        wrong.push(format!("{settled:?}, {} processes left", host.stats().processes));
    }
    for what in &wrong {
        eprintln!("wrong: {what}");
    }
    println!("{started} passed, {} failed", wrong.len());
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

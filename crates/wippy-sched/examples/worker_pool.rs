//! A supervisor and its workers, with nothing but the scheduler: no entries, no virtual machine, no async runtime.
//!
//! `cargo run -p wippy-sched --example worker_pool`
//!
//! The supervisor hands each worker one number at a time. Workers fail on unlucky numbers; the supervisor hears of it
//! (it monitors them), starts another one in the place of the one that is gone, and goes on.

use std::time::Duration;
use wippy_core::{Cx, Error, Event, Pid, SpawnWith, Start, StateMachine, Step, Value, Values};
use wippy_sched::{Config, Scheduler};

/// Says how many steps the Collatz sequence of a number takes; fails on multiples of 13.
struct Worker;

impl StateMachine for Worker {
    fn init(&mut self, _: &mut Cx, _method: &str, _args: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }

    fn step(&mut self, cx: &mut Cx) -> Step {
        while let Some(event) = cx.next_event() {
            let Event::Message(job) = event else { continue };
            let n = job.values.first().as_int().unwrap_or(0);
            if n % 13 == 0 {
                return Step::Complete(Err(Error::internal(format!("{n} is unlucky"))));
            }
            let steps = std::iter::successors(Some(n), |n| Some(if n % 2 == 0 { n / 2 } else { 3 * n + 1 }));
            let count = steps.take_while(|n| *n > 1).count();
            if let Err((e, _)) = cx.send(job.from, "done", count as i64) {
                return Step::Complete(Err(e));
            }
        }
        Step::Idle
    }

    fn close(&mut self) {}
}

/// Keeps `size` workers busy until all numbers up to `last` are done.
struct Supervisor {
    size: usize,
    next: i64,
    last: i64,
    busy: Vec<Pid>,
    longest: i64,
    failed: i64,
}

impl Supervisor {
    /// A new worker, with its first number if there is one left.
    fn hire(&mut self, cx: &mut Cx) -> Result<(), Error> {
        let pid = cx.spawn_machine(Worker, (), SpawnWith { monitor: true, ..SpawnWith::default() })?;
        self.give(cx, pid)
    }

    fn give(&mut self, cx: &mut Cx, worker: Pid) -> Result<(), Error> {
        if self.next > self.last {
            return cx.terminate(worker);
        }
        self.busy.push(worker);
        self.next += 1;
        cx.send(worker, "job", self.next - 1).map_err(|(e, _)| e)
    }

    fn on(&mut self, cx: &mut Cx, event: Event) -> Result<(), Error> {
        match event {
            Event::Message(done) => {
                self.longest = self.longest.max(done.values.first().as_int().unwrap_or(0));
                self.busy.retain(|pid| *pid != done.from);
                self.give(cx, done.from)
            }
            Event::Exit(end) if self.busy.contains(&end.from) => {
                self.failed += 1;
                self.busy.retain(|pid| *pid != end.from);
                if self.next > self.last { Ok(()) } else { self.hire(cx) }
            }
            _ => Ok(()),
        }
    }
}

impl StateMachine for Supervisor {
    fn init(&mut self, _: &mut Cx, _method: &str, _args: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }

    fn step(&mut self, cx: &mut Cx) -> Step {
        while self.busy.len() < self.size && self.next <= self.last {
            if let Err(e) = self.hire(cx) {
                return Step::Complete(Err(e));
            }
        }
        while let Some(event) = cx.next_event() {
            if let Err(e) = self.on(cx, event) {
                return Step::Complete(Err(e));
            }
        }
        if self.busy.is_empty() {
            return Step::Complete(Ok(Value::from(format!("{} steps, {} failures", self.longest, self.failed))));
        }
        Step::Idle
    }

    fn close(&mut self) {}
}

/// The most steps that any number up to `last` takes, and how many workers failed on the way.
pub(crate) fn run(workers: usize, last: i64) -> Result<String, Error> {
    let scheduler = Scheduler::start(Config::default()).map_err(|e| Error::unavailable(e.to_string()))?;
    let host = scheduler.add_host("example:pool", Default::default())?;
    let supervisor = Supervisor { size: workers, next: 1, last, busy: Vec::new(), longest: 0, failed: 0 };
    let (_, end) = scheduler.spawn_watched(&host, supervisor, ())?;
    let result = end.wait()?;
    scheduler.shutdown(Duration::from_secs(1));
    Ok(result.as_str().unwrap_or_default().to_owned())
}

#[allow(dead_code, reason = "the tests run this file as a module")]
fn main() -> Result<(), Error> {
    println!("the longest sequence: {}", run(8, 10_000)?);
    Ok(())
}

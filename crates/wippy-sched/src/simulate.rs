//! The same engine on one thread: simulated time, and every choice made by a seed.
//!
//! A scheduler whose [`Config`](crate::Config) is [`simulated`](crate::Config::simulated) has no threads. A
//! [`Simulation`] does what its workers and its clock would do, one turn at a time: which worker goes next, whether it
//! takes what was woken last, what waits longest, or steals, how long a step may run before it is asked to give way,
//! how long an answer takes. Each choice comes from the seed, so the same program with the same seed does the same, to
//! the byte of its trace.
//!
//! Time stands still while nothing happens and jumps to the next timer: an hour of sleep costs nothing. Every turn
//! takes a few simulated microseconds, so that a process that is always ready does not stop the clock.
//!
//! What is not simulated: guest code that does not ask whether its slice is over (there is no clock thread to ring its
//! bell), and threads that a handler starts on its own.

use crate::deliver::Shared;
use crate::desk::Desk;
use crate::pool::{Local, OnThread, Seat};
use crate::scheduler::{ExitWatch, Scheduler, Settled};
use crate::table::Token;
use std::sync::Arc;
use std::time::Duration;
use wippy_core::{Answer, Error, Exit};

/// The longest time that a turn takes, in nanoseconds.
const TURN_MAX: u64 = 4_000;

struct SimulatedWorker {
    local: Local,
    desk: Desk,
}

/// A process that is ready, and the worker in whose queue it was.
struct ReadyOne {
    token: Token,
    queue: usize,
}

/// Drives a simulated scheduler. Dropping it kills what is left, so that every machine is closed.
pub struct Simulation {
    shared: Arc<Shared>,
    workers: Vec<SimulatedWorker>,
    /// What is ready, in the order in which it became so.
    ready: Vec<ReadyOne>,
}

impl std::fmt::Debug for Simulation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Simulation at {:?}", self.now())
    }
}

impl Simulation {
    /// Takes over the part of the workers and the clock of a simulated scheduler.
    ///
    /// # Errors
    /// INVALID when its configuration is not simulated, or somebody drives it already.
    pub fn drive(scheduler: &Scheduler) -> Result<Simulation, Error> {
        let shared = scheduler.shared().clone();
        let Some(simulator) = &shared.simulator else {
            return Err(Error::invalid("this scheduler has threads of its own: its configuration is not simulated"));
        };
        if simulator.seats.lock().is_empty() {
            return Err(Error::invalid("this scheduler is driven by another simulation"));
        }
        let mut simulation = Simulation { shared, workers: Vec::new(), ready: Vec::new() };
        simulation.adopt();
        Ok(simulation)
    }

    fn simulator(&self) -> &crate::simulator::Simulator {
        self.shared.simulator.as_ref().expect("looked at when the simulation was made")
    }

    /// Takes in workers of hosts that were added.
    fn adopt(&mut self) {
        let seats = std::mem::take(&mut *self.simulator().seats.lock());
        for Seat { local, .. } in seats {
            let seed = self.simulator().random.lock().next();
            self.workers.push(SimulatedWorker { local, desk: Desk::simulated(seed) });
        }
    }

    /// Simulated time since the scheduler was made.
    pub fn now(&self) -> Duration {
        self.shared.clock.now()
    }

    /// The longest time that a handler's answer takes from now on. Default: 10 ms.
    pub fn set_reply_latency_max(&self, longest: Duration) {
        *self.simulator().latency_max.lock() = longest;
    }

    /// What has happened so far, a line for each turn, message, start, end and timer.
    pub fn trace(&self) -> String {
        self.simulator().trace()
    }

    /// One turn of one process, if any is ready; whether there was one. Time moves by a few microseconds.
    pub fn turn(&mut self) -> bool {
        self.adopt();
        self.fire();
        self.collect();
        if self.ready.is_empty() {
            return false;
        }
        let ReadyOne { token, queue } = self.choose();
        // Any worker of the queue's pool may get it: its own, or one that steals.
        let pool = &self.workers[queue].local.pool;
        let mates: Vec<_> =
            (0..self.workers.len()).filter(|w| Arc::ptr_eq(&self.workers[*w].local.pool, pool)).collect();
        let worker = mates[self.simulator().below(mates.len() as u64) as usize];
        let pid = token.slot().owner_pid();
        let how = if worker == queue { "runs" } else { "steals" };
        self.shared.note(|line| line.push_str(&format!("worker {worker} {how} {pid}")));
        let SimulatedWorker { local, desk } = &self.workers[worker];
        desk.set_budget(1 + self.simulator().below(64) as u32);
        {
            let _here = OnThread::new(local);
            self.shared.turn(desk, token);
        }
        let took = Duration::from_nanos(1 + self.simulator().below(TURN_MAX));
        self.shared.clock.advance_to(self.now() + took);
        true
    }

    /// Takes what became ready out of all queues. A real worker is stopped by the operating system wherever it likes,
    /// so whatever is ready may run next, however it is queued.
    fn collect(&mut self) {
        for (queue, worker) in self.workers.iter().enumerate() {
            let local = &worker.local;
            let next = || local.deque.pop().or_else(|| local.lifo.take()).or_else(|| local.take_injected());
            self.ready.extend(std::iter::from_fn(next).map(|token| ReadyOne { token, queue }));
        }
    }

    /// Which of the ready processes runs next: often the newest or the oldest, as with real workers, else any.
    fn choose(&mut self) -> ReadyOne {
        let last = self.ready.len() - 1;
        let i = match self.simulator().below(4) {
            0 => last,
            1 => 0,
            _ => self.simulator().below(last as u64 + 1) as usize,
        };
        self.ready.remove(i)
    }

    /// Fires timers and answers that are due.
    fn fire(&self) {
        let now = self.now();
        for (pid, tag) in self.shared.timers.due(now) {
            self.shared.note(|line| line.push_str(&format!("timer {} of {pid}", tag.0)));
            self.shared.reply(pid, tag, Ok(Answer::Unit));
        }
        while let Some((pid, tag, answer)) = self.simulator().due(now) {
            self.shared.note(|line| line.push_str(&format!("answer {} to {pid}", tag.0)));
            self.shared.reply(pid, tag, answer);
        }
    }

    fn next_deadline(&self) -> Option<Duration> {
        let timer = self.shared.timers.next_deadline();
        timer.into_iter().chain(self.simulator().next_deadline()).min()
    }

    /// Runs what is ready until nothing is, or `until` holds. Timers that lie ahead do not fire, those that fall due
    /// meanwhile do. Whether `until` held.
    ///
    /// A process that is ready for ever keeps this from returning.
    pub fn run_until(&mut self, mut until: impl FnMut(&Simulation) -> bool) -> bool {
        loop {
            if until(self) {
                return true;
            }
            if !self.turn() {
                return until(self);
            }
        }
    }

    /// Runs for a time: everything that happens until then has happened when this returns.
    pub fn run_for(&mut self, time: Duration) {
        let end = self.now() + time;
        self.run_to(end, |_| false);
    }

    /// Runs until nothing can happen any more, or for `limit` at most. Whether nothing can happen any more.
    pub fn settle(&mut self, limit: Duration) -> bool {
        let end = self.now() + limit;
        self.run_to(end, |_| false);
        self.next_deadline().is_none()
    }

    /// Runs until a watched process has ended, for `limit` at most; how it ended.
    pub fn wait(&mut self, watch: &ExitWatch, limit: Duration) -> Option<Exit> {
        let end = self.now() + limit;
        let mut exit = None;
        self.run_to(end, |_| {
            exit = exit.take().or_else(|| watch.wait_for(Duration::ZERO));
            exit.is_some()
        });
        exit
    }

    fn run_to(&mut self, end: Duration, mut until: impl FnMut(&Simulation) -> bool) {
        loop {
            if until(self) {
                return;
            }
            if self.now() < end && self.turn() {
                continue;
            }
            if self.now() >= end {
                return;
            }
            match self.next_deadline() {
                Some(next) if next <= end => self.shared.clock.advance_to(next),
                _ => self.shared.clock.advance_to(end),
            }
        }
    }

    /// As [`Scheduler::shutdown`], in simulated time.
    pub fn shutdown(&mut self, patience: Duration) -> Settled {
        let hosts: Vec<_> = self.shared.hosts.read().values().cloned().collect();
        hosts.iter().for_each(|host| host.stop_admitting());
        let left = |sim: &Simulation| sim.shared.table.pids(None);
        if patience > Duration::ZERO {
            for pid in left(self) {
                self.shared.ask_to_end(pid, "scheduler shutdown");
            }
            let end = self.now() + patience;
            self.run_to(end, |sim| left(sim).is_empty());
        }
        let gracefully = left(self).is_empty();
        // A process may make another one before it hears of the end; a step that never returns would not get here.
        while !left(self).is_empty() {
            for pid in left(self) {
                self.shared.kill(pid, Error::internal("process terminated"));
            }
            while self.turn() && !left(self).is_empty() {}
        }
        Settled { gracefully, completely: true }
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        // A test that failed in the middle of a step has left its process behind: it cannot be ended any more.
        if !std::thread::panicking() {
            self.shutdown(Duration::ZERO);
        }
        for worker in &self.workers {
            worker.desk.clear();
        }
    }
}

//! The public face: start, hosts, spawn from outside, shut down.

use crate::clock::{self, Clock};
use crate::deliver::Shared;
use crate::desk::Desk;
use crate::gate::{AllPass, Gate};
use crate::handlers::{Call, Handlers};
use crate::host::{Host, HostConfig};
use crate::launch::{Launch, Launched};
use crate::observer::Observer;
use crate::pool::{Pool, Seat};
use crate::process::{Ties, Waits};
use crate::simulator::Simulator;
use crate::sync::atomic::AtomicBool;
use crate::sync::mpsc::{Receiver, channel};
use crate::sync::thread::JoinHandle;
use crate::sync::{Instant, Mutex, RwLock, thread};
use crate::table::Table;
use crate::usage::{ProcessStats, QUEUE_MESSAGES_MAX};
use crate::worker;
use dashmap::DashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use wippy_core::{Command, Error, Exit, Message, Pid, Place, SpawnWith, StateMachine, Text, Values};

static INCARNATIONS: AtomicU64 = AtomicU64::new(1);

/// What a scheduler is made of.
#[derive(Clone)]
pub struct Config {
    workers: usize,
    node: String,
    gate: Arc<dyn Gate>,
    handlers: Handlers,
    seed: Option<u64>,
}

impl Default for Config {
    fn default() -> Self {
        Config { workers: 0, node: String::new(), gate: Arc::new(AllPass), handlers: Handlers::default(), seed: None }
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").field("workers", &self.workers).field("node", &self.node).finish_non_exhaustive()
    }
}

impl Config {
    /// How many worker threads hosts share. Default, and 0: as many as this program may use processors.
    pub fn workers(mut self, workers: usize) -> Config {
        self.workers = workers;
        self
    }
    /// The node's name, part of every pid's text. Default: none.
    pub fn node(mut self, name: impl Into<String>) -> Config {
        self.node = name.into();
        self
    }
    /// Who decides what passes. Default: all does.
    pub fn gate(mut self, gate: Arc<dyn Gate>) -> Config {
        self.gate = gate;
        self
    }
    /// No threads: a [`Simulation`](crate::Simulation) drives the scheduler in simulated time, and makes every choice
    /// by this seed.
    pub fn simulated(mut self, seed: u64) -> Config {
        self.seed = Some(seed);
        self
    }
    /// Who answers commands of type `C`: returns `Some(answer)`, or takes [`Call::replier`] and returns `None`.
    /// It runs on the asker's worker and must not block.
    pub fn handle<C: Command>(
        mut self,
        f: impl Fn(&mut Call<C>) -> Option<Result<C::Reply, Error>> + Send + Sync + 'static,
    ) -> Config {
        self.handlers.insert(f);
        self
    }
}

/// Why a scheduler could not start.
#[derive(Debug)]
pub struct StartError(std::io::Error);

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a worker thread could not be started")
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Waits for the end of a process, from outside of the scheduler.
#[derive(Debug)]
pub struct ExitWatch(Receiver<Exit>);

impl ExitWatch {
    /// Blocks until the process has ended.
    ///
    /// # Errors
    /// How the process failed; INTERNAL when the scheduler was dropped first.
    pub fn wait(self) -> Exit {
        self.0.recv().unwrap_or_else(|_| Err(Error::internal("the scheduler is gone")))
    }
    /// As [`ExitWatch::wait`], for at most `limit`; `None` when the process still lives.
    pub fn wait_for(&self, limit: Duration) -> Option<Exit> {
        self.0.recv_timeout(limit).ok()
    }
}

/// What a shutdown came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// Whether every process ended by itself within the time given; otherwise some were killed.
    pub gracefully: bool,
    /// Whether every thread is gone. A machine that never returns from a step keeps its thread for ever.
    pub completely: bool,
}

/// How long to wait between two looks at something that comes soon or not for long.
#[derive(Debug, Default)]
pub struct Naps(u32);

impl Naps {
    /// From a millisecond on, each twice as long as the one before, to 32 milliseconds.
    #[allow(clippy::should_implement_trait, reason = "it never ends")]
    pub fn next(&mut self) -> Duration {
        let nap = Duration::from_millis(1 << self.0);
        self.0 = (self.0 + 1).min(5);
        nap
    }
}

/// Runs processes. Dropping it shuts it down at once.
pub struct Scheduler {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl std::fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scheduler({} workers)", self.shared.pool.workers())
    }
}

impl Scheduler {
    /// Starts the workers and the clock.
    ///
    /// # Errors
    /// When the operating system gives no threads.
    pub fn start(config: Config) -> Result<Scheduler, StartError> {
        let workers = match config.workers {
            // A simulation must not depend on the machine.
            0 if config.seed.is_some() => 2,
            0 => thread::available_parallelism().map_or(1, usize::from),
            n => n,
        };
        let incarnation = INCARNATIONS.fetch_add(1, Ordering::Relaxed);
        let (pool, seats) = Pool::new(workers, incarnation);
        let (clock, parker) = Clock::new(config.seed.is_some());
        let shared = Arc::new(Shared {
            gate: config.gate,
            handlers: config.handlers,
            names: DashMap::new(),
            timers: Default::default(),
            clock,
            home: Place::intern(&config.node, incarnation, "node:control"),
            node: config.node.into(),
            incarnation,
            hosts: RwLock::default(),
            pools: RwLock::new(vec![pool.clone()]),
            pool,
            simulator: config.seed.map(|seed| Box::new(Simulator::new(seed))),
            own_pools: AtomicBool::new(false),
            bounded_queues: AtomicBool::new(false),
            me: OnceLock::new(),
            table: Table::new(),
        });
        let _ = shared.me.set(Arc::downgrade(&shared));
        let scheduler = Scheduler { threads: Mutex::default(), shared };
        scheduler.start_workers(seats)?;
        if scheduler.shared.simulator.is_some() {
            return Ok(scheduler);
        }
        let weak = Arc::downgrade(&scheduler.shared);
        let clock = thread::Builder::new().name("wippy-clock".into());
        let handle = clock.spawn(move || clock::run(&weak, &parker)).map_err(StartError)?;
        scheduler.threads.lock().push(handle);
        Ok(scheduler)
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    fn start_workers(&self, seats: Vec<Seat>) -> Result<(), StartError> {
        if let Some(simulator) = &self.shared.simulator {
            simulator.seats.lock().extend(seats);
            return Ok(());
        }
        for (i, seat) in seats.into_iter().enumerate() {
            let weak = Arc::downgrade(&self.shared);
            let thread = thread::Builder::new().name(format!("wippy-worker-{i}"));
            let handle = thread.spawn(move || worker::run(seat, &weak)).map_err(StartError)?;
            self.threads.lock().push(handle);
        }
        Ok(())
    }

    /// Makes a host. Its id becomes part of its processes' pids.
    ///
    /// # Errors
    /// ALREADY_EXISTS for a second host of this id; INVALID for limits that cannot be kept; UNAVAILABLE when its own workers cannot be started.
    pub fn add_host(&self, id: &str, config: HostConfig) -> Result<Arc<Host>, Error> {
        let place = Place::intern(&self.shared.node, self.shared.incarnation, id);
        let mut hosts = self.shared.hosts.write();
        if hosts.contains_key(&place) {
            return Err(Error::exists(format!("host exists already: {id}")));
        }
        if config.max_mailbox > QUEUE_MESSAGES_MAX {
            return Err(Error::invalid(format!("max_mailbox can be {QUEUE_MESSAGES_MAX} at most")));
        }
        let pool = match config.workers {
            0 => self.shared.pool.clone(),
            n => {
                let (pool, seats) = Pool::new(n, self.shared.incarnation);
                self.shared.pools.write().push(pool.clone());
                self.shared.own_pools.store(true, Ordering::SeqCst);
                self.start_workers(seats).map_err(|e| Error::unavailable(e.to_string()))?;
                pool
            }
        };
        let host = Arc::new(Host::new(place, config, pool, self.shared.incarnation));
        if host.counts_queued() {
            self.shared.bounded_queues.store(true, Ordering::SeqCst);
        }
        hosts.insert(place, host.clone());
        Ok(host)
    }

    /// Starts a machine on a host.
    ///
    /// # Errors
    /// What the machine's `init` says, UNAVAILABLE (host stopping), RATE_LIMITED (host full).
    pub fn spawn(
        &self,
        host: &Arc<Host>,
        machine: impl StateMachine + 'static,
        args: impl Into<Values>,
    ) -> Result<Pid, Error> {
        self.launch(host, Box::new(machine), args.into(), SpawnWith::default(), None)
    }

    /// As [`Scheduler::spawn`], with a name and first messages. Monitor and link have no meaning here.
    ///
    /// # Errors
    /// As [`Scheduler::spawn`], and ALREADY_EXISTS for a taken name.
    pub fn spawn_with(
        &self,
        host: &Arc<Host>,
        machine: impl StateMachine + 'static,
        args: impl Into<Values>,
        with: SpawnWith,
    ) -> Result<Pid, Error> {
        let with = SpawnWith { monitor: false, link: false, ..with };
        self.launch(host, Box::new(machine), args.into(), with, None)
    }

    /// As [`Scheduler::spawn`], and a way to wait for its end.
    ///
    /// # Errors
    /// As [`Scheduler::spawn`].
    pub fn spawn_watched(
        &self,
        host: &Arc<Host>,
        machine: impl StateMachine + 'static,
        args: impl Into<Values>,
    ) -> Result<(Pid, ExitWatch), Error> {
        let (sender, receiver) = channel();
        let pid = self.launch(host, Box::new(machine), args.into(), SpawnWith::default(), Some(sender))?;
        Ok((pid, ExitWatch(receiver)))
    }

    fn launch(
        &self,
        host: &Arc<Host>,
        machine: Box<dyn StateMachine>,
        args: Values,
        with: SpawnWith,
        outside: Option<crate::sync::mpsc::Sender<Exit>>,
    ) -> Result<Pid, Error> {
        let desk = match &self.shared.simulator {
            None => Desk::new(None),
            Some(simulator) => Desk::simulated(simulator.random.lock().next()),
        };
        let launch = Launch {
            machine,
            method: "".into(),
            args,
            host: self.shared.own(host)?,
            baggage: None,
            label: 0,
            with,
            ties: Ties { spawner: Pid::SYSTEM, waits: Waits::No },
            outside,
            may_take_time: false,
        };
        self.shared.clock.look();
        let launched = self.shared.launch(&desk, launch);
        desk.clear();
        match launched? {
            Launched::Reachable(pid) | Launched::Starting(pid) => Ok(pid),
        }
    }

    /// Sends a message on nobody's behalf.
    ///
    /// # Errors
    /// NOT_FOUND, UNAVAILABLE.
    pub fn send(&self, to: Pid, topic: impl Into<Text>, values: impl Into<Values>) -> Result<(), Error> {
        let message = Message { topic: topic.into(), from: Pid::SYSTEM, values: values.into() };
        self.shared.deliver(to, message).map_err(|(e, _)| e)
    }

    /// Asks a process to end.
    ///
    /// # Errors
    /// NOT_FOUND.
    pub fn cancel(&self, pid: Pid, reason: &str) -> Result<(), Error> {
        self.shared.cancel(Pid::SYSTEM, pid, reason)
    }

    /// Kills a process at its next scheduling point. Whether it was alive.
    pub fn terminate(&self, pid: Pid) -> bool {
        self.shared.kill(pid, Error::internal("process terminated"))
    }

    /// Tells these processes which entries have changed; only those that asked, and whose own entry is among them, hear it.
    pub fn outdated(&self, sources: &[wippy_core::EntryId], pids: impl IntoIterator<Item = Pid>) {
        let (at, sources) = (self.shared.now_wall(), Arc::<[_]>::from(sources));
        for pid in pids {
            let outdated = wippy_core::Outdated { at, sources: sources.clone() };
            self.shared.post(pid, crate::mailbox::Class::Signal, crate::process::Body::Outdated(outdated));
        }
    }

    /// Who has a local name.
    pub fn lookup(&self, name: &str) -> Option<Pid> {
        self.shared.lookup(name)
    }

    /// All processes at this moment, or those of one host.
    pub fn processes(&self, host: Option<&Host>) -> Vec<Pid> {
        self.shared.table.pids(host.map(|h| h.place))
    }

    /// What a process has used so far; `None` when it is gone. Costs the process nothing.
    pub fn stats(&self, pid: Pid) -> Option<ProcessStats> {
        let slot = self.shared.table.find(pid)?;
        let stats = slot.usage.read(|| slot.mailbox.pushed(), clock::SLICE);
        // The slot may have got a new owner meanwhile.
        self.shared.table.find(pid).map(|_| stats)
    }

    /// For looking at it from elsewhere, also when it may be gone.
    pub fn observer(&self) -> Observer {
        Observer(Arc::downgrade(&self.shared))
    }

    /// Number of workers that hosts share.
    pub fn workers(&self) -> usize {
        self.shared.pool.workers()
    }

    /// Stops a host: nobody is admitted, everybody is asked to end with `reason`, and killed when `patience` is over.
    /// Whether all ended by themselves. Blocks.
    pub fn stop_host(&self, host: &Host, reason: &str, patience: Duration) -> bool {
        host.stop_admitting();
        for pid in self.processes(Some(host)) {
            self.shared.ask_to_end(pid, reason);
        }
        if host.wait_empty(Instant::now() + patience) {
            return true;
        }
        self.kill_all(host);
        false
    }

    /// Opens a host again that was stopped.
    pub fn restart_host(&self, host: &Host) {
        host.admit_again();
    }

    fn kill_all(&self, host: &Host) {
        // More than once: a process may have been on its way in when the others were counted.
        for _ in 0..10 {
            for pid in self.processes(Some(host)) {
                self.terminate(pid);
            }
            if host.wait_empty(Instant::now() + Duration::from_millis(100)) {
                return;
            }
        }
    }

    /// Ends all processes, asking first and killing after `patience`, then all threads. Blocks; a second call does nothing.
    ///
    /// A simulated scheduler has no threads that could end its processes: that is [`Simulation::shutdown`](crate::Simulation::shutdown)'s part.
    pub fn shutdown(&self, patience: Duration) -> Settled {
        self.shutdown_while(patience, None)
    }

    /// As [`Scheduler::shutdown`]; while something still runs, `go_on` is asked now and then whether to wait on.
    pub fn shutdown_while(&self, patience: Duration, mut go_on: Option<&mut dyn FnMut() -> bool>) -> Settled {
        if self.shared.simulator.is_some() {
            self.shared.hosts.read().values().for_each(|host| host.stop_admitting());
            let empty = self.shared.table.pids(None).is_empty();
            return Settled { gracefully: empty, completely: empty };
        }
        let hosts: Vec<_> = self.shared.hosts.read().values().cloned().collect();
        hosts.iter().for_each(|h| h.stop_admitting());
        if patience > Duration::ZERO {
            for pid in self.processes(None) {
                self.shared.ask_to_end(pid, "scheduler shutdown");
            }
        }
        let deadline = Instant::now() + patience;
        let mut naps = Naps::default();
        let gracefully = loop {
            let until = if go_on.is_some() { deadline.min(Instant::now() + naps.next()) } else { deadline };
            if hosts.iter().filter(|h| !h.wait_empty(until)).count() == 0 {
                break true;
            }
            if until == deadline || go_on.as_mut().is_some_and(|go_on| !go_on()) {
                break false;
            }
        };
        if !gracefully {
            hosts.iter().for_each(|h| self.kill_all(h));
        }
        Settled { gracefully, completely: self.stop_threads() }
    }

    /// Whether all processes wait for each other: none of them will do anything unless a message comes from outside of
    /// the scheduler. Of the process `but` it counts only that it does nothing just now.
    pub fn is_at_rest(&self, but: Option<Pid>) -> bool {
        self.shared.is_at_rest(but)
    }

    fn stop_threads(&self) -> bool {
        self.shared.pools.read().iter().for_each(|p| p.stop());
        self.shared.clock.stop();
        let deadline = Instant::now() + Duration::from_secs(1);
        let mut threads = self.threads.lock();
        let me = thread::current().id();
        for thread in threads.drain(..) {
            // A machine that never returns from its step must not hang whoever shuts down.
            while !thread.is_finished() && thread.thread().id() != me && Instant::now() < deadline {
                thread::sleep(Duration::from_micros(200));
            }
            if !thread.is_finished() {
                return false;
            }
            let _ = thread.join();
        }
        true
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.shutdown(Duration::ZERO);
    }
}

//! A scheduler and its simulation in one, for tests.

use std::sync::Arc;
use std::time::Duration;
use wippy_core::{Error, Exit, Pid, StateMachine, Values};
use wippy_sched::{Config, ExitWatch, Host, Scheduler, Settled, Simulation};

/// How long a test may wait in simulated time; a test that waits this long has failed.
const LONG: Duration = Duration::from_secs(30 * 86_400);

/// A simulated scheduler with a host, and who drives it.
#[derive(Debug)]
pub struct World {
    // Dropped first: it ends what is left of the processes.
    simulation: Simulation,
    scheduler: Scheduler,
    host: Arc<Host>,
    seed: u64,
}

impl World {
    /// A world with two workers and the host `test:host`.
    ///
    /// # Panics
    /// Never for a plain configuration.
    pub fn new(seed: u64) -> World {
        World::with(seed, Config::default())
    }

    /// As [`World::new`], with handlers, a gate, or another number of workers.
    ///
    /// # Panics
    /// When the configuration cannot be started.
    pub fn with(seed: u64, config: Config) -> World {
        let scheduler = Scheduler::start(config.simulated(seed)).expect("a simulated scheduler needs no threads");
        let host = scheduler.add_host("test:host", Default::default()).expect("the first host of this id");
        let simulation = Simulation::drive(&scheduler).expect("it is simulated, and nobody else drives it");
        World { simulation, scheduler, host, seed }
    }

    /// The seed it was made with.
    pub fn seed(&self) -> u64 {
        self.seed
    }
    /// The scheduler: spawn, send, look up. What blocks on a real one (`shutdown`, `stop_host`) is the simulation's.
    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }
    /// Who plays the workers and the clock.
    pub fn simulation(&mut self) -> &mut Simulation {
        &mut self.simulation
    }
    /// The host `test:host`.
    pub fn host(&self) -> &Arc<Host> {
        &self.host
    }
    /// Simulated time since the world began.
    pub fn now(&self) -> Duration {
        self.simulation.now()
    }
    /// What has happened so far.
    pub fn trace(&self) -> String {
        self.simulation.trace()
    }

    /// Starts a machine.
    ///
    /// # Errors
    /// As [`Scheduler::spawn`].
    pub fn spawn(&mut self, machine: impl StateMachine + 'static, args: impl Into<Values>) -> Result<Pid, Error> {
        self.scheduler.spawn(&self.host, machine, args)
    }
    /// Starts a machine whose end is waited for.
    ///
    /// # Errors
    /// As [`Scheduler::spawn_watched`].
    pub fn watched(
        &mut self,
        machine: impl StateMachine + 'static,
        args: impl Into<Values>,
    ) -> Result<(Pid, ExitWatch), Error> {
        self.scheduler.spawn_watched(&self.host, machine, args)
    }
    /// Runs a machine to its end.
    ///
    /// # Errors
    /// How it failed, or could not start.
    ///
    /// # Panics
    /// When it does not end within a month.
    pub fn run(&mut self, machine: impl StateMachine + 'static) -> Exit {
        let (_, watch) = self.watched(machine, ())?;
        self.end_of(&watch)
    }
    /// Waits for the end of a process.
    ///
    /// # Errors
    /// How it failed.
    ///
    /// # Panics
    /// When it does not end within a month.
    pub fn end_of(&mut self, watch: &ExitWatch) -> Exit {
        self.simulation.wait(watch, LONG).unwrap_or_else(|| panic!("still alive after a month:\n{}", self.trace()))
    }
    /// Runs until nothing is ready; timers that lie ahead do not fire.
    pub fn settle_now(&mut self) {
        self.simulation.run_until(|_| false);
    }
    /// Runs for a time.
    pub fn run_for(&mut self, time: Duration) {
        self.simulation.run_for(time);
    }
    /// As [`Simulation::shutdown`].
    pub fn shutdown(&mut self, patience: Duration) -> Settled {
        self.simulation.shutdown(patience)
    }
}

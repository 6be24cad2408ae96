//! How a workload is driven: a scheduler, one machine that does the work or watches it, and somebody who waits.

use crate::Settings;
use crate::progress::{Meter, Progress};
use crate::workload::Workload;
use std::sync::Arc;
use std::time::Duration;
use wippy_core::{Cx, Error, Start, StateMachine, Step, Value, Values};
use wippy_sched::{Config, ExitWatch, Host, Scheduler};

/// What is to be run.
pub(crate) struct Task {
    pub(crate) workload: Workload,
    pub(crate) count: u64,
    pub(crate) settings: Settings,
}

/// How often whoever waits looks at the meter.
const LOOK: Duration = Duration::from_millis(100);

/// A machine made of its step alone; an error ends it.
pub(crate) struct Stepped<F>(F);

/// A machine that has nothing to prepare and nothing to release.
pub(crate) fn machine<F: FnMut(&mut Cx) -> Result<Step, Error> + Send>(step: F) -> Stepped<F> {
    Stepped(step)
}

impl<F: FnMut(&mut Cx) -> Result<Step, Error> + Send> StateMachine for Stepped<F> {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        (self.0)(cx).unwrap_or_else(|e| Step::Complete(Err(e)))
    }
    fn close(&mut self) {}
}

/// The end of a machine that measured: the time since `began`.
pub(crate) fn took(cx: &Cx, began: Duration) -> Result<Step, Error> {
    Ok(Step::Complete(Ok(Value::Int(nanoseconds(cx.now() - began)))))
}

pub(crate) fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

/// What a machine that measured has measured.
pub(crate) fn time_of(value: &Value) -> Result<Duration, Error> {
    let wrong = || Error::internal(format!("a workload gave {value:?} instead of a time"));
    value.as_int().and_then(|n| u64::try_from(n).ok()).map(Duration::from_nanos).ok_or_else(wrong)
}

/// A scheduler of its own, with one host.
pub(crate) struct Rig {
    pub(crate) scheduler: Scheduler,
    pub(crate) host: Arc<Host>,
}

impl Rig {
    pub(crate) fn new(workers: usize) -> Result<Rig, Error> {
        let started = Scheduler::start(Config::default().workers(workers));
        let scheduler = started.map_err(|e| Error::unavailable(e.to_string()))?;
        let host = scheduler.add_host("bench:processes", Default::default())?;
        Ok(Rig { scheduler, host })
    }

    /// Runs a machine to its end.
    pub(crate) fn run(
        &self,
        machine: impl StateMachine + 'static,
        meter: &Meter,
        total: u64,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Value, Error> {
        let (_, exit) = self.scheduler.spawn_watched(&self.host, machine, ())?;
        wait(&exit, meter, total, progress)
    }
}

/// Waits for the end of a process and tells meanwhile how far it is.
pub(crate) fn wait(
    exit: &ExitWatch,
    meter: &Meter,
    total: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<Value, Error> {
    loop {
        if let Some(exit) = exit.wait_for(LOOK) {
            progress(Progress { done: total, total });
            return exit;
        }
        progress(Progress { done: meter.get().min(total), total });
    }
}

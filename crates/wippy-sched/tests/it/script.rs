//! A machine whose behaviour is a closure over its events, so that each test says what its processes do.

use std::sync::Arc;
use std::time::Duration;
use wippy_core::{Cx, Error, Event, Exit, Start, StateMachine, Step, Value, Values};
use wippy_sched::{Config, Host, Scheduler};
use wippy_sim::{World, search};

type OnEvent = Box<dyn FnMut(&mut Cx, Event) -> Option<Exit> + Send>;
type OnStart = Box<dyn FnOnce(&mut Cx, Values) -> Option<Exit> + Send>;

/// Runs `start` in its first step, then `event` for each event; either may end it.
pub(crate) struct Script {
    start: Option<OnStart>,
    event: OnEvent,
    args: Values,
}

pub(crate) fn script(
    start: impl FnOnce(&mut Cx, Values) -> Option<Exit> + Send + 'static,
    event: impl FnMut(&mut Cx, Event) -> Option<Exit> + Send + 'static,
) -> Script {
    Script { start: Some(Box::new(start)), event: Box::new(event), args: Values::None }
}

/// Does nothing until it is told to `stop`; `fail` makes it fail.
pub(crate) fn waiter() -> Script {
    script(
        |_, _| None,
        |_, event| match event {
            Event::Message(m) if m.topic == "stop" => Some(Ok(m.values.first())),
            Event::Message(m) if m.topic == "fail" => Some(Err(Error::internal("told to fail"))),
            Event::Cancel(c) => Some(Ok(Value::from(c.reason))),
            _ => None,
        },
    )
}

impl StateMachine for Script {
    fn init(&mut self, _: &mut Cx, _: &str, args: Values) -> Result<Start, Error> {
        self.args = args;
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        if let Some(start) = self.start.take()
            && let Some(exit) = start(cx, std::mem::take(&mut self.args))
        {
            return Step::Complete(exit);
        }
        while let Some(event) = cx.next_event() {
            if let Some(exit) = (self.event)(cx, event) {
                return Step::Complete(exit);
            }
        }
        Step::Idle
    }
    fn close(&mut self) {}
}

pub(crate) fn node() -> (Scheduler, Arc<Host>) {
    let scheduler = Scheduler::start(Config::default().workers(2)).unwrap();
    let host = scheduler.add_host("test:host", Default::default()).unwrap();
    (scheduler, host)
}

/// Long enough for anything that is going to happen; a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// How many interleavings a test in simulated time looks at.
const SEEDS: u64 = 200;

/// Runs a scenario in simulated time under many seeds; the shortest failing run is shown.
pub(crate) fn seeds(scenario: impl Fn(&mut World)) {
    let tried = search(0..SEEDS, |world| {
        scenario(world);
        Ok(())
    });
    if let Err(failure) = tried {
        panic!("{failure}");
    }
}

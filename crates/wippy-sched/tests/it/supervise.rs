//! A supervisor made of what the scheduler offers: monitors, timers, spawns. In simulated time, so an hour of backoff
//! takes no time.

use crate::script::seeds;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wippy_core::{Cx, Error, Event, Pid, RawTag, SpawnWith, Start, StateMachine, Step, Value, Values};

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(1800);

/// Fails a second after it was started.
struct Failing;

impl StateMachine for Failing {
    fn init(&mut self, cx: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        cx.timer(Duration::from_secs(1));
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        match cx.next_event() {
            Some(Event::Reply { .. }) => Step::Complete(Err(Error::internal("fails as always"))),
            _ => Step::Blocked,
        }
    }
    fn close(&mut self) {}
}

/// Keeps children running; waits twice as long after each failure of one; gives up after `attempts`.
struct Supervisor {
    children: Vec<Child>,
    attempts: u32,
    starts: Arc<Mutex<Vec<(usize, Duration)>>>,
}

#[derive(Default, Clone)]
struct Child {
    pid: Option<Pid>,
    waits: Option<RawTag>,
    failures: u32,
}

impl Supervisor {
    fn start(&mut self, cx: &mut Cx, i: usize) {
        let with = SpawnWith { monitor: true, name: Some(format!("child {i}")), ..SpawnWith::default() };
        let pid = cx.spawn_machine(Failing, (), with).expect("its name is free when its end is told");
        self.children[i].pid = Some(pid);
        self.starts.lock().unwrap().push((i, cx.now()));
    }
}

impl StateMachine for Supervisor {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        if self.starts.lock().unwrap().is_empty() {
            (0..self.children.len()).for_each(|i| self.start(cx, i));
        }
        while let Some(event) = cx.next_event() {
            match event {
                Event::Exit(notice) => {
                    let i = self.children.iter().position(|c| c.pid == Some(notice.from)).expect("told once");
                    let child = &mut self.children[i];
                    child.pid = None;
                    child.failures += 1;
                    if child.failures < self.attempts {
                        child.waits = Some(cx.timer((FIRST * 2u32.pow(child.failures - 1)).min(LONGEST)).raw());
                    }
                }
                Event::Reply { tag, .. } => {
                    let i = self.children.iter().position(|c| c.waits == Some(tag)).expect("fires once");
                    self.children[i].waits = None;
                    self.start(cx, i);
                }
                _ => {}
            }
        }
        let given_up = self.children.iter().all(|c| c.failures == self.attempts);
        if given_up { Step::Complete(Ok(Value::Nil)) } else { Step::Blocked }
    }
    fn close(&mut self) {}
}

#[test]
fn children_are_restarted_with_a_growing_pause_until_the_supervisor_gives_up() {
    seeds(|world| {
        let starts: Arc<Mutex<Vec<_>>> = Arc::default();
        let children = vec![Child::default(); 3];
        let exit = world.run(Supervisor { children, attempts: 14, starts: starts.clone() });
        assert_eq!(exit, Ok(Value::Nil));
        assert_eq!(world.scheduler().processes(None), []);
        let starts = starts.lock().unwrap();
        for child in 0..3 {
            let mine: Vec<_> = starts.iter().filter(|(i, _)| *i == child).map(|(_, at)| *at).collect();
            assert_eq!(mine.len(), 14, "as many starts as attempts");
            for (n, pair) in mine.windows(2).enumerate() {
                let pause = pair[1] - pair[0] - Duration::from_secs(1);
                let planned = (FIRST * 2u32.pow(n as u32)).min(LONGEST);
                // A turn takes some simulated microseconds; nothing else may make it later.
                assert!(pause >= planned && pause < planned + Duration::from_millis(1), "{n}: {pause:?}");
            }
        }
        assert!(world.now() > Duration::from_secs(3600), "more than an hour went by");
    });
}

//! Services of a whole node in simulated time: hours of restarts in milliseconds, each test under many seeds.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use wippy_core::{
    Cx, Entry, Error, Event, Factory, Kind, Loaded, Sources, Start, StateMachine, Step, Tag, Value, Values,
};
use wippy_host::services::{ServiceState, Status};
use wippy_host::{Node, NodeConfig, discover};
use wippy_sched::{Config, Simulation};

const SEEDS: u64 = 50;

/// What happened to a service, and when.
type Diary = Arc<Mutex<Vec<(Duration, String, &'static str)>>>;

/// How a service behaves, from its entry; times in milliseconds.
#[derive(Clone)]
struct Service {
    name: String,
    starts_after: Option<i64>,
    /// How many of its starts fail before one succeeds.
    bad_starts: i64,
    fails_after: Option<i64>,
    ends_after: Option<i64>,
    stops_after: i64,
    diary: Diary,
    starting: Option<Tag<()>>,
    running: Option<Tag<()>>,
    stopping: Option<Tag<()>>,
}

impl Service {
    fn note(&self, cx: &Cx, what: &'static str) {
        self.diary.lock().unwrap().push((cx.now(), self.name.clone(), what));
    }
    fn timer(cx: &mut Cx, after: i64) -> Tag<()> {
        cx.timer(Duration::from_millis(after as u64))
    }
    fn runs(&mut self, cx: &mut Cx) {
        self.note(cx, "up");
        self.running = self.fails_after.or(self.ends_after).map(|after| Service::timer(cx, after));
    }
}

impl StateMachine for Service {
    fn init(&mut self, cx: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        if self.starts_after.is_some() {
            return Ok(Start::Pending);
        }
        self.runs(cx);
        Ok(Start::Ready)
    }

    fn step(&mut self, cx: &mut Cx) -> Step {
        if let Some(after) = self.starts_after.take() {
            self.note(cx, "begins");
            let diary = self.diary.lock().unwrap();
            let begun = diary.iter().filter(|(_, n, w)| *n == self.name && *w == "begins").count();
            drop(diary);
            if begun as i64 <= self.bad_starts {
                return Step::Complete(Err(Error::internal("not yet")));
            }
            self.starting = Some(Service::timer(cx, after));
        }
        while let Some(event) = cx.next_event() {
            match event {
                Event::Reply { tag, .. } if self.starting.as_ref().is_some_and(|t| t.raw() == tag) => {
                    self.starting = None;
                    self.runs(cx);
                    return Step::Started;
                }
                Event::Reply { tag, .. } if self.running.as_ref().is_some_and(|t| t.raw() == tag) => {
                    self.note(cx, "down");
                    return Step::Complete(match self.fails_after {
                        Some(_) => Err(Error::internal("had enough")),
                        None => Ok(Value::Nil),
                    });
                }
                Event::Reply { tag, .. } if self.stopping.as_ref().is_some_and(|t| t.raw() == tag) => {
                    self.note(cx, "stopped");
                    return Step::Complete(Ok(Value::Nil));
                }
                Event::Cancel(_) => self.stopping = Some(Service::timer(cx, self.stops_after)),
                _ => {}
            }
        }
        Step::Idle
    }

    fn close(&mut self) {}
}

struct Services(Diary);

impl Kind for Services {
    fn entry_kinds(&self) -> &[&'static str] {
        &["process.test"]
    }
    fn load(&self, entry: &Entry, _: &dyn Sources) -> Result<Loaded, Error> {
        let time = |key: &str| entry.field(key).and_then(|v| v.as_int());
        let service = Service {
            name: entry.id.name().to_owned(),
            starts_after: time("starts_after"),
            bad_starts: time("bad_starts").unwrap_or(0),
            fails_after: time("fails_after"),
            ends_after: time("ends_after"),
            stops_after: time("stops_after").unwrap_or(0),
            diary: self.0.clone(),
            starting: None,
            running: None,
            stopping: None,
        };
        Ok(Loaded { factory: Some(Arc::new(service)), ..Loaded::default() })
    }
}

impl Factory for Service {
    fn method(&self) -> &str {
        ""
    }
    fn create(&self) -> Result<Box<dyn StateMachine>, Error> {
        Ok(Box::new(self.clone()))
    }
}

/// A node that plays in simulated time.
struct Stage {
    // Dropped first: it ends what is left of the processes.
    simulation: Simulation,
    node: Node,
    diary: Diary,
}

impl Stage {
    fn run_for(&mut self, seconds: u64) {
        self.simulation.run_for(Duration::from_secs(seconds));
    }
    fn service(&self, name: &str) -> ServiceState {
        let found = self.node.services().into_iter().find(|s| s.id.as_str() == format!("app:{name}.service"));
        found.unwrap_or_else(|| panic!("no service {name}"))
    }
    /// When something happened to a service, in seconds.
    fn times(&self, name: &str, what: &str) -> Vec<f64> {
        let diary = self.diary.lock().unwrap();
        diary.iter().filter(|(_, n, w)| n == name && *w == what).map(|(t, ..)| t.as_secs_f64()).collect()
    }
    /// Who went through this, in order.
    fn order(&self, what: &str) -> Vec<String> {
        let diary = self.diary.lock().unwrap();
        diary.iter().filter(|(_, _, w)| *w == what).map(|(_, n, _)| n.clone()).collect()
    }
}

/// Two entries: a process and its service, each with its own lines.
fn service(name: &str, process: &str, lifecycle: &str) -> String {
    format!(
        "  - {{name: {name}, kind: process.test{process}}}\n  - name: {name}.service\n    kind: process.service\n    \
         process: {name}\n    host: processes\n    lifecycle: {{auto_start: true{lifecycle}}}\n"
    )
}

/// Plays a scenario with these services under many seeds.
fn seeds(services: &[String], scenario: impl Fn(&mut Stage)) {
    let folder = tempfile::tempdir().unwrap();
    let head = "version: \"1.0\"\nnamespace: app\nentries:\n  - {name: processes, kind: process.host}\n";
    std::fs::write(folder.path().join("_index.yaml"), format!("{head}{}", services.concat())).unwrap();
    let found = discover::load(folder.path(), folder.path()).unwrap();
    assert!(found.faults.is_empty(), "{:?}", found.faults);
    for seed in 0..SEEDS {
        let diary = Diary::default();
        let scheduler = Config::default().simulated(seed);
        let kinds: Vec<Arc<dyn Kind>> = vec![Arc::new(Services(diary.clone()))];
        let config = NodeConfig { kinds, scheduler, ..Default::default() };
        let node = Node::boot(config, found.entries.clone()).unwrap_or_else(|e| panic!("{e}"));
        let simulation = Simulation::drive(node.scheduler()).unwrap();
        let mut stage = Stage { simulation, node, diary };
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| scenario(&mut stage)));
        if run.is_err() {
            let trace = stage.simulation.trace();
            // Its processes stand where the panic has left them: they are not ended.
            std::mem::forget(stage);
            panic!("seed {seed}:\n{trace}");
        }
    }
}

/// The times between an end and the next start.
fn waits(stage: &Stage, name: &str) -> Vec<f64> {
    let (up, down) = (stage.times(name, "up"), stage.times(name, "down"));
    up.iter().skip(1).zip(down).map(|(up, down)| up - down).collect()
}

fn about(wait: f64, seconds: f64) -> bool {
    // A tenth of jitter, and what the turns of the simulation take.
    (seconds * 0.9..seconds * 1.1 + 0.1).contains(&wait)
}

#[test]
fn a_service_that_keeps_failing_waits_longer_each_time_and_is_given_up_in_the_end() {
    let restart = ", restart: {initial_delay: 1s, max_delay: 5s, backoff_factor: 2.0, max_attempts: 5}";
    seeds(&[service("s", ", fails_after: 500", restart)], |stage| {
        stage.run_for(3600);
        let waits = waits(stage, "s");
        assert_eq!(waits.len(), 4, "five attempts are four restarts: {waits:?}");
        for (wait, expected) in waits.iter().zip([1.0, 2.0, 4.0, 5.0]) {
            assert!(about(*wait, expected), "{wait} is not about {expected}");
        }
        let state = stage.service("s");
        assert_eq!((state.status, state.retry_count, state.pid), (Status::Failed, 5, None));
        assert_eq!(state.details, "had enough");
    });
}

#[test]
fn a_service_that_was_stable_before_it_failed_is_restarted_without_end_and_without_longer_waits() {
    let restart = ", stable_threshold: 5s, restart: {initial_delay: 1s, max_attempts: 3}";
    seeds(&[service("s", ", fails_after: 6000", restart)], |stage| {
        stage.run_for(600);
        let waits = waits(stage, "s");
        assert!(waits.len() > 70, "ten minutes of seven seconds each: {}", waits.len());
        assert!(waits.iter().all(|wait| about(*wait, 1.0)), "{waits:?}");
    });
}

#[test]
fn a_service_that_ends_well_is_not_started_again() {
    seeds(&[service("s", ", ends_after: 100", "")], |stage| {
        stage.run_for(3600);
        assert_eq!(stage.order("up"), ["s"]);
        assert_eq!(stage.service("s").status, Status::Exited);
    });
}

#[test]
fn services_start_after_what_they_require_and_stop_before_it() {
    let services = [
        service("top", ", stops_after: 300", ", requires: [middle.service]"),
        service("middle", ", starts_after: 200, stops_after: 2000", ", requires: [base.service]"),
        service("base", ", starts_after: 700", ""),
    ];
    seeds(&services, |stage| {
        stage.run_for(5);
        assert_eq!(stage.order("up"), ["base", "middle", "top"]);
        stage.node.stop_services();
        stage.run_for(10);
        assert_eq!(stage.order("stopped"), ["top", "middle", "base"]);
        assert!(stage.node.services().iter().all(|s| s.status == Status::Stopped), "{:?}", stage.node.services());
        // Nobody waits longer than it takes: the middle one stops two seconds after the top one.
        let wait = stage.times("middle", "stopped")[0] - stage.times("top", "stopped")[0];
        assert!((2.0..2.1).contains(&wait), "{wait}");
    });
}

#[test]
fn a_start_that_takes_too_long_is_given_up_and_tried_again() {
    let restart = ", start_timeout: 2s, restart: {initial_delay: 3s, max_attempts: 2}";
    seeds(&[service("s", ", starts_after: 60000", restart)], |stage| {
        stage.run_for(600);
        let begun = stage.times("s", "begins");
        assert_eq!(begun.len(), 2, "{begun:?}");
        assert!(about(begun[1] - begun[0] - 2.0, 3.0), "{begun:?}");
        assert_eq!(stage.order("up"), [""; 0], "what was given up does not come up later");
        assert_eq!((stage.service("s").status, stage.service("s").details.as_str()), (Status::Failed, "start timeout"));
    });
}

#[test]
fn a_service_that_does_not_stop_in_time_is_killed() {
    seeds(&[service("deaf", ", stops_after: 86400000", ", stop_timeout: 4s")], |stage| {
        stage.run_for(1);
        let pid = stage.service("deaf").pid.expect("it is up");
        stage.node.stop_services();
        stage.run_for(3);
        assert!(stage.node.scheduler().stats(pid).is_some(), "it still has a second");
        stage.run_for(2);
        assert!(stage.node.scheduler().stats(pid).is_none());
        assert_eq!(stage.service("deaf").status, Status::Stopped);
    });
}

#[test]
fn a_service_waits_for_one_that_fails_at_first_and_starts_once_that_one_is_up() {
    let services = [
        service("late", ", starts_after: 100, bad_starts: 2", ", restart: {initial_delay: 10s}"),
        service("user", "", ", requires: [late.service]"),
    ];
    seeds(&services, |stage| {
        stage.run_for(25);
        assert_eq!((stage.service("late").status, stage.service("user").status), (Status::Failed, Status::Unknown));
        stage.run_for(25);
        assert_eq!(stage.order("up"), ["late", "user"]);
        assert_eq!((stage.service("late").status, stage.service("user").status), (Status::Running, Status::Running));
        assert_eq!(stage.service("late").retry_count, 2);
    });
}

#[test]
fn a_service_that_requires_one_which_is_given_up_stays_down() {
    let services = [
        service("never", ", starts_after: 100, bad_starts: 9", ", restart: {max_attempts: 3}"),
        service("user", "", ", requires: [never.service]"),
    ];
    seeds(&services, |stage| {
        stage.run_for(3600);
        assert_eq!((stage.service("never").status, stage.service("user").status), (Status::Failed, Status::Unknown));
        assert_eq!(stage.order("up"), [""; 0]);
    });
}

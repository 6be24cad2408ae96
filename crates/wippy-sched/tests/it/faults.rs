//! Bad machines and bad handlers: each has one stated outcome (the table in `src/README.md`).

use crate::script::{PATIENCE, node, script, seeds, waiter};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use wippy_core::{Answer, Asked, Command, Cx, Error, ErrorKind, Event, Start, StateMachine, Step, Value, Values};
use wippy_sched::{Config, HostConfig, Scheduler, Settled};
use wippy_sim::World;

#[test]
fn a_step_that_panics_under_any_schedule_ends_only_its_own_process() {
    seeds(|world| {
        let (other, end) = world.watched(waiter(), ()).unwrap();
        let (_, exit) = world.watched(script(|_, _| panic!("oops"), |_, _| None), ()).unwrap();
        assert_eq!(world.end_of(&exit).unwrap_err().message(), "process panicked: oops");
        world.scheduler().send(other, "stop", 1).unwrap();
        assert_eq!(world.end_of(&end), Ok(Value::Int(1)));
    });
}

struct ClosePanics;
impl StateMachine for ClosePanics {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, _: &mut Cx) -> Step {
        Step::Complete(Ok(Value::Int(3)))
    }
    fn close(&mut self) {
        panic!("close panics");
    }
}

#[test]
fn a_close_that_panics_changes_nothing_about_how_the_process_ended() {
    seeds(|world| {
        assert_eq!(world.run(ClosePanics), Ok(Value::Int(3)));
        assert_eq!(world.host().stats().processes, 0);
        assert_eq!(world.run(ClosePanics), Ok(Value::Int(3)), "the worker goes on");
    });
}

/// Always ready, never done.
struct Busy;
impl StateMachine for Busy {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, _: &mut Cx) -> Step {
        Step::Ready
    }
    fn close(&mut self) {}
}

#[test]
fn a_machine_that_never_completes_lets_others_run_and_can_be_killed() {
    let node = Scheduler::start(Config::default().workers(1)).unwrap();
    let host = node.add_host("test:host", Default::default()).unwrap();
    let (busy, end) = node.spawn_watched(&host, Busy, ()).unwrap();
    let (other, exit) = node.spawn_watched(&host, waiter(), ()).unwrap();
    node.send(other, "stop", 9).unwrap();
    assert_eq!(exit.wait_for(PATIENCE), Some(Ok(Value::Int(9))));
    assert!(node.terminate(busy));
    assert_eq!(end.wait_for(PATIENCE).unwrap().unwrap_err().message(), "process terminated");
    assert_eq!(node.shutdown(PATIENCE), Settled { gracefully: true, completely: true });
}

struct Twice;
impl Command for Twice {
    type Reply = Value;
    const NAME: &'static str = "test.twice";
}
struct Never;
impl Command for Never {
    type Reply = Value;
    const NAME: &'static str = "test.never";
}
struct Kept;
impl Command for Kept {
    type Reply = Value;
    const NAME: &'static str = "test.kept";
}
struct Nobodys;
impl Command for Nobodys {
    type Reply = Value;
    const NAME: &'static str = "test.nobodys";
}

/// Asks `command` in its first step; ends with the only answer it gets within a day, and how many came.
fn asks<C: Command>(command: C) -> crate::script::Script {
    let mut answers = Vec::new();
    let mut day = None;
    let mut command = Some(command);
    script(
        |cx, _| {
            cx.send(cx.pid(), "go", ()).unwrap();
            None
        },
        move |cx, event| match event {
            Event::Message(_) => {
                day = Some(cx.timer(Duration::from_secs(86_400)).raw());
                match cx.ask(command.take().unwrap()) {
                    Asked::Later(_) => None,
                    Asked::Done(Err(e)) => Some(Err(e)),
                    Asked::Done(Ok(_)) => Some(Err(Error::internal("answered at once"))),
                }
            }
            Event::Reply { tag, .. } if Some(tag) == day => Some(Ok(Value::from(answers.join(", ")))),
            Event::Reply { answer, .. } => {
                answers.push(match answer {
                    Ok(Answer::Value(v)) => format!("{v:?}"),
                    Ok(_) => "another kind of answer".to_owned(),
                    Err(e) => e.message().to_owned(),
                });
                None
            }
            _ => None,
        },
    )
}

#[test]
fn a_command_gets_one_answer_whatever_its_handler_does() {
    for seed in 0..100 {
        let kept = Arc::new(std::sync::Mutex::new(Vec::new()));
        let keep = kept.clone();
        let config = Config::default()
            .handle::<Twice>(|call| {
                call.replier().answer(Ok(Value::Int(1)));
                Some(Ok(Value::Int(2)))
            })
            .handle::<Never>(|_| None)
            .handle::<Kept>(move |call| {
                keep.lock().unwrap().push(call.replier());
                None
            });
        let mut world = World::with(seed, config);
        assert_eq!(world.run(asks(Twice)), Ok(Value::from("Int(1)")), "the first answer counts");
        assert_eq!(world.run(asks(Never)), Ok(Value::from("test.never was not answered")));
        assert_eq!(world.run(asks(Nobodys)).unwrap_err().message(), "nobody handles the command test.nobodys");
        assert_eq!(world.run(asks(Kept)), Ok(Value::from("")), "who keeps the duty keeps the asker waiting");
        // The asker is gone: its answer is nobody's.
        kept.lock().unwrap().drain(..).for_each(|replier| replier.answer(Ok(Value::Int(5))));
        world.settle_now();
    }
}

#[test]
fn a_pid_of_a_process_that_ended_never_reaches_the_next_owner_of_its_slot() {
    seeds(|world| {
        let mut ended: Vec<wippy_core::Pid> = Vec::new();
        let next = |cx: &mut Cx| {
            let with = wippy_core::SpawnWith { monitor: true, ..Default::default() };
            let pid = cx.spawn_machine(waiter(), (), with).unwrap();
            cx.timer(Duration::from_secs(1));
            pid
        };
        let mut present: Option<wippy_core::Pid> = None;
        // A child after the other, on the same workers, whose slots go round among them.
        let parent = script(
            move |cx, _| {
                let first = next(cx);
                cx.register("first", first).unwrap();
                None
            },
            move |cx, event| match event {
                Event::Reply { .. } => {
                    for gone in &ended {
                        assert_eq!(cx.send(*gone, "fail", ()).unwrap_err().0.message(), "process not found");
                        cx.terminate(*gone).unwrap_err();
                        cx.cancel(*gone, "late").unwrap_err();
                        cx.link(*gone).unwrap_err();
                    }
                    let pid = present.take().or_else(|| cx.lookup("first")).unwrap();
                    cx.send(pid, "stop", 7).unwrap();
                    None
                }
                Event::Exit(notice) => {
                    assert_eq!(notice.result, Ok(Value::Int(7)), "touched by what was meant for another");
                    ended.push(notice.from);
                    let slots: std::collections::HashSet<_> = ended.iter().map(|p| p.slot()).collect();
                    if ended.len() == 60 {
                        assert!(slots.len() < 60, "no slot was used again: this shows nothing");
                        return Some(Ok(Value::Nil));
                    }
                    present = Some(next(cx));
                    None
                }
                _ => None,
            },
        );
        assert_eq!(world.run(parent), Ok(Value::Nil));
    });
}

#[test]
fn no_workers_means_as_many_as_processors_and_more_than_processors_is_allowed() {
    let node = Scheduler::start(Config::default().workers(0)).unwrap();
    assert_eq!(node.workers(), std::thread::available_parallelism().unwrap().get());
    let many = 4 * node.workers() + 3;
    let node = Scheduler::start(Config::default().workers(many)).unwrap();
    assert_eq!(node.workers(), many);
    let host = node.add_host("test:host", HostConfig { workers: many, ..Default::default() }).unwrap();
    let ends: Vec<_> = (0..200).map(|_| node.spawn_watched(&host, waiter(), ()).unwrap()).collect();
    ends.iter().for_each(|(pid, _)| node.send(*pid, "stop", 1).unwrap());
    ends.iter().for_each(|(_, exit)| assert_eq!(exit.wait_for(PATIENCE), Some(Ok(Value::Int(1)))));
    assert_eq!(node.shutdown(PATIENCE), Settled { gracefully: true, completely: true });
}

#[test]
fn a_host_that_stops_while_others_send_to_it_ends_and_tells_every_sender() {
    let (node, senders_host) = node();
    let host = node.add_host("test:stops", Default::default()).unwrap();
    let received = Arc::new(AtomicUsize::new(0));
    let counting = |received: Arc<AtomicUsize>| {
        script(
            |_, _| None,
            move |_, event| match event {
                Event::Message(_) => {
                    received.fetch_add(1, Ordering::SeqCst);
                    None
                }
                Event::Cancel(_) => Some(Ok(Value::Nil)),
                _ => None,
            },
        )
    };
    let targets: Vec<_> = (0..4).map(|_| node.spawn_watched(&host, counting(received.clone()), ()).unwrap()).collect();
    let (began, delivered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let senders: Vec<_> = targets
        .iter()
        .map(|(to, _)| {
            let (to, began, delivered) = (*to, began.clone(), delivered.clone());
            // Sends until it is told that nobody is there any more.
            let sender = Sends { to, began, delivered };
            node.spawn_watched(&senders_host, sender, ()).unwrap().1
        })
        .collect();
    while !began.load(Ordering::SeqCst) {
        std::thread::yield_now();
    }
    assert!(node.stop_host(&host, "closing", PATIENCE), "all end by themselves");
    for (_, exit) in &targets {
        assert_eq!(exit.wait_for(PATIENCE), Some(Ok(Value::Nil)));
    }
    for exit in &senders {
        let told = exit.wait_for(PATIENCE).unwrap().unwrap();
        let told = told.as_str().unwrap();
        assert!(["host is not running", "process not found"].contains(&told), "{told}");
    }
    assert!(received.load(Ordering::SeqCst) <= delivered.load(Ordering::SeqCst));
    assert_eq!(*node.spawn(&host, waiter(), ()).unwrap_err().kind(), ErrorKind::Unavailable);
    node.restart_host(&host);
    node.spawn(&host, waiter(), ()).unwrap();
}

struct Sends {
    to: wippy_core::Pid,
    began: Arc<AtomicBool>,
    delivered: Arc<AtomicUsize>,
}

impl StateMachine for Sends {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        for _ in 0..16 {
            if let Err((e, _)) = cx.send(self.to, "n", ()) {
                return Step::Complete(Ok(Value::from(e.message())));
            }
            self.delivered.fetch_add(1, Ordering::SeqCst);
        }
        self.began.store(true, Ordering::SeqCst);
        Step::Ready
    }
    fn close(&mut self) {}
}

//! Limits of mailboxes, what a process has used, and what overtakes a long queue.

use crate::script::{PATIENCE, Script, node, script, seeds};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use wippy_core::{Cx, Error, ErrorKind, Event, SpawnWith, Start, StateMachine, Step, Value, Values};
use wippy_sched::{HostConfig, QUEUE_MESSAGES_MAX};
use wippy_sim::World;

/// Ends when it is told to, with the number of messages that came before.
fn counter() -> Script {
    let mut n = 0;
    script(
        |_, _| None,
        move |cx, event| match event {
            Event::Message(m) if m.topic == "stop" => Some(Ok(Value::Int(n))),
            Event::Message(_) => {
                cx.consumed(1);
                n += 1;
                None
            }
            Event::Cancel(c) => Some(Ok(Value::from(format!("{n} {}", c.reason)))),
            _ => None,
        },
    )
}

#[test]
fn a_mailbox_bounded_in_bytes_refuses_what_does_not_fit_and_takes_signals() {
    seeds(|world| {
        let limits = HostConfig { max_mailbox_bytes: 10_000, ..Default::default() };
        let host = world.scheduler().add_host("test:bytes", limits).unwrap();
        let (pid, exit) = world.scheduler().spawn_watched(&host, counter(), ()).unwrap();
        let node = world.scheduler();
        let error = node.send(pid, "n", "x".repeat(10_001)).unwrap_err();
        assert_eq!((error.kind(), error.message()), (&ErrorKind::Unavailable, "mailbox full"));
        node.send(pid, "n", "x".repeat(9_000)).unwrap();
        node.send(pid, "n", "x".repeat(5_000)).unwrap_err();
        world.settle_now();
        // What was used up is free again.
        let fits = (0..10_000).take_while(|_| world.scheduler().send(pid, "n", 1).is_ok()).count();
        assert!((2..10_000).contains(&fits), "{fits}");
        world.settle_now();
        world.scheduler().send(pid, "n", "x".repeat(9_000)).unwrap();
        world.scheduler().cancel(pid, "signals pass").unwrap();
        assert_eq!(world.end_of(&exit), Ok(Value::from(format!("{} signals pass", fits + 2))));
    });
}

#[test]
fn a_mailbox_may_hold_more_messages_than_its_word_can_count() {
    const MANY: usize = 100_000;
    let mut world = World::new(3);
    let limits = HostConfig { max_mailbox: MANY, ..Default::default() };
    let host = world.scheduler().add_host("test:many", limits).unwrap();
    let (pid, exit) = world.scheduler().spawn_watched(&host, counter(), ()).unwrap();
    let node = world.scheduler();
    (0..MANY).for_each(|_| node.send(pid, "n", ()).unwrap());
    assert_eq!(*node.send(pid, "n", ()).unwrap_err().kind(), ErrorKind::Unavailable);
    world.settle_now();
    world.scheduler().send(pid, "stop", ()).unwrap();
    assert_eq!(world.end_of(&exit), Ok(Value::Int(MANY as i64)));
    let limits = HostConfig { max_mailbox: QUEUE_MESSAGES_MAX + 1, ..Default::default() };
    assert_eq!(*world.scheduler().add_host("test:more", limits).unwrap_err().kind(), ErrorKind::Invalid);
}

/// Takes two messages a step, and says it holds a mebibyte.
struct TwoAtATime;

impl StateMachine for TwoAtATime {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        for _ in 0..2 {
            match cx.next_event() {
                Some(Event::Message(m)) => drop(cx.send(m.from, "got", ()).is_ok()),
                _ => return Step::Idle,
            }
        }
        Step::Ready
    }
    fn close(&mut self) {}
    fn memory_bytes(&self) -> usize {
        1 << 20
    }
}

#[test]
fn stats_count_steps_messages_and_memory_and_are_gone_with_the_process() {
    seeds(|world| {
        let (pid, exit) = world.watched(TwoAtATime, ()).unwrap();
        let listener = world.spawn(counter(), ()).unwrap();
        let asker = script(
            move |cx, _| {
                (0..7).for_each(|i| cx.send(pid, "n", i).unwrap());
                Some(Ok(Value::Nil))
            },
            |_, _| None,
        );
        let (_, asked) = world.watched(asker, ()).unwrap();
        world.end_of(&asked).unwrap();
        world.settle_now();
        let stats = world.scheduler().stats(pid).unwrap();
        assert_eq!((stats.received, stats.waiting), (7, 0));
        assert!(stats.steps >= 4, "two a step: {stats:?}");
        assert_eq!(stats.memory_bytes, 1 << 20);
        (0..5).for_each(|_| world.scheduler().send(pid, "n", ()).unwrap());
        assert_eq!(world.scheduler().stats(pid).unwrap().waiting, 5);
        assert_eq!(world.scheduler().stats(listener).unwrap().received, 0);
        assert!(world.scheduler().terminate(pid));
        world.end_of(&exit).unwrap_err();
        assert_eq!(world.scheduler().stats(pid), None);
    });
}

#[test]
fn what_was_sent_and_delivered_is_counted_and_what_was_refused_is_not() {
    seeds(|world| {
        let to = world.spawn(counter(), ()).unwrap();
        let sender = script(
            move |cx, _| {
                (0..3).for_each(|_| cx.send(to, "n", ()).unwrap());
                let gone = wippy_core::Pid::new(to.place(), 9_999, 0);
                cx.send(gone, "n", ()).unwrap_err();
                None
            },
            |_, _| None,
        );
        let pid = world.spawn(sender, ()).unwrap();
        world.settle_now();
        assert_eq!(world.scheduler().stats(pid).unwrap().sent, 3);
    });
}

/// Takes one message a step and gives way: a queue takes it as many steps as it is long.
struct OneAtATime(Arc<AtomicUsize>);

impl StateMachine for OneAtATime {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        match cx.next_event() {
            Some(_) => {
                self.0.fetch_add(1, Ordering::SeqCst);
                Step::Ready
            }
            None => Step::Idle,
        }
    }
    fn close(&mut self) {}
}

#[test]
fn terminate_ends_a_process_with_a_million_messages_before_its_next_step() {
    let mut world = World::new(5);
    let taken = Arc::new(AtomicUsize::new(0));
    let (pid, exit) = world.watched(OneAtATime(taken.clone()), ()).unwrap();
    let node = world.scheduler();
    (0..1_000_000).for_each(|_| node.send(pid, "n", ()).unwrap());
    (0..10).for_each(|_| assert!(world.simulation().turn()));
    let before = taken.load(Ordering::SeqCst);
    assert_eq!(before, 10);
    assert!(world.scheduler().terminate(pid));
    assert!(world.simulation().turn());
    assert_eq!(exit.wait_for(Duration::ZERO).unwrap().unwrap_err().message(), "process terminated");
    assert_eq!(taken.load(Ordering::SeqCst), before, "no step in between");
}

#[test]
fn a_broken_link_ends_a_process_with_a_long_queue_before_its_next_step() {
    seeds(|world| {
        let taken = Arc::new(AtomicUsize::new(0));
        let count = taken.clone();
        let parent = script(
            move |cx, _| {
                let with = SpawnWith { link: true, name: Some("child".into()), ..SpawnWith::default() };
                cx.spawn_machine(OneAtATime(count), (), with).unwrap();
                None
            },
            |_, _| Some(Err(Error::internal("told to fail"))),
        );
        let (parent, exit) = world.watched(parent, ()).unwrap();
        world.settle_now();
        let child = world.scheduler().lookup("child").unwrap();
        // The parent fails first; the child hears of it behind all these.
        world.scheduler().send(parent, "fail", ()).unwrap();
        (0..1_000).for_each(|_| world.scheduler().send(child, "n", ()).unwrap());
        world.end_of(&exit).unwrap_err();
        let before = taken.load(Ordering::SeqCst);
        world.settle_now();
        assert_eq!(world.scheduler().processes(None), []);
        assert_eq!(taken.load(Ordering::SeqCst), before, "no step in between");
    });
}

#[test]
fn busy_time_grows_while_a_step_runs_and_only_for_the_process_that_runs() {
    let (node, host) = node();
    let over = Arc::new(AtomicUsize::new(0));
    let seen = over.clone();
    let burns = script(
        move |_, _| {
            while seen.load(Ordering::Relaxed) == 0 {
                std::hint::spin_loop();
            }
            Some(Ok(Value::Nil))
        },
        |_, _| None,
    );
    let idle = node.spawn(&host, counter(), ()).unwrap();
    let (busy, exit) = node.spawn_watched(&host, burns, ()).unwrap();
    let patience = std::time::Instant::now() + PATIENCE;
    while node.stats(busy).unwrap().busy < Duration::from_millis(3) {
        assert!(std::time::Instant::now() < patience, "a step that runs on and on is not counted");
        std::thread::yield_now();
    }
    over.store(1, Ordering::Relaxed);
    assert_eq!(exit.wait(), Ok(Value::Nil));
    // Its one short step may have been seen by one tick.
    assert!(node.stats(idle).unwrap().busy <= Duration::from_millis(1));
}

#[test]
fn whoever_gets_a_slot_next_has_all_of_its_room() {
    seeds(|world| {
        let limits = HostConfig { max_mailbox_bytes: 10_000, ..Default::default() };
        let host = world.scheduler().add_host("test:bytes", limits).unwrap();
        let mut rooms = Vec::new();
        for round in 0..4 {
            let node = world.scheduler();
            let (pid, exit) = node.spawn_watched(&host, counter(), ()).unwrap();
            rooms.push((0..1000).take_while(|n| node.send(pid, "n", *n).is_ok()).count());
            // One ends with messages that nobody has seen, another with some that it has taken and not used.
            if round % 2 == 0 {
                world.settle_now();
                world.scheduler().send(pid, "n", "x".repeat(5_000)).unwrap();
            }
            world.scheduler().terminate(pid);
            world.end_of(&exit).unwrap_err();
        }
        assert!(rooms[0] > 10 && rooms.iter().all(|room| *room == rooms[0]), "{rooms:?}");
    });
}

/// Panics when it is asked for its bound.
struct Boundless;

impl StateMachine for Boundless {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, _: &mut Cx) -> Step {
        Step::Idle
    }
    fn close(&mut self) {}
    fn mailbox_max(&self) -> usize {
        panic!("no bound")
    }
}

#[test]
fn a_machine_that_panics_before_it_starts_is_refused_and_leaves_nothing_behind() {
    seeds(|world| {
        let error = world.spawn(Boundless, ()).unwrap_err();
        assert_eq!(error.message(), "process panicked: no bound");
        assert_eq!(world.host().stats().processes, 0);
    });
}

//! Spawn, messages, panics, bounds, timers, the end of the node.

use crate::script::{PATIENCE, node, script, seeds, waiter};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use wippy_core::{Asked, Command, Cx, Error, ErrorKind, Event, SpawnWith, Start, StateMachine, Step, Value, Values};
use wippy_sched::{Config, HostConfig, Scheduler, Settled};

#[test]
fn messages_of_one_sender_arrive_in_order_while_processes_move_between_workers() {
    let (node, host) = node();
    const N: i64 = 20_000;
    let receiver = |senders: usize| {
        let mut next = std::collections::HashMap::new();
        let mut left = senders as i64 * N;
        script(
            |_, _| None,
            move |_, event| {
                let Event::Message(m) = event else {
                    return None;
                };
                let expected = next.entry(m.from).or_insert(0);
                if m.values.first().as_int() != Some(*expected) {
                    return Some(Err(Error::internal(format!("{} sent {:?}, expected {expected}", m.from, m.values))));
                }
                *expected += 1;
                left -= 1;
                (left == 0).then_some(Ok(Value::Nil))
            },
        )
    };
    let (to, exit) = node.spawn_watched(&host, receiver(4), ()).unwrap();
    for _ in 0..4 {
        let sender = script(
            move |cx, _| {
                for i in 0..N {
                    cx.send(to, "n", i).unwrap();
                }
                Some(Ok(Value::Nil))
            },
            |_, _| None,
        );
        node.spawn(&host, sender, ()).unwrap();
    }
    assert_eq!(exit.wait_for(PATIENCE), Some(Ok(Value::Nil)));
}

#[test]
fn a_panic_in_a_step_ends_that_process_and_no_other() {
    let (node, host) = node();
    let (_, other) = node.spawn_watched(&host, waiter(), ()).unwrap();
    let (_, exit) = node.spawn_watched(&host, script(|_, _| panic!("oops"), |_, _| None), ()).unwrap();
    let error = exit.wait_for(PATIENCE).unwrap().unwrap_err();
    assert_eq!((error.kind(), error.message()), (&ErrorKind::Internal, "process panicked: oops"));
    assert_eq!(node.processes(None).len(), 1);
    let pid = node.processes(None)[0];
    node.send(pid, "stop", 5).unwrap();
    assert_eq!(other.wait_for(PATIENCE), Some(Ok(Value::Int(5))));
}

struct Counted(Arc<AtomicUsize>, fn(&mut Cx) -> Step);

impl StateMachine for Counted {
    fn init(&mut self, _: &mut Cx, _: &str, args: Values) -> Result<Start, Error> {
        if args.first() == Value::Bool(false) { Err(Error::invalid("refused")) } else { Ok(Start::Ready) }
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        (self.1)(cx)
    }
    fn close(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
        panic!("close panics too");
    }
}

#[test]
fn close_is_called_exactly_once_however_a_process_ends() {
    let (node, host) = node();
    let closed = Arc::new(AtomicUsize::new(0));
    let machine = |f: fn(&mut Cx) -> Step| Counted(closed.clone(), f);
    assert_eq!(node.spawn(&host, machine(|_| Step::Idle), false).unwrap_err().message(), "refused");
    assert_eq!(closed.load(Ordering::SeqCst), 1, "after a refused init");
    let ends: [fn(&mut Cx) -> Step; 2] = [|_| Step::Complete(Ok(Value::Nil)), |_| panic!("in step")];
    for end in ends {
        let (_, exit) = node.spawn_watched(&host, machine(end), ()).unwrap();
        exit.wait_for(PATIENCE).unwrap().ok();
    }
    let (pid, exit) = node.spawn_watched(&host, machine(|_| Step::Idle), ()).unwrap();
    node.terminate(pid);
    assert_eq!(exit.wait_for(PATIENCE).unwrap().unwrap_err().message(), "process terminated");
    assert_eq!(closed.load(Ordering::SeqCst), 4);
}

#[test]
fn a_dead_pid_finds_nothing_even_when_its_slot_is_used_again() {
    let (node, host) = node();
    let (old, exit) = node.spawn_watched(&host, waiter(), ()).unwrap();
    node.send(old, "stop", ()).unwrap();
    exit.wait_for(PATIENCE).unwrap().unwrap();
    let new = node.spawn(&host, waiter(), ()).unwrap();
    assert_ne!(old, new);
    let error = node.send(old, "stop", ()).unwrap_err();
    assert_eq!((error.kind(), error.message()), (&ErrorKind::NotFound, "process not found"));
}

#[test]
fn terminate_overtakes_a_backlog() {
    let (node, host) = node();
    let gate = Arc::new(std::sync::Barrier::new(2));
    let (open, seen) = (gate.clone(), Arc::new(AtomicUsize::new(0)));
    let count = seen.clone();
    let slow = script(
        move |_, _| {
            open.wait();
            open.wait();
            None
        },
        move |_, _| {
            count.fetch_add(1, Ordering::SeqCst);
            None
        },
    );
    let (pid, exit) = node.spawn_watched(&host, slow, ()).unwrap();
    gate.wait();
    for i in 0..1000 {
        node.send(pid, "n", i).unwrap();
    }
    node.terminate(pid);
    gate.wait();
    assert!(exit.wait_for(PATIENCE).unwrap().is_err());
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}

#[test]
fn a_kill_that_a_step_has_seen_ends_the_process_whatever_the_step_says() {
    for said in [None, Some(Ok(Value::Nil))] {
        let (node, host) = node();
        let gate = Arc::new(std::sync::Barrier::new(2));
        let open = gate.clone();
        let busy = script(
            move |cx, _| {
                open.wait();
                while !cx.killed() {
                    std::thread::yield_now();
                }
                said.clone()
            },
            |_, _| None,
        );
        let (pid, exit) = node.spawn_watched(&host, busy, ()).unwrap();
        gate.wait();
        node.terminate(pid);
        assert_eq!(exit.wait_for(PATIENCE).unwrap().unwrap_err().message(), "process terminated");
    }
}

#[test]
fn a_full_mailbox_refuses_and_hands_the_message_back() {
    let (node, _) = node();
    let host = node.add_host("test:small", HostConfig { max_mailbox: 2, ..Default::default() }).unwrap();
    let stuck = script(|_, _| None, |_, _| None);
    let pid = node.spawn(&host, stuck, ()).unwrap();
    let mut refused = None;
    for i in 0..3 {
        refused = node.send(pid, "n", i).err();
    }
    let refused = refused.expect("the third of three unread messages does not fit");
    assert_eq!((refused.kind(), refused.message()), (&ErrorKind::Unavailable, "mailbox full"));
    node.cancel(pid, "signals pass").unwrap();
}

#[test]
fn a_host_admits_no_more_than_its_limit() {
    seeds(|world| {
        let host =
            world.scheduler().add_host("test:two", HostConfig { max_processes: 2, ..Default::default() }).unwrap();
        let node = world.scheduler();
        node.spawn(&host, waiter(), ()).unwrap();
        let pid = node.spawn(&host, waiter(), ()).unwrap();
        assert_eq!(*node.spawn(&host, waiter(), ()).unwrap_err().kind(), ErrorKind::RateLimited);
        node.send(pid, "stop", ()).unwrap();
        world.settle_now();
        assert_eq!(host.stats().processes, 1);
        world.scheduler().spawn(&host, waiter(), ()).unwrap();
    });
}

#[test]
fn a_timer_is_never_early_and_an_abandoned_one_never_comes() {
    seeds(|world| {
        let mut tags = Vec::new();
        let mut began = Duration::ZERO;
        let machine = script(
            |cx, _| {
                cx.send(cx.pid(), "go", ()).unwrap();
                None
            },
            move |cx, event| match event {
                Event::Message(_) => {
                    began = cx.now();
                    tags = vec![cx.timer(Duration::from_millis(30)).raw(), cx.timer(Duration::from_millis(10)).raw()];
                    let given_up = cx.timer(Duration::from_millis(5));
                    cx.abandon(given_up.raw());
                    None
                }
                Event::Reply { tag, .. } => {
                    let i = tags.iter().position(|t| *t == tag).expect("an abandoned timer came");
                    assert!(cx.now() - began >= Duration::from_millis([30, 10][i]), "early");
                    (i == 0).then_some(Ok(Value::Nil))
                }
                _ => None,
            },
        );
        assert_eq!(world.run(machine), Ok(Value::Nil));
    });
}

struct Double(i64);
impl Command for Double {
    type Reply = Value;
    const NAME: &'static str = "test.double";
}
struct Forgotten;
impl Command for Forgotten {
    type Reply = ();
    const NAME: &'static str = "test.forgotten";
}
struct Unknown;
impl Command for Unknown {
    type Reply = ();
    const NAME: &'static str = "test.unknown";
}

#[test]
fn a_command_finds_its_handler_and_an_unanswered_one_fails() {
    let config = Config::default()
        .workers(1)
        .handle::<Double>(|call| Some(Ok(Value::Int(call.command.0 * 2))))
        .handle::<Forgotten>(|call| {
        drop(call.replier());
        None
    });
    let node = Scheduler::start(config).unwrap();
    let host = node.add_host("test:host", Default::default()).unwrap();
    let mut waiting = Vec::new();
    let machine = script(
        |cx, _| {
            cx.send(cx.pid(), "go", ()).unwrap();
            None
        },
        move |cx, event| match event {
            Event::Message(_) => {
                let Asked::Done(Err(e)) = cx.ask(Unknown) else { panic!("nobody handles it") };
                assert_eq!(e.message(), "nobody handles the command test.unknown");
                let (Asked::Later(a), Asked::Later(b)) = (cx.ask(Double(21)), cx.ask(Forgotten)) else { panic!() };
                waiting = vec![a.raw(), b.raw()];
                None
            }
            Event::Reply { tag, answer } if tag == waiting[0] => {
                assert!(matches!(answer, Ok(wippy_core::Answer::Value(Value::Int(42)))), "{answer:?}");
                None
            }
            Event::Reply { answer, .. } => Some(Ok(Value::from(answer.unwrap_err().message()))),
            _ => None,
        },
    );
    let (_, exit) = node.spawn_watched(&host, machine, ()).unwrap();
    assert_eq!(exit.wait_for(PATIENCE), Some(Ok(Value::from("the request was dropped without an answer"))));
}

#[test]
fn first_messages_come_before_all_others_and_a_taken_name_refuses() {
    let (node, host) = node();
    let with = || SpawnWith {
        name: Some("only".into()),
        messages: vec![("stop".into(), Values::from(1))],
        ..SpawnWith::default()
    };
    let holder = node.spawn_with(&host, waiter(), (), SpawnWith { messages: vec![], ..with() }).unwrap();
    assert_eq!(*node.spawn_with(&host, waiter(), (), with()).unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(node.lookup("only"), Some(holder));
    node.send(holder, "stop", ()).unwrap();
}

#[test]
fn shutdown_asks_first_and_kills_who_does_not_listen() {
    let (node, host) = node();
    node.spawn(&host, waiter(), ()).unwrap();
    assert_eq!(node.shutdown(PATIENCE), Settled { gracefully: true, completely: true });

    let (node, host) = crate::script::node();
    let (_, exit) = node.spawn_watched(&host, script(|_, _| None, |_, _| None), ()).unwrap();
    assert_eq!(node.shutdown(Duration::from_millis(10)), Settled { gracefully: false, completely: true });
    assert_eq!(exit.wait_for(PATIENCE).unwrap().unwrap_err().message(), "process terminated");
    assert_eq!(*node.spawn(&host, waiter(), ()).unwrap_err().kind(), ErrorKind::Unavailable);
}

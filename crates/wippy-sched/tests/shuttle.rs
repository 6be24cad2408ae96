//! The whole scheduler under shuttle: real workers, real queues and the real clock thread, in random schedules of far
//! more steps than loom can explore. A wake-up that is lost is a deadlock, which shuttle reports with its schedule.
//!
//! `RUSTFLAGS="--cfg shuttle" cargo test -p wippy-sched --test shuttle --release`; `SCHEDULES=100000` looks at more.
#![cfg(shuttle)]

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler as Schedules};
use shuttle::thread;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use wippy_core::{Cx, Error, Event, Pid, SpawnWith, Start, StateMachine, Step, Value, Values};
use wippy_sched::{Config, Host, HostConfig, Scheduler, Settled};

/// Ended by itself, well within the time that it had.
const WELL: Settled = Settled { gracefully: true, completely: true };

/// More than any process here takes; time moves by looks at it.
const PATIENCE: Duration = Duration::from_secs(600);

fn check(f: impl Fn() + Send + Sync + 'static) {
    let schedules = std::env::var("SCHEDULES").map_or(4000, |n| n.parse().expect("SCHEDULES is a number"));
    let f = Arc::new(f);
    run(RandomScheduler::new(schedules), f.clone());
    run(PctScheduler::new(3, schedules / 4), f);
}

fn run(schedules: impl Schedules + 'static, f: Arc<dyn Fn() + Send + Sync>) {
    let mut config = shuttle::Config::new();
    config.stack_size = 0x40000;
    shuttle::Runner::new(schedules, config).run(move || f());
}

/// How often machines were initialised and closed.
#[derive(Default)]
struct Lives {
    begun: AtomicUsize,
    closed: AtomicUsize,
}

/// Passes a number on to `next`, one less, until it is 0; ends then, and when it is told to.
struct Relay {
    next: Option<Pid>,
    lives: Arc<Lives>,
    closed: bool,
}

impl Relay {
    fn new(lives: &Arc<Lives>, next: Option<Pid>) -> Relay {
        Relay { next, lives: lives.clone(), closed: false }
    }
}

impl StateMachine for Relay {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        self.lives.begun.fetch_add(1, SeqCst);
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        while let Some(event) = cx.next_event() {
            match event {
                Event::Message(m) if m.topic == "next" => {
                    self.next = Some(cx.resolve(m.values.first().as_str().unwrap()).unwrap())
                }
                Event::Message(m) => {
                    let n = m.values.first().as_int().unwrap();
                    if let Some(next) = self.next {
                        // Whoever it was may be gone: somebody may have been killed.
                        let _ = cx.send(next, "n", n - 1);
                    }
                    if n <= 0 {
                        return Step::Complete(Ok(Value::Int(n)));
                    }
                }
                Event::Cancel(_) => return Step::Complete(Ok(Value::Nil)),
                _ => {}
            }
        }
        Step::Idle
    }
    fn close(&mut self) {
        assert!(!std::mem::replace(&mut self.closed, true), "closed twice");
        self.lives.closed.fetch_add(1, SeqCst);
    }
}

fn node(workers: usize) -> (Scheduler, Arc<Host>) {
    let node = Scheduler::start(Config::default().workers(workers)).unwrap();
    let host = node.add_host("test:host", HostConfig::default()).unwrap();
    (node, host)
}

/// All that began have been closed, and no thread is left.
fn settle(node: &Scheduler, lives: &Lives) -> Settled {
    let settled = node.shutdown(PATIENCE);
    assert_eq!(lives.closed.load(SeqCst), lives.begun.load(SeqCst), "a process did not end, or ended twice");
    settled
}

#[test]
fn a_message_wakes_whoever_waits_for_it_though_all_workers_are_about_to_sleep() {
    check(|| {
        let (node, host) = node(2);
        let lives = Arc::default();
        let (pid, exit) = node.spawn_watched(&host, Relay::new(&lives, None), ()).unwrap();
        // The first makes it wait again, at any moment; the second must still reach it.
        node.send(pid, "n", 1).unwrap();
        node.send(pid, "n", 0).unwrap();
        assert_eq!(exit.wait(), Ok(Value::Int(0)));
        assert_eq!(settle(&node, &lives), WELL);
    });
}

#[test]
fn processes_of_two_hosts_with_workers_of_their_own_wake_each_other() {
    check(|| {
        let (node, here) = node(1);
        let there = node.add_host("test:there", HostConfig { workers: 1, ..Default::default() }).unwrap();
        let lives = Arc::default();
        let (ping, first) = node.spawn_watched(&here, Relay::new(&lives, None), ()).unwrap();
        let (pong, second) = node.spawn_watched(&there, Relay::new(&lives, Some(ping)), ()).unwrap();
        node.send(ping, "next", pong.to_string()).unwrap();
        node.send(ping, "n", 4).unwrap();
        assert_eq!((first.wait(), second.wait()), (Ok(Value::Int(0)), Ok(Value::Int(-1))));
        assert_eq!(settle(&node, &lives), WELL);
    });
}

#[test]
fn a_shutdown_ends_every_process_once_while_others_kill_and_send() {
    check(|| {
        let (node, host) = node(2);
        let node = Arc::new(node);
        let lives: Arc<Lives> = Arc::default();
        let a = node.spawn(&host, Relay::new(&lives, None), ()).unwrap();
        let b = node.spawn(&host, Relay::new(&lives, Some(a)), ()).unwrap();
        let killer = thread::spawn({
            let node = node.clone();
            move || {
                node.terminate(a);
                node.terminate(a);
                let _ = node.send(b, "n", 2);
            }
        });
        let spawner = thread::spawn({
            let (node, host, lives) = (node.clone(), host.clone(), lives.clone());
            move || {
                // Refused once the shutdown has begun: then it never began.
                if let Ok(c) = node.spawn(&host, Relay::new(&lives, Some(b)), ()) {
                    let _ = node.send(c, "n", 1);
                }
            }
        });
        let settled = node.shutdown(PATIENCE);
        killer.join().unwrap();
        spawner.join().unwrap();
        assert!(settled.completely);
        assert_eq!(lives.closed.load(SeqCst), lives.begun.load(SeqCst), "a process did not end, or ended twice");
    });
}

/// Starts a linked child, and ends when that link breaks.
struct Parent(Arc<Lives>);

impl StateMachine for Parent {
    fn init(&mut self, cx: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        self.0.begun.fetch_add(1, SeqCst);
        let with = SpawnWith { link: true, ..Default::default() };
        cx.spawn_machine(Relay::new(&self.0, None), Values::None, with)?;
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        while cx.next_event().is_some() {}
        Step::Idle
    }
    fn close(&mut self) {
        self.0.closed.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_host_that_stops_while_links_break_is_empty_afterwards() {
    check(|| {
        let (node, host) = node(2);
        let lives: Arc<Lives> = Arc::default();
        let (parent, exit) = node.spawn_watched(&host, Parent(lives.clone()), ()).unwrap();
        node.terminate(parent);
        assert!(exit.wait().is_err());
        node.stop_host(&host, "over", Duration::ZERO);
        assert_eq!(host.stats().processes, 0);
        assert_eq!(settle(&node, &lives), WELL);
    });
}

/// Sets a timer when it is told to, and ends when it fires.
struct Sleeper;

impl StateMachine for Sleeper {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        while let Some(event) = cx.next_event() {
            match event {
                Event::Message(_) => drop(cx.timer(Duration::from_millis(2))),
                Event::Reply { .. } => return Step::Complete(Ok(Value::Bool(true))),
                _ => {}
            }
        }
        Step::Idle
    }
    fn close(&mut self) {}
}

/// One that was seen at rest may be woken by one that is looked at later.
#[test]
fn processes_that_are_found_at_rest_have_nothing_left_to_do() {
    check(|| {
        let (node, host) = node(2);
        let lives: Arc<Lives> = Arc::default();
        let a = node.spawn(&host, Relay::new(&lives, None), ()).unwrap();
        let b = node.spawn(&host, Relay::new(&lives, Some(a)), ()).unwrap();
        node.send(a, "next", b.to_string()).unwrap();
        node.send(a, "n", 3).unwrap();
        while !node.is_at_rest(None) {
            thread::yield_now();
        }
        // Both count down to the end: the one that gets a 0, and before it the other one.
        assert_eq!(lives.closed.load(SeqCst), 2, "they were about to go on");
        assert_eq!(settle(&node, &lives), WELL);
    });
}

#[test]
fn a_timer_that_is_set_while_the_clock_falls_asleep_fires() {
    check(|| {
        let (node, host) = node(1);
        let (pid, exit) = node.spawn_watched(&host, Sleeper, ()).unwrap();
        for _ in 0..shuttle::rand::Rng::gen_range(&mut shuttle::rand::thread_rng(), 0..60) {
            shuttle::thread::yield_now();
        }
        node.send(pid, "sleep", ()).unwrap();
        assert_eq!(exit.wait(), Ok(Value::Bool(true)));
        assert_eq!(node.shutdown(PATIENCE), WELL);
    });
}

/// Sets a timer before it starts, and runs until it is asked to give way.
struct Loops;

impl StateMachine for Loops {
    fn init(&mut self, cx: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        cx.timer(Duration::from_secs(3600));
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        while !cx.slice_over() {
            shuttle::thread::yield_now();
        }
        Step::Complete(Ok(Value::Nil))
    }
    fn close(&mut self) {}
}

/// The timer wakes the worker that keeps the time, and that worker takes the process, before anybody has told the clock
/// that work begins.
#[test]
fn a_step_is_asked_to_give_way_though_its_worker_got_up_for_a_timer() {
    check(|| {
        let (node, host) = node(1);
        for _ in 0..shuttle::rand::Rng::gen_range(&mut shuttle::rand::thread_rng(), 0..200) {
            shuttle::thread::yield_now();
        }
        let (_, exit) = node.spawn_watched(&host, Loops, ()).unwrap();
        assert_eq!(exit.wait(), Ok(Value::Nil));
        assert_eq!(node.shutdown(PATIENCE), WELL);
    });
}

/// That a check here can fail: nothing promises that a message sent from outside overtakes a kill, or the other way
/// round, and shuttle shows the order in which it does not.
#[test]
#[should_panic(expected = "the message came first")]
fn shuttle_finds_the_order_that_a_wrong_claim_forgets() {
    check(|| {
        let (node, host) = node(1);
        let node = Arc::new(node);
        let (pid, exit) = node.spawn_watched(&host, Relay::new(&Arc::default(), None), ()).unwrap();
        let killer = thread::spawn({
            let node = node.clone();
            move || node.terminate(pid)
        });
        let _ = node.send(pid, "n", 0);
        let exit = exit.wait();
        killer.join().unwrap();
        assert!(exit.is_err(), "the message came first");
    });
}

//! A scheduler, looked at from outside.

use crate::script::{PATIENCE, node, script, waiter};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;
use wippy_core::{EntryId, Error, Event, Pid, Spawn, Value};
use wippy_sched::{Abandoned, Caller, Config, Gate, Host, HostConfig, NewMachine, ProcessState, Purpose};
use wippy_sim::World;

#[test]
fn states_of_processes_are_seen() {
    let (node, host) = node();
    let observer = node.observer();
    assert!(observer.processes(&host).is_empty());
    let (begun, has_begun) = channel();
    let (go_on, may_go_on) = channel::<()>();
    let busy = script(
        move |_, _| {
            let _ = begun.send(());
            let _ = may_go_on.recv();
            Some(Ok(Value::Nil))
        },
        |_, _| None,
    );
    let (runs, ended) = node.spawn_watched(&host, busy, ()).unwrap();
    has_begun.recv_timeout(PATIENCE).unwrap();
    let waits = node.spawn(&host, waiter(), ()).unwrap();
    let state = |pid| observer.processes(&host).into_iter().find(|p| p.pid == pid).map(|p| p.state);
    assert_eq!(state(runs), Some(ProcessState::Running));
    // It has its first step yet to do, on the other worker.
    while state(waits) != Some(ProcessState::Waiting) {
        std::thread::yield_now();
    }
    assert!(observer.is_alive(runs) && observer.is_alive(waits));
    go_on.send(()).unwrap();
    ended.wait_for(PATIENCE).unwrap().unwrap();
    assert!(!observer.is_alive(runs) && observer.is_alive(waits));
    assert_eq!(observer.processes(&host).len(), 1);
}

#[test]
fn workers_count_their_steps() {
    let (node, host) = node();
    let own = node.add_host("test:own", HostConfig { workers: 1, ..HostConfig::default() }).unwrap();
    assert_eq!((host.workers().workers, own.workers().workers), (2, 1));
    let before = host.workers().executed;
    for _ in 0..10 {
        node.spawn_watched(&own, script(|_, _| Some(Ok(Value::Nil)), |_, _| None), ()).unwrap().1.wait().unwrap();
    }
    let info = own.workers();
    assert_eq!((info.executed, info.stolen, info.queued), (10, 0, 0));
    assert_eq!(host.workers().executed, before);
}

#[test]
fn an_observer_outlives_its_scheduler() {
    let (node, host) = node();
    let observer = node.observer();
    let pid = node.spawn(&host, waiter(), ()).unwrap();
    let (now, _) = observer.clock().unwrap();
    assert!(observer.clock().unwrap().0 >= now);
    node.shutdown(Duration::ZERO);
    drop(node);
    assert!(!observer.is_alive(pid) && observer.processes(&host).is_empty() && observer.clock().is_none());
}

/// Gives machines that wait, with a label for the entry `a` and another one for others.
struct Labels(std::sync::Mutex<Option<Arc<Host>>>);

impl Labels {
    fn new_machine(&self, entry: &EntryId) -> Result<NewMachine, Error> {
        let host = self.0.lock().unwrap().clone().expect("put there by the test");
        let (abandoned, label) = (Abandoned::GoesOn, if entry.as_str() == "a" { 7 } else { 8 });
        let machine = Box::new(script(
            |_, _| None,
            |cx, event| match event {
                Event::Message(m) if m.topic == "start" => {
                    cx.spawn(Spawn { entry: "b".into(), ..Spawn::default() });
                    None
                }
                _ => None,
            },
        ));
        Ok(NewMachine { machine, method: "".into(), baggage: Arc::new(()), host, label, abandoned })
    }
}

impl Gate for Labels {
    fn machine(&self, _: Caller<'_>, spawn: &Spawn, _: Purpose) -> Result<NewMachine, Error> {
        self.new_machine(&spawn.entry)
    }
}

#[test]
fn where_a_process_comes_from_and_when_is_seen() {
    let gate = Arc::new(Labels(Default::default()));
    let mut world = World::with(3, Config::default().gate(gate.clone()));
    *gate.0.lock().unwrap() = Some(world.host().clone());
    let observer = world.scheduler().observer();
    let seen = |world: &World| {
        let mut all = observer.processes(world.host());
        all.sort_by_key(|p| p.started_at);
        all
    };
    world.run_for(Duration::from_secs(5));
    let root = script(
        |_, _| None,
        |cx, event| match event {
            Event::Message(_) => {
                cx.spawn(Spawn { entry: "a".into(), ..Spawn::default() });
                None
            }
            _ => None,
        },
    );
    let root = world.spawn(root, ()).unwrap();
    world.run_for(Duration::from_secs(1));
    world.scheduler().send(root, "start", ()).unwrap();
    world.settle_now();
    world.run_for(Duration::from_secs(60 * 60 * 24 * 1000));
    let child = seen(&world)[1].pid;
    world.scheduler().send(child, "start", ()).unwrap();
    world.settle_now();
    let told: Vec<_> = seen(&world).iter().map(|p| (p.parent, p.label, p.started_at.map(|t| t.as_secs()))).collect();
    // The counter has come to its end: it stays there.
    let most = u64::from(u32::MAX) / 100;
    assert_eq!(told, [(Pid::SYSTEM, 0, Some(5)), (root, 7, Some(6)), (child, 8, Some(most))]);
}

//! A scheduler, looked at from outside.

use crate::script::{PATIENCE, node, script, waiter};
use std::sync::mpsc::channel;
use std::time::Duration;
use wippy_core::Value;
use wippy_sched::{HostConfig, ProcessState};

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

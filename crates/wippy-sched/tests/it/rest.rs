//! Whether anything can still happen by itself.

use crate::script::{node, script, waiter};
use std::sync::Arc;
use std::time::Duration;
use wippy_core::{Cx, Pid};
use wippy_sched::{Host, Scheduler};

fn wait_until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        std::thread::yield_now();
    }
}

/// A process that does this first, then waits for messages; its first step is over.
fn started(node: &Scheduler, host: &Arc<Host>, first: impl Fn(&mut Cx) + Send + 'static) -> Pid {
    let begin = move |cx: &mut Cx, _| {
        first(cx);
        None
    };
    let pid = node.spawn(host, script(begin, |_, _| None), ()).unwrap();
    wait_until(|| node.is_at_rest(Some(pid)));
    pid
}

#[test]
fn processes_that_wait_for_messages_rest() {
    let (node, host) = node();
    assert!(node.is_at_rest(None), "nobody is there");
    for _ in 0..10 {
        node.spawn(&host, waiter(), ()).unwrap();
    }
    wait_until(|| node.is_at_rest(None));
}

#[test]
fn timers_and_wakers_keep_a_process_from_resting() {
    let (node, host) = node();
    node.spawn(&host, waiter(), ()).unwrap();
    for first in [
        |cx: &mut Cx| {
            cx.timer(Duration::from_secs(3600));
        },
        |cx: &mut Cx| drop(cx.waker()),
    ] {
        let pid = started(&node, &host, first);
        assert!(!node.is_at_rest(None));
        node.terminate(pid);
        wait_until(|| node.is_at_rest(None));
    }
}

#[test]
fn a_process_at_work_keeps_the_others_from_resting() {
    let (node, host) = node();
    let (end, ends) = std::sync::mpsc::channel::<()>();
    let busy = script(
        move |_, _| {
            let _ = ends.recv();
            None
        },
        |_, _| None,
    );
    let pid = node.spawn(&host, busy, ()).unwrap();
    assert!(!node.is_at_rest(None) && !node.is_at_rest(Some(pid)), "it may be queued or at work");
    end.send(()).unwrap();
    wait_until(|| node.is_at_rest(None));
}

#[test]
fn whoever_stops_it_may_stop_waiting() {
    let (node, host) = node();
    node.spawn(&host, script(|_, _| None, |_, _| None), ()).unwrap();
    let mut asked = 0;
    let mut go_on = || {
        asked += 1;
        asked < 3
    };
    let settled = node.shutdown_while(Duration::from_secs(3600), Some(&mut go_on));
    assert_eq!((asked, settled.gracefully, settled.completely), (3, false, true));
}

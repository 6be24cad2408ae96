//! Async processes on a scheduler.

use std::sync::Arc;
use std::time::Duration;
use wippy_core::{ErrorKind, Event, Exit, SpawnWith, Value, Values};
use wippy_native::{NativeMachine, Process, Request, channel, process, select};
use wippy_sched::{Config, Host, Scheduler};
use wippy_sim::World;

const PATIENCE: Duration = Duration::from_secs(20);

fn node() -> (Scheduler, Arc<Host>) {
    let scheduler = Scheduler::start(Config::default().workers(2)).unwrap();
    let host = scheduler.add_host("test:host", Default::default()).unwrap();
    (scheduler, host)
}

/// Runs a process to its end in simulated time, under many seeds; the end that all of them come to.
fn run(machine: impl Fn() -> NativeMachine) -> Exit {
    let mut ends = (0..50).map(|seed| World::new(seed).run(machine()));
    let first = ends.next().unwrap();
    for (seed, end) in (1..).zip(ends) {
        assert_eq!(end, first, "seed {seed}");
    }
    first
}

fn beside(cx: Process, machine: NativeMachine, with: SpawnWith) -> wippy_core::Pid {
    let _ = cx;
    wippy_core::Cx::with(|cx| cx.spawn_machine(machine, (), with)).unwrap().unwrap()
}

#[test]
fn a_call_is_answered_by_the_other_end_or_times_out() {
    let result = run(|| {
        process(|cx, _| async move {
            let double = process(|cx, _| async move {
                loop {
                    let message = cx.receive().await;
                    let Some(request) = Request::of(&message) else { continue };
                    match request.argument.as_int() {
                        Some(n) => {
                            let _ = request.reply(cx, Ok(Value::Int(2 * n)));
                        }
                        None => {
                            let _ = request.reply(cx, Err(wippy_core::Error::invalid("not a number")));
                        }
                    }
                }
            });
            beside(cx, double, SpawnWith { name: Some("double".into()), ..SpawnWith::default() });
            let silent = process(|_, _| std::future::pending::<Exit>());
            beside(cx, silent, SpawnWith { name: Some("silent".into()), ..SpawnWith::default() });
            let second = Duration::from_secs(10);
            assert_eq!(cx.call("double", "x", 21, second).await, Ok(Value::Int(42)));
            assert_eq!(cx.call("double", "x", "a", second).await.unwrap_err().message(), "not a number");
            let late = cx.call("silent", "x", 1, Duration::from_millis(5)).await.unwrap_err();
            assert_eq!(*late.kind(), ErrorKind::Timeout);
            assert_eq!(*cx.call("nobody", "x", 1, second).await.unwrap_err().kind(), ErrorKind::NotFound);
            Ok(Value::Nil)
        })
    });
    assert_eq!(result, Ok(Value::Nil));
}

#[test]
fn select_takes_the_first_ready_arm_and_loses_nothing_of_the_others() {
    let result = run(|| {
        process(|cx, _| async move {
            let (send, mut numbers) = channel(4);
            send.send(1).await.unwrap();
            cx.send_pid(cx.pid(), "hello", 2).unwrap();
            cx.sleep(Duration::from_millis(1)).await;
            let mut seen = Vec::new();
            while seen.len() < 2 {
                select! {
                    n = numbers.receive() => seen.push(n.unwrap()),
                    message = cx.receive() => seen.push(message.values.first().as_int().unwrap()),
                    _ = cx.sleep(Duration::from_secs(60)) => return Ok(Value::from("too late")),
                }
            }
            assert_eq!(seen, [1, 2]);
            Ok(Value::Nil)
        })
    });
    assert_eq!(result, Ok(Value::Nil));
}

#[test]
fn an_unbuffered_send_waits_for_its_receiver_and_tasks_end_with_the_process() {
    let result = run(|| {
        process(|cx, _| async move {
            let (send, mut receive) = channel(0);
            let (done, mut is_done) = channel(1);
            cx.go(async move {
                for i in 0..3 {
                    send.send(i).await.unwrap();
                }
                done.send(()).await.unwrap();
            });
            cx.go(std::future::pending());
            let mut got = Vec::new();
            while got.len() < 3 {
                select! {
                    _ = is_done.receive() => panic!("all were sent before all were received"),
                    n = receive.receive() => got.push(n.unwrap()),
                }
            }
            is_done.receive().await;
            assert_eq!(receive.receive().await, None, "all senders are gone");
            Ok(Value::Nil)
        })
    });
    assert_eq!(result, Ok(Value::Nil));
}

#[test]
fn a_listener_takes_its_topic_out_of_the_inbox() {
    let result = run(|| {
        process(|cx, _| async move {
            for (topic, n) in [("a", 1), ("b", 2), ("a", 3)] {
                cx.send_pid(cx.pid(), topic, n).unwrap();
            }
            cx.sleep(Duration::from_millis(1)).await;
            let mut a = cx.listen("a");
            assert_eq!(a.receive().await.values.first(), Value::Int(1));
            assert_eq!(cx.receive().await.values.first(), Value::Int(2));
            drop(a);
            assert_eq!(cx.receive().await.values.first(), Value::Int(3));
            Ok(Value::Nil)
        })
    });
    assert_eq!(result, Ok(Value::Nil));
}

#[test]
fn monitors_links_and_cancel_arrive_as_events() {
    let result = run(|| {
        process(|cx, _| async move {
            cx.trap_links(true);
            let child = || {
                process(|cx, _| async move {
                    match cx.event().await {
                        Event::Cancel(c) if c.reason == "fail" => Err(wippy_core::Error::internal("as asked")),
                        _ => Ok(Value::from("ended")),
                    }
                })
            };
            let a = beside(cx, child(), SpawnWith { monitor: true, ..SpawnWith::default() });
            cx.cancel(a, "please").unwrap();
            let Event::Exit(notice) = cx.event().await else { panic!("expected an exit") };
            assert_eq!((notice.from, notice.result), (a, Ok(Value::from("ended"))));
            let b = beside(cx, child(), SpawnWith { link: true, ..SpawnWith::default() });
            cx.cancel(b, "fail").unwrap();
            let Event::LinkDown(notice) = cx.event().await else { panic!("expected a broken link") };
            assert_eq!(notice.result.unwrap_err().message(), "as asked");
            cx.register("me").unwrap();
            assert_eq!(cx.lookup("me"), Some(cx.pid()));
            Ok(Value::Nil)
        })
    });
    assert_eq!(result, Ok(Value::Nil));
}

#[test]
fn a_wake_from_a_foreign_thread_has_the_process_stepped() {
    let (send, mut receive) = channel(1);
    let (node, host) = node();
    let machine = process(move |_, _: Values| async move { Ok(Value::Int(receive.receive().await.unwrap())) });
    let (_, exit) = node.spawn_watched(&host, machine, ()).unwrap();
    let thread = std::thread::spawn(move || {
        let mut sending = std::pin::pin!(send.send(7));
        let waker = std::task::Waker::noop();
        assert!(sending.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_ready());
    });
    thread.join().unwrap();
    assert_eq!(exit.wait_for(PATIENCE), Some(Ok(Value::Int(7))));
}

#[test]
fn a_panic_in_any_task_ends_the_process_alone() {
    let (node, host) = node();
    let machine = process(|cx, _| async move {
        cx.go(async { panic!("in a task") });
        std::future::pending::<Exit>().await
    });
    let (_, exit) = node.spawn_watched(&host, machine, ()).unwrap();
    let error = exit.wait_for(PATIENCE).unwrap().unwrap_err();
    assert_eq!(error.message(), "process panicked: in a task");
    let after = process(|_, _| async { Ok(Value::Nil) });
    let (_, exit) = node.spawn_watched(&host, after, ()).unwrap();
    assert_eq!(exit.wait_for(PATIENCE), Some(Ok(Value::Nil)));
}

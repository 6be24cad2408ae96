//! Guests share workers: a waiting one holds none, a busy one gives way.

use crate::app::{App, crash, end_of, ok, says, start, tell};
use std::collections::HashSet;
use std::time::{Duration, Instant};
use wippy_core::{ErrorKind, Event, Value, Values};

const SECONDS: Duration = Duration::from_secs(10);

#[test]
fn a_hundred_waiting_guests_hold_no_worker() {
    let end = App::new().guest("echo").workers(1).drive(|cx| async move {
        let mut guests = HashSet::new();
        for _ in 0..100 {
            guests.insert(start(cx, "echo", Values::None).await);
        }
        let answers = start(cx, "answers", Values::None).await;
        guests.iter().for_each(|pid| tell(cx, *pid, "ping", ()));
        let mut answered = HashSet::new();
        while answered.len() < 100 {
            answered.insert(cx.receive().await.from);
        }
        assert_eq!(answered, guests);
        for n in 0..20 {
            assert_eq!(cx.call(&answers.to_string(), "ask", n, SECONDS).await, Ok(Value::Int(n)));
        }
        guests.iter().for_each(|pid| tell(cx, *pid, "stop", ()));
        while !guests.is_empty() {
            if let Event::Exit(notice) = cx.event().await {
                assert_eq!(notice.result, ok("stopped"));
                guests.remove(&notice.from);
            }
        }
        Ok(Value::Nil)
    });
    assert_eq!(end, Ok(Value::Nil));
}

#[test]
fn a_spinning_guest_lets_others_work_and_can_be_killed() {
    let end = App::new().guest("citizen").guest("echo").workers(1).drive(|cx| async move {
        let spin = start(cx, "citizen", "spin").await;
        let (echo, answers) = (start(cx, "echo", Values::None).await, start(cx, "answers", Values::None).await);
        for n in 0..10 {
            assert_eq!(cx.call(&answers.to_string(), "ask", n, SECONDS).await, Ok(Value::Int(n)));
            tell(cx, echo, "ping", n);
            assert_eq!(cx.receive().await.values.first(), Value::Int(n));
        }
        let begin = Instant::now();
        cx.terminate(spin)?;
        let end = end_of(cx, spin).await;
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
        end
    });
    says(&crash(end), ErrorKind::Internal, &["process terminated"]);
}

#[test]
fn several_spinning_guests_share_one_worker_with_a_waiting_one() {
    let end = App::new().guest("citizen").guest("echo").workers(1).drive(|cx| async move {
        for _ in 0..4 {
            start(cx, "citizen", "spin").await;
        }
        let echo = start(cx, "echo", Values::None).await;
        for n in 0..3 {
            tell(cx, echo, "ping", n);
            assert_eq!(cx.receive().await.values.first(), Value::Int(n));
        }
        Ok(Value::Nil)
    });
    assert_eq!(end, Ok(Value::Nil));
}

#[test]
fn a_spinning_guest_does_not_hear_a_cancel() {
    let end = App::new().guest("citizen").workers(1).drive(|cx| async move {
        let spin = start(cx, "citizen", "spin").await;
        cx.cancel(spin, "please")?;
        cx.sleep(Duration::from_millis(50)).await;
        cx.terminate(spin)?;
        end_of(cx, spin).await
    });
    crash(end);
}

#[test]
fn many_guests_run_at_once_on_several_workers() {
    let end = App::new().guest("citizen").workers(4).drive(|cx| async move {
        let mut guests = HashSet::new();
        for _ in 0..200 {
            guests.insert(start(cx, "citizen", "sleep").await);
        }
        while !guests.is_empty() {
            if let Event::Exit(notice) = cx.event().await {
                assert_eq!(notice.result, Ok(Value::Nil));
                guests.remove(&notice.from);
            }
        }
        Ok(Value::Nil)
    });
    assert_eq!(end, Ok(Value::Nil));
}

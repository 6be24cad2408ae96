//! A guest that serves: messages in and out, its ends, its names.

use crate::app::{App, HOST, crash, end_of, ok, says, start, tell};
use std::time::Duration;
use wippy_core::{ErrorKind, Exit, Tree, Value, Values};
use wippy_native::{Process, select};

fn echo() -> App {
    App::new().guest("echo")
}

#[test]
fn a_ping_is_answered_with_its_body_whatever_is_in_it() {
    let end = echo().drive(|cx| async move {
        let pid = start(cx, "echo", Values::None).await;
        let table = Tree::map([
            ("list", Tree::from(vec![Tree::Int(1), Tree::from("two"), Tree::Float(3.5)])),
            ("none", Tree::from(Vec::new())),
            ("deep", Tree::map([("bytes", Tree::Bytes(vec![0xff, 0]))])),
        ]);
        let one = [
            Value::Nil,
            Value::Bool(true),
            Value::Int(i64::MIN),
            Value::Float(-0.5),
            Value::Float(2.0),
            Value::from(""),
            Value::from("grüße"),
            Value::Text([0xff, 0x00, 0xfe][..].into()),
            Value::from(table),
        ];
        let mut bodies: Vec<Values> = one.iter().cloned().map(Values::from).collect();
        bodies.push(Values::None);
        bodies.push(one.into_iter().collect());
        for body in bodies {
            tell(cx, pid, "ping", body.clone());
            let pong = cx.receive().await;
            assert_eq!((pong.from, pong.topic.as_str()), (pid, Some("pong")));
            assert_eq!(pong.values, body);
        }
        Ok(Value::Nil)
    });
    assert_eq!(end, Ok(Value::Nil));
}

#[test]
fn messages_of_one_sender_keep_their_order() {
    let end = echo().drive(|cx| async move {
        let pid = start(cx, "echo", Values::None).await;
        (0..200).for_each(|n| tell(cx, pid, "ping", n));
        for n in 0..200 {
            assert_eq!(cx.receive().await.values.first(), Value::Int(n));
        }
        Ok(Value::Nil)
    });
    assert_eq!(end, Ok(Value::Nil));
}

#[test]
fn a_message_from_nobody_is_not_answered() {
    let end = echo().drive(|cx| async move {
        let pid = cx.spawn("app:echo", HOST).message("ping", 1).message("stop", ()).monitored().await?;
        end_of(cx, pid).await
    });
    assert_eq!(end, ok("stopped"));
}

#[test]
fn a_message_ends_the_guest_and_others_do_not() {
    let end = echo().drive(|cx| async move {
        let pid = start(cx, "echo", Values::None).await;
        tell(cx, pid, "other", 1);
        tell(cx, pid, "ping", 2);
        assert_eq!(cx.receive().await.values.first(), Value::Int(2));
        tell(cx, pid, "stop", ());
        end_of(cx, pid).await
    });
    assert_eq!(end, ok("stopped"));
}

#[test]
fn a_guest_that_is_asked_to_end_ends_as_it_likes() {
    let end = echo().drive(|cx| async move {
        let pid = start(cx, "echo", Values::None).await;
        cx.cancel(pid, "please")?;
        end_of(cx, pid).await
    });
    assert_eq!(end, ok("cancelled"));
}

#[test]
fn a_waiting_guest_can_be_killed() {
    let end = echo().drive(|cx| async move {
        let pid = start(cx, "echo", "name").await;
        tell(cx, pid, "ping", ());
        cx.receive().await;
        cx.terminate(pid)?;
        let end = end_of(cx, pid).await;
        assert_eq!(cx.lookup("name"), None);
        assert_eq!(*cx.send_pid(pid, "ping", ()).unwrap_err().0.kind(), ErrorKind::NotFound);
        end
    });
    says(&crash(end), ErrorKind::Internal, &["process terminated"]);
}

#[test]
fn a_guest_is_found_under_the_name_it_registers_and_the_one_it_is_given() {
    let end = echo().drive(|cx| async move {
        let pid = cx.spawn("app:echo", HOST).arg("chosen").named("given").monitored().await?;
        assert_eq!(cx.lookup("given"), Some(pid));
        cx.send("given", "ping", 1)?;
        cx.receive().await;
        assert_eq!(cx.lookup("chosen"), Some(pid));
        cx.send("chosen", "stop", ())?;
        end_of(cx, pid).await?;
        assert_eq!((cx.lookup("given"), cx.lookup("chosen")), (None, None));
        Ok(Value::Nil)
    });
    assert_eq!(end, Ok(Value::Nil));
}

#[test]
fn a_taken_name_is_an_error_of_its_kind() {
    let end = echo().drive(|cx| async move {
        cx.register("mine")?;
        let pid = start(cx, "echo", "mine").await;
        end_of(cx, pid).await
    });
    let error = end.unwrap_err();
    assert_eq!((error.kind(), error.retryable()), (&ErrorKind::AlreadyExists, Some(false)));
}

#[test]
fn an_argument_of_another_type_is_read_as_text() {
    let end = echo().drive(|cx| async move {
        let pid = start(cx, "echo", 42).await;
        tell(cx, pid, "ping", ());
        cx.receive().await;
        assert_eq!(cx.lookup("42"), Some(pid));
        Ok(Value::Nil)
    });
    assert_eq!(end, Ok(Value::Nil));
}

/// The answers that come within a while.
async fn pongs(cx: Process, wanted: usize) -> usize {
    let mut seen = 0;
    while seen < wanted {
        select! {
            _ = cx.receive() => seen += 1,
            _ = cx.sleep(Duration::from_secs(5)) => break,
        }
    }
    seen
}

#[test]
fn a_bounded_mailbox_has_room_again_once_messages_are_received() {
    let app = echo().set("processes", "host", Tree::map([("max_mailbox", 4)]));
    let end = app.drive(|cx| async move {
        let pid = start(cx, "echo", Values::None).await;
        for n in 0..50 {
            tell(cx, pid, "ping", n);
            assert_eq!(pongs(cx, 1).await, 1, "answers before it is silent: {n}");
        }
        Ok(Value::Nil)
    });
    assert_eq!(end, Ok(Value::Nil));
}

#[test]
fn a_bounded_mailbox_that_nobody_empties_refuses() {
    let app = App::new().guest("citizen").set("processes", "host", Tree::map([("max_mailbox", 4)]));
    let end: Exit = app.drive(|cx| async move {
        let pid = start(cx, "citizen", "many").await;
        cx.sleep(Duration::from_millis(100)).await;
        let sent = (0..20).take_while(|n| cx.send_pid(pid, "more", *n).is_ok()).count();
        // One is received, the others stay.
        assert!((4..=5).contains(&sent), "{sent}");
        let (error, _) = cx.send_pid(pid, "more", ()).unwrap_err();
        Err(error)
    });
    says(&end.unwrap_err(), ErrorKind::Unavailable, &["mailbox full"]);
}

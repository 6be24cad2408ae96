//! What a resident guest can do: one scenario after the other.

use crate::app::{App, HOST, crash, end_of, id, invalid, ok, says, start, tell, texts};
use std::time::{Duration, Instant};
use wippy_core::{ErrorKind, Exit, Tree, Value, Values};

fn citizen() -> App {
    App::new().guest("citizen")
}

#[track_caller]
fn run<const N: usize>(args: [&str; N]) -> Exit {
    citizen().run("citizen", texts(args))
}

#[test]
fn a_guest_knows_who_it_is() {
    let end = citizen().drive(|cx| async move {
        let pid = start(cx, "citizen", "self").await;
        assert_eq!(end_of(cx, pid).await, ok(&format!("{pid}|app:citizen|app:processes")));
        Ok(Value::Nil)
    });
    assert_eq!(end, Ok(Value::Nil));
}

#[test]
fn a_guest_sleeps_and_ends_without_a_value() {
    let end = citizen().drive(|cx| async move {
        let begin = Instant::now();
        let pid = start(cx, "citizen", "sleep").await;
        let end = end_of(cx, pid).await;
        assert!(begin.elapsed() >= Duration::from_millis(20));
        end
    });
    assert_eq!(end, Ok(Value::Nil));
}

#[test]
fn a_monitoring_guest_hears_how_its_child_ends() {
    let spawn = |child: &str, arg: &str| run(["spawn-monitor", &id(child), HOST, arg]);
    assert_eq!(spawn("returns", "x"), ok("exit ok"));
    assert_eq!(spawn("fails", "out of luck"), ok("exit err: out of luck"));
    assert_eq!(spawn("citizen", "fail"), ok("exit err: no such thing"));
    assert_eq!(spawn("citizen", "sleep"), ok("exit ok"));
    let trapped = spawn("citizen", "trap").unwrap();
    assert!(trapped.as_str().unwrap().starts_with("exit err: run: "), "{trapped:?}");
}

#[test]
fn a_spawn_that_fails_is_told_to_the_guest() {
    says(&run(["spawn-monitor", "app:nobody", HOST]).unwrap_err(), ErrorKind::NotFound, &["factory not found"]);
    says(&run(["spawn-monitor", "app:returns", "app:nowhere"]).unwrap_err(), ErrorKind::NotFound, &["host not found"]);
    says(&run(["spawn-monitor", "app:returns", "app:guests"]).unwrap_err(), ErrorKind::Invalid, &["no process host"]);
}

#[test]
fn a_guest_that_traps_links_hears_of_a_failed_child() {
    assert_eq!(run(["link", "app:fails", HOST, "broken"]), ok("link-down: broken"));
    assert_eq!(run(["link", "app:citizen", HOST, "fail"]), ok("link-down: no such thing"));
}

#[test]
fn a_linked_child_that_ends_normally_disturbs_nobody() {
    let end = citizen().drive(|cx| async move {
        let pid = start(cx, "citizen", texts(["link", "app:returns", HOST, "x"])).await;
        cx.sleep(Duration::from_millis(100)).await;
        cx.cancel(pid, "enough")?;
        end_of(cx, pid).await
    });
    assert_eq!(end, ok("cancelled"));
}

#[test]
fn a_guest_that_does_not_trap_links_dies_with_a_failed_partner() {
    let app = App::new().guest("echo").native("partner", |cx, args| async move {
        cx.link(cx.resolve(args.first().as_str().unwrap())?)?;
        Err(wippy_core::Error::internal("partner down"))
    });
    let end = app.drive(|cx| async move {
        let echo = start(cx, "echo", Values::None).await;
        start(cx, "partner", echo).await;
        end_of(cx, echo).await
    });
    assert_eq!(*end.unwrap_err().kind(), ErrorKind::Internal);
}

#[test]
fn a_guest_that_fails_takes_its_linked_partner_along() {
    let app = citizen().native("partner", |cx, _| async move {
        cx.spawn("app:citizen", HOST).arg("fail").linked().await?;
        cx.receive().await;
        Ok(Value::Nil)
    });
    let end = app.drive(|cx| async move {
        let partner = start(cx, "partner", Values::None).await;
        end_of(cx, partner).await
    });
    assert_eq!(*end.unwrap_err().kind(), ErrorKind::Internal);
}

#[test]
fn a_guest_registers_finds_and_frees_a_name() {
    let end = citizen().drive(|cx| async move {
        let pid = start(cx, "citizen", "names").await;
        assert_eq!(end_of(cx, pid).await, ok("names ok"));
        assert_eq!(cx.lookup("citizen.name"), None);
        Ok(Value::Nil)
    });
    assert_eq!(end, Ok(Value::Nil));
}

#[test]
fn operations_of_one_wait_come_in_the_order_of_their_completion() {
    let end = citizen().drive(|cx| async move {
        let late = start(cx, "citizen", "many").await;
        cx.sleep(Duration::from_millis(200)).await;
        tell(cx, late, "late", ());
        cx.sleep(Duration::from_millis(50)).await;
        cx.cancel(late, "")?;
        assert_eq!(end_of(cx, late).await, ok("sleep,receive,event"));

        let early = cx.spawn("app:citizen", HOST).arg("many").message("early", 1).monitored().await?;
        cx.sleep(Duration::from_millis(200)).await;
        cx.cancel(early, "")?;
        assert_eq!(end_of(cx, early).await, ok("receive,sleep,event"));
        Ok(Value::Nil)
    });
    assert_eq!(end, Ok(Value::Nil));
}

#[test]
fn operations_that_complete_together_come_in_the_order_of_the_list() {
    let end = citizen().workers(1).drive(|cx| async move {
        // The only worker is here: the guest finds both when it starts.
        let pid = cx.spawn("app:citizen", HOST).arg("many").message("first", ()).monitored().await?;
        cx.cancel(pid, "at once")?;
        end_of(cx, pid).await
    });
    assert_eq!(end, ok("receive,event"));
}

#[test]
fn a_trap_is_a_crash_with_its_sort_and_frames() {
    let error = crash(run(["trap"]));
    assert!(error.message().starts_with("run"), "{error:?}");
    assert_eq!(error.details().get("trap"), Some(&Tree::from("unreachable")));
    let frames = error.details().get("frames").and_then(Tree::as_list).unwrap_or_default();
    assert!(!frames.is_empty() && frames.iter().all(|f| f.as_str().is_some_and(|f| f.contains('!'))), "{error:?}");
}

#[test]
fn an_error_that_a_guest_returns_keeps_all_it_says() {
    let error = run(["fail"]).unwrap_err();
    assert_eq!(
        (error.kind(), error.message(), error.retryable()),
        (&ErrorKind::NotFound, "no such thing", Some(false))
    );
    assert_eq!(*error.details(), Tree::Nil);
}

#[test]
fn an_unknown_scenario_and_missing_arguments_are_errors_of_the_guest() {
    invalid(run(["dance"]).unwrap_err(), &["unknown scenario: dance"]);
    invalid(run(["send"]).unwrap_err(), &["missing argument: destination"]);
    invalid(citizen().run("citizen", Values::None).unwrap_err(), &["no scenario"]);
    invalid(citizen().run("citizen", Value::Nil).unwrap_err(), &["no scenario"]);
}

#[test]
fn a_receive_gives_up_after_its_time() {
    let begin = Instant::now();
    assert_eq!(run(["receive-timeout"]), ok("timed out"));
    assert!(begin.elapsed() >= Duration::from_millis(20));
}

#[test]
fn a_receive_takes_a_message_before_its_time() {
    let end = citizen().drive(|cx| async move {
        let request = cx.spawn("app:citizen", HOST).arg("receive-timeout");
        let pid = request.message("hello", 1).message("second", 2).monitored().await?;
        end_of(cx, pid).await
    });
    assert_eq!(end, ok("message: hello"));
}

#[test]
fn an_upgrade_to_itself_keeps_the_pid() {
    let end = citizen().drive(|cx| async move {
        let pid = start(cx, "citizen", texts(["upgrade", "app:citizen"])).await;
        end_of(cx, pid).await
    });
    assert_eq!(end, ok("upgraded"));
}

#[test]
fn an_upgrade_keeps_names_and_mail_for_the_new_code() {
    let end = citizen().guest("echo").drive(|cx| async move {
        let request = cx.spawn("app:citizen", HOST).arg("upgrade").arg("app:echo").named("given");
        let pid = request.message("noise", ()).monitored().await?;
        for n in 0..10 {
            tell(cx, pid, "ping", n);
        }
        for n in 0..10 {
            let pong = cx.receive().await;
            assert_eq!((pong.from, pong.values.first()), (pid, Value::Int(n)));
        }
        // The argument of the new code is the name that echo registers.
        assert_eq!((cx.lookup("given"), cx.lookup("from upgrade")), (Some(pid), Some(pid)));
        tell(cx, pid, "stop", ());
        end_of(cx, pid).await
    });
    assert_eq!(end, ok("stopped"));
}

#[test]
fn an_upgrade_may_change_the_kind_of_process() {
    assert_eq!(run(["upgrade", "app:returns"]), ok("from upgrade"));
}

#[test]
fn an_upgrade_to_nothing_ends_the_guest() {
    says(&run(["upgrade", "app:nobody"]).unwrap_err(), ErrorKind::NotFound, &["upgrade: ", "factory not found"]);
}

#[test]
fn a_guest_sends_to_names_and_pids() {
    let end = citizen().drive(|cx| async move {
        cx.register("driver")?;
        for to in ["driver".to_owned(), cx.pid().to_string()] {
            let pid = start(cx, "citizen", texts(["send", &to, "news", "text of it"])).await;
            let message = cx.receive().await;
            assert_eq!((message.from, message.topic.as_str()), (pid, Some("news")));
            assert_eq!(message.values.as_slice(), [Value::from("text of it")]);
            assert_eq!(end_of(cx, pid).await, ok("sent"));
        }
        Ok(Value::Nil)
    });
    assert_eq!(end, Ok(Value::Nil));
}

#[test]
fn a_send_that_fails_is_told_to_the_guest() {
    let end = citizen().drive(|cx| async move {
        let dead = start(cx, "returns", Values::None).await;
        end_of(cx, dead).await?;
        let pid = start(cx, "citizen", texts(["send", &dead.to_string(), "t", "x"])).await;
        end_of(cx, pid).await
    });
    assert_eq!(end, ok("err: not-found process not found"));
    let unknown = run(["send", "nobody", "t", "x"]).unwrap();
    assert!(unknown.as_str().unwrap().starts_with("err: not-found could not resolve 'nobody'"), "{unknown:?}");
}

#[test]
fn a_guest_cannot_send_topics_of_the_runtime() {
    let end = citizen().drive(|cx| async move {
        cx.register("driver")?;
        let pid = start(cx, "citizen", texts(["send", "driver", "@events", "x"])).await;
        end_of(cx, pid).await
    });
    assert!(end.clone().unwrap().as_str().unwrap().starts_with("err: invalid "), "{end:?}");
}

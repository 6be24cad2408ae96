//! What each scenario asks of a program.

use crate::node::{HOST, PROGRAM, drive};
use crate::{Program, Scenario, Subject};
use std::time::Duration;
use wippy_core::{Error, ErrorKind, Event, Exit, Pid, Value, Values};
use wippy_native::Process;

/// How many pings the echo must keep in order.
const PINGS: i64 = 200;

pub(crate) fn run(subject: &dyn Subject, scenario: Scenario, program: &Program) {
    let args = program.args.clone();
    let exit = match scenario {
        Scenario::Echo => drive(subject, program, move |cx, _| echo(cx, args.clone())),
        Scenario::Fail => drive(subject, program, move |cx, _| fail(cx, args.clone())),
        Scenario::Crash => drive(subject, program, move |cx, _| crash(cx, args.clone())),
        Scenario::Sleep => drive(subject, program, move |cx, _| sleep(cx, args.clone())),
        Scenario::Names => drive(subject, program, move |cx, _| text(cx, args.clone(), vec![], "names ok")),
        Scenario::Monitor | Scenario::TrapLinks => {
            let expected =
                if scenario == Scenario::Monitor { "exit err: no such thing" } else { "link-down: no such thing" };
            let Some(failing) = subject.program(Scenario::Fail) else { return };
            assert_eq!(failing.entry.kind, program.entry.kind, "a kind's programs have one kind");
            with_failing_child(subject, program, failing, expected)
        }
        Scenario::Spin => drive(subject, program, move |cx, _| spin(cx, args.clone())),
        Scenario::Upgrade => {
            let entry = vec![Value::from(PROGRAM)];
            drive(subject, program, move |cx, _| text(cx, args.clone(), entry.clone(), "upgraded"))
        }
    };
    if let Err(e) = exit {
        panic!("scenario {scenario:?}: {}", e.message());
    }
}

/// Runs a program with the failing one as its child: the same entry, whose arguments say what it does, or another.
fn with_failing_child(subject: &dyn Subject, program: &Program, failing: Program, expected: &'static str) -> Exit {
    struct Pair<'a>(&'a dyn Subject, Program);
    impl Subject for Pair<'_> {
        fn kind(&self) -> std::sync::Arc<dyn wippy_core::Kind> {
            self.0.kind()
        }
        fn program(&self, scenario: Scenario) -> Option<Program> {
            self.0.program(scenario)
        }
        fn support(&self) -> Vec<wippy_core::Entry> {
            let mut support = self.0.support();
            support.push(wippy_core::Entry { id: "suite:failing".into(), ..self.1.entry.clone() });
            support
        }
    }
    let args = program.args.clone();
    let mut more = vec![Value::from("suite:failing"), Value::from(HOST)];
    more.extend(failing.args.iter().cloned());
    drive(&Pair(subject, failing), program, move |cx, _| text(cx, args.clone(), more.clone(), expected))
}

fn wrong(what: impl Into<String>) -> Error {
    Error::internal(what)
}

/// Starts the program, monitored.
async fn start(cx: Process, args: Vec<Value>) -> Result<Pid, Error> {
    let mut spawn = cx.spawn(PROGRAM, HOST).monitored();
    for arg in args {
        spawn = spawn.arg(arg);
    }
    let pid = spawn.await?;
    match cx.monitor(pid) {
        Err(e) if *e.kind() == ErrorKind::AlreadyExists => Ok(pid),
        // It may have ended by now.
        Err(e) if *e.kind() == ErrorKind::NotFound => Ok(pid),
        other => Err(wrong(format!("a second monitor must be refused, got {other:?}"))),
    }
}

/// Waits for the program's end and checks what must hold after every end.
async fn end(cx: Process, pid: Pid) -> Result<Exit, Error> {
    let Event::Exit(notice) = cx.event().await else { return Err(wrong("expected an exit event")) };
    if notice.from != pid {
        return Err(wrong("an exit event of somebody else"));
    }
    match cx.send_pid(pid, "ping", ()) {
        Err((e, _)) if *e.kind() == ErrorKind::NotFound => Ok(notice.result),
        other => Err(wrong(format!("a dead process must not be found, got {other:?}"))),
    }
}

async fn text(cx: Process, mut args: Vec<Value>, more: Vec<Value>, expected: &'static str) -> Exit {
    args.extend(more);
    let pid = start(cx, args).await?;
    match end(cx, pid).await? {
        Ok(value) if value.as_str() == Some(expected) => Ok(Value::Nil),
        other => Err(wrong(format!("expected the text '{expected}', got {other:?}"))),
    }
}

async fn echo(cx: Process, args: Vec<Value>) -> Exit {
    let mut pongs = cx.listen("pong");
    let pid = start(cx, args.clone()).await?;
    for i in 0..PINGS {
        cx.send_pid(pid, "ping", i).map_err(|(e, _)| e)?;
    }
    for i in 0..PINGS {
        let message = pongs.receive().await;
        if message.from != pid || message.values.first() != Value::Int(i) {
            return Err(wrong(format!("pong {i} came as {message:?}")));
        }
    }
    let table = Value::encode(&std::collections::BTreeMap::from([("list", vec![1, 2, 3])]))?;
    cx.send_pid(pid, "ping", Values::One(table.clone())).map_err(|(e, _)| e)?;
    let echoed = pongs.receive().await.values.first().to_tree()?;
    if echoed != table.to_tree()? {
        return Err(wrong(format!("a table came back as {echoed:?}")));
    }
    cx.send_pid(pid, "stop", ()).map_err(|(e, _)| e)?;
    expect_text(end(cx, pid).await?, "stopped")?;
    let pid = start(cx, args.clone()).await?;
    cx.cancel(pid, "enough")?;
    expect_text(end(cx, pid).await?, "cancelled")?;
    let pid = start(cx, args).await?;
    cx.terminate(pid)?;
    killed(end(cx, pid).await?)
}

fn expect_text(exit: Exit, expected: &str) -> Result<(), Error> {
    match exit {
        Ok(value) if value.as_str() == Some(expected) => Ok(()),
        other => Err(wrong(format!("expected the text '{expected}', got {other:?}"))),
    }
}

fn killed(exit: Exit) -> Exit {
    match exit {
        Err(e) if e.message() == "process terminated" && *e.kind() == ErrorKind::Internal => Ok(Value::Nil),
        other => Err(wrong(format!("a killed process must fail with 'process terminated', got {other:?}"))),
    }
}

async fn fail(cx: Process, args: Vec<Value>) -> Exit {
    let pid = start(cx, args).await?;
    match end(cx, pid).await? {
        Err(e)
            if *e.kind() == ErrorKind::NotFound && e.message() == "no such thing" && e.retryable() == Some(false) =>
        {
            Ok(Value::Nil)
        }
        other => Err(wrong(format!("the error lost something: {other:?}"))),
    }
}

async fn crash(cx: Process, args: Vec<Value>) -> Exit {
    let pid = start(cx, args).await?;
    match end(cx, pid).await? {
        Err(e) if *e.kind() == ErrorKind::Internal && e.retryable() != Some(false) => Ok(Value::Nil),
        other => Err(wrong(format!("a crash must be INTERNAL and may be tried again: {other:?}"))),
    }
}

async fn sleep(cx: Process, args: Vec<Value>) -> Exit {
    let began = cx.now();
    let pid = start(cx, args).await?;
    match end(cx, pid).await? {
        Ok(Value::Nil) if cx.now() - began >= Duration::from_millis(5) => Ok(Value::Nil),
        other => Err(wrong(format!("expected nil after some milliseconds, got {other:?}"))),
    }
}

async fn spin(cx: Process, args: Vec<Value>) -> Exit {
    let pid = start(cx, args).await?;
    // With one worker this is reached only if the program gives way.
    cx.sleep(Duration::from_millis(20)).await;
    cx.terminate(pid)?;
    killed(end(cx, pid).await?)
}

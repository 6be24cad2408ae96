//! The three kinds of Wippy in the suite.

use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use wippy_conformance::{Program, SCENARIOS, Scenario, Subject, check};
use wippy_core::{Cx, Entry, Error, ErrorKind, Event, Exit, Kind, Start, StateMachine, Step, Tree, Value, Values};
use wippy_lua::LuaKind;
use wippy_native::{NativeKind, Process, select};
use wippy_wasm::WasmKind;

fn entry(kind: &str, data: Tree) -> Entry {
    Entry { kind: kind.into(), data, ..Entry::default() }
}

struct Lua;

/// One program whose methods are the scenarios.
const LUA: &str = include_str!("programs.lua");

impl Subject for Lua {
    fn kind(&self) -> Arc<dyn Kind> {
        Arc::new(LuaKind::new())
    }
    fn program(&self, scenario: Scenario) -> Option<Program> {
        let modules = Tree::List(vec![Tree::from("time")]);
        let method = format!("{scenario:?}").to_lowercase();
        let data = Tree::map([("source", Tree::from(LUA)), ("method", Tree::from(method)), ("modules", modules)]);
        Some(Program { entry: entry("process.lua", data), args: vec![] })
    }
}

#[test]
fn lua_processes_conform() {
    check(&Lua);
}

struct Wasm;

fn prebuilt() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../wippy-wasm/guests/prebuilt"))
}

impl Subject for Wasm {
    fn kind(&self) -> Arc<dyn Kind> {
        Arc::new(WasmKind::new())
    }
    fn program(&self, scenario: Scenario) -> Option<Program> {
        let (file, args) = match scenario {
            Scenario::Echo => ("echo.wasm", vec![]),
            Scenario::Fail => ("citizen.wasm", vec!["fail"]),
            Scenario::Crash => ("citizen.wasm", vec!["trap"]),
            Scenario::Sleep => ("citizen.wasm", vec!["sleep"]),
            Scenario::Names => ("citizen.wasm", vec!["names"]),
            Scenario::Monitor => ("citizen.wasm", vec!["spawn-monitor"]),
            Scenario::TrapLinks => ("citizen.wasm", vec!["link"]),
            Scenario::Spin => ("citizen.wasm", vec!["spin"]),
            Scenario::Upgrade => ("citizen.wasm", vec!["upgrade"]),
        };
        let bytes = std::fs::read(prebuilt().join(file)).expect("guests are checked in");
        let hex: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        let imports = ["wippy:process", "wippy:actors", "wippy:names", "wippy:log"].map(Tree::from).to_vec();
        let data = Tree::map([
            ("fs", Tree::from("suite:guests")),
            ("path", Tree::from(file)),
            ("hash", Tree::from(format!("sha256:{hex}"))),
            ("imports", Tree::List(imports)),
        ]);
        let args = args.into_iter().map(Value::from).collect();
        Some(Program { entry: entry("process.wasm", data), args })
    }
    fn support(&self) -> Vec<Entry> {
        let directory = prebuilt().display().to_string();
        let guests = entry("fs.directory", Tree::map([("directory", directory)]));
        vec![Entry { id: "suite:guests".into(), ..guests }]
    }
}

#[test]
fn wasm_processes_conform() {
    check(&Wasm);
}

struct Native;

/// A hand-written machine that has always more to do.
struct Spinner;

impl StateMachine for Spinner {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, _: &mut Cx) -> Step {
        Step::Ready
    }
    fn close(&mut self) {}
}

async fn echo(cx: Process, _: Values) -> Exit {
    loop {
        select! {
            message = cx.receive() => match message.topic.as_str() {
                Some("ping") => cx.send_pid(message.from, "pong", message.values).map_err(|(e, _)| e)?,
                Some("stop") => return Ok(Value::from("stopped")),
                _ => {}
            },
            event = cx.event() => if let Event::Cancel(_) = event {
                return Ok(Value::from("cancelled"));
            },
        }
    }
}

async fn names(cx: Process, _: Values) -> Exit {
    cx.register("citizen.name")?;
    let found = cx.lookup("citizen.name") == Some(cx.pid());
    let freed = cx.unregister("citizen.name")? && cx.lookup("citizen.name").is_none();
    Ok(Value::from(if found && freed { "names ok" } else { "names wrong" }))
}

fn two_texts(args: &Values) -> (String, String) {
    let text = |i: usize| args.as_slice().get(i).and_then(Value::as_str).unwrap_or_default().to_owned();
    (text(0), text(1))
}

async fn monitor(cx: Process, args: Values) -> Exit {
    let (entry, host) = two_texts(&args);
    cx.spawn(&entry, &host).monitored().await?;
    match cx.event().await {
        Event::Exit(notice) => Ok(Value::from(match notice.result {
            Ok(_) => "exit ok".to_owned(),
            Err(e) => format!("exit err: {e}"),
        })),
        other => Ok(Value::from(format!("{other:?}"))),
    }
}

async fn trap_links(cx: Process, args: Values) -> Exit {
    cx.trap_links(true);
    let (entry, host) = two_texts(&args);
    cx.spawn(&entry, &host).linked().await?;
    match cx.event().await {
        Event::LinkDown(notice) => Ok(Value::from(format!("link-down: {}", notice.result.unwrap_err()))),
        other => Ok(Value::from(format!("{other:?}"))),
    }
}

async fn upgrade(cx: Process, args: Values) -> Exit {
    match args.first().as_str() {
        Some("from upgrade") => Ok(Value::from("upgraded")),
        entry => match cx.upgrade(entry, "from upgrade").await {},
    }
}

impl Subject for Native {
    fn kind(&self) -> Arc<dyn Kind> {
        let fail = || Error::new(ErrorKind::NotFound, "no such thing").with_retryable(Some(false));
        let kind = NativeKind::new()
            .function("Echo", echo)
            .function("Fail", move |_, _| async move { Err(fail()) })
            .function("Crash", |_, _| async { panic!("as asked") })
            .function("Sleep", |cx: Process, _| async move {
                cx.sleep(Duration::from_millis(20)).await;
                Ok(Value::Nil)
            })
            .function("Names", names)
            .function("Monitor", monitor)
            .function("TrapLinks", trap_links)
            .machine("Spin", || Spinner)
            .function("Upgrade", upgrade);
        Arc::new(kind)
    }
    fn program(&self, scenario: Scenario) -> Option<Program> {
        let data = Tree::map([("function", format!("{scenario:?}"))]);
        Some(Program { entry: entry("process.native", data), args: vec![] })
    }
}

#[test]
fn native_processes_conform() {
    check(&Native);
}

#[test]
fn every_kind_of_ours_has_every_capability() {
    for subject in [&Lua as &dyn Subject, &Wasm, &Native] {
        assert!(SCENARIOS.iter().all(|s| subject.program(*s).is_some()));
    }
}

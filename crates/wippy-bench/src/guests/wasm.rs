//! The workloads as WebAssembly guests, driven by Rust processes.

use super::{Booted, drivers, entry, latency, memory, spawn, workers};
use crate::measured::Figure;
use crate::progress::{Meter, Progress};
use crate::rig::{Task, time_of};
use crate::workload::Workload;
use std::fmt::Write as _;
use std::sync::Arc;
use wippy_core::{Entry, Error, Tree};
use wippy_wasm::WasmKind;

/// A resident guest that answers `ping` with `pong`.
const ECHO: &[u8] = include_bytes!("../../../wippy-wasm/guests/prebuilt/echo.wasm");

/// Functions that end at once, after a unit of work, or never.
const FUNCTIONS: &str = "(module
    (func (export \"brief\"))
    (func (export \"burner\") (loop br 0))
    (func (export \"unit\") (result i64)
        (local $i i32) (local $x i64)
        (local.set $x (i64.const 1))
        (loop
            (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 0x5851F42D4C957F2D)) (i64.const 1)))
            (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 29))))
            (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000000))))
        local.get $x))";
const TYPES: &str = "brief: func(); burner: func(); unit: func() -> s64;";

fn entries() -> Vec<Entry> {
    let function = |name: &str| {
        let data = [("source", Tree::from(FUNCTIONS)), ("wit", Tree::from(TYPES)), ("method", Tree::from(name))];
        entry(name, "process.wasm", Tree::map(data))
    };
    let imports = ["wippy:process", "wippy:actors", "wippy:names", "wippy:log"].map(Tree::from).to_vec();
    let echo = Tree::map([("source", Tree::from(text_of(ECHO))), ("imports", Tree::List(imports))]);
    let mut entries: Vec<_> = ["brief", "burner", "unit"].into_iter().map(function).collect();
    entries.push(entry("echo", "process.wasm", echo));
    entries
}

/// A binary component in the text format: an entry's source is text.
fn text_of(component: &[u8]) -> String {
    let mut text = String::from("(component binary \"");
    for byte in component {
        let _ = write!(text, "\\{byte:02x}");
    }
    text + "\")"
}

fn boot(workers: usize) -> Result<Booted, Error> {
    Booted::new(Arc::new(WasmKind::new()), entries(), workers)
}

pub(crate) fn run(task: &Task, progress: &mut dyn FnMut(Progress)) -> Result<Vec<Figure>, Error> {
    let (n, meter) = (task.count, Meter::default());
    let booted = boot(task.settings.workers)?;
    match task.workload {
        Workload::Spawn => {
            let driver = drivers::spawner(spawn("brief", Vec::new()), n, meter.clone());
            let took = time_of(&booted.run(driver, &meter, n, progress)?)?;
            Ok(vec![Figure::time("from spawn to exit seen", took, n)])
        }
        Workload::PingPong => {
            let driver = drivers::ping_pong(spawn("echo", Vec::new()), n, meter.clone());
            let took = time_of(&booted.run(driver, &meter, n, progress)?)?;
            Ok(vec![Figure::time("a round trip with a Rust process", took, n)])
        }
        Workload::Memory => memory(n, &booted, "echo", &meter, progress),
        Workload::Latency => latency(task, &booted, "burner", &meter, progress),
        Workload::Workers => workers(task, "unit", &meter, progress, boot),
        other => Err(Error::invalid(format!("{other} has no form for wasm processes"))),
    }
}

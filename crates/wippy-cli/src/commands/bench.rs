//! `wippy bench`: what processes cost on this machine.
//!
//! Each of several workloads runs in a program of its own: what one leaves behind in the allocator would be measured with
//! the next. That program is this one again, asked for one workload and for JSON.

use super::run::hint;
use crate::args::Bench;
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use std::process::{Command, ExitCode, Stdio};
use wippy_bench::{Kind, Measured, Progress, Settings, Unit, Workload};

pub(crate) fn run(bench: &Bench) -> Result<ExitCode, String> {
    let kind = bench.kind();
    let workloads = chosen(&bench.workloads, kind)?;
    if let Some(count) = bench.count {
        let [one] = workloads[..] else { return Err("--count needs one WORKLOAD".into()) };
        one.takes(count)?;
    }
    let workers =
        bench.workers.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let settings = Settings { workers, quick: bench.quick };
    if cfg!(debug_assertions) && !bench.part {
        eprintln!("Warning: this program was built for debugging; a release build is many times as fast");
    }
    let version = env!("CARGO_PKG_VERSION");
    if !bench.json {
        let quick = if bench.quick { ", quick sizes: the figures say nothing" } else { "" };
        let plural = if workers == 1 { "" } else { "s" };
        print(&format!("wippy {version}, {kind} processes, {workers} worker{plural}{quick}\n\n"));
    }
    let mut all = Vec::new();
    for workload in &workloads {
        let measured = match &workloads[..] {
            [one] => here(*one, kind, bench.count, &settings),
            _ => apart(*workload, kind, &settings),
        };
        let measured = measured.map_err(|e| format!("{workload}: {e}"))?;
        if !bench.json {
            print(&rows(&measured));
        }
        all.push(measured);
    }
    if bench.json {
        let report = json!({
            "wippy": version, "kind": kind.name(), "workers": workers, "quick": bench.quick, "workloads": all,
        });
        print(&format!("{report:#}\n"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs a workload in this program.
fn here(workload: Workload, kind: Kind, count: Option<u64>, settings: &Settings) -> Result<Value, String> {
    let mut line = ProgressLine::new();
    let mut show = |progress| line.show(workload, progress);
    let measured = match count {
        Some(count) => wippy_bench::run_sized(workload, kind, count, settings, &mut show),
        None => wippy_bench::run(workload, kind, settings, &mut show),
    };
    line.clear();
    measured.map(|measured| json_of(&measured)).map_err(|e| e.message().to_owned())
}

/// Runs a workload in a program of its own, which shows its progress and tells its errors itself.
fn apart(workload: Workload, kind: Kind, settings: &Settings) -> Result<Value, String> {
    let program = std::env::current_exe().map_err(|e| format!("this program is not found: {e}"))?;
    let mut command = Command::new(program);
    command.args(["bench", workload.name(), "--part", "--json", "--kind", kind.name()]);
    command.args(["--workers", &settings.workers.to_string()]).args(settings.quick.then_some("--quick"));
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|e| format!("this program cannot be started again: {e}"))?;
    let mut report: Value = match serde_json::from_slice(&output.stdout) {
        Ok(report) if output.status.success() => report,
        _ => return Err(format!("it did not get through ({})", output.status)),
    };
    Ok(report["workloads"][0].take())
}

/// The workloads with these names, all when there are none, in the order in which they disturb each other least.
fn chosen(names: &[String], kind: Kind) -> Result<Vec<Workload>, String> {
    let known: Vec<_> = Workload::of(kind).collect();
    if names.is_empty() {
        return Ok(known);
    }
    let told = || known.iter().map(|w| w.name()).collect::<Vec<_>>().join(", ");
    let mut wanted = Vec::new();
    for name in names {
        let workload: Workload = name.parse().map_err(|e| {
            let near = hint(name, Workload::ALL.iter().map(|w| w.name()));
            format!("{e}{near}. There are for {kind} processes: {}", told())
        })?;
        if !known.contains(&workload) {
            return Err(format!("{workload} has no form for {kind} processes. There are: {}", told()));
        }
        wanted.push(workload);
    }
    Ok(known.into_iter().filter(|w| wanted.contains(w)).collect())
}

/// A workload's lines of the table: its name stands in the first one.
fn rows(measured: &Value) -> String {
    let names = measured["workload"].as_str().into_iter().chain(std::iter::repeat(""));
    let rows = names.zip(measured["figures"].as_array().into_iter().flatten());
    let row = |(name, figure): (&str, &Value)| {
        let unit = figure["unit"].as_str().and_then(Unit::named)?;
        Some(format!("{name:<10} {:>10}  {}\n", unit.tell(figure["value"].as_f64()?), figure["what"].as_str()?))
    };
    rows.filter_map(row).collect()
}

fn json_of(measured: &Measured) -> Value {
    let figure = |f: &wippy_bench::Figure| json!({"what": f.what, "value": f.value, "unit": f.unit.name()});
    let figures: Vec<_> = measured.figures.iter().map(figure).collect();
    json!({"workload": measured.workload.name(), "count": measured.count, "figures": figures})
}

/// Writes to stdout. Whoever has closed it does not want to know.
fn print(text: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// One line on stderr that is written over and over, when a person looks at it.
struct ProgressLine {
    terminal: bool,
    shown: Option<u64>,
}

impl ProgressLine {
    fn new() -> ProgressLine {
        ProgressLine { terminal: std::io::stderr().is_terminal(), shown: None }
    }

    fn show(&mut self, workload: Workload, progress: Progress) {
        let percent = progress.done * 100 / progress.total.max(1);
        if self.terminal && self.shown.replace(percent) != Some(percent) {
            eprint!("\r\x1b[K{workload}: {} ({percent} %)", workload.question());
        }
    }

    fn clear(&mut self) {
        if self.shown.take().is_some() && self.terminal {
            eprint!("\r\x1b[K");
        }
    }
}

//! The program that compares: command line in, table, JSON and drawing out.

use crate::compare::{Compared, ONE, Plan, compare, printed};
use crate::json::{Circumstances, json};
use crate::side::Side;
use crate::{svg, table};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wippy_bench::Workload;

const USAGE: &str = "cargo bench -p wippy-benches --bench compare -- [--quick] [--rounds N] [--sides A,B] [WORKLOAD…]";

/// Does what the command line says. `allocator` names the one that this program, and so every side in Rust, uses.
pub fn main(allocator: &'static str) -> ExitCode {
    // Cargo adds `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let done = match words.first() {
        Some(first) if first == ONE => one(&words[1..]),
        _ => plan(&words).and_then(|(plan, whole)| run(&plan, whole, allocator)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("Error: {trouble}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one workload of one side and prints its figures.
fn one(words: &[String]) -> Result<(), String> {
    let [side, workload, rest @ ..] = words else { return Err(format!("{ONE} needs a side and a workload")) };
    let side = side_of(side)?;
    let figures = side.run(workload_of(workload)?, rest.iter().any(|word| word == "--quick"))?;
    say(&printed(&figures));
    // Whatever still runs or waits is not worth waiting for.
    std::process::exit(0)
}

/// What the command line asks for, and whether that is everything.
fn plan(words: &[String]) -> Result<(Plan, bool), String> {
    let mut plan = Plan { workloads: Vec::new(), sides: Side::ALL.to_vec(), rounds: 3, quick: false };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value. {USAGE}"));
        match word.as_str() {
            "--quick" => plan.quick = true,
            "--rounds" => {
                let value = value()?;
                let rounds = value.parse().ok().filter(|n| *n > 0);
                plan.rounds = rounds.ok_or_else(|| format!("--rounds must be a whole number above 0, not {value}"))?;
            }
            "--sides" => plan.sides = value()?.split(',').map(side_of).collect::<Result<_, _>>()?,
            flag if flag.starts_with('-') => return Err(format!("{flag} is unknown. {USAGE}")),
            name => plan.workloads.push(workload_of(name)?),
        }
    }
    let whole = plan.workloads.is_empty() && plan.sides == Side::ALL && !plan.quick;
    if plan.workloads.is_empty() {
        plan.workloads = Workload::ALL.to_vec();
    }
    Ok((plan, whole))
}

fn workload_of(name: &str) -> Result<Workload, String> {
    name.parse().map_err(|e| format!("{e}{}", near(name, Workload::ALL.iter().map(|w| w.name()))))
}

fn side_of(name: &str) -> Result<Side, String> {
    let unknown = || format!("side \"{name}\" not found{}", near(name, Side::ALL.iter().map(|s| s.name())));
    Side::named(name).ok_or_else(unknown)
}

/// Writes to stdout. Whoever has closed it gets the files nevertheless.
fn say(text: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// What somebody may have meant, and what there is.
fn near<'a>(wanted: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let nearest = known.clone().map(|k| (strsim::damerau_levenshtein(wanted, k), k)).min();
    let hint = nearest.filter(|(d, _)| *d <= 2).map_or(String::new(), |(_, k)| format!("; did you mean \"{k}\"?"));
    format!("{hint}. There are: {}", known.collect::<Vec<_>>().join(", "))
}

fn run(plan: &Plan, whole: bool, allocator: &'static str) -> Result<(), String> {
    let mut plan = plan.clone();
    if plan.sides.contains(&Side::Erlang) && Side::Erlang.version().is_none() {
        say("erlang is skipped: escript is not installed\n");
        plan.sides.retain(|side| *side != Side::Erlang);
    }
    let here = Circumstances::here(allocator);
    let note = note(&plan, &here);
    say(&format!("{note}\n{}\n\n", table::LEGEND));
    let terminal = std::io::stderr().is_terminal();
    let mut all = Vec::new();
    for workload in &plan.workloads {
        let compared = compare(&plan, *workload, &mut |side, round| {
            if terminal {
                eprint!("\r\x1b[K{workload}: {side}, round {} of {}", round + 1, plan.rounds);
            }
        });
        if terminal {
            eprint!("\r\x1b[K");
        }
        say(&format!("{}\n", table::table(&compared)));
        all.push(compared);
    }
    write(&plan, whole, &here, &note, &all)
}

fn note(plan: &Plan, here: &Circumstances) -> String {
    let versions = plan.sides.iter().filter(|side| **side != Side::WippyLua && **side != Side::TokioUnbounded);
    let told = |side: &Side| match side {
        Side::Erlang | Side::Lua => side.version().unwrap_or_default(),
        side => format!("{side} {}", side.version().unwrap_or_default()),
    };
    let versions: Vec<_> = versions.map(told).collect();
    let quick = if plan.quick { "quick sizes, which say nothing; " } else { "" };
    format!(
        "{quick}{} × {}, {}, median of {}; {}",
        here.processors,
        here.processor,
        here.allocator,
        plan.rounds,
        versions.join(", ")
    )
}

/// Writes JSON, and the drawing: into the documentation when everything was run in full.
fn write(plan: &Plan, whole: bool, here: &Circumstances, note: &str, all: &[Compared]) -> Result<(), String> {
    let folder = target().join("bench");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{} cannot be made: {e}", folder.display()))?;
    let data = folder.join("compare.json");
    let docs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs"));
    let drawing = if whole { docs.join("benchmarks.svg") } else { folder.join("benchmarks.svg") };
    for (path, text) in [(&data, format!("{:#}\n", json(plan, here, all))), (&drawing, svg::draw(all, note))] {
        std::fs::write(path, text).map_err(|e| format!("{} cannot be written: {e}", path.display()))?;
        let path = path.canonicalize().unwrap_or_else(|_| path.clone());
        say(&format!("written: {}\n", path.display()));
    }
    Ok(())
}

/// The folder that cargo builds into: this program lies in `target/PROFILE/deps`.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let built = program.ancestors().nth(3).filter(|_| program.ancestors().nth(1).is_some_and(|p| p.ends_with("deps")));
    built.map_or_else(|| PathBuf::from("target"), Path::to_path_buf)
}

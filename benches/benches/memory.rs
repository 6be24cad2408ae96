//! How much memory does an idle process take? 100,000 Rust and 100,000 Lua processes, each sort in a program of its own.
//! Not a criterion bench: it measures bytes. What it says holds for this allocator and for this count; the full million
//! of Rust processes is in `compare`.

use std::process::{Command, ExitCode};
use wippy_bench::{Kind, Settings, Workload, run_sized};

const COUNT: u64 = 100_000;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    if let Some(kind) = words.find_map(|word| Kind::ALL.into_iter().find(|kind| word == kind.name())) {
        return measure(kind);
    }
    let Ok(program) = std::env::current_exe() else { return ExitCode::FAILURE };
    for kind in [Kind::Rust, Kind::Lua] {
        match Command::new(&program).arg(kind.name()).status() {
            Ok(status) if status.success() => {}
            _ => return ExitCode::FAILURE,
        }
    }
    ExitCode::SUCCESS
}

fn measure(kind: Kind) -> ExitCode {
    match run_sized(Workload::Memory, kind, COUNT, &Settings::default(), &mut |_| {}) {
        Ok(measured) => {
            println!("memory/{kind}: {:.0} bytes a process ({COUNT} idle)", measured.figures[0].value);
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("memory/{kind}: {e}");
            ExitCode::FAILURE
        }
    }
}

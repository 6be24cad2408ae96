//! Copied and built states behave alike: random programs run in both, under different pressures on the collector.
//!
//! The test runs a bounded number of them. `WIPPY_FUZZ=5000 cargo test -p wippy-lua --release differences` runs more.

use crate::block::Block;
use crate::process::Proc;
use crate::program::Program;
use crate::template::Template;
use crate::template::random::Writer;
use std::sync::Arc;
use wippy_core::{Exit, Pid, Values};

/// How the collector works while a program runs.
#[derive(Debug, Clone, Copy)]
enum Pressure {
    Usual,
    /// A full round with almost every allocation.
    Constant,
    Generational,
}

const PRESSURES: [Pressure; 3] = [Pressure::Usual, Pressure::Constant, Pressure::Generational];

fn new_proc(program: &Arc<Program>, seed: u64) -> Proc {
    Proc::new(program.clone(), Pid::SYSTEM, [seed, seed ^ 0xabcd], 64 << 20)
}

/// Runs a process that has just been made to its end.
fn outcome(mut block: Block, pressure: Pressure) -> Exit {
    let lua = block.at_rest().lua();
    match pressure {
        Pressure::Usual => {}
        Pressure::Constant => lua.press_collector(),
        Pressure::Generational => lua.collect_generations(),
    }
    Proc::run_to_end(block.proc())
}

fn built(program: &Arc<Program>, pressure: Pressure) -> Exit {
    let (block, _) = Proc::built(new_proc(program, 1), 99, "main", Values::None)?;
    outcome(block, pressure)
}

fn copied(program: &Arc<Program>, template: &Template, pressure: Pressure, seed: u64) -> Exit {
    let (block, _) = Proc::copied(new_proc(program, seed), template, "main", Values::None)?;
    outcome(block, pressure)
}

#[test]
fn random_programs_cannot_tell_a_copied_state_from_a_built_one() {
    let programs = std::env::var("WIPPY_FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(150);
    let (mut compared, mut run_once, mut failed) = (0, 0, 0);
    for seed in 1..=programs {
        let source = Writer::program(seed);
        let program = Arc::new(Program::of_source(&[], &source));
        let template = Template::make(&program, seed as u32).expect("a random program can be loaded");
        run_once += usize::from(template.entry.is_some());
        for pressure in PRESSURES {
            let wanted = built(&program, pressure);
            failed += usize::from(wanted.is_err());
            for copy in 0..2 {
                let found = copied(&program, &template, pressure, seed + copy);
                assert_eq!(found, wanted, "seed {seed}, copy {copy}, {pressure:?}, {template:?}\n{source}");
                compared += 1;
            }
        }
    }
    eprintln!("{compared} compared, {run_once} of {programs} run once, {failed} failed alike");
    // Otherwise the comparison shows little.
    assert!(run_once * 2 > programs as usize && failed * 2 < compared);
}

//! Many seeds, one scenario.

use crate::world::World;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The shortest run that failed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Its seed: `World::new(seed)` runs it again.
    pub seed: u64,
    /// What was wrong.
    pub what: String,
    /// What had happened until then.
    pub trace: String,
    /// How many of the seeds failed.
    pub failed: usize,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} seeds failed; the shortest run is that of seed {}: {}\n{}",
            self.failed, self.seed, self.what, self.trace
        )
    }
}

impl std::error::Error for Failure {}

/// Runs `scenario` in a fresh [`World`] for each seed. A scenario fails by an `Err` or a panic.
///
/// # Errors
/// The failing run with the shortest trace.
///
/// ```
/// use wippy_sim::search;
///
/// // What must hold whatever the interleaving is: time does not go back.
/// search(0..50, |world| {
///     let before = world.now();
///     world.settle_now();
///     if world.now() >= before { Ok(()) } else { Err("time went back".into()) }
/// })
/// .unwrap();
/// ```
pub fn search(seeds: Range<u64>, scenario: impl Fn(&mut World) -> Result<(), String>) -> Result<(), Box<Failure>> {
    let mut worst: Option<Box<Failure>> = None;
    for seed in seeds {
        let mut world = World::new(seed);
        let end = catch_unwind(AssertUnwindSafe(|| scenario(&mut world)));
        let what = match end {
            Ok(Ok(())) => continue,
            Ok(Err(what)) => what,
            Err(panic) => {
                let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
                text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
            }
        };
        let trace = world.trace();
        let failed = worst.as_ref().map_or(0, |w| w.failed) + 1;
        match &mut worst {
            Some(shortest) if shortest.trace.len() <= trace.len() => shortest.failed = failed,
            _ => worst = Some(Box::new(Failure { seed, what, trace, failed })),
        }
    }
    worst.map_or(Ok(()), Err)
}

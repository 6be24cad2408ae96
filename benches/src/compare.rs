//! The run: every side in a process of its own, in turns, round by round; medians, mostly.
//!
//! Turns, because a machine that is slow for a while should be slow for all. Processes of their own, because memory is
//! measured as what the system has given, and because no side should inherit the state of an allocator.

use crate::side::{Side, run};
use std::collections::BTreeMap;
use std::process::Command;
use wippy_bench::{Figure, Unit, Workload};

/// The hidden argument under which the program runs one workload of one side and prints its figures.
pub const ONE: &str = "--one";

/// What is compared.
#[derive(Debug, Clone)]
pub struct Plan {
    /// These workloads, in this order.
    pub workloads: Vec<Workload>,
    /// These sides, ours first.
    pub sides: Vec<Side>,
    /// How many times.
    pub rounds: usize,
    /// Whether with small sizes, which say nothing.
    pub quick: bool,
}

/// What came out for one workload.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The workload.
    pub workload: Workload,
    /// Each side that took part, in order.
    pub sides: Vec<Result<Ran, Failed>>,
}

/// A side that ran.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Who.
    pub side: Side,
    /// How many operations.
    pub count: u64,
    /// What all rounds came to: medians, or the best where nothing but noise makes a round slower. The first is the one to
    /// compare by.
    pub figures: Vec<Figure>,
    /// The first figure in each round.
    pub rounds: Vec<f64>,
}

/// A side that did not get through.
#[derive(Debug, Clone)]
pub struct Failed {
    /// Who.
    pub side: Side,
    /// Why.
    pub why: String,
}

impl Compared {
    /// Those that ran.
    pub fn ran(&self) -> impl Iterator<Item = &Ran> {
        self.sides.iter().filter_map(|side| side.as_ref().ok())
    }

    /// Whom all are compared to: our Rust processes, or our Lua processes where those take no part.
    pub fn ours(&self) -> Side {
        let side = |side: &Result<Ran, Failed>| side.as_ref().map_or_else(|failed| failed.side, |ran| ran.side);
        if self.sides.iter().all(|s| side(s) != Side::Wippy) { Side::WippyLua } else { Side::Wippy }
    }

    /// How many times as good as this side [ours](Compared::ours) is: above 1 it is better. `None` when ours has no
    /// figure.
    pub fn ratio(&self, of: &Ran) -> Option<f64> {
        let ours = self.ran().find(|ran| ran.side == self.ours())?.figures.first()?;
        let theirs = of.figures.first()?;
        let ratio = if ours.unit.less_is_better() { theirs.value / ours.value } else { ours.value / theirs.value };
        ratio.is_finite().then_some(ratio)
    }
}

/// Compares one workload. `tell` hears who runs.
pub fn compare(plan: &Plan, workload: Workload, tell: &mut dyn FnMut(Side, usize)) -> Compared {
    let sides: Vec<_> = plan.sides.iter().filter_map(|side| Some((*side, side.count(workload, plan.quick)?))).collect();
    let mut figures: BTreeMap<usize, Result<Vec<Vec<Figure>>, String>> = BTreeMap::new();
    for round in 0..plan.rounds {
        for (i, (side, _)) in sides.iter().enumerate() {
            tell(*side, round);
            let so_far = figures.entry(i).or_insert(Ok(Vec::new()));
            if let Ok(rounds) = so_far {
                match one(*side, workload, plan.quick) {
                    Ok(figures) => rounds.push(figures),
                    Err(why) => *so_far = Err(why),
                }
            }
        }
    }
    let result = |(i, (side, count)): (usize, &(Side, u64))| match figures.remove(&i) {
        Some(Ok(all)) => {
            let rounds = all.iter().filter_map(|figures| Some(figures.first()?.value)).collect();
            Ok(Ran { side: *side, count: *count, figures: over_rounds(workload, &all), rounds })
        }
        Some(Err(why)) => Err(Failed { side: *side, why }),
        None => Err(Failed { side: *side, why: "there was no round".into() }),
    };
    Compared { workload, sides: sides.iter().enumerate().map(result).collect() }
}

/// Runs one workload of one side in a process of its own.
fn one(side: Side, workload: Workload, quick: bool) -> Result<Vec<Figure>, String> {
    let again = || {
        let program = std::env::current_exe().map_err(|e| format!("this program is not found: {e}"))?;
        let mut command = Command::new(program);
        command.args([ONE, side.name(), workload.name()]).args(quick.then_some("--quick"));
        Ok::<_, String>(command)
    };
    run(side.program(workload, quick).map_or_else(again, Ok)?)
}

/// Figures in the form in which they are read back from a side's own process.
pub fn printed(figures: &[Figure]) -> String {
    figures.iter().map(|f| format!("{} {} {}\n", f.value, f.unit.name(), f.what)).collect()
}

/// Each figure over all rounds: the median; for what one thread computes alone the least, as the same instructions take
/// longer only when others use the processor, or when the code lies in an unlucky place in this process.
fn over_rounds(workload: Workload, rounds: &[Vec<Figure>]) -> Vec<Figure> {
    let Some(first) = rounds.first() else { return Vec::new() };
    let over = |(i, figure): (usize, &Figure)| {
        let mut values: Vec<_> = rounds.iter().filter_map(|figures| Some(figures.get(i)?.value)).collect();
        values.sort_unstable_by(f64::total_cmp);
        let value = match workload {
            Workload::Compute => values[0],
            _ => (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0,
        };
        Figure { value, ..figure.clone() }
    };
    first.iter().enumerate().map(over).collect()
}

/// A result to try tables and drawings with.
#[cfg(test)]
pub(crate) fn example() -> Compared {
    let ran = |side, value| {
        let figures = vec![Figure { what: "a round trip".into(), value, unit: Unit::Nanoseconds }];
        Ok(Ran { side, count: 10, figures, rounds: vec![value] })
    };
    let failed = Err(Failed { side: Side::Kameo, why: "it <broke>".into() });
    Compared { workload: Workload::PingPong, sides: vec![ran(Side::Wippy, 100.0), ran(Side::Tokio, 450.0), failed] }
}

/// Whether more of this is better.
pub(crate) fn more_is_better(figures: &[Figure]) -> bool {
    figures.first().is_some_and(|f| f.unit == Unit::Times)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::erlang;

    #[test]
    fn medians_are_taken_figure_by_figure() {
        let round =
            |a: f64, b: f64| [a, b].map(|value| Figure { what: "x".into(), value, unit: Unit::Nanoseconds }).to_vec();
        let all = |w, rounds: &[Vec<Figure>]| over_rounds(w, rounds).iter().map(|f| f.value).collect::<Vec<_>>();
        let of = |rounds: &[Vec<Figure>]| all(Workload::Ring, rounds);
        assert_eq!(of(&[round(1.0, 9.0), round(3.0, 7.0), round(2.0, 8.0)]), [2.0, 8.0]);
        assert_eq!(of(&[round(1.0, 4.0), round(2.0, 8.0)]), [1.5, 6.0]);
        assert!(of(&[]).is_empty());
        assert_eq!(all(Workload::Compute, &[round(3.0, 4.0), round(2.0, 8.0), round(9.0, 9.0)]), [2.0, 4.0]);
    }

    #[test]
    fn ratios_say_how_many_times_as_good_ours_is() {
        let mut compared = example();
        let ratios: Vec<_> = compared.ran().map(|ran| compared.ratio(ran)).collect();
        assert_eq!(ratios, [Some(1.0), Some(4.5)]);
        for ran in compared.sides.iter_mut().flatten() {
            ran.figures[0].unit = Unit::Times;
        }
        let ratios: Vec<_> = compared.ran().map(|ran| compared.ratio(ran)).collect();
        assert_eq!(ratios, [Some(1.0), Some(100.0 / 450.0)]);
    }

    #[test]
    fn where_rust_takes_no_part_lua_is_compared_to() {
        let mut compared = example();
        assert_eq!(compared.ours(), Side::Wippy);
        for (side, other) in compared.sides.iter_mut().flatten().zip([Side::WippyLua, Side::Lua]) {
            side.side = other;
        }
        assert_eq!(compared.ours(), Side::WippyLua);
        let ratios: Vec<_> = compared.ran().map(|ran| compared.ratio(ran)).collect();
        assert_eq!(ratios, [Some(1.0), Some(4.5)]);
        compared.sides.push(Err(Failed { side: Side::Wippy, why: "it broke".into() }));
        assert_eq!(compared.ratio(compared.ran().next().expect("somebody ran")), None, "it took part");
    }

    #[test]
    fn what_is_printed_is_read_back() {
        let figures = vec![Figure { what: "late, p50".into(), value: 1.25, unit: Unit::Bytes }];
        assert_eq!(erlang::figures(&printed(&figures)), Ok(figures));
    }
}

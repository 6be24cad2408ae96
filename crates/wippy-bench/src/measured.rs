//! What a workload came to.

use crate::workload::{self, Kind, Workload};
use std::fmt;
use std::time::Duration;

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Time; less is better.
    Nanoseconds,
    /// Memory; less is better.
    Bytes,
    /// How many times as fast; more is better.
    Times,
    /// A share of what one processor can do; less is better.
    Percent,
}

impl Unit {
    /// The unit that JSON calls so.
    pub fn named(name: &str) -> Option<Unit> {
        [Unit::Nanoseconds, Unit::Bytes, Unit::Times, Unit::Percent].into_iter().find(|unit| unit.name() == name)
    }
    /// As JSON calls it.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Nanoseconds => "ns",
            Unit::Bytes => "bytes",
            Unit::Times => "times",
            Unit::Percent => "percent",
        }
    }
    /// Whether a smaller value is the better one.
    pub fn less_is_better(self) -> bool {
        self != Unit::Times
    }
    /// A value for people, with three digits that count.
    pub fn tell(self, value: f64) -> String {
        let (value, unit) = match self {
            Unit::Nanoseconds if value >= 1e9 => (value / 1e9, " s"),
            Unit::Nanoseconds if value >= 1e6 => (value / 1e6, " ms"),
            Unit::Nanoseconds if value >= 1e4 => (value / 1e3, " µs"),
            Unit::Nanoseconds => (value, " ns"),
            Unit::Bytes if value >= 1e4 => (value / 1024.0, " KiB"),
            Unit::Bytes => (value, " B"),
            Unit::Times => (value, " ×"),
            Unit::Percent => (value, " %"),
        };
        let digits = match value {
            v if v >= 100.0 => 0,
            v if v >= 10.0 => 1,
            _ => 2,
        };
        format!("{value:.digits$}{unit}")
    }
}

/// One number.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What the number is: `a round trip`, `p99`.
    pub what: String,
    /// The number.
    pub value: f64,
    /// What it counts.
    pub unit: Unit,
}

impl Figure {
    /// A time for each of `count` operations.
    pub fn time(what: &str, whole: Duration, count: u64) -> Figure {
        let value = whole.as_nanos() as f64 / count.max(1) as f64;
        Figure { what: what.into(), value, unit: Unit::Nanoseconds }
    }
    /// A share of `values`, which must be sorted: what 99 % do not exceed for `0.99`.
    pub fn share(what: &str, sorted_nanoseconds: &[u64], share: f64) -> Figure {
        let value = percentile(sorted_nanoseconds, share) as f64;
        Figure { what: what.into(), value, unit: Unit::Nanoseconds }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.unit.tell(self.value), self.what)
    }
}

/// The smallest of the sorted values that is not exceeded by this share of them; 0 when there are none.
pub fn percentile(sorted: &[u64], share: f64) -> u64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}

/// What [`Workload::Timers`] came to: processor time for `n` sleeps, and by how many nanoseconds each ended late.
pub fn timers(n: u64, used: Duration, mut late: Vec<u64>) -> Vec<Figure> {
    late.sort_unstable();
    vec![
        Figure::time("of processor a timer", used, n),
        Figure::share("late, p50", &late, 0.5),
        Figure::share("late, p99", &late, 0.99),
    ]
}

/// What [`Workload::Tickers`] came to: the processor time that `n` processes used while so much time passed.
pub fn tickers(n: u64, quick: bool, used: Duration, passed: Duration) -> Vec<Figure> {
    let share = used.as_secs_f64() / passed.as_secs_f64().max(f64::MIN_POSITIVE);
    let ticks = n as f64 * passed.as_secs_f64() / workload::period(quick).as_secs_f64();
    let tick = used.as_nanos() as f64 / ticks.max(1.0);
    vec![
        Figure { what: "of one processor".into(), value: share * 100.0, unit: Unit::Percent },
        Figure { what: "of processor a tick".into(), value: tick, unit: Unit::Nanoseconds },
    ]
}

/// What [`Workload::Compute`] came to: the time of the calls, and that of the tables.
pub fn compute(quick: bool, calls: Duration, tables: Duration) -> Vec<Figure> {
    let (number, _) = workload::compute(quick);
    vec![Figure::time(&format!("fib({number})"), calls, 1), Figure::time("a table loop", tables, 1)]
}

/// What [`Workload::Latency`] came to: how many nanoseconds each message took.
pub fn latency(mut took: Vec<u64>) -> Vec<Figure> {
    took.sort_unstable();
    let shares = [("p99", 0.99), ("p50", 0.5), ("p99.9", 0.999), ("at most", 1.0)];
    shares.into_iter().map(|(what, share)| Figure::share(what, &took, share)).collect()
}

/// What [`Workload::Workers`] comes to: `time` runs `n` units of work on so many workers. One worker and all take turns;
/// the best of three counts.
///
/// # Errors
/// What `time` says.
pub fn speedup<E>(
    n: u64,
    workers: usize,
    mut time: impl FnMut(usize) -> Result<Duration, E>,
) -> Result<Vec<Figure>, E> {
    let (mut alone, mut together) = (Duration::MAX, Duration::MAX);
    for _ in 0..3 {
        alone = alone.min(time(1)?);
        together = together.min(time(workers)?);
    }
    let times = alone.as_secs_f64() / together.as_secs_f64().max(f64::MIN_POSITIVE);
    Ok(vec![
        Figure { what: format!("as fast on {workers} as on 1"), value: times, unit: Unit::Times },
        Figure::time("a unit of work on 1 worker", alone, n),
        Figure::time(&format!("a unit of work on {workers}"), together, n),
    ])
}

/// A workload with its figures; the first is the one to compare by.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// What was run.
    pub workload: Workload,
    /// As which sort of process.
    pub kind: Kind,
    /// How many operations.
    pub count: u64,
    /// On how many workers.
    pub workers: usize,
    /// Whether it was too small to say anything.
    pub quick: bool,
    /// What came out; never empty.
    pub figures: Vec<Figure>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_with_three_digits() {
        let told = |value, unit: Unit| unit.tell(value);
        assert_eq!(told(7.123, Unit::Nanoseconds), "7.12 ns");
        assert_eq!(told(1234.5, Unit::Nanoseconds), "1234 ns");
        assert_eq!(told(123_456.0, Unit::Nanoseconds), "123 µs");
        assert_eq!(told(12_345_678.0, Unit::Nanoseconds), "12.3 ms");
        assert_eq!(told(3.21e9, Unit::Nanoseconds), "3.21 s");
        assert_eq!(told(324.0, Unit::Bytes), "324 B");
        assert_eq!(told(51_200.0, Unit::Bytes), "50.0 KiB");
        assert_eq!(told(1.934, Unit::Times), "1.93 ×");
        assert_eq!(told(0.456, Unit::Percent), "0.46 %");
    }

    #[test]
    fn units_are_read_back() {
        for unit in [Unit::Nanoseconds, Unit::Bytes, Unit::Times, Unit::Percent] {
            assert_eq!(Unit::named(unit.name()), Some(unit));
        }
        assert_eq!(Unit::named("apples"), None);
    }

    #[test]
    fn tickers_share_what_was_used_among_their_ticks() {
        let figures = tickers(10_000, false, Duration::from_millis(100), Duration::from_secs(5));
        let told: Vec<_> = figures.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["2.00 % of one processor", "2000 ns of processor a tick"]);
    }

    #[test]
    fn shares_are_counted_from_below() {
        let values: Vec<u64> = (1..=1000).collect();
        assert_eq!(percentile(&values, 0.5), 500);
        assert_eq!(percentile(&values, 0.99), 990);
        assert_eq!(percentile(&values, 0.999), 999);
        assert_eq!(percentile(&values, 1.0), 1000);
        assert_eq!(percentile(&[7], 0.5), 7);
        assert_eq!(percentile(&[], 0.5), 0);
    }
}

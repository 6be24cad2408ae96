//! What a simulated scheduler has beside the ordinary parts: seeded choices, a trace, and answers that take their time.
//!
//! It is shared as everything else is, but used from one thread only. [`crate::Simulation`] drives it.

use crate::deliver::Shared;
use crate::pool::Seat;
use crate::sync::Mutex;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;
use wippy_core::{Answer, Error, Pid, RawTag};

/// An answer on its way.
type Delayed = (Pid, RawTag, Result<Answer, Error>);

/// The simulated part of a scheduler.
pub(crate) struct Simulator {
    pub(crate) random: Mutex<Random>,
    /// Workers that nobody drives yet.
    pub(crate) seats: Mutex<Vec<Seat>>,
    /// Answers of handlers that are on their way, by the time at which they come and their order of creation.
    delayed: Mutex<BTreeMap<(Duration, u64), Delayed>>,
    /// The longest time that an answer takes.
    pub(crate) latency_max: Mutex<Duration>,
    trace: Mutex<String>,
}

/// xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016.
pub(crate) struct Random(u64);

impl Random {
    /// The generator for a seed; neighbouring seeds give unlike numbers.
    pub(crate) fn new(seed: u64) -> Random {
        // splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014), one round.
        let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Random((z ^ (z >> 31)) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `n`, which is not 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }
}

impl Simulator {
    pub(crate) fn new(seed: u64) -> Simulator {
        Simulator {
            random: Mutex::new(Random::new(seed)),
            seats: Mutex::default(),
            delayed: Mutex::default(),
            latency_max: Mutex::new(Duration::from_millis(10)),
            trace: Mutex::default(),
        }
    }

    /// A number below `n`, which is not 0.
    pub(crate) fn below(&self, n: u64) -> u64 {
        self.random.lock().below(n)
    }

    /// Keeps an answer back for a while.
    pub(crate) fn delay(&self, now: Duration, pid: Pid, tag: RawTag, answer: Result<Answer, Error>) {
        let longest = u64::try_from(self.latency_max.lock().as_nanos()).unwrap_or(u64::MAX);
        let at = now + Duration::from_nanos(self.below(longest.saturating_add(1).max(1)));
        let mut delayed = self.delayed.lock();
        let serial = delayed.last_key_value().map_or(0, |((_, serial), _)| serial + 1).max(delayed.len() as u64);
        // Numbers only break ties of time; one that is taken is passed over.
        let serial = (serial..).find(|n| !delayed.contains_key(&(at, *n))).expect("numbers do not run out");
        delayed.insert((at, serial), (pid, tag, answer));
    }

    /// The first answer that is due.
    pub(crate) fn due(&self, now: Duration) -> Option<Delayed> {
        let mut delayed = self.delayed.lock();
        let first = *delayed.first_key_value()?.0;
        if first.0 <= now { delayed.remove(&first) } else { None }
    }

    /// When the next answer comes.
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        self.delayed.lock().first_key_value().map(|((at, _), _)| *at)
    }

    pub(crate) fn trace(&self) -> String {
        self.trace.lock().clone()
    }
}

impl Shared {
    /// Writes a line into the trace of a simulation; elsewhere nothing is done, and `line` is not made.
    #[inline]
    pub(crate) fn note(&self, line: impl FnOnce(&mut String)) {
        if let Some(simulator) = &self.simulator {
            let mut trace = simulator.trace.lock();
            // Writing to a string does not fail.
            let _ = write!(trace, "{:>14?} ", self.clock.now());
            line(&mut trace);
            trace.push('\n');
        }
    }
}

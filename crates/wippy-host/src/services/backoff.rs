//! How long to wait before the next attempt.

use super::spec::Restart;
use std::time::Duration;

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    /// Try again after this time.
    After(Duration),
    /// The attempts are used up.
    GiveUp,
}

/// Judges the `failures`-th failure in a row. `random` is uniform in 0..1.
///
/// # Source
/// The runtime reference, §6.5.
pub(crate) fn judge(restart: &Restart, failures: u32, random: f64) -> Verdict {
    if is_last(restart, failures) {
        return Verdict::GiveUp;
    }
    let exponent = failures.saturating_sub(1).min(1000) as i32;
    let delay = restart.initial_delay.as_secs_f64() * restart.backoff_factor.powi(exponent);
    let delay = delay.min(restart.max_delay.as_secs_f64());
    let jitter = (2.0 * random - 1.0) * restart.jitter * delay;
    Verdict::After(Duration::from_secs_f64((delay + jitter).max(0.0)))
}

/// Whether nothing is tried any more after the `failures`-th failure in a row.
pub(crate) fn is_last(restart: &Restart, failures: u32) -> bool {
    restart.max_attempts != 0 && failures >= restart.max_attempts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_by_the_factor_up_to_the_cap_and_jitter_follows_it() {
        let restart = Restart { max_attempts: 5, ..Restart::default() };
        let delay = |failures, random| match judge(&restart, failures, random) {
            Verdict::After(d) => d.as_secs_f64(),
            Verdict::GiveUp => f64::NAN,
        };
        assert_eq!([1, 2, 3, 4].map(|n| delay(n, 0.5)), [1.0, 2.0, 4.0, 8.0]);
        assert_eq!(judge(&restart, 5, 0.5), Verdict::GiveUp, "N attempts are N - 1 restarts");
        let forever = Restart::default();
        let Verdict::After(capped) = judge(&forever, 100, 1.0) else { panic!("attempts are unlimited") };
        assert!((capped.as_secs_f64() - 99.0).abs() < 1e-6, "90 s and 10 %");
    }

    #[test]
    fn one_attempt_means_never_again() {
        assert_eq!(judge(&Restart { max_attempts: 1, ..Restart::default() }, 1, 0.0), Verdict::GiveUp);
    }
}

//! Finding a short text near a place, also when it is not quite there.
//!
//! # Source
//! S. Wu and U. Manber, "Fast text searching with errors", 1991; N. Fraser, diff-match-patch, for the weight of distance.

use super::work::Work;
use std::collections::HashMap;

/// Longest text that can be looked for.
pub(super) const PATTERN_MAX: usize = 32;

/// Places between two looks at the turn.
const PIECE: usize = 1024;

/// When something is a match.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    /// 0 is exactly the text at the place; what is above this is no match.
    pub(super) threshold: f64,
    /// So many characters away from the place count as one.
    pub(super) distance: f64,
}

impl Near {
    fn score(self, errors: usize, pattern: usize, away: usize) -> f64 {
        let wrong = errors as f64 / pattern as f64;
        match self.distance {
            0.0 if away == 0 => wrong,
            0.0 => 1.0,
            distance => wrong + away as f64 / distance,
        }
    }

    /// How far from the place something with so many errors may lie.
    fn reach(self, threshold: f64, errors: usize, pattern: usize, most: usize) -> usize {
        let (mut low, mut high) = (0, most);
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if self.score(errors, pattern, middle) <= threshold { low = middle } else { high = middle - 1 }
        }
        low
    }

    /// Where the pattern is best matched near `place`.
    pub(super) async fn find(self, text: &[char], pattern: &[char], place: usize, work: &mut Work) -> Option<usize> {
        let place = place.min(text.len());
        if text == pattern || pattern.is_empty() {
            return Some(if pattern.is_empty() { place } else { 0 });
        }
        if text[place..].starts_with(pattern) {
            return Some(place);
        }
        if pattern.len() > PATTERN_MAX || text.is_empty() {
            return None;
        }
        self.search(text, pattern, place, work).await
    }

    async fn search(self, text: &[char], pattern: &[char], place: usize, work: &mut Work) -> Option<usize> {
        let long = pattern.len();
        let mut places: HashMap<char, u64> = HashMap::new();
        for (n, c) in pattern.iter().enumerate() {
            *places.entry(*c).or_default() |= 1 << (long - n - 1);
        }
        let whole = 1u64 << (long - 1);
        let (mut threshold, mut best) = (self.threshold, None);
        let mut most = text.len() + long;
        // What matches from a place on, with one error less.
        let mut before: (usize, Vec<u64>) = (0, Vec::new());
        let seen = |(base, states): &(usize, Vec<u64>), at: usize| {
            at.checked_sub(*base).and_then(|n| states.get(n).copied()).unwrap_or(0)
        };
        for errors in 0..long {
            most = self.reach(threshold, errors, long, most);
            if self.score(errors, long, 0) > threshold {
                break;
            }
            let base = place.saturating_sub(most);
            let end = (place + most).min(text.len()) + long;
            if !work.take((end - base + 2) * 2) {
                break;
            }
            let mut states = (base, vec![0u64; end - base + 2]);
            states.1[end - base + 1] = (1 << errors) - 1;
            let mut stop = base;
            for at in (base..=end).rev() {
                if at < stop {
                    break;
                }
                if at % PIECE == 0 {
                    work.pass(4 * PIECE).await;
                }
                let fits = text.get(at).and_then(|c| places.get(c)).copied().unwrap_or(0);
                let next = seen(&states, at + 1);
                let mut state = ((next << 1) | 1) & fits;
                if errors > 0 {
                    let (here, there) = (seen(&before, at), seen(&before, at + 1));
                    state |= ((here | there) << 1) | 1 | there;
                }
                states.1[at - base] = state;
                if state & whole == 0 {
                    continue;
                }
                let score = self.score(errors, long, at.abs_diff(place));
                if score <= threshold {
                    (threshold, best) = (score, Some(at));
                    if at <= place {
                        break;
                    }
                    // On the other side only what is nearer is of interest.
                    stop = stop.max((2 * place).saturating_sub(at));
                }
            }
            before = states;
        }
        best
    }
}

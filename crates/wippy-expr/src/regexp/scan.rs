//! Walking an automaton byte by byte, so that a search can be left, or given up, at any time.
//!
//! The engines of the crate `regex-automata` cannot be left before they have found something. What a walk costs is counted
//! in steps, some nanoseconds each, whatever the machine: most of it goes into states that have to be made on the way.

use regex_automata::Input;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};

/// Bytes that are looked at between two answers of [`Forward::piece`].
pub const PIECE: usize = 2048;
/// Bytes that are walked in the time of one step.
pub const BYTES_A_STEP: usize = 8;

const NEVER: &str = "the automaton does not give up, and can begin anywhere";

/// An automaton on its way. It must not give up, whatever its cache may take.
#[derive(Debug)]
pub struct Walk<'w> {
    /// The automaton.
    pub dfa: &'w DFA,
    /// Its states so far.
    pub cache: &'w mut Cache,
    /// What making states has cost.
    pub steps: usize,
}

impl<'w> Walk<'w> {
    /// Nothing is walked yet.
    pub fn new(dfa: &'w DFA, cache: &'w mut Cache) -> Walk<'w> {
        Walk { dfa, cache, steps: 0 }
    }

    /// Where a walk towards the end of a text begins.
    pub fn start_forward(&mut self, input: &Input<'_>) -> LazyStateID {
        let before = self.memory();
        let state = self.dfa.start_state_forward(self.cache, input).expect(NEVER);
        self.count(before != self.memory());
        state
    }

    /// Where a walk towards the beginning of a text begins.
    pub fn start_backward(&mut self, input: &Input<'_>) -> LazyStateID {
        let before = self.memory();
        let state = self.dfa.start_state_reverse(self.cache, input).expect(NEVER);
        self.count(before != self.memory());
        state
    }

    /// The state after a byte.
    #[inline]
    pub fn next(&mut self, state: LazyStateID, byte: u8) -> LazyStateID {
        if !state.is_tagged() {
            let next = self.dfa.next_state_untagged(self.cache, state, byte);
            if !next.is_unknown() {
                return next;
            }
        }
        self.made(state, byte)
    }

    /// The state after the last byte.
    pub fn end(&mut self, state: LazyStateID) -> LazyStateID {
        let before = self.memory();
        let state = self.dfa.next_eoi_state(self.cache, state).expect(NEVER);
        self.count(before != self.memory());
        state
    }

    /// The next state, which may have to be made.
    fn made(&mut self, state: LazyStateID, byte: u8) -> LazyStateID {
        let before = self.memory();
        let next = self.dfa.next_state(self.cache, state, byte).expect(NEVER);
        // A plain state comes here when the way on was not known: finding it costs as much if it leads to an old state.
        self.count(!state.is_tagged() || before != self.memory());
        next
    }

    fn memory(&self) -> (usize, usize) {
        (self.cache.memory_usage(), self.cache.clear_count())
    }

    fn count(&mut self, made: bool) {
        if made {
            self.steps += made_steps(self.dfa);
        }
    }
}

/// What it costs to make a state, or a cache without states. At worst a state holds all those of the pattern.
pub fn made_steps(dfa: &DFA) -> usize {
    32 + dfa.get_nfa().states().len()
}

/// Looks for the leftmost match, piece by piece.
#[derive(Debug)]
pub struct Forward<'w> {
    walk: Walk<'w>,
    text: &'w [u8],
    at: usize,
    state: LazyStateID,
    any: bool,
    found: Option<usize>,
    over: bool,
}

impl<'w> Forward<'w> {
    /// Begins at a place of the text. Any match will do when `any` is set.
    pub fn new(dfa: &'w DFA, cache: &'w mut Cache, text: &'w [u8], from: usize, any: bool) -> Forward<'w> {
        let mut walk = Walk::new(dfa, cache);
        let state = walk.start_forward(&Input::new(text).span(from..text.len()));
        Forward { walk, text, at: from, state, any, found: None, over: false }
    }

    /// Goes on for a while; the steps it took, `None` when the search was over before.
    pub fn piece(&mut self) -> Option<usize> {
        if self.over {
            return None;
        }
        let (begin, end) = (self.at, self.text.len().min(self.at + PIECE));
        while self.at < end && self.walk.steps < PIECE && !self.over {
            self.state = self.walk.next(self.state, self.text[self.at]);
            if self.state.is_tagged() {
                // What matches is told one byte late.
                if self.state.is_match() {
                    self.found = Some(self.at);
                    self.over = self.any;
                } else {
                    self.over = self.state.is_dead();
                }
            }
            self.at += 1;
        }
        if self.at == self.text.len() && !self.over {
            self.over = true;
            if self.walk.end(self.state).is_match() {
                self.found = Some(self.text.len());
            }
        }
        Some((self.at - begin) / BYTES_A_STEP + std::mem::take(&mut self.walk.steps))
    }

    /// Where the match ends that was found so far.
    pub fn found(&self) -> Option<usize> {
        self.found
    }
}

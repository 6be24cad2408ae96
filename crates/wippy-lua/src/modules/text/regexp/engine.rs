//! Searching with a compiled pattern, in turns.
//!
//! Automata are walked byte by byte (`wippy_expr::regexp::scan`): one that is made while it runs finds where the first match
//! ends, one that goes backwards where it begins; `groups` finds what lies within.

use super::super::super::long::Turn;
use super::groups::Threads;
use parking_lot::Mutex;
use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::nfa::thompson::{Compiler, NFA, WhichCaptures};
use regex_automata::util::primitives::PatternID;
use regex_automata::{Anchored, Input, MatchKind};
use std::ops::Range;
use wippy_expr::regexp;
use wippy_expr::regexp::scan::{BYTES_A_STEP, Forward, PIECE, Walk};

/// Memory that one of the two automata may take while it searches, unless a few of its states are larger.
const SEARCH_MAX: usize = 512 << 10;
/// What states and groups may take together, in words.
const SLOTS_MAX: usize = 1 << 20;
/// Searches at the same time that find something to work with.
const SPARE_MAX: usize = 4;
/// What searches leave for the next ones is larger than the pattern by this at most.
const KEPT_MAX: usize = 96 << 10;

/// A compiled pattern.
pub(super) struct Engine {
    nfa: NFA,
    forward: DFA,
    backward: DFA,
    /// What searches have used, for the next ones.
    spare: Mutex<Vec<Spare>>,
}

/// What a search works with.
struct Spare {
    forward: Cache,
    backward: Cache,
    threads: Option<Threads>,
}

impl Spare {
    fn size(&self) -> usize {
        let threads = self.threads.as_ref().map_or(0, Threads::size);
        self.forward.memory_usage() + self.backward.memory_usage() + threads
    }
}

impl Engine {
    /// Compiles a pattern; or says what is wrong with it.
    pub(super) fn new(pattern: &str) -> Result<Engine, String> {
        let parsed = regexp::parse(pattern)?;
        let compile = |backward: bool| {
            let captures = if backward { WhichCaptures::None } else { WhichCaptures::All };
            let size = Some(regexp::SIZE_MAX);
            let config = NFA::config().utf8(false).reverse(backward).which_captures(captures).nfa_size_limit(size);
            Compiler::new().configure(config).build_from_hir(&parsed).map_err(|e| match e.size_limit() {
                Some(_) => format!("expression too large: when compiled it has {} MB at most", regexp::SIZE_MAX >> 20),
                None => e.to_string(),
            })
        };
        let automaton = |nfa: &NFA, config: Config| {
            let config = config.cache_capacity(SEARCH_MAX).skip_cache_capacity_check(true);
            DFA::builder().configure(config).build_from_nfa(nfa.clone()).map_err(|e| e.to_string())
        };
        let nfa = compile(false)?;
        if nfa.states().len().saturating_mul(nfa.group_info().slot_len()) > SLOTS_MAX {
            return Err("expression too large: it has too many groups for its size".to_owned());
        }
        let forward = automaton(&nfa, DFA::config().match_kind(MatchKind::LeftmostFirst))?;
        let backward = automaton(&compile(true)?, DFA::config().match_kind(MatchKind::All))?;
        Ok(Engine { nfa, forward, backward, spare: Mutex::new(Vec::new()) })
    }

    /// Bytes that it may hold on to: itself, and what searches leave for the next ones.
    pub(super) fn weight(&self) -> usize {
        2 * self.size() + KEPT_MAX
    }

    fn size(&self) -> usize {
        self.nfa.memory_usage() + self.backward.get_nfa().memory_usage()
    }

    /// Number of groups, the whole among them.
    pub(super) fn groups(&self) -> usize {
        self.nfa.group_info().group_len(PatternID::ZERO)
    }

    /// Names of the groups.
    pub(super) fn names(&self) -> impl Iterator<Item = Option<&str>> {
        self.nfa.group_info().pattern_names(PatternID::ZERO)
    }

    /// Begins to search a text.
    pub(super) fn search<'s>(&'s self, text: &'s [u8]) -> Search<'s> {
        let spare = self.spare.lock().pop().unwrap_or_else(|| {
            let (forward, backward) = (self.forward.create_cache(), self.backward.create_cache());
            Spare { forward, backward, threads: None }
        });
        Search { engine: self, text, spare: Some(spare), from: 0, last: None }
    }
}

/// The search of one text.
pub(super) struct Search<'s> {
    engine: &'s Engine,
    text: &'s [u8],
    spare: Option<Spare>,
    /// Where the next match may begin.
    from: usize,
    /// Where the last one ended.
    last: Option<usize>,
}

impl Drop for Search<'_> {
    fn drop(&mut self) {
        if let Some(mut spare) = self.spare.take() {
            spare.threads = spare.threads.take().filter(Threads::is_small);
            let mut kept = self.engine.spare.lock();
            let size = kept.iter().map(Spare::size).sum::<usize>() + spare.size();
            if kept.len() < SPARE_MAX && size <= KEPT_MAX + self.engine.size() {
                kept.push(spare);
            }
        }
    }
}

impl Search<'_> {
    /// Whether there is a match.
    pub(super) async fn matches(&mut self, turn: &mut Turn) -> bool {
        self.end(0, true, turn).await.is_some()
    }

    /// The next match. An empty one does not directly follow another one, and does not split a character.
    pub(super) async fn next(&mut self, turn: &mut Turn) -> Option<Range<usize>> {
        while self.from <= self.text.len() {
            let end = self.end(self.from, false, turn).await?;
            let start = self.start(self.from, end, turn).await;
            turn.spend(8).await;
            if start == end && (Some(end) == self.last || splits(self.text, end)) {
                self.from = end + 1;
                continue;
            }
            (self.from, self.last) = (end, Some(end));
            return Some(start..end);
        }
        None
    }

    /// The groups of a match; each is where it lies, if it took part.
    pub(super) async fn groups(&mut self, found: Range<usize>, turn: &mut Turn) -> Vec<Option<Range<usize>>> {
        if self.engine.groups() == 1 {
            return vec![Some(found)];
        }
        let nfa = &self.engine.nfa;
        let spare = self.spare.as_mut().expect("it is there until the end");
        let threads = spare.threads.get_or_insert_with(|| Threads::new(nfa));
        threads.run(nfa, self.text, found, turn).await
    }

    /// Where the leftmost match from a place on ends; any that is there when `any` is set.
    async fn end(&mut self, from: usize, any: bool, turn: &mut Turn) -> Option<usize> {
        let dfa = &self.engine.forward;
        let cache = &mut self.spare.as_mut().expect("it is there until the end").forward;
        let mut search = Forward::new(dfa, cache, self.text, from, any);
        while let Some(steps) = search.piece() {
            turn.spend(steps).await;
        }
        search.found()
    }

    /// Where the match begins that ends at a place.
    async fn start(&mut self, from: usize, end: usize, turn: &mut Turn) -> usize {
        let dfa = &self.engine.backward;
        let cache = &mut self.spare.as_mut().expect("it is there until the end").backward;
        let input = Input::new(self.text).span(from..end).anchored(Anchored::Yes);
        let mut walk = Walk::new(dfa, cache);
        let mut state = walk.start_backward(&input);
        let mut found = end;
        let mut at = end;
        while at > from {
            let piece = from.max(at.saturating_sub(PIECE));
            let begin = at;
            while at > piece && walk.steps < PIECE {
                state = walk.next(state, self.text[at - 1]);
                if state.is_tagged() {
                    if state.is_match() {
                        found = at;
                    } else if state.is_dead() {
                        turn.spend((begin - at) / BYTES_A_STEP + walk.steps).await;
                        return found;
                    }
                }
                at -= 1;
            }
            let steps = std::mem::take(&mut walk.steps);
            turn.spend((begin - at) / BYTES_A_STEP + steps).await;
        }
        state = match from.checked_sub(1) {
            Some(before) => walk.next(state, self.text[before]),
            None => walk.end(state),
        };
        if state.is_match() { from } else { found }
    }
}

/// Whether a place lies within a character.
pub(super) fn splits(text: &[u8], at: usize) -> bool {
    let continues = |n: usize| text.get(n).is_some_and(|b| b & 0xC0 == 0x80);
    if !continues(at) {
        return false;
    }
    let Some(start) = (at.saturating_sub(3)..at).rev().find(|n| !continues(*n)) else {
        return false;
    };
    let end = (at..text.len().min(start + 4)).find(|n| !continues(*n)).unwrap_or(text.len().min(start + 4));
    std::str::from_utf8(&text[start..end]).is_ok_and(|s| s.chars().count() == 1)
}

//! Whether a pattern is found in a text, in a bounded number of steps.

use super::scan::{Forward, made_steps};
use super::{SIZE_MAX, SOURCE_MAX, excerpt, parse, too_large};
use regex_automata::MatchKind;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{Compiler, NFA, WhichCaptures};
use std::sync::Mutex;

/// Memory that a search may take, unless a few states are larger.
const SEARCH_MAX: usize = 512 << 10;
/// What a search leaves for the next one is larger than the pattern by this at most.
const KEPT_MAX: usize = 64 << 10;
/// What a search costs that ends at once.
const SEARCH_STEPS: usize = 8;

/// A compiled pattern that may be searched by whoever cannot wait.
///
/// A search takes time in proportion to the text, and for some patterns to their size as well. Whoever searches says how
/// many steps it may take; [`STEPS_MAX`](super::STEPS_MAX) of them take a tenth of a second or less.
#[derive(Debug)]
pub struct Matcher {
    dfa: DFA,
    /// What a search has used, for the next one.
    pub(super) spare: Mutex<Option<Cache>>,
}

impl Matcher {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(pattern: &str) -> Result<Matcher, String> {
        Matcher::within(pattern, SIZE_MAX)
    }

    /// Compiles a pattern that must not take more than `size` bytes.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn within(pattern: &str, size: usize) -> Result<Matcher, String> {
        if pattern.len() > SOURCE_MAX {
            return Err(format!("expression too large: it has {SOURCE_MAX} bytes at most: `{}`", excerpt(pattern)));
        }
        let config = NFA::config().utf8(false).which_captures(WhichCaptures::None).nfa_size_limit(Some(size));
        let nfa = Compiler::new().configure(config).build_from_hir(&parse(pattern)?);
        let nfa = nfa.map_err(|e| if e.size_limit().is_some() { too_large(pattern) } else { e.to_string() })?;
        let config = DFA::config().match_kind(MatchKind::LeftmostFirst);
        let config = config.cache_capacity(SEARCH_MAX).skip_cache_capacity_check(true);
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).map_err(|e| e.to_string())?;
        Ok(Matcher { dfa, spare: Mutex::new(None) })
    }

    /// Bytes that it takes.
    pub fn size(&self) -> usize {
        self.dfa.get_nfa().memory_usage()
    }

    /// Bytes that it may hold on to: itself, and what a search leaves for the next one.
    pub fn weight(&self) -> usize {
        2 * self.size() + KEPT_MAX
    }

    /// Whether the pattern is found in a text. Takes what it costs from `steps`; `None` when these are not enough.
    pub fn is_match(&self, text: &[u8], steps: &mut usize) -> Option<bool> {
        let Some(given) = steps.checked_sub(SEARCH_STEPS) else {
            *steps = 0;
            return None;
        };
        let spare = self.spare.lock().unwrap_or_else(|e| e.into_inner()).take();
        let (mut cache, left) = match spare {
            Some(cache) => (cache, Some(given)),
            None => (self.dfa.create_cache(), given.checked_sub(made_steps(&self.dfa))),
        };
        let mut search = Forward::new(&self.dfa, &mut cache, text, 0, true);
        let mut left = left;
        while let Some(n) = left
            && let Some(took) = search.piece()
        {
            left = n.checked_sub(took);
        }
        let found = search.found().is_some();
        if cache.memory_usage() <= KEPT_MAX + self.size() {
            *self.spare.lock().unwrap_or_else(|e| e.into_inner()) = Some(cache);
        }
        *steps = left.unwrap_or(0);
        left.map(|_| found)
    }
}

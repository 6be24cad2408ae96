//! Finding the groups of a match whose place is known: all ways through the pattern at once, the preferred ones first.
//!
//! # Source
//! R. Cox, "Regular expression matching: the virtual machine approach", 2009, after K. Thompson and R. Pike.

use super::super::super::long::Turn;
use regex_automata::nfa::thompson::{NFA, State};
use regex_automata::util::primitives::StateID;
use std::ops::Range;

/// Slots that may be kept, in each of two rows.
const SMALL: usize = 4096;
/// No place.
const NONE: usize = usize::MAX;

/// The states that are reached at one place, in order of preference, each with the groups on the way to it.
struct Row {
    order: Vec<StateID>,
    /// Where a state stands in `order`; stale unless the state stands there.
    rank: Vec<u32>,
    slots: Vec<usize>,
}

impl Row {
    fn new(states: usize, slots: usize) -> Row {
        Row { order: Vec::new(), rank: vec![0; states], slots: vec![NONE; states * slots] }
    }

    /// Adds a state; false when it is there already.
    fn insert(&mut self, state: StateID) -> bool {
        let rank = self.rank[state.as_usize()] as usize;
        if self.order.get(rank) == Some(&state) {
            return false;
        }
        self.rank[state.as_usize()] = self.order.len() as u32;
        self.order.push(state);
        true
    }
}

/// What is still to do when the states are followed that take no character.
enum Todo {
    Reach(StateID),
    /// A group was begun or ended on the way; the other ways know nothing of it.
    Restore(usize, usize),
}

/// What finding groups works with.
pub(super) struct Threads {
    here: Row,
    next: Row,
    todo: Vec<Todo>,
    /// Slots for each state: two for each group.
    width: usize,
}

impl Threads {
    pub(super) fn new(nfa: &NFA) -> Threads {
        let (states, width) = (nfa.states().len(), nfa.group_info().slot_len());
        Threads { here: Row::new(states, width), next: Row::new(states, width), todo: Vec::new(), width }
    }

    /// Bytes that it takes, about.
    pub(super) fn size(&self) -> usize {
        let rows = [&self.here, &self.next];
        let row = |row: &Row| size_of_val(&*row.rank) + size_of_val(&*row.slots) + 4 * row.order.capacity();
        rows.into_iter().map(row).sum::<usize>() + self.todo.capacity() * size_of::<Todo>()
    }

    /// Whether it may be kept for the next search.
    pub(super) fn is_small(&self) -> bool {
        self.here.slots.len() <= SMALL
    }

    /// The groups of the match that lies at a place.
    pub(super) async fn run(
        &mut self,
        nfa: &NFA,
        text: &[u8],
        found: Range<usize>,
        turn: &mut Turn,
    ) -> Vec<Option<Range<usize>>> {
        let mut best = vec![NONE; self.width];
        self.here.order.clear();
        self.next.order.clear();
        let mut slots = vec![NONE; self.width];
        let mut steps =
            Self::reach(&mut self.here, &mut self.todo, nfa, text, found.start, nfa.start_anchored(), &mut slots);
        for at in found.start..=found.end {
            for n in 0..self.here.order.len() {
                let state = self.here.order[n];
                let row = state.as_usize() * self.width;
                let known = &self.here.slots[row..row + self.width];
                let byte = if at < found.end { Some(text[at]) } else { None };
                let target = match nfa.state(state) {
                    State::Match { .. } => {
                        best.copy_from_slice(known);
                        // The ways behind it are less preferred.
                        break;
                    }
                    State::ByteRange { trans } => byte.filter(|b| trans.matches_byte(*b)).map(|_| trans.next),
                    State::Sparse(sparse) => byte.and_then(|b| sparse.matches_byte(b)),
                    State::Dense(dense) => byte.and_then(|b| dense.matches_byte(b)),
                    _ => None,
                };
                steps += 1;
                if let Some(target) = target {
                    steps += self.width / 8;
                    slots.copy_from_slice(known);
                    steps += Self::reach(&mut self.next, &mut self.todo, nfa, text, at + 1, target, &mut slots);
                }
            }
            if turn.is_over(std::mem::take(&mut steps)) {
                turn.pause().await;
            }
            std::mem::swap(&mut self.here, &mut self.next);
            self.next.order.clear();
            if self.here.order.is_empty() {
                break;
            }
        }
        let place = |pair: &[usize]| (pair[0] != NONE && pair[1] != NONE).then(|| pair[0]..pair[1]);
        best.chunks(2).map(place).collect()
    }

    /// Adds a state and all that are reached from it without a character. Gives the steps that took.
    fn reach(
        row: &mut Row,
        todo: &mut Vec<Todo>,
        nfa: &NFA,
        text: &[u8],
        at: usize,
        state: StateID,
        slots: &mut [usize],
    ) -> usize {
        let mut steps = 0;
        todo.push(Todo::Reach(state));
        while let Some(next) = todo.pop() {
            steps += 1;
            let state = match next {
                Todo::Reach(state) => state,
                Todo::Restore(slot, place) => {
                    slots[slot] = place;
                    continue;
                }
            };
            if !row.insert(state) {
                continue;
            }
            match nfa.state(state) {
                State::Look { look, next } => {
                    if nfa.look_matcher().matches(*look, text, at) {
                        todo.push(Todo::Reach(*next));
                    }
                }
                State::Union { alternates } => todo.extend(alternates.iter().rev().map(|next| Todo::Reach(*next))),
                State::BinaryUnion { alt1, alt2 } => todo.extend([Todo::Reach(*alt2), Todo::Reach(*alt1)]),
                State::Capture { next, slot, .. } => {
                    let slot = slot.as_usize();
                    todo.push(Todo::Restore(slot, slots[slot]));
                    slots[slot] = at;
                    todo.push(Todo::Reach(*next));
                }
                State::Fail => {}
                State::ByteRange { .. } | State::Sparse(_) | State::Dense(_) | State::Match { .. } => {
                    let start = state.as_usize() * slots.len();
                    row.slots[start..start + slots.len()].copy_from_slice(slots);
                    steps += slots.len() / 8;
                }
            }
        }
        steps
    }
}

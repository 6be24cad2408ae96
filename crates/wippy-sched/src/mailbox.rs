//! The mailbox: many senders, one owner, one word when empty.
//!
//! # The word
//! Bits 48–63 count the ordinary messages ever pushed (modulo 2^16), bits 3–47 point to the newest node (nodes are
//! 8-aligned and addresses fit 48 bits; [`Node::into_word`] asserts it), the low bits are flags:
//!
//! * [`URGENT`]: a node that overtakes the others (terminate) is in the list.
//! * [`IDLE`]: nobody has the process's *token*, the right to run it. Set only on a word without a list.
//! * [`CLOSED`]: nothing gets in any more.
//!
//! # Transitions
//!
//! | | ready (no list) | list | IDLE | CLOSED |
//! |---|---|---|---|---|
//! | push (CAS, AcqRel) | list | list | ready, **the pusher gets the token and hands the node over** | node back |
//! | take (`fetch_and`, Acquire) | ready | ready | – | – |
//! | go idle (CAS, Release) | IDLE | fails: take again | – | – |
//! | close (`swap`, AcqRel) | CLOSED | CLOSED, owner drains | – | – |
//!
//! Whoever finds the mailbox idle owns the process from then on, so it need not leave the node in the list for somebody
//! to take out again: it puts it where the owner keeps what it has taken ([`Taken::hand`]). That saves the `take` of
//! every wake-up. Nodes that the owner must notice ([`Class::Marked`], [`Class::Urgent`]) go through the list.
//!
//! # Why no wake-up is lost
//! Delivering and deciding who schedules is one operation on one word. Going idle succeeds only on a word without a
//! list, and every push changes that word: a push is either before it (then going idle fails and the owner takes) or
//! after it (then the pusher sees IDLE and schedules). A flag beside the word, read by a plain load, would need a
//! store-load fence on both sides; here nothing can be reordered because there is only one location.
//!
//! # Why order is kept
//! One location has one modification order. A sender's pushes stand in it in program order; `take` reverses the list
//! and appends it behind what was taken before.
//!
//! # Orderings
//! A push releases the node's contents to the `take` or `close` that acquires the word; it also acquires, because its
//! `next` field republishes older nodes. Going idle releases the owner's writes to the process to whoever gets the
//! token from the push that sees IDLE (that push acquires).

use crate::sync::checked::{AtomicU16, AtomicUsize};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

const URGENT: usize = 1;
const IDLE: usize = 2;
const CLOSED: usize = 4;
const POINTER: usize = ((1 << 48) - 1) & !7;
const ONE: usize = 1 << 48;
const COUNT: usize = !(ONE - 1);

/// The largest bound a mailbox can keep, in messages: half of what its counter can tell apart.
pub(crate) const BOUND_MAX: u16 = i16::MAX as u16;

/// How a node passes the mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Counts against the bound.
    Ordinary,
    /// The same; its room was reserved beside the mailbox, and whoever uses it up gives that back.
    Reserved,
    /// Keeps its place but does not count.
    Signal,
    /// Keeps its place, does not count, and is reported by `take`.
    Marked,
    /// Overtakes everything.
    Urgent,
}

impl Class {
    fn is_ordinary(self) -> bool {
        matches!(self, Class::Ordinary | Class::Reserved)
    }
}

/// One thing on its way into a mailbox.
#[derive(Debug)]
#[repr(align(8))]
pub(crate) struct Node<T> {
    next: usize,
    class: Class,
    pub(crate) body: T,
}

impl<T> Node<T> {
    pub(crate) fn new(class: Class, body: T) -> Box<Node<T>> {
        // Written where it will lie: bodies are large.
        Box::write(Box::new_uninit(), Node { next: 0, class, body })
    }

    /// Whether it counts against the bound.
    pub(crate) fn is_ordinary(&self) -> bool {
        self.class.is_ordinary()
    }

    /// Whether its room was reserved beside the mailbox.
    pub(crate) fn is_reserved(&self) -> bool {
        self.class == Class::Reserved
    }

    fn into_word(self: Box<Self>) -> usize {
        let word = Box::into_raw(self) as usize;
        assert!(word & !POINTER == 0, "addresses are expected to fit 48 bits");
        word
    }

    /// # Safety
    /// `word` comes from [`Node::into_word`] of the same `T`, and nobody else turns it back.
    unsafe fn from_word(word: usize) -> Box<Node<T>> {
        // SAFETY: by the caller's promise this pointer was leaked from a box and is owned by nobody else.
        unsafe { Box::from_raw(word as *mut Node<T>) }
    }
}

/// What a successful push owes.
#[derive(Debug)]
#[must_use]
pub(crate) enum Pushed<T> {
    /// Somebody has the token and will see the node.
    Delivered,
    /// The receiver was idle: the pusher now has its token, must hand over the node if it comes back, and queue it.
    Woke(Option<Box<Node<T>>>),
}

/// What was in a mailbox when it was emptied.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Took {
    /// How many ordinary messages.
    pub(crate) ordinary: u64,
    /// Whether a [`Class::Marked`] node was among it.
    pub(crate) marked: bool,
}

/// Why a push failed; the node comes back.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) enum Refused {
    Closed,
    Full,
}

/// The shared part of a mailbox.
#[derive(Debug)]
pub(crate) struct Mailbox<T> {
    word: AtomicUsize,
    /// Ordinary messages used up (modulo 2^16); written by the owner alone.
    consumed: AtomicU16,
    /// Most ordinary messages at once; 0 = no limit. Set while the mailbox is closed.
    bound: AtomicU16,
    _owns: std::marker::PhantomData<T>,
}

impl<T> Mailbox<T> {
    /// A closed mailbox.
    pub(crate) fn new() -> Mailbox<T> {
        Mailbox {
            word: AtomicUsize::new(CLOSED),
            consumed: AtomicU16::new(0),
            bound: AtomicU16::new(0),
            _owns: std::marker::PhantomData,
        }
    }

    /// Opens a closed mailbox as "ready": the caller holds the token.
    pub(crate) fn open(&self, bound: u16) {
        self.bound.store(bound.min(BOUND_MAX), Relaxed);
        self.consumed.store(0, Relaxed);
        self.word.store(0, Release);
    }

    /// Puts a node in.
    #[inline]
    pub(crate) fn push(&self, mut node: Box<Node<T>>) -> Result<Pushed<T>, (Box<Node<T>>, Refused)> {
        let class = node.class;
        let by_hand = class.is_ordinary() || class == Class::Signal;
        let bound = if class.is_ordinary() { self.bound.load(Relaxed) } else { 0 };
        let mut seen = self.word.load(Relaxed);
        let mut rereads = 0;
        loop {
            if seen & CLOSED != 0 {
                return Err((node, Refused::Closed));
            }
            if bound != 0 {
                let depth = ((seen >> 48) as u16).wrapping_sub(self.consumed.load(Acquire));
                if depth > BOUND_MAX && rereads < 8 {
                    // The count of used messages is newer than the word: look again. It cannot stay so, because the
                    // owner never uses more than it took; the limit only keeps a fault from spinning here.
                    rereads += 1;
                    seen = self.word.load(Relaxed);
                    continue;
                }
                if depth >= bound && depth <= BOUND_MAX {
                    return Err((node, Refused::Full));
                }
            }
            let count = (seen & COUNT).wrapping_add(if class.is_ordinary() { ONE } else { 0 });
            if seen & IDLE != 0 && by_hand {
                match self.word.compare_exchange_weak(seen, count, AcqRel, Relaxed) {
                    Ok(_) => return Ok(Pushed::Woke(Some(node))),
                    Err(now) => seen = now,
                }
                continue;
            }
            node.next = seen & POINTER;
            let urgent = seen & URGENT | if class == Class::Urgent { URGENT } else { 0 };
            let pointer = node.into_word();
            match self.word.compare_exchange_weak(seen, count | pointer | urgent, AcqRel, Relaxed) {
                Ok(_) if seen & IDLE != 0 => return Ok(Pushed::Woke(None)),
                Ok(_) => return Ok(Pushed::Delivered),
                Err(now) => {
                    // SAFETY: the exchange failed, so the node made into `pointer` above was not published.
                    node = unsafe { Node::from_word(pointer) };
                    seen = now;
                }
            }
        }
    }

    /// Whether an urgent node waits. For the owner.
    pub(crate) fn has_urgent(&self) -> bool {
        self.word.load(Relaxed) & URGENT != 0
    }

    /// Whether nobody had the token just now.
    pub(crate) fn is_idle(&self) -> bool {
        self.word.load(Acquire) & IDLE != 0
    }

    /// How many ordinary messages were ever pushed, modulo 2^16.
    pub(crate) fn pushed(&self) -> u16 {
        (self.word.load(Relaxed) >> 48) as u16
    }

    /// Takes all that is there. For the owner.
    pub(crate) fn take(&self, taken: &mut Taken<T>) -> Took {
        if self.word.load(Relaxed) & POINTER == 0 {
            return Took::default();
        }
        let word = self.word.fetch_and(COUNT, Acquire);
        // SAFETY: the list was swapped out in one operation; this owner is the only one that has it.
        unsafe { taken.append(word & POINTER) }
    }

    /// Says that `n` ordinary messages are used up. For the owner.
    pub(crate) fn consumed(&self, n: u16) {
        if self.bound.load(Relaxed) != 0 {
            let before = self.consumed.load(Relaxed);
            self.consumed.store(before.wrapping_add(n), Release);
        }
    }

    /// Gives the token up. For the owner; false when something came in: it keeps the token and must take.
    #[must_use]
    pub(crate) fn go_idle(&self) -> bool {
        let seen = self.word.load(Relaxed);
        seen & POINTER == 0 && self.word.compare_exchange(seen, seen | IDLE, Release, Relaxed).is_ok()
    }

    /// Closes; what is left goes to `taken`. For the owner.
    pub(crate) fn close(&self, taken: &mut Taken<T>) {
        let word = self.word.swap(CLOSED, AcqRel);
        // SAFETY: the list was swapped out in one operation; nobody can push behind it.
        unsafe { taken.append(word & POINTER) };
    }
}

/// What the owner has taken out and not used yet: urgent nodes first, the others in order of arrival.
#[derive(Debug)]
pub(crate) struct Taken<T> {
    head: usize,
    tail: usize,
    #[allow(clippy::box_collection, reason = "one word in every process, for what next to none of them has")]
    urgent: Option<Box<Vec<T>>>,
    _owns: std::marker::PhantomData<T>,
}

impl<T> Default for Taken<T> {
    fn default() -> Self {
        Taken { head: 0, tail: 0, urgent: None, _owns: std::marker::PhantomData }
    }
}

impl<T> Taken<T> {
    /// Reverses the list that begins at `newest` and appends it.
    ///
    /// # Safety
    /// The list belongs to the caller alone.
    unsafe fn append(&mut self, newest: usize) -> Took {
        let (mut at, mut first, mut last, mut took) = (newest, 0, 0, Took::default());
        while at != 0 {
            // SAFETY: each word of the list was made by `into_word`; the caller owns the list.
            let mut node = unsafe { Node::<T>::from_word(at) };
            at = node.next;
            if node.class == Class::Urgent {
                // Newest first: the last one pushed here is the first that came.
                self.urgent.get_or_insert_default().push(node.body);
                continue;
            }
            took.marked |= node.class == Class::Marked;
            took.ordinary += u64::from(node.class.is_ordinary());
            node.next = first;
            first = node.into_word();
            if last == 0 {
                last = first;
            }
        }
        if first != 0 {
            if self.tail == 0 {
                self.head = first;
            } else {
                // SAFETY: `tail` is the last node of the list that this value owns.
                unsafe { (*(self.tail as *mut Node<T>)).next = first };
            }
            self.tail = last;
        }
        took
    }

    /// Appends a node that was pushed into an idle mailbox. For whoever got the token by that.
    #[inline]
    pub(crate) fn hand(&mut self, mut node: Box<Node<T>>) {
        node.next = 0;
        let word = node.into_word();
        if self.tail == 0 {
            self.head = word;
        } else {
            // SAFETY: `tail` is the last node of the list that this value owns.
            unsafe { (*(self.tail as *mut Node<T>)).next = word };
        }
        self.tail = word;
    }

    /// Whether an urgent one has been taken out and not used yet.
    pub(crate) fn has_urgent(&self) -> bool {
        self.urgent.as_ref().is_some_and(|urgent| !urgent.is_empty())
    }

    /// The urgent ones, which stay.
    pub(crate) fn urgent(&self) -> impl Iterator<Item = &T> {
        self.urgent.iter().flat_map(|urgent| urgent.iter())
    }

    /// The next urgent one.
    pub(crate) fn pop_urgent(&mut self) -> Option<T> {
        self.urgent.as_mut()?.pop()
    }

    /// The next one, and whether it counts against the bound.
    pub(crate) fn pop(&mut self) -> Option<(T, bool)> {
        self.pop_node().map(|node| (node.body, node.class.is_ordinary()))
    }

    /// The next one as it came.
    pub(crate) fn pop_node(&mut self) -> Option<Box<Node<T>>> {
        if self.head == 0 {
            return None;
        }
        // SAFETY: `head` is the first node of the list that this value owns; it leaves the list here.
        let node = unsafe { Node::<T>::from_word(self.head) };
        self.head = node.next;
        if self.head == 0 {
            self.tail = 0;
        }
        Some(node)
    }

    /// Whether no ordinary one is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.head == 0
    }

    /// Looks at all ordinary entries in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Node<T>> {
        let mut at = self.head;
        std::iter::from_fn(move || {
            if at == 0 {
                return None;
            }
            // SAFETY: the list belongs to `self`, which is borrowed as long as the iterator lives.
            let node = unsafe { &*(at as *const Node<T>) };
            at = node.next;
            Some(node)
        })
    }
}

impl<T> Drop for Taken<T> {
    fn drop(&mut self) {
        while self.pop().is_some() {}
    }
}

impl<T> Drop for Mailbox<T> {
    fn drop(&mut self) {
        self.close(&mut Taken::default());
    }
}

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod model;

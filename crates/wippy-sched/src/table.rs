//! From pid to process: slots that are never freed.
//!
//! A slot is an index of the pid. It stays where it is for the life of the table, so a sender with a stale pid reads
//! valid memory: it compares the slot's present pid with the one it wants. Between that look and its push the slot may
//! get a new owner; then the node's generation tells the new owner that it was not meant, and the node is dropped as if
//! it had arrived just before the old owner's end.

use crate::clock::GRAIN;
use crate::mailbox::{Mailbox, Node};
use crate::process::{Letter, Process};
use crate::relations::Relations;
use crate::sync::atomic::{AtomicU32, AtomicU64};
use crate::sync::{Mutex, MutexGuard};
use crate::usage::Usage;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::Duration;
use wippy_core::{Pid, Place};

const CHUNK: usize = 1024;

/// A place for one process at a time. What senders look at lies in its first cache line, what its owner writes in others.
#[repr(C, align(64))]
pub(crate) struct Slot {
    pub(crate) mailbox: Mailbox<Letter>,
    /// The pid of the process in here, whether it can be reached or still starts; 0 when empty.
    owner: AtomicU64,
    /// Since when others may find the process, in units of [`GRAIN`] since the scheduler started, from 1; 0 when they may
    /// not. Senders read it without the lock.
    published: AtomicU32,
    /// What observers are told of whose code it runs.
    label: AtomicU32,
    /// Who started it.
    parent: AtomicU64,
    /// Links, monitors and names, and whether the process can be reached. Locked for moments only.
    pub(crate) relations: Mutex<Relations>,
    process: UnsafeCell<Option<Process>>,
    /// What the process has used so far.
    pub(crate) usage: Usage,
}

// SAFETY: all fields but `process` are `Sync`; `process` is touched only by the one holder of the slot's token
// (see `Token`), and a process is `Send` because machines are.
unsafe impl Sync for Slot {}
// SAFETY: as above; nothing in a slot is tied to a thread.
unsafe impl Send for Slot {}

impl Slot {
    /// The process that lives here, for comparing with a pid.
    pub(crate) fn owner(&self) -> u64 {
        self.owner.load(Ordering::Acquire)
    }

    /// As [`Slot::owner`], as a pid.
    pub(crate) fn owner_pid(&self) -> Pid {
        Pid::from_bits(self.owner())
    }

    /// Whether others may find the process that lives here.
    pub(crate) fn is_published(&self) -> bool {
        self.published.load(Ordering::Acquire) != 0
    }

    /// Others may find the process from now on.
    pub(crate) fn publish(&self, grains: u32) {
        self.published.store(grains.saturating_add(1), Ordering::Release);
    }

    /// Others may not find the process any more.
    pub(crate) fn hide(&self) {
        self.published.store(0, Ordering::Release);
    }

    /// When others could find the process that lives here for the first time, since the scheduler started.
    pub(crate) fn published_at(&self) -> Option<Duration> {
        self.published.load(Ordering::Acquire).checked_sub(1).map(|since| GRAIN * since)
    }

    /// Notes where the process comes from that moves in. For its maker.
    pub(crate) fn set_origin(&self, parent: Pid, label: u32) {
        self.parent.store(parent.to_bits(), Ordering::Relaxed);
        self.set_label(label);
    }

    /// It runs other code from now on. For its owner.
    pub(crate) fn set_label(&self, label: u32) {
        self.label.store(label, Ordering::Relaxed);
    }

    /// Who started the process, and its label.
    pub(crate) fn origin(&self) -> (Pid, u32) {
        (Pid::from_bits(self.parent.load(Ordering::Relaxed)), self.label.load(Ordering::Relaxed))
    }

    /// The ties of `pid`, locked, if it still lives here.
    pub(crate) fn ties_of(&self, pid: Pid) -> Option<MutexGuard<'_, Relations>> {
        let relations = self.relations.lock();
        // An end closes the book before it gives the slot back, and the next owner opens it after it has taken the slot:
        // both together mean that this very process lives.
        (relations.is_open() && self.owner() == pid.to_bits()).then_some(relations)
    }

    fn new() -> Slot {
        Slot {
            mailbox: Mailbox::new(),
            owner: AtomicU64::new(0),
            relations: Mutex::new(Relations::default()),
            published: AtomicU32::new(0),
            label: AtomicU32::new(0),
            parent: AtomicU64::new(0),
            process: UnsafeCell::new(None),
            usage: Usage::default(),
        }
    }
}

/// The right to run the process of a slot. At most one exists for each process; it is in a queue or with a worker.
#[must_use = "a dropped token leaves its process hanging"]
pub(crate) struct Token(*const Slot);

// SAFETY: slots are `Sync` and live as long as the table, which outlives all queues (`Table` is dropped last).
unsafe impl Send for Token {}

impl Token {
    /// The token that a push has just won, or of a process that was just made.
    ///
    /// # Safety
    /// The caller has it by the mailbox protocol, and `slot` lies in a table that outlives the token.
    pub(crate) unsafe fn new(slot: &Slot) -> Token {
        Token(slot)
    }
    pub(crate) fn slot(&self) -> &Slot {
        // SAFETY: by the promise made in `new`, the slot is alive.
        unsafe { &*self.0 }
    }
    /// The token as a pointer, for an atomic place.
    pub(crate) fn into_raw(self) -> *mut Slot {
        self.0.cast_mut()
    }
    /// Back from a pointer.
    ///
    /// # Safety
    /// The pointer comes from `into_raw`, and nobody else makes a token of it.
    pub(crate) unsafe fn from_raw(slot: *mut Slot) -> Token {
        Token(slot)
    }
    /// Gives the process what woke it, as if it had taken it out of its mailbox.
    #[inline]
    pub(crate) fn hand(&mut self, node: Box<Node<Letter>>) {
        let (slot, process) = self.split();
        if node.is_ordinary() {
            slot.usage.taken(1);
        }
        process.as_mut().expect("a process is where its token says").header.taken.hand(node);
    }
    /// Slot and process at once.
    pub(crate) fn split(&mut self) -> (&Slot, &mut Option<Process>) {
        // SAFETY: as in `slot` and `process`; the cell is not reachable through the shared reference to the slot.
        unsafe { (&*self.0, &mut *(*self.0).process.get()) }
    }
    /// The process. Empty only before `put` and after `take`.
    pub(crate) fn process(&mut self) -> &mut Option<Process> {
        // SAFETY: only the holder of the token touches this cell, there is one token, and it is borrowed mutably here.
        unsafe { &mut *self.slot().process.get() }
    }
}

/// All slots of a scheduler.
pub(crate) struct Table {
    chunks: Box<[AtomicPtr<[Slot; CHUNK]>]>,
    free: Mutex<Free>,
}

/// How many slots a worker takes from the common list at a time.
const BATCH: usize = 32;

/// Slots that one worker has at hand, so that workers do not meet at the common list. Each was used before and comes
/// with the generation of its next owner.
#[derive(Default)]
pub(crate) struct FreeSlots(Vec<(u32, u32)>);

struct Free {
    /// Slots that were used, with the generation of their next owner.
    used: Vec<(u32, u32)>,
    /// The first slot that was never used.
    fresh: u32,
}

impl Table {
    pub(crate) fn new() -> Table {
        let chunks = (0..Pid::SLOTS as usize / CHUNK).map(|_| AtomicPtr::default()).collect();
        // Slot 0 stays empty so that no pid has number 0.
        Table { chunks, free: Mutex::new(Free { used: Vec::new(), fresh: 1 }) }
    }

    /// The slot with this index, if it was ever used.
    #[inline]
    pub(crate) fn slot(&self, index: u32) -> Option<&Slot> {
        let chunk = self.chunks[index as usize / CHUNK].load(Ordering::Acquire);
        // SAFETY: a chunk pointer is either null or from a box leaked in `allocate` and freed only by `drop`.
        unsafe { chunk.as_ref() }.map(|chunk| &chunk[index as usize % CHUNK])
    }

    /// The slot in which this very process lives or starts.
    #[inline]
    pub(crate) fn find(&self, pid: Pid) -> Option<&Slot> {
        self.slot(pid.slot()).filter(|slot| slot.owner() == pid.to_bits())
    }

    /// An empty slot and the pid of who will live there; from `near` if the caller is a worker. `None` when all 67
    /// million are taken.
    pub(crate) fn allocate(&self, place: Place, near: Option<&mut FreeSlots>) -> Option<(&Slot, Pid)> {
        let (index, generation) = match near {
            Some(near) => match near.0.pop() {
                Some(used) => used,
                None => {
                    let mut free = self.free.lock();
                    let rest = free.used.len().saturating_sub(BATCH);
                    near.0.extend(free.used.drain(rest..));
                    match near.0.pop() {
                        Some(used) => used,
                        None => self.fresh(&mut free)?,
                    }
                }
            },
            None => {
                let mut free = self.free.lock();
                match free.used.pop() {
                    Some(used) => used,
                    None => self.fresh(&mut free)?,
                }
            }
        };
        let slot = self.slot(index).expect("its chunk was made before it was handed out");
        let pid = Pid::new(place, index, generation);
        slot.owner.store(pid.to_bits(), Ordering::Release);
        Some((slot, pid))
    }

    /// A slot that was never used.
    fn fresh(&self, free: &mut Free) -> Option<(u32, u32)> {
        let index = free.fresh;
        if index == Pid::SLOTS {
            return None;
        }
        free.fresh += 1;
        self.make_chunk(index as usize / CHUNK);
        Some((index, 0))
    }

    /// Called with `free` locked, so one thread at a time.
    fn make_chunk(&self, chunk: usize) {
        if self.chunks[chunk].load(Ordering::Relaxed).is_null() {
            let slots: Box<[Slot]> = (0..CHUNK).map(|_| Slot::new()).collect();
            let slots = Box::into_raw(slots).cast::<[Slot; CHUNK]>();
            self.chunks[chunk].store(slots, Ordering::Release);
        }
    }

    /// Gives a slot back, to `near` if the caller is a worker. Its mailbox is closed and its process gone.
    pub(crate) fn release(&self, pid: Pid, near: Option<&mut FreeSlots>) {
        let slot = self.slot(pid.slot()).expect("a pid that lived has a slot");
        slot.owner.store(0, Ordering::Release);
        let next = (pid.slot(), pid.generation() + 1);
        if next.1 == Pid::GENERATIONS {
            return;
        }
        let Some(FreeSlots(near)) = near else {
            self.free.lock().used.push(next);
            return;
        };
        near.push(next);
        if near.len() > 2 * BATCH {
            self.free.lock().used.extend(near.drain(..BATCH));
        }
    }

    /// The pids of all processes at this moment, or of one host.
    pub(crate) fn pids(&self, place: Option<Place>) -> Vec<Pid> {
        let end = self.free.lock().fresh;
        (1..end)
            .filter_map(|i| {
                let pid = Pid::from_bits(self.slot(i)?.owner());
                (pid.to_bits() != 0).then_some(())?;
                place.is_none_or(|p| pid.place() == p).then_some(pid)
            })
            .collect()
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        for chunk in &mut self.chunks {
            let chunk = std::mem::replace(chunk.get_mut(), std::ptr::null_mut());
            if !chunk.is_null() {
                // SAFETY: the pointer was leaked in `make_chunk`; `&mut self` means that nobody uses it any more.
                drop(unsafe { Box::from_raw(chunk) });
            }
        }
    }
}

#[cfg(all(test, not(loom), not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_all_that_the_engine_keeps_for_it_fits_four_cache_lines() {
        assert_eq!(size_of::<Slot>(), 256);
        assert_eq!(std::mem::offset_of!(Slot, process), 64, "what senders look at is one line");
    }
}

//! What a process is in memory: a header, which lies in its slot, and its machine, which is an allocation of its own.

use crate::deliver::queued_bytes;
use crate::gate::{Abandoned, Baggage};
use crate::host::HostRef;
use crate::mailbox::{Node, Taken};
use crate::sync::atomic::AtomicBool;
use crate::table::Slot;
use crate::timers::TimerKey;
use std::collections::VecDeque;
use std::sync::Arc;
use wippy_core::{
    Answer, Bell, Cancel, Error, Event, ExitNotice, Message, Options, Outdated, Pid, RawTag, SpawnWith, StateMachine,
};

/// A process as it lies in its slot. Owned by whoever holds the process's token.
pub(crate) struct Process {
    pub(crate) header: Header,
    pub(crate) machine: Box<dyn StateMachine>,
}

/// What the engine keeps for each process.
pub(crate) struct Header {
    pub(crate) pid: Pid,
    pub(crate) host: HostRef,
    /// What the gate keeps for it.
    pub(crate) baggage: Option<Baggage>,
    /// Taken out of the mailbox, not yet seen by the machine.
    pub(crate) taken: Taken<Letter>,
    /// Events that an upgrade hands to the new code; they come before `taken`.
    #[allow(clippy::box_collection, reason = "one word in every process, for what next to none of them has")]
    pub(crate) unread: Option<Box<VecDeque<Event>>>,
    /// Requests that wait for their reply, by tag, ascending.
    pub(crate) pending: Vec<(RawTag, Pending)>,
    pub(crate) next_tag: u64,
    /// Messages handed to the machine and not yet reported as used.
    pub(crate) unused: u32,
    /// Their bytes, if the host bounds them.
    pub(crate) unused_bytes: usize,
    pub(crate) options: Options,
    /// It has a waker, so threads that are no workers may have it go on.
    pub(crate) has_waker: bool,
    /// Set until the machine says [`wippy_core::Step::Started`].
    pub(crate) starting: Option<Box<Starting>>,
    /// What the clock rings when a step of this machine is over its slice; asked once after each `init`.
    pub(crate) bell: Option<Bell>,
}

/// A start that guest code has yet to confirm.
pub(crate) struct Starting {
    pub(crate) why: StartOf,
    pub(crate) with: SpawnWith,
}

/// Whose start it is.
pub(crate) enum StartOf {
    /// A new process; the spawner waits for its pid, or for its result.
    New(Ties),
    /// New code in an old process: a failure is the process's.
    Upgrade,
}

/// Who started a process and what it waits for.
#[derive(Clone, Copy)]
pub(crate) struct Ties {
    pub(crate) spawner: Pid,
    pub(crate) waits: Waits,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Waits {
    /// For nothing.
    No,
    /// For the pid, under this tag.
    ForPid(RawTag),
    /// For the result, under this tag.
    ForResult(RawTag),
}

/// What the engine does when a pending request is given up.
pub(crate) enum Pending {
    /// Nothing: a late reply is dropped.
    Command,
    /// Nothing: the process that is on its way up goes on without anybody who waits for it.
    Starting(Pid),
    /// Stop the timer.
    Timer(TimerKey),
    /// Stop watching the process; what then becomes of it, if it still owes its result.
    Watch { target: Pid, then: Abandoned },
}

/// What lies in a mailbox.
pub(crate) struct Letter {
    /// For whom, when slots are used again: a node for an earlier owner of the slot is dropped.
    pub(crate) generation: u32,
    pub(crate) body: Body,
}

/// The bytes that were reserved for what lies in a node.
fn reserved_bytes(node: &Node<Letter>) -> Option<usize> {
    match &node.body.body {
        Body::Message(message) if node.is_reserved() => Some(queued_bytes(message)),
        _ => None,
    }
}

/// See [`Event`]; three kinds never reach the machine.
pub(crate) enum Body {
    Message(Message),
    Reply {
        tag: RawTag,
        answer: Result<Answer, Error>,
    },
    Exit(ExitNotice),
    LinkDown(ExitNotice),
    Cancel(Cancel),
    Outdated(Outdated),
    /// End with this error, at once.
    Terminate(Error),
    /// Somebody outside of the scheduler wants the process stepped; the flag says that this lies in the mailbox.
    Wake(Arc<AtomicBool>),
}

impl Header {
    pub(crate) fn next_tag(&mut self, pending: Pending) -> RawTag {
        self.next_tag += 1;
        let tag = RawTag(self.next_tag);
        self.pending.push((tag, pending));
        tag
    }

    /// Counts a letter that was taken out. False when it was meant for an earlier owner of the slot: then it is done with.
    pub(crate) fn count(&mut self, slot: &Slot, node: &Node<Letter>) -> bool {
        let mine = node.body.generation == self.pid.generation();
        if !node.is_ordinary() {
            return mine;
        }
        slot.usage.received();
        let bytes = if node.is_reserved() { reserved_bytes(node) } else { None };
        if mine {
            self.unused = self.unused.saturating_add(1);
            self.unused_bytes += bytes.unwrap_or(0);
        } else {
            slot.mailbox.consumed(1);
            if let Some(bytes) = bytes {
                slot.usage.free(1, bytes);
            }
        }
        mine
    }

    /// Frees what was reserved for messages that nobody will use any more: the slot's next owner begins with nothing, but
    /// for what a sender reserves or frees just now.
    pub(crate) fn free_queued(&self, slot: &Slot) {
        for bytes in self.taken.iter().filter_map(reserved_bytes) {
            slot.usage.free(1, bytes);
        }
        // Messages have their envelopes' bytes at least: none means that the host does not count them.
        if self.unused_bytes != 0 {
            slot.usage.free(self.unused as usize, self.unused_bytes);
        }
    }

    /// Takes a request off the list; `None` when it was given up, or belongs to code from before an upgrade.
    pub(crate) fn settle(&mut self, tag: RawTag) -> Option<Pending> {
        let i = self.pending.binary_search_by_key(&tag, |(t, _)| *t).ok()?;
        Some(self.pending.remove(i).1)
    }
}

//! What all workers share, and how anything gets into a mailbox.

use crate::clock::Clock;
use crate::gate::Gate;
use crate::handlers::Handlers;
use crate::host::Host;
use crate::mailbox::{Class, Node, Pushed, Refused};
use crate::pool::{self, Pool};
use crate::process::{Body, Letter};
use crate::simulator::Simulator;
use crate::sync::RwLock;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::table::{Slot, Table, Token};
use crate::timers::Timers;
use dashmap::DashMap;
use rustc_hash::FxHashMap;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;
use wippy_core::{Answer, Cancel, Error, Message, Pid, Place, RawTag};

/// What a message counts for where a host bounds bytes: itself, its envelope, and what it refers to.
pub(crate) fn queued_bytes(message: &Message) -> usize {
    size_of::<Node<Letter>>() + message.bytes_outside()
}

fn full() -> Error {
    Error::unavailable("mailbox full")
}

/// One scheduler, seen from inside.
pub(crate) struct Shared {
    pub(crate) gate: Arc<dyn Gate>,
    pub(crate) handlers: Handlers,
    pub(crate) names: DashMap<Arc<str>, Pid>,
    pub(crate) timers: Timers,
    pub(crate) clock: Clock,
    pub(crate) node: Arc<str>,
    pub(crate) incarnation: u64,
    /// Any place of this node, for reading pids.
    pub(crate) home: Place,
    pub(crate) hosts: RwLock<FxHashMap<Place, Arc<Host>>>,
    pub(crate) pools: RwLock<Vec<Arc<Pool>>>,
    /// Whether any host has workers of its own.
    pub(crate) own_pools: AtomicBool,
    /// Whether any host bounds its mailboxes in a way that [`Shared::reserve`] keeps.
    pub(crate) bounded_queues: AtomicBool,
    /// The workers that hosts share.
    pub(crate) pool: Arc<Pool>,
    /// Set when one thread plays all workers and the clock.
    pub(crate) simulator: Option<Box<Simulator>>,
    pub(crate) me: OnceLock<std::sync::Weak<Shared>>,
    /// Dropped last: everything above may hold tokens or look at slots.
    pub(crate) table: Table,
}

impl Shared {
    pub(crate) fn arc(&self) -> Arc<Shared> {
        self.me.get().and_then(std::sync::Weak::upgrade).expect("set when the scheduler was made, which still lives")
    }

    pub(crate) fn now_wall(&self) -> SystemTime {
        if let Some(wall) = self.clock.simulated_wall() {
            return wall;
        }
        crate::turn::caught(|| self.gate.wall()).unwrap_or_else(|_| SystemTime::now())
    }

    /// Puts a body into a mailbox, whether or not others may find the process yet.
    fn push(&self, slot: &Slot, pid: Pid, class: Class, body: Body) -> Result<(), (Body, Refused)> {
        let letter = Letter { generation: pid.generation(), body };
        match slot.mailbox.push(Node::new(class, letter)) {
            Ok(Pushed::Delivered) => Ok(()),
            Ok(Pushed::Woke(handed)) => {
                // SAFETY: this push found the owner idle, so by the mailbox protocol the token is now ours; the slot
                // lies in the table of this scheduler, which outlives its queues.
                let mut token = unsafe { Token::new(slot) };
                if let Some(node) = handed {
                    token.hand(node);
                }
                // The slot may have a new owner by now: it is the one to queue.
                pool::schedule(token, Pid::from_bits(slot.owner()), self);
                Ok(())
            }
            Err((node, why)) => Err((node.body.body, why)),
        }
    }

    /// Puts something of the engine's own into a mailbox; when the process is gone it is dropped.
    pub(crate) fn post(&self, pid: Pid, class: Class, body: Body) -> bool {
        match self.table.find(pid) {
            Some(slot) => self.push(slot, pid, class, body).is_ok(),
            None => false,
        }
    }

    /// Answers a request.
    pub(crate) fn reply(&self, pid: Pid, tag: RawTag, answer: Result<Answer, Error>) {
        self.post(pid, Class::Signal, Body::Reply { tag, answer });
    }

    /// Delivers a message that was allowed to pass.
    pub(crate) fn deliver(&self, to: Pid, message: Message) -> Result<(), (Error, Message)> {
        let Some(slot) = self.table.find(to).filter(|s| s.relations_reachable(to)) else {
            return Err((self.not_found(to), message));
        };
        self.note(|line| line.push_str(&format!("{} sends {} to {to}", message.from, message.topic)));
        let reserved = match self.reserve(slot, to, &message) {
            Ok(reserved) => reserved,
            Err(full) => return Err((full, message)),
        };
        // Two calls, so that each knows its class when it is compiled: this is the hottest path of all.
        let pushed = if reserved > 0 {
            self.push(slot, to, Class::Reserved, Body::Message(message))
        } else {
            self.push(slot, to, Class::Ordinary, Body::Message(message))
        };
        match pushed {
            Ok(()) => Ok(()),
            Err((Body::Message(message), why)) if reserved > 0 => {
                slot.usage.free(1, reserved);
                Err((if why == Refused::Full { full() } else { self.not_found(to) }, message))
            }
            Err((Body::Message(message), Refused::Full)) => Err((full(), message)),
            Err((Body::Message(message), Refused::Closed)) => Err((self.not_found(to), message)),
            Err(_) => unreachable!("what was pushed comes back"),
        }
    }

    /// Makes room for a message where a host bounds bytes, or more messages than a mailbox counts by itself. How many
    /// bytes were reserved; 0 where nothing has to be.
    fn reserve(&self, slot: &Slot, to: Pid, message: &Message) -> Result<usize, Error> {
        if !self.bounded_queues.load(Ordering::Relaxed) {
            return Ok(0);
        }
        let hosts = self.hosts.read();
        let Some(host) = hosts.get(&to.place()).filter(|host| host.counts_queued()) else { return Ok(0) };
        let bytes = queued_bytes(message);
        let fits = slot.usage.reserve(bytes, host.config.max_mailbox, host.config.max_mailbox_bytes);
        if fits { Ok(bytes) } else { Err(full()) }
    }

    /// Why a pid finds nothing.
    pub(crate) fn not_found(&self, pid: Pid) -> Error {
        let stopping = self.hosts.read().get(&pid.place()).is_some_and(|h| h.is_stopping());
        if stopping { Error::unavailable("host is not running") } else { Error::not_found("process not found") }
    }

    /// Whether others may find this process.
    pub(crate) fn reachable(&self, pid: Pid) -> Option<&Slot> {
        self.table.find(pid).filter(|s| s.relations_reachable(pid))
    }

    /// Asks a process to end.
    pub(crate) fn cancel(&self, from: Pid, to: Pid, reason: &str) -> Result<(), Error> {
        let slot = self.reachable(to).ok_or_else(|| Error::not_found("process not found"))?;
        let cancel = Cancel { from, at: self.now_wall(), reason: reason.to_owned() };
        self.push(slot, to, Class::Signal, Body::Cancel(cancel)).map_err(|_| Error::not_found("process not found"))
    }

    /// Asks a process to end, also one that still starts.
    pub(crate) fn ask_to_end(&self, pid: Pid, reason: &str) {
        let cancel = Cancel { from: Pid::SYSTEM, at: self.now_wall(), reason: reason.to_owned() };
        self.post(pid, Class::Signal, Body::Cancel(cancel));
    }

    /// Kills a process at its next scheduling point.
    pub(crate) fn kill(&self, pid: Pid, error: Error) -> bool {
        self.post(pid, Class::Urgent, Body::Terminate(error))
    }
}

impl Slot {
    /// Whether others may find this process. A look without the lock on relations: publishing and ending both go
    /// through it, and whoever comes too late for the one or too early for the other gets the same answer as a sender
    /// that was a moment slower or faster.
    fn relations_reachable(&self, pid: Pid) -> bool {
        self.is_published() && self.owner() == pid.to_bits()
    }
}

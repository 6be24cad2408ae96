//! Whether anything can still happen: a node that stops need not wait for processes that wait for each other.
//!
//! A process *rests* when nothing but another process can have it go on: it waits for messages, or for the end of a
//! process that it has called. One with a timer, with a request to whoever answers commands, or with a waker that some
//! thread may hold does not. When all rest at one moment, none will ever do anything unless a message comes from outside.
//!
//! # Why one look is not enough, and two are
//! While a look goes from one process to the next, one that was seen already may be woken by one that was not, which may
//! rest when it is looked at. But then the first one has a step to make, or has made it: the second look finds it at
//! work, or its number of steps grown. (A sender's push is before its going idle, which releases; the look acquires.) So
//! when both looks find the same, all rested at each moment between them.

use crate::deliver::Shared;
use crate::process::{Header, Pending};
use wippy_core::Pid;

impl Header {
    /// Whether nothing but another process can have this one go on, once its mailbox is empty.
    pub(crate) fn rests(&self) -> bool {
        let of_process = |pending: &Pending| matches!(pending, Pending::Watch { .. });
        !self.has_waker && self.starting.is_none() && self.pending.iter().all(|(_, pending)| of_process(pending))
    }

    /// Of a process that waits: whether it does so for something else than other processes that it has started or called
    /// and that owe it an answer.
    pub(crate) fn has_begun(&self) -> bool {
        let owed = |pending: &Pending| matches!(pending, Pending::Watch { .. } | Pending::Starting(_));
        self.starting.is_none() && !self.pending.iter().any(|(_, pending)| owed(pending))
    }
}

impl Shared {
    /// Whether all processes rest; of `but` it counts only that it is not at work.
    pub(crate) fn is_at_rest(&self, but: Option<Pid>) -> bool {
        let look = || self.look(but);
        look().is_some_and(|first| look() == Some(first))
    }

    /// Each process with its number of steps; `None` when one is found that does not rest.
    fn look(&self, but: Option<Pid>) -> Option<Vec<(Pid, u64)>> {
        let at_rest = |pid| {
            let slot = self.table.find(pid)?;
            let idle = slot.mailbox.is_idle();
            let (steps, rests) = slot.usage.mark();
            (idle && (rests || Some(pid) == but)).then_some((pid, steps))
        };
        self.table.pids(None).into_iter().map(at_rest).collect()
    }
}

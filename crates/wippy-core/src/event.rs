//! What a step receives.

use crate::command::{Answer, RawTag};
use crate::entry::EntryId;
use crate::error::Error;
use crate::machine::Exit;
use crate::message::Message;
use crate::pid::Pid;
use std::sync::Arc;
use std::time::SystemTime;

/// One thing that happened to a process. Events arrive in the order in which they were put into its mailbox.
#[derive(Debug)]
pub enum Event {
    /// User data from another process, or from itself.
    Message(Message),
    /// The answer to a request made with [`crate::Cx::ask`], a spawn, or a timer.
    Reply {
        /// Which request this answers.
        tag: RawTag,
        /// The answer.
        answer: Result<Answer, Error>,
    },
    /// A monitored process ended.
    Exit(ExitNotice),
    /// A linked process failed; seen only by processes that trap links, all others die of it.
    LinkDown(ExitNotice),
    /// Somebody asks this process to end.
    Cancel(Cancel),
    /// The code this process runs was replaced; seen only by processes that asked for it.
    Outdated(Outdated),
}

/// The end of a process as another one hears of it.
#[derive(Debug, Clone)]
pub struct ExitNotice {
    /// Who ended.
    pub from: Pid,
    /// When.
    pub at: SystemTime,
    /// How.
    pub result: Exit,
}

/// A request to end.
#[derive(Debug, Clone)]
pub struct Cancel {
    /// Who asks; [`Pid::SYSTEM`] for the runtime.
    pub from: Pid,
    /// When.
    pub at: SystemTime,
    /// Why; may be empty.
    pub reason: String,
}

/// Code has changed.
#[derive(Debug, Clone)]
pub struct Outdated {
    /// When.
    pub at: SystemTime,
    /// The entries that changed. Shared by all whom the change concerns.
    pub sources: Arc<[EntryId]>,
}

impl Outdated {
    /// Takes a later change in: each entry is told once.
    pub fn merge(&mut self, later: Outdated) {
        self.at = later.at;
        let new: Vec<_> = later.sources.iter().filter(|id| !self.sources.contains(id)).cloned().collect();
        if !new.is_empty() {
            self.sources = self.sources.iter().cloned().chain(new).collect();
        }
    }
}

//! Links, monitors and names of one process: they live in its slot and vanish with it.
//!
//! A relation between two processes is written down on both sides, one lock after the other, never both at once. One of
//! the two is always the process that is running (or the child it makes), so it cannot end in between; when the other
//! one does, its end tells the first through its mailbox.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use wippy_core::{Exit, Pid, RawTag};

/// What ties a process to others. Costs one word until there is something to keep.
#[derive(Default)]
pub(crate) struct Relations {
    state: State,
    book: Option<Box<Book>>,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum State {
    #[default]
    Empty,
    /// Nobody may find it yet.
    Starting(Pid),
    Reachable(Pid),
}

/// All that is to be told or undone when the process ends.
#[derive(Default)]
pub(crate) struct Book {
    /// Who waits for our end.
    pub(crate) watchers: FxHashMap<Pid, Watch>,
    /// Whose end we wait for.
    pub(crate) watching: FxHashSet<Pid>,
    pub(crate) links: FxHashSet<Pid>,
    pub(crate) names: Vec<Arc<str>>,
    /// Rust code outside of the scheduler that waits for our end.
    pub(crate) outside: Vec<Sender<Exit>>,
}

/// How a watcher wants to be told.
#[derive(Default)]
pub(crate) struct Watch {
    /// By an EXIT event.
    pub(crate) exit: bool,
    /// By replies to requests.
    pub(crate) replies: SmallVec<[RawTag; 1]>,
}

impl Relations {
    /// The process that lives here, reachable or not.
    pub(crate) fn pid(&self) -> Option<Pid> {
        match self.state {
            State::Empty => None,
            State::Starting(pid) | State::Reachable(pid) => Some(pid),
        }
    }
    pub(crate) fn starting(&mut self, pid: Pid) {
        self.state = State::Starting(pid);
    }
    pub(crate) fn reachable(&mut self) {
        if let State::Starting(pid) = self.state {
            self.state = State::Reachable(pid);
        }
    }
    /// Whether `pid` lives here and others may find it.
    pub(crate) fn is_reachable(&self, pid: Pid) -> bool {
        self.state == State::Reachable(pid)
    }
    /// Whether `pid` lives here, reachable or still starting.
    pub(crate) fn holds(&self, pid: Pid) -> bool {
        self.pid() == Some(pid)
    }
    /// For writing.
    pub(crate) fn book(&mut self) -> &mut Book {
        self.book.get_or_insert_default()
    }
    /// For looking and removing.
    pub(crate) fn existing(&mut self) -> Option<&mut Book> {
        self.book.as_deref_mut()
    }
    /// The end: nobody finds it from here on.
    pub(crate) fn end(&mut self) -> Box<Book> {
        self.state = State::Empty;
        self.book.take().unwrap_or_default()
    }
}

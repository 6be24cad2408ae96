//! Links, monitors and names of one process: they live in its slot and vanish with it.
//!
//! A relation between two processes is written down on both sides, one lock after the other, never both at once. One of
//! the two is always the process that is running (or the child it makes), so it cannot end in between; when the other
//! one does, its end tells the first through its mailbox.

use crate::small::{SmallMap, SmallSet};
use crate::sync::mpsc::Sender;
use smallvec::SmallVec;
use std::sync::Arc;
use wippy_core::{Exit, Pid, RawTag};

/// What ties a process to others. Costs one word until there is something to keep.
#[derive(Default)]
pub(crate) struct Relations {
    /// The process, once others may find it; [`OPEN`] while somebody lives here whom others may not find yet, though
    /// they may write into the book; 0 while nobody does.
    reachable: u64,
    book: Option<Box<Book>>,
}

/// No pid of a process: it would be one of the place 0, which is nobody's.
const OPEN: u64 = 1;

/// All that is to be told or undone when the process ends.
#[derive(Default)]
pub(crate) struct Book {
    /// Who waits for our end.
    pub(crate) watchers: SmallMap<Pid, Watch>,
    /// Whose end we wait for.
    pub(crate) watching: SmallSet<Pid>,
    pub(crate) links: SmallSet<Pid>,
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

impl Watch {
    /// Whether there is nothing to tell.
    pub(crate) fn is_empty(&self) -> bool {
        !self.exit && self.replies.is_empty()
    }
}

impl Relations {
    /// Somebody lives here now, found by nobody yet.
    pub(crate) fn open(&mut self) {
        self.reachable = OPEN;
    }
    /// From here on others may find `pid`.
    pub(crate) fn set_reachable(&mut self, pid: Pid) {
        self.reachable = pid.to_bits();
    }
    /// Whether somebody lives here.
    pub(crate) fn is_open(&self) -> bool {
        self.reachable != 0
    }
    /// Whether `pid` lives here and others may find it.
    pub(crate) fn is_reachable(&self, pid: Pid) -> bool {
        self.reachable == pid.to_bits()
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
    pub(crate) fn end(&mut self) -> Option<Box<Book>> {
        self.reachable = 0;
        self.book.take()
    }
}

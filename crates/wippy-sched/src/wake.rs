//! A waker that any thread may use to have a process stepped.

use crate::deliver::Shared;
use crate::mailbox::Class;
use crate::process::Body;
use crate::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::Wake;
use wippy_core::Pid;

/// Has a process stepped, from any thread.
pub(crate) struct WakeProcess {
    pub(crate) shared: Weak<Shared>,
    pub(crate) pid: Pid,
    /// A wake-up lies in the mailbox already.
    pub(crate) asked: Arc<AtomicBool>,
}

impl Wake for WakeProcess {
    fn wake(self: Arc<Self>) {
        if !self.asked.swap(true, Ordering::AcqRel)
            && let Some(shared) = self.shared.upgrade()
        {
            shared.post(self.pid, Class::Signal, Body::Wake(self.asked.clone()));
        }
    }
}

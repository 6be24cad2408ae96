//! Locks that processes of this node take by name. Nobody waits for one; the end of a holder gives its locks back.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wippy_core::{Error, Pid};

/// How many locks may be held on a node.
const LOCKS_MAX: usize = 65_536;
/// The longest name of a lock, in bytes: names lie in the node, not in the memory of a process.
const NAME_MAX: usize = 1024;

#[derive(Default)]
pub(crate) struct Locks {
    held: Mutex<Held>,
    /// How many there are, to be read without the lock: processes that end ask.
    count: AtomicUsize,
}

#[derive(Default)]
struct Held {
    holders: HashMap<Arc<str>, Pid>,
    /// The same the other way round.
    names: HashMap<Pid, Vec<Arc<str>>>,
}

impl Held {
    fn take(&mut self, name: &str, pid: Pid) {
        let name: Arc<str> = name.into();
        self.holders.insert(name.clone(), pid);
        self.names.entry(pid).or_default().push(name);
    }
    fn forget(&mut self, pid: Pid) {
        for name in self.names.remove(&pid).unwrap_or_default() {
            self.holders.remove(&name);
        }
    }
}

impl Locks {
    /// Takes a lock for a process. `is_alive`: a holder whose end is told already may not have come to [`Locks::forget`].
    pub(crate) fn acquire(&self, name: &str, pid: Pid, is_alive: impl Fn(Pid) -> bool) -> Result<(), Error> {
        if name.is_empty() {
            return Err(Error::invalid("lock name is required"));
        }
        if name.len() > NAME_MAX {
            return Err(Error::invalid(format!("a lock's name has {NAME_MAX} bytes at most")));
        }
        let mut held = self.held.lock();
        match held.holders.get(name).copied() {
            Some(holder) if holder == pid || is_alive(holder) => {
                return Err(Error::exists(format!("lock is held already: {name}")));
            }
            Some(ended) => held.forget(ended),
            None if held.holders.len() >= LOCKS_MAX => {
                return Err(Error::limited(format!("more than {LOCKS_MAX} locks on this node")));
            }
            None => {}
        }
        held.take(name, pid);
        self.count.store(held.holders.len(), Ordering::Release);
        Ok(())
    }

    /// Gives a lock back; whether this process held it.
    pub(crate) fn release(&self, name: &str, pid: Pid) -> bool {
        let mut held = self.held.lock();
        if held.holders.get(name) != Some(&pid) {
            return false;
        }
        held.holders.remove(name);
        let names = held.names.get_mut(&pid);
        let is_empty = names.is_some_and(|names| {
            names.retain(|n| **n != *name);
            names.is_empty()
        });
        if is_empty {
            held.names.remove(&pid);
        }
        self.count.store(held.holders.len(), Ordering::Release);
        true
    }

    /// A process has ended.
    pub(crate) fn forget(&self, pid: Pid) {
        if self.count.load(Ordering::Acquire) != 0 {
            let mut held = self.held.lock();
            held.forget(pid);
            self.count.store(held.holders.len(), Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wippy_core::{ErrorKind, Place};

    fn pid(slot: u32) -> Pid {
        Pid::new(Place::intern("", 0, "a:host"), slot, 0)
    }

    #[test]
    fn a_lock_has_one_holder_until_it_is_given_back() {
        let (locks, alive) = (Locks::default(), |_| true);
        locks.acquire("a", pid(1), alive).unwrap();
        for other in [1, 2] {
            let refused = locks.acquire("a", pid(other), alive).unwrap_err();
            assert_eq!(*refused.kind(), ErrorKind::AlreadyExists);
        }
        assert!(!locks.release("a", pid(2)) && !locks.release("b", pid(1)));
        assert!(locks.release("a", pid(1)) && !locks.release("a", pid(1)));
        locks.acquire("a", pid(2), alive).unwrap();
        assert!(locks.held.lock().names.keys().eq([&pid(2)]), "nothing is kept for those who hold none");
    }

    #[test]
    fn the_end_of_a_holder_gives_all_its_locks_back() {
        let locks = Locks::default();
        for name in ["a", "b"] {
            locks.acquire(name, pid(1), |_| true).unwrap();
        }
        locks.forget(pid(1));
        locks.acquire("a", pid(2), |_| true).unwrap();
        // Its end was told before it was forgotten: both of its locks are free.
        locks.acquire("c", pid(2), |_| true).unwrap();
        locks.acquire("a", pid(3), |_| false).unwrap();
        locks.forget(pid(2));
        assert!(locks.release("a", pid(3)));
        locks.acquire("c", pid(3), |_| true).unwrap();
    }
}

//! A checker's locks in the shape of parking_lot's: no poison, and waits that borrow the guard.

#[cfg(loom)]
use loom::sync as checker;
#[cfg(shuttle)]
use shuttle::sync as checker;

use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;

/// As `parking_lot::Mutex`.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(checker::Mutex<T>);

/// As `parking_lot::MutexGuard`. Empty only inside a wait.
#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T> {
    #[cfg(shuttle)]
    lock: &'a Mutex<T>,
    inner: Option<checker::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Mutex<T> {
        Mutex(checker::Mutex::new(value))
    }
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard {
            #[cfg(shuttle)]
            lock: self,
            inner: Some(self.0.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

#[cfg(shuttle)]
impl<T> MutexGuard<'_, T> {
    /// As `parking_lot::MutexGuard::unlocked`.
    pub(crate) fn unlocked(&mut self, f: impl FnOnce()) {
        self.inner = None;
        f();
        self.inner = self.lock.lock().inner;
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.inner.as_ref().expect("full outside of waits")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.inner.as_mut().expect("full outside of waits")
    }
}

#[cfg(loom)]
mod waits {
    use super::{MutexGuard, checker};
    use std::sync::PoisonError;
    use std::time::Duration;

    /// As `parking_lot::Condvar`.
    #[derive(Debug, Default)]
    pub(crate) struct Condvar(checker::Condvar);

    impl Condvar {
        pub(crate) fn notify_all(&self) {
            self.0.notify_all();
        }
        /// A wait that no time ends: whoever relies on the time instead of a notice hangs, and the checker says so.
        pub(crate) fn wait_for<T>(&self, guard: &mut MutexGuard<'_, T>, _limit: Duration) {
            let inner = guard.inner.take().expect("full outside of waits");
            guard.inner = Some(self.0.wait(inner).unwrap_or_else(PoisonError::into_inner));
        }
    }
}
#[cfg(loom)]
pub(crate) use waits::Condvar;

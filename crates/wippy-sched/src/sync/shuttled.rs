//! Everything from shuttle. Its time moves by looks: each look at the clock is a tenth of a millisecond later.

pub(crate) use super::locks::{Mutex, MutexGuard};
pub(crate) use shuttle::sync::{atomic, mpsc};

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// As `parking_lot::RwLock`.
#[derive(Debug, Default)]
pub(crate) struct RwLock<T>(shuttle::sync::RwLock<T>);

impl<T> RwLock<T> {
    pub(crate) fn new(value: T) -> RwLock<T> {
        RwLock(shuttle::sync::RwLock::new(value))
    }
    pub(crate) fn read(&self) -> impl Deref<Target = T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn write(&self) -> impl DerefMut<Target = T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As `parking_lot::Condvar`. A wait may end early, as if its time were over.
#[derive(Debug, Default)]
pub(crate) struct Condvar;

impl Condvar {
    pub(crate) fn notify_all(&self) {}
    pub(crate) fn wait_for<T>(&self, guard: &mut MutexGuard<'_, T>, _limit: Duration) {
        guard.unlocked(shuttle::thread::yield_now);
    }
}

/// As crossbeam's: a notice given before the wait is not lost.
#[derive(Debug, Default)]
pub(crate) struct Parker(Unparker);

/// The other end of a [`Parker`].
#[derive(Debug, Default, Clone)]
pub(crate) struct Unparker(Arc<(shuttle::sync::Mutex<bool>, shuttle::sync::Condvar)>);

impl Parker {
    pub(crate) fn new() -> Parker {
        Parker::default()
    }
    pub(crate) fn unparker(&self) -> &Unparker {
        &self.0
    }
    /// Waits for a notice. One that never comes is a deadlock, which shuttle reports.
    pub(crate) fn park(&self) {
        let (notice, changed) = &*self.0.0;
        let mut notice = notice.lock().unwrap_or_else(PoisonError::into_inner);
        while !*notice {
            notice = changed.wait(notice).unwrap_or_else(PoisonError::into_inner);
        }
        *notice = false;
    }
    /// Waits for no longer than it takes others to have a turn.
    pub(crate) fn park_timeout(&self, _limit: Duration) {
        shuttle::thread::yield_now();
        *self.0.0.0.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }
}

impl Unparker {
    pub(crate) fn unpark(&self) {
        let (notice, changed) = &*self.0;
        *notice.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_one();
    }
}

/// As `std::time::Instant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(Duration);

static LOOKS: AtomicU64 = AtomicU64::new(0);

impl Instant {
    pub(crate) fn now() -> Instant {
        Instant(Duration::from_micros(100 * LOOKS.fetch_add(1, Ordering::Relaxed)))
    }
    pub(crate) fn elapsed(self) -> Duration {
        Instant::now().0 - self.0
    }
    pub(crate) fn saturating_duration_since(self, earlier: Instant) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl std::ops::Add<Duration> for Instant {
    type Output = Instant;
    fn add(self, more: Duration) -> Instant {
        Instant(self.0 + more)
    }
}

pub(crate) mod thread {
    //! As `std::thread`: what shuttle's threads lack is that one can see whether they are finished.

    use shuttle::thread::Thread;
    pub(crate) use shuttle::thread::current;
    use std::io;
    use std::num::NonZero;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Lets others have a turn.
    pub(crate) fn sleep(_: std::time::Duration) {
        shuttle::thread::yield_now();
    }

    pub(crate) fn available_parallelism() -> io::Result<NonZero<usize>> {
        Ok(NonZero::new(2).expect("two is not zero"))
    }

    #[derive(Debug, Default)]
    pub(crate) struct Builder(shuttle::thread::Builder);

    impl Builder {
        pub(crate) fn new() -> Builder {
            Builder::default()
        }
        pub(crate) fn name(self, name: String) -> Builder {
            Builder(self.0.name(name))
        }
        pub(crate) fn spawn<T: Send + 'static>(
            self,
            f: impl FnOnce() -> T + Send + 'static,
        ) -> io::Result<JoinHandle<T>> {
            let finished = Arc::new(AtomicBool::new(false));
            let says = finished.clone();
            let handle = self.0.spawn(move || {
                let result = f();
                says.store(true, Ordering::SeqCst);
                result
            })?;
            Ok(JoinHandle { handle, finished })
        }
    }

    #[derive(Debug)]
    pub(crate) struct JoinHandle<T> {
        handle: shuttle::thread::JoinHandle<T>,
        finished: Arc<AtomicBool>,
    }

    impl<T> JoinHandle<T> {
        pub(crate) fn is_finished(&self) -> bool {
            self.finished.load(Ordering::SeqCst)
        }
        pub(crate) fn thread(&self) -> &Thread {
            self.handle.thread()
        }
        pub(crate) fn join(self) -> std::thread::Result<T> {
            self.handle.join()
        }
    }
}

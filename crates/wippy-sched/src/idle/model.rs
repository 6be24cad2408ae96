//! The sleeping protocol under loom: `RUSTFLAGS="--cfg loom" cargo test -p wippy-sched --lib --release idle::model`.

use super::*;
use loom::sync::Arc;
use loom::sync::atomic::AtomicBool;
use loom::sync::atomic::Ordering;
use loom::thread;

/// Story: a worker looks at the queue, finds nothing, and parks; between its look and its park somebody queues work and
/// decides whether to wake it. If neither sees the other the work waits for ever.
#[test]
fn a_wake_between_the_last_look_and_the_park() {
    loom::model(|| {
        let idle = Arc::new(Idle::new(1));
        let queue = Arc::new(AtomicBool::new(false));
        let queuer = {
            let (idle, queue) = (idle.clone(), queue.clone());
            thread::spawn(move || {
                queue.store(true, Ordering::Relaxed);
                idle.work_was_queued()
            })
        };
        idle.fall_asleep(0, false);
        let found_at_last_look = queue.load(Ordering::Relaxed);
        let woken = queuer.join().unwrap();
        assert!(found_at_last_look || woken == Some(0), "the work would wait for ever");
    });
}

/// Story: the only searcher is about to give up while work is queued; the queuer relies on it.
#[test]
fn a_searcher_that_gives_up_is_replaced_or_finds_the_work() {
    loom::model(|| {
        let idle = Arc::new(Idle::new(2));
        let queue = Arc::new(AtomicBool::new(false));
        assert!(idle.start_searching());
        let queuer = {
            let (idle, queue) = (idle.clone(), queue.clone());
            thread::spawn(move || {
                queue.store(true, Ordering::Relaxed);
                idle.work_was_queued()
            })
        };
        idle.fall_asleep(0, true);
        let found_at_last_look = queue.load(Ordering::Relaxed);
        let woken = queuer.join().unwrap();
        assert!(found_at_last_look || woken == Some(0), "the work would wait for ever");
    });
}

/// Story: the worker that work is queued for is busy, or about to find that it has nothing more to do. Either it finds
/// the work itself when it looks, or whoever queued it wakes it.
#[test]
fn a_wake_sent_to_a_worker_that_is_busy() {
    loom::model(|| {
        let idle = Arc::new(Idle::new(1));
        let queue = Arc::new(AtomicBool::new(false));
        let queuer = {
            let (idle, queue) = (idle.clone(), queue.clone());
            thread::spawn(move || {
                queue.store(true, Ordering::Relaxed);
                idle.work_was_queued()
            })
        };
        // Busy: it looks only when its process gave way, searches, gives up, and goes to sleep.
        let mut found = queue.load(Ordering::Relaxed);
        if !found {
            let searching = idle.start_searching();
            idle.fall_asleep(0, searching);
            found = queue.load(Ordering::Relaxed);
        }
        let woken = queuer.join().unwrap();
        assert!(found || woken == Some(0), "the work would wait for ever");
    });
}

/// That these checks can fail: a worker that parks without the last look sleeps beside the work, and the model finds it.
#[test]
#[should_panic(expected = "the work would wait for ever")]
fn the_model_finds_a_sleeper_that_does_not_look_again() {
    loom::model(|| {
        let idle = Arc::new(Idle::new(1));
        let queue = Arc::new(AtomicBool::new(false));
        let queuer = {
            let (idle, queue) = (idle.clone(), queue.clone());
            thread::spawn(move || {
                queue.store(true, Ordering::Relaxed);
                idle.work_was_queued()
            })
        };
        let found = queue.load(Ordering::Relaxed);
        idle.fall_asleep(0, false);
        let woken = queuer.join().unwrap();
        assert!(found || woken == Some(0), "the work would wait for ever");
    });
}

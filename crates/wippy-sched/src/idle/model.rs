//! The sleeping protocol under loom: `RUSTFLAGS="--cfg loom" cargo test -p wippy-sched --lib --release idle::model`.

use super::*;
use loom::sync::Arc;
use loom::sync::atomic::AtomicBool;
use loom::sync::atomic::Ordering;
use loom::thread;

/// Story: a worker looks at the queue, finds nothing, and parks; between its look and its park somebody queues work and
/// decides whether to wake it. If neither sees the other the work waits for ever.
#[test]
fn work_queued_between_the_last_look_and_the_park_is_found() {
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

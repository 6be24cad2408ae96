//! Who is in, under loom: `RUSTFLAGS="--cfg loom" cargo test -p wippy-sched --lib --release attendance::model`.

use super::*;
use loom::sync::Arc;
use loom::thread;

/// Far enough: under loom no wait ends by time.
fn some_day() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}

/// Story: a host is closed while a process is on its way in. Either it is refused, or whoever waits for the host to be
/// empty waits for it too.
#[test]
fn whoever_gets_in_while_it_is_closed_is_waited_for() {
    loom::model(|| {
        let who = Arc::new(Attendance::default());
        let gone = Arc::new(loom::sync::atomic::AtomicBool::new(false));
        let guest = {
            let (who, gone) = (who.clone(), gone.clone());
            thread::spawn(move || {
                let entered = who.enter(0);
                if entered {
                    gone.store(true, SeqCst);
                    who.leave(1);
                }
                entered
            })
        };
        who.close();
        assert!(who.wait_empty(some_day()));
        let gone_in_time = gone.load(SeqCst);
        let entered = guest.join().unwrap();
        assert!(!entered || gone_in_time, "somebody is in whom nobody waited for");
    });
}

/// Story: the last two leave at once, counted by different workers. One of them tells who waits; if neither did, the
/// wait would never end, and the model would say so.
#[test]
fn the_last_one_to_leave_is_heard() {
    loom::model(|| {
        let who = Arc::new(Attendance::default());
        assert!(who.enter(0) && who.enter(0));
        who.close();
        let leaving = [0, 1].map(|worker| {
            let who = who.clone();
            thread::spawn(move || who.leave(worker))
        });
        assert!(who.wait_empty(some_day()));
        for thread in leaving {
            thread.join().unwrap();
        }
    });
}

/// That the first check can fail: looking before counting lets somebody in unseen, and the model finds it.
#[test]
#[should_panic(expected = "somebody is in whom nobody waited for")]
fn the_model_finds_one_who_looks_before_it_counts() {
    loom::model(|| {
        let who = Arc::new(Attendance::default());
        let guest = {
            let who = who.clone();
            thread::spawn(move || {
                let open = !who.is_closed();
                in_one_order();
                if open {
                    who.counts[0].present.fetch_add(1, SeqCst);
                    in_one_order();
                }
                open
            })
        };
        who.close();
        let seen = who.present();
        let entered = guest.join().unwrap();
        assert!(!entered || seen == 1, "somebody is in whom nobody waited for");
    });
}

//! The keeper of the time under loom: `RUSTFLAGS="--cfg loom" cargo test -p wippy-sched --lib --release keeper::model`.

use super::*;
use crossbeam_utils::sync::Parker;
use loom::sync::{Arc, Mutex as Shared};
use loom::thread;

const SOON: Duration = Duration::from_millis(5);
const LATER: Duration = Duration::from_secs(5);

/// Story: a worker takes the role and falls asleep while somebody sets a timer that is due earlier than all others. The
/// keeper sleeps no longer than that, or it is woken; otherwise the timer would be late by hours.
fn a_timer_is_set_while_the_keeper_falls_asleep(earlier: Option<Duration>) {
    loom::model(move || {
        let keeper = Arc::new(Keeper::default());
        let timers = Arc::new(Shared::new(earlier));
        let setter = {
            let (keeper, timers) = (keeper.clone(), timers.clone());
            thread::spawn(move || {
                *timers.lock().unwrap() = Some(SOON);
                keeper.timer_set(SOON)
            })
        };
        let parker = Parker::new();
        let until = keeper.take(parker.unparker(), || *timers.lock().unwrap()).expect("nobody else has the role");
        let woken = setter.join().unwrap();
        assert!(until <= nanoseconds(SOON) || woken, "the timer would be late");
    });
}

#[test]
fn the_first_timer_is_set_while_the_keeper_falls_asleep() {
    a_timer_is_set_while_the_keeper_falls_asleep(None);
}

#[test]
fn an_earlier_timer_is_set_while_the_keeper_falls_asleep() {
    a_timer_is_set_while_the_keeper_falls_asleep(Some(LATER));
}

/// Story: two workers fall asleep at once. One of them keeps the time, the other does not.
#[test]
fn one_of_two_that_fall_asleep_keeps_the_time() {
    loom::model(|| {
        let keeper = Arc::new(Keeper::default());
        let other = {
            let keeper = keeper.clone();
            thread::spawn(move || keeper.take(Parker::new().unparker(), || Some(SOON)).is_some())
        };
        let mine = keeper.take(Parker::new().unparker(), || Some(SOON)).is_some();
        assert!(mine != other.join().unwrap(), "one of them");
        keeper.give_up();
        assert_eq!(keeper.sleeps_until(), None);
    });
}

/// That the first check can fail: a keeper that does not look again after it has written down until when it sleeps, and
/// the model finds it.
#[test]
#[should_panic(expected = "the timer would be late")]
fn the_model_finds_a_keeper_that_does_not_look_again() {
    loom::model(|| {
        let keeper = Arc::new(Keeper::default());
        let timers = Arc::new(Shared::new(None));
        let setter = {
            let (keeper, timers) = (keeper.clone(), timers.clone());
            thread::spawn(move || {
                *timers.lock().unwrap() = Some(SOON);
                keeper.timer_set(SOON)
            })
        };
        let next = *timers.lock().unwrap();
        *keeper.holder.lock() = Some(Parker::new().unparker().clone());
        keeper.until.store(next.map_or(NEVER, nanoseconds), Ordering::SeqCst);
        let woken = setter.join().unwrap();
        assert!(next.is_some() || woken, "the timer would be late");
    });
}

//! Calls that may take long. Each is a future that counts its steps and pauses when they make up a turn.
//!
//! At a pause the C half gives the thread back, as at the end of a slice, and has the call go on when the process runs
//! again: others are not held up, and a kill ends it. Steps are counted, not timed, so that the same program runs the
//! same way each time. Where nothing can be suspended (a handler of `xpcall`), and in file-level code that runs for a
//! template, a call goes on at once, some turns at most.
//!
//! A future runs with the stack of its call below it: it may push values, and keep what belongs to arguments. It must not
//! run Lua code, and pauses only where the stack holds nothing but the arguments and what it finds again itself.

use super::{Call, Out, Result};
use crate::ffi::Stack;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

type Work = Pin<Box<dyn Future<Output = Result>>>;

/// Calls whose turn is over, with the coroutine that each belongs to.
#[derive(Default)]
pub(crate) struct Paused(Vec<(Stack, Work)>);

/// Steps of a turn. A step takes some nanoseconds, the turn a millisecond or less.
const TURN: usize = 1 << 16;

/// Counts the steps of a call.
pub(crate) struct Turn {
    done: usize,
}

impl Turn {
    pub(crate) fn new() -> Turn {
        Turn { done: 0 }
    }

    /// Counts steps; true when the turn is over, and it is time to [`pause`](Turn::pause).
    #[must_use]
    pub(crate) fn is_over(&mut self, steps: usize) -> bool {
        self.done = self.done.saturating_add(steps);
        self.done >= TURN
    }

    /// Lets others run.
    pub(crate) async fn pause(&mut self) {
        self.done = 0;
        let mut paused = false;
        std::future::poll_fn(|_| match std::mem::replace(&mut paused, true) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }

    /// Counts steps, and lets others run when the turn is over.
    pub(crate) async fn spend(&mut self, steps: usize) {
        if self.is_over(steps) {
            self.pause().await;
        }
    }
}

/// Does the first turn of a call.
pub(crate) fn call(c: Call, work: impl Future<Output = Result> + 'static) -> Result {
    run(c.lua, Box::pin(work))
}

/// Does the next turn of the call in this coroutine.
pub(super) fn go_on(lua: Stack) -> Result {
    let work = take(lua).expect("a call is paused until it goes on");
    run(lua, work)
}

/// Drops the call in this coroutine.
pub(super) fn give_up(lua: Stack) {
    drop(take(lua));
}

fn take(lua: Stack) -> Option<Work> {
    let paused = &mut lua.proc().paused;
    let works = &mut paused.as_mut()?.0;
    let at = works.iter().position(|(owner, _)| *owner == lua)?;
    let (_, work) = works.swap_remove(at);
    if works.is_empty() {
        *paused = None;
    }
    Some(work)
}

fn run(lua: Stack, mut work: Work) -> Result {
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => {
            lua.proc().paused.get_or_insert_default().0.push((lua, work));
            Ok(Out::Again)
        }
    }
}

/// Runs a future to its end at once, and says how often it has paused.
#[cfg(test)]
pub(crate) fn to_end<T>(work: impl Future<Output = T>) -> (T, usize) {
    let mut work = std::pin::pin!(work);
    let mut pauses = 0;
    loop {
        match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => return (result, pauses),
            Poll::Pending => pauses += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TURN, Turn, to_end};

    #[test]
    fn a_turn_has_a_number_of_steps() {
        let work = |steps: usize| async move {
            let mut turn = Turn::new();
            for _ in 0..steps {
                turn.spend(1).await;
            }
            steps
        };
        for (steps, pauses) in [(0, 0), (TURN - 1, 0), (TURN, 1), (3 * TURN, 3)] {
            assert_eq!(to_end(work(steps)), (steps, pauses));
        }
    }
}

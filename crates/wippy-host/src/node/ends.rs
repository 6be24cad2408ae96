//! Where it is told that a node should end, and who waits for that: [`Node::wait`](super::Node::wait), and whoever waits
//! for a process that still starts.

use super::Outcome;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use wippy_core::{Error, Pid};

/// How a start went.
type Answer = Result<Pid, Error>;

/// The ends that a node was told of.
pub(crate) struct Ends(Mutex<Inner>);

struct Inner {
    outcomes: Sender<Outcome>,
    /// Somebody wants the node to end: nobody waits for a start any more.
    asked: bool,
    /// Who waits for a process that starts.
    starts: BTreeMap<u64, Sender<Answer>>,
    last: u64,
}

impl Ends {
    pub(super) fn new() -> (Ends, Receiver<Outcome>) {
        let (outcomes, receiver) = channel();
        (Ends(Mutex::new(Inner { outcomes, asked: false, starts: BTreeMap::new(), last: 0 })), receiver)
    }

    /// Tells whoever waits for the node's end.
    pub(crate) fn tell(&self, outcome: Outcome) {
        let mut inner = self.0.lock();
        if !matches!(outcome, Outcome::Terminal(_)) {
            inner.asked = true;
            for start in std::mem::take(&mut inner.starts).into_values() {
                // It may have its answer.
                let _ = start.send(Err(given_up()));
            }
        }
        // The node may be on its way down already.
        let _ = inner.outcomes.send(outcome);
    }

    /// The terminal's process ended before it had started. Who waits for the start hears of it as the start's answer;
    /// when nobody does any more, it counts as the end of a process.
    pub(crate) fn start_failed(&self, error: &Error) {
        if self.0.lock().asked {
            self.tell(Outcome::Terminal(Err(error.clone())));
        }
    }

    /// Has something start a process, and waits until it has, or until the node is asked to end.
    pub(super) fn wait_for_start(&self, begin: impl FnOnce(Starter)) -> Answer {
        let (sender, answer) = channel();
        let number = {
            let mut inner = self.0.lock();
            if inner.asked {
                return Err(given_up());
            }
            inner.last += 1;
            let number = inner.last;
            inner.starts.insert(number, sender.clone());
            number
        };
        begin(Starter(sender));
        let answer = answer.recv().unwrap_or_else(|_| Err(given_up()));
        self.0.lock().starts.remove(&number);
        answer
    }
}

/// Tells how a start went; that it was given up, when it is dropped.
pub(crate) struct Starter(Sender<Answer>);

impl Starter {
    pub(crate) fn tell(self, answer: Answer) {
        // Whoever waited may have gone away.
        let _ = self.0.send(answer);
    }
}

impl Drop for Starter {
    fn drop(&mut self) {
        // Only the first answer is looked at.
        let _ = self.0.send(Err(given_up()));
    }
}

fn given_up() -> Error {
    Error::unavailable("the node is stopping")
}

//! The mailbox protocol under loom: `RUSTFLAGS="--cfg loom" cargo test -p wippy-sched --lib --release mailbox::model`.

use super::*;
use loom::cell::UnsafeCell;
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

/// The plainest run queue: tokens of one process. More than one at a time is a fault of the protocol.
struct RunQueue {
    tokens: Mutex<u32>,
    more: Condvar,
}

impl RunQueue {
    fn put(&self) {
        let mut tokens = self.tokens.lock().unwrap();
        *tokens += 1;
        assert_eq!(*tokens, 1, "two tokens of one process");
        self.more.notify_one();
    }
    fn get(&self) {
        let mut tokens = self.tokens.lock().unwrap();
        while *tokens == 0 {
            tokens = self.more.wait(tokens).unwrap();
        }
        *tokens -= 1;
    }
}

fn model(f: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(f);
}

/// A process: its mailbox, and what its owner has taken. loom finds it out when two touch the latter at once.
struct Process {
    mailbox: Mailbox<u32>,
    taken: UnsafeCell<Taken<u32>>,
    queue: RunQueue,
}

// SAFETY: `taken` is for whoever has the token; that this is one thread at a time is what loom checks here.
unsafe impl Sync for Process {}
// SAFETY: as above.
unsafe impl Send for Process {}

impl Process {
    /// One that is running already: its token is in the queue.
    fn running(bound: u16) -> Arc<Process> {
        let queue = RunQueue { tokens: Mutex::new(1), more: Condvar::new() };
        let process = Process { mailbox: Mailbox::new(), taken: UnsafeCell::new(Taken::default()), queue };
        process.mailbox.open(bound);
        Arc::new(process)
    }
    /// For whoever has the token.
    fn owned<R>(&self, f: impl FnOnce(&mut Taken<u32>) -> R) -> R {
        // SAFETY: the caller has the token; loom says so when another one touches it meanwhile.
        self.taken.with_mut(|taken| f(unsafe { &mut *taken }))
    }
    /// Pushes; whether it was delivered.
    fn send(&self, class: Class, v: u32) -> bool {
        match self.mailbox.push(Node::new(class, v)) {
            Ok(Pushed::Delivered) => true,
            Ok(Pushed::Woke(node)) => {
                if let Some(node) = node {
                    self.owned(|taken| taken.hand(node));
                }
                self.queue.put();
                true
            }
            Err(_) => false,
        }
    }
}

/// Sends both, unless the first is refused; how many were delivered.
fn sender(process: &Arc<Process>, values: [u32; 2]) -> thread::JoinHandle<u32> {
    let process = process.clone();
    thread::spawn(move || values.into_iter().take_while(|v| process.send(Class::Ordinary, *v)).count() as u32)
}

#[test]
fn no_message_is_lost_and_no_sender_overtakes_itself() {
    model(|| {
        let process = Process::running(0);
        let senders = [sender(&process, [10, 11]), sender(&process, [20, 21])];
        let mut seen = Vec::new();
        while seen.len() < 4 {
            process.queue.get();
            loop {
                process.owned(|taken| {
                    process.mailbox.take(taken);
                    seen.extend(std::iter::from_fn(|| taken.pop()).map(|(v, _)| v));
                });
                if process.mailbox.go_idle() {
                    break;
                }
            }
        }
        for s in senders {
            s.join().unwrap();
        }
        for lane in [1, 2] {
            let mine: Vec<_> = seen.iter().filter(|v| **v / 10 == lane).collect();
            assert_eq!(mine, [&(lane * 10), &(lane * 10 + 1)]);
        }
    });
}

#[test]
fn closing_accounts_for_every_message() {
    model(|| {
        let process = Process::running(0);
        let senders = [sender(&process, [10, 11]), sender(&process, [20, 21])];
        let got = process.owned(|taken| {
            process.mailbox.take(taken);
            process.mailbox.close(taken);
            std::iter::from_fn(|| taken.pop()).count() as u32
        });
        let delivered: u32 = senders.into_iter().map(|s| s.join().unwrap()).sum();
        assert_eq!(delivered, got);
    });
}

#[test]
fn a_bounded_mailbox_never_holds_more_than_its_bound_and_loses_nothing() {
    model(|| {
        let process = Process::running(1);
        let senders = [sender(&process, [10, 11]), sender(&process, [20, 21])];
        let mut got = 0;
        for _ in 0..2 {
            process.owned(|taken| {
                let took = process.mailbox.take(taken);
                assert!(took.ordinary <= 1, "more than the bound");
                while taken.pop().is_some() {
                    got += 1;
                    process.mailbox.consumed(1);
                }
            });
        }
        let delivered: u32 = senders.into_iter().map(|s| s.join().unwrap()).sum();
        process.owned(|taken| {
            process.mailbox.close(taken);
            got += std::iter::from_fn(|| taken.pop()).count() as u32;
        });
        assert_eq!(delivered, got);
    });
}

/// Story: an owner goes idle, and two wake it at once. One hands its message over and queues the process, the other's
/// lies in the mailbox: whoever runs the process sees both, and one thread at a time touches what was taken.
#[test]
fn of_two_that_wake_a_process_one_hands_over_and_the_other_is_taken() {
    model(|| {
        let process = Process::running(0);
        process.queue.get();
        assert!(process.mailbox.go_idle());
        let senders = [10, 20].map(|v| {
            let process = process.clone();
            thread::spawn(move || process.send(Class::Ordinary, v))
        });
        let mut seen = Vec::new();
        while seen.len() < 2 {
            process.queue.get();
            process.owned(|taken| {
                process.mailbox.take(taken);
                seen.extend(std::iter::from_fn(|| taken.pop()).map(|(v, _)| v));
            });
            if !process.mailbox.go_idle() {
                process.queue.put();
            }
        }
        for s in senders {
            assert!(s.join().unwrap());
        }
        seen.sort_unstable();
        assert_eq!(seen, [10, 20]);
    });
}

/// Story: two kill an idle process at once. One of them gets the token and ends the process; the other's order is
/// either seen by that end or comes too late for it. Two ends, or none, would be a fault.
#[test]
fn a_process_that_two_kill_at_once_ends_once() {
    model(|| {
        let process = Process::running(0);
        process.queue.get();
        assert!(process.mailbox.go_idle());
        let killers = [1, 2].map(|killer| {
            let process = process.clone();
            thread::spawn(move || {
                let Ok(Pushed::Woke(node)) = process.mailbox.push(Node::new(Class::Urgent, killer)) else { return 0 };
                assert!(node.is_none(), "a kill must be seen in the mailbox");
                process.owned(|taken| {
                    process.mailbox.take(taken);
                    assert!(taken.has_urgent(), "whoever was woken by a kill must see it");
                    process.mailbox.close(taken);
                });
                1
            })
        });
        let ends: u32 = killers.into_iter().map(|k| k.join().unwrap()).sum();
        assert_eq!(ends, 1);
    });
}

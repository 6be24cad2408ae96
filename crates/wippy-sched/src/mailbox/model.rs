//! The mailbox protocol under loom: `RUSTFLAGS="--cfg loom" cargo test -p wippy-sched --lib --release mailbox::model`.

use super::*;
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

fn sender(mailbox: &Arc<Mailbox<u32>>, queue: &Arc<RunQueue>, values: [u32; 2]) -> thread::JoinHandle<u32> {
    let (mailbox, queue) = (mailbox.clone(), queue.clone());
    thread::spawn(move || {
        let mut delivered = 0;
        for v in values {
            match mailbox.push(Node::new(Class::Ordinary, v)) {
                Ok(pushed) => {
                    delivered += 1;
                    if pushed == Pushed::Woke {
                        queue.put();
                    }
                }
                Err(_) => break,
            }
        }
        delivered
    })
}

fn open() -> (Arc<Mailbox<u32>>, Arc<RunQueue>) {
    let mailbox = Arc::new(Mailbox::new());
    mailbox.open(0);
    (mailbox, Arc::new(RunQueue { tokens: Mutex::new(1), more: Condvar::new() }))
}

#[test]
fn no_message_is_lost_and_no_sender_overtakes_itself() {
    model(|| {
        let (mailbox, queue) = open();
        let senders = [sender(&mailbox, &queue, [10, 11]), sender(&mailbox, &queue, [20, 21])];
        let (mut taken, mut seen) = (Taken::default(), Vec::new());
        while seen.len() < 4 {
            queue.get();
            loop {
                mailbox.take(&mut taken);
                while let Some((v, _)) = taken.pop() {
                    seen.push(v);
                }
                if mailbox.go_idle() {
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
        let (mailbox, queue) = open();
        let senders = [sender(&mailbox, &queue, [10, 11]), sender(&mailbox, &queue, [20, 21])];
        let mut taken = Taken::default();
        let mut got = 0;
        mailbox.take(&mut taken);
        mailbox.close(&mut taken);
        while taken.pop().is_some() {
            got += 1;
        }
        let delivered: u32 = senders.into_iter().map(|s| s.join().unwrap()).sum();
        assert_eq!(delivered, got);
    });
}

#[test]
fn a_bounded_mailbox_never_holds_more_than_its_bound_and_loses_nothing() {
    model(|| {
        let mailbox = Arc::new(Mailbox::new());
        mailbox.open(1);
        let queue = Arc::new(RunQueue { tokens: Mutex::new(1), more: Condvar::new() });
        let senders = [sender(&mailbox, &queue, [10, 11]), sender(&mailbox, &queue, [20, 21])];
        let mut taken = Taken::default();
        let mut got = 0;
        for _ in 0..2 {
            let took = mailbox.take(&mut taken);
            assert!(took.ordinary <= 1, "more than the bound");
            while taken.pop().is_some() {
                got += 1;
                mailbox.consumed(1);
            }
        }
        let delivered: u32 = senders.into_iter().map(|s| s.join().unwrap()).sum();
        mailbox.close(&mut taken);
        while taken.pop().is_some() {
            got += 1;
        }
        assert_eq!(delivered, got);
    });
}

/// Story: two kill an idle process at once. One of them gets the token and ends the process; the other's order is
/// either seen by that end or comes too late for it. Two ends, or none, would be a fault.
#[test]
fn a_process_that_two_kill_at_once_ends_once() {
    model(|| {
        let mailbox = Arc::new(Mailbox::new());
        mailbox.open(0);
        assert!(mailbox.go_idle());
        let killers = [1, 2].map(|killer| {
            let mailbox = mailbox.clone();
            thread::spawn(move || {
                if !matches!(mailbox.push(Node::new(Class::Urgent, killer)), Ok(Pushed::Woke)) {
                    return 0;
                }
                let mut taken = Taken::default();
                mailbox.take(&mut taken);
                assert!(taken.has_urgent(), "whoever was woken by a kill must see it");
                mailbox.close(&mut taken);
                1
            })
        });
        let ends: u32 = killers.into_iter().map(|k| k.join().unwrap()).sum();
        assert_eq!(ends, 1);
    });
}

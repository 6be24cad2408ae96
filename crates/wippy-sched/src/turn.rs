//! One turn of a process: take what is in the mailbox, step, do what the step says.

use crate::deliver::Shared;
use crate::desk::Desk;
use crate::gate::Caller;
use crate::launch::init;
use crate::mailbox::Took;
use crate::pool;
use crate::process::{Body, Header, Process, StartOf, Starting};
use crate::table::{Slot, Token};
use crate::usage::{HAS_WAITED, RESTS};
use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wippy_core::{Cx, Error, Event, Exit, Pid, Start, StateMachine, Step, Tree, Upgrade};

/// How often a process may go on within one turn because something came in while it went idle.
const ROUNDS_MAX: u32 = 8;
/// How many steps of a machine that runs no guest code lie between two looks at its memory.
const MEMORY_EVERY: u64 = 16;

/// Runs a machine's function; a panic becomes the process's error.
pub(crate) fn caught<T>(f: impl FnOnce() -> T) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let error = Error::internal(format!("process panicked: {}", text.unwrap_or("(no text)")));
        // The panic's own payload may panic when it is dropped.
        if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            std::mem::forget(second);
        }
        error
    })
}

/// Closes a machine, whatever it does.
pub(crate) fn close_quietly(pid: Pid, machine: &mut Box<dyn StateMachine>) {
    if let Err(e) = caught(|| machine.close()) {
        tracing::error!(%pid, "closing a process failed: {e}");
    }
}

/// Drops a process with all that it left behind, which may be values of users' types.
pub(crate) fn move_out(pid: Pid, process: &mut Option<Process>) {
    if let Err(e) = caught(|| *process = None) {
        tracing::error!(%pid, "dropping what a process left behind failed: {e}");
    }
}

/// What a turn leaves to do.
enum Next {
    /// Step again at once.
    Again,
    /// Give the others a turn.
    Requeue,
    /// Wait for something.
    Wait,
    End(Exit),
}

impl Shared {
    /// Runs one turn of the process whose token this is.
    pub(crate) fn turn(&self, desk: &Desk, mut token: Token) {
        let mut rounds = 0;
        loop {
            let process = token.process().as_mut().expect("a process is where its token says");
            let pid = process.header.pid;
            let mut next = match self.take_mail(&mut token) {
                Some(end) => Next::End(end),
                None => self.step(desk, &mut token),
            };
            // A kill that came in during the step wins over whatever the step said. It may also be a stale one, meant
            // for an earlier owner of the slot: then what the step said holds.
            if (token.slot().mailbox.has_urgent() || process_of(&mut token).header.taken.has_urgent())
                && let Some(end) = self.take_mail(&mut token)
            {
                next = Next::End(end);
            }
            match next {
                Next::End(exit) => return self.finish(desk, token, exit),
                Next::Again => continue,
                Next::Requeue => return pool::requeue(token, pid, self),
                Next::Wait => {
                    let header = &process_of(&mut token).header;
                    let (has_no_mail, rests, has_begun) = (header.has_no_mail(), header.rests(), header.has_begun());
                    if has_begun {
                        token.slot().usage.note(HAS_WAITED);
                    }
                    let idle = has_no_mail && {
                        if rests {
                            token.slot().usage.note(RESTS);
                        }
                        let slot: *const _ = token.slot();
                        // SAFETY: slots live as long as the table. After `go_idle` succeeds the token is no longer
                        // ours, so nothing of it is touched: it is a plain pointer and dropping it does nothing.
                        unsafe { (*slot).mailbox.go_idle() }
                    };
                    if idle {
                        return;
                    }
                    rounds += 1;
                    if rounds == ROUNDS_MAX || desk.slice_is_over() {
                        return pool::requeue(token, pid, self);
                    }
                }
            }
        }
    }

    /// Empties the mailbox. `Some` when something in it ends the process before it runs.
    fn take_mail(&self, token: &mut Token) -> Option<Exit> {
        let (slot, process) = token.split();
        let header = &mut process.as_mut().expect("a process is where its token says").header;
        let marked = header.take_mail(slot).marked;
        while let Some(letter) = header.taken.pop_urgent() {
            if letter.generation == header.pid.generation()
                && let Body::Terminate(error) = letter.body
            {
                return Some(Err(error));
            }
        }
        if marked && !header.options.trap_links {
            let generation = header.pid.generation();
            let broken = header.taken.iter().find_map(|node| match &node.body.body {
                Body::LinkDown(notice) if node.body.generation == generation => Some(notice),
                _ => None,
            });
            if let Some(notice) = broken {
                let cause = notice.result.as_ref().err().map_or(String::new(), Error::to_string);
                let details = Tree::map([("pid", notice.from.to_string()), ("cause", cause)]);
                return Some(Err(Error::internal("linked process failed").with_details(details)));
            }
        }
        None
    }

    fn step(&self, desk: &Desk, token: &mut Token) -> Next {
        let (slot, process) = token.split();
        let usage = &slot.usage;
        let Process { header, machine } = process.as_mut().expect("a process is where its token says");
        let bell = header.bell;
        // Machines with a bell run guest code, whose memory changes with each step.
        let count_memory = usage.step() % MEMORY_EVERY == 0 || bell.is_some();
        // What it says is written past everything in between: each time a larger value is handed back up it is copied,
        // and the copy waits for the write.
        let mut said = MaybeUninit::uninit();
        let mut step = |cx: &mut Cx| {
            said.write(machine.step(cx));
            if count_memory {
                usage.set_memory(machine.memory_bytes());
            }
        };
        if let Err(panic) = desk.slice(self, header, bell, |cx| caught(|| step(cx))) {
            return self.end_of(token, Err(panic));
        }
        // SAFETY: the step did not panic, so it was written.
        match unsafe { said.assume_init() } {
            Step::Ready => Next::Requeue,
            Step::Blocked | Step::Idle => Next::Wait,
            Step::Started => self.started(token),
            Step::Complete(exit) => self.end_of(token, exit),
            Step::Upgrade(upgrade) => self.upgrade(desk, token, *upgrade),
        }
    }

    /// A pending start has succeeded.
    fn started(&self, token: &mut Token) -> Next {
        let header = &mut process_of(token).header;
        let (pid, host) = (header.pid, header.host);
        match header.starting.take().map(|s| *s) {
            Some(Starting { why: StartOf::New(ties), with }) => {
                match self.attach(token.slot(), (pid, host), &ties, &with, false) {
                    Ok(()) => {
                        self.answer_spawner(&ties, Ok(pid));
                        Next::Again
                    }
                    Err(e) => {
                        let why = StartOf::New(ties);
                        process_of(token).header.starting = Some(Box::new(Starting { why, with }));
                        Next::End(Err(e))
                    }
                }
            }
            Some(Starting { why: StartOf::Upgrade, .. }) | None => Next::Again,
        }
    }

    fn end_of(&self, token: &mut Token, exit: Exit) -> Next {
        let upgrading = matches!(&process_of(token).header.starting, Some(s) if matches!(s.why, StartOf::Upgrade));
        Next::End(if upgrading { exit.map_err(|e| e.context("upgrade: init failed")) } else { exit })
    }

    /// Replaces the machine under the same identity.
    fn upgrade(&self, desk: &Desk, token: &mut Token, Upgrade { entry, args, unread }: Upgrade) -> Next {
        let header = &process_of(token).header;
        let caller = Caller { pid: header.pid, baggage: header.baggage.as_ref() };
        let new = match caught(|| self.gate.upgrade(caller, entry.as_ref())).and_then(|r| r) {
            Ok(new) => new,
            Err(e) => return Next::End(Err(e.context("upgrade: create failed"))),
        };
        let (slot, process) = token.split();
        let Process { header, machine } = process.as_mut().expect("a process is where its token says");
        self.drop_pending(header);
        header.pending.clear();
        close_quietly(header.pid, machine);
        let old = (std::mem::replace(machine, new.machine), header.baggage.replace(new.baggage));
        slot.set_label(new.label);
        // Replies were for the old code.
        let mut events: VecDeque<Event> = unread.into();
        events.extend(header.unread.take().into_iter().flat_map(|rest| *rest));
        let (replies, first): (VecDeque<_>, VecDeque<_>) =
            events.into_iter().partition(|event| matches!(event, Event::Reply { .. }));
        header.unread = (!first.is_empty()).then(|| Box::new(first));
        for dropped in [caught(|| drop(old)), caught(|| drop(replies))] {
            if let Err(e) = dropped {
                tracing::error!(pid = %header.pid, "dropping what an upgrade leaves behind failed: {e}");
            }
        }
        let started = desk.visit(self, header, |cx| caught(|| init(machine, cx, &new.method, args)));
        let started = started.and_then(|r| r).map(|(start, bell)| {
            header.bell = bell;
            start
        });
        match started {
            // The others have a turn first: a machine that upgrades in every step must not keep its worker.
            Ok(Start::Ready) => match self.started(token) {
                Next::Again => Next::Requeue,
                end => end,
            },
            Ok(Start::Pending) => {
                let upgrade = || Box::new(Starting { why: StartOf::Upgrade, with: Default::default() });
                header.starting.get_or_insert_with(upgrade);
                Next::Requeue
            }
            Err(e) => Next::End(Err(e.context("upgrade: init failed"))),
        }
    }
}

fn process_of(token: &mut Token) -> &mut Process {
    token.process().as_mut().expect("a process is where its token says")
}

impl Header {
    /// Takes what is in the mailbox.
    pub(crate) fn take_mail(&mut self, slot: &Slot) -> Took {
        let took = slot.mailbox.take(&mut self.taken);
        if took.ordinary > 0 {
            slot.usage.taken(took.ordinary);
        }
        took
    }

    /// Whether nothing waits that the machine could take, or that ends it.
    fn has_no_mail(&self) -> bool {
        let none_kept = self.starting.is_some() || self.unread.as_ref().is_none_or(|u| u.is_empty());
        self.taken.is_empty() && none_kept && !self.taken.has_urgent()
    }
}

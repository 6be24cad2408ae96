//! How a process comes to life.

use crate::deliver::Shared;
use crate::desk::Desk;
use crate::gate::{Baggage, Caller};
use crate::host::HostRef;
use crate::mailbox::{Class, Node, Taken};
use crate::pool;
use crate::process::{Body, Header, Letter, Process, StartOf, Starting, Ties, Waits};
use crate::sync::mpsc::Sender;
use crate::table::{Slot, Token};
use crate::turn::{caught, close_quietly, move_out};
use std::sync::Arc;
use wippy_core::{Answer, Bell, Cx, Error, Exit, Message, Options, Pid, SpawnWith, Start, StateMachine, Values};

/// All that is needed to start a machine.
pub(crate) struct Launch {
    pub(crate) machine: Box<dyn StateMachine>,
    pub(crate) method: Arc<str>,
    pub(crate) args: Values,
    pub(crate) host: HostRef,
    pub(crate) baggage: Option<Baggage>,
    /// See [`crate::NewMachine::label`].
    pub(crate) label: u32,
    pub(crate) with: SpawnWith,
    pub(crate) ties: Ties,
    pub(crate) outside: Option<Sender<Exit>>,
    /// Whether it may start by running guest code.
    pub(crate) may_take_time: bool,
}

/// What came of it.
pub(crate) enum Launched {
    /// It lives.
    Reachable(Pid),
    /// Guest code decides; the spawner hears of it.
    Starting(Pid),
}

/// Initialises a machine, and asks it for its bell.
pub(crate) fn init(
    machine: &mut Box<dyn StateMachine>,
    cx: &mut Cx,
    method: &str,
    args: Values,
) -> Result<(Start, Option<Bell>), Error> {
    let start = machine.init(cx, method, args)?;
    Ok((start, machine.bell()))
}

impl Shared {
    /// Starts a process on the caller's thread: its `init` runs here, its steps on the host's workers.
    pub(crate) fn launch(&self, desk: &Desk, launch: Launch) -> Result<Launched, Error> {
        let Launch { machine, method, args, host, baggage, label, with, ties, outside, may_take_time } = launch;
        // User code: asked before there is anything to take back.
        let own_bound = caught(|| machine.mailbox_max()).map(|max| u16::try_from(max).unwrap_or(0))?;
        host.admit()?;
        let Some((slot, pid)) = pool::with_slots(self, |near| self.table.allocate(host.place, near)) else {
            host.make_room();
            host.leave();
            return Err(Error::limited("the process table is full"));
        };
        self.note(|line| line.push_str(&format!("{} starts {pid}", ties.spawner)));
        slot.usage.begin();
        slot.set_origin(ties.spawner, label);
        slot.mailbox.open(match (host.mailbox_bound(), own_bound) {
            (0, bound) | (bound, 0) => bound,
            (hosts, own) => hosts.min(own),
        });
        let header = Header {
            pid,
            host,
            baggage,
            taken: Taken::default(),
            unread: None,
            pending: Vec::new(),
            next_tag: 0,
            unused: 0,
            unused_bytes: 0,
            options: Options::default(),
            has_waker: false,
            starting: None,
            bell: None,
        };
        // SAFETY: the mailbox was opened as "ready", which leaves its token with us; the table outlives the queues.
        let mut token = unsafe { Token::new(slot) };
        *token.process() = Some(Process { header, machine });
        if let Some(sender) = outside {
            slot.relations.lock().book().outside.push(sender);
        }
        let process = token.process().as_mut().expect("put there above");
        let Process { header, machine } = process;
        let caller = Caller { pid, baggage: header.baggage.as_ref() };
        let begins = caught(|| self.gate.begins(caller));
        let started = begins.and_then(|()| desk.visit(self, header, |cx| caught(|| init(machine, cx, &method, args))));
        let started = started.and_then(|r| r).map(|(start, bell)| {
            header.bell = bell;
            start
        });
        let failed = match started {
            Ok(Start::Ready) => match self.attach(slot, (pid, host), &ties, &with, true) {
                Ok(()) => {
                    pool::schedule(token, pid, self);
                    return Ok(Launched::Reachable(pid));
                }
                Err(e) => e,
            },
            Ok(Start::Pending) if !may_take_time => {
                Error::invalid("a machine spawned directly must be ready after its init")
            }
            Ok(Start::Pending) => {
                slot.relations.lock().open();
                process.header.starting = Some(Box::new(Starting { why: StartOf::New(ties), with }));
                pool::schedule(token, pid, self);
                return Ok(Launched::Starting(pid));
            }
            Err(e) => e,
        };
        self.discard(token, &failed);
        Err(failed)
    }

    /// Makes a started process reachable: name, ties and first messages are there before anybody can see it.
    pub(crate) fn attach(
        &self,
        slot: &Slot,
        (pid, host): (Pid, HostRef),
        ties: &Ties,
        with: &SpawnWith,
        spawner_runs: bool,
    ) -> Result<(), Error> {
        let spawner = ties.spawner;
        let waits_for_result = match ties.waits {
            Waits::ForResult(tag) => Some(tag),
            _ => None,
        };
        {
            let mut relations = slot.relations.lock();
            relations.set_reachable(pid);
            if with.monitor || waits_for_result.is_some() {
                let watch = relations.book().watchers.entry(spawner);
                watch.exit |= with.monitor;
                watch.replies.extend(waits_for_result);
            }
            if with.link {
                relations.book().links.insert(spawner);
            }
        }
        for (topic, values) in &with.messages {
            let message = Message { topic: topic.clone(), from: Pid::SYSTEM, values: values.clone() };
            let letter = Letter { generation: pid.generation(), body: Body::Message(message) };
            // Nobody is idle here: we, or the turn that calls us, hold the token. They do not count against a bound.
            let _ = slot.mailbox.push(Node::new(Class::Signal, letter));
        }
        // Whoever finds the name finds the process.
        slot.publish(self.clock.roughly());
        if let Some(name) = &with.name
            && let Err(e) = self.register(name, pid)
        {
            slot.hide();
            let mut relations = slot.relations.lock();
            relations.open();
            if let Some(book) = relations.existing() {
                book.watchers.clear();
                book.links.remove(spawner);
            }
            return Err(e);
        }
        let spawner_lives = (with.monitor || with.link).then(|| self.note_at_spawner(spawner, pid, with, spawner_runs));
        if host.is_stopping() {
            // It came too late to be asked with the others.
            self.ask_to_end(pid, "scheduler shutdown");
        }
        if with.link && spawner_lives == Some(false) {
            self.kill(pid, Error::internal("linked process failed"));
        }
        Ok(())
    }

    /// Writes the ties down on the spawner's side. Whether it still lives; one that runs does, also in its own `init`.
    fn note_at_spawner(&self, spawner: Pid, child: Pid, with: &SpawnWith, runs: bool) -> bool {
        let slot = self.table.find(spawner);
        let relations = slot.and_then(|s| if runs { Some(s.relations.lock()) } else { s.ties_of(spawner) });
        let Some(mut relations) = relations else { return false };
        let book = relations.book();
        if with.monitor {
            book.watching.insert(child);
        }
        if with.link {
            book.links.insert(child);
        }
        true
    }

    /// Answers a spawner that waits.
    pub(crate) fn answer_spawner(&self, ties: &Ties, started: Result<Pid, Error>) {
        match (ties.waits, started) {
            (Waits::ForPid(tag), Ok(pid)) => self.reply(ties.spawner, tag, Ok(Answer::Pid(pid))),
            (Waits::ForPid(tag) | Waits::ForResult(tag), Err(e)) => self.reply(ties.spawner, tag, Err(e)),
            (Waits::ForResult(_), Ok(_)) | (Waits::No, _) => {}
        }
    }

    /// Takes down a process that never was: nobody was told, so nobody hears of its end.
    pub(crate) fn discard(&self, mut token: Token, why: &Error) {
        let (slot, process) = token.split();
        let Process { header, machine } = process.as_mut().expect("a process is where its token says");
        let (pid, host) = (header.pid, header.host);
        slot.hide();
        let book = slot.relations.lock().end();
        slot.mailbox.close(&mut header.taken);
        header.free_queued(slot);
        if let Some(mut book) = book {
            // Its spawner hears of it in another way; whom it had tied to itself meanwhile hears it here.
            book.watchers.clear();
            self.tell(pid, &Err(why.clone()), &book);
        }
        let caller = Caller { pid, baggage: header.baggage.as_ref() };
        if let Err(e) = caught(|| self.gate.never_started(caller, why)) {
            tracing::error!(%pid, "reporting a failed start failed: {e}");
        }
        self.drop_pending(header);
        close_quietly(pid, machine);
        move_out(pid, process);
        pool::with_slots(self, |near| self.table.release(pid, near));
        host.make_room();
        host.leave();
    }
}

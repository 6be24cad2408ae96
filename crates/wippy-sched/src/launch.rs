//! How a process comes to life.

use crate::deliver::Shared;
use crate::door::Desk;
use crate::gate::Baggage;
use crate::host::Host;
use crate::mailbox::{Class, Node, Taken};
use crate::process::{Body, Header, Letter, Process, StartOf, Starting, Ties, Waits};
use crate::table::{Slot, Token};
use crate::turn::{caught, close_quietly};
use crate::worker;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use wippy_core::{
    Answer, Error, Exit, Message, Options, Pid, SpawnWith, Start, StateMachine, Values,
};

/// All that is needed to start a machine.
pub(crate) struct Launch<M> {
    pub(crate) machine: M,
    pub(crate) method: Arc<str>,
    pub(crate) args: Values,
    pub(crate) host: Arc<Host>,
    pub(crate) baggage: Option<Baggage>,
    pub(crate) with: SpawnWith,
    pub(crate) ties: Ties,
    pub(crate) outside: Option<Sender<Exit>>,
}

/// What came of it.
pub(crate) enum Launched {
    /// It lives.
    Reachable(Pid),
    /// Guest code decides; the spawner hears of it.
    Starting,
}

impl Shared {
    /// Starts a process on the caller's thread: its `init` runs here, its steps on the host's workers.
    pub(crate) fn launch<M: StateMachine + 'static>(
        &self,
        desk: &Desk,
        launch: Launch<M>,
    ) -> Result<Launched, Error> {
        let Launch {
            machine,
            method,
            args,
            host,
            baggage,
            with,
            ties,
            outside,
        } = launch;
        host.admit()?;
        let Some((slot, pid)) = self.table.allocate(host.place) else {
            host.leave();
            return Err(Error::limited("the process table is full"));
        };
        slot.relations.lock().starting(pid);
        slot.mailbox.open(host.config.max_mailbox);
        let header = Header {
            pid,
            host,
            baggage,
            taken: Taken::default(),
            unread: Default::default(),
            pending: Vec::new(),
            next_tag: 0,
            options: Options::default(),
            starting: None,
            steps: 0,
        };
        // SAFETY: the mailbox was opened as "ready", which leaves its token with us; the table outlives the queues.
        let mut token = unsafe { Token::new(slot) };
        *token.process() = Some(Box::new(Process { header, machine }));
        if let Some(sender) = outside {
            slot.relations.lock().book().outside.push(sender);
        }
        let process = token.process().as_mut().expect("put there above");
        let started = desk.visit(self, &mut process.header, |cx| {
            caught(|| process.machine.init(cx, &method, args))
        });
        let failed = match started.and_then(|r| r) {
            Ok(Start::Ready) => match self.attach(slot, pid, &ties, &with) {
                Ok(()) => {
                    worker::schedule(token, pid, self);
                    return Ok(Launched::Reachable(pid));
                }
                Err(e) => e,
            },
            Ok(Start::Pending) => {
                process.header.starting = Some(Box::new(Starting {
                    why: StartOf::New(ties),
                    with,
                }));
                worker::schedule(token, pid, self);
                return Ok(Launched::Starting);
            }
            Err(e) => e,
        };
        self.discard(token);
        Err(failed)
    }

    /// Makes a started process reachable: name, ties and first messages are there before anybody can see it.
    pub(crate) fn attach(
        &self,
        slot: &Slot,
        pid: Pid,
        ties: &Ties,
        with: &SpawnWith,
    ) -> Result<(), Error> {
        let spawner = ties.spawner;
        let waits_for_result = match ties.waits {
            Waits::ForResult(tag) => Some(tag),
            _ => None,
        };
        {
            let mut relations = slot.relations.lock();
            relations.reachable();
            if with.monitor || waits_for_result.is_some() {
                let watch = relations.book().watchers.entry(spawner).or_default();
                watch.exit |= with.monitor;
                watch.replies.extend(waits_for_result);
            }
            if with.link {
                relations.book().links.insert(spawner);
            }
        }
        if let Some(name) = &with.name
            && let Err(e) = self.register(name, pid)
        {
            slot.relations.lock().starting(pid);
            return Err(e);
        }
        let spawner_lives =
            (with.monitor || with.link).then(|| self.note_at_spawner(spawner, pid, with));
        for (topic, values) in &with.messages {
            let message = Message {
                topic: topic.clone(),
                from: Pid::SYSTEM,
                values: values.clone(),
            };
            let letter = Letter {
                generation: pid.generation(),
                body: Body::Message(message),
            };
            // Nobody is idle here: we, or the turn that calls us, hold the token. A full mailbox keeps the first ones.
            let _ = slot.mailbox.push(Node::new(Class::Ordinary, letter));
        }
        slot.set_published(true);
        if with.link && spawner_lives == Some(false) {
            self.kill(pid, Error::internal("linked process failed"));
        }
        Ok(())
    }

    /// Writes the ties down on the spawner's side. Whether it still lives.
    fn note_at_spawner(&self, spawner: Pid, child: Pid, with: &SpawnWith) -> bool {
        let Some(slot) = self.table.find(spawner) else {
            return false;
        };
        let mut relations = slot.relations.lock();
        if !relations.holds(spawner) {
            return false;
        }
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
            (Waits::ForPid(tag) | Waits::ForResult(tag), Err(e)) => {
                self.reply(ties.spawner, tag, Err(e))
            }
            (Waits::ForResult(_), Ok(_)) | (Waits::No, _) => {}
        }
    }

    /// Takes down a process that never was: nobody was told, so nobody hears of its end.
    pub(crate) fn discard(&self, mut token: Token) {
        let process = token
            .process()
            .take()
            .expect("a process is where its token says");
        let pid = process.header.pid;
        let slot = token.slot();
        slot.set_published(false);
        let book = slot.relations.lock().end();
        let mut rest = Taken::default();
        slot.mailbox.close(&mut rest);
        drop(book);
        let host = process.header.host.clone();
        self.drop_pending(&process.header);
        close_quietly(process);
        self.table.release(pid);
        host.leave();
    }
}

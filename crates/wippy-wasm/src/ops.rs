//! Operations: everything a guest can wait for is one, and is answered once.

use crate::imports::bindings::wippy::process::ops::Outcome;
use crate::imports::bindings::wippy::process::types::{
    CancelInfo, Event as GuestEvent, ExitInfo, Message as GuestMessage,
};
use crate::payload;
use std::collections::{BTreeMap, VecDeque};
use std::time::{SystemTime, UNIX_EPOCH};
use wippy_core::{Answer, Cx, Error, Event, ExitNotice, Pid, RawTag, Value};

/// How many unanswered operations a guest may have, unless its entry says otherwise.
pub(crate) const OPERATIONS_MAX: usize = 1024;

/// Marks the resource `op`; its number is the operation's.
#[derive(Debug)]
#[allow(unreachable_pub, reason = "re-exported by generated code")]
pub struct Op;

/// The operations of one guest, by number, which is their order of creation.
pub(crate) struct Operations {
    all: BTreeMap<u32, State>,
    /// How many may be unanswered.
    max: usize,
    next: u32,
    /// Messages and events that no operation has taken, in order.
    mail: VecDeque<Event>,
}

enum State {
    Receive {
        topics: Vec<String>,
    },
    NextEvent,
    /// An answer to a request, and how to read it.
    Reply(RawTag, Read),
    /// A request of a host function, which reads the answer itself.
    Request(RawTag),
    Answered(Result<Answer, Error>),
    Ready(Box<Result<Outcome, Error>>),
    Taken,
}

/// How the answer to a request becomes an outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Read {
    Unit,
    Pid,
}

impl State {
    fn is_waiting(&self) -> bool {
        !matches!(self, State::Ready(_) | State::Answered(_) | State::Taken)
    }
}

impl Operations {
    /// None, of which `max` may be unanswered.
    pub(crate) fn new(max: usize) -> Operations {
        Operations { all: BTreeMap::new(), max, next: 0, mail: VecDeque::new() }
    }

    fn add(&mut self, state: State) -> u32 {
        let open = self.all.values().filter(|s| s.is_waiting()).count();
        let state = if open >= self.max && state.is_waiting() {
            let what = format!("more than {} operations at once", self.max);
            State::Ready(Box::new(Err(Error::limited(what))))
        } else {
            state
        };
        self.next += 1;
        self.all.insert(self.next, state);
        self.next
    }

    /// An operation that is answered already.
    pub(crate) fn done(&mut self, result: Result<Outcome, Error>) -> u32 {
        self.add(State::Ready(Box::new(result)))
    }
    /// One that waits for the answer to a request.
    pub(crate) fn reply(&mut self, tag: RawTag, read: Read) -> u32 {
        self.add(State::Reply(tag, read))
    }
    /// One whose answer a host function reads. It does not count against the guest's limit.
    pub(crate) fn request(&mut self, tag: RawTag) -> u32 {
        self.next += 1;
        self.all.insert(self.next, State::Request(tag));
        self.next
    }
    /// The answer to such a request, once.
    pub(crate) fn answer(&mut self, id: u32) -> Option<Result<Answer, Error>> {
        match self.all.remove(&id)? {
            State::Answered(answer) => Some(answer),
            waiting => {
                self.all.insert(id, waiting);
                None
            }
        }
    }
    /// Whether an operation has yet to be answered.
    pub(crate) fn is_waiting(&self, id: u32) -> bool {
        self.all.get(&id).is_some_and(State::is_waiting)
    }
    /// One that waits for a message; no topics mean the inbox.
    pub(crate) fn receive(&mut self, topics: Vec<String>) -> u32 {
        let id = self.add(State::Receive { topics });
        self.serve_waiting_mail();
        id
    }
    /// One that waits for a lifecycle event.
    pub(crate) fn next_event(&mut self) -> u32 {
        let id = self.add(State::NextEvent);
        self.serve_waiting_mail();
        id
    }

    pub(crate) fn is_ready(&self, id: u32) -> bool {
        matches!(self.all.get(&id), Some(State::Ready(_)))
    }
    pub(crate) fn any_ready(&self) -> bool {
        self.all.values().any(|s| matches!(s, State::Ready(_)))
    }
    /// Whether nothing but messages and events can end the wait for these; all operations when there are none.
    pub(crate) fn is_idle(&self, ids: &[u32]) -> bool {
        let idle = |s: &State| matches!(s, State::Receive { .. } | State::NextEvent);
        match ids {
            [] => self.all.values().all(|s| idle(s) || matches!(s, State::Taken)),
            ids => ids.iter().all(|id| self.all.get(id).is_some_and(idle)),
        }
    }

    /// The answer, once.
    pub(crate) fn take(&mut self, id: u32) -> Option<Result<Outcome, Error>> {
        let state = self.all.get_mut(&id)?;
        match std::mem::replace(state, State::Taken) {
            State::Ready(result) => Some(*result),
            State::Taken => Some(Err(Error::invalid("the operation was taken before"))),
            waiting => {
                *state = waiting;
                None
            }
        }
    }

    /// Gives an operation up: nothing is consumed for it any more.
    pub(crate) fn cancel(&mut self, id: u32) {
        let Some(state) = self.all.get_mut(&id) else { return };
        let canceled = || State::Ready(Box::new(Err(Error::canceled("the operation was canceled"))));
        match state {
            State::Reply(tag, _) | State::Request(tag) => {
                let tag = *tag;
                *state = canceled();
                // Outside of a step the process is on its way out.
                let _ = Cx::with(|cx| cx.abandon(tag));
            }
            State::Receive { .. } | State::NextEvent => *state = canceled(),
            State::Ready(_) | State::Answered(_) | State::Taken => {}
        }
    }
    /// The guest has dropped its handle.
    pub(crate) fn forget(&mut self, id: u32) {
        self.cancel(id);
        self.all.remove(&id);
    }

    /// Takes an event in.
    pub(crate) fn route(&mut self, event: Event) {
        match event {
            Event::Reply { tag, answer } => {
                let asked = |s: &&mut State| matches!(s, State::Reply(t, _) | State::Request(t) if *t == tag);
                let Some(state) = self.all.values_mut().find(asked) else { return };
                *state = match state {
                    State::Reply(_, read) => State::Ready(Box::new(answer.map(|answer| outcome(answer, *read)))),
                    _ => State::Answered(answer),
                };
            }
            event => {
                self.mail.push_back(event);
                self.serve_waiting_mail();
            }
        }
    }

    /// Hands what waits to operations that wait for it, in order of arrival.
    fn serve_waiting_mail(&mut self) {
        let mut i = 0;
        while i < self.mail.len() {
            match self.taker(&self.mail[i]) {
                Some(id) => {
                    let event = self.mail.remove(i).expect("looked at in the line above");
                    if matches!(event, Event::Message(_)) {
                        let _ = Cx::with(|cx| cx.consumed(1));
                    }
                    self.all.insert(id, State::Ready(Box::new(Ok(event_outcome(event)))));
                }
                None => i += 1,
            }
        }
    }

    /// The oldest operation that takes this: one that names the topic before one for the inbox.
    fn taker(&self, event: &Event) -> Option<u32> {
        let find = |wanted: &dyn Fn(&State) -> bool| self.all.iter().find(|(_, s)| wanted(s)).map(|(id, _)| *id);
        match event {
            Event::Message(m) => {
                let topic = m.topic.to_str_lossy();
                find(&|s| matches!(s, State::Receive { topics } if topics.iter().any(|t| *t == topic)))
                    .or_else(|| find(&|s| matches!(s, State::Receive { topics } if topics.is_empty())))
            }
            Event::Reply { .. } => None,
            _ => find(&|s| matches!(s, State::NextEvent)),
        }
    }

    /// What nobody has taken, for the code that comes after an upgrade.
    pub(crate) fn unread(&mut self) -> Vec<Event> {
        self.mail.drain(..).collect()
    }
}

fn outcome(answer: Answer, read: Read) -> Outcome {
    match (answer, read) {
        (Answer::Pid(pid), Read::Pid) => Outcome::Pid(pid.to_string()),
        (Answer::Value(value), _) => value_outcome(&value),
        _ => Outcome::Unit,
    }
}

/// A result: nil is no payload at all.
pub(crate) fn value_outcome(value: &Value) -> Outcome {
    Outcome::Value((*value != Value::Nil).then(|| payload::to_guest(value)))
}

fn sender(pid: Pid) -> Option<String> {
    (pid != Pid::SYSTEM).then(|| pid.to_string())
}

fn milliseconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
}

fn exit_info(notice: ExitNotice) -> ExitInfo {
    let outcome = match &notice.result {
        Ok(wippy_core::Value::Nil) => Ok(None),
        Ok(value) => Ok(Some(payload::to_guest(value))),
        Err(e) => Err(payload::error_to_guest(e)),
    };
    ExitInfo { source: notice.from.to_string(), outcome, at_ms: milliseconds(notice.at) }
}

fn event_outcome(event: Event) -> Outcome {
    match event {
        Event::Message(m) => Outcome::Message(GuestMessage {
            source: sender(m.from),
            topic: m.topic.to_string(),
            body: payload::list_to_guest(&m.values),
        }),
        Event::Exit(notice) => Outcome::Event(GuestEvent::Exit(exit_info(notice))),
        Event::LinkDown(notice) => Outcome::Event(GuestEvent::LinkDown(exit_info(notice))),
        Event::Cancel(c) => Outcome::Event(GuestEvent::Cancel(CancelInfo {
            source: sender(c.from),
            reason: c.reason,
            at_ms: milliseconds(c.at),
        })),
        Event::Outdated(o) => {
            Outcome::Event(GuestEvent::Outdated(o.sources.iter().map(|id| id.as_str().to_owned()).collect()))
        }
        Event::Reply { .. } => Outcome::Unit,
    }
}

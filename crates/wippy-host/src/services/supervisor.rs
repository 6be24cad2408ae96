//! The supervisor: starts services in order, restarts those that fail, stops all in reverse.
//!
//! It is a process like any other, on the host `node:control`; what it is asked comes through a queue and a message
//! that says so. All times go through its context.

use super::backoff::{self, Verdict};
use super::spec::ServiceSpec;
use super::{ServiceState, Status, plan};
use crate::node::Starter;
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;
use wippy_core::{
    Answer, Asked, Cx, EntryId, Error, Event, Exit, Opaque, Pid, RawTag, Spawn, SpawnWith, Start, StateMachine, Step,
    Value, Values,
};
use wippy_sched::{Naps, Observer};

/// How long a command waits for services that are on their way up.
const READY_LIMIT: Duration = Duration::from_secs(5);
/// How long it waits for a service that is up to get to its first wait: by then it has registered its name, say.
const BEGIN_LIMIT: Duration = Duration::from_secs(1);

/// What the supervisor is asked.
pub(crate) enum Request {
    /// Start all `auto_start` services and what they need.
    Begin,
    /// Start a process once services are up; the result goes back.
    Run { spawn: Box<Spawn>, started: Starter },
    /// Stop everything; tells when nothing runs any more.
    StopAll { stopped: Sender<()> },
    /// These will not stop by themselves.
    GiveUp(Vec<Pid>),
}

/// What others share with the supervisor.
#[derive(Default)]
pub(crate) struct Board {
    pub(crate) requests: Mutex<Vec<Request>>,
    pub(crate) states: Mutex<BTreeMap<EntryId, ServiceState>>,
}

/// A process to be started, and who waits for its pid.
type Command = (Box<Spawn>, Starter);

struct Unit {
    spec: ServiceSpec,
    state: ServiceState,
    wanted: bool,
    /// Somebody was told that it cannot start.
    told_blocked: bool,
}

/// What a reply or a timer is for.
enum Waiting {
    Spawned(EntryId),
    StartTimeout(EntryId),
    Restart(EntryId),
    StopTimeout(EntryId, Pid),
    Ran(Starter),
    ReadyLimit,
    Look,
}

pub(crate) struct Supervisor {
    board: Arc<Board>,
    units: BTreeMap<EntryId, Unit>,
    waiting: HashMap<RawTag, Waiting>,
    /// Commands that wait for the services.
    commands: Vec<Command>,
    /// All services have been asked to start.
    begun: bool,
    ready: bool,
    /// Tells of services that are up whether they have begun.
    observer: Observer,
    /// A timer runs for the next look at them.
    looking: bool,
    naps: Naps,
    stopping: Option<Sender<()>>,
}

impl Supervisor {
    pub(crate) fn new(services: BTreeMap<EntryId, ServiceSpec>, board: Arc<Board>, observer: Observer) -> Supervisor {
        let unit = |(id, spec): (EntryId, ServiceSpec)| {
            let state = ServiceState {
                id: id.clone(),
                status: Status::Unknown,
                wanted: false,
                updated_at: Duration::ZERO,
                retry_count: 0,
                pid: None,
                started_at: None,
                details: String::new(),
            };
            (id, Unit { spec, state, wanted: false, told_blocked: false })
        };
        let units = services.into_iter().map(unit).collect();
        Supervisor {
            board,
            units,
            waiting: HashMap::new(),
            commands: Vec::new(),
            begun: false,
            ready: false,
            observer,
            looking: false,
            naps: Naps::default(),
            stopping: None,
        }
    }

    fn take_requests(&mut self, cx: &mut Cx) {
        let requests = std::mem::take(&mut *self.board.requests.lock());
        for request in requests {
            match request {
                Request::Begin => self.begin(cx),
                Request::Run { spawn, started } if self.ready => self.run(cx, spawn, started),
                Request::Run { spawn, started } => self.commands.push((spawn, started)),
                Request::StopAll { stopped } => {
                    self.stopping = Some(stopped);
                    self.commands.clear();
                    self.units.values_mut().for_each(|u| u.wanted = false);
                }
                Request::GiveUp(pids) => pids.into_iter().for_each(|pid| {
                    // It may be over already.
                    let _ = cx.terminate(pid);
                }),
            }
        }
    }

    fn begin(&mut self, cx: &mut Cx) {
        self.begun = true;
        let specs: BTreeMap<_, _> = self.units.iter().map(|(id, u)| (id.clone(), u.spec.clone())).collect();
        let roots = specs.values().filter(|s| s.lifecycle.auto_start).map(|s| s.id.clone()).collect();
        for id in plan::closure(&specs, roots) {
            if let Some(unit) = self.units.get_mut(&id) {
                unit.wanted = true;
            }
        }
        let tag = cx.timer(READY_LIMIT).raw();
        self.waiting.insert(tag, Waiting::ReadyLimit);
    }

    /// Moves everything on that can move.
    fn pump(&mut self, cx: &mut Cx) {
        let ids: Vec<_> = self.units.keys().cloned().collect();
        for id in &ids {
            let unit = &self.units[id];
            let down = matches!(unit.state.status, Status::Unknown | Status::Stopped);
            if unit.wanted && down && self.needs_are_met(&unit.spec) {
                self.start(cx, id);
            }
        }
        if self.stopping.is_some() {
            for id in &ids {
                if !self.is_needed(id) {
                    self.stop(cx, id);
                }
            }
        }
        self.tell_blocked();
        // Before anybody is told that services are up, who may then look.
        self.publish(cx.now());
        let settled = |u: &Unit| !u.wanted || !matches!(u.state.status, Status::Unknown | Status::Starting);
        let blocked = |u: &Unit| u.state.status == Status::Unknown && self.is_blocked(&u.spec);
        if self.begun && !self.ready && self.units.values().all(|u| settled(u) || blocked(u)) {
            let now = cx.now();
            if self.units.values().all(|u| self.has_begun(u, now)) {
                self.be_ready(cx);
            } else if !self.looking {
                self.looking = true;
                let tag = cx.timer(self.naps.next()).raw();
                self.waiting.insert(tag, Waiting::Look);
            }
        }
        let up = |u: &Unit| matches!(u.state.status, Status::Starting | Status::Running | Status::Stopping);
        if !self.units.values().any(up)
            && let Some(stopped) = self.stopping.take()
        {
            // Whoever asked may have gone away.
            let _ = stopped.send(());
        }
    }

    /// Whether a service that is up has done what it does first, or has had its time for that.
    fn has_begun(&self, unit: &Unit, now: Duration) -> bool {
        match (unit.state.pid, unit.state.started_at) {
            (Some(pid), Some(at)) => self.observer.has_begun(pid) || now.saturating_sub(at) >= BEGIN_LIMIT,
            _ => true,
        }
    }

    /// Shows others what has changed.
    fn publish(&mut self, now: Duration) {
        let mut states = self.board.states.lock();
        for (id, unit) in &mut self.units {
            unit.state.wanted = unit.wanted;
            if states.get(id) != Some(&unit.state) {
                unit.state.updated_at = now;
                states.insert(id.clone(), unit.state.clone());
            }
        }
    }

    fn needs_are_met(&self, spec: &ServiceSpec) -> bool {
        let needs = spec.lifecycle.requires.iter().filter_map(|id| self.units.get(id));
        needs.into_iter().all(|unit| unit.state.status == Status::Running)
    }

    /// Whether something it needs has failed.
    fn is_blocked(&self, spec: &ServiceSpec) -> bool {
        spec.lifecycle.requires.iter().filter_map(|id| self.units.get(id)).any(|unit| {
            matches!(unit.state.status, Status::Failed | Status::Exited | Status::Stopped)
                || self.is_blocked(&unit.spec)
        })
    }

    /// Says once of each service that waits for another one which will not come.
    fn tell_blocked(&mut self) {
        let hopeless = |unit: &Unit| match unit.state.status {
            Status::Exited => true,
            Status::Failed => !unit.wanted || backoff::is_last(&unit.spec.lifecycle.restart, unit.state.retry_count),
            Status::Unknown => unit.told_blocked,
            _ => false,
        };
        loop {
            let blocked = self.units.iter().find_map(|(id, unit)| {
                let waits = unit.wanted && unit.state.status == Status::Unknown && !unit.told_blocked;
                let needs = unit.spec.lifecycle.requires.iter().filter(|_| waits);
                let needed = needs.filter_map(|id| self.units.get(id)).find(|needed| hopeless(needed))?;
                Some((id.clone(), needed.spec.id.clone(), needed.state.details.clone()))
            });
            let Some((id, needed, why)) = blocked else { return };
            let why = if why.is_empty() { "it has ended".to_owned() } else { why };
            tracing::error!(target: "wippy", logger = "supervisor", service = %id, "service startup blocked: {id} requires {needed}: {why}");
            if let Some(unit) = self.units.get_mut(&id) {
                unit.told_blocked = true;
            }
        }
    }

    /// Gives up a start that is on its way.
    fn give_up_start(&mut self, cx: &mut Cx, id: &EntryId) {
        let spawned = |w: &Waiting| matches!(w, Waiting::Spawned(of) if of == id);
        if let Some(tag) = self.waiting.iter().find(|(_, w)| spawned(w)).map(|(tag, _)| *tag) {
            self.waiting.remove(&tag);
            cx.kill_start(tag);
        }
    }

    /// Whether something that is still up needs this.
    fn is_needed(&self, id: &EntryId) -> bool {
        self.units.values().any(|unit| {
            let up = matches!(unit.state.status, Status::Starting | Status::Running | Status::Stopping);
            up && unit.spec.lifecycle.requires.contains(id)
        })
    }

    fn start(&mut self, cx: &mut Cx, id: &EntryId) {
        let Some(unit) = self.units.get_mut(id) else { return };
        unit.state.status = Status::Starting;
        let mut spawn = Spawn {
            entry: unit.spec.process.clone(),
            host: unit.spec.host.clone(),
            args: unit.spec.input.clone(),
            with: SpawnWith { monitor: true, ..SpawnWith::default() },
            ..Spawn::default()
        };
        if let Some(identity) = &unit.spec.identity {
            spawn.inherit.actor = Some(Opaque::new(identity.actor.clone()));
            spawn.inherit.scope = Some(Opaque::new(identity.scope.clone()));
        }
        let limit = unit.spec.lifecycle.start_timeout;
        match cx.spawn(spawn) {
            Asked::Done(result) => self.started(cx, id, result),
            Asked::Later(tag) => {
                self.waiting.insert(tag.raw(), Waiting::Spawned(id.clone()));
                let timer = cx.timer(limit).raw();
                self.waiting.insert(timer, Waiting::StartTimeout(id.clone()));
            }
        }
    }

    fn started(&mut self, cx: &mut Cx, id: &EntryId, result: Result<Pid, Error>) {
        let Some(unit) = self.units.get_mut(id) else { return };
        match result {
            Ok(pid) if unit.state.status == Status::Starting => {
                unit.state.status = Status::Running;
                unit.state.pid = Some(pid);
                unit.state.started_at = Some(cx.now());
                tracing::debug!(target: "wippy", logger = "supervisor", service = %id, %pid, "service started");
            }
            // It took longer than its limit: nobody waits for it any more.
            Ok(pid) => {
                let _ = cx.terminate(pid);
            }
            Err(e) => self.failed(cx, id, &e),
        }
    }

    fn failed(&mut self, cx: &mut Cx, id: &EntryId, error: &Error) {
        let Some(unit) = self.units.get_mut(id) else { return };
        let uptime = unit.state.started_at.take().map(|t| cx.now().saturating_sub(t));
        unit.state.pid = None;
        unit.state.details = error.to_string();
        let (service, log) = (id.as_str(), error);
        let traceback = error.traceback().unwrap_or_default();
        if error.retryable() == Some(false) {
            unit.state.status = Status::Exited;
            tracing::error!(target: "wippy", logger = "supervisor", service, traceback, "service ended, not retryable: {log}");
            return;
        }
        if uptime.is_some_and(|t| t >= unit.spec.lifecycle.stable_threshold) {
            unit.state.retry_count = 0;
        }
        unit.state.retry_count += 1;
        unit.state.status = Status::Failed;
        if !unit.wanted {
            return;
        }
        let random = (cx.random() >> 11) as f64 / (1u64 << 53) as f64;
        let attempt = unit.state.retry_count;
        match backoff::judge(&unit.spec.lifecycle.restart, attempt, random) {
            Verdict::GiveUp => {
                tracing::error!(target: "wippy", logger = "supervisor", service, attempt, traceback, "service failed, giving up: {log}");
            }
            Verdict::After(delay) => {
                let in_ms = delay.as_millis() as u64;
                tracing::warn!(target: "wippy", logger = "supervisor", service, attempt, in_ms, traceback, "service failed, restarting: {log}");
                let tag = cx.timer(delay).raw();
                self.waiting.insert(tag, Waiting::Restart(id.clone()));
            }
        }
    }

    fn stop(&mut self, cx: &mut Cx, id: &EntryId) {
        let Some(unit) = self.units.get_mut(id) else { return };
        match (unit.state.status, unit.state.pid) {
            (Status::Running, Some(pid)) => {
                unit.state.status = Status::Stopping;
                let _ = cx.cancel(pid, "service stopping");
                let tag = cx.timer(unit.spec.lifecycle.stop_timeout).raw();
                self.waiting.insert(tag, Waiting::StopTimeout(id.clone(), pid));
            }
            (Status::Unknown | Status::Failed, _) => unit.state.status = Status::Stopped,
            // One that still starts may be up already and not have said so: it is stopped once it has, or its limit is over.
            _ => {}
        }
    }

    fn ended(&mut self, cx: &mut Cx, pid: Pid, result: &Exit) {
        let Some(id) = self.units.iter().find(|(_, u)| u.state.pid == Some(pid)).map(|(id, _)| id.clone()) else {
            return;
        };
        let unit = self.units.get_mut(&id).expect("found in the line above");
        match result {
            _ if unit.state.status == Status::Stopping => {
                unit.state.status = Status::Stopped;
                unit.state.pid = None;
            }
            Ok(_) => {
                unit.state.status = Status::Exited;
                unit.state.pid = None;
                tracing::debug!(target: "wippy", logger = "supervisor", service = %id, "service ended");
            }
            Err(e) => self.failed(cx, &id, e),
        }
    }

    fn be_ready(&mut self, cx: &mut Cx) {
        self.ready = true;
        for (spawn, started) in std::mem::take(&mut self.commands) {
            self.run(cx, spawn, started);
        }
    }

    fn run(&mut self, cx: &mut Cx, spawn: Box<Spawn>, started: Starter) {
        match cx.spawn(*spawn) {
            Asked::Done(result) => {
                started.tell(result);
            }
            Asked::Later(tag) => {
                self.waiting.insert(tag.raw(), Waiting::Ran(started));
            }
        }
    }

    fn replied(&mut self, cx: &mut Cx, tag: RawTag, answer: Result<Answer, Error>) {
        let pid = answer.map(|a| match a {
            Answer::Pid(pid) => pid,
            _ => Pid::SYSTEM,
        });
        match self.waiting.remove(&tag) {
            Some(Waiting::Spawned(id)) => self.started(cx, &id, pid),
            Some(Waiting::StartTimeout(id))
                if self.units.get(&id).is_some_and(|u| u.state.status == Status::Starting) =>
            {
                self.give_up_start(cx, &id);
                self.failed(cx, &id, &Error::internal("start timeout"));
            }
            Some(Waiting::Restart(id)) => {
                if let Some(unit) = self.units.get_mut(&id).filter(|u| u.wanted && u.state.status == Status::Failed) {
                    unit.state.status = Status::Stopped;
                }
            }
            Some(Waiting::StopTimeout(id, pid)) => {
                let stuck = self.units.get(&id).is_some_and(|u| u.state.pid == Some(pid));
                if stuck {
                    tracing::warn!(target: "wippy", logger = "supervisor", service = %id, "service did not stop in time, killing it");
                    let _ = cx.terminate(pid);
                }
            }
            Some(Waiting::Ran(started)) => {
                started.tell(pid);
            }
            Some(Waiting::ReadyLimit) => self.be_ready(cx),
            Some(Waiting::Look) => self.looking = false,
            Some(Waiting::StartTimeout(_)) | None => {}
        }
    }
}

impl StateMachine for Supervisor {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }

    fn step(&mut self, cx: &mut Cx) -> Step {
        while let Some(event) = cx.next_event() {
            match event {
                Event::Reply { tag, answer } => self.replied(cx, tag, answer),
                Event::Exit(notice) => self.ended(cx, notice.from, &notice.result),
                Event::Message(_) => self.take_requests(cx),
                Event::Cancel(cancel) if cancel.from == Pid::SYSTEM && self.stopping.is_none() => {
                    return Step::Complete(Ok(Value::Nil));
                }
                _ => {}
            }
        }
        self.pump(cx);
        Step::Idle
    }

    fn close(&mut self) {}
}

//! The module `events`: the node's event bus.

use super::{Call, Out, Result};
use crate::channel;
use crate::convert;
use crate::errors;
use crate::process::Proc;
use crate::tasks::{Pending, Waiter, push_result};
use wippy_core::command::Boxed;
use wippy_core::commands::events::{Batch, BusEvent, Next, Publish, Subscribe, Unsubscribe};
use wippy_core::{Answer, Asked, Cx, Error, Message, Pid, RawTag, Reply, Text, Value, Values};

pub(super) const CLASS: &str = "wippy.subscription";

/// A subscription; its user value is the channel.
#[derive(Clone, Copy)]
struct Subscription;

/// `events.subscribe(system[, kind])`
pub(super) fn subscribe(c: Call) -> Result {
    let system = c.text(1)?;
    let kind = c.optional_text(2)?.filter(|kind| !kind.is_empty()).unwrap_or_else(|| "*".to_owned());
    c.may_wait()?;
    if system.is_empty() {
        return c.bad(&Error::invalid("system is empty"));
    }
    match c.cx(|cx| cx.ask(Subscribe { system, kind })) {
        Ok(Asked::Later(tag)) => {
            let waiter = c.proc().tasks.waiter(c.lua);
            c.proc().tasks.pending.insert(tag.raw(), Pending::Subscribe { waiter });
            Ok(Out::Wait)
        }
        Ok(Asked::Done(Ok(Boxed(number)))) => {
            c.proc().push_subscription(c.lua, number);
            c.good()
        }
        Ok(Asked::Done(Err(e))) | Err(e) => c.bad(&e),
    }
}

/// `events.send(system, kind, path[, data])`
pub(super) fn send(c: Call) -> Result {
    let (system, kind, path) = (c.text(1)?, c.text(2)?, c.text(3)?);
    c.may_wait()?;
    for (part, name) in [(&system, "system"), (&kind, "kind"), (&path, "path")] {
        if part.is_empty() {
            return c.bad(&Error::invalid(format!("{name} is empty")));
        }
    }
    match convert::plain(c.lua, 4) {
        Ok(data) => {
            let event = BusEvent { system, kind, path, data: Value::from(&data) };
            c.answered(c.cx(|cx| cx.ask(Publish(event))), push_result)
        }
        Err(e) => c.bad(&e.context("data")),
    }
}

fn this(c: Call) -> Result<()> {
    c.object::<Subscription>(1, CLASS, "subscription").map(drop)
}

/// `subscription:channel()`
pub(super) fn channel(c: Call) -> Result {
    this(c)?;
    c.lua.user_value(1, 1);
    c.one()
}

/// `subscription:close()`
pub(super) fn close(c: Call) -> Result {
    this(c)?;
    c.lua.user_value(1, 1);
    let ch = channel::at(c.lua, -1).expect("a subscription has a channel");
    c.proc().close_port(c.lua, ch);
    c.lua.push_bool(true);
    c.one()
}

pub(super) fn text(c: Call) -> Result {
    this(c)?;
    c.lua.push_str("events.Subscription{}");
    c.one()
}

impl Proc {
    /// Pushes the object of a new subscription and asks for its first events.
    fn push_subscription(&mut self, lua: crate::ffi::Stack, number: u64) {
        lua.push_userdata(Subscription, 1, CLASS);
        let port = self.open_bus_port(lua, number);
        lua.set_user_value(-2, 1);
        self.ask_for_events(number, port, 0);
    }

    /// A subscription that a coroutine has asked for is there.
    pub(crate) fn subscribed(&mut self, waiter: Waiter, answer: std::result::Result<Answer, Error>) {
        let lua = waiter.target;
        match answer.and_then(Boxed::<u64>::from_answer) {
            Ok(Boxed(number)) => {
                self.push_subscription(lua, number);
                lua.push_nil();
            }
            Err(e) => {
                lua.push_nil();
                errors::push(lua, &e);
            }
        }
        self.tasks.wake(waiter, 2);
    }

    /// The next events of a subscription have come.
    pub(crate) fn bus_events(&mut self, number: u64, port: u32, answer: std::result::Result<Answer, Error>) {
        let Ok(Boxed(Batch { events, last })) = answer.and_then(Boxed::from_answer) else { return };
        for event in events {
            let text = |t: &str| Value::from(t);
            let mut values = vec![text(&event.system), text(&event.kind), text(&event.path)];
            if event.data != Value::Nil {
                values.push(event.data.clone());
            }
            let message = Message { topic: Text::default(), from: Pid::SYSTEM, values: Values::from(values) };
            if !self.put_bus_event(port, number, message) {
                return;
            }
        }
        self.ask_for_events(number, port, last);
    }

    fn ask_for_events(&mut self, subscription: u64, port: u32, seen: u64) {
        if let Ok(Asked::Later(tag)) = Cx::with(|cx| cx.ask(Next { subscription, seen })) {
            self.tasks.pending.insert(tag.raw(), Pending::Events { subscription, port });
        }
    }

    /// A subscription's port is closed.
    pub(crate) fn unsubscribe(&mut self, number: u64) {
        let waiting = self.request_for(number);
        // Nobody waits for the answer; what is on its way finds the request given up.
        let _ = Cx::with(|cx| {
            if let Some(tag) = waiting {
                cx.abandon(tag);
            }
            drop(cx.ask(Unsubscribe { subscription: number }));
        });
    }

    /// Takes the outstanding request of a subscription off the list.
    fn request_for(&mut self, number: u64) -> Option<RawTag> {
        let is_it = |p: &Pending| matches!(p, Pending::Events { subscription, .. } if *subscription == number);
        let tag = self.tasks.pending.iter().find(|(_, p)| is_it(p)).map(|(tag, _)| *tag)?;
        self.tasks.pending.remove(&tag);
        Some(tag)
    }
}

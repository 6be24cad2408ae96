//! Where messages and events go: inbox, events, one listener per topic, and the queue for what nobody claimed yet.
//!
//! A port is the process's side of a channel. What arrives stays a message of Rust until a coroutine takes it: only
//! then is it copied into the state.
//!
//! A port that is closed is gone, and its place serves the next one: what it held lies in its channel, as far as such a
//! channel holds anything, or goes where it would have gone without the port.

mod mail;
mod topics;

use crate::channel::{self, Channel, NOBODY, PORT_CLOSED};
use crate::errors;
use crate::ffi::{Record, Stack};
use crate::modules::message;
use crate::process::Proc;
use crate::transfer;
use mail::Mail;
use slab::Slab;
use std::ffi::c_int;
use std::time::{SystemTime, UNIX_EPOCH};
use topics::{FEW, Topics};
use wippy_core::{Cx, Event, ExitNotice, Message, Outdated, Pid, Text, Values};

/// How elements of a port look to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Message objects.
    Message,
    /// The bare payload.
    Raw,
    /// Lifecycle events.
    Events,
    /// Events of this subscription to the node's bus.
    Bus { subscription: u64 },
}

struct Port {
    form: Form,
    /// The topic of a listener.
    topic: Option<Text>,
    /// Anchor of its channel.
    anchor: c_int,
    channel: *mut Channel,
    mail: Mail,
}

impl Port {
    /// How many elements can still be received when its channel is closed: what such a channel holds by itself.
    fn held(&self) -> usize {
        match (self.form, &self.topic) {
            (Form::Bus { .. }, _) => 64,
            (_, Some(_)) => 1,
            // The inbox and the events.
            (_, None) => 0,
        }
    }
}

/// All ports of a process.
#[derive(Default)]
pub(crate) struct Ports {
    slab: Slab<Port>,
    inbox: Option<u32>,
    events: Option<u32>,
    /// What no port has claimed, in order.
    unclaimed: Mail,
    serial: u64,
    /// Made when there are many listeners, or many messages are looked through.
    topics: Option<Box<Topics>>,
}

impl Ports {
    /// Everything that was not handed to the program, in order of arrival.
    pub(crate) fn unread(&mut self) -> Vec<Event> {
        let mut all: Vec<_> = self.unclaimed.drain().collect();
        // Subscriptions to the bus do not outlive the code that made them.
        for (_, port) in self.slab.iter_mut().filter(|(_, port)| !matches!(port.form, Form::Bus { .. })) {
            all.extend(port.mail.drain());
        }
        self.forget_order();
        all.sort_by_key(|(serial, _)| *serial);
        all.into_iter().map(|(_, event)| event).collect()
    }

    /// Whether any coroutine waits for something that may come from outside.
    pub(crate) fn waited_for(&self) -> bool {
        self.slab.iter().any(|(_, port)| channel::has_receivers(port.channel))
    }

    /// How many places there are for ports, and how many of them are used.
    #[cfg(test)]
    pub(crate) fn places(&self) -> (usize, usize) {
        (self.slab.capacity(), self.slab.len())
    }

    /// An OUTDATED event that the program has not seen.
    fn unread_outdated(&mut self) -> Option<&mut Outdated> {
        let port = self.events.and_then(|port| self.slab.get_mut(port as usize));
        let mail = port.into_iter().flat_map(|port| port.mail.iter_mut());
        self.unclaimed.iter_mut().chain(mail).find_map(|event| match event {
            Event::Outdated(outdated) => Some(outdated),
            _ => None,
        })
    }

    fn port_for(&self, event: &Event) -> Option<u32> {
        match event {
            Event::Message(m) => self.listener(&m.topic).or(self.inbox),
            _ => self.events,
        }
    }

    fn listener(&self, topic: &Text) -> Option<u32> {
        if let Some(topics) = &self.topics {
            return topics.listener(topic);
        }
        let found = self.slab.iter().find(|(_, p)| p.topic.as_ref() == Some(topic));
        found.map(|(i, _)| i as u32)
    }

    /// From now on topics are found at once.
    fn index(&mut self) -> &mut Topics {
        self.topics.get_or_insert_with(|| {
            let mut topics = Box::<Topics>::default();
            for (i, port) in &self.slab {
                if let Some(topic) = &port.topic {
                    topics.open(topic.clone(), i as u32);
                }
            }
            topics
        })
    }

    /// Events have been put among others.
    fn forget_order(&mut self) {
        if let Some(topics) = &mut self.topics {
            topics.forget();
        }
    }

    /// Takes the messages of a topic out of the unclaimed queue and the inbox, in order of arrival.
    fn take_topic(&mut self, topic: &Text) -> Mail {
        let inbox = self.inbox.map(|inbox| inbox as usize);
        let waiting = self.unclaimed.len() + inbox.map_or(0, |inbox| self.slab[inbox].mail.len());
        if waiting == 0 {
            return Mail::default();
        }
        if waiting > FEW {
            self.index();
        }
        let mut none = Mail::default();
        let inbox = inbox.map_or(&mut none, |inbox| &mut self.slab[inbox].mail);
        let mut taken = match &mut self.topics {
            Some(topics) => topics.take(topic, &mut [&mut self.unclaimed, inbox]),
            None => {
                let wanted = |event: &Event| matches!(event, Event::Message(m) if m.topic == *topic);
                let mut taken = self.unclaimed.take_where(wanted);
                taken.extend(inbox.take_where(wanted));
                taken
            }
        };
        taken.sort_by_key(|(serial, _)| *serial);
        taken.into_iter().collect()
    }
}

impl Proc {
    /// A message or lifecycle event has come.
    pub(crate) fn arrived(&mut self, event: Event) {
        let event = match event {
            Event::Outdated(outdated) => match self.ports.unread_outdated() {
                // What was not read yet is told once, with all that has changed by now.
                Some(unread) => return unread.merge(outdated),
                None => Event::Outdated(outdated),
            },
            event => event,
        };
        self.ports.serial += 1;
        let serial = self.ports.serial;
        match self.ports.port_for(&event) {
            Some(port) => self.put(port, serial, event),
            None => self.ports.unclaimed.push(serial, event),
        }
    }

    fn put(&mut self, port: u32, serial: u64, event: Event) {
        let channel = self.ports.slab[port as usize].channel;
        match self.first(channel, false) {
            Some(id) if self.ports.slab[port as usize].mail.is_empty() => {
                let (target, form) = (self.target_of(id), self.ports.slab[port as usize].form);
                self.hand_out(target, form, event);
                self.received(id, true);
            }
            _ => self.ports.slab[port as usize].mail.push(serial, event),
        }
    }

    /// Copies an event into the state as the program wants it; one value.
    fn hand_out(&mut self, lua: Stack, form: Form, event: Event) {
        if !lua.room(20) {
            return lua.push_nil();
        }
        match event {
            Event::Message(m) if matches!(form, Form::Bus { .. }) => push_bus_event(lua, &m.values),
            Event::Message(m) => {
                let _ = Cx::with(|cx| cx.consumed(1));
                match form {
                    Form::Raw => message::push_raw(lua, &m.values),
                    _ => message::push_message(lua, &m),
                }
            }
            Event::Exit(notice) => push_end(lua, "pid.exit", &notice),
            Event::LinkDown(notice) => push_end(lua, "pid.link.down", &notice),
            Event::Cancel(cancel) => {
                push_head(lua, "pid.cancel", cancel.from, cancel.at);
                lua.push_str(&cancel.reason);
                lua.push_record(Record::Cancel);
            }
            Event::Outdated(outdated) => {
                push_head(lua, "OUTDATED", Pid::SYSTEM, outdated.at);
                lua.new_table(outdated.sources.len(), 0);
                for (i, id) in outdated.sources.iter().enumerate() {
                    lua.push_str(id.as_str());
                    lua.raw_set_i(-2, i as i64 + 1);
                }
                lua.push_record(Record::Outdated);
            }
            Event::Reply { .. } => lua.push_nil(),
        }
    }

    /// Pushes the oldest element of a port; false when it has none.
    pub(crate) fn push_from_port(&mut self, lua: Stack, port: u32) -> bool {
        let Some(port) = self.ports.slab.get_mut(port as usize) else { return false };
        let form = port.form;
        match port.mail.pop() {
            Some(event) => {
                self.hand_out(lua, form, event);
                true
            }
            None => false,
        }
    }

    /// Pushes the inbox channel.
    pub(crate) fn push_inbox(&mut self, lua: Stack) {
        let port = match self.ports.inbox {
            Some(port) => port,
            None => {
                let port = self.open_port(lua, Form::Message, None);
                self.ports.inbox = Some(port);
                self.claim(port, |event| matches!(event, Event::Message(_)));
                port
            }
        };
        lua.push_anchored(self.ports.slab[port as usize].anchor);
    }

    /// Pushes the events channel.
    pub(crate) fn push_events(&mut self, lua: Stack) {
        let port = match self.ports.events {
            Some(port) => port,
            None => {
                let port = self.open_port(lua, Form::Events, None);
                self.ports.events = Some(port);
                self.claim(port, |event| !matches!(event, Event::Message(_)));
                port
            }
        };
        lua.push_anchored(self.ports.slab[port as usize].anchor);
    }

    /// Pushes the channel of a topic. False when the topic has a listener of another form.
    pub(crate) fn push_listener(&mut self, lua: Stack, topic: &Text, form: Form) -> bool {
        let port = match self.ports.listener(topic) {
            Some(port) if self.ports.slab[port as usize].form != form => return false,
            Some(port) => port,
            None => {
                let port = self.open_port(lua, form, Some(topic.clone()));
                self.ports.slab[port as usize].mail = self.ports.take_topic(topic);
                port
            }
        };
        lua.push_anchored(self.ports.slab[port as usize].anchor);
        true
    }

    /// Opens a port for events of the bus and pushes its channel.
    pub(crate) fn open_bus_port(&mut self, lua: Stack, subscription: u64) -> u32 {
        let port = self.open_port(lua, Form::Bus { subscription }, None);
        lua.push_anchored(self.ports.slab[port as usize].anchor);
        port
    }

    /// Puts an event of the bus into its port; false when that was closed, whoever has its place now.
    pub(crate) fn put_bus_event(&mut self, port: u32, subscription: u64, event: Message) -> bool {
        if self.ports.slab.get(port as usize).is_none_or(|p| p.form != Form::Bus { subscription }) {
            return false;
        }
        self.ports.serial += 1;
        self.put(port, self.ports.serial, Event::Message(event));
        true
    }

    fn open_port(&mut self, lua: Stack, form: Form, topic: Option<Text>) -> u32 {
        let entry = self.ports.slab.vacant_key() as u32;
        if self.ports.slab.len() == self.ports.slab.capacity() && self.ports.slab.len() < 4 {
            self.ports.slab.reserve_exact(1);
        }
        let channel = channel::push_new(lua, 0, entry);
        let anchor = lua.anchor();
        if let (Some(topics), Some(topic)) = (&mut self.ports.topics, &topic) {
            topics.open(topic.clone(), entry);
        }
        self.ports.slab.insert(Port { form, topic, anchor, channel, mail: Mail::default() });
        if self.ports.slab.len() > FEW {
            self.ports.index();
        }
        entry
    }

    /// Moves what the inbox or the events are for out of the unclaimed queue.
    fn claim(&mut self, port: u32, wanted: impl Fn(&Event) -> bool) {
        let mail = self.ports.unclaimed.take_where(wanted);
        self.ports.slab[port as usize].mail = mail.into_iter().collect();
    }

    /// Ends a port: its channel closes, later mail goes elsewhere. False when `c` is no port's channel.
    pub(crate) fn close_port(&mut self, lua: Stack, c: *mut Channel) -> bool {
        let number = channel::channel(c).port;
        if number == NOBODY {
            return false;
        }
        if !self.ports.slab.contains(number as usize) {
            // It was closed before.
            return true;
        }
        let mut port = self.ports.slab.remove(number as usize);
        channel::channel(c).port = PORT_CLOSED;
        if let (Some(topics), Some(topic)) = (&mut self.ports.topics, &port.topic) {
            topics.close(topic);
        }
        for slot in [&mut self.ports.inbox, &mut self.ports.events] {
            if *slot == Some(number) {
                *slot = None;
            }
        }
        let rest = port.mail.split_off(port.held());
        lua.push_anchored(port.anchor);
        for (_, event) in port.mail.drain() {
            self.hand_out(lua, port.form, event);
            channel::push_held(lua, -2, c);
        }
        lua.pop(1);
        self.close_channel(c);
        lua.release(port.anchor);
        match port.form {
            Form::Bus { subscription } => self.unsubscribe(subscription),
            _ => self.route_again(rest),
        }
        true
    }

    /// Finds a new place for what a port has held, all of it of one sort.
    fn route_again(&mut self, mut mail: Mail) {
        let Some(first) = mail.front() else { return };
        self.ports.forget_order();
        let Some(port) = self.ports.port_for(first) else {
            return self.ports.unclaimed.merge(mail);
        };
        let (channel, form) = (self.ports.slab[port as usize].channel, self.ports.slab[port as usize].form);
        // Whoever waits there has the next ones: nothing older can be in that port.
        while let Some(id) = self.first(channel, false) {
            let Some(event) = mail.pop() else { return };
            let target = self.target_of(id);
            self.hand_out(target, form, event);
            self.received(id, true);
        }
        self.ports.slab[port as usize].mail.merge(mail);
    }
}

/// An event of the bus: system, kind, path and perhaps data.
fn push_bus_event(lua: Stack, values: &Values) {
    for i in 0..4 {
        match values.as_slice().get(i) {
            Some(value) => transfer::push(lua, value),
            None => lua.push_nil(),
        }
    }
    lua.push_record(Record::Event);
}

/// What all events of a process begin with.
fn push_head(lua: Stack, kind: &str, from: Pid, at: SystemTime) {
    lua.push_str(kind);
    lua.push_pid(from);
    lua.push_int(at.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64));
}

fn push_end(lua: Stack, kind: &str, notice: &ExitNotice) {
    push_head(lua, kind, notice.from, notice.at);
    match &notice.result {
        Ok(value) => {
            transfer::push(lua, value);
            lua.push_record(Record::Value);
        }
        Err(error) => {
            errors::push(lua, error);
            lua.push_record(Record::Error);
        }
    }
    lua.push_record(Record::End);
}

#[cfg(test)]
mod tests;

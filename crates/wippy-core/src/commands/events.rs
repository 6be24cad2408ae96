//! The event bus of a node: published facts, and subscriptions to them.
//!
//! A subscription is a queue on the node. Its owner asks for the [`Next`] events and gets them as the answer, so nobody
//! can forge one, and nothing is lost between two requests.

use crate::command::{Boxed, Command, Permission};
use crate::value::Value;
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct BusEvent {
    /// Whose event it is.
    pub system: String,
    /// What sort of event.
    pub kind: String,
    /// What it is about.
    pub path: String,
    /// More about it; may be nil.
    pub data: Value,
}

/// Tells an event to all who have subscribed to it, the publisher included.
#[derive(Debug, Clone)]
pub struct Publish(pub BusEvent);

impl Command for Publish {
    type Reply = ();
    const NAME: &'static str = "events.send";
    fn permissions(&self) -> SmallVec<[Permission; 2]> {
        let resource = self.0.system.clone();
        smallvec![Permission { action: "events.send", resource, refusal: "not allowed to send events" }]
    }
}

/// Asks for events from now on; the answer is the subscription's number. It ends with its owner.
///
/// A pattern is `*` (all), a prefix with `*` behind it, or the exact text.
#[derive(Debug, Clone)]
pub struct Subscribe {
    /// Pattern of systems.
    pub system: String,
    /// Pattern of kinds.
    pub kind: String,
}

impl Command for Subscribe {
    type Reply = Boxed<u64>;
    const NAME: &'static str = "events.subscribe";
    fn permissions(&self) -> SmallVec<[Permission; 2]> {
        let resource = self.system.clone();
        smallvec![Permission { action: "events.subscribe", resource, refusal: "not allowed to subscribe to events" }]
    }
}

/// Waits until there are events behind the one with this number, 0 to begin with. A second request takes the place of
/// the first, so one that was given up loses nothing.
#[derive(Debug, Clone)]
pub struct Next {
    /// Number of the subscription.
    pub subscription: u64,
    /// The `last` of the batch before.
    pub seen: u64,
}

impl Command for Next {
    type Reply = Boxed<Batch>;
    const NAME: &'static str = "events.next";
}

/// Events in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// At least one.
    pub events: Vec<Arc<BusEvent>>,
    /// The number of the last of them.
    pub last: u64,
}

/// Ends a subscription; fine when it has ended.
#[derive(Debug, Clone)]
pub struct Unsubscribe {
    /// Number of the subscription.
    pub subscription: u64,
}

impl Command for Unsubscribe {
    type Reply = ();
    const NAME: &'static str = "events.unsubscribe";
}

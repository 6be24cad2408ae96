//! What a process holds while it runs.

use std::sync::Arc;
use wippy_core::{Entry, EntryId, Error, Kind, Sources, StateMachine, Step, Tree};
use wippy_lua::LuaKind;
use wippy_sim::Hand;

struct Nothing;

impl Sources for Nothing {
    fn entry(&self, _: &EntryId) -> Option<Arc<Entry>> {
        None
    }
    fn read(&self, fs: &EntryId, _: &str) -> Result<Vec<u8>, Error> {
        Err(Error::not_found(format!("file system not found: {fs}")))
    }
}

fn start(source: &str) -> Hand<Box<dyn StateMachine>> {
    let data = Tree::map([("source", Tree::from(source)), ("method", Tree::from("main"))]);
    let entry = Entry { id: EntryId::new("app:program"), kind: "process.lua".into(), data, ..Entry::default() };
    let loaded = LuaKind::new().load(&entry, &Nothing).unwrap_or_else(|e| panic!("{e}"));
    let factory = loaded.factory.expect("a process has one");
    let mut hand = Hand::new(factory.create().unwrap());
    hand.init(factory.method(), ()).unwrap();
    while !matches!(hand.step(), Step::Idle | Step::Blocked) {}
    hand
}

/// The most that it holds over so many messages.
fn most_held(hand: &mut Hand<Box<dyn StateMachine>>, messages: i64) -> usize {
    let mut most = 0;
    for n in 0..messages {
        hand.message(Hand::<Box<dyn StateMachine>>::other(2), "n", n);
        while !matches!(hand.step(), Step::Idle | Step::Blocked) {}
        most = most.max(hand.machine().memory_bytes());
        hand.door(|door| door.sent.clear());
    }
    most
}

#[test]
fn a_program_that_only_receives_and_sends_does_not_grow() {
    // Nothing here but calls of the API: no operation of Lua's own asks the collector to work.
    let mut hand = start(
        "local function main()
           local inbox = process.inbox()
           while true do
             local msg = inbox:receive()
             process.send(msg:from(), 'answer', msg:payload():data())
           end
         end
         return {main = main}",
    );
    let first = most_held(&mut hand, 1000);
    let later = most_held(&mut hand, 20_000);
    assert!(later < 2 * first, "it grew from {first} to {later} bytes");
    hand.close();
}

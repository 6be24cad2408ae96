//! Places of ports are used again, and what is read goes.

use crate::process::{LuaMachine, Proc};
use crate::program::Program;
use std::sync::Arc;
use wippy_core::command::Boxed;
use wippy_core::commands::events::{Next, Subscribe, Unsubscribe};
use wippy_core::{Answer, AnyCommand, RawTag, Reply, Step, Value, Values};
use wippy_sim::{Asking, Hand};

const ROUNDS: usize = 100_000;

fn started(modules: &[&str], body: &str) -> Hand<LuaMachine> {
    let source = format!("return function() {body} end");
    let mut hand = Hand::new(LuaMachine::new(Arc::new(Program::of_source(modules, &source))));
    hand.init("main", Values::None).expect("the program can be started");
    hand
}

/// Steps until the program waits or has ended.
fn run(hand: &mut Hand<LuaMachine>) -> Step {
    loop {
        match hand.step() {
            Step::Ready | Step::Started => {}
            step => return step,
        }
    }
}

fn look<T>(hand: &mut Hand<LuaMachine>, f: impl FnOnce(&Proc) -> T) -> T {
    hand.machine().look(f)
}

/// Places for ports, ports, and requests on their way.
#[track_caller]
fn counts(hand: &mut Hand<LuaMachine>) -> (usize, usize, usize) {
    look(hand, |proc| (proc.ports.places().0, proc.ports.places().1, proc.tasks.pending.len()))
}

#[test]
fn listening_and_closing_takes_one_place() {
    let mut hand = started(
        &[],
        &format!(
            "local inbox = process.inbox()
            for i = 1, {ROUNDS} do
                local ch = process.listen('topic ' .. i % 7, {{message = i % 3 == 0}})
                if i % 2 == 0 then ch:close() else process.unlisten(ch) end
                if i % 5 == 0 then process.unlisten(process.events()) end
                if i % 11 == 0 then process.unlisten(inbox) inbox = process.inbox() end
            end
            inbox:receive()"
        ),
    );
    assert!(matches!(run(&mut hand), Step::Idle));
    let (places, ports, pending) = counts(&mut hand);
    assert_eq!((ports, pending), (1, 0), "only the inbox is left");
    assert!(places <= 4, "{places} places");
}

#[test]
fn unread_mail_keeps_no_place() {
    let mut hand = started(
        &[],
        "local go = process.listen('go')
        while go:receive() do
            local ch = process.listen('t')
            go:receive()
            ch:close()
        end",
    );
    assert!(matches!(run(&mut hand), Step::Idle));
    for _ in 0..ROUNDS / 10 {
        for topic in ["go", "t", "go"] {
            hand.message(Hand::<LuaMachine>::other(1), topic, vec![Value::Bool(true)]);
            assert!(matches!(run(&mut hand), Step::Idle));
        }
    }
    let (places, ports, _) = counts(&mut hand);
    assert_eq!(ports, 1);
    assert!(places <= 4, "{places} places");
    let used = look(&mut hand, |proc| proc.c.used);
    assert!(used < 200_000, "the channels are gone with what they held, but {used} bytes are used");
}

#[test]
fn what_was_received_is_collected_though_the_program_makes_nothing() {
    for body in [
        "local inbox = process.inbox() while true do inbox:receive():payload() end",
        "local ch = process.listen('t') while true do ch:receive() end",
        "local ch = process.listen('t') local case = {ch:case_receive()} while true do channel.select(case) end",
        "local ch = process.listen('t') local co = coroutine.wrap(function() while true do ch:receive() end end) co()",
    ] {
        let mut hand = started(&[], body);
        for i in 0..20_000 {
            let list = Value::encode(&vec![i; 20]).expect("a list of numbers");
            hand.message(Hand::<LuaMachine>::other(1), "t", vec![list]);
            // One by one, so that it waits for each; in batches, so that it does not.
            if i % 3 != 0 {
                assert!(matches!(run(&mut hand), Step::Idle), "{body}");
            }
        }
        let used = look(&mut hand, |proc| proc.c.used);
        assert!(used < 100_000, "{used} bytes: {body}");
    }
}

#[test]
fn what_functions_make_and_raise_is_collected_though_the_program_makes_nothing() {
    for call in ["channel.new()", "pcall(channel.select, 5)", "process.listen('')", "payload.new(1):transcode('x')"] {
        let mut hand = started(&[], &format!("for _ = 1, 20000 do {call} end process.inbox():receive()"));
        assert!(matches!(run(&mut hand), Step::Idle), "{call}");
        let used = look(&mut hand, |proc| proc.c.used);
        assert!(used < 100_000, "{used} bytes: {call}");
    }
}

/// Takes the command that the program waits for out of what it asks; the others need no answer here.
fn subscribing(hand: &Hand<LuaMachine>) -> Option<RawTag> {
    hand.door(|door| {
        let is =
            |asking: &Asking, what: fn(&dyn AnyCommand) -> bool| matches!(asking, Asking::Command(c) if what(&**c));
        door.asking.retain(|(_, asking)| !is(asking, |c| c.as_any().is::<Unsubscribe>()));
        let next = door.asking.iter().filter(|(_, asking)| is(asking, |c| c.as_any().is::<Next>())).count();
        assert_eq!(next, 0, "a closed subscription waits for events");
        door.abandoned.clear();
        door.asking.iter().find(|(_, asking)| is(asking, |c| c.as_any().is::<Subscribe>())).map(|(tag, _)| *tag)
    })
}

#[test]
fn subscribing_and_closing_takes_one_place() {
    let mut hand = started(
        &["events"],
        "local n = 0
        while true do
            local sub = require('events').subscribe('s')
            n = n + 1
            if n % 2 == 0 then sub:close() else sub:channel():close() end
        end",
    );
    for number in 1..=ROUNDS as u64 {
        assert!(matches!(run(&mut hand), Step::Blocked));
        let tag = subscribing(&hand).expect("the program subscribes");
        let answer: Answer = Boxed(number).into_answer();
        hand.answer(tag, Ok(answer));
    }
    let (places, ports, pending) = counts(&mut hand);
    assert_eq!(ports, 0);
    assert!(places <= 4 && pending <= 1, "{places} places, {pending} requests");
}

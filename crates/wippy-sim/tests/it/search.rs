//! A thousand seeds find what one run hides.

use wippy_core::{Cx, Error, Event, Pid, SpawnWith, Start, StateMachine, Step, Value, Values};
use wippy_sim::search;

/// Sends one message to `to` and ends.
struct Sends {
    to: Pid,
    what: i64,
}

impl StateMachine for Sends {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        cx.send(self.to, "n", self.what).expect("the receiver waits");
        Step::Complete(Ok(Value::Nil))
    }
    fn close(&mut self) {}
}

/// Starts `n` senders and gives the order in which it heard from them.
struct Hears {
    n: i64,
    heard: Vec<i64>,
}

impl StateMachine for Hears {
    fn init(&mut self, cx: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        for what in 0..self.n {
            cx.spawn_machine(Sends { to: cx.pid(), what }, (), SpawnWith::default())?;
        }
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        while let Some(event) = cx.next_event() {
            if let Event::Message(m) = event {
                self.heard.push(m.values.first().as_int().unwrap_or(-1));
            }
        }
        let done = self.heard.len() == self.n as usize;
        if done { Step::Complete(Ok(Value::from(format!("{:?}", self.heard)))) } else { Step::Idle }
    }
    fn close(&mut self) {}
}

#[test]
fn every_order_of_three_senders_is_found_and_shown_with_its_trace() {
    for order in ["[0, 1, 2]", "[0, 2, 1]", "[1, 0, 2]", "[1, 2, 0]", "[2, 0, 1]", "[2, 1, 0]"] {
        let found = search(0..1000, |world| {
            let heard = world.run(Hears { n: 3, heard: Vec::new() }).map_err(|e| e.to_string())?;
            if heard == Value::from(order) { Err(format!("heard {order}")) } else { Ok(()) }
        });
        let failure = found.expect_err("no seed gives this order");
        assert!(failure.trace.lines().count() >= 8, "{failure}");
        assert!(failure.to_string().contains(&format!("seed {}", failure.seed)));
    }
}

#[test]
fn what_always_holds_passes_under_every_seed() {
    search(0..1000, |world| {
        let heard = world.run(Hears { n: 2, heard: Vec::new() }).map_err(|e| e.to_string())?;
        if [Value::from("[0, 1]"), Value::from("[1, 0]")].contains(&heard) { Ok(()) } else { Err("lost".into()) }
    })
    .unwrap();
}

#[test]
fn a_panic_of_a_scenario_is_a_failure_with_its_text() {
    let failure = search(3..5, |_| panic!("wrong")).unwrap_err();
    assert_eq!((failure.what.as_str(), failure.failed), ("wrong", 2));
}

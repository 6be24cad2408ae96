//! The same seed gives the same run; other seeds give other runs.

use std::collections::HashSet;
use std::time::Duration;
use wippy_core::{Cx, Error, Event, Pid, SpawnWith, Start, StateMachine, Step, Value, Values};
use wippy_sim::World;

/// Starts `width` children that talk to each other, sleep and fail, and waits for all of them.
struct Parent {
    width: usize,
    left: usize,
}

impl StateMachine for Parent {
    fn init(&mut self, cx: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        let mut peers: Vec<Pid> = Vec::new();
        for _ in 0..self.width {
            let child = Child { peers: peers.clone(), naps: 3 };
            peers.push(cx.spawn_machine(child, (), SpawnWith { monitor: true, ..SpawnWith::default() })?);
        }
        self.left = self.width;
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        while let Some(event) = cx.next_event() {
            if let Event::Exit(_) = event {
                self.left -= 1;
            }
        }
        if self.left == 0 { Step::Complete(Ok(Value::Nil)) } else { Step::Idle }
    }
    fn close(&mut self) {}
}

struct Child {
    peers: Vec<Pid>,
    naps: u32,
}

impl StateMachine for Child {
    fn init(&mut self, cx: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        let nap = cx.random() % 5_000;
        cx.timer(Duration::from_micros(nap));
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        while let Some(event) = cx.next_event() {
            if let Event::Reply { .. } = event {
                for peer in &self.peers {
                    // Some have ended by now.
                    let _ = cx.send(*peer, "hello", self.naps as i64);
                }
                if self.naps == 0 {
                    let failing = cx.random().is_multiple_of(2);
                    return Step::Complete(if failing { Err(Error::internal("bad luck")) } else { Ok(Value::Nil) });
                }
                self.naps -= 1;
                let nap = cx.random() % 5_000;
                cx.timer(Duration::from_micros(nap));
            }
        }
        Step::Blocked
    }
    fn close(&mut self) {}
}

fn trace(seed: u64) -> String {
    let mut world = World::new(seed);
    world.run(Parent { width: 12, left: 0 }).unwrap();
    world.trace()
}

#[test]
fn the_same_seed_gives_the_same_trace_to_the_byte() {
    for seed in 0..20 {
        assert_eq!(trace(seed), trace(seed), "seed {seed}");
    }
}

#[test]
fn other_seeds_give_other_runs() {
    let traces: HashSet<String> = (0..20).map(trace).collect();
    assert_eq!(traces.len(), 20);
}

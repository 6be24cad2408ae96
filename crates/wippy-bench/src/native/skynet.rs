//! A tree of processes: each starts ten children, and gives the sum of what they give to its parent.

use crate::rig::{machine, nanoseconds};
use wippy_core::{Cx, Error, Event, Pid, SpawnWith, Start, StateMachine, Step, Value, Values};

const CHILDREN: u64 = 10;

/// Starts the tree over the leaves `0..leaves`, waits for the sum and checks it.
pub(crate) fn root(leaves: u64) -> impl StateMachine {
    let mut began = None;
    machine(move |cx| {
        if began.is_none() {
            began = Some(cx.now());
            let tree = Node { parent: cx.pid(), first: 0, leaves, sum: 0, missing: 0 };
            cx.spawn_machine(tree, (), SpawnWith::default())?;
        }
        while let Some(event) = cx.next_event() {
            if let Event::Message(message) = event {
                let (sum, right) = (message.values.first(), leaves * (leaves - 1) / 2);
                if sum.as_int() != Some(right as i64) {
                    return Err(Error::internal(format!("the tree gave {sum:?}, which should be {right}")));
                }
                return Ok(Step::Complete(Ok(Value::Int(nanoseconds(cx.now() - began.unwrap_or_default())))));
            }
        }
        Ok(Step::Idle)
    })
}

struct Node {
    parent: Pid,
    first: u64,
    leaves: u64,
    sum: i64,
    missing: u64,
}

impl Node {
    fn advance(&mut self, cx: &mut Cx) -> Result<Step, Error> {
        if self.leaves == 1 {
            return self.give(cx, self.first as i64);
        }
        if self.missing == 0 {
            self.missing = CHILDREN;
            let leaves = self.leaves / CHILDREN;
            for i in 0..CHILDREN {
                let child = Node { parent: cx.pid(), first: self.first + i * leaves, leaves, sum: 0, missing: 0 };
                cx.spawn_machine(child, (), SpawnWith::default())?;
            }
        }
        while let Some(event) = cx.next_event() {
            if let Event::Message(message) = event {
                self.sum += message.values.first().as_int().unwrap_or(0);
                self.missing -= 1;
                if self.missing == 0 {
                    return self.give(cx, self.sum);
                }
            }
        }
        Ok(Step::Idle)
    }

    fn give(&self, cx: &mut Cx, sum: i64) -> Result<Step, Error> {
        cx.send(self.parent, "sum", sum).map_err(|(e, _)| e)?;
        Ok(Step::Complete(Ok(Value::Nil)))
    }
}

impl StateMachine for Node {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        self.advance(cx).unwrap_or_else(|e| Step::Complete(Err(e)))
    }
    fn close(&mut self) {}
}

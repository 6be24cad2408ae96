//! Workloads that several benches share.

use std::sync::Arc;
use std::time::Duration;
use wippy_core::{Cx, Entry, EntryId, Error, Event, Pid, Spawn, Start, StateMachine, Step, Tree, Value, Values};
use wippy_host::{Node, NodeConfig, Outcome};
use wippy_lua::LuaKind;
use wippy_sched::{Config, Host, Scheduler};

/// A scheduler with two workers and a host.
pub fn scheduler() -> (Scheduler, Arc<Host>) {
    let scheduler = Scheduler::start(Config::default().workers(2)).expect("threads can be started");
    let host = scheduler.add_host("bench:host", Default::default()).expect("the first host of this id");
    (scheduler, host)
}

/// Ends in its first step.
#[derive(Debug)]
pub struct Brief;

impl StateMachine for Brief {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, _: &mut Cx) -> Step {
        Step::Complete(Ok(Value::Nil))
    }
    fn close(&mut self) {}
}

/// Waits for ever.
#[derive(Debug)]
pub struct Idle;

impl StateMachine for Idle {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        while cx.next_event().is_some() {}
        Step::Idle
    }
    fn close(&mut self) {}
}

/// Sends back what it gets until `left` round trips are over, then ends.
#[derive(Debug)]
pub struct Player {
    /// Whom to serve to first; `None` for the one that only answers.
    pub peer: Option<Pid>,
    /// Messages still to be sent.
    pub left: u64,
}

impl StateMachine for Player {
    fn init(&mut self, _: &mut Cx, _: &str, _: Values) -> Result<Start, Error> {
        Ok(Start::Ready)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        if let Some(peer) = self.peer.take() {
            let _ = cx.send(peer, "ball", self.left as i64);
        }
        while let Some(event) = cx.next_event() {
            if let Event::Message(message) = event {
                if self.left == 0 {
                    return Step::Complete(Ok(Value::Nil));
                }
                self.left -= 1;
                // The other end may be gone at the last ball.
                let _ = cx.send(message.from, "ball", message.values);
            }
        }
        Step::Idle
    }
    fn close(&mut self) {}
}

/// A node that runs the Lua program `source`, whose methods take the arguments that [`run_lua`] gives.
pub fn lua_node(source: &str) -> Node {
    let start = || Tree::map([("lifecycle", Tree::map([("auto_start", true)]))]);
    let entry =
        |id: &str, kind: &str, data| Entry { id: EntryId::new(id), kind: kind.into(), data, ..Entry::default() };
    let program = |id: &str, method: &str| {
        entry(id, "process.lua", Tree::map([("source", Tree::from(source)), ("method", Tree::from(method))]))
    };
    let entries = vec![
        entry("bench:processes", "process.host", start()),
        entry("bench:terminal", "terminal.host", start()),
        program("bench:main", "main"),
        program("bench:child", "child"),
    ];
    let config = NodeConfig { kinds: vec![Arc::new(LuaKind::new())], workers: 2, ..NodeConfig::default() };
    Node::boot(config, entries).expect("the program of a bench is right")
}

/// Runs `main` of the program to its end, and gives what it returned.
pub fn run_lua(node: &Node, rounds: i64) -> Value {
    let args = Values::from(rounds);
    let spawn = Spawn { entry: "bench:main".into(), host: "bench:terminal".into(), args, ..Spawn::default() };
    node.run(spawn).expect("the program of a bench starts");
    match node.wait_for(Duration::from_secs(300)) {
        Some(Outcome::Terminal(Ok(value))) => value,
        other => panic!("the program of a bench failed: {other:?}"),
    }
}

/// The Lua workloads.
pub const LUA: &str = include_str!("workloads.lua");

/// Resident memory of this program in bytes.
pub fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
    pages * 4096
}

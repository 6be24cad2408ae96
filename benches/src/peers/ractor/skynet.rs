//! A tree of actors that sum up what their leaves are.

use super::{Done, Failed, Msg, send, start};
use ractor::{Actor, ActorRef};
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Starts ten of its kind and gives their sum to its parent.
struct Node;

struct Tree {
    parent: ActorRef<Msg>,
    first: i64,
    leaves: i64,
    sum: i64,
    missing: u64,
}

/// Boxed, because starting a node is part of running a node.
fn grow(parent: ActorRef<Msg>, first: i64, leaves: i64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        start(Node, Tree { parent, first, leaves, sum: 0, missing: 10 }).await;
    })
}

impl Actor for Node {
    type Msg = Msg;
    type State = Tree;
    type Arguments = Tree;
    async fn pre_start(&self, _: ActorRef<Msg>, state: Tree) -> Result<Tree, Failed> {
        Ok(state)
    }
    async fn post_start(&self, me: ActorRef<Msg>, state: &mut Tree) -> Result<(), Failed> {
        if state.leaves == 1 {
            send(&state.parent, state.first);
            me.stop(None);
            return Ok(());
        }
        for i in 0..10 {
            grow(me.clone(), state.first + i * (state.leaves / 10), state.leaves / 10).await;
        }
        Ok(())
    }
    async fn handle(&self, me: ActorRef<Msg>, msg: Msg, state: &mut Tree) -> Result<(), Failed> {
        if let Msg::Ball(part) = msg {
            state.sum += part;
            state.missing -= 1;
            if state.missing == 0 {
                send(&state.parent, state.sum);
                me.stop(None);
            }
        }
        Ok(())
    }
}

/// Hands on the first ball.
struct Sum;

impl Actor for Sum {
    type Msg = Msg;
    type State = Done<i64>;
    type Arguments = Done<i64>;
    async fn pre_start(&self, _: ActorRef<Msg>, done: Done<i64>) -> Result<Done<i64>, Failed> {
        Ok(done)
    }
    async fn handle(&self, _: ActorRef<Msg>, msg: Msg, done: &mut Done<i64>) -> Result<(), Failed> {
        if let (Msg::Ball(sum), Some(done)) = (msg, done.take()) {
            let _ = done.send(sum);
        }
        Ok(())
    }
}

pub(super) async fn skynet(leaves: u64) -> Duration {
    let began = Instant::now();
    let (sender, done) = oneshot::channel();
    grow(start(Sum, Some(sender)).await, 0, leaves as i64).await;
    assert_eq!(done.await, Ok((leaves * (leaves - 1) / 2) as i64), "the tree gives the right sum");
    began.elapsed()
}

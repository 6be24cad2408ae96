//! Where a guest's host functions wait: its operations, and the mail that answers them.
//!
//! A guest's call is a future that each step polls, so a wait needs no waker of its own: whatever has come in is looked
//! at again in the next step. Only what other threads do (files) wakes the process by a real waker.

use crate::guest::Post;
use crate::ops::Operations;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;
use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi_io::async_trait;
use wasmtime_wasi_io::poll::{DynPollable, Pollable, subscribe};
use wippy_core::{Answer, Asked, Command, Cx, Error, Event, RawTag};

/// The operations of one guest and its mail; all copies are the same.
#[derive(Clone)]
pub(crate) struct Mail {
    ops: Arc<Mutex<Operations>>,
    pub(crate) post: Post,
}

impl Mail {
    pub(crate) fn new(post: Post, ops_max: usize) -> Mail {
        Mail { ops: Arc::new(Mutex::new(Operations::new(ops_max))), post }
    }

    pub(crate) fn ops(&self) -> MutexGuard<'_, Operations> {
        self.ops.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what the machine has drained. Whether the timer `limit` was among it.
    pub(crate) fn read(&self, limit: Option<RawTag>) -> bool {
        let mail = std::mem::take(&mut self.post.open().mail);
        let mut over = false;
        for event in mail {
            match event {
                Event::Reply { tag, .. } if Some(tag) == limit => over = true,
                event => self.ops().route(event),
            }
        }
        over
    }

    /// Parks the guest until one of the operations is answered or the time is over; no operations mean any.
    pub(crate) async fn park(&self, ids: &[u32], timeout: Option<Duration>) -> Result<Vec<u32>, Error> {
        let limit = match timeout {
            Some(timeout) => Some(Cx::with(|cx| cx.timer(timeout).raw())?),
            None => None,
        };
        let mut over = false;
        let ready = poll_fn(|_| {
            over |= self.read(limit);
            let ops = self.ops();
            let ready: Vec<u32> = (0..ids.len() as u32).filter(|i| ops.is_ready(ids[*i as usize])).collect();
            if !ready.is_empty() || over || (ids.is_empty() && timeout.is_none() && ops.any_ready()) {
                return Poll::Ready(ready);
            }
            self.post.open().idle = limit.is_none() && ops.is_idle(ids);
            Poll::Pending
        })
        .await;
        if let (Some(limit), false) = (limit, over) {
            Cx::with(|cx| cx.abandon(limit))?;
        }
        Ok(ready)
    }

    /// Makes a request and waits for its answer.
    pub(crate) async fn ask<C: Command>(&self, command: C) -> Result<C::Reply, Error> {
        match Cx::with(|cx| cx.ask(command))? {
            Asked::Done(reply) => reply,
            Asked::Later(tag) => {
                let id = self.ops().request(tag.raw());
                tag.open(self.answer(id).await)
            }
        }
    }

    /// Waits for the answer to a request that [`Operations::request`] has numbered.
    pub(crate) async fn answer(&self, id: u32) -> Result<Answer, Error> {
        let given_up = Forget { mail: self.clone(), id };
        let answer = poll_fn(|_| {
            self.read(None);
            self.ops().answer(id).map_or(Poll::Pending, Poll::Ready)
        })
        .await;
        drop(given_up);
        answer
    }

    /// Something to poll that is ready when the operation is. `owned`: the operation ends with it.
    pub(crate) fn pollable(
        &self,
        table: &mut ResourceTable,
        id: u32,
        owned: bool,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        let ready = OpReady { mail: self.clone(), id, _owned: owned.then(|| Forget { mail: self.clone(), id }) };
        let resource = table.push(ready)?;
        subscribe(table, resource)
    }
}

/// Gives an operation up when it is dropped.
struct Forget {
    mail: Mail,
    id: u32,
}

impl Drop for Forget {
    fn drop(&mut self) {
        self.mail.ops().forget(self.id);
    }
}

/// Is ready when an operation is answered.
struct OpReady {
    mail: Mail,
    id: u32,
    _owned: Option<Forget>,
}

#[async_trait]
impl Pollable for OpReady {
    async fn ready(&mut self) {
        poll_fn(|_| {
            self.mail.read(None);
            if self.mail.ops().is_waiting(self.id) { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }
}

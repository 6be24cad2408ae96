//! `wippy:process/ops` and `wasi:io/poll`: waiting.

use super::bindings::wasi::io::poll;
use super::bindings::wippy::process::{ops, types};
use crate::guest::Guest;
use crate::ops::{Op, Pollable, Read};
use crate::payload;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;
use wasmtime::component::Resource;
use wippy_core::{Cx, Error, Event, RawTag};

impl types::Host for Guest {}

impl Guest {
    /// Takes in what the machine has drained. Whether the timer `limit` was among it.
    fn read_mail(&mut self, limit: Option<RawTag>) -> bool {
        let mail = std::mem::take(&mut self.post.open().mail);
        let mut over = false;
        for event in mail {
            match event {
                Event::Reply { tag, .. } if Some(tag) == limit => over = true,
                event => self.ops.route(event),
            }
        }
        over
    }

    /// Parks the guest until one of the operations is answered or the time is over; no operations mean any.
    async fn park(&mut self, ids: &[u32], timeout: Option<Duration>) -> wasmtime::Result<Vec<u32>> {
        let limit = match timeout {
            Some(timeout) => Some(Cx::with(|cx| cx.timer(timeout).raw()).map_err(host_fault)?),
            None => None,
        };
        let mut over = false;
        let ready = poll_fn(|_| {
            over |= self.read_mail(limit);
            let ready: Vec<u32> = (0..ids.len() as u32).filter(|i| self.ops.is_ready(ids[*i as usize])).collect();
            if !ready.is_empty() || over || (ids.is_empty() && timeout.is_none() && self.ops.any_ready()) {
                return Poll::Ready(ready);
            }
            self.post.open().idle = limit.is_none() && self.ops.is_idle(ids);
            Poll::Pending
        })
        .await;
        if let (Some(limit), false) = (limit, over) {
            Cx::with(|cx| cx.abandon(limit)).map_err(host_fault)?;
        }
        Ok(ready)
    }

    pub(super) fn done(&mut self, result: Result<ops::Outcome, Error>) -> Resource<Op> {
        Resource::new_own(self.ops.done(result))
    }
}

/// A fault of ours as a trap.
pub(super) fn host_fault(e: Error) -> wasmtime::Error {
    wasmtime::Error::msg(e.message().to_owned())
}

impl ops::Host for Guest {
    async fn wait(&mut self, pending: Vec<Resource<Op>>, timeout_ms: Option<u64>) -> wasmtime::Result<Vec<u32>> {
        let ids: Vec<u32> = pending.iter().map(Resource::rep).collect();
        self.park(&ids, timeout_ms.map(Duration::from_millis)).await
    }

    fn receive(&mut self, topics: Vec<String>) -> wasmtime::Result<Resource<Op>> {
        self.read_mail(None);
        if let Some(topic) = topics.iter().find(|t| t.starts_with('@') || t.is_empty()) {
            let error = Error::invalid(format!("cannot receive topic '{topic}'"));
            return Ok(self.done(Err(error)));
        }
        Ok(Resource::new_own(self.ops.receive(topics)))
    }

    fn next_event(&mut self) -> wasmtime::Result<Resource<Op>> {
        self.read_mail(None);
        Ok(Resource::new_own(self.ops.next_event()))
    }

    fn sleep(&mut self, ms: u64) -> wasmtime::Result<Resource<Op>> {
        let tag = Cx::with(|cx| cx.timer(Duration::from_millis(ms)).raw()).map_err(host_fault)?;
        Ok(Resource::new_own(self.ops.reply(tag, Read::Unit)))
    }
}

impl ops::HostOp for Guest {
    fn ready(&mut self, op: Resource<Op>) -> wasmtime::Result<bool> {
        self.read_mail(None);
        Ok(self.ops.is_ready(op.rep()))
    }

    fn take(&mut self, op: Resource<Op>) -> wasmtime::Result<Option<Result<ops::Outcome, types::Error>>> {
        self.read_mail(None);
        Ok(self.ops.take(op.rep()).map(|result| result.map_err(|e| payload::error_to_guest(&e))))
    }

    fn subscribe(&mut self, op: Resource<Op>) -> wasmtime::Result<Resource<Pollable>> {
        Ok(Resource::new_own(op.rep()))
    }

    fn cancel(&mut self, op: Resource<Op>) -> wasmtime::Result<()> {
        self.ops.cancel(op.rep());
        Ok(())
    }

    fn drop(&mut self, op: Resource<Op>) -> wasmtime::Result<()> {
        self.ops.forget(op.rep());
        Ok(())
    }
}

impl poll::Host for Guest {
    async fn poll(&mut self, pollables: Vec<Resource<Pollable>>) -> wasmtime::Result<Vec<u32>> {
        let ids: Vec<u32> = pollables.iter().map(Resource::rep).collect();
        if ids.is_empty() {
            return Err(wasmtime::Error::msg("poll without pollables would wait for ever"));
        }
        self.park(&ids, None).await
    }
}

impl poll::HostPollable for Guest {
    fn ready(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<bool> {
        self.read_mail(None);
        Ok(self.ops.is_ready(pollable.rep()))
    }

    async fn block(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<()> {
        self.park(&[pollable.rep()], None).await.map(drop)
    }

    fn drop(&mut self, _: Resource<Pollable>) -> wasmtime::Result<()> {
        // The operation belongs to its own handle.
        Ok(())
    }
}

//! `wippy:process/ops`: waiting.

use super::bindings::wippy::process::{ops, types};
use crate::guest::Guest;
use crate::ops::{Op, Read};
use crate::payload;
use std::time::Duration;
use wasmtime::component::Resource;
use wasmtime_wasi_io::poll::DynPollable;
use wippy_core::{Cx, Error};

impl types::Host for Guest {}

impl Guest {
    pub(super) fn done(&mut self, result: Result<ops::Outcome, Error>) -> Resource<Op> {
        Resource::new_own(self.mail.ops().done(result))
    }
}

/// A fault of ours as a trap.
pub(crate) fn host_fault(e: Error) -> wasmtime::Error {
    wasmtime::Error::msg(e.message().to_owned())
}

impl ops::Host for Guest {
    async fn wait(&mut self, pending: Vec<Resource<Op>>, timeout_ms: Option<u64>) -> wasmtime::Result<Vec<u32>> {
        let ids: Vec<u32> = pending.iter().map(Resource::rep).collect();
        self.mail.park(&ids, timeout_ms.map(Duration::from_millis)).await.map_err(host_fault)
    }

    fn receive(&mut self, topics: Vec<String>) -> wasmtime::Result<Resource<Op>> {
        self.mail.read(None);
        if let Some(topic) = topics.iter().find(|t| t.starts_with('@') || t.is_empty()) {
            let error = Error::invalid(format!("cannot receive topic '{topic}'"));
            return Ok(self.done(Err(error)));
        }
        Ok(Resource::new_own(self.mail.ops().receive(topics)))
    }

    fn next_event(&mut self) -> wasmtime::Result<Resource<Op>> {
        self.mail.read(None);
        Ok(Resource::new_own(self.mail.ops().next_event()))
    }

    fn sleep(&mut self, ms: u64) -> wasmtime::Result<Resource<Op>> {
        let tag = Cx::with(|cx| cx.timer(Duration::from_millis(ms)).raw()).map_err(host_fault)?;
        Ok(Resource::new_own(self.mail.ops().reply(tag, Read::Unit)))
    }
}

impl ops::HostOp for Guest {
    fn ready(&mut self, op: Resource<Op>) -> wasmtime::Result<bool> {
        self.mail.read(None);
        Ok(self.mail.ops().is_ready(op.rep()))
    }

    fn take(&mut self, op: Resource<Op>) -> wasmtime::Result<Option<Result<ops::Outcome, types::Error>>> {
        self.mail.read(None);
        Ok(self.mail.ops().take(op.rep()).map(|result| result.map_err(|e| payload::error_to_guest(&e))))
    }

    fn subscribe(&mut self, op: Resource<Op>) -> wasmtime::Result<Resource<DynPollable>> {
        self.mail.pollable(&mut self.table, op.rep(), false)
    }

    fn cancel(&mut self, op: Resource<Op>) -> wasmtime::Result<()> {
        self.mail.ops().cancel(op.rep());
        Ok(())
    }

    fn drop(&mut self, op: Resource<Op>) -> wasmtime::Result<()> {
        self.mail.ops().forget(op.rep());
        Ok(())
    }
}

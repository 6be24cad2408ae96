//! `wippy:process/self`: who the guest is, and its upgrade.

use super::bindings::wippy::process::{self_, types::Payload};
use super::operations::host_fault;
use crate::error::Leaving;
use crate::guest::Guest;
use crate::payload;
use wippy_core::{Cx, EntryId, Event, Options, Value};

impl self_::Host for Guest {
    fn own_pid(&mut self) -> wasmtime::Result<String> {
        Cx::with(|cx| cx.pid().to_string()).map_err(host_fault)
    }

    fn entry_id(&mut self) -> wasmtime::Result<String> {
        let entry = Cx::with(|cx| cx.entry()).map_err(host_fault)?;
        Ok(entry.map_or(String::new(), |id| id.to_string()))
    }

    fn host(&mut self) -> wasmtime::Result<String> {
        Cx::with(|cx| cx.pid().host().to_string()).map_err(host_fault)
    }

    fn node(&mut self) -> wasmtime::Result<String> {
        Cx::with(|cx| cx.pid().place().info().node.to_string()).map_err(host_fault)
    }

    fn context(&mut self, key: String) -> wasmtime::Result<Option<Payload>> {
        let context = Cx::with(|cx| cx.context()).map_err(host_fault)?;
        let value = context.iter().find(|(k, _)| *k == key).map(|(_, v)| Value::from(v));
        Ok(value.map(|v| payload::to_guest(&v)))
    }

    fn set_trap_links(&mut self, on: bool) -> wasmtime::Result<()> {
        Cx::with(|cx| cx.set_options(Options { trap_links: on, ..cx.options() })).map_err(host_fault)
    }

    fn upgrade(&mut self, entry: Option<String>, args: Vec<Payload>) -> wasmtime::Result<()> {
        let args = payload::list_from_guest(&args).map_err(host_fault)?;
        let unread = self.mail.ops().unread();
        let mut post = self.mail.post.open();
        post.upgrade = Some((entry.filter(|e| !e.is_empty()).map(EntryId::new), args));
        post.unread = unread;
        let later: Vec<Event> = post.mail.drain(..).collect();
        post.unread.extend(later);
        Err(Leaving.into())
    }
}

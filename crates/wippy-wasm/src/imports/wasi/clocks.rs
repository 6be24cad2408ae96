//! `wasi:clocks`: the process's own time, which a simulation may bend.

use crate::guest::Guest;
use crate::imports::operations::host_fault;
use crate::ops::Read;
use std::time::{Duration, UNIX_EPOCH};
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
use wasmtime_wasi_io::poll::DynPollable;
use wippy_core::Cx;

impl wall_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        let wall = Cx::with(|cx| cx.wall()).map_err(host_fault)?;
        let since = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(wall_clock::Datetime { seconds: since.as_secs(), nanoseconds: since.subsec_nanos() })
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime { seconds: 0, nanoseconds: 1 })
    }
}

impl Guest {
    fn now(&self) -> wasmtime::Result<u64> {
        let now = Cx::with(|cx| cx.now()).map_err(host_fault)?;
        Ok(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX))
    }

    fn timer(&mut self, nanoseconds: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let after = Duration::from_nanos(nanoseconds);
        let tag = Cx::with(|cx| cx.timer(after).raw()).map_err(host_fault)?;
        let id = self.mail.ops().reply(tag, Read::Unit);
        self.mail.pollable(&mut self.table, id, true)
    }
}

impl monotonic_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Guest::now(self)
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let left = when.saturating_sub(Guest::now(self)?);
        self.timer(left)
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.timer(duration)
    }
}

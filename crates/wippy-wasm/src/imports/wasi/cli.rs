//! `wasi:cli`: arguments, environment, exit, and the standard streams.

use super::streams::{Input, Output};
use crate::error::Exited;
use crate::guest::Guest;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::cli::{environment, exit, stderr, stdin, stdout};
use wasmtime_wasi_io::streams::{DynInputStream, DynOutputStream};

impl environment::Host for Guest {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        Ok(self.surroundings.env.clone())
    }
    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        Ok(self.surroundings.args.clone())
    }
    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        Ok(Some(self.surroundings.cwd.clone()))
    }
}

impl exit::Host for Guest {
    fn exit(&mut self, status: Result<(), ()>) -> wasmtime::Result<()> {
        Err(Exited(u8::from(status.is_err())).into())
    }
    fn exit_with_code(&mut self, status_code: u8) -> wasmtime::Result<()> {
        Err(Exited(status_code).into())
    }
}

impl stdin::Host for Guest {
    fn get_stdin(&mut self) -> wasmtime::Result<Resource<DynInputStream>> {
        let stream: DynInputStream =
            Box::new(Input::new(self.mail.clone(), self.input.clone(), !self.surroundings.terminal));
        Ok(self.table.push(stream)?)
    }
}

impl stdout::Host for Guest {
    fn get_stdout(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        let stream: DynOutputStream = Box::new(Output::new(self.mail.clone(), false, !self.surroundings.terminal));
        Ok(self.table.push(stream)?)
    }
}

impl stderr::Host for Guest {
    fn get_stderr(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        let stream: DynOutputStream = Box::new(Output::new(self.mail.clone(), true, !self.surroundings.terminal));
        Ok(self.table.push(stream)?)
    }
}

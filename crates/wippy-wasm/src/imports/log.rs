//! `wippy:process/log`: log records.

use super::bindings::wippy::process::log;
use super::operations::host_fault;
use crate::guest::Guest;
use wippy_core::{Cx, Level, Text, Value};

impl log::Host for Guest {
    fn write(&mut self, level: log::Level, text: String, fields: Vec<(String, String)>) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => Level::Debug,
            log::Level::Info => Level::Info,
            log::Level::Warn => Level::Warn,
            log::Level::Error => Level::Error,
        };
        let field = |(name, value): (String, String)| (Text::from(name), Value::from(value));
        let fields: Vec<_> = fields.into_iter().map(field).collect();
        Cx::with(|cx| cx.log(level, "wasm", &text, &fields)).map_err(host_fault)
    }
}

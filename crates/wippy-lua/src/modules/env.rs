//! The module `env`: the variables that the node's entries declare.

use super::{Call, Result};
use crate::errors;
use crate::ffi::Stack;
use crate::tasks::push_result;
use std::ffi::c_int;
use wippy_core::command::Boxed;
use wippy_core::commands::env::{Get, GetAll, Set};
use wippy_core::{Answer, Error, Reply, Text};

fn empty_key(c: Call) -> Result {
    c.bad(&Error::invalid("empty key"))
}

fn push_error(lua: Stack, error: &Error) {
    lua.push_nil();
    errors::push(lua, error);
}

/// `env.get(name)`
pub(super) fn get(c: Call) -> Result {
    let name = c.text(1)?;
    c.may_wait()?;
    if name.is_empty() {
        return empty_key(c);
    }
    c.answered(c.cx(|cx| cx.ask(Get { name })), push_value)
}

fn push_value(lua: Stack, answer: std::result::Result<Answer, Error>) -> c_int {
    match answer.and_then(Boxed::<Text>::from_answer) {
        Ok(Boxed(value)) => {
            lua.push_bytes(value.as_bytes());
            lua.push_nil();
        }
        Err(e) => push_error(lua, &e),
    }
    2
}

/// `env.set(name, value)`
pub(super) fn set(c: Call) -> Result {
    let name = c.text(1)?;
    // A value may be any bytes.
    let value = match c.lua.to_bytes(2) {
        Some(bytes) => Text::new(bytes),
        None => Text::from(c.text(2)?),
    };
    c.may_wait()?;
    if name.is_empty() {
        return empty_key(c);
    }
    c.answered(c.cx(|cx| cx.ask(Set { name, value })), push_result)
}

/// `env.get_all()`
pub(super) fn get_all(c: Call) -> Result {
    c.may_wait()?;
    c.answered(c.cx(|cx| cx.ask(GetAll)), push_values)
}

fn push_values(lua: Stack, answer: std::result::Result<Answer, Error>) -> c_int {
    match answer.and_then(Boxed::<Vec<(String, Text)>>::from_answer) {
        Ok(Boxed(values)) => {
            lua.new_table(0, values.len());
            for (name, value) in &values {
                lua.push_bytes(value.as_bytes());
                lua.set_field(-2, name);
            }
            lua.push_nil();
        }
        Err(e) => push_error(lua, &e),
    }
    2
}

//! The module `io`: the terminal, for the process of a terminal host.

use super::{Call, Result};
use crate::errors;
use crate::ffi::{self, Stack};
use crate::tasks::push_result;
use crate::transfer;
use std::ffi::c_int;
use wippy_core::command::Boxed;
use wippy_core::commands::terminal::{Args, Raw, Read, ReadLine, Write};
use wippy_core::{Answer, Error, ErrorKind, Reply, Value};

fn texts(c: Call) -> Vec<Vec<u8>> {
    let text = |i| match c.lua.to_bytes(i) {
        Some(bytes) => bytes.to_vec(),
        None => errors::plain_text(c.lua, i).into_bytes(),
    };
    (1..=c.lua.top()).map(text).collect()
}

fn write_out(c: Call, bytes: Vec<u8>, to_stderr: bool) -> Result {
    c.may_wait()?;
    c.answered(c.cx(|cx| cx.ask(Write { to_stderr, bytes })), push_result)
}

/// `io.write(...)`
pub(super) fn write(c: Call) -> Result {
    write_out(c, texts(c).concat(), false)
}

/// `io.print(...)`
pub(super) fn print(c: Call) -> Result {
    write_out(c, line(c), false)
}

/// `io.eprint(...)`
pub(super) fn eprint(c: Call) -> Result {
    write_out(c, line(c), true)
}

fn line(c: Call) -> Vec<u8> {
    let mut line = texts(c).join(&b'\t');
    line.push(b'\n');
    line
}

/// `io.flush()`: nothing is held back, so there is nothing to do but to know the terminal.
pub(super) fn flush(c: Call) -> Result {
    write_out(c, Vec::new(), false)
}

/// `io.read([n])`
pub(super) fn read(c: Call) -> Result {
    let limit = if c.is_absent(1) { 1024 } else { c.int(1)? };
    c.may_wait()?;
    if limit < 1 {
        return c.bad(&Error::invalid("number of bytes must be positive"));
    }
    c.answered(c.cx(|cx| cx.ask(Read { limit: limit as usize })), push_input)
}

/// `io.readline()`
pub(super) fn readline(c: Call) -> Result {
    c.may_wait()?;
    c.answered(c.cx(|cx| cx.ask(ReadLine)), push_input)
}

/// Nil is the end of input, which is an error with the message `EOF`.
fn push_input(lua: Stack, answer: std::result::Result<Answer, Error>) -> c_int {
    let answer = match answer {
        Ok(Answer::Value(Value::Nil)) => Err(Error::new(ErrorKind::NotFound, "EOF").with_retryable(Some(false))),
        other => other,
    };
    push_result(lua, answer)
}

/// `io.raw([enable])`
pub(super) fn raw(c: Call) -> Result {
    let on = match c.lua.kind(1) {
        ffi::BOOLEAN => c.lua.to_bool(1),
        _ if c.is_absent(1) => true,
        _ => return c.expected(1, "boolean"),
    };
    c.may_wait()?;
    c.answered(c.cx(|cx| cx.ask(Raw { on })), push_result)
}

/// `io.args()`
pub(super) fn args(c: Call) -> Result {
    c.may_wait()?;
    c.answered(c.cx(|cx| cx.ask(Args)), |lua, answer| {
        let args = answer.and_then(Boxed::<Vec<String>>::from_answer).map_or(Vec::new(), |Boxed(args)| args);
        lua.new_table(args.len(), 0);
        for (i, arg) in args.iter().enumerate() {
            transfer::push(lua, &Value::from(arg.as_str()));
            lua.raw_set_i(-2, i as i64 + 1);
        }
        1
    })
}

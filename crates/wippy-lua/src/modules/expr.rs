//! The module `expr`: the language of the crate `wippy-expr`, on values of the program.

use super::cache::Cache;
use super::{Call, Out, Result};
use crate::convert;
use crate::ffi;
use std::ffi::c_int;
use std::sync::Arc;
use wippy_core::{Error, Tree};
use wippy_expr::{Limits, Program, Value};

pub(super) const PROGRAM: &str = "wippy.expr.Program";

static PROGRAMS: Cache<Program> = Cache::new(1000, Program::weight);

/// A compiled expression: user value 1 is its text.
#[derive(Clone, Copy)]
struct Compiled;

type Checked<T> = std::result::Result<T, Error>;

fn refused(what: impl Into<String>) -> Error {
    Error::invalid(what).with_retryable(Some(false))
}

fn failed(e: &wippy_expr::Error) -> Error {
    Error::internal(e.to_string()).with_retryable(Some(false))
}

fn compiled(text: &str) -> Checked<Arc<Program>> {
    if text.is_empty() {
        return Err(refused("expression is empty"));
    }
    PROGRAMS.get(text, Program::compile).map_err(|e| failed(&e))
}

/// The names that the table at `i` gives; `None` without one.
fn names(c: Call, i: c_int) -> Checked<Option<Value>> {
    if c.is_absent(i) {
        return Ok(None);
    }
    if c.lua.kind(i) != ffi::TABLE {
        return Err(refused(format!("env must be a table, got {}", c.lua.type_name(i))));
    }
    match convert::plain(c.lua, i).map_err(|e| e.with_retryable(Some(false)))? {
        tree @ Tree::Map(_) => Value::try_from(&tree).map(Some).map_err(|e| refused(e.to_string())),
        _ => Err(refused("env must be a table of names, got a list")),
    }
}

fn answer(c: Call, program: &Program, names: Option<Value>) -> Result {
    if program.tells_time() && c.in_template() {
        return Ok(Out::Impure);
    }
    let (names, limits) = (names.unwrap_or_default(), Limits::default());
    let result = match c.cx(|cx| cx.wall()) {
        Ok(now) if program.tells_time() => program.run_at(&names, &limits, now),
        _ => program.run(&names, &limits),
    };
    match result {
        Ok(value) => {
            convert::push(c.lua, &value.to_tree());
            c.good()
        }
        Err(e) => c.bad(&failed(&e)),
    }
}

/// `expr.eval(text[, env])`
pub(super) fn eval(c: Call) -> Result {
    let text = c.borrowed_text(1)?;
    match compiled(&text).and_then(|program| Ok((program, names(c, 2)?))) {
        Ok((program, names)) => answer(c, &program, names),
        Err(e) => c.bad(&e),
    }
}

/// `expr.compile(text[, env])`
pub(super) fn compile(c: Call) -> Result {
    let text = c.borrowed_text(1)?;
    let checked = compiled(&text).and_then(|_| match names(c, 2)? {
        // The program is the same; that the names fit is found out here.
        Some(names) => Program::compile_for(&text, &names).map(drop).map_err(|e| failed(&e)),
        None => Ok(()),
    });
    match checked {
        Ok(()) => {
            c.lua.push_userdata(Compiled, 1, PROGRAM);
            c.lua.push_str(&text);
            c.lua.set_user_value(-2, 1);
            c.good()
        }
        Err(e) => c.bad(&e),
    }
}

fn source(c: Call) -> Result<String> {
    c.object::<Compiled>(1, PROGRAM, "expr.Program")?;
    c.lua.user_value(1, 1);
    let text = c.lua.to_text(-1).unwrap_or_default();
    c.lua.pop(1);
    Ok(text)
}

/// `program:run([env])`
pub(super) fn run(c: Call) -> Result {
    let text = source(c)?;
    match compiled(&text).and_then(|program| Ok((program, names(c, 2)?))) {
        Ok((program, names)) => answer(c, &program, names),
        Err(e) => c.bad(&e),
    }
}

pub(super) fn text(c: Call) -> Result {
    source(c)?;
    c.lua.push_str("expr.Program{}");
    c.one()
}

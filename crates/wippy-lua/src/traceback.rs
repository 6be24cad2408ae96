//! Where a program was when it failed: tracebacks for logs and for people, which do not leave the node.
//!
//! A failure that comes out of a coroutine made by `coroutine.wrap` has lost the frames of that coroutine when it reaches
//! the task below. They are noted as text when the coroutine fails, and put in front when the task fails with them.

use crate::errors;
use crate::ffi::{self, Stack};
use crate::process::Proc;
use std::ffi::c_int;
use wippy_core::Error;

/// What Lua writes above the frames.
const HEAD: &str = "stack traceback:";
/// A note may take so many bytes; wrapped coroutines inside of each other add to it.
const NOTE_MAX: usize = 8 << 10;

/// The frames of a wrapped coroutine that has failed in the task that runs.
pub(crate) struct Wrapped {
    of: Stack,
    trace: String,
}

impl Proc {
    /// Notes the frames of a wrapped coroutine that has just failed.
    pub(crate) fn wrapped_failed(&mut self, lua: Stack, wrapped: Stack) {
        if !lua.room(8) {
            return;
        }
        let mut trace = self.traceback_of(lua, wrapped);
        if trace.len() > NOTE_MAX {
            trace.truncate(trace.floor_char_boundary(NOTE_MAX));
            trace.push_str("...");
        }
        self.wrapped = Some(Box::new(Wrapped { of: wrapped, trace }));
    }

    /// The frames of `of`, behind those of the wrapped coroutine that it failed in; `lua` has room for the text.
    fn traceback_of(&self, lua: Stack, of: Stack) -> String {
        lua.push_traceback(of, 0);
        let trace = lua.to_text(-1).unwrap_or_default();
        lua.pop(1);
        match &self.wrapped {
            Some(inner) if of.room(4) && of.wrapped_at(0) == Some(inner.of) => {
                format!("{}{}", inner.trace, trace.strip_prefix(HEAD).unwrap_or(&trace))
            }
            _ => trace,
        }
    }

    /// The error of a task that failed; its stack is still there.
    pub(crate) fn failure(&self, base: Stack) -> Error {
        let error = errors::from_raised(base, base.top());
        let lua = self.lua();
        if !lua.room(20) {
            return error;
        }
        let mut trace = self.traceback_of(lua, base);
        let entry = self.program.units.last().map_or("", |unit| &unit.chunk.name);
        // An Error object with that text is somebody's own.
        let is_text = base.kind(base.top()) == ffi::STRING;
        let error = if is_text { placed(error, &trace, entry) } else { error };
        if let Some(made) = made_at(base, base.top())
            && !made.lines().next().is_some_and(|first| trace.contains(place(first)))
        {
            trace = format!("{trace}\nthe error was made here:\n{made}");
        }
        error.with_traceback(trace)
    }

    /// The Error object at `i` as the failure of the process that returns it.
    pub(crate) fn returned_failure(&self, base: Stack, i: c_int) -> Error {
        let error = errors::from_raised(base, i);
        match made_at(base, i) {
            Some(made) => error.with_traceback(format!("{HEAD}\n{made}")),
            None => error,
        }
    }
}

/// Lua raises one text for all lacks of memory, which it keeps for then: the place comes in front here, where the failure
/// has left what memory there is; where there was not even enough for a frame, the entry.
fn placed(error: Error, trace: &str, entry: &str) -> Error {
    const NO_MEMORY: &str = "not enough memory";
    if error.message() != NO_MEMORY {
        return error;
    }
    let frames = trace.lines().filter_map(|line| line.strip_prefix('\t')?.split_once(": in "));
    let place = frames.map(|(place, _)| place).find(|place| *place != "[C]").unwrap_or(entry);
    Error::internal(format!("{place}: {NO_MEMORY}"))
}

/// The Lua frames where the Error object at `i` was made, if it is one that knows them.
fn made_at(lua: Stack, i: c_int) -> Option<String> {
    if !errors::is_error(lua, i) {
        return None;
    }
    let trace = errors::text(lua, i, "origin").or_else(|| errors::text(lua, i, "stack"))?;
    let lines = trace.lines().skip(1).skip_while(|line| line.trim_start().starts_with("[C]"));
    let made = lines.collect::<Vec<_>>().join("\n");
    (!made.is_empty()).then_some(made)
}

/// Source and line of a frame.
fn place(frame: &str) -> &str {
    frame.split_once(": in ").map_or(frame, |(place, _)| place)
}

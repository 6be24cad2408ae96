//! The module `text`: patterns, cutting texts into pieces, differences of texts.
//!
//! All of it depends on the arguments alone, so file-level code may call it for a template. Objects hold plain data only.

pub(super) mod diff;
mod markdown;
mod options;
mod recursive;
pub(super) mod regexp;
pub(super) mod splitter;

use super::long::Turn;
use super::{Call, Result};
use crate::ffi::Stack;
use std::borrow::Cow;
use std::ffi::c_int;
use wippy_core::Error;

/// Pushes the module: a table for each part.
pub(super) fn push_module(lua: Stack) {
    lua.new_table(0, 3);
    for part in ["regexp", "splitter", "diff"] {
        lua.push_module(part);
        lua.set_field(-2, part);
    }
}

fn refused(what: impl Into<String>) -> Error {
    Error::invalid(what).with_retryable(Some(false))
}

/// A checked string argument, which need not be text. It lives as long as the argument stays on the stack.
fn bytes<'a>(c: Call, i: c_int) -> Result<Cow<'a, [u8]>> {
    match c.lua.to_bytes(i) {
        Some(bytes) => Ok(Cow::Borrowed(bytes)),
        None => c.text(i).map(|text| Cow::Owned(text.into_bytes())),
    }
}

/// Raises when the process may not have so many bytes more. Inside of Rust an allocation cannot fail: what may become
/// large asks before.
fn roomy(c: Call, more: usize) -> Result<()> {
    let proc = &c.proc().c;
    if proc.used.saturating_add(more) > proc.limit { c.raise("not enough memory") } else { Ok(()) }
}

/// Pushes a list of what `push` pushes for each item.
async fn push_list<T>(
    c: Call,
    turn: &mut Turn,
    items: impl ExactSizeIterator<Item = T>,
    mut push: impl FnMut(T),
) -> Result<()> {
    roomy(c, items.len() * 16)?;
    c.lua.new_table(items.len(), 0);
    for (n, item) in items.enumerate() {
        if n % 256 == 0 {
            roomy(c, 0)?;
        }
        push(item);
        c.lua.raw_set_i(-2, n as i64 + 1);
        turn.spend(32).await;
    }
    Ok(())
}

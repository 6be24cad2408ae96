//! What executors (`funcs.new()`) and spawners (`process.with_context`) share: immutable objects that collect what a
//! callee or child inherits. Each `with_*` makes a new object; what they hold is copied in and copied out again, so one
//! object may be used any number of times.

use super::{Call, Result};
use crate::convert;
use crate::ffi::{self, Stack};
use std::ffi::c_int;
use wippy_core::spawn::Inherit;
use wippy_core::{Error, ErrorKind, Tree};

/// User values of a builder.
const CONTEXT: c_int = 1;
const OPTIONS: c_int = 2;
/// Of spawners only.
pub(super) const NAME: c_int = 3;
pub(super) const MESSAGES: c_int = 4;
const PARTS: c_int = 4;

/// Classes of the objects that the module `security` makes.
pub(super) const ACTOR: &str = "wippy.actor";
pub(super) const SCOPE: &str = "wippy.scope";

/// A builder has no memory of its own.
#[derive(Clone, Copy)]
pub(super) struct Builder;

/// Pushes a builder without anything.
pub(super) fn push_new(lua: Stack, class: &str) {
    lua.push_userdata(Builder, PARTS, class);
}

/// Pushes a copy of the builder at index 1.
pub(super) fn push_copy(lua: Stack, class: &str) {
    push_new(lua, class);
    for part in 1..=PARTS {
        lua.user_value(1, part);
        lua.set_user_value(-2, part);
    }
}

/// Puts context values over those of the builder on top. The table of new values lies at `i`.
///
/// # Errors
/// INVALID for keys that are no strings and values that cannot travel.
pub(super) fn add_context(lua: Stack, i: c_int) -> std::result::Result<(), Error> {
    let fields = convert::fields(lua, i).map_err(|e| e.context("context"))?;
    add(lua, CONTEXT, &fields, true);
    Ok(())
}

/// Gives the builder on top options, instead of or besides those it has.
pub(super) fn add_options(lua: Stack, fields: &[(String, Tree)], merge: bool) {
    add(lua, OPTIONS, fields, merge);
}

/// Reads a table of options.
///
/// # Errors
/// INVALID as [`convert::fields`].
pub(super) fn options_at(lua: Stack, i: c_int) -> std::result::Result<Vec<(String, Tree)>, Error> {
    convert::fields(lua, i).map_err(|e| e.context("options"))
}

fn add(lua: Stack, part: c_int, fields: &[(String, Tree)], merge: bool) {
    let builder = lua.top();
    lua.new_table(0, fields.len());
    let all = lua.top();
    if merge && lua.user_value(builder, part) == ffi::TABLE {
        lua.push_nil();
        while lua.next(all + 1) {
            lua.push_index(-2);
            lua.insert(-2);
            lua.raw_set(all);
        }
    }
    lua.set_top(all);
    for (key, value) in fields {
        convert::push(lua, value);
        lua.set_field(all, key);
    }
    lua.set_user_value(builder, part);
}

/// What the builder at `i` hands on.
pub(super) fn inherit_of(lua: Stack, i: c_int) -> std::result::Result<Inherit, Error> {
    let part = |n| {
        let fields = if lua.user_value(i, n) == ffi::TABLE { convert::fields(lua, -1) } else { Ok(Vec::new()) };
        lua.pop(1);
        fields
    };
    Ok(Inherit { context: part(CONTEXT)?, options: part(OPTIONS)?, ..Inherit::default() })
}

/// Judges an explicit choice of a network.
///
/// # Errors
/// PERMISSION_DENIED; INVALID for a network that is no text.
pub(super) fn may_choose_network(c: Call, options: &[(String, Tree)]) -> std::result::Result<(), Error> {
    match options.iter().find(|(key, _)| key == "network") {
        None => Ok(()),
        Some((_, Tree::Text(id))) => {
            let judged = c.cx(|cx| cx.check("network.select", id, "not allowed")).and_then(|r| r);
            judged.map_err(|e| match e.kind() {
                ErrorKind::PermissionDenied => Error::denied(format!("not allowed: network {id}")),
                _ => e,
            })
        }
        Some((_, other)) => Err(Error::invalid(format!("network must be a text, not {}", other.sort()))),
    }
}

/// Checks that argument 2 is an actor (or a scope): only the module `security` makes those.
pub(super) fn security_object(c: Call, is_actor: bool) -> Result<()> {
    let (class, what) = if is_actor { (ACTOR, "actor") } else { (SCOPE, "scope") };
    c.object::<u8>(2, class, what).map(drop)
}

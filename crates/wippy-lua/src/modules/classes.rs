//! The classes of all objects that programs hold.

use super::{
    builder, events, expr, funcs, future, logger, message, payload, registry, spawner, text, time, type_values,
};
use crate::errors;
use crate::ffi::{self, Stack};
use std::ffi::c_int;

/// The classes of all objects: name, the functions of the C half that are its methods, and whether its objects are
/// plain data, which may lie in a template. The often used ones come first; the C half knows the first two.
const CLASSES: &[(&str, &str, bool)] = &[
    (errors::CLASS, "error", true),
    (type_values::CLASS, "type", true),
    (crate::channel::CLASS, "chan", true),
    (message::MESSAGE, "message", false),
    (payload::CLASS, "payload_object", true),
    (crate::channel::CASE, "case", true),
    (time::INSTANT, "instant", true),
    (time::values::DURATION, "duration", true),
    (time::LOCATION, "location", true),
    (time::TIMER, "timer", false),
    (time::TICKER, "ticker", false),
    (logger::CLASS, "logger", true),
    (spawner::CLASS, "spawner", false),
    (funcs::CLASS, "executor", false),
    (future::CLASS, "future_object", false),
    (events::CLASS, "subscription", false),
    (builder::ACTOR, "actor", false),
    (builder::SCOPE, "scope", false),
    (registry::SNAPSHOT, "snapshot", false),
    (registry::VERSION, "version", false),
    (registry::HISTORY, "history", false),
    (expr::PROGRAM, "expression", true),
    (text::regexp::REGEXP, "regexp_object", true),
    (text::splitter::SPLITTER, "splitter_object", true),
    (text::diff::DIFFER, "differ", true),
];

/// The number of a class.
pub(crate) fn class_number(name: &str) -> c_int {
    let found = CLASSES.iter().position(|(class, ..)| std::ptr::eq(*class, name));
    let found = found.or_else(|| CLASSES.iter().position(|(class, ..)| *class == name));
    found.expect("every class stands in the list") as c_int
}

/// Makes the classes of all objects.
pub(crate) fn open_classes(lua: Stack) {
    for (number, (name, functions, plain)) in CLASSES.iter().enumerate() {
        class(lua, name, functions);
        lua.set_class(number as c_int, *plain);
        lua.set_registry(name);
    }
}

/// What a class may define besides methods.
const EVENTS: &[&str] = &["__tostring", "__concat", "__call", "__index", "__eq", "__lt", "__le", "__add", "__sub"];

/// Pushes a class: its methods are those of a C module of functions; names that begin with `__` are metamethods.
fn class(lua: Stack, name: &str, functions: &str) {
    lua.new_table(0, 6);
    let meta = lua.top();
    lua.push_module(functions);
    let methods = lua.top();
    let mut indexed = false;
    for event in EVENTS {
        if lua.field(methods, event) == ffi::NIL {
            lua.pop(1);
        } else {
            indexed |= *event == "__index";
            lua.set_field(meta, event);
            lua.push_nil();
            lua.set_field(methods, event);
        }
    }
    lua.freeze(methods);
    if indexed {
        // Its own function finds the methods.
        lua.pop(1);
    } else {
        lua.set_field(meta, "__index");
    }
    lua.push_bool(false);
    lua.set_field(meta, "__metatable");
    lua.push_str(name.strip_prefix("wippy.").unwrap_or(name));
    lua.set_field(meta, "__name");
    lua.freeze(meta);
}

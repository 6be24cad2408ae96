//! What programs call: one Lua module each, and how their functions are written.
//!
//! A function takes a [`Call`] and says how many results it has pushed, that it waits, or that it raises what it has
//! pushed. It runs between Lua and the C half: it never calls back into Lua.

mod about;
mod base;
mod base64;
mod builder;
mod cache;
mod call;
mod channels;
mod classes;
mod ctx;
mod env;
mod error_objects;
mod events;
mod exports;
mod expr;
mod funcs;
mod future;
mod hash;
mod io;
mod json;
mod logger;
pub(crate) mod long;
pub(crate) mod message;
mod names;
mod os;
pub(crate) mod payload;
mod processes;
mod registry;
mod spawner;
mod system;
mod text;
mod time;
pub(crate) mod type_values;
pub(crate) mod uuid;
mod yaml;

use crate::ffi::{self, Stack};
pub(crate) use call::{Call, Out, Raised, Result};
pub(crate) use classes::{class_number, open_classes};

/// Modules that need no listing; they are globals of every program.
pub(crate) const ALWAYS: &[&str] = &["process", "channel", "payload", "errors", "os"];

/// Pushes a module; each is made once in a state.
pub(crate) fn push(lua: Stack, name: &str) {
    let key = format!("wippy.module.{name}");
    if lua.registry(&key) != ffi::NIL {
        return;
    }
    lua.pop(1);
    match name {
        "logger" => logger::push_root(lua),
        "text" => text::push_module(lua),
        "future" => funcs::push_future_module(lua),
        _ => lua.push_module(name),
    }
    match name {
        "process" => processes::constants(lua),
        "errors" => error_objects::constants(lua),
        "payload" => payload::constants(lua),
        "time" => time::constants(lua),
        "system" => system::constants(lua),
        "os" => {
            lua.push_str("wippy");
            lua.set_field(-2, "platform");
        }
        _ => {}
    }
    freeze(lua);
    lua.push_index(-1);
    lua.set_registry(&key);
}

/// Makes the module on top read-only, with the tables in it.
fn freeze(lua: Stack) {
    let module = lua.top();
    if lua.kind(module) != ffi::TABLE {
        return;
    }
    lua.push_nil();
    while lua.next(module) {
        if lua.kind(-1) == ffi::TABLE {
            lua.freeze(-1);
        }
        lua.pop(1);
    }
    lua.freeze(module);
}

/// Pushes a function of the base library.
pub(crate) fn push_base(lua: Stack, name: &str) {
    lua.push_closure("base", name, 0);
}

/// Pushes `require` of a unit for its declared names on top, which it replaces.
pub(crate) fn push_require(lua: Stack, unit: usize) {
    lua.push_int(unit as i64);
    lua.push_closure("base", "require", 2);
}

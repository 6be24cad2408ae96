//! Building a state: what is in it before a program's own code runs.

use crate::ffi::{self, Stack};
use crate::modules;
use crate::process::Proc;
use std::ffi::c_int;
use wippy_core::Error;

/// Globals of Lua's base library that programs must not have.
const ABSENT: &[&str] = &["load", "loadstring", "loadfile", "dofile", "collectgarbage", "warn", "rawlen", "_G"];

/// Older names and small helpers, written in Lua.
const PRELUDE: &str = include_str!("prelude.lua");

fn prelude() -> &'static [u8] {
    static CODE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    CODE.get_or_init(|| ffi::compile(PRELUDE, "prelude").expect("the prelude is part of this crate and compiles"))
}

/// Puts the globals of every program into a new state.
pub(crate) fn furnish(lua: Stack, random: u64) {
    modules::open_classes(lua);
    lua.push_globals();
    let globals = lua.top();
    for name in ABSENT {
        lua.push_nil();
        lua.set_field(globals, name);
    }
    lua.field(globals, "string");
    lua.push_no_dump();
    lua.set_field(-2, "dump");
    lua.pop(1);
    modules::push_base(lua, "print");
    lua.set_field(globals, "print");
    for name in modules::ALWAYS {
        modules::push(lua, name);
        lua.set_field(globals, name);
    }
    lua.new_table(0, 2);
    for path in ["path", "cpath"] {
        lua.push_str("");
        lua.set_field(-2, path);
    }
    modules::push_base(lua, "loadlib");
    lua.set_field(-2, "loadlib");
    lua.set_field(globals, "package");
    run_prelude(lua, globals, random);
    seal(lua, globals);
    // What every environment of a unit falls back to.
    lua.new_table(0, 2);
    lua.push_index(globals);
    lua.set_field(-2, "__index");
    lua.push_bool(false);
    lua.set_field(-2, "__metatable");
    lua.set_registry("wippy.environment");
    lua.set_top(0);
}

/// Makes the standard libraries read-only, and closes the metatable of strings.
fn seal(lua: Stack, globals: c_int) {
    for library in ["string", "table", "math", "coroutine", "package"] {
        if lua.field(globals, library) == ffi::TABLE {
            lua.freeze(-1);
        }
        lua.pop(1);
    }
    lua.push_str("");
    if lua.metatable(-1) {
        lua.push_bool(false);
        lua.set_field(-2, "__metatable");
        lua.freeze(-1);
    }
}

/// Runs the prelude as a task; it is our own code, short, and cannot fail.
fn run_prelude(lua: Stack, globals: c_int, random: u64) {
    lua.load(prelude(), "prelude", globals).expect("bytecode of this program loads");
    let task = lua.new_task();
    task.push_int(random as i64);
    let proc = lua.proc();
    proc.c.target = task.0;
    proc.c.nargs = 1;
    let c = &raw mut proc.c;
    let mut status = ffi::run_task(c, task).0;
    while status == ffi::Status::Yielded {
        // The clock has asked the spawner to give way and met us: our own few lines go on.
        lua.proc().c.target = std::ptr::null_mut();
        status = ffi::run_task(c, task).0;
    }
    debug_assert_eq!(status, ffi::Status::Returned, "{:?}", task.to_text(-1));
    lua.pop(1);
}

/// Loads a unit with an environment of its own; the task that will run it.
pub(crate) fn begin_unit(proc: &mut Proc, index: usize) -> Result<Stack, Error> {
    let lua = proc.lua();
    lua.set_top(0);
    let program = proc.program.clone();
    let unit = &program.units[index];
    // The declared names, for `require` and as globals.
    lua.new_table(0, 4);
    let declared = lua.top();
    lua.new_table(0, 8);
    let env = lua.top();
    for name in &unit.modules {
        modules::push(lua, name);
        lua.push_index(-1);
        lua.set_field(declared, name);
        lua.set_field(env, name);
    }
    for (alias, library) in &unit.imports {
        lua.registry(&library_key(*library));
        lua.push_index(-1);
        lua.set_field(declared, alias);
        lua.set_field(env, alias);
    }
    lua.push_index(declared);
    modules::push_require(lua);
    lua.set_field(env, "require");
    lua.push_index(env);
    lua.set_field(env, "_G");
    push_fallback(lua, &unit.types);
    lua.set_metatable(env);
    lua.load(&unit.code, &unit.name, env).map_err(Error::internal)?;
    let task = lua.new_task();
    lua.keep_thread(task, true);
    lua.set_top(0);
    Ok(task)
}

/// Pushes the metatable of an environment: it falls back to the globals of all, by way of the unit's type values.
fn push_fallback(lua: Stack, types: &crate::types::UnitTypes) {
    if types.typed_libraries {
        modules::type_values::open_libraries(lua);
    }
    lua.registry("wippy.environment");
    if types.values.is_empty() {
        return;
    }
    lua.new_table(0, types.values.len());
    for (name, type_) in &types.values {
        if modules::type_values::push(lua, type_) {
            lua.set_field(-2, name);
        }
    }
    lua.insert(-2);
    lua.set_metatable(-2);
    lua.new_table(0, 2);
    lua.insert(-2);
    lua.set_field(-2, "__index");
    lua.push_bool(false);
    lua.set_field(-2, "__metatable");
}

/// Keeps what a library returned, on top of its task.
pub(crate) fn end_library(proc: &mut Proc, index: usize, task: Stack) {
    let lua = proc.lua();
    task.move_to(lua, 1);
    lua.set_registry(&library_key(index));
    lua.keep_thread(task, false);
}

fn library_key(index: usize) -> String {
    format!("wippy.library.{index}")
}

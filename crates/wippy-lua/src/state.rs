//! Building a state: what is in it before a program's own code runs.
//!
//! First it is *furnished*: libraries, modules, classes, and what every chunk falls back to for its globals. Nothing of
//! that ever changes afterwards, so all copies of a template share it. Then the units of the program are *prepared*:
//! loaded, each with an environment of its own.

use crate::ffi::{self, Stack};
use crate::modules;
use crate::process::Proc;
use crate::program::{Program, Unit};
use std::ffi::c_int;
use wippy_core::Error;

/// Globals of Lua's base library that programs must not have.
const ABSENT: &[&str] = &["load", "loadstring", "loadfile", "dofile", "collectgarbage", "warn", "rawlen", "_G"];

/// The standard libraries.
const STANDARD: &[&str] = &["string", "table", "math", "coroutine", "package"];

/// A unit, loaded and not run yet: what keeps its task and its environment alive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prepared {
    task: c_int,
    env: c_int,
}

/// A unit that runs: its task, and what keeps it alive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Running {
    pub(crate) task: Stack,
    anchor: c_int,
}

/// Fills a new state, in which nothing but the standard libraries is yet.
pub(crate) fn furnish(lua: Stack, program: &Program) {
    lua.begin_root();
    modules::open_classes(lua);
    lua.push_globals();
    let globals = lua.top();
    for name in ABSENT {
        lua.push_nil();
        lua.set_field(globals, name);
    }
    modules::push_base(lua, "print");
    lua.set_field(globals, "print");
    for name in modules::ALWAYS {
        modules::push(lua, name);
        lua.set_field(globals, name);
    }
    lua.new_table(0, 3);
    for path in ["path", "cpath"] {
        lua.push_str("");
        lua.set_field(-2, path);
    }
    modules::push_base(lua, "loadlib");
    lua.set_field(-2, "loadlib");
    lua.set_field(globals, "package");
    if program.units.iter().any(|unit| unit.chunk.types.typed_libraries) {
        modules::type_values::open_libraries(lua, globals);
    }
    seal(lua, globals);
    lua.freeze(globals);
    for (index, unit) in program.units.iter().enumerate() {
        furnish_unit(lua, globals, index, unit);
    }
    // Where tracebacks look for the names of functions.
    lua.new_table(0, STANDARD.len() + 1);
    for name in STANDARD {
        lua.field(globals, name);
        lua.set_field(-2, name);
    }
    lua.push_index(globals);
    lua.set_field(-2, "_G");
    lua.freeze(-1);
    lua.set_registry("wippy.loaded");
    lua.end_root();
    lua.registry("wippy.loaded");
    lua.set_loaded();
    lua.set_top(0);
}

/// Makes the standard libraries read-only, and closes the metatable of strings.
fn seal(lua: Stack, globals: c_int) {
    for library in STANDARD {
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
        lua.pop(1);
    }
    lua.pop(1);
}

/// Makes the metatable of a unit's environment: all globals, what its entry has declared, and the unit's types, which are
/// no globals.
fn furnish_unit(lua: Stack, globals: c_int, index: usize, unit: &Unit) {
    push_types(lua, unit);
    let types = lua.top();
    lua.new_table(0, 64);
    let names = lua.top();
    copy_fields(lua, globals, names);
    if lua.kind(types) == ffi::TABLE {
        copy_fields(lua, types, names);
    }
    for (alias, module) in &unit.modules {
        modules::push(lua, module);
        lua.set_field(names, alias);
    }
    if unit.imports.is_empty() {
        push_declared(lua, unit);
        lua.freeze(-1);
        modules::push_require(lua, index);
        lua.set_field(names, "require");
    }
    lua.freeze(names);
    lua.insert(types);
    lua.push_environment();
    lua.set_registry(&environment_key(index));
}

/// Pushes a table of the types that a unit uses as values and of what goes with them; nil when there are none.
fn push_types(lua: Stack, unit: &Unit) {
    let types = &unit.chunk.types;
    if types.values.is_empty() && !types.asks_types {
        lua.push_nil();
        return;
    }
    lua.new_table(0, types.values.len() + 1);
    for (name, type_) in
        types.values.iter().filter(|(name, _)| !unit.modules.iter().any(|(alias, _)| **alias == **name))
    {
        if modules::type_values::push(lua, type_) {
            lua.set_field(-2, name);
        }
    }
    if types.asks_types {
        modules::push_base(lua, "typeof");
        lua.set_field(-2, "typeof");
    }
    lua.freeze(-1);
}

/// Copies all fields of a table into another one.
fn copy_fields(lua: Stack, from: c_int, to: c_int) {
    lua.push_nil();
    while lua.next(from) {
        lua.push_index(-2);
        lua.insert(-2);
        lua.raw_set(to);
    }
}

fn environment_key(index: usize) -> String {
    format!("wippy.environment.{index}")
}

/// Pushes a table of the modules that a unit may require.
fn push_declared(lua: Stack, unit: &Unit) {
    lua.new_table(0, unit.modules.len() + unit.imports.len());
    for (alias, module) in &unit.modules {
        modules::push(lua, module);
        lua.set_field(-2, alias);
    }
}

/// Loads all units.
pub(crate) fn prepare_all(lua: Stack, program: &Program) -> Result<Vec<Prepared>, Error> {
    (0..program.units.len()).map(|index| prepare(lua, &program.units[index], index)).collect()
}

/// Loads a unit with an environment of its own.
fn prepare(lua: Stack, unit: &Unit, index: usize) -> Result<Prepared, Error> {
    lua.set_top(0);
    lua.new_table(0, 1 + unit.imports.len());
    lua.push_index(1);
    lua.set_field(1, "_G");
    lua.registry(&environment_key(index));
    lua.set_metatable(1);
    lua.load(&unit.chunk.code, &unit.chunk.name, 1).map_err(Error::internal)?;
    lua.new_task();
    let task = lua.anchor();
    let env = lua.anchor();
    Ok(Prepared { task, env })
}

/// Gives a unit what its libraries have returned; the task that will run it.
pub(crate) fn begin_unit(proc: &mut Proc, index: usize, prepared: Prepared, libraries: &[c_int]) -> Running {
    let lua = proc.lua();
    lua.room(20);
    lua.set_top(0);
    let program = proc.program.clone();
    let unit = &program.units[index];
    lua.push_anchored(prepared.env);
    if !unit.imports.is_empty() {
        push_declared(lua, unit);
        for (alias, library) in &unit.imports {
            lua.push_anchored(libraries[*library]);
            lua.push_index(-1);
            lua.set_field(2, alias);
            lua.set_field(1, alias);
        }
        modules::push_require(lua, index);
        lua.set_field(1, "require");
    }
    lua.push_anchored(prepared.task);
    let task = lua.to_thread(-1).expect("a unit is prepared as a task");
    lua.set_top(0);
    lua.release(prepared.env);
    Running { task, anchor: prepared.task }
}

/// Keeps what a library returned, on top of its task.
pub(crate) fn end_library(lua: Stack, running: Running) -> c_int {
    running.task.move_to(lua, 1);
    let library = lua.anchor();
    lua.release(running.anchor);
    library
}

/// The program itself is over: what keeps its task alive.
pub(crate) fn end_unit(running: Running) -> c_int {
    running.anchor
}

//! `print` and `require`.

use super::{Call, Result};
use crate::errors;
use crate::ffi::{self, Stack};
use crate::program::{MODULES, Program, Unit};
use wippy_core::{Level, Value};

/// `print(...)`: one log record, arguments joined by a space.
pub(super) fn print(c: Call) -> Result {
    let parts: Vec<_> = (1..=c.lua.top()).map(|i| errors::plain_text(c.lua, i)).collect();
    let location = super::logger::location(c.lua);
    let fields = [("location".into(), Value::from(location))];
    let logged = c.cx(|cx| cx.log(Level::Info, "", &parts.join(" "), &fields));
    if let Err(e) = logged {
        return c.raise(e.message());
    }
    c.nothing()
}

/// `require(name)`: a declared name, an always-on module or a standard library.
pub(super) fn require(c: Call) -> Result {
    let name = c.text(1)?;
    c.lua.push_index(Stack::upvalue(1));
    if c.lua.field(-1, &name) != ffi::NIL {
        return c.one();
    }
    if ["string", "table", "math", "coroutine", "package"].contains(&&*name) || super::ALWAYS.contains(&&*name) {
        c.lua.push_globals();
        c.lua.field(-1, &name);
        return c.one();
    }
    let program = c.proc().program.clone();
    let unit = c.lua.to_int(Stack::upvalue(2)).and_then(|unit| program.units.get(usize::try_from(unit).ok()?));
    c.raise(&not_found(&name, &program, unit))
}

/// Why a unit cannot have a module, and what to do about it.
fn not_found(name: &str, program: &Program, unit: Option<&Unit>) -> String {
    let library = unit.and_then(|unit| unit.imports.iter().find(|(alias, _)| alias == name));
    let why = match (library, unit) {
        (Some((_, library)), _) => format!(": library {} has returned nothing", program.units[*library].chunk.name),
        (None, Some(unit)) if MODULES.contains(&name) => format!(": add it to 'modules' of entry {}", unit.chunk.name),
        _ => String::new(),
    };
    format!("module '{name}' not found{why}")
}

/// `package.loadlib(path, name)`: there are no libraries to load.
pub(super) fn loadlib(c: Call) -> Result {
    c.lua.push_nil();
    c.lua.push_str("dynamic libraries are not available");
    Ok(super::Out::Values(2))
}

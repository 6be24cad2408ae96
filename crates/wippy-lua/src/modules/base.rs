//! `print` and `require`.

use super::{Call, Result};
use crate::errors;
use crate::ffi::{self, Stack};
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
    c.raise(&format!("module '{name}' not found"))
}

/// `package.loadlib(path, name)`: there are no libraries to load.
pub(super) fn loadlib(c: Call) -> Result {
    c.lua.push_nil();
    c.lua.push_str("dynamic libraries are not available");
    Ok(super::Out::Values(2))
}

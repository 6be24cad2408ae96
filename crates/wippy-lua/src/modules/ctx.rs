//! The module `ctx`: the values that a process was given along. Nothing changes them.

use super::{Call, Result};
use crate::convert;
use wippy_core::Error;

/// `ctx.get(key)`
pub(super) fn get(c: Call) -> Result {
    let key = c.text(1)?;
    if key.is_empty() {
        return c.bad(&Error::invalid("empty key"));
    }
    match c.cx(|cx| cx.context()) {
        Ok(values) => match values.iter().find(|(k, _)| *k == key) {
            Some((_, value)) => {
                convert::push(c.lua, value);
                c.good()
            }
            None => c.bad(&Error::not_found(format!("key not found: {key}"))),
        },
        Err(e) => c.bad(&e),
    }
}

/// `ctx.all()`: a copy.
pub(super) fn all(c: Call) -> Result {
    match c.cx(|cx| cx.context()) {
        Ok(values) => {
            c.lua.new_table(0, values.len());
            for (key, value) in &values {
                convert::push(c.lua, value);
                c.lua.set_field(-2, key);
            }
            c.good()
        }
        Err(e) => c.bad(&e),
    }
}

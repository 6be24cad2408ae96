//! Reads the table of options that an object is made with.

use super::super::Call;
use super::refused;
use crate::ffi;
use std::ffi::c_int;
use wippy_core::Error;

type Read<T> = Result<T, Error>;

/// The options at one place of the stack: a table or nothing.
#[derive(Clone, Copy)]
pub(super) struct Options {
    c: Call,
    at: c_int,
}

impl Options {
    pub(super) fn at(c: Call, at: c_int) -> Read<Options> {
        match c.lua.kind(at) {
            ffi::TABLE | ffi::NIL | ffi::NONE => Ok(Options { c, at }),
            _ => Err(refused(format!("options must be a table, got {}", c.lua.type_name(at)))),
        }
    }

    /// Reads one option, which is on top of the stack meanwhile; `None` when it is not set.
    fn read<T>(self, name: &str, read: impl FnOnce(Call) -> Read<T>) -> Read<Option<T>> {
        let lua = self.c.lua;
        if lua.kind(self.at) != ffi::TABLE {
            return Ok(None);
        }
        let top = lua.top();
        let value = if lua.field(self.at, name) == ffi::NIL { Ok(None) } else { read(self.c).map(Some) };
        lua.set_top(top);
        value
    }

    fn wrong<T>(self, name: &str, wanted: &str) -> Read<T> {
        Err(refused(format!("{name} must be {wanted}, got {}", self.c.lua.type_name(-1))))
    }

    pub(super) fn flag(self, name: &str) -> Read<bool> {
        let read = |c: Call| match c.lua.kind(-1) {
            ffi::BOOLEAN => Ok(c.lua.to_bool(-1)),
            _ => self.wrong(name, "a boolean"),
        };
        Ok(self.read(name, read)?.unwrap_or(false))
    }

    /// A number within a range; integers and floats alike.
    pub(super) fn number(self, name: &str, usual: f64, least: f64, most: f64) -> Read<f64> {
        let read = |c: Call| match c.lua.to_float(-1) {
            Some(v) if (least..=most).contains(&v) => Ok(v),
            Some(v) => Err(refused(format!("{name} must be from {least} to {most}, got {v}"))),
            None => self.wrong(name, "a number"),
        };
        Ok(self.read(name, read)?.unwrap_or(usual))
    }

    /// As [`Options::number`], without fraction.
    pub(super) fn whole(self, name: &str, usual: u64, least: u64, most: u64) -> Read<u64> {
        let v = self.number(name, usual as f64, least as f64, most as f64)?;
        if v.fract() == 0.0 { Ok(v as u64) } else { Err(refused(format!("{name} must be a whole number, got {v}"))) }
    }

    /// A list of at least one text, and at most `most`.
    pub(super) fn texts(self, name: &str, most: usize) -> Read<Option<Vec<String>>> {
        self.read(name, |c| {
            let lua = c.lua;
            if lua.kind(-1) != ffi::TABLE {
                return self.wrong(name, "a list of strings");
            }
            let list = lua.top();
            let count = lua.raw_len(list);
            if count == 0 || count > most {
                return Err(refused(format!("{name} must be a list of 1 to {most} strings")));
            }
            (1..=count as i64)
                .map(|n| {
                    lua.raw_get_i(list, n);
                    let text = lua.to_bytes(-1).map(|b| String::from_utf8_lossy(b).into_owned());
                    let text = text.map_or_else(|| self.wrong(name, "a list of strings"), Ok);
                    lua.pop(1);
                    text
                })
                .collect()
        })
    }
}

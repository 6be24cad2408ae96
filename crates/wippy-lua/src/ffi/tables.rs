//! Tables, by raw access.

use super::{Record, Stack, api, sys};
use std::ffi::c_int;

impl Stack {
    pub(crate) fn new_table(self, array: usize, fields: usize) {
        // SAFETY: see the head of `ffi`: the thread is alive, an allocation cannot fail and the collector stands still.
        unsafe { sys::w_new_table(self.0, array.min(1 << 20) as u32, fields.min(1 << 20) as u32) }
    }
    /// `t[key] = value`, both on top; the key is neither nil nor NaN.
    pub(crate) fn raw_set(self, table: c_int) {
        // SAFETY: callers pass tables and valid keys only.
        unsafe { api::lua_rawset(self.0, table) }
    }
    pub(crate) fn raw_get_i(self, table: c_int, i: i64) -> c_int {
        // SAFETY: callers pass tables only.
        unsafe { api::lua_rawgeti(self.0, table, i) }
    }
    pub(crate) fn raw_set_i(self, table: c_int, i: i64) {
        // SAFETY: callers pass tables only.
        unsafe { api::lua_rawseti(self.0, table, i) }
    }
    pub(crate) fn raw_len(self, table: c_int) -> usize {
        // SAFETY: as above.
        unsafe { api::lua_rawlen(self.0, table) as usize }
    }
    /// `t.name` by raw access; pushes it and tells its type.
    pub(crate) fn field(self, table: c_int, name: &str) -> c_int {
        // SAFETY: callers pass tables only; Rust code runs with the collector stopped.
        unsafe { sys::w_field(self.0, table, name.as_ptr().cast(), name.len()) }
    }
    /// `t.name = value`, the value on top.
    pub(crate) fn set_field(self, table: c_int, name: &str) {
        // SAFETY: as above.
        unsafe { sys::w_set_field(self.0, table, name.as_ptr().cast(), name.len()) }
    }
    /// Pops the values of all fields of a record, and pushes it.
    pub(crate) fn push_record(self, record: Record) {
        // SAFETY: callers have pushed the values; Rust code runs with the collector stopped.
        unsafe { sys::w_record(self.0, record) }
    }
    /// Makes a table read-only for the program.
    pub(crate) fn freeze(self, table: c_int) {
        // SAFETY: callers pass tables only; inside Rust an allocation cannot fail.
        unsafe { sys::w_freeze(self.0, table) }
    }
    pub(crate) fn is_frozen(self, i: c_int) -> bool {
        // SAFETY: as above.
        unsafe { sys::w_frozen(self.0, i) != 0 }
    }
    /// Whether a table has, or has had, keys beyond a list.
    pub(crate) fn has_had_keys(self, table: c_int) -> bool {
        // SAFETY: callers pass tables only.
        unsafe { sys::w_has_had_keys(self.0, table) != 0 }
    }
    /// Next pair of a table, the previous key on top: pushes key and value, or pops the key and says false.
    pub(crate) fn next(self, table: c_int) -> bool {
        // SAFETY: the key on top came from this table, which does not change in between.
        unsafe { api::lua_next(self.0, table) != 0 }
    }
    pub(crate) fn set_metatable(self, i: c_int) {
        // SAFETY: a table is on top.
        unsafe { api::lua_setmetatable(self.0, i) };
    }
    pub(crate) fn metatable(self, i: c_int) -> bool {
        // SAFETY: as above.
        unsafe { api::lua_getmetatable(self.0, i) != 0 }
    }
}

//! Error objects: userdata of the class `wippy.error`, whose one user value is a table with their parts.

use crate::ffi::{self, Stack};
use crate::transfer;
use std::ffi::c_int;
use wippy_core::{Error, ErrorKind, Tree, Value};

/// The class of Error objects in the registry; the C half knows it too.
pub(crate) const CLASS: &str = "wippy.error";

/// What a wait says while file-level code runs. The C half has the same text.
pub(crate) const AT_FILE_LEVEL: &str =
    "can not yield from outside of a coroutine: code at file level cannot wait; do it in the entry function";

pub(crate) fn is_error(lua: Stack, i: c_int) -> bool {
    lua.userdata::<u8>(i, CLASS).is_some()
}

/// Pushes an Error object.
pub(crate) fn push(lua: Stack, error: &Error) {
    lua.push_userdata(0u8, 1, CLASS);
    lua.new_table(0, 6);
    lua.push_str(error.kind().as_str());
    lua.set_field(-2, "kind");
    lua.push_str(error.message());
    lua.set_field(-2, "message");
    if let Some(context) = error.wrapped_in() {
        lua.push_str(context);
        lua.set_field(-2, "context");
    }
    if let Some(retryable) = error.retryable() {
        lua.push_bool(retryable);
        lua.set_field(-2, "retryable");
    }
    if *error.details() != Tree::Nil {
        transfer::push(lua, &Value::from(error.details()));
        lua.set_field(-2, "details");
    }
    lua.push_traceback(lua, 0);
    lua.set_field(-2, "stack");
    lua.set_user_value(-2, 1);
}

/// Pushes one part of the Error object at `i`.
pub(crate) fn part(lua: Stack, i: c_int, name: &str) -> c_int {
    lua.user_value(i, 1);
    lua.field(-1, name);
    lua.remove(-2);
    lua.kind(-1)
}

/// Text of one part; `None` when it is absent.
pub(crate) fn text(lua: Stack, i: c_int, name: &str) -> Option<String> {
    part(lua, i, name);
    let text = lua.to_text(-1);
    lua.pop(1);
    text
}

/// What `tostring` says: the contexts in front of the message.
pub(crate) fn display(lua: Stack, i: c_int) -> String {
    let message = text(lua, i, "message").unwrap_or_default();
    match text(lua, i, "context") {
        Some(context) => format!("{context}: {message}"),
        None => message,
    }
}

/// The Error object at `i` as it leaves the process.
pub(crate) fn get(lua: Stack, i: c_int) -> Option<Error> {
    if !is_error(lua, i) {
        return None;
    }
    let i = lua.abs(i);
    let kind = text(lua, i, "kind").unwrap_or_default();
    let message = text(lua, i, "message").unwrap_or_default();
    let retryable = match part(lua, i, "retryable") {
        ffi::BOOLEAN => Some(lua.to_bool(-1)),
        _ => None,
    };
    lua.pop(1);
    let details = match part(lua, i, "details") {
        ffi::TABLE => transfer::take(lua, -1).and_then(|v| v.to_tree()).unwrap_or_default(),
        _ => Tree::Nil,
    };
    lua.pop(1);
    let error = Error::new(ErrorKind::parse(&kind), message).with_retryable(retryable).with_details(details);
    Some(match text(lua, i, "context") {
        Some(context) => error.wrap(context),
        None => error,
    })
}

/// Whatever was raised, as the failure of a process: Error objects keep all, the rest is INTERNAL.
pub(crate) fn from_raised(lua: Stack, i: c_int) -> Error {
    match get(lua, i) {
        Some(error) if *error.kind() == ErrorKind::Unknown => error.with_kind(ErrorKind::Internal),
        Some(error) => error,
        None => Error::internal(plain_text(lua, i)),
    }
}

/// What `tostring` gives, without calling metamethods.
pub(crate) fn plain_text(lua: Stack, i: c_int) -> String {
    match lua.kind(i) {
        ffi::STRING => lua.to_text(i).expect("it is a string"),
        ffi::NUMBER => lua.number_text(i),
        ffi::BOOLEAN => lua.to_bool(i).to_string(),
        ffi::NIL | ffi::NONE => "nil".into(),
        _ if is_error(lua, i) => display(lua, i),
        _ => format!("{}: {:#x}", sort(lua, i), lua.shown_address(i)),
    }
}

/// The name that a metatable gives to its values, else their type.
fn sort(lua: Stack, i: c_int) -> String {
    let i = lua.abs(i);
    if !lua.room(4) || !lua.metatable(i) {
        return lua.type_name(i).to_owned();
    }
    lua.field(-1, "__name");
    let name = lua.to_text(-1);
    lua.pop(2);
    name.unwrap_or_else(|| lua.type_name(i).to_owned())
}

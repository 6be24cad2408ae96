//! The module `registry`, as far as it reads: entries, snapshots, versions.

use super::{Call, Out, Result};
use crate::convert;
use crate::errors;
use crate::ffi::{self, Stack};
use std::ffi::c_int;
use wippy_core::command::Boxed;
use wippy_core::commands::registry::{Find, Get, GetVersion, Version, Versions};
use wippy_core::{Answer, Entry, EntryId, Error, Reply, Tree, Value};

pub(super) const SNAPSHOT: &str = "wippy.registry.Snapshot";
pub(super) const VERSION: &str = "wippy.registry.Version";
pub(super) const HISTORY: &str = "wippy.registry.History";

type Answered<T> = std::result::Result<T, Error>;

/// Opens an answer and pushes what `push` makes of it, and nil; or nil and the error.
fn open<R: Reply>(lua: Stack, answer: Answered<Answer>, push: impl FnOnce(R)) -> c_int {
    match answer.and_then(R::from_answer) {
        Ok(reply) => {
            push(reply);
            lua.push_nil();
        }
        Err(e) => {
            lua.push_nil();
            errors::push(lua, &e);
        }
    }
    2
}

fn push_tree(lua: Stack, tree: &Tree) {
    crate::transfer::push(lua, &Value::from(tree));
}

fn push_entry(lua: Stack, entry: &Entry) {
    lua.new_table(0, 4);
    lua.push_str(entry.id.as_str());
    lua.set_field(-2, "id");
    lua.push_str(&entry.kind);
    lua.set_field(-2, "kind");
    match &entry.meta {
        Tree::Nil => lua.new_table(0, 0),
        meta => push_tree(lua, meta),
    }
    lua.set_field(-2, "meta");
    push_tree(lua, &entry.data);
    lua.set_field(-2, "data");
}

fn push_version(lua: Stack, number: u64) {
    lua.push_userdata(number, 0, VERSION);
}

fn get_at(c: Call, version: Option<u64>, i: c_int) -> Result {
    let id = c.text(i)?;
    c.may_wait()?;
    c.answered(c.cx(|cx| cx.ask(Get { version, id: EntryId::new(id) })), |lua, answer| {
        open::<<Get as wippy_core::Command>::Reply>(lua, answer, |Boxed(entry)| push_entry(lua, &entry))
    })
}

fn find_at(c: Call, version: Option<u64>, criteria: Vec<(String, Tree)>) -> Result {
    c.may_wait()?;
    c.answered(c.cx(|cx| cx.ask(Find { version, criteria })), |lua, answer| {
        open::<<Find as wippy_core::Command>::Reply>(lua, answer, |Boxed(entries)| {
            lua.new_table(entries.len(), 0);
            for (i, entry) in entries.iter().enumerate() {
                push_entry(lua, entry);
                lua.raw_set_i(-2, i as i64 + 1);
            }
        })
    })
}

fn filter(c: Call, i: c_int) -> Result<Answered<Vec<(String, Tree)>>> {
    match c.lua.kind(i) {
        // A key that is no text is a criterion that means nothing; whoever reads them says so.
        ffi::TABLE => Ok(convert::shown_fields(c.lua, i)),
        _ => c.expected(i, "table"),
    }
}

/// `registry.get(id)`
pub(super) fn get(c: Call) -> Result {
    get_at(c, None, 1)
}

/// `registry.find(filter)`
pub(super) fn find(c: Call) -> Result {
    match filter(c, 1)? {
        Ok(criteria) => find_at(c, None, criteria),
        Err(e) => c.bad(&e),
    }
}

/// `registry.parse_id(text)`
pub(super) fn parse_id(c: Call) -> Result {
    let id = EntryId::new(c.text(1)?);
    c.lua.new_table(0, 2);
    c.lua.push_str(id.namespace());
    c.lua.set_field(-2, "ns");
    c.lua.push_str(id.name());
    c.lua.set_field(-2, "name");
    c.one()
}

type OneVersion = Boxed<Version>;

fn ask_version(c: Call, number: Option<u64>, push: crate::tasks::OnAnswer) -> Result {
    c.may_wait()?;
    c.answered(c.cx(|cx| cx.ask(GetVersion(number))), push)
}

/// `registry.current_version()`
pub(super) fn current_version(c: Call) -> Result {
    ask_version(c, None, |lua, answer| open::<OneVersion>(lua, answer, |Boxed(v)| push_version(lua, v.number)))
}

/// `registry.snapshot()`
pub(super) fn snapshot(c: Call) -> Result {
    ask_version(c, None, push_snapshot)
}

fn push_snapshot(lua: Stack, answer: Answered<Answer>) -> c_int {
    open::<OneVersion>(lua, answer, |Boxed(v)| {
        lua.push_userdata(v.number, 0, SNAPSHOT);
    })
}

/// `registry.snapshot_at(n)`
pub(super) fn snapshot_at(c: Call) -> Result {
    match c.int(1)? {
        n if n <= 0 => c.bad(&Error::invalid("version must be positive")),
        n => ask_version(c, Some(n as u64), push_snapshot),
    }
}

/// `registry.versions()`, `history:versions()`
pub(super) fn versions(c: Call) -> Result {
    if c.hidden == 1 {
        this(c, HISTORY, "history")?;
    }
    c.may_wait()?;
    c.answered(c.cx(|cx| cx.ask(Versions)), |lua, answer| {
        open::<Boxed<Vec<Version>>>(lua, answer, |Boxed(versions)| {
            lua.new_table(versions.len(), 0);
            for (i, version) in versions.iter().enumerate() {
                push_version(lua, version.number);
                lua.raw_set_i(-2, i as i64 + 1);
            }
        })
    })
}

/// `registry.history()`
pub(super) fn history(c: Call) -> Result {
    c.lua.push_userdata(0u64, 0, HISTORY);
    c.good()
}

fn number_at(c: Call, i: c_int, class: &str, what: &str) -> Result<u64> {
    let object = c.object::<u64>(i, class, what)?;
    #[allow(unsafe_code, reason = "userdata of these classes holds a number")]
    // SAFETY: `object` checked the class; the value is Copy and the object lies on the stack.
    Ok(unsafe { *object })
}

/// The number of the object that a method was called on.
fn this(c: Call, class: &str, what: &str) -> Result<u64> {
    number_at(c, 1, class, what)
}

fn this_snapshot(c: Call) -> Result<Option<u64>> {
    this(c, SNAPSHOT, "snapshot").map(Some)
}

/// `snapshot:get(id)`
pub(super) fn snapshot_get(c: Call) -> Result {
    let version = this_snapshot(c)?;
    get_at(c, version, 2)
}

/// `snapshot:entries()`
pub(super) fn snapshot_entries(c: Call) -> Result {
    let version = this_snapshot(c)?;
    find_at(c, version, Vec::new())
}

/// `snapshot:namespace(ns)`
pub(super) fn snapshot_namespace(c: Call) -> Result {
    let version = this_snapshot(c)?;
    let namespace = c.text(2)?;
    if namespace.contains('*') {
        // No entry has such a one, and as a criterion it would stand for others.
        c.lua.new_table(0, 0);
        return c.good();
    }
    find_at(c, version, vec![(".ns".to_owned(), Tree::from(namespace))])
}

/// `snapshot:find(filter)`
pub(super) fn snapshot_find(c: Call) -> Result {
    let version = this_snapshot(c)?;
    match filter(c, 2)? {
        Ok(criteria) => find_at(c, version, criteria),
        Err(e) => c.bad(&e),
    }
}

/// `snapshot:version()`
pub(super) fn snapshot_version(c: Call) -> Result {
    let version = this(c, SNAPSHOT, "snapshot")?;
    push_version(c.lua, version);
    c.good()
}

pub(super) fn snapshot_text(c: Call) -> Result {
    text(c, SNAPSHOT, "snapshot", |n| format!("registry.Snapshot{{version=v{n}}}"))
}

fn text(c: Call, class: &str, what: &str, text: impl Fn(u64) -> String) -> Result {
    let number = this(c, class, what)?;
    c.lua.push_str(&text(number));
    Ok(Out::Values(1))
}

/// `version:id()`
pub(super) fn version_id(c: Call) -> Result {
    let number = this(c, VERSION, "version")?;
    c.lua.push_int(number as i64);
    c.one()
}

/// `version:string()`
pub(super) fn version_string(c: Call) -> Result {
    text(c, VERSION, "version", |n| format!("v{n}"))
}

/// `version:previous()`
pub(super) fn version_previous(c: Call) -> Result {
    let number = this(c, VERSION, "version")?;
    ask_version(c, Some(number), |lua, answer| push_neighbour(lua, answer, |v| v.previous))
}

/// `version:next()`
pub(super) fn version_next(c: Call) -> Result {
    let number = this(c, VERSION, "version")?;
    ask_version(c, Some(number), |lua, answer| push_neighbour(lua, answer, |v| v.next))
}

fn push_neighbour(lua: Stack, answer: Answered<Answer>, which: fn(&Version) -> Option<u64>) -> c_int {
    open::<OneVersion>(lua, answer, |Boxed(v)| match which(&v) {
        Some(number) => push_version(lua, number),
        None => lua.push_nil(),
    })
}

pub(super) fn version_text(c: Call) -> Result {
    text(c, VERSION, "version", |n| format!("registry.Version{{v{n}}}"))
}

/// `history:get_version(n)`
pub(super) fn history_get_version(c: Call) -> Result {
    this(c, HISTORY, "history")?;
    match u64::try_from(c.int(2)?) {
        Ok(number) => ask_version(c, Some(number), |lua, answer| {
            open::<OneVersion>(lua, answer, |Boxed(v)| push_version(lua, v.number))
        }),
        Err(_) => c.bad(&Error::invalid("version must not be negative")),
    }
}

/// `history:snapshot_at(version)`
pub(super) fn history_snapshot_at(c: Call) -> Result {
    this(c, HISTORY, "history")?;
    let number = number_at(c, 2, VERSION, "version")?;
    ask_version(c, Some(number), push_snapshot)
}

pub(super) fn history_text(c: Call) -> Result {
    text(c, HISTORY, "history", |_| "registry.History{}".to_owned())
}

//! The module `system`: figures and states of the node, locks, and its end.
//!
//! A refusal has the kind INVALID here (PERMISSION_DENIED for locks): that is what programs look for.

use super::{Call, Result, about};
use crate::convert;
use crate::errors;
use crate::ffi::Stack;
use crate::tasks::{OnAnswer, push_result};
use std::ffi::c_int;
use wippy_core::command::Boxed;
use wippy_core::commands::system::{Acquire, Change, Exit, Read, Release, Setting, Subject};
use wippy_core::{Answer, EntryId, Error, ErrorKind, Reply, Tree};

type Answered = std::result::Result<Answer, Error>;

/// The groups of functions: the name in the module, and the functions of the C half.
const GROUPS: &[(&str, &str)] = &[
    ("memory", "system_memory"),
    ("gc", "system_gc"),
    ("runtime", "system_runtime"),
    ("process", "system_process"),
    ("hosts", "system_hosts"),
    ("supervisor", "system_supervisor"),
    ("node", "system_node"),
    ("cluster", "system_cluster"),
    ("raft", "system_raft"),
    ("lock", "system_lock"),
];

/// Fields of the module that are no functions.
pub(super) fn constants(lua: Stack) {
    for (name, functions) in GROUPS {
        lua.push_module(functions);
        lua.set_field(-2, name);
    }
}

fn refusal(error: Error) -> Error {
    if *error.kind() == ErrorKind::PermissionDenied { error.with_kind(ErrorKind::Invalid) } else { error }
}

/// Pushes nil and an error, as the functions of this module tell it.
fn push_error(lua: Stack, error: Error) -> c_int {
    lua.push_nil();
    errors::push(lua, &refusal(error));
    2
}

fn read_and(c: Call, subject: Subject, push: OnAnswer) -> Result {
    c.may_wait()?;
    c.answered(c.cx(|cx| cx.ask(Read(subject))), push)
}

fn read(c: Call, subject: Subject) -> Result {
    read_and(c, subject, push_tree)
}

fn push_tree(lua: Stack, answer: Answered) -> c_int {
    push_part(lua, answer, |tree| Some(tree))
}

fn push_part(lua: Stack, answer: Answered, part: fn(&Tree) -> Option<&Tree>) -> c_int {
    match answer.and_then(Boxed::<Tree>::from_answer) {
        Ok(Boxed(tree)) => {
            convert::push(lua, part(&tree).unwrap_or(&Tree::Nil));
            lua.push_nil();
            2
        }
        Err(e) => push_error(lua, e),
    }
}

/// Sets something; without a number that is INVALID.
fn change(c: Call, setting: Setting, missing: &str) -> Result {
    if c.is_absent(1) {
        return c.bad(&Error::invalid(missing));
    }
    let value = c.int(1)?;
    c.may_wait()?;
    c.answered(c.cx(|cx| cx.ask(Change { setting, value })), push_former)
}

fn push_former(lua: Stack, answer: Answered) -> c_int {
    match answer.and_then(Boxed::<i64>::from_answer) {
        Ok(Boxed(former)) => {
            lua.push_int(former);
            lua.push_nil();
            2
        }
        Err(e) => push_error(lua, e),
    }
}

/// `system.memory.stats()`
pub(super) fn memory_stats(c: Call) -> Result {
    read(c, Subject::Memory)
}

/// `system.memory.allocated()`
pub(super) fn memory_allocated(c: Call) -> Result {
    read_and(c, Subject::Memory, |lua, answer| push_part(lua, answer, |stats| stats.get("alloc")))
}

/// `system.memory.heap_objects()`
pub(super) fn memory_heap_objects(c: Call) -> Result {
    read_and(c, Subject::Memory, |lua, answer| push_part(lua, answer, |stats| stats.get("heap_objects")))
}

/// `system.memory.get_limit()`
pub(super) fn memory_get_limit(c: Call) -> Result {
    read(c, Subject::MemoryLimit)
}

/// `system.memory.set_limit(bytes)`
pub(super) fn memory_set_limit(c: Call) -> Result {
    change(c, Setting::MemoryLimit, "memory limit is required")
}

/// `system.gc.collect()`: each process collects its garbage as it goes, so nothing is left to do.
pub(super) fn gc_collect(c: Call) -> Result {
    match c.cx(|cx| cx.check("system.gc", "gc", "not allowed to control the system")).and_then(|r| r) {
        Ok(()) => c.good_bool(true),
        Err(e) => c.bad(&refusal(e)),
    }
}

/// `system.gc.get_percent()`
pub(super) fn gc_get_percent(c: Call) -> Result {
    read(c, Subject::GcPercent)
}

/// `system.gc.set_percent(n)`
pub(super) fn gc_set_percent(c: Call) -> Result {
    change(c, Setting::GcPercent, "percent is required")
}

/// `system.runtime.goroutines()`
pub(super) fn runtime_goroutines(c: Call) -> Result {
    read(c, Subject::Tasks)
}

/// `system.runtime.cpu_count()`
pub(super) fn runtime_cpu_count(c: Call) -> Result {
    read(c, Subject::Processors)
}

/// `system.runtime.max_procs([n])`
pub(super) fn runtime_max_procs(c: Call) -> Result {
    if c.is_absent(1) { read(c, Subject::WorkersMax) } else { change(c, Setting::WorkersMax, "") }
}

/// `system.process.pid()`
pub(super) fn process_pid(c: Call) -> Result {
    read(c, Subject::Pid)
}

/// `system.process.hostname()`
pub(super) fn process_hostname(c: Call) -> Result {
    read(c, Subject::Hostname)
}

/// `system.process.cwd()`
pub(super) fn process_cwd(c: Call) -> Result {
    read(c, Subject::WorkingDirectory)
}

/// `system.hosts.list()`
pub(super) fn hosts_list(c: Call) -> Result {
    read(c, Subject::Hosts)
}

/// Reads something about an entry; the empty id is INVALID.
fn read_of(c: Call, subject: fn(EntryId) -> Subject, what: &str) -> Result {
    let id = c.text(1)?;
    c.may_wait()?;
    if id.is_empty() {
        return c.bad(&Error::invalid(format!("{what} id is required")));
    }
    read(c, subject(EntryId::new(id)))
}

/// `system.hosts.processes(id)`
pub(super) fn hosts_processes(c: Call) -> Result {
    read_of(c, Subject::Processes, "host")
}

/// `system.supervisor.state(id)`
pub(super) fn supervisor_state(c: Call) -> Result {
    read_of(c, Subject::Service, "service")
}

/// `system.supervisor.states()`
pub(super) fn supervisor_states(c: Call) -> Result {
    read(c, Subject::Services)
}

/// `system.node.id()`
pub(super) fn node_id(c: Call) -> Result {
    read(c, Subject::Node)
}

/// `system.node.addr()`
pub(super) fn node_addr(c: Call) -> Result {
    read(c, Subject::NodeAddress)
}

/// `system.node.role()`
pub(super) fn node_role(c: Call) -> Result {
    read(c, Subject::NodeRole)
}

/// `system.cluster.members()`
pub(super) fn cluster_members(c: Call) -> Result {
    read(c, Subject::Members)
}

/// `system.cluster.leader()`
pub(super) fn cluster_leader(c: Call) -> Result {
    read(c, Subject::Leader)
}

/// `system.cluster.size()`
pub(super) fn cluster_size(c: Call) -> Result {
    read(c, Subject::ClusterSize)
}

/// `system.raft.term()` and whatever else tells one thing about the consensus.
pub(super) fn raft(c: Call) -> Result {
    read(c, Subject::Consensus)
}

/// `system.raft.stats()`
pub(super) fn raft_stats(c: Call) -> Result {
    read(c, Subject::ConsensusStats)
}

fn lock_name(c: Call) -> Result<std::result::Result<String, Error>> {
    let name = c.text(1)?;
    c.may_wait()?;
    Ok(if name.is_empty() { Err(Error::invalid("lock name is required")) } else { Ok(name) })
}

/// `system.lock.acquire(name)`
pub(super) fn lock_acquire(c: Call) -> Result {
    match lock_name(c)? {
        Ok(name) => c.answered(c.cx(|cx| cx.ask(Acquire { name })), push_acquired),
        Err(e) => c.bad(&e),
    }
}

/// A lock that another one holds is false and not nil.
fn push_acquired(lua: Stack, answer: Answered) -> c_int {
    match answer {
        Err(e) if *e.kind() == ErrorKind::AlreadyExists => {
            lua.push_bool(false);
            errors::push(lua, &e);
            2
        }
        other => push_result(lua, other),
    }
}

/// `system.lock.release(name)`
pub(super) fn lock_release(c: Call) -> Result {
    match lock_name(c)? {
        Ok(name) => c.answered(c.cx(|cx| cx.ask(Release { name })), push_result),
        Err(e) => c.bad(&e),
    }
}

/// `system.exit([code])`
pub(super) fn exit(c: Call) -> Result {
    let code = if c.is_absent(1) { 0 } else { c.int(1)? };
    c.may_wait()?;
    c.answered(c.cx(|cx| cx.ask(Exit { code })), |lua, answer| push_result(lua, answer.map_err(refusal)))
}

/// `system.modules()`
pub(super) fn modules(c: Call) -> Result {
    let refused = "not allowed to read about the system";
    if let Err(e) = c.cx(|cx| cx.check("system.read", "modules", refused)).and_then(|r| r) {
        return c.bad(&refusal(e));
    }
    let all: Vec<_> = about::modules().collect();
    c.lua.new_table(all.len(), 0);
    for (i, module) in all.iter().enumerate() {
        c.lua.new_table(0, 3);
        for (key, text) in [("name", module.name), ("description", module.description)] {
            c.lua.push_str(text);
            c.lua.set_field(-2, key);
        }
        c.lua.new_table(module.classes.len(), 0);
        for (k, class) in module.classes.iter().enumerate() {
            c.lua.push_str(class);
            c.lua.raw_set_i(-2, k as i64 + 1);
        }
        c.lua.set_field(-2, "class");
        c.lua.raw_set_i(-2, i as i64 + 1);
    }
    c.good()
}

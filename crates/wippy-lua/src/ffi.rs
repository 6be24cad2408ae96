//! The Lua API as this crate uses it: raw access only, so that nothing raises inside Rust.
//!
//! Rust code runs between `enter_rust` and `leave_rust` of the C half: allocation cannot fail and the collector does not
//! run. What is left of Lua's ways to raise are metamethods, which raw access never calls, invalid keys, which the
//! callers here do not use, and a full C stack, against which [`Stack::room`] asks. So no function below jumps.
//! A `Stack` is a plain pointer to a thread of a live state: it is made from the pointer that Lua or the C half handed
//! out, used on the thread that runs the process, and never kept beyond a step except for coroutines that the state
//! itself anchors.

#![allow(unsafe_code, reason = "this is the module where Lua's C API is called")]

mod code;
mod tables;

use crate::modules;
use crate::process::Proc;
use std::borrow::Cow;
use std::ffi::{CString, c_int, c_void};
use wippy_core::Pid;
use wippy_lua_sys as sys;
use wippy_lua_sys::lua::{self as api, lua_State};

pub(crate) use code::compile;
pub(crate) use wippy_lua_sys::Record;

/// A thread of a state and its stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Stack(pub(crate) *mut lua_State);

pub(crate) const NIL: c_int = api::LUA_TNIL;
pub(crate) const BOOLEAN: c_int = api::LUA_TBOOLEAN;
pub(crate) const NUMBER: c_int = api::LUA_TNUMBER;
pub(crate) const STRING: c_int = api::LUA_TSTRING;
pub(crate) const TABLE: c_int = api::LUA_TTABLE;
pub(crate) const FUNCTION: c_int = api::LUA_TFUNCTION;
pub(crate) const USERDATA: c_int = api::LUA_TUSERDATA;
pub(crate) const THREAD: c_int = api::LUA_TTHREAD;
pub(crate) const LIGHT: c_int = api::LUA_TLIGHTUSERDATA;
pub(crate) const NONE: c_int = api::LUA_TNONE;
const REGISTRY: c_int = api::LUA_REGISTRYINDEX;
/// Larger tables are written piece by piece.
const PACK_MAX: usize = 1 << 20;
/// Where the registry keeps what a state is furnished with.
const ROOT: i64 = sys::ROOT;

/// How running a coroutine ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Returned,
    Yielded,
    Failed,
}

impl Status {
    pub(crate) fn of(status: c_int) -> Status {
        match status {
            api::LUA_OK => Status::Returned,
            api::LUA_YIELD => Status::Yielded,
            _ => Status::Failed,
        }
    }
}

macro_rules! raw {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) $(-> $ret:ty)? => $call:path;)*) => {
        impl Stack {
            $($(#[$doc])* pub(crate) fn $name(self, $($arg: $type),*) $(-> $ret)? {
                // SAFETY: see the module's head: the thread is alive and the call cannot raise.
                unsafe { $call(self.0, $($arg),*) }
            })*
        }
    };
}

raw! {
    top() -> c_int => api::lua_gettop;
    set_top(n: c_int) => api::lua_settop;
    push_nil() => api::lua_pushnil;
    push_int(v: i64) => api::lua_pushinteger;
    push_float(v: f64) => api::lua_pushnumber;
    push_index(i: c_int) => api::lua_pushvalue;
    kind(i: c_int) -> c_int => api::lua_type;
    abs(i: c_int) -> c_int => api::lua_absindex;
}

impl Stack {
    pub(crate) fn pop(self, n: c_int) {
        self.set_top(-n - 1);
    }
    /// Makes room for `n` more values; false when the stack is at its limit.
    pub(crate) fn room(self, n: c_int) -> bool {
        // SAFETY: as above; lua_checkstack reports failure instead of raising.
        unsafe { api::lua_checkstack(self.0, n) != 0 }
    }
    pub(crate) fn push_bool(self, v: bool) {
        // SAFETY: as above.
        unsafe { api::lua_pushboolean(self.0, v.into()) }
    }
    pub(crate) fn push_bytes(self, v: &[u8]) {
        // SAFETY: as above; Lua copies the bytes.
        unsafe { api::lua_pushlstring(self.0, v.as_ptr().cast(), v.len()) };
    }
    pub(crate) fn push_str(self, v: &str) {
        self.push_bytes(v.as_bytes());
    }
    pub(crate) fn push_pid(self, pid: Pid) {
        pid.with_bytes(|text| self.push_bytes(text));
    }
    pub(crate) fn push_light(self, v: *mut c_void) {
        // SAFETY: as above.
        unsafe { api::lua_pushlightuserdata(self.0, v) }
    }
    /// Pushes this thread itself.
    pub(crate) fn push_thread(self) {
        // SAFETY: as above.
        unsafe { api::lua_pushthread(self.0) };
    }
    /// Moves `n` values from the top to another thread of the same state.
    pub(crate) fn move_to(self, other: Stack, n: c_int) {
        // SAFETY: both belong to one state.
        unsafe { api::lua_xmove(self.0, other.0, n) }
    }
    pub(crate) fn remove(self, i: c_int) {
        // SAFETY: as above.
        unsafe { api::lua_rotate(self.0, i, -1) }
        self.pop(1);
    }
    pub(crate) fn insert(self, i: c_int) {
        // SAFETY: as above.
        unsafe { api::lua_rotate(self.0, i, 1) }
    }
    /// Puts the value on top in the place of another one.
    pub(crate) fn replace(self, i: c_int) {
        // SAFETY: as above.
        unsafe { api::lua_copy(self.0, -1, i) }
        self.pop(1);
    }
    pub(crate) fn raw_equal(self, a: c_int, b: c_int) -> bool {
        // SAFETY: as above.
        unsafe { api::lua_rawequal(self.0, a, b) != 0 }
    }

    pub(crate) fn to_bool(self, i: c_int) -> bool {
        // SAFETY: as above.
        unsafe { api::lua_toboolean(self.0, i) != 0 }
    }
    /// The integer, if the value is a number of that subtype.
    pub(crate) fn to_int(self, i: c_int) -> Option<i64> {
        // SAFETY: as above; no conversion takes place for integers.
        unsafe { (api::lua_isinteger(self.0, i) != 0).then(|| api::lua_tointegerx(self.0, i, std::ptr::null_mut())) }
    }
    /// The number, integer or float.
    pub(crate) fn to_float(self, i: c_int) -> Option<f64> {
        // SAFETY: as above.
        (self.kind(i) == NUMBER).then(|| unsafe { api::lua_tonumberx(self.0, i, std::ptr::null_mut()) })
    }
    /// The bytes of a string; they live as long as the string stays on the stack.
    pub(crate) fn to_bytes<'a>(self, i: c_int) -> Option<&'a [u8]> {
        let mut len = 0;
        // SAFETY: nothing is converted; callers use the bytes while the value is on the stack.
        unsafe {
            let bytes = sys::w_string(self.0, i, &mut len);
            (!bytes.is_null()).then(|| std::slice::from_raw_parts(bytes.cast(), len))
        }
    }
    /// As [`Stack::to_bytes`], for those who want UTF-8; what is none is replaced.
    pub(crate) fn to_str<'a>(self, i: c_int) -> Option<Cow<'a, str>> {
        let bytes = self.to_bytes(i)?;
        let (words, rest) = bytes.as_chunks::<8>();
        let all = words.iter().fold(0, |all, word| all | u64::from_le_bytes(*word));
        let all = rest.iter().fold(all, |all, byte| all | u64::from(*byte));
        if all & 0x8080_8080_8080_8080 == 0 {
            // SAFETY: it is ASCII.
            return Some(Cow::Borrowed(unsafe { std::str::from_utf8_unchecked(bytes) }));
        }
        Some(String::from_utf8_lossy(bytes))
    }
    pub(crate) fn to_text(self, i: c_int) -> Option<String> {
        self.to_bytes(i).map(|b| String::from_utf8_lossy(b).into_owned())
    }
    /// What programs see in the place of the address of the value.
    pub(crate) fn shown_address(self, i: c_int) -> usize {
        // SAFETY: as above; the address is only computed with.
        unsafe { sys::wippy_address(self.0, api::lua_topointer(self.0, i)) as usize }
    }
    /// Address of a table, function or thread, for telling them apart.
    pub(crate) fn address(self, i: c_int) -> usize {
        // SAFETY: as above.
        unsafe { api::lua_topointer(self.0, i) as usize }
    }

    /// Makes the table that keeps what a state is furnished with, and the memory of its classes.
    pub(crate) fn begin_root(self) {
        self.new_table(0, 32);
        // SAFETY: the table above keeps the object alive.
        unsafe { sys::w_push_classes(self.0) };
        self.set_field(-2, "wippy.classes");
        self.raw_set_i(REGISTRY, ROOT);
    }
    /// The state is furnished: nothing of that changes any more.
    pub(crate) fn end_root(self) {
        self.raw_get_i(REGISTRY, ROOT);
        self.freeze(-1);
        self.pop(1);
        self.phase(sys::PHASE_PLAIN);
    }
    /// Pushes what the state was furnished with under `key`.
    pub(crate) fn registry(self, key: &str) -> c_int {
        self.raw_get_i(REGISTRY, ROOT);
        let kind = self.field(-1, key);
        self.remove(-2);
        kind
    }
    /// Keeps the value on top under `key`; only while the state is being furnished.
    pub(crate) fn set_registry(self, key: &str) {
        self.raw_get_i(REGISTRY, ROOT);
        debug_assert!(!self.is_frozen(-1), "{key} is set when the state is furnished already");
        self.insert(-2);
        self.set_field(-2, key);
        self.pop(1);
    }
    /// The table on top becomes the one in which Lua looks for the names of functions.
    pub(crate) fn set_loaded(self) {
        self.set_field(REGISTRY, "_LOADED");
    }
    /// The table on top becomes the metatable of a class.
    pub(crate) fn set_class(self, class: c_int, plain: bool) {
        // SAFETY: callers keep the table alive; there are fewer than 31 classes.
        unsafe { sys::w_set_class(self.0, class, plain.into()) }
    }
    /// Has the collector begin anew as soon as it is done, and work in large steps.
    #[cfg(test)]
    pub(crate) fn press_collector(self) {
        // SAFETY: changes numbers that the collector reads, and leaves it stopped until Lua runs.
        unsafe {
            api::lua_gc(self.0, api::LUA_GCPARAM, 3, 0);
            api::lua_gc(self.0, api::LUA_GCPARAM, 4, 10_000);
            api::lua_gc(self.0, api::LUA_GCPARAM, 5, 1);
        }
    }
    /// Has the collector look at young objects most of the time.
    #[cfg(test)]
    pub(crate) fn collect_generations(self) {
        // SAFETY: nothing runs in the state.
        unsafe { api::lua_gc(self.0, api::LUA_GCGEN) };
    }
    fn phase(self, phase: c_int) {
        // SAFETY: the process of a state lives as long as the state.
        unsafe { sys::w_build_phase(sys::w_proc(self.0), phase) }
    }
    /// Keeps the value on top; the number gets it back.
    pub(crate) fn anchor(self) -> c_int {
        // SAFETY: luaL_ref uses raw access on the registry.
        unsafe { api::luaL_ref(self.0, REGISTRY) }
    }
    pub(crate) fn push_anchored(self, anchor: c_int) {
        self.raw_get_i(REGISTRY, anchor.into());
    }
    pub(crate) fn release(self, anchor: c_int) {
        // SAFETY: as `anchor`.
        unsafe { api::luaL_unref(self.0, REGISTRY, anchor) }
    }
    /// The thread at `i`, if it is one.
    pub(crate) fn to_thread(self, i: c_int) -> Option<Stack> {
        // SAFETY: as above.
        let thread = unsafe { api::lua_tothread(self.0, i) };
        (!thread.is_null()).then_some(Stack(thread))
    }
    /// Where this task stands in the list of tasks.
    pub(crate) fn task_place(self) -> usize {
        // SAFETY: callers ask tasks only.
        unsafe { sys::w_task_place(self.0) as usize }
    }
    pub(crate) fn set_task_place(self, place: usize) {
        // SAFETY: as above.
        unsafe { sys::w_set_task_place(self.0, place as u32) }
    }

    /// A userdata holding `v`, with `values` user values, of this class.
    pub(crate) fn push_userdata<T: Copy>(self, v: T, values: c_int, class: &str) -> *mut T {
        const { assert!(align_of::<T>() <= 8, "objects lie at multiples of 8") }
        // SAFETY: the block is large enough for T and aligned for it; T is Copy, so nothing is dropped later.
        unsafe {
            let block = sys::w_push_object(self.0, size_of::<T>(), values, modules::class_number(class)).cast::<T>();
            block.write(v);
            block
        }
    }
    /// The userdata at `i`, if it is of this class.
    pub(crate) fn userdata<T: Copy>(self, i: c_int, class: &str) -> Option<*mut T> {
        // SAFETY: the class is only ever set by `push_userdata` on blocks of this T.
        let object = unsafe { sys::w_object(self.0, i, modules::class_number(class)) };
        (!object.is_null()).then_some(object.cast())
    }
    pub(crate) fn user_value(self, i: c_int, n: c_int) -> c_int {
        // SAFETY: as above.
        unsafe { api::lua_getiuservalue(self.0, i, n) }
    }
    pub(crate) fn set_user_value(self, i: c_int, n: c_int) {
        // SAFETY: as above.
        unsafe { api::lua_setiuservalue(self.0, i, n) };
    }

    /// Where the function at `level` stands: source and line.
    pub(crate) fn place(self, level: c_int) -> Option<(String, i64)> {
        let (mut len, mut line) = (0, 0);
        // SAFETY: the name belongs to the function's prototype, which the stack keeps alive; it is copied here.
        unsafe {
            let name = sys::w_place(self.0, level, &mut len, &mut line);
            let bytes = (!name.is_null()).then(|| std::slice::from_raw_parts(name.cast(), len))?;
            Some((String::from_utf8_lossy(bytes).into_owned(), line.into()))
        }
    }
    /// The traceback of `of`, whose stack is still there, pushed as text on this stack.
    pub(crate) fn push_traceback(self, of: Stack, level: c_int) {
        // SAFETY: both belong to one state.
        unsafe { api::luaL_traceback(self.0, of.0, std::ptr::null(), level) }
    }
    /// The coroutine that the function at `level` resumes, if it was made by `coroutine.wrap`. Needs room for two values.
    pub(crate) fn wrapped_at(self, level: c_int) -> Option<Stack> {
        // SAFETY: as above.
        let wrapped = unsafe { sys::w_wrapped_at(self.0, level) };
        (!wrapped.is_null()).then_some(Stack(wrapped))
    }
    /// A number as Lua writes it.
    pub(crate) fn number_text(self, i: c_int) -> String {
        self.push_index(i);
        let mut len = 0;
        // SAFETY: the copy on top may be converted in place; its bytes are copied before it is popped.
        let text = unsafe {
            let bytes = api::lua_tolstring(self.0, -1, &mut len);
            String::from_utf8_lossy(std::slice::from_raw_parts(bytes.cast(), len)).into_owned()
        };
        self.pop(1);
        text
    }
    pub(crate) fn type_name(self, i: c_int) -> &'static str {
        match self.kind(i) {
            NONE => "no value",
            NIL => "nil",
            BOOLEAN => "boolean",
            NUMBER => "number",
            STRING => "string",
            TABLE => "table",
            FUNCTION => "function",
            THREAD => "thread",
            _ => "userdata",
        }
    }

    /// The process that this state belongs to.
    pub(crate) fn proc<'a>(self) -> &'a mut Proc {
        // SAFETY: every state is made by `Proc::new_state` with the address of the WProc that is the first field of a
        // boxed `Proc`. Functions called from Lua take this reference for their own duration; `Proc::run` keeps none
        // while Lua runs.
        unsafe { &mut *sys::w_proc(self.0).cast::<Proc>() }
    }
    /// Whether the running coroutine may wait.
    pub(crate) fn can_wait(self) -> bool {
        // SAFETY: as `proc`.
        unsafe { sys::w_can_wait(self.0) != 0 }
    }
    pub(crate) fn push_raise_mark(self) {
        // SAFETY: an address of a static.
        self.push_light(unsafe { sys::w_raise_mark() });
    }
    /// Makes a task of the function on top; the thread takes its place.
    pub(crate) fn new_task(self) -> Stack {
        // SAFETY: callers have a function on top.
        Stack(unsafe { sys::w_new_task(self.0) })
    }
    pub(crate) fn push_module(self, name: &str) {
        let name = CString::new(name).expect("module names have no zero");
        // SAFETY: as above.
        unsafe { sys::w_push_module(self.0, name.as_ptr()) }
    }
    pub(crate) fn push_closure(self, module: &str, name: &str, n: c_int) {
        let (module, name) = (CString::new(module).expect("no zero"), CString::new(name).expect("no zero"));
        // SAFETY: `n` values are on top.
        unsafe { sys::w_push_closure(self.0, module.as_ptr(), name.as_ptr(), n) }
    }
    /// Writes a table of plain data to `out`; false when it holds something else.
    pub(crate) fn pack(self, table: c_int, out: &mut Vec<u8>) -> bool {
        out.clear();
        out.reserve(256);
        loop {
            // SAFETY: `table` is a position on the stack; the vector has the bytes.
            let n = unsafe { sys::w_pack(self.0, table, out.as_mut_ptr(), out.capacity()) };
            match n {
                0 => return false,
                usize::MAX if out.capacity() > PACK_MAX => return false,
                usize::MAX => out.reserve(2 * out.capacity()),
                n => {
                    // SAFETY: `w_pack` has written so many.
                    unsafe { out.set_len(n) };
                    return true;
                }
            }
        }
    }
    /// Reads plain data and pushes it; false when it is something else.
    pub(crate) fn unpack(self, bytes: &[u8]) -> bool {
        // SAFETY: callers are called between `enter_rust` and `leave_rust` and have made room for one value.
        unsafe { sys::w_unpack(self.0, bytes.as_ptr(), bytes.len()) != 0 }
    }
    /// Pops what environments inherit, and which of that are types, or nil; pushes their metatable.
    pub(crate) fn push_environment(self) {
        // SAFETY: as above.
        unsafe { sys::w_push_environment(self.0) }
    }
    /// Pushes the global table.
    pub(crate) fn push_globals(self) {
        self.raw_get_i(REGISTRY, api::LUA_RIDX_GLOBALS);
    }
    /// Index of a closure's upvalue.
    pub(crate) fn upvalue(n: c_int) -> c_int {
        REGISTRY - n
    }
}

/// A new state for a process, with the standard libraries.
pub(crate) fn new_state(p: &mut sys::WProc, seed: u32) -> Option<Stack> {
    // SAFETY: `p` is the first field of a `Proc` in a block whose memory is open.
    let state = unsafe { sys::w_new_state(p, seed) };
    (!state.is_null()).then_some(Stack(state))
}

/// Resumes a task. `p` is a pointer because the functions that Lua calls take the process again.
pub(crate) fn run_task(p: *mut sys::WProc, task: Stack) -> (Status, c_int) {
    let mut results = 0;
    // SAFETY: `p` belongs to the live process of this task; the caller holds no reference to it.
    let status = unsafe { sys::w_run_task(p, task.0, &mut results) };
    (Status::of(status), results)
}

/// The clock's bell for Lua: has the coroutine that runs on that thread give way.
pub(crate) fn ring(thread: u64) {
    // SAFETY: the clock rings threads of its own scheduler, which it outlives.
    unsafe { sys::w_ring(thread) }
}

/// Installs the handler for [`ring`].
pub(crate) fn install_signal() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    // SAFETY: no preconditions.
    ONCE.call_once(|| unsafe { sys::w_install_signal() });
}

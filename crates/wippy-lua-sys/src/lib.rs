//! Lua 5.5 as Wippy builds it, and the C half of the process API.
//!
//! The sources come from the `lua-src` crate at build time; `build.rs` holds our few changes. `csrc/wippy.c` has the
//! trampolines, the coroutine functions and the preemption hook: everything that may `longjmp` or yield. The Rust half
//! (crate `wippy-lua`) supplies the functions named in `csrc/wippy.h`. The plain API of Lua is that of `mlua-sys`.

use std::ffi::{c_char, c_int, c_void};

pub use mlua_sys as lua;
pub use mlua_sys::lua_State;

/// A function may return this instead of a number of results: raise the value on top of the stack.
pub const RAISE: c_int = -1;
/// A function may return this instead of a number of results: wait until the coroutine is resumed.
pub const WAIT: c_int = -2;

/// One process, as the C half sees it. Must stay at its address while the state lives.
#[repr(C)]
#[derive(Debug)]
pub struct WProc {
    /// Main thread of the state; null before [`w_new_state`].
    pub main: *mut lua_State,
    /// Innermost running coroutine.
    pub cur: *mut lua_State,
    /// Every level below `cur` can yield.
    pub chain: c_int,
    /// The slice was over: nothing is waited for.
    pub preempted: c_int,
    /// The yield that comes up is for the scheduler.
    pub suspending: c_int,
    /// File-level code runs.
    pub loading: c_int,
    /// The coroutine whose wait is being answered.
    pub target: *mut lua_State,
    /// Number of values on its stack.
    pub nargs: c_int,
    /// The allocator may exceed the limit.
    pub in_rust: c_int,
    /// Bytes in use.
    pub used: usize,
    /// Bytes allowed.
    pub limit: usize,
}

impl WProc {
    /// A process without a state.
    pub const fn new(limit: usize) -> WProc {
        WProc {
            main: std::ptr::null_mut(),
            cur: std::ptr::null_mut(),
            chain: 0,
            preempted: 0,
            suspending: 0,
            loading: 0,
            target: std::ptr::null_mut(),
            nargs: 0,
            in_rust: 0,
            used: 0,
            limit,
        }
    }
}

unsafe extern "C-unwind" {
    /// A new state with base, string, table, math and coroutine libraries; null without memory.
    ///
    /// # Safety
    /// `p` stays where it is until `lua_close`.
    pub fn w_new_state(p: *mut WProc, seed: u32) -> *mut lua_State;
    /// The process of a state.
    ///
    /// # Safety
    /// `L` belongs to a state made by [`w_new_state`].
    pub fn w_proc(L: *mut lua_State) -> *mut WProc;
    /// Whether the running coroutine may wait.
    ///
    /// # Safety
    /// As [`w_proc`].
    pub fn w_can_wait(L: *mut lua_State) -> c_int;
    /// As light userdata before another value on the stack of a resumed coroutine: raise that value.
    ///
    /// # Safety
    /// None.
    pub fn w_raise_mark() -> *mut c_void;
    /// Makes a task of the function on top of the stack; the thread takes its place.
    ///
    /// # Safety
    /// As [`w_proc`]; a function is on top.
    pub fn w_new_task(L: *mut lua_State) -> *mut lua_State;
    /// Resumes a task; the outcome is a status of Lua.
    ///
    /// # Safety
    /// `co` is a task of this process that is ready.
    pub fn w_run_task(p: *mut WProc, co: *mut lua_State, nres: *mut c_int) -> c_int;
    /// Pushes a table with the functions of a module.
    ///
    /// # Safety
    /// As [`w_proc`].
    pub fn w_push_module(L: *mut lua_State, module: *const c_char);
    /// Pushes one function as a closure over the `n` values on top.
    ///
    /// # Safety
    /// As [`w_proc`].
    pub fn w_push_closure(L: *mut lua_State, module: *const c_char, name: *const c_char, n: c_int);
    /// Pushes what stands in the place of `string.dump`.
    ///
    /// # Safety
    /// As [`w_proc`].
    pub fn w_push_no_dump(L: *mut lua_State);
    /// Whether a table has, or has had, keys beyond a list.
    ///
    /// # Safety
    /// A table is at `index`.
    pub fn w_has_had_keys(L: *mut lua_State, index: c_int) -> c_int;
    /// Makes a table read-only: every store into it raises.
    ///
    /// # Safety
    /// A table is at `index`. May allocate.
    pub fn w_freeze(L: *mut lua_State, index: c_int);
    /// Whether the value is a frozen table.
    ///
    /// # Safety
    /// As [`w_proc`].
    pub fn w_frozen(L: *mut lua_State, index: c_int) -> c_int;
    /// Installs the signal handler that makes running Lua code give way.
    ///
    /// # Safety
    /// None; a second call does nothing new.
    pub fn w_install_signal();
    /// Sends that signal to a thread.
    ///
    /// # Safety
    /// The thread exists.
    pub fn w_ring(thread: u64);
}

//! Lua 5.5 as Wippy builds it, and the C half of the process API.
//!
//! The sources come from the `lua-src` crate at build time; `build.rs` holds our few changes. `csrc/wippy.c` has the
//! trampolines, the coroutine functions and the preemption hook: everything that may `longjmp` or yield. The Rust half
//! (crate `wippy-lua`) supplies the functions named in `csrc/wippy.h`. The plain API of Lua is that of `mlua-sys`.

use std::ffi::{c_char, c_int, c_uint, c_void};

pub use mlua_sys as lua;
pub use mlua_sys::lua_State;

/// A function may return this instead of a number of results: raise the value on top of the stack.
pub const RAISE: c_int = -1;
/// A function may return this instead of a number of results: wait until the coroutine is resumed.
pub const WAIT: c_int = -2;
/// A function may return this while a template is built: what it was asked for differs from process to process.
pub const IMPURE: c_int = -3;
/// A function may return this instead of a number of results: its turn is over, and `w_go_on` is called for the next one.
pub const AGAIN: c_int = -4;

/// Where the registry of a state keeps what the state was furnished with.
pub const ROOT: i64 = 4;

/// Tables whose fields are known beforehand; in the order of `csrc/wippy.h`. The values of the fields come in this order:
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// `kind`, `from`, `at`, `result`
    End,
    /// `kind`, `from`, `at`, `reason`
    Cancel,
    /// `kind`, `from`, `at`, `sources`
    Outdated,
    /// `value`
    Value,
    /// `error`
    Error,
    /// `channel`, `value`, `ok`
    Selected,
    /// `system`, `kind`, `path`, `data`
    Event,
}

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
    /// Spawned by code that cannot be suspended.
    whole: c_int,
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
    /// The block that begins with this, in bytes.
    block_size: u32,
    /// From where on nothing of it was handed out yet.
    top: u32,
    /// What was given back below: offset of the first hole.
    holes: u32,
    /// A search for so many bytes has found no hole.
    too_large: u32,
    looks: u16,
    stuck: u16,
    stepped: u32,
    small: *mut c_void,
    large: *mut c_void,
    /// Set while the state is built to be copied.
    pub build: *mut c_void,
    classes: *mut c_void,
    /// What makes texts of addresses different from the addresses.
    pub hide: u64,
    /// Where `math.random` begins.
    pub seed: u64,
    random: [u64; 4],
}

impl WProc {
    /// A process without a state. `seed` and `hide` are chance.
    pub const fn new(limit: usize, seed: u64, hide: u64) -> WProc {
        WProc {
            main: std::ptr::null_mut(),
            cur: std::ptr::null_mut(),
            chain: 0,
            preempted: 0,
            suspending: 0,
            whole: 0,
            loading: 0,
            target: std::ptr::null_mut(),
            nargs: 0,
            in_rust: 0,
            used: 0,
            limit,
            block_size: 0,
            top: 0,
            holes: 0,
            too_large: u32::MAX,
            looks: 0,
            stuck: 0,
            stepped: 0,
            small: std::ptr::null_mut(),
            large: std::ptr::null_mut(),
            build: std::ptr::null_mut(),
            classes: std::ptr::null_mut(),
            hide,
            seed,
            random: [0; 4],
        }
    }
}

impl WProc {
    /// Bytes of the block from its beginning to the last object that ever lay in it.
    pub const fn block_used(&self) -> usize {
        self.top as usize
    }
}

/// Two states under construction, side by side.
#[repr(C)]
#[derive(Debug)]
pub struct WBuild {
    _private: [u8; 0],
}

/// What processes are copied from.
#[repr(C)]
#[derive(Debug)]
pub struct WTemplate {
    _private: [u8; 0],
}

/// Strings and prototypes made now are shared by all copies.
pub const PHASE_PLAIN: c_int = 0;
/// All that is made now is shared and must never change again.
pub const PHASE_LIBRARY: c_int = 1;
/// Code is loaded.
pub const PHASE_LOADING: c_int = 2;

unsafe extern "C-unwind" {
    /// A block of memory of `size` bytes, a multiple of 1,024; null without memory.
    ///
    /// # Safety
    /// None.
    pub fn w_block_take(size: usize) -> *mut c_void;
    /// Gives a block back.
    ///
    /// # Safety
    /// It came from [`w_block_take`] with this size, and nothing in it is used any more.
    pub fn w_block_give(block: *mut c_void, size: usize);
    /// Bytes of address space that the pool holds for blocks.
    ///
    /// # Safety
    /// None.
    pub fn w_blocks_held() -> usize;
    /// Makes the memory of the process that stands at the beginning of a block; objects may lie from `first` on.
    ///
    /// # Safety
    /// `p` begins a block of `size` bytes.
    pub fn w_memory_open(p: *mut WProc, size: usize, first: usize);
    /// Gives back all that lies outside of the block.
    ///
    /// # Safety
    /// Nothing in the state is used any more.
    pub fn w_memory_close(p: *mut WProc);
    /// Whether AddressSanitizer would report who touches this byte of a block: 1 or 0, and -1 when the C half was built
    /// without it.
    ///
    /// # Safety
    /// None.
    pub fn w_is_shut(at: *const c_void) -> c_int;
    /// A new state with base, string, table, math and coroutine libraries; null without memory.
    ///
    /// # Safety
    /// The memory of `p` is open.
    pub fn w_new_state(p: *mut WProc, seed: u32) -> *mut lua_State;
    /// Makes the state of a process a copy; its task, or null.
    ///
    /// # Safety
    /// The memory of `p` is open and empty, its block has room for the template, and the template outlives `p`.
    pub fn w_copy_state(p: *mut WProc, t: *const WTemplate) -> *mut lua_State;
    /// What programs see in the place of an address.
    ///
    /// # Safety
    /// The state belongs to a process.
    pub fn wippy_address(l: *mut lua_State, address: *const c_void) -> *const c_void;
    /// Address space for a template's two builds; null without.
    ///
    /// # Safety
    /// None.
    pub fn w_build_begin() -> *mut WBuild;
    /// The block of one of them, and its size.
    ///
    /// # Safety
    /// `b` lives, `which` is 0 or 1.
    pub fn w_build_place(b: *mut WBuild, which: c_int, size: *mut usize) -> *mut c_void;
    /// Has the process at the beginning of that block belong to the build.
    ///
    /// # Safety
    /// As [`w_build_place`]; `p` stands there.
    pub fn w_build_enter(b: *mut WBuild, which: c_int, p: *mut WProc);
    /// Says what is being done; nothing for a process that is not built for a template.
    ///
    /// # Safety
    /// `p` lives.
    pub fn w_build_phase(p: *mut WProc, phase: c_int);
    /// What the code that was run depended on beyond its arguments; null for nothing.
    ///
    /// # Safety
    /// `p` lives.
    pub fn w_build_impurity(p: *const WProc) -> *const c_char;
    /// Makes what is shared unchangeable: null, or why that cannot be.
    ///
    /// # Safety
    /// Nothing runs in the state of `p`, and nothing will.
    pub fn w_build_freeze(p: *mut WProc) -> *const c_char;
    /// Compares both builds: a template, or null and the reason in `why`. `b` is gone then.
    ///
    /// # Safety
    /// Both states are frozen; `tasks` are threads of theirs or null; `why` holds `size` bytes.
    pub fn w_build_finish(
        b: *mut WBuild,
        first: usize,
        tasks: *const *mut lua_State,
        why: *mut c_char,
        size: usize,
    ) -> *mut WTemplate;
    /// Gives a build up.
    ///
    /// # Safety
    /// Nothing in its blocks is used any more.
    pub fn w_build_drop(b: *mut WBuild);
    /// Bytes of a block that a copy fills.
    ///
    /// # Safety
    /// `t` lives.
    pub fn w_template_bytes(t: *const WTemplate) -> usize;
    /// Bytes that all copies share.
    ///
    /// # Safety
    /// `t` lives.
    pub fn w_template_shared(t: *const WTemplate) -> usize;
    /// Words that a copy has to move.
    ///
    /// # Safety
    /// `t` lives.
    pub fn w_template_moved(t: *const WTemplate) -> usize;
    /// Ends a template.
    ///
    /// # Safety
    /// No copy is left.
    pub fn w_template_free(t: *mut WTemplate);
    /// `t[name]` = the value on top, which goes, by raw access.
    ///
    /// # Safety
    /// A table that may be changed is at `index`, a position on the stack or the registry; the collector is stopped and
    /// an allocation cannot fail.
    pub fn w_set_field(L: *mut lua_State, index: c_int, name: *const c_char, n: usize);
    /// Pops the values of all fields of a record, and pushes it.
    ///
    /// # Safety
    /// They are on the stack; the collector is stopped and an allocation cannot fail.
    pub fn w_record(L: *mut lua_State, record: Record);
    /// The string at a position of the stack and its length; null when there is something else.
    ///
    /// # Safety
    /// `len` is a place to write to; the bytes live as long as the string stays on the stack.
    pub fn w_string(L: *mut lua_State, index: c_int, len: *mut usize) -> *const c_char;
    /// Pushes a new table with room for so many elements and fields.
    ///
    /// # Safety
    /// There is room on the stack, and an allocation cannot fail.
    pub fn w_new_table(L: *mut lua_State, array: c_uint, fields: c_uint);
    /// Pushes `t[name]` by raw access; its type.
    ///
    /// # Safety
    /// As [`w_set_field`]; there is room on the stack.
    pub fn w_field(L: *mut lua_State, index: c_int, name: *const c_char, n: usize) -> c_int;
    /// Writes a table of plain data into `room` bytes. How many it took; 0 when it holds something else, `usize::MAX`
    /// when there were too few.
    ///
    /// # Safety
    /// `index` is a position on the stack; `bytes` has `room` bytes.
    pub fn w_pack(L: *mut lua_State, index: c_int, bytes: *mut u8, room: usize) -> usize;
    /// Reads plain data and pushes it; 0 when it is something else, or damaged.
    ///
    /// # Safety
    /// There is room on the stack, the collector is stopped, and an allocation cannot fail.
    pub fn w_unpack(L: *mut lua_State, bytes: *const u8, n: usize) -> c_int;
    /// Pops the names that environments inherit, and the types among them (nil for none); pushes their metatable.
    ///
    /// # Safety
    /// As [`w_proc`]; both lie on top.
    pub fn w_push_environment(L: *mut lua_State);
    /// Pushes the memory of the classes, which must be kept alive.
    ///
    /// # Safety
    /// As [`w_proc`].
    pub fn w_push_classes(L: *mut lua_State);
    /// The table on top, which must be kept alive, is the metatable of class `k`.
    ///
    /// # Safety
    /// After [`w_push_classes`]; `k` is below 31.
    pub fn w_set_class(L: *mut lua_State, k: c_int, plain: c_int);
    /// Pushes an object of a class.
    ///
    /// # Safety
    /// The class was set.
    pub fn w_push_object(L: *mut lua_State, size: usize, values: c_int, k: c_int) -> *mut c_void;
    /// The memory of the value at `index` if it is an object of this class, else null.
    ///
    /// # Safety
    /// As [`w_proc`]; `index` is no pseudo-index.
    pub fn w_object(L: *mut lua_State, index: c_int, k: c_int) -> *mut c_void;
    /// The place of a task in a list.
    ///
    /// # Safety
    /// `co` is a task.
    pub fn w_task_place(co: *mut lua_State) -> u32;
    /// Sets it.
    ///
    /// # Safety
    /// `co` is a task.
    pub fn w_set_task_place(co: *mut lua_State, place: u32);
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
    /// Has the memory of a process that this thread has not run for a while fetched.
    ///
    /// # Safety
    /// `p` begins the block of a live process, which this thread runs.
    pub fn w_warm_up(p: *mut WProc);
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
    /// The coroutine that the function at `level` resumes, if that is one made by `coroutine.wrap`; else null.
    ///
    /// # Safety
    /// As [`w_proc`].
    pub fn w_wrapped_at(L: *mut lua_State, level: c_int) -> *mut lua_State;
    /// Where the function at `level` stands: its chunk's name and how long that is, and the line; null for none.
    ///
    /// # Safety
    /// The thread lives; the name is used before anything else runs in its state.
    pub fn w_place(L: *mut lua_State, level: c_int, len: *mut usize, line: *mut c_int) -> *const c_char;
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

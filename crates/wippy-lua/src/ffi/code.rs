//! Code on its way into a state: compiled elsewhere, loaded as bytecode.

use super::{Stack, api, lua_State, sys};
use crate::code::Code;
use std::ffi::{CString, c_char, c_int, c_void};

impl Stack {
    /// Loads bytecode that this program compiled and pushes the function; its environment is the table at `env`. The state
    /// uses the code where it lies: that its process keeps the program keeps it there.
    pub(crate) fn load(self, code: &Code, name: &str, env: c_int) -> Result<(), String> {
        let env = self.abs(env);
        self.phase(sys::PHASE_LOADING);
        let loaded = self.load_text(code.bytes(), name, c"B".as_ptr());
        self.phase(sys::PHASE_PLAIN);
        loaded?;
        self.push_index(env);
        // SAFETY: a main function has its environment as first upvalue.
        unsafe { api::lua_setupvalue(self.0, -2, 1) };
        Ok(())
    }

    fn load_text(self, code: &[u8], name: &str, mode: *const c_char) -> Result<(), String> {
        let name = CString::new(format!("={name}")).map_err(|_| "chunk name with a zero byte".to_owned())?;
        // SAFETY: the buffer outlives the call; errors come back as a status with a text on the stack.
        let status = unsafe { api::luaL_loadbufferx(self.0, code.as_ptr().cast(), code.len(), name.as_ptr(), mode) };
        if status == api::LUA_OK {
            return Ok(());
        }
        let text = self.to_text(-1).unwrap_or_else(|| "not enough memory".into());
        self.pop(1);
        Err(text)
    }
}

/// Compiles plain Lua to bytecode, in a state of its own.
///
/// # Errors
/// Lua's message: `name:line: …`.
pub(crate) fn compile(source: &str, name: &str) -> Result<Vec<u8>, String> {
    unsafe extern "C-unwind" fn append(_: *mut lua_State, p: *const c_void, n: usize, out: *mut c_void) -> c_int {
        if n == 0 {
            // The end of the dump is told by an empty piece without an address.
            return 0;
        }
        // SAFETY: `out` is the vector given to lua_dump below, `p` holds `n` bytes.
        unsafe { (*out.cast::<Vec<u8>>()).extend_from_slice(std::slice::from_raw_parts(p.cast(), n)) };
        0
    }
    // SAFETY: a plain state, used here and closed here; lua_dump only calls the writer.
    unsafe {
        let state = Stack(api::luaL_newstate());
        if state.0.is_null() {
            return Err("not enough memory".into());
        }
        let loaded = state.load_text(source.as_bytes(), name, c"t".as_ptr());
        let mut code = Vec::new();
        if loaded.is_ok() {
            api::lua_dump(state.0, append, (&raw mut code).cast(), 0);
        }
        api::lua_close(state.0);
        loaded.map(|()| code)
    }
}

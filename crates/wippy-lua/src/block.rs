//! Where a process lies: one block of memory that begins with its [`Proc`] and goes on with the objects of its state.

#![allow(unsafe_code, reason = "a value of Rust is put into a block that the C half hands out")]

use crate::process::Proc;
use std::ptr::NonNull;
use wippy_lua_sys as sys;

/// Blocks come in multiples of this.
const STEP: usize = 1024;

/// A process in its block. The state in it needs no closing: no object of ours owns anything outside, and no code of a
/// process that has ended may run.
pub(crate) struct Block {
    at: NonNull<Proc>,
    size: usize,
    /// Whether the block goes back to the pool.
    pooled: bool,
}

// SAFETY: a block belongs to one process alone, which one thread runs at a time; see `Proc`.
unsafe impl Send for Block {}

impl Block {
    /// Where objects begin in a block.
    pub(crate) const FIRST: usize = size_of::<Proc>().next_multiple_of(16);

    /// Puts `proc` into a new block of at least `bytes` bytes; `None` without memory.
    #[inline(always)]
    pub(crate) fn new(bytes: usize, proc: Proc) -> Option<Block> {
        let size = bytes.max(Block::FIRST).next_multiple_of(STEP);
        // SAFETY: `size` is a multiple of 1,024.
        let at = NonNull::new(unsafe { sys::w_block_take(size) })?;
        Some(Block::begin(at.cast(), size, proc, true))
    }

    /// Puts `proc` at the beginning of one of the two places of a build.
    pub(crate) fn in_build(build: *mut sys::WBuild, which: bool, proc: Proc) -> Block {
        let mut size = 0;
        // SAFETY: the build lives; `begin` puts the process where `w_build_enter` looks for it.
        unsafe {
            let at = NonNull::new_unchecked(sys::w_build_place(build, which.into(), &mut size));
            let block = Block::begin(at.cast(), size, proc, false);
            sys::w_build_enter(build, which.into(), &raw mut (*block.at.as_ptr()).c);
            block
        }
    }

    #[inline(always)]
    fn begin(at: NonNull<Proc>, size: usize, proc: Proc, pooled: bool) -> Block {
        const { assert!(align_of::<Proc>() <= STEP) }
        // SAFETY: the block is new, aligned to STEP and larger than a Proc; its first field is the WProc.
        unsafe {
            at.write(proc);
            sys::w_memory_open(&raw mut (*at.as_ptr()).c, size, Block::FIRST);
        }
        Block { at, size, pooled }
    }

    /// The process. A pointer, because functions that Lua calls reach it as well.
    pub(crate) fn proc(&self) -> *mut Proc {
        self.at.as_ptr()
    }

    /// Has what lies in the block fetched, for it is stepped now.
    pub(crate) fn warm_up(&self) {
        // SAFETY: a block begins with its process, which is about to be stepped by this thread.
        unsafe { sys::w_warm_up(self.at.as_ptr().cast()) }
    }

    /// The process, while nothing of it runs.
    pub(crate) fn at_rest(&mut self) -> &mut Proc {
        // SAFETY: it was put there by `begin`; nobody else has a reference while nothing of it runs.
        unsafe { self.at.as_mut() }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: the process was put there by `begin` and is used for the last time here; what it leaves outside of the
        // block goes before the block itself.
        unsafe {
            sys::w_memory_close(&raw mut (*self.at.as_ptr()).c);
            self.at.drop_in_place();
            if self.pooled {
                sys::w_block_give(self.at.as_ptr().cast(), self.size);
            }
        }
    }
}

#[cfg(test)]
mod tests;

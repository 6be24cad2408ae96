//! What the processes of a program are copied from.
//!
//! A state is furnished, given the program's code and, if that turns out to depend on nothing outside, run to the end of
//! its file-level code; twice, side by side, so that comparing shows which words are addresses. From then on a spawn
//! copies. What cannot be shown to be copyable is built for each process, which is also what copies are tested against.

#![allow(unsafe_code, reason = "drives the C half, which builds and compares")]

use crate::block::Block;
use crate::ffi::{self, Stack};
use crate::process::Proc;
use crate::program::Program;
use crate::state::{self, Prepared};
use std::ffi::{CStr, c_char, c_int};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use wippy_core::{Pid, Step, Values};
use wippy_lua_sys as sys;

/// Room in a block beyond what the template fills, until the template knows what its processes need before their first
/// wait.
const ROOM: usize = 1536;
/// Room beyond what they have needed so far.
const SPARE: usize = 160;
/// How many of them have to have waited.
const SAMPLE: u32 = 4;

/// A template of one version of a program.
pub(crate) struct Template {
    raw: NonNull<sys::WTemplate>,
    /// The file-level code was run: copies begin with the entry function.
    pub(crate) entry: Option<c_int>,
    /// The units' code, loaded and not run; empty when it was run.
    pub(crate) prepared: Vec<Prepared>,
    /// What the most demanding of its processes had used when it first waited, and how many have.
    needed: AtomicUsize,
    waited: AtomicU32,
}

// SAFETY: a template does not change once it is made; copying only reads it.
unsafe impl Send for Template {}
// SAFETY: as above.
unsafe impl Sync for Template {}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Template({} bytes, {} shared, {} moved)", self.bytes(), self.shared(), self.moved())
    }
}

impl Template {
    /// Makes the template of a program: one that has run its file-level code, or one that has merely loaded it.
    /// `None` when its processes have to be built one by one; why, goes to the log.
    pub(crate) fn make(program: &Arc<Program>, seed: u32) -> Option<Template> {
        let name = program.units.last().map_or("", |unit| &unit.chunk.name);
        let ran = Template::build(program, seed, true);
        let (template, reason) = match ran {
            Ok(template) => (Some(template), None),
            Err(reason) => match Template::build(program, seed, false) {
                Ok(template) => (Some(template), Some(format!("each process runs its file-level code: {reason}"))),
                Err(reason) => (None, Some(format!("each process is built: {reason}"))),
            },
        };
        if let Some(reason) = reason {
            tracing::debug!(target: "wippy", logger = "lua", entry = name, "no full template; {reason}");
        }
        template
    }

    fn build(program: &Arc<Program>, seed: u32, run: bool) -> Result<Template, String> {
        // SAFETY: no preconditions.
        let build = NonNull::new(unsafe { sys::w_build_begin() }).ok_or("not enough memory")?;
        let mut halves = Vec::with_capacity(2);
        for which in [false, true] {
            match Half::new(program, build.as_ptr(), which, seed, run) {
                Ok(half) => halves.push(half),
                Err(reason) => {
                    drop(halves);
                    // SAFETY: the processes in the build's blocks are gone.
                    unsafe { sys::w_build_drop(build.as_ptr()) };
                    return Err(reason);
                }
            }
        }
        let [first, second] = &halves[..] else { unreachable!("two were made above") };
        let task = |half: &Half| half.entry.map_or(std::ptr::null_mut(), |(task, _)| task.0);
        let tasks = [task(first), task(second)];
        let entry = first.entry.map(|(_, anchor)| anchor);
        let prepared = first.prepared.clone();
        // What Rust keeps for the two goes now; what C has written about them stays where it is.
        drop(halves);
        let mut why = [0 as c_char; 128];
        // SAFETY: both states are frozen, and their blocks are still there.
        let raw =
            unsafe { sys::w_build_finish(build.as_ptr(), Block::FIRST, tasks.as_ptr(), why.as_mut_ptr(), why.len()) };
        // SAFETY: `why` holds a text with an end.
        let reason = || unsafe { CStr::from_ptr(why.as_ptr()) }.to_string_lossy().into_owned();
        let raw = NonNull::new(raw).ok_or_else(reason)?;
        Ok(Template { raw, entry, prepared, needed: AtomicUsize::new(0), waited: AtomicU32::new(0) })
    }

    /// Bytes that a copy fills.
    pub(crate) fn bytes(&self) -> usize {
        // SAFETY: the template lives.
        unsafe { sys::w_template_bytes(self.raw.as_ptr()) }
    }

    /// Bytes that all copies share.
    pub(crate) fn shared(&self) -> usize {
        // SAFETY: the template lives.
        unsafe { sys::w_template_shared(self.raw.as_ptr()) }
    }

    fn moved(&self) -> usize {
        // SAFETY: the template lives.
        unsafe { sys::w_template_moved(self.raw.as_ptr()) }
    }

    /// Learns from a process that waits for the first time how much room such processes need.
    pub(crate) fn learn(&self, proc: &sys::WProc) {
        self.needed.fetch_max(proc.block_used(), Ordering::Relaxed);
        self.waited.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether that is still of interest.
    pub(crate) fn learns(&self) -> bool {
        self.waited.load(Ordering::Relaxed) < 1_000
    }

    /// A process with a state like this one; the task it begins with, if file-level code was run.
    #[inline(always)]
    pub(crate) fn copy(&self, proc: Proc) -> Option<(Block, Option<Stack>)> {
        let known = self.waited.load(Ordering::Relaxed) >= SAMPLE;
        let bytes = if known { self.needed.load(Ordering::Relaxed) + SPARE } else { self.bytes() + ROOM };
        let mut block = Block::new(bytes.max(self.bytes()), proc)?;
        // SAFETY: the block is larger than the template; the process keeps its program, and that this template, alive.
        let task = unsafe { sys::w_copy_state(&raw mut block.at_rest().c, self.raw.as_ptr()) };
        Some((block, (!task.is_null()).then_some(Stack(task))))
    }
}

impl Drop for Template {
    fn drop(&mut self) {
        // SAFETY: the program that owns the template is kept alive by all processes copied from it.
        unsafe { sys::w_template_free(self.raw.as_ptr()) }
    }
}

/// One of the two builds.
struct Half {
    block: Block,
    entry: Option<(Stack, c_int)>,
    prepared: Vec<Prepared>,
}

impl Half {
    fn new(program: &Arc<Program>, build: *mut sys::WBuild, which: bool, seed: u32, run: bool) -> Result<Half, String> {
        let proc = Proc::new(program.clone(), Pid::SYSTEM, [0, 0], program.memory_max);
        let mut block = Block::in_build(build, which, proc);
        let lua = ffi::new_state(&mut block.at_rest().c, seed).ok_or("not enough memory")?;
        state::furnish(lua, program);
        let prepared = state::prepare_all(lua, program).map_err(|e| e.to_string())?;
        let mut half = Half { block, entry: None, prepared: Vec::new() };
        if run {
            half.run(prepared)?
        } else {
            half.prepared = prepared
        }
        lua.set_top(0);
        // SAFETY: nothing runs in the state any more.
        let refused = unsafe { sys::w_build_freeze(&mut half.block.at_rest().c) };
        match NonNull::new(refused.cast_mut()) {
            None => Ok(half),
            // SAFETY: a text of the C half.
            Some(reason) => Err(unsafe { CStr::from_ptr(reason.as_ptr()) }.to_string_lossy().into_owned()),
        }
    }

    /// Runs the file-level code. An error means that each process has to.
    fn run(&mut self, prepared: Vec<Prepared>) -> Result<(), String> {
        let proc = self.block.at_rest();
        let program = proc.program.clone();
        proc.begin_loading(prepared, &program.method, Values::None);
        let done = Proc::load(self.block.proc());
        // SAFETY: nothing runs any more.
        let impurity = unsafe { sys::w_build_impurity(&raw const self.block.at_rest().c) };
        if !impurity.is_null() {
            // SAFETY: a text of the C half.
            let what = unsafe { CStr::from_ptr(impurity) }.to_string_lossy();
            return Err(format!("it depends on {what}"));
        }
        match done {
            Step::Started => {
                self.entry = Some(self.block.at_rest().entry_task().ok_or("it has no entry function")?);
                Ok(())
            }
            Step::Complete(Err(e)) => Err(format!("it fails: {e}")),
            _ => Err("it did not end".into()),
        }
    }
}

#[cfg(test)]
mod differences;
#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;

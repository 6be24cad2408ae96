//! The beginning of a process: its file-level code runs, unit by unit, until the entry function is known.

use super::Proc;
use crate::errors::AT_FILE_LEVEL;
use crate::ffi::{self, Stack, Status};
use crate::state::{self, Prepared, Running};
use crate::transfer;
use std::ffi::c_int;
use wippy_core::{Error, Step, Values};

/// How far the file-level code has come.
pub(super) struct Loading {
    /// The number of the unit that runs, or is about to.
    unit: usize,
    running: Option<Running>,
    prepared: Vec<Prepared>,
    /// What keeps the results of libraries alive.
    libraries: Vec<c_int>,
    method: String,
    args: Values,
}

impl Proc {
    /// The file-level code is run by the next steps.
    pub(crate) fn begin_loading(&mut self, prepared: Vec<Prepared>, method: &str, args: Values) {
        let method = method.to_owned();
        let loading = Loading { unit: 0, running: None, prepared, libraries: Vec::new(), method, args };
        self.loading = Some(Box::new(loading));
    }

    /// Runs file-level code until it is over, fails, or has to give way.
    pub(crate) fn load(proc: *mut Proc) -> Step {
        loop {
            let (running, c) = with!(proc, |p| {
                let Some(running) = p.begin_unit() else { return Step::Ready };
                p.c.loading = 1;
                p.c.target = std::ptr::null_mut();
                (running, &raw mut p.c)
            });
            let (status, results) = ffi::run_task(c, running.task);
            match with!(proc, |p| p.unit_stopped(running, status, results)) {
                Ok(Unit::Next) => {}
                Ok(Unit::Preempted) => return Step::Ready,
                Ok(Unit::Last) => return Step::Started,
                Err(e) => return Step::Complete(Err(e)),
            }
        }
    }

    /// The unit that runs, or that is to run now.
    fn begin_unit(&mut self) -> Option<Running> {
        let mut loading = self.loading.take()?;
        let running = loading.running.unwrap_or_else(|| {
            state::begin_unit(self, loading.unit, loading.prepared[loading.unit], &loading.libraries)
        });
        loading.running = Some(running);
        self.loading = Some(loading);
        Some(running)
    }

    fn unit_stopped(&mut self, running: Running, status: Status, results: c_int) -> Result<Unit, Error> {
        let script = |e: Error| e.context("failed to execute script");
        let task = running.task;
        if status == Status::Yielded && self.c.preempted != 0 {
            // It keeps its stack as it is: room for more would add up.
            self.c.preempted = 0;
            return Ok(Unit::Preempted);
        }
        task.room(20);
        match status {
            // The scheduler finds the kill before the next step.
            Status::Yielded if self.halted => Ok(Unit::Preempted),
            Status::Yielded => Err(script(match self.outcome.take() {
                Some(Err(given_up)) => given_up,
                _ => Error::internal(AT_FILE_LEVEL),
            })),
            Status::Failed => {
                let failed = self.failure(task);
                let error = Error::internal(failed.to_string()).with_retryable(failed.retryable());
                let error = error.with_details(failed.details().clone());
                Err(script(error.with_traceback(failed.traceback().unwrap_or_default())))
            }
            Status::Returned => {
                if results == 0 {
                    task.push_nil();
                } else {
                    task.set_top(task.top() - results + 1);
                }
                self.c.loading = 0;
                let mut loading = self.loading.take().expect("a unit of it has just stopped");
                if loading.unit + 1 < self.program.units.len() {
                    let library = state::end_library(self.lua(), running);
                    loading.libraries.push(library);
                    loading.unit += 1;
                    loading.running = None;
                    self.loading = Some(loading);
                    return Ok(Unit::Next);
                }
                self.begin_main(running, *loading)?;
                Ok(Unit::Last)
            }
        }
    }

    /// Finds the entry function in what the chunk returned, on top of its task, and makes it the first task.
    fn begin_main(&mut self, running: Running, loading: Loading) -> Result<(), Error> {
        let (chunk, method) = (running.task, &loading.method);
        match chunk.kind(-1) {
            ffi::FUNCTION if is_built_in(chunk) => {
                let what = format!("method \"{method}\" not found: the script must return a function of its own");
                return Err(Error::not_found(format!("{what}, not a built-in one")));
            }
            ffi::FUNCTION => {}
            ffi::TABLE => {
                let found = chunk.field(-1, method);
                if found != ffi::FUNCTION {
                    return Err(Error::not_found(format!("method \"{method}\" not found in module")));
                }
                if is_built_in(chunk) {
                    let what = format!("method \"{method}\" not found in module: it is a built-in function");
                    return Err(Error::not_found(format!("{what}, not one written in Lua")));
                }
            }
            _ => {
                let what = format!("method \"{method}\" not found: the script must return a table or a function");
                return Err(Error::not_found(what));
            }
        }
        // The chunk's task is over and serves again: a process needs no second one.
        chunk.insert(1);
        chunk.set_top(1);
        let (main, anchor) = (chunk, state::end_unit(running));
        for library in loading.libraries {
            self.lua().release(library);
        }
        let nargs = transfer::push_all(main, &loading.args);
        self.tasks.begin_main(main, anchor, nargs);
        Ok(())
    }
}

/// Whether the function on top is not written in Lua, as an entry function must be.
#[allow(unsafe_code, reason = "asked here alone")]
fn is_built_in(chunk: Stack) -> bool {
    // SAFETY: the thread is alive, its stack holds the value, and the call neither allocates nor raises.
    unsafe { wippy_lua_sys::lua::lua_iscfunction(chunk.0, -1) != 0 }
}

/// What the end of a unit's run means.
enum Unit {
    Next,
    Preempted,
    Last,
}

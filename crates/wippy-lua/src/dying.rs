//! The last words of a process that fails with a value of its own making: what the value's `__tostring` says.
//!
//! The function runs as the only task that is left, under the slice and the memory limit of its process. When it fails,
//! waits or says no text, the failure is told by the sort of the value, as for values without such a function.

use crate::errors;
use crate::ffi::{self, Stack, Status};
use crate::process::Proc;
use crate::tasks::Ready;
use std::ffi::c_int;
use wippy_core::{Cx, Error, Step};

/// A failure that is about to be told.
pub(crate) struct Dying {
    /// Runs `__tostring`.
    task: Stack,
    /// The failure as it is told when there are no words.
    error: Error,
}

impl Proc {
    /// A task has failed with the value on top of `base`: the end of the process, if nothing is left to say.
    pub(crate) fn failed(&mut self, base: Stack, error: Error) {
        if self.outcome.is_some() || self.dying.is_some() {
            return;
        }
        match self.begin_last_words(base) {
            Some(task) => self.dying = Some(Box::new(Dying { task, error })),
            None => self.outcome = Some(Err(error)),
        }
    }

    /// Makes the task, if the value has a `__tostring` that is a function.
    fn begin_last_words(&mut self, base: Stack) -> Option<Stack> {
        let value = base.top();
        let lua = self.lua();
        let has_form = matches!(base.kind(value), ffi::TABLE | ffi::USERDATA) && !errors::is_error(base, value);
        if !has_form || !base.room(8) || !lua.room(8) || !base.metatable(value) {
            return None;
        }
        if base.field(-1, "__tostring") != ffi::FUNCTION {
            base.set_top(value);
            return None;
        }
        // The thread stays on the main stack, which keeps it alive until the process is gone.
        base.move_to(lua, 1);
        let task = lua.new_task();
        base.set_top(value);
        base.push_index(value);
        base.move_to(task, 1);
        self.tasks.ready.clear();
        self.tasks.ready.push_back(Ready { base: task, target: Some(task), nargs: 1, give: None });
        Some(task)
    }

    /// The task with the last words has returned or failed. False for any other task.
    pub(crate) fn said(&mut self, base: Stack, status: Status, results: c_int) -> bool {
        let Some(dying) = self.dying.take_if(|dying| dying.task == base && status != Status::Yielded) else {
            return false;
        };
        let words =
            if status == Status::Returned && results > 0 { base.to_text(base.top() - results + 1) } else { None };
        self.outcome = Some(Err(match words {
            Some(words) => Error::internal(words).with_traceback(dying.error.traceback().unwrap_or_default()),
            None => dying.error,
        }));
        true
    }

    /// Runs nothing but the last words.
    pub(crate) fn speak(proc: *mut Proc, run: fn(*mut Proc, Ready)) -> Step {
        /// Borrows the process for one expression, as in `process`.
        fn with<T>(proc: *mut Proc, f: impl FnOnce(&mut Proc) -> T) -> T {
            #[allow(unsafe_code, reason = "the process is shared with functions that Lua calls, in turn")]
            // SAFETY: the pointer is the one that `step` was called on; Lua does not run while `f` does.
            unsafe {
                f(&mut *proc)
            }
        }
        loop {
            let next = with(proc, |p| {
                let task = p.dying.as_ref().map(|dying| dying.task);
                while let Some(ready) = p.tasks.ready.pop_front() {
                    if Some(ready.base) == task {
                        return Some(ready);
                    }
                }
                None
            });
            if let Some(ready) = next {
                run(proc, ready);
                // It is too late for other code.
                with(proc, |p| p.upgrade = None);
            } else if let Some(dying) = with(proc, |p| p.dying.take()) {
                // It waits, and nothing will come any more.
                return Step::Complete(Err(dying.error));
            }
            if let Some(step) = with(proc, |p| p.stopped()) {
                return step;
            }
            if Cx::with(|cx| cx.slice_over()).unwrap_or(false) {
                return Step::Ready;
            }
        }
    }
}

//! One call from Lua: its arguments, and the ways to answer, to fail and to wait.

use crate::errors::{self, AT_FILE_LEVEL};
use crate::ffi::{self, Stack};
use crate::process::Proc;
use crate::tasks::{OnAnswer, Pending};
use std::borrow::Cow;
use std::ffi::c_int;
use wippy_core::{Asked, Cx, Error, Reply};

/// What a function has done.
pub(crate) enum Out {
    /// Pushed this many results.
    Values(c_int),
    /// Prepared a wait.
    Wait,
    /// A turn of a long call is over; see `long`.
    Again,
    /// Cannot be part of a template, which is being built: each process has to do it by itself.
    Impure,
}

/// The value to raise is on top of the stack.
#[derive(Debug)]
pub(crate) struct Raised;

pub(crate) type Result<T = Out> = std::result::Result<T, Raised>;

/// One call from Lua.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    pub(crate) lua: Stack,
    /// The function's name, for messages.
    pub(crate) name: &'static str,
    /// 1 for functions called with a colon: arguments count from behind the object.
    pub(crate) hidden: c_int,
}

impl Call {
    /// Whether what runs is going to be part of a template.
    pub(crate) fn in_template(self) -> bool {
        !self.proc().c.build.is_null()
    }
    pub(crate) fn proc<'a>(self) -> &'a mut Proc {
        self.lua.proc()
    }
    /// Raises a text with the caller's position in front.
    pub(crate) fn raise<T>(self, text: &str) -> Result<T> {
        self.lua.room(8);
        let place = self.lua.place(1).map_or(String::new(), |(source, line)| format!("{source}:{line}: "));
        self.lua.push_str(&format!("{place}{text}"));
        Err(Raised)
    }
    pub(crate) fn bad_argument<T>(self, i: c_int, what: &str) -> Result<T> {
        match i - self.hidden {
            0 => self.raise(&format!("calling '{}' on bad self ({what})", self.name)),
            n => self.raise(&format!("bad argument #{n} to '{}' ({what})", self.name)),
        }
    }
    pub(crate) fn expected<T>(self, i: c_int, what: &str) -> Result<T> {
        self.bad_argument(i, &format!("{what} expected, got {}", self.lua.type_name(i)))
    }
    /// A string argument; numbers and Error objects pass as their text.
    pub(crate) fn text(self, i: c_int) -> Result<String> {
        match self.lua.kind(i) {
            ffi::STRING | ffi::NUMBER => Ok(errors::plain_text(self.lua, i)),
            ffi::USERDATA if errors::is_error(self.lua, i) => Ok(errors::display(self.lua, i)),
            _ => self.expected(i, "string"),
        }
    }
    /// As [`Call::text`]; a string is not copied. It lives as long as the argument stays on the stack.
    pub(crate) fn borrowed_text<'a>(self, i: c_int) -> Result<Cow<'a, str>> {
        match self.lua.to_str(i) {
            Some(text) => Ok(text),
            None => self.text(i).map(Cow::Owned),
        }
    }
    /// The bytes of a string, which live as long as the argument stays on the stack. A number is no string.
    ///
    /// # Errors
    /// INVALID, for functions that return such an error instead of raising it.
    pub(crate) fn bytes<'a>(self, i: c_int) -> std::result::Result<&'a [u8], Error> {
        match self.lua.kind(i) {
            ffi::STRING => Ok(self.lua.to_bytes(i).unwrap_or_default()),
            _ => {
                let (n, got) = (i - self.hidden, self.lua.type_name(i));
                let what = format!("a string is required as argument #{n} of '{}', got {got}", self.name);
                Err(Error::invalid(what).with_retryable(Some(false)))
            }
        }
    }
    pub(crate) fn is_absent(self, i: c_int) -> bool {
        matches!(self.lua.kind(i), ffi::NIL | ffi::NONE)
    }
    pub(crate) fn optional_text(self, i: c_int) -> Result<Option<String>> {
        if self.is_absent(i) { Ok(None) } else { self.text(i).map(Some) }
    }
    pub(crate) fn int(self, i: c_int) -> Result<i64> {
        if let Some(n) = self.lua.to_int(i) {
            return Ok(n);
        }
        match self.lua.to_float(i) {
            Some(f) if f.fract() == 0.0 && f.abs() < 9.2e18 => Ok(f as i64),
            Some(_) => self.bad_argument(i, "number has no integer representation"),
            None => self.expected(i, "number"),
        }
    }
    pub(crate) fn object<T: Copy>(self, i: c_int, class: &str, what: &str) -> Result<*mut T> {
        match self.lua.userdata::<T>(i, class) {
            Some(object) => Ok(object),
            None => self.expected(i, what),
        }
    }

    pub(crate) fn nothing(self) -> Result {
        Ok(Out::Values(0))
    }
    /// One result, which is on top.
    pub(crate) fn one(self) -> Result {
        Ok(Out::Values(1))
    }
    /// The value on top, and nil.
    pub(crate) fn good(self) -> Result {
        self.lua.push_nil();
        Ok(Out::Values(2))
    }
    pub(crate) fn good_bool(self, v: bool) -> Result {
        self.lua.push_bool(v);
        self.good()
    }
    pub(crate) fn good_text(self, v: &str) -> Result {
        self.lua.push_str(v);
        self.good()
    }
    /// Nil and an Error.
    pub(crate) fn bad(self, error: &Error) -> Result {
        self.lua.room(20);
        self.lua.push_nil();
        errors::push(self.lua, error);
        Ok(Out::Values(2))
    }
    /// `true, nil` or `nil, error`.
    pub(crate) fn done(self, result: std::result::Result<(), Error>) -> Result {
        match result {
            Ok(()) => self.good_bool(true),
            Err(e) => self.bad(&e),
        }
    }
    /// The process's context. Outside of a step there is none: then an error comes back.
    pub(crate) fn cx<T>(self, f: impl FnOnce(&mut Cx) -> T) -> std::result::Result<T, Error> {
        Cx::with(f)
    }
    /// Raises unless the running coroutine may wait.
    pub(crate) fn may_wait(self) -> Result<()> {
        if self.lua.can_wait() {
            return Ok(());
        }
        if self.proc().c.loading != 0 {
            return self.raise(AT_FILE_LEVEL);
        }
        self.raise("attempt to yield across a C-call boundary")
    }
    /// Waits for the answer to a request, or gives it at once.
    pub(crate) fn answered<R: Reply>(self, asked: std::result::Result<Asked<R>, Error>, push: OnAnswer) -> Result {
        match asked {
            Ok(Asked::Later(tag)) => {
                let waiter = self.proc().tasks.waiter(self.lua);
                self.proc().tasks.pending.insert(tag.raw(), Pending::Task { waiter, push });
                Ok(Out::Wait)
            }
            Ok(Asked::Done(answer)) => {
                self.lua.room(20);
                Ok(Out::Values(push(self.lua, answer.map(R::into_answer))))
            }
            Err(e) => Ok(Out::Values(push(self.lua, Err(e)))),
        }
    }
}

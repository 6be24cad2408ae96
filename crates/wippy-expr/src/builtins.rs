//! The functions that every program may call.

mod convert;
mod json;
mod lists;
mod numbers;
mod texts;

use crate::ast::Node;
use crate::check::{Type, types_of};
use crate::dates;
use crate::error::Error;
use crate::eval::{Got, Run};
use crate::value::Value;
use std::fmt;

/// A function.
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
    pub(crate) returns: Type,
    pub(crate) action: Action,
}

impl fmt::Debug for Builtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// What a function is called with.
pub(crate) enum Takes {
    /// One letter a parameter: `a` anything, `t` text, `n` number, `i` integer, `l` list, `m` map. `?` behind it: may be
    /// missing. `*` behind the last one: any number of them.
    Values(&'static str),
    /// A list or map, a closure, and `more` values.
    Closure { required: bool, decides: bool, more: usize },
}

pub(crate) type Plain = fn(&mut Run<'_>, &[Value]) -> Got;
pub(crate) type WithClosure = fn(&mut Run<'_>, &[Value], Option<&Node>) -> Got;

/// What a function does.
pub(crate) enum Action {
    Plain(Plain),
    Closure(WithClosure),
}

impl Builtin {
    pub(crate) const fn plain(name: &'static str, takes: &'static str, returns: Type, f: Plain) -> Builtin {
        Builtin { name, takes: Takes::Values(takes), returns, action: Action::Plain(f) }
    }

    pub(crate) const fn closure(name: &'static str, takes: Takes, returns: Type, f: WithClosure) -> Builtin {
        Builtin { name, takes, returns, action: Action::Closure(f) }
    }

    /// How many values it takes: at least and at most.
    pub(crate) fn count(&self) -> (usize, usize) {
        match self.takes {
            Takes::Values(letters) => {
                let all = letters.chars().filter(char::is_ascii_alphabetic).count();
                let optional = letters.matches('?').count();
                if letters.ends_with('*') { (all, usize::MAX) } else { (all - optional, all) }
            }
            Takes::Closure { more, .. } => (1, 1 + more),
        }
    }

    /// The letter of the n-th parameter.
    pub(crate) fn parameter(&self, n: usize) -> Option<char> {
        match self.takes {
            Takes::Values(letters) => {
                let mut all = letters.chars().filter(char::is_ascii_alphabetic);
                let last = if letters.ends_with('*') { letters.chars().rfind(char::is_ascii_alphabetic) } else { None };
                all.nth(n).or(last)
            }
            Takes::Closure { .. } => None,
        }
    }
}

/// Refuses an argument that is none of what the function takes.
pub(crate) fn accepts(builtin: &Builtin, n: usize, value: &Value) -> Result<(), Error> {
    let wanted = builtin.parameter(n).map_or(&[Type::Any][..], types_of);
    let found = Type::of(value);
    let number = matches!(found, Type::Int | Type::Float) && wanted.contains(&Type::Number);
    if number || wanted.contains(&Type::Any) || wanted.contains(&found) {
        return Ok(());
    }
    Err(unfit(builtin.name, n, value))
}

pub(crate) fn unfit(name: &str, n: usize, value: &Value) -> Error {
    Error::new(format!("invalid argument #{} for {name} (type {})", n + 1, value.sort()))
}

/// The function of this name.
pub(crate) fn find(name: &str) -> Option<&'static Builtin> {
    let tables = [convert::TABLE, json::TABLE, lists::TABLE, numbers::TABLE, texts::TABLE, dates::TABLE];
    tables.into_iter().flatten().find(|builtin| builtin.name == name)
}

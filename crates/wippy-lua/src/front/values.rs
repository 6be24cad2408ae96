//! Names in value position that stand for types.
//!
//! A type of the chunk itself keeps its name: its value stands behind the chunk's environment. A type of an inner block, or
//! one whose name the program also assigns, gets a name that no program uses. So does a type that `typeof(e)` is known to
//! be: it becomes `typeof(name or e)`, so that `e` is left alone.

use super::edits::Edits;
use super::tree::{Chunk, Declaration};

/// A global name that holds a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeValue {
    /// The name.
    pub global: String,
    /// Which type.
    pub of: ValueOf,
}

/// Which type a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueOf {
    /// A declaration: its block, and its place there.
    Declared(usize, usize),
    /// A built-in type.
    BuiltIn(&'static str),
    /// What is known of a `typeof(e)`, by its place in [`Chunk::asked`].
    Asked(usize),
}

/// What [`find`] has found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Type values.
    pub(super) values: Vec<TypeValue>,
    /// The libraries `string` or `table` are used as types.
    pub(super) libraries: bool,
    /// There is a `typeof(e)` that is an expression.
    pub(super) asks: bool,
}

/// Built-in types that are values unless the program defines such a name.
const BUILT_IN: &[&str] = &["any", "unknown", "never", "boolean", "number", "integer"];

/// All type values of a chunk.
pub(super) fn find(chunk: &Chunk<'_>, edits: &mut Edits) -> Found {
    let assigned = |name: &str| chunk.globals.iter().any(|g| g.assigned && g.name == name);
    let (mut values, mut libraries) = (Vec::new(), false);
    for used in chunk.globals.iter().filter(|g| !g.assigned) {
        let value = if let Some((scope, index)) = chunk.declared(used.scope, used.name) {
            let mut global = used.name.to_owned();
            if scope != 0 || assigned(used.name) {
                global = format!("__type_{scope}_{}", used.name);
                edits.blank(used.span.start, used.span.end);
                edits.insert(used.span.start, &global);
            }
            TypeValue { global, of: ValueOf::Declared(scope, index) }
        } else if let Some(name) = BUILT_IN.iter().find(|n| **n == used.name).filter(|n| !assigned(n)) {
            TypeValue { global: (*name).to_owned(), of: ValueOf::BuiltIn(name) }
        } else {
            let whole = used.field.is_none_or(|f| matches!(f, "is" | "kind" | "name"));
            libraries |= whole && matches!(used.name, "string" | "table");
            continue;
        };
        if !values.contains(&value) {
            values.push(value);
        }
    }
    // A program may have a function of this name.
    let asks = !chunk.asked.is_empty() && !assigned("typeof");
    for (i, asked) in chunk.asked.iter().enumerate().filter(|(_, a)| asks && a.known.is_some()) {
        let global = format!("__typeof_{i}");
        let (open, close) = if asked.bare { ("(", ")") } else { ("", "") };
        edits.insert(asked.argument.start, &format!("{open}{global} or "));
        edits.insert(asked.argument.end, close);
        values.push(TypeValue { global, of: ValueOf::Asked(i) });
    }
    Found { values, libraries, asks }
}

impl<'a> Chunk<'a> {
    /// The declaration that a type name means in a block: the block, and the place among its types.
    pub fn declared(&self, scope: usize, name: &str) -> Option<(usize, usize)> {
        let mut at = Some(scope);
        while let Some(scope) = at {
            if let Some(index) = self.scopes[scope].types.iter().position(|d| d.name == name) {
                return Some((scope, index));
            }
            at = self.scopes[scope].parent;
        }
        None
    }

    /// Whether a type name is a type parameter of a function around.
    pub fn is_parameter(&self, scope: usize, name: &str) -> bool {
        let mut at = Some(scope);
        while let Some(scope) = at {
            if self.scopes[scope].parameters.contains(&name) {
                return true;
            }
            at = self.scopes[scope].parent;
        }
        false
    }

    /// All declarations with the block that holds them.
    pub fn declarations(&self) -> impl Iterator<Item = (usize, usize, &Declaration<'a>)> {
        let of = |(scope, s): (usize, &'_ super::tree::Scope<'a>)| (scope, s.types.len());
        let places: Vec<_> = self.scopes.iter().enumerate().map(of).collect();
        places.into_iter().flat_map(move |(scope, n)| (0..n).map(move |i| (scope, i, &self.scopes[scope].types[i])))
    }
}

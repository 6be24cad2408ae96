//! Names in value position that stand for types.
//!
//! A type of the chunk itself keeps its name: its value stands behind the chunk's environment. A type of an inner block, or
//! one whose name the program also assigns, gets a name that no program uses.

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
}

/// Built-in types that are values unless the program defines such a name.
const BUILT_IN: &[&str] = &["any", "unknown", "never", "boolean", "number", "integer"];

/// All type values of a chunk, and whether it uses the libraries `string` or `table` as types.
pub(super) fn find(chunk: &Chunk<'_>, edits: &mut Edits) -> (Vec<TypeValue>, bool) {
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
    (values, libraries)
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

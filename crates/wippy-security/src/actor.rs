//! The identity that policies judge.

use wippy_core::Tree;

/// Somebody who acts: a user, a service. A value, copied freely.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Actor {
    /// Who. Empty is legal, but nobody.
    pub id: String,
    /// What is known about it: a map, or [`Tree::Nil`].
    pub meta: Tree,
}

impl Actor {
    /// An actor.
    pub fn new(id: impl Into<String>, meta: Tree) -> Actor {
        Actor { id: id.into(), meta }
    }
}

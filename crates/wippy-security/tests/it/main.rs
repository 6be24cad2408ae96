//! Behaviour of the policy engine, seen from outside.

mod conditions;
mod patterns;
mod policies;
mod random;
mod scopes;

use std::sync::Arc;
use wippy_core::Tree;
use wippy_security::condition::{Condition, Undecidable};
use wippy_security::{Actor, Decision, Policy, Request};

/// All operators of conditions.
pub(crate) const OPERATORS: [&str; 14] = [
    "exists",
    "nexists",
    "eq",
    "ne",
    "lt",
    "gt",
    "lte",
    "gte",
    "in",
    "nin",
    "contains",
    "ncontains",
    "matches",
    "nmatches",
];

/// A tree.
pub(crate) fn t(value: impl Into<Tree>) -> Tree {
    value.into()
}

/// A list.
pub(crate) fn list<V: Into<Tree>>(items: impl IntoIterator<Item = V>) -> Tree {
    Tree::List(items.into_iter().map(Into::into).collect())
}

/// A condition that compares with a literal.
pub(crate) fn condition(field: &str, operator: &str, value: impl Into<Tree>) -> Tree {
    Tree::map([("field", t(field)), ("operator", t(operator)), ("value", value.into())])
}

/// A condition that compares with another field.
pub(crate) fn condition_from(field: &str, operator: &str, value_from: &str) -> Tree {
    Tree::map([("field", field), ("operator", operator), ("value_from", value_from)])
}

/// The `policy` part of an entry, without conditions.
pub(crate) fn rule(actions: impl Into<Tree>, resources: impl Into<Tree>, effect: &str) -> Tree {
    Tree::map([("actions", actions.into()), ("resources", resources.into()), ("effect", t(effect))])
}

/// The `policy` part of an entry that concerns everything, under conditions.
pub(crate) fn conditional(effect: &str, conditions: impl IntoIterator<Item = Tree>) -> Tree {
    let mut tree = rule("*", "*", effect);
    tree.set("conditions", list(conditions));
    tree
}

/// The policy of a tree that is one.
pub(crate) fn policy(id: &str, tree: &Tree) -> Arc<Policy> {
    Arc::new(Policy::parse(id, tree).unwrap_or_else(|e| panic!("{e}: {tree:?}")))
}

/// Somebody with metadata.
pub(crate) fn ann() -> Actor {
    Actor::new("user:ann", Tree::map([("role", t("admin")), ("level", t(7))]))
}

/// What a policy tree says about a request by [`ann`].
pub(crate) fn decide(tree: &Tree, action: &str, resource: &str, meta: &Tree) -> Decision {
    policy("app:p", tree).evaluate(&ann(), &Request { action, resource, meta })
}

/// Whether one condition holds for a request by [`ann`].
pub(crate) fn holds(tree: &Tree, meta: &Tree) -> Result<bool, Undecidable> {
    let condition = Condition::parse(tree, "conditions.0").unwrap_or_else(|e| panic!("{e}: {tree:?}"));
    condition.holds(&ann(), &Request { action: "store.get", resource: "app:cart", meta })
}

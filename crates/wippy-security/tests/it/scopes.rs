//! Scopes: sets of policies, and what they say together.

use crate::{ann, condition, conditional, policy, rule, t};
use std::sync::Arc;
use wippy_core::Tree;
use wippy_security::{Actor, Decision, Policy, Request, Scope};

const REQUEST: Request<'static> = Request { action: "store.get", resource: "app:cart", meta: &Tree::Nil };

fn ids(scope: &Scope) -> Vec<&str> {
    let mut ids: Vec<_> = scope.policies().map(|p| p.id()).collect();
    ids.sort_unstable();
    ids
}

fn allow(id: &str) -> Arc<Policy> {
    policy(id, &rule("store.*", "app:*", "allow"))
}

fn deny(id: &str) -> Arc<Policy> {
    policy(id, &rule("store.*", "app:*", "deny"))
}

fn silent(id: &str) -> Arc<Policy> {
    policy(id, &rule("queue.*", "*", "deny"))
}

/// A deny whose condition cannot be evaluated.
fn broken(id: &str) -> Arc<Policy> {
    policy(id, &conditional("deny", [condition("action", "gt", 1)]))
}

#[test]
fn an_empty_scope_says_nothing() {
    for scope in [Scope::default(), Scope::new([]), Scope::new([allow("a:a")]).without("a:a")] {
        assert_eq!(scope.evaluate(&ann(), &REQUEST), Decision::Undefined);
        assert_eq!(scope.evaluate(&Actor::default(), &REQUEST), Decision::Undefined);
        assert_eq!(ids(&scope), [""; 0]);
    }
}

#[test]
fn deny_wins_over_allow_and_allow_over_silence() {
    type Make = fn(&str) -> Arc<Policy>;
    let (a, d, s, b): (Make, Make, Make, Make) = (allow, deny, silent, broken);
    let rows = [
        (vec![a], Decision::Allow),
        (vec![d], Decision::Deny),
        (vec![s], Decision::Undefined),
        (vec![b], Decision::Undefined),
        (vec![a, a], Decision::Allow),
        (vec![a, s], Decision::Allow),
        (vec![a, b], Decision::Allow),
        (vec![d, s], Decision::Deny),
        (vec![d, b], Decision::Deny),
        (vec![s, b], Decision::Undefined),
        (vec![a, d], Decision::Deny),
        (vec![a, a, d], Decision::Deny),
        (vec![a, d, s, b], Decision::Deny),
        (vec![a, s, b], Decision::Allow),
    ];
    for (makers, expected) in rows {
        // Names in both orders, so that each policy comes first and last once.
        let count = makers.len();
        let up: Vec<_> = makers.iter().enumerate().map(|(i, make)| make(&format!("p:{i}"))).collect();
        let down: Vec<_> = makers.iter().enumerate().map(|(i, make)| make(&format!("p:{}", count - i))).collect();
        for policies in [up.clone(), up.into_iter().rev().collect(), down] {
            let scope = Scope::new(policies);
            assert_eq!(scope.policies().count(), count);
            assert_eq!(scope.evaluate(&ann(), &REQUEST), expected, "{scope:?}");
        }
    }
}

#[test]
fn with_gives_a_new_scope_and_leaves_the_old_one() {
    let empty = Scope::default();
    let one = empty.with(allow("a:a"));
    let two = one.with(deny("a:d"));
    assert_eq!((ids(&empty), ids(&one), ids(&two)), (vec![], vec!["a:a"], vec!["a:a", "a:d"]));
    let decisions = [&empty, &one, &two].map(|scope| scope.evaluate(&ann(), &REQUEST));
    assert_eq!(decisions, [Decision::Undefined, Decision::Allow, Decision::Deny]);
}

#[test]
fn without_gives_a_new_scope_and_leaves_the_old_one() {
    let both = Scope::new([allow("a:a"), deny("a:d")]);
    let one = both.without("a:d");
    assert_eq!((ids(&both), ids(&one)), (vec!["a:a", "a:d"], vec!["a:a"]));
    assert_eq!(both.evaluate(&ann(), &REQUEST), Decision::Deny);
    assert_eq!(one.evaluate(&ann(), &REQUEST), Decision::Allow);
}

#[test]
fn removing_an_absent_id_changes_nothing() {
    let scope = Scope::new([allow("a:a")]);
    for id in ["", "a", "a:", ":a", "a:b", "A:A", "*", "a:*"] {
        let same = scope.without(id);
        assert_eq!(ids(&same), ["a:a"], "{id}");
        assert_eq!(same.evaluate(&ann(), &REQUEST), Decision::Allow, "{id}");
    }
}

#[test]
fn contains_asks_for_the_exact_id() {
    let scope = Scope::new([allow("a:a"), silent("b:b")]);
    for (id, expected) in [("a:a", true), ("b:b", true), ("a:b", false), ("a", false), ("A:a", false), ("", false)] {
        assert_eq!(scope.contains(id), expected, "{id}");
    }
    assert!(!scope.without("a:a").contains("a:a"));
    assert!(scope.with(deny("a:b")).contains("a:b"));
    assert!(!Scope::default().contains("a:a"));
}

#[test]
fn a_policy_replaces_one_of_the_same_id() {
    let denied = Scope::new([allow("a:x"), deny("a:x")]);
    assert_eq!((ids(&denied), denied.evaluate(&ann(), &REQUEST)), (vec!["a:x"], Decision::Deny));
    let allowed = denied.with(allow("a:x"));
    assert_eq!((ids(&allowed), allowed.evaluate(&ann(), &REQUEST)), (vec!["a:x"], Decision::Allow));
    assert_eq!(denied.evaluate(&ann(), &REQUEST), Decision::Deny, "the scope it was made from");
}

#[test]
fn a_scope_keeps_the_policies_it_was_made_of() {
    let old = allow("a:x");
    let alive = Scope::new([old.clone()]);
    let copy = alive.clone();
    let updated = alive.with(deny("a:x"));
    for scope in [&alive, &copy] {
        assert!(Arc::ptr_eq(scope.policies().next().unwrap(), &old));
        assert_eq!(scope.evaluate(&ann(), &REQUEST), Decision::Allow);
    }
    assert_eq!(updated.evaluate(&ann(), &REQUEST), Decision::Deny);
}

#[test]
fn not_an_admin_takes_two_policies() {
    let differs = policy("a:ne", &conditional("allow", [condition("actor.meta.role", "ne", "admin")]));
    let missing = policy("a:nexists", &conditional("allow", [condition("actor.meta.role", "nexists", true)]));
    let scopes = [Scope::new([differs.clone()]), Scope::new([differs, missing])];
    let rows = [
        (Tree::map([("role", "admin")]), [Decision::Undefined, Decision::Undefined]),
        (Tree::map([("role", "guest")]), [Decision::Allow, Decision::Allow]),
        (Tree::map([("other", "x")]), [Decision::Undefined, Decision::Allow]),
        (Tree::map([("role", Tree::Nil)]), [Decision::Undefined, Decision::Allow]),
        (Tree::Nil, [Decision::Undefined, Decision::Allow]),
    ];
    for (meta, expected) in rows {
        let actor = Actor::new("user:x", meta);
        assert_eq!([&scopes[0], &scopes[1]].map(|s| s.evaluate(&actor, &REQUEST)), expected, "{actor:?}");
    }
}

#[test]
fn an_actor_is_a_value() {
    let actor = Actor::new("user:ann", Tree::map([("role", "admin")]));
    let mut copy = actor.clone();
    assert_eq!(copy, actor);
    copy.meta.set("role", "guest");
    copy.id.clear();
    assert_eq!((actor.id.as_str(), actor.meta.get("role")), ("user:ann", Some(&t("admin"))));
    let scope = Scope::new([policy("a:p", &conditional("allow", [condition("actor.meta.role", "eq", "admin")]))]);
    let decisions = [&actor, &copy].map(|actor| scope.evaluate(actor, &REQUEST));
    assert_eq!(decisions, [Decision::Allow, Decision::Undefined]);
}

#[test]
fn an_actor_without_id_and_metadata_may_still_be_allowed() {
    let scope = Scope::new([allow("a:a")]);
    assert_eq!(scope.evaluate(&Actor::default(), &REQUEST), Decision::Allow);
}

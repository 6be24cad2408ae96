//! Policies: what may be written, and what it says.

use crate::{OPERATORS, ann, condition, condition_from, conditional, decide, list, policy, rule, t};
use wippy_core::Tree;
use wippy_security::{Actor, Decision, Policy, PolicyError, Request};

fn valid() -> Tree {
    conditional("allow", [condition("action", "eq", "x"), condition("resource", "matches", "^a")])
}

/// Asserts that parsing fails and that the error names this path, in its field and in its text.
fn refused(tree: &Tree, path: &str) -> PolicyError {
    let error = Policy::parse("app:p", tree).expect_err(&format!("{tree:?}"));
    assert_eq!(error.field(), path, "{tree:?}");
    assert!(error.to_string().contains(path), "{error} does not name {path}");
    error
}

fn without(tree: &Tree, key: &str) -> Tree {
    let pairs = tree.as_map().unwrap().iter().filter(|(k, _)| k.as_str() != Some(key)).cloned();
    Tree::Map(pairs.collect())
}

fn with(tree: &Tree, key: &str, value: impl Into<Tree>) -> Tree {
    let mut tree = tree.clone();
    tree.set(key, value);
    tree
}

#[test]
fn a_policy_keeps_its_id() {
    assert_eq!(policy("app.sec:may_publish", &valid()).id(), "app.sec:may_publish");
}

#[test]
fn decisions_have_their_names() {
    let rows = [(Decision::Allow, "allow"), (Decision::Deny, "deny"), (Decision::Undefined, "undefined")];
    for (decision, name) in rows {
        assert_eq!(decision.as_str(), name);
    }
}

#[test]
fn actions_and_resources_are_a_text_or_a_list() {
    for field in ["actions", "resources"] {
        for good in [t("*"), t("x"), list(["x"]), list(["x", "y"]), list([""]), list([1])] {
            policy("app:p", &with(&valid(), field, good));
        }
        refused(&without(&valid(), field), field);
        for bad in [Tree::Nil, t(""), list::<Tree>([]), t(1), t(0.5), t(true), Tree::map([("x", "y")])] {
            refused(&with(&valid(), field, bad), field);
        }
    }
}

#[test]
fn the_effect_is_allow_or_deny() {
    for good in ["allow", "deny"] {
        policy("app:p", &with(&valid(), "effect", good));
    }
    refused(&without(&valid(), "effect"), "effect");
    for bad in [Tree::Nil, t(""), t("Allow"), t("DENY"), t("undefined"), t(" allow"), t(1), t(true), list(["allow"])] {
        refused(&with(&valid(), "effect", bad), "effect");
    }
}

#[test]
fn conditions_are_an_optional_list() {
    for good in [Tree::Nil, list::<Tree>([])] {
        policy("app:p", &with(&valid(), "conditions", good));
    }
    policy("app:p", &without(&valid(), "conditions"));
    for bad in [t("x"), t(""), t(1), t(true), condition("action", "eq", "x")] {
        refused(&with(&valid(), "conditions", bad), "conditions");
    }
}

#[test]
fn a_condition_is_a_map() {
    for bad in [Tree::Nil, t("action eq x"), t(1), list(["action", "eq", "x"])] {
        refused(&conditional("allow", [bad.clone()]), "conditions.0");
        refused(&conditional("allow", [condition("action", "eq", "x"), bad]), "conditions.1");
    }
}

#[test]
fn a_condition_needs_field_operator_and_value() {
    let good = condition("action", "eq", "x");
    // Key, value (none: the key is missing), path of the error inside the condition.
    let rows = [
        ("field", None, "field"),
        ("field", Some(Tree::Nil), "field"),
        ("field", Some(t("")), "field"),
        ("field", Some(t(1)), "field"),
        ("operator", None, "operator"),
        ("operator", Some(Tree::Nil), "operator"),
        ("operator", Some(t("")), "operator"),
        ("operator", Some(t(1)), "operator"),
        ("operator", Some(t("equals")), "operator"),
        ("operator", Some(t("EQ")), "operator"),
        ("operator", Some(t("=")), "operator"),
        ("operator", Some(t("not_in")), "operator"),
        ("value", None, "value"),
        ("value", Some(Tree::Nil), "value"),
    ];
    for (key, value, path) in rows {
        let bad = match value {
            Some(value) => with(&good, key, value),
            None => without(&good, key),
        };
        refused(&conditional("deny", [bad.clone()]), &format!("conditions.0.{path}"));
        refused(&conditional("deny", [good.clone(), good.clone(), bad]), &format!("conditions.2.{path}"));
    }
}

#[test]
fn an_empty_value_from_is_none() {
    let bad = condition_from("action", "eq", "");
    refused(&conditional("allow", [bad.clone()]), "conditions.0.value");
    let tree = conditional("allow", [with(&bad, "value", "store.get")]);
    assert_eq!(decide(&tree, "store.get", "r", &Tree::Nil), Decision::Allow);
}

#[test]
fn every_operator_takes_a_value_or_a_value_from() {
    for operator in OPERATORS {
        policy("app:p", &conditional("allow", [condition("action", operator, "x")]));
        policy("app:p", &conditional("allow", [condition_from("action", operator, "resource")]));
        policy("app:p", &conditional("allow", [with(&condition_from("action", operator, "x"), "value", "y")]));
        policy("app:p", &conditional("allow", [with(&condition_from("action", operator, "x"), "value", Tree::Nil)]));
    }
}

#[test]
fn a_value_may_be_anything_but_null() {
    for value in [t(false), t(0), t(""), t(0.0), list::<Tree>([]), Tree::Map(Vec::new())] {
        policy("app:p", &conditional("allow", [condition("action", "eq", value)]));
    }
}

#[test]
fn a_literal_pattern_must_compile() {
    for operator in ["matches", "nmatches"] {
        // The last three ask for what the dialect does not have.
        for bad in ["(", "[a", "*a", "a)", "(?P<n", "\\", "(?=a)", "(?!a)", "(a)\\1"] {
            let broken = condition("action", operator, bad);
            let error = refused(&conditional("allow", [broken.clone()]), "conditions.0.value");
            assert!(matches!(error, PolicyError::Pattern { .. }), "{error:?}");
            refused(&conditional("deny", [condition("action", "eq", "x"), broken.clone()]), "conditions.1.value");
            // Also when another source of the value wins.
            refused(&conditional("deny", [with(&broken, "value_from", "actor.id")]), "conditions.0.value");
        }
    }
}

#[test]
fn a_text_that_is_no_pattern_is_fine_for_other_operators() {
    for operator in OPERATORS.into_iter().filter(|o| !o.ends_with("matches")) {
        policy("app:p", &conditional("allow", [condition("action", operator, "(")]));
    }
}

#[test]
fn what_is_no_map_is_no_policy() {
    for tree in [Tree::Nil, t("allow"), t(1), list(["allow"]), Tree::Map(Vec::new())] {
        let error = Policy::parse("app:p", &tree).expect_err(&format!("{tree:?}"));
        assert!(["actions", "resources", "effect"].contains(&error.field()), "{error:?}");
    }
}

#[test]
fn without_conditions_a_policy_is_unconditional() {
    for conditions in [None, Some(Tree::Nil), Some(list::<Tree>([]))] {
        for (effect, expected) in [("allow", Decision::Allow), ("deny", Decision::Deny)] {
            let mut tree = rule("store.*", "app:*", effect);
            if let Some(conditions) = conditions.clone() {
                tree.set("conditions", conditions);
            }
            let nobody = Actor::default();
            let request = Request { action: "store.get", resource: "app:cart", meta: &Tree::Nil };
            assert_eq!(policy("app:p", &tree).evaluate(&nobody, &request), expected);
        }
    }
}

#[test]
fn action_and_resource_must_both_match() {
    let rows = [
        ("store.get", "app:cart", Decision::Deny),
        ("store.get", "other:cart", Decision::Undefined),
        ("queue.get", "app:cart", Decision::Undefined),
        ("queue.get", "other:cart", Decision::Undefined),
    ];
    for (action, resource, expected) in rows {
        assert_eq!(decide(&rule("store.*", "app:*", "deny"), action, resource, &Tree::Nil), expected, "{action}");
    }
}

#[test]
fn all_conditions_must_hold_and_a_broken_one_leaves_the_policy_undefined() {
    let (yes, no) = (condition("action", "eq", "a"), condition("action", "eq", "b"));
    let broken = condition("action", "lt", 5);
    let rows = [
        (vec![&yes], true),
        (vec![&no], false),
        (vec![&broken], false),
        (vec![&yes, &yes], true),
        (vec![&yes, &no], false),
        (vec![&no, &yes], false),
        (vec![&yes, &yes, &no], false),
        (vec![&yes, &broken], false),
        (vec![&broken, &yes], false),
        (vec![&no, &broken], false),
        (vec![&broken, &no], false),
        (vec![&yes, &yes, &yes], true),
    ];
    for (conditions, holds) in rows {
        for (effect, decision) in [("allow", Decision::Allow), ("deny", Decision::Deny)] {
            let tree = conditional(effect, conditions.iter().map(|c| (*c).clone()));
            let expected = if holds { decision } else { Decision::Undefined };
            assert_eq!(decide(&tree, "a", "r", &Tree::Nil), expected, "{tree:?}");
        }
    }
}

#[test]
fn each_way_to_break_a_condition_leaves_a_deny_undefined() {
    let meta = Tree::map([("text", t("abc")), ("list", list(["a"])), ("number", t(5))]);
    let broken = [
        condition("actor", "exists", true),
        condition("meta", "exists", true),
        condition("actor.other", "ne", "x"),
        condition_from("action", "ne", "actor"),
        condition_from("action", "ne", "meta"),
        condition_from("action", "ne", "actor.other"),
        condition("meta.text", "lt", 5),
        condition("meta.text", "gt", 5),
        condition("meta.number", "lte", "x"),
        condition("meta.number", "gte", list([1])),
        condition("meta.number", "in", 5),
        condition("meta.number", "nin", 6),
        condition("meta.text", "contains", list(["a"])),
        condition("meta.text", "ncontains", list(["z"])),
        condition("meta.list", "matches", "a"),
        condition("meta.list", "nmatches", "z"),
        condition("meta.number", "matches", 5),
        condition("meta.number", "nmatches", 6),
        condition_from("meta.text", "matches", "meta.text"),
        condition_from("meta.text", "nmatches", "action"),
    ];
    for condition in broken {
        let tree = conditional("deny", [condition]);
        assert_eq!(decide(&tree, "a", "r", &meta), Decision::Undefined, "{tree:?}");
    }
}

#[test]
fn a_condition_on_the_actor_leaves_a_deny_undefined_for_an_actor_without_id_and_metadata() {
    let request = Request { action: "a", resource: "r", meta: &Tree::Nil };
    for path in ["actor.id", "actor.meta", "actor.meta.role"] {
        let deny = policy("app:p", &conditional("deny", [condition(path, "exists", false)]));
        assert_eq!(deny.evaluate(&Actor::default(), &request), Decision::Undefined, "{path}");
    }
    let deny = policy("app:p", &conditional("deny", [condition("actor.meta.role", "exists", false)]));
    assert_eq!(deny.evaluate(&Actor::new("", Tree::Map(Vec::new())), &request), Decision::Deny);
}

#[test]
fn a_publisher_needs_its_tier_and_its_own_queue() {
    let tree = Tree::map([
        ("actions", list(["queue.publish", "queue.publish.*"])),
        ("resources", t("*")),
        ("effect", t("allow")),
        (
            "conditions",
            list([
                condition("actor.meta.tier", "in", list(["gold", "silver"])),
                condition_from("meta.owner", "eq", "actor.id"),
            ]),
        ),
    ]);
    let may_publish = policy("app:may_publish", &tree);
    // Action, tier, owner, decision.
    let rows = [
        ("queue.publish", "gold", "ann", Decision::Allow),
        ("queue.publish.now", "silver", "ann", Decision::Allow),
        ("queue.publisher", "gold", "ann", Decision::Allow),
        ("queue.consume", "gold", "ann", Decision::Undefined),
        ("queue.publish", "bronze", "ann", Decision::Undefined),
        ("queue.publish", "gold", "bob", Decision::Undefined),
    ];
    for (action, tier, owner, expected) in rows {
        let actor = Actor::new("ann", Tree::map([("tier", tier)]));
        let meta = Tree::map([("owner", owner)]);
        let decision = may_publish.evaluate(&actor, &Request { action, resource: "app:jobs", meta: &meta });
        assert_eq!(decision, expected, "{action} {tier} {owner}");
    }
    let request = Request { action: "queue.publish", resource: "app:jobs", meta: &Tree::Nil };
    assert_eq!(may_publish.evaluate(&ann(), &request), Decision::Undefined, "no metadata at all");
}

#[test]
fn one_policy_decides_about_messages_between_hosts() {
    let mut tree = rule("process.send.host", list(["app:system", "app:terminal"]), "deny");
    tree.set("conditions", list([condition("meta.source_host", "eq", "app:sandbox")]));
    let rows = [
        ("process.send.host", "app:system", "app:sandbox", Decision::Deny),
        ("process.send.host", "app:terminal", "app:sandbox", Decision::Deny),
        ("process.send.host", "app:workers", "app:sandbox", Decision::Undefined),
        ("process.send.host", "app:system", "app:workers", Decision::Undefined),
        ("process.send", "app:system", "app:sandbox", Decision::Undefined),
    ];
    for (action, resource, host, expected) in rows {
        let meta = Tree::map([("source_host", host)]);
        assert_eq!(decide(&tree, action, resource, &meta), expected, "{action} {resource} {host}");
    }
}

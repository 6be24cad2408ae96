//! Conditions that compare with another field.

use super::{ERROR, NO, YES};
use crate::{condition, condition_from, conditional, decide, holds, t};
use wippy_core::Tree;
use wippy_security::Decision;

#[test]
fn matches_with_value_from_never_decides() {
    let meta = Tree::map([("text", "abc"), ("pattern", "b")]);
    for operator in ["matches", "nmatches"] {
        for effect in ["allow", "deny"] {
            let tree = conditional(effect, [condition_from("meta.text", operator, "meta.pattern")]);
            assert_eq!(decide(&tree, "a", "r", &meta), Decision::Undefined, "{effect} {operator}");
        }
    }
}

#[test]
fn matches_with_value_from_may_meet_a_literal_pattern_of_its_own_condition() {
    let mut tree = condition("meta.text", "matches", "b");
    tree.set("value_from", "meta.pattern");
    assert_eq!(holds(&tree, &Tree::map([("text", "abc"), ("pattern", "b")])), YES);
    assert_eq!(holds(&tree, &Tree::map([("text", "xyz"), ("pattern", "b")])), NO);
    assert_eq!(holds(&tree, &Tree::map([("text", "abc"), ("pattern", "c")])), ERROR);
}

#[test]
fn matches_with_value_from_may_meet_a_literal_pattern_of_another_condition() {
    let tree = conditional(
        "allow",
        [condition("action", "matches", "^store"), condition_from("meta.text", "matches", "meta.pattern")],
    );
    let rows = [
        ("storefront", "^store", Decision::Allow),
        ("a store", "^store", Decision::Undefined),
        ("storefront", "store", Decision::Undefined),
    ];
    for (text, pattern, expected) in rows {
        let meta = Tree::map([("text", text), ("pattern", pattern)]);
        assert_eq!(decide(&tree, "store.get", "r", &meta), expected, "{text} {pattern}");
    }
}

#[test]
fn value_from_wins_over_value() {
    let mut tree = condition("meta.owner", "eq", "literal");
    tree.set("value_from", "actor.id");
    assert_eq!(holds(&tree, &Tree::map([("owner", "user:ann")])), YES);
    assert_eq!(holds(&tree, &Tree::map([("owner", "literal")])), NO);
    // Also when it leads nowhere.
    tree.set("value_from", "meta.gone");
    assert_eq!(holds(&tree, &Tree::map([("owner", "literal")])), NO);
    tree.set("value_from", "actor.other");
    assert_eq!(holds(&tree, &Tree::map([("owner", "literal")])), ERROR);
}

#[test]
fn value_from_reads_the_same_paths_as_field() {
    let meta = Tree::map([("owner", t("user:ann")), ("a", Tree::map([("b", 7)])), ("x.y", t("store.get"))]);
    let rows = [
        ("meta.owner", "eq", "actor.id", YES),
        ("actor.id", "eq", "owner", YES),
        ("actor.meta.level", "gte", "meta.a.b", YES),
        ("actor.meta.level", "lt", "meta.a.b", NO),
        ("action", "eq", "x.y", YES),
        ("resource", "ne", "action", YES),
        ("action", "eq", "actor", ERROR),
        ("action", "eq", "meta", ERROR),
        ("actor", "eq", "action", ERROR),
        ("meta", "eq", "action", ERROR),
    ];
    for (field, operator, from, expected) in rows {
        assert_eq!(holds(&condition_from(field, operator, from), &meta), expected, "{field} {operator} {from}");
    }
}

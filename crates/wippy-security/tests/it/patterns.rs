//! Patterns of actions and resources.

use crate::{decide, list, rule};
use wippy_core::Tree;
use wippy_security::{Decision, pattern};

/// Pattern, value, whether they match.
const TABLE: &[(&str, &str, bool)] = &[
    // `*` alone.
    ("*", "", true),
    ("*", "store.get", true),
    ("*", "*", true),
    // The same text.
    ("store.get", "store.get", true),
    ("", "", true),
    ("*.get", "*.get", true),
    ("a.*.c", "a.*.c", true),
    (".*", ".*", true),
    ("store.*", "store.*", true),
    // `p.*`: the dot goes too.
    ("store.*", "store.get", true),
    ("store.*", "store.", true),
    ("store.*", "store", true),
    ("store.*", "storefront", true),
    ("store.*", "stor", false),
    ("store.*", "my.store.get", false),
    ("a.*", "a", true),
    ("a.*", "abc", true),
    ("a.*", "", false),
    ("a.*", "b", false),
    ("a..*", "a.", true),
    ("a..*", "a", false),
    // `.*` is too short for that: only the star goes.
    (".*", ".get", true),
    (".*", ".", true),
    (".*", "get", false),
    (".*", "", false),
    // `p*`.
    ("doc:*", "doc:", true),
    ("doc:*", "doc:1", true),
    ("doc:*", "doc", false),
    ("doc:*", "docs:1", false),
    ("a*", "a", true),
    ("a*", "ab", true),
    ("a*", "ba", false),
    ("a*", "", false),
    ("**", "*", true),
    ("**", "*x", true),
    ("**", "x", false),
    ("**", "", false),
    // A star anywhere else is only a star.
    ("*.get", "store.get", false),
    ("*get", "get", false),
    ("a.*.c", "a.b.c", false),
    ("a*c", "abc", false),
    ("*.*", "*", true),
    ("*.*", "*x", true),
    ("*.*", "a.b", false),
    // No other wildcards, no expressions.
    ("store.?et", "store.get", false),
    ("store.[g]et", "store.get", false),
    ("store.+", "store.get", false),
    ("store", "store.get", false),
    ("store.get", "store", false),
    ("", "store", false),
    ("store", "", false),
    // Case counts, and every byte does.
    ("store.*", "Store.get", false),
    ("Store.get", "store.get", false),
    ("STORE.*", "store.get", false),
    (" store", "store", false),
    ("grüße.*", "grüße", true),
    ("grü*", "grüße", true),
    ("caf\u{e9}*", "caf\u{e9} noir", true),
    ("caf\u{e9}*", "cafe\u{301} noir", false),
    ("caf\u{e9}", "cafe\u{301}", false),
];

#[test]
fn only_a_trailing_star_is_special() {
    for &(pattern, value, expected) in TABLE {
        assert_eq!(pattern::matches(pattern, value), expected, "{pattern:?} on {value:?}");
    }
}

#[test]
fn actions_and_resources_follow_the_same_rules() {
    for &(pattern, value, expected) in TABLE {
        let wanted = if expected { Decision::Allow } else { Decision::Undefined };
        // An empty pattern is legal only inside a list.
        let tree = rule(list([pattern]), "*", "allow");
        assert_eq!(decide(&tree, value, "app:x", &Tree::Nil), wanted, "action {pattern:?} on {value:?}");
        let tree = rule("*", list([pattern]), "allow");
        assert_eq!(decide(&tree, "store.get", value, &Tree::Nil), wanted, "resource {pattern:?} on {value:?}");
        if !pattern.is_empty() {
            let tree = rule(pattern, pattern, "allow");
            assert_eq!(decide(&tree, value, value, &Tree::Nil), wanted, "single {pattern:?} on {value:?}");
        }
    }
}

#[test]
fn a_list_matches_when_any_item_does() {
    let patterns = list(["queue.publish", "store.*", "doc:*"]);
    let rows = [
        ("queue.publish", true),
        ("queue.publish.now", false),
        ("store.get", true),
        ("doc:7", true),
        ("docs", false),
        ("", false),
    ];
    for (value, expected) in rows {
        let wanted = if expected { Decision::Deny } else { Decision::Undefined };
        assert_eq!(decide(&rule(patterns.clone(), "*", "deny"), value, "r", &Tree::Nil), wanted, "action {value:?}");
        assert_eq!(decide(&rule("*", patterns.clone(), "deny"), "a", value, &Tree::Nil), wanted, "resource {value:?}");
    }
}

#[test]
fn an_empty_resource_is_reached_only_by_a_star_or_a_list_with_an_empty_text() {
    let rows = [
        (crate::t("*"), true),
        (list(["*"]), true),
        (list(["x", "*"]), true),
        (list([""]), true),
        (list(["x", ""]), true),
        (crate::t("x"), false),
        (crate::t("x*"), false),
        (crate::t(".*"), false),
        (crate::t("**"), false),
        (list(["x", "y.*"]), false),
    ];
    for (resources, expected) in rows {
        let wanted = if expected { Decision::Allow } else { Decision::Undefined };
        let tree = rule("system.exit", resources, "allow");
        assert_eq!(decide(&tree, "system.exit", "", &Tree::Nil), wanted, "{tree:?}");
    }
}

#[test]
fn items_that_are_no_text_are_skipped() {
    let mixed = Tree::List(vec![crate::t(7), Tree::Nil, crate::t(true), list(["store.*"]), crate::t("doc.*")]);
    let rows = [("doc.get", Decision::Allow), ("store.get", Decision::Undefined), ("7", Decision::Undefined)];
    for (value, wanted) in rows {
        assert_eq!(decide(&rule(mixed.clone(), "*", "allow"), value, "r", &Tree::Nil), wanted, "action {value:?}");
        assert_eq!(decide(&rule("*", mixed.clone(), "allow"), "a", value, &Tree::Nil), wanted, "resource {value:?}");
    }
}

#[test]
fn a_list_without_any_text_is_accepted_and_matches_nothing() {
    let tree = rule(list([1, 2]), "*", "allow");
    for action in ["", "1", "2", "*", "store.get"] {
        assert_eq!(decide(&tree, action, "r", &Tree::Nil), Decision::Undefined, "{action:?}");
    }
}

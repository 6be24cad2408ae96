//! `in`, `contains` and `matches`: values in lists, texts in texts, patterns.

use super::{ERROR, NO, YES, check_both, judge};
use crate::{condition_from, holds, list, t};
use wippy_core::Tree;

#[test]
fn in_looks_for_an_equal_element() {
    check_both(
        "in",
        "nin",
        [
            (t("gold"), list(["gold", "silver"]), YES),
            (t("silver"), list(["gold", "silver"]), YES),
            (t("bronze"), list(["gold", "silver"]), NO),
            (t("gol"), list(["gold", "silver"]), NO),
            (t("Gold"), list(["gold"]), NO),
            (t("gold"), list::<Tree>([]), NO),
            // By the rules of `eq`.
            (t(7), list(["x", "007"]), YES),
            (t("1e3"), list([t("x"), t(1000)]), YES),
            (t(true), list(["true"]), YES),
            (list([1]), list([list([1]), list([2])]), YES),
            (list([1]), list([1]), NO),
            (Tree::map([("a", 1)]), list([Tree::map([("a", 1)])]), YES),
            (t("x"), list([Tree::Nil]), NO),
            // A single text.
            (t("gold"), t("gold"), YES),
            (t(7), t("007"), YES),
            (t(true), t("true"), YES),
            (t("gold"), t("gold silver"), NO),
            (t("gold"), t(""), NO),
            (list(["gold"]), t("gold"), NO),
            // Anything else.
            (t(7), t(7), ERROR),
            (t(0.5), t(0.5), ERROR),
            (t(true), t(true), ERROR),
            (t("a"), Tree::map([("a", 1)]), ERROR),
        ],
    );
    let meta = Tree::map([("here", t("x")), ("list", list(["x"]))]);
    for operator in ["in", "nin"] {
        assert_eq!(holds(&condition_from("meta.here", operator, "meta.gone"), &meta), ERROR, "{operator} absent");
        let expected = Ok(operator == "in");
        assert_eq!(holds(&condition_from("meta.here", operator, "meta.list"), &meta), expected, "{operator} a field");
    }
}

#[test]
fn contains_looks_into_texts_and_lists() {
    check_both(
        "contains",
        "ncontains",
        [
            // Both have a text.
            (t("administrator"), t("admin"), YES),
            (t("administrator"), t("Admin"), NO),
            (t("admin"), t("administrator"), NO),
            (t("admin"), t(""), YES),
            (t(""), t(""), YES),
            (t(""), t("a"), NO),
            (t(5123), t(12), YES),
            (t(5123), t("12"), YES),
            (t("5123"), t(12), YES),
            (t(5123), t(21), NO),
            (t(-5), t("-"), YES),
            (t(2.5), t("2.5"), YES),
            (t(1e21), t("0000000000"), YES),
            (t(1e21), t("e"), NO),
            (t(1e-7), t("0.0000001"), YES),
            (t(true), t("ru"), YES),
            (t("falsehood"), t(false), YES),
            // A substring, not a number: no `eq` here.
            (t("007"), t("7.0"), NO),
            // A list: an equal element.
            (list(["red", "blue"]), t("red"), YES),
            (list(["red", "blue"]), t("re"), NO),
            (list(["007"]), t(7), YES),
            (list([t(1), t(true)]), t("true"), YES),
            (list::<Tree>([]), t("x"), NO),
            (list([list([1]), list([2])]), list([2]), YES),
            (list([1, 2]), list([1]), NO),
            (list([Tree::map([("a", 1)])]), Tree::map([("a", 1)]), YES),
            // A map has the text that debugging shows.
            (Tree::map([("tier", "gold")]), t("gold"), YES),
            (Tree::map([("tier", "gold")]), t("zinc"), NO),
            // A value without text, and no list to look into.
            (t("red"), list(["red"]), ERROR),
            (t(5), list([5]), ERROR),
            (t(true), list([true]), ERROR),
            (Tree::map([("a", 1)]), list(["a"]), ERROR),
        ],
    );
    let meta = Tree::map([("text", t("red")), ("list", list(["red"]))]);
    let rows = [("meta.text", ERROR), ("meta.list", NO)];
    for (field, expected) in rows {
        assert_eq!(holds(&condition_from(field, "contains", "meta.gone"), &meta), expected, "{field} contains absent");
        let expected = expected.map(|v| !v);
        assert_eq!(holds(&condition_from(field, "ncontains", "meta.gone"), &meta), expected, "{field} without absent");
    }
}

#[test]
fn matches_searches_unanchored() {
    check_both(
        "matches",
        "nmatches",
        [
            (t("user:ann"), t("^user:"), YES),
            (t("user:ann"), t("ann$"), YES),
            (t("user:ann"), t("er:a"), YES),
            (t("user:ann"), t("^ann"), NO),
            (t("user:ann"), t("ANN"), NO),
            (t("user:ann"), t("(?i)ANN"), YES),
            (t("user:ann"), t("[a-z]+:[a-z]+"), YES),
            (t("user:ann"), t("\\d"), NO),
            (t("user:ann"), t(""), YES),
            (t(""), t("^$"), YES),
            (t(404), t("^4..$"), YES),
            (t(2.5), t("^2\\.5$"), YES),
            (t(true), t("^tr"), YES),
            (t("@app:system|7"), t("@app:system\\|"), YES),
            // In the syntax of RE2.
            (t("٣"), t("\\d"), NO),
            (t("&"), t("^[a&&b]$"), YES),
            (t("a.b"), t("^\\Qa.b\\E\\z"), YES),
            (Tree::map([("tier", "gold")]), t("gold"), YES),
            (Tree::map([("tier", "gold")]), t("zinc"), NO),
            // Lists have no text.
            (list(["a"]), t("a"), ERROR),
            (list::<Tree>([]), t(""), ERROR),
        ],
    );
}

#[test]
fn matches_needs_a_pattern_that_was_compiled_with_the_policy() {
    for operator in ["matches", "nmatches"] {
        for value in [t(5), t(0.5), t(true), list(["5"]), Tree::map([("5", 5)])] {
            assert_eq!(judge(operator, &t("5"), &value), ERROR, "{operator} {value:?}");
        }
        let meta = Tree::map([("text", t("abc")), ("pattern", t("b")), ("none", Tree::Nil)]);
        for from in ["meta.pattern", "meta.text", "meta.none", "action"] {
            assert_eq!(holds(&condition_from("meta.text", operator, from), &meta), ERROR, "{operator} from {from}");
        }
    }
}

//! What equals what: values, numbers, texts, lists and maps.

use super::{NO, YES, check_both};
use crate::{condition_from, holds, list, t};
use wippy_core::Tree;

#[test]
fn eq_compares_values_then_numbers_then_texts() {
    check_both(
        "eq",
        "ne",
        [
            // The same.
            (t("admin"), t("admin"), YES),
            (t(""), t(""), YES),
            (t(7), t(7), YES),
            (t(0.5), t(0.5), YES),
            (t(true), t(true), YES),
            (t(false), t(false), YES),
            (t("nan"), t("nan"), YES),
            // Equal as numbers.
            (t(7), t(7.0), YES),
            (t(7.0), t("7"), YES),
            (t("7"), t(7), YES),
            (t("007"), t("7"), YES),
            (t("1e3"), t("1000"), YES),
            (t("1E3"), t(1000), YES),
            (t("+5"), t(5), YES),
            (t("-0"), t(0), YES),
            (t("5."), t(5), YES),
            (t(".5"), t(0.5), YES),
            (t("2.50"), t("2.5"), YES),
            (t("0x1p4"), t(16), YES),
            (t("0x1.8p1"), t("3"), YES),
            (t("0X1P+2"), t(4), YES),
            (t("0x.8p0"), t(0.5), YES),
            (t("0xaP0"), t("0xAp0"), YES),
            (t("-0x1p-1"), t(-0.5), YES),
            (t("inf"), t("+Inf"), YES),
            (t("-inf"), t(f64::NEG_INFINITY), YES),
            (t("inf"), t("-inf"), NO),
            (t(7), t(8), NO),
            (t("7"), t("7.1"), NO),
            (t("nan"), t("NaN"), NO),
            (t("nan"), t(f64::NAN), NO),
            (t(f64::NAN), t(f64::NAN), NO),
            // Equal as texts.
            (t(true), t("true"), YES),
            (t("true"), t(true), YES),
            (t("false"), t(false), YES),
            (t(true), t("True"), NO),
            (t(true), t(false), NO),
            (t(true), t("1"), NO),
            (t(true), t(1), NO),
            (t(false), t(0), NO),
            (t("admin"), t("Admin"), NO),
            (t("admin"), t("admin "), NO),
            (t("7"), t(" 7"), NO),
            (t(""), t(0), NO),
            (t(""), t(false), NO),
            (t("0x"), t(0), NO),
            (t("1e"), t(1), NO),
            (t("x"), t(7), NO),
        ],
    );
}

#[test]
fn eq_compares_lists_and_maps_through_and_through() {
    let nested = || Tree::map([("a", list([1, 2])), ("b", Tree::map([("c", "x")]))]);
    check_both(
        "eq",
        "ne",
        [
            (list(["a", "b"]), list(["a", "b"]), YES),
            (list(["a", "b"]), list(["b", "a"]), NO),
            (list(["a", "b"]), list(["a"]), NO),
            (list(["a"]), t("a"), NO),
            (t("a"), list(["a"]), NO),
            (list([7]), t(7), NO),
            (list::<Tree>([]), list::<Tree>([]), YES),
            (list::<Tree>([]), t(""), NO),
            (list::<Tree>([]), t(false), NO),
            (nested(), nested(), YES),
            (nested(), Tree::map([("a", list([1, 2]))]), NO),
            (nested(), Tree::map([("a", list([1, 2])), ("b", Tree::map([("c", "y")]))]), NO),
            (list([nested()]), list([nested()]), YES),
            (Tree::map([("a", 1)]), Tree::map([("b", 1)]), NO),
            (Tree::map([("a", 1)]), Tree::map([("a", 2)]), NO),
            (Tree::map([("a", 1)]), t(1), NO),
            (Tree::map([("a", 1)]), t("a"), NO),
            (t(true), Tree::map([("a", true)]), NO),
            (Tree::map([("a", 1)]), list([1]), NO),
            (list([1]), Tree::map([("a", 1)]), NO),
        ],
    );
}

#[test]
fn maps_are_equal_whatever_the_order_of_their_keys() {
    let one = Tree::map([("a", 1), ("b", 2)]);
    let two = Tree::map([("b", 2), ("a", 1)]);
    check_both(
        "eq",
        "ne",
        [
            (one.clone(), two.clone(), YES),
            (list([one.clone()]), list([two.clone()]), YES),
            (Tree::map([("in", one.clone())]), Tree::map([("in", two.clone())]), YES),
        ],
    );
    check_both("in", "nin", [(one.clone(), list([two.clone()]), YES)]);
    check_both("contains", "ncontains", [(list([one]), two, YES)]);
}

#[test]
fn nothing_equals_an_absent_value_from() {
    let meta = Tree::map([("here", "x")]);
    assert_eq!(holds(&condition_from("meta.here", "eq", "meta.gone"), &meta), NO);
    assert_eq!(holds(&condition_from("meta.here", "ne", "meta.gone"), &meta), YES);
}

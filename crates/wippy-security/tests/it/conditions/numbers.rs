//! Orderings, and what counts as a number.

use super::{ERROR, NO, YES, check, judge};
use crate::{condition_from, holds, list, t};
use wippy_core::Tree;

#[test]
fn orderings_compare_numbers() {
    let pairs = [
        (t(1), t(2)),
        (t(1), t(1.5)),
        (t(-3), t("-2")),
        (t("9"), t("10")),
        (t("9"), t(10)),
        (t("0x1p2"), t("5")),
        (t("1e2"), t(101)),
        (t(1), t("inf")),
        (t("-inf"), t(i64::MIN)),
        (t(0.1), t("0.2")),
    ];
    for (small, large) in pairs {
        check([
            ("lt", small.clone(), large.clone(), YES),
            ("lte", small.clone(), large.clone(), YES),
            ("gt", small.clone(), large.clone(), NO),
            ("gte", small.clone(), large.clone(), NO),
            ("lt", large.clone(), small.clone(), NO),
            ("lte", large.clone(), small.clone(), NO),
            ("gt", large.clone(), small.clone(), YES),
            ("gte", large, small, YES),
        ]);
    }
    for (one, same) in [(t(7), t(7)), (t(7), t(7.0)), (t("007"), t(7)), (t("1e3"), t("1000")), (t("inf"), t("+inf"))] {
        check([
            ("lt", one.clone(), same.clone(), NO),
            ("gt", one.clone(), same.clone(), NO),
            ("lte", one.clone(), same.clone(), YES),
            ("gte", one, same, YES),
        ]);
    }
}

#[test]
fn no_ordering_holds_for_what_is_not_a_number_by_value() {
    for operator in ["lt", "gt", "lte", "gte"] {
        for (field, value) in [(t("nan"), t(1)), (t(1), t("nan")), (t(f64::NAN), t(f64::NAN))] {
            assert_eq!(judge(operator, &field, &value), NO, "{field:?} {operator} {value:?}");
        }
    }
}

#[test]
fn an_ordering_of_what_is_no_number_is_an_error() {
    let others = [t("abc"), t(""), t("7 apples"), t(" 7"), t(true), list([1]), Tree::map([("a", 1)])];
    for operator in ["lt", "gt", "lte", "gte"] {
        for other in &others {
            assert_eq!(judge(operator, other, &t(1)), ERROR, "{other:?} {operator} 1");
            assert_eq!(judge(operator, &t(1), other), ERROR, "1 {operator} {other:?}");
        }
        let meta = Tree::map([("here", 1)]);
        assert_eq!(holds(&condition_from("meta.here", operator, "meta.gone"), &meta), ERROR, "1 {operator} absent");
    }
}

#[test]
fn hexadecimal_floats_with_many_digits_are_numbers() {
    check([
        ("eq", t("0x0.00000000000000001p68"), t(1), YES),
        ("eq", t("0x10000000000000000p0"), t(18_446_744_073_709_551_616.0), YES),
    ]);
}

#[test]
fn hexadecimal_floats_with_small_exponents_are_not_lost() {
    check([
        ("eq", t("0x1000000000000p-1070"), t(f64::MIN_POSITIVE), YES),
        ("eq", t("0x1p-1074"), t(5e-324), YES),
        ("gt", t("0x1p-1074"), t(0), YES),
    ]);
}

#[test]
fn a_hexadecimal_zero_is_zero_whatever_its_exponent() {
    check([("eq", t("0x0p2000"), t(0), YES), ("eq", t("-0x0p-2000"), t(0), YES)]);
}

#[test]
fn a_sign_inside_a_hexadecimal_float_makes_it_a_mere_text() {
    check([
        ("eq", t("0x+1p4"), t(16), NO),
        ("eq", t("0x-1p4"), t(-16), NO),
        ("eq", t("0xp4"), t(0), NO),
        ("eq", t("0x.p4"), t(0), NO),
        ("eq", t("0x1p"), t(1), NO),
        ("lt", t("0x+1p4"), t(17), ERROR),
    ]);
}

#[test]
fn a_hexadecimal_float_with_an_extreme_exponent_does_not_panic() {
    check([
        ("lt", t("0x1.0p-2147483648"), t(1), YES),
        ("lt", t("0x1.8p-2147483647"), t(1), YES),
        ("lt", t("0x1p-2147483648"), t(1), YES),
    ]);
}

//! Fields that are there, and those that are not.

use super::{NO, YES, check, judge};
use crate::{OPERATORS, condition, condition_from, conditional, decide, holds, list, t};
use wippy_core::Tree;
use wippy_security::Decision;

#[test]
fn exists_asks_whether_the_field_is_there() {
    let present = [t("x"), t(""), t(0), t(false), t(true), list(["x"]), list::<Tree>([]), Tree::Map(Vec::new())];
    for field in present {
        check([
            ("exists", field.clone(), t(true), YES),
            ("exists", field.clone(), t(false), NO),
            ("nexists", field.clone(), t(true), NO),
            ("nexists", field.clone(), t(false), YES),
        ]);
    }
    check([
        ("exists", Tree::Nil, t(true), NO),
        ("exists", Tree::Nil, t(false), YES),
        ("nexists", Tree::Nil, t(true), YES),
        ("nexists", Tree::Nil, t(false), NO),
    ]);
}

#[test]
fn exists_with_a_value_that_is_no_boolean_means_true_and_nexists_never_holds() {
    for value in [t("true"), t("false"), t(""), t(0), t(1), t(0.0), list([false]), Tree::map([("a", false)])] {
        check([
            ("exists", t("x"), value.clone(), YES),
            ("exists", Tree::Nil, value.clone(), NO),
            ("nexists", t("x"), value.clone(), NO),
            ("nexists", Tree::Nil, value, NO),
        ]);
    }
}

#[test]
fn exists_with_an_absent_value_from_means_true() {
    let meta = Tree::map([("here", 1)]);
    let rows = [("exists", "meta.here", YES), ("exists", "meta.gone", NO), ("nexists", "meta.here", NO)];
    for (operator, field, expected) in rows {
        assert_eq!(holds(&condition_from(field, operator, "meta.missing"), &meta), expected, "{operator} {field}");
    }
}

#[test]
fn an_absent_field_makes_every_other_operator_fail() {
    let values =
        [t("x"), t(""), t(1), t(0.5), t(true), t(false), list(["x"]), list([Tree::Nil]), Tree::map([("a", 1)])];
    for operator in OPERATORS.into_iter().filter(|o| !o.ends_with("exists")) {
        for value in &values {
            assert_eq!(judge(operator, &Tree::Nil, value), NO, "absent {operator} {value:?}");
            let meta = Tree::map([("field", Tree::Nil)]);
            assert_eq!(
                holds(&condition("meta.field", operator, value.clone()), &meta),
                NO,
                "null {operator} {value:?}"
            );
        }
        let meta = Tree::map([("here", "x")]);
        assert_eq!(holds(&condition_from("meta.gone", operator, "meta.here"), &meta), NO, "absent {operator} field");
        assert_eq!(holds(&condition_from("meta.gone", operator, "meta.gone"), &meta), NO, "absent {operator} absent");
    }
}

#[test]
fn negative_operators_need_the_field() {
    for (operator, value) in [("ne", t("admin")), ("nin", list(["admin"])), ("ncontains", t("a")), ("nmatches", t("a"))]
    {
        let tree = conditional("allow", [condition("actor.meta.group", operator, value)]);
        assert_eq!(decide(&tree, "a", "r", &Tree::Nil), Decision::Undefined, "{operator}");
    }
}

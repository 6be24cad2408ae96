//! Conditions: field paths, operators, conversions.

use crate::{OPERATORS, condition, condition_from, conditional, decide, holds, list, t};
use wippy_core::Tree;
use wippy_security::condition::{Condition, Undecidable};
use wippy_security::{Actor, Decision, Request};

const YES: Result<bool, Undecidable> = Ok(true);
const NO: Result<bool, Undecidable> = Ok(false);
const ERROR: Result<bool, Undecidable> = Err(Undecidable);

/// Operator, value of the field, value of the condition, answer.
type Row = (&'static str, Tree, Tree, Result<bool, Undecidable>);

/// Whether `operator` holds for a field with this value; [`Tree::Nil`] is an absent field.
fn judge(operator: &str, field: &Tree, value: &Tree) -> Result<bool, Undecidable> {
    let mut meta = Tree::map([("other", 1)]);
    if *field != Tree::Nil {
        meta.set("field", field.clone());
    }
    holds(&condition("meta.field", operator, value.clone()), &meta)
}

fn check(rows: impl IntoIterator<Item = Row>) {
    for (operator, field, value, expected) in rows {
        assert_eq!(judge(operator, &field, &value), expected, "{field:?} {operator} {value:?}");
    }
}

/// Rows for a positive operator, and the same for its negation, which turns answers but not errors.
fn check_both(operator: &str, negation: &str, rows: impl IntoIterator<Item = (Tree, Tree, Result<bool, Undecidable>)>) {
    for (field, value, expected) in rows {
        assert_eq!(judge(operator, &field, &value), expected, "{field:?} {operator} {value:?}");
        assert_eq!(judge(negation, &field, &value), expected.map(|v| !v), "{field:?} {negation} {value:?}");
    }
}

/// What a field path yields.
enum Found {
    Value(Tree),
    Absent,
    Error,
}

fn check_path(path: &str, actor: &Actor, meta: &Tree, expected: Found) {
    let ask = |tree: Tree, meta: &Tree| {
        let request = Request { action: "store.get", resource: "app:cart", meta };
        Condition::parse(&tree, "conditions.0").unwrap().holds(actor, &request)
    };
    let about = format!("{path} of {actor:?}, {meta:?}");
    let exists = match &expected {
        Found::Value(_) => YES,
        Found::Absent => NO,
        Found::Error => ERROR,
    };
    assert_eq!(ask(condition(path, "exists", true), meta), exists, "{about}");
    assert_eq!(ask(condition(path, "nexists", true), meta), exists.map(|v| !v), "{about}");
    match expected {
        Found::Value(value) => {
            assert_eq!(ask(condition(path, "eq", value.clone()), meta), YES, "{about}");
            let mut meta = meta.clone();
            meta.set("expected", value);
            assert_eq!(ask(condition_from("meta.expected", "eq", path), &meta), YES, "value_from {about}");
        }
        Found::Absent => {}
        // The same path is as wrong where the value comes from.
        Found::Error => assert_eq!(ask(condition_from("action", "eq", path), meta), ERROR, "value_from {about}"),
    }
}

fn rich_meta() -> Tree {
    Tree::map([
        ("owner", t("ann")),
        ("x.y", t("dotted")),
        ("none", Tree::Nil),
        ("no", t(false)),
        ("tags", list(["red", "blue"])),
        ("a", Tree::map([("b", Tree::map([("c", 5)])), ("nothing", Tree::map([("x", Tree::Nil)]))])),
        ("numbered", Tree::Map(vec![(t(1), t("one"))])),
        ("action", t("fake")),
        ("resource", t("fake")),
        ("actor", Tree::map([("id", "fake")])),
        ("meta", Tree::map([("owner", "fake")])),
        ("actor.id", t("fake")),
        ("meta.hidden", t("fake")),
    ])
}

#[test]
fn action_and_resource_are_never_absent() {
    for actor in [Actor::default(), crate::ann()] {
        for meta in [Tree::Nil, rich_meta()] {
            check_path("action", &actor, &meta, Found::Value(t("store.get")));
            check_path("resource", &actor, &meta, Found::Value(t("app:cart")));
        }
    }
    let request = Request { action: "", resource: "", meta: &Tree::Nil };
    for path in ["action", "resource"] {
        let exists = Condition::parse(&condition(path, "exists", true), "c").unwrap();
        assert_eq!(exists.holds(&Actor::default(), &request), YES, "an empty {path} exists");
        let empty = Condition::parse(&condition(path, "eq", ""), "c").unwrap();
        assert_eq!(empty.holds(&Actor::default(), &request), YES, "an empty {path} is an empty text");
    }
}

#[test]
fn actor_paths_reach_the_id_and_the_metadata() {
    let meta = Tree::map([
        ("role", t("admin")),
        ("team", Tree::map([("name", t("core")), ("lead", Tree::map([("id", 9)]))])),
        ("tags", list(["red"])),
        ("gone", Tree::Nil),
        ("a.b", t("dotted")),
        ("id", t("inner")),
    ]);
    let actor = Actor::new("user:ann", meta.clone());
    let rows = [
        ("actor.id", Found::Value(t("user:ann"))),
        ("actor.meta", Found::Value(meta)),
        ("actor.meta.role", Found::Value(t("admin"))),
        ("actor.meta.id", Found::Value(t("inner"))),
        ("actor.meta.tags", Found::Value(list(["red"]))),
        ("actor.meta.team", Found::Value(Tree::map([("name", t("core")), ("lead", Tree::map([("id", 9)]))]))),
        ("actor.meta.team.name", Found::Value(t("core"))),
        ("actor.meta.team.lead.id", Found::Value(t(9))),
        ("actor.meta.missing", Found::Absent),
        ("actor.meta.Role", Found::Absent),
        ("actor.meta.gone", Found::Absent),
        ("actor.meta.gone.deeper", Found::Absent),
        ("actor.meta.team.missing", Found::Absent),
        ("actor.meta.missing.name", Found::Absent),
        ("actor.meta.role.name", Found::Absent),
        ("actor.meta.tags.0", Found::Absent),
        ("actor.meta.tags.1", Found::Absent),
        ("actor.meta.tags.red", Found::Absent),
        // A dot in a key cannot be escaped.
        ("actor.meta.a.b", Found::Absent),
        ("actor.meta.a\\.b", Found::Absent),
        ("actor", Found::Error),
        ("actor.other", Found::Error),
        ("actor.ID", Found::Error),
        ("actor.role", Found::Error),
        ("actor.id.x", Found::Error),
        ("actor.metadata", Found::Error),
    ];
    for (path, expected) in rows {
        check_path(path, &actor, &Tree::Nil, expected);
    }
}

#[test]
fn every_actor_path_is_an_error_for_an_actor_without_id_and_metadata() {
    let nobody = Actor::default();
    for path in ["actor", "actor.id", "actor.meta", "actor.meta.role", "actor.meta.a.b", "actor.other"] {
        for meta in [Tree::Nil, rich_meta()] {
            check_path(path, &nobody, &meta, Found::Error);
        }
    }
}

#[test]
fn half_an_actor_is_an_actor() {
    let no_meta = Actor::new("user:ann", Tree::Nil);
    check_path("actor.id", &no_meta, &Tree::Nil, Found::Value(t("user:ann")));
    check_path("actor.meta", &no_meta, &Tree::Nil, Found::Absent);
    check_path("actor.meta.role", &no_meta, &Tree::Nil, Found::Absent);
    check_path("actor.other", &no_meta, &Tree::Nil, Found::Error);

    let no_id = Actor::new("", Tree::map([("role", "admin")]));
    check_path("actor.id", &no_id, &Tree::Nil, Found::Value(t("")));
    check_path("actor.meta", &no_id, &Tree::Nil, Found::Value(Tree::map([("role", "admin")])));
    check_path("actor.meta.role", &no_id, &Tree::Nil, Found::Value(t("admin")));

    let empty_meta = Actor::new("", Tree::Map(Vec::new()));
    check_path("actor.id", &empty_meta, &Tree::Nil, Found::Value(t("")));
    check_path("actor.meta.role", &empty_meta, &Tree::Nil, Found::Absent);
}

#[test]
fn metadata_paths_walk_maps_and_nothing_else() {
    let rows = [
        ("meta.owner", Found::Value(t("ann"))),
        ("meta.no", Found::Value(t(false))),
        ("meta.tags", Found::Value(list(["red", "blue"]))),
        ("meta.a.b", Found::Value(Tree::map([("c", 5)]))),
        ("meta.a.b.c", Found::Value(t(5))),
        ("meta.actor.id", Found::Value(t("fake"))),
        ("meta.meta.owner", Found::Value(t("fake"))),
        ("meta.missing", Found::Absent),
        ("meta.Owner", Found::Absent),
        ("meta.none", Found::Absent),
        ("meta.none.deeper", Found::Absent),
        ("meta.a.missing", Found::Absent),
        ("meta.a.missing.c", Found::Absent),
        ("meta.a.nothing.x", Found::Absent),
        ("meta.a.b.c.d", Found::Absent),
        ("meta.owner.length", Found::Absent),
        ("meta.tags.0", Found::Absent),
        ("meta.tags.red", Found::Absent),
        ("meta.numbered.1", Found::Absent),
        ("meta.x.y", Found::Absent),
        ("meta.hidden", Found::Absent),
        ("meta", Found::Error),
    ];
    for (path, expected) in rows {
        check_path(path, &crate::ann(), &rich_meta(), expected);
    }
}

#[test]
fn any_other_path_is_one_key_of_the_metadata() {
    let rows = [
        ("owner", Found::Value(t("ann"))),
        ("x.y", Found::Value(t("dotted"))),
        ("tags", Found::Value(list(["red", "blue"]))),
        ("a", Found::Value(rich_meta().get("a").unwrap().clone())),
        ("a.b", Found::Absent),
        ("a.b.c", Found::Absent),
        ("none", Found::Absent),
        ("missing", Found::Absent),
        ("Owner", Found::Absent),
        ("Action", Found::Absent),
        ("action.x", Found::Absent),
        ("actors", Found::Absent),
        ("metadata", Found::Absent),
        ("metadata.owner", Found::Absent),
    ];
    for (path, expected) in rows {
        check_path(path, &crate::ann(), &rich_meta(), expected);
    }
}

#[test]
fn without_metadata_every_metadata_path_is_absent() {
    for path in ["meta.a", "meta.a.b.c", "owner", "x.y"] {
        check_path(path, &crate::ann(), &Tree::Nil, Found::Absent);
        check_path(path, &crate::ann(), &Tree::Map(Vec::new()), Found::Absent);
    }
    check_path("meta", &crate::ann(), &Tree::Nil, Found::Error);
}

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

#[test]
fn negative_operators_need_the_field() {
    for (operator, value) in [("ne", t("admin")), ("nin", list(["admin"])), ("ncontains", t("a")), ("nmatches", t("a"))]
    {
        let tree = conditional("allow", [condition("actor.meta.group", operator, value)]);
        assert_eq!(decide(&tree, "a", "r", &Tree::Nil), Decision::Undefined, "{operator}");
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

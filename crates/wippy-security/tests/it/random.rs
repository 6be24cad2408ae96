//! Properties that hold for whatever is thrown at the engine.

use crate::{OPERATORS, condition, condition_from, holds, list, rule, t};
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::Arc;
use wippy_core::{Error, Tree};
use wippy_security::condition::{Condition, Undecidable};
use wippy_security::{Actor, Decision, Policy, Request, Scope, pattern};

const FIELDS: &[&str] = &[
    "action",
    "resource",
    "actor",
    "actor.id",
    "actor.meta",
    "actor.meta.a",
    "actor.meta.a.b",
    "actor.other",
    "meta",
    "meta.a",
    "meta.a.b",
    "meta.b",
    "a",
    "a.b",
    "meta.",
    "actor.",
    "actor.meta.",
    ".",
];

const PATTERNS: &[&str] = &["*", "", ".*", "**", "a", "a*", "a.*", "a.b", "*.b", "ab", "b.*"];
const NAMES: &[&str] = &["", "a", "ab", "a.b", "a.", "b", "b.c", "*", ".", "zz"];

/// Texts with a liking for what reads as a number, a pattern or a keyword.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ab.*]{0,4}",
        "[+-]?[0-9]{0,4}(\\.[0-9]{0,4})?([eE][+-]?[0-9]{1,4})?",
        "[+-]?0[xX][0-9a-f]{0,20}(\\.[0-9a-f]{0,4})?[pP][+-]?[0-9]{1,11}",
        select(&["inf", "-Inf", "NaN", "infinity", "true", "false", "nil", "1e400"][..]).prop_map(str::to_owned),
        select(FIELDS).prop_map(str::to_owned),
    ]
}

/// Any tree at all.
fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        1 => Just(Tree::Nil),
        2 => any::<bool>().prop_map(Tree::Bool),
        2 => any::<i64>().prop_map(Tree::Int),
        2 => (-3i64..3).prop_map(Tree::Int),
        2 => proptest::num::f64::ANY.prop_map(Tree::Float),
        4 => text().prop_map(Tree::Text),
        1 => any::<Vec<u8>>().prop_map(Tree::Bytes),
        1 => text().prop_map(|m| Tree::Error(Error::internal(m))),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let key = prop_oneof![4 => select(&["a", "b", "a.b", ""][..]).prop_map(Tree::from), 1 => inner.clone()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::List),
            prop::collection::vec((key, inner), 0..4).prop_map(Tree::Map),
        ]
    })
}

fn present_tree() -> impl Strategy<Value = Tree> {
    tree().prop_filter("null is absent", |tree| *tree != Tree::Nil)
}

/// A map of these keys, each of which is missing, fit or anything.
fn nearly(keys: Vec<(&'static str, BoxedStrategy<Tree>)>) -> impl Strategy<Value = Tree> {
    let one = |(key, fit): (&'static str, BoxedStrategy<Tree>)| {
        let value = prop_oneof![8 => fit.prop_map(Some), 1 => tree().prop_map(Some), 1 => Just(None)];
        value.prop_map(move |value| value.map(|value| (t(key), value)))
    };
    let pairs: Vec<_> = keys.into_iter().map(one).collect();
    pairs.prop_map(|pairs| Tree::Map(pairs.into_iter().flatten().collect()))
}

fn condition_tree() -> impl Strategy<Value = Tree> {
    nearly(vec![
        ("field", prop_oneof![select(FIELDS).prop_map(Tree::from), text().prop_map(Tree::Text)].boxed()),
        ("operator", select(&OPERATORS[..]).prop_map(Tree::from).boxed()),
        ("value", tree().boxed()),
        ("value_from", prop_oneof![Just(Tree::Nil), select(FIELDS).prop_map(Tree::from)].boxed()),
    ])
}

fn patterns() -> impl Strategy<Value = Tree> {
    prop_oneof![select(PATTERNS).prop_map(Tree::from), prop::collection::vec(select(PATTERNS), 0..3).prop_map(list),]
}

fn policy_tree() -> impl Strategy<Value = Tree> {
    let conditions = prop_oneof![Just(Tree::Nil), prop::collection::vec(condition_tree(), 0..3).prop_map(Tree::List)];
    nearly(vec![
        ("actions", patterns().boxed()),
        ("resources", patterns().boxed()),
        ("effect", select(&["allow", "deny"][..]).prop_map(Tree::from).boxed()),
        ("conditions", conditions.boxed()),
    ])
}

/// A condition that can be written, and often holds.
fn sound_condition() -> impl Strategy<Value = Tree> {
    prop_oneof![
        Just(condition("action", "exists", true)),
        (select(FIELDS), select(&OPERATORS[..]), present_tree()).prop_map(|(f, o, v)| condition(f, o, v)),
        (select(FIELDS), select(&OPERATORS[..]), select(FIELDS)).prop_map(|(f, o, v)| condition_from(f, o, v)),
    ]
}

/// A policy that can be written.
fn policy() -> impl Strategy<Value = Arc<Policy>> {
    let pattern = || prop_oneof![2 => Just("*"), 1 => select(PATTERNS)];
    let patterns = move || prop::collection::vec(pattern(), 1..3);
    let conditions = prop::collection::vec(sound_condition(), 0..3);
    let parts = ("[a-d]:[a-d]", patterns(), patterns(), any::<bool>(), conditions);
    parts.prop_filter_map("a literal is no pattern", |(id, actions, resources, allow, conditions)| {
        let mut tree = rule(list(actions), list(resources), if allow { "allow" } else { "deny" });
        tree.set("conditions", Tree::List(conditions));
        Policy::parse(&id, &tree).ok().map(Arc::new)
    })
}

fn scope() -> impl Strategy<Value = Scope> {
    prop::collection::vec(policy(), 0..6).prop_map(Scope::new)
}

fn actor() -> impl Strategy<Value = Actor> {
    let id = prop_oneof![Just(String::new()), text()];
    (id, metadata()).prop_map(|(id, meta)| Actor::new(id, meta))
}

fn metadata() -> impl Strategy<Value = Tree> {
    let deep = tree().prop_map(|b| Tree::map([("b", b)]));
    prop_oneof![
        Just(Tree::Nil),
        (deep, tree()).prop_map(|(a, b)| Tree::map([("a", a), ("b", b)])),
        (tree(), tree()).prop_map(|(a, b)| Tree::map([("a", a), ("a.b", b)])),
        tree(),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![3 => select(NAMES).prop_map(str::to_owned), 1 => any::<String>()]
}

/// Whether an operator holds for a field of this value.
fn judge(operator: &str, field: &Tree, value: &Tree) -> Result<bool, Undecidable> {
    holds(&condition("meta.field", operator, value.clone()), &Tree::map([("field", field.clone())]))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_is_read_or_refused(tree in tree()) {
        let _ = Policy::parse("app:p", &tree);
        let _ = Condition::parse(&tree, "conditions.0");
    }

    #[test]
    fn nearly_a_policy_is_read_or_refused_with_the_path_of_a_field(tree in policy_tree()) {
        if let Err(error) = Policy::parse("app:p", &tree) {
            let top = error.field().split('.').next().unwrap();
            prop_assert!(["actions", "resources", "effect", "conditions"].contains(&top), "{error}");
            prop_assert!(error.to_string().contains(error.field()), "{error}");
        }
    }

    #[test]
    fn nearly_a_condition_is_read_or_refused_below_its_path(tree in condition_tree()) {
        if let Err(error) = Condition::parse(&tree, "conditions.7") {
            prop_assert!(error.field().starts_with("conditions.7"), "{error}");
        }
    }

    #[test]
    fn whatever_can_be_written_can_be_evaluated(
        tree in condition_tree(),
        scope in scope(),
        actor in actor(),
        action in name(),
        resource in name(),
        meta in metadata(),
    ) {
        let request = Request { action: &action, resource: &resource, meta: &meta };
        if let Ok(condition) = Condition::parse(&tree, "conditions.0") {
            let _ = condition.holds(&actor, &request);
        }
        let _ = scope.evaluate(&actor, &request);
    }

    #[test]
    fn every_operator_takes_any_two_values(
        operator in select(&OPERATORS[..]),
        field in tree(),
        value in present_tree(),
    ) {
        if let Ok(condition) = Condition::parse(&condition("meta.field", operator, value), "conditions.0") {
            let meta = Tree::map([("field", field)]);
            let _ = condition.holds(&crate::ann(), &Request { action: "a", resource: "r", meta: &meta });
        }
    }

    #[test]
    fn an_absent_field_fails_whatever_the_value(operator in select(&OPERATORS[2..]), value in present_tree()) {
        if Condition::parse(&condition("meta.field", operator, value.clone()), "conditions.0").is_ok() {
            prop_assert_eq!(judge(operator, &Tree::Nil, &value), Ok(false));
        }
    }

    #[test]
    fn a_negation_turns_the_answer_and_keeps_the_error(
        (positive, negative) in select(&[("eq", "ne"), ("in", "nin"), ("contains", "ncontains")][..]),
        field in present_tree(),
        value in present_tree(),
    ) {
        prop_assert_eq!(judge(negative, &field, &value), judge(positive, &field, &value).map(|v| !v));
    }

    #[test]
    fn eq_has_no_sides_and_no_errors(a in present_tree(), b in present_tree()) {
        prop_assert!(judge("eq", &a, &b).is_ok());
        prop_assert_eq!(judge("eq", &a, &b), judge("eq", &b, &a));
    }

    #[test]
    fn in_is_eq_with_any_element(field in present_tree(), items in prop::collection::vec(present_tree(), 0..4)) {
        let any = items.iter().any(|item| judge("eq", &field, item) == Ok(true));
        prop_assert_eq!(judge("in", &field, &Tree::List(items)), Ok(any));
    }

    #[test]
    fn orderings_agree_with_the_numbers(a: i32, b: i32, texts: (bool, bool)) {
        let write = |n: i32, as_text| if as_text { t(n.to_string()) } else { t(n) };
        let (x, y) = (write(a, texts.0), write(b, texts.1));
        let expected = [("lt", a < b), ("gt", a > b), ("lte", a <= b), ("gte", a >= b), ("eq", a == b), ("ne", a != b)];
        for (operator, expected) in expected {
            prop_assert_eq!(judge(operator, &x, &y), Ok(expected), "{}", operator);
        }
    }

    #[test]
    fn a_hexadecimal_float_is_the_number_it_spells(mantissa in 0u32.., exponent in -900i32..900, negative: bool) {
        let sign = if negative { "-" } else { "" };
        let number = f64::from(mantissa) * 2f64.powi(exponent) * if negative { -1.0 } else { 1.0 };
        let text = t(format!("{sign}0x{mantissa:x}p{exponent}"));
        prop_assert_eq!(judge("eq", &text, &t(number)), Ok(true));
        prop_assert_eq!(judge("lte", &text, &t(number)), Ok(true));
    }

    #[test]
    fn a_value_counts_the_same_wherever_it_comes_from(
        operator in select(&OPERATORS[..12]),
        field in tree(),
        value in present_tree(),
    ) {
        let meta = Tree::map([("field", field), ("value", value.clone())]);
        let literal = holds(&condition("meta.field", operator, value), &meta);
        prop_assert_eq!(holds(&condition_from("meta.field", operator, "meta.value"), &meta), literal);
    }

    #[test]
    fn a_text_matches_itself_quoted(text in "[a-z.*+?]{0,8}", around in "[a-z]{0,3}") {
        let quote = |c: char| if c.is_alphabetic() { c.to_string() } else { format!("\\{c}") };
        let quoted: String = text.chars().map(quote).collect();
        let field = t(format!("{around}{text}{around}"));
        prop_assert_eq!(judge("matches", &field, &t(quoted.clone())), Ok(true));
        prop_assert_eq!(judge("nmatches", &field, &t(quoted)), Ok(false));
        prop_assert_eq!(judge("contains", &field, &t(text)), Ok(true));
    }

    #[test]
    fn a_policy_that_does_not_match_changes_no_decision(
        scope in scope(),
        id in "[x-z]:[a-d]",
        deny: bool,
        in_action: bool,
        conditions in prop::collection::vec(sound_condition(), 0..2),
        actor in actor(),
        action in name(),
        resource in name(),
        meta in metadata(),
    ) {
        let request = Request { action: &action, resource: &resource, meta: &meta };
        let elsewhere = format!("not {}", if in_action { &action } else { &resource });
        let (actions, resources) = if in_action { (elsewhere.as_str(), "*") } else { ("*", elsewhere.as_str()) };
        let mut tree = rule(list([actions]), list([resources]), if deny { "deny" } else { "allow" });
        tree.set("conditions", Tree::List(conditions));
        prop_assume!(Policy::parse(&id, &tree).is_ok() && !elsewhere.ends_with('*'));
        let more = scope.with(crate::policy(&id, &tree));
        prop_assert_eq!(more.evaluate(&actor, &request), scope.evaluate(&actor, &request));
    }

    #[test]
    fn a_policy_that_says_nothing_changes_no_decision(
        scope in scope(),
        policy in policy(),
        actor in actor(),
        action in name(),
        resource in name(),
        meta in metadata(),
    ) {
        let request = Request { action: &action, resource: &resource, meta: &meta };
        let scope = scope.without(policy.id());
        let expected = match policy.evaluate(&actor, &request) {
            Decision::Undefined => scope.evaluate(&actor, &request),
            Decision::Deny => Decision::Deny,
            Decision::Allow if scope.evaluate(&actor, &request) == Decision::Deny => Decision::Deny,
            Decision::Allow => Decision::Allow,
        };
        let more = scope.with(policy);
        prop_assert_eq!(more.evaluate(&actor, &request), expected);
    }

    #[test]
    fn deny_is_final(
        before in prop::collection::vec(policy(), 0..4),
        after in prop::collection::vec(policy(), 0..4),
        actor in actor(),
        action in name(),
        resource in name(),
        meta in metadata(),
    ) {
        let request = Request { action: &action, resource: &resource, meta: &meta };
        // The ids of the others lie before and behind.
        let deny = crate::policy("b:zz", &rule("*", "*", "deny"));
        let scope = after.into_iter().fold(Scope::new(before).with(deny), |scope, policy| scope.with(policy));
        prop_assert_eq!(scope.evaluate(&actor, &request), Decision::Deny);
    }

    #[test]
    fn a_scope_says_what_its_policies_say(
        scope in scope(),
        actor in actor(),
        action in name(),
        resource in name(),
        meta in metadata(),
    ) {
        let request = Request { action: &action, resource: &resource, meta: &meta };
        let said: Vec<_> = scope.policies().map(|policy| policy.evaluate(&actor, &request)).collect();
        let first = [Decision::Deny, Decision::Allow].into_iter().find(|d| said.contains(d));
        prop_assert_eq!(scope.evaluate(&actor, &request), first.unwrap_or(Decision::Undefined));
    }

    #[test]
    fn the_order_of_policies_counts_for_nothing(
        policies in prop::collection::btree_map("[a-d]:[a-d]", (any::<bool>(), select(PATTERNS)), 0..6),
        action in name(),
    ) {
        let make = |(id, (allow, pattern)): (&String, &(bool, &str))| {
            crate::policy(id, &rule(list([*pattern]), "*", if *allow { "allow" } else { "deny" }))
        };
        let request = Request { action: &action, resource: "r", meta: &Tree::Nil };
        let forward = Scope::new(policies.iter().map(make));
        let backward = Scope::new(policies.iter().rev().map(make));
        prop_assert_eq!(forward.evaluate(&crate::ann(), &request), backward.evaluate(&crate::ann(), &request));
    }

    #[test]
    fn what_was_added_can_be_taken_away(scope in scope(), policy in policy()) {
        let id = policy.id().to_owned();
        let more = scope.with(policy);
        prop_assert!(more.contains(&id));
        prop_assert!(!more.without(&id).contains(&id));
        let ids = |scope: &Scope| scope.policies().map(|p| p.id().to_owned()).collect::<Vec<_>>();
        prop_assert_eq!(ids(&more.without(&id)), ids(&scope.without(&id)));
    }

    #[test]
    fn a_prefix_and_a_star_match_exactly_what_begins_with_the_prefix(
        prefix in prop_oneof!["[ab.]{0,3}", any::<String>()],
        value in prop_oneof!["[ab.]{0,5}", any::<String>()],
        end in any::<String>(),
    ) {
        // A dot at the end goes with the star, unless nothing would be left.
        let counts = prefix.strip_suffix('.').filter(|rest| !rest.is_empty()).unwrap_or(&prefix);
        let pattern = format!("{prefix}*");
        prop_assert_eq!(pattern::matches(&pattern, &value), value.starts_with(counts) || value == pattern);
        let longer = format!("{prefix}{end}");
        prop_assert!(pattern::matches(&pattern, &longer));
        prop_assert!(pattern::matches(&pattern, &prefix));
    }

    #[test]
    fn a_pattern_without_a_star_at_its_end_matches_only_itself(
        pattern in prop_oneof!["[ab.*]{0,3}[ab.]", any::<String>()],
        value in prop_oneof!["[ab.*]{0,4}", any::<String>()],
    ) {
        prop_assume!(!pattern.ends_with('*'));
        prop_assert_eq!(pattern::matches(&pattern, &value), pattern == value);
        prop_assert!(pattern::matches(&pattern, &pattern));
    }
}

//! Field paths: of the request, of its actor, of its metadata.

use super::{ERROR, NO, YES};
use crate::{condition, condition_from, list, t};
use wippy_core::Tree;
use wippy_security::condition::Condition;
use wippy_security::{Actor, Request};

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

//! Modules under names of the entry's own: `imports: {t: time}`.

use crate::app::{App, lua};
use wippy_core::{ErrorKind, Tree, Value};

/// The program with these imports beside `checks`, and these modules.
fn app(body: &str, imports: &[(&str, &str)], modules: &[&str]) -> App {
    let imports = imports.iter().copied().chain([("checks", "app:checks")]);
    let modules: Vec<_> = modules.iter().map(|m| Tree::from(*m)).collect();
    App::new(body).set("main", "imports", Tree::map(imports)).set("main", "modules", modules)
}

#[test]
fn a_name_without_a_colon_is_a_module_under_an_alias() {
    let body = "assert(t == require('t') and t.now():unix() > 0 and j.encode{1} == '[1]')
        t.sleep(1)
        return true";
    app(body, &[("t", "time"), ("j", "json")], &[]).passes();
}

#[test]
fn an_alias_alone_does_not_declare_the_modules_own_name() {
    let body = "assert(time == nil and not pcall(require, 'time') and t ~= nil and _G.t == t)
        local there = {}
        for name in pairs(_G) do there[name] = true end
        assert(not there.time)
        return true";
    app(body, &[("t", "time")], &[]).passes();
}

#[test]
fn a_module_may_have_any_number_of_names() {
    let body = "assert(t == time and clock == t and require('clock') == require('time')) return true";
    app(body, &[("t", "time"), ("clock", "time"), ("time", "time")], &[]).passes();
    app(body, &[("t", "time"), ("clock", "time"), ("time", "time")], &["time"]).passes();
}

#[test]
fn always_on_modules_have_aliases_too_and_may_give_their_name_to_another() {
    let body =
        "assert(p.pid() and require('p') == p and require('process') == process and process.encode and e.INTERNAL)
        return true";
    app(body, &[("p", "process"), ("process", "json"), ("e", "errors")], &[]).passes();
}

#[test]
fn each_library_has_its_own_aliases() {
    let body = "assert(t == nil and not pcall(require, 't') and lib.now() > 0) return true";
    let library = lua("library.lua", "lib", "return {now = function() return t.now():unix() end}", &[("t", "time")]);
    app(body, &[("lib", "app:lib")], &[]).entry(library).passes();
}

#[test]
fn an_alias_is_there_at_file_level() {
    let source = "local json = require('j') local text = j.encode{1, 2}
        return function() return json == j and text end";
    let program = App::chunk(source).set("main", "imports", Tree::map([("j", "json")]));
    assert_eq!(program.value(), Value::from("[1,2]"));
}

#[test]
fn types_of_a_module_stand_behind_its_alias() {
    let body = "type At = {at: t.Time} local c = require('t') type Same = c.Time
        assert(At:is{at = t.now()} and Same:is(t.now()) and select(2, At:is{at = 5}))
        type None = json.Time
        checks.has(tostring(select(2, pcall(None, 1))), 'unresolved type')
        return true";
    app(body, &[("t", "time"), ("json", "base64")], &[]).passes();
}

#[test]
fn one_alias_for_a_module_and_another_thing_is_a_conflict() {
    for (alias, target, modules) in [("json", "time", vec!["json"]), ("process", "time", vec!["process"])] {
        let faults = app("", &[(alias, target)], &modules).faults().faults;
        assert_eq!(*faults[0].error.kind(), ErrorKind::Conflict, "{faults:?}");
        let what = format!("'{alias}' names both the module {target} and the module {alias}");
        assert!(faults[0].error.message().contains(&what), "{faults:?}");
    }
}

#[test]
fn an_unknown_module_is_told_with_those_that_there_are() {
    for (target, what) in [
        ("tiem", "import 't': module 'tiem' not found; modules: base64, channel, ctx, "),
        ("", "import 't': module '' not found"),
        ("checks", "a library is imported by its full id (ns:name)"),
    ] {
        let faults = app("", &[("t", target)], &[]).faults().faults;
        assert_eq!(*faults[0].error.kind(), ErrorKind::NotFound, "{faults:?}");
        assert!(faults[0].error.message().contains(what), "{target}: {faults:?}");
    }
    let faults = app("", &[], &["tiem"]).faults().to_string();
    assert!(faults.contains("module 'tiem' not found; modules: base64, channel, ctx, "), "{faults}");
}

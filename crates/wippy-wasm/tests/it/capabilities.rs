//! Imports as capabilities: what an entry does not list is not there.

use crate::app::{ALL, App, crash, invalid, ok, texts};
use wippy_core::{Error, Value, Values};

/// Imports a function that nobody provides.
const STRANGER: &str = "(module
    (import \"test:strange/api\" \"poke\" (func $poke))
    (func (export \"touch\") call $poke)
    (func (export \"calm\") (result i32) i32.const 7))";
const STRANGE: &str = "package test:strange;
    interface api { poke: func(); }
    world strange { import api; export touch: func(); export calm: func() -> s32; }";

fn stranger(method: &str) -> App {
    App::new().module("strange", STRANGER).set("strange", "wit", STRANGE).set("strange", "method", method)
}

fn citizen(imports: &[&str]) -> App {
    App::new().guest("citizen").imports("citizen", imports)
}

/// A crash that names the import which the entry does not list.
#[track_caller]
fn names(exit: wippy_core::Exit, import: &str) -> Error {
    let error = crash(exit);
    assert!(error.message().contains(import), "{error:?}");
    error
}

#[test]
fn an_import_that_is_not_listed_traps_when_it_is_called() {
    let without = |list: &[&str], scenario: [&str; 4]| citizen(list).run("citizen", texts(scenario));
    names(without(&[], ["self", "", "", ""]), "wippy:process/self");
    names(without(&["wippy:process"], ["send", "x", "y", "z"]), "wippy:process/actors");
    names(without(&["wippy:process", "wippy:actors"], ["names", "", "", ""]), "wippy:process/names");
    let echo = App::new().guest("echo").imports("echo", &["wippy:process", "wippy:actors", "wippy:names"]);
    names(echo.run("echo", Values::None), "wippy:process/log");
}

#[test]
fn an_entry_without_imports_gets_none() {
    let app = App::new().guest("citizen").without("citizen", "imports");
    names(app.run("citizen", "sleep"), "wippy:process/ops");
}

#[test]
fn what_does_not_touch_a_missing_import_works() {
    assert_eq!(citizen(&[]).run("citizen", "fail").unwrap_err().message(), "no such thing");
    assert_eq!(citizen(&["wippy:process"]).run("citizen", "receive-timeout"), ok("timed out"));
    assert_eq!(citizen(&["wippy:process", "wippy:names"]).run("citizen", "names"), ok("names ok"));
}

#[test]
fn what_one_entry_lists_is_not_there_for_another() {
    let app = App::new().guest("citizen").file("bare", "citizen.wasm");
    let mut ends = app.each([("citizen", "names"), ("bare", "names"), ("citizen", "names")]);
    assert_eq!((ends.remove(0), ends.remove(1)), (ok("names ok"), ok("names ok")));
    names(ends.remove(0), "wippy:process/names");
}

#[test]
fn an_import_that_nobody_provides_traps_when_it_is_called() {
    assert_eq!(stranger("calm").run("strange", Values::None), Ok(Value::Int(7)));
    names(stranger("touch").run("strange", Values::None), "test:strange/api");
}

#[test]
fn a_strict_entry_is_refused_with_the_names_it_does_not_list() {
    let error = citizen(&["wippy:process"]).set("citizen", "imports_policy", "strict").refused();
    assert!(!error.message().contains("wippy:process/ops"), "{error:?}");
    invalid(error, &["wippy:process/actors", "wippy:process/names"]);
    invalid(citizen(&[]).set("citizen", "imports_policy", "strict").refused(), &["wippy:process/self"]);
    invalid(stranger("calm").set("strange", "imports_policy", "strict").refused(), &["test:strange/api"]);
}

#[test]
fn a_strict_entry_that_lists_all_it_needs_runs() {
    let app = citizen(ALL).set("citizen", "imports_policy", "strict");
    assert_eq!(app.run("citizen", "names"), ok("names ok"));
    let app = App::new().tool("slug", "text-tools#slug").set("slug", "imports_policy", "strict");
    assert_eq!(app.run("slug", "A B"), ok("a-b"));
}

#[test]
fn the_policy_trap_is_the_default() {
    let app = citizen(&[]).set("citizen", "imports_policy", "trap");
    assert_eq!(app.run("citizen", "fail").unwrap_err().message(), "no such thing");
}

#[test]
fn an_unknown_import_is_refused() {
    invalid(citizen(&["wippy:process", "wippy:everything"]).refused(), &["wippy:everything"]);
    invalid(citizen(&["wippy:process", ""]).refused(), &["import"]);
    invalid(App::new().tool("slug", "text-tools#slug").imports("slug", &["wippy:everything"]).refused(), &["import"]);
}

#[test]
fn imports_that_are_no_list_of_names_are_refused() {
    invalid(citizen(&[]).set("citizen", "imports", "wippy:process").refused(), &["imports"]);
    invalid(citizen(&[]).set("citizen", "imports", vec![wippy_core::Tree::Int(1)]).refused(), &["import"]);
}

#[test]
fn the_other_capabilities_need_wippy_process() {
    for alone in ["wippy:actors", "wippy:names", "wippy:log"] {
        invalid(citizen(&[alone]).refused(), &[alone, "wippy:process"]);
    }
}

#[test]
fn names_of_imports_are_trimmed_lowered_and_cut_at_the_version() {
    let app = citizen(&[" WIPPY:Process@0.1.0 ", "wippy:NAMES"]);
    assert_eq!(app.run("citizen", "names"), ok("names ok"));
}

#[test]
fn one_interface_stands_for_its_whole_group() {
    let app = citizen(&["wippy:process/ops", "wippy:process/names@0.1.0"]);
    assert_eq!(app.run("citizen", "names"), ok("names ok"));
}

#[test]
fn a_core_import_that_nothing_types_does_not_load() {
    let module = "(module (import \"env\" \"poke\" (func)) (func (export \"run\")))";
    let app = App::new().module("odd", module).set("odd", "wit", "run: func()").set("odd", "method", "run");
    assert!(app.refused().message().contains("env"));
}

//! Call mode: one function of a component as a process, values of several shapes in and out.

use crate::app::{App, crash, invalid, ok, says, texts};
use wippy_core::{ErrorKind, Exit, Tree, Value, Values};

const TOOLS: &str = "demo:text/text-tools@0.1.0";

/// All functions of `text-tools`, each under its own name.
fn tools() -> App {
    let of = |name: &str| format!("{TOOLS}#{name}");
    let app = ["slug", "count", "swap", "pick", "check"].iter().fold(App::new(), |app, name| app.tool(name, &of(name)));
    app.tool("shout", "shout")
}

#[track_caller]
fn tree(exit: Exit) -> Tree {
    exit.expect("the call succeeds").to_tree().unwrap()
}

fn list(items: impl IntoIterator<Item = Tree>) -> Tree {
    Tree::List(items.into_iter().collect())
}

/// Calls a function with one argument again and again; what it gives.
#[track_caller]
fn call(name: &'static str, args: impl IntoIterator<Item = Tree>) -> Vec<Exit> {
    tools().each(args.into_iter().map(|arg| (name, Value::from(arg))))
}

#[test]
fn texts_go_in_and_come_out() {
    let ends = call("slug", [Tree::from("  Hello, Wide World! 42 "), Tree::from(""), Tree::from("ÄÖÜ")]);
    assert_eq!(ends, [ok("hello-wide-world-42"), ok(""), ok("")]);
    assert_eq!(tools().run("shout", "grüße"), ok("GRÜSSE!"));
}

#[test]
fn a_method_runs_on_the_terminal_host_as_any_process() {
    assert_eq!(tools().run("slug", "On The Terminal"), ok("on-the-terminal"));
}

#[test]
fn a_list_goes_in_and_an_empty_table_is_an_empty_list() {
    let ends = call("count", [list([7, 8, 9].map(Tree::Int)), list([]), Tree::Map(Vec::new())]);
    assert_eq!(ends, [Ok(Value::Int(3)), Ok(Value::Int(0)), Ok(Value::Int(0))]);
}

#[test]
fn whole_floats_are_integers() {
    let ends = call("count", [list([Tree::Float(1.0), Tree::Int(2)])]);
    assert_eq!(ends, [Ok(Value::Int(2))]);
    let ends = call("check", [Tree::Float(7.0), Tree::Float(-0.0)]);
    assert_eq!(ends.into_iter().map(tree).collect::<Vec<_>>(), [Tree::map([("ok", "7")]), Tree::map([("ok", "0")])]);
}

#[test]
fn records_go_in_and_come_out_under_their_own_field_names() {
    let ends = call(
        "swap",
        [
            Tree::map([("left", Tree::from("l")), ("right", Tree::Int(-3))]),
            Tree::map([("right", Tree::Nil), ("left", Tree::from(""))]),
        ],
    );
    let ends: Vec<_> = ends.into_iter().map(tree).collect();
    assert_eq!((ends[0].get("left"), ends[0].get("right")), (Some(&Tree::Int(-3)), Some(&Tree::from("l"))));
    assert!(matches!(ends[1].get("left"), None | Some(Tree::Nil)), "{:?}", ends[1]);
    assert_eq!(ends[1].get("right"), Some(&Tree::from("")));
}

#[test]
fn an_absent_option_is_none() {
    let end = tree(call("swap", [Tree::map([("left", "alone")])]).remove(0));
    assert!(matches!(end.get("left"), None | Some(Tree::Nil)), "{end:?}");
}

#[test]
fn an_enum_is_named_or_numbered_and_a_variant_comes_out_by_case() {
    let named = call("pick", ["red", "green", "blue"].map(Tree::from));
    let numbered = call("pick", [0, 1, 2].map(Tree::Int));
    let expected = [Tree::map([("named", "red")]), Tree::map([("code", 2)]), Tree::from("nothing")];
    assert_eq!(named.into_iter().map(tree).collect::<Vec<_>>(), expected);
    assert_eq!(numbered.into_iter().map(tree).collect::<Vec<_>>(), expected);
}

#[test]
fn a_result_is_a_table_of_its_side_and_no_failure() {
    let ends: Vec<_> = call("check", [Tree::Int(7), Tree::Int(-7)]).into_iter().map(tree).collect();
    assert_eq!(ends, [Tree::map([("ok", "7")]), Tree::map([("err", "negative: -7")])]);
}

#[test]
fn a_wrong_number_of_arguments_is_refused() {
    let none = ("slug", Values::None);
    let two = ("slug", texts(["a", "b"]));
    for end in tools().each([none, two]) {
        invalid(end.unwrap_err(), &["slug", "1"]);
    }
}

#[test]
fn an_argument_of_the_wrong_type_is_refused_with_its_name() {
    let wrong = [
        ("slug", Tree::Int(1), "s"),
        ("slug", Tree::Nil, "s"),
        ("slug", Tree::Bytes(vec![0xff]), "s"),
        ("count", Tree::from("text"), "xs"),
        ("count", list([Tree::Int(1), Tree::from("two")]), "xs"),
        ("count", list([Tree::Int(-1)]), "xs"),
        ("count", list([Tree::Int(1 << 32)]), "xs"),
        ("swap", Tree::from("pair"), "p"),
        ("swap", Tree::map([("right", 1)]), "left"),
        ("swap", Tree::map([("left", "l"), ("right", "r")]), "right"),
        ("pick", Tree::from("purple"), "kind"),
        ("pick", Tree::Int(3), "kind"),
        ("pick", Tree::Int(-1), "kind"),
        ("check", Tree::Float(7.5), "n"),
        ("check", Tree::Int(1 << 31), "n"),
        ("check", Tree::from("7"), "n"),
        ("check", Tree::Bool(true), "n"),
    ];
    let runs: Vec<_> = wrong.iter().map(|(name, arg, _)| (*name, Value::from(arg))).collect();
    for (end, (name, arg, parameter)) in tools().each(runs).into_iter().zip(wrong) {
        let error = end.expect_err(&format!("{name} takes {arg:?}"));
        assert_eq!((error.kind(), error.retryable()), (&ErrorKind::Invalid, Some(false)), "{name} {arg:?}: {error:?}");
        let named = error.message().split(|c: char| !c.is_alphanumeric()).any(|word| word == parameter);
        assert!(named, "{name} {arg:?}: {parameter} is not in {error:?}");
    }
}

#[test]
fn an_element_of_the_wrong_type_is_refused_with_its_place() {
    let ends = call("count", [list([Tree::Int(1), Tree::Int(2), Tree::from("three")])]);
    invalid(ends.into_iter().next().unwrap().unwrap_err(), &["xs[3]"]);
}

#[test]
fn an_interface_is_named_with_or_without_its_version() {
    for method in [&*format!("{TOOLS}#slug"), "demo:text/text-tools#slug", "text-tools#slug"] {
        assert_eq!(App::new().tool("tool", method).run("tool", "A B"), ok("a-b"), "{method}");
    }
}

#[test]
fn an_unknown_method_is_refused_with_a_list_of_what_there_is() {
    let unknown =
        ["slug", "nothing", "text-tools#shout", "text-tools#", "other#slug", "demo:text/text-tools@0.2.0#slug"];
    for method in unknown {
        let error = App::new().tool("tool", method).refused();
        let exports = ["slug", "count", "swap", "pick", "check"].map(|name| format!("{TOOLS}#{name}"));
        says(&error, ErrorKind::NotFound, &[method, "shout"]);
        says(&error, ErrorKind::NotFound, &exports.each_ref().map(String::as_str));
    }
}

#[test]
fn a_component_that_is_no_program_needs_a_method() {
    let error = App::new().file("tool", "text-tools.wasm").refused();
    assert!(error.message().contains("method"), "{error:?}");
}

#[test]
fn a_component_needs_no_wit_and_ignores_it() {
    let app = tools().set("slug", "wit", "this is no wit at all");
    assert_eq!(app.run("slug", "A B"), ok("a-b"));
}

#[test]
fn a_run_of_a_resident_guest_can_be_named_as_method() {
    // Call mode then: the argument is the list of payloads, as the type says.
    let payload = Tree::map([("encoding", Tree::from("text")), ("data", Tree::from("fail"))]);
    let app = App::new().guest("citizen").set("citizen", "method", "wippy:process/program@0.1.0#run");
    let end = tree(app.run("citizen", Value::from(list([payload]))));
    assert_eq!(end.at(&["err", "kind"]), Some(&Tree::from("not-found")));
    assert_eq!(end.at(&["err", "message"]), Some(&Tree::from("no such thing")));
    assert_eq!(end.at(&["err", "retryable"]), Some(&Tree::Bool(false)));
}

#[test]
fn every_call_has_an_instance_of_its_own() {
    let counter = "(module (global $n (mut i32) (i32.const 0))
        (func (export \"next\") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))";
    let app =
        App::new().module("next", counter).set("next", "wit", "next: func() -> s32").set("next", "method", "next");
    let ends = app.each([("next", Values::None), ("next", Values::None), ("next", Values::None)]);
    assert_eq!(ends, [Ok(Value::Int(1)), Ok(Value::Int(1)), Ok(Value::Int(1))]);
}

#[test]
fn a_trap_in_a_method_names_it() {
    let app = App::new().module("trap", "(module (func (export \"go-down\") unreachable))");
    let app = app.set("trap", "wit", "go-down: func()").set("trap", "method", "go-down");
    let error = crash(app.run("trap", Values::None));
    assert!(error.message().contains("go-down"), "{error:?}");
    assert_eq!(error.details().get("trap"), Some(&Tree::from("unreachable")));
    assert!(error.details().get("frames").and_then(Tree::as_list).is_some_and(|f| !f.is_empty()));
}

#[test]
fn endless_recursion_is_a_trap() {
    let app = App::new().module("deep", "(module (func $f (export \"dive\") call $f))");
    let error = crash(app.set("deep", "wit", "dive: func()").set("deep", "method", "dive").run("deep", Values::None));
    assert!(error.details().get("trap").is_some(), "{error:?}");
}

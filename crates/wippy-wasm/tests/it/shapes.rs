//! Values of every WIT type, in and out.

use crate::app::{App, invalid};
use wippy_core::{Exit, Tree, Value, Values};

/// One function for each flat type, each of which gives back what it gets.
fn mirrors() -> App {
    let types = [("i32", "bool u8 s8 u16 s16 u32 s32 char"), ("i64", "u64 s64"), ("f32", "f32"), ("f64", "f64")];
    let (mut source, mut wit, mut names) = (String::from("(module"), String::new(), Vec::new());
    for (core, types) in types {
        for ty in types.split(' ') {
            source.push_str(&format!(" (func (export \"mirror-{ty}\") (param {core}) (result {core}) local.get 0)"));
            wit.push_str(&format!("mirror-{ty}: func(value: {ty}) -> {ty};\n"));
            names.push(ty);
        }
    }
    source.push(')');
    names.into_iter().fold(App::new(), |app, ty| {
        app.module(ty, &source).set(ty, "wit", &*wit).set(ty, "method", format!("mirror-{ty}"))
    })
}

#[track_caller]
fn kept(cases: Vec<(&'static str, Tree, Tree)>) {
    let runs: Vec<_> = cases.iter().map(|(ty, value, _)| (*ty, Value::from(value))).collect();
    for (end, (ty, value, expected)) in mirrors().each(runs).into_iter().zip(cases) {
        assert_eq!(end.map(|v| v.to_tree().unwrap()), Ok(expected), "{ty} of {value:?}");
    }
}

#[track_caller]
fn refused(cases: Vec<(&'static str, Tree)>) {
    let runs: Vec<_> = cases.iter().map(|(ty, value)| (*ty, Value::from(value))).collect();
    for (end, (ty, value)) in mirrors().each(runs).into_iter().zip(cases) {
        invalid(end.expect_err(&format!("{ty} takes {value:?}")), &["value"]);
    }
}

#[test]
fn whole_numbers_keep_to_the_ends_of_their_types() {
    let ends: [(&'static str, i64, i64); 8] = [
        ("u8", 0, 255),
        ("s8", -128, 127),
        ("u16", 0, 65_535),
        ("s16", -32_768, 32_767),
        ("u32", 0, (1 << 32) - 1),
        ("s32", -(1 << 31), (1 << 31) - 1),
        ("u64", 0, i64::MAX),
        ("s64", i64::MIN, i64::MAX),
    ];
    let both = |(ty, low, high): (&'static str, i64, i64)| {
        [(ty, Tree::Int(low), Tree::Int(low)), (ty, Tree::Int(high), Tree::Int(high))]
    };
    kept(ends.into_iter().flat_map(both).collect());
    let beyond = |(ty, low, high): (&'static str, i64, i64)| {
        let below = low.checked_sub(1).map(|n| (ty, Tree::Int(n)));
        below.into_iter().chain(high.checked_add(1).map(|n| (ty, Tree::Int(n))))
    };
    refused(ends.into_iter().flat_map(beyond).collect());
}

#[test]
fn other_scalars_are_kept() {
    kept(vec![
        ("bool", true.into(), true.into()),
        ("bool", false.into(), false.into()),
        ("s32", Tree::Float(-3.0), Tree::Int(-3)),
        ("u8", Tree::Float(255.0), Tree::Int(255)),
        ("f32", Tree::Float(0.5), Tree::Float(0.5)),
        ("f32", Tree::Int(2), Tree::Float(2.0)),
        ("f64", Tree::Float(0.1), Tree::Float(0.1)),
        ("f64", Tree::Int(-1), Tree::Float(-1.0)),
        ("char", "ß".into(), "ß".into()),
        ("char", Tree::Int(0x1f980), "🦀".into()),
    ]);
}

#[test]
fn scalars_of_other_types_are_refused() {
    refused(vec![
        ("bool", Tree::Int(1)),
        ("bool", Tree::Nil),
        ("s32", Tree::Float(0.5)),
        ("s32", Tree::Float(f64::NAN)),
        ("s32", Tree::Float(f64::INFINITY)),
        ("s64", Tree::Float(1e19)),
        ("u8", "7".into()),
        ("f32", "0.5".into()),
        ("f64", true.into()),
        ("char", "ab".into()),
        ("char", "".into()),
        ("char", Tree::Int(0xd800)),
        ("char", Tree::Int(-1)),
    ]);
}

const SHAPES: &str = r#"(module
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 4096))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $free (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.get $free)
      (global.set $free (i32.add (global.get $free) (local.get 3))))
    (func $same (param i32) (result i32) local.get 0)
    (export "test:shapes/shapes#keep-rights" (func $same))
    (export "test:shapes/shapes#keep-color" (func $same))
    (export "test:shapes/shapes#keep-side" (func $same))
    (func (export "test:shapes/shapes#width") (param i32 i32 i32) (result i32)
      (i32.sub (i32.add (local.get 1) (local.get 2)) (local.get 0)))
    (func (export "test:shapes/shapes#second") (param i32 i32 i32) (result i32)
      (if (result i32) (local.get 1) (then (local.get 2)) (else (i32.const -1))))
    (func (export "test:shapes/shapes#weigh") (param i32 i32) (result i32)
      (i32.add (i32.mul (local.get 0) (i32.const 100)) (local.get 1)))
    (func (export "test:shapes/shapes#sum") (param i32 i32) (result i32) (local i32)
      (loop $more (if (local.get 1) (then
        (local.set 2 (i32.add (local.get 2) (i32.load8_u (local.get 0))))
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
        (br $more))))
      (local.get 2))
    (func (export "test:shapes/shapes#bytes") (param i32) (result i32)
      (i32.store (i32.const 64) (i32.const 128)) (i32.store (i32.const 68) (local.get 0)) (i32.const 64))
    (func $pair (export "test:shapes/shapes#pair") (param i32) (result i32)
      (i32.store (i32.const 64) (local.get 0)) (i32.store (i32.const 68) (local.get 0)) (i32.const 64))
    (export "test:shapes/shapes#span-of" (func $pair))
    (func (export "test:shapes/shapes#huge") (result i64) i64.const -1)
    (func (export "test:shapes/shapes#nothing"))
    (data (i32.const 128) "abc\ff"))"#;

const WIT: &str = "package test:shapes;
    interface shapes {
      record span { top-left: s32, bottom-right: option<s32> }
      record corners { top-left: s32, bottom-right: s32 }
      flags rights { can-read, can-write, run }
      enum color { red, green }
      variant answer { yes(s32), no }
      keep-rights: func(value: rights) -> rights;
      keep-color: func(value: color) -> color;
      keep-side: func(value: result) -> result;
      width: func(value: span) -> s32;
      second: func(value: tuple<s32, option<s32>>) -> s32;
      weigh: func(value: answer) -> s32;
      sum: func(value: list<u8>) -> u32;
      bytes: func(n: u32) -> list<u8>;
      pair: func(n: s32) -> tuple<s32, s32>;
      span-of: func(n: s32) -> corners;
      huge: func() -> u64;
      nothing: func();
    }
    world all { export shapes; }";

#[track_caller]
fn call(name: &'static str, args: impl IntoIterator<Item = Tree>) -> Vec<Exit> {
    let app = App::new().module(name, SHAPES).set(name, "wit", WIT).set(name, "method", format!("shapes#{name}"));
    app.each(args.into_iter().map(|arg| (name, Value::from(arg))))
}

#[track_caller]
fn trees(name: &'static str, args: impl IntoIterator<Item = Tree>) -> Vec<Tree> {
    call(name, args).into_iter().map(|end| end.expect("the call succeeds").to_tree().unwrap()).collect()
}

fn list(items: impl IntoIterator<Item = i64>) -> Tree {
    Tree::List(items.into_iter().map(Tree::Int).collect())
}

#[test]
fn fields_may_be_written_with_underscores_and_come_out_as_the_type_has_them() {
    let dashed = Tree::map([("top-left", 2), ("bottom-right", 5)]);
    let scored = Tree::map([("top_left", 2), ("bottom_right", 5)]);
    assert_eq!(trees("width", [dashed, scored]), [Tree::Int(4), Tree::Int(4)]);
    assert_eq!(trees("span-of", [Tree::Int(7)]), [Tree::map([("top-left", 7), ("bottom-right", 7)])]);
}

#[test]
fn flags_are_tables_of_the_names_that_are_set() {
    let set = |names: &[&str]| Tree::map(names.iter().map(|n| (*n, true)));
    let all = ["can-read", "can-write", "run"];
    let some = trees("keep-rights", [set(&all), set(&["run"]), set(&[])]);
    assert_eq!((&some[0], &some[1]), (&set(&all), &set(&["run"])));
    assert!(matches!(&some[2], Tree::Map(pairs) if pairs.is_empty()) || some[2] == list([]), "{:?}", some[2]);
    let mixed = Tree::map([("can-read", true), ("run", false)]);
    assert_eq!(trees("keep-rights", [mixed]), [set(&["can-read"])]);
}

#[test]
fn flags_that_are_no_table_are_refused() {
    for end in call("keep-rights", [Tree::from("run"), Tree::Int(1), Tree::Nil]) {
        invalid(end.expect_err("no table"), &["value"]);
    }
}

#[test]
fn an_unknown_flag_is_refused() {
    for end in call("keep-rights", [Tree::map([("fly", true)])]) {
        invalid(end.expect_err("an unknown name"), &["fly"]);
    }
}

#[test]
fn enums_come_out_by_name() {
    assert_eq!(trees("keep-color", [Tree::from("green"), Tree::Int(0)]), [Tree::from("green"), Tree::from("red")]);
}

#[test]
fn a_result_without_values_is_true_on_its_side() {
    let sides = [Tree::map([("ok", true)]), Tree::map([("err", true)])];
    assert_eq!(trees("keep-side", sides.clone()), sides);
    for end in call("keep-side", [Tree::from("ok?"), Tree::Nil, Tree::map([("ok", true), ("err", true)])]) {
        invalid(end.expect_err("no result"), &["value"]);
    }
}

#[test]
fn tuples_are_lists_and_lack_nothing_but_trailing_nones() {
    assert_eq!(trees("second", [list([1, 2]), list([1])]), [Tree::Int(2), Tree::Int(-1)]);
    assert_eq!(trees("pair", [Tree::Int(3)]), [list([3, 3])]);
    for end in call("second", [list([1, 2, 3]), list([]), Tree::from("12")]) {
        invalid(end.expect_err("no tuple of this type"), &["value"]);
    }
}

#[test]
fn a_case_without_payload_is_its_name_or_a_table() {
    let cases = [Tree::map([("yes", 7)]), Tree::from("no"), Tree::map([("no", true)])];
    assert_eq!(trees("weigh", cases), [Tree::Int(7), Tree::Int(100), Tree::Int(100)]);
    let wrong = [Tree::from("maybe"), Tree::map([("maybe", 1)]), Tree::from("yes"), Tree::Int(0), Tree::Nil];
    for end in call("weigh", wrong) {
        invalid(end.expect_err("no case"), &["value"]);
    }
}

#[test]
fn bytes_go_in_as_text_bytes_or_numbers_and_come_out_as_a_string() {
    let bytes = [Tree::from("ab"), Tree::Bytes(vec![0xff, 1]), list([1, 2, 3]), Tree::from(""), Tree::Map(Vec::new())];
    assert_eq!(trees("sum", bytes), [195, 256, 6, 0, 0].map(Tree::Int));
    assert_eq!(trees("bytes", [Tree::Int(3), Tree::Int(4)]), [Tree::from("abc"), Tree::Bytes(b"abc\xff".to_vec())]);
    for end in call("sum", [list([256]), list([-1]), Tree::Int(1)]) {
        invalid(end.expect_err("no bytes"), &["value"]);
    }
}

#[test]
fn no_bytes_come_out_as_an_empty_string() {
    assert_eq!(trees("bytes", [Tree::Int(0)]), [Tree::from("")]);
}

#[test]
fn a_result_beyond_63_bits_is_an_error() {
    let app = App::new().module("huge", SHAPES).set("huge", "wit", WIT).set("huge", "method", "shapes#huge");
    assert!(app.run("huge", Values::None).unwrap_err().message().contains("63 bits"));
}

#[test]
fn no_result_is_nil() {
    let app =
        App::new().module("nothing", SHAPES).set("nothing", "wit", WIT).set("nothing", "method", "shapes#nothing");
    assert_eq!(app.run("nothing", Values::None), Ok(Value::Nil));
}

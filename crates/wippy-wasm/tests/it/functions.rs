//! Calls of functions by a guest: `wippy:process/actors.call`.

use crate::app::App;
use wippy_core::{Error, Exit, Tree, Value, Values};

const WIT: &str = "package test:calls;
    world calls {
      import wippy:process/ops@0.1.0; import wippy:process/actors@0.1.0; export go: func() -> s32;
    }";

/// Calls the function without arguments and says, in decimal digits: 1 for an answer or 2 for an error; the sort of
/// outcome or the kind of the error; whether the outcome has a payload.
fn caller(function: &str) -> String {
    format!(
        r#"(module
    (import "wippy:process/actors@0.1.0" "call" (func $call (param i32 i32 i32 i32) (result i32)))
    (import "wippy:process/ops@0.1.0" "wait" (func $wait (param i32 i32 i32 i64 i32)))
    (import "wippy:process/ops@0.1.0" "[method]op.take" (func $take (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 2048) "{function}")
    (global $free (mut i32) (i32.const 8192))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $free (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.get $free)
      (global.set $free (i32.add (global.get $free) (local.get 3))))
    (func (export "go") (result i32) (local $op i32)
      (local.set $op (call $call (i32.const 2048) (i32.const {len}) (i32.const 0) (i32.const 0)))
      (i32.store (i32.const 64) (local.get $op))
      (call $wait (i32.const 64) (i32.const 1) (i32.const 0) (i64.const 0) (i32.const 72))
      (call $take (local.get $op) (i32.const 1024))
      (i32.add
        (i32.mul (i32.add (i32.const 1) (i32.load8_u (i32.const 1032))) (i32.const 100))
        (i32.add
          (i32.mul (i32.load8_u (i32.const 1040)) (i32.const 10))
          (i32.and (i32.load8_u (i32.const 1048)) (i32.eqz (i32.load8_u (i32.const 1032))))))))"#,
        len = function.len()
    )
}

fn call(function: &str) -> Exit {
    let app = App::new().module("go", &caller(function)).set("go", "wit", WIT).set("go", "method", "go");
    let app = app.imports("go", &["wippy:process", "wippy:actors"]);
    let app = app.native("gives", |_, _| async { Ok(Value::Int(7)) });
    let app = app.native("gives nothing", |_, _| async { Ok(Value::Nil) });
    let app = app.native("refuses", |_, _| async { Err(Error::conflict("no")) });
    let function =
        |app: App, name: &str, rust: &str| app.entry(name, "function.native", Tree::map([("function", rust)]));
    let app = function(function(app, "f", "gives"), "nothing", "gives nothing");
    function(app, "conflict", "refuses").run("go", Values::None)
}

#[test]
fn a_guest_calls_a_function_and_gets_its_value() {
    assert_eq!(call("app:f"), Ok(Value::Int(121)));
}

#[test]
fn nil_is_a_value_without_payload() {
    assert_eq!(call("app:nothing"), Ok(Value::Int(120)));
}

#[test]
fn a_failure_is_told_with_its_kind() {
    assert_eq!(call("app:conflict"), Ok(Value::Int(280)));
}

#[test]
fn what_cannot_be_called_is_told() {
    assert_eq!(call("app:nobody"), Ok(Value::Int(210)));
    // A process without a default host is no function.
    assert_eq!(call("app:gives"), Ok(Value::Int(210)));
    assert_eq!(call("nobody"), Ok(Value::Int(230)));
}

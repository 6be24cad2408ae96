//! Core modules as text: typed by a bare list, by a whole document, or by the world of processes.

use crate::app::{App, crash, end_of, invalid, ok, start};
use wippy_core::{ErrorKind, Value, Values};

const MATHS: &str = "(module
    (func (export \"twice\") (param i32) (result i32) local.get 0 i32.const 2 i32.mul)
    (func (export \"add\") (param i64 i64) (result i64) local.get 0 local.get 1 i64.add)
    (func (export \"nothing\")))";

fn maths(wit: &str, method: &str) -> App {
    App::new().module("maths", MATHS).set("maths", "wit", wit).set("maths", "method", method)
}

#[test]
fn a_bare_list_of_functions_types_a_module() {
    assert_eq!(maths("twice: func(n: s32) -> s32", "twice").run("maths", 21), Ok(Value::Int(42)));
    assert_eq!(maths("nothing: func();", "nothing").run("maths", Values::None), Ok(Value::Nil));
}

#[test]
fn a_bare_list_may_be_long_and_say_export() {
    let list = "export twice: func(n: s32) -> s32;\n  export add: func(a: s64, b: s64) -> s64;\nnothing: func();\n";
    let args: Values = [40, 2].into_iter().map(Value::Int).collect();
    assert_eq!(maths(list, "add").run("maths", args), Ok(Value::Int(42)));
    assert_eq!(maths(list, "twice").run("maths", 4), Ok(Value::Int(8)));
}

#[test]
fn a_whole_document_types_a_module() {
    let wit = "package test:maths;\nworld maths { export twice: func(n: s32) -> s32; }";
    assert_eq!(maths(wit, "twice").run("maths", 21), Ok(Value::Int(42)));
}

#[test]
fn an_exported_interface_is_named_with_or_without_its_version() {
    let module = "(module (func (export \"test:maths/api@1.2.0#twice\") (param i32) (result i32)
        local.get 0 i32.const 2 i32.mul))";
    let wit = "package test:maths@1.2.0;
        interface api { twice: func(n: s32) -> s32; }
        world maths { export api; }";
    for method in ["test:maths/api@1.2.0#twice", "test:maths/api#twice", "api#twice"] {
        let app = App::new().module("maths", module).set("maths", "wit", wit).set("maths", "method", method);
        assert_eq!(app.run("maths", 4), Ok(Value::Int(8)), "{method}");
    }
}

#[test]
fn a_function_that_the_module_lacks_is_refused() {
    invalid(maths("thrice: func(n: s32) -> s32", "thrice").refused(), &["thrice"]);
}

#[test]
fn a_function_of_another_type_is_refused() {
    invalid(maths("twice: func(n: s64) -> s64", "twice").refused(), &["twice"]);
}

#[test]
fn wit_that_does_not_parse_is_refused() {
    for wit in ["twice func(", "package test:maths;\nworld maths { export }", "package", "twice: func(n: s33) -> s32"] {
        invalid(maths(wit, "twice").refused(), &["wit"]);
    }
}

#[test]
fn a_method_that_wit_does_not_name_is_refused() {
    let error = maths("twice: func(n: s32) -> s32", "add").refused();
    assert_eq!(*error.kind(), ErrorKind::NotFound, "{error:?}");
    assert!(error.message().contains("twice"), "{error:?}");
}

#[test]
fn a_module_without_wit_must_be_a_program() {
    let error = App::new().module("maths", MATHS).refused();
    assert!(error.message().contains("wippy:process/program"), "{error:?}");
}

/// A program that ends with the text `from wat`.
const PROGRAM: &str = r#"(module
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 4096))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $free (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.get $free)
      (global.set $free (i32.add (global.get $free) (local.get 3))))
    (func (export "wippy:process/program@0.1.0#run") (param i32 i32) (result i32) (i32.const 1024))
    ;; ok, some, encoding text, 8 bytes at 1056
    (data (i32.const 1028) "\01\00\00\00\02\00\00\00\20\04\00\00\08\00\00\00")
    (data (i32.const 1056) "from wat"))"#;

#[test]
fn a_module_without_wit_can_be_a_resident_program() {
    assert_eq!(App::new().module("program", PROGRAM).run("program", "argument"), ok("from wat"));
}

/// A program that waits on a receive, ends with what `ready` says before and after, and traps unless both are right.
const WAITS: &str = r#"(module
    (import "wippy:process/ops@0.1.0" "receive" (func $receive (param i32 i32) (result i32)))
    (import "wippy:process/ops@0.1.0" "[method]op.ready" (func $ready (param i32) (result i32)))
    (import "wippy:process/ops@0.1.0" "wait" (func $wait (param i32 i32 i32 i64 i32)))
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 4096))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $free (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.get $free)
      (global.set $free (i32.add (global.get $free) (local.get 3))))
    (func (export "wippy:process/program@0.1.0#run") (param i32 i32) (result i32) (local $op i32)
      (local.set $op (call $receive (i32.const 0) (i32.const 0)))
      (if (call $ready (local.get $op)) (then unreachable))
      (i32.store (i32.const 64) (local.get $op))
      (call $wait (i32.const 64) (i32.const 1) (i32.const 0) (i64.const 0) (i32.const 72))
      (if (i32.eqz (call $ready (local.get $op))) (then unreachable))
      (i32.const 1024)))"#;

#[test]
fn a_module_may_wait_for_messages() {
    let app = App::new().module("waits", WAITS).imports("waits", &["wippy:process"]);
    let end = app.drive(|cx| async move {
        let pid = start(cx, "waits", Values::None).await;
        cx.sleep(std::time::Duration::from_millis(50)).await;
        crate::app::tell(cx, pid, "anything", ());
        end_of(cx, pid).await
    });
    assert_eq!(end, Ok(Value::Nil));
}

#[test]
fn a_module_needs_its_imports_listed_as_any_guest() {
    let error = crash(App::new().module("waits", WAITS).run("waits", Values::None));
    assert!(error.message().contains("wippy:process/ops"), "{error:?}");
    let strict = App::new().module("waits", WAITS).set("waits", "imports_policy", "strict");
    invalid(strict.refused(), &["wippy:process/ops"]);
}

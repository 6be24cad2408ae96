//! Operations close up, by modules that count, take twice, cancel, and poll.

use crate::app::{App, crash};
use std::time::{Duration, Instant};
use wippy_core::{Exit, Value, Values};

const WIT: &str = "package test:ops;
    world ops { import wippy:process/ops@0.1.0; import wippy:process/self@0.1.0; export go: func() -> s32; }";

/// A module with the functions of `ops` around the body of `go`, which has the locals `$op`, `$i`, `$a` and `$b`.
fn module(body: &str) -> String {
    format!(
        r#"(module
    (import "wippy:process/ops@0.1.0" "receive" (func $receive (param i32 i32) (result i32)))
    (import "wippy:process/ops@0.1.0" "next-event" (func $next-event (result i32)))
    (import "wippy:process/ops@0.1.0" "sleep" (func $sleep (param i64) (result i32)))
    (import "wippy:process/ops@0.1.0" "wait" (func $wait (param i32 i32 i32 i64 i32)))
    (import "wippy:process/ops@0.1.0" "[method]op.ready" (func $ready (param i32) (result i32)))
    (import "wippy:process/ops@0.1.0" "[method]op.take" (func $take (param i32 i32)))
    (import "wippy:process/ops@0.1.0" "[method]op.cancel" (func $cancel (param i32)))
    (import "wippy:process/ops@0.1.0" "[method]op.subscribe" (func $subscribe (param i32) (result i32)))
    (import "wippy:process/ops@0.1.0" "[resource-drop]op" (func $drop-op (param i32)))
    (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
    (import "wasi:io/poll@0.2.0" "poll" (func $poll (param i32 i32 i32)))
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 8192))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $free (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.get $free)
      (global.set $free (i32.add (global.get $free) (local.get 3))))
    ;; 0: not ready, 1: ok, 2: an error; its kind or the sort of outcome is at 1040 then
    (func $took (param $op i32) (result i32)
      (call $take (local.get $op) (i32.const 1024))
      (if (result i32) (i32.load8_u (i32.const 1024))
        (then (i32.add (i32.const 1) (i32.load8_u (i32.const 1032))))
        (else (i32.const 0))))
    ;; Waits for one operation.
    (func $settle (param $op i32)
      (i32.store (i32.const 64) (local.get $op))
      (call $wait (i32.const 64) (i32.const 1) (i32.const 0) (i64.const 0) (i32.const 72)))
    (func (export "go") (result i32) (local $op i32) (local $i i32) (local $a i32) (local $b i32)
      {body}))"#
    )
}

#[track_caller]
fn go(body: &str) -> Exit {
    let app = App::new().module("go", &module(body)).set("go", "wit", WIT).set("go", "method", "go");
    app.imports("go", &["wippy:process"]).run("go", Values::None)
}

#[test]
fn an_operation_is_taken_once() {
    let body = "(local.set $op (call $sleep (i64.const 1)))
        (local.set $a (call $took (local.get $op)))
        (call $settle (local.get $op))
        (local.set $b (call $took (local.get $op)))
        (i32.add (i32.mul (local.get $a) (i32.const 100))
          (i32.add (i32.mul (local.get $b) (i32.const 10)) (call $took (local.get $op))))";
    // Not ready, then its outcome, then an error.
    assert_eq!(go(body), Ok(Value::Int(12)));
}

#[test]
fn a_cancelled_operation_says_so() {
    let body = "(local.set $op (call $receive (i32.const 0) (i32.const 0)))
        (call $cancel (local.get $op))
        (call $settle (local.get $op))
        (i32.add (i32.mul (call $took (local.get $op)) (i32.const 100)) (i32.load8_u (i32.const 1040)))";
    // The kind `canceled` is the seventh.
    assert_eq!(go(body), Ok(Value::Int(207)));
}

#[test]
fn topics_of_the_runtime_cannot_be_received() {
    let body = "(i32.store (i32.const 256) (i32.const 264)) (i32.store (i32.const 260) (i32.const 2))
        (i32.store8 (i32.const 264) (i32.const 64)) (i32.store8 (i32.const 265) (i32.const 120))
        (local.set $op (call $receive (i32.const 256) (i32.const 1)))
        (i32.add (i32.mul (call $took (local.get $op)) (i32.const 100)) (i32.load8_u (i32.const 1040)))";
    // The kind `invalid` is the third.
    assert_eq!(go(body), Ok(Value::Int(203)));
}

#[test]
fn too_many_operations_at_once_fail_one_by_one() {
    let body = "(loop $more
          (local.set $op (call $next-event))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $more (i32.lt_u (local.get $i) (i32.const 1024))))
        (local.set $a (call $ready (local.get $op)))
        (local.set $b (call $sleep (i64.const 60000)))
        (i32.add (i32.mul (local.get $a) (i32.const 1000))
          (i32.add (i32.mul (call $took (local.get $b)) (i32.const 100)) (i32.load8_u (i32.const 1040))))";
    // The kind `rate-limited` is the tenth.
    assert_eq!(go(body), Ok(Value::Int(210)));
}

#[test]
fn dropped_operations_do_not_count() {
    let body = "(loop $more
          (call $drop-op (call $next-event))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $more (i32.lt_u (local.get $i) (i32.const 5000))))
        (call $ready (call $next-event))";
    assert_eq!(go(body), Ok(Value::Int(0)));
}

#[test]
fn a_wait_without_operations_is_a_sleep() {
    let begin = Instant::now();
    let body = "(call $wait (i32.const 0) (i32.const 0) (i32.const 1) (i64.const 40) (i32.const 72))
        (i32.load (i32.const 76))";
    assert_eq!(go(body), Ok(Value::Int(0)));
    assert!(begin.elapsed() >= Duration::from_millis(40));
}

#[test]
fn a_wait_without_operations_and_time_ends_with_any_of_them() {
    let body = "(local.set $op (call $sleep (i64.const 10)))
        (drop (call $next-event))
        (call $wait (i32.const 0) (i32.const 0) (i32.const 0) (i64.const 0) (i32.const 72))
        (call $took (local.get $op))";
    assert_eq!(go(body), Ok(Value::Int(1)));
}

#[test]
fn a_wait_gives_the_indexes_of_what_is_ready() {
    let body = "(i32.store (i32.const 64) (call $next-event))
        (i32.store (i32.const 68) (call $sleep (i64.const 10)))
        (i32.store (i32.const 72) (call $receive (i32.const 0) (i32.const 0)))
        (call $wait (i32.const 64) (i32.const 3) (i32.const 0) (i64.const 0) (i32.const 128))
        (i32.add (i32.mul (i32.load (i32.const 132)) (i32.const 100)) (i32.load (i32.load (i32.const 128))))";
    // One of them, and it is the second.
    assert_eq!(go(body), Ok(Value::Int(101)));
}

#[test]
fn a_pollable_of_an_operation_blocks_until_it_is_ready() {
    let begin = Instant::now();
    let body = "(local.set $op (call $sleep (i64.const 40)))
        (call $block (call $subscribe (local.get $op)))
        (call $ready (local.get $op))";
    assert_eq!(go(body), Ok(Value::Int(1)));
    assert!(begin.elapsed() >= Duration::from_millis(40));
}

#[test]
fn a_poll_waits_for_any_of_several_operations() {
    let body = "(i32.store (i32.const 64) (call $subscribe (call $next-event)))
        (i32.store (i32.const 68) (call $subscribe (call $sleep (i64.const 10))))
        (call $poll (i32.const 64) (i32.const 2) (i32.const 128))
        (i32.add (i32.mul (i32.load (i32.const 132)) (i32.const 100)) (i32.load (i32.load (i32.const 128))))";
    assert_eq!(go(body), Ok(Value::Int(101)));
}

#[test]
fn a_handle_that_is_none_is_a_crash() {
    crash(go("(call $ready (i32.const 4711))"));
}

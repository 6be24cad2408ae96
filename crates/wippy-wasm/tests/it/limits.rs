//! Bounds of a guest: memory and time.

use crate::app::{App, crash, end_of, invalid, ok, says, start, texts};
use std::time::{Duration, Instant};
use wippy_core::{ErrorKind, Exit, Tree, Value, Values};

/// Grows its one page of memory by some pages: what it had before, or -1.
const GROWS: &str = "(module (memory 1) (func (export \"grow\") (param i32) (result i32) local.get 0 memory.grow))";

fn grows() -> App {
    App::new().module("grow", GROWS).set("grow", "wit", "grow: func(pages: s32) -> s32").set("grow", "method", "grow")
}

fn citizen() -> App {
    App::new().guest("citizen")
}

#[test]
fn a_guest_that_takes_all_memory_crashes_alone() {
    let end = citizen().drive(|cx| async move {
        let greedy = start(cx, "citizen", "grow").await;
        let end = end_of(cx, greedy).await;
        let next = start(cx, "citizen", "sleep").await;
        assert_eq!(end_of(cx, next).await, Ok(Value::Nil));
        end
    });
    assert!(crash(end).details().get("trap").is_some());
}

#[test]
fn memory_grows_up_to_its_limit_and_no_further() {
    for limit in [Tree::from("1MB"), Tree::from("1024KB"), Tree::from("1048576"), Tree::Int(1 << 20)] {
        let ends = grows().limit("grow", "memory", limit).each([("grow", 15), ("grow", 16)]);
        assert_eq!(ends, [Ok(Value::Int(1)), Ok(Value::Int(-1))]);
    }
}

#[test]
fn max_memory_bytes_is_the_same_limit() {
    let ends = grows().limit("grow", "max_memory_bytes", 1 << 20).each([("grow", 15), ("grow", 16)]);
    assert_eq!(ends, [Ok(Value::Int(1)), Ok(Value::Int(-1))]);
}

#[test]
fn memory_is_limited_when_nothing_is_said() {
    let ends = grows().each([("grow", 100), ("grow", 1 << 15)]);
    assert_eq!(ends, [Ok(Value::Int(1)), Ok(Value::Int(-1))]);
}

#[test]
fn a_module_that_begins_above_its_limit_does_not_run() {
    let app = App::new().module("large", "(module (memory 32) (func (export \"run\")))").set("large", "method", "run");
    let error =
        app.set("large", "wit", "run: func()").limit("large", "memory", "1MB").run("large", Values::None).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Internal, "{error:?}");
}

/// How a citizen with so much time ends, and that it takes no longer than a moment.
#[track_caller]
fn within(ms: i64, scenario: &str) -> Exit {
    let begin = Instant::now();
    let end = citizen().workers(1).limit("citizen", "max_execution_ms", ms).drive({
        let scenario = scenario.to_owned();
        move |cx| {
            let scenario = scenario.clone();
            async move {
                let pid = start(cx, "citizen", texts([&scenario])).await;
                end_of(cx, pid).await
            }
        }
    });
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    end
}

#[test]
fn a_guest_that_waits_too_long_ends_with_a_timeout() {
    let error = within(100, "many").unwrap_err();
    says(&error, ErrorKind::Timeout, &["max_execution_ms"]);
    assert_eq!(error.retryable(), None);
}

#[test]
fn a_guest_that_computes_too_long_ends_with_a_timeout() {
    let error = within(100, "spin").unwrap_err();
    says(&error, ErrorKind::Timeout, &["max_execution_ms"]);
    assert_eq!(error.retryable(), None);
}

#[test]
fn a_spinning_method_ends_with_a_timeout() {
    let app = App::new().module("spin", "(module (func (export \"spin\") (loop br 0)))").workers(1);
    let app =
        app.set("spin", "wit", "spin: func()").set("spin", "method", "spin").limit("spin", "max_execution_ms", 50);
    says(&app.run("spin", Values::None).unwrap_err(), ErrorKind::Timeout, &[]);
}

#[test]
fn a_guest_that_ends_in_time_does_not_notice_the_limit() {
    assert_eq!(within(60_000, "sleep"), Ok(Value::Nil));
    assert_eq!(within(60_000, "receive-timeout"), ok("timed out"));
}

#[test]
fn no_time_means_no_limit() {
    assert_eq!(within(0, "sleep"), Ok(Value::Nil));
}

#[test]
fn a_time_that_is_no_count_is_refused() {
    for bad in [Tree::Int(-1), Tree::from("100ms"), Tree::Float(1.5), Tree::Bool(true)] {
        invalid(citizen().limit("citizen", "max_execution_ms", bad).refused(), &["limits.max_execution_ms"]);
    }
}

#[test]
fn memory_that_is_no_size_is_refused() {
    let bad = [Tree::Int(-1), Tree::Int(0), Tree::from("much"), Tree::from("16 lots"), Tree::from("-1MB")];
    for bad in bad.into_iter().chain([Tree::from("99999999999GB"), Tree::from(Vec::new())]) {
        invalid(citizen().limit("citizen", "memory", bad).refused(), &["limits.memory"]);
    }
}

#[test]
fn a_bad_limit_is_named_as_it_is_written() {
    invalid(citizen().limit("citizen", "max_memory_bytes", -1).refused(), &["limits.max_memory_bytes"]);
}

#[test]
fn limits_that_are_no_table_are_refused() {
    invalid(citizen().set("citizen", "limits", "16MB").refused(), &["limits"]);
}

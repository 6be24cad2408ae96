//! WASI guests of the first form as commands: standard streams, arguments and exit codes.

use crate::app::App;

/// Writes its input to its output until there is no more, then `done` to its error output; leaves with status 3 if it
/// was given an argument.
const CAT: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 2)
  (data (i32.const 400) "done\n")
  (func $give (param $fd i32) (param $at i32) (param $len i32)
    (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $len))
    (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "run")
    (loop $more
      (i32.store (i32.const 0) (i32.const 1000)) (i32.store (i32.const 4) (i32.const 3))
      (i32.store (i32.const 8) (i32.const 0))
      (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (if (i32.load (i32.const 8))
        (then (call $give (i32.const 1) (i32.const 1000) (i32.load (i32.const 8))) (br $more))))
    (call $give (i32.const 2) (i32.const 400) (i32.const 5))))
"#;
const LEAVES: &str = r#"(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func (export "run") (call $proc_exit (i32.const 1))))"#;

const ENTRIES: &str = "  - {name: cat, kind: process.wasm, source: file://cat.wat, wit: 'run: func()', method: run, meta: {command: {name: cat}}}
  - {name: leaves, kind: process.wasm, source: file://leaves.wat, wit: 'run: func()', method: run, meta: {command: {name: leaves}}}
  - name: logged.service
    kind: process.service
    process: cat
    host: app:processes
    lifecycle: {auto_start: true}
";

fn app() -> App {
    App::new(ENTRIES).with("src/cat.wat", CAT).with("src/leaves.wat", LEAVES)
}

#[test]
fn a_guest_on_a_terminal_reads_and_writes_the_standard_streams() {
    let app = app();
    let mut running = app.start(&["run", "cat"]);
    running.type_in("one\ntwo and more\n");
    running.close_input();
    let run = running.end();
    run.expect_code(0);
    assert_eq!(run.stdout, "one\ntwo and more\n");
    assert!(run.stderr.contains("done\n"), "{}", run.stderr);
}

#[test]
fn a_guest_elsewhere_reads_nothing_and_its_lines_go_to_the_log() {
    let app = app();
    let mut running = app.start(&["run"]);
    let line = running.wait_for("done");
    assert!(line.contains("WARN"), "{line}");
    running.signal("INT");
    running.end().expect_code(0);
}

#[test]
fn the_status_of_a_guest_that_leaves_is_a_failure() {
    let run = app().run(&["run", "leaves"]);
    run.expect_code(1);
    assert!(run.stderr.contains("exited with status 1"), "{}", run.stderr);
}

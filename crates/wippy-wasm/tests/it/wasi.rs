//! WASI: core modules of its first form, and what entries say about a guest's surroundings.

use crate::app::{App, HOST, crash, id, invalid, says};
use wippy_core::{ErrorKind, Exit, Tree, Value, Values};

/// The functions of WASI's first form that the modules here use, memory, and some helpers.
const HEAD: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 400) "hello\n")
  (data (i32.const 420) "note.txt")
  (data (i32.const 440) "../outside.txt")
  (func $now (result i64) (drop (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const 64)))
    (i64.load (i32.const 64)))
  (func $write (param $fd i32) (param $at i32) (param $len i32) (result i32)
    (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $len))
    (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
  (func $read (param $fd i32) (result i32)
    (i32.store (i32.const 0) (i32.const 1000)) (i32.store (i32.const 4) (i32.const 100))
    (i32.store (i32.const 8) (i32.const 0))
    (if (i32.ne (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)) (i32.const 0))
      (then (return (i32.const -1))))
    (i32.load (i32.const 8)))
  (func $open (param $at i32) (param $len i32) (param $flags i32) (param $rights i64) (result i32)
    (call $path_open (i32.const 3) (i32.const 0) (local.get $at) (local.get $len) (local.get $flags)
      (local.get $rights) (local.get $rights) (i32.const 0) (i32.const 16)))
"#;

/// A module with one function `run`, whose result is a number.
fn module(body: &str) -> App {
    let source = format!("{HEAD} (func (export \"run\") (result i32) {body}))");
    App::new().module("guest", &source).set("guest", "wit", "run: func() -> s32").set("guest", "method", "run")
}

fn run(body: &str) -> Exit {
    module(body).run("guest", Values::None)
}

#[test]
fn a_module_of_the_first_form_needs_no_imports_listed() {
    assert_eq!(run("(call $write (i32.const 1) (i32.const 400) (i32.const 6))"), Ok(Value::Int(0)));
    assert_eq!(run("(call $random_get (i32.const 64) (i32.const 100))"), Ok(Value::Int(0)));
    for name in ["wasi1", "preview1", "wasi-preview1", "wasi_snapshot_preview1"] {
        let app = module("(call $random_get (i32.const 64) (i32.const 8))").imports("guest", &[name]);
        assert_eq!(app.run("guest", Values::None), Ok(Value::Int(0)), "{name}");
    }
}

#[test]
fn leaving_with_status_zero_is_a_normal_end_and_any_other_a_failure() {
    assert_eq!(run("(call $proc_exit (i32.const 0)) (i32.const 7)"), Ok(Value::Nil));
    let error = crash(run("(call $proc_exit (i32.const 1)) (i32.const 7)"));
    assert_eq!(error.details().get("exit_code"), Some(&Tree::Int(1)), "{error:?}");
}

#[test]
fn a_guest_sleeps_without_a_worker_and_never_too_short() {
    let sleep = "(local $before i64)
        (local.set $before (call $now))
        (i32.store8 (i32.const 208) (i32.const 0))
        (i32.store (i32.const 216) (i32.const 1))
        (i64.store (i32.const 224) (i64.const 30000000))
        (if (i32.ne (call $poll_oneoff (i32.const 200) (i32.const 300) (i32.const 1) (i32.const 380)) (i32.const 0))
          (then (return (i32.const -1))))
        (i64.ge_u (i64.sub (call $now) (local.get $before)) (i64.const 30000000))";
    let app = module(sleep).workers(1).native("driver", |cx, _| async move {
        let mut pids = Vec::new();
        for _ in 0..20 {
            pids.push(cx.spawn(&id("guest"), HOST).monitored().await?);
        }
        for _ in &pids {
            let wippy_core::Event::Exit(notice) = cx.event().await else { panic!("only exits come") };
            assert_eq!(notice.result, Ok(Value::Int(1)));
        }
        Ok(Value::Int(pids.len() as i64))
    });
    assert_eq!(app.run("driver", Values::None), Ok(Value::Int(20)));
}

#[test]
fn arguments_come_from_the_entry_else_from_the_command_line() {
    // How many there are, and the first letter of the last.
    let body = "(drop (call $args_sizes_get (i32.const 64) (i32.const 68)))
        (drop (call $args_get (i32.const 600) (i32.const 700)))
        (i32.add (i32.mul (i32.load (i32.const 64)) (i32.const 1000))
          (i32.load8_u (i32.load (i32.add (i32.const 600)
            (i32.mul (i32.const 4) (i32.sub (i32.load (i32.const 64)) (i32.const 1)))))))";
    let args = vec![Tree::from("first"), Tree::from("zebra")];
    let app = module(body).set("guest", "wasi", Tree::map([("args", args)]));
    assert_eq!(app.run("guest", Values::None), Ok(Value::Int(2000 + i64::from(b'z'))));
    let source = format!(
        "{HEAD} (func (export \"run\") (param i32 i32) (result i32) {body})
        (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))"
    );
    let app = App::new().module("guest", &source).set("guest", "wit", "run: func(s: string) -> s32");
    let app = app.set("guest", "method", "run");
    assert_eq!(app.run("guest", "hello"), Ok(Value::Int(1000 + i64::from(b'h'))));
}

fn mounted(body: &str, dir: &std::path::Path, read_only: bool) -> App {
    let mut mount = Tree::map([("fs", "app:files"), ("guest", "/data")]);
    mount.set("read_only", read_only);
    let dir = dir.to_str().expect("a path of a test is text");
    module(body).entry("files", "fs.directory", Tree::map([("directory", dir)])).set(
        "guest",
        "wasi",
        Tree::map([("mounts", vec![mount])]),
    )
}

#[test]
fn a_guest_reads_and_writes_files_of_a_mounted_directory() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("note.txt"), "twelve bytes").unwrap();
    let read = "(if (i32.ne (call $open (i32.const 420) (i32.const 8) (i32.const 0) (i64.const 2)) (i32.const 0))
          (then (return (i32.const -2))))
        (call $read (i32.load (i32.const 16)))";
    assert_eq!(mounted(read, dir.path(), true).run("guest", Values::None), Ok(Value::Int(12)));
    // Flags 9: make it, and empty it.
    let write = "(if (i32.ne (call $open (i32.const 420) (i32.const 8) (i32.const 9) (i64.const 64)) (i32.const 0))
          (then (return (i32.const -2))))
        (call $write (i32.load (i32.const 16)) (i32.const 400) (i32.const 6))";
    assert_eq!(mounted(write, dir.path(), true).run("guest", Values::None), Ok(Value::Int(-2)), "read only");
    assert_eq!(std::fs::read_to_string(dir.path().join("note.txt")).unwrap(), "twelve bytes");
    assert_eq!(mounted(write, dir.path(), false).run("guest", Values::None), Ok(Value::Int(0)));
    assert_eq!(std::fs::read_to_string(dir.path().join("note.txt")).unwrap(), "hello\n");
}

#[test]
fn a_guest_does_not_get_out_of_a_mounted_directory() {
    let outer = tempfile::tempdir().unwrap();
    std::fs::write(outer.path().join("outside.txt"), "secret").unwrap();
    let inner = outer.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let open = "(call $open (i32.const 440) (i32.const 14) (i32.const 0) (i64.const 2))";
    let refused = mounted(open, &inner, false).run("guest", Values::None);
    assert!(matches!(refused, Ok(Value::Int(errno)) if errno != 0), "{refused:?}");
}

#[test]
fn a_mount_of_an_unknown_file_system_fails_the_spawn() {
    let mount = Tree::map([("fs", "app:nosuch"), ("guest", "/data")]);
    let app = module("(i32.const 1)").set("guest", "wasi", Tree::map([("mounts", vec![mount])]));
    let error = app.run("guest", Values::None).unwrap_err();
    says(&error, ErrorKind::NotFound, &["app:nosuch"]);
}

fn variable(required: bool) -> Tree {
    let mut variable = Tree::map([("id", "app:nosuch"), ("name", "HOME")]);
    variable.set("required", required);
    variable
}

#[test]
fn a_variable_that_is_missing_is_left_out_unless_it_is_required() {
    let with = |required| module("(i32.const 1)").set("guest", "wasi", Tree::map([("env", vec![variable(required)])]));
    assert_eq!(with(false).run("guest", Values::None), Ok(Value::Int(1)));
    says(&with(true).run("guest", Values::None).unwrap_err(), ErrorKind::NotFound, &["app:nosuch", "HOME"]);
}

/// Gives its whole environment, as WASI's first form lays it out: `NAME=value` with a zero behind each.
const ENVIRONMENT: &str = r#"(module
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $get (param i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "run") (result i32)
    (drop (call $sizes (i32.const 64) (i32.const 68)))
    (drop (call $get (i32.const 600) (i32.const 1000)))
    (i32.store (i32.const 80) (i32.const 1000))
    (i32.store (i32.const 84) (i32.load (i32.const 68)))
    (i32.const 80)))"#;

#[test]
fn a_guest_finds_its_variables_in_order_of_name() {
    let variable = |id: &str, name: &str| Tree::map([("id", id), ("name", name)]);
    let mut required = variable("app:set", "SET");
    required.set("required", true);
    let list = vec![required, variable("near", "NEAR"), variable("app:unset", "UNSET"), variable("app:nosuch", "NONE")];
    let app = App::new()
        .module("guest", ENVIRONMENT)
        .set("guest", "wit", "run: func() -> string")
        .set("guest", "method", "run")
        .set("guest", "wasi", Tree::map([("env", list)]))
        .entry("memory", "env.storage.memory", Tree::Nil)
        .entry("values", "env.storage.static", Tree::map([("values", Tree::map([("WORD", "from a storage")]))]))
        .entry("set", "env.variable", Tree::map([("variable", "WORD"), ("storage", "app:values")]))
        .entry("near", "env.variable", Tree::map([("storage", "app:memory"), ("default", "a default")]))
        .entry("unset", "env.variable", Tree::map([("storage", "app:memory")]));
    let text = "NEAR=a default\0SET=from a storage\0";
    assert_eq!(app.run("guest", Values::None), Ok(Value::from(text)));
}

#[test]
fn a_variable_whose_storage_cannot_be_read_fails_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let app = module("(i32.const 1)")
        .entry("file", "env.storage.file", Tree::map([("file_path", folder.path().to_str().unwrap())]))
        .entry("nosuch", "env.variable", Tree::map([("storage", "app:file")]))
        .set("guest", "wasi", Tree::map([("env", vec![variable(false)])]));
    let error = app.run("guest", Values::None).unwrap_err();
    says(&error, ErrorKind::Internal, &["no regular file", "app:nosuch", "HOME"]);
}

#[test]
fn wrong_surroundings_are_refused_when_the_entry_is_loaded() {
    let mount = |fs: &str, guest: &str| Tree::map([("fs", fs), ("guest", guest)]);
    let cases: Vec<(Tree, &[&str])> = vec![
        (Tree::from("x"), &["wasi must be a map"]),
        (Tree::map([("args", "x")]), &["wasi.args must be a list"]),
        (Tree::map([("args", vec![Tree::Int(1)])]), &["an argument must be a text"]),
        (Tree::map([("cwd", "relative")]), &["wasi.cwd must be an absolute path"]),
        (Tree::map([("env", vec![Tree::map([("name", "A")])])]), &["id of a variable is required"]),
        (Tree::map([("env", vec![variable(false), variable(false)])]), &["HOME is set twice"]),
        (Tree::map([("mounts", vec![Tree::map([("guest", "/a")])])]), &["fs of a mount is required"]),
        (Tree::map([("mounts", vec![mount("a:b", "x")])]), &["guest must be an absolute path"]),
        (Tree::map([("mounts", vec![mount("a:b", "/x/../y")])]), &["guest must be an absolute path"]),
        (Tree::map([("mounts", vec![mount("a:b", "/x"), mount("a:b", "/x/")])]), &["mounted twice"]),
    ];
    for (wasi, parts) in cases {
        invalid(module("(i32.const 1)").set("guest", "wasi", wasi).refused(), parts);
    }
    for (name, parts) in [("wasi:sockets", "not part of this build"), ("wasi:http", "available: wippy:process")] {
        invalid(module("(i32.const 1)").imports("guest", &[name]).refused(), &[name, parts]);
    }
    invalid(module("(i32.const 1)").set("guest", "transport", "wasi-http").refused(), &["not part of this build"]);
    invalid(module("(i32.const 1)").set("guest", "transport", "smoke").refused(), &["smoke"]);
}

#[test]
fn limits_that_make_no_sense_are_refused() {
    for (key, value) in [("max_ops", 0), ("max_mailbox", -1), ("max_mailbox", 40_000), ("max_step_ms", 0)] {
        invalid(module("(i32.const 1)").limit("guest", key, value).refused(), &[&format!("limits.{key}")]);
    }
    invalid(module("(i32.const 1)").limit("guest", "max_table_elements", "many").refused(), &["max_table_elements"]);
}

#[test]
fn broken_modules_are_refused_and_never_panic() {
    let text = format!("{HEAD} (func (export \"run\") (result i32) (i32.const 1)))");
    let good = wat::parse_str(text).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut state = 12_345_u64;
    for round in 0..60 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut bytes = good.clone();
        let at = 8 + (state >> 33) as usize % (bytes.len() - 8);
        if round % 2 == 0 {
            bytes.truncate(at)
        } else {
            bytes[at] ^= 1 << (state >> 20 & 7)
        }
        std::fs::write(dir.path().join("bad.wasm"), &bytes).unwrap();
        let data = [
            ("fs", "app:broken"),
            ("path", "/bad.wasm"),
            ("hash", &format!("sha256:{}", crate::app::hex(&bytes))),
            ("wit", "run: func() -> s32"),
            ("method", "run"),
        ];
        let folder = dir.path().to_str().unwrap();
        let app = App::new().entry("broken", "fs.directory", Tree::map([("directory", folder)])).entry(
            "guest",
            "process.wasm",
            Tree::map(data),
        );
        // A flipped bit may leave a valid module.
        app.boots();
    }
}

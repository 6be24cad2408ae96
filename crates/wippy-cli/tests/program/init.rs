//! `wippy init`: what it makes, and what it leaves alone.

use crate::app::{App, Run, holds};
use std::fs::read_to_string;

/// Runs `wippy init`, which must succeed without a word of warning.
#[track_caller]
fn init(app: &App, words: &[&str]) -> Run {
    let run = app.run(&[&["init"], words].concat());
    run.expect_code(0);
    assert_eq!(run.stderr, "");
    run
}

/// What is in the folder, sorted.
fn names(app: &App, inside: &str) -> Vec<String> {
    let entries = std::fs::read_dir(app.path(inside)).expect("the folder is there");
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_app_in_a_new_folder_runs_as_it_is() {
    let app = App::empty();
    let run = init(&app, &["a/new"]);
    let said = "An app is in a/new:\n\n  README.md\n  src/_index.yaml\n  src/clock.lua\n  src/hello.lua\n  wippy.lock\n\n\
                Run it with: wippy run -C a/new hello\n";
    assert_eq!(run.stdout, said);
    let run = app.run(&["run", "-C", "a/new", "hello"]);
    run.expect_code(0);
    assert!(run.stdout.starts_with("hello world from {app:terminal|0x"), "{}", run.stdout);
    assert_eq!(run.stderr, "");
    assert!(app.run(&["run", "-C", "a/new", "hello", "Ada"]).stdout.starts_with("hello Ada from "));
    let run = app.run(&["run", "-C", "a/new", "list"]);
    holds(&run.stdout, &["  hello  Says hello  (app:hello)\n"]);
    let mut running = app.start(&["run", "-C", "a/new"]);
    running.wait_for("the clock runs");
    running.signal("INT");
    let run = running.end();
    run.expect_code(0);
    assert!(!run.stderr.contains("\tERROR\t") && !run.stderr.contains("\tWARN\t"), "{}", run.stderr);
}

#[test]
fn an_empty_folder_may_have_files_of_git_and_the_entries_a_folder_of_their_own() {
    let app = App::empty().with(".gitignore", ".wippy\n").with(".git/config", "");
    let run = init(&app, &["--src-dir", "./code", "--modules-dir", "deps"]);
    assert!(
        run.stdout.ends_with("\n  code/hello.lua\n  wippy.lock\n\nRun it with: wippy run hello\n"),
        "{}",
        run.stdout
    );
    let lock = read_to_string(app.path("wippy.lock")).unwrap();
    assert_eq!(lock, "directories:\n  modules: deps\n  src: ./code\n");
    holds(&read_to_string(app.path("README.md")).unwrap(), &["`code/_index.yaml`", "`code/hello.lua`", "below `code`"]);
    app.run(&["run", "hello"]).expect_code(0);
}

#[test]
fn silence_is_silence() {
    let app = App::empty();
    assert_eq!(init(&app, &["-s"]).stdout, "");
    assert_eq!(names(&app, ""), ["README.md", "src", "wippy.lock"]);
}

#[test]
fn a_folder_with_something_else_is_left_alone() {
    let app = App::empty().with("photo.jpg", "x");
    let run = app.run(&["init"]);
    holds(run.failure(), &["not empty", "'photo.jpg'", "wippy init DIR", "--src-dir"]);
    holds(app.run(&["init", "--src-dir", "nosuch"]).failure(), &["--src-dir nosuch", "no such folder"]);
    assert_eq!(names(&app, ""), ["photo.jpg"]);
    holds(app.run(&["init", "photo.jpg"]).failure(), &["not a folder: photo.jpg"]);
    let app = App::empty();
    for outside in ["../x", "/tmp/x"] {
        holds(app.run(&["init", "here", "-d", outside]).failure(), &[outside, "not outside of it"]);
    }
    assert_eq!(names(&app, ""), [""; 0]);
}

#[test]
fn an_app_that_is_there_gets_a_lock_file_and_nothing_else() {
    let app = App::program("return function() end");
    let run = init(&app, &[]);
    assert_eq!(run.stdout, "Wrote ./wippy.lock: entries are in ./src\n");
    assert_eq!(names(&app, ""), ["src", "wippy.lock"]);
    assert_eq!(names(&app, "src"), ["_index.yaml", "main.lua"]);
    let lock = read_to_string(app.path("wippy.lock")).unwrap();
    assert_eq!(lock, "directories:\n  modules: .wippy\n  src: ./src\n");
    app.run(&["run", "-x", "app:main"]).expect_code(0);
    let run = init(&app, &[]);
    holds(&run.stdout, &["wippy.lock is there already"]);
    assert_eq!(read_to_string(app.path("wippy.lock")).unwrap(), lock);
}

#[test]
fn only_the_directories_of_a_lock_file_change() {
    let before = "modules:\n  - {name: org/x, version: 1.2.3}\ndirectories: {src: old, extra: 1}\n";
    let app = App::empty().with("wippy.lock", before);
    holds(&init(&app, &["-d", "./app"]).stdout, &["Changed the directories in ./wippy.lock"]);
    let lock = read_to_string(app.path("wippy.lock")).unwrap();
    assert_eq!(lock, "directories:\n  extra: 1\n  src: ./app\nmodules:\n  - name: org/x\n    version: 1.2.3\n");
    let app = App::empty().with("wippy.lock", "directories: [\n");
    holds(app.run(&["init", "-d", "./app"]).failure(), &["wippy.lock:"]);
    let app = App::empty().with("wippy.lock", "directories: [a]\n");
    holds(app.run(&["init", "-d", "./app"]).failure(), &["wippy.lock", "must be maps"]);
    assert_eq!(read_to_string(app.path("wippy.lock")).unwrap(), "directories: [a]\n");
}

#[test]
fn a_folder_without_an_app_leads_here() {
    holds(App::empty().run(&["run"]).failure(), &["wippy init DIR"]);
}

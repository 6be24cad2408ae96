//! Command lines and configurations that are wrong.

use crate::app::{App, holds};

const GREET: &str = "  - name: greet
    kind: process.lua
    meta: {command: {name: greet, short: Says hello}}
    source: return function() end
";

#[track_caller]
fn refused(app: &App, words: &[&str], says: &[&str]) {
    let run = app.run(words);
    holds(run.failure(), says);
    assert_eq!(run.stdout, "");
}

#[test]
fn an_unknown_command_is_told_with_what_is_close() {
    let app = App::new(GREET);
    refused(&app, &["run", "gret"], &["command \"gret\" not found", "did you mean \"greet\"?", "wippy run list"]);
    let run = app.run(&["run", "something-else"]);
    holds(run.failure(), &["command \"something-else\" not found", "wippy run list"]);
    assert!(!run.stderr.contains("did you mean"), "{}", run.stderr);
}

#[test]
fn an_unknown_process_is_told_with_what_is_close() {
    let app = App::new(GREET);
    refused(&app, &["run", "-x", "app:gret"], &["app:gret", "not found", "app:greet"]);
    refused(&app, &["run", "-x", "other:thing"], &["other:thing", "not found"]);
    refused(&app, &["run", "-x", "nosuch"], &["nosuch", "not found"]);
    refused(&app, &["run", "-x", "nosuch"], &["process not found: \"nosuch\". -x takes the id"]);
    refused(&app, &["run", "-x", "greeet"], &["did you mean \"greet\"? -x takes"]);
    refused(&app, &["run", "-x", ""], &["process not found: \"\". -x takes"]);
    refused(&app, &["run", "app:greet"], &["command \"app:greet\" not found", "'wippy run -x app:greet'"]);
}

#[test]
fn what_is_no_process_cannot_be_executed() {
    let app = App::new(&format!(
        "{GREET}  - {{name: service, kind: process.service, process: greet, host: app:processes}}
  - {{name: lib, kind: library.lua, source: 'return {{}}'}}
"
    ));
    refused(&app, &["run", "-x", "app:terminal"], &["app:terminal", "terminal.host", "not a process"]);
    refused(&app, &["run", "-x", "app:lib"], &["app:lib", "library.lua", "not a process", "-x takes"]);
    refused(&app, &["run", "-x", "lib"], &["process not found: \"lib\"; app:lib is a library.lua", "-x takes the id"]);
    refused(&app, &["run", "-x", "app:processes"], &["app:processes", "process.host", "not a process"]);
    refused(&app, &["run", "-x", "app:service"], &["app:service", "process.service", "not a process"]);
}

#[test]
fn a_bare_name_that_several_processes_have_lists_them() {
    let other = "namespace: other\nentries:\n  - {name: greet2, kind: process.lua, source: return function() end}\n";
    let app = App::new("  - {name: greet2, kind: process.lua, source: return function() end}\n")
        .with("src/other/_index.yaml", other);
    refused(&app, &["run", "-x", "greet2"], &["several", "app:greet2", "other:greet2"]);
}

#[test]
fn a_method_that_is_not_there_is_the_error_of_the_spawn() {
    let app = App::new("  - {name: main, kind: process.lua, method: nosuch, source: 'return {main = 5}'}\n");
    refused(&app, &["run", "-x", "app:main"], &["method \"nosuch\" not found in module"]);
    let app = App::new("  - {name: main, kind: process.lua, source: 'return {main = 5}'}\n");
    refused(&app, &["run", "-x", "app:main"], &["method \"main\" not found in module"]);
    let app = App::new("  - {name: main, kind: process.lua, source: 'return 5'}\n");
    refused(&app, &["run", "-x", "app:main"], &["method \"main\" not found"]);
}

#[test]
fn a_chunk_that_fails_is_the_error_of_the_spawn() {
    let app = App::program("error('no luck')\n");
    refused(&app, &["run", "-x", "app:main"], &["failed to execute script", "app:main:1: no luck"]);
    // A process is needed to wait.
    let app = App::program("process.inbox()\n");
    refused(&app, &["run", "-x", "app:main"], &["can not yield from outside of a coroutine"]);
}

#[test]
fn a_command_needs_one_terminal_host() {
    let index = |hosts: &str| {
        format!(
            "namespace: app\nentries:\n{hosts}  - {{name: main, kind: process.lua, source: return function() end}}\n"
        )
    };
    let none = App::empty().with("src/_index.yaml", &index(""));
    refused(&none, &["run", "-x", "app:main"], &["terminal.host"]);
    let two = "  - {name: one, kind: terminal.host, lifecycle: {auto_start: true}}
  - {name: two, kind: terminal.host, lifecycle: {auto_start: true}}
";
    let two = App::empty().with("src/_index.yaml", &index(two));
    refused(&two, &["run", "-x", "app:main"], &["several", "--host", "app:one", "app:two"]);
    refused(&two, &["run", "--host", "app:three", "-x", "app:main"], &["terminal host not found: app:three"]);
    refused(&two, &["run", "--host", "app:main", "-x", "app:main"], &["terminal host not found: app:main"]);
    two.run(&["run", "--host", "app:two", "-x", "app:main"]).expect_code(0);
}

#[test]
fn a_terminal_host_that_does_not_start_by_itself_is_told() {
    let index = "namespace: app
entries:
  - {name: terminal, kind: terminal.host}
  - {name: main, kind: process.lua, source: return function() end}
";
    let app = App::empty().with("src/_index.yaml", index);
    refused(&app, &["run", "-x", "app:main"], &["not running"]);
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let app = App::empty().with("file", "");
    for form in [&["run"][..], &["run", "list"], &["run", "-x", "app:main"]] {
        let with = |folder| [&form[..1], &["-C", folder], &form[1..]].concat();
        refused(&app, &with("nosuch"), &["nosuch", "not found"]);
        refused(&app, &with("file"), &["file"]);
    }
}

#[test]
fn a_folder_without_an_app_is_told() {
    let app = App::empty();
    for form in [&["run"][..], &["run", "list"], &["run", "greet"], &["run", "-x", "app:main"]] {
        refused(&app, form, &["wippy.lock", "src"]);
    }
}

#[test]
fn an_option_behind_the_name_is_told_where_it_was_meant_for_us() {
    let app = App::new(GREET);
    let tip = |option: &str, rest: &str| {
        format!("\n\n  tip: '{option}' behind the name goes to the command; put it before: wippy run {option} {rest}\n")
    };
    let folder = tip("-C", "DIR nosuch");
    refused(&app, &["run", "nosuch", "-C", "there"], &["command \"nosuch\" not found", &folder]);
    refused(&app, &["run", "nosuch", "a", "-Cthere"], &[&folder]);
    refused(&app, &["run", "-x", "app:nosuch", "a", "-C", "there"], &["app:nosuch", &tip("-C", "DIR -x app:nosuch")]);
    refused(&app, &["run", "nosuch", "--exec=app:greet"], &[&tip("--exec", "ID nosuch")]);
    refused(&App::empty(), &["run", "greet", "-C", "there"], &["neither wippy.lock", &tip("-C", "DIR greet")]);
    let two = app.with(
        "src/more/_index.yaml",
        "namespace: more\nentries:\n  - {name: terminal, kind: terminal.host, lifecycle: {auto_start: true}}\n",
    );
    refused(&two, &["run", "greet", "--host", "more:terminal"], &["--host", &tip("--host", "ID greet")]);
    for words in [&["run", "nosuch"][..], &["run", "nosuch", "-v"], &["run", "nosuch", "--", "-C", "x"]] {
        assert!(!two.run(words).failure().contains("tip:"), "{words:?}");
    }
}

#[test]
fn a_lock_file_decides_where_entries_are() {
    let app = App::new(GREET).with("wippy.lock", "directories:\n  src: ./nosuch\n");
    refused(&app, &["run", "greet"], &["greet", "not found"]);
    holds(&app.run(&["run", "greet"]).stderr, &["command \"greet\" not found"]);
    let app = App::new(GREET).with("wippy.lock", "directories: [\n");
    refused(&app, &["run", "greet"], &["wippy.lock:"]);
    let app = App::new(GREET).with("wippy.lock", "directories: {src: ./src}\n");
    app.run(&["run", "greet"]).expect_code(0);
}

#[test]
fn a_configuration_that_is_none_is_told() {
    let refused_with = |text: &str, says: &[&str]| {
        let app = App::new(GREET).with(".wippy.yaml", text);
        refused(&app, &["run", "greet"], &[&[".wippy.yaml"], says].concat());
        refused(&app, &["run"], says);
    };
    refused_with("logger: {encoding: json}\n", &["missing version field"]);
    refused_with("", &["missing version field"]);
    refused_with("version: \"2.0\"\n", &["unsupported version"]);
    refused_with("version: [1]\n", &["unsupported version"]);
    refused_with("version: \"1.0\"\nsecurity: strict\n", &["security", "map"]);
    refused_with("version: \"1.0\"\nsecurity: {strict_mode: true\n", &[".wippy.yaml:"]);
    refused_with("[1]\n", &["version"]);
}

#[test]
fn a_configuration_need_not_be_there_but_must_be_right_where_it_is() {
    let app = App::new(GREET).with("other.yaml", "version: \"3\"\n");
    app.run(&["run", "greet"]).expect_code(0);
    app.run(&["run", "--config", "nosuch.yaml", "greet"]).expect_code(0);
    refused(&app, &["run", "--config", "other.yaml", "greet"], &["other.yaml", "unsupported version"]);
}

#[test]
fn settings_have_a_section_a_key_and_a_value() {
    let app = App::new(GREET);
    for wrong in ["strict_mode=true", "security.strict_mode", "=true", ".a=1", "a.=1", "security..strict_mode=true"] {
        refused(&app, &["run", "--set", wrong, "greet"], &["--set", wrong, "section.key=value"]);
    }
}

#[test]
fn what_the_command_line_does_not_know_is_told() {
    let app = App::new(GREET);
    for (words, says) in [
        (&["run", "--nosuch"][..], "--nosuch"),
        (&["nosuch"], "nosuch"),
        (&["run", "-C"], "-C"),
        (&["run", "-x"], "exec"),
        (&["run", "-x", "app:greet", "--nosuch"], "--nosuch"),
    ] {
        refused(&app, words, &[says]);
    }
}

#[test]
fn an_encoding_of_logs_that_nobody_knows_is_told() {
    let words = ["run", "-v", "--set", "logger.encoding=xml", "greet"];
    refused(&App::new(GREET), &words, &["logger.encoding", "console", "json", "xml"]);
}

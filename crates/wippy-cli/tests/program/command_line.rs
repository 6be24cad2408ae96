//! What can be said on the command line, and what comes of it.

use crate::app::{App, holds};

/// Prints its arguments, as parameters and as `io.args()`.
const ECHO: &str = "
local io = require('io')
return function(...)
    local parameters = {...}
    io.print('parameters', select('#', ...), table.concat(parameters, '|'))
    io.print('args', #io.args(), table.concat(io.args(), '|'))
end
";

fn echo() -> App {
    App::new(
        "  - {name: echo, kind: process.lua, modules: [io], source: file://echo.lua,
     meta: {command: {name: repeat, short: Says what it is told}}}
",
    )
    .with("src/echo.lua", ECHO)
}

#[track_caller]
fn echoes(words: &[&str], arguments: &[&str]) {
    let run = echo().run(words);
    run.expect_code(0);
    let (n, told) = (arguments.len(), arguments.join("|"));
    assert_eq!(run.stdout, format!("parameters\t{n}\t{told}\nargs\t{n}\t{told}\n"), "{words:?}");
    assert_eq!(run.stderr, "", "a command is silent");
}

#[test]
fn arguments_reach_the_entry_function_and_io_args() {
    echoes(&["run", "repeat"], &[]);
    echoes(&["run", "repeat", "a", "b c", ""], &["a", "b c", ""]);
    echoes(&["run", "repeat", "5", "true", "nil"], &["5", "true", "nil"]);
    echoes(&["run", "repeat", "žluť"], &["žluť"]);
}

#[test]
fn words_behind_a_command_belong_to_it() {
    echoes(&["run", "repeat", "--flag", "-v", "-x"], &["--flag", "-v", "-x"]);
    echoes(&["run", "repeat", "list"], &["list"]);
}

#[test]
fn options_of_ours_reach_the_command_when_they_stand_behind_it() {
    for option in
        [&["-C", "x"][..], &["-Cx"], &["-x", "app:echo"], &["--host=x"], &["--config", "x"], &["--help"], &["-s"]]
    {
        echoes(&[&["run", "repeat"], option].concat(), option);
        echoes(&[&["run", "-x", "app:echo", "a"], option].concat(), &[&["a"], option].concat());
    }
}

#[test]
fn two_dashes_behind_the_name_are_passed_over_once() {
    echoes(&["run", "repeat", "--"], &[]);
    echoes(&["run", "repeat", "--", "-C", "x"], &["-C", "x"]);
    echoes(&["run", "repeat", "--", "--", "a"], &["--", "a"]);
    echoes(&["run", "repeat", "a", "--", "b"], &["a", "--", "b"]);
    echoes(&["run", "--", "repeat", "a"], &["a"]);
    echoes(&["run", "-x", "app:echo", "--", "-C", "x"], &["-C", "x"]);
}

#[test]
fn a_process_is_executed_by_id_by_name_or_as_a_command() {
    for process in ["app:echo", "echo", "repeat"] {
        echoes(&["run", "-x", process], &[]);
        echoes(&["run", "-x", process, "a", "list"], &["a", "list"]);
        echoes(&["run", "--exec", process, "--", "--flag", "b"], &["--flag", "b"]);
    }
    echoes(&["run", "-x", "app:echo", "list"], &["list"]);
}

#[test]
fn an_app_elsewhere_is_run_from_here() {
    let app = App::empty()
        .with(
            "there/src/_index.yaml",
            "namespace: app\nentries:\n  - {name: terminal, kind: terminal.host,
     lifecycle: {auto_start: true}}
  - {name: main, kind: process.lua, modules: [io], source: file://deep/main.lua}\n",
        )
        .with("there/src/deep/main.lua", "return function() require('io').print('there') end");
    let run = app.run(&["run", "-C", "there", "-x", "app:main"]);
    run.expect_code(0);
    assert_eq!(run.stdout, "there\n");
}

#[test]
fn the_commands_of_an_app_are_listed() {
    let app = App::new(
        "  - {name: a, kind: process.lua, source: 'return {}', meta: {command: {name: migrate, short: Brings data up}}}
  - {name: b, kind: process.lua, source: 'return {}', meta: {command: {name: greet}}}
  - {name: c, kind: process.lua, source: 'return {}'}
  - {name: d, kind: registry.entry, meta: {command: {name: none, short: No process}}}
",
    );
    let run = app.run(&["run", "list"]);
    run.expect_code(0);
    let lines: Vec<_> = run.stdout.lines().filter(|line| !line.trim().is_empty()).collect();
    let words: Vec<_> = lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let expected =
        ["Available commands:", "greet (app:b)", "migrate Brings data up (app:a)", "Run with: wippy run <command>"];
    assert_eq!(words, expected, "{}", run.stdout);
    assert!(lines[1].starts_with("  greet") && lines[2].starts_with("  migrate  Brings data up  (app:a)"));
    assert_eq!(run.stderr, "");
}

#[test]
fn an_app_without_commands_says_how_to_declare_one() {
    let run = App::new("").run(&["run", "list"]);
    run.expect_code(0);
    holds(&run.stdout, &["no commands", "meta:", "command:", "name:"]);
}

/// What `wippy run list` prints, and what it says besides.
#[track_caller]
fn listed(entries: &str) -> (String, String) {
    let run = App::new(entries).run(&["run", "list"]);
    run.expect_code(0);
    (run.stdout, run.stderr)
}

#[test]
fn a_list_takes_options_before_and_behind_its_name_and_says_how_to_run_there() {
    let entry = "  - {name: b, kind: process.lua, source: 'return {}', meta: {command: {name: greet}}}\n";
    let (there, here) = (App::new(entry), App::empty());
    let folder = there.path("");
    let folder = folder.to_str().expect("a folder for tests has a plain name");
    for words in [
        &["run", "-C", folder, "list"][..],
        &["run", "list", "-C", folder],
        &["run", "-v", "list", "-s", "-C", folder, "--config", "none.yaml"],
    ] {
        let run = here.run(words);
        run.expect_code(0);
        assert!(run.stdout.contains("  greet    (app:b)\n"), "{}", run.stdout);
        assert!(run.stdout.ends_with(&format!("\nRun with: wippy run -C {folder} <command>\n")), "{}", run.stdout);
    }
    let run = here.run(&["run", "list", "--help"]);
    run.expect_code(0);
    holds(&run.stdout, &["Usage:", "-C <DIR>"]);
    holds(here.run(&["run", "list", "--nosuch"]).failure(), &["--nosuch"]);
    holds(here.run(&["run", "list", "greet", "-C", folder]).failure(), &["takes no arguments"]);
}

#[test]
fn long_and_odd_descriptions_leave_each_command_its_row() {
    let long = "A description that goes on and on, far beyond what a row has room for in any window";
    let (out, said) = listed(&format!(
        "  - {{name: a, kind: process.lua, source: 'return {{}}', meta: {{command: {{name: žluť, short: Kůň}}}}}}
  - {{name: b, kind: process.lua, source: 'return {{}}', meta: {{command: {{name: long, short: '{long}'}}}}}}
  - {{name: c, kind: process.lua, source: 'return {{}}', meta: {{command: {{name: odd, short: \"\\n Two\\x1b[2J\\tof\\nthem\"}}}}}}
  - {{name: d, kind: process.lua, source: 'return {{}}', meta: {{command: {{name: none, short: 5}}}}}}
"
    ));
    let rows: Vec<_> = out.lines().skip(2).take(4).collect();
    let expected = [
        &*format!("  long  {long}  (app:b)"),
        "  none              (app:d)",
        "  odd   Two [2J of  (app:c)",
        "  žluť  Kůň         (app:a)",
    ];
    assert_eq!((rows, &*said), (expected.into(), ""), "{out}");
}

#[test]
fn commands_that_cannot_be_run_by_name_are_told_with_their_places() {
    let (out, said) = listed(
        "  - {name: a, kind: process.lua, source: 'return {}', meta: {command: greet}}
  - {name: b, kind: process.lua, source: 'return {}', meta: {command: {short: Says hello}}}
  - {name: c, kind: process.lua, source: 'return {}', meta: {command: {name: 5}}}
  - {name: d, kind: process.lua, source: 'return {}', meta: {command: {name: list}}}
  - {name: e, kind: process.lua, source: 'return {}', meta: {command: {name: twice}}}
  - {name: f, kind: process.lua, source: 'return {}', meta: {command: {name: twice}}}
  - {name: g, kind: process.lua, source: 'return {}', meta: {command: {name: --flag}}}
  - {name: h, kind: process.lua, source: 'return {}', meta: {command: null}}
  - {name: i, kind: process.host, meta: {command: {name: host}}}
",
    );
    let ids: Vec<_> = out.lines().filter_map(|line| line.split_once('(')).map(|(_, id)| id).collect();
    assert_eq!(ids, ["app:g)", "app:d)", "app:e)", "app:f)"], "{out}");
    let told: Vec<_> = said.lines().collect();
    for (line, entry, what) in [
        (10, "a", "this is no command: it must be a map with a name, not a text"),
        (11, "b", "this is no command: name is required"),
        (12, "c", "this is no command: name must be a text, not an integer"),
        (13, "d", "'wippy run list' shows this list: this command is run with -x app:d"),
        (15, "f", "'wippy run twice' is that of app:e: this command is run with -x app:f"),
        (16, "g", "'wippy run --flag' is an option: this command is run with -x app:g"),
    ] {
        let whole = told.iter().any(|told| {
            told.starts_with(&format!("Warning: src/_index.yaml:{line}:"))
                && told.ends_with(&format!(": entry app:{entry}: {what}"))
        });
        assert!(whole, "{entry}: {what} is not in\n{said}");
    }
    assert_eq!(told.len(), 6, "{said}");
}

#[test]
fn an_app_whose_only_command_is_none_says_both() {
    let (out, said) = listed("  - {name: a, kind: process.lua, source: 'return {}', meta: {command: {}}}\n");
    holds(&out, &["no commands", "name: greet"]);
    holds(&said, &["Warning: src/_index.yaml:10:", "name is required"]);
}

#[test]
fn a_list_of_a_broken_app_is_its_faults() {
    let run = App::new("  - {name: x}\n").run(&["run", "list"]);
    holds(run.failure(), &["src/_index.yaml:10:5", "kind"]);
}

#[test]
fn the_version_is_told_in_three_ways() {
    let number = env!("CARGO_PKG_VERSION");
    let told = |words: &[&str]| {
        let run = App::empty().run(words);
        run.expect_code(0);
        run.stdout
    };
    assert_eq!(told(&["--version"]), format!("wippy {number}\n"));
    assert_eq!(told(&["version"]), format!("wippy {number}\n"));
    assert_eq!(told(&["version", "--short"]), format!("{number}\n"));
}

#[test]
fn help_has_examples() {
    for words in [&["--help"][..], &["help"], &["run", "--help"], &["help", "run"]] {
        let run = App::empty().run(words);
        run.expect_code(0);
        holds(&run.stdout, &["Examples:", "wippy run", "Usage:"]);
    }
}

#[test]
fn without_words_help_comes_and_nothing_is_wrong() {
    let run = App::empty().run(&[]);
    run.expect_code(0);
    holds(&format!("{}{}", run.stdout, run.stderr), &["Usage:", "Examples:"]);
}

#[test]
fn a_memory_limit_is_accepted() {
    let run = echo().run(&["-m", "512M", "run", "repeat", "a"]);
    run.expect_code(0);
    holds(&run.stdout, &["parameters\t1\ta"]);
}

#[test]
fn a_configuration_is_taken_from_the_apps_folder_and_overruled_by_settings() {
    let source = "return function() require('io').print(process.pid()) end";
    let app = App::program(source).with(".wippy.yaml", "version: \"1.0\"\nrelay: {node_name: mars}\n");
    assert!(app.lines()[0].starts_with("{mars@app:terminal|0x"), "{:?}", app.lines());
    let run = app.run(&["run", "--set", "relay.node_name=venus", "-x", "app:main"]);
    assert!(run.stdout.starts_with("{venus@app:terminal|0x"), "{}", run.stdout);
    let run = app.run(&["run", "--set", "relay.node_name=local", "-x", "app:main"]);
    assert!(run.stdout.starts_with("{app:terminal|0x"), "{}", run.stdout);
    let app = App::program(source).with(".wippy.yaml", "version: 1.0\n");
    assert!(app.lines()[0].starts_with("{app:terminal|0x"), "{:?}", app.lines());
}

#[test]
fn entries_come_from_json_and_from_single_entry_files_too() {
    let json = r#"{"namespace": "app", "entries": [
{"name": "terminal", "kind": "terminal.host", "lifecycle": {"auto_start": true}}]}"#;
    let app = App::empty()
        .with("src/_index.json", json)
        .with(
            "src/main/one.yml",
            "namespace: app\nname: main\nkind: process.lua\nmodules: [io]\nsource: file:///main.lua\n",
        )
        .with("src/main.lua", "return function() require('io').print('here') end");
    assert_eq!(app.lines(), ["here"]);
}

#[test]
fn a_later_load_path_replaces_entries_of_an_earlier_one_and_says_so() {
    let other =
        "namespace: app\nentries:\n  - {name: main, kind: process.lua, modules: [io], source: file://other.lua}\n";
    let app = App::program("return function() require('io').print('first') end")
        .with(
            "wippy.lock",
            "directories: {src: ./src}\nreplacements:\n  - {from: org/other, to: ./other}\n  \
            - {from: org/gone, to: ./gone}\n",
        )
        .with("other/src/_index.yaml", other)
        .with("other/src/other.lua", "return function() require('io').print('second') end");
    let run = app.run(&["run", "-x", "app:main"]);
    run.expect_code(0);
    assert_eq!(run.stdout, "second\n");
    holds(&run.stderr, &["app:main", "src/_index.yaml", "other/src/_index.yaml", "gone"]);
}

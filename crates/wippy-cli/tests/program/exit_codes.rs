//! From the result of the terminal's process to an exit code.

use crate::app::{App, Run, holds};

fn ends_with(body: &str) -> Run {
    App::program(&format!("return function()\n{body}\nend\n")).run(&["run", "-x", "app:main"])
}

#[track_caller]
fn code(result: &str, code: i32) {
    let run = ends_with(&format!("return {result}"));
    assert_eq!((run.code, &*run.stdout, &*run.stderr), (Some(code), "", ""), "return {result}");
}

#[test]
fn nothing_nil_and_true_are_success() {
    code("", 0);
    code("nil", 0);
    code("true", 0);
    code("{1, 2}", 0);
    code("{code = 3}", 0);
}

#[test]
fn false_is_failure() {
    code("false", 1);
}

#[test]
fn a_number_is_the_code() {
    code("0", 0);
    code("3", 3);
    code("255", 255);
    code("2.9", 2);
    code("0.99", 0);
    // The operating system keeps the low eight bits.
    code("256", 0);
    code("263", 7);
    code("-1", 255);
    code("-1.5", 255);
}

#[test]
fn what_is_no_code_is_failure() {
    code("0/0", 1);
    code("1/0", 1);
    code("-1/0", 1);
    code("1e300", 1);
    code("2^63", 1);
}

#[test]
fn a_text_is_printed() {
    for (text, printed) in [("done", "done\n"), ("", "\n"), ("two\\nlines", "two\nlines\n"), ("5", "5\n")] {
        let run = ends_with(&format!("return '{text}'"));
        assert_eq!((run.code, &*run.stdout, &*run.stderr), (Some(0), printed, ""), "{text}");
    }
}

#[test]
fn a_second_result_that_is_no_error_changes_nothing() {
    code("3, nil", 3);
    code("3, false", 3);
    code("nil, 5", 0);
}

#[test]
fn an_error_is_told_on_stderr() {
    for (result, told) in [
        ("nil, 'no luck'", "no luck\n"),
        ("5, 'no luck'", "no luck\n"),
        (
            "nil, errors.new({message = 'no luck', kind = errors.CONFLICT})",
            "no luck\nkind: Conflict\nstack traceback:\n\tapp:main:2: in function <app:main:1>\n",
        ),
        ("error('no luck')", "app:main:2: no luck\nstack traceback:\n\tapp:main:2: in function <app:main:1>\n"),
        ("error('no luck', 0)", "no luck\nstack traceback:\n\tapp:main:2: in function <app:main:1>\n"),
    ] {
        // A tail call would leave no frame.
        let result = result.replace("error(", "nil, error(");
        let run = ends_with(&format!("return {result}"));
        assert_eq!((run.code, &*run.stdout, &*run.stderr), (Some(1), "", &*format!("Error: {told}")), "{result}");
    }
}

#[test]
fn an_error_object_that_is_raised_is_told_with_what_it_carries() {
    let run = ends_with(
        "error(errors.new{message = 'no luck', kind = errors.INVALID, details = {d = 1, c = 2, b = 3, a = {b = {1, 2}}}})",
    );
    let told = "Error: no luck\nkind: Invalid\ndetails: {\"a\":{\"b\":[1,2]},\"b\":3,\"c\":2,\"d\":1}\nstack traceback:\n\tapp:main:2: in function <app:main:1>\n";
    assert_eq!((run.code, &*run.stdout, &*run.stderr), (Some(1), "", told));
}

#[test]
fn a_failure_in_a_coroutine_is_the_failure_of_the_process() {
    let run = ends_with("coroutine.spawn(function() error('inner') end)\nrequire('time').sleep('1h')");
    holds(run.failure(), &["app:main:2: inner"]);
}

#[test]
fn a_failure_tells_the_lines_that_it_came_through() {
    let source = "local function deep() assert(process.send('nobody', 'x')) end
local function outer() deep() return 1 end
return function() outer() return 1 end
";
    let app = App::program(source);
    let run = app.run(&["run", "-x", "app:main"]);
    let lines: Vec<_> = run.failure().lines().collect();
    assert_eq!(
        lines[..3],
        ["Error: could not resolve 'nobody' as PID or registered name", "kind: NotFound", "stack traceback:"]
    );
    let places: Vec<_> = lines[3..].iter().map(|line| line.split_once(": in ").expect("a frame").0).collect();
    assert_eq!(places, ["\tapp:main:1", "\tapp:main:2", "\tapp:main:3"], "{lines:?}");
}

#[test]
fn what_is_told_of_a_failure_can_be_less_and_more() {
    let app = App::program("local function deep() error('no luck') end\nreturn function() deep() end\n");
    let silent = app.run(&["run", "-s", "-x", "app:main"]);
    assert_eq!(silent.failure(), "Error: app:main:1: no luck\n");
    let usual = app.run(&["run", "-x", "app:main"]);
    holds(usual.failure(), &["app:main:1: no luck\nstack traceback:\n\tapp:main:1: in ", "\tapp:main:2: in "]);
    assert!(!usual.stderr.contains("[C]"), "{}", usual.stderr);
    let loud = app.run(&["run", "--very-verbose", "-x", "app:main"]);
    loud.expect_code(1);
    holds(&loud.stderr, &["Error: app:main:1: no luck", "stack traceback:\n\t[C]: in "]);
}

#[test]
fn a_failure_of_file_level_code_tells_its_lines_too() {
    let app = App::program("local function deep() error('no luck') end\ndeep()\nreturn function() end\n");
    let run = app.run(&["run", "-x", "app:main"]);
    holds(
        run.failure(),
        &[
            "Error: failed to execute script: app:main:1: no luck\nstack traceback:\n\tapp:main:1: in",
            "\tapp:main:2: in main chunk",
        ],
    );
    let silent = app.run(&["run", "-s", "-x", "app:main"]);
    assert_eq!(silent.failure(), "Error: failed to execute script: app:main:1: no luck\n");
}

#[test]
fn the_end_of_the_terminals_process_ends_the_node() {
    let app = App::program_and(
        "return function() return 4 end",
        "  - {name: idle, kind: process.lua, source: return function() process.events():receive() end}
  - {name: idle.service, kind: process.service, process: idle, host: app:processes, lifecycle: {auto_start: true}}
  - {name: service, kind: process.service, process: main, host: app:terminal, lifecycle: {auto_start: true}}
",
    );
    app.run(&["run"]).expect_code(4);
}

#[test]
fn a_start_that_fails_leaves_the_terminal_free() {
    let service = "  - {name: broken, kind: process.lua, source: error('no luck')}
  - {name: next, kind: process.lua, modules: [io], source: \"return function() require('io').print('ran') return 3 end\"}
  - {name: service, kind: process.service, process: main, host: app:processes, lifecycle: {auto_start: true}}
";
    let source = "return function()
    for _, program in ipairs{'app:broken', 'app:broken', 'app:next'} do
        print(program, process.spawn(program, 'app:terminal'))
    end
end";
    let run = App::program_and(source, service).run(&["run"]);
    assert_eq!((run.code, &*run.stdout), (Some(3), "ran\n"), "{}", run.stderr);
    assert_eq!(run.stderr.matches("app:broken:1: no luck").count(), 2, "{}", run.stderr);
}

#[test]
fn a_terminated_process_of_the_terminal_is_failure() {
    let app = App::program_and(
        "return function()
    process.spawn('app:killer', 'app:processes', process.pid())
    process.inbox():receive()
end",
        "  - {name: killer, kind: process.lua, source: 'return function(pid) process.terminate(pid) end'}\n",
    );
    let run = app.run(&["run", "-x", "app:main"]);
    holds(run.failure(), &["process terminated"]);
}

#[test]
fn a_linked_failure_is_the_failure_of_the_terminals_process() {
    let app = App::program_and(
        "return function()
    process.spawn_linked('app:weak', 'app:processes')
    process.inbox():receive()
end",
        "  - {name: weak, kind: process.lua, source: return function() error('too weak') end}\n",
    );
    holds(app.run(&["run", "-x", "app:main"]).failure(), &["linked process failed"]);
}

#[test]
fn only_the_terminals_process_has_io() {
    let app = App::program_and(
        "return function()
    local io = require('io')
    io.print((process.exec('app:other', 'app:processes')))
    local _, err = process.spawn('app:other', 'app:terminal')
    io.print(err:kind(), err)
end",
        "  - name: other
    kind: process.lua
    modules: [io]
    source: |
      return function()
          local io = require('io')
          local _, err = io.print('never seen')
          return #io.args() .. ' ' .. err:kind() .. ' ' .. tostring(err)
      end
",
    );
    let lines = app.lines();
    assert_eq!(lines[0], "0 Unavailable no terminal context");
    assert!(lines[1].starts_with("Unavailable\t"), "one process a terminal: {lines:?}");
}

#[test]
fn lines_of_stdin_come_one_by_one() {
    let app = App::program(
        "return function()
    local io = require('io')
    io.write('name? ')
    io.print('hello ' .. io.readline())
    io.print('bye ' .. io.readline())
end",
    );
    let mut running = app.start(&["run", "-x", "app:main"]);
    running.type_in("ada\r\ngrace\n");
    let run = running.end();
    assert_eq!((run.code, &*run.stdout), (Some(0), "name? hello ada\nbye grace\n"));
}

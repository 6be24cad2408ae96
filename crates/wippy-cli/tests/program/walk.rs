//! What a walk through the program as a new user has found: each was wrong once.

use crate::app::App;
use std::process::{Command, Stdio};

#[test]
fn a_start_that_takes_too_long_is_killed() {
    let app = App::new(
        "  - {name: slow, kind: process.lua, source: 'while true do end'}
  - name: slow.service
    kind: process.service
    process: slow
    host: app:processes
    lifecycle: {auto_start: true, start_timeout: 20ms, restart: {max_attempts: 1}}
",
    );
    let mut running = app.start(&["run", "-v"]);
    running.wait_for("start timeout");
    // Nobody is left that has to be killed: it stops at once, not after the patience of ten seconds.
    running.signal("INT");
    let run = running.end();
    run.expect_code(0);
    assert!(!run.stderr.contains("did not give up"), "{}", run.stderr);
}

#[test]
fn a_service_says_whose_failure_it_waits_for() {
    let service = |name: &str, needs: &str| {
        format!(
            "  - name: {name}
    kind: process.service
    process: {name}.process
    host: app:processes
    lifecycle: {{auto_start: true, requires: [{needs}], restart: {{max_attempts: 1}}}}
  - {{name: {name}.process, kind: process.lua, source: 'error(\"{name} is broken\")'}}
"
        )
    };
    let app = App::new(&(service("a", "") + &service("b", "a") + &service("c", "b")));
    let mut running = app.start(&["run"]);
    let first = running.wait_for("service startup blocked");
    assert!(first.contains("app:b requires app:a") && first.contains("a is broken"), "{first}");
    running.wait_for("app:c requires app:b");
    running.signal("INT");
    running.end().expect_code(0);
}

#[test]
fn keys_of_a_configuration_ignore_case_at_any_depth() {
    let refused = App::new(
        "  - {name: p, kind: process.lua, source: 'return function() end'}
  - name: s
    kind: process.service
    process: p
    host: app:processes
    lifecycle: {Auto_Start: true, Security: {Actor: {id: x}, Policies: [nosuch]}}
",
    )
    .refusal();
    assert!(refused.contains("policy not found: app:nosuch"), "{refused}");
    let closed = App::new("  - {name: h, kind: process.host, messages: {Inbound: bogus}}\n").refusal();
    assert!(closed.contains("bogus"), "{closed}");
    let app = App::new("  - {name: p, kind: security.policy, policy: {Actions: '*', Resources: '*', Effect: deny}}\n");
    app.run(&["run", "list"]).expect_code(0);
    let mut running = app.start(&["run"]);
    running.wait_for("runtime ready");
    running.signal("INT");
    running.end().expect_code(0);
}

#[test]
fn an_entry_without_its_file_is_told_once_and_the_others_are_told_too() {
    let refused = App::new(
        "  - {name: x, kind: process.lua, source: file://nosuch.lua}
  - {name: y, kind: process.lua, source: 'return 1', modules: [iox]}
",
    )
    .refusal();
    assert!(refused.contains("file not found: file://nosuch.lua"), "{refused}");
    assert!(!refused.contains("name expected"), "{refused}");
}

#[test]
fn a_service_of_something_that_is_no_process_is_refused() {
    let service = |process: &str, host: &str| {
        format!(
            "  - {{name: s, kind: process.service, process: {process}, host: {host}, lifecycle: {{auto_start: true}}}}\n"
        )
    };
    let refused = App::new(&service("processes", "app:processes")).refusal();
    assert!(refused.contains("app:processes is a process.host, which no service can run"), "{refused}");
    let program = "  - {name: p, kind: process.lua, source: 'return function() end'}\n";
    let refused = App::new(&(program.to_owned() + &service("p", "app:p"))).refusal();
    assert!(refused.contains("app:p is a process.lua, no host"), "{refused}");
}

#[test]
fn an_index_file_that_is_no_text_or_no_file_is_refused() {
    let app = App::new("");
    std::fs::create_dir(app.path("src/bad")).unwrap();
    std::fs::write(app.path("src/bad/_index.yaml"), b"namespace: a\nentries: []\n# \xff\n").unwrap();
    assert!(app.refusal().contains("src/bad/_index.yaml: file is not UTF-8"));
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_and_pipes_do_not_stop_an_app() {
    let app = App::new("  - {name: x, kind: registry.entry}\n");
    std::os::unix::fs::symlink("..", app.path("src/loop")).unwrap();
    let made = Command::new("mkfifo").arg(app.path("src/pipe.yaml")).status().unwrap();
    assert!(made.success());
    let run = app.run(&["run", "list"]);
    run.expect_code(0);
    assert!(run.stderr.contains("pipe.yaml: not a file"), "{}", run.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn words_that_nobody_can_hear_are_no_crash() {
    let app = App::new("");
    let full = || Stdio::from(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let wippy = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wippy"));
        command.args(words).current_dir(app.path("")).stdin(Stdio::null());
        command
    };
    for words in [&["run", "list"][..], &["--version"], &["--help"], &["version"]] {
        let run = wippy(words).stdout(full()).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(run.status.code(), Some(1), "{words:?}");
        assert!(!String::from_utf8_lossy(&run.stderr).contains("panicked"), "{words:?}");
    }
    for words in [&["run", "nosuch"][..], &["bogus"]] {
        let run = wippy(words).stdout(Stdio::piped()).stderr(full()).output().unwrap();
        assert_eq!(run.status.code(), Some(1), "{words:?}");
    }
}

#[test]
fn what_cannot_start_is_named() {
    let run =
        App::new("  - {name: nometh, kind: process.lua, source: 'return {}'}\n").run(&["run", "-x", "app:nometh"]);
    assert!(run.failure().contains("app:nometh: method \"main\" not found"), "{}", run.stderr);
    let app = App::empty().with(
        "src/_index.yaml",
        "version: '1.0'\nnamespace: app\nentries:\n  - {name: t, kind: terminal.host}\n  - {name: m, kind: process.lua, source: 'return function() end', meta: {command: {name: main}}}\n",
    );
    let run = app.run(&["run", "main"]);
    assert!(run.failure().contains("app:t") && run.stderr.contains("auto_start: true"), "{}", run.stderr);
    let run = app.run(&["run", "maim"]);
    assert!(run.failure().contains("did you mean \"main\"? 'wippy run list'"), "{}", run.stderr);
}

#[test]
fn limits_ignore_case_and_bound_a_mailbox_in_bytes() {
    let app = App::program_and(
        "return function()
        local io = require('io')
        local stuck = process.spawn('app:stuck', 'app:small')
        local sent, err = 0
        repeat
            local ok
            ok, err = process.send(stuck, 'x', string.rep('y', 600))
            if ok then sent = sent + 1 end
        until err
        io.print(sent, err:kind(), tostring(err))
        process.terminate(stuck) end",
        "  - {name: small, kind: process.host, host: {Max_Mailbox_Bytes: 4KB}, lifecycle: {auto_start: true}}
  - {name: stuck, kind: process.lua, source: 'return function() while true do end end'}
",
    );
    let lines = app.lines();
    let (sent, rest) = lines[0].split_once('\t').unwrap();
    assert!((3..=6).contains(&sent.parse::<u32>().unwrap()), "{lines:?}");
    assert_eq!(rest, "Unavailable\tmailbox full");
    for (value, part) in [("16QB", "max_mailbox_bytes"), ("-1", "max_mailbox_bytes")] {
        let host = format!("  - {{name: small, kind: process.host, max_mailbox_bytes: {value}}}\n");
        assert!(App::new(&host).refusal().contains(part));
    }
    let host = "  - {name: small, kind: process.host, Limits: {Memory: nonsense}}\n";
    assert!(App::new(host).refusal().contains("limits.memory"));
    let run = App::new("").run(&["run", "--set", "scheduler.workers=100000000"]);
    assert!(run.failure().contains("from 0 to 1024"), "{}", run.stderr);
}

#[test]
fn the_runtimes_own_processes_cannot_be_reached_and_ties_of_nobody_are_fine() {
    let app = App::program_and(
        "return function()
        local io = require('io')
        for _, act in ipairs{'send', 'cancel', 'terminate', 'monitor', 'link'} do
            for n = 1, 3 do
                local ok, err = process[act]('{node:control|0x0000' .. n .. '}', 'x')
                if ok or err:kind() ~= 'NotFound' then io.print(act, n, ok, tostring(err)) end
            end
        end
        io.print(process.unmonitor('{app:nohost|0x00001}'), process.unlink('{far@app:x|0x00001}'))
        local _, err = process.exec('nocolon', 'app:processes')
        io.print(err:kind()) end",
        "  - {name: s, kind: process.service, process: p, host: app:processes, lifecycle: {auto_start: true}}
  - {name: p, kind: process.lua, source: 'return function() process.inbox():receive() end'}
",
    );
    let lines = app.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("true") && lines[0].contains("true",), "{lines:?}");
    assert_eq!(lines[1], "Invalid");
}

#[test]
fn the_list_of_commands_takes_a_folder_and_nothing_else() {
    let app = App::new("");
    let folder = app.path("");
    let elsewhere = App::empty();
    let run = elsewhere.run(&["run", "list", "-C", folder.to_str().unwrap()]);
    run.expect_code(0);
    assert!(elsewhere.run(&["run", "list", "extra"]).failure().contains("takes no arguments"));
}

#[test]
fn a_byte_order_mark_before_lua_is_passed_over() {
    let app = App::program("\u{feff}return function() require('io').print('heard') end");
    assert_eq!(app.lines(), ["heard"]);
}

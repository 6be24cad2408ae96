//! The first signal asks for an orderly stop, the second ends the program at once.

use crate::app::{App, Run, holds};
use std::time::{Duration, Instant};

/// Prints the events it gets, until CANCEL.
const POLITE: &str = "
return function()
    print('up')
    local e = process.events():receive()
    print('got', e.kind == process.event.CANCEL, e.reason, e.from)
end
";
/// Gets CANCEL and goes on.
const STUBBORN: &str = "
return function()
    print('up')
    process.events():receive()
    print('ignored')
    while true do require('time').sleep('1h') end
end
";

/// An app with `app:main` as a service on `app:processes`.
fn with_service(source: &str, lifecycle: &str) -> App {
    let service = format!(
        "  - {{name: service, kind: process.service, process: main, host: app:processes,
     lifecycle: {{auto_start: true, \
         {lifecycle}}}}}\n"
    );
    App::program_and(source, &service)
}

#[test]
fn a_signal_stops_an_app_in_order_with_success() {
    for signal in ["INT", "TERM"] {
        let app = with_service(POLITE, "");
        let mut running = app.start(&["run"]);
        running.wait_for("\tup\t");
        running.signal(signal);
        let run = running.end();
        run.expect_code(0);
        let got = run.messages().into_iter().find(|m| m.starts_with("got ")).unwrap_or_default();
        holds(got, &["got true service stopping {node:control|0x"]);
    }
}

#[test]
fn a_process_that_is_no_service_hears_of_the_shutdown() {
    let starter = "
return function()
    process.spawn('app:main', 'app:processes')
end
";
    let entries = "  - {name: starter, kind: process.lua, source: file://starter.lua}
  - {name: service, kind: process.service, process: starter, host: app:processes, lifecycle: {auto_start: true}}
";
    let app = App::program_and(POLITE, entries).with("src/starter.lua", starter);
    let mut running = app.start(&["run"]);
    running.wait_for("\tup\t");
    running.signal("INT");
    let run = running.end();
    run.expect_code(0);
    assert_eq!(run.count("got true scheduler shutdown {|}"), 1, "\n{}", run.stderr);
}

#[test]
fn an_app_without_anything_to_do_runs_until_a_signal() {
    let app = App::new("");
    let mut running = app.start(&["run"]);
    running.wait_for("runtime ready");
    running.signal("INT");
    running.end().expect_code(0);
}

#[test]
fn a_second_signal_ends_at_once_with_failure() {
    for (first, second) in [("INT", "INT"), ("TERM", "INT"), ("INT", "TERM")] {
        let app = with_service(STUBBORN, "stop_timeout: 1h");
        let mut running = app.start(&["run"]);
        running.wait_for("\tup\t");
        running.signal(first);
        running.wait_for("\tignored\t");
        running.signal(second);
        running.end().expect_code(1);
    }
}

#[test]
fn a_second_signal_ends_a_busy_process_too() {
    let busy = "return function() print('up') while true do end end";
    let polite = "  - {name: polite, kind: process.lua, source: file://polite.lua}
  - {name: polite.service, kind: process.service, process: polite, host: app:processes, lifecycle: {auto_start: true}}
  - {name: service, kind: process.service, process: main, host: app:processes,
     lifecycle: {auto_start: true, stop_timeout: 1h}}
";
    let app = App::program_and(busy, polite).with("src/polite.lua", POLITE);
    let mut running = app.start(&["run"]);
    running.wait_for_many("\tup\t", 2);
    running.signal("INT");
    running.wait_for("\tgot true ");
    running.signal("INT");
    running.end().expect_code(1);
}

#[test]
fn a_service_that_does_not_stop_is_killed_after_its_time() {
    let sorting = "return function() print('up') table.sort({1, 2}, function() while true do end end) end";
    for source in [STUBBORN, "return function() print('up') while true do end end", sorting] {
        let app = with_service(source, "stop_timeout: 100ms");
        let mut running = app.start(&["run"]);
        running.wait_for("\tup\t");
        running.signal("INT");
        running.end().expect_code(0);
    }
}

#[test]
fn the_whole_shutdown_has_a_limit() {
    let app = App::program_and(
        STUBBORN,
        "  - {name: starter, kind: process.lua,
     source: \"return function() process.spawn('app:main', 'app:processes') end\"}
  - {name: service, kind: process.service, process: starter, host: app:processes, lifecycle: {auto_start: true}}
",
    );
    let mut running = app.start(&["run", "--set", "shutdown.timeout=200ms"]);
    running.wait_for("\tup\t");
    running.signal("INT");
    running.end().expect_code(0);
}

#[test]
fn a_service_that_fails_while_it_stops_is_not_restarted() {
    let source = "return function() print('up') process.events():receive() error('in the middle') end";
    let app = with_service(source, "restart: {initial_delay: 1ms}");
    let mut running = app.start(&["run"]);
    running.wait_for("\tup\t");
    running.signal("INT");
    let run = running.end();
    run.expect_code(0);
    assert_eq!(run.count("up"), 1);
}

#[test]
fn a_service_that_waits_for_its_restart_does_not_hold_up_the_stop() {
    let app = with_service("return function() print('up') error('no luck') end", "restart: {initial_delay: 1h}");
    let mut running = app.start(&["run"]);
    running.wait_for("restarting");
    running.signal("INT");
    let run = running.end();
    run.expect_code(0);
    assert_eq!(run.count("up"), 1);
}

/// Interrupts a command once it has said "up".
#[track_caller]
fn interrupted(source: &str) -> Run {
    let app = App::program(source);
    let mut running = app.start(&["run", "-x", "app:main"]);
    running.wait_for("up");
    running.signal("INT");
    running.end()
}

#[test]
fn the_terminals_process_hears_of_the_shutdown_and_its_end_is_no_second_signal() {
    let run = interrupted(
        "return function()
    local io = require('io')
    io.print('up')
    local e = process.events():receive()
    io.print(e.kind, e.reason, e.from)
    require('time').sleep('20ms')
    io.print('tidy')
end",
    );
    assert_eq!((run.code, &*run.stdout), (Some(0), "up\npid.cancel\tscheduler shutdown\t{|}\ntidy\n"));
}

/// Interrupts a process of the terminal that waits for a line; its host has this lifecycle.
fn interrupted_in_readline(lifecycle: &str, words: &[&str]) -> Run {
    let index = format!(
        "namespace: app
entries:
  - {{name: terminal, kind: terminal.host, lifecycle: {{{lifecycle}}}}}
  - {{name: main, kind: process.lua, modules: [io], source: file://main.lua}}
"
    );
    let app = App::empty().with("src/_index.yaml", &index).with(
        "src/main.lua",
        "return function() local io = require('io') io.print('up') io.readline() io.print('never') end",
    );
    let mut running = app.start(&[&["run"], words, &["-x", "app:main"]].concat());
    running.wait_for("up");
    running.signal("INT");
    let run = running.end();
    assert_eq!(run.stdout, "up\n");
    run
}

#[test]
fn a_terminal_process_that_has_to_be_killed_is_failure() {
    let run = interrupted_in_readline("auto_start: true", &["--set", "shutdown.timeout=200ms"]);
    holds(run.failure(), &["process terminated"]);
}

/// Interrupts a command whose file-level code says "up" and goes on; `words` stand before `-x`.
fn interrupted_at_file_level(source: &str, words: &[&str]) -> Run {
    let app = App::program(source);
    let mut running = app.start(&[&["run", "-v"], words, &["-x", "app:main"]].concat());
    running.wait_for("\tup\t");
    running.signal("INT");
    running.end()
}

#[test]
fn a_command_whose_file_level_code_never_ends_is_killed_after_the_first_signal() {
    for source in ["print('up') while true do end", "print('up') while true do pcall(error) end"] {
        let run = interrupted_at_file_level(source, &["--set", "shutdown.timeout=200ms"]);
        run.expect_code(1);
        holds(&run.stderr, &["Error: process terminated"]);
    }
}

#[test]
fn a_command_that_gets_to_its_start_in_the_time_of_grace_hears_of_the_shutdown() {
    let source = "print('up')
local from = os.clock()
repeat until os.clock() - from > 0.2
return function()
    local e = process.events():receive()
    require('io').print(e.kind, e.reason, e.from)
    return 7
end";
    let run = interrupted_at_file_level(source, &[]);
    assert_eq!((run.code, &*run.stdout), (Some(7), "pid.cancel\tscheduler shutdown\t{|}\n"), "{}", run.stderr);
}

#[test]
fn a_command_whose_file_level_code_fails_in_the_time_of_grace_is_failure() {
    let source = "print('up') local from = os.clock() repeat until os.clock() - from > 0.2 error('no luck')";
    let run = interrupted_at_file_level(source, &[]);
    run.expect_code(1);
    holds(&run.stderr, &["Error: failed to execute script: app:main:1: no luck"]);
}

#[test]
fn a_command_that_still_waits_for_services_never_starts_after_a_signal() {
    let service = "  - {name: slow, kind: process.lua, source: \"print('up') while true do end\"}
  - {name: service, kind: process.service, process: slow, host: app:processes, lifecycle: {auto_start: true}}
";
    let app = App::program_and("return function() require('io').print('never') end", service);
    let mut running = app.start(&["run", "-v", "--set", "shutdown.timeout=200ms", "-x", "app:main"]);
    running.wait_for("\tup\t");
    running.signal("INT");
    let run = running.end();
    assert_eq!((run.code, &*run.stdout), (Some(1), ""));
    holds(&run.stderr, &["Error: interrupted before app:main had started"]);
}

#[test]
fn a_service_that_ends_the_node_does_not_wait_for_a_command_that_starts() {
    let service = "  - {name: ends, kind: process.lua, modules: [system, time], source: file://ends.lua}
  - {name: service, kind: process.service, process: ends, host: app:processes, lifecycle: {auto_start: true}}
";
    let ends = "return function() require('time').sleep('20ms') require('system').exit(5) end";
    let app = App::program_and("while true do end", service).with("src/ends.lua", ends);
    let run = app.run(&["run", "--set", "shutdown.timeout=200ms", "-x", "app:main"]);
    assert_eq!((run.code, &*run.stdout), (Some(5), ""), "{}", run.stderr);
}

#[test]
fn the_stop_timeout_of_a_host_limits_its_processes() {
    let started = Instant::now();
    interrupted_in_readline("auto_start: true, stop_timeout: 200ms", &[]);
    // The default is ten seconds.
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

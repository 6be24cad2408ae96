//! What the node does for services: start, restart, order. Logs on stderr tell what happened.

use crate::app::{App, Run, holds};

/// A service `app:NAME.service` that runs `src/NAME.lua` on `app:processes`.
fn service(name: &str, more: &str, lifecycle: &str) -> String {
    format!(
        "  - {{name: {name}, kind: process.lua, source: file://{name}.lua, modules: [time]}}
  - {{name: {name}.service, kind: process.service, process: {name}, host: app:processes,
     {more} lifecycle: {{{lifecycle}}}}}
"
    )
}

const AUTO: &str = "auto_start: true";
/// 10 ms, doubled each time.
const QUICK: &str = "auto_start: true, restart: {initial_delay: 10ms}";
/// Its starts tell how much time other services have had: each pause is as long as all before it.
const MARKER: &str = "return function() print('marker') error('again') end";
/// Runs until it is asked to stop.
const IDLE: &str = "print('NAME up')\nreturn function() process.events():receive() print('NAME down') end";

/// Runs `src/subject.lua` as a service beside the marker, until that has been started six times.
#[track_caller]
fn watch(lifecycle: &str, source: &str) -> Run {
    let entries = service("marker", "", QUICK) + &service("subject", "", lifecycle);
    let app = App::new(&entries).with("src/marker.lua", MARKER).with("src/subject.lua", source);
    let mut running = app.start(&["run"]);
    running.wait_for_many("\tmarker\t", 6);
    running.signal("INT");
    let run = running.end();
    run.expect_code(0);
    run
}

const RESTART: &str = "auto_start: true, restart: {initial_delay: 10ms, max_attempts: 3}";

#[test]
fn services_that_start_by_themselves_do_and_others_do_not() {
    assert_eq!(watch(AUTO, "return function() print('subject') process.events():receive() end").count("subject"), 1);
    assert_eq!(watch("auto_start: false", "return function() print('subject') end").count("subject"), 0);
    assert_eq!(watch("", "return function() print('subject') end").count("subject"), 0);
}

#[test]
fn attempts_are_counted_with_the_first() {
    let failing = "return function() print('subject') error('no luck') end";
    assert_eq!(watch(RESTART, failing).count("subject"), 3, "three attempts are two restarts");
    let once = "auto_start: true, restart: {initial_delay: 10ms, max_attempts: 1}";
    assert_eq!(watch(once, failing).count("subject"), 1, "one attempt is no restart");
}

#[test]
fn the_log_tells_where_a_service_failed() {
    let run = watch(RESTART, "local function deep()\nerror('no luck') end\nreturn function()\ndeep() end");
    let failures: Vec<_> = run.stderr.lines().filter(|line| line.contains("\tservice failed")).collect();
    let failures: Vec<_> = failures.into_iter().filter(|line| line.contains("app:subject:2: no luck")).collect();
    assert_eq!(failures.len(), 3, "{}", run.stderr);
    for failure in failures {
        holds(failure, &["\"traceback\":\"stack traceback:", "app:subject:2: in", "app:subject:4: in"]);
    }
}

#[test]
fn failures_of_every_kind_are_restarted() {
    for body in [
        "return nil, 'no luck'",
        "return nil, errors.new('no luck')",
        "return nil, errors.new({message = 'no luck', retryable = true})",
        "process.terminate(process.pid())",
        "coroutine.spawn(function() error('no luck') end) process.events():receive()",
    ] {
        let run = watch(RESTART, &format!("return function() print('subject') {body} end"));
        assert_eq!(run.count("subject"), 3, "{body}");
    }
}

#[test]
fn a_failing_start_counts_as_a_failure() {
    let run = watch(RESTART, "print('subject')\nerror('no luck')");
    assert_eq!(run.count("subject"), 3, "\n{}", run.stderr);
}

#[test]
fn a_clean_end_is_not_restarted() {
    for body in ["", "return 5", "return false", "return nil, 5"] {
        let run = watch(RESTART, &format!("return function() print('subject') {body} end"));
        assert_eq!(run.count("subject"), 1, "{body}");
    }
}

#[test]
fn an_error_that_is_not_retryable_is_not_restarted() {
    for body in [
        "return nil, errors.new({message = 'no luck', retryable = false})",
        "local _, err = process.spawn('app:nosuch', 'app:processes') return nil, err",
    ] {
        let run = watch(RESTART, &format!("return function() print('subject') {body} end"));
        assert_eq!(run.count("subject"), 1, "{body}\n{}", run.stderr);
    }
}

#[test]
fn an_error_that_is_raised_is_not_restarted_when_it_is_not_retryable() {
    for body in
        ["error(errors.new({message = 'no luck', retryable = false}))", "assert(process.send('nobody', 'topic'))"]
    {
        let run = watch(RESTART, &format!("return function() print('subject') {body} end"));
        assert_eq!(run.count("subject"), 1, "{body}\n{}", run.stderr);
    }
}

#[test]
fn pauses_grow_by_the_factor_up_to_the_cap() {
    let lifecycle = "auto_start: true, restart: {delay: 40ms, backoff_factor: 3, max_delay: 200ms}";
    let app = App::new(&service("subject", "", lifecycle))
        .with("src/subject.lua", "return function() print('at', os.clock()) error('again') end");
    let mut running = app.start(&["run"]);
    running.wait_for_many("\tat ", 5);
    running.signal("INT");
    let run = running.end();
    let at: Vec<f64> = run.messages().iter().filter_map(|m| m.strip_prefix("at ")?.parse().ok()).collect();
    let pauses: Vec<f64> = at.windows(2).map(|pair| (pair[1] - pair[0]) * 1000.0).collect();
    // A tenth of jitter; a busy machine may add any time. A pause is measured from the start, not from the end.
    for (pause, least) in pauses.iter().zip([36.0, 108.0, 180.0, 180.0]) {
        assert!(*pause >= least, "{pauses:?}");
    }
    assert_eq!(pauses.len(), 4, "{pauses:?}");
}

#[test]
fn a_service_that_was_stable_has_all_its_attempts_again() {
    let lifecycle = "auto_start: true, stable_threshold: 20ms, restart: {initial_delay: 10ms, max_attempts: 2}";
    let entries = service("subject", "", lifecycle);
    let app = App::new(&entries)
        .with("src/subject.lua", "return function() print('subject') require('time').sleep('40ms') error('again') end");
    let mut running = app.start(&["run"]);
    running.wait_for_many("\tsubject\t", 5);
    running.signal("INT");
    running.end().expect_code(0);
}

#[test]
fn each_attempt_is_a_process_of_its_own() {
    let run = watch(RESTART, "local n = 0\nreturn function() n = n + 1 print(n, process.pid()) error('again') end");
    let pids: Vec<_> = run.messages().into_iter().filter_map(|m| m.strip_prefix("1 {app:processes|")).collect();
    assert_eq!(pids.len(), 3, "\n{}", run.stderr);
    assert!(pids[0] != pids[1] && pids[1] != pids[2] && pids[0] != pids[2], "{pids:?}");
}

#[test]
fn the_input_becomes_the_arguments() {
    let input = "input: [1, two, 2.5, true, null, {k: [1, 2]}, null],";
    let source = "return function(...)
    local a, b, c, d, e, f, g = ...
    print(select('#', ...), math.type(a), b, math.type(c), d, e, f.k[2], g)
end";
    let app = App::new(&service("subject", input, AUTO)).with("src/subject.lua", source);
    let mut running = app.start(&["run"]);
    running.wait_for("\t7 integer two float true nil 2 nil\t");
    running.signal("INT");
    running.end().expect_code(0);
}

/// Three services that need each other against the order of their names: `m` first, then `z`, then `a`.
fn chain(auto: [bool; 3]) -> App {
    let lifecycle = |i: usize, requires: &str| format!("auto_start: {}, requires: [{requires}]", auto[i]);
    let entries = [
        service("a", "", &lifecycle(2, "app:z.service")),
        service("m", "", &lifecycle(0, "")),
        service("z", "", &lifecycle(1, "m.service")),
    ];
    let mut app = App::new(&entries.concat());
    for name in ["a", "m", "z"] {
        app = app.with(&format!("src/{name}.lua"), &IDLE.replace("NAME", name));
    }
    app
}

#[test]
fn services_start_after_what_they_require_and_stop_before_it() {
    for auto in [[true; 3], [false, false, true]] {
        let app = chain(auto);
        let mut running = app.start(&["run"]);
        running.wait_for("\ta up\t");
        running.signal("INT");
        let run = running.end();
        run.expect_code(0);
        let told: Vec<_> = run.messages().into_iter().filter(|m| m.ends_with(" up") || m.ends_with(" down")).collect();
        assert_eq!(told, ["m up", "z up", "a up", "a down", "z down", "m down"], "auto_start {auto:?}");
    }
}

#[test]
fn what_requires_a_service_that_cannot_start_does_not_start() {
    let entries = [
        service("subject", "", "auto_start: true, restart: {max_attempts: 1}"),
        service("dependent", "", "auto_start: true, requires: [subject.service]"),
        service("marker", "", QUICK),
    ];
    let app = App::new(&entries.concat())
        .with("src/subject.lua", "error('cannot start')")
        .with("src/dependent.lua", "print('dependent')\nreturn function() end")
        .with("src/marker.lua", MARKER);
    let mut running = app.start(&["run"]);
    running.wait_for_many("\tmarker\t", 5);
    running.signal("INT");
    let run = running.end();
    run.expect_code(0);
    assert_eq!(run.count("dependent"), 0, "others run, dependents do not\n{}", run.stderr);
    assert!(run.stderr.contains("app:subject.service"), "the log names the service\n{}", run.stderr);
}

#[test]
fn a_command_waits_for_services_to_be_up() {
    let slow = "local start = os.clock()\nwhile os.clock() - start < 0.1 do end\nprint('up')\nreturn function() end";
    let app = App::program_and("return function() print('command') end", &service("subject", "", AUTO))
        .with("src/subject.lua", slow);
    let run = app.run(&["run", "-v", "-x", "app:main"]);
    run.expect_code(0);
    let told: Vec<_> = run.messages().into_iter().filter(|m| ["up", "command"].contains(m)).collect();
    assert_eq!(told, ["up", "command"]);
}

#[test]
fn a_command_runs_though_a_service_fails() {
    let entries = service("subject", "", "auto_start: true, restart: {max_attempts: 1}")
        + &service("retrying", "", "auto_start: true, restart: {initial_delay: 1h}");
    let app = App::program_and("return function() require('io').print('ran') end", &entries)
        .with("src/subject.lua", "error('cannot start')")
        .with("src/retrying.lua", "error('cannot start yet')");
    assert_eq!(app.lines(), ["ran"]);
}

#[test]
fn a_command_finds_what_services_do_first() {
    let entries = service("queue", "", AUTO)
        + &service("ends", "", AUTO)
        + "  - {name: helper, kind: process.lua, source: 'return function() process.inbox():receive() end'}
  - {name: f, kind: function.lua, method: f, source: 'return {f = function() for i = 1, 1e6 do end end}'}
  - {name: queue_of_calls, kind: process.lua, source: file://calls.lua, modules: [funcs]}
  - {name: calls.service, kind: process.service, process: queue_of_calls, host: app:processes, lifecycle: {auto_start: true}}
";
    let app = App::program_and(
        "return function()
            assert(process.send('queue', 'job', 1))
            assert(process.send('calls', 'job', 1))
            return 4
        end",
        &entries,
    )
    .with(
        "src/queue.lua",
        "return function()
            for i = 1, 1e6 do end
            process.registry.register('queue')
            while true do process.inbox():receive() end
        end",
    )
    .with("src/ends.lua", "return function() for i = 1, 1e5 do end end")
    .with(
        "src/calls.lua",
        "return function()
            process.spawn('app:helper', 'app:processes')
            assert(select(2, require('funcs').call('app:f')) == nil)
            process.registry.register('calls')
            process.inbox():receive()
        end",
    );
    app.run(&["run", "-x", "app:main"]).expect_code(4);
}

#[test]
fn a_service_that_never_waits_holds_up_no_command_for_long() {
    let app = App::program_and("return function() return 4 end", &service("busy", "", AUTO))
        .with("src/busy.lua", "return function() while true do end end");
    let mut running = app.start(&["run", "-v", "-x", "app:main"]);
    running.wait_for("waiting for app:busy");
    running.signal("INT");
    running.end().expect_code(4);
}

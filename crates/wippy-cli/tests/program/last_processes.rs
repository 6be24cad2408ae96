//! What the end of a program waits for. All that is asked to end here has an hour, far more than a run may take.

use crate::app::{App, holds};

/// Hosts whose processes may take an hour to end, then these entries.
fn app(main: &str, entries: &str) -> App {
    let index = format!(
        "version: \"1.0\"
namespace: app
entries:
  - {{name: terminal, kind: terminal.host, lifecycle: {{auto_start: true, stop_timeout: 1h}}}}
  - {{name: processes, kind: process.host, lifecycle: {{auto_start: true, stop_timeout: 1h}}}}
  - {{name: main, kind: process.lua, source: file://main.lua, modules: [io, time, funcs]}}
  - {{name: waits, kind: process.lua, meta: {{default_host: app:processes}}, source: 'return function() process.inbox():receive() end'}}
{entries}"
    );
    App::empty().with("src/_index.yaml", &index).with("src/main.lua", main)
}

const RUN: [&str; 5] = ["run", "--set", "shutdown.timeout=1h", "-x", "app:main"];

#[test]
fn processes_that_only_wait_for_messages_are_not_waited_for() {
    let service = |name: &str, needs: &str| {
        format!(
            "  - {{name: {name}, kind: process.service, process: waits, host: app:processes, \
             lifecycle: {{auto_start: true, stop_timeout: 1h, requires: [{needs}]}}}}\n"
        )
    };
    let app = app(
        "return function()
            process.spawn('app:waits', 'app:processes')
            process.spawn('app:calls', 'app:processes')
            process.spawn('app:hears', 'app:processes')
            return 3
        end",
        &(service("a", "") + &service("b", "a") + &service("c", "b")
            + "  - {name: calls, kind: process.lua, modules: [funcs], source: 'return function() require(\"funcs\").call(\"app:waits\") end'}
  - {name: hears, kind: process.lua, source: 'return function() local e = process.events() process.inbox():receive() e:receive() end'}
"),
    );
    app.run(&RUN).expect_code(3);
    let mut running = app.start(&["run", "--set", "shutdown.timeout=1h"]);
    running.wait_for("runtime ready");
    running.signal("INT");
    running.end().expect_code(0);
}

#[test]
fn a_process_that_waits_is_there_for_those_that_are_about_to_end() {
    let saver = "return function()
        local time = require('time')
        process.events():receive()
        time.sleep('50ms')
        process.send('store', 'save', 'all of it')
        process.inbox():receive()
    end";
    let app = app(
        "return function()
            process.registry.register('main')
            process.spawn('app:store', 'app:processes', 'main')
            process.inbox():receive()
            return 5
        end",
        "  - {name: saver, kind: process.lua, modules: [time], source: file://saver.lua}
  - {name: store, kind: process.lua, source: file://store.lua}
",
    )
    .with("src/saver.lua", saver)
    .with(
        "src/store.lua",
        "return function(main)
            process.registry.register('store')
            process.spawn('app:saver', 'app:processes')
            process.send(main, 'ready')
            print('saved ' .. process.inbox():receive():payload():data())
            process.inbox():receive()
        end",
    );
    let run = app.run(&["run", "-v", "--set", "shutdown.timeout=1h", "-x", "app:main"]);
    run.expect_code(5);
    assert_eq!(run.count("saved all of it"), 1, "{}", run.stderr);
}

#[test]
fn the_result_is_told_before_others_are_waited_for_and_a_signal_ends_the_wait() {
    let app = app(
        "return function()
            process.spawn('app:ticks', 'app:processes')
            error('no luck')
        end",
        "  - {name: ticks, kind: process.lua, modules: [time], source: 'return function() while true do require(\"time\").sleep(\"10ms\") end end'}
",
    );
    let mut running = app.start(&["run", "-v", "--set", "shutdown.timeout=1h", "-x", "app:main"]);
    running.wait_for("Error: app:main:3: no luck");
    let told = running.wait_for("waiting for");
    holds(&told, &["app:ticks {app:processes|0x"]);
    running.signal("INT");
    let run = running.end();
    run.expect_code(1);
    assert_eq!(run.stderr.matches("no luck\n").count(), 1, "{}", run.stderr);
}

#[test]
fn a_signal_while_the_program_ends_by_itself_keeps_its_exit_code() {
    let app = app(
        "return function() process.spawn('app:ticks', 'app:processes') return 7 end",
        "  - {name: ticks, kind: process.lua, modules: [time], source: 'return function() while true do require(\"time\").sleep(\"10ms\") end end'}
",
    );
    let mut running = app.start(&["run", "-v", "--set", "shutdown.timeout=1h", "-x", "app:main"]);
    running.wait_for("waiting for");
    running.signal("INT");
    running.end().expect_code(7);
}

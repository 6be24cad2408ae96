//! How processes see the node, and how they end it.

use crate::app::App;

fn app(main: &str, more: &str) -> App {
    let entries = "  - {name: main, kind: process.lua, source: file://main.lua, modules: [io, time, system]}\n";
    App::new(&format!("{entries}{more}")).with("src/main.lua", main)
}

#[test]
fn a_process_ends_the_program_with_its_code() {
    for (call, code) in
        [("system.exit()", 0), ("system.exit(7)", 7), ("system.exit(256 + 9)", 9), ("system.exit(-1)", 255)]
    {
        let main =
            format!("return function() io.print({call}) process.events():receive() io.print('asked to end') end");
        let run = app(&main, "").run(&["run", "-x", "app:main"]);
        run.expect_code(code);
        assert_eq!(run.stdout, "true\tnil\nasked to end\n", "{call}");
        assert_eq!(run.stderr, "", "{call}");
    }
}

#[test]
fn the_last_code_counts_and_more_than_how_the_terminal_ends() {
    let main = "return function() system.exit(4) system.exit(5) error('oops') end";
    let run = app(main, "").run(&["run", "-x", "app:main"]);
    run.expect_code(5);
    assert_eq!(run.stderr, "");
}

#[test]
fn a_wrong_code_raises_and_ends_nothing() {
    let main = "return function()
        io.print(pcall(system.exit, 'soon'))
        io.print(pcall(system.exit, 1.5))
        return 6
    end";
    let run = app(main, "").run(&["run", "-x", "app:main"]);
    run.expect_code(6);
    assert!(
        run.stdout.contains("number expected") && run.stdout.contains("no integer representation"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_service_ends_a_program_without_a_terminal() {
    let service = "  - {name: service, kind: process.service, process: main, host: app:processes, lifecycle: {auto_start: true}}\n";
    let app = app("return function() system.exit(11) process.events():receive() end", service);
    let run = app.start(&["run"]).end();
    run.expect_code(11);
}

#[test]
fn a_policy_decides_who_may_end_the_program() {
    let entries = "  - {name: reads, kind: security.policy, policy: {actions: system.read, resources: [memory, node], effect: allow}}
  - name: other
    kind: terminal.host
    security: {actor: {id: guest}, policies: [reads]}
    lifecycle: {auto_start: true}
";
    let main = "return function()
        local done, err = system.exit(9)
        io.print(done, err:kind(), err)
        io.print(system.memory.allocated() > 0, (system.node.id()), select('#', system.process.cwd()))
        return 3
    end";
    let run = app(main, entries).run(&["run", "-x", "app:main", "--host", "app:other"]);
    run.expect_code(3);
    assert_eq!(run.stdout, "nil\tInvalid\tnot allowed to exit the system\ntrue\tlocal\t2\n");
}

#[test]
fn memory_that_a_process_takes_is_seen() {
    let main = "return function()
        local before = system.memory.allocated()
        local t = {} for i = 1, 64 do t[i] = string.rep(tostring(i % 10), 1 << 20) end
        io.print(system.memory.allocated() - before > 48 << 20, #t)
    end";
    let run = app(main, "").run(&["run", "-x", "app:main"]);
    run.expect_code(0);
    assert_eq!(run.stdout, "true\t64\n");
}

#[test]
fn the_node_has_the_name_that_it_was_given() {
    let main = "return function() io.print((system.node.id()), system.cluster.members()[1].id) end";
    let run = app(main, "").run(&["run", "--set", "relay.node_name=north", "-x", "app:main"]);
    run.expect_code(0);
    assert_eq!(run.stdout, "north\tnorth\n");
}

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

#[test]
fn a_list_of_processes_tells_on_whose_behalf_they_run() {
    let main = "return function()
    local io, time = require('io'), require('time')
    local function actors(host)
        local all = {}
        for _, p in ipairs(system.hosts.processes(host)) do all[#all + 1] = p.source .. ' for ' .. tostring(p.actor_id) end
        table.sort(all)
        return table.concat(all, ', ')
    end
    io.print(actors('app:terminal'))
    -- Services run when the command starts, but may not have got to their names.
    local function named(name) while not process.registry.lookup(name) do time.sleep('1ms') end end
    assert(process.spawn('app:own', 'app:processes'))
    named('waits') named('child') named('own')
    io.print(actors('app:processes'))
    assert(select(2, process.spawn('app:broken', 'app:processes')))
    for _, name in ipairs{'child', 'own', 'waits'} do
        local pid = process.registry.lookup(name)
        process.monitor(pid) process.send(pid, 'go') process.events():receive()
    end
    -- Their ends are told a moment before their places are free.
    while actors('app:processes') ~= '' do time.sleep('1ms') end
    io.print('none')
end";
    let waits = "return function()
    local inbox = process.inbox()
    process.registry.register(process.id():match(':(.*)'))
    if process.id() == 'app:waits' then
        assert(process.spawn('app:child', 'app:processes'))
        while not process.registry.lookup('child') do require('time').sleep('1ms') end
    end
    inbox:receive()
end";
    let lua =
        |name: &str| format!("  - {{name: {name}, kind: process.lua, source: file://waits.lua, modules: [time]}}\n");
    let more = format!(
        "{}{}{}  - {{name: broken, kind: process.lua, source: error('no luck')}}
  - {{name: all, kind: security.policy, policy: {{actions: '*', resources: '*', effect: allow}}}}
  - {{name: service, kind: process.service, process: waits, host: app:processes,
     lifecycle: {{auto_start: true, security: {{actor: {{id: 'user:ada'}}, policies: [all]}}}}}}
",
        lua("waits"),
        lua("child"),
        lua("own")
    );
    let app = app(main, &more).with("src/waits.lua", waits);
    let told = ["app:main for nil", "app:child for user:ada, app:own for nil, app:waits for user:ada", "none"];
    let run = app.run(&["run", "-x", "app:main"]);
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), told, "{}", run.stderr);
}

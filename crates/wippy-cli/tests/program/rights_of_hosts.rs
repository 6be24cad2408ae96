//! Where rights come from: the caller, the host as an upper bound, the command line.

use crate::app::App;

/// Sends to the process called "target", and says how that went; with more words, has a child do it.
const CHILD: &str = "
return function(how, ...)
    if how then
        local pid, err = process[how]('app:child', 'app:processes', ...)
        if how == 'exec' then return pid or err:kind() end
        if err then return err:kind() end
        return process.events():receive().result.value
    end
    local ok, err = process.send('target', 'topic', 1)
    return ok and 'ok' or err:kind()
end
";

const ENTRIES: &str = "  - {name: child, kind: process.lua, source: file://child.lua}
  - {name: next, kind: process.lua, modules: [io], imports: {child: app:child.library},
     source: \"return function() require('io').print(child()) end\"}
  - {name: child.library, kind: library.lua, source: file://child.lua}
  - {name: all, kind: security.policy, policy: {effect: allow, actions: '*', resources: '*'}}
  - {name: wall, kind: security.policy, policy: {effect: deny, actions: process.send, resources: '*'}}
  - {name: narrow, kind: process.host,
     lifecycle: {auto_start: true, security: {actor: {id: host}, policies: [all, wall]}}}
  - {name: target, kind: process.lua, source: file://target.lua}
  - {name: target.service, kind: process.service, process: target, host: app:processes,
     lifecycle: {auto_start: true, security: {actor: {id: target}, policies: [all]}}}
";

const AWAIT: &str = "
local io, time = require('io'), require('time')
while not process.registry.lookup('target') do time.sleep('1ms') end
";

/// `app:main` with a target that waits, run as a service under this security block, or by `-x` without one.
fn app(body: &str, security: &str) -> App {
    app_and(body, security, "")
}

fn app_and(body: &str, security: &str, entries: &str) -> App {
    let service = format!(
        "  - {{name: service, kind: process.service, process: main, host: app:terminal,
     lifecycle: {{auto_start: true, {security}}}}}\n"
    );
    let service = if security.is_empty() { "" } else { &service };
    App::program_and(&format!("return function()\n{AWAIT}\n{body}\nend"), &[ENTRIES, service, entries].concat())
        .with("src/child.lua", CHILD)
        .with("src/target.lua", "return function() process.registry.register('target') process.events():receive() end")
}

/// Everything but sending.
const WALLED: &str = "security: {actor: {id: 'user:ada'}, policies: [all, wall]}";
const FREE: &str = "security: {actor: {id: 'user:ada'}, policies: [all]}";

#[track_caller]
fn prints(app: &App, words: &[&str], expected: &[&str]) {
    let run = app.run(words);
    run.expect_code(0);
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), expected, "\n{}", run.stderr);
}

#[test]
fn children_and_their_children_may_what_their_parents_may() {
    let body = "
    io.print((process.exec('app:child', 'app:processes')))
    io.print((process.exec('app:child', 'app:processes', 'exec')))
    io.print((process.exec('app:child', 'app:processes', 'spawn_monitored')))
    io.print((process.exec('app:child', 'app:processes', 'spawn_monitored', 'exec', 'spawn_monitored')))
    process.spawn_monitored('app:child', 'app:processes')
    io.print(process.events():receive().result.value)";
    prints(&app(body, WALLED), &["run", "-s"], &["PermissionDenied"; 5]);
    prints(&app(body, FREE), &["run", "-s"], &["ok"; 5]);
    prints(&app(body, ""), &["run", "-x", "app:main"], &["ok"; 5]);
}

#[test]
fn an_upgrade_changes_no_rights() {
    let body = "process.upgrade('app:next')";
    prints(&app(body, WALLED), &["run", "-s"], &["PermissionDenied"]);
    prints(&app(body, FREE), &["run", "-s"], &["ok"]);
}

const ON_BOTH: &str = "
    io.print((process.exec('app:child', 'app:processes')))
    io.print((process.exec('app:child', 'app:narrow')))";

#[test]
fn a_host_bounds_what_its_processes_may() {
    prints(&app(ON_BOTH, ""), &["run", "-x", "app:main"], &["ok", "PermissionDenied"]);
    prints(&app(ON_BOTH, FREE), &["run", "-s"], &["ok", "PermissionDenied"]);
    prints(&app(ON_BOTH, WALLED), &["run", "-s"], &["PermissionDenied", "PermissionDenied"]);
}

#[test]
fn a_host_gives_no_rights_and_passes_none_on() {
    // A bound that allows everything lifts nothing.
    let wide = "  - {name: wide, kind: process.host, lifecycle: {auto_start: true, security: {policies: [all]}}}\n";
    let body = "io.print((process.exec('app:child', 'app:wide')))";
    prints(&app_and(body, WALLED, wide), &["run", "-s"], &["PermissionDenied"]);
    prints(&app_and(body, FREE, wide), &["run", "-s"], &["ok"]);
    let strict = ["run", "-s", "--set", "security.strict_mode=true"];
    prints(&app_and(body, FREE, wide), &strict, &["ok"]);
    // The child of a bounded process runs elsewhere without the bound.
    let body = "io.print((process.exec('app:child', 'app:narrow', 'exec')))";
    prints(&app(body, FREE), &["run", "-s"], &["ok"]);
}

#[test]
fn a_host_bounds_services_too() {
    let entries = "  - {name: shout, kind: process.lua, source: file://shout.lua, modules: [time]}
  - {name: shout.service, kind: process.service, process: shout, host: app:narrow,
     lifecycle: {auto_start: true, security: {actor: {id: a}, policies: [all]}}}
";
    let app = app_and("", "", entries).with(
        "src/shout.lua",
        "return function()
    while not process.registry.lookup('target') do require('time').sleep('1ms') end
    print('sent', select(2, process.send('target', 'topic')):kind())
end",
    );
    let mut running = app.start(&["run"]);
    running.wait_for("\tsent PermissionDenied\t");
    running.signal("INT");
    running.end().expect_code(0);
}

#[test]
fn an_empty_bound_allows_nothing() {
    let shut = "  - {name: shut, kind: process.host, lifecycle: {auto_start: true, security: {actor: {id: host}}}}\n";
    let body = "io.print((process.exec('app:child', 'app:shut')))";
    prints(&app_and(body, "", shut), &["run", "-x", "app:main"], &["PermissionDenied"]);
}

#[test]
fn conditions_of_a_bound_see_the_processs_own_actor() {
    let entries = "  - name: not_ada
    kind: security.policy
    policy: {effect: deny, actions: process.send, resources: '*',
      conditions: [{field: actor.id, operator: eq, value: 'user:ada'}]}
  - {name: picky, kind: process.host,
     lifecycle: {auto_start: true, security: {actor: {id: host}, policies: [all, not_ada]}}}
";
    let body = "io.print((process.exec('app:child', 'app:picky')))";
    prints(&app_and(body, FREE, entries), &["run", "-s"], &["PermissionDenied"]);
    prints(&app_and(body, "", entries), &["run", "-x", "app:main"], &["ok"]);
}

/// A terminal with a `security:` block, and a command with or without one of its own.
fn secured(terminal: &str, command: &str) -> App {
    let index = format!(
        "namespace: app
entries:
  - {{name: terminal, kind: terminal.host, {terminal} lifecycle: {{auto_start: true}}}}
  - {{name: processes, kind: process.host, lifecycle: {{auto_start: true}}}}
  - {{name: main, kind: process.lua, source: file://main.lua, modules: [io, time],
     meta: {{command: {{name: go, {command}}}}}}}
{ENTRIES}"
    );
    let main = format!("return function()\n{AWAIT}\nio.print((process.exec('app:child', 'app:processes')))\nend");
    app("", "").with("src/_index.yaml", &index).with("src/main.lua", &main)
}

const STRICT: [&str; 4] = ["run", "--set", "security.strict_mode=true", "go"];

#[test]
fn in_strict_mode_a_command_without_rights_may_nothing() {
    let run = secured("", "").run(&STRICT);
    run.expect_code(0);
    assert_eq!(run.stdout, "nil\n");
}

#[test]
fn a_terminal_gives_rights_to_commands() {
    let free = format!("{FREE},");
    prints(&secured(&free, ""), &STRICT, &["ok"]);
    prints(&secured(&free, ""), &["run", "go"], &["ok"]);
    prints(&secured(&format!("{WALLED},"), ""), &["run", "go"], &["PermissionDenied"]);
}

#[test]
fn a_command_has_rights_of_its_own() {
    prints(&secured("", FREE), &STRICT, &["ok"]);
    prints(&secured("", WALLED), &["run", "go"], &["PermissionDenied"]);
}

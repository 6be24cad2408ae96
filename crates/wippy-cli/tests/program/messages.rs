//! Messages between hosts: closed hosts, and policies about `process.send.host`.

use crate::app::App;

/// Does to the process called "vault" what it is told, and says how that went. `visits` asks the vault for its count.
const VISITOR: &str = "
return function(act)
    if act == 'visits' then
        process.send('vault', 'count')
        return process.inbox():receive():payload():data()
    end
    if act == 'parent' then
        process.spawn_monitored('app:brief', 'app:processes')
        return process.events():receive().result.value
    end
    local f, ok, err = process[act]
    if act == 'send' then ok, err = f('vault', 'visit') else
        ok, err = f('vault', act == 'cancel' and 'visitor' or nil)
    end
    return ok and 'ok' or err:kind() .. ' ' .. tostring(err):gsub('|0x%x+', '')
end
";
const VAULT: &str = "
return function()
    process.registry.register('vault')
    process.set_options({trap_links = true})
    local visits = 0
    local inbox, events = process.inbox(), process.events()
    while true do
        local got = channel.select({inbox:case_receive(), events:case_receive()})
        local m = got.value
        if got.channel == events then
            if m.kind == process.event.CANCEL and m.reason ~= 'visitor' then return end
        elseif m:topic() == 'count' then process.send(m:from(), 'visits', visits) else visits = visits + 1 end
    end
end
";
const ENTRIES: &str = "  - {name: friends, kind: process.host, lifecycle: {auto_start: true}}
  - {name: visitor, kind: process.lua, source: file://visitor.lua}
  - {name: brief, kind: process.lua, source: return function() return 'heard' end}
  - {name: vault, kind: process.lua, source: file://vault.lua}
  - {name: vault.service, kind: process.service, process: vault, host: app:castle, lifecycle: {auto_start: true}}
";
const AWAIT: &str = "
local io, time = require('io'), require('time')
while not process.registry.lookup('vault') do time.sleep('1ms') end
local function visit(host, act) io.print((process.exec('app:visitor', host, act))) end
";

const OPEN: &str = "";
const CLOSED: &str = "messages: {inbound: closed, allow_from: ['app:friends']},";

/// The vault on `app:castle`; `app:main` on the terminal runs under these policies, or without actor and scope.
fn castle(messages: &str, body: &str, policies: &[&str]) -> App {
    let host = format!("  - {{name: castle, kind: process.host, {messages} lifecycle: {{auto_start: true}}}}\n");
    let mut entries = format!("{ENTRIES}{host}");
    for (i, policy) in policies.iter().enumerate() {
        entries += &format!("  - {{name: policy{i}, kind: security.policy, groups: [user], policy: {{{policy}}}}}\n");
    }
    let security = if policies.is_empty() { "" } else { "security: {actor: {id: 'user:ada'}, groups: [user]}" };
    entries += &format!(
        "  - {{name: service, kind: process.service, process: main, host: app:terminal,
     lifecycle: {{auto_start: true, {security}}}}}\n"
    );
    App::program_and(&format!("return function()\n{AWAIT}\n{body}\nend"), &entries)
        .with("src/visitor.lua", VISITOR)
        .with("src/vault.lua", VAULT)
}

#[track_caller]
fn prints(app: &App, expected: &[&str]) {
    let run = app.run(&["run", "-s"]);
    run.expect_code(0);
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), expected, "\n{}", run.stderr);
}

const SEND_REFUSED: &str = "PermissionDenied not allowed to send: {app:castle}";
const ALL: &str = "effect: allow, actions: '*', resources: '*'";
/// All but what is asked in addition between hosts.
const NEAR: &str = "effect: allow, actions: [process.send, process.exec, process.host], resources: '*'";

#[test]
fn an_open_host_hears_everybody() {
    let body = "visit('app:processes', 'send') visit('app:friends', 'send') visit('app:friends', 'visits')";
    prints(&castle(OPEN, body, &[]), &["ok", "ok", "2"]);
    prints(&castle("messages: {inbound: open},", body, &[]), &["ok", "ok", "2"]);
    prints(&castle(OPEN, body, &[NEAR]), &["ok", "ok", "2"]);
}

#[test]
fn a_closed_host_hears_itself_and_those_it_allows() {
    let body = "
    visit('app:processes', 'send') visit('app:terminal', 'send')
    visit('app:friends', 'send') visit('app:castle', 'send')
    visit('app:friends', 'visits')";
    let body =
        body.replace("visit('app:terminal', 'send')", "io.print((select(2, process.send('vault', 'visit')):kind()))");
    prints(&castle(CLOSED, &body, &[]), &[SEND_REFUSED, "PermissionDenied", "ok", "ok", "2"]);
}

#[test]
fn a_closed_host_is_closed_to_signals() {
    let body = "
    for _, act in ipairs({'cancel', 'terminate', 'monitor', 'link'}) do visit('app:processes', act) end
    visit('app:friends', 'visits')
    for _, act in ipairs({'monitor', 'link', 'cancel', 'terminate'}) do visit('app:friends', act) end";
    let refused = |act: &str| format!("PermissionDenied not allowed to {act}: {{app:castle}}");
    let refused = ["cancel", "terminate", "monitor", "link"].map(refused);
    let expected: Vec<_> = refused.iter().map(String::as_str).chain(["0", "ok", "ok", "ok", "ok"]).collect();
    prints(&castle(CLOSED, body, &[]), &expected);
}

#[test]
fn a_closed_host_that_allows_nobody_is_closed_to_all_others() {
    let body = "visit('app:friends', 'send') visit('app:castle', 'send')";
    prints(&castle("messages: {inbound: closed},", body, &[]), &[SEND_REFUSED, "ok"]);
}

#[test]
fn only_an_explicit_allow_opens_a_closed_host() {
    let body = "visit('app:processes', 'send')";
    prints(&castle(CLOSED, body, &[NEAR]), &[SEND_REFUSED]);
    prints(&castle(CLOSED, body, &[ALL]), &["ok"]);
    let host = "effect: allow, actions: process.send.host, resources: 'app:castle'";
    prints(&castle(CLOSED, body, &[NEAR, host]), &["ok"]);
    let other = "effect: allow, actions: process.send.host, resources: 'app:friends'";
    prints(&castle(CLOSED, body, &[NEAR, other]), &[SEND_REFUSED]);
    // The first question stays: may it send at all?
    let host = "effect: allow, actions: [process.send.host, process.exec, process.host], resources: '*'";
    prints(&castle(CLOSED, body, &[host]), &[SEND_REFUSED]);
}

#[test]
fn a_deny_between_hosts_refuses_where_the_host_is_open_too() {
    let body = "visit('app:processes', 'send') visit('app:friends', 'send') visit('app:castle', 'send')";
    let wall = "effect: deny, actions: process.send.host, resources: 'app:castle'";
    prints(&castle(OPEN, body, &[ALL, wall]), &[SEND_REFUSED, SEND_REFUSED, "ok"]);
    prints(&castle(CLOSED, body, &[ALL, wall]), &[SEND_REFUSED, SEND_REFUSED, "ok"]);
    let elsewhere = "effect: deny, actions: process.send.host, resources: 'app:friends'";
    prints(&castle(OPEN, body, &[ALL, elsewhere]), &["ok", "ok", "ok"]);
    let signals = "effect: deny, actions: process.monitor.host, resources: '*'";
    let body = "visit('app:processes', 'monitor') visit('app:processes', 'send')";
    let expected = ["PermissionDenied not allowed to monitor: {app:castle}", "ok"];
    prints(&castle(OPEN, body, &[ALL, signals]), &expected);
}

#[test]
fn policies_between_hosts_know_both_ends() {
    let body = "visit('app:processes', 'send') visit('app:friends', 'send')";
    let refused_when = |condition: &str, expected: [&str; 2]| {
        let wall = format!("effect: deny, actions: process.send.host, resources: '*', conditions: [{condition}]");
        prints(&castle(OPEN, body, &[ALL, &wall]), &expected);
    };
    refused_when("{field: meta.source_host, operator: eq, value: 'app:friends'}", ["ok", SEND_REFUSED]);
    refused_when("{field: meta.target_host, operator: eq, value: 'app:castle'}", [SEND_REFUSED, SEND_REFUSED]);
    refused_when("{field: meta.target_host, operator: eq, value: 'app:friends'}", ["ok", "ok"]);
    refused_when("{field: meta.topic, operator: eq, value: visit}", [SEND_REFUSED, SEND_REFUSED]);
    refused_when("{field: meta.topic, operator: eq, value: other}", ["ok", "ok"]);
    refused_when("{field: meta.name, operator: eq, value: vault}", [SEND_REFUSED, SEND_REFUSED]);
    refused_when("{field: meta.cross_node, operator: eq, value: true}", ["ok", "ok"]);
    refused_when("{field: meta.pid, operator: contains, value: 'app:friends|'}", ["ok", SEND_REFUSED]);
    refused_when("{field: meta.target_pid, operator: contains, value: 'app:castle|'}", [SEND_REFUSED, SEND_REFUSED]);
}

#[test]
fn a_bound_of_a_host_can_deny_messages_to_others() {
    let entries = "namespace: jail
entries:
  - {name: all, kind: security.policy, policy: {effect: allow, actions: '*', resources: '*'}}
  - {name: wall, kind: security.policy, policy: {effect: deny, actions: process.send.host, resources: 'app:castle'}}
  - {name: cell, kind: process.host,
     lifecycle: {auto_start: true, security: {actor: {id: cell}, policies: [all, wall]}}}
";
    let app = castle(OPEN, "visit('jail:cell', 'send') visit('app:friends', 'send')", &[]);
    prints(&app.with("src/jail/_index.yaml", entries), &[SEND_REFUSED, "ok"]);
}

#[test]
fn what_the_runtime_sends_passes_every_wall() {
    // An EXIT comes in from outside, and the result of the exec goes out.
    let body = "visit('app:castle', 'parent')";
    prints(&castle("messages: {inbound: closed},", body, &[]), &["heard"]);
    // Shutdown reaches everybody.
    let body = "io.print('up') process.events():receive() io.print('stopped')";
    let app = castle("messages: {inbound: closed},", body, &[]);
    let mut running = app.start(&["run", "-s"]);
    running.wait_for("up");
    running.signal("INT");
    let run = running.end();
    run.expect_code(0);
    assert_eq!(run.stdout, "up\nstopped\n");
}

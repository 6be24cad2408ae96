//! Rights of processes: each act of the process functions, allowed and refused by policy.

use crate::app::App;

/// Tries everything that is guarded, in this order; see [`ACTS`].
const PROBE: &str = "
local io, time = require('io'), require('time')
local function tell(what, value, err)
    if err then
        local text = tostring(err):gsub('{([^|]*)|0x%x+}', '{%1|PID}')
        io.print(what, err:kind(), err:retryable(), text)
    else
        io.print(what, 'ok')
    end
end
local function await(name)
    local pid = process.registry.lookup(name)
    while not pid do
        time.sleep('1ms')
        pid = process.registry.lookup(name)
    end
    return pid
end
return function()
    local target, victim = await('target'), await('victim')
    for _, f in ipairs({'spawn', 'spawn_monitored', 'spawn_linked', 'spawn_linked_monitored'}) do
        tell(f, process[f]('app:idle', 'app:processes'))
    end
    tell('exec', process.exec('app:brief', 'app:processes'))
    tell('send', process.send(target, 'topic', 1))
    tell('send to name', process.send('target', 'topic', 1))
    for _, f in ipairs({'monitor', 'unmonitor', 'link', 'unlink', 'cancel'}) do
        tell(f, process[f](target, f == 'cancel' and 'probe' or nil))
    end
    tell('terminate', process.terminate(victim))
    tell('register', process.registry.register('mine'))
    tell('register another', process.registry.register('theirs', target))
    tell('unregister', process.registry.unregister('mine'))
    tell('unregister another', process.registry.unregister('target'))
end
";

/// What the probe tells about, in its order.
const ACTS: [&str; 17] = [
    "spawn",
    "spawn_monitored",
    "spawn_linked",
    "spawn_linked_monitored",
    "exec",
    "send",
    "send to name",
    "monitor",
    "unmonitor",
    "link",
    "unlink",
    "cancel",
    "terminate",
    "register",
    "register another",
    "unregister",
    "unregister another",
];

const OTHERS: &str = "  - {name: idle, kind: process.lua, source: return function() process.events():receive() end}
  - {name: brief, kind: process.lua, source: return function() end}
  - name: target
    kind: process.lua
    source: |
      return function(name)
          process.registry.register(name)
          process.set_options({trap_links = true})
          repeat local e = process.events():receive() until e.kind == process.event.CANCEL and e.reason ~= 'probe'
      end
  - {name: target.service, kind: process.service, process: target, host: app:processes, input: [target],
     lifecycle: {auto_start: true}}
  - {name: victim.service, kind: process.service, process: target, host: app:processes, input: [victim],
     lifecycle: {auto_start: true}}
";

/// A policy of the group that the probe belongs to.
fn policy(name: &str, effect: &str, actions: &str, resources: &str, more: &str) -> String {
    format!(
        "  - {{name: {name}, kind: security.policy, groups: [probe], policy: {{effect: {effect}, actions: [{actions}], \
         resources: [{resources}], {more}}}}}\n"
    )
}

fn allow_all() -> String {
    policy("all", "allow", "'*'", "'*'", "")
}

/// The probe as a service on the terminal, on behalf of `user:ada`, under these policies.
fn probe(policies: &str, groups: &str) -> App {
    let service = format!(
        "  - name: service
    kind: process.service
    process: main
    host: app:terminal
    lifecycle:
      auto_start: true
      security: {{actor: {{id: 'user:ada', meta: {{role: guest}}}}, groups: [{groups}]}}
"
    );
    App::program_and(PROBE, &[policies, OTHERS, &service].concat())
}

/// What the probe says: its act, and the refusal if there was one.
#[track_caller]
fn told(app: &App, words: &[&str]) -> Vec<(String, Option<String>)> {
    let run = app.run(&[&["run", "-s"], words].concat());
    run.expect_code(0);
    let told: Vec<_> = run.stdout.lines().map(|line| line.split_once('\t').expect("act and result")).collect();
    let acts: Vec<_> = told.iter().map(|(act, _)| *act).collect();
    assert_eq!(acts, ACTS, "\n{}", run.stdout);
    told.into_iter().map(|(act, how)| (act.to_owned(), (how != "ok").then(|| how.to_owned()))).collect()
}

#[track_caller]
fn refused(policies: &str) -> Vec<(String, Option<String>)> {
    told(&probe(policies, "probe"), &[]).into_iter().filter(|(_, refusal)| refusal.is_some()).collect()
}

/// Refusing an action refuses these acts, in words that hold these, and nothing else.
#[track_caller]
fn denying(action: &str, expected: &[(&str, &str)]) {
    let deny = policy("wall", "deny", &format!("'{action}'"), "'*'", "");
    let refused = refused(&(allow_all() + &deny));
    let acts: Vec<_> = refused.iter().map(|(act, _)| act.as_str()).collect();
    assert_eq!(acts, expected.iter().map(|(act, _)| *act).collect::<Vec<_>>(), "denying {action}");
    for ((act, refusal), (_, says)) in refused.iter().zip(expected) {
        let refusal = refusal.as_deref().unwrap_or_default();
        assert!(refusal.starts_with("PermissionDenied\tfalse\tnot allowed"), "denying {action}: {act}: {refusal}");
        assert!(refusal.ends_with(says), "denying {action}: {act}: {refusal}\nends with {says}");
    }
}

const TARGET: &str = ": {app:processes|PID}";

#[test]
fn what_is_allowed_works() {
    assert_eq!(refused(&allow_all()), []);
}

#[test]
fn spawns_are_refused_by_process_and_by_host() {
    let every = |says| ["spawn", "spawn_monitored", "spawn_linked", "spawn_linked_monitored"].map(|act| (act, says));
    denying("process.spawn", &every("not allowed to spawn process: app:idle"));
    let host = "not allowed to spawn on host: app:processes";
    denying("process.host", &[&every(host)[..], &[("exec", host)]].concat());
    denying("process.spawn.monitored", &[("spawn_monitored", ": app:idle"), ("spawn_linked_monitored", ": app:idle")]);
    denying("process.spawn.linked", &[("spawn_linked", ": app:idle"), ("spawn_linked_monitored", ": app:idle")]);
    denying("process.exec", &[("exec", ": app:brief")]);
}

#[test]
fn acts_on_a_process_are_refused_one_by_one() {
    let send = "not allowed to send: {app:processes|PID}";
    denying("process.send", &[("send", send), ("send to name", send)]);
    for (action, act) in [
        ("process.monitor", "monitor"),
        ("process.unmonitor", "unmonitor"),
        ("process.link", "link"),
        ("process.unlink", "unlink"),
        ("process.cancel", "cancel"),
        ("process.terminate", "terminate"),
    ] {
        denying(action, &[(act, &format!("not allowed to {act}{TARGET}"))]);
    }
}

#[test]
fn names_are_refused_by_name_and_by_process() {
    denying("process.registry.register", &[("register", ": mine"), ("register another", ": theirs")]);
    denying("process.registry.unregister", &[("unregister", ": mine"), ("unregister another", ": target")]);
    denying("process.registry.foreign", &[("register another", TARGET), ("unregister another", TARGET)]);
}

/// A process with a scope that calls `process.upgrade` with these arguments, unless it has been upgraded already.
#[track_caller]
fn upgrades(policies: &str, call: &str) -> String {
    let source = format!(
        "return function(again)
    local io = require('io')
    if again then io.print('upgraded') return end
    local ok, err = process.upgrade({call})
    io.print(ok, err:kind(), err)
end"
    );
    let entries = "  - {name: next, kind: process.lua, modules: [io], source: file://main.lua}
  - name: service
    kind: process.service
    process: main
    host: app:terminal
    lifecycle: {auto_start: true, security: {actor: {id: 'user:ada'}, groups: [probe]}}
";
    let run = App::program_and(&source, &[policies, entries].concat()).run(&["run", "-s"]);
    run.expect_code(0);
    run.stdout
}

#[test]
fn an_upgrade_is_refused_and_the_process_goes_on() {
    assert_eq!(upgrades(&allow_all(), "'app:next', true"), "upgraded\n");
    let wall = allow_all() + &policy("wall", "deny", "process.upgrade", "'app:next'", "");
    let refused = upgrades(&wall, "'app:next', true");
    assert_eq!(refused, "nil\tPermissionDenied\tnot allowed to upgrade to: app:next\n");
}

#[test]
fn a_refused_upgrade_is_permission_denied_for_whoever_watches() {
    let source = "return function()
    local io = require('io')
    process.spawn_monitored('app:changer', 'app:processes')
    local err = process.events():receive().result.error
    io.print(err:kind(), err:retryable(), err)
end";
    let entries = "  - name: changer
    kind: process.lua
    source: return function() return nil, select(2, process.upgrade('app:main')) end
  - name: service
    kind: process.service
    process: main
    host: app:terminal
    lifecycle: {auto_start: true, security: {actor: {id: 'user:ada'}, groups: [probe]}}
";
    let wall = policy("wall", "deny", "process.upgrade", "'app:main'", "");
    let run = App::program_and(source, &[&allow_all(), &*wall, entries].concat()).run(&["run", "-s"]);
    run.expect_code(0);
    crate::app::holds(&run.stdout, &["PermissionDenied\tfalse\t", "not allowed to upgrade to: app:main\n"]);
}

#[test]
fn an_upgrade_to_the_own_entry_needs_no_right() {
    let nothing = policy("wall", "deny", "'*'", "'*'", "");
    assert_eq!(upgrades(&nothing, "nil, true"), "upgraded\n");
    assert_eq!(upgrades(&nothing, "'', true"), "upgraded\n");
    assert_eq!(upgrades(&nothing, "'app:main', true"), "upgraded\n");
}

#[test]
fn what_no_policy_allows_is_refused() {
    let every: Vec<_> = ACTS.iter().map(|act| (*act).to_owned()).collect();
    let acts = |app: &App| {
        let refused = told(app, &[]).into_iter().filter(|(_, refusal)| refusal.is_some());
        refused.map(|(act, _)| act).collect::<Vec<_>>()
    };
    assert_eq!(acts(&probe("", "")), every, "an actor with an empty scope may nothing");
    let other = policy("other", "allow", "'store.*'", "'*'", "");
    assert_eq!(acts(&probe(&other, "probe")), every);
}

#[test]
fn a_deny_beats_every_allow() {
    let policies = policy("a_deny", "deny", "'*'", "'*'", "") + &allow_all();
    assert_eq!(refused(&policies).len(), ACTS.len());
}

#[test]
fn patterns_choose_actions_and_resources() {
    let policies = [
        policy("spawn", "allow", "process.spawn, process.exec", "app:idle, app:brief", ""),
        policy("host", "allow", "process.host", "'app:pro*'", ""),
        policy("reach", "allow", "process.send, 'process.un*', process.cancel", "'{app:processes|*'", ""),
        policy("names", "allow", "'process.registry.*'", "mine", ""),
    ];
    let refused: Vec<_> = refused(&policies.concat()).into_iter().map(|(act, _)| act).collect();
    let expected = [
        "spawn_monitored",
        "spawn_linked",
        "spawn_linked_monitored",
        "monitor",
        "link",
        "terminate",
        "register another",
        "unregister another",
    ];
    assert_eq!(refused, expected);
}

#[test]
fn a_name_is_resolved_before_it_is_judged() {
    // The policy sees the pid: one that names the name says nothing.
    let by_name = policy("wall", "deny", "process.send", "target", "");
    assert_eq!(refused(&(allow_all() + &by_name)), []);
    let by_pid = policy("wall", "deny", "process.send", "'{app:processes|*'", "");
    let acts: Vec<_> = refused(&(allow_all() + &by_pid)).into_iter().map(|(act, _)| act).collect();
    assert_eq!(acts, ["send", "send to name"]);
}

#[test]
fn conditions_see_the_actor_and_the_caller() {
    let deny = |condition: &str| {
        let wall = policy("wall", "deny", "process.send", "'*'", &format!("conditions: [{condition}]"));
        refused(&(allow_all() + &wall)).len()
    };
    assert_eq!(deny("{field: actor.id, operator: eq, value: 'user:ada'}"), 2);
    assert_eq!(deny("{field: actor.id, operator: eq, value: 'user:grace'}"), 0);
    assert_eq!(deny("{field: actor.meta.role, operator: in, value: [guest, robot]}"), 2);
    assert_eq!(deny("{field: actor.meta.role, operator: ne, value: guest}"), 0);
    assert_eq!(deny("{field: meta.pid, operator: contains, value: 'app:terminal|'}"), 2);
    assert_eq!(deny("{field: resource, operator: contains, value: 'app:processes|'}"), 2);
}

#[test]
fn what_cannot_be_resolved_is_not_found_before_anything_is_judged() {
    let source = "return function()
    local io = require('io')
    local function kind(_, err) io.print(err:kind()) end
    kind(process.send('nobody', 'topic'))
    kind(process.send('{app:nosuch|0x00001}', 'topic'))
    kind(process.cancel('nobody'))
    kind(process.monitor('{mars@app:processes|0x00001}'))
end";
    let service = "  - {name: service, kind: process.service, process: main, host: app:terminal,
     lifecycle: {auto_start: true, security: {actor: {id: a}}}}\n";
    let run = App::program_and(source, service).run(&["run"]);
    run.expect_code(0);
    assert_eq!(run.stdout, "NotFound\n".repeat(4));
}

#[test]
fn without_actor_and_scope_everything_is_allowed_or_in_strict_mode_nothing() {
    let service = "  - {name: service, kind: process.service, process: main, host: app:terminal,
     lifecycle: {auto_start: true}}\n";
    let app = App::program_and(PROBE, &[OTHERS, service].concat());
    assert!(told(&app, &[]).iter().all(|(_, refusal)| refusal.is_none()));
    // The helpers need to be there, and have to register their names.
    let trusted = "lifecycle: {auto_start: true, security: {actor: {id: helper}, groups: [probe]}}";
    let helpers = OTHERS.replace("lifecycle: {auto_start: true}", trusted);
    let app = App::program_and(PROBE, &[&allow_all(), &*helpers, service].concat());
    let strict = told(&app, &["--set", "security.strict_mode=true"]);
    assert!(strict.iter().all(|(_, refusal)| refusal.is_some()), "{strict:?}");
    assert!(told(&app, &[]).iter().all(|(_, refusal)| refusal.is_none()));
    let app = app.with(".wippy.yaml", "version: \"1.0\"\nsecurity: {strict_mode: true}\n");
    assert!(told(&app, &[]).iter().all(|(_, refusal)| refusal.is_some()));
    assert!(told(&app, &["--set", "security.strict_mode=false"]).iter().all(|(_, refusal)| refusal.is_none()));
}

#[test]
fn strict_mode_leaves_an_actor_with_a_scope_what_it_has() {
    let trusted = "lifecycle: {auto_start: true, security: {actor: {id: helper}, groups: [probe]}}";
    let policies = allow_all() + &OTHERS.replace("lifecycle: {auto_start: true}", trusted);
    let service = "  - {name: service, kind: process.service, process: main, host: app:terminal,
     lifecycle: {auto_start: true, security: {actor: {id: a}, groups: [probe]}}}\n";
    let told = told(&App::program_and(PROBE, &(policies + service)), &["--set", "security.strict_mode=true"]);
    assert!(told.iter().all(|(_, refusal)| refusal.is_none()), "{told:?}");
}

//! Calls with arguments that lead nowhere, as the calling program sees them.

use crate::app::App;

/// What every program below begins with: `tell` prints what a call gave.
const TELL: &str = "
local io = require('io')
local function tell(what, value, err)
    if err then
        io.print(what, err:kind(), err, 'retryable', err:retryable())
    else
        io.print(what, value)
    end
end
local function dead()
    local pid = assert(process.spawn_monitored('app:brief', 'app:processes'))
    process.events():receive()
    return pid
end
";
const OTHERS: &str = "  - {name: brief, kind: process.lua, source: return function() end}
  - {name: idle, kind: process.lua, source: return function() process.events():receive() end}
  - {name: lost, kind: process.lua, method: nosuch, source: 'return {}'}
  - {name: broken, kind: process.lua, source: error('no luck')}
  - {name: lib, kind: library.lua, source: return function() end}
  - {name: off, kind: process.host}
  - {name: full, kind: process.host, max_processes: 1, lifecycle: {auto_start: true}}
";

fn lines(body: &str) -> Vec<String> {
    App::program_and(&format!("{TELL}return function()\n{body}\nend\n"), OTHERS).lines()
}

fn refused(what: &str, kind: &str, text: &str) -> String {
    format!("{what}\t{kind}\t{text}\tretryable\tfalse")
}

#[test]
fn spawns_of_what_is_not_there() {
    let told = lines(
        "
    for _, spawn in ipairs({'spawn', 'spawn_monitored', 'spawn_linked', 'spawn_linked_monitored', 'exec'}) do
        tell(spawn, process[spawn]('app:nosuch', 'app:processes'))
        tell(spawn, process[spawn]('app:lib', 'app:processes'))
        tell(spawn, process[spawn]('app:idle', 'app:nosuch'))
    end
    local _, err = process.spawn('app:nosuch', 'app:processes')
    io.print(err:details().factory_id)
    local _, err = process.spawn('app:idle', 'app:nosuch')
    io.print(err:details().host_id)
    io.print(process.events():case_receive() ~= nil)",
    );
    for (i, spawn) in ["spawn", "spawn_monitored", "spawn_linked", "spawn_linked_monitored", "exec"].iter().enumerate()
    {
        let factory = refused(spawn, "NotFound", "factory not found");
        assert_eq!(told[3 * i..3 * i + 3], [factory.clone(), factory, refused(spawn, "NotFound", "host not found")]);
    }
    assert_eq!(told[15..], ["app:nosuch", "app:nosuch", "true"]);
}

#[test]
fn spawns_that_fail_for_other_reasons() {
    let told = lines(
        "
    tell('few', process.spawn('app:idle'))
    tell('empty id', process.spawn('', 'app:processes'))
    tell('empty host', process.spawn('app:idle', ''))
    tell('no host', process.spawn('app:idle', 'app:lib'))
    tell('host off', process.spawn('app:idle', 'app:off'))
    tell('method', process.spawn('app:lost', 'app:processes'))
    local _, err = process.spawn('app:broken', 'app:processes')
    io.print('chunk', err:kind(), err)
    process.spawn('app:idle', 'app:full')
    local _, err = process.spawn('app:idle', 'app:full')
    io.print('full', err:kind())
    local _, err = process.exec('app:broken', 'app:processes')
    io.print('exec', err:kind(), err)
    io.print('raised', pcall(process.spawn, {}, 'app:processes'))",
    );
    let expected = [
        refused("few", "Invalid", "process id and host are required"),
        refused("empty id", "Invalid", "process id is empty"),
        refused("empty host", "Invalid", "host is empty"),
        refused("no host", "Invalid", "entry is no process host: app:lib"),
        refused("host off", "Unavailable", "host is not running"),
        refused("method", "NotFound", "method \"nosuch\" not found in module"),
        "chunk\tInternal\tfailed to execute script: app:broken:1: no luck".into(),
        "full\tRateLimited".into(),
        "exec\tInternal\tfailed to execute script: app:broken:1: no luck".into(),
    ];
    assert_eq!(told[..9], expected);
    assert!(told[9].starts_with("raised\tfalse\t"), "{}", told[9]);
}

#[test]
fn the_dead_cannot_be_reached() {
    let told = lines(
        "
    local pid = dead()
    tell('send', process.send(pid, 'topic', 1))
    tell('cancel', process.cancel(pid))
    tell('terminate', process.terminate(pid))
    tell('monitor', process.monitor(pid))
    tell('link', process.link(pid))
    tell('unmonitor', process.unmonitor(pid))
    tell('unlink', process.unlink(pid))
    tell('register', process.registry.register('name', pid))
    tell('lookup', process.registry.lookup('name'))
    -- No event is made up for any of these.
    local got = channel.select({process.events():case_receive(), default = true})
    io.print(got.default)",
    );
    let expected = [
        refused("send", "NotFound", "process not found"),
        refused("cancel", "NotFound", "process not found"),
        refused("terminate", "NotFound", "process not found"),
        refused("monitor", "NotFound", "pid not registered"),
        refused("link", "NotFound", "pid not registered"),
        "unmonitor\ttrue".into(),
        "unlink\ttrue".into(),
    ];
    assert_eq!(told[..7], expected);
    assert!(told[7].starts_with("register\tNotFound\t"), "{}", told[7]);
    assert_eq!(told[8..], [refused("lookup", "NotFound", "name not registered"), "true".into()]);
}

/// The functions that take a destination, each tried with these, and what they all answer.
fn destinations(texts: &[&str], kind: &str, text: impl Fn(&str) -> String) {
    let list: Vec<_> = texts.iter().map(|t| format!("'{t}'")).collect();
    let body = format!(
        "
    for _, to in ipairs({{{}}}) do
        tell('send', process.send(to, 'topic'))
        for _, f in ipairs({{'cancel', 'terminate', 'monitor', 'link'}}) do
            tell(f, process[f](to))
        end
    end",
        list.join(", ")
    );
    let mut told = lines(&body).into_iter();
    for to in texts {
        for f in ["send", "cancel", "terminate", "monitor", "link"] {
            assert_eq!(told.next(), Some(refused(f, kind, &text(to))), "{f} {to}");
        }
    }
}

#[test]
fn a_text_that_is_neither_pid_nor_name_is_not_resolved() {
    let texts =
        ["nobody", "", "{", "{app:processes}", "{app:processes|}", "{app:processes|0xzz}", "app:processes|0x00001"];
    destinations(&texts, "NotFound", |to| format!("could not resolve '{to}' as PID or registered name"));
}

#[test]
fn pids_of_hosts_and_nodes_that_do_not_exist() {
    destinations(&["{app:nosuch|0x00001}"], "NotFound", |_| "host not found".into());
    destinations(&["{mars@app:processes|0x00001}"], "NotFound", |_| "node not found".into());
    let told = lines(
        "
    local _, err = process.send('{app:nosuch|0x00001}', 'topic')
    io.print(err:details().host_id)
    local _, err = process.send('{mars@app:processes|0x00001}', 'topic')
    io.print(err:details().node_id)",
    );
    assert_eq!(told, ["app:nosuch", "mars"]);
}

#[test]
fn a_pid_that_was_never_given_out_is_dead() {
    let told = lines("tell('send', process.send('{app:processes|0xfffff}', 'topic'))");
    assert_eq!(told, [refused("send", "NotFound", "process not found")]);
}

#[test]
fn names_for_pids_that_do_not_exist() {
    let told = lines(
        "
    for _, pid in ipairs({'nobody', '{', '{app:processes}'}) do
        local _, err = process.registry.register('name', pid)
        io.print(err:kind())
    end
    for _, pid in ipairs({'{app:nosuch|0x00001}', '{mars@app:processes|0x00001}', '{app:processes|0xfffff}'}) do
        local _, err = process.registry.register('name', pid)
        io.print(err:kind())
    end
    tell('lookup', process.registry.lookup('name'))",
    );
    assert_eq!(told[..3], ["Invalid"; 3]);
    assert_eq!(told[3..6], ["NotFound"; 3]);
    assert_eq!(told[6], refused("lookup", "NotFound", "name not registered"));
}

#[test]
fn names_that_cannot_be() {
    let told = lines(
        "
    for _, name in ipairs({'', '{app:processes|0x00001}'}) do
        local _, err = process.registry.register(name)
        io.print(err and err:kind())
    end
    local idle = process.spawn('app:idle', 'app:processes')
    io.print(process.registry.register('taken', idle))
    io.print(process.registry.register('taken', idle))
    local _, err = process.registry.register('taken')
    io.print(err:kind())
    local _, err = process.registry.register('name', process.pid(), process.registry.STRONG)
    io.print(err:kind())
    io.print(process.registry.unregister('nosuch'))",
    );
    assert_eq!(told, ["Invalid", "Invalid", "true\tnil", "true\tnil", "AlreadyExists", "Unavailable", "false"]);
}

#[test]
fn functions_do_not_travel() {
    let told = lines(
        "
    local f, co = function() end, coroutine.create(function() end)
    for what, value in pairs({f = f, co = co}) do
        for form, v in pairs({bare = value, deep = {a = {value}}}) do
            local _, err = process.send(process.pid(), 'topic', v)
            io.print(err and err:kind())
            local _, err = process.spawn('app:brief', 'app:processes', v)
            io.print(err and err:kind())
            local _, err = process.exec('app:brief', 'app:processes', v)
            io.print(err and err:kind())
        end
    end
    local got = channel.select({process.inbox():case_receive(), default = true})
    io.print(got.default)",
    );
    assert_eq!(told[..12], ["Invalid"; 12]);
    assert_eq!(told[12..], ["true"], "nothing arrives");
}

#[test]
fn topics_that_cannot_be() {
    let told = lines(
        "
    tell('send', process.send(process.pid(), '@x', 1))
    tell('send', process.send(process.pid(), '@pid/events', 1))
    for _, topic in ipairs({''}) do
        local _, err = process.send(process.pid(), topic)
        io.print(err:kind())
    end
    for _, topic in ipairs({'', '@x', '@pid/inbox'}) do
        local _, err = process.listen(topic)
        io.print(err:kind())
    end
    local _, err = process.send('nobody')
    io.print(err:kind())
    local got = channel.select({process.inbox():case_receive(), process.events():case_receive(), default = true})
    io.print(got.default)",
    );
    let refused = refused("send", "Invalid", "cannot send to @ topics");
    assert_eq!(told[..2], [refused.clone(), refused]);
    assert_eq!(told[2..7], ["Invalid"; 5]);
    assert_eq!(told[7], "true", "nothing arrives");
}

#[test]
fn an_upgrade_to_nothing_ends_the_process() {
    for (to, says) in
        [("app:nosuch", "factory not found"), ("app:lost", "not found in module"), ("app:broken", "no luck")]
    {
        let source = format!("return function() process.upgrade('{to}') end");
        let run = App::program_and(&source, OTHERS).run(&["run", "-x", "app:main"]);
        crate::app::holds(run.failure(), &["upgrade: ", says]);
    }
}

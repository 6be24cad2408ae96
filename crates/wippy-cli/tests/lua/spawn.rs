//! `process.spawn` and its kin.

use crate::app::{App, lua, lua_tests};
use wippy_core::{Entry, ErrorKind, Tree};

lua_tests! {
    each_form_gives_a_pid:
        "for _, name in ipairs{'spawn', 'spawn_monitored', 'spawn_linked', 'spawn_linked_monitored'} do
            local pid, err = process[name]('app:waits', 'app:processes')
            assert(string.match(pid, '^{app:processes|') and err == nil, name)
            assert(process.send(pid, 'end'))
        end";
    fewer_than_two_arguments_are_invalid:
        "for _, name in ipairs{'spawn', 'spawn_monitored', 'spawn_linked', 'spawn_linked_monitored', 'exec'} do
            checks.refused(errors.INVALID, '', process[name]())
            checks.refused(errors.INVALID, '', process[name]('app:waits'))
            checks.refused(errors.INVALID, 'empty', process[name]('', 'app:processes'))
            checks.refused(errors.INVALID, 'empty', process[name]('app:waits', ''))
            checks.raises('bad argument #1', process[name], {}, 'app:processes')
            checks.raises('bad argument #2', process[name], 'app:waits', {})
        end";
    an_unknown_host_is_not_found:
        "local e = checks.refused(errors.NOT_FOUND, 'host not found', process.spawn('app:waits', 'app:nowhere'))
        assert(e:details().host_id == 'app:nowhere')";
    an_entry_that_is_no_host_is_invalid: "checks.refused(errors.INVALID, '', process.spawn('app:waits', 'app:echo'))";
    an_unknown_entry_is_not_found:
        "local e = checks.refused(errors.NOT_FOUND, 'factory not found', process.spawn('app:nothing', 'app:processes'))
        assert(e:details().factory_id == 'app:nothing')
        checks.refused(errors.NOT_FOUND, 'factory not found', process.spawn('app:processes', 'app:processes'))
        checks.refused(errors.NOT_FOUND, 'factory not found', process.spawn('nothing', 'app:processes'))";
    the_host_is_looked_at_before_the_entry:
        "checks.refused(errors.NOT_FOUND, 'host not found', process.spawn('app:nothing', 'app:nowhere'))";
    a_terminal_has_one_process: "checks.refused(errors.UNAVAILABLE, '', process.spawn('app:waits', 'app:terminal'))";
    a_child_can_be_sent_to_at_once:
        "for i = 1, 100 do
            local pid = checks.monitored('waits')
            assert(process.send(pid, 'first', i))
            checks.equal(checks.ended(pid), {value = i})
        end";
    no_end_is_missed_however_fast:
        "for i = 1, 100 do checks.equal(checks.ended(checks.monitored('returns', i)), {value = i}) end";
    no_broken_link_is_missed_however_fast:
        "process.set_options{trap_links = true}
        for i = 1, 50 do
            local pid = assert(process.spawn_linked('app:fails', 'app:processes', 'n' .. i))
            local e = checks.event(process.event.LINK_DOWN)
            assert(e.from == pid and e.result.error:message() == 'n' .. i)
        end";
    a_plain_spawn_tells_nothing:
        "local events = process.events()
        checks.spawn('returns', 1) checks.spawn('fails')
        checks.silent(events, time.after('10ms'))";
    many_children_at_once:
        "local n, sum = 500, 0
        for i = 1, n do checks.monitored('returns', i) end
        for _ = 1, n do sum = sum + process.events():receive().result.value end
        assert(sum == n * (n + 1) // 2)";
}

#[test]
fn a_child_outlives_its_spawner() {
    let app = App::new(
        "local middle = checks.monitored('middle', process.pid())
        local topic, child = checks.next()
        checks.equal(checks.ended(middle), {value = 'gone'})
        assert(process.send(child, 'still there?', 1))
        return checks.next() == 'still there?'",
    );
    let app = app.process(
        "middle",
        "local child = checks.spawn('echo')
        process.send(..., 'child', child)
        return 'gone'",
    );
    app.passes();
}

#[test]
fn the_process_limit_of_a_host_refuses() {
    let app = App::new(
        "local one, two = checks.monitored('waits'), checks.spawn('waits')
        checks.refused(errors.RATE_LIMITED, '', process.spawn('app:waits', 'app:processes'))
        checks.refused(errors.RATE_LIMITED, '', process.spawn_linked_monitored('app:waits', 'app:processes'))
        process.send(one, 'end') checks.ended(one)
        return process.spawn('app:waits', 'app:processes') ~= nil",
    );
    app.set("processes", "host", Tree::map([("max_processes", 2)])).passes();
}

#[test]
fn a_host_that_was_not_started_is_unavailable() {
    let host = Entry { id: "app:asleep".into(), kind: "process.host".into(), ..Entry::default() };
    App::new("checks.refused(errors.UNAVAILABLE, '', process.spawn('app:waits', 'app:asleep')) return true")
        .entry(host)
        .with("asleep", |e| e.data.set("host", Tree::Map(Vec::new())))
        .passes();
}

#[test]
fn failures_before_the_start_leave_nothing_behind() {
    let app = App::new(
        "process.set_options{trap_links = true}
        local events = process.events()
        for _, name in ipairs{'raises', 'empty'} do
            local pid, err = process.spawn_linked_monitored('app:' .. name, 'app:processes')
            assert(pid == nil and type(err) == 'userdata', name)
        end
        checks.silent(events, time.after('10ms'))
        return true",
    );
    app.program("raises", "error('at the top')").program("empty", "return 5").passes();
}

#[test]
fn spawns_of_several_coroutines_do_not_mix() {
    let app = App::new(
        "local got, done = {}, channel.new(50)
        for i = 1, 50 do
            coroutine.spawn(function() got[i] = checks.exec('slow', i) done:send(true) end)
        end
        for _ = 1, 50 do done:receive() end
        for i = 1, 50 do assert(got[i] == i * 2) end
        return true",
    );
    app.program("slow", "local x = 0 for i = 1, 1000 do x = x + i end return function(i) return i * 2 end").passes();
}

#[test]
fn a_node_starts_only_what_exists() {
    let error = App::new("").entry(lua("library.lua", "main", "return {}", &[])).run().expect_err("no process");
    assert_eq!(*error.kind(), ErrorKind::NotFound, "{error:?}");
}

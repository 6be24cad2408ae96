//! EXIT, LINK_DOWN and CANCEL: their form, and who gets which.

use crate::app::{App, lua_tests};
use wippy_core::ErrorKind;

lua_tests! {
    kinds_have_names:
        "checks.equal(process.event.EXIT, 'pid.exit') checks.equal(process.event.LINK_DOWN, 'pid.link.down')
        checks.equal(process.event.CANCEL, 'pid.cancel') checks.equal(process.event.OUTDATED, 'OUTDATED')";
    an_exit_has_a_value:
        "for _, v in ipairs{5, 'text', false, {1, 2}} do
            local pid = checks.monitored('returns', v)
            local e = process.events():receive()
            assert(type(e) == 'table' and math.type(e.at) == 'integer' and math.abs(e.at - os.time()) <= 1)
            e.at = nil
            checks.equal(e, {kind = process.event.EXIT, from = pid, result = {value = v}})
        end";
    an_exit_without_value_has_an_empty_result:
        "for _ = 1, 3 do checks.equal(checks.ended(checks.monitored('returns')), {}) end
        checks.equal(checks.ended(checks.monitored('returns', nil)), {})";
    an_exit_has_an_error:
        "local pid = checks.monitored('fails', 'm', 'Own')
        local result = checks.ended(pid)
        local err = result.error
        assert(result.value == nil and type(err) == 'userdata')
        assert(err:kind() == 'Own' and err:message() == 'm' and err:retryable() == true and tostring(err) == 'm')
        checks.equal(err:details(), {n = 1})";
    a_link_down_has_the_same_form:
        "process.set_options{trap_links = true}
        local pid = assert(process.spawn_linked('app:fails', 'app:processes'))
        local e = checks.event(process.event.LINK_DOWN)
        assert(e.from == pid and math.type(e.at) == 'integer' and e.reason == nil)
        assert(e.result.error:message() == 'failed' and e.result.value == nil)";
    a_normal_end_breaks_no_link:
        "local events = process.events()
        for _, v in ipairs{1, false} do
            local pid = assert(process.spawn_linked_monitored('app:returns', 'app:processes', v))
            checks.equal(checks.ended(pid), {value = v})
        end
        checks.silent(events, time.after('5ms'))
        process.set_options{trap_links = true}
        checks.ended(assert(process.spawn_linked_monitored('app:returns', 'app:processes')))
        checks.silent(events, time.after('5ms'))";
    a_cancelled_process_that_returns_breaks_no_link:
        "local pid = assert(process.spawn_linked_monitored('app:obeys', 'app:processes'))
        process.cancel(pid)
        assert(checks.ended(pid).value.kind == process.event.CANCEL)
        time.sleep('2ms')";
    a_terminated_process_breaks_its_links:
        "process.set_options{trap_links = true}
        local pid = assert(process.spawn_linked_monitored('app:waits', 'app:processes'))
        process.terminate(pid)
        checks.has(checks.ended(pid).error, 'process terminated')
        checks.has(checks.event(process.event.LINK_DOWN).result.error, 'process terminated')";
}

#[test]
fn without_trap_one_dies_of_a_broken_link() {
    let app = App::new(
        "local pid = checks.monitored('middle')
        local err = checks.ended(pid).error
        assert(err:kind() == errors.INTERNAL and err:message() == 'linked process failed')
        assert(string.find(err:details().pid, '^{app:processes|') and err:details().cause ~= nil)
        return true",
    );
    app.process("middle", "assert(process.spawn_linked('app:fails', 'app:processes')) time.sleep('5s')").passes();
}

#[test]
fn trapping_can_be_switched_off_again() {
    let app = App::new("return checks.ended(checks.monitored('middle')).error:message() == 'linked process failed'");
    let body = "process.set_options{trap_links = true}
        assert(process.spawn_linked('app:fails', 'app:processes'))
        checks.event(process.event.LINK_DOWN)
        process.set_options{trap_links = false}
        assert(process.spawn_linked('app:fails', 'app:processes'))
        time.sleep('5s')";
    app.process("middle", body).passes();
}

#[test]
fn an_uncaught_error_is_told() {
    let app = App::new("return checks.ended(checks.monitored('raises')).error:message() == 'app:raises:2: oh'");
    app.process("raises", "\nerror('oh')").passes();
}

#[test]
fn death_by_link_is_a_failure_of_the_program() {
    let app = App::new("assert(process.spawn_linked('app:fails', 'app:processes')) time.sleep('5s') return 'survived'");
    let error = app.run().expect_err("it is linked");
    assert_eq!((error.kind(), error.message()), (&ErrorKind::Internal, "linked process failed"));
    assert!(error.details().get("pid").is_some() && error.details().get("cause").is_some(), "{error:?}");
}

#[test]
fn death_by_link_cannot_be_caught_and_needs_no_call() {
    for body in [
        "pcall(function() process.inbox():receive() end) process.send(to, 'ran')",
        "pcall(function() while true do end end) process.send(to, 'ran')",
        "process.events() pcall(time.sleep, '5s') process.send(to, 'ran')",
        "pcall(function() coroutine.spawn(function() process.inbox():receive() end) channel.new():receive() end)
        process.send(to, 'ran')",
    ] {
        let app = App::new(
            "local inbox, pid = process.inbox(), checks.monitored('linked', process.pid())
            checks.equal(checks.ended(pid).error:message(), 'linked process failed')
            checks.silent(inbox, time.after('3ms'))
            return true",
        );
        let body = format!("local to = ... assert(process.spawn_linked('app:fails', 'app:processes')) {body}");
        app.process("linked", &body).passes();
    }
}

#[test]
fn a_cascade_goes_round_and_everyone_dies_once() {
    let app = App::new(
        "local events, n, pids = process.events(), 8, {}
        for i = 1, n do pids[i] = checks.monitored('links') end
        for i = 1, n do process.send(pids[i], 'link', pids[i % n + 1]) process.send(pids[i], 'tell', (process.pid())) end
        for i = 1, n do assert(checks.next() == 'linked') end
        process.send(pids[3], 'fail')
        local seen, first = {}, nil
        for i = 1, n do
            local e = checks.event(process.event.EXIT)
            assert(not seen[e.from]) seen[e.from] = true
            if e.from == pids[3] then assert(e.result.error:message() == 'the first')
            else assert(e.result.error:message() == 'linked process failed') end
        end
        checks.silent(events, time.after('5ms'))
        return true",
    );
    let body = "while true do
            local topic, v = checks.next()
            if topic == 'link' then assert(process.link(v)) end
            if topic == 'tell' then process.send(v, 'linked') end
            if topic == 'fail' then return nil, 'the first' end
        end";
    app.process("links", body).passes();
}

#[test]
fn trapping_as_the_first_statement_protects() {
    let app = App::new(
        "for _ = 1, 20 do checks.equal(checks.ended(checks.monitored('supervises')), {value = 'lived'}) end
        return true",
    );
    let body = "process.set_options{trap_links = true}
        assert(process.spawn_linked('app:fails', 'app:processes'))
        checks.event(process.event.LINK_DOWN)
        return 'lived'";
    app.process("supervises", body).passes();
}

#[test]
fn a_link_to_the_dying_spawner_is_not_lost() {
    let app = App::new(
        "for _ = 1, 20 do
            local pid = checks.monitored('spawns', process.pid())
            local _, child = checks.next()
            local err = checks.ended(pid).error
            checks.has(err, 'gave up')
            local ok, e = process.monitor(child)
            if ok then checks.has(checks.ended(child).error, 'linked process failed') end
        end
        return true",
    );
    let body = "local to = ...
        local child = assert(process.spawn_linked('app:waits', 'app:processes'))
        process.send(to, 'child', child)
        return nil, 'gave up'";
    app.process("spawns", body).passes();
}

#[test]
fn too_much_memory_is_a_failure_of_one_process() {
    let app = App::new(
        "local err = checks.ended(checks.monitored('greedy')).error
        assert(err and err:kind() == errors.INTERNAL, tostring(err))
        return true",
    );
    let body = "local s = string.rep('x', 1 << 20) local all = {}
        while true do all[#all + 1] = s .. #all end";
    app.process("greedy", body).passes();
}

//! Terminate and cancel.

use crate::app::{App, lua_tests};
use wippy_core::ErrorKind;

lua_tests! {
    cancel_is_an_event_and_nothing_else:
        "local me, pid = process.pid(), checks.monitored('obeys')
        local ok, err = process.cancel(pid, 'please') assert(ok == true and err == nil)
        local told = checks.ended(pid).value
        assert(told.kind == process.event.CANCEL and told.from == me and told.reason == 'please' and told.result == nil)
        assert(math.type(told.at) == 'integer' and math.abs(told.at - os.time()) <= 1)";
    the_reason_may_be_absent:
        "for _, args in ipairs{{n = 0}, {n = 1}, {n = 1, ''}} do
            local pid = checks.monitored('obeys')
            assert(process.cancel(pid, unpack(args, 1, args.n)))
            checks.equal(checks.ended(pid).value.reason, '')
        end
        checks.raises('bad argument #2', process.cancel, process.pid(), {})";
    a_cancel_may_be_ignored:
        "local pid = checks.monitored('waits')
        process.cancel(pid, 'stop') process.cancel(pid, 'stop') time.sleep('2ms')
        process.send(pid, 'end', 'in its own time')
        checks.equal(checks.ended(pid), {value = 'in its own time'})";
    one_may_cancel_oneself:
        "assert(process.cancel(process.pid(), 'me'))
        local e = checks.event(process.event.CANCEL) assert(e.from == process.pid() and e.reason == 'me')";
    terminate_kills:
        "local pid = checks.monitored('waits')
        local ok, err = process.terminate(pid) assert(ok == true and err == nil)
        local e = checks.ended(pid).error
        assert(e:kind() == errors.INTERNAL and e:message() == 'process terminated')";
    running_code_is_killed_too:
        "local pid = checks.monitored('forever')
        time.sleep('2ms')
        assert(process.terminate(pid))
        checks.equal(checks.ended(pid).error:message(), 'process terminated')";
    targets_may_be_names:
        "local pid = checks.monitored('waits')
        assert(process.registry.register('victim', pid) and process.terminate('victim'))
        assert(checks.ended(pid).error)";
    who_is_gone_is_not_found:
        "local pid = checks.monitored('returns') checks.ended(pid)
        for _, name in ipairs{'terminate', 'cancel'} do
            checks.refused(errors.NOT_FOUND, 'process not found', process[name](pid))
            checks.refused(errors.NOT_FOUND, 'could not resolve', process[name]('nobody'))
            checks.raises(\"bad argument #1 to '\" .. name .. \"'\", process[name])
        end";
}

#[test]
fn one_may_terminate_oneself_and_never_comes_back() {
    let app = App::new(
        "local inbox, pid = process.inbox(), checks.monitored('suicide', process.pid())
        checks.equal(checks.ended(pid).error:message(), 'process terminated')
        checks.silent(inbox, time.after('5ms'))
        return true",
    );
    let body = "local to = ...
        coroutine.spawn(function() time.sleep(1) process.send(to, 'other coroutine') end)
        pcall(process.terminate, process.pid())
        process.send(to, 'came back')";
    app.process("suicide", body).passes();
}

#[test]
fn the_process_of_a_terminal_may_be_terminated() {
    let error = App::new("process.terminate(process.pid()) return 5").run().expect_err("it was killed");
    assert_eq!((error.kind(), error.message()), (&ErrorKind::Internal, "process terminated"));
}

#[test]
fn a_kill_cannot_be_caught() {
    let app = App::new(
        "local inbox, pid = process.inbox(), checks.monitored('stubborn', process.pid())
        assert(checks.next() == 'ready')
        process.terminate(pid)
        assert(checks.ended(pid).error:message() == 'process terminated')
        checks.silent(inbox, time.after('5ms'))
        return true",
    );
    let body = "local to = ...
        process.send(to, 'ready')
        while true do
            pcall(function() while true do end end)
            process.send(to, 'caught')
        end";
    app.process("stubborn", body).passes();
}

#[test]
fn a_killed_process_cleans_up_nothing() {
    let app = App::new(
        "local inbox, pid = process.inbox(), checks.monitored('tidy', process.pid())
        assert(checks.next() == 'ready')
        process.terminate(pid)
        checks.ended(pid)
        checks.silent(inbox, time.after('5ms'))
        return true",
    );
    let body = "local to = ...
        process.send(to, 'ready')
        pcall(function() time.sleep('5s') end)
        process.send(to, 'cleaned up')";
    app.process("tidy", body).passes();
}

#[test]
fn the_end_of_the_node_cancels_who_is_left() {
    let app = App::new("checks.spawn('obeys') checks.spawn('forever') checks.spawn('waits') return 'over'");
    assert_eq!(app.value().as_str(), Some("over"));
}

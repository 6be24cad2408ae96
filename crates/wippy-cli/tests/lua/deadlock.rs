//! When nobody can ever go on.

use crate::app::{App, lua_tests};
use wippy_core::ErrorKind;

#[test]
fn a_process_that_can_never_go_on_fails() {
    for body in [
        "channel.new():receive()",
        "\nchannel.new():send(1)",
        "channel.select{channel.new():case_receive(), channel.new():case_send(1)}",
        "local ch = channel.new() coroutine.spawn(function() ch:receive() end) channel.new():receive()",
        "local ch = channel.new(1) ch:send(1) ch:send(2)",
        "pcall(function() channel.new():receive() end)",
        "coroutine.wrap(function() channel.new():receive() end)()",
        "process.inbox() process.events() channel.new():receive()",
    ] {
        let error = App::new(body).run().expect_err(body);
        assert_eq!(*error.kind(), ErrorKind::Internal, "{body}");
        assert!(error.message().starts_with("deadlock: "), "{body}: {error:?}");
    }
}

#[test]
fn a_deadlock_says_where_each_coroutine_stands() {
    let body = "local ch = channel.new()
        coroutine.spawn(function()
            ch:receive()
        end)
        channel.new():receive()";
    let error = App::new(body).run().expect_err("a deadlock");
    let places = format!("{:?}", error.details());
    assert!(places.contains("app:main:3") && places.contains("app:main:5"), "{places}");
}

#[test]
fn a_deadlock_is_told_to_monitors() {
    let app = App::new("local e = checks.ended(checks.monitored('locks')).error checks.has(e, 'deadlock') return true");
    app.process("locks", "channel.new():receive()").passes();
}

lua_tests! {
    waiting_for_messages_is_no_deadlock:
        "local me = process.pid()
        local pid = checks.monitored('waits') time.sleep('3ms')
        process.send(pid, 'end', 1) checks.equal(checks.ended(pid), {value = 1})
        pid = checks.monitored('obeys') time.sleep('3ms')
        process.cancel(pid) assert(checks.ended(pid).value)";
    a_pending_timer_is_no_deadlock:
        "local ch = channel.new()
        coroutine.spawn(function() time.sleep('3ms') ch:send(1) end)
        assert(ch:receive() == 1)
        local limit = time.after('3ms')
        coroutine.spawn(function() limit:receive() ch:send(2) end)
        assert(ch:receive() == 2)
        local ticker = time.ticker('2ms')
        coroutine.spawn(function() ticker:channel():receive() ch:send(3) end)
        assert(ch:receive() == 3) ticker:stop()";
    a_pending_call_is_no_deadlock:
        "local ch = channel.new()
        coroutine.spawn(function() local v = checks.exec('returns', 5) ch:send(v) end)
        assert(ch:receive() == 5)";
    one_coroutine_that_waits_for_messages_is_enough:
        "local ch, me = channel.new(), process.pid()
        coroutine.spawn(function() ch:send((checks.next())) end)
        local echo = checks.spawn('echo')
        process.send(echo, 'wake')
        assert(ch:receive() == 'wake')";
}

#[test]
fn a_select_with_the_inbox_is_no_deadlock() {
    let app = App::new(
        "local pid = checks.monitored('selects') time.sleep('3ms')
        process.send(pid, 'end') checks.equal(checks.ended(pid), {value = 'woken'})
        pid = checks.monitored('listens') time.sleep('3ms')
        process.send(pid, 't', 'heard') checks.equal(checks.ended(pid), {value = 'heard'})
        return true",
    );
    app.process(
        "selects",
        "channel.select{channel.new():case_receive(), process.inbox():case_receive()} return 'woken'",
    )
    .process("listens", "local l = process.listen('t') return (l:receive())")
    .passes();
}

#[test]
fn a_deadlocked_or_idle_process_can_be_terminated() {
    let app = App::new(
        "local pid = checks.monitored('waits') time.sleep('1ms')
        process.terminate(pid)
        checks.has(checks.ended(pid).error, 'process terminated')
        return true",
    );
    app.passes();
}

//! `process.exec`.

use crate::app::{App, lua_tests};

lua_tests! {
    exec_gives_the_result:
        "local v, err = checks.exec('returns', {1, 2}) checks.equal(v, {1, 2}) assert(err == nil)
        v, err = checks.exec('returns') assert(v == nil and err == nil)";
    a_failure_keeps_kind_retryable_and_details:
        "local v, err = checks.exec('fails', 'm', errors.TIMEOUT)
        assert(v == nil and err:kind() == errors.TIMEOUT and err:message() == 'm' and err:retryable() == true)
        checks.equal(err:details(), {n = 1})";
    what_spawn_refuses_exec_refuses:
        "checks.refused(errors.NOT_FOUND, 'host not found', process.exec('app:returns', 'app:nowhere'))
        checks.refused(errors.NOT_FOUND, 'factory not found', process.exec('app:nothing', 'app:processes'))
        for _, id in ipairs{':', 'app:', ':x', 'x'} do
            checks.refused(errors.INVALID, 'full ids', process.exec(id, 'app:processes'))
            checks.refused(errors.INVALID, 'full ids', process.exec('app:returns', id))
        end
        checks.refused(errors.INVALID, '', process.exec('app:returns', 'app:echo'))
        checks.refused(errors.UNAVAILABLE, '', process.exec('app:returns', 'app:terminal'))";
    no_event_comes_of_it:
        "local events = process.events()
        for _ = 1, 5 do checks.exec('returns') checks.exec('fails') end
        checks.silent(events, time.after('5ms'))";
}

#[test]
fn only_the_coroutine_that_calls_waits() {
    let app = App::new(
        "local log, done = {}, channel.new()
        coroutine.spawn(function() local v = checks.exec('naps') log[#log + 1] = v done:send(true) end)
        log[#log + 1] = 'meanwhile'
        done:receive()
        checks.equal(log, {'meanwhile', 'rested'})
        return true",
    );
    app.process("naps", "time.sleep('3ms') return 'rested'").passes();
}

#[test]
fn a_terminated_child_is_a_failure() {
    let app = App::new(
        "local v, err
        local done = channel.new()
        coroutine.spawn(function() v, err = checks.exec('tells', process.pid()) done:send(1) end)
        local _, pid = checks.next()
        assert(process.terminate(pid))
        done:receive()
        return v == nil and err:kind() == errors.INTERNAL and err:message() == 'process terminated'",
    );
    app.process("tells", "process.send(..., 'me', (process.pid())) time.sleep('5s')").passes();
}

#[test]
fn the_child_outlives_a_caller_that_dies() {
    let app = App::new(
        "local caller = checks.monitored('calls', process.pid())
        local _, child = checks.next()
        process.terminate(caller) checks.ended(caller)
        assert(process.send(child, 'go'))
        local topic, v = checks.next()
        return topic == 'alive' and v == child",
    );
    let app = app.process("calls", "return process.exec('app:callee', 'app:processes', ...)");
    let body = "local to = ...
        process.send(to, 'me', (process.pid()))
        process.inbox():receive()
        process.send(to, 'alive', (process.pid()))";
    app.process("callee", body).passes();
}

#[test]
fn a_failing_chunk_is_the_callers_error() {
    let app = App::new(
        "local v, err = checks.exec('bad') assert(v == nil and err:kind() == errors.INTERNAL)
        checks.has(err, 'failed to execute script')
        v, err = checks.exec('empty') assert(v == nil and err:kind() == errors.NOT_FOUND)
        return true",
    );
    app.program("bad", "error('x')").program("empty", "return {}").passes();
}

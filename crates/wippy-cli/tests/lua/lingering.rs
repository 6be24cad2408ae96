//! What becomes of a function's coroutines after its answer.

use crate::app::App;
use wippy_core::Tree;

#[test]
fn work_that_is_left_goes_on_after_the_answer() {
    let app = App::new(
        "assert(funcs.call('app:f', process.pid()) == 'answer')
        local topic, pid, m = checks.next()
        return topic == 'later' and m:from() == pid and string.find(pid, '^{app:f#lua') ~= nil",
    );
    let body = "local to = ...
        coroutine.spawn(function()
            time.sleep('2ms')
            assert(process.exec('app:returns', 'app:processes', 1) == 1)
            process.send(to, 'later', (process.pid()))
        end)
        return 'answer'";
    app.function("f", body).passes();
}

#[test]
fn monitors_hear_of_the_end_and_not_of_the_answer() {
    let app = App::new(
        "local done = channel.new(1)
        coroutine.spawn(function() done:send{funcs.call('app:f', process.pid())} end)
        local _, pid = checks.next()
        assert(process.monitor(pid) and process.registry.register('f', pid))
        process.send(pid, 'answer')
        checks.equal(done:receive(), {'value'})
        assert(process.registry.lookup('f') == pid)
        assert(process.send(pid, 'more'))
        checks.equal(checks.ended(pid), {value = 'value'})
        checks.refused(errors.NOT_FOUND, '', process.registry.lookup('f'))
        return true",
    );
    let body = "local to = ...
        local inbox = process.inbox()
        process.send(to, 'me', (process.pid()))
        inbox:receive()
        coroutine.spawn(function() channel.select{time.after('5s'):case_receive(), inbox:case_receive()} end)
        return 'value'";
    app.function("f", body).passes();
}

#[test]
fn coroutines_that_wait_for_messages_alone_are_dropped() {
    let app = App::new(
        "local done = channel.new(1)
        coroutine.spawn(function() done:send{funcs.call('app:f', process.pid())} end)
        local _, pid = checks.next()
        assert(process.monitor(pid))
        process.send(pid, 'answer')
        checks.equal(done:receive(), {1})
        checks.equal(checks.ended(pid), {value = 1})
        return true",
    );
    let body = "local to = ...
        coroutine.spawn(function() process.listen('never'):receive() end)
        coroutine.spawn(function() channel.new():receive() end)
        time.after('5s') time.ticker('5s')
        process.send(to, 'me', (process.pid()))
        process.inbox():receive()
        return 1";
    app.function("f", body).passes();
}

#[test]
fn the_callers_end_does_not_touch_what_goes_on() {
    let app = App::new(
        "local caller = checks.monitored('caller', process.pid())
        checks.equal(checks.ended(caller), {value = 'answer'})
        local topic = checks.next()
        return topic == 'later'",
    );
    let body = "local to = ...
        coroutine.spawn(function() time.sleep('3ms') process.send(to, 'later') end)
        return 'answer'";
    app.process("caller", "return (funcs.call('app:f', ...))").function("f", body).passes();
}

#[test]
fn a_function_goes_on_for_as_long_as_its_pool_says() {
    let app = |linger: &str| {
        let app = App::new(
            "local done = channel.new(1)
            coroutine.spawn(function() done:send{funcs.call('app:f', process.pid())} end)
            local _, pid = checks.next()
            assert(process.monitor(pid))
            process.send(pid, 'answer')
            checks.equal(done:receive(), {1})
            checks.equal(checks.ended(pid), {value = 1})
            return true",
        );
        let body = "local to = ...
            local inbox = process.inbox()
            process.send(to, 'me', (process.pid()))
            inbox:receive()
            coroutine.spawn(function() time.sleep('1h') end)
            return 1";
        app.function("f", body).set("f", "pool", Tree::map([("linger", linger)]))
    };
    app("0s").passes();
    app("5ms").passes();
}

#[test]
fn an_error_ends_a_function_at_once() {
    let app = App::new(
        "local v, err = funcs.call('app:f', process.pid())
        assert(v == nil and err:message() == 'no')
        checks.silent(process.inbox(), time.after('10ms'))
        return true",
    );
    let body = "local to = ...
        coroutine.spawn(function() time.sleep('2ms') process.send(to, 'later') end)
        return nil, errors.new('no')";
    app.function("f", body).passes();
}

//! `funcs.async` and futures.

use crate::app::App;

fn app(body: &str) -> App {
    App::new(&format!("{body}\nreturn true"))
        .function("gives", "return ...")
        .function("refuses", "return nil, errors.new(errors.CONFLICT, 'no')")
        .function("tells", "local to = ... process.send(to, 'me', (process.pid())) process.inbox():receive()")
}

macro_rules! future_tests {
    ($($name:ident: $body:expr;)*) => {
        $(#[test] fn $name() { app($body).passes(); })*
    };
}

future_tests! {
    a_future_gives_a_payload_once:
        "local f, err = funcs.async('app:gives', {1}) assert(f and err == nil)
        assert(type(f) == 'userdata' and f:response() == f:channel() and f:response() == f:response())
        local p, ok = f:response():receive()
        assert(ok == true) checks.equal(p:data(), {1})
        p, ok = f:response():receive() assert(p == nil and ok == false)
        local r, e = f:result() checks.equal(r:data(), {1}) assert(e == nil)
        checks.equal({f:error()}, {[2] = false})
        assert(f:is_complete() and not f:is_canceled())";
    nil_is_a_payload_too:
        "local p, ok = funcs.async('app:gives'):response():receive()
        assert(ok and type(p) == 'userdata' and p:data() == nil)";
    a_failure_is_an_error_that_keeps_its_kind:
        "local f = funcs.async('app:refuses')
        local e, ok = f:response():receive()
        assert(ok and e:kind() == errors.CONFLICT and e:message() == 'no')
        local v, err = f:result() assert(v == nil and err:kind() == errors.CONFLICT)
        local err2, failed = f:error() assert(failed == true and err2 == err)
        assert(f:is_complete())";
    a_future_is_pending_until_the_process_waits:
        "local f = funcs.async('app:gives', 1)
        local t = os.clock()
        while os.clock() - t < 0.02 do end
        assert(f:is_complete() == false)
        checks.equal({f:result()}, {}) checks.equal({f:error()}, {[2] = false})
        f:response():receive()
        assert(f:is_complete())";
    what_is_wrong_later_comes_through_the_future:
        "local f = assert(funcs.async('app:nothing'))
        assert(not f:is_complete())
        local e, ok = f:response():receive()
        assert(ok and e:kind() == errors.NOT_FOUND) checks.has(e, 'no handler registered for target')
        assert(select(2, f:response():receive()) == false)";
    what_is_wrong_with_the_id_is_told_at_once:
        "checks.refused(errors.INVALID, 'function ID required', funcs.async(''))
        checks.refused(errors.INVALID, 'namespace required', funcs.async('x'))
        checks.refused(errors.INVALID, 'name required', funcs.async('x:'))";
    cancel_kills_the_callee:
        "local f = funcs.async('app:tells', process.pid())
        local _, pid = checks.next()
        assert(process.monitor(pid))
        local ok, err = f:cancel() assert(ok == true and err == nil)
        assert(f:is_canceled())
        assert(select(2, f:response():receive()) == false)
        local v, e = f:result() assert(v == nil and e:kind() == errors.CANCELED)
        checks.equal({f:error()}, {[2] = false})
        assert(checks.ended(pid).error:kind() == errors.CANCELED)
        assert(f:cancel() == true)";
    many_run_at_once:
        "local fs, sum = {}, 0
        for i = 1, 50 do fs[i] = funcs.async('app:gives', i) end
        for i = 1, 50 do sum = sum + fs[i]:response():receive():data() end
        assert(sum == 1275)";
    futures_are_selected_like_channels:
        "local slow, fast = funcs.async('app:tells', process.pid()), funcs.async('app:gives', 'fast')
        local r = channel.select{slow:response():case_receive(), fast:response():case_receive()}
        assert(r.channel == fast:response() and r.value:data() == 'fast')";
    nobody_needs_to_look_at_a_future:
        "for i = 1, 20 do funcs.async('app:gives', i) end
        assert(funcs.call('app:gives', 1) == 1)";
    payloads_of_futures_can_be_sent_on:
        "local p = funcs.async('app:gives', {a = 1}):response():receive()
        checks.equal(funcs.call('app:gives', p), {a = 1})";
    methods_want_a_future:
        "checks.raises('future expected', funcs.async('app:gives').result, {})";
}

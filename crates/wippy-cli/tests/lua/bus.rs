//! `events`: the node's bus.

use crate::app::{App, lua_tests};

lua_tests! {
    an_event_reaches_its_subscribers_and_the_publisher:
        "local sub, err = events.subscribe('orders') assert(sub and err == nil and type(sub) == 'userdata')
        local ok, err = events.send('orders', 'created', 'order/1', {n = 1, list = {1, 2}, f = 1.5})
        assert(ok == true and err == nil)
        assert(events.send('orders', 'deleted', 'order/1'))
        local ch = sub:channel() assert(ch == sub:channel())
        checks.equal(ch:receive(),
            {system = 'orders', kind = 'created', path = 'order/1', data = {n = 1, list = {1, 2}, f = 1.5}})
        checks.equal(ch:receive(), {system = 'orders', kind = 'deleted', path = 'order/1'})";
    patterns_choose:
        "local function got(system, kind)
            local sub = events.subscribe(system, kind)
            for _, e in ipairs{{'a', 'x'}, {'a.b', 'x'}, {'a.b.c', 'y'}, {'ab', 'xy'}, {'b', 'x'}} do
                events.send(e[1], e[2], 'p')
            end
            events.send('end', 'end', 'end')
            local seen, ends = {}, events.subscribe('end')
            events.send('end', 'end', 'end') ends:channel():receive() ends:close()
            while true do
                local r = channel.select{sub:channel():case_receive(), default = true}
                if r.default then break end
                if r.value.system ~= 'end' then seen[#seen + 1] = r.value.system .. ':' .. r.value.kind end
            end
            sub:close()
            return seen
        end
        checks.equal(got('a'), {'a:x'})
        checks.equal(got('a*'), {'a:x', 'a.b:x', 'a.b.c:y', 'ab:xy'})
        checks.equal(got('a.*'), {'a.b:x', 'a.b.c:y'})
        checks.equal(got('*', 'x'), {'a:x', 'a.b:x', 'b:x'})
        checks.equal(got('*', 'x*'), {'a:x', 'a.b:x', 'ab:xy', 'b:x'})
        checks.equal(got('a', ''), {'a:x'}) checks.equal(got('a', nil), {'a:x'})
        checks.equal(got('a', 'y'), {})";
    nothing_is_lost_and_order_is_kept:
        "local sub = events.subscribe('s')
        for i = 1, 500 do events.send('s', 'k', 'p', i) end
        for i = 1, 500 do assert(sub:channel():receive().data == i) end";
    what_was_sent_before_is_not_told:
        "events.send('s', 'k', 'p', 'before')
        local sub = events.subscribe('s')
        events.send('s', 'k', 'p', 'after')
        assert(sub:channel():receive().data == 'after')";
    a_closed_subscription_gives_nothing_more:
        "local sub = events.subscribe('s')
        local ch = sub:channel()
        assert(sub:close() == true and sub:close() == true)
        events.send('s', 'k', 'p')
        local v, ok = ch:receive() assert(v == nil and ok == false)
        checks.silent(process.inbox(), time.after('3ms'))";
    closing_its_channel_ends_a_subscription:
        "local sub = events.subscribe('s')
        sub:channel():close()
        for _ = 1, 3 do events.send('s', 'k', 'p') end
        local v, ok = sub:channel():receive() assert(v == nil and ok == false)
        assert(sub:close() == true)";
    what_a_closed_channel_holds_can_be_received:
        "local sub = events.subscribe('s')
        local ch = sub:channel()
        for i = 1, 100 do events.send('s', 'k', 'p', i) end
        events.subscribe('s') events.send('s', 'k', 'p', 101) time.sleep('1ms')
        sub:close()
        for i = 1, 64 do local e, ok = ch:receive() assert(ok and e.data == i and e.path == 'p', i) end
        checks.equal({ch:receive()}, {nil, false})
        checks.silent(process.inbox(), time.after('3ms'))";
    a_place_serves_the_next_subscription:
        "local old = events.subscribe('s')
        events.send('s', 'k', 'old') old:channel():close()
        local new = events.subscribe('s')
        events.send('s', 'k', 'new')
        assert(new:channel():receive().path == 'new' and old:channel() ~= new:channel())
        checks.silent(new:channel(), time.after('3ms'))";
    channels_that_close_end_their_subscriptions_at_once:
        "for i = 1, 5000 do assert(events.subscribe('never')):channel():close() end";
    a_waiting_coroutine_is_woken_by_a_close:
        "local sub, done = events.subscribe('s'), channel.new()
        coroutine.spawn(function() local _, ok = sub:channel():receive() done:send(ok) end)
        sub:close()
        assert(done:receive() == false)";
    several_subscriptions_are_independent:
        "local a, b = events.subscribe('s'), events.subscribe('s')
        events.send('s', 'k', 'p', 1)
        assert(a:channel():receive().data == 1)
        a:close()
        events.send('s', 'k', 'p', 2)
        assert(b:channel():receive().data == 1 and b:channel():receive().data == 2)";
    subscribing_and_closing_can_be_repeated:
        "for i = 1, 200 do
            local sub = events.subscribe('s')
            events.send('s', 'k', 'p', i)
            assert(sub:channel():receive().data == i)
            sub:close()
        end";
    wrong_arguments:
        "checks.refused(errors.INVALID, 'system', events.subscribe(''))
        checks.refused(errors.INVALID, 'system', events.send('', 'k', 'p'))
        checks.refused(errors.INVALID, 'kind', events.send('s', '', 'p'))
        checks.refused(errors.INVALID, 'path', events.send('s', 'k', ''))
        checks.refused(errors.INVALID, 'data', events.send('s', 'k', 'p', print))
        checks.refused(errors.INVALID, 'data', events.send('s', 'k', 'p', {channel.new()}))
        checks.raises('string expected', events.send, 's', 'k')
        checks.raises('string expected', events.send, 's', {}, 'p')
        checks.raises('string expected', events.subscribe)
        checks.raises('string expected', events.subscribe, 's', {})
        local sub = events.subscribe('s')
        checks.raises('subscription expected', sub.close, {})";
    events_are_no_messages:
        "local sub = events.subscribe('s')
        local got = process.inbox()
        events.send('s', 'k', 'p')
        sub:channel():receive()
        checks.silent(got, time.after('3ms'))";
}

#[test]
fn events_reach_other_processes() {
    let app = App::chunk(
        "return function()
            local sub = events.subscribe('s', 'answer')
            process.registry.register('main')
            local pid = checks.monitored('listens')
            local topic = checks.next()
            assert(topic == 'ready')
            events.send('s', 'question', 'p', 20)
            assert(sub:channel():receive().data == 21)
            checks.ended(pid)
            -- Its subscription has ended with it.
            assert(events.send('s', 'question', 'p', 1))
            return true
        end",
    );
    app.process(
        "listens",
        "local sub = events.subscribe('s', 'question')
        process.send('main', 'ready')
        events.send('s', 'answer', 'p', sub:channel():receive().data + 1)",
    )
    .passes();
}

#[test]
fn only_waiting_for_ones_own_channels_is_a_deadlock_still() {
    let exit = App::new("local sub = events.subscribe('s') channel.new():receive()").run();
    assert!(exit.unwrap_err().message().starts_with("deadlock"));
}

#[test]
fn subscriptions_do_not_outlive_the_code() {
    let app = App::chunk(
        "return function(again)
            if again then
                checks.silent(process.inbox(), time.after('3ms'))
                local sub = events.subscribe('s')
                events.send('s', 'k', 'p', 'new')
                return sub:channel():receive().data == 'new'
            end
            local sub = events.subscribe('s')
            events.send('s', 'k', 'p', 'old')
            process.upgrade(nil, true)
        end",
    );
    app.passes();
}

#[test]
fn strict_mode_refuses_the_bus() {
    let app = App::new(
        "checks.refused(errors.PERMISSION_DENIED, 'not allowed', events.subscribe('s'))
        checks.refused(errors.PERMISSION_DENIED, 'not allowed', events.send('s', 'k', 'p'))
        return true",
    );
    app.strict().passes();
}

//! Inbox, listeners, events, and the queue for what nobody has claimed.

use crate::app::{App, lua_tests};

lua_tests! {
    the_channels_are_the_same_each_time:
        "assert(process.inbox() == process.inbox() and process.events() == process.events())
        assert(process.listen('t') == process.listen('t') and process.listen('t') ~= process.listen('u'))
        assert(process.inbox() ~= process.events())
        process.send(process.pid(), 't', 1)
        local r = channel.select{process.inbox():case_receive(), process.listen('t'):case_receive()}
        assert(r.channel == process.listen('t') and r.value == 1)";
    topics_that_cannot_be_listened_to:
        "checks.refused(errors.INVALID, '', process.listen(''))
        checks.refused(errors.INVALID, '', process.listen('@x'))
        assert(process.listen('inbox') and process.listen('events'))";
    a_listener_takes_its_topic_and_the_inbox_the_rest:
        "local me, inbox, a = process.pid(), process.inbox(), process.listen('a')
        process.send(me, 'b', 1) process.send(me, 'a', 2) process.send(me, 'ab', 3) process.send(me, 'a', 4)
        assert(a:receive() == 2 and a:receive() == 4)
        assert(inbox:receive():topic() == 'b' and inbox:receive():topic() == 'ab')";
    many_topics_and_a_long_backlog_keep_the_order:
        "local me, topics, got = process.pid(), 300, {}
        for i = 1, 5 * topics do process.send(me, 't' .. i % topics, i) end
        -- Before and behind an inbox, with topics that are closed and opened again in between.
        for t = 1, topics - 1, 2 do
            local ch = process.listen('t' .. t)
            for round = 0, 4 do assert(ch:receive() == t + round * topics, t) end
            if t % 3 == 0 then process.unlisten(ch) end
        end
        local inbox, last = process.inbox(), 0
        for t = 0, topics - 1, 6 do
            local ch = process.listen('t' .. t)
            for round = 0, 4 do assert(ch:receive() == (t == 0 and topics or t) + round * topics, t) end
        end
        for _ = 1, 5 * topics / 3 do
            local i = inbox:receive():payload():data()
            assert(i > last and i % 2 == 0 and i % 6 ~= 0, i) last = i
        end
        process.send(me, 't3', 'x') process.send(me, 't1', 'y') process.send(me, 't2', 'z')
        assert(inbox:receive():topic() == 't3' and process.listen('t1'):receive() == 'y' and inbox:receive():topic() == 't2')
        local first = process.listen('t1') process.send(me, 't1', 1) process.send(me, 't1', 2) process.send(me, 't4', 3)
        process.unlisten(first) assert(inbox:receive():payload():data() == 2 and inbox:receive():payload():data() == 3)
        assert(process.listen('t1') ~= first)";
    listeners_give_bare_values:
        "local me, ch = process.pid(), process.listen('t')
        process.send(me, 't') process.send(me, 't', nil) process.send(me, 't', 'one') process.send(me, 't', 1, 'two', {3})
        process.send(me, 't', {1, 2})
        local v, ok = ch:receive() assert(v == nil and ok == true)
        v, ok = ch:receive() assert(v == nil and ok == true)
        assert(ch:receive() == 'one')
        checks.equal((ch:receive()), {1, 'two', {3}}) checks.equal((ch:receive()), {1, 2})";
    listeners_may_ask_for_message_objects:
        "local me, ch = process.pid(), process.listen('t', {message = true})
        process.send(me, 't', 'x')
        local m = ch:receive()
        assert(m:topic() == 't' and m:from() == me and m:payload():data() == 'x')
        assert(process.listen('t', {message = true}) == ch)";
    only_true_asks_for_message_objects:
        "for i, option in ipairs{1, 'yes', {}} do
            local ch = process.listen('t' .. i, {message = option})
            process.send(process.pid(), 't' .. i, 'x') assert(ch:receive() == 'x')
        end
        local ch = process.listen('f', {message = false}) process.send(process.pid(), 'f', 'x') assert(ch:receive() == 'x')
        ch = process.listen('g', {}) process.send(process.pid(), 'g', 'x') assert(ch:receive() == 'x')";
    the_first_listener_decides_the_form:
        "local ch = process.listen('t')
        local other, err = process.listen('t', {message = true})
        if other == nil then assert(err:kind() == errors.CONFLICT) else assert(other == ch) end
        process.send(process.pid(), 't', 'bare') assert(ch:receive() == 'bare')";
    listeners_of_one_topic_compete_in_order:
        "local log = {}
        for i = 1, 3 do coroutine.spawn(function() local v = process.listen('t'):receive() log[#log + 1] = i .. v end) end
        for _, v in ipairs{'a', 'b', 'c'} do process.send(process.pid(), 't', v) end
        time.sleep('2ms')
        checks.equal(log, {'1a', '2b', '3c'})";
    nothing_is_lost_before_somebody_listens:
        "local me = process.pid()
        for i = 1, 3 do process.send(me, 'a', i) process.send(me, 'b', i) end
        time.sleep('1ms')
        local b = process.listen('b') for i = 1, 3 do assert(b:receive() == i) end
        local inbox = process.inbox() for i = 1, 3 do assert(inbox:receive():payload():data() == i) end
        local r = channel.select{inbox:case_receive(), b:case_receive(), default = true} assert(r.default)";
    what_lies_in_the_inbox_is_routed_again:
        "local me, inbox = process.pid(), process.inbox()
        process.send(me, 'a', 1) process.send(me, 'b', 2) process.send(me, 'a', 3)
        time.sleep('1ms')
        local a = process.listen('a')
        assert(a:receive() == 1 and a:receive() == 3 and inbox:receive():topic() == 'b')";
    a_waiting_message_makes_the_case_ready:
        "local me, inbox, t = process.pid(), process.inbox(), process.listen('t')
        process.send(me, 'x', 1) process.send(me, 't', 2) process.cancel(me, 'r')
        time.sleep('1ms')
        for _, ch in ipairs{inbox, t, process.events()} do
            local r = channel.select{ch:case_receive(), default = true}
            assert(r.channel == ch and r.ok == true and r.value ~= nil)
            assert(channel.select{ch:case_receive(), default = true}.default)
        end";
    a_message_just_sent_to_oneself_is_ready:
        "local inbox = process.inbox()
        process.send(process.pid(), 'x', 1)
        local r = channel.select{inbox:case_receive(), default = true}
        assert(r.channel == inbox, 'took the default')";
    a_slow_reader_loses_nothing:
        "local me = process.pid()
        for i = 1, 3000 do assert(process.send(me, i % 2 == 0 and 'even' or 'odd', i)) end
        local even = process.listen('even')
        for i = 2, 3000, 2 do assert(even:receive() == i) end
        for i = 1, 3000, 2 do assert(select(2, checks.next()) == i) end";
    a_blocked_coroutine_holds_back_nothing:
        "local me, got = process.pid(), {}
        coroutine.spawn(function() process.listen('never'):receive() end)
        coroutine.spawn(function() got[1] = process.listen('t'):receive() end)
        process.send(me, 't', 5) process.send(me, 'x', 6)
        assert(select(2, checks.next()) == 6)
        time.sleep(1) assert(got[1] == 5)";
    one_blocked_select_follows_the_mailbox:
        "local me, log = process.pid(), {}
        local events, inbox, t = process.events(), process.inbox(), process.listen('t')
        coroutine.spawn(function()
            while #log < 4 do
                local r = channel.select{events:case_receive(), t:case_receive(), inbox:case_receive()}
                log[#log + 1] = r.channel == t and 't' or r.channel == inbox and 'inbox' or 'events'
            end
        end)
        process.send(me, 'x') time.sleep('1ms') process.send(me, 't') time.sleep('1ms')
        process.cancel(me) time.sleep('1ms') process.send(me, 'y') time.sleep('1ms')
        checks.equal(log, {'inbox', 't', 'events', 'inbox'})";
    unlisten_closes_the_channel:
        "local ch, woken = process.listen('t')
        coroutine.spawn(function() woken = {n = select('#', ch:receive()), ch:receive()} end)
        local ok, err = process.unlisten(ch) assert(ok == true and err == nil)
        time.sleep('1ms')
        assert(woken.n == 2 and woken[1] == nil and woken[2] == false)
        local again = process.listen('t') assert(again ~= ch)
        process.send(process.pid(), 't', 5) assert(again:receive() == 5)";
    after_unlisten_messages_go_to_the_inbox:
        "local me, ch, inbox = process.pid(), process.listen('t'), process.inbox()
        process.send(me, 't', 1) assert(ch:receive() == 1)
        process.unlisten(ch) process.send(me, 't', 2)
        local m = inbox:receive() assert(m:topic() == 't' and m:payload():data() == 2)";
    what_a_listener_held_can_be_read_after_unlisten:
        "local me, ch = process.pid(), process.listen('t')
        process.send(me, 't', 1) time.sleep('1ms')
        process.unlisten(ch)
        local v, ok = ch:receive() assert(v == 1 and ok == true)
        v, ok = ch:receive() assert(v == nil and ok == false)";
    what_a_listener_does_not_hold_goes_on_to_the_inbox:
        "local me, inbox, ch = process.pid(), process.inbox(), process.listen('t')
        process.send(me, 'a', 0) for i = 1, 4 do process.send(me, 't', i) process.send(me, 'b', i) end time.sleep('1ms')
        process.unlisten(ch)
        checks.equal({ch:receive()}, {1, true}) checks.equal({ch:receive()}, {nil, false})
        local got = {} for i = 1, 8 do local topic, v = checks.next() got[i] = topic .. v end
        checks.equal(got, {'a0', 'b1', 't2', 'b2', 't3', 'b3', 't4', 'b4'})
        assert(process.unlisten(ch) == true)";
    what_a_listener_does_not_hold_wakes_who_waits_for_the_inbox:
        "local me, inbox, ch, got = process.pid(), process.inbox(), process.listen('t'), {}
        coroutine.spawn(function() for i = 1, 2 do got[i] = inbox:receive():payload():data() end end)
        for i = 1, 4 do process.send(me, 't', i) end time.sleep('1ms')
        ch:close() time.sleep('1ms')
        checks.equal(got, {2, 3})
        checks.equal({ch:receive()}, {1, true})
        assert(inbox:receive():payload():data() == 4)";
    what_waits_in_the_inbox_waits_for_the_next_one:
        "local me, inbox = process.pid(), process.inbox()
        for i = 1, 3 do process.send(me, 't' .. i, i) end process.cancel(me, 'r') time.sleep('1ms')
        local events = process.events()
        process.unlisten(inbox) process.unlisten(events)
        checks.equal({inbox:receive()}, {nil, false}) checks.equal({events:receive()}, {nil, false})
        checks.equal((process.listen('t2')):receive(), 2)
        assert(process.inbox() ~= inbox and process.events():receive().reason == 'r')
        for _, i in ipairs{1, 3} do checks.equal(select(2, checks.next()), i) end";
    nil_is_held_too:
        "local me, ch = process.pid(), process.listen('t')
        process.send(me, 't', nil) time.sleep('1ms') ch:close()
        checks.equal({ch:receive()}, {nil, true}) checks.equal({ch:receive()}, {nil, false})";
    inbox_and_events_can_be_unlistened:
        "local me, inbox, events = process.pid(), process.inbox(), process.events()
        assert(process.unlisten(inbox) and process.unlisten(events))
        local v, ok = inbox:receive() assert(v == nil and ok == false)
        process.send(me, 't', 1) process.cancel(me, 'r')
        assert(process.inbox() ~= inbox and process.events() ~= events)
        assert(process.inbox():receive():payload():data() == 1 and process.events():receive().reason == 'r')";
    other_channels_cannot_be_unlistened:
        "local ok, err = process.unlisten(channel.new())
        assert(ok == false and err:kind() == errors.NOT_FOUND and err:message() == 'channel not found')
        checks.raises(\"bad argument #1 to 'unlisten'\", process.unlisten, 5)";
    closing_the_channel_is_unlistening:
        "local me, ch, inbox = process.pid(), process.listen('t'), process.inbox()
        ch:close()
        process.send(me, 't', 1) process.send(me, 't', 2)
        assert(inbox:receive():payload():data() == 1 and inbox:receive():payload():data() == 2)
        local v, ok = ch:receive() assert(v == nil and ok == false)
        assert(process.listen('t') ~= ch)";
    a_program_may_send_into_such_a_channel:
        "local ch, got = process.listen('t')
        coroutine.spawn(function() got = ch:receive() end)
        assert(ch:send('own') and true) time.sleep(1) assert(got == 'own')";
    a_message_object_tells_topic_sender_and_payload:
        "local echo = checks.spawn('echo')
        process.send(echo, 'topic', {x = 1})
        local m = process.inbox():receive()
        assert(m:topic() == 'topic' and m:from() == echo and type(m) == 'userdata')
        assert(tostring(m) == 'process.Message{topic=topic}')
        local p = m:payload()
        assert(type(p) == 'userdata' and p:get_format() == payload.format.LUA and tostring(p) == 'payload{format=lua/any}')
        checks.equal(p:data(), {x = 1}) checks.equal(p:unmarshal(), {x = 1})";
    a_message_without_payload_has_none:
        "process.send(process.pid(), 't')
        local m = process.inbox():receive() assert(m:payload() == nil)
        checks.raises('attempt to index a nil value', function() return m:payload():data() end)";
    a_nil_payload_is_one:
        "process.send(process.pid(), 't', nil)
        local p = process.inbox():receive():payload()
        assert(p ~= nil and p:data() == nil)";
    several_payloads_are_a_table:
        "process.send(process.pid(), 't', 1, nil, {3})
        local list = process.inbox():receive():payload()
        assert(type(list) == 'table' and #list == 3 and list[1]:data() == 1 and list[2]:data() == nil)
        checks.equal(list[3]:data(), {3})";
    an_error_as_payload_has_a_format_of_its_own:
        "process.send(process.pid(), 't', errors.new('e'))
        local p = process.inbox():receive():payload()
        assert(p:get_format() == payload.format.ERROR and p:data():message() == 'e')";
}

#[test]
fn lifecycle_events_wait_until_somebody_asks() {
    let app = App::new(
        "local pid = checks.monitored('returns', 5)
        process.cancel(process.pid(), 'r')
        time.sleep('3ms')
        local kinds = {}
        for i = 1, 2 do kinds[i] = process.events():receive().kind end
        table.sort(kinds)
        checks.equal(kinds, {process.event.CANCEL, process.event.EXIT})
        return true",
    );
    app.passes();
}

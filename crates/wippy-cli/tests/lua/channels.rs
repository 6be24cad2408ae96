//! Channels.

use crate::app::lua_tests;

lua_tests! {
    values_pass_in_order:
        "local ch, got = channel.new(), {}
        coroutine.spawn(function() for i = 1, 5 do assert(ch:send(i) == true) end ch:close() end)
        while true do local v, ok = ch:receive() if not ok then break end got[#got + 1] = v end
        checks.equal(got, {1, 2, 3, 4, 5})";
    nil_is_a_value:
        "local ch = channel.new(3) ch:send(nil) ch:send(false) ch:send()
        local v, ok = ch:receive() assert(v == nil and ok == true)
        v, ok = ch:receive() assert(v == false and ok == true)
        v, ok = ch:receive() assert(v == nil and ok == true)";
    values_are_not_copied:
        "local ch, t = channel.new(2), {} ch:send(t) ch:send(print) assert(ch:receive() == t and ch:receive() == print)";
    a_buffer_takes_values_without_a_receiver:
        "local ch = channel.new(2) ch:send(1) ch:send(2)
        local full = true
        coroutine.spawn(function() ch:send(3) full = false end)
        assert(full and ch:receive() == 1)
        time.sleep(1) assert(not full and ch:receive() == 2 and ch:receive() == 3)";
    a_negative_capacity_is_none:
        "local ch, sent = channel.new(-5), false
        coroutine.spawn(function() ch:send(1) sent = true end)
        assert(not sent and ch:receive() == 1)";
    a_free_slot_goes_to_the_oldest_sender:
        "local ch = channel.new(1) ch:send(0)
        for i = 1, 3 do coroutine.spawn(function() ch:send(i) end) end
        local got = {} for i = 1, 4 do got[i] = ch:receive() end
        checks.equal(got, {0, 1, 2, 3})";
    receivers_are_served_in_order:
        "local ch, log = channel.new(), {}
        for i = 1, 3 do coroutine.spawn(function() local v = ch:receive() log[#log + 1] = i .. v end) end
        ch:send('a') ch:send('b') ch:send('c')
        time.sleep(1)
        checks.equal(log, {'1a', '2b', '3c'})";
    a_value_goes_directly_to_the_oldest_receiver:
        "local ch, log = channel.new(5), {}
        coroutine.spawn(function() local v = ch:receive() log[#log + 1] = v end)
        ch:send('first') ch:send('second')
        assert(ch:receive() == 'second')
        time.sleep(1) checks.equal(log, {'first'})";
    a_closed_channel_gives_nil_at_once:
        "local ch = channel.new()
        assert(select('#', ch:close()) == 0 and select('#', ch:close()) == 0)
        for _ = 1, 3 do local v, ok = ch:receive() assert(v == nil and ok == false) end";
    what_was_buffered_can_be_read_after_close:
        "local ch = channel.new(2) ch:send('a') ch:send('b') ch:close()
        local v, ok = ch:receive() assert(v == 'a' and ok == true)
        v, ok = ch:receive() assert(v == 'b' and ok == true)
        v, ok = ch:receive() assert(v == nil and ok == false)";
    close_wakes_all_receivers:
        "local ch, woken = channel.new(), 0
        for _ = 1, 3 do coroutine.spawn(function() local v, ok = ch:receive() assert(v == nil and ok == false) woken = woken + 1 end) end
        ch:close() time.sleep(1) assert(woken == 3)";
    sending_on_a_closed_channel_raises:
        "local ch = channel.new(5) ch:close()
        checks.raises('send on closed channel', ch.send, ch, 1)
        checks.raises('send on closed channel', function() ch:send(1) end)";
    a_sender_that_waits_at_close_raises:
        "local ch, caught = channel.new()
        coroutine.spawn(function() caught = {pcall(ch.send, ch, 1)} end)
        ch:close() time.sleep(1)
        assert(caught[1] == false) checks.has(caught[2], 'send on closed channel')
        local v, ok = ch:receive() assert(v == nil and ok == false)";
    a_sender_that_waits_at_close_tells_its_line:
        "local ch, caught = channel.new(), {}
        for i = 1, 2 do
            coroutine.spawn(function()
                local _, e = pcall(function() if i == 1 then ch:send(1) else channel.select{ch:case_send(1)} end end)
                caught[i] = e
            end)
        end
        ch:close() time.sleep(1)
        for i = 1, 2 do checks.equal(caught[i], 'app:main:4: send on closed channel') end";
    channels_compare_by_identity:
        "local a, b = channel.new(), channel.new()
        local set = {[a] = 'a', [b] = 'b'}
        assert(a ~= b and a == a and set[a] == 'a' and type(a) == 'userdata')";
    channels_have_no_more_methods:
        "local ch = channel.new(2)
        assert(ch.len == nil and ch.cap == nil and ch.is_closed == nil and not pcall(function() return #ch end))
        checks.raises('', function() for _ in ch do end end)";
    wrong_types_raise:
        "checks.raises('bad argument', channel.new, 'x') checks.raises('bad argument', channel.new, {})
        local ch = channel.new()
        checks.raises('', ch.send) checks.raises('', ch.send, {}, 1) checks.raises('', ch.receive, 5)
        checks.raises('', ch.close, process.pid())";
    a_raise_names_the_line_that_sent:
        "local ch = channel.new() ch:close()
        local ok, e = pcall(function()
            ch:send(1) end)
        checks.has(e, 'app:main:3:')";
    many_values_through_a_small_buffer:
        "local ch, sum = channel.new(3), 0
        coroutine.spawn(function() for i = 1, 10000 do ch:send(i) end ch:close() end)
        while true do local v, ok = ch:receive() if not ok then break end sum = sum + v end
        assert(sum == 50005000)";
    a_ring_of_channels:
        "local n, first = 200, channel.new()
        local last = first
        for i = 1, n do
            local from, to = last, channel.new()
            coroutine.spawn(function() while true do local v, ok = from:receive() if not ok then to:close() return end to:send(v + 1) end end)
            last = to
        end
        for i = 1, 5 do first:send(i) assert(last:receive() == i + n) end
        first:close() local v, ok = last:receive() assert(v == nil and ok == false)";
    coroutines_may_wait_and_be_forgotten:
        "for _ = 1, 1000 do coroutine.spawn(function() channel.new():receive() end) end";
}

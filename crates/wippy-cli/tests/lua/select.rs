//! `channel.select`.

use crate::app::lua_tests;

lua_tests! {
    a_receive_says_what_and_where_from:
        "local a, b = channel.new(1), channel.new(1) b:send('v')
        checks.equal(channel.select{a:case_receive(), b:case_receive()}, {channel = b, value = 'v', ok = true})
        b:send(nil)
        checks.equal(channel.select{b:case_receive()}, {channel = b, ok = true})";
    a_closed_channel_is_ready_for_ever:
        "local ch = channel.new() ch:close()
        for _ = 1, 3 do checks.equal(channel.select{ch:case_receive(), default = true}, {channel = ch, ok = false}) end";
    a_send_says_what_was_sent:
        "local ch = channel.new(1)
        checks.equal(channel.select{ch:case_send('v')}, {channel = ch, value = 'v', ok = true})
        assert(ch:receive() == 'v')
        checks.equal(channel.select{ch:case_send(nil)}, {channel = ch, ok = true})
        local v, ok = ch:receive() assert(v == nil and ok == true)";
    the_default_is_for_when_nothing_is_ready:
        "local ch = channel.new()
        checks.equal(channel.select{ch:case_receive(), default = true}, {default = true, ok = true})
        checks.equal(channel.select({ch:case_receive()}, true), {default = true, ok = true})
        checks.equal(channel.select{ch:case_send(1), default = true}, {default = true, ok = true})
        local full = channel.new(1) full:send(1)
        checks.equal(channel.select{full:case_send(2), default = true}, {default = true, ok = true})
        assert(channel.select{full:case_receive(), default = true}.value == 1)";
    a_false_default_is_none:
        "local ch = channel.new()
        coroutine.spawn(function() time.sleep(1) ch:send(5) end)
        assert(channel.select({ch:case_receive(), default = false}, false).value == 5)";
    the_first_ready_case_wins:
        "local a, b, c = channel.new(10), channel.new(10), channel.new(10)
        for i = 1, 10 do b:send('b' .. i) c:send('c' .. i) end
        for i = 1, 10 do assert(channel.select{a:case_receive(), b:case_receive(), c:case_receive()}.value == 'b' .. i) end
        assert(channel.select{a:case_receive(), b:case_receive(), c:case_receive()}.value == 'c1')
        assert(channel.select{a:case_send(1), c:case_receive()}.channel == a)";
    a_waiting_partner_makes_a_case_ready:
        "local a, b = channel.new(), channel.new()
        coroutine.spawn(function() b:send('from b') end)
        assert(channel.select{a:case_receive(), b:case_receive(), default = true}.value == 'from b')
        local got
        coroutine.spawn(function() got = a:receive() end)
        assert(channel.select{a:case_send('to a'), default = true}.ok)
        time.sleep(1) assert(got == 'to a')";
    the_first_partner_wins_when_all_wait:
        "local a, b = channel.new(), channel.new()
        coroutine.spawn(function() time.sleep(1) b:send('b') end)
        local r = channel.select{a:case_receive(), b:case_receive()}
        assert(r.channel == b and r.value == 'b' and r.ok == true)
        checks.equal(channel.select{a:case_send(1), default = true}, {default = true, ok = true})";
    a_value_goes_to_exactly_one_case:
        "local a, b, got = channel.new(), channel.new(), {}
        for i = 1, 3 do
            coroutine.spawn(function() local r = channel.select{a:case_receive(), b:case_receive()} got[#got + 1] = r.value end)
        end
        a:send(1) b:send(2) a:send(3)
        time.sleep(1)
        checks.equal(got, {1, 2, 3})
        checks.equal(channel.select{a:case_send(4), b:case_send(4), default = true}, {default = true, ok = true})";
    two_selects_may_meet:
        "local a, b, sent = channel.new(), channel.new()
        coroutine.spawn(function() sent = channel.select{a:case_receive(), b:case_send('x')} end)
        local r = channel.select{a:case_receive(), b:case_receive()}
        time.sleep(1)
        assert(r.channel == b and r.value == 'x' and sent.channel == b and sent.value == 'x' and sent.ok)";
    close_wakes_a_select:
        "local a, b = channel.new(), channel.new()
        coroutine.spawn(function() time.sleep(1) a:close() end)
        checks.equal(channel.select{b:case_receive(), a:case_receive()}, {channel = a, ok = false})";
    close_raises_in_a_select_that_waits_to_send:
        "local a, b, caught = channel.new(), channel.new()
        coroutine.spawn(function() caught = {pcall(channel.select, {b:case_receive(), a:case_send(1)})} end)
        a:close() time.sleep(1)
        assert(caught[1] == false) checks.has(caught[2], 'send on closed channel')";
    a_channel_may_be_listed_twice:
        "local ch = channel.new(2) ch:send(1)
        assert(channel.select{ch:case_receive(), ch:case_receive()}.value == 1)
        assert(channel.select{ch:case_receive(), ch:case_send(2)}.value == 2)
        assert(channel.select{ch:case_receive(), ch:case_send(3)}.value == 2)
        coroutine.spawn(function() time.sleep(1) ch:send(4) end)
        assert(channel.select{ch:case_receive(), ch:case_receive()}.value == 4)
        checks.equal(channel.select{ch:case_receive(), default = true}, {default = true, ok = true})";
    a_coroutine_does_not_meet_itself:
        "local ch, r = channel.new()
        coroutine.spawn(function() r = channel.select{ch:case_send(1), ch:case_receive()} end)
        time.sleep(1) assert(r == nil)
        ch:send('other') time.sleep(1) assert(r.value == 'other')";
    a_case_can_be_used_again:
        "local ch = channel.new(3)
        local send, receive = ch:case_send('v'), ch:case_receive()
        for _ = 1, 3 do assert(channel.select{send}.ok) end
        for _ = 1, 3 do assert(channel.select{receive}.value == 'v') end
        assert(channel.select{receive, default = true}.default)
        ch:close() assert(channel.select{receive, default = true}.ok == false)";
    the_cases_table_is_not_changed:
        "local ch = channel.new(1) ch:send(1)
        local case = ch:case_receive() local cases = {case, default = true}
        channel.select(cases) channel.select(cases)
        assert(cases[1] == case and cases.default == true and #cases == 1)";
    the_cases_table_is_read_at_the_call:
        "local a, b, r = channel.new(), channel.new()
        local cases = {a:case_receive()}
        coroutine.spawn(function() r = channel.select(cases) end)
        cases[1] = b:case_receive()
        a:send('a') time.sleep(1) assert(r.value == 'a')";
    what_is_no_case_raises:
        "local ch = channel.new(1)
        for _, wrong in ipairs{5, 'x', {}, ch, print, true} do
            checks.raises('', channel.select, {wrong})
            checks.raises('', channel.select, {ch:case_receive(), wrong, default = true})
        end
        checks.raises('bad argument', channel.select) checks.raises('bad argument', channel.select, 5)";
    a_nil_before_a_case_raises:
        "local ch = channel.new(1) ch:send(1)
        local case, late, apart = ch:case_receive(), {}, {}
        late[2] = case
        apart[5] = case apart[1] = case
        for first, cases in pairs{[1] = {{nil, case}, {nil, nil, case}, {nil, case, default = true}, late},
            [2] = {{case, nil, case}, {case, nil, nil, case}, {case, nil, nil, case, default = true}, apart}} do
            for _, wrong in ipairs(cases) do
                checks.raises(\"bad argument #1 to 'select' (element \" .. first .. ' is no channel case but a nil)', channel.select, wrong)
            end
        end
        assert(channel.select{case, nil}.value == 1)
        checks.equal(channel.select{nil, nil, default = true}, {default = true, ok = true})";
    sending_on_a_closed_channel_raises:
        "local ch, other = channel.new(1), channel.new(1) ch:close()
        checks.raises('send on closed channel', channel.select, {ch:case_send(1)})
        checks.raises('send on closed channel', channel.select, {ch:case_send(1), default = true})";
    no_cases_raise_unless_there_is_a_default:
        "checks.raises('', channel.select, {})
        checks.equal(channel.select{default = true}, {default = true, ok = true})";
    a_timeout_is_a_case:
        "local ch, limit = channel.new(), time.after('2ms')
        local r = channel.select{ch:case_receive(), limit:case_receive()}
        assert(r.channel == limit and r.ok == true and type(r.value) == 'userdata')";
    many_cases:
        "local cases, chs = {}, {}
        for i = 1, 300 do chs[i] = channel.new() cases[i] = chs[i]:case_receive() end
        for i = 1, 300, 50 do
            coroutine.spawn(function() time.sleep(1) chs[i]:send(i) end)
            local r = channel.select(cases) assert(r.value == i and r.channel == chs[i])
        end";
}

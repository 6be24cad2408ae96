//! What happens to values on their way between processes.

use crate::app::{App, lua_tests};

lua_tests! {
    plain_values_arrive_as_they_were:
        "for i, v in ipairs{
            true, false, 0, 1, -1, math.maxinteger, math.mininteger, 2.0, -0.5, 1e300, math.huge, -math.huge, 0 / 0,
            '', 'text', 'a\\0b', '\\255\\254', string.rep('long', 1000),
            {}, {1, 2, 3}, {1, 2.0, '3'}, {x = 1, y = {z = {}}}, {[1] = 'a', [3] = 'c'}, {[2.5] = 1, [true] = 2, [-1] = 3},
            {1, nil, 3}, {1, 2, x = 3}, {[0] = 0, 1}, {{{{{}}}}}, {[math.maxinteger] = 1},
        } do
            checks.equal((checks.exec('returns', v)), v, 'value ' .. i)
        end
        checks.equal(1 / checks.exec('returns', -0.0), -math.huge)
        assert(checks.exec('returns', nil) == nil and checks.exec('returns') == nil)";
    messages_carry_the_same_values:
        "local echo = checks.spawn('echo')
        for i, v in ipairs{true, 7, 7.0, 'a\\0b', {1, {2}}, {x = {y = 1}}, {1, nil, 3}, errors.new('e')} do
            assert(process.send(echo, 't', v))
            local _, back = checks.next()
            if type(v) == 'userdata' then checks.equal(tostring(back), 'e') else checks.equal(back, v, 'value ' .. i) end
        end";
    false_is_a_result: "local v, err = checks.exec('returns', false) assert(v == false and err == nil)";
    cycles_and_shared_tables_are_kept:
        "local shared, t = {1}, {}
        t.self, t.a, t.b, t.list = t, shared, shared, {t, shared}
        local got = assert(checks.exec('returns', t))
        assert(got ~= t and got.self == got and got.a == got.b and got.list[1] == got and got.list[2] == got.a)
        checks.equal(got.a, {1})";
    tables_may_be_keys:
        "local key = {'k'}
        local got = assert(checks.exec('returns', {[key] = key, name = 'n'}))
        local n = 0
        for k, v in pairs(got) do n = n + 1 if type(k) == 'table' then assert(k == v and k[1] == 'k') end end
        assert(n == 2 and got[key] == nil)";
    deep_tables_arrive:
        "local t = {} for i = 1, 100 do t = {t} end
        local got, depth = assert(checks.exec('returns', t)), 0
        while got[1] do got, depth = got[1], depth + 1 end
        assert(depth == 100)";
    large_tables_arrive:
        "local t = {} for i = 1, 20000 do t[i] = {id = i, name = 'n' .. i} end
        checks.equal(checks.exec('returns', t), t)";
    metatables_stay_behind:
        "local t = setmetatable({x = 1}, {__index = function() return 'ghost' end, __len = function() return 9 end})
        local got = assert(checks.exec('returns', {t}))
        assert(getmetatable(got[1]) == nil and got[1].x == 1 and got[1].y == nil and #got[1] == 0)";
    metamethods_have_no_part_in_the_copy:
        "local t = setmetatable({1, x = 2}, {__pairs = function() error('asked') end, __index = function() error('asked') end})
        checks.equal(checks.exec('returns', t), {1, x = 2})";
    error_objects_arrive_as_error_objects:
        "local e = errors.new{message = 'm', kind = 'Own', retryable = false, details = {a = {1}}}
        local got = assert(checks.exec('returns', {inside = e}))
        local back = got.inside
        assert(type(back) == 'userdata' and back ~= e)
        assert(back:kind() == 'Own' and back:message() == 'm' and back:retryable() == false)
        checks.equal(back:details(), {a = {1}})
        local plain = checks.exec('returns', {errors.new('p')})[1]
        assert(plain:kind() == '' and plain:retryable() == nil and plain:details() == nil)";
    other_objects_vanish:
        "local ch = channel.new()
        for _, v in ipairs{ch, ch:case_receive(), time.now(), time.now():sub(time.now()), logger, time.ticker('1h')} do
            assert(type(v) == 'userdata')
            local got, err = checks.exec('returns', v) assert(got == nil and err == nil)
            checks.equal(checks.exec('returns', {a = 1, b = v, c = {v = v}}), {a = 1, c = {}})
        end
        checks.equal(checks.exec('returns', {1, ch, 3}), {1, nil, 3})
        checks.equal(checks.exec('returns', {[ch] = 1, x = 2}), {x = 2})";
    functions_and_coroutines_cannot_leave:
        "local co = coroutine.create(print)
        for _, v in ipairs{print, function() end, co, {f = print}, {{{co}}}, {[print] = 1}} do
            checks.refused(errors.INVALID, 'cannot leave', process.send(process.pid(), 't', v))
            checks.refused(errors.INVALID, 'cannot leave', process.send(process.pid(), 't', 1, v))
            checks.refused(errors.INVALID, 'cannot leave', checks.exec('returns', v))
            checks.refused(errors.INVALID, 'cannot leave', process.spawn('app:returns', 'app:processes', v))
            checks.refused(errors.INVALID, 'cannot leave', process.upgrade(nil, v))
        end";
    a_payload_object_sends_its_content:
        "local echo, inbox = checks.spawn('echo'), process.inbox()
        process.send(echo, 't', {x = 1})
        local p = inbox:receive():payload()
        checks.equal(checks.exec('returns', p), {x = 1})
        checks.equal(checks.exec('returns', {p = p}), {p = {x = 1}})
        process.send(echo, 't', p)
        checks.equal(inbox:receive():payload():data(), {x = 1})";
    the_sender_may_go_on_with_its_table:
        "local inbox, t = process.inbox(), {n = 1, inner = {1}}
        process.send(process.pid(), 't', t)
        t.n, t.inner[1], t.more = 2, 2, true
        checks.equal(inbox:receive():payload():data(), {n = 1, inner = {1}})";
    every_receiver_has_a_copy_of_its_own:
        "local inbox, t = process.inbox(), {1}
        for _ = 1, 2 do process.send(process.pid(), 't', t) end
        local a, b = inbox:receive():payload():data(), inbox:receive():payload():data()
        a[1] = 2 assert(a ~= b and b[1] == 1 and t[1] == 1)";
}

#[test]
fn arguments_share_no_state_with_the_spawner() {
    let app = App::new("local t = {1} assert(checks.exec('changes', t) == 2) return t[1] == 1");
    app.process("changes", "local t = ... t[1] = t[1] + 1 return t[1]").passes();
}

#[test]
fn a_result_shares_no_state_with_its_process() {
    let app = App::new(
        "local pid = checks.monitored('keeps')
        local a = checks.ended(pid)
        checks.equal(a.value.list, {1, 2})
        return a.value.list == a.value.again",
    );
    app.process("keeps", "local l = {1, 2} return {list = l, again = l}").passes();
}

#[test]
fn a_result_may_be_an_error_object_inside_a_table() {
    let app = App::new(
        "local got = assert(checks.exec('keeps'))
        assert(got.e:message() == 'inner' and got.e:kind() == errors.TIMEOUT)
        return true",
    );
    app.process("keeps", "return {e = errors.new{message = 'inner', kind = errors.TIMEOUT}}").passes();
}

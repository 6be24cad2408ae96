//! Calls that wait, wherever a program may make them: under `pcall`, in metamethods, iterators and chains of coroutines;
//! and where it may not, an error that says so and leaves the program whole.

use crate::app::App;

fn app(body: &str) -> App {
    App::new(&format!("{body}\nreturn true"))
        .function("double", "time.sleep(1) return ... * 2")
        .function("waits_long", "time.sleep('1h')")
}

macro_rules! tests {
    ($($name:ident: $body:expr;)*) => {
        $(#[test] fn $name() { app($body).passes(); })*
    };
}

tests! {
    every_call_that_waits_may_wait_under_pcall:
        "local echo, full, empty = checks.spawn('echo'), channel.new(), channel.new()
        local function later(f) coroutine.spawn(function() time.sleep('1ms') f() end) end
        local calls = {
            sleep = function() time.sleep('1ms') return true end,
            after = function() return time.after('1ms'):receive() end,
            timer = function() return time.timer('1ms'):response():receive() end,
            ticker = function() local t = time.ticker('1ms') return t:response():receive() and t:stop() end,
            inbox = function() process.send(echo, 'x', 1) return process.inbox():receive() end,
            listen = function() later(function() process.send(process.pid(), 't', true) end) return process.listen('t'):receive() end,
            events = function() later(function() process.cancel(process.pid(), 'r') end) return process.events():receive() end,
            spawn = function() return process.spawn('app:returns', 'app:processes') end,
            exec = function() return process.exec('app:returns', 'app:processes', true) end,
            call = function() return funcs.call('app:double', 2) == 4 end,
            async = function() return funcs.async('app:double', 2):response():receive() end,
            receive = function() later(function() full:send(true) end) return full:receive() end,
            send = function() later(function() empty:receive() end) return empty:send(1) end,
            select = function() later(function() full:send(1) end) return channel.select{empty:case_receive(), full:case_receive()} end,
            subscribe = function() local s = events.subscribe('s') events.send('s', 'k', 'p') return s:channel():receive() end,
            registry = function() return registry.get('app:main') end,
        }
        local e = errors.new('marked')
        for name, call in pairs(calls) do
            local ok, v = pcall(call) assert(ok and v, name .. ': ' .. tostring(v))
            ok, v = pcall(pcall, call) assert(ok and v, name)
            ok, v = pcall(function() assert(call()) error(e) end) assert(not ok and rawequal(v, e), name)
            ok, v = xpcall(function(...) assert(call()) error(...) end, function(m) return 'handled ' .. m end, 'it', 0)
            assert(not ok and v == 'handled it', name)
            ok, v = coroutine.resume(coroutine.create(function() return pcall(call) end)) assert(ok and v, name)
            assert(coroutine.wrap(function() return (select(2, pcall(call))) end)(), name)
        end
        local n = 0 for _ in pairs(calls) do n = n + 1 end checks.equal(n, 16)
        checks.equal({pcall(pcall, coroutine.yield)}, {true, true})";
    a_handler_that_waits_fails_and_the_program_goes_on:
        "local ok, e = xpcall(function() time.sleep('1ms') error('x') end, function(m) time.sleep('1ms') return m end)
        assert(not ok) time.sleep('1ms')
        ok, e = xpcall(error, function(m) return (coroutine.wrap(function() coroutine.yield('from a coroutine') end)()) end)
        assert(not ok and e == 'from a coroutine')";
    a_call_that_fails_late_can_be_caught_at_any_depth:
        "local function fall(n) if n == 0 then time.sleep('1ms') error('bottom', 0) end
            local ok, e = pcall(fall, n - 1) time.sleep(1) error(e .. n, 0) end
        local ok, e = pcall(fall, 20) assert(not ok)
        checks.equal(e, 'bottom1234567891011121314151617181920')";
    pcall_gives_all_that_a_late_call_returns:
        "checks.equal(table.pack(pcall(function(...) time.sleep(1) return ... end, 1, nil, 'x', nil)), {n = 5, true, 1, nil, 'x', nil})
        local t = {} for i = 1, 200 do t[i] = i end
        assert(select('#', pcall(function() time.sleep(1) return table.unpack(t) end)) == 201)";
    every_metamethod_of_an_operator_may_wait:
        "local m, ops = {}, {}
        for name, op in pairs{
            __add = function(a, b) return a + b end, __sub = function(a, b) return a - b end, __mul = function(a, b) return a * b end,
            __div = function(a, b) return a / b end, __mod = function(a, b) return a % b end, __pow = function(a, b) return a ^ b end,
            __idiv = function(a, b) return a // b end, __band = function(a, b) return a & b end, __bor = function(a, b) return a | b end,
            __bxor = function(a, b) return a ~ b end, __shl = function(a, b) return a << b end, __shr = function(a, b) return a >> b end,
            __unm = function(a) return -a end, __bnot = function(a) return ~a end, __len = function(a) return #a end,
            __concat = function(a, b) return a .. b end, __index = function(a) return a.field end, __call = function(a) return a(1, 2) end,
        } do
            m[name] = function() time.sleep(1) return name end
            ops[name] = op
        end
        m.__eq = function() time.sleep(1) return true end m.__lt = function() time.sleep(1) return false end
        m.__le = function() time.sleep(1) return true end
        local a, b = setmetatable({}, m), setmetatable({}, m)
        for name, op in pairs(ops) do checks.equal(op(a, b), name, name) end
        checks.equal('x' .. a .. b .. 'y', 'x__concat')
        assert(a == b and not (a ~= b) and not (a < b) and a <= b and not (a > b) and a >= b and a + 1 == '__add' and 1 + a == '__add')
        local seen m.__newindex = function(t, k, v) time.sleep(1) seen = k .. v end
        a.key = 'value' checks.equal(seen, 'keyvalue')
        m.__index = setmetatable({}, {__index = function(_, k) time.sleep(1) return 'far ' .. k end})
        checks.equal(a.away, 'far away')";
    metamethods_that_tables_and_gsub_call_may_wait:
        "local function waits() time.sleep('1ms') return 'x' end
        local listed = setmetatable({}, {__index = waits, __len = function() time.sleep(1) return 3 end})
        checks.equal(table.concat(listed), 'xxx') checks.equal({table.unpack(listed)}, {'x', 'x', 'x'})
        table.sort(listed) checks.equal(listed[1], 'x') checks.equal(('a'):gsub('a', listed), 'x')";
    where_nothing_can_be_suspended_a_wait_raises:
        "local function waits() time.sleep('1ms') end
        local ok, e = xpcall(error, function() return select(2, pcall(waits)) end) assert(not ok) checks.has(e, 'yield')
        local closed, seen
        local co = coroutine.create(function()
            for _ in function() return 1 end, nil, nil, setmetatable({}, {__close = function() closed, seen = pcall(waits) end}) do coroutine.yield() end
        end)
        coroutine.resume(co) coroutine.close(co) assert(closed == false) checks.has(seen, 'yield')
        time.sleep('1ms') assert(checks.exec('returns', 1) == 1)";
    loops_over_what_waits:
        "local function range(n) return function(last, i) time.sleep(1) i = i + 1 if i <= last then return i, process.pid() end end, n, 0 end
        local sum = 0 for i, pid in range(5) do sum = sum + i assert(pid) for j in range(2) do sum = sum + j end if i == 4 then break end end
        checks.equal(sum, 1 + 2 + 3 + 4 + 4 * 3)
        local function pages() return coroutine.wrap(function() for p = 1, 3 do local v = checks.exec('returns', p) coroutine.yield(v, v * 2) end end) end
        local got = {} for a, b in pages() do got[#got + 1] = a + b end checks.equal(got, {3, 6, 9})
        local ok, e = pcall(function() for _ in function() time.sleep(1) error('in the iterator', 0) end do end end)
        assert(not ok and e == 'in the iterator')";
    what_waits_is_not_collected:
        "local n, done = 600, channel.new()
        for i = 1, n do coroutine.spawn(function()
            local sum = 0
            for v in coroutine.wrap(function()
                for k = 1, 4 do
                    local a, b = channel.new(), channel.new(1)
                    coroutine.spawn(function() time.sleep(k * 1000) b:send({i, k}) end)
                    local r = channel.select{a:case_receive(), b:case_receive()}
                    coroutine.yield(r.value[1] * r.value[2])
                end
            end) do sum = sum + v end
            done:send(sum)
        end) end
        local total = 0
        for i = 1, n do total = total + done:receive() local waste = {} for k = 1, 50 do waste[k] = {tostring(k)} end end
        checks.equal(total, n * (n + 1) // 2 * 10)";
    coroutines_that_are_left_waiting_do_not_keep_others:
        "for i = 1, 300 do
            coroutine.spawn(function() channel.new():receive() end)
            local gen = coroutine.wrap(function() while true do time.sleep(1) coroutine.yield(i) end end)
            assert(gen() == i)
        end
        assert(checks.exec('returns', 1) == 1)";
}

// Channels that close while selects wait on them.
tests! {
    closing_wakes_every_case_of_every_select_once:
        "local a, b, c, woken = channel.new(), channel.new(), channel.new(2), {}
        for i = 1, 20 do coroutine.spawn(function()
            local r = channel.select{a:case_receive(), b:case_receive(), a:case_receive(), c:case_receive()}
            woken[#woken + 1] = i assert(r.channel == a and r.ok == false and r.value == nil)
        end) end
        a:close() b:close() time.sleep(1)
        local want = {} for i = 1, 20 do want[i] = i end checks.equal(woken, want)
        assert(c:send(1) and c:send(2) and channel.select{c:case_send(3), default = true}.default)";
    a_select_that_was_woken_by_a_close_leaves_nothing_behind:
        "local a, b = channel.new(), channel.new()
        coroutine.spawn(function() channel.select{a:case_receive(), b:case_send('left'), b:case_receive()} end)
        a:close() time.sleep(1)
        assert(channel.select{b:case_receive(), default = true}.default and channel.select{b:case_send(1), default = true}.default)";
    a_close_between_two_cases_of_one_select_is_seen_by_the_first:
        "local a, b, r = channel.new(), channel.new()
        coroutine.spawn(function() r = channel.select{b:case_receive(), a:case_receive()} end)
        b:close() a:close() time.sleep(1)
        checks.equal(r, {channel = b, ok = false})
        checks.equal(channel.select{a:case_receive(), b:case_receive()}, {channel = a, ok = false})";
    a_select_that_sends_and_receives_is_told_which_was_closed:
        "local a, b, got = channel.new(), channel.new(), {}
        for i = 1, 3 do coroutine.spawn(function() got[i] = {pcall(channel.select, {a:case_receive(), b:case_send(i)})} end) end
        b:close() time.sleep(1)
        for i = 1, 3 do assert(got[i][1] == false) checks.has(got[i][2], 'send on closed channel') end
        coroutine.spawn(function() local r = channel.select{a:case_receive()} got = r.value end)
        a:send('still open') time.sleep(1) checks.equal(got, 'still open')";
    closing_in_the_turn_of_a_partner:
        "local a, b, log = channel.new(), channel.new(), {}
        coroutine.spawn(function() local r = channel.select{a:case_receive(), b:case_receive()} log[#log + 1] = r.value b:close() end)
        coroutine.spawn(function() local r = channel.select{b:case_receive(), a:case_receive()} log[#log + 1] = tostring(r.ok) end)
        a:send('value') time.sleep(1)
        checks.equal(log, {'value', 'false'})";
    channels_of_the_runtime_may_close_under_a_select:
        "local never, woken = channel.new(), {}
        local topic, inbox, sub = process.listen('t'), process.inbox(), events.subscribe('s')
        local timer, ticker, future = time.timer('1h'), time.ticker('1h'), funcs.async('app:waits_long')
        local all = {topic = topic, inbox = inbox, sub = sub:channel(), timer = timer:response(), ticker = ticker:response(), future = future:response()}
        for name, ch in pairs(all) do coroutine.spawn(function()
            local r = channel.select{never:case_receive(), ch:case_receive()}
            assert(r.channel == ch and r.ok == false, name) woken[name] = true
        end) end
        assert(process.unlisten(topic) and process.unlisten(inbox) and sub:close() and timer:stop() and ticker:stop() and future:cancel())
        time.sleep('1ms')
        checks.equal(woken, {topic = true, inbox = true, sub = true, timer = true, ticker = true, future = true})";
    hundreds_of_selects_on_the_same_channels:
        "local data, quit, n, ended = channel.new(), channel.new(), 0, channel.new(400)
        for i = 1, 400 do coroutine.spawn(function()
            while true do
                local r = channel.select{quit:case_receive(), data:case_receive()}
                if r.channel == quit then ended:send(i) return end
                n = n + r.value
            end
        end) end
        for i = 1, 2000 do data:send(1) end
        quit:close()
        local order = {} for i = 1, 400 do order[i] = ended:receive() end
        checks.equal(n, 2000)
        local seen = {} for _, i in ipairs(order) do assert(not seen[i]) seen[i] = true end";
}

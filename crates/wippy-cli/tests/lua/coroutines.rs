//! Coroutines and who runs when.

use crate::app::{App, lua_tests};

lua_tests! {
    spawn_runs_at_once_until_the_first_wait:
        "local log = {}
        local co = coroutine.spawn(function() log[1] = 'in' time.sleep(1) log[#log + 1] = 'later' end)
        log[#log + 1] = 'out'
        assert(type(co) == 'thread' and coroutine.status(co) == 'suspended')
        time.sleep('1ms')
        checks.equal(log, {'in', 'out', 'later'}) assert(coroutine.status(co) == 'dead')";
    spawn_passes_arguments: "local got coroutine.spawn(function(...) got = {n = select('#', ...), ...} end, 1, nil, 'x', nil) checks.equal(got, {n = 4, 1, nil, 'x'})";
    spawn_wants_a_function:
        "checks.raises(\"bad argument #1 to 'spawn'\", function() coroutine.spawn() end)
        checks.raises(\"bad argument #1 to 'spawn'\", function() coroutine.spawn(5) end)";
    results_of_a_spawned_coroutine_go_nowhere: "coroutine.spawn(function() return nil, 'no failure' end) time.sleep(1)";
    spawned_coroutines_may_spawn:
        "local log = {}
        coroutine.spawn(function()
            log[#log + 1] = 1
            coroutine.spawn(function() log[#log + 1] = 2 time.sleep(1) log[#log + 1] = 5 end)
            log[#log + 1] = 3
        end)
        log[#log + 1] = 4
        time.sleep('1ms')
        checks.equal(log, {1, 2, 3, 4, 5})";
    nothing_else_runs_between_two_waiting_points:
        "local busy, clash = false, false
        local function work() for _ = 1, 20 do
            if busy then clash = true end
            busy = true for i = 1, 2000 do local x = i * i end busy = false
            time.sleep(1)
        end end
        local done = channel.new(4)
        for _ = 1, 4 do coroutine.spawn(function() work() done:send(1) end) end
        for _ = 1, 4 do done:receive() end
        assert(not clash)";
    long_computations_are_not_interrupted_by_other_coroutines:
        "local ran, ch = false, channel.new(1)
        coroutine.spawn(function() time.sleep(1) ran = true end)
        local start = time.now()
        while time.now():sub(start):milliseconds() < 30 do for i = 1, 1000 do local x = i end end
        assert(not ran) time.sleep('1ms') assert(ran)";
    spawn_runs_a_long_computation_until_its_first_wait:
        "local log, rival = {}, 0
        local function long(n) for i = 1, n do local x = i * i end end
        coroutine.spawn(function() for _ = 1, 40 do rival = rival + 1 coroutine.yield() end end)
        local before = rival
        coroutine.spawn(function()
            log[1] = 'in' long(2000000)
            coroutine.spawn(function() log[2] = 'inner' long(2000000) log[3] = 'inner ends' end)
            log[4] = 'goes on' long(2000000)
            coroutine.spawn(function() log[5] = 'other' long(2000000) log[6] = 'waits' time.sleep(1) log[#log + 1] = 'late' end)
            log[7] = 'ends'
        end)
        log[8] = 'out'
        assert(rival == before)
        time.sleep('5ms')
        checks.equal(log, {'in', 'inner', 'inner ends', 'goes on', 'other', 'waits', 'ends', 'out', 'late'})";
    spawn_in_a_coroutine_runs_a_long_computation_to_its_end:
        "local balance = 100
        local wrapped = coroutine.wrap(function()
            for _ = 1, 3 do
                coroutine.spawn(function() local b = balance for i = 1, 2000000 do b = b + 1 end balance = b - 2000000 end)
                balance = balance - 10
                coroutine.yield(balance)
            end
        end)
        assert(wrapped() == 90 and wrapped() == 80 and wrapped() == 70)";
    spawn_where_nothing_can_be_suspended_runs_until_the_first_wait:
        "local log = {}
        local function each(i) xpcall(error, function()
            coroutine.spawn(function() for i = 1, 2000000 do local x = i end log[#log + 1] = i time.sleep(1) log[#log + 1] = -i end)
            log[#log + 1] = i * 10
        end) end
        each(1) each(2)
        time.sleep('5ms')
        checks.equal(log, {1, 10, 2, 20, -1, -2})";
    spawn_where_nothing_can_be_suspended_runs_long_loops_of_c:
        "local s, log = ('x'):rep(4000000), {}
        xpcall(error, function()
            log[1] = pcall(coroutine.spawn, function() log[2] = #s:gsub('x', string.upper) end)
        end)
        local c = channel.new()
        coroutine.spawn(function() time.sleep('1ms') c:send(42) end)
        assert(c:receive() == 42 and log[1] == true and log[2] == 4000000)";
    ready_coroutines_run_in_order:
        "local log, go = {}, channel.new()
        for i = 1, 5 do coroutine.spawn(function() go:receive() log[#log + 1] = i coroutine.yield() log[#log + 1] = i * 10 end) end
        for _ = 1, 5 do go:send(true) end
        time.sleep('1ms')
        checks.equal(log, {1, 2, 3, 4, 5, 10, 20, 30, 40, 50})";
    yield_lets_the_others_run:
        "local log = {}
        local function f(name) for i = 1, 3 do log[#log + 1] = name .. i coroutine.yield('ignored', i) end end
        coroutine.spawn(f, 'a') coroutine.spawn(f, 'b')
        time.sleep('1ms')
        checks.equal(log, {'a1', 'b1', 'a2', 'b2', 'a3', 'b3'})";
    yield_returns_nothing: "assert(select('#', coroutine.yield()) == 0 and select('#', coroutine.yield(1, 2)) == 0)";
    the_main_coroutine_may_yield:
        "local ran = false
        coroutine.spawn(function() coroutine.yield() ran = true end)
        for _ = 1, 3 do coroutine.yield() end
        assert(ran)";
    resume_and_yield_pass_values:
        "local co = coroutine.create(function(a, b)
            local c = coroutine.yield(a + b)
            local d, e = coroutine.yield(c * 2)
            return d, e
        end)
        assert(coroutine.status(co) == 'suspended')
        checks.equal({coroutine.resume(co, 1, 2)}, {true, 3})
        checks.equal({coroutine.resume(co, 5)}, {true, 10})
        checks.equal({coroutine.resume(co, 'd', 'e')}, {true, 'd', 'e'})
        assert(coroutine.status(co) == 'dead')
        checks.equal({coroutine.resume(co)}, {false, 'cannot resume dead coroutine'})";
    a_resumed_coroutine_that_fails_says_so:
        "local co = coroutine.create(function() error('m', 0) end)
        checks.equal({coroutine.resume(co)}, {false, 'm'})
        local e = errors.new('object')
        local ok, got = coroutine.resume(coroutine.create(function() error(e) end)) assert(not ok and got == e)
        ok, got = coroutine.resume(coroutine.create(function() time.sleep(1) error(e) end)) assert(not ok and got == e)";
    wrap_raises_what_is_raised_inside:
        "local e = errors.new('object')
        local ok, got = pcall(coroutine.wrap(function() error(e) end)) assert(not ok and got == e)";
    a_wait_inside_suspends_the_whole_chain:
        "local inner = coroutine.create(function(x)
            time.sleep('1ms')
            local y = coroutine.yield(x + 1)
            local v = assert(checks.exec('returns', y))
            coroutine.yield(v)
            return process.inbox():receive():topic()
        end)
        local outer = coroutine.wrap(function()
            checks.equal({coroutine.resume(inner, 1)}, {true, 2})
            coroutine.yield('between')
            checks.equal({coroutine.resume(inner, 7)}, {true, 7})
            process.send(process.pid(), 'topic')
            checks.equal({coroutine.resume(inner)}, {true, 'topic'})
            return 'done'
        end)
        assert(outer() == 'between' and outer() == 'done')";
    others_run_while_a_chain_waits:
        "local log = {}
        coroutine.spawn(function() log[#log + 1] = 'other' end)
        local gen = coroutine.wrap(function() time.sleep('1ms') log[#log + 1] = 'gen' coroutine.yield(1) end)
        coroutine.spawn(function() coroutine.yield() log[#log + 1] = 'third' end)
        gen()
        checks.equal(log, {'other', 'third', 'gen'})";
    generators_may_send_and_sleep:
        "local function numbers(n)
            return coroutine.wrap(function() for i = 1, n do process.send(process.pid(), 'n', i) time.sleep(1) coroutine.yield(i) end end)
        end
        local sum = 0
        for i in numbers(5) do sum = sum + i + select(2, checks.next()) end
        assert(sum == 30)";
    statuses:
        "local co
        co = coroutine.create(function() assert(coroutine.status(co) == 'running')
            coroutine.wrap(function() assert(coroutine.status(co) == 'normal') end)() end)
        assert(coroutine.resume(co))
        assert(type(coroutine.running()) == 'thread')";
    only_the_scheduler_resumes_its_coroutines:
        "local co = coroutine.spawn(function() time.sleep('1h') end)
        local ok, e = coroutine.resume(co) assert(ok == false and type(e) == 'string')
        local parked = coroutine.create(function() time.sleep('2ms') return 'end' end)
        local result coroutine.spawn(function() result = {coroutine.resume(parked)} end)
        ok, e = coroutine.resume(parked) assert(ok == false and type(e) == 'string')
        time.sleep('5ms') checks.equal(result, {true, 'end'})";
    completions_go_each_to_its_own_coroutine:
        "local got, done = {}, channel.new(40)
        for i = 1, 40 do coroutine.spawn(function()
            if i % 2 == 0 then time.sleep(i * 1000) got[i] = i else local v = checks.exec('returns', i) got[i] = v end
            done:send(true)
        end) end
        for _ = 1, 40 do done:receive() end
        for i = 1, 40 do assert(got[i] == i, i) end";
    sleeps_end_in_the_order_of_their_deadlines:
        "local log, done = {}, channel.new(3)
        for _, ms in ipairs{6, 2, 4} do coroutine.spawn(function() time.sleep(ms * time.MILLISECOND) log[#log + 1] = ms done:send(1) end) end
        for _ = 1, 3 do done:receive() end
        checks.equal(log, {2, 4, 6})";
    ten_thousand_coroutines:
        "local n, done, left = 0, channel.new(), 10000
        for i = 1, left do coroutine.spawn(function() time.sleep(1) n = n + 1 if n == left then done:send(true) end end) end
        done:receive() assert(n == left)";
}

#[test]
fn a_long_computation_that_was_spawned_fails_before_its_spawner_goes_on() {
    let app = App::new(
        "local e = checks.ended(checks.monitored('spawns')).error
        checks.has(e:message(), 'app:spawns:1: too late')
        return true",
    );
    let body =
        "coroutine.spawn(function() for i = 1, 3000000 do local x = i end error('too late') end) error('reached')";
    app.process("spawns", body).passes();
}

#[test]
fn an_endless_loop_delays_only_itself() {
    let app = App::new(
        "local loops = {}
        for i = 1, 4 do loops[i] = checks.monitored('forever') end
        for i = 1, 20 do assert(checks.exec('returns', i) == i) end
        for i = 1, 4 do process.terminate(loops[i]) end
        for _ = 1, 4 do checks.event(process.event.EXIT) end
        return true",
    );
    app.passes();
}

#[test]
fn computations_of_several_processes_advance_together() {
    let app = App::new(
        "local pids = {}
        for i = 1, 6 do pids[i] = checks.monitored('computes') end
        for i = 1, 6 do assert(process.events():receive().result.value == 500000500000) end
        return true",
    );
    app.process("computes", "local sum = 0 for i = 1, 1000000 do sum = sum + i end return sum").passes();
}

#[test]
fn loops_inside_pcall_and_wrap_give_way_too() {
    for body in [
        "pcall(function() while true do end end)",
        "coroutine.wrap(function() while true do end end)()",
        "for _ in function() while true do end end do end",
        "return #setmetatable({}, {__len = function() while true do end end})",
    ] {
        let app = App::new(
            "local one, two = checks.monitored('loops'), checks.monitored('loops')
            for i = 1, 5 do assert(checks.exec('returns', i) == i) end
            process.terminate(one) process.terminate(two)
            for _ = 1, 2 do checks.has(process.events():receive().result.error, 'process terminated') end
            return true",
        );
        app.process("loops", body).set("processes", "host", wippy_core::Tree::map([("workers", 2)])).passes();
    }
}

#[test]
fn a_kill_reaches_loops_that_cannot_give_way() {
    for body in [
        "table.sort({1, 2, 3}, function() while true do end end)",
        "xpcall(error, function() while true do end end)",
        "while true do xpcall(error, function() while true do pcall(error) end end) end",
        "xpcall(error, function() while true do coroutine.wrap(function() while true do end end)() end end)",
        "xpcall(error, function() coroutine.spawn(function()
            xpcall(error, function() while true do end end) end) end)",
    ] {
        let app = App::new(
            "local pid = checks.monitored('loops')
            assert(checks.exec('returns', 1) == 1)
            time.sleep('20ms')
            process.terminate(pid)
            checks.has(process.events():receive().result.error, 'process terminated')
            return true",
        );
        app.process("loops", body).set("processes", "host", wippy_core::Tree::map([("workers", 2)])).passes();
    }
}

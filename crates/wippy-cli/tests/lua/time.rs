//! Waiting: `sleep`, `after`, `ticker`, and `now`.

use crate::app::lua_tests;

lua_tests! {
    units_are_numbers:
        "checks.equal(time.NANOSECOND, 1) checks.equal(time.MICROSECOND, 1000) checks.equal(time.MILLISECOND, 1000000)
        checks.equal(time.SECOND, 1000000000) checks.equal(time.MINUTE, 60000000000) checks.equal(time.HOUR, 3600000000000)";
    sleep_is_never_early:
        "for _, d in ipairs{2000000, '2ms', '2000us', '0.002s', '1ms1ms', 2 * time.MILLISECOND, 2000000.9} do
            local start = time.now()
            assert(select('#', time.sleep(d)) == 0)
            assert(time.now():sub(start):nanoseconds() >= 2000000, d)
        end";
    sleep_takes_a_duration:
        "local start = time.now() time.sleep(1)
        local d = time.now():sub(start)
        local again = time.now() time.sleep(d)
        assert(time.now():sub(again):nanoseconds() >= d:nanoseconds())";
    a_sleep_of_nothing_returns_at_once:
        "local others = false
        coroutine.spawn(function() coroutine.yield() others = true end)
        for _, d in ipairs{0, -1, '-1h', '0s', '0', -0.5} do assert(select('#', time.sleep(d)) == 0) end";
    numbers_are_nanoseconds: "local start = time.now() time.sleep(100) assert(time.now():sub(start):milliseconds() < 500)";
    bad_durations_are_invalid:
        "for i, d in ipairs{'', 'x', '5', '1x', '1h30', 's', '--1s', '1 s', {}, true, print, channel.new(), time.now(), 0 / 0, math.huge} do
            checks.refused(errors.INVALID, '', time.sleep(d))
            checks.refused(errors.INVALID, '', time.after(d))
            checks.refused(errors.INVALID, '', time.ticker(d))
        end
        checks.refused(errors.INVALID, '', time.sleep()) checks.refused(errors.INVALID, '', time.sleep(nil))
        checks.refused(errors.INVALID, '', time.after()) checks.refused(errors.INVALID, '', time.ticker())";
    durations_are_texts_of_numbers_and_units:
        "local limit = time.after('1ms')
        for _, d in ipairs{'1h30m', '1.5h', '1h1m1s1ms1us1µs1ns', '.5h', '1.h', '+1h'} do
            local ch, err = time.after(d) assert(ch and err == nil, d)
        end
        limit:receive()";
    after_fires_once_and_closes:
        "local start, ch = time.now(), time.after('2ms')
        local t, ok = ch:receive()
        assert(type(t) == 'userdata' and ok == true and t:sub(start):nanoseconds() >= 2000000)
        for _ = 1, 2 do local v, ok = ch:receive() assert(v == nil and ok == false) end
        checks.equal(channel.select{ch:case_receive()}, {channel = ch, ok = false})";
    after_nothing_fires_at_once:
        "for _, d in ipairs{0, -5, '-1h'} do local t, ok = time.after(d):receive() assert(type(t) == 'userdata' and ok) end";
    after_waits_for_its_reader:
        "local ch = time.after(1) time.sleep('2ms')
        local t, ok = ch:receive() assert(type(t) == 'userdata' and ok)
        local v, ok = ch:receive() assert(v == nil and ok == false)";
    timers_fire_in_order_of_deadline:
        "local log, done = {}, channel.new(4)
        for _, ms in ipairs{7, 1, 5, 3} do
            local ch = time.after(ms * time.MILLISECOND)
            coroutine.spawn(function() ch:receive() log[#log + 1] = ms done:send(1) end)
        end
        for _ = 1, 4 do done:receive() end
        checks.equal(log, {1, 3, 5, 7})";
    a_ticker_ticks:
        "local start, ticker = time.now(), assert(time.ticker('2ms'))
        local ch = ticker:channel()
        assert(ch == ticker:response() and ch == ticker:channel() and type(ticker) == 'userdata')
        for i = 1, 3 do
            local t, ok = ch:receive()
            assert(type(t) == 'userdata' and ok and t:sub(start):nanoseconds() >= i * 2000000, i)
        end
        assert(ticker:stop() == true)";
    a_stopped_ticker_is_closed:
        "local ticker = time.ticker('1ms') local ch = ticker:channel()
        assert(ticker:stop() == true)
        local v, ok = ch:receive() assert(v == nil and ok == false)
        assert(ticker:stop() == true)";
    stop_wakes_who_waits_for_a_tick:
        "local ticker, woken = time.ticker('1h')
        coroutine.spawn(function() local v, ok = ticker:channel():receive() woken = v == nil and ok == false end)
        ticker:stop() time.sleep(1) assert(woken)";
    a_ticker_drops_what_nobody_reads:
        "local ticker = time.ticker('100us') time.sleep('20ms')
        local ch, n = ticker:channel(), 0
        ticker:stop()
        while true do local v, ok = ch:receive() if not ok then break end n = n + 1 end
        assert(n >= 1 and n <= 16, n)";
    an_interval_must_be_positive:
        "checks.refused(errors.INVALID, '', time.ticker(0)) checks.refused(errors.INVALID, '', time.ticker(-1))
        checks.refused(errors.INVALID, '', time.ticker('-1s'))";
    pending_timers_keep_nothing_alive:
        "local pid = checks.monitored('returns', 1)
        checks.equal(checks.ended(pid), {value = 1})
        time.after('1h') time.ticker('1h') coroutine.spawn(function() time.sleep('1h') end)";
    now_is_the_time_of_day:
        "local a, b = time.now(), time.now()
        assert(type(a) == 'userdata' and math.abs(a:unix() - os.time()) <= 1)
        assert(math.type(a:unix_nano()) == 'integer' and a:unix_nano() // 1000000000 == a:unix())
        assert(b:unix_nano() >= a:unix_nano() and b:sub(a):nanoseconds() == b:unix_nano() - a:unix_nano())
        checks.equal(select('#', time.now()), 1)";
    many_timers_at_once:
        "local n, done = 0, channel.new()
        for i = 1, 2000 do
            local ch = time.after((i % 10) * 100000)
            coroutine.spawn(function() ch:receive() n = n + 1 if n == 2000 then done:send(1) end end)
        end
        done:receive()";
}

//! Times, durations, locations, timers.

use crate::app::lua_tests;

lua_tests! {
    layouts_write:
        "local t = time.date(2024, 3, 5, 14, 7, 9, 123456789, time.utc)
        for layout, want in pairs{
            ['2006-01-02 15:04:05'] = '2024-03-05 14:07:09', ['06 1 2 3 4 5'] = '24 3 5 2 7 9', ['Jan January Mon Monday'] = 'Mar March Tue Tuesday',
            ['_2 __2 002'] = ' 5  65 065', ['03 PM pm'] = '02 PM pm', ['.000 ,000000 .000000000 .999'] = '.123 ,123456 .123456789 .123',
            ['MST -0700 -07:00 -07 -070000 -07:00:00'] = 'UTC +0000 +00:00 +00 +000000 +00:00:00', ['Z0700 Z07:00 Z07 Z070000'] = 'Z Z Z Z',
            ['Z T Q lone'] = 'Z T Q lone', ['Janet Month Monk'] = 'Janet Month Monk', ['_2006'] = '_2024', [''] = '', ['15h04m'] = '14h07m', ['äö 15'] = 'äö 14',
        } do checks.equal(t:format(layout), want, layout) end
        checks.equal(time.date(2024, 1, 2, 0, 0, 5, 120000000, time.utc):format('3:04PM 5.999999 5.000'), '12:00AM 5.12 5.120')
        checks.equal(time.date(2024, 1, 2, 0, 0, 5, 0, time.utc):format('5.999|05,00'), '5|05,00')";
    constants_of_layouts:
        "local z = time.fixed_zone('XYZ', -5 * 3600 - 1800) local t = time.date(2009, 2, 4, 21, 0, 57, 12345600, z)
        for name, want in pairs{RFC3339 = '2009-02-04T21:00:57-05:30', RFC3339NANO = '2009-02-04T21:00:57.0123456-05:30', RFC822 = '04 Feb 09 21:00 XYZ',
            RFC822Z = '04 Feb 09 21:00 -0530', RFC850 = 'Wednesday, 04-Feb-09 21:00:57 XYZ', RFC1123 = 'Wed, 04 Feb 2009 21:00:57 XYZ', RFC1123Z = 'Wed, 04 Feb 2009 21:00:57 -0530',
            KITCHEN = '9:00PM', STAMP = 'Feb  4 21:00:57', STAMP_MILLI = 'Feb  4 21:00:57.012', STAMP_MICRO = 'Feb  4 21:00:57.012345', STAMP_NANO = 'Feb  4 21:00:57.012345600',
            DATE_TIME = '2009-02-04 21:00:57', DATE_ONLY = '2009-02-04', TIME_ONLY = '21:00:57'} do checks.equal(t:format(time[name]), want, name) end
        checks.equal(t:format_rfc3339(), '2009-02-04T21:00:57-05:30') checks.equal(tostring(t), '2009-02-04 21:00:57.0123456 -0530 XYZ')
        checks.equal({time.JANUARY, time.DECEMBER, time.SUNDAY, time.SATURDAY, time.HOUR}, {1, 12, 0, 6, 3600000000000})";
    layouts_read:
        "local function reads(layout, text, want) local t, err = time.parse(layout, text, time.utc) assert(t, tostring(err)) assert(err == nil)
            checks.equal(t:utc():format('2006-01-02T15:04:05.999999999'), want, text) return t end
        reads(time.RFC3339, '2024-02-29T23:59:59Z', '2024-02-29T23:59:59') reads(time.RFC3339, '2024-02-29T23:59:59.5+02:00', '2024-02-29T21:59:59.5')
        reads(time.RFC3339NANO, '2024-02-29T23:59:59.123456789-01:30', '2024-03-01T01:29:59.123456789') reads('2006-01-02', '1999-12-31', '1999-12-31T00:00:00')
        reads('Jan 2, 2006 at 3:04pm (MST)', 'Feb 3, 2013 at 7:54pm (UTC)', '2013-02-03T19:54:00') reads('Monday, 02-Jan-06', 'tuesday, 05-MAR-24', '2024-03-05T00:00:00')
        reads('06', '68', '2068-01-01T00:00:00') reads('06', '69', '1969-01-01T00:00:00') reads('2006 002', '2024 366', '2024-12-31T00:00:00') reads('15:04', '07:05', '0000-01-01T07:05:00')
        reads('3:04PM', '12:30AM', '0000-01-01T00:30:00') reads('3:04PM', '12:30PM', '0000-01-01T12:30:00') reads('Jan _2 15:04:05', 'Jan  7 01:02:03,25', '0000-01-07T01:02:03.25')
        reads('05.000', '07.125', '0000-01-01T00:00:07.125') reads('05.999', '07', '0000-01-01T00:00:07') reads('1/2/2006', '3/4/2024', '2024-03-04T00:00:00') reads('-070000', '+013000', '-0001-12-31T22:30:00')
        checks.equal(reads('2006-01-02 MST', '2024-01-01 GMT+3', '2023-12-31T21:00:00'):location():string(), 'GMT+3')
        checks.equal(reads('2006-01-02 -07:00', '2024-01-01 +05:45', '2023-12-31T18:15:00'):format('Z07:00'), '+05:45')
        local berlin = time.load_location('Europe/Berlin')
        checks.equal(tostring(time.parse('2006-01-02 15:04', '2024-07-01 12:00', berlin)), '2024-07-01 12:00:00 +0200 CEST')
        checks.equal(tostring(time.parse('2006-01-02 15:04 MST', '2024-01-01 12:00 CET', berlin)), '2024-01-01 12:00:00 +0100 CET')
        checks.equal(time.parse('2006-01-02 15:04 -0700', '2024-01-01 12:00 +0100', berlin):location():string(), 'Europe/Berlin')";
    what_does_not_fit_is_invalid:
        "for _, c in ipairs{{'2006-01-02', '2024-13-01'}, {'2006-01-02', '2024-02-30'}, {'2006-01-02', '2024-1-02'}, {'2006-01-02', '2024-01-02x'}, {'2006-01-02', ''}, {'15', '24'}, {'15:04', '12:60'},
            {'3PM', '13PM'}, {'Jan', 'Foo'}, {'Mon', 'Xyz'}, {time.RFC3339, '2024-01-01T00:00:00'}, {time.RFC3339, 'nonsense'}, {'2006 002', '2023 366'}, {'.000', '.12'}, {'-07:00', '+25:00'},
            {'2006', 'äbcd'}, {'literal', 'other'}, {'5 x', '7x'}, {'MST', '12'}, {'002 Jan', '040 Mar'}, {'pm', 'xm'}} do
            checks.refused(errors.INVALID, 'parsing time', time.parse(c[1], c[2]))
        end
        for _, f in ipairs{function() time.parse() end, function() time.parse('x') end, function() time.parse({}, 'x') end, function() time.parse('15', '12', 'UTC') end} do checks.raises('bad argument', f) end";
    dates_normalise:
        "local function at(...) return time.date(...):format('2006-01-02 15:04:05.999999999') end local u = time.utc
        checks.equal({at(2024, 13, 1, 0, 0, 0, 0, u), at(2024, 0, 1, 0, 0, 0, 0, u), at(2024, 2, 30, 0, 0, 0, 0, u), at(2024, 1, 1, 25, 61, 61, 0, u), at(2024, 1, 1, 0, 0, 0, -1, u), at(2024, 1, -1, 0, 0, 0, 2000000001, u)},
            {'2025-01-01 00:00:00', '2023-12-01 00:00:00', '2024-03-01 00:00:00', '2024-01-02 02:02:01', '2023-12-31 23:59:59.999999999', '2023-12-30 00:00:02.000000001'})
        local t = time.date(2023, 1, 31, 10, 0, 0, 0, u)
        checks.equal({t:add_date(0, 1, 0):format('01-02'), t:add_date(1, 1, 0):format('2006-01-02'), t:add_date(0, 0, 1):format('01-02'), t:add_date(-1, -13, 0):format('2006-01-02')}, {'03-03', '2024-03-02', '02-01', '2020-12-31'})
        for i = 1, 7 do local args = {2024, 1, 1, 0, 0, 0, 0} args[i] = 'x' checks.raises('bad argument #' .. i, time.date, unpack(args)) args[i] = nil checks.raises('bad argument #' .. i, time.date, unpack(args, 1, 7)) end
        checks.raises('bad argument #8', time.date, 2024, 1, 1, 0, 0, 0, 0, 'UTC') checks.raises('bad argument', time.unix, 5) checks.raises('bad argument', time.unix, 'x', 0) checks.raises('integer representation', time.unix, 1.5, 0)
        at(math.maxinteger, math.maxinteger, math.mininteger, math.maxinteger, 0, math.mininteger, math.maxinteger, u)";
    fields_of_a_time:
        "local t = time.date(2024, 12, 31, 23, 59, 58, 7, time.utc)
        checks.equal({t:date()}, {2024, 12, 31}) checks.equal({t:clock()}, {23, 59, 58})
        checks.equal({t:year(), t:month(), t:day(), t:hour(), t:minute(), t:second(), t:nanosecond(), t:weekday(), t:year_day()}, {2024, 12, 31, 23, 59, 58, 7, 2, 366})
        checks.equal({t:unix(), t:unix_nano()}, {1735689598, 1735689598000000007}) assert(not t:is_zero() and time.date(1, 1, 1, 0, 0, 0, 0, time.utc):is_zero())
        local u = time.unix(-1, -1) checks.equal({u:unix(), u:unix_nano(), u:nanosecond(), u:location():string()}, {-2, -1000000001, 999999999, 'Local'})
        checks.equal(time.unix(0, 1500000000):utc():format('15:04:05.0'), '00:00:01.5') assert(type(t) == 'userdata' and type(t.year) == 'function' and t.nothing == nil)
        checks.equal(time.date(-5, 3, 1, 0, 0, 0, 0, time.utc):format('2006'), '-0005')";
    sums_and_comparisons:
        "local t = time.date(2024, 1, 1, 0, 0, 0, 0, time.utc)
        checks.equal({t:add('1h30m'):format('15:04'), t:add(-time.SECOND):format('15:04:05'), t:add(time.parse_duration('24h')):day(), t:add(0.9):nanosecond()}, {'01:30', '23:59:59', 2, 0})
        local later = t:add('1ns') assert(later:after(t) and t:before(later) and not t:after(t) and not t:before(t) and not t:equal(later) and later:sub(t):nanoseconds() == 1 and t:sub(later):nanoseconds() == -1)
        assert(t:equal(t:in_location(time.fixed_zone('X', 3600))) and t ~= t:utc())
        for _, d in ipairs{'x', true, {}, t, ''} do checks.raises('bad argument #1', t.add, t, d) end checks.raises('bad argument', t.add, t)
        for _, m in ipairs{'sub', 'after', 'before', 'equal'} do for _, v in ipairs{5, 'x', {}, time.parse_duration('1s')} do checks.raises('time expected', t[m], t, v) end checks.raises('', t[m], t) end
        for _, m in ipairs{'year', 'unix', 'format_rfc3339', 'utc'} do checks.raises('', t[m]) checks.raises('', t[m], 5) end checks.raises('', t.format, t) checks.raises('', t.add_date, t, 1)
        local far = time.date(9000, 1, 1, 0, 0, 0, 0, time.utc) checks.equal({far:sub(t):hours() > 2500000, far:format('2006')}, {true, '9000'})";
    rounding:
        "local t = time.date(2024, 5, 6, 7, 8, 9, 600000000, time.utc) local function d(s) return (time.parse_duration(s)) end
        checks.equal({t:round(d'1s'):format('05.0'), t:truncate(d'1s'):format('05.0'), t:round(d'1h'):format('15:04'), t:truncate(d'24h'):format('02 15:04'), t:truncate(d'168h'):weekday()}, {'10.0', '09.0', '07:00', '06 00:00', 1})
        checks.equal({t:round(d'0s'):equal(t), t:truncate(d'-5s'):equal(t), time.unix(0, 500000000):round(d'1s'):unix(), time.unix(-1, 500000000):round(d'1s'):unix()}, {true, true, 1, 0})
        for _, v in ipairs{'1s', 5, {}} do checks.raises('duration expected', t.round, t, v) checks.raises('duration expected', t.truncate, t, v) end checks.raises('', t.round, t)";
    zones:
        "local ny, berlin, kathmandu = time.load_location('America/New_York'), time.load_location('Europe/Berlin'), time.load_location('Asia/Kathmandu')
        local t = time.date(2024, 7, 4, 12, 0, 0, 0, time.utc)
        checks.equal({tostring(t:in_location(ny)), tostring(t:in_location(kathmandu)), t:in_location(berlin):format('15:04 MST Z07:00')}, {'2024-07-04 08:00:00 -0400 EDT', '2024-07-04 17:45:00 +0545 +0545', '14:00 CEST +02:00'})
        checks.equal({tostring(ny), ny:string(), tostring(time.utc), time.localtz:string(), tostring(time.fixed_zone('Mine', 3600)), t:in_location(ny):location():string(), t:in_local():location():string()},
            {'America/New_York', 'America/New_York', 'UTC', 'Local', 'Mine', 'America/New_York', 'Local'})
        checks.equal({time.date(2024, 3, 31, 2, 30, 0, 0, berlin):format('15:04 MST'), time.date(2024, 1, 15, 12, 0, 0, 0, ny):unix(), time.date(2024, 7, 15, 12, 0, 0, 0, ny):unix()}, {'03:30 CEST', 1705338000, 1721059200})
        checks.equal({t:in_location(time.fixed_zone('', -12600)):format('MST -07'), tostring(t:in_location(time.fixed_zone('Z', 0)))}, {'-0330 -03', '2024-07-04 12:00:00 +0000 Z'})
        checks.refused(errors.NOT_FOUND, 'Nowhere/City', time.load_location('Nowhere/City')) checks.refused(errors.INVALID, '', time.load_location('')) checks.refused(errors.NOT_FOUND, '', time.load_location('../etc/passwd'))
        local l, err = time.load_location('UTC') assert(tostring(l) == 'UTC' and err == nil) checks.raises('string expected', time.load_location) checks.raises('string expected', time.load_location, {})
        for _, v in ipairs{'UTC', 5, {}, t} do checks.raises('location expected', t.in_location, t, v) end checks.raises('', time.fixed_zone, 'x') checks.raises('', time.fixed_zone, {}, 5) checks.raises('out of range', time.fixed_zone, 'x', 1e10)";
    durations:
        "local d, err = time.parse_duration('1h30m5.25s') assert(err == nil and type(d) == 'userdata')
        checks.equal({d:nanoseconds(), d:microseconds(), d:milliseconds(), d:seconds(), d:minutes(), d:hours(), tostring(d)}, {5405250000000, 5405250000, 5405250, 5405.25, 5405.25 / 60, 5405.25 / 3600, '1h30m5.25s'})
        for text, want in pairs{['0'] = '0s', ['-1.5h'] = '-1h30m0s', ['90s'] = '1m30s', ['1500us'] = '1.5ms', ['1us'] = '1µs', ['7ns'] = '7ns', ['100h'] = '100h0m0s', ['.5s'] = '500ms'} do checks.equal(tostring(time.parse_duration(text)), want) end
        checks.equal({tostring(time.parse_duration(5)), tostring(time.parse_duration(2.9)), time.parse_duration(d):nanoseconds(), (time.parse_duration(-1500000)):milliseconds()}, {'5ns', '2ns', 5405250000000, -1})
        for i, v in ipairs{'', 'x', '5', '1x', true, {}, print, time.now(), 0/0, 1e300, '99999999999h'} do checks.refused(errors.INVALID, 'invalid duration', time.parse_duration(v)) end checks.refused(errors.INVALID, '', time.parse_duration())
        checks.raises('', d.seconds) checks.raises('duration expected', d.seconds, time.now())";
    timers_fire_once:
        "local start, timer = time.now(), assert(time.timer('2ms')) local ch = timer:channel() assert(ch == timer:response() and ch == timer:channel() and type(timer) == 'userdata')
        local t, ok = ch:receive() assert(ok and t:sub(start):nanoseconds() >= 2000000) local v, ok = ch:receive() assert(v == nil and ok == false)
        assert(timer:stop() == false and timer:stop() == false)";
    a_stopped_timer_is_closed:
        "local timer, woken = time.timer('1h') coroutine.spawn(function() local v, ok = timer:channel():receive() woken = v == nil and ok == false end)
        assert(timer:stop() == true) time.sleep(1) assert(woken and timer:stop() == false)";
    timers_are_set_again:
        "local timer = time.timer('1h') assert(timer:reset('1ms') == true) local t, ok = timer:channel():receive() assert(ok)
        assert(timer:reset('1ms') == false) t, ok = timer:channel():receive() assert(type(t) == 'userdata' and ok)
        timer:reset('1h') assert(timer:stop() == true and timer:reset(1) == false) t, ok = timer:response():receive() assert(ok)
        timer:reset(1) time.sleep('1ms') local unread = timer:channel() assert(timer:reset('1ms') == false) t, ok = unread:receive() assert(ok) local v, ok = unread:receive() assert(not ok)
        for _, d in ipairs{'x', 0, -1, {}, true} do checks.raises('bad argument #1', timer.reset, timer, d) end checks.raises('', timer.reset, timer)";
    timers_refuse_what_is_no_time:
        "for i, d in ipairs{0, -1, '0s', '-1h', 'x', '', {}, true, print} do checks.refused(errors.INVALID, '', time.timer(d)) end checks.refused(errors.INVALID, '', time.timer())
        for _, m in ipairs{'stop', 'channel', 'response', 'reset'} do local timer = time.timer('1h') checks.raises('', timer[m]) checks.raises('', timer[m], {}) checks.raises('', timer[m], time.ticker('1h')) end";
    values_do_not_leave_the_process:
        "process.send(process.pid(), 't', {a = time.now(), b = time.parse_duration('1s'), c = time.utc, d = time.timer('1h'), n = 1}) local _, got = checks.next() checks.equal(got, {n = 1})";
    os_date_knows_its_letters:
        "local t = 1709647629
        local want = {a = 'Tue', A = 'Tuesday', b = 'Mar', B = 'March', c = 'Tue Mar  5 14:07:09 2024', d = '05', H = '14', I = '02', j = '065', m = '03',
            M = '07', p = 'PM', S = '09', U = '09', W = '10', w = '2', x = '03/05/24', X = '14:07:09', y = '24', Y = '2024', z = '+0000', ['%'] = '%'}
        for letter, text in pairs(want) do checks.equal(os.date('!%' .. letter, t), text, letter) end
        checks.equal(os.date('!%q|%E|%|%', t), '%q|%E|%|%')
        checks.equal(os.date('!*t', t), {year = 2024, month = 3, day = 5, hour = 14, min = 7, sec = 9, wday = 3, yday = 65, isdst = false})
        checks.equal(os.date('!%d', t + 0.0), '05') assert(os.date() == os.date('%c') and os.date(nil, nil) == os.date('%c'))";
    os_time_reads_its_fields:
        "local t = os.time{year = 2024, month = 3, day = 5}
        checks.equal(os.date('%Y-%m-%d %H:%M:%S', t), '2024-03-05 00:00:00')
        checks.equal(os.time{year = '2024', month = ' 3 ', day = 5.0, hour = 1, min = '2', sec = 3} - t, 3723)
        checks.equal(os.time{year = 2024, month = 15, day = -1} - os.time{year = 2025, month = 2, day = 27}, 0)
        checks.equal(os.date('%Y-%m-%d', os.time{hour = 12}), os.date('%Y-%m-%d'))";
    os_refuses_what_is_no_time:
        "for _, f in ipairs{'year', 'month', 'day', 'hour', 'min', 'sec'} do
            local function with(v) return {year = 2024, month = 1, day = 1, [f] = v} end
            for _, bad in ipairs{'x', true, {}, print} do checks.raises(\"field '\" .. f .. \"' is not a number\", os.time, with(bad)) end
            for _, bad in ipairs{1.5, 0 / 0, math.huge} do checks.raises(\"field '\" .. f .. \"' is not an integer\", os.time, with(bad)) end
            for _, bad in ipairs{1 << 40, math.mininteger, math.maxinteger} do checks.raises(\"field '\" .. f .. \"' is out of bounds\", os.time, with(bad)) end
        end
        for _, bad in ipairs{5, 'x', true} do checks.raises('table expected', os.time, bad) end
        checks.raises('cannot be represented', os.date, '!%c', 1 << 62) checks.raises('cannot be represented', os.date, '*t', -1 << 62)
        for _, bad in ipairs{'x', {}, true} do checks.raises('bad argument #2', os.date, '%c', bad) end
        checks.raises('bad argument #1', os.date, {}) checks.raises('integer representation', os.date, '%c', 1.5)
        checks.equal(os.difftime(5, 3), 2.0) checks.raises('bad argument #1', os.difftime) checks.raises('bad argument #2', os.difftime, 1, 'x')
        assert(math.type(os.clock()) == 'float')";
    the_clock_of_os_agrees:
        "local now = os.time() assert(math.type(now) == 'integer' and math.abs(now - time.now():unix()) <= 1)
        local t = os.date('*t', now) checks.equal(os.time(t), now) checks.equal(os.date('!%Y-%m-%d %H:%M:%S', 86399), '1970-01-01 23:59:59') checks.equal(os.date('!%c', 0), 'Thu Jan  1 00:00:00 1970')
        checks.equal(time.unix(now, 0):format('2006-01-02 15:04:05'), os.date('%Y-%m-%d %H:%M:%S', now))";
}

#[test]
fn timers_at_file_level_raise() {
    for call in ["time.timer('1s')", "time.ticker('1s')", "time.after('1s')", "time.sleep('1s')"] {
        let source = format!(
            "local ok, e = pcall(function() return {call} end) return {{main = function() checks.has(e, 'outside of a coroutine') return ok == false end}}"
        );
        crate::app::App::chunk(&source).passes();
    }
    crate::app::App::chunk("local t = time.now():format('2006') return {main = function() return #t == 4 end}")
        .passes();
}

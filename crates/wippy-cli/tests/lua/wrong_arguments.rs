//! Wrong arguments, module by module: a wrong type raises and names the place, all else is an error that is returned.

use crate::app::{App, lua_tests};

/// What all of the programs below use.
const HELP: &str = "
    local not_texts = {{}, true, print, channel.new(), coroutine.create(print)}
    local not_tables = {5, 'x', true, print, channel.new()}
    -- Each value, and none, raises a complaint about argument `n` of a call whose other arguments stand in `before`.
    local function raises_each(what, n, name, f, values, ...)
        local before, count = {...}, select('#', ...)
        local says = \"bad argument #\" .. n .. \" to '\" .. name .. \"' (\" .. what .. ' expected, got '
        for _, v in ipairs(values) do before[count + 1] = v checks.raises(says .. type(v), f, unpack(before, 1, count + 1)) end
        before[count + 1] = nil
        checks.raises(says .. 'nil', f, unpack(before, 1, count + 1))
        checks.raises(says .. 'n', f, unpack(before, 1, count))
    end
    -- None of these is an object of the class that has these methods.
    local function wants_self(what, object, ...)
        for _, name in ipairs{...} do
            for _, bad in ipairs{5, 'x', true, {}, print, setmetatable({}, {__index = object}), errors.new('e')} do
                checks.raises(\"calling '\" .. name .. \"' on bad self (\" .. what .. ' expected, got ' .. type(bad), object[name], bad, 'x', 'x')
            end
            checks.raises(\"calling '\" .. name .. \"' on bad self\", object[name])
        end
    end
";

/// Programs with these helpers, and the function `app:gives`.
macro_rules! tests_with_help {
    ($($name:ident: $body:expr;)*) => {
        $(
            #[test]
            fn $name() {
                App::new(&format!("{HELP}{}\nreturn true", $body)).function("gives", "return ...").passes();
            }
        )*
    };
}

tests_with_help! {
    of_funcs:
        "for _, name in ipairs{'call', 'async'} do
            local e = funcs.new()
            raises_each('string', 1, name, funcs[name], not_texts)
            raises_each('string', 1, name, e[name], not_texts, e)
            for _, f in ipairs{funcs[name], function(...) return e[name](e, ...) end} do
                checks.refused(errors.INVALID, 'function ID required', f(''))
                for _, id in ipairs{'x', ':', ':x', 5} do checks.refused(errors.INVALID, 'namespace required in function ID', f(id)) end
                checks.refused(errors.INVALID, 'name required in function ID', f('app:'))
                for _, bad in ipairs{print, {print}, coroutine.create(print), {x = {y = print}}} do
                    checks.refused(errors.INVALID, 'cannot leave its process', f('app:gives', bad))
                    checks.refused(errors.INVALID, 'cannot leave its process', f('app:gives', 1, bad, 2))
                end
            end
        end
        for _, id in ipairs{'app:nothing', 'app:checks', 'app:returns', 'app:processes', ' app:gives', 'app:gives ', '\\255:x', 'nowhere:gives'} do
            checks.refused(errors.NOT_FOUND, 'no handler registered for target', funcs.call(id))
            local e = funcs.async(id):channel():receive()
            assert(e:kind() == errors.NOT_FOUND, id)
        end";
    of_executors_and_futures:
        "local e, f = funcs.new(), funcs.async('app:gives')
        wants_self('executor', e, 'with_context', 'with_options', 'with_actor', 'with_scope', 'call', 'async')
        wants_self('future', f, 'response', 'channel', 'is_complete', 'result', 'error', 'cancel', 'is_canceled')
        for _, name in ipairs{'with_context', 'with_options'} do
            raises_each('table', 1, name, e[name], not_tables, e)
            for _, bad in ipairs{{1}, {[true] = 1}, {[{}] = 1}, {x = print}, {x = channel.new()}, {x = {y = coroutine.create(print)}}} do
                checks.refused(errors.INVALID, '', e[name](e, bad))
            end
        end
        raises_each('actor', 1, 'with_actor', e.with_actor, {5, 'x', {}, e, f}, e)
        raises_each('scope', 1, 'with_scope', e.with_scope, {5, 'x', {}, e, f}, e)
        checks.raises('', function() e.x = 1 end) checks.raises('', function() f.x = 1 end) assert(e.x == nil and f.x == nil)";
    of_ctx:
        "raises_each('string', 1, 'get', ctx.get, not_texts)
        checks.refused(errors.INVALID, 'empty key', ctx.get(''))
        for _, key in ipairs{'x', 5, '\\255', ('x'):rep(1000)} do checks.refused(errors.NOT_FOUND, 'key not found: ', ctx.get(key)) end
        checks.equal({ctx.all(5)}, {{}}) assert(ctx.set == nil)
        checks.raises('Immutable', function() ctx.x = 1 end)";
    of_events:
        "raises_each('string', 1, 'subscribe', events.subscribe, not_texts)
        for _, bad in ipairs(not_texts) do checks.raises(\"bad argument #2 to 'subscribe' (string expected\", events.subscribe, 's', bad) end
        raises_each('string', 1, 'send', events.send, not_texts)
        raises_each('string', 2, 'send', events.send, not_texts, 's')
        raises_each('string', 3, 'send', events.send, not_texts, 's', 'k')
        checks.refused(errors.INVALID, 'system is empty', events.subscribe('')) checks.refused(errors.INVALID, 'system is empty', events.subscribe('', 'k'))
        checks.refused(errors.INVALID, 'system is empty', events.send('', 'k', 'p')) checks.refused(errors.INVALID, 'kind is empty', events.send('s', '', 'p'))
        checks.refused(errors.INVALID, 'path is empty', events.send('s', 'k', ''))
        local loop = {} loop.loop = loop
        for _, bad in ipairs{print, coroutine.create(print), channel.new(), {print}, {x = {channel.new()}}, loop, {[{}] = 1}, {[1 << 40] = 1}, time.now()} do
            checks.refused(errors.INVALID, 'data: ', events.send('s', 'k', 'p', bad))
        end
        wants_self('subscription', events.subscribe('s'), 'channel', 'close')";
    of_loggers:
        "wants_self('logger', logger, 'debug', 'info', 'warn', 'error', 'with', 'named')
        for _, level in ipairs{'debug', 'info', 'warn', 'error'} do
            raises_each('string', 1, level, logger[level], not_texts, logger)
            for _, bad in ipairs(not_tables) do checks.raises(\"bad argument #2 to '\" .. level .. \"' (table expected\", logger[level], logger, 'm', bad) end
        end
        raises_each('table', 1, 'with', logger.with, not_tables, logger)
        raises_each('string', 1, 'named', logger.named, not_texts, logger)
        checks.raises(\"bad argument #1 to 'named' (name is empty)\", logger.named, logger, '')";
    of_times:
        "local t, d, l = time.date(2024, 1, 2, 3, 4, 5, 6, time.utc), time.parse_duration('1h'), time.utc
        wants_self('time', t, 'add', 'sub', 'add_date', 'after', 'before', 'equal', 'format', 'format_rfc3339', 'unix', 'unix_nano', 'date', 'clock', 'year', 'month', 'day', 'hour', 'minute',
            'second', 'nanosecond', 'weekday', 'year_day', 'is_zero', 'in_location', 'in_local', 'utc', 'location', 'round', 'truncate')
        wants_self('duration', d, 'nanoseconds', 'microseconds', 'milliseconds', 'seconds', 'minutes', 'hours')
        wants_self('location', l, 'string')
        wants_self('timer', time.timer('1h'), 'response', 'channel', 'stop', 'reset') wants_self('ticker', time.ticker('1h'), 'response', 'channel', 'stop')
        raises_each('string', 1, 'load_location', time.load_location, not_texts) raises_each('string', 1, 'fixed_zone', time.fixed_zone, not_texts)
        raises_each('number', 2, 'fixed_zone', time.fixed_zone, {'x', {}, true}, 'X')
        for _, far in ipairs{math.maxinteger, math.mininteger, 1 << 31, 1e10} do checks.raises('offset out of range', time.fixed_zone, 'X', far) end
        for _, name in ipairs{'Nope/Nope', '../etc/passwd', '/etc/localtime', 'Europe', 'Europe/Berlin\\0x'} do checks.refused(errors.NOT_FOUND, 'unknown time zone', time.load_location(name)) end
        checks.refused(errors.INVALID, 'location name is required', time.load_location(''))
        raises_each('string', 1, 'format', t.format, not_texts, t) raises_each('location', 1, 'in_location', t.in_location, {5, 'UTC', {}, t, d}, t)
        raises_each('number', 1, 'add_date', t.add_date, {'x', {}, true}, t) raises_each('number', 3, 'add_date', t.add_date, {'x', {}, true}, t, 1, 2)
        checks.raises('integer representation', t.add_date, t, 0.5, 0, 0)
        for _, bad in ipairs{'', 'x', '5', '1d', '1 h', '1h-5m', '1e3s', '9999999999h', '.s', true, {}, print, 0 / 0, 1 / 0, 1e300, t} do
            checks.refused(errors.INVALID, 'invalid duration', time.parse_duration(bad))
            checks.raises(\"bad argument #1 to 'add' (invalid duration\", t.add, t, bad)
            checks.raises(\"bad argument #1 to 'reset' (invalid duration\", function() time.timer('1h'):reset(bad) end)
        end";
    of_json_and_io:
        "for _, bad in ipairs{5, true, {}, print, ''} do checks.refused(errors.INVALID, 'a non-empty string is required', json.decode(bad)) end
        checks.refused(errors.INVALID, '', json.decode()) checks.equal({json.encode()}, {'null'})
        for _, f in ipairs{json.validate, json.validate_string} do
            local ok, e = f() assert(ok == false and e:kind() == errors.INVALID) checks.has(e, 'schema is required')
            ok, e = f({}) assert(ok == false and e:kind() == errors.INVALID) checks.has(e, 'data is required')
            ok, e = f(5, '1') assert(ok == false and e:kind() == errors.INVALID) checks.has(e, 'schema')
        end
        for _, bad in ipairs{'x', {}, true} do checks.raises(\"bad argument #1 to 'read' (number expected\", io.read, bad) end
        for _, bad in ipairs{'x', {}, 1} do checks.raises(\"bad argument #1 to 'raw' (boolean expected\", io.raw, bad) end
        checks.equal(io.args(5), {})";
}

lua_tests! {
    a_message_about_an_argument_names_the_line:
        "local ok, e = pcall(function() time.date(1, 2, 'x') end)
        checks.equal(e, \"app:main:1: bad argument #3 to 'date' (number expected, got string)\")
        ok, e = pcall(function()
            logger:named('') end)
        checks.equal(e, \"app:main:4: bad argument #1 to 'named' (name is empty)\")
        ok, e = pcall(function() logger.info('no colon') end)
        checks.equal(e, \"app:main:6: calling 'info' on bad self (logger expected, got string)\")";
}

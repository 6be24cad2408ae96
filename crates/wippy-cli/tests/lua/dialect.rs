//! The language: old names, new rules, and what may suspend.

use crate::app::{App, lua_tests};
use wippy_core::{ErrorKind, Value};

lua_tests! {
    old_names_of_tables_and_texts:
        "checks.equal({unpack{1, 2, 3}}, {1, 2, 3}) checks.equal({table.unpack({1, 2, 3}, 2)}, {2, 3})
        checks.equal(select('#', unpack({nil, nil, 3}, 1, 3)), 3)
        checks.equal(table.getn{1, 2, 3}, 3) checks.equal(table.maxn{[10] = 1, [2.5] = 1, x = 1}, 10)
        checks.equal(table.maxn{}, 0)
        local words = {} for w in string.gfind('a b c', '%a') do words[#words + 1] = w end
        assert(#words == 3)";
    texts_pack_and_unpack: "assert(string.unpack('<i4', string.pack('<i4', -7)) == -7 and string.packsize('i4') == 4)";
    the_length_of_a_list_with_holes_is_its_end:
        "local function count(...) return #{...} end
        checks.equal({#{1, nil, 3}, #{nil, nil, 3}, #{1, nil, 3, nil}, #{nil}, #{n = 1, nil, 2}}, {3, 3, 3, 0, 2})
        checks.equal({count(1, nil, 3), count(nil, 2), count(nil, nil), count()}, {3, 2, 0, 0})
        checks.equal({select('#', unpack{1, nil, 3}), select('#', unpack{nil, nil, nil, 4})}, {3, 4})
        local t = {} for i = 1, 1000 do t[#t + 1] = i assert(#t == i) end
        for i = 1000, 1, -1 do t[#t] = nil assert(#t == i - 1) end";
    rep_takes_a_separator: "assert(string.rep('ab', 3, '-') == 'ab-ab-ab' and string.rep('x', 0) == '')";
    xpcall_passes_arguments: "local ok, a, b = xpcall(function(...) return ... end, print, 1, 2) assert(ok and a == 1 and b == 2)";
    xpcall_calls_its_handler: "local ok, e = xpcall(error, function(e) return 'handled ' .. e end, 'x', 0) assert(not ok and e == 'handled x')";
    pairs_respects_its_metamethod:
        "local t = setmetatable({}, {__pairs = function(t) return function(_, k) if not k then return 1, 'one' end end, t, nil end})
        local n = 0 for k, v in pairs(t) do n = n + 1 assert(k == 1 and v == 'one') end assert(n == 1)";
    ipairs_respects_index:
        "local t = setmetatable({}, {__index = function(_, i) if i <= 3 then return i * 10 end end})
        local sum = 0 for _, v in ipairs(t) do sum = sum + v end assert(sum == 60)";
    a_running_coroutine_is_known: "assert(type(coroutine.running()) == 'thread')";
    recursion_may_be_deep:
        "local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end
        assert(f(150000) == 150000)";
    endless_recursion_is_an_error:
        "local function f() return 1 + f() end
        checks.raises('stack overflow', f)";
    a_store_under_a_nil_key_does_nothing:
        "local t, missing = {1, x = 2}, nil
        t[missing] = 5
        t[0 / 0] = 5
        checks.equal(t, {1, x = 2})
        checks.raises('index is nil', rawset, t, nil, 1)
        checks.raises('index is NaN', rawset, t, 0 / 0, 1)";
    loop_variables_can_be_assigned:
        "local seen = {}
        for i = 1, 3 do i = i * 2 seen[#seen + 1] = i end
        for _, v in ipairs{'a', 'b'} do v = v .. v seen[#seen + 1] = v end
        for k, v in pairs{x = 1} do k, v = k .. k, v + 1 seen[#seen + 1] = k .. v end
        checks.equal(seen, {2, 4, 6, 'aa', 'bb', 'xx2'})";
    global_is_a_name:
        "local global = 1
        global = global + 1
        local t = {global = global}
        assert(t.global == 2 and (function(global) return global end)(3) == 3)";
    global_is_the_name_of_a_global: "global = 5 assert(global == 5 and _G.global == 5)\nfunction global() return 6 end assert(global() == 6)";
    global_is_a_name_wherever_one_may_stand:
        "local seen = {}
        for global = 1, 2 do global = global * 10 seen[#seen + 1] = global end
        for _, global in ipairs{'a'} do seen[#seen + 1] = global end
        checks.equal(seen, {10, 20, 'a'})
        local t = {global = function(self, x) return x end}
        assert(t:global(3) == 3 and t.global(t, 4) == 4)
        function t:global() return 'method' end
        assert(t:global() == 'method')
        global = {x = 1, f = function() return 'f' end}
        global.x = 2
        global[1] = 5
        global.f()
        checks.equal({global.x, global[1], global.f()}, {2, 5, 'f'})
        global = function(v) seen = type(v) return seen end
        global(1)
        assert(seen == 'number')
        global{}
        assert(seen == 'table')
        global'x'
        assert(seen == 'string')
        global[[y]]
        goto global
        seen = 'never'
        ::global::
        assert(seen == 'string')
        local global, other = 1, 2
        global, other = other, global
        assert(global == 2 and other == 1)";
    less_or_equal_falls_back_to_less:
        "local mt = {__lt = function(a, b)
            a, b = type(a) == 'table' and a.v or a, type(b) == 'table' and b.v or b
            time.sleep(1)
            return a < b
        end}
        local a, b = setmetatable({v = 1}, mt), setmetatable({v = 2}, mt)
        checks.equal({a <= b, b <= a, a >= b, b >= a, a <= a, not (b <= a)}, {true, false, false, true, true, true})
        checks.equal({a <= 1, a <= 0, a >= 1, a >= 2, 1 <= a, 2 <= a, a <= 0.5}, {true, false, true, false, true, false, false})
        local n = 0 while a <= b do n, a.v = n + 1, a.v + 1 end assert(n == 2)
        local plain = setmetatable({}, {__lt = function() return false end})
        checks.equal({plain <= plain, plain < plain}, {true, false})
        plain = setmetatable({}, {__lt = function() return false end, __le = function() return nil end})
        assert(plain <= plain == false)
        local raises = setmetatable({}, {__lt = function() error('no', 0) end})
        for _ = 1, 2 do checks.equal({pcall(function() return raises <= raises end)}, {false, 'no'}) end
        assert(a ~= b and 1 <= 2)
        checks.raises('attempt to compare two table values', function() return {} <= {} end)
        checks.raises('attempt to compare number with table', function() return 1 <= {} end)";
    errors_name_what_was_nil:
        "checks.raises(\"attempt to call a nil value (field 'x')\", function() local t = {} t.x() end)
        checks.raises(\"attempt to call a nil value (method 'm')\", function() local t = {} t:m() end)
        checks.raises(\"attempt to call a nil value (global 'undefined')\", function() undefined() end)
        checks.raises(\"attempt to index a nil value (global 'undefined')\", function() return undefined.x end)
        checks.raises(\"attempt to index a nil value (field 'b')\", function() local a = {} return a.b.c end)
        checks.raises(\"attempt to concatenate a nil value (field 'x')\", function() local t = {} return t.x .. 'y' end)
        checks.raises(\"attempt to perform arithmetic on a nil value (local 'n')\", function() local n return n + 1 end)
        checks.raises('attempt to compare number with nil', function() return 1 < nil end)
        checks.raises('attempt to get length of a nil value', function() local t return #t end)
        checks.raises('attempt to index a number value', function() return (5).x end)
        for _, bad in ipairs{{'a', 2, 1, 'initial'}, {1, {}, 1, 'limit'}, {1, 2, print, 'step'}} do
            checks.raises(\"'for' \" .. bad[4], function() for _ = bad[1], bad[2], bad[3] do end end)
        end
        checks.raises('attempt to call a nil value', function() for _ in nil do end end)";
    goto_jumps: "local n = 0\n::again:: n = n + 1 if n < 3 then goto again end assert(n == 3)";
    numeric_loops_do_not_overflow:
        "local n = 0 for i = math.maxinteger - 1, math.maxinteger do n = n + 1 end assert(n == 2)
        checks.raises(\"'for' step is zero\", function() for i = 1, 2, 0 do end end)";
    sequences_move_pack_and_sort:
        "checks.equal(table.pack(1, nil).n, 2) checks.equal(table.move({1, 2, 3}, 2, 3, 1), {2, 3, 3})
        local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) checks.equal(t, {3, 2, 1})
        table.insert(t, 1, 0) assert(table.remove(t) == 1) checks.equal(t, {0, 3, 2})";
    calls_may_suspend_under_pcall:
        "local ok, v = pcall(function() time.sleep('1ms') return 5 end) assert(ok and v == 5)
        local ok, e = pcall(function() time.sleep('1ms') error('late', 0) end) assert(not ok and e == 'late')
        local ok, e = xpcall(function() time.sleep('1ms') error('late', 0) end, function(e) return e .. '!' end)
        assert(not ok and e == 'late!')";
    calls_may_suspend_in_metamethods:
        "local m = {}
        for _, name in ipairs{'__index', '__add', '__call', '__eq', '__lt', '__concat', '__unm', '__len'} do
            m[name] = function() time.sleep('1ms') return 7 end
        end
        m.__newindex = function(t, k, v) time.sleep('1ms') rawset(t, k, v) end
        m.__tostring = function() return 'text' end
        local t, u = setmetatable({}, m), setmetatable({}, m)
        assert(t.x == 7 and t + 1 == 7 and t() == 7 and t == u and t < u and t .. 'x' == 7 and -t == 7 and #t == 7)
        t.y = 1 assert(rawget(t, 'y') == 1)";
    calls_may_suspend_where_a_library_function_calls_a_metamethod:
        "local log = {}
        local function waits(v) return function(...) time.sleep('1ms') log[#log + 1] = v if type(v) == 'function' then return v(...) end return v end end
        local shown = setmetatable({}, {__tostring = waits('shown')})
        assert(tostring(shown) == 'shown') print(shown, 1, shown) logger:info(tostring(shown))
        checks.equal(string.format('%%|%s|%5.2s|%d|%-7s|%s', shown, shown, 7, shown, 1, shown), '%|shown|   sh|7|shown  |1')
        checks.raises('bad argument #3', string.format, '%s%d', shown, shown) checks.raises('bad argument #3', string.format, '%s%s', shown)
        checks.raises('invalid conversion', string.format, '%s%y', shown, shown) checks.raises('invalid conversion', string.format, '%', shown)
        local many, plain = {}, setmetatable({}, {__tostring = function() return 'p' end}) for i = 1, 50000 do many[i] = plain end
        assert(#string.format(('%s'):rep(50000), unpack(many)) == 50000)
        assert(string.format('%q', 1) == '1' and string.format(5) == '5' and ('%s'):format(shown) == 'shown')
        local n = 0
        for i, v in ipairs(setmetatable({10}, {__index = waits(function(_, i) return i < 4 and i or nil end)})) do n = n + v end
        assert(n == 15)
        local inner = setmetatable({}, {__index = waits(function(_, i) return i <= 2 and 'v' .. i or nil end)})
        local seen = {} for i, v in ipairs(setmetatable({}, {__index = setmetatable({[3] = 'x'}, {__index = inner})})) do seen[i] = v end
        checks.equal(seen, {'v1', 'v2', 'x'})
        local sum = setmetatable({}, {__add = waits('sum'), __concat = waits('text'), __bor = waits('bits'), __lt = waits(false), __le = waits(true)})
        checks.equal({'5' + sum, sum + '5', 5 + sum, 'a' .. sum, '1' | sum, sum < sum, sum <= sum}, {'sum', 'sum', 'sum', 'text', 'bits', false, true})
        for _ in nil or function() end, nil, nil, setmetatable({}, {__close = waits('closed')}) do end
        assert(log[#log] == 'closed')
        local ok, e = pcall(tostring, setmetatable({}, {__tostring = waits(function() error('late', 0) end)}))
        assert(not ok and e == 'late')";
    ipairs_and_tostring_are_those_of_lua:
        "local t = {1, nil, 3} local n = 0 for _ in ipairs(t) do n = n + 1 end assert(n == 1)
        checks.raises('bad argument', ipairs) checks.raises('attempt to index a nil value', function() for _ in ipairs(nil) do end end)
        checks.raises('attempt to index a number value', function() for _ in ipairs(5) do end end) for _ in ipairs('text') do error('it has none') end
        checks.raises('value expected', tostring) checks.equal({tostring(nil), tostring(true), tostring(12), tostring(1.5), tostring('x')}, {'nil', 'true', '12', '1.5', 'x'})
        checks.equal(tostring(setmetatable({}, {__tostring = function() return 5 end})), '5')
        checks.raises(\"'__tostring' must return a string\", tostring, setmetatable({}, {__tostring = function() return {} end}))
        checks.raises(\"'__tostring' must return a string\", print, 1, setmetatable({}, {__tostring = function() time.sleep(1) end}))
        assert(tostring(setmetatable({}, {__name = 'Mine'})):match('^Mine: 0x%x+$'))
        local loop = setmetatable({}, {}) getmetatable(loop).__index = loop
        checks.raises('possible loop', function() for _ in ipairs(loop) do end end)
        local frozen = table.freeze{4, 5} n = 0 for i, v in ipairs(frozen) do n = n + i * v end assert(n == 14)";
    calls_may_suspend_in_iterators:
        "local n = 0
        for i in function(_, i) time.sleep('1ms') i = (i or 0) + 1 if i <= 3 then return i end end do n = n + i end
        assert(n == 6)";
    calls_may_suspend_in_wrapped_coroutines:
        "local next = coroutine.wrap(function() for i = 1, 3 do time.sleep('1ms') coroutine.yield(i) end end)
        assert(next() == 1 and next() == 2 and next() == 3)";
    calls_may_suspend_in_a_comparison_of_sort:
        "local t = {3, 2, 1} table.sort(t, function(a, b) time.sleep('1ms') return a < b end) checks.equal(t, {1, 2, 3})";
    calls_may_suspend_in_a_replacement_of_gsub:
        "checks.equal(('abc'):gsub('%a', function(c) time.sleep('1ms') return c .. c end), 'aabbcc')";
    annotations_do_nothing:
        "local n: number = ('text' as any) :: number
        local function f(a: integer, ...: string): (string, number?) return a!, ... end
        local t: {[string]: integer} = {a = 1}
        for i: integer = 1, 1 do n = i end
        assert(n == 1 and f('x') == 'x' and t.a! == 1)";
}

#[test]
fn types_keep_the_numbers_of_lines() {
    let body = "type A = {
            x: number,
        }
        local function f<T>(
            v: T
        ): T
            error('here')
        end
        f(1)";
    let error = App::new(body).run().expect_err("it raises");
    assert_eq!((error.kind(), error.message()), (&ErrorKind::Internal, "app:main:7: here"));
}

#[test]
fn comments_and_old_syntax_parse() {
    let source = "--[==[ long\n]] ]==]\nlocal s = [==[\nx]]y]==]\nreturn function() return #s + 0x.8p1 // 1 | 0 end";
    assert_eq!(App::chunk(source).value(), Value::Int(5));
}

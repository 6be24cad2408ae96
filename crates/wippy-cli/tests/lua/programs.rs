//! Programs as people write them.

use crate::app::{App, lua_tests};
use wippy_core::Value;

lua_tests! {
    tables_are_created_empty:
        "for _, args in ipairs{{0}, {10}, {10, 20}, {0, 5}} do
            local t = table.create(unpack(args)) assert(#t == 0 and next(t) == nil) t[1] = 'a' t.x = 1 assert(#t == 1)
        end
        for _, args in ipairs{{}, {'x'}, {-1}, {1, -1}, {2^40}, {1.5}} do checks.raises('bad argument', table.create, unpack(args)) end";
    any_value_can_be_raised:
        "local t, f = {}, function() end
        for _, v in ipairs{t, f, true, 5, 1.5, coroutine.create(f), errors.new('x'), channel.new()} do
            local ok, e = pcall(error, v) assert(not ok and rawequal(e, v))
            ok, e = pcall(function() error(v, 2) end) assert(not ok and rawequal(e, v))
            ok, e = pcall(assert, false, v) assert(not ok and rawequal(e, v))
            ok, e = pcall(assert, nil, v, 'more') assert(not ok and rawequal(e, v))
            ok, e = xpcall(function() error(v) end, function(e) return {e} end) assert(not ok and rawequal(e[1], v))
            local co = coroutine.create(function() error(v) end)
            ok, e = coroutine.resume(co) assert(not ok and rawequal(e, v) and coroutine.status(co) == 'dead')
        end
        local ok, e = pcall(error) assert(ok == false and e == nil)
        ok, e = pcall(error, nil) assert(ok == false and e == nil)
        checks.equal(select('#', pcall(error, nil)), 2)
        ok, e = pcall(error, false) assert(ok == false and e == false)
        ok, e = pcall(coroutine.wrap(function() error(nil) end)) assert(ok == false and e == nil)
        ok, e = pcall(assert, false) assert(not ok and e == 'assertion failed!')
        ok, e = pcall(assert, false, nil) assert(not ok and e == nil)
        checks.equal({assert(1, 2, 3)}, {1, 2, 3})";
    an_error_names_entry_and_line:
        "checks.equal(select(2, pcall(function()
            error('boom') end)), 'app:main:2: boom')
        checks.equal(select(2, pcall(error, 'boom', 0)), 'boom')
        checks.equal(select(2, pcall(function() local function f() error('boom', 2) end
            f() end)), 'app:main:5: boom')";
    integers_are_integers:
        "checks.equal({7 // 2, -7 // 2, 7 // -2, 7.0 // 2, 7 % 3, -7 % 3, 7 % -3, -7.5 % 2}, {3, -4, -4, 3.0, 1, 2, -2, 0.5})
        checks.equal({1 / 2, 4 / 2, 2 ^ 2, 10 // 0.0, 0x7fffffffffffffff + 1}, {0.5, 2.0, 4.0, math.huge, math.mininteger})
        checks.raises('zero', function() return 1 // 0 end) checks.raises('attempt to perform', function() return 1 % 0 end)
        checks.equal({5 & 3, 5 | 3, 5 ~ 3, ~5, 1 << 4, 256 >> 4, -1 >> 60, 1 << 64, 1 << -1, 3.0 & 1}, {1, 7, 6, -6, 16, 16, 15, 0, 0, 1})
        checks.raises('number has no integer representation', function() return 1.5 & 1 end)
        checks.raises('attempt to perform bitwise', function() return {} | 1 end)
        checks.equal({math.type(1), math.type(1.0), math.type('1'), math.tointeger(3.0), math.tointeger(3.5), math.ult(1, -1)}, {'integer', 'float', nil, 3, nil, true})
        checks.equal({tostring(10 / 2), tostring(3), 1e15, tostring(-0.0), 10 // 3 .. ''}, {'5.0', '3', 1e15, '-0.0', '3'})
        checks.equal({tonumber('0x10'), tonumber('1e5'), tonumber(' 7 '), tonumber('7x'), tonumber('z', 36), tonumber('8', 8), tonumber('')}, {16, 1e5, 7, nil, 35, nil, nil})
        checks.equal({math.floor(2.7), math.ceil(2.1), math.max(1, 2.5), math.min(3, 1), math.abs(-3), math.floor(-0.5)}, {2, 3, 2.5, 1, 3, -1})";
    old_mathematics:
        "checks.equal({math.pow(2, 10), math.mod(7, 3), math.fmod(-7, 3), math.log10(1000), math.ldexp(0.5, 3)}, {1024.0, 1, -1, 3.0, 4.0})
        checks.equal({math.frexp(8)}, {0.5, 4}) local whole, part = math.modf(3.5) assert(whole == 3 and part == 0.5)
        assert(math.abs(math.atan2(1, 1) - math.pi / 4) < 1e-15 and math.cosh(0) == 1 and math.sinh(0) == 0 and math.tanh(50) == 1)
        checks.equal({math.log(8, 2), math.exp(0), math.deg(math.pi), math.rad(180) == math.pi}, {3.0, 1.0, 180.0, true})
        math.randomseed(42) local a = math.random(1000) math.randomseed(42) assert(a == math.random(1000))
        for _ = 1, 100 do local r = math.random(3, 5) assert(r >= 3 and r <= 5 and math.type(r) == 'integer') end";
    every_verb_of_format:
        "local function f(want, ...) checks.equal(string.format(...), want) end
        f('5 -3 007', '%d %i %03d', 5, -3, 7) f('3', '%d', 3.0) f('ff FF 17 0xff', '%x %X %o %#x', 255, 255, 15, 255)
        f('a', '%c', 97) f('1.500 1.5 1.500000e+00 1.5E+00', '%.3f %g %e %.1E', 1.5, 1.5, 1.5, 1.5) f('0x1p+1', '%a', 2.0)
        f('text 1 nil true', '%s %s %s %s', 'text', 1, nil, true) f('  abc|abc  |ab', '%5s|%-5s|%.2s', 'abc', 'abc', 'abc')
        f('\"a\\\\\\n\"', '%q', 'a\\n')
        f('100%', '%d%%', 100) f('+5  5', '%+d % d', 5, 5) f('4294967295', '%u', 4294967295)
        f('error text', '%s', errors.new('error text')) f('T', '%s', setmetatable({}, {__tostring = function() return 'T' end}))
        checks.raises('number has no integer representation', string.format, '%d', 1.5)
        checks.raises('bad argument #2', string.format, '%d', 'x') checks.raises('bad argument #2', string.format, '%s')
        checks.raises('invalid conversion', string.format, '%y', 1)";
    patterns:
        "checks.equal({('key = value'):match('^(%w+)%s*=%s*(%w+)$')}, {'key', 'value'})
        checks.equal({('THE (quick) fox'):find('%((%a+)%)')}, {5, 11, 'quick'})
        checks.equal({('hello world'):gsub('o', '0', 1)}, {'hell0 world', 1})
        checks.equal((('$name is $age'):gsub('%$(%w+)', {name = 'Ann', age = 5})), 'Ann is 5')
        checks.equal((('abc'):gsub('%w', '%0%0')), 'aabbcc') checks.equal((('abc'):gsub('', '-')), '-a-b-c-')
        checks.equal({('THE (quick) fox'):match('%f[%a]%a+%f[%A]')}, {'THE'}) checks.equal(('f(a(b)c)d'):match('%b()'), '(a(b)c)')
        local words = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do words[k] = v end checks.equal(words, {a = '1', b = '2'})
        checks.raises('malformed pattern', string.find, 'a', '[a') checks.raises('', string.rep, 'x', 1e10)";
    texts:
        "checks.equal({('abc'):byte(1, -1)}, {97, 98, 99}) checks.equal(string.char(72, 105), 'Hi') checks.equal(('abc'):sub(-2), 'bc')
        checks.equal({#'abc', ('x'):rep(3, ','), ('abc'):reverse(), ('aB'):upper(), ('aB'):lower(), 'a' .. 1 .. 2.0}, {3, 'x,x,x', 'cba', 'AB', 'ab', 'a12.0'})
        checks.equal('10' + 5, 15) checks.equal('3' * '4', 12) checks.equal('0x10' + 0, 16) checks.equal(10 .. '', '10')
        checks.equal({'a' < 'b', 'Z' < 'a', '' < 'a'}, {true, true, true}) checks.raises('compare', function() return 1 < '2' end)
        checks.equal('\\u{48}\\x49\\74\\z
            K', 'HIJK')";
    goto_as_continue:
        "local odd = {}
        for i = 1, 6 do
            if i % 2 == 0 then goto continue end
            odd[#odd + 1] = i
            ::continue::
        end
        checks.equal(odd, {1, 3, 5})
        for i = 1, 3 do for j = 1, 3 do if j == 2 then goto next_i end if i == 3 then goto done end end ::next_i:: end
        ::done::";
    loop_variables_of_all_sorts_are_assigned:
        "local out = {}
        for i = 3, 1, -1 do local f = function() return i end i = i * 10 out[#out + 1] = f() end
        for i = 1, 2 do for i = i, i + 1 do i = i + 100 out[#out + 1] = i end end
        for line in ('a\\nb'):gmatch('%a') do line = line:upper() out[#out + 1] = line end
        for i: integer = 1, 1 do i, out.x = i + 1, i out[#out + 1] = i end
        for i = 1, 2 do (function() i = i + 5 end)() out[#out + 1] = i end
        for i = 1, 1 do function i2() i = 7 return i end out[#out + 1] = i2() end
        for f in pairs{a = 1} do function f() return 5 end out[#out + 1] = f() end
        checks.equal(out, {30, 20, 10, 101, 102, 102, 103, 'A', 'B', 2, 6, 7, 7, 5, x = 1})";
    closures_catch_each_turn_of_a_loop:
        "local fs = {} for i = 1, 3 do fs[i] = function() return i end end
        checks.equal({fs[1](), fs[2](), fs[3]()}, {1, 2, 3})";
    objects_and_inheritance:
        "local Animal = {} Animal.__index = Animal
        function Animal.new(name) return setmetatable({name = name}, Animal) end
        function Animal:speak() return self.name .. ' ' .. self:sound() end
        local Dog = setmetatable({}, {__index = Animal}) Dog.__index = Dog
        function Dog.new(name) local d = Animal.new(name) return setmetatable(d, Dog) end
        function Dog:sound() return 'woofs' end
        checks.equal(Dog.new('Rex'):speak(), 'Rex woofs')
        local V = setmetatable({}, {__call = function(V, x) return setmetatable({x = x}, V) end})
        V.__add = function(a, b) return V(a.x + b.x) end V.__eq = function(a, b) return a.x == b.x end
        V.__lt = function(a, b) return a.x < b.x end V.__le = function(a, b) return a.x <= b.x end
        V.__tostring = function(v) return 'V' .. v.x end V.__len = function(v) return v.x end V.__unm = function(v) return V(-v.x) end
        V.__idiv = function() return 'idiv' end V.__band = function() return 'band' end V.__concat = function(a, b) return 'cat' end
        assert(V(1) + V(2) == V(3) and V(1) < V(2) and V(1) <= V(1) and tostring(-V(4)) == 'V-4' and #V(9) == 9)
        assert(V(1) // 1 == 'idiv' and V(1) & 1 == 'band' and V(1) .. 'x' == 'cat')";
    coroutines_inside_coroutines:
        "local function tree(n) return n > 0 and {tree(n - 1), n, tree(n - 1)} end
        local function walk(t) if t then walk(t[1]) coroutine.yield(t[2]) time.sleep(1) walk(t[3]) end end
        local outer = coroutine.wrap(function()
            local inner = coroutine.wrap(function() walk(tree(4)) end)
            for v in inner do coroutine.yield(v * 10) end
        end)
        local n, sum = 0, 0 for v in outer do n, sum = n + 1, sum + v end
        checks.equal({n, sum}, {15, 260})";
    deep_chains_of_coroutines_may_wait:
        "local function nest(n) if n == 0 then time.sleep('1ms') return 'bottom' end
            return coroutine.wrap(function() return nest(n - 1) end)() end
        checks.equal(nest(50), 'bottom')
        local function chain(n) local co = coroutine.create(function(...) if n == 0 then local v = process.inbox():receive() return v:topic() end
            return select(2, assert(coroutine.resume(chain(n - 1)))) end) return co end
        process.send(process.pid(), 'hello')
        checks.equal(select(2, coroutine.resume(chain(20))), 'hello')";
    generators_may_wait_under_pcall:
        "local ok, v = pcall(function()
            local co = coroutine.create(function() time.sleep(1) coroutine.yield(1) time.sleep(1) error({code = 7}) end)
            assert(coroutine.resume(co)) local ok, e = coroutine.resume(co) assert(not ok and e.code == 7) return 'done' end)
        assert(ok and v == 'done')";
    iterators_with_state_and_metamethods_that_wait:
        "local Pages = {} Pages.__index = function(t, page) time.sleep(1) return page <= 3 and {page, page * 10} or nil end
        Pages.__call = function(self) time.sleep(1) self.at = (rawget(self, 'at') or 0) + 1 return self[self.at] end
        local got = {} for page in setmetatable({}, Pages) do got[#got + 1] = page[2] end
        checks.equal(got, {10, 20, 30})
        local t = setmetatable({}, {__pairs = function() time.sleep(1) return function(_, k) time.sleep(1) k = (k or 0) + 1 if k < 4 then return k, k end end, nil, nil end})
        local n = 0 for k, v in pairs(t) do n = n + v end checks.equal(n, 6)";
    hundreds_of_coroutines:
        "local results, done, total = channel.new(), channel.new(8), 0
        for i = 1, 500 do coroutine.spawn(function(n)
            if n % 3 == 0 then time.sleep(n) elseif n % 3 == 1 then coroutine.yield() end
            local gen = coroutine.wrap(function() for k = 1, 3 do coroutine.yield(n * k) end end)
            local sum = 0 for v in gen do sum = sum + v if v == n then break end end
            results:send(gen() + sum)
        end, i) end
        for i = 1, 500 do total = total + results:receive() end
        checks.equal(total, 500 * 501 // 2 * 3)";
    channels_that_close_under_a_select:
        "local a, b, log = channel.new(), channel.new(), {}
        coroutine.spawn(function() for i = 1, 3 do a:send(i) end a:close() end)
        coroutine.spawn(function() for i = 1, 2 do time.sleep(1) b:send(i * 10) end b:close() end)
        local open = {a, b}
        while #open > 0 do
            local cases = {} for i, ch in ipairs(open) do cases[i] = ch:case_receive() end
            local r = channel.select(cases)
            if r.ok then log[#log + 1] = r.value else
                for i, ch in ipairs(open) do if ch == r.channel then table.remove(open, i) break end end
            end
        end
        local sum = 0 for _, v in ipairs(log) do sum = sum + v end checks.equal({#log, sum}, {5, 36})
        local c, woken = channel.new(), 0
        for i = 1, 10 do coroutine.spawn(function() local r = channel.select{c:case_receive(), b:case_receive()} assert(not r.ok) woken = woken + 1 end) end
        c:close() time.sleep(1) checks.equal(woken, 10)
        local d = channel.new()
        coroutine.spawn(function() time.sleep(1) d:close() end)
        local ok, e = pcall(channel.select, {d:case_send(1)}) assert(not ok) checks.has(e, 'closed channel')";
    error_objects_in_string_functions:
        "local e = errors.new('not found: x')
        checks.equal({string.find(e, 'found')}, {5, 9}) checks.equal(string.len(e), 12) checks.equal(string.upper(e), 'NOT FOUND: X')
        checks.equal(string.match(e, ': (.*)$'), 'x') checks.equal((string.gsub(e, 'x', 'y')), 'not found: y') checks.equal(string.sub(e, 1, 3), 'not')
        checks.equal(string.format('%s|%q', e, 'a'), 'not found: x|\"a\"') checks.equal(string.rep(e, 2, ','), 'not found: x,not found: x')
        checks.equal(string.byte(e), 110) checks.equal(string.reverse(errors.new('ab')), 'ba') checks.equal(table.concat({'a', 'b'}, errors.new('-')), 'a-b')
        assert(e.find == nil) checks.raises('', function() return e:find('x') end) checks.equal(type(e), 'userdata')";
    varargs:
        "local function f(...) local a, b = ... return select('#', ...), a, b, {...}, table.pack(...) end
        local n, a, b, t, p = f(nil, 2, nil) checks.equal({n, b, p.n}, {3, 2, 3}) assert(a == nil and p[3] == nil)
        checks.equal({(function(...) return select(-1, ...) end)(1, 2, 3)}, {3}) checks.raises('bad argument', select, 0)";
}

#[test]
fn results_of_many_kinds_of_entry_functions() {
    for (body, value) in [
        ("return", Value::Nil),
        ("return nil", Value::Nil),
        ("return false", Value::Bool(false)),
        ("return 7 // 2", Value::Int(3)),
        ("return 1 / 2, nil", Value::Float(0.5)),
        ("return 5, 6", Value::Int(5)),
        ("return 5, false, 'third'", Value::Int(5)),
    ] {
        assert_eq!(App::new(body).value(), value, "{body}");
    }
}

#[test]
fn attributes_of_locals_are_not_in_the_language() {
    for source in ["local x <const> = 5 return print", "local x <close> = nil return print"] {
        let faults = App::chunk(source).faults().to_string();
        assert!(faults.contains("app:main:1:9: "), "{faults}");
    }
}

#[test]
fn what_is_nested_or_chained_may_be_as_long_as_lua_has_it() {
    let many = |part: &str, n: usize| part.repeat(n);
    for (what, source) in [
        ("tables", format!("local t = {}{} return function() return true end", many("{", 180), many("}", 180))),
        ("fields", format!("local t = {}1{} return function() return true end", many("{a = ", 180), many("}", 180))),
        ("brackets", format!("local t = {}true{} return function() return t end", many("(", 180), many(")", 180))),
        (
            "calls",
            format!(
                "local function f(x) return x end local t = {}true{} return function() return t end",
                many("f(", 180),
                many(")", 180)
            ),
        ),
        ("texts", format!("local a = 'a' local t = {}a return function() return #t == 181 end", many("a .. ", 180))),
        ("sums", format!("local a = 1 local t = {}a return function() return t == 2001 end", many("a + ", 2000))),
        (
            "branches",
            format!(
                "local x = 7 if x == 0 then x = 1 {} end return function() return x == 8 end",
                many("elseif x == 7 then x = 8 ", 600)
            ),
        ),
        (
            "methods",
            format!(
                "local t = {{}} function t:m() return self end return function() return t{} == t end",
                many(":m()", 2000)
            ),
        ),
        ("blocks", format!("return function() {} {} return true end", many("do ", 150), many("end ", 150))),
        ("types", format!("type T = {}number{} return function() return true end", many("{a: ", 180), many("}", 180))),
    ] {
        assert_eq!(App::chunk(&source).run(), Ok(Value::Bool(true)), "{what}");
    }
    for (begin, part) in
        [("local t = ", "{"), ("local t = ", "("), ("local t = ", "not "), ("type T = ", "{a: "), ("", "do ")]
    {
        let faults = App::chunk(&format!("{begin}{}", many(part, 500))).faults().to_string();
        assert!(faults.contains("nested levels"), "{begin}{part}: {faults}");
    }
}

//! Functions of the library that call back: what they give, whatever the code does that they call, and that it may wait.

use crate::app::App;

macro_rules! tests {
    ($($name:ident: $body:expr;)*) => {
        $(#[test] fn $name() { App::new(&format!("{HELP}\n{}\nreturn true", $body)).passes(); })*
    };
}

/// Lists to sort, and what must hold for each of them.
const HELP: &str = "
    local function list(n, kinds) local t = {} for i = 1, n do t[i] = {key = math.random(kinds), at = i} end return t end
    -- By insertion, equal ones in their order.
    local function reference(t, less)
        local r = table.move(t, 1, #t, 1, {})
        for i = 2, #r do
            local v, j = r[i], i - 1
            while j >= 1 and less(v, r[j]) do r[j + 1] = r[j] j = j - 1 end
            r[j + 1] = v
        end
        return r
    end
    local function identical(a, b) if #a ~= #b then return false end
        for i = 1, #a do if not rawequal(a[i], b[i]) then return false end end return true end
    local function permuted(a, b) local n = {}
        for _, v in ipairs(a) do n[v] = (n[v] or 0) + 1 end for _, v in ipairs(b) do n[v] = (n[v] or 0) - 1 end
        for _, left in pairs(n) do if left ~= 0 then return false end end return #a == #b end
    local function by_key(a, b) return a.key < b.key end
    local function waits(v) time.sleep(1) return v end
    local function proxy(t, log) return setmetatable({}, {
        __index = function(_, k) return waits(t[k]) end, __len = function() return waits(#t) end,
        __newindex = function(_, k, v) waits() t[k] = v if log then log[#log + 1] = k end end}) end";

// Sorting.
tests! {
    a_sort_orders_as_a_simple_one_does_and_keeps_equal_ones_in_order:
        "for round = 1, 3000 do
            local t = list(math.random(0, 40), math.random(1, 40)) local want = reference(t, by_key)
            table.sort(t, by_key) assert(identical(t, want), round)
        end
        for n = 100, 1300, 77 do
            local t = list(n, n // 2) local want = reference(t, by_key)
            table.sort(t, by_key) assert(identical(t, want), n)
            table.sort(t, by_key) assert(identical(t, want), n)
            table.sort(t, function(a, b) return by_key(b, a) end)
            for i = 2, n do local a, b = t[i - 1], t[i] assert(a.key > b.key or a.key == b.key and a.at < b.at) end
        end";
    numbers_and_texts_are_sorted_as_ever:
        "for round = 1, 500 do
            local t = {} for i = 1, math.random(0, 60) do t[i] = round % 2 == 0 and math.random(50) or tostring(math.random(50)) end
            local want = reference(t, function(a, b) return a < b end)
            local u = table.move(t, 1, #t, 1, {})
            table.sort(t) checks.equal(t, want) table.sort(u, function(a, b) return a < b end) checks.equal(u, want)
        end";
    a_sort_of_what_has_no_order_loses_nothing:
        "local nan = 0 / 0
        local wild = {
            function() return true end, function() return false end, function() return math.random(2) == 1 end,
            function(a, b) return a <= b end, function(a, b) return a ~= b end, function(a, b) return (a * 7919) % 13 < (b * 104729) % 11 end,
        }
        for round = 1, 1000 do
            local t = {} for i = 1, math.random(0, 70) do t[i] = math.random(9) end
            local before = table.move(t, 1, #t, 1, {})
            table.sort(t, wild[1 + round % #wild]) assert(permuted(t, before), round)
            for i = 1, #t do if math.random(5) == 1 then t[i] = nan end end
            local n, nans = #t, 0 for _, v in ipairs(t) do if v ~= v then nans = nans + 1 end end
            table.sort(t, function(a, b) return a < b end)
            for _, v in ipairs(t) do if v ~= v then nans = nans - 1 end end
            assert(#t == n and nans == 0, round)
        end";
    an_error_in_a_comparator_leaves_the_list_whole:
        "for round = 1, 1000 do
            local t, asked, last = list(math.random(2, 60), 9), 0, math.random(1, 60)
            local before = table.move(t, 1, #t, 1, {})
            local ok, e = pcall(table.sort, t, function(a, b)
                asked = asked + 1 if asked == last then error('midway', 0) end
                if asked == last // 2 then time.sleep(1) end
                return by_key(a, b)
            end)
            assert(ok and asked < last or not ok and e == 'midway')
            assert(permuted(t, before), round)
        end
        checks.raises('attempt to compare number with nil', table.sort, {3, 2, 1}, function(a) return a < nil end)";
    a_sort_that_is_left_alone_leaves_the_list_whole:
        "local t = list(50, 9)
        local before = table.move(t, 1, #t, 1, {})
        local co = coroutine.create(function() table.sort(t, function(a, b) coroutine.yield(1) return by_key(a, b) end) end)
        for _ = 1, 60 do assert(coroutine.resume(co)) assert(identical(t, before)) end
        assert(coroutine.close(co) and identical(t, before))";
    a_comparator_may_change_the_list:
        "for round = 1, 600 do
            local t = list(math.random(2, 60), 20) local want, n, asked = reference(t, by_key), #t, 0
            table.sort(t, function(a, b)
                asked = asked + 1
                if asked == 3 then for i = #t, 1, -1 do t[i] = nil end
                elseif asked % 7 == 0 then t[#t + 1] = 'x' table.insert(t, 1, {key = 1}) t[math.random(100)] = asked
                elseif asked % 11 == 0 then setmetatable(t, {__index = function() end, __newindex = rawset}) end
                local waste = {} for i = 1, 20 do waste[i] = {i} end
                return by_key(a, b)
            end)
            setmetatable(t, nil)
            if n > 3 then for i = 1, n do assert(rawequal(t[i], want[i]), round) end end
        end";
    a_comparator_may_sort_too:
        "local t = list(40, 40)
        table.sort(t, function(a, b)
            local inner = {b.key, a.key, 7} table.sort(inner, function(x, y) coroutine.yield() return x < y end)
            return a.key < b.key and inner[1] <= inner[3]
        end)
        for i = 2, 40 do assert(t[i - 1].key <= t[i].key) end";
    a_sort_by_metamethods:
        "local m = {} m.__lt = function(a, b) time.sleep(1)
            return (type(a) == 'table' and a.v or a) < (type(b) == 'table' and b.v or b) end
        local t = {} for i = 1, 30 do t[i] = i % 3 == 0 and setmetatable({v = (i * 7) % 30}, m) or (i * 7) % 30 end
        table.sort(t)
        for i = 1, 30 do assert((type(t[i]) == 'table' and t[i].v or t[i]) == i - 1) end
        for _, n in ipairs{3, 20, 50} do
            local inner, log = {}, {} for i = 1, n do inner[i] = (i * 31) % 53 end
            local want = reference(inner, function(a, b) return a < b end)
            table.sort(proxy(inner, log)) checks.equal(inner, want) assert(#log >= n)
            table.sort(proxy(inner), function(a, b) return waits(a > b) end)
            checks.equal(inner, reference(want, function(a, b) return a > b end))
        end
        local fallback = setmetatable({[2] = 1}, {__index = {5, 4, 3}, __len = function() return 3 end})
        table.sort(fallback) checks.equal({fallback[1], fallback[2], fallback[3]}, {1, 3, 5})";
    what_cannot_be_sorted:
        "local function f() end
        checks.raises(\"bad argument #1 to 'table.sort' (table expected, got no value)\", table.sort)
        checks.raises('table expected, got number', table.sort, 1, f)
        checks.raises('function expected, got number', table.sort, {1, 2}, 3)
        checks.raises('function expected, got table', table.sort, setmetatable({1, 2}, {__index = f}), {})
        table.sort({1}, 3)
        checks.raises('attempt to compare', table.sort, {1, 'x'}) checks.raises('attempt to compare two table values', table.sort, {{}, {}})
        checks.raises('attempt to compare two nil values', table.sort, setmetatable({}, {__len = function() return 2 end}))
        checks.raises('object length is not an integer', table.sort, setmetatable({}, {__len = function() return 'x' end}))
        checks.raises('array too big', table.sort, setmetatable({}, {__len = function() return 1 << 40 end}), f)
        checks.raises('Immutable', table.sort, table.freeze{2, 1}, function(a, b) return a < b end)
        local ok, e = pcall(function() local t = {} t:sort() end) assert(not ok)
        local ok, e = pcall(function() table.sort({1, 2}, 3) end) checks.has(e, \"bad argument #2 to 'sort' (function expected, got number)\")";
    what_a_sort_holds_is_not_collected:
        "local t = list(400, 400) local want, asked = {}, 0
        for i, v in ipairs(t) do want[i] = v.key end table.sort(want)
        table.sort(t, function(a, b)
            asked = asked + 1
            if asked == 1 then for i = 1, 400 do t[i] = nil end end
            if asked % 40 == 0 then time.sleep(1) local waste = {} for i = 1, 2000 do waste[i] = {tostring(i)} end end
            return by_key(a, b)
        end)
        for i = 1, 400 do assert(t[i].key == want[i]) end";
    a_sort_needs_memory_that_counts:
        "local t = {} for i = 1, 3000000 do t[i] = i end
        t[1], t[2] = 2, 1
        local ok, e = pcall(table.sort, setmetatable(t, {__index = function() end, __len = function() return 900000000 end}))
        assert(not ok) checks.has(e, 'not enough memory') assert(t[1] == 2 and #setmetatable(t, nil) == 3000000)";
}

// Replacing.
tests! {
    gsub_with_functions_gives_what_it_gives_with_texts:
        "for _, p in ipairs{'%w', '%w+', '(%w)(%w)', '()', '%s*', 'x*', '^h', '^%w*', 'l', '(h)()', '%f[%w]%w+', '.-', '%b()'} do
            for _, s in ipairs{'', 'hello world', 'a(b(c)d)e', ('hello '):rep(100), '\\0x\\0'} do
                for _, n in ipairs{0, 1, 2, 3, -1, 1000} do
                    local want = {s:gsub(p, '<%0>', n)}
                    local whole = '(' .. p:gsub('^%^', '') .. ')'
                    if p:sub(1, 1) == '^' then whole = '^' .. whole end
                    checks.equal({s:gsub(whole, function(m) return '<' .. m .. '>' end, n)}, want, p)
                    checks.equal({s:gsub(whole, function(m) coroutine.yield() return '<' .. m .. '>' end, n)}, want, p)
                    checks.equal({s:gsub(whole, setmetatable({}, {__index = function(_, m) return '<' .. m .. '>' end}), n)}, want, p)
                end
            end
        end";
    gsub_keeps_what_a_function_does_not_replace:
        "local n = 0
        checks.equal({('abcdef'):gsub('%w', function(c) n = n + 1 if n % 2 == 0 then return c:upper() end end)}, {'aBcDeF', 6})
        local s = ('ab'):rep(500)
        local same, count = s:gsub('a', function() return false end) assert(same == s and count == 500)
        checks.equal({('abc'):gsub('b', function() return '' end)}, {'ac', 1})
        checks.equal({('abc'):gsub('.', function() return '' end)}, {'', 3})
        checks.equal({('a1b2'):gsub('%d', function(d) return d + 1 end)}, {'a2b3', 2})
        checks.equal({('a1b2'):gsub('%d', function(d) return d / 4 end)}, {'a0.25b0.5', 2})
        checks.equal({('k=v, x=y'):gsub('(%w+)=(%w+)', function(k, v, more) assert(more == nil) return v .. '=' .. k end)}, {'v=k, y=x', 2})
        checks.equal({('abc'):gsub('()', function(p) return math.type(p) == 'integer' and p end)}, {'1a2b3c4', 4})
        checks.equal({string.gsub(12345, 3, function() return 'x' end)}, {'12x45', 1})
        checks.equal({('ab'):gsub('', function() return '-' end)}, {'-a-b-', 3})
        checks.equal({('x'):rep(3000):gsub('x', function(c) return c:rep(50) end)}, {('x'):rep(150000), 3000})
        checks.equal({('a'):gsub('a', setmetatable({}, {__index = setmetatable({}, {__index = function(t, k) return k .. 'far' end})}))}, {'afar', 1})
        checks.equal({('ab'):gsub('.', setmetatable({a = 1, b = false}, {__index = error}))}, {'1b', 2})
        checks.equal({('a'):gsub('()', setmetatable({}, {__index = function(_, k) return k * 2 end}))}, {'2a4', 2})";
    what_gsub_refuses:
        "local function f() end
        checks.raises('invalid replacement value (a table)', string.gsub, 'a', 'a', function() return {} end)
        checks.raises('invalid replacement value (a boolean)', string.gsub, 'a', 'a', function() time.sleep(1) return true end)
        checks.raises('invalid replacement value (a function)', string.gsub, 'a', 'a', setmetatable({}, {__index = function() return f end}))
        checks.raises('string/function/table expected, got nil', string.gsub, 'a', 'a', nil)
        checks.raises('string expected, got table', string.gsub, {}, 'a', f) checks.raises('string expected, got no value', function() ('a'):gsub() end)
        checks.raises('number expected, got string', string.gsub, 'a', 'a', f, 'x')
        checks.raises('malformed pattern', string.gsub, 'a', '[a', f) checks.raises('unfinished capture', string.gsub, 'a', '(a', f)
        checks.raises('in it', string.gsub, 'abc', '.', function() time.sleep(1) error('in it') end)
        checks.raises('possible loop', string.gsub, 'a', 'a', (function() local t = setmetatable({}, {}) getmetatable(t).__index = t return t end)())";
    gsub_may_wait_in_the_midst:
        "local inbox = process.inbox()
        coroutine.spawn(function() for i = 1, 200 do process.send(process.pid(), 'n', i) time.sleep(1) end end)
        local s = ('<%s>'):rep(200)
        local want = s:gsub('%%s', (function() local n = 0 return function() n = n + 1 return tostring(n) end end)())
        checks.equal(s:gsub('%%s', function() local m = inbox:receive() return m:payload():data() end), want)
        local gen = coroutine.wrap(function() return ('abc'):gsub('.', function(c) return coroutine.yield(c) end) end)
        checks.equal({gen(), gen('x'), gen(false), gen('z')}, {'a', 'b', 'c', 'xbz', 3})
        checks.equal({pcall(string.gsub, 'ab', '.', function(c) return ('x'):gsub('x', function() return waits(c .. c) end) end)}, {true, 'aabb', 2})";
}

// Lists whose metamethods wait.
tests! {
    functions_of_lists_give_with_metamethods_what_they_give_without:
        "local function try(f, ...) local r = table.pack(pcall(f, ...)) if not r[1] then r = {'raised'} end return r end
        for round = 1, 400 do
            local a = {} for i = 1, math.random(0, 9) do a[i] = math.random(99) end
            local plain, inner, other, other_inner = table.move(a, 1, #a, 1, {}), table.move(a, 1, #a, 1, {}), {1, 2, 3}, {1, 2, 3}
            local p, q = proxy(inner), proxy(other_inner)
            local i, j, k = math.random(-2, 11), math.random(-2, 11), math.random(-2, 11)
            local calls = {
                {table.insert, 'v'}, {table.insert, i, 'v'}, {table.remove}, {table.remove, i}, {table.unpack}, {table.unpack, i, j},
                {table.concat, ','}, {table.concat, '', i, j}, {table.move, i, j, k}, {table.concat}, {table.unpack, i},
            }
            local c = calls[1 + round % #calls]
            local got, want = try(c[1], p, table.unpack(c, 2)), try(c[1], plain, table.unpack(c, 2))
            if got[2] == p and p ~= nil then got[2] = plain end
            checks.equal(got, want) checks.equal(inner, plain)
            if round % 3 == 0 then
                table.move(p, i, j, k, q) table.move(plain, i, j, k, other) checks.equal(other_inner, other)
                table.move(plain, i, j, k, q) table.move(plain, i, j, k, other) checks.equal(other_inner, other)
                table.move(p, i, j, k, other) table.move(plain, i, j, k, other_inner) checks.equal(other_inner, other)
            end
        end";
    errors_of_functions_over_lists_that_run_code:
        "local p = proxy{1, {}, 3}
        local function raises(part, name, ...) local args = table.pack(...)
            local ok, e = pcall(function() table[name](table.unpack(args, 1, args.n)) end) assert(not ok) checks.has(e, part) end
        raises(\"invalid value (table) at index 2 in table for 'concat'\", 'concat', p)
        raises(\"wrong number of arguments to 'insert'\", 'insert', p) raises(\"wrong number of arguments to 'insert'\", 'insert', p, 1, 2, 3)
         raises('position out of bounds', 'insert', p, 6, 1) raises('position out of bounds', 'insert', p, 0, 1)
        raises('position out of bounds', 'remove', p, 5) raises('number expected, got string', 'remove', p, 'x')
        raises('too many results to unpack', 'unpack', p, 1, 1 << 40) raises('number expected, got table', 'unpack', p, {})
        raises('too many elements to move', 'move', p, -1, math.maxinteger, 1) raises('destination wrap around', 'move', p, 1, 9, math.maxinteger)
        raises('object length is not an integer', 'insert', setmetatable({}, {__len = function() return {} end}), 1)
        raises('raised in it', 'unpack', setmetatable({}, {__index = function() time.sleep(1) error('raised in it') end}), 1, 3)
        local ok, e = pcall(function() table.insert(p, 6, 1) end) checks.has(e, \"bad argument #2 to 'insert' (position out of bounds)\")
        local read_only = setmetatable({}, {__newindex = function() time.sleep(1) error('read only', 0) end})
        raises('read only', 'insert', read_only, 1) raises('Immutable', 'insert', table.freeze(setmetatable({}, {__newindex = rawset})), 1)
        checks.equal({table.unpack(p, 3, math.maxinteger // 1 & 3)}, {3})
        checks.equal(table.concat(setmetatable({}, {__index = function(_, i) return waits('x') end}), ',', math.maxinteger - 1, math.maxinteger), 'x,x')
        checks.equal({table.unpack(setmetatable({}, {__index = function(_, i) return waits(i) end}), math.maxinteger - 1, math.maxinteger)}, {math.maxinteger - 1, math.maxinteger})";
    moving_within_equal_lists_asks_whether_they_are:
        "local data = {1, 2, 3, 4}
        local m = {__index = function(_, k) return data[k] end, __newindex = function(_, k, v) data[k] = v end, __eq = function() return waits(true) end}
        local a, b = setmetatable({}, m), setmetatable({}, m)
        assert(rawequal(table.move(a, 1, 4, 2, b), b)) checks.equal(data, {1, 1, 2, 3, 4})
        m.__eq = function() return waits(false) end
        table.move(a, 1, 4, 2, b) checks.equal(data, {1, 1, 1, 1, 1})";
    ipairs_over_what_waits:
        "local inbox, n = process.inbox(), 0
        coroutine.spawn(function() for i = 1, 20 do process.send(process.pid(), 'n', i * i) time.sleep(1) end process.send(process.pid(), 'n', false) end)
        local squares = setmetatable({}, {__index = function(_, i) return inbox:receive():payload():data() or nil end})
        for i, v in ipairs(squares) do assert(v == i * i) n = n + 1 end
        assert(n == 20)";
    a_task_may_be_spawned_in_a_callback:
        "local done, n = channel.new(100), 0
        local function spawns() coroutine.spawn(function() time.sleep(1) done:send(1) end) n = n + 1 end
        table.sort({3, 1, 2}, function(a, b) spawns() return a < b end)
        local _ = ('abc'):gsub('.', spawns) .. table.concat(setmetatable({}, {__index = function() spawns() return 'x' end}), '', 1, 3)
        for _ = 1, n do assert(done:receive() == 1) end assert(n > 6)";
}

/// File-level code runs for a template, which is copied with what is suspended in it.
#[test]
fn copies_go_on_with_what_file_level_code_has_begun() {
    let app = App::new(
        "for _ = 1, 30 do checks.equal(checks.exec('begun'), '1 2 3 4 5 6 7 8 9 10 11 12|3 1 2|2 1|<a><b><c>|a-b-c') end
        return true",
    );
    app.program(
        "begun",
        "local function steps(f) local co = coroutine.wrap(f) co() co() return co end
        local order = function(a, b) coroutine.yield() return a < b end
        local t = {} for i = 1, 12 do t[i] = i * 5 % 13 end
        local sorted = {}
        for i = 1, 12 do sorted[i] = t[i] end
        local many = steps(function() table.sort(sorted, order) return sorted end)
        local few = steps(function() local t = {2, 1, 3} table.sort(t, function(a, b) coroutine.yield() return a % 3 < b % 3 end) return t end)
        local done = {2, 1}
        local gsub = steps(function() return (('abc'):gsub('.', function(c) coroutine.yield() return '<' .. c .. '>' end)) end)
        local slow = setmetatable({}, {__index = function(_, i) coroutine.yield() return ('abc'):sub(i, i) end})
        local concat = steps(function() return table.concat(slow, '-', 1, 3) end)
        local function finish(co) local v repeat v = co() until v ~= nil return v end
        return {main = function()
            return table.concat({table.concat(finish(many), ' '), table.concat(finish(few), ' '), table.concat(done, ' '), finish(gsub), finish(concat)}, '|')
        end}",
    )
    .passes();
}

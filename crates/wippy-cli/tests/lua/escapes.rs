//! Ways out of sandboxes that have worked elsewhere, and that must not work here.

use crate::app::{App, lua_tests};

lua_tests! {
    no_code_from_texts_and_no_bytecode:
        "for _, name in ipairs{'load', 'loadstring', 'loadfile', 'dofile', 'debug', 'collectgarbage', 'getfenv',
            'setfenv', 'newproxy', 'warn'} do assert(_G[name] == nil, name) end
        checks.raises('not available', string.dump, function() end)
        checks.raises('not found', require, 'debug') checks.raises('not found', require, 'ffi')
        local loaded, why = package.loadlib('libc.so.6', 'system') assert(loaded == nil and why)
        assert(package.loaded == nil and package.searchers == nil and package.preload == nil)";
    nothing_of_the_operating_system:
        "for _, name in ipairs{'execute', 'exit', 'getenv', 'remove', 'rename', 'tmpname', 'setlocale'} do
            assert(os[name] == nil, name) end
        assert(io == nil or io.open == nil and io.popen == nil)";
    the_metatable_of_strings_is_shut:
        "assert(getmetatable('') == false)
        checks.raises('', setmetatable, 'x', {}) checks.raises('Immutable', setmetatable, string, {})
        checks.raises('Immutable', function() string.format = nil end)
        checks.raises('Immutable', rawset, string, 'format', print)
        assert(('x'):rep(2) == 'xx')";
    libraries_cannot_be_changed_by_any_door:
        "for _, library in ipairs{string, table, math, coroutine, os, errors, process, channel} do
            checks.raises('Immutable', rawset, library, 'x', 1)
            checks.raises('Immutable', table.insert, library, 1)
            checks.raises('Immutable', table.move, {1, 2}, 1, 2, 1, library)
            checks.raises('', setmetatable, library, {})
            for k in pairs(library) do checks.raises('Immutable', function() library[k] = nil end) end
        end";
    a_metatable_for_globals_leads_nowhere:
        "local got = {}
        setmetatable(_G, {__index = function(t, k) got[#got + 1] = k return nil end, __newindex = function(t, k, v) rawset(t, k, v) end,
            __call = print, __tostring = function() return 'mine' end, __metatable = {}})
        string = {rep = print}
        assert(('x'):rep(2) == 'xx' and getmetatable('') == false and load == nil and debug == nil)
        checks.equal(got, {'load', 'debug'})
        -- Others have globals of their own.
        assert(checks.exec('returns', 5) == 5 and checks.same({1}, {1}))
        checks.raises('Immutable', rawset, table, 'x', 1)
        -- Nor does what was inherited.
        for _, f in ipairs{getmetatable, rawget, next, pairs} do local ok, t = pcall(f, _G, 'string') assert(t ~= table) end";
    objects_of_one_class_are_no_objects_of_another:
        "local inbox, oops = process.inbox(), errors.new('x')
        checks.raises('', inbox.receive, oops) checks.raises('', oops.kind, inbox)
        checks.raises('', inbox.receive, setmetatable({}, {__index = inbox}))
        checks.raises('', inbox.send, 5) checks.raises('', inbox.receive)
        for _, x in ipairs{inbox, oops, time.now()} do
            assert(getmetatable(x) == false)
            checks.raises('', setmetatable, x, {}) checks.raises('', rawget, x, 1) checks.raises('', rawset, x, 1, 1)
        end";
    upvalues_of_the_library_are_out_of_reach:
        "assert(debug == nil) checks.raises('', function() return coroutine.wrap(require).x end)
        assert(pcall(coroutine.close, coroutine.create(print)))";
    texts_of_addresses_tell_nothing:
        "local a, b = {}, {}
        assert(tostring(a) ~= tostring(b) and tostring(a) == tostring(a))
        assert(tostring(a):match('^table: 0x%x+$') and string.format('%p', a) == tostring(a):match('0x%x+'))
        assert(string.format('%p', 1) == '(null)')
        -- Nor do those in messages of the runtime.
        for _, v in ipairs{a, print, function() end, coroutine.create(print), channel.new(), process.inbox()} do
            local _, e = time.sleep(v)
            checks.has(e, string.format('%p', v))
        end
        assert(tostring(print):match('^function: ') and tostring(coroutine.create(print)):match('^thread: '))";
    formats_cannot_read_what_is_not_there:
        "checks.raises('', string.format, '%s') checks.raises('', string.format, '%99999d', 1)
        checks.raises('', string.format, '%n', 1) checks.raises('', string.format, ('%s'):rep(300))
        checks.raises('', string.unpack, 's8', ('\\xff'):rep(8)) checks.raises('', string.unpack, 'i16', 'x')
        checks.raises('', string.pack, 'i17', 1) checks.raises('', string.unpack, '!17', '')
        checks.raises('', string.rep, 'x', math.maxinteger) checks.raises('', string.rep, 'x', 1 << 40, 'y')
        checks.raises('', table.concat, {1, 2}, 'x', 1, math.maxinteger)
        checks.raises('', table.unpack, {}, 1, 1e8) checks.raises('', table.unpack, {}, math.mininteger, math.maxinteger)
        checks.raises('', select, -5, 1) assert(('abc'):byte(-100, 100) and ('abc'):sub(math.mininteger, math.maxinteger) == 'abc')";
    deep_recursion_is_an_error_like_any_other:
        "local function f() return 1 + f() end checks.raises('overflow', f)
        checks.raises('overflow', string.gsub, ('x'):rep(300), '.', function() return f() end)
        local function g(n) return select('#', n, pcall(g, n)) end assert(g(1))";
    deep_chains_of_metatables_end:
        "local t = {} for i = 1, 300 do t = setmetatable({}, {__index = t}) end pcall(function() return t.x end)
        local t = setmetatable({}, {}) getmetatable(t).__index = t checks.raises('', function() return t.x end)";
    deep_patterns_end:
        "checks.raises('', string.find, ('('):rep(300), ('('):rep(300))
        checks.raises('too complex', string.match, ('x'):rep(1000), ('x?'):rep(500) .. '(y)')";
    deep_chains_of_coroutines_end:
        "local co for i = 1, 250 do local inner = co co = coroutine.wrap(function() if inner then inner() end end) end
        checks.raises('overflow', co)";
    a_wait_cannot_be_smuggled_into_the_runtime:
        "local co = coroutine.create(function() return process.inbox():receive() end)
        coroutine.spawn(function() local ok, why = coroutine.resume(co) end)
        local ok, why = coroutine.resume(co) assert(not ok) checks.has(why, 'waiting')
        checks.raises('', coroutine.close, co)
        local task = coroutine.spawn(function() process.inbox():receive() end)
        checks.equal({coroutine.resume(task)}, {false, 'cannot resume a spawned coroutine'})";
}

/// A value that left one process is a copy in the other: no metatable, function or coroutine comes along.
#[test]
fn no_value_is_shared_by_two_processes() {
    let app = App::new(
        "local t = setmetatable({1, {2}, name = 'x'}, {__index = function() return 'mine' end})
        local back = checks.exec('returns', t)
        assert(getmetatable(back) == nil and back.missing == nil and back ~= t and back[2] ~= t[2])
        for _, bad in ipairs{print, function() end, coroutine.create(print), {f = print}, {{coroutine.create(print)}}} do
            checks.refused(errors.INVALID, 'cannot leave', process.send(process.pid(), 'x', bad))
        end
        return true",
    );
    app.passes();
}

/// What one process does to its globals is seen by no other one of the same program.
#[test]
fn processes_of_one_program_share_nothing_that_changes() {
    let app = App::new(
        "for _ = 1, 3 do assert(checks.exec('counts') == 1) end
        local a, b = checks.exec('chance'), checks.exec('chance')
        assert(a.random ~= b.random and a.address ~= b.address)
        return true",
    );
    app.program(
        "counts",
        "n = 0 local t = {0} return function() n = n + 1 t[1] = t[1] + 1 print = nil return n * t[1] end",
    )
    .program(
        "chance",
        "local t = {} return function() return {random = math.random(1 << 60), address = tostring(t)} end",
    )
    .passes();
}

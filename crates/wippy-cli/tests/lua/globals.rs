//! The table of globals: it looks as if all names had always been in it, though they are put there on demand.

use crate::app::{App, lua, lua_tests};
use wippy_core::Tree;

lua_tests! {
    all_globals_are_listed:
        "local seen, n = {}, 0
        for k, v in pairs(_G) do assert(seen[k] == nil) seen[k] = v n = n + 1 end
        for name in ('assert error getmetatable ipairs next pairs pcall print rawequal rawget rawset require select setmetatable '
            .. 'tonumber tostring type unpack xpcall _G _VERSION string table math coroutine package os errors process channel '
            .. 'payload time json checks'):gmatch('%S+') do assert(seen[name] ~= nil and seen[name] == _G[name], name) end
        local again = 0 for k, v in next, _G do assert(seen[k] == v) again = again + 1 end
        assert(n == again and n > 40)";
    the_next_of_any_global_is_there:
        "local name = next(_G, 'print') or next(_G) assert(_G[name] ~= nil)
        local k, n = nil, 0 repeat k = next(_G, k) n = n + 1 until k == nil assert(n > 40)
        checks.raises('invalid key', next, _G, 'nobody')
        assert(pairs(_G) == next and pairs({}) == next)";
    raw_access_finds_globals:
        "assert(rawget(_G, 'unpack') == unpack and rawget(_G, 'string') == string and rawget(_G, 'json') == json)
        assert(rawget(_G, 'nobody') == nil and rawget(_G, 1) == nil and rawget(_G, '_G') == _G)
        local up = rawget(_G, 'unpack') or table.unpack assert(up == table.unpack)
        print = nil assert(rawget(_G, 'print') == nil and rawget(_G, 'type') == type)";
    a_copy_of_the_globals_is_an_environment:
        "local copy = {} for k, v in pairs(_G) do copy[k] = v end
        local _ENV = copy
        x = 1 assert(x == 1 and copy.x == 1 and string.rep('a', 2) == 'aa' and json.encode({1}) == '[1]')
        assert(_G.x == nil)";
    names_that_are_taken_away_stay_away:
        "print = nil assert(print == nil and _G.print == nil and rawget(_G, 'print') == nil)
        for k in pairs(_G) do assert(k ~= 'print') end
        type = function() return 'mine' end assert(type(1) == 'mine' and rawget(_G, 'type') == type)
        type = nil assert(type == nil and rawget(_G, 'type') == nil)
        rawset(_G, 'select', nil) assert(select == nil and rawget(_G, 'select') == nil)
        rawset(_G, 'tonumber', 5) assert(tonumber == 5) rawset(_G, 'tonumber', nil) assert(tonumber == nil)
        json = json json = nil assert(json == nil)
        rawset(_G, 'mine', 1) mine = nil assert(mine == nil and rawget(_G, 'mine') == nil)";
    all_can_be_taken_away_while_they_are_listed:
        "local pairs, next, assert = pairs, next, assert
        local env, n = _G, 0
        for k in pairs(env) do env[k] = nil n = n + 1 end
        assert(n > 40 and next(env) == nil and env.string == nil and string == nil)";
    a_name_that_is_set_to_itself_is_there_once:
        "json = require('json') string = string
        local n = 0 for k in pairs(_G) do if k == 'json' or k == 'string' then n = n + 1 end end assert(n == 2)";
    globals_have_no_metatable:
        "assert(getmetatable(_G) == nil) for _ in pairs(_G) do end assert(getmetatable(_G) == nil)
        assert(setmetatable(_G, nil) == _G and getmetatable(_G) == nil and string.rep('x', 2) == 'xx')";
    a_program_may_give_its_globals_a_metatable:
        "local mt = getmetatable(_G)
        if mt == nil then mt = {} setmetatable(_G, mt) end
        assert(getmetatable(_G) == mt)
        local declared = {}
        mt.__newindex = function(t, n, v) declared[n] = true rawset(t, n, v) end
        mt.__index = function(_, n) if not declared[n] then error(\"variable '\" .. n .. \"' is not declared\", 2) end end
        checks.raises(\":8: variable 'nobody' is not declared\", function()
            return nobody
        end)
        mine = 5 assert(mine == 5 and declared.mine) mine = nil assert(mine == nil)
        -- What was there has not been declared.
        assert(json.encode({string.rep('a', 2)}) == '[\"aa\"]' and not declared.print)
        print = nil checks.raises(\"variable 'print'\", function() return print end)
        mt.__metatable = 'mine' assert(getmetatable(_G) == 'mine')
        checks.raises('cannot change a protected metatable', setmetatable, _G, {})";
    globals_can_be_frozen:
        "table.freeze(_G)
        checks.raises('Immutable', function() x = 1 end) checks.raises('Immutable', function() print = nil end)
        checks.raises('Immutable', rawset, _G, 'x', 1) checks.raises('Immutable', setmetatable, _G, {})
        local n = 0 for _ in pairs(_G) do n = n + 1 end assert(n > 40 and x == nil and rawget(_G, 'print') == print)
        assert(getmetatable(_G) == nil)";
    types_are_no_globals:
        "type Point = {x: number}
        local function there() return Point:is{x = 1} ~= nil and Point.x ~= nil and string.rep('a', 1) == 'a' end
        assert(there() and rawget(_G, 'Point') == nil)
        for k in pairs(_G) do assert(k ~= 'Point' and k ~= 'number') end
        assert(there() and rawget(_G, 'Point') == nil and getmetatable(_G) == nil)
        print = nil assert(print == nil and there())
        setmetatable(_G, {__index = function(_, n) error('no ' .. n) end})
        assert(there()) checks.raises('no nobody', function() return nobody end)";
    other_tables_are_as_they_were:
        "local frozen = table.freeze{__index = {a = 1}}
        local t = setmetatable({}, frozen)
        assert(next(t) == nil and rawget(t, 'a') == nil and t.a == 1 and getmetatable(t) == frozen)
        rawset(t, 'a', nil) assert(t.a == 1) t.b = 2 assert(next(t) == 'b')
        assert(setmetatable(t, nil) == t and t.a == nil)
        local down = setmetatable({}, {__index = _G, __newindex = _G})
        assert(down.print == print) down.x = 1 assert(x == 1) down.print = nil assert(print == nil and rawget(_G, 'print') == nil)";
}

/// Each library has globals of its own, and their list.
#[test]
fn a_library_lists_its_own_globals() {
    let source = "return function()
        local theirs = lib.names()
        assert(theirs.own and theirs.time and theirs.print and not theirs.lib and not theirs.mine)
        mine = 1
        local ours = {} for k in pairs(_G) do ours[k] = true end
        return ours.lib and ours.mine and ours.require and not ours.time and not ours.own
    end";
    let app = App::new("").entry(lua("process.lua", "main", source, &[("lib", "app:lib")]));
    let names = "own = 1 return {names = function() local t = {} for k in pairs(_G) do t[k] = true end return t end}";
    app.library("lib", names, &[]).set("lib", "modules", vec![Tree::from("time")]).passes();
}

/// What file-level code does to the globals is done in each process, and never seen by another one.
#[test]
fn every_process_has_globals_of_its_own() {
    let app = App::new(
        "for _ = 1, 3 do checks.equal(checks.exec('changes'), {true, 'strict', 1}) end
        for _ = 1, 3 do assert(checks.exec('lists')) end
        return true",
    );
    let changes = "local before = rawget(_G, 'select') ~= nil and rawget(_G, 'runs') == nil
        select = nil
        setmetatable(_G, {__index = function() return 'strict' end})
        runs = (rawget(_G, 'runs') or 0) + 1
        return function() assert(select == 'strict') return {before, nobody, runs} end";
    let lists = "local all, n = {}, 0 for k, v in pairs(_G) do all[k] = v n = n + 1 end
        return function()
            for k, v in pairs(_G) do assert(all[k] == v) n = n - 1 end
            extra = 1
            return n == 0
        end";
    app.program("changes", changes).program("lists", lists).passes();
}

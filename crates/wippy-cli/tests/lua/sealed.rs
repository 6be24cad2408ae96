//! What programs find in a fresh process, what they do not find, and what they cannot change.

use crate::app::lua_tests;

lua_tests! {
    all_that_is_promised_is_there:
        "local promised = {
            string = 'byte char find format gfind gmatch gsub len lower match pack packsize rep reverse sub unpack upper',
            table = 'concat create freeze getn insert is_immutable isfrozen make_immutable maxn move pack remove sort unpack',
            math = 'abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp ldexp log log10 max min mod modf pow rad '
                .. 'random randomseed sin sinh sqrt tan tanh tointeger type ult',
            coroutine = 'create resume running spawn status wrap yield',
            os = 'clock date difftime time',
            errors = 'call_stack is new wrap',
            channel = 'new select', package = 'loadlib',
        }
        for library, names in pairs(promised) do
            for name in names:gmatch('%S+') do assert(type(_G[library][name]) == 'function', library .. '.' .. name) end
        end
        for name in ('assert error getmetatable ipairs next pairs pcall print rawequal rawget rawset require select setmetatable '
            .. 'tonumber tostring type unpack xpcall'):gmatch('%S+') do assert(type(_G[name]) == 'function', name) end
        assert(type(_VERSION) == 'string' and _G._G == _G and os.platform == 'wippy' and package.path == '' and package.cpath == '')
        for name, sort in pairs{pi = 'float', huge = 'float', maxinteger = 'integer', mininteger = 'integer'} do
            checks.equal(math.type(math[name]), sort)
        end";
    the_rest_is_absent:
        "for name in ('load loadstring loadfile dofile collectgarbage debug utf8 rawlen module getfenv setfenv newproxy warn '
            .. 'subscribe unsubscribe'):gmatch('%S+') do assert(_G[name] == nil, name) end
        for name in ('execute exit getenv remove rename tmpname setlocale'):gmatch('%S+') do assert(os[name] == nil, name) end
        checks.raises('not available', string.dump, print)
        local none, why = package.loadlib('libc.so', '*') assert(none == nil and type(why) == 'string')";
    libraries_cannot_be_changed:
        "for _, name in ipairs{'string', 'table', 'math', 'coroutine', 'package', 'os', 'errors', 'process', 'channel', 'payload',
                               'time', 'json'} do
            local t = _G[name]
            for _, key in ipairs{'new', 'format', 'anything', 1, 1.5, true} do
                checks.raises('attempt to modify Immutable table', function() t[key] = 1 end)
                checks.raises('attempt to modify Immutable table', function() t[key] = nil end)
                checks.raises('attempt to modify Immutable table', rawset, t, key, 1)
            end
            checks.raises('attempt to modify Immutable table', setmetatable, t, {})
            checks.raises('attempt to modify Immutable table', table.insert, t, 1)
            assert(table.isfrozen(t))
        end
        checks.raises('Immutable', function() process.event.EXIT = 1 end)
        checks.raises('Immutable', function() process.registry.lookup = nil end)
        checks.raises('Immutable', function() payload.format.JSON = 1 end)
        assert(string.format('%d', 5) == '5' and process.event.EXIT == 'pid.exit')";
    the_metatable_of_texts_is_out_of_reach:
        "assert(getmetatable('') == false)
        checks.raises('', setmetatable, 'x', {})
        checks.raises('', function() local s = '' s.format = 1 end)
        checks.raises('', function() string.__index = 1 end)";
    classes_of_objects_are_out_of_reach:
        "for _, object in ipairs{channel.new(), errors.new('x'), time.now(), time.after(1), channel.new():case_receive(),
            payload.new(1), time.utc, process.with_context{}, funcs.new(), events.subscribe('x'), logger, time.ticker('1h')} do
            assert(getmetatable(object) == false)
            checks.raises('', function() object.x = 1 end)
            checks.raises('', setmetatable, object, {})
        end";
    a_table_can_be_frozen:
        "local t = {1, 2, nil, 4, x = 'y', [2.5] = {}}
        assert(table.freeze(t) == t and table.isfrozen(t) and table.is_immutable(t))
        assert(t[1] == 1 and t[2] == 2 and t[4] == 4 and t.x == 'y' and t[3] == nil and type(t[2.5]) == 'table')
        for _, key in ipairs{1, 3, 4, 5, 'x', 'new', 2.5} do
            checks.raises('attempt to modify Immutable table', function() t[key] = 1 end)
            checks.raises('attempt to modify Immutable table', rawset, t, key, 1)
        end
        local sum, n = 0, 0
        for k, v in pairs(t) do n = n + 1 end for _, v in ipairs(t) do sum = sum + v end
        checks.equal({sum, n}, {3, 5})
        t[2.5].inside = 1 assert(t[2.5].inside == 1)";
    a_frozen_list_can_be_read:
        "local t = table.make_immutable{5, 3, 4}
        assert(#t == 3 and table.concat(t, ',') == '5,3,4' and select('#', table.unpack(t)) == 3)
        checks.equal(table.move(t, 1, 3, 1, {}), {5, 3, 4})
        for _, f in ipairs{table.sort, table.remove, function(t) table.insert(t, 1) end, function(t) table.move(t, 1, 2, 2) end} do
            checks.raises('Immutable', f, t)
        end
        checks.equal({t[1], t[2], t[3]}, {5, 3, 4})
        assert(table.freeze(t) == t and #table.freeze{} == 0)";
    frozen_tables_keep_their_metatable:
        "local log = {}
        local t = table.freeze(setmetatable({a = 1}, {__index = function(_, k) return k .. '!' end,
            __newindex = function(_, k) log[#log + 1] = k end, __call = function() return 'called' end}))
        assert(t.a == 1 and t.b == 'b!' and t() == 'called')
        checks.raises('Immutable', function() t.b = 1 end) checks.raises('Immutable', function() t.a = 2 end)
        assert(#log == 0)
        local child = setmetatable({}, {__index = t, __newindex = t})
        assert(child.a == 1) checks.raises('Immutable', function() child.x = 1 end)";
    freezing_wants_a_table:
        "for _, f in ipairs{table.freeze, table.isfrozen, table.make_immutable, table.is_immutable} do
            for i = 1, 4 do checks.raises('table expected', f, ({nil, 'x', 5, print})[i]) end
        end
        assert(not table.isfrozen({}) and not table.isfrozen(_G))";
    a_frozen_table_arrives_writable:
        "local t = table.freeze{1, {x = 1}} process.send(process.pid(), 't', t)
        local topic, got = checks.next() got[3] = 5 got[2].x = 2 assert(not table.isfrozen(got))
        checks.equal(got, {1, {x = 2}, 5})";
    globals_stay_writable: "x = 1 print, check = nil, assert _G.y = 2 check(x == 1 and y == 2 and print == nil)";
}

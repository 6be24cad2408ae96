//! Raising, and Error objects where a text is expected.

use crate::app::lua_tests;

lua_tests! {
    error_puts_the_place_in_front:
        "local ok, e = pcall(function() error('m') end) checks.equal(e, 'app:main:1: m')
        local ok, e = pcall(function()
            error('m') end) checks.equal(e, 'app:main:3: m')";
    level_zero_puts_nothing_in_front: "local ok, e = pcall(error, 'm', 0) checks.equal(e, 'm')";
    level_two_is_the_caller:
        "local function f() error('m', 2) end
        local ok, e = pcall(function()
            f()
        end)
        checks.equal(e, 'app:main:3: m')";
    the_place_names_the_library_that_raises:
        "checks.has(checks.raises('bad argument', checks.has), 'app:checks:')";
    other_values_are_raised_unchanged:
        "local t = {}
        for _, v in ipairs{t, 5, 2.5, true, print, coroutine.create(print), errors.new('e'), channel.new()} do
            local ok, e = pcall(error, v) assert(not ok and rawequal(e, v))
            local ok, e = pcall(error, v, 2) assert(not ok and rawequal(e, v))
        end";
    assert_raises_its_message_unchanged:
        "local e = errors.new('e')
        local ok, got = pcall(assert, false, e) assert(not ok and rawequal(got, e))
        local ok, got = pcall(assert, nil, 'text') assert(got == 'text')
        local ok, got = pcall(assert, false) assert(got == 'assertion failed!')
        local ok, got = pcall(assert, false, {1}) assert(got[1] == 1)
        assert(select('#', assert(1, 2, nil)) == 3)";
    an_error_object_is_userdata: "assert(type(errors.new('x')) == 'userdata')";
    error_objects_can_be_concatenated:
        "local a, b = errors.new('a'), errors.new{message = 'b', kind = 'K'}
        assert('x ' .. a == 'x a' and a .. ' x' == 'a x' and a .. b == 'ab' and a .. 1 == 'a1' and 2 .. a == '2a')
        assert('x' .. a .. 'y' .. b .. 1.5 == 'xayb1.5')
        checks.raises('concatenate', function() return a .. {} end)
        checks.raises('concatenate', function() return nil .. a end)";
    error_objects_pass_as_texts:
        "local e = errors.new('some text')
        assert(string.find(e, 'text') == 6 and string.match(e, '%a+') == 'some' and string.upper(e) == 'SOME TEXT')
        assert(string.len(e) == 9 and string.sub(e, 1, 4) == 'some' and string.gsub(e, 'o', '0') == 's0me text')
        assert(string.format('%s!', e) == 'some text!' and string.byte(e) == 115 and string.rep(e, 2) == 'some textsome text')
        assert(string.find('a some text b', e, 1, true) == 3 and tostring(e) == 'some text')
        local n = 0 for w in string.gmatch(e, '%a+') do n = n + 1 end assert(n == 2)
        assert(table.concat({tostring(e), 'x'}) == 'some textx')";
    error_objects_have_no_methods_of_texts:
        "local e = errors.new('x')
        assert(e.find == nil and e.upper == nil)
        checks.raises('find', function() return e:find('x') end)";
    messages_of_calls_that_raise_are_texts:
        "for _, f in ipairs{
            function() channel.select(5) end, function() process.listen({}) end, function() errors.new(5, {}, print) errors.new() end,
            function() string.rep() end, function() local x = nil; x.y = 1 end, function() logger:info() end,
        } do
            local ok, e = pcall(f) assert(not ok and type(e) == 'string', tostring(e))
        end
        checks.raises(\"rep' (string expected, got no value)\", string.rep)
        checks.raises(\"bad argument #1 to 'listen'\", process.listen, {})
        checks.raises(\"bad argument #1 to 'select'\", channel.select, 5)";
}

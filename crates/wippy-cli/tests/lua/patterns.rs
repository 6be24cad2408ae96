//! Patterns of the string library, as Lua 5.3 has them.

use crate::app::lua_tests;

lua_tests! {
    classes_and_their_complements:
        "local members = {a = 'aZ', c = '\\0\\31\\127', d = '09', g = '!~a', l = 'az', p = '!.;', s = ' \\t\\n\\r\\v\\f', u = 'AZ', w = 'aZ9', x = '0aF'}
        for class, chars in pairs(members) do
            for c in chars:gmatch('.') do
                assert(c:find('^%' .. class .. '$'), class) assert(not c:find('%' .. class:upper()), class)
                assert(c:find('^[%' .. class .. ']$') and not c:find('[^%' .. class .. ']'), class)
            end
        end
        for class, other in pairs{a = '1', c = 'x', d = 'a', g = ' ', l = 'A', p = 'a', s = 'x', u = 'a', w = '_', x = 'g'} do
            assert(not other:find('%' .. class) and other:find('^%' .. class:upper() .. '$'), class)
        end
        assert(('ä'):find('^%A%A$') and ('.'):find('^%.$') and not ('a'):find('%.'))";
    sets_and_ranges:
        "checks.equal({('x-1_y'):match('[%w_-]+'), ('a]b'):match('[]]'), ('a^b'):match('[b^]'), ('abc'):match('[^a-b]'), ('a-z'):match('[a%-z]+'), ('5'):match('[%d.]')},
            {'x-1_y', ']', '^', 'c', 'a-z', '5'})";
    repetitions:
        "checks.equal({('aaa'):match('a*'), ('aaa'):match('a-'), ('aaa'):match('^a-$'), ('aaab'):match('a+b'), ('b'):match('a?b'), ('ab'):match('a?b'), ('<a><b>'):match('<.->'), ('<a><b>'):match('<.*>')},
            {'aaa', '', 'aaa', 'aaab', 'b', 'ab', '<a>', '<a><b>'})";
    captures_positions_and_references:
        "checks.equal({('key=val'):match('(%w+)=(%w+)')}, {'key', 'val'}) checks.equal({('hello'):match('()ll()')}, {3, 5})
        checks.equal({('((a)(b))'):match('((%(%a%))(%(%a%)))')}, {'(a)(b)', '(a)', '(b)'})
        checks.equal(('say \"hi\" now'):match('([\"\\'])(.-)%1'), '\"') checks.equal(select(2, ('say \"hi\" now'):match('([\"\\'])(.-)%1')), 'hi')
        checks.equal(('aa bb ab'):match('(%a)%1'), 'a') assert(not ('ab'):find('(a)%1'))
        checks.equal({('x'):match('((()))')}, {'', '', 1})";
    balance_and_frontier:
        "checks.equal({('a(b(c)d)e'):match('%b()'), ('if then end'):match('%bie'), ('THE (quick) fox'):gsub('%f[%a]%a+', 'w')}, {'(b(c)d)', 'if the', 'w (w) w', 3})
        checks.equal({('one two'):find('%f[%w]%w+%f[%W]', 2)}, {5, 7}) assert(('abc'):find('%f[%z]') == 4)";
    find_from_a_place_and_plainly:
        "checks.equal({('a.b.c'):find('.', 1, true)}, {2, 2}) checks.equal({('a.b.c'):find('.', 3, true)}, {4, 4}) checks.equal({('abc'):find('b', -1)}, {})
        checks.equal({('abc'):find('')}, {1, 0}) checks.equal({('abc'):find('', 4)}, {4, 3}) checks.equal({('abc'):find('', 10)}, {}) checks.equal({('abc'):find('b', -2)}, {2, 2})
        checks.equal({('a%b'):find('%', 1, true)}, {2, 2}) checks.equal({('a\\0b'):find('\\0')}, {2, 2}) checks.equal({('abc'):match('^b', 2)}, {'b'}) assert(not ('abc'):find('^b'))
        checks.equal({('a$'):find('$', 1, true), ('a$'):find('a$')}, {2})";
    substitutions:
        "checks.equal({('hello world'):gsub('o', '0')}, {'hell0 w0rld', 2}) checks.equal({('abc'):gsub('', '-')}, {'-a-b-c-', 4}) checks.equal({('abc'):gsub('%w', '%0%0', 2)}, {'aabbc', 2})
        checks.equal({('hello'):gsub('(l)(l)', '%2%1!')}, {'hell!o', 1}) checks.equal({('x'):gsub('x', '%%')}, {'%', 1}) checks.equal({('abc'):gsub('b', '%1')}, {'abc', 1})
        checks.equal({('a b c'):gsub('%a', {a = 1, b = false, c = 'C'})}, {'1 b C', 3}) checks.equal({('a b'):gsub('%a', function(c) if c == 'a' then return 'X' end end)}, {'X b', 2})
        checks.equal({('abc'):gsub('^a', 'x')}, {'xbc', 1}) checks.equal({('aaa'):gsub('^a', 'x')}, {'xaa', 1}) checks.equal({('abc'):gsub('a', 'x', 0)}, {'abc', 0})
        checks.equal({('k=v'):gsub('(%w)=(%w)', function(k, v) return v .. '=' .. k end)}, {'v=k', 1}) checks.equal((('abc'):gsub('(b)()', '%2')), 'a3c')";
    iterations:
        "local function all(s, p) local t = {} for a, b in s:gmatch(p) do t[#t + 1] = b and a .. b or a end return t end
        checks.equal(all('a1b2', '(%a)(%d)'), {'a1', 'b2'}) checks.equal(all('one  two', '%a+'), {'one', 'two'}) checks.equal(all('ab', ''), {'', '', ''})
        checks.equal(all('a,b,,c', '([^,]*)'), {'a', 'b', '', 'c'}) checks.equal(all('', 'x'), {}) checks.equal(all('k=v, x=y', '(%w+)=(%w+)'), {'kv', 'xy'})
        local n = 0 for _ in string.gfind('aXbX', 'X') do n = n + 1 end assert(n == 2)";
    malformed_patterns_raise:
        "for pattern, part in pairs{['%'] = 'ends with', ['['] = \"missing ']'\", ['[a'] = \"missing ']'\", ['[]'] = \"missing ']'\", ['[a%'] = \"missing ']'\", ['[^'] = \"missing ']'\", ['('] = 'unfinished capture',
            ['.)'] = 'invalid pattern capture', ['(a))'] = 'invalid pattern capture', ['%b'] = \"missing arguments to '%b'\", ['%bx'] = \"missing arguments to '%b'\", ['%f'] = \"missing '['\", ['%fa'] = \"missing '['\",
            ['%1'] = 'invalid capture index', ['(%1)'] = 'invalid capture index', ['(a)%2'] = 'invalid capture index', [('()'):rep(33)] = 'too many captures'} do
            for _, f in ipairs{string.find, string.match} do checks.raises(part, f, 'aaa', pattern) end
            checks.raises(part, string.gsub, 'aaa', pattern, '%1') checks.raises(part, function() for _ in ('aaa'):gmatch(pattern) do end end)
        end
        for replacement, part in pairs{['%'] = 'invalid use', ['%x'] = 'invalid use', ['%2'] = 'invalid capture index'} do checks.raises(part, string.gsub, 'a', '(a)', replacement) end
        checks.raises('invalid replacement value (a table)', string.gsub, 'a', 'a', function() return {} end) checks.raises('string/function/table', string.gsub, 'a', 'a', true)
        for _, f in ipairs{string.find, string.match, string.gmatch, string.gsub} do checks.raises('bad argument #1', f) checks.raises('bad argument #1', f, {}, 'x') checks.raises('bad argument #2', f, 'x', {}) end
        checks.raises('number expected', string.find, 'x', 'x', 'y') checks.raises('integer representation', string.find, 'x', 'x', 1.5) checks.raises('number expected', string.gsub, 'x', 'x', 'y', 'z')";
    numbers_are_subjects_and_patterns_too:
        "checks.equal({string.find(1234, 23), string.match(1.5, '%d'), string.gsub(121, 1, 7)}, {2, '1', '727', 2})";
}

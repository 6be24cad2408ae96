//! Numbers and the mathematical library.

use crate::app::lua_tests;

lua_tests! {
    integers_and_floats_are_kept_apart:
        "assert(math.type(1) == 'integer' and math.type(1.0) == 'float' and math.type('1') == nil)
        assert(1 == 1.0 and tostring(1) == '1' and tostring(1.0) == '1.0')
        assert(math.type(3 + 4) == 'integer' and math.type(3 + 4.0) == 'float')
        assert(math.type(4 / 2) == 'float' and math.type(2 ^ 2) == 'float')";
    integral_floats_show_their_point: "assert(tostring(10 / 2) == '5.0' and 10 / 2 .. '' == '5.0')";
    integers_wrap_around:
        "assert(math.maxinteger + 1 == math.mininteger and math.mininteger - 1 == math.maxinteger)
        assert(math.maxinteger * 2 == -2 and -math.mininteger == math.mininteger)
        assert(math.maxinteger == 9223372036854775807 and 0xffffffffffffffff == -1)";
    floor_division_rounds_down:
        "assert(7 // 2 == 3 and -7 // 2 == -4 and 7 // -2 == -4)
        checks.equal(7.5 // 2, 3.0) checks.equal(-7.5 // 2, -4.0)
        assert(1.0 // 0 == math.huge and -1.0 // 0 == -math.huge)
        checks.raises('attempt to ', function() return 1 // 0 end)";
    modulo_takes_the_sign_of_the_divisor:
        "assert(7 % 3 == 1 and -7 % 3 == 2 and 7 % -3 == -2)
        checks.equal(5.5 % 2, 1.5) checks.equal(-5.5 % 2, 0.5)
        local nan = 1.0 % 0 assert(nan ~= nan)
        checks.raises(\"attempt to perform 'n%0'\", function() return 1 % 0 end)";
    powers_are_floats: "checks.equal(2 ^ 10, 1024.0) checks.equal(2 ^ 0.5, math.sqrt(2))";
    bitwise_operators_work_on_whole_numbers:
        "assert(0xF0 & 0x3C == 0x30 and 0xF0 | 0x0F == 0xFF and 5 ~ 1 == 4 and ~0 == -1)
        assert(1 << 62 == 4611686018427387904 and 1 << 64 == 0 and 2.0 & 3 == 2)
        assert(-1 >> 63 == 1 and -1 >> 1 == math.maxinteger)
        checks.raises('number has no integer representation', function() return 1.5 & 1 end)";
    bitwise_operators_take_texts_of_numbers:
        "checks.equal({'3' & 1, '0xff' | 0, ~'0', '1' << 3, '2.0' << 1, 7 ~ '1', '16' >> '2', ' 5 ' & 4}, {1, 255, -1, 8, 4, 6, 4, 4})
        checks.raises('app:main:2: number has no integer representation', function() return '1.5' & 1 end)
        checks.raises('number has no integer representation', function() return 1 << '1e300' end)
        for _, bad in ipairs{'x', '', '1x', '0x'} do
            checks.raises('attempt to perform bitwise operation on a string value', function() return bad & 1 end)
            checks.raises('attempt to perform bitwise operation on a string value', function() return 1 | bad end)
            checks.raises('attempt to perform bitwise operation on a string value', function() return ~bad end)
        end
        checks.raises('attempt to perform bitwise operation on a table value', function() return '1' & {} end)
        checks.raises('attempt to perform bitwise operation on a nil value', function() return nil & '1' end)
        local t = setmetatable({}, {__band = function() time.sleep(1) return 'band' end})
        checks.equal({'1' & t, t & '1', 'x' & t, t & t}, {'band', 'band', 'band', 'band'})";
    shifts_of_all_lengths:
        "checks.equal({1 << 63, 1 << 64, 1 >> -1, -1 >> 1, 1 << -64, 1 << math.mininteger, 1 >> math.mininteger, -1 >> 64},
            {math.mininteger, 0, 2, math.maxinteger, 0, 0, 0, 0})";
    divisions_at_the_edge:
        "checks.equal({math.mininteger // -1, math.mininteger % -1, 5 % math.huge, -5 % math.huge, 5.5 // 1, -0.0 // 1},
            {math.mininteger, 0, 5.0, math.huge, 5.0, -0.0})
        local nan = 0.0 // 0 assert(nan ~= nan)
        checks.raises('zero', function() return 1 // 0 end) checks.raises('zero', function() local z = 0 return 1 // z end)
        checks.raises('attempt to perform arithmetic', function() return {} // 1 end)
        checks.equal({'10' // '3', '7' % 4, '2' ^ 2, -'2', '0x10' + 0}, {3, 3, 4.0, -2, 16})";
    loops_over_numbers:
        "local function run(from, to, step) local seen = {} for i = from, to, step or 1 do seen[#seen + 1] = i if #seen > 5 then break end end return seen end
        checks.equal(run(1.0, 2), {1.0, 2.0}) checks.equal(run(1, 2.5), {1, 2}) checks.equal(run(3, 1), {}) checks.equal(run(3, 1, -1), {3, 2, 1})
        checks.equal(#run(1, math.huge), 6) checks.equal(run(1, -math.huge), {}) checks.equal(run(math.maxinteger - 1, math.maxinteger), {math.maxinteger - 1, math.maxinteger})
        checks.equal(run(math.mininteger, math.mininteger + 1), {math.mininteger, math.mininteger + 1}) checks.equal(run(1, 0 / 0), {})
        checks.equal(run(0, 1, 0.5), {0.0, 0.5, 1.0})";
    formats_at_the_edge:
        "local function f(want, ...) checks.equal(string.format(...), want) end
        f('ffffffffffffffff', '%x', -1) f('18446744073709551615', '%u', -1) f('10', '%d', '10') f('16', '%i', '0x10') f('1000000000000000', '%d', 1e15)
        f('0x8000000000000000', '%q', math.mininteger) f('0x1.8p+0', '%q', 1.5) f('1e9999 -1e9999 (0/0)', '%q %q %q', math.huge, -math.huge, 0 / 0)
        f('true nil 5', '%q %q %q', true, nil, 5) f('\"a\\\\0b\\\\13\\\\\\n\"', '%q', 'a\\0b\\r\\n')
        f('inf -inf', '%f %f', math.huge, -math.huge) f('a\\0b', '%s', 'a\\0b') f('    A|', '%5c|', 65) f('      abcd|', '%10.4s|', 'abcdefgh')
        f('1E-10 0X1P-1', '%G %A', 1e-10, 0.5) f('010 0xff', '%#o %#x', 8, 255) f('-7    |+0.00e+00', '%-6d|%+.2e', -7, 0) f('(null)', '%p', 1)
        f('1 2', '%s %s', 1, 2, 'left over')
        for _, bad in ipairs{'%', '%10', '%l', '%v', '%t', '%F', '%5%', '%.100f', '%100d', '%0s', '%+s', '%#d', '%5q'} do
            checks.raises('', string.format, bad, 1)
        end
        checks.raises('no literal', string.format, '%q', {})
        for _, v in ipairs{'d', 'i', 'u', 'c', 'x', 'X', 'o', 'a', 'A', 'e', 'E', 'f', 'g', 'G'} do
            checks.raises('bad argument #2', string.format, '%' .. v, 'text') checks.raises('bad argument #2', string.format, '%' .. v, {})
            checks.raises('bad argument #3', string.format, '%s%' .. v, 1)
        end";
    tonumber_keeps_the_subtype:
        "checks.equal(tonumber('10'), 10) checks.equal(tonumber('10.0'), 10.0) checks.equal(tonumber('1e5'), 100000.0)
        checks.equal(tonumber('0x10'), 16) checks.equal(tonumber('  7  '), 7) checks.equal(tonumber('z', 36), 35)
        checks.equal(tonumber('1010', 2), 10)
        assert(tonumber('x') == nil and tonumber('') == nil and tonumber('1x') == nil and tonumber(nil) == nil)";
    rounding_gives_integers:
        "checks.equal(math.floor(3.7), 3) checks.equal(math.ceil(3.2), 4) checks.equal(math.floor(-3.7), -4)
        checks.equal(math.floor(5), 5) checks.equal(math.tointeger(3.0), 3)
        assert(math.tointeger(3.5) == nil)";
    extremes_and_absolute_values_keep_the_subtype:
        "checks.equal(math.max(1, 2), 2) checks.equal(math.max(1, 2.5), 2.5) checks.equal(math.min(1, 2.5), 1)
        checks.equal(math.abs(-3), 3) checks.equal(math.abs(-3.0), 3.0)";
    huge_is_infinite: "assert(math.huge == 1 / 0 and -math.huge == -1 / 0 and math.huge + 1 == math.huge)";
    a_seed_fixes_the_random_numbers:
        "math.randomseed(42) local a, b = math.random(1000000), math.random()
        math.randomseed(42) assert(math.random(1000000) == a and math.random() == b)
        for _ = 1, 100 do local n = math.random(3, 5) assert(n >= 3 and n <= 5 and math.type(n) == 'integer') end";
    logarithms_take_a_base: "checks.equal(math.log(8, 2), 3.0) checks.equal(math.log(100, 10), 2.0)";
    unsigned_comparison: "assert(math.ult(1, -1) and not math.ult(-1, 1))";
    modf_and_fmod:
        "local whole, part = math.modf(3.5) assert(whole == 3 and part == 0.5)
        checks.equal(math.fmod(-7, 3), -1) checks.equal(math.fmod(7.5, 2), 1.5)";
    older_names_of_the_mathematical_library:
        "assert(math.pow(2, 3) == 8 and math.mod(7, 3) == 1)
        assert(math.atan2(1, 1) == math.atan(1) and math.atan2(1, -1) > 2)
        assert(math.cosh(0) == 1 and math.sinh(0) == 0 and math.tanh(0) == 0)
        assert(math.abs(math.tanh(1) - 0.76159415595576) < 1e-12 and math.abs(math.sinh(1) - 1.1752011936438) < 1e-12)
        assert(math.ldexp(0.5, 4) == 8 and math.log10(1000) == 3)
        local m, e = math.frexp(8) assert(m == 0.5 and e == 4)
        m, e = math.frexp(-3) assert(m == -0.75 and e == 2)";
    numbers_and_texts_convert:
        "checks.equal('10' + 5, 15) checks.equal('3' * '4', 12) checks.equal(10 .. '', '10')
        assert('10' ~= 10)";
    formats_of_numbers:
        "assert(string.format('%d', 3.0) == '3' and string.format('%5.2f', 3.14159) == ' 3.14')
        assert(string.format('%x', 255) == 'ff' and string.format('%g', 1e20) == '1e+20')
        assert(string.format('%i|%03d|%+d', 5, 7, 9) == '5|007|+9')
        checks.raises('number has no integer representation', string.format, '%d', 3.5)";
}

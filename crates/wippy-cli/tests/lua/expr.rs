//! `expr`.

use crate::app::{App, lua_tests};

lua_tests! {
    values_go_in_and_come_out:
        "local function is(want, text, env)
            local got, err = expr.eval(text, env)
            if err then error(text .. ': ' .. tostring(err), 2) end
            checks.equal(got, want, text)
        end
        is(7, '1 + 2 * 3') is(2.0, '4 / 2') is(8.0, '2 ** 3') is(1, '7 % 3') is('ab', '\"a\" + `b`')
        is(true, 'n == 2.0 and f == 1.5', {n = 2, f = 1.5})
        is(nil, 'nil') is(nil, 'missing') is(true, 'missing == nil') is('x', 'missing ?? \"x\"')
        is({1, 2, 3}, '1..3') is({a = {b = {1, 'x'}}}, '{a: {b: [1, \"x\"]}}') is({}, '[]') is({}, '{}')
        is(10, 'list[0]', {list = {10, 20}}) is(20, 'list[-1]', {list = {10, 20}})
        is({20}, 'filter(list, # > 10)', {list = {10, 20}}) is({'Ann'}, 'users | filter({.age > 18}) | map(.name)',
            {users = {{name = 'Ann', age = 31}, {name = 'Bob', age = 17}}})
        is('v', 'm[\"1.5\"]', {m = {[1.5] = 'v'}}) is(true, 'b', {b = true})
        is('went wrong', 'e', {e = errors.new('went wrong')})
        is(nil, 'list[1]', {list = {1, nil, 3}}) is(3, 'len(list)', {list = {1, nil, 3}})
        is('\\255', 's', {s = '\\255'})
        is(90 * 60 * 1000000000, 'duration(\"1h30m\")') is(1691971200, 'date(\"2023-08-14\")')
        is(3, 'let a = 1; a + 2') is('big', 'n > 1 ? \"big\" : \"small\"', {n = 2})
        is(5, '5', nil)";
    the_time_is_the_clocks:
        "local before = os.time()
        local got = assert(expr.eval('now().Unix()'))
        assert(got >= before and got <= os.time() + 1)";
    a_program_runs_again_and_again:
        "local p, err = expr.compile('x * 2 + (y ?? 0)') assert(err == nil)
        assert(type(p) == 'userdata' and tostring(p) == 'expr.Program{}' and type(p.run) == 'function')
        checks.equal((p:run({x = 2})), 4) checks.equal((p:run({x = 2, y = 1.5})), 5.5)
        local v, e = p:run({x = 3}) assert(v == 6 and e == nil)
        checks.refused(errors.INTERNAL, 'mismatched types nil and int', p:run())
        -- More programs than are kept.
        local all = {} for i = 1, 1500 do all[i] = assert(expr.compile('x + ' .. i)) end
        for i = 1, 1500, 7 do assert(all[i]:run({x = 1}) == i + 1) end
        assert(p:run({x = 2}) == 4)";
    names_are_checked_when_an_env_is_given:
        "local p = assert(expr.compile('n + list[0]', {n = 1, list = {1}}))
        checks.equal((p:run({n = 2, list = {5}})), 7)
        checks.refused(errors.INTERNAL, 'unknown name m (1:5)', expr.compile('n + m', {n = 1}))
        checks.refused(errors.INTERNAL, 'mismatched types string and int', expr.compile('n + 1', {n = 'a'}))
        assert(expr.compile('n + m') and expr.compile('n + 1'))";
    what_is_no_expression:
        "for _, f in ipairs{expr.eval, expr.compile} do
            checks.refused(errors.INVALID, 'expression is empty', f(''))
            checks.refused(errors.INTERNAL, 'unexpected end of expression (1:4)', f('1 +'))
            checks.refused(errors.INTERNAL, 'unknown name process', f('process()'))
            checks.refused(errors.INTERNAL, 'mismatched types int and string', f('1 + \"a\"'))
            checks.refused(errors.INTERNAL, 'error parsing regexp: ', f('x matches \"(\"'))
            checks.raises(\"bad argument #1 to '\", f) checks.raises('string expected, got table', f, {})
            checks.raises('string expected, got nil', f, nil)
        end
        assert(expr.eval(5) == 5)";
    what_is_no_env:
        "local p = expr.compile('1')
        local loop = {} loop.x = loop
        local deep = {} for i = 1, 200 do deep = {x = deep} end
        for _, f in ipairs{function(env) return expr.eval('1', env) end, function(env) return expr.compile('1', env) end,
                function(env) return p:run(env) end} do
            for _, env in ipairs{5, 'x', true, print} do
                checks.refused(errors.INVALID, 'env must be a table, got ' .. type(env), f(env))
            end
            checks.refused(errors.INVALID, 'got a list', f({1, 2}))
            checks.refused(errors.INVALID, 'a function cannot be converted', f({x = print}))
            checks.refused(errors.INVALID, 'holds itself', f(loop))
            checks.refused(errors.INVALID, 'nested too deep', f(deep))
            assert(f({}))
        end
        checks.raises('expr.Program expected', p.run) checks.raises('expr.Program expected', p.run, {})";
    what_a_run_cannot_do:
        "checks.refused(errors.INTERNAL, 'index out of range: 5 (array length is 1)', expr.eval('[1][5]'))
        checks.refused(errors.INTERNAL, 'divide by zero', expr.eval('n % 0', {n = 1}))
        checks.refused(errors.INTERNAL, 'cannot fetch b from nil', expr.eval('a.b'))
        checks.refused(errors.INTERNAL, 'invalid date', expr.eval('date(\"soon\")'))";
    work_and_memory_are_bounded:
        "for _, text in ipairs{'0..9223372036854775807', 'all(1..2000, all(1..2000, true))', 'repeat(\"x\", 1000000000)',
                'reduce(1..99, [#acc, #acc], 1)', 'reduce(1..99, #acc + #acc, \"x\")'} do
            checks.refused(errors.INTERNAL, 'budget exceeded', expr.eval(text))
        end
        checks.refused(errors.INTERNAL, 'too deep', expr.eval('reduce(1..1000, [#acc], 1)'))
        checks.refused(errors.INTERNAL, 'too deep', expr.eval(('('):rep(100000)))
        checks.refused(errors.INTERNAL, 'too long', expr.eval(('1+'):rep(1000000)))";
}

#[test]
fn works_at_file_level() {
    App::chunk(
        "local p = expr.compile('x + 1') local n = expr.eval('1 + 1')
        return {main = function() return n == 2 and p:run({x = 1}) == 2 end}",
    )
    .passes();
    // What depends on the time is not made once for all processes.
    App::chunk("local n = expr.eval('now().Unix()') return {main = function() return n > 1700000000 end}").passes();
}

//! `yaml`.

use crate::app::{App, lua_tests};

lua_tests! {
    decodes_every_sort_of_value:
        "local text = [[
# a comment
text: hello world
quoted: 'it''s'
escaped: \"a\\tb\\u00e9\"
number: 42
negative: -7
float: 1.5
whole_float: 2.0
big: 9223372036854775807
yes_no: [yes, no, on, off]
booleans: [true, false]
none: null
empty:
tilde: ~
date: 2024-01-02
time: 2024-01-02T03:04:05Z
hex: 0xFF
octal: 0600
octal2: 0o600
binary: 0b101
thousands: 1_000_000
inf: [.inf, -.inf]
list:
  - one
  - [2, 3]
  - {a: b}
folded: >
  one
  two
literal: |
  one
    two
bytes: !!binary /wA=
5: five
true: yes
]]
        local v, err = yaml.decode(text)
        checks.equal(err, nil)
        checks.equal(v, {text = 'hello world', quoted = \"it's\", escaped = 'a\\tb\\u{e9}', number = 42, negative = -7, float = 1.5,
            whole_float = 2.0, big = math.maxinteger, yes_no = {'yes', 'no', 'on', 'off'}, booleans = {true, false},
            date = '2024-01-02', time = '2024-01-02T03:04:05Z', hex = 255, octal = 384, octal2 = 384, binary = 5,
            thousands = 1000000, inf = {math.huge, -math.huge}, list = {'one', {2, 3}, {a = 'b'}},
            folded = 'one two\\n', literal = 'one\\n  two\\n', bytes = '\\255\\0', ['5'] = 'five', ['true'] = 'yes'})
        local nan = yaml.decode('.nan') assert(nan ~= nan)";
    decodes_scalars_lists_and_nothing:
        "for text, want in pairs{['5'] = 5, ['1.5'] = 1.5, ['true'] = true, hello = 'hello', ['[]'] = {}, ['{}'] = {}, ['[1, 2]'] = {1, 2},
            ['\\u{feff}a: 1'] = {a = 1}, ['- 1\\n- 2\\n'] = {1, 2}, ['{\"a\": [1, {\"b\": null}]}'] = {a = {1, {}}}} do
            local v, err = yaml.decode(text) checks.equal(v, want, text) checks.equal(err, nil)
        end
        for _, text in ipairs{'null', '~', '# nothing', '\\n', ' ', '---', '---\\n...\\n', '--- # x'} do
            checks.equal(select('#', yaml.decode(text)), 2)
            local v, err = yaml.decode(text) checks.equal(v, nil) checks.equal(err, nil)
        end
        local holes = yaml.decode('[1, null, 3, ~]') checks.equal(holes[1], 1) checks.equal(holes[2], nil) checks.equal(holes[3], 3)";
    decodes_the_first_document_only:
        "checks.equal((yaml.decode('a: 1\\n---\\nb: [\\n')), {a = 1})
        checks.equal((yaml.decode('---\\na: 1\\n...\\n---\\nb: 2')), {a = 1})";
    anchors_and_merges_apply:
        "local v = yaml.decode([[
base: &base {name: base, size: 1}
more: &more
  size: 2
  color: red
one:
  <<: *base
  size: 5
two:
  <<: [*base, *more]
list: [&x hi, *x, *x]
same: *base
]])
        checks.equal(v.one, {name = 'base', size = 5}) checks.equal(v.two, {name = 'base', size = 1, color = 'red'})
        checks.equal(v.list, {'hi', 'hi', 'hi'}) checks.equal(v.same, v.base)
        v.same.size = 9 checks.equal(v.base.size, 1)
        checks.equal((yaml.decode('\"<<\": 1')), {['<<'] = 1})";
    malformed_texts_are_internal_errors:
        "for text, part in pairs{
            ['a: 1\\na: 2'] = \"a key other than 'a', which line 1 has at line 2 column 1\", ['a: *x'] = 'anchor', ['&a [*a]'] = 'alias',
            ['[1, 2'] = 'line 1', ['a: b: c'] = 'line 1', ['a:\\n\\t- b'] = 'line 2', ['\"x'] = 'line 1', ['{a: 1}}'] = 'line 1',
            ['<<: 5'] = 'a map', ['!!int x'] = '!!int', ['? [a]\\n: b'] = 'a text as key',
            ['9223372036854775808'] = '2^63', ['a: 18446744073709551615'] = '2^63', ['a: \\255'] = 'UTF-8 from byte 4',
        } do
            local e = checks.refused(errors.INTERNAL, 'malformed YAML: ', yaml.decode(text)) checks.has(e, part)
        end";
    aliases_expand_within_bounds:
        "local lines = {'a0: &a0 [x,x,x,x,x,x,x,x,x]'}
        for i = 1, 30 do lines[#lines + 1] = ('a%d: &a%d [%s]'):format(i, i, ('*a%d,'):format(i - 1):rep(9)) end
        checks.refused(errors.INTERNAL, 'a smaller document', yaml.decode(table.concat(lines, '\\n')))
        checks.refused(errors.INTERNAL, 'malformed', yaml.decode(('['):rep(100000)))
        checks.refused(errors.INTERNAL, 'malformed', yaml.decode(('- '):rep(100000)))
        checks.refused(errors.INTERNAL, 'malformed', yaml.decode(('{a: '):rep(100000)))";
    mutated_texts_get_an_answer:
        "local text = [[a: &a {b: [1, x, \"y\\n\"], ? c : d}\nlist:\n  - <<: *a\n    t: |\n      one\n       two\n  - !!binary aGk=\n# end\n---\n5]]
        for _ = 1, 3000 do
            local i = math.random(#text)
            local mutated = text:sub(1, i - 1) .. string.char(math.random(0, 255)) .. text:sub(i + math.random(0, 3))
            local v, err = yaml.decode(mutated)
            if err then checks.equal(err:kind(), errors.INTERNAL, mutated)
            elseif type(v) == 'table' then checks.equal(select(2, yaml.encode(v)), nil, mutated) end
        end";
    decode_takes_strings_only:
        "for i, wrong in ipairs{5, 1.5, true, {}, print, errors.new('x')} do
            checks.refused(errors.INVALID, 'a string is required', yaml.decode(wrong))
        end
        checks.refused(errors.INVALID, 'a string is required', yaml.decode())
        checks.refused(errors.INVALID, 'non-empty', yaml.decode(''))";
    encodes_blocks_with_sorted_keys:
        "local text, err = yaml.encode{b = {1, 2.5, 'x'}, a = {d = true, c = {}}, e = {{name = 'n1', id = 1}, {{1}, {2}}}}
        checks.equal(err, nil)
        checks.equal(text, [[
a:
  c: {}
  d: true
b:
  - 1
  - 2.5
  - x
e:
  - id: 1
    name: n1
  - - - 1
    - - 2
]])
        checks.equal((yaml.encode{}), '{}\\n') checks.equal((yaml.encode{1, 'a'}), '- 1\\n- a\\n')
        checks.equal((yaml.encode{text = 'one\\n  two\\n', more = 'a\\nb'}), 'more: |-\\n  a\\n  b\\ntext: |\\n  one\\n    two\\n')";
    encodes_strings_that_mean_something_else_in_quotes:
        "for _, s in ipairs{'', '5', '0600', '1.5', 'true', 'No', 'null', '~', '2024-01-02', '.inf', 'a: b', 'a #b', '- a', '[x', '*x', ' a', 'a\\r'} do
            local text = yaml.encode{k = s}
            checks.equal(text:sub(1, 4), 'k: \"') checks.equal((yaml.decode(text)), {k = s})
            checks.equal((yaml.decode((yaml.encode{[s] = 1}))), {[s] = 1})
        end
        checks.equal((yaml.encode{url = 'http://x/y', v = '1.2.3', s = 'hello world'}), 's: hello world\\nurl: http://x/y\\nv: 1.2.3\\n')";
    field_order_comes_first_at_every_level:
        "local v = {z = 1, a = {c = 1, name = 'x', b = 2}, name = 'y', id = 7}
        local want = 'id: 7\\nname: \"y\"\\na:\\n  name: x\\n  b: 2\\n  c: 1\\nz: 1\\n'
        checks.equal((yaml.encode(v, {field_order = {'id', 'name'}, sort_unordered = true})), want)
        checks.equal((yaml.encode(v, {field_order = {'id', 'name'}, sort_unordered = false})), want)
        checks.equal((yaml.encode(v, {field_order = {'missing'}})), (yaml.encode(v))) checks.equal((yaml.encode(v, {})), (yaml.encode(v)))";
    encodes_by_the_generic_conversion:
        "checks.equal((yaml.encode{[1] = 'a', [3] = 'c', x = 'lost'}), '- a\\n- null\\n- c\\n')
        checks.equal((yaml.encode{[-1] = 'a', [1.5] = 'b', [true] = 'c', ['1.5'] = 'text wins'}), '\"-1\": a\\n\"1.5\": text wins\\n\"true\": c\\n')
        checks.equal((yaml.encode{e = errors.new{message = 'no luck', kind = errors.INVALID}}), 'e: no luck\\n')
        checks.equal((yaml.encode{math.huge, -math.huge, 1e100, 2.0, math.mininteger}), '- .inf\\n- -.inf\\n- 1e100\\n- 2.0\\n- -9223372036854775808\\n')
        local shared = {1} checks.equal((yaml.encode{a = shared, b = shared}), 'a:\\n  - 1\\nb:\\n  - 1\\n')
        checks.equal((yaml.encode(setmetatable({a = 1}, {__index = {b = 2}, __pairs = error}))), 'a: 1\\n')";
    encode_refuses_what_is_no_data:
        "for _, wrong in ipairs{5, 'x', true, print, errors.new('x')} do
            checks.refused(errors.INVALID, 'a table is required', yaml.encode(wrong))
        end
        checks.refused(errors.INVALID, 'a table is required', yaml.encode())
        checks.refused(errors.INVALID, 'function', yaml.encode{a = print})
        checks.refused(errors.INVALID, 'function', yaml.encode{{{print}}})
        checks.refused(errors.INVALID, 'userdata', yaml.encode{a = time.now()})
        checks.refused(errors.INVALID, 'thread', yaml.encode{coroutine.create(print)})
        checks.refused(errors.INVALID, 'key', yaml.encode{[{}] = 1})
        checks.refused(errors.INVALID, 'UTF-8', yaml.encode{['\\255'] = 1})
        checks.refused(errors.INVALID, 'sparse', yaml.encode{[1 << 40] = 1})
        local loop = {} loop.x = {loop} checks.refused(errors.INVALID, 'holds itself', yaml.encode(loop))
        local deep = {} for _ = 1, 200 do deep = {deep} end checks.refused(errors.INVALID, 'too deep', yaml.encode(deep))
        local wide = {} for _ = 1, 60 do wide = {wide, wide} end checks.refused(errors.INVALID, 'too large', yaml.encode(wide))";
    encode_refuses_wrong_options:
        "for _, wrong in ipairs{5, 'x', true, print} do checks.refused(errors.INVALID, 'options must be a table', yaml.encode({}, wrong)) end
        for _, wrong in ipairs{5, 'x', true, print} do checks.refused(errors.INVALID, 'field_order', yaml.encode({}, {field_order = wrong})) end
        for _, wrong in ipairs{5, true, {}, print} do checks.refused(errors.INVALID, 'field_order', yaml.encode({}, {field_order = {'a', wrong}})) end
        for _, wrong in ipairs{5, 'x', {}, print} do checks.refused(errors.INVALID, 'sort_unordered', yaml.encode({}, {sort_unordered = wrong})) end
        checks.equal((yaml.encode({}, nil)), '{}\\n')";
    there_and_back:
        "local deep = {} for _ = 1, 127 do deep = {deep} end
        for _, v in ipairs{
            {1, 2, 3}, {a = 1, b = {c = {d = {'x', {y = 'z'}}}}}, {'', ' ', '\\n', 'a\\nb\\n\\n', 'tab\\there', '\\r\\n', '\\0', 'é', '\\u{1f600}', '\\255\\254'},
            {1, 1.0, -0.5, 1e300, math.maxinteger, math.mininteger, math.huge}, {true, false}, {{}, {{}}}, {['a b'] = 1, ['a: b'] = 2, [''] = 3},
            {[('k'):rep(5000)] = {v = 1}}, {('long '):rep(1000)}, deep,
        } do checks.equal((yaml.decode((yaml.encode(v)))), v) end";
}

#[test]
fn works_at_file_level() {
    let source = "local config = yaml.decode('a: [1, 2]') local text = yaml.encode(config)
        return {main = function() return config.a[2] == 2 and text == 'a:\\n  - 1\\n  - 2\\n' end}";
    App::chunk(source).passes();
}

#[test]
fn what_a_process_may_not_hold_is_refused() {
    let body = "checks.refused(errors.INTERNAL, 'smaller document', yaml.decode('[' .. ('a,'):rep(1 << 16) .. ']'))
        checks.equal(#yaml.decode('[' .. ('a,'):rep(1 << 10) .. ']'), 1 << 10)
        local wide = {('x'):rep(1000)} for _ = 1, 12 do wide = {wide, wide} end
        checks.refused(errors.INVALID, 'too large', yaml.encode(wide))
        return true";
    App::new(body).set("main", "limits", wippy_core::Tree::map([("memory", "2MB")])).passes();
}

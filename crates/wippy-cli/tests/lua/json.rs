//! `json.encode` and `json.decode`.

use crate::app::lua_tests;

lua_tests! {
    scalars:
        "for text, v in pairs{['true'] = true, ['false'] = false, ['1'] = 1, ['-7'] = -7, ['1.5'] = 1.5, ['\"x\"'] = 'x',
            ['9223372036854775807'] = math.maxinteger, ['-9223372036854775808'] = math.mininteger, ['\"\"'] = ''} do
            local got, err = json.encode(v) checks.equal(got, text) assert(err == nil)
            local back, err = json.decode(text) checks.equal(back, v) assert(err == nil)
        end
        checks.equal(json.encode(nil), 'null') checks.equal(json.encode(), 'null')";
    integral_floats_have_no_fraction:
        "checks.equal((json.encode(2.0)), '2') checks.equal((json.encode{10 / 2, -1.0, 1e15, 0.0}), '[5,-1,1000000000000000,0]')
        checks.equal((json.encode(0.1)), '0.1') checks.equal(json.decode(json.encode(1e300)), 1e300)
        checks.equal(json.decode(json.encode(1 / 3)), 1 / 3)";
    what_json_cannot_say_is_null:
        "for _, v in ipairs{0 / 0, math.huge, -math.huge, print, channel.new(), coroutine.create(print)} do
            checks.equal((json.encode(v)), 'null')
            checks.equal((json.encode{v}), '[null]') checks.equal((json.encode{x = v}), '{\"x\":null}')
        end";
    tables_are_arrays_or_objects:
        "checks.equal((json.encode{}), '[]') checks.equal((json.encode{1, 'a', {true}}), '[1,\"a\",[true]]')
        checks.equal((json.encode{a = {b = {}}}), '{\"a\":{\"b\":[]}}')
        checks.equal(json.decode(json.encode{x = 1, y = {1, 2}, z = {w = false}}), {x = 1, y = {1, 2}, z = {w = false}})";
    an_emptied_object_stays_an_object:
        "local t = {a = 1} t.a = nil checks.equal((json.encode(t)), '{}')
        checks.equal((json.encode((json.decode('{}')))), '{}')";
    what_is_empty_looks_the_same_to_whoever_gets_it:
        "local function emptied(t) for k in pairs(t) do t[k] = nil end return t end
        local echo = checks.spawn('echo')
        for i, t in ipairs{{}, emptied{1, 2}, emptied{a = 1}, emptied{1, a = 1}, emptied{[{}] = 1}, json.decode('{}'), json.decode('[]')} do
            -- The second of each is what the C half leaves to the Rust half: it occurs twice, or is deep.
            local shared, deep = {t, t}, t
            for _ = 1, 20 do deep = {deep} end
            for _, sent in ipairs{t, {t}, {x = t}, shared, deep} do
                local text = json.encode(sent)
                local got = assert(checks.exec('returns', sent))
                checks.equal(json.encode(got), text, i)
                checks.equal(json.encode(checks.exec('returns', got)), text, i)
                process.send(echo, 't', sent)
                checks.equal(json.encode(select(2, checks.next())), text, i)
            end
        end
        checks.equal(json.encode(checks.exec('returns', {emptied{a = 1}, {}})), '[{},[]]')";
    an_emptied_list_stays_a_list: "local t = {1} t[1] = nil checks.equal((json.encode(t)), '[]')";
    an_error_is_its_message:
        "checks.equal((json.encode{e = errors.new('m')}), '{\"e\":\"m\"}') checks.equal((json.encode(errors.new('m'))), '\"m\"')
        checks.equal((json.encode(errors.wrap(errors.new('m'), 'ctx'))), '\"ctx: m\"')";
    tables_that_are_neither_are_refused:
        "for i, t in ipairs{{1, 2, x = 3}, {1, nil, 3}, {[2] = 1}, {[1.5] = 1}, {[true] = 1}, {[0] = 1}, {[-1] = 1}, {{1, a = 1}}} do
            checks.refused(errors.INTERNAL, '', json.encode(t))
        end";
    a_table_inside_itself_is_refused:
        "local t = {} t.t = t checks.refused(errors.INTERNAL, '', json.encode(t))
        local a, b = {}, {} a.b, b.a = {b}, a checks.refused(errors.INTERNAL, '', json.encode(a))";
    the_same_table_side_by_side_is_fine: "local t = {1} checks.equal((json.encode{t, t, {t}}), '[[1],[1],[[1]]]')";
    depth_has_a_limit:
        "local function nest(n) local t = {} for _ = 2, n do t = {t} end return t end
        assert(json.encode(nest(128)))
        checks.refused(errors.INTERNAL, '', json.encode(nest(129)))
        assert(json.decode(string.rep('[', 128) .. string.rep(']', 128)))
        checks.refused(errors.INTERNAL, '', json.decode(string.rep('[', 129) .. string.rep(']', 129)))
        checks.refused(errors.INTERNAL, '', json.decode(string.rep('[', 100000)))";
    texts_are_escaped:
        "checks.equal((json.encode('<a href=\"x\">&\\\\')), '\"\\\\u003ca href=\\\\\"x\\\\\"\\\\u003e\\\\u0026\\\\\\\\\"')
        checks.equal((json.encode('\\226\\128\\168\\226\\128\\169')), '\"\\\\u2028\\\\u2029\"')
        checks.equal((json.encode('\\n\\r\\t\\1')), '\"\\\\n\\\\r\\\\t\\\\u0001\"')
        checks.equal((json.encode('äö😀/')), '\"äö😀/\"')";
    bytes_that_are_no_text_are_replaced: "checks.equal((json.encode('a\\255b')), '\"a\\239\\191\\189b\"')";
    keys_are_escaped_too: "checks.equal((json.encode{['<\"\\n'] = 1}), '{\"\\\\u003c\\\\\"\\\\n\":1}')";
    decoding_keeps_whole_numbers:
        "checks.equal(json.decode('[1, 2.0, 2.5, 1e2, -0]'), {1, 2.0, 2.5, 100.0, 0})
        assert(math.type(json.decode('5')) == 'integer' and math.type(json.decode('5.5')) == 'float')
        checks.equal(json.decode('18446744073709551616'), 18446744073709551616.0)";
    null_is_nil:
        "local v, err = json.decode('null') assert(v == nil and err == nil)
        local t = json.decode('[1, null, 3]') assert(t[1] == 1 and t[2] == nil and t[3] == 3)
        checks.equal(json.decode('{\"a\": null, \"b\": 1}'), {b = 1})";
    texts_are_unescaped:
        "checks.equal(json.decode('\"\\\\u00e4\\\\n\\\\\"\\\\/\\\\ud83d\\\\ude00\"'), 'ä\\n\"/😀')
        checks.equal(json.decode(' \\n{ \"a b\" : [ ] } '), {['a b'] = {}})";
    no_text_is_invalid:
        "for _, v in ipairs{'', 5, true, {}, print} do checks.refused(errors.INVALID, '', json.decode(v)) end
        checks.refused(errors.INVALID, '', json.decode(nil)) checks.refused(errors.INVALID, '', json.decode())";
    malformed_texts_are_internal:
        "for _, text in ipairs{'{', '[1,]', '{\"a\"}', 'nul', '\"x', \"{'a': 1}\", '01', '+1', '1 2', '[] x', '{}{}', ' ', 'NaN', '\\255'} do
            checks.refused(errors.INTERNAL, '', json.decode(text))
        end";
    the_last_of_two_equal_keys_counts: "checks.equal(json.decode('{\"a\": 1, \"a\": 2}'), {a = 2})";
    large_documents:
        "local t = {} for i = 1, 5000 do t[i] = {id = i, name = 'n' .. i, tags = {'a', 'b'}} end
        checks.equal(json.decode(json.encode(t)), t)";
}

#[test]
fn what_a_process_may_not_hold_is_refused() {
    let body = "local wide = {1} for _ = 1, 60 do wide = {wide, wide} end
        checks.refused(errors.INTERNAL, 'longer than', json.encode(wide))
        local ok, err = json.validate({type = 'array'}, wide)
        checks.equal(ok, false) checks.has(err:message(), 'too large')
        local text = ('x'):rep(1000) local few = {} for i = 1, 1000 do few[i] = text end
        checks.equal(#json.encode(few), 1003001)
        return true";
    crate::app::App::new(body).set("main", "limits", wippy_core::Tree::map([("memory", "4MB")])).passes();
}

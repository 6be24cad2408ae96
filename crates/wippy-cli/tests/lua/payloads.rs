//! `payload`: values in formats, from one to the other, and on their way between processes.

use crate::app::{App, lua_tests};

lua_tests! {
    formats_are_texts:
        "checks.equal(payload.format, {
            JSON = 'json/plain', YAML = 'yaml/plain', STRING = 'text/plain', BYTES = 'application/octet-stream',
            MSGPACK = 'application/msgpack', LUA = 'lua/any', GOLANG = 'golang/any', ERROR = 'golang/error',
        })";
    any_value_can_be_wrapped:
        "local t, f = {}, function() end
        for i, v in ipairs{true, false, 0, 1.5, '', 'text', t, f, coroutine.create(f), channel.new()} do
            local p = payload.new(v)
            assert(type(p) == 'userdata' and p:get_format() == payload.format.LUA, i)
            assert(rawequal(p:data(), v) and rawequal(p:unmarshal(), v), i)
            assert(select('#', p:data()) == 1 and select('#', p:unmarshal()) == 1, i)
            assert(tostring(p) == 'payload{format=lua/any}', i)
        end
        for _, p in ipairs{payload.new(nil), payload.new()} do
            assert(p:data() == nil and select('#', p:data()) == 1 and p:get_format() == payload.format.LUA)
        end
        assert(payload.new(1) ~= payload.new(1) and select('#', payload.new(1, 2)) == 1)";
    only_an_error_has_a_format_of_its_own:
        "local e = errors.new{message = 'm', kind = errors.TIMEOUT}
        local p = payload.new(e)
        assert(p:get_format() == payload.format.ERROR and rawequal(p:data(), e) and rawequal(p:unmarshal(), e))
        assert(tostring(p) == 'payload{format=golang/error}')
        assert(payload.new{e}:get_format() == payload.format.LUA)";
    a_payload_of_a_payload_is_that_payload: "local p = payload.new(5) assert(payload.new(p) == p)";
    the_same_format_is_the_same_object:
        "local p = payload.new{1}
        local same, err = p:transcode(payload.format.LUA) assert(same == p and err == nil)
        local j = assert(p:transcode(payload.format.JSON))
        assert(j ~= p and j:transcode(payload.format.JSON) == j)
        local e = payload.new(errors.new('e')) assert(e:transcode(payload.format.ERROR) == e)";
    scalars_survive_every_pair_of_formats:
        "local f = payload.format
        for _, v in ipairs{true, false, 0, 7, -7, math.maxinteger, math.mininteger, 2.5, 'text', 'gr\\u{fc}\\u{df}e <&> \"\\'\\\\ \\n', ''} do
            for _, from in ipairs{f.LUA, f.JSON, f.YAML, f.MSGPACK, f.GOLANG} do
                local p = assert(payload.new(v):transcode(from))
                assert(p:get_format() == from)
                checks.equal(p:data(), v, from) checks.equal(p:unmarshal(), v, from)
                for _, to in ipairs{f.LUA, f.JSON, f.YAML, f.MSGPACK, f.GOLANG} do
                    local q, err = p:transcode(to)
                    assert(err == nil and q:get_format() == to)
                    checks.equal(q:data(), v, from .. ' to ' .. to)
                end
                for _, to in ipairs{f.STRING, f.BYTES} do
                    local q = assert(p:transcode(to))
                    assert(q:get_format() == to)
                    checks.equal(q:data(), tostring(v), from .. ' to ' .. to)
                    for _, back in pairs(f) do
                        checks.equal(tostring(assert(q:transcode(back)):data()), tostring(v), from .. ' to ' .. to .. ' to ' .. back)
                    end
                end
            end
        end";
    nil_is_nil_and_as_text_empty:
        "local f = payload.format
        for _, from in ipairs{f.LUA, f.JSON, f.YAML, f.MSGPACK, f.GOLANG} do
            local p = assert(payload.new(nil):transcode(from))
            assert(p:data() == nil and select('#', p:data()) == 1)
            checks.equal(assert(p:transcode(f.STRING)):data(), '') checks.equal(assert(p:transcode(f.BYTES)):data(), '')
            for _, to in ipairs{f.LUA, f.JSON, f.YAML, f.MSGPACK, f.GOLANG} do assert(assert(p:transcode(to)):data() == nil) end
        end";
    tables_survive_every_pair_of_formats:
        "local f = payload.format
        local t = {name = 'n', list = {1, 2.5, 'x', {true, false}}, map = {a = {b = {c = 1}}}, ['odd key\\n'] = ''}
        for _, from in ipairs{f.LUA, f.JSON, f.YAML, f.MSGPACK, f.GOLANG} do
            local p = assert(payload.new(t):transcode(from))
            checks.equal(p:data(), t, from)
            for _, to in ipairs{f.LUA, f.JSON, f.YAML, f.MSGPACK, f.GOLANG} do
                checks.equal(assert(p:transcode(to)):data(), t, from .. ' to ' .. to)
            end
        end";
    numbers_without_fraction_stay_floats_where_the_format_can:
        "local f = payload.format
        for _, to in ipairs{f.MSGPACK, f.GOLANG, f.YAML} do
            for _, v in ipairs{2.0, -0.5, 1e300, 0 / 0, math.huge, -math.huge} do checks.equal(assert(payload.new(v):transcode(to)):data(), v, to) end
        end
        checks.equal(assert(payload.new(2.0):transcode(f.STRING)):data(), '2.0')";
    bytes_survive_where_the_format_can:
        "local f, raw = payload.format, 'a\\0\\255\\254'
        for _, to in ipairs{f.STRING, f.BYTES, f.MSGPACK, f.GOLANG, f.YAML} do
            checks.equal(assert(payload.new(raw):transcode(to)):data(), raw, to)
            checks.equal(assert(payload.new(raw):transcode(to)):transcode(f.LUA):data(), raw, to)
        end";
    a_converted_table_is_a_copy:
        "local t = {list = {1}}
        for _, to in ipairs{payload.format.JSON, payload.format.YAML, payload.format.MSGPACK, payload.format.GOLANG} do
            local p = assert(payload.new(t):transcode(to))
            t.list[1] = 2
            local got = p:data()
            checks.equal(got, {list = {1}}) got.list[1] = 3
            checks.equal(p:data(), {list = {1}})
            t.list[1] = 1
        end";
    the_generic_conversion_makes_lists_and_maps:
        "for _, to in ipairs{payload.format.GOLANG, payload.format.YAML} do
            local p = assert(payload.new({[1] = 'a', [3] = 'c', lost = true}):transcode(to))
            local got = p:data() assert(got[1] == 'a' and got[2] == nil and got[3] == 'c' and got.lost == nil)
            checks.equal(assert(payload.new({[true] = 1, [2.5] = 2}):transcode(to)):data(), {['true'] = 1, ['2.5'] = 2}, to)
        end";
    message_pack_keeps_what_json_cannot:
        "local t = {[1] = 'a', [3] = 'c', x = {[-1] = 0, [true] = 1}}
        checks.equal(assert(payload.new(t):transcode(payload.format.MSGPACK)):data(), t)";
    what_is_impossible_is_internal:
        "local f, circle = payload.format, {}
        circle.self = circle
        for _, to in ipairs{f.STRING, f.BYTES} do
            for _, v in ipairs{{}, {1}, {a = 1}, print, coroutine.create(print), channel.new()} do
                checks.refused(errors.INTERNAL, 'cannot convert lua/any to ' .. to, payload.new(v):transcode(to))
            end
            for _, from in ipairs{f.JSON, f.YAML, f.MSGPACK, f.GOLANG} do
                checks.refused(errors.INTERNAL, 'has no text', payload.new({a = 1}):transcode(from):transcode(to))
            end
        end
        for _, to in ipairs{f.JSON, f.YAML, f.MSGPACK, f.GOLANG} do
            for _, v in ipairs{print, coroutine.create(print), channel.new(), circle} do
                checks.refused(errors.INTERNAL, 'cannot convert lua/any to ' .. to, payload.new(v):transcode(to))
            end
        end
        checks.refused(errors.INTERNAL, 'cannot convert', payload.new({1, a = 2}):transcode(f.JSON))
        checks.refused(errors.INTERNAL, 'cannot convert', payload.new({[1] = 1, [3] = 2}):transcode(f.JSON))
        for _, to in ipairs{f.YAML, f.MSGPACK, f.GOLANG} do
            checks.refused(errors.INTERNAL, 'function', payload.new({f = print}):transcode(to))
        end
        for _, v in ipairs{true, {}, {kind = 'K'}, {message = 5}, print} do
            checks.refused(errors.INTERNAL, 'cannot convert lua/any to golang/error', payload.new(v):transcode(f.ERROR))
        end
        checks.refused(errors.INTERNAL, 'cannot convert', payload.new(nil):transcode(f.ERROR))
        for _, unknown in ipairs{'', 'json', 'JSON', 'lua/any ', 5} do
            checks.refused(errors.INTERNAL, 'unknown format', payload.new(1):transcode(unknown))
        end";
    tables_nested_too_deep_are_refused:
        "local t = {} for i = 1, 10000 do t = {t} end
        for _, name in ipairs{'JSON', 'YAML', 'MSGPACK', 'GOLANG'} do
            checks.refused(errors.INTERNAL, 'deep', payload.new(t):transcode(payload.format[name]))
        end";
    what_could_be_converted_can_be_read:
        "for _, form in ipairs{function(t) return {t} end, function(t) return {key = t} end} do
            local t = 'x'
            for depth = 1, 210 do
                t = form(t)
                for _, name in ipairs{'JSON', 'YAML', 'MSGPACK', 'GOLANG'} do
                    local p, err = payload.new(t):transcode(payload.format[name])
                    if p then checks.equal(p:data(), t, name .. depth) else assert(depth >= 64, name .. depth .. tostring(err)) end
                end
            end
        end";
    errors_become_texts_and_texts_errors:
        "local f = payload.format
        local e = payload.new(errors.new{message = 'm', kind = errors.CONFLICT, retryable = true, details = {a = {1}}})
        for _, to in ipairs{f.JSON, f.YAML, f.STRING, f.BYTES, f.GOLANG} do checks.equal(assert(e:transcode(to)):data(), 'm', to) end
        local raw = assert(e:transcode(f.LUA)) assert(raw:get_format() == f.LUA and rawequal(raw:data(), e:data()))
        assert(raw:transcode(f.ERROR):data() == e:data())
        checks.equal(assert(e:transcode(f.MSGPACK)):data(), {kind = 'Conflict', message = 'm', retryable = true, details = {a = {1}}})
        for _, p in ipairs{e:transcode(f.MSGPACK), payload.new{message = 'm', kind = 'Conflict', retryable = true, details = {a = {1}}}} do
            local back = assert(p:transcode(f.ERROR)):data()
            assert(back:kind() == 'Conflict' and back:message() == 'm' and back:retryable() == true)
            checks.equal(back:details(), {a = {1}})
        end
        local plain = assert(payload.new('text'):transcode(f.ERROR))
        assert(plain:get_format() == f.ERROR and plain:data():message() == 'text' and plain:data():kind() == '')
        assert(assert(payload.new(5):transcode(f.ERROR)):data():message() == '5')
        checks.equal(assert(payload.new{e = e:data()}:transcode(f.JSON)):data(), {e = 'm'})";
    wrong_arguments_raise:
        "local p = payload.new(1)
        checks.raises(\"bad argument #1 to 'transcode' (string expected, got no value)\", p.transcode, p)
        checks.raises(\"bad argument #1 to 'transcode'\", p.transcode, p, {})
        for _, name in ipairs{'data', 'unmarshal', 'get_format', 'transcode'} do
            assert(type(p[name]) == 'function')
            checks.raises('bad self', p[name], 5) checks.raises('bad self', p[name]) checks.raises('bad self', p[name], channel.new())
        end
        assert(p.nothing == nil and getmetatable(p) == false)
        checks.raises('', function() p.data = 5 end)
        checks.raises('Immutable', function() payload.new = 5 end)";
    sending_a_payload_sends_its_value:
        "local echo, f = checks.spawn('echo'), payload.format
        local t = {a = {1, 2.5}, s = 'x'}
        for _, name in ipairs{'LUA', 'JSON', 'YAML', 'MSGPACK', 'GOLANG'} do
            assert(process.send(echo, 't', assert(payload.new(t):transcode(f[name]))))
            local _, data, m = checks.next()
            checks.equal(data, t, name)
            assert(m:payload():get_format() == f.LUA, name)
            checks.equal(checks.exec('returns', {inside = payload.new(t):transcode(f[name])}), {inside = t}, name)
        end
        for _, name in ipairs{'STRING', 'BYTES'} do
            assert(process.send(echo, 't', assert(payload.new(5):transcode(f[name]))))
            local _, data, m = checks.next() assert(data == '5' and m:payload():get_format() == f.LUA)
        end
        assert(process.send(echo, 't', payload.new(errors.new('gone'))))
        local _, data, m = checks.next() assert(data:message() == 'gone' and m:payload():get_format() == f.ERROR)
        assert(process.send(echo, 't', payload.new(nil)))
        local _, data, m = checks.next() assert(m:payload() and data == nil)";
    several_payloads_are_several_values:
        "process.send(process.pid(), 't', payload.new(1), payload.new('two'):transcode(payload.format.JSON), payload.new{3})
        local list = process.inbox():receive():payload()
        assert(#list == 3 and list[1]:data() == 1 and list[2]:data() == 'two') checks.equal(list[3]:data(), {3})";
    a_received_payload_can_be_sent_on_and_converted:
        "process.send(process.pid(), 't', {a = 1})
        local p = process.inbox():receive():payload()
        checks.equal(assert(p:transcode(payload.format.JSON)):data(), {a = 1})
        process.send(process.pid(), 't', p)
        checks.equal(process.inbox():receive():payload():data(), {a = 1})";
    what_cannot_be_sent_cannot_be_sent_in_a_payload_either:
        "checks.refused(errors.INVALID, 'function', process.send(process.pid(), 't', payload.new(print)))
        checks.refused(errors.INVALID, 'function', process.send(process.pid(), 't', {payload.new{print}}))
        local t = {} for i = 1, 1000 do t = {payload.new(t)} end
        checks.refused(errors.INVALID, 'deep', process.send(process.pid(), 't', t))";
    payloads_are_spawn_arguments_and_results:
        "checks.equal(checks.exec('returns', payload.new{1}:transcode(payload.format.JSON)), {1})
        checks.equal(checks.ended(checks.monitored('returns', payload.new('v'):transcode(payload.format.MSGPACK))).value, 'v')";
}

#[test]
fn calls_take_payloads_and_give_values() {
    App::new(
        "local f = payload.format
        for _, name in ipairs{'LUA', 'JSON', 'YAML', 'MSGPACK', 'GOLANG'} do
            local v, err = funcs.call('app:same', payload.new{a = {1}}:transcode(f[name]), name)
            assert(err == nil) checks.equal(v, {got = {a = {1}}}, name)
            local p = assert(funcs.async('app:same', payload.new('x'), name)):response():receive()
            assert(p:get_format() == f.LUA) checks.equal(p:data(), {got = 'x'}, name)
        end
        local v, err = funcs.call('app:same', payload.new(errors.new{message = 'm', kind = errors.TIMEOUT}), 'ERROR')
        checks.equal(v.got, 'm') return true",
    )
    .function(
        "same",
        "local v, name = ... if name == 'ERROR' then return {got = v:message()} end
        return payload.new({got = v}):transcode(payload.format[name])",
    )
    .passes();
}

#[test]
fn payloads_can_be_made_at_file_level() {
    App::chunk(
        "local p = payload.new{1}
        local j = assert(p:transcode(payload.format.JSON))
        local e = payload.new(errors.new('e'))
        return {main = function()
            assert(j:get_format() == payload.format.JSON and #j:data() == 1 and #p:data() == 1)
            assert(e:get_format() == payload.format.ERROR and e:data():message() == 'e')
            return true
        end}",
    )
    .passes();
}

//! The module `errors` and Error objects.

use crate::app::{App, lua_tests};

lua_tests! {
    kinds_are_texts:
        "for name, value in pairs{
            NOT_FOUND = 'NotFound', ALREADY_EXISTS = 'AlreadyExists', INVALID = 'Invalid', PERMISSION_DENIED = 'PermissionDenied',
            UNAVAILABLE = 'Unavailable', INTERNAL = 'Internal', CANCELED = 'Canceled', CONFLICT = 'Conflict',
            TIMEOUT = 'Timeout', RATE_LIMITED = 'RateLimited', UNKNOWN = '',
        } do checks.equal(errors[name], value, name) end";
    a_text_makes_an_error:
        "local e = errors.new('text')
        assert(e:kind() == '' and e:message() == 'text' and e:retryable() == nil and e:details() == nil)
        assert(tostring(e) == 'text' and select('#', errors.new('x')) == 1)";
    a_table_makes_an_error:
        "local e = errors.new{message = 'm', kind = errors.TIMEOUT, retryable = true, details = {a = 1, b = {c = 'x'}}}
        assert(e:kind() == 'Timeout' and e:message() == 'm' and e:retryable() == true)
        checks.equal(e:details(), {a = 1, b = {c = 'x'}})
        assert(errors.new{message = 'm', retryable = false}:retryable() == false)
        assert(errors.new{message = 'm', kind = 'Own kind'}:kind() == 'Own kind' and errors.new{message = ''}:message() == '')";
    wrong_parts_raise:
        "for _, wrong in ipairs{
            {}, {kind = 'K'}, {message = 5}, {message = {}}, {message = 'm', kind = 5}, {message = 'm', retryable = 'yes'},
            {message = 'm', retryable = 1}, {message = 'm', details = 'd'},
        } do checks.raises(\"bad argument #1 to 'new'\", errors.new, wrong) end
        checks.raises(\"bad argument #1 to 'new'\", errors.new) checks.raises(\"bad argument #1 to 'new'\", errors.new, true)";
    kind_and_message_make_an_error:
        "local e = errors.new(errors.NOT_FOUND, 'gone') assert(e:kind() == 'NotFound' and e:message() == 'gone')
        e = errors.new('just a text', 'more') assert(e:kind() == '' and e:message() == 'just a text')";
    details_are_copies:
        "local d = {a = {1}}
        local e = errors.new{message = 'm', details = d}
        local one = e:details() one.a[1] = 2 one.b = 1
        checks.equal(e:details(), {a = {1}})
        assert(errors.new{message = 'm', details = {}}:details() == nil)";
    later_changes_of_the_table_do_not_reach_the_error:
        "local t = {message = 'm', details = {a = {1}}}
        local e = errors.new(t)
        t.message = 'changed' t.details.a[1] = 2 t.details.b = 1
        checks.equal(e:details(), {a = {1}}) assert(e:message() == 'm')";
    the_unset_kind_may_stand_before_a_message:
        "local e = errors.new(errors.UNKNOWN, 'm') assert(e:kind() == '' and e:message() == 'm')
        assert(errors.new(''):message() == '' and errors.new('', 5):message() == '')";
    wrap_keeps_the_parts:
        "local e = errors.new{message = 'm', kind = errors.CONFLICT, retryable = false, details = {a = 1}}
        local w = errors.wrap(e, 'ctx')
        assert(w ~= e and w:kind() == 'Conflict' and w:message() == 'm' and w:retryable() == false)
        checks.equal(w:details(), {a = 1})
        assert(e:message() == 'm' and tostring(e) == 'm')";
    wrap_puts_its_context_in_front: "assert(tostring(errors.wrap(errors.new('m'), 'ctx')) == 'ctx: m')";
    wraps_nest:
        "local w = errors.wrap(errors.wrap(errors.wrap(errors.new('m'), 'one'), 'two'), 'three')
        checks.equal(w:message(), 'two: one: m') checks.equal(tostring(w), 'three: two: one: m')";
    texts_and_errors_can_be_wrapped_in_either:
        "assert(errors.wrap('text', 'ctx'):message() == 'text' and errors.wrap('text', 'ctx'):kind() == '')
        assert(tostring(errors.wrap('text', errors.new('ctx'))) == 'ctx: text')
        checks.raises('bad argument', errors.wrap) checks.raises('bad argument', errors.wrap, errors.new('x'))
        checks.raises('bad argument', errors.wrap, {}, 'ctx') checks.raises('bad argument', errors.wrap, nil, 'ctx')";
    is_looks_at_the_own_kind:
        "local e = errors.new{message = 'm', kind = errors.TIMEOUT}
        assert(errors.is(e, errors.TIMEOUT) == true and errors.is(e, errors.INVALID) == false)
        assert(errors.is(errors.wrap(e, 'c'), errors.TIMEOUT) and errors.is(errors.new('x'), errors.UNKNOWN))
        for _, v in ipairs{'Timeout', 5, {}, true, channel.new()} do assert(errors.is(v, errors.TIMEOUT) == false) end
        assert(errors.is(nil, errors.TIMEOUT) == false and errors.is(nil, '') == false and errors.is('x', '') == false)";
    the_call_stack_is_innermost_first:
        "local function inner() return errors.new('x') end
        local function outer()
            local e = inner()
            return e
        end
        local stack = errors.call_stack(outer())
        assert(type(stack.thread) == 'string' and #stack.frames >= 3)
        for i, frame in ipairs(stack.frames) do
            assert(type(frame.source) == 'string' and math.type(frame.line) == 'integer', i)
        end
        local lines = {} for i = 1, 2 do lines[i] = stack.frames[i].source .. ':' .. stack.frames[i].line end
        checks.equal(lines, {'app:main:1', 'app:main:3'})";
    only_errors_have_a_call_stack:
        "for _, v in ipairs{'text', 5, {}, channel.new()} do assert(errors.call_stack(v) == nil) end
        assert(errors.call_stack(nil) == nil)";
    errors_that_came_from_elsewhere_have_a_text_as_stack:
        "local _, e = checks.exec('fails', 'far away')
        assert(type(e:stack()) == 'string' and e:stack() ~= '')";
    stack_is_a_text_with_contexts_and_frames:
        "local s = errors.wrap(errors.new('m'), 'ctx'):stack()
        checks.has(s, 'ctx') checks.has(s, 'm') checks.has(s, 'app:main:1')
        assert(errors.new(''):stack() ~= '')";
    the_stack_of_a_wrapped_error_tells_where_both_were_made:
        "local function make() return errors.new('m') end
        local e = make()
        local w = errors.wrap(e, 'ctx')
        w = errors.wrap(w, 'more')
        local s = w:stack()
        checks.has(s, 'more: ctx: m') checks.has(s, 'app:main:4') checks.has(s, 'app:main:1')
        checks.equal(errors.call_stack(w).frames[1].line, 4)";
    frames_tell_name_kind_and_level:
        "local function inner() return errors.new('x') end
        local function outer() local e = inner() return e end
        local frames = errors.call_stack(outer()).frames
        checks.equal({frames[1].name, frames[1].type, frames[1].level}, {'inner', 'Lua', 0})
        checks.equal({frames[2].name, frames[2].type, frames[2].level}, {'outer', 'Lua', 1})
        local function deep(n) if n == 0 then return errors.new('deep') end local e = deep(n - 1) return e end
        frames = errors.call_stack(deep(100)).frames
        assert(#frames > 10 and #frames < 100 and frames[#frames].level == 101, frames[#frames].level)";
    errors_made_by_modules_have_frames_too:
        "local _, e = process.send('nobody', 't')
        local frame = errors.call_stack(e).frames[1]
        assert(frame.source == 'app:main' and frame.line == 1 and frame.level == 1)";
    details_lose_only_what_cannot_be_kept:
        "local e = errors.new{message = 'm', details = {a = 1, f = print, co = coroutine.create(print), ch = channel.new(), deep = {f = print, b = 2}}}
        checks.equal(e:details(), {a = 1, deep = {b = 2}})
        checks.equal(select(2, checks.exec('returns', e)), nil)
        local back = checks.exec('returns', {e})[1] checks.equal(back:details(), {a = 1, deep = {b = 2}})
        assert(errors.new{message = 'm', details = {f = print}}:details() == nil)
        local t = {} for i = 1, 1000 do t = {t} end
        checks.raises(\"bad argument #1 to 'new' (field 'details'\", errors.new, {message = 'm', details = t})";
    an_error_in_details_is_an_error:
        "local e = errors.new{message = 'm', details = {cause = errors.new{message = 'c', kind = errors.TIMEOUT}}}
        assert(e:details().cause:kind() == errors.TIMEOUT)
        local back = checks.exec('returns', {e})[1] assert(back:details().cause:message() == 'c')";
    other_values_become_texts:
        "assert(errors.new(5):message() == '5' and errors.new(errors.new('e')):message() == 'e')
        checks.equal(tostring(errors.wrap(errors.new('m'), 7)), '7: m')";
    any_text_is_a_kind_and_crosses:
        "for _, kind in ipairs{'Teapot', 'NOT_FOUND', 'gr\u{fc}n', ' '} do
            local e = errors.new{message = 'm', kind = kind}
            assert(e:kind() == kind and errors.is(e, kind) and not errors.is(e, kind .. '.'))
            assert(checks.exec('returns', {e})[1]:kind() == kind)
        end";
    equality_is_identity:
        "local a, b = errors.new('x'), errors.new('x')
        assert(a ~= b and a == a and ({[a] = 1})[b] == nil)";
    methods_are_fields:
        "local e = errors.new('x')
        for _, name in ipairs{'kind', 'message', 'retryable', 'details', 'stack'} do assert(type(e[name]) == 'function', name) end
        assert(e.kind(e) == '' and e.nothing == nil)
        checks.raises('', function() e.kind = 5 end)
        checks.raises('', e.kind, 'no error')";
    module_errors_cannot_be_retried:
        "local dead = '{app:processes|0xfffff}'
        for i, e in ipairs{
            select(2, process.send('nobody', 't')), select(2, process.send(dead, 't')), select(2, process.spawn('x:y', 'app:processes')),
            select(2, process.monitor(dead)), select(2, process.registry.lookup('nobody')), select(2, process.listen('')),
            select(2, process.set_options(5)), select(2, time.sleep('x')), select(2, json.decode('{')), select(2, process.unlisten(channel.new())),
            select(2, process.terminate(dead)), select(2, process.exec('x:y', 'z:z')),
            select(2, process.link(dead)), select(2, process.cancel(dead)), select(2, process.send(process.pid(), '@x')),
            select(2, process.send(process.pid(), 't', print)), select(2, process.spawn('', '')), select(2, process.registry.register('')),
            select(2, funcs.call('')), select(2, funcs.call('x:y')), select(2, events.subscribe('')), select(2, events.send('', '', '')),
            select(2, ctx.get('')), select(2, ctx.get('x')), select(2, registry.get('x:y')), select(2, base64.decode('!')),
            select(2, json.encode{1, a = 2}), select(2, json.validate(nil, 1)), select(2, time.parse('x', 'y')), select(2, time.ticker(0)),
            select(2, yaml.decode('')), select(2, yaml.decode('{')), select(2, uuid.parse('x')), select(2, hash.sha256(5)), select(2, env.get('')),
            select(2, payload.new{}:transcode('text/plain')), select(2, payload.new(1):transcode('x')), select(2, process.upgrade('x', print)),
        } do assert(e:retryable() == false, i .. ' ' .. tostring(e)) end";
    a_caught_text_is_a_text:
        "local ok, e = pcall(error, 'x') assert(type(e) == 'string' and e == 'x')
        ok, e = pcall(function() local n = nil + 1 end) assert(type(e) == 'string')";
}

/// A function that wraps what comes from `n` calls of itself.
const NESTS: &str = "local e, n = ... if n == 0 then return nil, e end
    local _, err = funcs.call('app:nests', e, n - 1) return nil, errors.wrap(err, 'level ' .. n)";

#[test]
fn the_context_of_a_wrapped_error_travels() {
    let app = App::new(
        "local e = errors.wrap(errors.wrap(errors.new{message = 'm', kind = errors.CONFLICT, details = {a = 1}}, 'one'), 'two')
        local function same(got, way)
            checks.equal({got:message(), tostring(got), got:kind()}, {'one: m', 'two: one: m', 'Conflict'}, way)
            checks.equal(got:details(), {a = 1}) checks.has(got:stack(), 'two: one: m')
            checks.equal(tostring(errors.wrap(got, 'three')), 'three: two: one: m')
            checks.equal(errors.wrap(got, 'three'):message(), 'two: one: m')
        end
        same(checks.exec('returns', {e})[1], 'value')
        same(select(2, checks.exec('returns', nil, e)), 'result')
        same(checks.ended(checks.monitored('returns', nil, e)).error, 'EXIT')
        same(checks.ended(checks.monitored('raises', e)).error, 'raised')
        process.send(process.pid(), 't', e, {e}) same(process.inbox():receive():payload()[1]:data(), 'message')
        same(select(2, funcs.call('app:nests', e, 0)), 'function')
        same(payload.new(e):data(), 'payload')
        same(errors.new{message = 'm', details = {cause = e}}:details().cause, 'details')
        return true",
    );
    app.process("raises", "error((...))").function("nests", NESTS).passes();
}

#[test]
fn contexts_of_many_boundaries_add_up() {
    let app = App::new(
        "local _, e = funcs.call('app:nests', 'bottom', 3)
        checks.equal({tostring(e), e:message()}, {'level 3: level 2: level 1: bottom', 'level 2: level 1: bottom'})
        return nil, e",
    );
    let error = app.function("nests", NESTS).run().expect_err("it fails");
    assert_eq!(error.to_string(), "level 3: level 2: level 1: bottom");
    assert_eq!(error.wrapped_in(), Some("level 3"));
}

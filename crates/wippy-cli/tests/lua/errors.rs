//! The module `errors` and Error objects.

use crate::app::lua_tests;

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
        } do assert(e:retryable() == false, i .. ' ' .. tostring(e)) end";
    a_caught_text_is_a_text:
        "local ok, e = pcall(error, 'x') assert(type(e) == 'string' and e == 'x')
        ok, e = pcall(function() local n = nil + 1 end) assert(type(e) == 'string')";
}

//! `ctx`, and executors: what callees inherit.

use crate::app::App;

fn app(body: &str) -> App {
    App::new(&format!("{body}\nreturn true"))
        .function("all", "return (ctx.all())")
        .function("passes_on", "return (funcs.call('app:all'))")
        .function("spawns", "return (process.exec('app:all_of_it', 'app:processes'))")
        .process("all_of_it", "return (ctx.all())")
        .function("asks", "return {pcall(ctx.get, ...)}")
}

macro_rules! context_tests {
    ($($name:ident: $body:expr;)*) => {
        $(#[test] fn $name() { app($body).passes(); })*
    };
}

context_tests! {
    without_values_there_are_none:
        "checks.equal(ctx.all(), {})
        local e = checks.refused(errors.NOT_FOUND, 'key not found: a', ctx.get('a'))
        assert(e:message() == 'key not found: a')
        checks.refused(errors.INVALID, 'empty key', ctx.get(''))
        checks.raises('string expected', ctx.get, {})";
    an_executor_gives_values_along:
        "local e = funcs.new():with_context{a = 1, t = {x = {1, 2}, f = 1.5}, b = true, s = 'x'}
        checks.equal(e:call('app:all'), {a = 1, t = {x = {1, 2}, f = 1.5}, b = true, s = 'x'})";
    values_are_inherited_by_all_that_follows:
        "local e = funcs.new():with_context{a = 1}
        for _, id in ipairs{'app:all', 'app:passes_on', 'app:spawns'} do checks.equal(e:call(id), {a = 1}) end
        checks.equal(e:async('app:passes_on'):response():receive():data(), {a = 1})";
    later_values_win_and_nothing_changes_an_executor:
        "local e = funcs.new()
        local one = e:with_context{a = 1, b = 1}
        local two = one:with_context{b = 2, c = 3}
        assert(e ~= one and one ~= two)
        checks.equal(e:call('app:all'), {})
        checks.equal(one:call('app:all'), {a = 1, b = 1})
        checks.equal(two:call('app:all'), {a = 1, b = 2, c = 3})
        checks.equal(one:call('app:all'), {a = 1, b = 1})";
    values_are_copied_when_they_are_given:
        "local t = {x = 1}
        local e = funcs.new():with_context{t = t}
        t.x = 2
        checks.equal(e:call('app:all'), {t = {x = 1}})";
    tables_become_lists_or_maps:
        "local e = funcs.new():with_context{l = {1, nil, 3, x = 4}, m = {[-1] = 'a', [true] = 'b'}, e = {}}
        checks.equal(e:call('app:all'), {l = {1, nil, 3}, m = {['-1'] = 'a', ['true'] = 'b'}, e = {}})";
    what_cannot_travel_is_refused:
        "local e = funcs.new()
        for _, bad in ipairs{print, channel.new(), coroutine.create(print), {{print}}} do
            checks.refused(errors.INVALID, '', e:with_context{x = bad})
        end
        local loop = {} loop.loop = loop
        checks.refused(errors.INVALID, 'holds itself', e:with_context{x = loop})
        checks.refused(errors.INVALID, 'sparse', e:with_context{x = {[1 << 40] = 1}})
        checks.refused(errors.INVALID, 'keys must be strings', e:with_context{1})
        local deep = {} for _ = 1, 200 do deep = {deep} end
        checks.refused(errors.INVALID, 'nested too deep', e:with_context{x = deep})
        checks.raises('table expected', e.with_context, e)
        checks.raises('table expected', e.with_context, e, 1)
        checks.raises('executor expected', e.with_context, {}, {})";
    an_error_is_given_as_its_message:
        "checks.equal(funcs.new():with_context{x = errors.new('m')}:call('app:all'), {x = 'm'})";
    options_replace_options:
        "local e = funcs.new():with_options{anything = 1}:with_options{}
        assert(e:call('app:all'))
        checks.refused(errors.NOT_FOUND, 'network: service not found', e:with_options{network = 'app:n'}:call('app:all'))
        assert(e:with_options{network = 'app:n'}:with_options{other = 1}:call('app:all'))
        checks.refused(errors.INVALID, 'network', e:with_options{network = 1})
        checks.raises('table expected', e.with_options, e)";
    actors_and_scopes_are_objects:
        "local e = funcs.new()
        for _, bad in ipairs{'x', 1, {}, channel.new()} do
            checks.raises('actor expected', e.with_actor, e, bad)
            checks.raises('scope expected', e.with_scope, e, bad)
        end
        checks.raises('actor expected, got nil', e.with_actor, e, nil)
        checks.raises('scope expected', e.with_scope, e)";
    an_executor_tells_what_is_wrong_as_call_does:
        "local e = funcs.new()
        checks.refused(errors.INVALID, 'function ID required', e:call(''))
        checks.refused(errors.NOT_FOUND, 'no handler', e:call('app:nothing'))
        checks.raises('string expected', e.call, e)
        checks.refused(errors.INVALID, 'namespace required', e:async('x'))";
}

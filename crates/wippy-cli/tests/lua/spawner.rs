//! `process.with_context`, `process.with_options` and the spawners that they make.

use crate::app::App;

fn app(body: &str) -> App {
    App::new(&format!(
        "local function context(s, ...) return s:exec('app:context', 'app:processes', ...) end\n{body}\nreturn true"
    ))
    .process("context", "return (ctx.all())")
    .process(
        "collects",
        "local got, n = {}, ... for i = 1, n do local topic, v, m = checks.next() got[i] = {topic, v, m:from()} end
        return got",
    )
}

macro_rules! spawner_tests {
    ($($name:ident: $body:expr;)*) => {
        $(#[test] fn $name() { app($body).passes(); })*
    };
}

spawner_tests! {
    a_spawner_gives_values_along:
        "local s = process.with_context{a = 1}
        checks.equal(context(s), {a = 1})
        local t = s:with_context{a = 2, b = {1}}
        checks.equal(context(t), {a = 2, b = {1}}) checks.equal(context(s), {a = 1})
        checks.equal(context(process.with_options{}:with_context{x = 1}), {x = 1})
        checks.equal(context(process.with_context{}), {})";
    every_way_to_spawn_is_there:
        "local s = process.with_context{a = 1}
        assert(s:spawn('app:returns', 'app:processes'))
        local pid = assert(s:spawn_monitored('app:returns', 'app:processes', 5))
        checks.equal(checks.ended(pid), {value = 5})
        process.set_options{trap_links = true}
        pid = assert(s:spawn_linked('app:fails', 'app:processes', 'x'))
        assert(checks.event(process.event.LINK_DOWN).from == pid)
        pid = assert(s:spawn_linked_monitored('app:fails', 'app:processes', 'x'))
        assert(checks.event(process.event.EXIT).from == pid)
        assert(checks.event(process.event.LINK_DOWN).from == pid)
        local v, err = s:exec('app:returns', 'app:processes', 'v') assert(v == 'v' and err == nil)";
    one_spawner_serves_any_number_of_times:
        "local s = process.with_context{n = 1}:with_message('m', {1, 2})
        for i = 1, 5 do
            local pid = assert(s:spawn_monitored('app:collects', 'app:processes', 1))
            checks.equal(checks.ended(pid), {value = {{'m', {1, 2}, ''}}})
        end";
    messages_come_first_and_in_order:
        "local content = {1}
        local s = process.with_options{}:with_message('a', content):with_message('b'):with_message('c', 1)
        content[1] = 'changed'
        local pid = assert(s:spawn_monitored('app:collects', 'app:processes', 4))
        assert(process.send(pid, 'd', 'last'))
        checks.equal(checks.ended(pid).value,
            {{'a', {1}, ''}, {'b', nil, ''}, {'c', 1, ''}, {'d', 'last', (process.pid())}})";
    a_name_is_given_before_anybody_sees_the_process:
        "local s = process.with_options{}:with_name('n')
        local pid = assert(s:spawn_monitored('app:waits', 'app:processes'))
        assert(process.registry.lookup('n') == pid)";
    who_has_the_name_gets_the_messages_and_ties:
        "local holder = assert(process.with_options{}:with_name('n'):spawn('app:collects', 'app:processes', 2))
        local s = process.with_options{}:with_name('n'):with_message('hello', 7)
        assert(s:spawn('app:fails', 'app:processes') == holder)
        assert(s:spawn_monitored('app:fails', 'app:processes') == holder)
        checks.equal(checks.ended(holder), {value = {{'hello', 7, ''}, {'hello', 7, ''}}})";
    a_name_that_is_free_again_is_taken:
        "local s = process.with_options{}:with_name('n')
        local first = assert(s:spawn_monitored('app:returns', 'app:processes'))
        checks.ended(first)
        local second = assert(s:spawn_monitored('app:returns', 'app:processes'))
        assert(first ~= second) checks.ended(second)";
    many_who_spawn_under_one_name_find_one_holder:
        "local s, pids, n = process.with_options{}:with_name('n'), {}, channel.new(20)
        for i = 1, 20 do
            coroutine.spawn(function() pids[assert(s:spawn('app:waits', 'app:processes'))] = true n:send(1) end)
        end
        for _ = 1, 20 do n:receive() end
        local count = 0 for _ in pairs(pids) do count = count + 1 end
        assert(count == 1, count)";
    the_outcome_of_a_spawn_is_returned:
        "local s = process.with_context{}
        checks.refused(errors.NOT_FOUND, 'host not found', s:spawn('app:returns', 'app:nowhere'))
        checks.refused(errors.NOT_FOUND, 'factory not found', s:spawn_monitored('app:nothing', 'app:processes'))
        checks.refused(errors.INVALID, '', s:spawn('app:returns', 'app:echo'))
        checks.refused(errors.NOT_FOUND, 'network: service not found',
            process.with_options{network = 'app:n'}:spawn('app:returns', 'app:processes'))
        local v, err = s:exec('app:fails', 'app:processes', 'm', errors.TIMEOUT)
        assert(v == nil and err:kind() == errors.TIMEOUT)
        checks.refused(errors.INVALID, 'pid', s:with_name('{app:x|0x00001}'):spawn('app:returns', 'app:processes'))";
    wrong_arguments_raise:
        "local s = process.with_context{}
        checks.raises('table expected', process.with_context)
        checks.raises('table expected', process.with_options, 'x')
        checks.raises('keys must be strings', process.with_context, {1})
        checks.raises('cannot be converted', process.with_context, {a = print})
        checks.raises('cannot be converted', s.with_context, s, {a = channel.new()})
        checks.raises('cannot be converted', s.with_options, s, {a = print})
        checks.raises('name is empty', s.with_name, s, '')
        checks.raises('string expected', s.with_name, s)
        checks.raises('cannot send to @ topics', s.with_message, s, '@x')
        checks.raises('topic is empty', s.with_message, s, '')
        checks.raises('string expected', s.with_message, s)
        checks.raises('cannot leave its process', s.with_message, s, 't', print)
        checks.raises('process id is empty', s.spawn, s, '', 'app:processes')
        checks.raises('host is empty', s.spawn, s, 'app:returns', '')
        checks.raises('string expected', s.spawn, s)
        checks.raises('string expected', s.exec, s, 'app:returns')
        checks.raises('cannot leave its process', s.spawn, s, 'app:returns', 'app:processes', print)
        checks.raises('actor expected', s.with_actor, s)
        checks.raises('scope expected', s.with_scope, s, {})
        checks.raises('spawner expected', s.spawn, {}, 'app:returns', 'app:processes')
        checks.raises('network', s.with_options, s, {network = 1})";
}

#[test]
fn strict_mode_refusals_are_raised() {
    let app = App::new(
        "checks.raises('not allowed: context', process.with_context, {})
        checks.raises('not allowed: context', process.with_options, {})
        return true",
    );
    app.strict().passes();
}

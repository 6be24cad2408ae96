//! `funcs.call`: functions, processes as functions, and what a function is to others.

use crate::app::{App, lua};
use wippy_core::{ErrorKind, Tree};

/// An app with some functions.
fn app(body: &str) -> App {
    App::new(&format!("{body}\nreturn true"))
        .function("gives", "return ...")
        .function("adds", "local a, b = ... return a + b")
        .function("refuses", "return nil, errors.new{message = 'no', kind = errors.CONFLICT, retryable = true}")
        .function("breaks", "error('broken')")
        .function("waits", "process.inbox():receive()")
        .function("tells", "local to = ... process.send(to, 'me', (process.pid())) process.inbox():receive()")
}

macro_rules! call_tests {
    ($($name:ident: $body:expr;)*) => {
        $(#[test] fn $name() { app($body).passes(); })*
    };
}

call_tests! {
    a_call_gives_the_result:
        "local v, err = funcs.call('app:adds', 1, 2) assert(v == 3 and err == nil)
        checks.equal(funcs.call('app:gives', {1, {a = 'b'}}), {1, {a = 'b'}})
        assert(funcs.call('app:gives') == nil)
        assert(funcs.call('app:gives', false) == false)";
    a_failure_is_the_callers_error:
        "local v, err = funcs.call('app:refuses')
        assert(v == nil and err:kind() == errors.CONFLICT and err:message() == 'no' and err:retryable() == true)
        v, err = funcs.call('app:breaks')
        assert(v == nil and err:kind() == errors.INTERNAL)
        checks.has(err, 'app:breaks:1: broken')";
    an_id_names_namespace_and_name:
        "checks.refused(errors.INVALID, 'function ID required', funcs.call(''))
        checks.refused(errors.INVALID, 'namespace required in function ID', funcs.call('gives'))
        checks.refused(errors.INVALID, 'namespace required in function ID', funcs.call(':gives'))
        checks.refused(errors.INVALID, 'name required in function ID', funcs.call('app:'))
        checks.raises('string expected', funcs.call)
        checks.raises('string expected', funcs.call, {})";
    only_functions_can_be_called:
        "for _, id in ipairs{'app:nothing', 'app:returns', 'app:checks', 'app:processes'} do
            checks.refused(errors.NOT_FOUND, 'no handler registered for target', funcs.call(id))
        end";
    functions_cannot_be_spawned:
        "checks.refused(errors.NOT_FOUND, 'factory not found', process.spawn('app:gives', 'app:processes'))
        checks.refused(errors.NOT_FOUND, 'factory not found', process.exec('app:gives', 'app:processes'))
        checks.refused(errors.INVALID, '', process.spawn('app:returns', 'app:gives'))";
    arguments_are_copied_or_refused:
        "checks.refused(errors.INVALID, 'function', funcs.call('app:gives', print))
        local t = {1}
        local r = funcs.call('app:gives', t)
        assert(r ~= t) checks.equal(r, t)";
    a_function_has_a_pid_of_its_own:
        "local child = channel.new(1)
        coroutine.spawn(function() child:send{funcs.call('app:tells', process.pid())} end)
        local _, pid = checks.next()
        assert(pid ~= process.pid() and string.find(pid, '^{app:tells#lua'), pid)
        assert(process.monitor(pid) and process.registry.register('f', pid))
        assert(process.send('f', 'go'))
        assert(child:receive()[1] == nil)
        checks.equal(checks.ended(pid), {})
        checks.refused(errors.NOT_FOUND, '', process.registry.lookup('f'))";
    a_killed_function_is_the_callers_error:
        "local child = channel.new(1)
        coroutine.spawn(function() child:send{funcs.call('app:tells', process.pid())} end)
        local _, pid = checks.next()
        assert(process.terminate(pid))
        local r = child:receive()
        assert(r[1] == nil and r[2]:message() == 'process terminated' and r[2]:kind() == errors.INTERNAL)";
    only_the_caller_waits:
        "local log, done = {}, channel.new()
        coroutine.spawn(function() funcs.call('app:gives') log[#log + 1] = 'called' done:send(1) end)
        log[#log + 1] = 'meanwhile' done:receive()
        checks.equal(log, {'meanwhile', 'called'})";
    every_call_starts_afresh:
        "for _ = 1, 200 do assert(funcs.call('app:adds', 20, 22) == 42) end";
}

#[test]
fn at_file_level_a_call_raises() {
    let app = App::chunk(
        "local ok, e = pcall(funcs.call, 'app:gives')
        return function() return not ok and string.find(e, 'can not yield', 1, true) ~= nil end",
    );
    app.function("gives", "return ...").passes();
}

#[test]
fn a_function_may_do_what_a_process_may() {
    let app = App::new(
        "checks.equal(funcs.call('app:does'), {id = 'app:does', exec = 7, call = 42, trap = true})
        -- Nothing of it is left in the next call.
        checks.equal(funcs.call('app:looks'), {trap = false, name = false})
        return true",
    );
    app.function(
        "does",
        "assert(process.set_options{trap_links = true} and process.registry.register('n'))
        local pid = assert(process.spawn_monitored('app:returns', 'app:processes', 1))
        assert(checks.ended(pid).value == 1)
        return {id = process.id(), exec = process.exec('app:returns', 'app:processes', 7),
            call = funcs.call('app:answers'), trap = process.get_options().trap_links}",
    )
    .function("looks", "return {trap = process.get_options().trap_links, name = process.registry.lookup('n') or false}")
    .function("answers", "return 42")
    .passes();
}

#[test]
fn a_function_cannot_be_upgraded() {
    App::new("return funcs.call('app:f')")
        .function("f", "checks.refused(errors.INVALID, 'upgraded', process.upgrade(nil)) return true")
        .passes();
}

#[test]
fn a_broken_link_kills_a_function() {
    let app = App::new(
        "local v, err = funcs.call('app:f')
        return v == nil and err:message() == 'linked process failed' and err:kind() == errors.INTERNAL",
    );
    app.function("f", "process.spawn_linked('app:fails', 'app:processes') process.inbox():receive()").passes();
}

#[test]
fn a_caller_that_ends_takes_its_functions_along() {
    let app = App::new(
        "local caller = checks.monitored('caller', process.pid())
        local _, pid = checks.next()
        assert(process.monitor(pid) and process.terminate(caller))
        local seen = {}
        for _ = 1, 2 do local e = process.events():receive() seen[e.from] = e.result.error end
        return seen[caller] ~= nil and seen[pid]:kind() == errors.CANCELED",
    );
    app.process("caller", "funcs.call('app:f', ...)")
        .function("f", "local to = ... process.send(to, 'me', (process.pid())) process.inbox():receive()")
        .passes();
}

#[test]
fn a_missing_method_or_a_failing_chunk_is_the_calls_error() {
    let app = App::new(
        "local v, err = funcs.call('app:empty')
        assert(v == nil and err:kind() == errors.NOT_FOUND) checks.has(err, 'method \"main\" not found')
        v, err = funcs.call('app:bad')
        assert(v == nil and err:kind() == errors.INTERNAL) checks.has(err, 'failed to execute script')
        return true",
    );
    let function = |name, source| {
        let mut entry = lua("function.lua", name, source, &[]);
        entry.data.set("method", "main");
        entry
    };
    app.entry(function("empty", "return {}")).entry(function("bad", "error('x')")).passes();
}

#[test]
fn a_process_with_a_default_host_can_be_called() {
    let app = App::new(
        "checks.equal(funcs.call('app:p', 1, 'b'), {1, 'b', '{app:processes'})
        local v, err = funcs.call('app:q')
        assert(v == nil and err:kind() == errors.TIMEOUT)
        checks.refused(errors.NOT_FOUND, 'host not found', funcs.call('app:lost'))
        return true",
    );
    app.process("p", "local a, b = ... return {a, b, string.match(process.pid(), '^{app:processes')}")
        .default_host("p", "app:processes")
        .process("q", "return nil, errors.new(errors.TIMEOUT, 'late')")
        .with("q", |e| e.meta.set("options", Tree::map([("default_host", "processes")])))
        .process("lost", "return 1")
        .default_host("lost", "app:nowhere")
        .passes();
}

#[test]
fn a_process_whose_caller_gives_up_is_asked_to_end() {
    let app = App::new(
        "local caller = checks.spawn('caller', process.pid())
        local _, pid = checks.next()
        process.terminate(caller)
        local topic, kind = checks.next()
        return topic == 'event' and kind == process.event.CANCEL",
    );
    let body = "local to = ... process.send(to, 'me', (process.pid()))
        process.send(to, 'event', process.events():receive().kind)";
    app.process("caller", "funcs.call('app:p', ...)").process("p", body).default_host("p", "app:processes").passes();
}

#[test]
fn strict_mode_refuses_calls() {
    let app = App::new(
        "checks.refused(errors.PERMISSION_DENIED, 'not allowed: app:f', funcs.call('app:f'))
        checks.refused(errors.PERMISSION_DENIED, 'not allowed: app:f', funcs.async('app:f'))
        local e = funcs.new()
        checks.refused(errors.PERMISSION_DENIED, 'not allowed: app:f', e:call('app:f'))
        checks.refused(errors.PERMISSION_DENIED, 'not allowed: context', e:with_context{a = 1})
        checks.refused(errors.PERMISSION_DENIED, 'not allowed: network n', e:with_options{network = 'n'})
        assert(e:with_options{a = 1})
        return true",
    );
    app.function("f", "return 1").strict().passes();
}

#[test]
fn wrong_fields_of_a_function_are_told() {
    let app = || App::new("return true").function("f", "return 1");
    let fault = |app: App| {
        let faults = app.faults().faults;
        assert_eq!(faults.len(), 1, "{faults:?}");
        (faults[0].error.kind().clone(), faults[0].error.message().to_owned())
    };
    let pool = |pairs: Vec<(&str, Tree)>| fault(app().set("f", "pool", Tree::map(pairs)));
    let invalid = |what: &str| (ErrorKind::Invalid, what.to_owned());
    assert_eq!(fault(app().set("f", "method", Tree::Nil)), invalid("method is required"));
    assert_eq!(fault(app().set("f", "source", Tree::Nil)), invalid("source is required"));
    assert_eq!(pool(vec![("workers", 2.into())]), invalid("workers requires size"));
    assert_eq!(pool(vec![("size", (-1).into())]), invalid("size must not be negative"));
    let (kind, what) = pool(vec![("type", "big".into())]);
    assert!(kind == ErrorKind::Invalid && what.contains("'big'"), "{what}");
    let (kind, what) = fault(app().set("f", "pool", "big"));
    assert!(kind == ErrorKind::Invalid && what.contains("pool must be a map"), "{what}");
    app().set("f", "pool", Tree::map([("size", 2), ("workers", 2)])).passes();
}

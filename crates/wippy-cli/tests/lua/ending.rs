//! How a process ends, and what others see of it.

use crate::app::{App, lua_tests};
use wippy_core::{Error, ErrorKind, Exit, Tree, Value};

#[test]
fn results_are_values_or_failures() {
    let boom = Error::new(ErrorKind::Conflict, "boom");
    let table: &[(&str, Exit)] = &[
        ("", Ok(Value::Nil)),
        ("return", Ok(Value::Nil)),
        ("return nil", Ok(Value::Nil)),
        ("return nil, nil", Ok(Value::Nil)),
        ("return 5", Ok(Value::Int(5))),
        ("return 2.0", Ok(Value::Float(2.0))),
        ("return 'text'", Ok(Value::from("text"))),
        ("return false", Ok(Value::Bool(false))),
        ("return 5, nil", Ok(Value::Int(5))),
        ("return 5, false", Ok(Value::Int(5))),
        ("return 5, 6", Ok(Value::Int(5))),
        ("return 5, {}", Ok(Value::Int(5))),
        ("return 5, nil, 'third'", Ok(Value::Int(5))),
        ("return nil, 'failed'", Err(Error::internal("failed"))),
        ("return nil, 'failed', 1, 2", Err(Error::internal("failed"))),
        ("return 5, 'failed'", Err(Error::internal("failed"))),
        ("return 5, ''", Err(Error::internal(""))),
        ("return nil, errors.new{message = 'boom', kind = errors.CONFLICT}", Err(boom.clone())),
        ("return 5, errors.new{message = 'boom', kind = errors.CONFLICT}", Err(boom)),
        ("return nil, errors.new('plain')", Err(Error::internal("plain"))),
    ];
    for (body, exit) in table {
        assert_eq!(App::new(body).run(), *exit, "{body}");
    }
}

#[test]
fn a_returned_error_object_keeps_everything() {
    failures_keep_everything(&["return nil, E", "return 5, E"]);
}

#[test]
fn a_raised_error_object_keeps_everything() {
    failures_keep_everything(&[
        "error(E)",
        "assert(nil, E)",
        "coroutine.spawn(function() error(E) end) return 1",
        "coroutine.wrap(function() time.sleep(1) error(E) end)()",
    ]);
}

#[test]
fn an_error_object_with_the_text_of_a_lack_of_memory_keeps_its_kind() {
    let error = App::new("error(errors.new{message = 'not enough memory', kind = errors.INVALID, details = {n = 1}})");
    let error = error.run().expect_err("it raises");
    assert_eq!((error.kind().as_str(), error.message()), ("Invalid", "not enough memory"));
    assert_eq!(error.details(), &Tree::map([("n", 1)]));
}

fn failures_keep_everything(forms: &[&str]) {
    let body = "errors.new{message = 'm', kind = 'Own', retryable = true, details = {list = {1, 2}, s = 'x'}}";
    let details = Tree::map([("list", Tree::from(vec![Tree::from(1), Tree::from(2)])), ("s", Tree::from("x"))]);
    for form in forms {
        let error = App::new(&form.replace('E', body)).run().expect_err(form);
        assert_eq!((error.kind().as_str(), error.message()), ("Own", "m"), "{form}");
        assert_eq!(error.retryable(), Some(true), "{form}");
        assert_eq!(sorted(error.details().clone()), sorted(details.clone()), "{form}");
    }
}

fn sorted(tree: Tree) -> Tree {
    match tree {
        Tree::Map(mut pairs) => {
            pairs.sort_by_key(|(k, _)| k.as_str().unwrap_or_default().to_owned());
            Tree::Map(pairs)
        }
        other => other,
    }
}

#[test]
fn uncaught_errors_are_internal_failures() {
    for (body, message) in [
        ("error('boom')", "app:main:1: boom"),
        ("\n\nlocal x = nil\nx.y = 1", "app:main:4: attempt to index a nil value (local 'x')"),
        ("error('boom', 0)", "boom"),
        ("coroutine.spawn(function() error('inside') end) return 1", "app:main:1: inside"),
        ("coroutine.spawn(function() time.sleep('1ms') error('later') end) time.sleep('1h')", "app:main:1: later"),
        ("coroutine.wrap(function() error('wrapped', 0) end)()", "app:main:1: wrapped"),
    ] {
        let error = App::new(body).run().expect_err(body);
        assert_eq!((error.kind(), error.message()), (&ErrorKind::Internal, message), "{body}");
    }
}

#[test]
fn a_raised_scalar_is_told_as_text() {
    for (body, message) in [("error(42)", "42"), ("error(2.5)", "2.5"), ("error(true)", "true")] {
        let error = App::new(body).run().expect_err(body);
        assert_eq!((error.kind(), error.message()), (&ErrorKind::Internal, message), "{body}");
    }
}

#[test]
fn a_raised_table_is_told_by_its_address() {
    let error = App::new("error({})").run().expect_err("a table");
    assert!(error.message().starts_with("table: "), "{error:?}");
}

#[test]
fn a_crash_may_be_retried_unless_the_error_says_no() {
    assert_eq!(App::new("error('x')").run().expect_err("it raises").retryable(), None);
    let error = App::new("return process.send('nobody', 't')").run().expect_err("nobody is there");
    assert_eq!((error.kind(), error.retryable()), (&ErrorKind::NotFound, Some(false)));
}

#[test]
fn a_result_that_cannot_leave_is_a_failure() {
    let error = App::new("return {f = print}").run().expect_err("a function");
    assert_eq!(*error.kind(), ErrorKind::Invalid, "{error:?}");
}

#[test]
fn what_a_failure_was_wrapped_in_is_told() {
    let error =
        App::new("return nil, errors.wrap(errors.new{message = 'm', kind = 'K'}, 'ctx')").run().expect_err("it");
    assert_eq!(error.kind().as_str(), "K");
    assert!(error.message().contains('m'), "{error:?}");
}

#[test]
fn the_error_is_a_new_object_elsewhere() {
    let app = App::new(
        "local v, err = checks.exec('fails', 'text')
        assert(v == nil and err:kind() == errors.CONFLICT and err:message() == 'text' and err:retryable() == true)
        checks.equal(err:details(), {n = 1})
        return true",
    );
    app.passes();
}

lua_tests! {
    the_end_of_a_process_is_complete_when_its_exit_comes:
        "for round = 1, 20 do
            local pid = checks.monitored('waits')
            assert(process.registry.register('name', pid))
            assert(process.send('name', 'go', round))
            checks.equal(checks.ended(pid), {value = round})
            checks.refused(errors.NOT_FOUND, 'process not found', process.send(pid, 't'))
            checks.refused(errors.NOT_FOUND, 'not registered', process.registry.lookup('name'))
            assert(process.registry.register('name') and process.registry.unregister('name'))
        end";
    exit_comes_before_link_down:
        "process.set_options{trap_links = true}
        local pid = assert(process.spawn_linked_monitored('app:waits', 'app:processes'))
        process.send(pid, 'go', errors.new{message = 'gone', kind = errors.TIMEOUT})
        local first, second = process.events():receive(), process.events():receive()
        assert(first.kind == process.event.EXIT and second.kind == process.event.LINK_DOWN)
        assert(first.result.error:kind() == errors.TIMEOUT and second.result.error:kind() == errors.TIMEOUT)";
    every_monitor_is_told:
        "local target = checks.monitored('waits')
        local watchers = {}
        for i = 1, 5 do watchers[i] = checks.spawn('waits') end
        process.send(target, 'go', 1)
        checks.equal(checks.ended(target), {value = 1})";
}

#[test]
fn other_coroutines_are_dropped_where_they_stand() {
    let app = App::new(
        "local inbox, pid = process.inbox(), checks.monitored('leaves', process.pid())
        checks.equal(checks.ended(pid), {value = 'left'})
        checks.silent(inbox, time.after('15ms'))
        return true",
    );
    app.process(
        "leaves",
        "local to, ch = ..., channel.new()
        local function say(what) process.send(to, 'ran', what) end
        coroutine.spawn(function() pcall(function() time.sleep('3ms') end) say('slept') end)
        coroutine.spawn(function() pcall(ch.receive, ch) say('received') end)
        coroutine.spawn(function() pcall(process.inbox().receive, process.inbox()) say('got mail') end)
        coroutine.spawn(function() for _ in function() time.sleep(1) return nil end do end end)
        return 'left'",
    )
    .passes();
}

#[test]
fn unread_messages_are_dropped_silently() {
    let app = App::new(
        "local pid = checks.monitored('reads_one')
        for i = 1, 50 do process.send(pid, 'm', i) end
        checks.equal(checks.ended(pid), {value = 1})
        return true",
    );
    app.process("reads_one", "return process.inbox():receive():payload():data()").passes();
}

#[test]
fn a_raised_value_is_told_as_its_tostring_says() {
    let of = |tostring: &str| format!("local E = setmetatable({{code = 7}}, {{__tostring = {tostring}}})");
    let failure = |body: &str| App::new(body).run().expect_err(body);
    let speaks = of("function(e) return 'code ' .. e.code end");
    for raise in [
        "error(E)",
        "coroutine.spawn(function() error(E) end) return 1",
        "coroutine.spawn(function() time.sleep(1) error(E) end) process.inbox():receive()",
        "coroutine.wrap(function() error(E) end)()",
        "assert(false, E)",
    ] {
        let error = failure(&format!("{speaks} {raise}"));
        assert_eq!((error.kind(), error.message()), (&ErrorKind::Internal, "code 7"), "{raise}");
        assert!(error.traceback().unwrap_or_default().contains("app:main:1"), "{error:?}");
    }
    // Long words are cut into slices like any code.
    let long = of("function(e) local n = 0 for i = 1, 3e6 do n = n + 1 end return 'n ' .. n end");
    assert_eq!(failure(&format!("{long} error(E)")).message(), "n 3000000");
}

#[test]
fn who_has_no_words_is_told_by_its_sort() {
    for tostring in [
        "function() error('again') end",
        "function() return 5 end",
        "function() end",
        "function() process.inbox():receive() end",
        "function() time.sleep('1h') end",
        "function() process.upgrade(nil) end",
        "'no function'",
        "function() return string.rep('x', 1 << 40) end",
    ] {
        let body = format!("error(setmetatable({{}}, {{__tostring = {tostring}}}))");
        let error = App::new(&body).run().expect_err(tostring);
        assert_eq!(*error.kind(), ErrorKind::Internal, "{tostring}");
        assert!(error.message().starts_with("table: "), "{tostring}: {error:?}");
    }
}

#[test]
fn a_process_with_endless_last_words_can_be_killed() {
    let app = App::new(
        "local pid = checks.monitored('talks', process.pid())
        checks.next()
        assert(process.terminate(pid))
        return checks.ended(pid).error:message() == 'process terminated'",
    );
    let body = "local to = ...
        error(setmetatable({}, {__tostring = function() process.send(to, 'dying') while true do end end}))";
    app.process("talks", body).passes();
}

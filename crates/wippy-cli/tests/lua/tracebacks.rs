//! Where a failure is told to have happened: entry, line and frames for people, the rest for the parent.

use crate::app::{App, lua_tests};
use wippy_core::Error;

#[track_caller]
fn failure(body: &str) -> Error {
    App::new(body).run().expect_err(body)
}

/// The places in a traceback, in order, of frames of Lua code.
fn places(error: &Error) -> Vec<String> {
    let lines = error.traceback().unwrap_or_default().lines();
    let frames = lines.filter_map(|line| line.strip_prefix('\t')?.split_once(": in "));
    frames.filter(|(place, _)| *place != "[C]").map(|(place, _)| place.to_owned()).collect()
}

#[test]
fn a_traceback_has_the_frames_of_the_failure() {
    let error = failure(
        "local function inner() local x = nil
            return x.y end
        local function outer()
            return (inner()) end
        outer()",
    );
    assert_eq!(error.message(), "app:main:2: attempt to index a nil value (local 'x')");
    assert_eq!(places(&error), ["app:main:2", "app:main:4", "app:main:5"]);
}

#[test]
fn metamethods_iterators_and_libraries_have_frames() {
    let error = failure("local t = setmetatable({}, {__index = function(_, k)\nerror(k) end})\nreturn t.gone");
    assert_eq!((error.message(), places(&error)), ("app:main:2: gone", vec!["app:main:2".into(), "app:main:3".into()]));
    let error = failure("for _ in function()\nerror('it') end do end");
    assert_eq!(places(&error), ["app:main:2", "app:main:1"]);
    let error = failure("\nchecks.equal(1, 2)");
    assert!(error.message().starts_with("app:main:2: "), "{error:?}");
    assert!(places(&error)[0].starts_with("app:checks:"), "{error:?}");
    assert_eq!(places(&error)[1], "app:main:2");
}

#[test]
fn a_spawned_coroutine_has_frames_of_its_own() {
    let error = failure("coroutine.spawn(function()\ntime.sleep(1)\nerror('later') end) time.sleep('1h')");
    assert_eq!((error.message(), places(&error)), ("app:main:3: later", vec!["app:main:3".into()]));
}

#[test]
fn frames_of_wrapped_coroutines_come_first() {
    let error = failure(
        "local deepest = coroutine.wrap(function()
            time.sleep(1)
            error('x', 0) end)
        local middle = coroutine.wrap(function()
            deepest() end)
        middle()",
    );
    assert_eq!(places(&error), ["app:main:3", "app:main:5", "app:main:6"], "{:?}", error.traceback());
}

#[test]
fn frames_of_a_caught_failure_are_not_those_of_a_later_one() {
    for body in [
        "local co = coroutine.wrap(function()\nerror('caught') end)\npcall(co)\nerror('later')",
        "local co = coroutine.wrap(function()\nerror('caught') end)\npcall(co) time.sleep(1)\nerror('later')",
        "local co = coroutine.wrap(function()\nerror('caught') end)\npcall(co)\ncoroutine.wrap(error)('later')",
    ] {
        let error = failure(body);
        assert_eq!(places(&error), ["app:main:4"], "{:?}", error.traceback());
    }
}

#[test]
fn a_returned_error_tells_where_it_was_made() {
    let error = failure("local function make()\nreturn (errors.new('m')) end\nlocal e = make()\nreturn nil, e");
    assert_eq!((error.message(), places(&error)), ("m", vec!["app:main:2".into(), "app:main:3".into()]));
    let error = failure("\nreturn process.send('nobody', 't')");
    assert_eq!(places(&error), ["app:main:2"]);
    let error = failure("local e = errors.new('m')\nreturn nil, errors.wrap(e, 'ctx')");
    assert_eq!(places(&error), ["app:main:1"]);
}

#[test]
fn a_raised_error_tells_where_it_was_raised_and_where_it_was_made() {
    let error = failure("local e = errors.new('m')\n\nerror(e)");
    assert_eq!(places(&error), ["app:main:3", "app:main:1"], "{:?}", error.traceback());
    assert_eq!(places(&failure("\nerror(errors.new('m'))")), ["app:main:2"]);
}

#[test]
fn a_failure_of_file_level_code_has_frames() {
    let error = App::chunk("local function setup()\nerror('no') end\nsetup()").boot();
    let node = error.expect("code is run when a process is started");
    let (entry, host) = ("app:main".into(), "app:terminal".into());
    let error = node.run(wippy_core::Spawn { entry, host, ..Default::default() }).expect_err("its code fails");
    node.stop(std::time::Duration::from_millis(20));
    assert_eq!(error.message(), "failed to execute script: app:main:2: no");
    assert_eq!(places(&error), ["app:main:2", "app:main:3"], "{:?}", error.traceback());
}

lua_tests! {
    the_parent_gets_entry_and_line_but_no_frames_of_the_child:
        "local pid = checks.monitored('fails')
        local e = checks.ended(pid).error
        assert(e:kind() == errors.CONFLICT and e:retryable() == true) checks.equal(e:details(), {n = 1})
        assert(not e:stack():find('app:fails:', 1, true), e:stack())
        checks.has(e:stack(), 'app:main:1')";
}

#[test]
fn a_raised_value_without_a_text_is_told_as_programs_see_it() {
    for make in [
        "{}",
        "setmetatable({}, {})",
        "setmetatable({}, {__name = 'Thing'})",
        "coroutine.create(print)",
        "function() end",
        "print",
        "channel.new",
    ] {
        let app = App::new(
            "local pid = checks.monitored('raises', process.pid())
            local _, text = checks.next()
            checks.equal(checks.ended(pid).error:message(), text)
            return true",
        );
        app.process("raises", &format!("local v = {make} process.send(..., 't', tostring(v)) error(v)")).passes();
    }
}

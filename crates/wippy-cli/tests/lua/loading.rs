//! Entries, chunks and entry functions.

use crate::app::{App, lua};
use wippy_core::{ErrorKind, Tree, Value};

#[test]
fn the_entry_function_is_the_field_that_the_entry_names() {
    let source = "return {main = function() return 'main' end, start = function() return 'start' end}";
    assert_eq!(App::chunk(source).value(), Value::from("main"));
    assert_eq!(App::chunk(source).set("main", "method", "").value(), Value::from("main"));
    assert_eq!(App::chunk(source).set("main", "method", "start").value(), Value::from("start"));
}

#[test]
fn a_chunk_that_returns_a_function_needs_no_method() {
    let app = App::chunk("return function() return 'it' end").set("main", "method", "whatever");
    assert_eq!(app.value(), Value::from("it"));
}

#[test]
fn a_chunk_that_returns_anything_else_is_not_found() {
    let callable = "return {main = setmetatable({}, {__call = function() end})}";
    for source in [" ", "return", "return nil", "return 5", "return 'main'", "return true", "return {}", callable] {
        let error = App::chunk(source).run().expect_err(source);
        assert_eq!(*error.kind(), ErrorKind::NotFound, "{source}: {error:?}");
        assert!(error.message().starts_with("method \"main\" not found"), "{source}: {error:?}");
    }
}

#[test]
fn an_entry_function_is_written_in_lua() {
    for function in ["print", "string.format", "io.print", "coroutine.wrap(function() end)", "process.send"] {
        for (source, what) in [
            (format!("return {{main = {function}}}"), "method \"main\" not found in module: it is a built-in function"),
            (format!("return {function}"), "method \"main\" not found: the script must return a function of its own"),
        ] {
            let error = App::chunk(&source).run().expect_err(&source);
            assert_eq!(*error.kind(), ErrorKind::NotFound, "{source}: {error:?}");
            assert!(error.message().starts_with(what), "{source}: {error:?}");
        }
    }
    let app = App::new(
        "checks.refused(errors.NOT_FOUND, 'it is a built-in function', process.spawn('app:bad', 'app:processes'))
        checks.refused(errors.NOT_FOUND, 'it is a built-in function', funcs.call('app:call'))
        return require('lib').own() == 'own' and checks.exec('borrows') == 'own'",
    );
    app.program("bad", "return {main = print}")
        .entry(lua("function.lua", "call", "return {main = print}", &[]))
        .set("call", "method", "main")
        .library("lib", "return {own = function() return 'own' end}", &[])
        .entry(lua("process.lua", "borrows", "return {main = lib.own}", &[("lib", "app:lib")]))
        .set("main", "imports", Tree::map([("checks", "app:checks"), ("lib", "app:lib")]))
        .passes();
}

#[test]
fn a_missing_method_is_named() {
    let error = App::chunk("return {}").set("main", "method", "x").run().expect_err("no method");
    assert_eq!(error.message(), "method \"x\" not found in module");
}

#[test]
fn an_error_in_the_chunk_is_the_spawners() {
    let app = App::new(
        "local events = process.events()
        local pid, err = process.spawn_monitored('app:bad', 'app:processes')
        assert(pid == nil and err:kind() == errors.INTERNAL)
        checks.has(err, 'failed to execute script: ')
        checks.has(err, 'app:bad:2: boom')
        pid, err = process.spawn_linked_monitored('app:empty', 'app:processes')
        assert(pid == nil and err:kind() == errors.NOT_FOUND)
        checks.silent(events, time.after('10ms'))
        return true",
    );
    app.program("bad", "local x = 1\nerror('boom')").program("empty", "return {}").passes();
}

#[test]
fn every_process_runs_the_chunk_from_the_top() {
    let app = App::new(
        "assert(checks.exec('counts') == 1)
        assert(checks.exec('counts') == 1)
        return true",
    );
    app.program("counts", "local n = 0 free = (free or 0) + 1 return function() n = n + 1 return n * free end")
        .passes();
}

#[test]
fn a_library_runs_once_in_a_process_and_deepest_first() {
    let app = App::chunk(
        "local a, b, order = require('a'), require('b'), require('order')
        order[#order + 1] = 'main'
        return function() return table.concat(order, ' ') end",
    );
    let app = app.set("main", "imports", Tree::map([("a", "app:a"), ("b", "app:b"), ("order", "app:order")]));
    let app = app
        .library("order", "return {'order'}", &[])
        .library("a", "order[#order + 1] = 'a' return {}", &[("b", "app:b"), ("order", "app:order")])
        .library("b", "order[#order + 1] = 'b' return {}", &[("order", "app:order")]);
    assert_eq!(app.value(), Value::from("order b a main"));
}

#[test]
fn what_a_library_returns_is_the_module() {
    let app = App::new("assert(require('f') == f and f(2) == 4 and require('t').x == 1 and word == 'w') return true");
    let imports = [("f", "app:f"), ("t", "app:t"), ("word", "app:word"), ("checks", "app:checks")];
    app.library("f", "return function(n) return 2 * n end", &[])
        .library("t", "return {x = 1}", &[])
        .library("word", "return 'w'", &[])
        .set("main", "imports", Tree::map(imports))
        .passes();
}

/// Calls that suspend, and so must not be made while a chunk runs.
const SUSPENDING: &[&str] = &[
    "process.send(process.pid(), 't')",
    "process.spawn('app:returns', 'app:processes')",
    "process.exec('app:returns', 'app:processes')",
    "process.inbox()",
    "process.events()",
    "process.listen('t')",
    "time.sleep('1ms')",
    "time.after('1ms')",
    "channel.new():receive()",
    "channel.new():send(1)",
    "channel.select{channel.new():case_receive()}",
    "coroutine.spawn(function() time.sleep(1) end)",
];

#[test]
fn nothing_suspends_at_the_top_of_a_program() {
    for call in SUSPENDING {
        let source = format!(
            "local ok, e = pcall(function() {call} end)
            assert(not ok, 'it was possible')
            assert(string.find(tostring(e), 'can not yield from outside of a coroutine: code at file level cannot wait', 1, true), e)
            return function() return true end"
        );
        assert_eq!(App::chunk(&source).run(), Ok(Value::Bool(true)), "{call}");
    }
}

#[test]
fn nothing_suspends_at_the_top_of_a_library() {
    for call in SUSPENDING {
        let source = format!("return {{pcall(function() {call} end)}}");
        let app = App::new(
            "assert(result[1] == false)
            checks.has(result[2], 'can not yield from outside of a coroutine: code at file level cannot wait')
            return true",
        );
        let imports = Tree::map([("result", "app:result"), ("checks", "app:checks")]);
        let app = app.library("result", &source, &[]).set("main", "imports", imports);
        let app = app.set("result", "modules", vec![Tree::from("time")]);
        assert_eq!(app.run(), Ok(Value::Bool(true)), "{call}");
    }
}

#[test]
fn a_suspending_call_at_the_top_fails_the_spawn() {
    let app = App::new(
        "local pid, err = process.spawn('app:sleeps', 'app:processes')
        assert(pid == nil and err:kind() == errors.INTERNAL)
        checks.has(err, 'can not yield from outside of a coroutine: code at file level cannot wait')
        return true",
    );
    app.program("sleeps", "time.sleep('1ms') return function() end").passes();
    let error = App::chunk("coroutine.yield() return function() end").run().expect_err("it yields");
    assert!(
        error.message().contains("can not yield from outside of a coroutine: code at file level cannot wait"),
        "{error:?}"
    );
}

#[test]
fn pure_calls_work_at_the_top() {
    let app = App::chunk(
        "local now, text, ch, pid, id = time.now(), json.encode({1}), channel.new(1), process.pid(), process.id()
        ch:send(7)
        return function()
            assert(time.now():unix() >= now:unix() and text == '[1]' and ch:receive() == 7)
            assert(pid == process.pid() and id == 'app:main')
            return true
        end",
    );
    app.passes();
}

#[test]
fn an_endless_chunk_delays_only_the_coroutine_that_spawns() {
    let app = App::new(
        "coroutine.spawn(function() process.spawn('app:endless', 'app:processes') error('it has started') end)
        local limit = time.after('20ms')
        assert(checks.exec('returns', 5) == 5)
        limit:receive()
        return true",
    );
    app.program("endless", "while true do end").passes();
}

#[test]
fn start_inputs_are_parameters() {
    let app = App::new("return select('#', ...) .. ':' .. table.concat({...}, ',')");
    assert_eq!(app.args(vec!["a".into(), "b".into()]).value(), Value::from("2:a,b"));
}

#[test]
fn arguments_keep_their_number() {
    let app = App::new(
        "for _, args in ipairs{{n = 0}, {n = 1}, {n = 3, 1}, {n = 3, nil, nil, 3}, {n = 2, nil, false}} do
            checks.equal(checks.exec('counts', unpack(args, 1, args.n)), args.n)
        end
        return true",
    );
    app.process("counts", "return select('#', ...)").passes();
}

#[test]
fn two_arguments_that_shared_a_table_arrive_as_two() {
    let app = App::new("local t = {1} assert(checks.exec('compares', t, t) == 'two') return true");
    app.process("compares", "local a, b = ... a[1] = 2 return b[1] == 1 and a ~= b and 'two' or 'one'").passes();
}

#[test]
fn a_syntax_error_is_told_at_boot_with_its_place() {
    let faults = App::chunk("local x = 1\nlocal = 2").faults().faults;
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].entry.as_str(), faults[0].error.kind()), ("app:main", &ErrorKind::Invalid));
    assert!(faults[0].error.message().starts_with("app:main:2:"), "{faults:?}");
}

#[test]
fn a_syntax_error_in_a_library_is_told_with_its_place_for_all_that_import_it() {
    let imports = &[("deep", "app:deep")];
    let app = App::new("").library("bad", "local x = 1\nreturn {\n  y = = 1}", &[]).library(
        "deep",
        "return 1",
        &[("bad", "app:bad")],
    );
    let app = app.entry(lua("process.lua", "one", "return deep", imports)).entry(lua(
        "process.lua",
        "two",
        "return deep",
        imports,
    ));
    let faults = app.faults().faults;
    let entries: Vec<_> = faults.iter().map(|fault| fault.entry.as_str()).collect();
    assert_eq!(entries, ["app:bad", "app:deep", "app:one", "app:two"]);
    assert!(faults.iter().all(|fault| fault.error.message().starts_with("app:bad:3:7: ")), "{faults:?}");
}

#[test]
fn an_unknown_module_is_told_at_boot() {
    let faults = App::new("").set("main", "modules", vec![Tree::from("time"), Tree::from("nope")]).faults();
    assert!(faults.to_string().contains("module 'nope' not found"), "{faults}");
}

#[test]
fn wrong_fields_of_an_entry_are_told_at_boot() {
    let text = |s: &str| Tree::from(s);
    for (field, value, kind, what) in [
        ("source", Tree::from(5), ErrorKind::Invalid, "source must be a text, not an integer"),
        ("source", text(""), ErrorKind::Invalid, "source is required"),
        ("method", Tree::from(5), ErrorKind::Invalid, "method must be a text"),
        ("modules", text("time"), ErrorKind::Invalid, "modules must be a list, not a text"),
        ("modules", vec![Tree::from(5)].into(), ErrorKind::Invalid, "a module name must be a text"),
        ("modules", vec![text("app:time")].into(), ErrorKind::Invalid, "'app:time' is no name of a built-in module"),
        ("modules", vec![text("")].into(), ErrorKind::Invalid, "'' is no name of a built-in module"),
        ("imports", vec![text("a")].into(), ErrorKind::Invalid, "imports must be a map"),
        ("imports", Tree::map([("x", 5)]), ErrorKind::Invalid, "an import is an alias and the full id"),
        ("imports", Tree::map([("", "app:checks")]), ErrorKind::Invalid, "an import is an alias and the full id"),
        ("imports", Tree::map([("x", "checks")]), ErrorKind::NotFound, "module 'checks' not found"),
        ("imports", Tree::map([("x", "app:main")]), ErrorKind::Invalid, "app:main is a process.lua"),
        ("limits", Tree::from(5), ErrorKind::Invalid, "limits must be a map, not an integer"),
    ] {
        let faults = App::new("return true").set("main", field, value.clone()).faults();
        assert!(faults.to_string().contains(what), "{field}: {value:?}: {faults}");
        assert_eq!(*faults.faults[0].error.kind(), kind, "{field}: {value:?}: {faults}");
    }
    let faults = App::new("return true").set("processes", "limits", 5).faults().to_string();
    assert!(faults.contains("limits must be a map"), "{faults}");
    let twice = vec![text("time"), text("time")];
    App::new("return time.now() ~= nil").set("main", "modules", twice).passes();
}

#[test]
fn a_library_that_imports_itself_is_a_cycle() {
    let app = App::new("").library("a", "return {}", &[("me", "app:a")]);
    assert!(app.faults().to_string().contains("import cycle: app:a -> app:a"), "{}", app.faults());
}

#[test]
fn a_library_that_fails_fails_the_spawn_of_its_importers() {
    for (source, message) in [
        ("local x\nerror('at load')", "failed to execute script: app:lib:2: at load"),
        ("return require('nope')", "module 'nope' not found"),
        ("return nil + 1", "attempt to perform arithmetic on a nil value"),
    ] {
        let app = App::new("return true").library("lib", source, &[]);
        let error = app.set("main", "imports", Tree::map([("lib", "app:lib")])).run().expect_err(source);
        assert_eq!(*error.kind(), ErrorKind::Internal, "{source}");
        assert!(error.message().contains(message), "{source}: {error:?}");
    }
}

#[test]
fn what_a_library_returns_may_be_false_and_one_value_counts() {
    let app = App::new(
        "assert(no == false and require('no') == false and one == 1 and require('one') == 1)
        assert(alias == again and require('alias') == again)
        return true",
    );
    app.library("no", "return false", &[])
        .library("one", "return 1, 2", &[])
        .library("t", "return {}", &[])
        .set(
            "main",
            "imports",
            Tree::map([("no", "app:no"), ("one", "app:one"), ("alias", "app:t"), ("again", "app:t")]),
        )
        .passes();
}

#[test]
fn an_import_may_take_the_name_of_a_library_of_lua() {
    let app =
        App::new("return process.x == 1 and require('process') == process and string == process and pid() ~= nil");
    let app = app.library("p", "return {x = 1}", &[]).library("q", "return process.pid", &[]);
    app.set("main", "imports", Tree::map([("process", "app:p"), ("string", "app:p"), ("pid", "app:q")])).passes();
}

#[test]
fn an_import_must_be_a_library_that_exists() {
    for (target, what) in [("app:nothing", "entry not found: app:nothing"), ("app:echo", "app:echo is a process.lua")] {
        let faults = App::new("").set("main", "imports", Tree::map([("x", target)])).faults();
        assert!(faults.to_string().contains(what), "{faults}");
    }
}

#[test]
fn libraries_that_import_each_other_are_told_at_boot() {
    let app = App::new("").set("main", "imports", Tree::map([("a", "app:a")]));
    let app = app.library("a", "return {}", &[("b", "app:b")]).library("b", "return {}", &[("a", "app:a")]);
    assert!(app.faults().to_string().contains("import cycle"), "{}", app.faults());
}

#[test]
fn one_alias_for_two_things_is_a_conflict() {
    let app = App::new("").library("a", "return {}", &[]);
    let faults = app.set("main", "imports", Tree::map([("time", "app:a")])).faults().faults;
    assert_eq!(*faults[0].error.kind(), ErrorKind::Conflict, "{faults:?}");
}

#[test]
fn a_library_cannot_be_spawned() {
    App::new("checks.refused(errors.NOT_FOUND, 'factory not found', process.spawn('app:checks', 'app:processes')) return true")
        .passes();
}

#[test]
fn all_faults_of_all_entries_are_told_at_once() {
    let app = App::chunk("local = 1").entry(lua("process.lua", "other", "x x", &[]));
    assert_eq!(app.faults().faults.len(), 2);
}

#[test]
fn large_tables_that_modules_make_at_file_level_are_there_in_each_process() {
    for make in [
        "json.decode('[' .. ('1,'):rep(999999) .. '1]')",
        "yaml.decode('[' .. ('1,'):rep(299999) .. '1]')",
        "assert(text.regexp.compile('a')):find_all_string(('a'):rep(300000))",
    ] {
        let source = format!(
            "local t = assert({make}) return {{main = function() assert(#t >= 300000 and #t <= 1000000) return true end}}"
        );
        App::chunk(&source)
            .set("main", "modules", vec![Tree::from("json"), Tree::from("yaml"), Tree::from("text")])
            .passes();
    }
}

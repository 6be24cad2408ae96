//! `env`: variables, and the storages behind them.

use crate::app::App;
use wippy_core::{Entry, Tree};

fn entry(id: &str, kind: &str, data: Tree) -> Entry {
    Entry { id: id.into(), kind: format!("env.{kind}"), data, ..Entry::default() }
}

fn variable(id: &str, fields: &[(&str, &str)]) -> Entry {
    entry(id, "variable", Tree::map(fields.iter().copied()))
}

fn values(pairs: &[(&str, &str)]) -> Tree {
    Tree::map([("values", Tree::map(pairs.iter().copied()))])
}

/// Two storages of each sort that needs no disk, a router, and variables of all sorts.
fn app(body: &str) -> App {
    let ids = |ids: &[&str]| Tree::map([("storages", ids.iter().map(|id| Tree::from(*id)).collect::<Vec<_>>())]);
    let mut kept = variable("app:kept", &[("variable", "KEPT"), ("storage", "app:memory"), ("default", "as it is")]);
    kept.data.set("readonly", true);
    let mut guarded = variable("app:guarded", &[("variable", "GUARDED"), ("storage", "app:memory")]);
    guarded.data.set("read_only", true);
    [
        entry("app:memory", "storage.memory", Tree::Nil),
        entry("app:another", "storage.memory", Tree::Nil),
        entry("app:os", "storage.os", Tree::Nil),
        entry(
            "app:fixed",
            "storage.static",
            values(&[("COLOUR", "red"), ("SHAPE", "round"), ("BLANK", ""), ("SPARE", "f")]),
        ),
        entry("app:zero", "storage.static", values(&[("COLOUR", "blue"), ("SPARE", "z")])),
        entry("app:way", "storage.router", ids(&["app:another", "app:inner"])),
        entry("app:inner", "storage.router", ids(&["fixed"])),
        entry("app:dead_end", "storage.router", ids(&["app:nosuch", "app:fixed"])),
        variable("app:port", &[("variable", "PORT"), ("storage", "app:memory"), ("default", "8080")]),
        variable("app:bare", &[("storage", "app:memory")]),
        variable("other:near", &[("storage", "app:memory"), ("default", "far away")]),
        variable("app:near", &[("storage", "app:memory"), ("default", "next door")]),
        variable("app:colour", &[("variable", "COLOUR"), ("storage", "app:fixed")]),
        variable("app:shape", &[("variable", "SHAPE"), ("storage", "app:way")]),
        variable("app:blank", &[("variable", "BLANK"), ("storage", "app:fixed"), ("default", "filled")]),
        variable("app:path", &[("variable", "PATH"), ("storage", "app:os")]),
        variable("app:unset", &[("variable", "WIPPY_TEST_UNSET"), ("storage", "app:os")]),
        variable("app:routed", &[("variable", "ROUTED"), ("storage", "app:dead_end")]),
        variable("app:lost", &[("variable", "LOST"), ("storage", "app:nosuch"), ("default", "x")]),
        variable("app:port2", &[("variable", "PORT"), ("storage", "app:fixed"), ("default", "9090")]),
        kept,
        guarded,
    ]
    .into_iter()
    .fold(App::new(&format!("{body}\nreturn true")), App::entry)
    .process("reader", "return env.get(...)")
    .process("writer", "assert(env.set(...))")
}

macro_rules! env_tests {
    ($($name:ident: $body:expr;)*) => {
        $(#[test] fn $name() { app($body).passes(); })*
    };
}

env_tests! {
    a_variable_is_found_by_public_name_by_name_nearby_and_by_id:
        "for _, name in ipairs{'PORT', 'port', 'app:port'} do
            local v, err = env.get(name) assert(v == '8080' and err == nil, name)
        end
        assert(env.get('near') == 'next door' and env.get('other:near') == 'far away')
        assert(env.set('app:port', '1') and env.get('PORT') == '1')";
    what_was_set_is_what_everybody_gets:
        "local done, err = env.set('PORT', '99') assert(done == true and err == nil)
        assert(env.get('PORT') == '99' and checks.exec('reader', 'PORT') == '99')
        checks.exec('writer', 'bare', 'by another')
        assert(env.get('app:bare') == 'by another')
        assert(env.set('bare', 12) and env.get('bare') == '12')
        local bytes = '\\0\\255\\n=# '
        assert(env.set('bare', bytes) and env.get('bare') == bytes)";
    an_empty_value_is_none:
        "checks.refused(errors.NOT_FOUND, 'environment variable not found', env.get('bare'))
        assert(env.set('bare', 'x') and env.set('bare', ''))
        checks.refused(errors.NOT_FOUND, 'environment variable not found', env.get('bare'))
        assert(env.set('PORT', '') and env.get('PORT') == '8080')
        assert(env.get('BLANK') == 'filled')";
    only_what_is_declared_can_be_used:
        "for _, name in ipairs{'NOSUCH', 'nosuch', 'app:nosuch', 'app:memory', 'a=b', '\\0', 'port ', 'Port'} do
            local e = checks.refused(errors.NOT_FOUND, 'environment variable not found', env.get(name))
            assert(e:details().name == name)
            checks.refused(errors.NOT_FOUND, 'environment variable not found', env.set(name, 'x'))
        end
        checks.refused(errors.NOT_FOUND, 'not found', env.get('WIPPY_TEST_UNSET'))
        assert(env.get('PATH') ~= '')";
    arguments_are_checked:
        "checks.refused(errors.INVALID, 'empty key', env.get(''))
        checks.refused(errors.INVALID, 'empty key', env.set('', 'x'))
        checks.raises('string expected', env.get)
        checks.raises('string expected', env.get, {})
        checks.raises('string expected', env.set, 'PORT')
        checks.raises('string expected', env.set, 'PORT', true)
        checks.raises('string expected', env.set, nil, 'x')
        checks.refused(errors.NOT_FOUND, 'not found', env.get(7))";
    what_is_read_only_stays_as_it_is:
        "for _, name in ipairs{'KEPT', 'GUARDED', 'COLOUR', 'PATH'} do
            local before = env.get(name)
            checks.refused(errors.PERMISSION_DENIED, 'read-only', env.set(name, 'changed'))
            assert(env.get(name) == before)
        end
        assert(env.get('KEPT') == 'as it is' and env.get('COLOUR') == 'red')";
    a_router_gives_the_first_hit_and_writes_to_its_first_storage:
        "assert(env.get('SHAPE') == 'round')
        assert(env.set('SHAPE', 'square') and env.get('SHAPE') == 'square')
        assert(env.set('SHAPE', 'oval') and checks.exec('reader', 'SHAPE') == 'oval')";
    a_storage_that_is_not_there_makes_its_variable_unusable:
        "local e = checks.refused(errors.NOT_FOUND, 'environment variable not found', env.get('LOST'))
        checks.has(e:details().reason, 'app:nosuch') checks.has(e:message(), 'app:nosuch')
        checks.refused(errors.NOT_FOUND, 'environment variable not found', env.set('LOST', 'x'))
        checks.refused(errors.NOT_FOUND, 'app:nosuch', env.set('ROUTED', 'x'))
        checks.refused(errors.NOT_FOUND, 'not found', env.get('ROUTED'))";
    the_second_of_one_name_is_unusable:
        "assert(env.get('PORT') == '8080')
        local e = checks.refused(errors.NOT_FOUND, 'not found', env.get('app:port2'))
        checks.has(e:details().reason, 'PORT')";
    all_values_are_listed:
        "assert(env.set('PORT', '1') and env.set('bare', 'b') and env.set('SHAPE', 's'))
        local all, err = env.get_all()
        assert(err == nil and all.PATH == env.get('PATH'))
        assert(all.PORT == '1' and all['app:bare'] == 'b' and all.COLOUR == 'red')
        -- Its own storage, not the one that is called `another` and comes first.
        assert(all.SHAPE == 's' and all.BLANK == 'filled')
        -- Stored nowhere: the default, under the name that is declared.
        assert(all.KEPT == 'as it is' and all['app:near'] == 'next door' and all['other:near'] == 'far away')
        -- No names of variables, or of variables that cannot be used or are unset.
        assert(all.port == nil and all.near == nil and all.LOST == nil and all.GUARDED == nil)
        all.PORT = 'x' assert(env.get('PORT') == '1')";
    a_key_that_no_variable_declares_comes_from_the_first_storage_by_id:
        "assert(env.get_all().SPARE == 'f')
        checks.refused(errors.NOT_FOUND, 'not found', env.get('SPARE'))";
    an_unset_variable_is_not_listed:
        "assert(env.set('bare', 'x') and env.set('bare', ''))
        assert(env.get_all()['app:bare'] == nil)";
}

#[test]
fn values_are_kept_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("conf/app.env");
    let mut storage = entry("app:file", "storage.file", Tree::map([("file_path", path.to_str().unwrap())]));
    storage.data.set("auto_create", true);
    let body = "checks.refused(errors.NOT_FOUND, 'not found', env.get('TOKEN'))
        assert(env.get('NAME') == 'nobody')
        assert(env.set('NAME', 'Ada L') and env.set('TOKEN', 'a=b') and env.set('NAME', 'Ada'))
        assert(env.get('NAME') == 'Ada' and checks.exec('reader', 'TOKEN') == 'a=b')
        assert(env.get_all().TOKEN == 'a=b')
        for _, value in ipairs{'a\\nb', '#', ' x', 'x\\r'} do
            checks.refused(errors.INVALID, 'cannot hold', env.set('NAME', value))
        end
        -- Many at once: none is lost.
        local done = channel.new(20)
        for i = 1, 20 do
            coroutine.spawn(function() done:send(env.set('app:v' .. i, 'value ' .. i)) end)
        end
        for _ = 1, 20 do assert(done:receive() == true) end
        for i = 1, 20 do assert(env.get('v' .. i) == 'value ' .. i) end";
    let app = (1..=20)
        .fold(app(body).entry(storage), |app, i| app.entry(variable(&format!("app:v{i}"), &[("storage", "app:file")])));
    let app = app
        .entry(variable("app:name", &[("variable", "NAME"), ("storage", "app:file"), ("default", "nobody")]))
        .entry(variable("app:token", &[("variable", "TOKEN"), ("storage", "app:file")]));
    app.passes();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("NAME=Ada\nTOKEN=a=b\n"), "{text}");
    assert_eq!(text.lines().count(), 22, "{text}");
}

#[test]
fn a_file_is_read_anew_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    std::fs::write(&path, "# ours\nGREETING = hello  # often\n").unwrap();
    // A second storage of the same file stands for somebody else who writes it.
    let storage = |id: &str| entry(id, "storage.file", Tree::map([("file_path", path.to_str().unwrap())]));
    app("assert(env.get('GREETING') == 'hello')
        assert(env.set('app:theirs', 'x') and env.set('GREETING', 'bye'))
        assert(env.get('GREETING') == 'bye')")
    .entry(storage("app:mine"))
    .entry(storage("app:other"))
    .entry(variable("app:greeting", &[("variable", "GREETING"), ("storage", "app:mine")]))
    .entry(variable("app:theirs", &[("variable", ""), ("storage", "app:other")]))
    .passes();
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text, "# ours\nGREETING=bye  # often\napp:theirs=x\n");
}

#[test]
fn a_file_that_cannot_be_used_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let storage = |id: &str, path: std::path::PathBuf| {
        entry(id, "storage.file", Tree::map([("file_path", path.to_str().unwrap())]))
    };
    app("local e = checks.refused(errors.INTERNAL, 'no regular file', env.get('FOLDER'))
        checks.refused(errors.INTERNAL, 'no regular file', env.set('FOLDER', 'x'))
        checks.refused(errors.INTERNAL, 'no regular file', env.get_all())
        checks.refused(errors.NOT_FOUND, 'not found', env.get('ABSENT'))
        checks.refused(errors.INTERNAL, 'auto_create', env.set('ABSENT', 'x'))")
    .entry(storage("app:folder", folder.path().to_owned()))
    .entry(storage("app:absent", folder.path().join("none")))
    .entry(variable("app:in_folder", &[("variable", "FOLDER"), ("storage", "app:folder")]))
    .entry(variable("app:in_none", &[("variable", "ABSENT"), ("storage", "app:absent")]))
    .passes();
    assert!(!folder.path().join("none").exists());
}

#[test]
fn strict_mode_refuses_by_the_name_as_written() {
    app("for _, name in ipairs{'PORT', 'app:port', 'NOSUCH'} do
            local e = checks.refused(errors.PERMISSION_DENIED, 'not allowed', env.get(name))
            checks.has(e, name)
            e = checks.refused(errors.PERMISSION_DENIED, 'not allowed', env.set(name, 'x'))
            checks.has(e, name)
        end
        checks.refused(errors.INVALID, 'empty key', env.get(''))
        checks.equal(env.get_all(), {})")
    .strict()
    .passes();
}

#[test]
fn a_policy_decides_which_names_may_be_read_and_written() {
    let policy = |action: &str, resources: &[&str]| {
        let resources: Vec<Tree> = resources.iter().map(|r| Tree::from(*r)).collect();
        let mut policy = Tree::map([("actions", action), ("effect", "allow")]);
        policy.set("resources", resources);
        Tree::map([("policy", policy)])
    };
    let policy = |name: &str, action: &str, resources: &[&str]| {
        let (id, data) = (wippy_core::EntryId::resolve(name, "app"), policy(action, resources));
        Entry { id, kind: "security.policy".into(), data, ..Entry::default() }
    };
    let mut security = Tree::map([("actor", Tree::map([("id", "ada")]))]);
    security.set("policies", vec![Tree::from("app:reads"), Tree::from("app:writes")]);
    app("assert(env.get('COLOUR') == 'red')
        checks.refused(errors.PERMISSION_DENIED, 'not allowed', env.get('SHAPE'))
        assert(env.set('PORT', '5'))
        checks.refused(errors.PERMISSION_DENIED, 'PORT', env.get('PORT'))
        checks.refused(errors.PERMISSION_DENIED, 'not allowed', env.set('bare', '5'))
        checks.equal(env.get_all(), {COLOUR = 'red'})")
    .entry(policy("reads", "env.get", &["COLOUR"]))
    .entry(policy("writes", "env.set", &["PORT"]))
    .set("terminal", "security", security)
    .passes();
}

#[test]
fn file_level_code_cannot_wait_for_a_variable() {
    let app = App::chunk("local port = env.get('PORT') return function() end");
    let error = app.entry(variable("app:port", &[("variable", "PORT"), ("storage", "app:memory")])).run().unwrap_err();
    assert!(error.message().contains("can not yield"), "{error:?}");
}

#[test]
fn a_module_that_is_not_named_is_not_there() {
    App::new("checks.raises('not found', require, 'env') return env == nil")
        .set("main", "modules", Vec::<Tree>::new())
        .passes();
}

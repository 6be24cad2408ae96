//! `require`, declared modules and imports, and what is visible to whom.

use crate::app::{App, lua, lua_tests};
use wippy_core::{Tree, Value};

lua_tests! {
    require_gives_the_same_table_each_time:
        "for _, name in ipairs{'time', 'json', 'logger', 'io', 'process', 'channel', 'payload', 'errors', 'os', 'checks',
                               'string', 'table', 'math', 'coroutine', 'package'} do
            local m = require(name)
            assert(m ~= nil and m == require(name), name)
        end";
    declared_names_are_globals_too:
        "assert(require('time') == time and require('json') == json and require('checks') == checks)
        assert(_G.time == time and require('process') == process)";
    an_unknown_module_raises:
        "checks.raises(\"module 'nothing' not found\", require, 'nothing')
        local _, e = pcall(require, 'nothing') assert(e:match(\"'nothing' not found$\"), e)
        checks.raises('string expected', require)
        checks.raises('string expected', require, {})";
    a_global_of_the_program_cannot_be_required:
        "mine = {}
        checks.raises(\"module 'mine' not found\", require, 'mine')
        checks.raises(\"module 'print' not found\", require, 'print')
        checks.raises(\"module '_G' not found\", require, '_G')";
}

#[test]
fn a_module_that_is_not_declared_is_out_of_reach() {
    let source = "return function()
        for _, name in ipairs{'time', 'json', 'logger', 'io'} do
            assert(_G[name] == nil, name)
            local ok, e = pcall(require, name)
            local told = \"module '\" .. name .. \"' not found: add it to 'modules' of entry app:main\"
            assert(not ok and string.find(e, told, 1, true), e)
        end
        assert(process.pid() and channel.new() and errors.new('x') and payload.format and os.time())
        return true
    end";
    App::new("").entry(lua("process.lua", "main", source, &[])).passes();
}

#[test]
fn always_on_modules_may_be_listed() {
    let names = ["process", "channel", "payload", "errors", "os", "time"].map(Tree::from).to_vec();
    App::new("return require('process') == process and require('os') == os and time ~= nil")
        .set("main", "modules", names)
        .passes();
}

#[test]
fn what_a_library_declares_is_not_its_importers() {
    let source = "return function()
        return time == nil and not pcall(require, 'time') and own == nil and lib.now() > 0
    end";
    let app = App::new("").entry(lua("process.lua", "main", source, &[("lib", "app:lib")]));
    let app = app.library("lib", "own = 1 local l = {} function l.now() return time.now():unix() end return l", &[]);
    let app = app.set("lib", "modules", vec![Tree::from("time")]);
    app.passes();
}

#[test]
fn what_the_program_declares_is_not_its_librarys() {
    let source = "shared = 1
        return {seen = function() return {time == nil, shared == nil, json == nil, (pcall(require, 'time'))} end}";
    let app = App::new("shared = 2 checks.equal(lib.seen(), {true, false, true, false}) return shared == 2");
    app.library("lib", source, &[])
        .set("main", "imports", Tree::map([("lib", "app:lib"), ("checks", "app:checks")]))
        .passes();
}

#[test]
fn globals_are_writable_and_per_process() {
    let app = App::new("x = 5 print = nil assert(checks.exec('looks') == 'nothing') assert(x == 5) return _G.x == 5");
    app.process("looks", "return x == nil and print ~= nil and 'nothing' or 'something'").passes();
}

#[test]
fn a_library_without_result_is_still_required() {
    let app = App::new("assert(lib == nil or lib == true) return true").library("lib", "local x = 1", &[]);
    let app = app.set("main", "imports", Tree::map([("lib", "app:lib"), ("checks", "app:checks")]));
    assert_eq!(app.value(), Value::Bool(true));
    let app = App::new(
        "checks.raises(\"module 'lib' not found: library app:empty has returned nothing\", require, 'lib')
        checks.raises(\"module 'empty' not found\", require, 'empty') return true",
    );
    let imports = Tree::map([("lib", "app:empty"), ("checks", "app:checks")]);
    app.library("empty", "local x = 1", &[]).set("main", "imports", imports).passes();
}

/// An alias may be any name but that of a module which the entry lists as well.
#[test]
fn an_import_may_take_the_place_of_what_is_always_there() {
    let app = App::new(
        "assert(string.mine and require('string') == string and process.mine and require('process') == process)
        assert(print.mine and rawget(_G, 'print') == print)
        assert(('x'):rep(2) == 'xx' and others(string))
        return true",
    );
    let aliases = ["string", "process", "print"].map(|alias| (alias, "app:mine"));
    let imports = Tree::map(aliases.into_iter().chain([("others", "app:others")]));
    app.library("mine", "return {mine = true}", &[])
        .library("others", "return function(s) return s ~= string and string.rep and process.pid end", &[])
        .set("main", "imports", imports)
        .passes();
}

/// What is told is about the entry whose `require` it is, whoever calls it.
#[test]
fn a_missing_module_of_a_library_is_told_of_the_library() {
    let app = App::new(
        "checks.raises(\"module 'json' not found: add it to 'modules' of entry app:lib\", lib.needs)
        checks.raises('of entry app:lib', lib.require, 'json') assert(require('json') == json)
        checks.raises('of entry app:lib', function() lib.require('time') end)
        return true",
    );
    let source = "return {require = require, needs = function() return require('json') end}";
    let imports = Tree::map([("lib", "app:lib"), ("checks", "app:checks")]);
    app.library("lib", source, &[]).set("main", "imports", imports).passes();
}

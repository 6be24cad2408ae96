//! Which programs can be copied, and how far.

use crate::program::Program;
use crate::template::Template;
use std::sync::Arc;

/// Why the file-level code of a program has to be run by each process; `None` when it is part of what is copied.
fn reason(modules: &[&str], source: &str) -> Option<String> {
    let program = Arc::new(Program::of_source(modules, source));
    assert!(Template::make(&program, 77).is_some(), "every program here can at least be loaded");
    Template::build(&program, 77, true).err()
}

#[test]
fn code_that_depends_on_nothing_runs_once() {
    assert_eq!(reason(&[], "return function() end"), None);
    assert_eq!(reason(&["json", "time", "logger"], "local M = {} function M.main() end return M"), None);
    let source = r#"
        local words, count = {}, 0
        for w in ("one two three"):gmatch("%a+") do words[#words + 1] = w; count = count + 1 end
        local class = setmetatable({}, {__index = function(t, k) return k end})
        local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
        co()
        local oops = errors.new("later")
        local ch = channel.new(3)
        return {main = function() return count, words, class, co, oops, ch end}
    "#;
    assert_eq!(reason(&[], source), None);
    // Tables have no finalizers.
    assert_eq!(reason(&[], "local t = setmetatable({}, {__gc = print}) return function() return t end"), None);
}

/// What has been suspended inside of a function of the library holds no address but the collector's.
#[test]
fn callbacks_that_wait_are_part_of_what_is_copied() {
    let source = r#"
        local function begun(f) local co = coroutine.wrap(f) co() co() return co end
        local function less(a, b) coroutine.yield() return a < b end
        local few, many, list = {3, 1, 2}, {}, setmetatable({}, {__index = function(_, i) coroutine.yield() return i end})
        for i = 1, 100 do many[i] = i * 37 % 101 end
        local all = {
            begun(function() table.sort(few, less) end), begun(function() table.sort(many, less) end),
            begun(function() return ("one two three"):gsub("%a", function() coroutine.yield() return "x" end) end),
            begun(function() return table.concat(list, "", 1, 9) end), begun(function() return table.unpack(list, 1, 9) end),
            begun(function() table.move(list, 1, 9, 1, {}) end), begun(function() for i in ipairs(list) do end end),
        }
        return function() return few, many, all end
    "#;
    assert_eq!(reason(&[], source), None);
}

#[test]
fn types_and_times_are_part_of_what_is_copied() {
    let source = r#"
        type Point = {x: number, y: number}
        type Points = {Point}
        local point = Point({x = 1, y = 2})
        local ok, why = Points:is({point, {x = "no"}})
        local name, made = Point:name(), Point.x
        local fields = {}
        for field, kind in Point:fields() do fields[field] = kind end
        return {main = function() return Point, point, ok, why, name, made, fields, string.is end}
    "#;
    assert_eq!(reason(&[], source), None);
    let source = r#"
        local moment = time.date(2024, 5, 1, 12, 0, 0, 0, time.utc)
        local wait = time.parse_duration("1m30s")
        local place = time.load_location("Europe/Berlin")
        local text = base64.encode(moment:in_location(place):format_rfc3339())
        return {main = function() return moment:add(wait), place, text end}
    "#;
    assert_eq!(
        reason(&["time", "base64"], &format!("local time, base64 = require('time'), require('base64')\n{source}")),
        None
    );
    for source in ["local t = time.now() return function() return t end", "time.timer(1) return function() end"] {
        assert!(reason(&["time"], &format!("local time = require('time') {source}")).is_some(), "{source}");
    }
}

#[test]
fn changed_globals_are_part_of_what_is_copied() {
    for source in [
        "local all = {} for k, v in pairs(_G) do all[k] = v end return function() return all end",
        "print = nil local unpack = rawget(_G, 'unpack') return function() return unpack end",
        "setmetatable(_G, {__index = function(_, n) error('no ' .. n, 2) end}) mine = 1 return function() return mine end",
    ] {
        assert_eq!(reason(&["json"], source), None, "{source}");
    }
    let typed =
        "type Point = {x: number} setmetatable(_G, {}) local p = Point{x = 1} return function() return p, Point end";
    assert_eq!(reason(&[], typed), None);
}

#[test]
fn compiled_expressions_are_part_of_what_is_copied() {
    let expr = |rest: &str| reason(&["expr"], &format!("local expr = require('expr') {rest}"));
    assert_eq!(expr("local p, n = expr.compile('x + 1'), expr.eval('1 + 1') return function() return p, n end"), None);
    let reason = expr("local n = expr.eval('now()') return function() return n end");
    assert_eq!(reason.as_deref(), Some("it depends on the time"));
}

#[test]
fn objects_of_text_are_part_of_what_is_copied() {
    let source = r#"
        local text = require("text")
        local words = text.regexp.compile("\\w+")
        local found = words:find_all_string("one two")
        local cut, md = text.splitter.recursive{keep_separator = true}, text.splitter.markdown{chunk_size = 200}
        local chunks = md:split_text('# A\n\nb')
        local d = text.diff.new()
        local patches = d:patch_make("abc", "abd")
        return {main = function() return words, found, cut, md, chunks, d, patches end}
    "#;
    assert_eq!(reason(&["text"], source), None);
}

#[test]
fn digests_named_identifiers_and_yaml_are_part_of_what_is_copied() {
    let source = "local uuid, hash = require('uuid'), require('hash')
        local ns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
        local made = {uuid.v3(ns, 'a'), uuid.v5(ns, 'a'), uuid.validate(ns), uuid.version(ns), uuid.variant(ns)}
        local read = {uuid.parse(ns), uuid.format(ns, 'urn'), hash.sha256('a'), hash.hmac_md5('a', 'b'), hash.fnv64('a')}
        return function() return made, read end";
    assert_eq!(reason(&["uuid", "hash"], source), None);
    let source = "local yaml = require('yaml') local config = yaml.decode('a: [1, {b: c}]')
        local text = yaml.encode(config, {field_order = {'a'}}) return function() return config, text end";
    assert_eq!(reason(&["yaml"], source), None);
    for new in ["v1", "v4", "v7"] {
        let source = format!("local id = require('uuid').{new}() return function() return id end");
        assert!(reason(&["uuid"], &source).is_some(), "{source}");
    }
}

#[test]
fn code_that_depends_on_more_than_itself_runs_in_each_process() {
    for source in [
        "local t = os.time() return function() return t end",
        "local r = math.random() return function() return r end",
        "print('loaded') return function() end",
        "local me = tostring({}) return function() return me end",
        "local me = string.format('%p', {}) return function() return me end",
        "local ok = pcall(process.pid) return function() return ok end",
        "local n = 0 while n < 1e6 do n = n + 1 end return function() return n end",
        "local s = pcall(string.rep, 'x', 1e8) return function() return s end",
        "error('no')",
        "return 5",
        "while true do pcall(function() while true do end end) end",
        "return coroutine.wrap(function() while true do end end)()",
    ] {
        assert!(reason(&[], source).is_some(), "{source}");
    }
}

#[test]
fn tables_in_order_of_addresses_are_refused() {
    for source in [
        "local k, t = {}, {} for i = 1, 8 do k[i] = {} t[k[i]] = i end return function() return k, t end",
        "local k, t = {}, setmetatable({}, {__mode = 'k'}) for i = 1, 8 do k[i] = function() return i end t[k[i]] = i end \
         return function() return k, t end",
    ] {
        assert!(reason(&[], source).is_some(), "{source}");
    }
}

#[test]
fn code_and_long_texts_lie_where_all_programs_use_them() {
    let source = |lines: usize| {
        let sums = "n = n + 1 n = n - 1\n".repeat(lines);
        format!("local n, text = 0, '{}'\nreturn function()\n{sums}return n, text end", "text ".repeat(lines))
    };
    let shared = |lines| {
        let program = Arc::new(Program::of_source(&[], &source(lines)));
        let code = program.units[0].chunk.code.bytes().len();
        let template = Template::make(&program, 77).expect("it can be copied");
        (template.shared(), code)
    };
    let ((small, _), (large, code)) = (shared(1), shared(20_000));
    assert!(code > 500_000, "{code}");
    assert!(large < small + code / 10, "{small} and {large} bytes for {code} of code");
}

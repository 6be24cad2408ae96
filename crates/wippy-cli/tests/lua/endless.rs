//! Code that never ends, wherever it runs: others go on, and a kill ends it.

use crate::app::App;

/// Bodies that never come back once `ready()` was called, and that catch whatever can be caught.
const ENDLESS: &[(&str, &str)] = &[
    ("loop", "while true do end"),
    ("pcall loop", "while true do pcall(function() while true do end end) end"),
    ("error loop", "while true do pcall(error, 'x') end"),
    ("xpcall handler", "while true do xpcall(error, function() while true do end end) end"),
    ("coroutine", "local co = coroutine.wrap(function() while true do end end) while true do pcall(co) end"),
    ("nested", "coroutine.wrap(function() coroutine.wrap(function() while true do end end)() end)()"),
    ("fresh coroutines", "while true do coroutine.wrap(function() for i = 1, 50 do end end)() end"),
    (
        "spawned",
        "coroutine.spawn(function() while true do pcall(function() while true do end end) end end)
        process.inbox():receive()",
    ),
    ("__index", "local t = setmetatable({}, {__index = function() while true do end end}) return t.x"),
    ("__add", "local t = setmetatable({}, {__add = function() while true do end end}) return t + t"),
    ("__concat", "local t = setmetatable({}, {__concat = function() while true do end end}) return t .. 1"),
    ("__lt", "local t = setmetatable({}, {__lt = function() while true do end end}) return t < t"),
    ("__tostring", "return tostring(setmetatable({}, {__tostring = function() while true do end end}))"),
    ("iterator", "for _ in function() while true do end end do end"),
    (
        "sort",
        "local t = {} for i = 1, 200 do t[i] = i end while true do
        pcall(table.sort, t, function() while true do end end) end",
    ),
    ("coroutine in sort", "table.sort({3, 2, 1}, function() coroutine.wrap(function() while true do end end)() end)"),
    ("gsub", "while true do pcall(string.gsub, 'abc', '.', function() while true do end end) end"),
    ("concat", "pcall(table.concat, setmetatable({}, {__index = function() while true do end end}), '', 1, 3)"),
    (
        "__close",
        "local x = setmetatable({}, {__close = function() while true do end end})
        for _ in function() return 1 end, nil, nil, x do break end",
    ),
    (
        "__close after an error",
        "local x = setmetatable({}, {__close = function() while true do end end})
        while true do pcall(function() for _ in function() return 1 end, nil, nil, x do error('x') end end) end",
    ),
    (
        "coroutine.close",
        "local x = setmetatable({}, {__close = function() while true do end end})
        local co = coroutine.create(function()
            for _ in function() return 1 end, nil, nil, x do coroutine.yield() end end)
        coroutine.resume(co) coroutine.close(co) while true do end",
    ),
    ("recursion", "local function f() return pcall(f) end while true do f() end"),
    ("table.move", "while true do pcall(table.move, {}, 1, 1e15 // 1 | 0, 2) end"),
    (
        "table.insert",
        "local t = setmetatable({}, {__len = function() return 1 << 50 end})
        while true do pcall(table.insert, t, 1, 1) end",
    ),
    (
        "table.remove",
        "local t = setmetatable({}, {__len = function() return 1 << 50 end})
        while true do pcall(table.remove, t, 1) end",
    ),
    (
        "long concat",
        "local t = setmetatable({}, {__index = function() return '' end})
        while true do pcall(table.concat, t, '', 1, 1 << 50) end",
    ),
    ("pattern", "while true do pcall(string.find, ('a'):rep(60), ('.-'):rep(12) .. 'b') end"),
    ("optional pattern", "while true do pcall(string.find, ('a'):rep(40), ('a?'):rep(40) .. ('a'):rep(40)) end"),
    ("quadratic pattern", "local s = ('a'):rep(4000000) while true do pcall(string.find, s, '.-b') end"),
    ("balance", "local s = ('('):rep(4000000) while true do pcall(string.find, s, '%b()') end"),
    (
        "regexp",
        "local text = require('text') local s = {} for i = 1, 200000 do s[i] = math.random(2) end s = table.concat(s)
        local r = text.regexp.compile('[12]*1[12]{500}c') while true do pcall(r.match_string, r, s) end",
    ),
    (
        "regexp in sort",
        "local text = require('text') local s = {} for i = 1, 200000 do s[i] = math.random(2) end s = table.concat(s)
        local r = text.regexp.compile('[12]*1[12]{500}c')
        while true do pcall(table.sort, {3, 2, 1}, function() return r:match_string(s) end) end",
    ),
    (
        "groups",
        "local text = require('text') local s = ('ab'):rep(2000000)
        local r = text.regexp.compile('^((a|b)*)*$') while true do pcall(r.find_string_submatch, r, s) end",
    ),
    (
        "diff",
        "local text = require('text') local d = text.diff.new({diff_timeout = 0})
        local a, b = {}, {} for i = 1, 200000 do a[i], b[i] = math.random(2), math.random(2) + 2 end
        a, b = table.concat(a), table.concat(b) while true do pcall(d.compare, d, a .. b, b .. a) end",
    ),
    (
        "splitter",
        "local text = require('text') local s = text.splitter.recursive({chunk_size = 10, chunk_overlap = 9})
        local long = ('a b '):rep(200000) while true do pcall(s.split_text, s, long) end",
    ),
    (
        "json schema pattern",
        "local json = require('json') local s = {} for i = 1, 200000 do s[i] = math.random(2) end s = table.concat(s)
        while true do pcall(json.validate, {pattern = '[12]*1[12]{500}c'}, s) end",
    ),
    (
        "@pattern",
        "type Hard = string @pattern('[12]*1[12]{500}c') local s = {} for i = 1, 200000 do s[i] = math.random(2) end s = table.concat(s)
        while true do pcall(Hard.is, Hard, s) end",
    ),
    (
        "expr matches",
        "local expr = require('expr') local s = {} for i = 1, 200000 do s[i] = math.random(2) end s = table.concat(s)
        while true do pcall(expr.eval, 's matches \"[12]*1[12]{500}c\"', {s = s}) end",
    ),
    ("string.rep", "while true do pcall(string.rep, 'x', 1e8 // 1 | 0) end"),
];

/// Others run beside each of them, and a kill ends it, uncaught.
#[test]
fn a_kill_ends_code_that_never_ends() {
    for (name, body) in ENDLESS {
        let app = App::new(
            "process.inbox()
            local pid = checks.monitored('endless', process.pid())
            checks.equal(checks.next(), 'ready')
            assert(checks.exec('returns', 7) == 7)
            assert(process.terminate(pid))
            checks.equal(checks.ended(pid).error:message(), 'process terminated')
            return true",
        );
        eprintln!("{name}");
        let body = format!(
            "process.send((...), 'ready')\nlocal function run() {body}\nend run()\n\
            process.send((...), 'came back')"
        );
        app.process("endless", &body).passes();
    }
}

/// File-level code that never ends keeps its spawner waiting and nobody else.
#[test]
fn file_level_code_that_never_ends_can_be_killed_with_its_spawner_alive() {
    let app = App::new(
        "coroutine.spawn(function() checks.exec('forever') end)
        local done = channel.new(1)
        coroutine.spawn(function() done:send(checks.exec('returns', 5)) end)
        assert(done:receive() == 5)
        return true",
    );
    app.program("forever", "while true do pcall(function() while true do end end) end").passes();
}

/// Its pid shows among the host's processes, so it can be used.
#[test]
fn a_process_whose_file_level_code_never_ends_can_be_terminated() {
    let app = App::new(
        "local ended = channel.new(1)
        coroutine.spawn(function() ended:send({process.exec('app:forever', 'app:processes')}) end)
        local pid
        repeat
            time.sleep('5ms')
            for _, p in ipairs(system.hosts.processes('app:processes')) do
                if p.source == 'app:forever' then pid = p.pid end
            end
        until pid
        assert(process.terminate(pid))
        local answer = ended:receive()
        assert(answer[1] == nil) checks.has(answer[2]:message(), 'process terminated')
        return true",
    );
    app.program("forever", "while true do pcall(function() while true do end end) end").passes();
}

/// Calls of the library that call back for ever.
const CALLBACKS: &[&str] = &[
    "table.sort({3, 2, 1}, function() while true do end end)",
    "local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function() while true do end end)",
    "local m = {__lt = function() while true do end end} table.sort{setmetatable({}, m), setmetatable({}, m)}",
    "string.gsub('abc', '.', function() while true do end end)",
    "string.gsub('abc', '.', list)",
    "for _ in ipairs(list) do end",
    "table.concat(list, '', 1, 2)",
    "table.unpack(list)",
    "table.insert(list, 1, 1)",
    "table.remove(list, 1)",
    "table.move(list, 1, 2, 3)",
    "table.move({1, 2}, 1, 2, 3, list)",
    "while true do table.sort({3, 2, 1}, function() return false end) end",
    "local t = {} for i = 1, 300000 do t[i] = i end while true do table.sort(t, function(a, b) return a > b end) end",
    "while true do string.gsub(('x'):rep(1000), 'x', function() end) end",
];

/// More of them than workers: others have their turn all the same, and they can be killed.
#[test]
fn callbacks_that_never_end_hold_no_worker() {
    let bodies = CALLBACKS.iter().map(|body| {
        format!(
            "local function ever() while true do end end
            local list = setmetatable({{}}, {{__index = ever, __newindex = ever, __len = function() return 3 end}})
            process.send((...), 'ready') pcall(function() {body} end)"
        )
    });
    let app = App::new(&format!(
        "process.inbox()
        local pids = {{}}
        for i = 1, {} do
            pids[i] = checks.monitored('calls' .. i, process.pid())
            checks.equal(checks.next(), 'ready')
        end
        for i = 1, 100 do assert(checks.exec('returns', i) == i) end
        for _, pid in ipairs(pids) do
            assert(process.terminate(pid))
            checks.equal(checks.ended(pid).error:message(), 'process terminated')
        end
        return true",
        CALLBACKS.len()
    ));
    bodies.enumerate().fold(app, |app, (i, body)| app.process(&format!("calls{}", i + 1), &body)).passes();
}

/// Functions in C that are called back have no hook: the loop that calls them gives way itself.
#[test]
fn long_calls_that_call_c_hold_no_worker() {
    let app = App::new(
        "process.inbox()
        local pids = {}
        for i = 1, 6 do pids[i] = checks.monitored('busy', process.pid(), i) checks.equal(checks.next(), tostring(i)) end
        for i = 1, 100 do assert(checks.exec('returns', i) == i) end
        for _, pid in ipairs(pids) do
            assert(process.terminate(pid))
            checks.equal(checks.ended(pid).error:message(), 'process terminated')
        end
        return true",
    );
    let busy = "local parent, n = ...
        local s, t = ('x'):rep(8000000), {} for i = 1, 1000000 do t[i] = i * 7919 % 1000003 end
        process.send(parent, tostring(n))
        while true do if n % 2 == 0 then string.gsub(s, 'x', string.upper) else table.sort(t, math.ult) t[1], t[9] = t[9], t[1] end end";
    app.process("busy", busy).passes();
}

/// Few elements, but the search for the border goes from one to the next, and ends far away.
#[test]
fn a_sort_of_a_list_with_a_far_border_is_refused() {
    let room: String = (0..250).map(|i| format!("a{i} = nil, ")).collect();
    App::new(&format!(
        "local t = {{{room}}} t[1] = 1 t[2] = 1
        while #t < 1 << 40 do
            local n = #t
            t[2 * n] = 1 if #t == n then t[2 * n + 1] = 1 end
            assert(#t > n)
        end
        checks.raises('array too big', table.sort, t)
        checks.raises('array too big', table.sort, t, function(a, b) return a < b end)
        return true"
    ))
    .passes();
}

/// An honest sort that takes longer than code which holds its worker may.
#[test]
fn a_long_sort_is_no_endless_callback() {
    let app = App::new(
        "local pid = checks.monitored('sorts')
        for i = 1, 20 do assert(checks.exec('returns', i) == i) end
        assert(process.events():receive().result.value == 'sorted')
        return true",
    );
    app.process(
        "sorts",
        "local t, asked = {}, 0 for i = 1, 3000 do t[i] = i * 7919 % 3001 end
        table.sort(t, function(a, b) for i = 1, 1000 do asked = asked + i end return a < b end)
        for i = 1, 3000 do assert(t[i] == i) end return 'sorted'",
    )
    .passes();
}

/// As many of them as workers: nobody else would run, and so nobody could kill them.
#[test]
fn code_that_cannot_be_suspended_is_given_up_past_every_pcall() {
    let app = App::new(
        "local events = process.events()
        checks.monitored('handles') checks.monitored('closes')
        for _ = 1, 2 do
            local message = events:receive().result.error:message()
            checks.has(message, 'did not return in time') checks.has(message, 'app:')
        end
        return true",
    );
    app.process("handles", "while true do xpcall(error, function() while true do end end) end")
        .process(
            "closes",
            "local x = setmetatable({}, {__close = function() while true do end end})
            local co = coroutine.create(function()
                for _ in function() return 1 end, nil, nil, x do coroutine.yield() end end)
            coroutine.resume(co) while true do pcall(coroutine.close, co) end",
        )
        .passes();
}

#[test]
fn file_level_code_that_cannot_be_suspended_is_given_up() {
    App::new("local _, e = checks.exec('at_file_level') checks.has(e:message(), 'did not return in time') return true")
        .program("at_file_level", "xpcall(error, function() while true do end end) return function() end")
        .passes();
}

#[test]
fn a_library_function_that_goes_on_for_ever_is_given_up() {
    App::new(
        "local ok, e = pcall(table.move, {}, 1, 1 << 60, 2)
        assert(not ok) checks.has(e, 'a library function takes too long')
        return true",
    )
    .passes();
}

/// More long calls than workers: each of them held one for ten seconds. Others have their turn in between.
#[test]
fn long_calls_do_not_hold_the_workers() {
    let app = App::new(
        "process.inbox()
        local pids = {}
        for i = 1, 6 do pids[i] = checks.monitored('busy', process.pid(), i) checks.equal(checks.next(), tostring(i)) end
        for i = 1, 50 do assert(checks.exec('returns', i) == i) end
        for _, pid in ipairs(pids) do
            assert(process.terminate(pid))
            checks.equal(checks.ended(pid).error:message(), 'process terminated')
        end
        return true",
    );
    let busy = "local parent, n = ...
        process.send(parent, tostring(n))
        local s = {} for i = 1, 500000 do s[i] = math.random(2) end s = table.concat(s)
        if n % 2 == 0 then text.diff.new({diff_timeout = 0}):compare(s, (s:reverse():gsub('1', 'x'))) end
        while true do text.regexp.compile('[12]*1[12]{500}c'):match_string(s) end";
    app.process("busy", busy).passes();
}

/// A long call of the module `text` is suspended, also in a coroutine and at file level, and goes on as if it had not been.
#[test]
fn a_long_call_goes_on_where_it_was() {
    let app = App::new(
        "local r = text.regexp.compile('([ab]*?)a[ab]{11}$')
        local s = ('abbab'):rep(40000)
        local found = r:find_string_submatch(s)
        assert(found[1] == s and #found[2] + 12 == #s)
        local other = 0
        coroutine.spawn(function() for _ = 1, 5 do other = other + 1 coroutine.yield() end end)
        local inner = coroutine.wrap(function() coroutine.yield(1) return #text.regexp.compile('a'):find_all_string(s) end)
        assert(inner() == 1 and inner() == 80000)
        local ok, n = pcall(function() return #text.regexp.compile('a'):replace_all_string(s, '') end)
        assert(ok and n == 120000)
        local t = setmetatable({}, {__index = function(_, p) return #text.regexp.compile(p):split(s) end})
        assert(t.b == 120001)
        return other <= 5 and checks.exec('file_level') == 80000",
    );
    app.program(
        "file_level",
        "local n = #text.regexp.compile('a'):find_all_string(('abbab'):rep(40000)) return {main = function() return n end}",
    )
    .passes();
}

/// Where nothing can be suspended a call has a limit, which its error names.
#[test]
fn a_long_call_that_cannot_be_suspended_is_given_up() {
    App::new(
        "local r = text.regexp.compile('[12]*1[12]{500}c')
        local s = {} for i = 1, 200000 do s[i] = math.random(2) end s = table.concat(s)
        local ok, e = xpcall(error, function() return select(2, pcall(r.match_string, r, s)) end)
        assert(not ok) checks.has(e, 'a library function takes too long')
        checks.has(e, 'where it cannot be interrupted it has 100 turns at most')
        table.sort({3, 2, 1}, function(a, b) return r:match_string(s) or a < b end)
        -- The next call begins anew.
        assert(r:match_string('x12') == false and text.regexp.compile('1'):match_string(s))
        return true",
    )
    .passes();
}

/// Patterns that are searched in one go have a bound on their work, which no `not` and no other member of a union turns
/// into an answer.
#[test]
fn searches_that_cannot_be_suspended_are_bounded() {
    App::new(
        "local function told(part, ok, e) assert(ok == false) checks.has(e, part) end
        local s = {} for i = 1, 200000 do s[i] = math.random(2) end s = table.concat(s)
        local hard = '[12]*1[12]{500}c'
        local schemas = {{pattern = hard}, {['not'] = {pattern = hard}}, {anyOf = {{pattern = hard}, {minLength = 1}}}}
        for _, schema in ipairs(schemas) do
            told('the patterns take too long: a check has 6553600 steps for them at most',
                json.validate(schema, s))
            assert(json.validate(schema, 'x') == (schema.pattern == nil))
        end
        told('the patterns take too long',
            json.validate({patternProperties = {[hard] = true}}, {[s] = 1}))
        type Hard = string @pattern('[12]*1[12]{500}c') type Any = {Hard | string}
        for _, value in ipairs{s, {'1', s}} do
            local v, e = (value == s and Hard or Any):is(value)
            assert(v == nil) checks.has(e:message(), 'pattern takes too long: a check has 6553600 steps for patterns at most')
            checks.equal(e:details().constraint or 'pattern', 'pattern')
        end
        assert(Hard:is('1' .. ('2'):rep(500) .. 'c'))
        checks.refused(errors.INTERNAL, 'work budget exceeded', expr.eval('s matches p', {s = s, p = '1[12]{40}c'}))
        -- Ordinary patterns reach far.
        local long = ('ab'):rep(1000000)
        assert(json.validate({pattern = '^(ab)*$'}, long) and expr.eval('s matches \"^(ab)+$\"', {s = long}))
        return true",
    )
    .passes();
}

/// Reading a pattern takes time, too.
#[test]
fn patterns_that_are_read_in_one_go_are_bounded() {
    App::new(
        "local function told(part, ok, e) assert(ok == false) checks.has(e, part) end
        local long = ('a'):rep(16385)
        told('expression too large: it has 16384 bytes at most', json.validate({pattern = long}, 'a'))
        checks.refused(errors.INTERNAL, 'expression too large: it has 16384 bytes at most', expr.eval('s matches p', {s = 'a', p = long}))
        local many = {}
        for i = 1, 3 do many[('a'):rep(12000) .. i] = true end
        told('all patterns of a schema have 32768 bytes at most', json.validate({patternProperties = many}, {}))
        return true",
    )
    .passes();
}

#[test]
fn plain_search_takes_time_in_proportion_to_the_text() {
    App::new(
        "local s, part = ('a'):rep(4000000), ('a'):rep(2000000) .. 'b'
        assert(s:find(part, 1, true) == nil and (s .. 'b'):find(part, 1, true) == 2000001)
        return true",
    )
    .passes();
}

#[test]
fn nothing_runs_when_a_table_is_collected() {
    App::new(
        "local runs = 0
        for _ = 1, 2000 do setmetatable({('x'):rep(1000)}, {__gc = function() runs = runs + 1 end}) end
        assert(runs == 0)
        return true",
    )
    .passes();
}

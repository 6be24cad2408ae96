//! Input that nobody should send, and what happens to those who do: a clear error for them, nothing for the others.

use crate::app::{App, lua_tests};
use wippy_core::{ErrorKind, Tree};

lua_tests! {
    a_message_nested_too_deep_is_refused_in_whatever_form:
        "local lists, fields, keys, errs = {}, {}, {}, {}
        for _ = 1, 10000 do lists, fields, keys, errs = {lists}, {x = fields}, {[keys] = 1}, {errs, e = errors.new('e')} end
        for _, deep in ipairs{lists, fields, keys, errs} do
            checks.refused(errors.INVALID, 'nested too deep', process.send(process.pid(), 't', deep))
            checks.refused(errors.INVALID, 'nested too deep', process.send(process.pid(), 't', 1, {deep}, 2))
            checks.refused(errors.INVALID, 'nested too deep', process.spawn('app:returns', 'app:processes', deep))
            checks.refused(errors.INVALID, 'nested too deep', checks.exec('returns', deep))
            checks.refused(errors.INVALID, 'nested too deep', process.upgrade(nil, deep))
            checks.refused(errors.INTERNAL, '', json.encode(deep))
            -- These take no tables as keys.
            local part = deep == keys and 'cannot be a key' or 'nested too deep'
            checks.refused(errors.INVALID, part, events.send('s', 'k', 'p', {x = deep}))
            checks.raises(part, process.with_context, {x = deep})
        end
        -- Nothing is left of the attempts.
        assert(checks.exec('returns', 5) == 5)";
    what_cannot_be_sent_is_logged_all_the_same:
        "local deep = {} for _ = 1, 10000 do deep = {deep} end
        for _, bad in ipairs{deep, {print}, {{x = coroutine.create(print)}}, {print, print, print}} do
            logger:info('m', {a = 1, b = bad, c = {x = bad}, d = 2})
            logger:with{a = bad, b = 1}:info('m', {c = bad})
        end";
    an_error_whose_details_cannot_be_sent_as_they_are_goes_with_the_rest_of_them:
        "local deep = {} for _ = 1, 10000 do deep = {deep} end
        checks.raises('nested too deep', errors.new, {message = 'm', details = {d = deep}})
        for _, case in ipairs{{{d = {d = print}}, {d = {}}}, {{f = print, n = 1}, {n = 1}}} do
            local e = errors.new{message = 'm', kind = errors.TIMEOUT, details = case[1]}
            checks.equal(e:details(), case[2])
            local back = checks.exec('returns', {e})[1]
            assert(back:message() == 'm' and back:kind() == errors.TIMEOUT)
            checks.equal(back:details(), case[2])
            checks.equal(errors.wrap(e, 'c'):message(), 'm')
        end";
    errors_inside_of_errors_end_somewhere:
        "local e = errors.new('innermost')
        for _ = 1, 250 do e = errors.new{message = 'outer', details = {cause = e}} end
        local back = checks.exec('returns', {e})[1]
        assert(back:message() == 'outer')";
    a_table_that_holds_itself_through_its_metatable_is_plain_data:
        "local t, meta = {1, x = 2}, {}
        meta.__index, meta.t, meta.meta = t, t, meta
        setmetatable(t, meta) setmetatable(meta, meta)
        local got = checks.exec('returns', t)
        checks.equal(got, {1, x = 2}) assert(getmetatable(got) == nil)
        process.send(process.pid(), 't', t, meta)
        checks.equal(process.listen('t'):receive()[1], {1, x = 2})
        checks.equal((json.encode(setmetatable({1}, meta))), '[1]')
        events.send('s', 'k', 'p', t) logger:info('m', {t = t}) logger:with{t = t}:info('m')
        local sub = events.subscribe('s') events.send('s', 'k', 'p', {x = setmetatable({y = 1}, meta)})
        checks.equal(sub:channel():receive().data, {x = {y = 1}})";
    a_table_that_is_its_own_key_and_value_arrives:
        "local t = {} t[t] = t
        setmetatable(t, t)
        local got = checks.exec('returns', t)
        assert(got[got] == got and next(got, next(got)) == nil and getmetatable(got) == nil)
        checks.refused(errors.INTERNAL, '', json.encode(t))
        checks.refused(errors.INVALID, '', events.send('s', 'k', 'p', {x = t}))";
    chains_of_metatables_without_end_are_errors:
        "local a, b = {}, {}
        setmetatable(a, {__index = b, __newindex = b}) setmetatable(b, {__index = a, __newindex = a})
        checks.raises('possible loop', function() return a.x end)
        checks.raises('possible loop', function() a.x = 1 end)
        setmetatable(a, {__tostring = tostring})
        checks.raises('overflow', tostring, a) checks.raises('overflow', print, a)";
}

/// `limits.memory` of a process.
fn limited(app: App, name: &str, memory: &str) -> App {
    app.set(name, "limits", Tree::map([("memory", memory)]))
}

#[test]
fn a_message_of_100_megabytes_arrives() {
    let app = App::new(
        "local n = 100 << 20
        local pid = checks.monitored('measures')
        assert(process.send(pid, 't', ('x'):rep(n)))
        checks.equal(checks.ended(pid), {value = n})
        pid = checks.monitored('measures')
        local parts, part = {}, ('x'):rep(n // 100)
        for i = 1, 100 do parts[i] = {part} end
        assert(process.send(pid, 't', parts))
        checks.equal(checks.ended(pid), {value = n})
        return true",
    );
    let body = "local _, v = checks.next()
        if type(v) == 'string' then return #v end
        local n = 0 for _, part in ipairs(v) do n = n + #part[1] end
        return n";
    app.process("measures", body).passes();
}

#[test]
fn a_sender_without_memory_fails_and_its_receiver_lives() {
    let app = App::new(
        "local inbox, failed, sent = process.inbox(), 0, 0
        for kilobytes = 100, 2000, 50 do
            local pid = checks.monitored('sends', process.pid(), kilobytes)
            local result = checks.ended(pid)
            if result.error then
                failed = failed + 1
                assert(result.error:kind() == errors.INTERNAL) checks.has(result.error, 'not enough memory')
            else
                sent = sent + 1
                local _, got = checks.next()
                assert(#got == kilobytes and got[1] == ('x'):rep(1000) .. 1 and got[kilobytes] == ('x'):rep(1000) .. kilobytes)
            end
        end
        assert(failed > 0 and sent > 0)
        checks.silent(inbox, time.after('1ms'))
        assert(checks.exec('returns', 'alive') == 'alive')
        return true",
    );
    // What it sends grows while it sends it: three copies do not fit where one does.
    let body = "local to, kilobytes = ...
        local list = {} for i = 1, kilobytes do list[i] = ('x'):rep(1000) .. i end
        local copies = {list, table.concat(list), list}
        assert(process.send(to, 't', list))
        return #copies";
    limited(app.process("sends", body), "sends", "1MB").passes();
}

#[test]
fn a_receiver_without_memory_fails_and_its_sender_lives() {
    let app = App::new(
        "for _, large in ipairs{('x'):rep(5 << 20), (function() local t = {} for i = 1, 50000 do t[i] = {i} end return t end)()} do
            local pid = checks.monitored('reads')
            assert(process.send(pid, 't', large))
            local e = checks.ended(pid).error
            assert(e:kind() == errors.INTERNAL) checks.has(e, 'not enough memory')
            checks.refused(errors.NOT_FOUND, 'process not found', process.send(pid, 't', 1))
            -- As an argument, too.
            local e = checks.ended(checks.monitored('reads', large)).error
            checks.has(e, 'not enough memory')
        end
        return true",
    );
    let app = app.process("reads", "local m = process.inbox():receive() return #m:payload():data()");
    limited(app, "reads", "1MB").passes();
}

#[test]
fn an_upgrade_to_code_that_does_not_load_is_a_failure_that_names_the_cause() {
    let cases = [
        ("missing", "", ErrorKind::NotFound, "upgrade: create failed: factory not found"),
        (
            "raises",
            "local x\nerror('at the top')",
            ErrorKind::Internal,
            "upgrade: init failed: failed to execute script: app:raises:2: at the top",
        ),
        ("waits_there", "channel.new():receive()", ErrorKind::Internal, "can not yield from outside of a coroutine"),
        ("empty", "return {}", ErrorKind::NotFound, "upgrade: init failed: method \"main\" not found in module"),
        ("number", "return 5", ErrorKind::NotFound, "upgrade: init failed: method \"main\" not found"),
        (
            "greedy",
            "local t = {} for i = 1, 1 << 40 do t[i] = {} end",
            ErrorKind::Internal,
            "upgrade: init failed: failed to execute script: app:greedy:1: not enough memory",
        ),
        ("faulty", "local t = nil return t.x", ErrorKind::Internal, "app:faulty:1: attempt to index a nil value"),
    ];
    for (name, source, kind, message) in cases {
        let app = App::new(&format!(
            "process.set_options{{trap_links = true}}
            local pid = assert(process.spawn_linked_monitored('app:old', 'app:processes', 'app:{name}'))
            local exit, down = checks.event(process.event.EXIT), checks.event(process.event.LINK_DOWN)
            assert(exit.from == pid and down.from == pid)
            for _, e in ipairs{{exit.result.error, down.result.error}} do
                assert(e:kind() == '{}', e:kind()) checks.has(e, {message:?})
            end
            assert(exit.result.value == nil and not process.registry.lookup('old'))
            return true",
            kind.as_str(),
        ));
        let app = app.process("old", "process.registry.register('old') pcall(process.upgrade, ...) return 'went on'");
        let app = if source.is_empty() { app } else { limited(app.program(name, source), name, "2MB") };
        app.passes();
    }
}

/// Boots an app with these sources, one entry each, and gives what is told of each.
#[track_caller]
fn told(sources: &[&str]) -> Vec<String> {
    let name = |i: usize| format!("s{i:02}");
    let app = (0..).zip(sources).fold(App::new("return true"), |app, (i, source)| app.program(&name(i), source));
    let faults = app.faults().faults;
    let of = |i: usize| faults.iter().find(|fault| fault.entry.as_str() == format!("app:{}", name(i)));
    (0..sources.len())
        .map(|i| {
            let fault = of(i).unwrap_or_else(|| panic!("it is accepted: {}", sources[i]));
            assert_eq!(*fault.error.kind(), ErrorKind::Invalid, "{}", sources[i]);
            let message = fault.error.message();
            message.strip_prefix(&format!("app:{}:", name(i))).unwrap_or(message).to_owned()
        })
        .collect()
}

#[test]
fn faults_in_typed_constructs_name_line_and_column() {
    let cases = [
        ("local x: = 1", "1:10: type expected"),
        ("local x: number\nlocal y: {a: number, b} = 2", "2:23: ':' expected near '}'"),
        ("type A<T = number", "1:10: '>' expected near '='"),
        ("type A = {[string] number}", "1:20: ':' expected near 'number'"),
        ("type A = (number) ->", "1:21: type expected"),
        ("interface A\n  function f(a: )\nend", "2:17: type expected"),
        ("interface A: end", "1:14: name expected near 'end'"),
        ("local function f<T(a: T) end", "1:19: '>' expected near '('"),
        ("local function f(a: number, b: ): string end", "1:32: type expected"),
        ("local function f(a): (number, end", "1:31: type expected"),
        ("for i: integer<, v in pairs(t) do end", "1:16: type expected"),
        ("for i: = 1, 2 do end", "1:8: type expected"),
        ("local x = y as", "1:15: type expected"),
        ("local x = y ::\nreturn x", "2:1: type expected"),
        ("type T = \"a\" | | \"b\"", "1:16: type expected"),
        ("type T = a & ", "1:14: type expected"),
        ("type T = string @", "1:18: name expected near <eof>"),
        ("type T = string @min(", "1:22: unexpected symbol near <eof>"),
        ("type T = keyof(", "1:16: type expected"),
        ("type T = fun(a: number", "1:23: ')' expected near <eof>"),
        ("type T = asserts x is", "1:22: type expected"),
        ("type T = A extends B ? C", "1:25: ':' expected near <eof>"),
        ("type T = {readonly x: number}", "1:20: '}' expected near 'x'"),
        ("type T = Map<string, List<number>\nlocal x = 1", "2:1: '>' expected near 'local'"),
        ("x!.y = 1", "1:2: syntax error near '!'"),
        ("local y = (u!.name)", "1:14: ')' expected near '.'"),
        ("local x = f() as T()", "1:20: unexpected symbol near ')'"),
        ("local x <const> = 1", "1:9: unexpected symbol near '<': attributes such as <const> are not supported"),
        ("local a, b <close> = f()", "1:12: unexpected symbol near '<': attributes such as <close> are not supported"),
        ("local <const> a = 1", "1:7: unexpected symbol near '<': attributes such as <const> are not supported"),
        ("local x <y = 1", "1:9: unexpected symbol near '<'"),
        ("local a: number, b: string, = 1, 2", "1:29: name expected near '='"),
        // Types before it on the line move nothing.
        ("local n: {[string]: integer?} = {} local m = n as any  goto nowhere", "1:56: no visible label 'nowhere'"),
        ("local n: integer = 1 break", "1:22: break outside loop"),
        ("local n: number = 0x", "1:19: malformed number near '0x'"),
        ("local f = function(a: any): any return ... end", "1:40: cannot use '...' outside a vararg function"),
        ("local s: string = \"\\q\"", "1:19: invalid escape sequence"),
        ("if x then\n  local y: integer = 1", "2:23: 'end' expected (to close 'if' at line 1) near <eof>"),
    ];
    let sources: Vec<_> = cases.iter().map(|(source, _)| *source).collect();
    for (found, (source, want)) in told(&sources).iter().zip(cases) {
        assert!(found.starts_with(want), "{source}: {found}, want {want}");
    }
}

#[test]
fn an_error_names_its_entry_whole() {
    let name = "an_entry_whose_name_is_longer_than_what_plain_lua_keeps_of_the_name_of_a_chunk";
    let app = App::new(&format!(
        "local _, e = checks.exec('{name}')
        checks.equal(e:message(), 'app:{name}:2: here')
        return true"
    ));
    app.process(name, "local x\nerror('here')").passes();
    let faults = App::new("return true").program(name, "local = 1").faults().to_string();
    assert!(faults.contains(&format!("app:{name}:1:7: name expected")), "{faults}");
}

#[test]
fn what_a_small_process_makes_others_hold_is_bounded() {
    // Each of these once took gigabytes that no limit of the process counted.
    let body = "local t = {1} for i = 1, 40 do t = {t, t} end
        local made, failed = payload.new(t):transcode(payload.format.MSGPACK) assert(made == nil and failed:message():find('written out'), failed)
        logger:info('shared', {t = t})
        checks.refused(errors.INVALID, 'expression too large', text.regexp.compile(('\\\\pL'):rep(500000)))
        checks.refused(errors.INVALID, 'bytes at most', system.lock.acquire(('x'):rep(400000)))
        local d = text.diff.new()
        checks.raises('not UTF-8', d.compare, d, '\\xff', '\\xfe')
        return true";
    let modules: Vec<Tree> = ["text", "system", "logger"].map(Tree::from).into();
    App::new(body).set("main", "modules", modules).set("main", "limits", Tree::map([("memory", "2MB")])).passes();
}

#[test]
fn a_message_larger_than_its_receivers_memory_ends_the_receiver_alone() {
    let body = "local events = process.events()
        local pid = assert(process.spawn_monitored('app:small', 'app:processes'))
        assert(process.send(pid, 'big', ('x'):rep(10 << 20)))
        local failed = events:receive().result.error
        assert(failed:message():find('not enough memory'), failed)
        return true";
    let app = App::new(body).process("small", "local m = process.inbox():receive():payload():data() return #m");
    app.set("small", "limits", Tree::map([("memory", "2MB")])).passes();
}

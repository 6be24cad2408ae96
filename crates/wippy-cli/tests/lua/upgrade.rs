//! `process.upgrade`.

use crate::app::App;
use wippy_core::ErrorKind;

#[test]
fn an_upgrade_starts_the_new_code_with_its_arguments() {
    let app = App::new("process.upgrade('app:second', 1, nil, {x = 2}, nil) error('came back')");
    let body = "local a, b, c = ...
        assert(select('#', ...) == 4 and a == 1 and b == nil and c.x == 2)
        assert(process.id() == 'app:second')
        return true";
    app.process("second", body).passes();
}

#[test]
fn nil_and_the_empty_text_are_the_same_entry() {
    let source = "local loaded = process.pid()
        return function(step)
            assert(process.pid() == loaded and process.id() == 'app:main')
            if step == nil then process.upgrade(nil, 2) end
            if step == 2 then process.upgrade('', 3) end
            if step == 3 then process.upgrade(nil, 4) end
            return step == 4
        end";
    App::chunk(source).passes();
}

#[test]
fn identity_names_and_ties_stay() {
    let app = App::new(
        "local pid = checks.monitored('old', process.pid())
        local r = process.registry
        assert(r.register('stays', pid))
        process.send(pid, 'upgrade')
        assert(checks.next() == 'upgraded')
        assert(r.lookup('stays') == pid)
        checks.refused(errors.ALREADY_EXISTS, '', process.monitor(pid))
        process.send('stays', 'end', 'by the new one')
        checks.equal(checks.ended(pid), {value = 'by the new one'})
        return r.lookup('stays') == nil",
    );
    let app = app.process("old", "local to, me = ..., process.pid() checks.next() process.upgrade('app:new', to, me)");
    let body = "local to, me = ...
        assert(process.pid() == me)
        process.send(to, 'upgraded')
        return select(2, checks.next())";
    app.process("new", body).passes();
}

#[test]
fn unread_messages_stay_in_order() {
    let app = App::new(
        "local pid = checks.monitored('old')
        for i = 1, 20 do process.send(pid, i % 3 == 0 and 'listened' or i % 3 == 1 and 'other' or 'free', i) end
        process.send(pid, 'go')
        checks.equal(checks.ended(pid).value, {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
        return true",
    );
    let body = "local listened, other = process.listen('listened'), process.listen('other')
        process.listen('go'):receive()
        assert(other:receive() == 1)
        process.inbox()
        process.upgrade('app:new')";
    let app = app.process("old", body);
    let body = "local got = {}
        for i = 1, 19 do got[i] = select(2, checks.next()) end
        return got";
    app.process("new", body).passes();
}

#[test]
fn events_that_were_not_read_stay() {
    let app = App::new(
        "local child = checks.monitored('returns', 5)
        process.cancel(process.pid(), 'r')
        time.sleep('5ms')
        process.upgrade('app:second', child)",
    );
    let body = "local child, kinds = ..., {}
        for i = 1, 2 do local e = process.events():receive() kinds[e.kind] = e end
        assert(kinds[process.event.EXIT].from == child and kinds[process.event.EXIT].result.value == 5)
        return kinds[process.event.CANCEL].reason == 'r'";
    app.process("second", body).passes();
}

#[test]
fn channels_timers_and_coroutines_of_the_old_code_are_gone() {
    let app = App::new(
        "local me = process.pid()
        time.after('2ms') time.ticker('1ms')
        coroutine.spawn(function() time.sleep('2ms') process.send(me, 'ghost') end)
        coroutine.spawn(function() checks.exec('returns') process.send(me, 'ghost') end)
        process.listen('t')
        leftover = 5
        process.upgrade('app:second')",
    );
    let body = "assert(leftover == nil)
        local inbox = process.inbox()
        checks.silent(inbox, time.after('10ms'))
        process.send(process.pid(), 't', 1)
        return inbox:receive():topic() == 't'";
    app.process("second", body).passes();
}

#[test]
fn any_coroutine_may_upgrade_the_process() {
    let app = App::new(
        "coroutine.spawn(function() time.sleep(1) process.upgrade('app:second', 'inner') end)
        local w = coroutine.wrap(function() time.sleep('5s') end)
        w()
        return 'old'",
    );
    assert_eq!(app.process("second", "return ...").value().as_str(), Some("inner"));
    let app = App::new("coroutine.wrap(function() pcall(process.upgrade, 'app:second', 'wrapped') end)() return 'old'");
    assert_eq!(app.process("second", "return ...").value().as_str(), Some("wrapped"));
}

#[test]
fn options_are_kept() {
    let app = App::new("process.set_options{trap_links = true} process.upgrade('app:second')");
    app.process("second", "return process.get_options().trap_links").passes();
}

#[test]
fn a_failed_upgrade_fails_the_process() {
    let cases = [
        ("app:nothing", ErrorKind::NotFound, "upgrade: create failed: "),
        ("app:raises", ErrorKind::Internal, "upgrade: init failed: "),
        ("app:empty", ErrorKind::NotFound, "upgrade: init failed: "),
    ];
    for (entry, kind, start) in cases {
        let app = App::new(&format!("pcall(process.upgrade, '{entry}') return 'old code'"));
        let app = app.program("raises", "error('at the top')").program("empty", "return {}");
        let error = app.run().expect_err(entry);
        assert!(error.message().starts_with(start), "{entry}: {error:?}");
        assert_eq!(*error.kind(), kind, "{error:?}");
    }
}

#[test]
fn a_failed_upgrade_is_an_ordinary_failure_for_others() {
    let app = App::new(
        "process.set_options{trap_links = true}
        local pid = assert(process.spawn_linked_monitored('app:breaks', 'app:processes'))
        local exit, down = checks.event(process.event.EXIT), checks.event(process.event.LINK_DOWN)
        checks.has(exit.result.error, 'upgrade: create failed: ')
        return exit.from == pid and down.from == pid",
    );
    app.process("breaks", "process.upgrade('app:nothing')").passes();
}

#[test]
fn senders_see_no_gap() {
    let app = App::new(
        "local pid = checks.monitored('counts', 0)
        for i = 1, 500 do assert(process.send(pid, 'n', i)) end
        process.send(pid, 'n', 'end')
        checks.equal(checks.ended(pid), {value = 500})
        return true",
    );
    let body = "local last = ...
        for _ = 1, 7 do
            local _, n = checks.next()
            if n == 'end' then return last end
            assert(n == last + 1, n)
            last = n
        end
        process.upgrade(nil, last)";
    app.process("counts", body).passes();
}

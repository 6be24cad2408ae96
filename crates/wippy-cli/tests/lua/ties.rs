//! Monitors and links.

use crate::app::{App, lua_tests};

lua_tests! {
    a_monitor_is_told_once:
        "local events, pid = process.events(), checks.spawn('waits')
        local ok, err = process.monitor(pid) assert(ok == true and err == nil)
        process.send(pid, 'end', 7)
        checks.equal(checks.ended(pid), {value = 7})
        checks.silent(events, time.after('5ms'))";
    monitoring_again_is_an_error_and_still_one_exit:
        "local events, pid = process.events(), checks.monitored('waits')
        checks.refused(errors.ALREADY_EXISTS, 'already monitoring pid', process.monitor(pid))
        process.send(pid, 'end') checks.ended(pid)
        checks.silent(events, time.after('5ms'))";
    who_is_gone_cannot_be_monitored_or_linked:
        "local events, pid = process.events(), checks.monitored('returns') checks.ended(pid)
        checks.refused(errors.NOT_FOUND, 'pid not registered', process.monitor(pid))
        checks.refused(errors.NOT_FOUND, 'pid not registered', process.link(pid))
        checks.refused(errors.NOT_FOUND, 'pid not registered', process.monitor('{app:processes|0xfffff}'))
        checks.silent(events, time.after('5ms'))";
    names_that_nobody_has_cannot_be_resolved:
        "for _, name in ipairs{'monitor', 'unmonitor', 'link', 'unlink'} do
            checks.refused(errors.NOT_FOUND, 'could not resolve', process[name]('nobody'))
            checks.raises(\"bad argument #1 to '\" .. name .. \"'\", process[name], {})
        end";
    monitoring_and_linking_oneself_is_harmless:
        "for _, name in ipairs{'monitor', 'unmonitor', 'link', 'unlink'} do
            local ok, err = process[name](process.pid()) assert(ok == true and err == nil, name)
        end";
    undoing_what_was_never_done_is_fine:
        "local pid = checks.spawn('waits')
        for _ = 1, 2 do assert(process.unmonitor(pid) and process.unlink(pid)) end
        process.terminate(pid) time.sleep('2ms')
        assert(process.unmonitor(pid) and process.unlink(pid))";
    who_stops_monitoring_hears_nothing:
        "local events, pid = process.events(), checks.monitored('waits')
        assert(process.unmonitor(pid))
        process.send(pid, 'end')
        checks.silent(events, time.after('5ms'))";
    one_may_monitor_again_after_unmonitor:
        "local pid = checks.monitored('waits')
        assert(process.unmonitor(pid) and process.monitor(pid))
        process.send(pid, 'end', 1) checks.equal(checks.ended(pid), {value = 1})";
    unmonitor_does_not_recall_a_queued_event:
        "local pid = checks.monitored('returns', 3)
        time.sleep('5ms')
        assert(process.unmonitor(pid))
        checks.equal(checks.ended(pid), {value = 3})";
    links_are_symmetric_and_one:
        "process.set_options{trap_links = true}
        local events, pid = process.events(), checks.spawn('waits')
        assert(process.link(pid) and process.link(pid))
        process.send(pid, 'end', errors.new('broken'))
        local e = checks.event(process.event.LINK_DOWN) assert(e.from == pid and e.result.error:message() == 'broken')
        checks.silent(events, time.after('5ms'))";
    who_unlinks_hears_nothing:
        "process.set_options{trap_links = true}
        local events, pid = process.events(), assert(process.spawn_linked('app:waits', 'app:processes'))
        assert(process.unlink(pid))
        process.send(pid, 'end', errors.new('broken'))
        checks.silent(events, time.after('5ms'))";
}

#[test]
fn unlinking_removes_both_sides() {
    let app = App::new(
        "local pid = assert(process.spawn_linked_monitored('app:unlinks', 'app:processes', process.pid()))
        assert(checks.next() == 'unlinked')
        process.send(pid, 'end')
        assert(checks.ended(pid).error:message() == 'broken')
        time.sleep('2ms')
        return true",
    );
    let body = "local to = ...
        assert(process.unlink(to)) process.send(to, 'unlinked')
        process.inbox():receive()
        return nil, 'broken'";
    app.process("unlinks", body).passes();
}

#[test]
fn a_link_made_by_the_child_counts_for_both() {
    let app = App::new(
        "process.set_options{trap_links = true}
        local pid = checks.spawn('links', process.pid())
        assert(checks.next() == 'linked')
        process.send(pid, 'end', 1)
        local e = checks.event(process.event.LINK_DOWN)
        return e.from == pid and e.result.error:message() == 'as agreed'",
    );
    let body = "local to = ...
        assert(process.link(to)) process.send(to, 'linked')
        process.inbox():receive()
        return nil, 'as agreed'";
    app.process("links", body).passes();
}

#[test]
fn many_may_monitor_one() {
    let app = App::new(
        "local target, n = checks.spawn('waits'), 20
        for _ = 1, n do checks.spawn('watches', process.pid(), target) end
        for _ = 1, n do assert(checks.next() == 'ready') end
        process.send(target, 'end', 5)
        for _ = 1, n do local topic, v = checks.next() assert(topic == 'seen' and v == 5) end
        return true",
    );
    let body = "local to, target = ...
        assert(process.monitor(target)) process.send(to, 'ready')
        process.send(to, 'seen', checks.ended(target).value)";
    app.process("watches", body).passes();
}

#[test]
fn a_monitor_keeps_nobody_alive_and_vanishes_silently() {
    let app = App::new(
        "local events, target = process.events(), checks.spawn('echo')
        local watcher = checks.monitored('watches', target)
        checks.equal(checks.ended(watcher), {value = 'seen enough'})
        process.send(target, 'still?', 1)
        assert(checks.next() == 'still?')
        checks.silent(events, time.after('3ms'))
        return true",
    );
    app.process("watches", "assert(process.monitor(...)) return 'seen enough'").passes();
}

//! `process.send`, pids and destinations.

use crate::app::{App, lua_tests};
use wippy_core::Tree;

lua_tests! {
    a_pid_is_a_text_with_host_and_number:
        "assert(string.match(process.pid(), '^{app:terminal|0x%x%x%x%x%x+}$'), process.pid())
        local child = checks.spawn('waits')
        assert(string.match(child, '^{app:processes|0x%x%x%x%x%x+}$'), child)
        assert(process.pid() == process.pid() and child ~= process.pid())";
    pids_are_never_used_again:
        "local seen = {}
        for i = 1, 200 do
            local pid = checks.monitored('returns', i)
            assert(not seen[pid]) seen[pid] = true
            checks.ended(pid)
        end";
    id_is_the_entry: "checks.equal((process.id()), 'app:main')";
    pids_and_names_are_one_value_so_that_they_can_be_sent:
        "checks.equal(select('#', process.pid()), 1) checks.equal(select('#', process.id()), 1)
        process.registry.register('me') checks.equal(select('#', process.registry.lookup('me')), 1)
        process.send(process.pid(), 'I am', process.pid())
        assert(select(2, checks.next()) == process.pid())";
    send_gives_true_and_no_error: "local ok, err = process.send(process.pid(), 't', 1) assert(ok == true and err == nil)";
    fewer_than_two_arguments_are_invalid:
        "checks.refused(errors.INVALID, '', process.send())
        checks.refused(errors.INVALID, '', process.send('nobody'))";
    topics_of_the_runtime_are_refused:
        "for _, topic in ipairs{'@', '@events', '@x'} do
            checks.refused(errors.INVALID, 'cannot send to @ topics', process.send(process.pid(), topic, 1))
        end
        assert(process.send(process.pid(), 'a@b', 1))";
    an_empty_topic_is_refused: "checks.refused(errors.INVALID, 'topic', process.send(process.pid(), ''))";
    wrong_types_raise:
        "checks.raises(\"bad argument #1 to 'send'\", process.send, {}, 't')
        checks.raises(\"bad argument #1 to 'send'\", process.send, nil, 't')
        checks.raises(\"bad argument #2 to 'send'\", process.send, process.pid(), {})
        checks.raises(\"bad argument #2 to 'send'\", process.send, process.pid(), nil)";
    a_name_nobody_has_is_not_found:
        "checks.refused(errors.NOT_FOUND, \"could not resolve 'nobody' as PID or registered name\", process.send('nobody', 't'))
        checks.refused(errors.NOT_FOUND, \"could not resolve ''\", process.send('', 't'))
        checks.refused(errors.NOT_FOUND, 'could not resolve', process.send('{no bar}', 't'))
        checks.refused(errors.NOT_FOUND, 'could not resolve', process.send('a|b', 't'))";
    dead_and_made_up_pids_are_not_found:
        "local pid = checks.monitored('returns')
        checks.ended(pid)
        checks.refused(errors.NOT_FOUND, 'process not found', process.send(pid, 't'))
        checks.refused(errors.NOT_FOUND, 'process not found', process.send('{app:processes|0xfffff}', 't'))";
    an_unknown_host_is_told_apart:
        "local e = checks.refused(errors.NOT_FOUND, 'host not found', process.send('{no:host|0x00001}', 't'))
        assert(e:details().host_id == 'no:host' and e:details().node_id ~= nil)
        checks.refused(errors.NOT_FOUND, 'node not found', process.send('{elsewhere@no:host|0x00001}', 't'))";
    messages_to_oneself_arrive:
        "process.send(process.pid(), 'self', {x = 1})
        local topic, v, m = checks.next()
        checks.equal(v, {x = 1}) assert(topic == 'self' and m:from() == process.pid())";
    names_are_destinations:
        "assert(process.registry.register('me') and process.send('me', 't', 5))
        assert(select(2, checks.next()) == 5)
        local echo = checks.spawn('echo')
        assert(process.registry.register('the echo', echo) and process.send('the echo', 't', 6))
        assert(select(2, checks.next()) == 6)";
    any_text_is_a_topic:
        "for _, topic in ipairs{'inbox', 'events', 'a b', 'timer@1', 'events@1', '\\0', 'ä', string.rep('long', 100)} do
            process.send(process.pid(), topic, 1)
            checks.equal((checks.next()), topic)
        end";
    nobody_forges_what_timers_deliver:
        "local after, ticker = time.after('10ms'), time.ticker('10ms')
        for i = 1, 3 do
            process.send(process.pid(), 'timer@' .. i, 'forged') process.send(process.pid(), 'ticker@' .. i, 'forged')
        end
        assert(type(after:receive()) == 'userdata' and type(ticker:channel():receive()) == 'userdata')
        assert(subscribe == nil and unsubscribe == nil)";
    a_number_is_a_topic: "process.send(process.pid(), 5, 'x') checks.equal((checks.next()), '5')";
}

#[test]
fn id_is_the_entry_of_the_code_that_runs() {
    let app = App::new("checks.equal(checks.exec('says'), 'app:says') return true");
    app.process("says", "return process.id()").passes();
}

#[test]
fn a_full_mailbox_refuses() {
    let app = App::new(
        "local pid = checks.spawn('forever')
        for _ = 1, 3 do assert(process.send(pid, 't', 1)) end
        checks.refused(errors.UNAVAILABLE, 'mailbox full', process.send(pid, 't', 1))
        assert(process.terminate(pid))
        return true",
    );
    app.set("processes", "host", Tree::map([("max_mailbox", 3)])).passes();
}

#[test]
fn room_comes_back_when_messages_are_read() {
    let app = App::new(
        "local echo, inbox = checks.spawn('echo'), process.inbox()
        for i = 1, 20 do
            assert(process.send(echo, 't', i))
            checks.equal(inbox:receive():payload():data(), i)
        end
        return true",
    );
    app.set("processes", "host", Tree::map([("max_mailbox", 2)])).passes();
}

#[test]
fn a_receiver_that_ends_gives_only_true_or_not_found() {
    let app = App::new(
        "for round = 1, 30 do
            local pid = checks.monitored('reads_some')
            local refused
            for i = 1, 200 do
                local ok, err = process.send(pid, 't', i)
                if not ok then
                    refused = checks.refused(errors.NOT_FOUND, 'process not found', ok, err)
                else
                    assert(not refused, 'sent after a refusal')
                end
            end
            checks.ended(pid)
        end
        return true",
    );
    app.process("reads_some", "for _ = 1, 10 do process.inbox():receive() end").passes();
}

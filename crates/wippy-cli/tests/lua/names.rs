//! `process.registry`.

use crate::app::{App, lua_tests};

lua_tests! {
    a_process_has_a_bounded_number_of_names:
        "local names, pid = process.registry, checks.monitored('waits')
        for i = 1, 4096 do assert(names.register('n' .. i, pid)) end
        checks.refused(errors.RATE_LIMITED, 'more than 4096 names of one process', names.register('more', pid))
        assert(names.lookup('more') == nil and names.register('n7', pid) and names.register('mine'))
        assert(names.unregister('n8') and names.register('more', pid))
        checks.refused(errors.RATE_LIMITED, 'more than 4096', names.register('n8', pid))
        process.terminate(pid) checks.ended(pid)
        for i = 1, 4096 do assert(names.lookup('n' .. i) == nil) end
        assert(names.lookup('more') == nil and names.register('n8') and names.lookup('mine') == process.pid())";
    a_name_has_a_bounded_length:
        "assert(process.registry.register(('x'):rep(1024)))
        checks.refused(errors.INVALID, 'a name has 1024 bytes at most', process.registry.register(('x'):rep(1025)))";
    names_are_registered_looked_up_and_released:
        "local r = process.registry
        local ok, err = r.register('n') assert(ok == true and err == nil)
        local pid, err = r.lookup('n') assert(pid == process.pid() and err == nil)
        assert(r.unregister('n') == true and r.unregister('n') == false)
        checks.refused(errors.NOT_FOUND, 'name not registered', r.lookup('n'))";
    unregister_gives_one_boolean:
        "process.registry.register('n')
        assert(select('#', process.registry.unregister('n')) == 1 and select('#', process.registry.unregister('n')) == 1)";
    names_may_be_given_to_others:
        "local pid = checks.spawn('waits')
        assert(process.registry.register('other', pid) and process.registry.lookup('other') == pid)";
    the_same_name_for_the_same_process_is_fine:
        "local r, pid = process.registry, checks.spawn('waits')
        assert(r.register('n') and r.register('n') and r.register('n', process.pid()))
        assert(r.register('m', pid) and r.register('m', pid))";
    a_name_that_is_taken_is_refused:
        "local r, pid = process.registry, checks.spawn('waits')
        assert(r.register('n', pid))
        checks.refused(errors.ALREADY_EXISTS, '', r.register('n'))
        assert(r.lookup('n') == pid)";
    a_process_may_have_many_names:
        "for i = 1, 100 do assert(process.registry.register('n' .. i)) end
        for i = 1, 100 do assert(process.registry.lookup('n' .. i) == process.pid()) end";
    malformed_pids_are_invalid:
        "for _, pid in ipairs{'', 'x', 'name', '{x}', '{a:b|'} do
            checks.refused(errors.INVALID, '', process.registry.register('n', pid))
        end";
    names_are_not_given_to_the_dead:
        "local pid = checks.monitored('returns') checks.ended(pid)
        checks.refused(errors.NOT_FOUND, '', process.registry.register('n', pid))
        checks.refused(errors.NOT_FOUND, '', process.registry.register('n', '{app:processes|0xfffff}'))
        checks.refused(errors.NOT_FOUND, 'name not registered', process.registry.lookup('n'))";
    names_that_cannot_be_reached_are_refused:
        "checks.refused(errors.INVALID, '', process.registry.register(''))
        checks.refused(errors.INVALID, '', process.registry.register('{app:processes|0x00001}'))
        checks.refused(errors.INVALID, '', process.registry.register(process.pid()))";
    the_local_scope_is_the_default:
        "local r = process.registry
        assert(r.LOCAL == 0 and r.EVENTUAL == 1 and r.CONSISTENT == 2 and r.STRONG == 3)
        assert(r.register('a', process.pid(), r.LOCAL) and r.register('b', process.pid(), 0))
        assert(r.register('c', process.pid(), 0.0) and r.register('d', nil, 0))
        assert(r.unregister('a', 0) and r.unregister('b', r.LOCAL) and r.unregister('c', 0.0) and r.unregister('d'))";
    other_scopes_need_a_cluster:
        "for scope = 1, 3 do
            checks.refused(errors.UNAVAILABLE, 'registry not available', process.registry.register('n', nil, scope))
            checks.refused(errors.UNAVAILABLE, 'registry not available', process.registry.unregister('n', scope))
        end";
    wrong_types_raise:
        "for _, name in ipairs{'register', 'lookup', 'unregister'} do
            checks.raises(\"bad argument #1 to '\" .. name .. \"'\", process.registry[name])
            checks.raises(\"bad argument #1 to '\" .. name .. \"'\", process.registry[name], {})
        end
        checks.raises('bad argument #2', process.registry.register, 'n', {})
        checks.raises('bad argument #3', process.registry.register, 'n', nil, 'local')";
    the_names_of_the_dead_are_free:
        "local r = process.registry
        for i = 1, 10 do
            local pid = checks.monitored('waits')
            assert(r.register('worker', pid) and r.register('alias', pid))
            process.terminate('worker')
            checks.ended(pid)
            checks.refused(errors.NOT_FOUND, 'not registered', r.lookup('worker'))
            checks.refused(errors.NOT_FOUND, 'not registered', r.lookup('alias'))
        end";
    registering_while_the_other_dies_gives_no_dead_name:
        "for i = 1, 50 do
            local pid = checks.monitored('returns')
            local ok, err = process.registry.register('n', pid)
            if not ok then assert(err:kind() == errors.NOT_FOUND) end
            checks.ended(pid)
            assert(process.registry.lookup('n') == nil)
        end";
}

#[test]
fn a_name_set_by_a_child_is_seen_by_all() {
    let app = App::new(
        "local pid = checks.monitored('named')
        process.send(pid, 'register', (process.pid()))
        assert(checks.next() == 'done' and process.registry.lookup('of the child') == pid)
        process.send('of the child', 'end') checks.ended(pid)
        return process.registry.lookup('of the child') == nil",
    );
    let body = "local _, to = checks.next()
        process.send(to, assert(process.registry.register('of the child')) and 'done')
        process.inbox():receive()";
    app.process("named", body).passes();
}

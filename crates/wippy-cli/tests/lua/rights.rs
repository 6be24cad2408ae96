//! What a process without actor and scope may do: everything, or nothing in strict mode.

use crate::app::App;

#[test]
fn strict_mode_refuses_everything_guarded() {
    let app = App::new(
        "local me = process.pid()
        local function denied(...) checks.refused(errors.PERMISSION_DENIED, '', ...) end
        denied(process.send(me, 't'))
        for _, name in ipairs{'spawn', 'spawn_monitored', 'spawn_linked', 'spawn_linked_monitored', 'exec'} do
            denied(process[name]('app:returns', 'app:processes'))
        end
        for _, name in ipairs{'terminate', 'cancel', 'monitor', 'unmonitor', 'link', 'unlink'} do
            denied(process[name](me))
        end
        denied(process.registry.register('n'))
        denied(process.registry.unregister('n'))
        denied(process.upgrade('app:returns'))
        return true",
    );
    app.strict().passes();
}

#[test]
fn strict_mode_guards_nothing_else() {
    let app = App::new(
        "assert(process.pid() and process.id() and process.inbox() and process.events() and process.listen('t'))
        assert(process.get_options() and process.set_options{trap_links = true})
        checks.refused(errors.NOT_FOUND, 'not registered', process.registry.lookup('n'))
        time.sleep('1ms')
        local ch = channel.new(1) ch:send(1)
        return ch:receive() == 1",
    );
    app.strict().passes();
}

#[test]
fn a_refusal_says_what_is_not_allowed() {
    let app = App::new(
        "local me = process.pid()
        checks.refused(errors.PERMISSION_DENIED, 'not allowed to send', process.send(me, 't'))
        assert(select(2, process.send('nobody', 't')):kind() == errors.NOT_FOUND)
        return true",
    );
    app.strict().passes();
}

#[test]
fn ones_own_code_may_be_renewed_in_strict_mode() {
    let app = App::chunk("return function(again) if again then return true end process.upgrade(nil, true) end");
    app.strict().passes();
}

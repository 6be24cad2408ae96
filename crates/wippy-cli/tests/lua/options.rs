//! `process.get_options` and `process.set_options`.

use crate::app::{App, lua_tests};

lua_tests! {
    options_have_defaults:
        "local options, err = process.get_options()
        checks.equal(options, {trap_links = false, upgradable = false}) assert(err == nil)";
    options_take_effect_at_once:
        "local ok, err = process.set_options{trap_links = true} assert(ok == true and err == nil)
        assert(process.get_options().trap_links == true and process.get_options().upgradable == false)
        assert(process.set_options{upgradable = true} and process.get_options().trap_links == true)
        assert(process.set_options{} and process.get_options().trap_links == true)
        assert(process.set_options{trap_links = false, upgradable = false})
        checks.equal((process.get_options()), {trap_links = false, upgradable = false})";
    wrong_options_are_refused_with_false:
        "local function refused(part, ...)
            local ok, err = process.set_options(...)
            assert(ok == false and err:kind() == errors.INVALID and err:retryable() == false)
            checks.has(err, part)
        end
        refused('options parameter must be a table') refused('options parameter must be a table', 5)
        refused('options parameter must be a table', nil)
        refused('trap_links must be a boolean', {trap_links = 1}) refused('trap_links must be a boolean', {trap_links = 'true'})
        refused('option nothing is not supported', {nothing = true})
        refused('is not supported', {[1] = true})";
    options_are_set_all_or_none:
        "for _ = 1, 10 do
            assert(process.set_options{trap_links = true, nothing = true} == false)
            assert(process.set_options{trap_links = true, upgradable = 5} == false)
            checks.equal((process.get_options()), {trap_links = false, upgradable = false})
        end";
    what_was_given_out_is_a_copy:
        "local options = process.get_options() options.trap_links = true
        assert(process.get_options().trap_links == false)";
}

#[test]
fn options_are_not_inherited() {
    let app = App::new(
        "process.set_options{trap_links = true, upgradable = true}
        return checks.exec('says').trap_links == false and checks.exec('says').upgradable == false",
    );
    app.process("says", "return process.get_options()").passes();
}

//! A process takes so much memory and no more.

use crate::app::App;
use wippy_core::{ErrorKind, Tree};

fn limited(app: App, entry: &str, memory: &str) -> App {
    app.set(entry, "limits", Tree::map([("memory", memory)]))
}

const GREEDY: &str = "local t = {} for i = 1, 1 << 40 do t[i] = {i} end";

#[test]
fn a_process_beyond_its_limit_fails_and_its_neighbours_do_not() {
    let app = App::new(
        "local e = checks.ended(checks.monitored('greedy')).error
        checks.has(e:message(), 'not enough memory')
        assert(checks.exec('returns', 1) == 1)
        return true",
    );
    limited(app.process("greedy", GREEDY), "greedy", "4MB").passes();
}

#[test]
fn the_lack_of_memory_tells_its_place() {
    // Line 2 of each asks for more than there is.
    for body in [
        GREEDY.replace(" for", "\nfor"),
        "local s = 'x'\nreturn #s:rep(1 << 25)".into(),
        "local text = '[' .. ('[],'):rep(1 << 17) .. '1]'\nreturn json.decode(text)".into(),
        "local t = {}\nwhile true do t[#t + 1] = coroutine.create(function() end) end".into(),
        format!("coroutine.spawn(function() time.sleep(1)\n{GREEDY} end) time.sleep('1h')"),
        format!("coroutine.wrap(function()\n{GREEDY} end)()"),
        format!("coroutine.wrap(function() time.sleep(1)\n{GREEDY} end)()"),
        format!("local co = coroutine.create(function() {GREEDY} end) local _, e = coroutine.resume(co)\nerror(e)"),
    ] {
        let app = App::new(
            "local e = checks.ended(checks.monitored('greedy')).error
            checks.equal(e:message(), 'app:greedy:2: not enough memory')
            checks.equal(e:kind(), errors.INTERNAL)
            return true",
        );
        limited(app.process("greedy", &body), "greedy", "4MB").passes();
    }
}

#[test]
fn where_there_is_not_even_memory_to_begin_the_entry_is_told() {
    let app = App::new(
        "local e = checks.ended(checks.monitored('greedy')).error
        checks.equal(e:message(), 'app:greedy: not enough memory')
        return true",
    );
    limited(app.process("greedy", "return {}"), "processes", "1B").passes();
}

#[test]
fn the_lack_of_memory_at_file_level_tells_its_place() {
    let app = App::new(
        "local pid, err = process.spawn('app:greedy', 'app:processes')
        checks.equal(err:message(), 'failed to execute script: app:greedy:2: not enough memory')
        return true",
    );
    limited(app.program("greedy", &format!("local x\n{GREEDY} return print")), "greedy", "4MB").passes();
}

#[test]
fn a_program_can_catch_the_lack_of_memory_and_go_on() {
    let app = App::new("local text = assert(checks.exec('greedy')) checks.has(text, 'not enough memory') return true");
    let body = format!("local ok, e = pcall(function() {GREEDY} end) assert(not ok) return tostring(e)");
    limited(app.process("greedy", &body), "greedy", "2MB").passes();
}

#[test]
fn strings_messages_and_coroutines_count() {
    for body in [
        "return #('x'):rep(1 << 25)",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t[#t + 1] = coroutine.create(function() end) end",
        "local s = ('x'):rep(3 << 20) process.send(process.pid(), 'large', s)
        local t = process.inbox():receive():payload():data() return #s + #t",
        "return json.decode('[' .. ('1,'):rep(1 << 20) .. '1]')",
        "local function f(n) local a, b, c = f(n + 1), 1, 2 return a end return f(1)",
    ] {
        let app = App::new(
            "local e = checks.ended(checks.monitored('greedy')).error
            assert(e, 'it has room') assert(tostring(e):find('memory') or tostring(e):find('overflow'), tostring(e))
            return true",
        );
        limited(app.process("greedy", body), "greedy", "4MB").passes();
    }
}

#[test]
fn the_smaller_of_entry_and_host_wins() {
    for (entry, host) in [("64MB", "2MB"), ("2MB", "64MB")] {
        let app = App::new(
            "checks.has(checks.ended(checks.monitored('greedy')).error:message(), 'not enough memory') return true",
        );
        let app = app.process("greedy", "local s = ('x'):rep(8 << 20) return #s");
        limited(limited(app, "greedy", entry), "processes", host).passes();
    }
    let app = App::new("assert(checks.exec('greedy') == 8 << 20) return true");
    let app = app.process("greedy", "local s = ('x'):rep(8 << 20) return #s");
    limited(limited(app, "greedy", "32MB"), "processes", "32MB").passes();
}

#[test]
fn a_limit_must_be_a_size_that_a_state_fits_into() {
    for (entry, memory, part) in [
        ("main", Tree::from("plenty"), "expected a number of bytes, or a text such as 16MB"),
        ("main", Tree::Int(1000), "limits.memory must be at least 64KB"),
        ("processes", Tree::Bool(true), "expected a number of bytes"),
    ] {
        let faults = App::new("return true").set(entry, "limits", Tree::map([("memory", memory)])).faults();
        assert!(faults.to_string().contains(part), "{faults}");
        assert_eq!(*faults.faults[0].error.kind(), ErrorKind::Invalid);
    }
}

/// Waits until the only process of its host has been interrupted often, which must not end it.
const INTERRUPTED: &str = "
    local function interrupted()
        repeat
            time.sleep('1ms')
            local one = assert(system.hosts.processes('app:processes')[1], 'it has ended by itself')
        until one.steps > 500
    end";

#[test]
fn being_interrupted_costs_a_process_nothing() {
    let body = format!(
        "{INTERRUPTED}
        local pid = checks.monitored('spins')
        interrupted()
        process.terminate(pid)
        checks.equal(tostring(checks.ended(pid).error), 'process terminated')
        return true"
    );
    limited(App::new(&body).process("spins", "while true do end"), "spins", "64KB").passes();
}

#[test]
fn being_interrupted_costs_file_level_code_nothing() {
    let body = format!(
        "{INTERRUPTED}
        coroutine.spawn(function() error(select(2, process.spawn('app:spins', 'app:processes'))) end)
        repeat time.sleep('1ms') until system.hosts.processes('app:processes')[1]
        interrupted()
        return true"
    );
    limited(App::new(&body).program("spins", "while true do end"), "spins", "64KB").passes();
}

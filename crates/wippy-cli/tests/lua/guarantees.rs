//! What holds between processes, whatever they do.

use crate::app::App;

const TALKS: &str = "local to, n = ...
    for i = 1, n do assert(process.send(to, 'topic ' .. i % 3, i)) end";

#[test]
fn messages_of_one_sender_keep_their_order() {
    let app = App::new(
        "local pids = {}
        for i = 1, 10 do pids[i] = checks.spawn('talks', (process.pid()), 300) end
        local last, n = {}, 0
        while n < 3000 do
            local m = process.inbox():receive()
            local from, i = m:from(), m:payload():data()
            assert(i == (last[from] or 0) + 1, 'after ' .. tostring(last[from]) .. ' came ' .. i)
            last[from], n = i, n + 1
        end
        return true",
    );
    app.process("talks", TALKS).passes();
}

#[test]
fn coroutines_of_one_sender_share_its_order() {
    let app = App::new(
        "local pid = checks.spawn('talks', (process.pid()))
        for i = 1, 200 do local _, v = checks.next() assert(v == i, v) end
        return true",
    );
    let body = "local to, n = ..., 0
        local done = channel.new()
        for c = 1, 4 do coroutine.spawn(function()
            for _ = 1, 50 do n = n + 1 process.send(to, 'from ' .. c, n) coroutine.yield() end
            done:send(true)
        end) end
        for _ = 1, 4 do done:receive() end";
    app.process("talks", body).passes();
}

#[test]
fn exit_comes_after_every_message() {
    let app = App::new(
        "local inbox, events = process.inbox(), process.events()
        for round = 1, 20 do
            local pid = checks.monitored('talks', (process.pid()), 50)
            local e = events:receive() assert(e.from == pid)
            for i = 1, 50 do
                local r = channel.select{inbox:case_receive(), default = true}
                assert(not r.default, 'only ' .. i - 1 .. ' of 50')
                checks.equal(r.value:payload():data(), i)
            end
            assert(channel.select{inbox:case_receive(), default = true}.default)
        end
        return true",
    );
    app.process("talks", TALKS).passes();
}

#[test]
fn link_down_comes_after_every_message() {
    let app = App::new(
        "process.set_options{trap_links = true}
        local inbox, events = process.inbox(), process.events()
        for round = 1, 10 do
            local pid = assert(process.spawn_linked('app:talks', 'app:processes', (process.pid()), 20))
            local e = events:receive() assert(e.from == pid and e.kind == process.event.LINK_DOWN)
            for i = 1, 20 do checks.equal(channel.select{inbox:case_receive()}.value:payload():data(), i) end
            assert(channel.select{inbox:case_receive(), default = true}.default)
        end
        return true",
    );
    app.process("talks", &format!("{TALKS} return nil, 'over'")).passes();
}

#[test]
fn nothing_is_lost_and_nothing_comes_twice() {
    let app = App::new(
        "local n, seen, left = 8, {}, 8 * 250
        for i = 1, n do checks.spawn('talks', (process.pid()), i, 250) end
        while left > 0 do
            local _, key = checks.next()
            assert(not seen[key], key) seen[key] = true
            left = left - 1
        end
        time.sleep('2ms')
        assert(channel.select{process.inbox():case_receive(), default = true}.default)
        return true",
    );
    app.process("talks", "local to, id, n = ... for i = 1, n do assert(process.send(to, 't', id .. '/' .. i)) end")
        .passes();
}

#[test]
fn who_learns_of_a_message_sends_later() {
    let app = App::new(
        "for i = 1, 50 do
            local target = checks.monitored('collects')
            local second = checks.spawn('second', target)
            assert(process.send(target, 't', 'first'))
            assert(process.send(second, 'go'))
            checks.equal(checks.ended(target).value, {'first', 'second'})
        end
        return true",
    );
    app.process("collects", "local got = {} for i = 1, 2 do got[i] = select(2, checks.next()) end return got")
        .process("second", "local target = ... checks.next() process.send(target, 't', 'second')")
        .passes();
}

#[test]
fn terminate_overtakes_what_is_queued() {
    let app = App::new(
        "for i = 1, 5 do
            local pid = checks.monitored('busy', (process.pid()))
            assert(checks.next() == 'busy')
            for _ = 1, 10 do process.send(pid, 'work') end
            process.terminate(pid)
            checks.has(checks.ended(pid).error, 'process terminated')
            assert(channel.select{process.inbox():case_receive(), default = true}.default, 'it went on')
        end
        return true",
    );
    let body = "local to = ...
        process.send(to, 'busy')
        local start = time.now()
        while time.now():sub(start):milliseconds() < 15 do end
        while true do checks.next() process.send(to, 'worked') end";
    app.process("busy", body).passes();
}

#[test]
fn the_same_arrivals_give_the_same_order_inside() {
    let app = App::new(
        "local first
        for _ = 1, 10 do
            local log = checks.exec('interleaves')
            first = first or log
            checks.equal(log, first)
        end
        return true",
    );
    let body = "local log, a, b, done = {}, channel.new(), channel.new(2), channel.new()
        for i = 1, 5 do
            coroutine.spawn(function()
                for j = 1, 4 do
                    local r = channel.select{a:case_send(i), b:case_send(j), a:case_receive(), b:case_receive()}
                    log[#log + 1] = i .. (r.channel == a and 'a' or 'b') .. tostring(r.value)
                    coroutine.yield()
                end
                done:send(i)
            end)
        end
        coroutine.spawn(function() while true do channel.select{a:case_receive(), b:case_receive()} coroutine.yield() end end)
        for _ = 1, 5 do log[#log + 1] = 'done ' .. done:receive() end
        return table.concat(log, ' ')";
    app.process("interleaves", body).passes();
}

#[test]
fn a_cancel_keeps_its_place_among_messages() {
    let app = App::new(
        "for i = 1, 20 do
            local pid = checks.monitored('notes', (process.pid()))
            assert(checks.next() == 'ready')
            time.sleep('2ms')
            if i % 2 == 0 then process.send(pid, 'm') process.cancel(pid) else process.cancel(pid) process.send(pid, 'm') end
            checks.equal(checks.ended(pid), {value = i % 2 == 0 and 'message' or 'cancel'})
        end
        return true",
    );
    // A select that is blocked already is woken by what comes first, whatever its order of cases.
    let body = "local to, events, inbox = ..., process.events(), process.inbox()
        process.send(to, 'ready')
        local r = channel.select{inbox:case_receive(), events:case_receive()}
        return r.channel == inbox and 'message' or 'cancel'";
    app.process("notes", body).passes();
}

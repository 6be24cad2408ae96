//! `system`: figures, states, locks.

use crate::app::{App, lua_tests};
use wippy_core::{Entry, EntryId, Tree};

lua_tests! {
    memory_is_told_in_bytes:
        "local stats, err = system.memory.stats() assert(err == nil)
        for _, field in ipairs{'alloc', 'total_alloc', 'sys', 'heap_alloc', 'heap_sys', 'heap_idle', 'heap_in_use',
            'heap_released', 'heap_objects', 'stack_in_use', 'stack_sys', 'mspan_in_use', 'mspan_sys', 'num_gc', 'next_gc'} do
            assert(math.type(stats[field]) == 'integer' and stats[field] >= 0, field)
        end
        assert(stats.alloc > 0 and stats.heap_objects > 0 and stats.total_alloc >= stats.alloc)
        local used, err = system.memory.allocated() assert(used > 0 and err == nil)
        local objects, err = system.memory.heap_objects() assert(objects > 0 and err == nil)";
    the_memory_limit_is_remembered:
        "assert(system.memory.get_limit() == math.maxinteger)
        assert(system.memory.set_limit(1 << 30) == math.maxinteger)
        local former, err = system.memory.set_limit(-1) assert(former == 1 << 30 and err == nil)
        assert(system.memory.get_limit() == math.maxinteger)
        assert(system.memory.set_limit(0.0) == math.maxinteger and system.memory.get_limit() == 0)
        checks.refused(errors.INVALID, 'required', system.memory.set_limit())
        checks.refused(errors.INVALID, '-1', system.memory.set_limit(-2))
        checks.raises('number expected', system.memory.set_limit, 'much')
        assert(system.memory.get_limit() == 0)";
    the_collector_takes_a_percentage:
        "assert(system.gc.get_percent() == 100 and system.gc.set_percent(50) == 100 and system.gc.get_percent() == 50)
        local done, err = system.gc.collect() assert(done == true and err == nil)
        checks.refused(errors.INVALID, 'required', system.gc.set_percent())";
    processors_and_workers:
        "assert(system.runtime.cpu_count() >= 1)
        assert(system.runtime.max_procs() == 2 and system.runtime.max_procs(5) == 2 and system.runtime.max_procs() == 5)
        for _, n in ipairs{0, -3} do checks.refused(errors.INVALID, 'positive', system.runtime.max_procs(n)) end
        assert(system.runtime.max_procs() == 5)
        local before = system.runtime.goroutines() assert(before > 0)
        local pids = {} for i = 1, 10 do pids[i] = checks.monitored('waits') end
        assert(system.runtime.goroutines() >= before + 10)";
    the_program_itself:
        "assert(math.type(system.process.pid()) == 'integer' and system.process.pid() > 1)
        assert(#system.process.hostname() > 0 and #system.process.cwd() > 0)
        local _, err = system.process.pid() assert(err == nil)";
    hosts_are_listed:
        "checks.monitored('waits')
        local hosts, err = system.hosts.list() assert(err == nil and #hosts == 2)
        local processes, terminal = hosts[1], hosts[2]
        assert(processes.id == 'app:processes' and terminal.id == 'app:terminal')
        assert(processes.workers == 2 and processes.processes == 1 and terminal.processes == 1)
        for _, field in ipairs{'executed', 'stolen', 'queue_depth'} do
            assert(math.type(processes[field]) == 'integer' and processes[field] >= 0, field)
        end
        local before = processes.executed
        checks.exec('returns', 1)
        assert(system.hosts.list()[1].executed > before)";
    processes_of_a_host_are_listed:
        "local pid = checks.monitored('echo')
        for i = 1, 3 do process.send(pid, 'n', i) checks.next() end
        local p
        -- It counts what it sends after it has sent it, and is idle after it has answered.
        repeat
            local all, err = system.hosts.processes('app:processes') assert(err == nil and #all == 1)
            p = all[1]
            assert(p.state == 'idle' or p.state == 'ready' or p.state == 'running', p.state)
        until p.state == 'idle' and p.stats.sent == 3
        assert(p.pid == pid and p.host == 'app:processes' and p.steps >= 1)
        assert(p.stats.received == 3 and p.stats.waiting == 0 and p.stats.memory > 0)
        assert(math.type(p.stats.busy) == 'integer')
        local me = system.hosts.processes('app:terminal')
        assert(#me == 1 and me[1].pid == process.pid())";
    where_a_process_comes_from_and_when_is_listed:
        "local since = system.supervisor.state('app:processes').started_at
        local first, second = checks.monitored('obeys'), checks.monitored('waits')
        local by_pid = {}
        for _, p in ipairs(system.hosts.processes('app:processes')) do by_pid[p.pid] = p end
        local a, b = by_pid[first], by_pid[second]
        assert(a.source == 'app:obeys' and b.source == 'app:waits')
        assert(a.parent == process.pid() and b.parent == process.pid())
        assert(math.type(a.started_at) == 'integer')
        assert(a.started_at <= b.started_at and b.started_at <= time.now():unix_nano())
        -- Both are told by two clocks, looked at one after the other.
        assert(a.started_at >= since - 1000000000)
        local me = system.hosts.processes('app:terminal')[1]
        assert(me.source == 'app:main' and me.parent:find('node:control', 1, true))";
    what_waits_is_idle_and_what_never_ends_is_not:
        "local waits, runs = checks.monitored('waits'), checks.monitored('forever')
        local seen = {}
        repeat
            for _, p in ipairs(system.hosts.processes('app:processes')) do seen[p.pid .. p.state] = true end
        until seen[waits .. 'idle'] and seen[runs .. 'running']
        assert(not seen[runs .. 'idle'])
        for _, p in ipairs(system.hosts.processes('app:processes')) do assert(p.pid ~= waits or p.state == 'idle') end
        process.terminate(runs)";
    a_host_that_is_not_there:
        "checks.refused(errors.INVALID, 'host id is required', system.hosts.processes(''))
        checks.refused(errors.NOT_FOUND, 'app:nosuch', system.hosts.processes('app:nosuch'))
        checks.refused(errors.NOT_FOUND, 'app:main', system.hosts.processes('app:main'))
        checks.raises('string expected', system.hosts.processes)";
    hosts_are_supervised:
        "local state, err = system.supervisor.state('app:processes') assert(err == nil)
        assert(state.id == 'app:processes' and state.status == 'running' and state.desired == 'running')
        assert(state.retry_count == 0 and state.details == nil)
        assert(state.started_at <= time.now():unix_nano() and state.started_at == state.last_update)
        assert(time.now():unix_nano() - state.started_at < 60 * 1000000000)
        checks.refused(errors.INVALID, 'service id is required', system.supervisor.state(''))
        checks.refused(errors.NOT_FOUND, 'app:nosuch', system.supervisor.state('app:nosuch'))
        assert(#system.supervisor.states() == 2)";
    a_node_that_stands_alone:
        "assert(system.node.id() == 'local' and system.node.role() == 'non-member')
        checks.refused(errors.INTERNAL, 'not available', system.node.addr())
        checks.equal(system.cluster.members(), {{id = 'local', is_local = true}})
        local leader, err = system.cluster.leader() assert(leader == '' and err == nil)
        assert(system.cluster.size() == 0)
        for _, name in ipairs{'state', 'leader', 'term', 'last_index', 'commit_index', 'applied_index', 'stats'} do
            checks.refused(errors.INTERNAL, 'raft not available', system.raft[name]())
        end";
    modules_are_listed_with_their_classes:
        "local all, err = system.modules() assert(err == nil)
        local by_name = {} for _, m in ipairs(all) do by_name[m.name] = m assert(#m.description > 0, m.name) end
        checks.equal(by_name.time.class, {'time', 'workflow'})
        checks.equal(by_name.system.class, {'process', 'nondeterministic'})
        assert(by_name.json and by_name.process and not by_name.nosuch and #all >= 15)";
    a_lock_has_one_holder:
        "local got, err = system.lock.acquire('l') assert(got == true and err == nil)
        local again, err = system.lock.acquire('l')
        assert(again == false and err:kind() == errors.ALREADY_EXISTS and err:retryable() == false)
        assert(system.lock.acquire('another'))
        local given, err = system.lock.release('l') assert(given == true and err == nil)
        given, err = system.lock.release('l') assert(given == false and err == nil)
        assert(system.lock.release('never held') == false)
        assert(system.lock.acquire('l') == true)
        checks.refused(errors.INVALID, 'lock name', system.lock.acquire(''))
        checks.refused(errors.INVALID, 'lock name', system.lock.release(''))
        checks.raises('string expected', system.lock.acquire)";
    the_module_is_read_only:
        "checks.raises('', function() system.exit = nil end)
        checks.raises('', function() system.lock.acquire = nil end)";
}

#[test]
fn the_end_of_a_holder_gives_its_locks_back() {
    let body = "local holder = checks.monitored('holds', 'a', 'b')
        assert(select(2, checks.next()) == 'held')
        for _, name in ipairs{'a', 'b'} do
            local got, err = system.lock.acquire(name) assert(got == false and err:kind() == errors.ALREADY_EXISTS)
            assert(system.lock.release(name) == false)
        end
        process.terminate(holder) checks.ended(holder)
        assert(system.lock.acquire('a') == true and system.lock.acquire('b') == true)
        -- Many, one after the other: each finds the lock free as soon as it hears of the end before it.
        for i = 1, 100 do
            local child = checks.monitored('locks', 'c')
            assert(checks.ended(child).value == true, i)
        end
        return true";
    let holds = "for _, name in ipairs{...} do assert(system.lock.acquire(name)) end
        process.send(MAIN, 'state', 'held') process.inbox():receive()";
    let holds = holds.replace("MAIN", "process.registry.lookup('main')");
    let body = format!("process.registry.register('main') {body}");
    App::new(&body).process("holds", &holds).process("locks", "return (system.lock.acquire(...))").passes();
}

#[test]
fn the_end_of_a_call_gives_its_locks_back() {
    App::new("for i = 1, 50 do assert(funcs.call('app:locks') == true, i) end return true")
        .function("locks", "return (system.lock.acquire('once'))")
        .passes();
}

#[test]
fn services_are_told_with_their_states() {
    let service = |name: &str, process: &str, auto_start: bool| {
        let restart = Tree::map([("max_attempts", 1i64)]);
        let mut lifecycle = Tree::map([("restart", restart)]);
        lifecycle.set("auto_start", auto_start);
        let mut data = Tree::map([("process", process), ("host", "app:processes")]);
        data.set("lifecycle", lifecycle);
        Entry { id: EntryId::resolve(name, "app"), kind: "process.service".into(), data, ..Entry::default() }
    };
    App::new(
        "local up = system.supervisor.state('app:up')
        assert(up.status == 'running' and up.desired == 'running' and up.retry_count == 0 and up.details == nil)
        assert(up.started_at > 0 and up.last_update >= up.started_at - 1000000000)
        -- It was up for a moment.
        local down
        repeat down = system.supervisor.state('app:down') until down.status ~= 'running'
        assert(down.status == 'failed' and down.retry_count == 1 and down.started_at == nil)
        checks.has(down.details, 'on purpose')
        local off = system.supervisor.state('app:off')
        assert(off.status == 'unknown' and off.desired == 'stopped' and off.started_at == nil)
        local ids = {}
        for i, s in ipairs(system.supervisor.states()) do ids[i] = s.id end
        checks.equal(ids, {'app:down', 'app:off', 'app:processes', 'app:terminal', 'app:up'})
        return true",
    )
    .process("breaks", "error('on purpose')")
    .entry(service("up", "app:waits", true))
    .entry(service("down", "app:breaks", true))
    .entry(service("off", "app:waits", false))
    .passes();
}

#[test]
fn running_calls_of_a_function_are_listed() {
    App::new(
        "assert(#system.hosts.processes('app:slow') == 0)
        local future = funcs.async('app:slow')
        local calls
        repeat calls = system.hosts.processes('app:slow') until #calls == 1
        assert(calls[1].host == 'app:slow' and calls[1].pid:find('app:slow#lua', 1, true))
        future:cancel()
        return true",
    )
    .function("slow", "process.inbox():receive()")
    .passes();
}

#[test]
fn strict_mode_refuses_everything_with_the_kind_that_programs_look_for() {
    App::new(
        "local function denied(what, ...)
            local e = checks.refused(errors.INVALID, 'not allowed', ...) checks.has(e, what)
        end
        denied('memory', system.memory.stats()) denied('memory', system.memory.allocated())
        denied('memory', system.memory.heap_objects())
        denied('memory_limit', system.memory.get_limit()) denied('memory_limit', system.memory.set_limit(5))
        denied('gc', system.gc.collect())
        denied('gc_percent', system.gc.get_percent()) denied('gc_percent', system.gc.set_percent(5))
        denied('goroutines', system.runtime.goroutines()) denied('cpu', system.runtime.cpu_count())
        denied('gomaxprocs', system.runtime.max_procs()) denied('gomaxprocs', system.runtime.max_procs(5))
        denied('pid', system.process.pid()) denied('hostname', system.process.hostname())
        denied('cwd', system.process.cwd())
        denied('hosts', system.hosts.list()) denied('hosts', system.hosts.processes('app:nosuch'))
        denied('supervisor', system.supervisor.states()) denied('supervisor', system.supervisor.state('app:nosuch'))
        denied('modules', system.modules())
        denied('node', system.node.id()) denied('node', system.node.addr()) denied('node', system.node.role())
        denied('cluster', system.cluster.members()) denied('cluster', system.cluster.leader())
        denied('cluster', system.cluster.size())
        denied('raft', system.raft.term()) denied('raft_stats', system.raft.stats())
        denied('exit', system.exit(3))
        checks.refused(errors.PERMISSION_DENIED, 'l', system.lock.acquire('l'))
        checks.refused(errors.PERMISSION_DENIED, 'l', system.lock.release('l'))
        return true",
    )
    .strict()
    .passes();
}

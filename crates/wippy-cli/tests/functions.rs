//! Functions of different kinds that call each other, and for whom they run.

use std::sync::Arc;
use std::time::Duration;
use wippy_core::{Entry, EntryId, ErrorKind, Exit, Spawn, Tree, Value};
use wippy_host::{Change, Node, NodeConfig, Outcome};
use wippy_lua::LuaKind;
use wippy_native::NativeKind;

const LIMIT: Duration = Duration::from_secs(20);

fn entry(id: &str, kind: &str, data: &[(&str, &str)]) -> Entry {
    let data = Tree::map(data.iter().map(|(k, v)| (*k, *v)));
    Entry { id: EntryId::new(id), kind: kind.into(), data, ..Entry::default() }
}

fn host(id: &str, kind: &str) -> Entry {
    let start = Tree::map([("lifecycle", Tree::map([("auto_start", true)]))]);
    Entry { data: start, ..entry(id, kind, &[]) }
}

fn lua(id: &str, kind: &str, body: &str) -> Entry {
    let source = format!("return {{ main = function(...) {body} end }}");
    let mut entry = entry(id, kind, &[("source", &source), ("method", "main")]);
    entry.data.set("modules", vec![Tree::from("funcs"), Tree::from("ctx")]);
    entry
}

/// The functions of the program around the node.
fn native() -> NativeKind {
    NativeKind::new()
        .function("double", |_, args| async move {
            match args.first().as_int() {
                Some(n) => Ok(Value::Int(2 * n)),
                None => Err(wippy_core::Error::invalid("not a number")),
            }
        })
        .function("twice", |cx, args| async move {
            let function = args.first().as_str().unwrap_or_default().to_owned();
            let once = cx.invoke(&function, 10).await?;
            cx.invoke(&function, once).await
        })
        .function("never", |_, _| std::future::pending::<Exit>())
        .function("gives up", |cx, args| async move {
            let name = args.first().as_str().unwrap_or_default().to_owned();
            wippy_native::select! {
                answer = cx.invoke(&name, ()) => answer,
                _ = cx.sleep(Duration::from_millis(2)) => Ok(Value::from("gave up")),
            }
        })
}

fn boot(entries: Vec<Entry>) -> Node {
    let mut all = vec![
        host("app:processes", "process.host"),
        host("app:terminal", "terminal.host"),
        entry("app:double", "function.native", &[("function", "double")]),
        entry("app:twice", "function.native", &[("function", "twice")]),
        entry("app:never", "function.native", &[("function", "never")]),
        entry("app:gives_up", "function.native", &[("function", "gives up")]),
        lua("app:triple", "function.lua", "return 3 * ..."),
    ];
    all.retain(|e| !entries.iter().any(|new| new.id == e.id));
    all.extend(entries);
    let kinds: Vec<Arc<dyn wippy_core::Kind>> = vec![Arc::new(LuaKind::new()), Arc::new(native())];
    Node::boot(NodeConfig { kinds, workers: 2, ..NodeConfig::default() }, all).expect("the entries are right")
}

fn end_of(node: &Node, entry: &str) -> Exit {
    let spawn = Spawn { entry: entry.into(), host: "app:terminal".into(), ..Spawn::default() };
    node.run(spawn).expect("it starts");
    match node.wait_for(LIMIT) {
        Some(Outcome::Terminal(exit)) => exit,
        other => panic!("the program has not ended: {other:?}"),
    }
}

fn run(body: &str, entries: Vec<Entry>) -> Exit {
    let mut all = vec![lua("app:main", "process.lua", body)];
    all.extend(entries);
    let node = boot(all);
    let exit = end_of(&node, "app:main");
    node.stop(Duration::from_millis(50));
    exit
}

#[test]
fn lua_calls_rust_and_rust_calls_lua() {
    assert_eq!(run("return (funcs.call('app:double', 21))", vec![]), Ok(Value::Int(42)));
    assert_eq!(run("return (funcs.call('app:twice', 'app:triple'))", vec![]), Ok(Value::Int(90)));
    assert_eq!(run("return (funcs.call('app:twice', 'app:double'))", vec![]), Ok(Value::Int(40)));
}

#[test]
fn failures_keep_their_kind_whoever_calls() {
    let kind = |body: &str| run(body, vec![]).unwrap_err().kind().clone();
    assert_eq!(kind("return funcs.call('app:double', 'x')"), ErrorKind::Invalid);
    assert_eq!(kind("return funcs.call('app:twice', 'app:nobody')"), ErrorKind::NotFound);
    assert_eq!(kind("return funcs.call('app:twice', 'nobody')"), ErrorKind::Invalid);
    assert_eq!(kind("return process.spawn('app:double', 'app:processes')"), ErrorKind::NotFound);
}

#[test]
fn a_rust_function_that_is_missing_is_a_fault_of_its_entry() {
    let faults = |entry: Entry| {
        let kinds: Vec<Arc<dyn wippy_core::Kind>> = vec![Arc::new(native())];
        Node::boot(NodeConfig { kinds, ..NodeConfig::default() }, vec![entry]).unwrap_err().faults
    };
    let message = |entry: Entry| faults(entry)[0].error.message().to_owned();
    let missing = message(entry("app:f", "function.native", &[("function", "nothing")]));
    assert!(missing.contains("function not found: nothing"), "{missing}");
    assert!(message(entry("app:f", "function.native", &[])).contains("function is required"));
    let mut pool = entry("app:f", "function.native", &[("function", "double")]);
    pool.data.set("pool", Tree::map([("type", "vast")]));
    assert!(message(pool).contains("'vast'"));
}

#[test]
fn giving_a_call_up_kills_the_function() {
    let body = "
        assert(funcs.call('app:gives_up', 'app:naps') == 'gave up')
        local pid = process.inbox():receive():from()
        -- It ends on its own time: monitoring tells when, or that it has.
        if process.monitor(pid) then process.events():receive() end
        return process.registry.lookup('main') == process.pid() and process.monitor(pid) == nil";
    let main = format!("process.registry.register('main') {body}");
    let naps = "process.send('main', 'here') process.inbox():receive()";
    assert_eq!(run(&main, vec![lua("app:naps", "function.lua", naps)]), Ok(Value::Bool(true)));
}

/// What the policy `app:calls` permits, and a process that runs under it as a service.
fn guarded(actions: &[&str], resources: &[&str]) -> Vec<Entry> {
    let texts = |list: &[&str]| list.iter().map(|t| Tree::from(*t)).collect::<Vec<_>>();
    let mut policy = entry("app:calls", "security.policy", &[]);
    policy.data.set(
        "policy",
        Tree::map([
            ("actions", Tree::from(texts(actions))),
            ("resources", Tree::from(texts(resources))),
            ("effect", Tree::from("allow")),
        ]),
    );
    vec![policy]
}

fn under_policy(body: &str, entries: Vec<Entry>) -> Exit {
    let mut main = lua("app:main", "process.lua", body);
    let actor = Tree::map([("id", "user")]);
    let policies = Tree::from(vec![Tree::from("app:calls")]);
    let security = Tree::map([("actor", actor), ("policies", policies)]);
    main.meta.set("command", Tree::map([("name", Tree::from("main")), ("security", security)]));
    let mut all = vec![main];
    all.extend(entries);
    let node = boot(all);
    let exit = end_of(&node, "app:main");
    node.stop(Duration::from_millis(50));
    exit
}

#[test]
fn a_function_runs_for_its_caller() {
    // The first call is allowed; what it does in turn is judged by the same scope.
    let chain = || lua("app:chain", "function.lua", "return funcs.call(...)");
    let call = "return funcs.call('app:chain', 'app:double', 1)";
    let mut entries = guarded(&["funcs.call"], &["app:chain"]);
    entries.push(chain());
    let refused = under_policy(call, entries).unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::PermissionDenied);
    assert_eq!(refused.message(), "not allowed: app:double");

    let refused = under_policy(call, guarded(&["funcs.call"], &["app:double"])).unwrap_err();
    assert_eq!(refused.message(), "not allowed: app:chain");
}

#[test]
fn a_host_bounds_the_functions_of_its_processes() {
    // The host forbids everything but starting there and the one call: a function cannot be used to get around it.
    let mut entries = guarded(&["funcs.call", "process.exec", "process.host"], &["app:spawns", "app:inner"]);
    let mut bounded = host("app:bounded", "process.host");
    let actor = Tree::map([("id", "host")]);
    let policies = Tree::from(vec![Tree::from("app:calls")]);
    let security = Tree::map([("actor", actor), ("policies", policies)]);
    bounded.data.set("lifecycle", Tree::map([("auto_start", Tree::from(true)), ("security", security)]));
    entries.push(bounded);
    entries.push(lua("app:spawns", "function.lua", "return process.exec('app:free', 'app:processes')"));
    entries.push(lua("app:free", "process.lua", "return 1"));
    entries.push(lua("app:inner", "process.lua", "return funcs.call('app:spawns')"));
    let exit = run("return process.exec('app:inner', 'app:bounded')", entries);
    let refused = exit.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::PermissionDenied);
    assert!(refused.message().contains("not allowed to execute process: app:free"), "{refused:?}");
}

#[test]
fn functions_can_be_added_changed_and_taken_away_while_the_node_runs() {
    let node = boot(vec![lua("app:main", "process.lua", "return funcs.call('app:new')")]);
    assert_eq!(*end_of(&node, "app:main").unwrap_err().kind(), ErrorKind::NotFound);
    node.apply(&[Change::Create(lua("app:new", "function.lua", "return 1"))]).unwrap();
    assert_eq!(end_of(&node, "app:main"), Ok(Value::Int(1)));
    node.apply(&[Change::Update(lua("app:new", "function.lua", "return 2"))]).unwrap();
    assert_eq!(end_of(&node, "app:main"), Ok(Value::Int(2)));
    node.apply(&[Change::Delete("app:new".into())]).unwrap();
    assert_eq!(*end_of(&node, "app:main").unwrap_err().kind(), ErrorKind::NotFound);
    node.apply(&[Change::Create(lua("app:new", "function.lua", "return 3"))]).unwrap();
    assert_eq!(end_of(&node, "app:main"), Ok(Value::Int(3)));
    node.stop(Duration::from_millis(50));
}

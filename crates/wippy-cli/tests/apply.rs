//! Entries changed while the node runs: what the next spawn and the next upgrade get.

use std::sync::Arc;
use std::time::Duration;
use wippy_core::{Entry, EntryId, ErrorKind, Spawn, Tree, Value};
use wippy_host::{Change, Node, NodeConfig, Outcome};
use wippy_lua::LuaKind;

fn entry(id: &str, kind: &str, data: &[(&str, &str)]) -> Entry {
    let data = Tree::map(data.iter().map(|(k, v)| (*k, *v)));
    Entry { id: EntryId::new(id), kind: kind.into(), data, ..Entry::default() }
}

fn host(id: &str, kind: &str) -> Entry {
    let start = Tree::map([("lifecycle", Tree::map([("auto_start", true)]))]);
    Entry { data: start, ..entry(id, kind, &[]) }
}

fn library(text: &str) -> Entry {
    entry("app:words", "library.lua", &[("source", &format!("return {{ word = '{text}' }}"))])
}

/// Says the library's word; upgrades to its own current version when it is told to.
const SPEAKER: &str = "
return function(before)
  if before then return before .. ' ' .. words.word end
  process.set_options{upgradable = true}
  process.registry.register('speaker')
  process.events():receive()
  process.upgrade(nil, words.word)
end";

fn speaker() -> Entry {
    let mut entry = entry("app:speaker", "process.lua", &[("source", SPEAKER)]);
    entry.data.set("imports", Tree::map([("words", "app:words")]));
    entry
}

fn node() -> Node {
    let main = "return function() return (process.exec('app:speaker', 'app:processes', 'new:')) end";
    let waits = "
return function()
  local pid = process.spawn_monitored('app:speaker', 'app:processes')
  return process.events():receive().result.value
end";
    let entries = vec![
        host("app:processes", "process.host"),
        host("app:terminal", "terminal.host"),
        library("one"),
        speaker(),
        entry("app:main", "process.lua", &[("source", main)]),
        entry("app:waits", "process.lua", &[("source", waits)]),
    ];
    let config = NodeConfig { kinds: vec![Arc::new(LuaKind::new())], workers: 2, ..NodeConfig::default() };
    Node::boot(config, entries).expect("the entries are right")
}

fn start(node: &Node, entry: &str) {
    let spawn = Spawn { entry: entry.into(), host: "app:terminal".into(), ..Spawn::default() };
    node.run(spawn).expect("it starts");
}

fn result(node: &Node) -> Value {
    match node.wait_for(Duration::from_secs(20)) {
        Some(Outcome::Terminal(Ok(value))) => value,
        other => panic!("the program did not end well: {other:?}"),
    }
}

#[test]
fn the_next_spawn_gets_a_changed_library() {
    let node = node();
    start(&node, "app:main");
    assert_eq!(result(&node), Value::from("new: one"));
    assert_eq!(node.apply(&[Change::Update(library("two"))]), Ok(1));
    start(&node, "app:main");
    assert_eq!(result(&node), Value::from("new: two"));
    node.stop(Duration::from_secs(5));
}

/// Two programs that reach a library and its type through another one, and each in its own way.
#[test]
fn all_programs_get_a_changed_library_with_its_types() {
    let with = |id: &str, kind: &str, source: &str, imports: &[(&str, &str)]| {
        let mut entry = entry(id, kind, &[("source", source)]);
        entry.data.set("imports", Tree::map(imports.iter().copied()));
        entry
    };
    let base = |item: &str, word: &str| {
        let source = format!("type Item = {{{item}}} return {{word = '{word}', Item = Item}}");
        with("app:base", "library.lua", &source, &[])
    };
    let middle = "local base = require('base') type Items = {base.Item} return {Items = Items, word = base.word}";
    let says = "
return function()
  local own = base and base.Item:is({name = 'x'}) and ' and its own' or ''
  return middle.word .. ' ' .. tostring(middle.Items:is({{name = 'x'}}) ~= nil) .. own
end";
    let main = "
return function()
  local one, two = process.exec('app:one', 'app:processes'), process.exec('app:two', 'app:processes')
  return one .. ', ' .. two
end";
    let entries = vec![
        host("app:processes", "process.host"),
        host("app:terminal", "terminal.host"),
        base("name: string", "old"),
        with("app:middle", "library.lua", middle, &[("base", "app:base")]),
        with("app:one", "process.lua", says, &[("middle", "app:middle")]),
        with("app:two", "process.lua", says, &[("middle", "app:middle"), ("base", "app:base")]),
        with("app:main", "process.lua", main, &[]),
    ];
    let config = NodeConfig { kinds: vec![Arc::new(LuaKind::new())], workers: 2, ..NodeConfig::default() };
    let node = Node::boot(config, entries).expect("the entries are right");
    start(&node, "app:main");
    assert_eq!(result(&node), Value::from("old true, old true and its own"));
    node.apply(&[Change::Update(base("name: integer", "new"))]).unwrap();
    start(&node, "app:main");
    assert_eq!(result(&node), Value::from("new false, new false"));
    node.apply(&[Change::Update(base("name: string", "newest"))]).unwrap();
    start(&node, "app:main");
    assert_eq!(result(&node), Value::from("newest true, newest true and its own"));
    node.stop(Duration::from_secs(5));
}

#[test]
fn a_running_process_hears_that_it_is_outdated_and_upgrades_to_the_new_version() {
    let node = node();
    start(&node, "app:waits");
    while node.scheduler().lookup("speaker").is_none() {
        std::thread::yield_now();
    }
    node.apply(&[Change::Update(library("two"))]).unwrap();
    assert_eq!(result(&node), Value::from("one two"));
    node.stop(Duration::from_secs(5));
}

#[test]
fn a_change_that_does_not_load_changes_nothing() {
    let node = node();
    let broken = entry("app:words", "library.lua", &[("source", "return {")]);
    let error = node.apply(&[Change::Update(broken)]).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Invalid);
    assert!(error.message().contains("app:words"), "{error}");
    assert_eq!(*node.apply(&[Change::Delete("app:words".into())]).unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(*node.apply(&[Change::Delete("app:nothing".into())]).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(*node.apply(&[Change::Create(library("x"))]).unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(node.entries().version(), 0);
    start(&node, "app:main");
    assert_eq!(result(&node), Value::from("new: one"));
    node.stop(Duration::from_secs(5));
}

#[test]
fn changes_before_it_is_read_are_one_event_with_all_ids() {
    let watcher = "
return function()
  process.set_options{upgradable = true}
  process.registry.register('watcher')
  process.listen('look'):receive()
  local first = process.events():receive()
  local ids = first.sources
  table.sort(ids)
  -- A cancel comes behind it: nothing lies in between.
  local second = process.events():receive()
  return first.kind .. ' ' .. table.concat(ids, ' ') .. ' ' .. second.kind
end";
    let main = "
return function()
  local pid = process.spawn_monitored('app:watcher', 'app:processes')
  return process.events():receive().result.value
end";
    let node = node();
    let entry_of = |id: &str, source: &str| entry(id, "process.lua", &[("source", source)]);
    let mut watcher = entry_of("app:watcher", watcher);
    watcher.data.set("imports", Tree::map([("words", "app:words"), ("more", "app:more")]));
    let more = |text: &str| entry("app:more", "library.lua", &[("source", text)]);
    node.apply(&[
        Change::Create(more("return 1")),
        Change::Create(watcher),
        Change::Create(entry_of("app:leads", main)),
        Change::Create(entry("app:data", "registry.entry", &[])),
    ])
    .unwrap();
    start(&node, "app:leads");
    let pid = loop {
        match node.scheduler().lookup("watcher") {
            Some(pid) => break pid,
            None => std::thread::yield_now(),
        }
    };
    node.apply(&[Change::Update(library("two"))]).unwrap();
    node.apply(&[Change::Update(more("return 2"))]).unwrap();
    node.apply(&[Change::Update(entry("app:data", "registry.entry", &[("a", "b")]))]).unwrap();
    node.scheduler().send(pid, "look", ()).unwrap();
    node.scheduler().cancel(pid, "enough").unwrap();
    let told = result(&node);
    assert_eq!(told, Value::from("OUTDATED app:more app:speaker app:watcher app:words pid.cancel"));
    node.stop(Duration::from_millis(50));
}

#[test]
fn versions_can_be_read_after_changes() {
    let main = "
return function()
  local now, before = registry.snapshot(), registry.snapshot_at(1)
  local first = registry.history():snapshot_at(registry.history():get_version(0))
  local function word(s) local e = s:get('app:data') return e and e.data.word or 'none' end
  return table.concat({word(now), word(before), word(first), tostring(registry.current_version()),
    registry.current_version():previous():string(), before:version():next():string(), #registry.versions()}, ' ')
end";
    let node = node();
    let data = |word: &str| entry("app:data", "registry.entry", &[("word", word)]);
    let mut reads = entry("app:reads", "process.lua", &[("source", main)]);
    reads.data.set("modules", vec![Tree::from("registry")]);
    node.apply(&[Change::Create(data("one")), Change::Create(reads)]).unwrap();
    node.apply(&[Change::Update(data("two"))]).unwrap();
    start(&node, "app:reads");
    assert_eq!(result(&node), Value::from("two one none registry.Version{v2} v1 v2 3"));
    node.stop(Duration::from_millis(50));
}

#[test]
fn variables_follow_their_entries_and_memory_stays() {
    let reads = "
return function(name)
  local value, err = env.get(name)
  return value or err:message()
end";
    let writes = "return function(name, value) return (assert(env.set(name, value))) end";
    let program = |id: &str, source: &str| {
        let mut entry = entry(id, "process.lua", &[("source", source)]);
        entry.data.set("modules", vec![Tree::from("env")]);
        entry
    };
    let variable = |default: &str| {
        let fields = [("variable", "WORD"), ("storage", "app:memory"), ("default", default)];
        entry("app:word", "env.variable", &fields)
    };
    let storage = |kind: &str| entry("app:memory", &format!("env.storage.{kind}"), &[]);
    let node = node();
    let run = |id: &str, args: &[&str]| {
        let args: Vec<Value> = args.iter().map(|a| Value::from(*a)).collect();
        let spawn = Spawn { entry: id.into(), host: "app:terminal".into(), args: args.into(), ..Spawn::default() };
        node.run(spawn).expect("it starts");
        result(&node)
    };
    node.apply(&[Change::Create(program("app:reads", reads)), Change::Create(program("app:writes", writes))]).unwrap();
    assert_eq!(run("app:reads", &["WORD"]), Value::from("environment variable not found"));
    node.apply(&[Change::Create(storage("memory")), Change::Create(variable("none"))]).unwrap();
    assert_eq!(run("app:reads", &["WORD"]), Value::from("none"));
    assert_eq!(run("app:writes", &["WORD", "stored"]), Value::Bool(true));
    node.apply(&[Change::Update(variable("another"))]).unwrap();
    assert_eq!(run("app:reads", &["word"]), Value::from("stored"));
    let mut broken = variable("x");
    broken.data.set("storage", 5i64);
    let error = node.apply(&[Change::Update(broken)]).unwrap_err();
    assert!(error.message().contains("storage must be a text"), "{error}");
    node.apply(&[Change::Delete("app:memory".into())]).unwrap();
    let why = "environment variable not found: WORD cannot be used: environment storage not found: app:memory";
    assert_eq!(run("app:reads", &["WORD"]), Value::from(why));
    node.apply(&[Change::Create(storage("static"))]).unwrap();
    assert_eq!(run("app:reads", &["WORD"]), Value::from("another"));
    node.stop(Duration::from_millis(50));
}

/// What the monitor of the speaker sees when it is upgraded after these changes.
fn failure_after(changes: &[Change]) -> Value {
    let sees = "
return function()
  local pid = process.spawn_monitored('app:speaker', 'app:processes')
  local result = process.events():receive().result
  return result.error:kind() .. ': ' .. result.error:message()
end";
    let node = node();
    node.apply(&[Change::Create(entry("app:sees", "process.lua", &[("source", sees)]))]).unwrap();
    start(&node, "app:sees");
    let speaker = loop {
        match node.scheduler().lookup("speaker") {
            Some(speaker) => break speaker,
            None => std::thread::yield_now(),
        }
    };
    node.apply(changes).unwrap();
    // It may be gone already; but nobody is told of a deletion, and then any event wakes it.
    let _ = node.scheduler().cancel(speaker, "");
    let seen = result(&node);
    node.stop(Duration::from_secs(5));
    seen
}

#[test]
fn an_upgrade_to_a_version_that_fails_at_once_is_told_with_its_cause() {
    let raises = entry("app:words", "library.lua", &[("source", "local t = nil\nreturn t.word")]);
    assert_eq!(
        failure_after(&[Change::Update(raises)]),
        Value::from(
            "Internal: upgrade: init failed: failed to execute script: app:words:2: attempt to index a nil value (local 't')"
        )
    );
    let mut methodless = speaker();
    methodless.data.set("source", "return {}");
    assert_eq!(
        failure_after(&[Change::Update(methodless)]),
        Value::from("NotFound: upgrade: init failed: method \"main\" not found in module")
    );
}

#[test]
fn an_upgrade_to_a_deleted_entry_is_told_with_its_cause() {
    assert_eq!(
        failure_after(&[Change::Delete("app:speaker".into())]),
        Value::from("NotFound: upgrade: create failed: factory not found")
    );
}

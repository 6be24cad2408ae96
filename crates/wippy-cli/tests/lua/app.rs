//! A small app in memory: two hosts, the program under test, a library of checks and some processes to play with.

use std::sync::Arc;
use std::time::Duration;
use wippy_core::{Entry, EntryId, Exit, Spawn, Tree, Value, Values};
use wippy_host::error::BootError;
use wippy_host::{Node, NodeConfig, Outcome};
use wippy_lua::LuaKind;

/// How long a program may run before its test fails: some compute for seconds, on a machine that others use too.
const LIMIT: Duration = Duration::from_secs(120);
/// How long what a program leaves behind may take to end.
const PATIENCE: Duration = Duration::from_millis(20);
/// What a program under test may require; always-on modules need no listing.
const MODULES: &[&str] = &[
    "time", "json", "base64", "logger", "io", "funcs", "ctx", "events", "registry", "hash", "uuid", "yaml", "env",
    "system", "expr", "text",
];

/// An app whose program `app:main` is about to run on the host `app:terminal`.
pub(crate) struct App {
    entries: Vec<Entry>,
    args: Values,
    strict: bool,
}

impl App {
    /// An app whose program is a function with this body. Other processes run on the host `app:processes`.
    pub(crate) fn new(body: &str) -> App {
        App::chunk(&function(body))
    }

    /// An app whose program is this chunk.
    pub(crate) fn chunk(source: &str) -> App {
        let hosts = [host("app:processes", "process.host"), host("app:terminal", "terminal.host")];
        let app = App { entries: hosts.into(), args: Values::None, strict: false };
        let app = app.library("checks", include_str!("checks.lua"), &[]);
        [
            ("returns", "return ..."),
            ("fails", include_str!("processes/fails.lua")),
            ("echo", include_str!("processes/echo.lua")),
            ("waits", include_str!("processes/waits.lua")),
            ("obeys", include_str!("processes/obeys.lua")),
            ("forever", "while true do end"),
        ]
        .into_iter()
        .fold(app, |app, (name, body)| app.process(name, body))
        .program("main", source)
    }

    /// Another process: a function with this body, on one line with it so that its first line is line 1.
    pub(crate) fn process(self, name: &str, body: &str) -> App {
        self.program(name, &function(body))
    }

    /// Another process: a whole chunk, with all modules and the library `checks`.
    pub(crate) fn program(self, name: &str, source: &str) -> App {
        self.entry(lua("process.lua", name, source, &[("checks", "app:checks")])).with(name, |entry| {
            entry.data.set("modules", MODULES.iter().map(|m| Tree::from(*m)).collect::<Vec<_>>());
        })
    }

    /// A function: called, not spawned. Its chunk returns a function with this body.
    pub(crate) fn function(self, name: &str, body: &str) -> App {
        self.entry(lua("function.lua", name, &function(body), &[("checks", "app:checks")])).with(name, |entry| {
            entry.data.set("method", "main");
            entry.data.set("modules", MODULES.iter().map(|m| Tree::from(*m)).collect::<Vec<_>>());
        })
    }

    /// Makes the process `app:NAME` callable: calls of it run on this host.
    pub(crate) fn default_host(self, name: &str, host: &str) -> App {
        self.with(name, |entry| entry.meta.set("default_host", host))
    }

    /// A library with imports: alias and id.
    pub(crate) fn library(self, name: &str, source: &str, imports: &[(&str, &str)]) -> App {
        self.entry(lua("library.lua", name, source, imports))
    }

    /// Any entry; it replaces one of the same id.
    pub(crate) fn entry(mut self, entry: Entry) -> App {
        self.entries.retain(|e| e.id != entry.id);
        self.entries.push(entry);
        self
    }

    /// Changes the entry `app:NAME`.
    pub(crate) fn with(mut self, name: &str, change: impl FnOnce(&mut Entry)) -> App {
        let id = EntryId::resolve(name, "app");
        change(self.entries.iter_mut().find(|e| e.id == id).expect("the entry was added before"));
        self
    }

    /// Sets a key of the entry `app:NAME`.
    pub(crate) fn set(self, name: &str, key: &str, value: impl Into<Tree>) -> App {
        self.with(name, |entry| entry.data.set(key, value))
    }

    /// The arguments of the program.
    pub(crate) fn args(mut self, args: Vec<Value>) -> App {
        self.args = args.into();
        self
    }

    /// Refuses everything guarded to processes without actor and scope.
    pub(crate) fn strict(mut self) -> App {
        self.strict = true;
        self
    }

    /// Starts a node with this app.
    pub(crate) fn boot(&self) -> Result<Node, BootError> {
        let kinds: Vec<Arc<dyn wippy_core::Kind>> = vec![Arc::new(LuaKind::new())];
        let config = NodeConfig { kinds, workers: 2, strict: self.strict, ..NodeConfig::default() };
        Node::boot(config, self.entries.clone())
    }

    /// Why the app cannot start.
    #[track_caller]
    pub(crate) fn faults(&self) -> BootError {
        self.boot().expect_err("the app starts")
    }

    /// Runs the program and says how it ended.
    #[track_caller]
    pub(crate) fn run(&self) -> Exit {
        let node = self.boot().unwrap_or_else(|e| panic!("the app cannot start: {e}"));
        let (entry, host) = (EntryId::new("app:main"), EntryId::new("app:terminal"));
        let started = node.run(Spawn { entry, host, args: self.args.clone(), ..Spawn::default() });
        let exit = started.and_then(|_| match node.wait_for(LIMIT) {
            Some(Outcome::Terminal(exit)) => exit,
            other => panic!("the program has not ended: {other:?}"),
        });
        node.stop(PATIENCE);
        exit
    }

    /// Runs the program, which checks itself, and gives the value that it returns.
    #[track_caller]
    pub(crate) fn value(&self) -> Value {
        match self.run() {
            Ok(value) => value,
            Err(e) => panic!("{e:?}\n{}", e.traceback().unwrap_or_default()),
        }
    }

    /// Runs the program, which checks itself and returns true at its end.
    #[track_caller]
    pub(crate) fn passes(&self) {
        assert_eq!(self.value(), Value::Bool(true), "the program has not come to its end");
    }
}

/// A chunk that returns a function with this body.
fn function(body: &str) -> String {
    format!("return function(...) {body}\nend")
}

fn host(id: &str, kind: &str) -> Entry {
    let lifecycle = Tree::map([("auto_start", true)]);
    let data = Tree::map([("lifecycle", lifecycle), ("host", Tree::Map(Vec::new()))]);
    Entry { id: id.into(), kind: kind.into(), data, ..Entry::default() }
}

/// An entry with code; it has no modules.
pub(crate) fn lua(kind: &str, name: &str, source: &str, imports: &[(&str, &str)]) -> Entry {
    let mut data = Tree::map([("source", source)]);
    if !imports.is_empty() {
        data.set("imports", Tree::map(imports.iter().copied()));
    }
    Entry { id: EntryId::resolve(name, "app"), kind: kind.into(), data, ..Entry::default() }
}

/// Tests that are each a Lua function body, which must reach its end.
macro_rules! lua_tests {
    ($($(#[$attribute:meta])* $name:ident: $body:expr;)*) => {
        $(
            $(#[$attribute])*
            #[test]
            fn $name() {
                $crate::app::App::new(&format!("{}\nreturn true", $body)).passes();
            }
        )*
    };
}
pub(crate) use lua_tests;

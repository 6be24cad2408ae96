//! A small app in memory: two hosts, the guests under test, native processes to play with them.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wippy_core::{Entry, EntryId, Error, ErrorKind, Event, Exit, Pid, Spawn, Tree, Value, Values};
use wippy_host::{Fault, Node, NodeConfig, Outcome};
use wippy_native::{NativeKind, Process};
use wippy_wasm::WasmKind;

/// How long a program may run before its test fails.
const LIMIT: Duration = Duration::from_secs(20);
/// How long what a program leaves behind may take to end.
const PATIENCE: Duration = Duration::from_millis(50);
const GUESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/guests/prebuilt");
/// All capabilities there are.
pub(crate) const ALL: &[&str] = &["wippy:process", "wippy:actors", "wippy:names", "wippy:log"];
/// Where processes run that are not the program.
pub(crate) const HOST: &str = "app:processes";

/// An app, before it boots.
pub(crate) struct App {
    entries: Vec<Entry>,
    native: NativeKind,
    workers: usize,
}

impl App {
    /// Hosts, the folder of guests, and the native processes `returns` (its first argument), `fails` (with its first
    /// argument as message), and `answers` (calls, with what they ask).
    pub(crate) fn new() -> App {
        let app = App { entries: Vec::new(), native: NativeKind::new(), workers: 2 };
        app.entry("processes", "process.host", Tree::Nil)
            .set("processes", "lifecycle", Tree::map([("auto_start", true)]))
            .entry("terminal", "terminal.host", Tree::map([("hide_logs", true)]))
            .set("terminal", "lifecycle", Tree::map([("auto_start", true)]))
            .entry("guests", "fs.directory", Tree::map([("directory", GUESTS)]))
            .native("returns", |_, args| async move { Ok(args.first()) })
            .native("fails", |_, args| async move {
                Err(Error::internal(args.first().as_str().unwrap_or_default().to_owned()))
            })
            .native("answers", |cx, _| async move {
                loop {
                    if let Some(request) = wippy_native::Request::of(&cx.receive().await) {
                        let answer = request.argument.clone();
                        let _ = request.reply(cx, Ok(answer));
                    }
                }
            })
    }

    /// Any entry.
    pub(crate) fn entry(mut self, name: &str, kind: &str, data: Tree) -> App {
        let id = EntryId::new(format!("app:{name}"));
        self.entries.push(Entry { id, kind: kind.into(), data, ..Entry::default() });
        self
    }

    /// A prebuilt guest under its own name, with all capabilities.
    pub(crate) fn guest(self, name: &str) -> App {
        self.file(name, &format!("{name}.wasm")).imports(name, ALL)
    }

    /// A process made of a file among the guests, with its right hash.
    pub(crate) fn file(self, name: &str, file: &str) -> App {
        let bytes = std::fs::read(format!("{GUESTS}/{file}")).expect("the guest is built");
        let data = [("fs", "app:guests"), ("path", &format!("/{file}")), ("hash", &format!("sha256:{}", hex(&bytes)))];
        self.entry(name, "process.wasm", Tree::map(data))
    }

    /// A function of `text-tools` under a name of its own.
    pub(crate) fn tool(self, name: &str, method: &str) -> App {
        self.file(name, "text-tools.wasm").set(name, "method", method)
    }

    /// A process made of the text of a core module.
    pub(crate) fn module(self, name: &str, source: &str) -> App {
        self.entry(name, "process.wasm", Tree::map([("source", source)]))
    }

    /// Sets a field of an entry.
    pub(crate) fn set(mut self, name: &str, key: &str, value: impl Into<Tree>) -> App {
        self.data(name).set(key, value);
        self
    }

    /// Takes a field of an entry away.
    pub(crate) fn without(mut self, name: &str, key: &str) -> App {
        if let Tree::Map(pairs) = self.data(name) {
            pairs.retain(|(k, _)| k.as_str() != Some(key));
        }
        self
    }

    /// What an entry may import.
    pub(crate) fn imports(self, name: &str, list: &[&str]) -> App {
        self.set(name, "imports", list.iter().map(|n| Tree::from(*n)).collect::<Vec<_>>())
    }

    /// One of an entry's `limits`, and no other.
    pub(crate) fn limit(self, name: &str, key: &str, value: impl Into<Tree>) -> App {
        self.set(name, "limits", Tree::map([(key, value)]))
    }

    fn data(&mut self, name: &str) -> &mut Tree {
        let entry = self.entries.iter_mut().find(|e| e.id.name() == name);
        &mut entry.expect("the entry is there").data
    }

    /// A native process.
    pub(crate) fn native<F, R>(mut self, name: &str, function: F) -> App
    where
        F: Fn(Process, Values) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Exit> + Send + 'static,
    {
        self.native = self.native.function(name, function);
        self.entry(name, "process.native", Tree::map([("function", name)]))
    }

    /// How many workers the scheduler has.
    pub(crate) fn workers(mut self, workers: usize) -> App {
        self.workers = workers;
        self
    }

    fn boot(self) -> Result<Node, Vec<Fault>> {
        let kinds: Vec<Arc<dyn wippy_core::Kind>> = vec![Arc::new(WasmKind::new()), Arc::new(self.native)];
        let config = NodeConfig { kinds, workers: self.workers, ..NodeConfig::default() };
        Node::boot(config, self.entries).map_err(|e| e.faults)
    }

    /// Runs a process on the terminal host: how it ends, or why it cannot start.
    #[track_caller]
    pub(crate) fn run(self, name: &str, args: impl Into<Values>) -> Exit {
        let node = self.boot().unwrap_or_else(|faults| panic!("the app does not boot: {faults:?}"));
        let spawn = Spawn {
            entry: EntryId::new(format!("app:{name}")),
            host: "app:terminal".into(),
            args: args.into(),
            ..Spawn::default()
        };
        let started = node.run(spawn);
        let outcome = started.map(|_| node.wait_for(LIMIT));
        let settled = node.stop(PATIENCE);
        assert!(settled.completely, "every thread of the node ends");
        match outcome {
            Ok(Some(Outcome::Terminal(exit))) => exit,
            Ok(other) => panic!("the process has not ended in time: {other:?}"),
            Err(e) => Err(e),
        }
    }

    /// Runs a native program beside the guests.
    #[track_caller]
    pub(crate) fn drive<F, R>(self, driver: F) -> Exit
    where
        F: Fn(Process) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Exit> + Send + 'static,
    {
        self.native("driver", move |cx, _| driver(cx)).run("driver", Values::None)
    }

    /// Runs processes one after the other; how each of them ends.
    #[track_caller]
    pub(crate) fn each<V: Into<Values>>(self, runs: impl IntoIterator<Item = (&'static str, V)>) -> Vec<Exit> {
        let runs: Vec<(&str, Values)> = runs.into_iter().map(|(name, args)| (name, args.into())).collect();
        let exits = Arc::new(Mutex::new(Vec::new()));
        let all = exits.clone();
        let end = self.drive(move |cx| {
            let (runs, exits) = (runs.clone(), exits.clone());
            async move {
                for (name, args) in runs {
                    let exit = cx.exec(&id(name), HOST, args).await;
                    exits.lock().unwrap().push(exit);
                }
                Ok(Value::Nil)
            }
        });
        assert_eq!(end, Ok(Value::Nil));
        std::mem::take(&mut *all.lock().unwrap())
    }

    /// Boots, or does not; all that counts is that nothing breaks.
    pub(crate) fn boots(self) -> bool {
        self.boot().map(|node| node.stop(PATIENCE)).is_ok()
    }

    /// The only fault of an app that does not boot.
    #[track_caller]
    pub(crate) fn refused(self) -> Error {
        let mut faults = self.faults();
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults.remove(0).error
    }

    /// All faults of an app that does not boot.
    #[track_caller]
    pub(crate) fn faults(self) -> Vec<Fault> {
        match self.boot() {
            Err(faults) => faults,
            Ok(node) => {
                node.stop(PATIENCE);
                panic!("the app boots");
            }
        }
    }
}

/// The lower-case SHA-256 of bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// An entry of the app.
pub(crate) fn id(name: &str) -> String {
    format!("app:{name}")
}

/// Texts as arguments.
pub(crate) fn texts<const N: usize>(texts: [&str; N]) -> Values {
    texts.into_iter().map(Value::from).collect()
}

/// A normal end with a text.
pub(crate) fn ok(text: &str) -> Exit {
    Ok(Value::from(text))
}

/// That a process crashed: INTERNAL, and whether to try again is open.
#[track_caller]
pub(crate) fn crash(exit: Exit) -> Error {
    let error = exit.expect_err("the process fails");
    assert_eq!((error.kind(), error.retryable()), (&ErrorKind::Internal, None), "{error:?}");
    error
}

/// That an error is INVALID and says all these things.
#[track_caller]
pub(crate) fn invalid(error: Error, parts: &[&str]) {
    says(&error, ErrorKind::Invalid, parts);
}

/// That an error is of a kind and says all these things.
#[track_caller]
pub(crate) fn says(error: &Error, kind: ErrorKind, parts: &[&str]) {
    assert_eq!(*error.kind(), kind, "{error:?}");
    for part in parts {
        assert!(error.message().contains(part), "{part:?} is not in {error:?}");
    }
}

/// Starts a monitored process beside the program.
pub(crate) async fn start(cx: Process, name: &str, args: impl Into<Values>) -> Pid {
    let request = args.into().into_vec().into_iter().fold(cx.spawn(&id(name), HOST), |request, arg| request.arg(arg));
    request.monitored().await.expect("the process starts")
}

/// How a monitored process ends; forgets the ends of others.
pub(crate) async fn end_of(cx: Process, pid: Pid) -> Exit {
    loop {
        if let Event::Exit(notice) = cx.event().await
            && notice.from == pid
        {
            return notice.result;
        }
    }
}

/// Sends a message that must arrive.
pub(crate) fn tell(cx: Process, to: Pid, topic: &str, values: impl Into<Values>) {
    cx.send_pid(to, topic, values).unwrap_or_else(|(e, _)| panic!("{topic} cannot be sent: {e:?}"));
}

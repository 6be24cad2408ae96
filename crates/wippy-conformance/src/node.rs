//! A node with the subject's kind, and a process in Rust that drives the programs.

use crate::{Program, Subject};
use std::sync::Arc;
use std::time::Duration;
use wippy_core::{Entry, EntryId, Exit, Spawn, Tree, Values};
use wippy_host::{Node, NodeConfig, Outcome};
use wippy_native::{NativeKind, Process};

/// Long enough for anything that is going to happen.
const PATIENCE: Duration = Duration::from_secs(30);
/// Where programs run.
pub(crate) const HOST: &str = "suite:processes";
/// The program under test.
pub(crate) const PROGRAM: &str = "suite:program";

fn entry(id: &str, kind: &str, data: Tree) -> Entry {
    Entry { id: EntryId::new(id), kind: kind.into(), data, ..Entry::default() }
}

/// Runs `driver` beside the program, and gives how the driver ended.
pub(crate) fn drive<F, R>(subject: &dyn Subject, program: &Program, driver: F) -> Exit
where
    F: Fn(Process, Values) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Exit> + Send + 'static,
{
    let start = || Tree::map([("lifecycle", Tree::map([("auto_start", true)]))]);
    let mut entries = vec![
        entry(HOST, "process.host", start()),
        entry("suite:terminal", "terminal.host", start()),
        entry("suite:driver", "process.native", Tree::map([("function", "driver")])),
        Entry { id: EntryId::new(PROGRAM), ..program.entry.clone() },
    ];
    entries.extend(subject.support());
    let native = NativeKind::new().function("driver", driver);
    // A subject that is the native kind itself brings its own functions: its driver is registered there.
    let kinds: Vec<Arc<dyn wippy_core::Kind>> = match subject.kind() {
        kind if kind.entry_kinds().contains(&"process.native") => vec![Arc::new(Both { native, kind })],
        kind => vec![Arc::new(native), kind],
    };
    // One worker: a program that does not give way is found out.
    let config = NodeConfig { kinds, workers: 1, ..NodeConfig::default() };
    let node = Node::boot(config, entries).expect("the entries of the suite are right");
    let spawn = Spawn { entry: EntryId::new("suite:driver"), host: EntryId::new("suite:terminal"), ..Spawn::default() };
    node.run(spawn).expect("the driver starts");
    let outcome = node.wait_for(PATIENCE);
    node.stop(Duration::from_secs(5));
    match outcome {
        Some(Outcome::Terminal(exit)) => exit,
        _ => panic!("the program did not get through its scenario in time"),
    }
}

/// The native kind of the suite, then the subject's.
struct Both {
    native: NativeKind,
    kind: Arc<dyn wippy_core::Kind>,
}

impl wippy_core::Kind for Both {
    fn entry_kinds(&self) -> &[&'static str] {
        &["process.native"]
    }
    fn load(&self, entry: &Entry, sources: &dyn wippy_core::Sources) -> Result<wippy_core::Loaded, wippy_core::Error> {
        match entry.text("function") {
            Some("driver") => self.native.load(entry, sources),
            _ => self.kind.load(entry, sources),
        }
    }
}

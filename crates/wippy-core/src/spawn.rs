//! What it takes to start a process.

use crate::command::Opaque;
use crate::entry::EntryId;
use crate::message::Values;
use crate::text::Text;
use crate::tree::Tree;

/// A request to start a process from an entry on a host.
#[derive(Debug, Clone, Default)]
pub struct Spawn {
    /// The entry whose code runs.
    pub entry: EntryId,
    /// The host it runs on.
    pub host: EntryId,
    /// Arguments of its entry function.
    pub args: Values,
    /// How it is tied to the spawner, and what it finds when it starts.
    pub with: SpawnWith,
    /// Values, actor and scope that replace the spawner's own; absent parts are inherited.
    pub inherit: Inherit,
}

/// Ties and gifts of a new process, established before anybody can see it: none can be missed.
#[derive(Debug, Clone, Default)]
pub struct SpawnWith {
    /// The spawner gets EXIT.
    pub monitor: bool,
    /// Both are linked.
    pub link: bool,
    /// Registered under this local name.
    pub name: Option<String>,
    /// When somebody holds the name already, nothing is spawned: the holder gets the ties and the messages, and its pid
    /// is the answer.
    pub or_holder: bool,
    /// Messages it finds in its mailbox, before any other; their sender is the system.
    pub messages: Vec<(Text, Values)>,
}

/// What a child gets instead of its spawner's own.
#[derive(Debug, Clone, Default)]
pub struct Inherit {
    /// Context values laid over the spawner's.
    pub context: Vec<(String, Tree)>,
    /// An actor.
    pub actor: Option<Opaque>,
    /// A scope.
    pub scope: Option<Opaque>,
    /// Options of the host's making.
    pub options: Vec<(String, Tree)>,
    /// The values and identity that `context`, `actor` and `scope` are laid over; the spawner's own when absent.
    pub base: Option<Opaque>,
}

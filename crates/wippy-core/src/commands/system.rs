//! The node itself: what can be read about it and set on it, locks that its processes share, and its end.

use crate::command::{Boxed, Command, Permission};
use crate::entry::EntryId;
use crate::tree::Tree;
use smallvec::{SmallVec, smallvec};

/// Something that can be read about a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A map of figures: memory of the whole program, in bytes.
    Memory,
    /// Bytes; `i64::MAX` for no limit.
    MemoryLimit,
    /// A number that was set, 100 at first.
    GcPercent,
    /// How many processes and threads there are.
    Tasks,
    /// How many processors the program may use.
    Processors,
    /// A number that was set, the node's workers at first.
    WorkersMax,
    /// The program's number in the operating system.
    Pid,
    /// The machine's name.
    Hostname,
    /// The working directory.
    WorkingDirectory,
    /// A list of maps: all hosts.
    Hosts,
    /// A list of maps: the processes of a host, or the running calls of a function. NOT_FOUND when it is neither.
    Processes(EntryId),
    /// A list of maps: services and hosts.
    Services,
    /// A map: one of them. NOT_FOUND when it is none.
    Service(EntryId),
    /// The node's name.
    Node,
    /// Where other nodes reach it. INTERNAL on a node that stands alone.
    NodeAddress,
    /// What it does among others.
    NodeRole,
    /// A list of maps: all nodes that are known.
    Members,
    /// Which node leads; empty for none.
    Leader,
    /// How many nodes there are besides those that stand alone.
    ClusterSize,
    /// The consensus among nodes. INTERNAL without one.
    Consensus,
    /// Its figures. INTERNAL without one.
    ConsensusStats,
}

impl Subject {
    /// The resource of `system.read` that guards it.
    pub fn resource(&self) -> &'static str {
        match self {
            Subject::Memory => "memory",
            Subject::MemoryLimit => "memory_limit",
            Subject::GcPercent => "gc_percent",
            Subject::Tasks => "goroutines",
            Subject::Processors => "cpu",
            Subject::WorkersMax => "gomaxprocs",
            Subject::Pid => "pid",
            Subject::Hostname => "hostname",
            Subject::WorkingDirectory => "cwd",
            Subject::Hosts | Subject::Processes(_) => "hosts",
            Subject::Services | Subject::Service(_) => "supervisor",
            Subject::Node | Subject::NodeAddress | Subject::NodeRole => "node",
            Subject::Members | Subject::Leader | Subject::ClusterSize => "cluster",
            Subject::Consensus => "raft",
            Subject::ConsensusStats => "raft_stats",
        }
    }
}

/// Reads something about the node; what comes back stands at the [`Subject`].
#[derive(Debug, Clone)]
pub struct Read(pub Subject);

impl Command for Read {
    type Reply = Boxed<Tree>;
    const NAME: &'static str = "system.read";
    fn permissions(&self) -> SmallVec<[Permission; 2]> {
        let resource = self.0.resource().to_owned();
        smallvec![Permission { action: "system.read", resource, refusal: "not allowed to read about the system" }]
    }
}

/// Something that can be set. The node remembers it and gives it back; nothing follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// [`Subject::MemoryLimit`]; −1 for no limit.
    MemoryLimit,
    /// [`Subject::GcPercent`].
    GcPercent,
    /// [`Subject::WorkersMax`].
    WorkersMax,
}

/// Sets something; the answer is what it was before. INVALID for numbers that make no sense.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// What.
    pub setting: Setting,
    /// The new value.
    pub value: i64,
}

impl Command for Change {
    type Reply = Boxed<i64>;
    const NAME: &'static str = "system.control";
    fn permissions(&self) -> SmallVec<[Permission; 2]> {
        let (action, resource) = match self.setting {
            Setting::MemoryLimit => ("system.control", "memory_limit"),
            Setting::GcPercent => ("system.gc", "gc_percent"),
            Setting::WorkersMax => ("system.control", "gomaxprocs"),
        };
        smallvec![Permission { action, resource: resource.to_owned(), refusal: "not allowed to control the system" }]
    }
}

/// Stops the node. The first one of all begins it, later ones only change the exit code.
#[derive(Debug, Clone, Copy)]
pub struct Exit {
    /// Exit code of the program; operating systems keep its low eight bits.
    pub code: i64,
}

impl Command for Exit {
    type Reply = ();
    const NAME: &'static str = "system.exit";
    fn permissions(&self) -> SmallVec<[Permission; 2]> {
        smallvec![Permission {
            action: "system.exit",
            resource: String::new(),
            refusal: "not allowed to exit the system"
        }]
    }
}

fn may_lock(name: &str) -> SmallVec<[Permission; 2]> {
    smallvec![Permission { action: "system.lock", resource: name.to_owned(), refusal: "not allowed to lock" }]
}

/// Takes a lock, without waiting. It is held until its holder releases it, or ends.
///
/// ALREADY_EXISTS when somebody holds it, be it the asker. RATE_LIMITED when the node has too many.
#[derive(Debug, Clone)]
pub struct Acquire {
    /// Any text but the empty one.
    pub name: String,
}

impl Command for Acquire {
    type Reply = ();
    const NAME: &'static str = "system.lock.acquire";
    fn permissions(&self) -> SmallVec<[Permission; 2]> {
        may_lock(&self.name)
    }
}

/// Gives a lock back. Whether the asker held it.
#[derive(Debug, Clone)]
pub struct Release {
    /// The lock.
    pub name: String,
}

impl Command for Release {
    type Reply = bool;
    const NAME: &'static str = "system.lock.release";
    fn permissions(&self) -> SmallVec<[Permission; 2]> {
        may_lock(&self.name)
    }
}

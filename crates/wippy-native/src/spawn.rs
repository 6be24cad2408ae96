//! Starting processes: a builder that is awaited.

use crate::machine::Answered;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use wippy_core::{Asked, Cx, EntryId, Error, Pid, Spawn, Text, Value, Values};

/// A process to be started; see [`Process::spawn`](crate::Process::spawn).
#[derive(Debug, Clone)]
#[must_use = "nothing is started until this is awaited"]
pub struct SpawnRequest {
    spawn: Spawn,
    args: Vec<Value>,
}

impl SpawnRequest {
    pub(crate) fn new(entry: &str, host: &str) -> SpawnRequest {
        let spawn = Spawn { entry: EntryId::new(entry), host: EntryId::new(host), ..Spawn::default() };
        SpawnRequest { spawn, args: Vec::new() }
    }
    /// One more argument of the entry function.
    pub fn arg(mut self, value: impl Into<Value>) -> SpawnRequest {
        self.args.push(value.into());
        self
    }
    /// Its end becomes an exit event here.
    pub fn monitored(mut self) -> SpawnRequest {
        self.spawn.with.monitor = true;
        self
    }
    /// Both fates are tied.
    pub fn linked(mut self) -> SpawnRequest {
        self.spawn.with.link = true;
        self
    }
    /// It gets a local name before anybody can see it.
    pub fn named(mut self, name: &str) -> SpawnRequest {
        self.spawn.with.name = Some(name.to_owned());
        self
    }
    /// A message that it finds when it starts.
    pub fn message(mut self, topic: impl Into<Text>, values: impl Into<Values>) -> SpawnRequest {
        self.spawn.with.messages.push((topic.into(), values.into()));
        self
    }
}

impl IntoFuture for SpawnRequest {
    type Output = Result<Pid, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<Pid, Error>> + Send>>;

    fn into_future(mut self) -> Self::IntoFuture {
        self.spawn.args = self.args.into();
        Box::pin(async move {
            match Cx::with(|cx| cx.spawn(self.spawn))? {
                Asked::Done(result) => result,
                Asked::Later(tag) => tag.open(Answered::new(tag.raw()).await),
            }
        })
    }
}

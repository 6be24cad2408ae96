//! What an async process can do.

use crate::machine::{Answered, Source, inner, try_inner};
use crate::spawn::SpawnRequest;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};
use wippy_core::{Asked, Command, Cx, EntryId, Error, Event, Level, Message, Options, Pid, Text, Value, Values};

/// A process's access to the world. Holds nothing: it speaks for the process whose step it is used in.
#[derive(Debug, Clone, Copy)]
pub struct Process {
    _private: (),
}

/// Runs `f` with the context of the running process.
///
/// # Panics
/// Outside of a process.
fn cx<T>(f: impl FnOnce(&mut Cx) -> T) -> T {
    Cx::with(f).expect("a process handle was used outside of its process")
}

impl Process {
    pub(crate) fn new() -> Process {
        Process { _private: () }
    }

    /// Who this process is.
    pub fn pid(&self) -> Pid {
        cx(|cx| cx.pid())
    }
    /// The entry whose code runs, if it was started from one.
    pub fn entry(&self) -> Option<EntryId> {
        cx(|cx| cx.entry())
    }

    /// The next message of a topic that nobody listens to.
    pub fn receive(&self) -> Receive {
        Receive { source: Source::Inbox }
    }
    /// Takes over a topic: its messages, also those that wait in the inbox, go to the listener from now on.
    pub fn listen(&self, topic: impl Into<Text>) -> Listener {
        let topic = topic.into();
        inner(|i| {
            let (mine, rest) =
                std::mem::take(&mut i.inbox).into_iter().partition(|(_, m): &(u64, Message)| m.topic == topic);
            i.inbox = rest;
            i.topics.entry(topic.clone()).or_insert(mine);
        });
        Listener { topic }
    }
    /// The next lifecycle event: an exit, a broken link (when links are trapped), a request to end.
    pub fn event(&self) -> NextEvent {
        NextEvent { _private: () }
    }

    /// Puts a message into a mailbox; `destination` is pid text or a name.
    ///
    /// # Errors
    /// NOT_FOUND, PERMISSION_DENIED, UNAVAILABLE, INVALID.
    pub fn send(&self, destination: &str, topic: impl Into<Text>, values: impl Into<Values>) -> Result<(), Error> {
        cx(|cx| cx.send_to(destination, topic, values))
    }
    /// As [`Process::send`], to a pid.
    ///
    /// # Errors
    /// As [`Process::send`]; the message comes back.
    pub fn send_pid(&self, to: Pid, topic: impl Into<Text>, values: impl Into<Values>) -> Result<(), (Error, Message)> {
        cx(|cx| cx.send(to, topic, values))
    }
    /// Finds a destination: pid text, else a registered name.
    ///
    /// # Errors
    /// NOT_FOUND.
    pub fn resolve(&self, destination: &str) -> Result<Pid, Error> {
        cx(|cx| cx.resolve(destination))
    }

    /// Starts a process from an entry; await the builder.
    ///
    /// ```no_run
    /// # async fn f(cx: wippy_native::Process) -> Result<(), wippy_core::Error> {
    /// let pid = cx.spawn("app.workers:handler", "app:processes").arg("job 7").monitored().await?;
    /// # Ok(()) }
    /// ```
    pub fn spawn(&self, entry: &str, host: &str) -> SpawnRequest {
        SpawnRequest::new(entry, host)
    }
    /// Starts a process from an entry and waits for its result.
    ///
    /// # Errors
    /// Why it could not start, or how it failed.
    pub async fn exec(&self, entry: &str, host: &str, args: impl Into<Values>) -> Result<Value, Error> {
        let spawn =
            wippy_core::Spawn { entry: entry.into(), host: host.into(), args: args.into(), ..Default::default() };
        match cx(|cx| cx.exec(spawn)) {
            Asked::Done(result) => result,
            Asked::Later(tag) => tag.open(Answered::new(tag.raw()).await),
        }
    }
    /// Calls an entry as a function and waits for its result. Dropping the future kills the function.
    ///
    /// ```no_run
    /// # async fn f(cx: wippy_native::Process) -> Result<(), wippy_core::Error> {
    /// let price = cx.invoke("app.shop:price", "tea").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// INVALID (no full id), PERMISSION_DENIED, NOT_FOUND, or how the function failed.
    pub async fn invoke(&self, function: &str, args: impl Into<Values>) -> Result<Value, Error> {
        let call = wippy_core::Spawn { entry: function.into(), args: args.into(), ..Default::default() };
        match cx(|cx| cx.call(call)) {
            Asked::Done(result) => result,
            Asked::Later(tag) => tag.open(Answered::new(tag.raw()).await),
        }
    }
    /// Makes a request to the runtime.
    ///
    /// # Errors
    /// What the handler says.
    pub async fn ask<C: Command>(&self, command: C) -> Result<C::Reply, Error> {
        match cx(|cx| cx.ask(command)) {
            Asked::Done(result) => result,
            Asked::Later(tag) => tag.open(Answered::new(tag.raw()).await),
        }
    }

    /// Runs another task inside this process. It ends with the process, wherever it stands.
    pub fn go(&self, task: impl Future<Output = ()> + Send + 'static) {
        inner(|i| i.started.push(Box::pin(task)));
    }
    /// Waits; never less than `time`.
    pub fn sleep(&self, time: Duration) -> Sleep {
        Sleep { time, timer: None }
    }
    /// Time since the runtime started.
    pub fn now(&self) -> Duration {
        cx(|cx| cx.now())
    }
    /// The time of day.
    pub fn wall(&self) -> SystemTime {
        cx(|cx| cx.wall())
    }
    /// A random number.
    pub fn random(&self) -> u64 {
        cx(|cx| cx.random())
    }

    /// Asks for one exit event.
    ///
    /// # Errors
    /// NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED.
    pub fn monitor(&self, target: Pid) -> Result<(), Error> {
        cx(|cx| cx.monitor(target))
    }
    /// Takes a monitor back.
    ///
    /// # Errors
    /// PERMISSION_DENIED.
    pub fn unmonitor(&self, target: Pid) -> Result<(), Error> {
        cx(|cx| cx.unmonitor(target))
    }
    /// Ties both fates.
    ///
    /// # Errors
    /// NOT_FOUND, PERMISSION_DENIED.
    pub fn link(&self, target: Pid) -> Result<(), Error> {
        cx(|cx| cx.link(target))
    }
    /// Unties.
    ///
    /// # Errors
    /// PERMISSION_DENIED.
    pub fn unlink(&self, target: Pid) -> Result<(), Error> {
        cx(|cx| cx.unlink(target))
    }
    /// Asks a process to end.
    ///
    /// # Errors
    /// NOT_FOUND, PERMISSION_DENIED.
    pub fn cancel(&self, target: Pid, reason: &str) -> Result<(), Error> {
        cx(|cx| cx.cancel(target, reason))
    }
    /// Kills a process.
    ///
    /// # Errors
    /// NOT_FOUND, PERMISSION_DENIED.
    pub fn terminate(&self, target: Pid) -> Result<(), Error> {
        cx(|cx| cx.terminate(target))
    }
    /// Makes broken links events instead of death, or death again.
    pub fn trap_links(&self, on: bool) {
        cx(|cx| cx.set_options(Options { trap_links: on, ..cx.options() }));
    }
    /// Gives this process a local name.
    ///
    /// # Errors
    /// ALREADY_EXISTS, INVALID, PERMISSION_DENIED.
    pub fn register(&self, name: &str) -> Result<(), Error> {
        cx(|cx| cx.register(name, cx.pid()))
    }
    /// Frees a local name; whether there was one.
    ///
    /// # Errors
    /// PERMISSION_DENIED.
    pub fn unregister(&self, name: &str) -> Result<bool, Error> {
        cx(|cx| cx.unregister(name))
    }
    /// Who has a local name.
    pub fn lookup(&self, name: &str) -> Option<Pid> {
        cx(|cx| cx.lookup(name))
    }
    /// Writes a log record.
    pub fn log(&self, level: Level, message: &str) {
        cx(|cx| cx.log(level, "native", message, &[]));
    }

    /// Replaces the code of this process; `None` is the entry it runs, in its present version. Never returns.
    pub async fn upgrade(&self, entry: Option<&str>, args: impl Into<Values>) -> std::convert::Infallible {
        let args = args.into();
        inner(|i| i.upgrade = Some((entry.map(EntryId::new), args)));
        std::future::pending().await
    }
}

/// See [`Process::receive`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Receive {
    source: Source,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source")
    }
}

impl Future for Receive {
    type Output = Message;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Message> {
        inner(|i| {
            let message = match &self.source {
                Source::Topic(topic) => i.topics.get_mut(topic).and_then(|q| q.pop_front()),
                _ => i.inbox.pop_front(),
            };
            match message {
                Some((_, message)) => Poll::Ready(message),
                None => {
                    i.wait_for(self.source.clone(), cx);
                    Poll::Pending
                }
            }
        })
    }
}

/// Gets the messages of one topic; see [`Process::listen`]. Dropping it gives the topic back to the inbox.
#[derive(Debug)]
pub struct Listener {
    topic: Text,
}

impl Listener {
    /// The next message of the topic.
    pub fn receive(&mut self) -> Receive {
        Receive { source: Source::Topic(self.topic.clone()) }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Outside of a step the whole process is on its way out.
        let _ = try_inner(|i| {
            if let Some(left) = i.topics.remove(&self.topic) {
                i.inbox.extend(left);
                i.inbox.make_contiguous().sort_by_key(|(number, _)| *number);
            }
        });
    }
}

/// See [`Process::event`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct NextEvent {
    _private: (),
}

impl Future for NextEvent {
    type Output = Event;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Event> {
        inner(|i| match i.events.pop_front() {
            Some((_, event)) => Poll::Ready(event),
            None => {
                i.wait_for(Source::Events, cx);
                Poll::Pending
            }
        })
    }
}

/// See [`Process::sleep`]. The time counts from the first poll.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep {
    time: Duration,
    timer: Option<Answered>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let time = self.time;
        let timer = self.timer.get_or_insert_with(|| Answered::new(cx(|cx| cx.timer(time).raw())));
        Pin::new(timer).poll(context).map(drop)
    }
}

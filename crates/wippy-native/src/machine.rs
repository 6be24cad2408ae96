//! How an async function is stepped as a state machine.
//!
//! A process has tasks: its function, and what it started with [`Process::go`](crate::Process::go). Each has a waker of
//! its own, which puts it on the process's list of ready tasks; a wake from a foreign thread also has the process
//! stepped. While tasks are polled, the state of the process lies in a thread-local, where its futures find it: so
//! handles hold no data and futures are `Send`.

use crate::handle::Process;
use rustc_hash::FxHashMap;
use slab::Slab;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use wippy_core::{
    Answer, Cx, EntryId, Error, Event, Exit, Message, RawTag, Start, StateMachine, Step, Text, Upgrade, Values,
};

pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;
type Body = Box<dyn FnOnce(Process, Values) -> Pin<Box<dyn Future<Output = Exit> + Send>> + Send>;

/// Makes a process of an async function.
///
/// Its result is how the process ends. Dropping it drops the function and all tasks where they stand.
pub fn process<F, R>(function: F) -> NativeMachine
where
    F: FnOnce(Process, Values) -> R + Send + 'static,
    R: Future<Output = Exit> + Send + 'static,
{
    NativeMachine {
        body: Some(Box::new(move |cx, args| Box::pin(function(cx, args)))),
        args: Values::None,
        tasks: Slab::new(),
        inner: Some(Inner::default()),
        ready: Arc::new(ReadyList::default()),
    }
}

/// A process made of an async function; see [`process`].
pub struct NativeMachine {
    body: Option<Body>,
    args: Values,
    tasks: Slab<(Task, Waker)>,
    inner: Option<Inner>,
    ready: Arc<ReadyList>,
}

impl std::fmt::Debug for NativeMachine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NativeMachine({} tasks)", self.tasks.len())
    }
}

/// Tasks that can go on.
#[derive(Default)]
struct ReadyList {
    tasks: Mutex<VecDeque<usize>>,
    /// The process is being stepped and will look at the list before it waits.
    stepping: AtomicBool,
    /// Has the process stepped.
    outside: Mutex<Option<Waker>>,
}

impl ReadyList {
    fn tasks(&self) -> MutexGuard<'_, VecDeque<usize>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct TaskWaker {
    task: usize,
    ready: Arc<ReadyList>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.ready.tasks().push_back(self.task);
        // The step clears the flag and looks at the list once more, in this order: one of the two sees the other.
        if !self.ready.stepping.load(Ordering::SeqCst)
            && let Some(waker) = &*self.ready.outside.lock().unwrap_or_else(PoisonError::into_inner)
        {
            waker.wake_by_ref();
        }
    }
}

/// What the futures of a process share.
#[derive(Default)]
pub(crate) struct Inner {
    /// Messages that nobody listens to, each with its number of arrival.
    pub(crate) inbox: VecDeque<(u64, Message)>,
    /// Messages of topics that somebody listens to.
    pub(crate) topics: FxHashMap<Text, VecDeque<(u64, Message)>>,
    /// Lifecycle events.
    pub(crate) events: VecDeque<(u64, Event)>,
    arrived: u64,
    /// Requests that wait for their answer, and answers that wait to be taken.
    pub(crate) replies: FxHashMap<RawTag, Option<Result<Answer, Error>>>,
    waiting: Vec<(Source, Waker)>,
    pub(crate) started: Vec<Task>,
    pub(crate) upgrade: Option<(Option<EntryId>, Values)>,
    pub(crate) outcome: Option<Exit>,
    pub(crate) calls: u64,
}

/// What a future waits for.
#[derive(Clone, PartialEq)]
pub(crate) enum Source {
    Inbox,
    Topic(Text),
    Events,
    Reply(RawTag),
}

thread_local!(static INSIDE: RefCell<Option<Inner>> = const { RefCell::new(None) });

/// Runs `f` on the state of the process that is being stepped.
///
/// # Panics
/// Outside of a process: its futures mean nothing there.
pub(crate) fn inner<T>(f: impl FnOnce(&mut Inner) -> T) -> T {
    try_inner(f).expect("a future of a process was polled outside of its process")
}

/// As [`inner`]; `None` outside, where futures may still be dropped.
pub(crate) fn try_inner<T>(f: impl FnOnce(&mut Inner) -> T) -> Option<T> {
    INSIDE.with(|inside| inside.try_borrow_mut().ok()?.as_mut().map(f))
}

impl Inner {
    /// Has the polled task woken when something comes from `source`.
    pub(crate) fn wait_for(&mut self, source: Source, cx: &Context<'_>) {
        let known = self.waiting.iter_mut().find(|(s, w)| *s == source && w.will_wake(cx.waker()));
        if known.is_none() {
            self.waiting.push((source, cx.waker().clone()));
        }
    }

    fn wake(&mut self, source: &Source) {
        let mut i = 0;
        while i < self.waiting.len() {
            if self.waiting[i].0 == *source { self.waiting.swap_remove(i).1.wake() } else { i += 1 }
        }
    }

    fn take(&mut self, event: Event) {
        self.arrived += 1;
        let number = self.arrived;
        let source = match event {
            Event::Message(message) => match self.topics.get_mut(&message.topic) {
                Some(queue) => {
                    let topic = message.topic.clone();
                    queue.push_back((number, message));
                    Source::Topic(topic)
                }
                None => {
                    self.inbox.push_back((number, message));
                    Source::Inbox
                }
            },
            Event::Reply { tag, answer } => {
                if let Some(place) = self.replies.get_mut(&tag) {
                    *place = Some(answer);
                }
                Source::Reply(tag)
            }
            other => {
                self.events.push_back((number, other));
                Source::Events
            }
        };
        self.wake(&source);
    }

    /// What was taken out of the mailbox and not used, for the code that comes after an upgrade.
    fn unread(&mut self) -> Vec<Event> {
        let mut unread: Vec<_> = self.events.drain(..).collect();
        let topics = self.topics.drain().flat_map(|(_, queue)| queue);
        unread.extend(self.inbox.drain(..).chain(topics).map(|(n, m)| (n, Event::Message(m))));
        unread.sort_by_key(|(number, _)| *number);
        unread.into_iter().map(|(_, event)| event).collect()
    }
}

/// Puts the state back where it came from, also when a panic passes by.
struct Lent<'a>(&'a mut Option<Inner>);

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        *self.0 = INSIDE.with(|inside| inside.borrow_mut().take());
    }
}

impl NativeMachine {
    /// Polls ready tasks until none is left or the slice is over.
    fn poll_ready(&mut self) -> Step {
        loop {
            self.adopt();
            let Some(id) = self.ready.tasks().pop_front() else {
                self.ready.stepping.store(false, Ordering::SeqCst);
                if self.ready.tasks().is_empty() {
                    let blocked = inner(|i| i.replies.values().any(Option::is_none));
                    return if blocked { Step::Blocked } else { Step::Idle };
                }
                self.ready.stepping.store(true, Ordering::SeqCst);
                continue;
            };
            let Some((task, waker)) = self.tasks.get_mut(id) else { continue };
            let waker = waker.clone();
            if task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                drop(self.tasks.remove(id));
            }
            let (outcome, upgrade) = inner(|i| (i.outcome.take(), i.upgrade.take()));
            if let Some(exit) = outcome {
                return Step::Complete(exit);
            }
            if let Some((entry, args)) = upgrade {
                return Step::Upgrade(Box::new(Upgrade { entry, args, unread: inner(Inner::unread) }));
            }
            if Cx::with(|cx| cx.slice_over()).unwrap_or(false) {
                return Step::Ready;
            }
        }
    }

    /// Takes in tasks that were started.
    fn adopt(&mut self) {
        for task in inner(|i| std::mem::take(&mut i.started)) {
            let entry = self.tasks.vacant_entry();
            let waker = Waker::from(Arc::new(TaskWaker { task: entry.key(), ready: self.ready.clone() }));
            self.ready.tasks().push_back(entry.key());
            entry.insert((task, waker));
        }
    }
}

impl StateMachine for NativeMachine {
    fn init(&mut self, _: &mut Cx, _: &str, args: Values) -> Result<Start, Error> {
        self.args = args;
        Ok(Start::Ready)
    }

    fn step(&mut self, cx: &mut Cx) -> Step {
        if let Some(inner) = &mut self.inner {
            while let Some(event) = cx.next_event() {
                if matches!(event, Event::Message(_)) {
                    cx.consumed(1);
                }
                inner.take(event);
            }
        }
        if let Some(body) = self.body.take() {
            *self.ready.outside.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker());
            let main = body(Process::new(), std::mem::take(&mut self.args));
            let run = async move {
                let exit = main.await;
                inner(|i| i.outcome = Some(exit));
            };
            if let Some(inner) = &mut self.inner {
                inner.started.push(Box::pin(run));
            }
        }
        self.ready.stepping.store(true, Ordering::SeqCst);
        INSIDE.with(|inside| *inside.borrow_mut() = self.inner.take());
        let mut place = None;
        let lent = Lent(&mut place);
        let step = cx.enter(|| self.poll_ready());
        drop(lent);
        self.inner = place;
        step
    }

    fn close(&mut self) {
        self.tasks.clear();
        self.body = None;
        self.inner = None;
    }
}

/// Resolves when the answer to a request is there; giving it up abandons the request.
#[derive(Debug)]
pub(crate) struct Answered {
    tag: RawTag,
    done: bool,
}

impl Answered {
    pub(crate) fn new(tag: RawTag) -> Answered {
        inner(|i| i.replies.insert(tag, None));
        Answered { tag, done: false }
    }
}

impl Future for Answered {
    type Output = Result<Answer, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let tag = self.tag;
        let answer = inner(|i| match i.replies.get_mut(&tag).and_then(Option::take) {
            Some(answer) => {
                i.replies.remove(&tag);
                Some(answer)
            }
            None => {
                i.wait_for(Source::Reply(tag), cx);
                None
            }
        });
        match answer {
            Some(answer) => {
                self.done = true;
                Poll::Ready(answer)
            }
            None => Poll::Pending,
        }
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        if !self.done && try_inner(|i| i.replies.remove(&self.tag)).is_some() {
            // Outside of a step the process is on its way out, and the scheduler gives up its requests.
            let _ = Cx::with(|cx| cx.abandon(self.tag));
        }
    }
}

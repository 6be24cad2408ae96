//! Handlers: who answers which command.

use crate::deliver::Shared;
use crate::gate::{Act, Baggage, Caller};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};
use wippy_core::{Answer, AnyCommand, Command, Error, Pid, RawTag, Reply};

type Handler = Arc<dyn Fn(Arc<Shared>, Asker, RawTag, Box<dyn Any + Send>) + Send + Sync>;

/// Who asked, in a form that may travel.
#[derive(Clone)]
pub(crate) struct Asker {
    pub(crate) pid: Pid,
    pub(crate) baggage: Option<Baggage>,
}

/// The handlers of a scheduler, one per command type. Fixed before it starts.
#[derive(Default, Clone)]
pub(crate) struct Handlers(HashMap<TypeId, Handler>);

impl Handlers {
    pub(crate) fn insert<C: Command>(
        &mut self,
        f: impl Fn(&mut Call<C>) -> Option<Result<C::Reply, Error>> + Send + Sync + 'static,
    ) {
        let handler = move |shared: Arc<Shared>, asker: Asker, tag: RawTag, any: Box<dyn Any + Send>| {
            let command = *any.downcast::<C>().expect("handlers are found by the command's type");
            let (pid, weak) = (asker.pid, Arc::downgrade(&shared));
            let replier = Replier { shared: weak, pid, tag, answered: false, reply: PhantomData };
            let mut call = Call { command, asker, shared, replier: Some(replier) };
            let answer = f(&mut call);
            match (answer, call.replier.take()) {
                (Some(answer), Some(replier)) => replier.answer(answer),
                (Some(_), None) => {
                    tracing::error!(command = C::NAME, "a handler answered twice; the first answer counts")
                }
                (None, Some(replier)) => replier.answer(Err(Error::internal(format!("{} was not answered", C::NAME)))),
                (None, None) => {}
            }
        };
        self.0.insert(TypeId::of::<C>(), Arc::new(handler));
    }

    pub(crate) fn find(&self, command: &dyn AnyCommand) -> Option<&Handler> {
        self.0.get(&command.as_any().type_id())
    }
}

/// One command on its way through a handler.
///
/// The handler either returns `Some(answer)`, or takes the [`Replier`] and returns `None`.
pub struct Call<C: Command> {
    /// What is asked for.
    pub command: C,
    asker: Asker,
    shared: Arc<Shared>,
    replier: Option<Replier<C::Reply>>,
}

impl<C: Command> std::fmt::Debug for Call<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Call({} by {})", C::NAME, self.asker.pid)
    }
}

impl<C: Command> Call<C> {
    /// Who asks.
    pub fn caller(&self) -> Caller<'_> {
        Caller { pid: self.asker.pid, baggage: self.asker.baggage.as_ref() }
    }
    /// Judges a right that is only known now, such as on a resource found while handling.
    ///
    /// # Errors
    /// PERMISSION_DENIED.
    pub fn check(&self, action: &'static str, resource: &str, refusal: &'static str) -> Result<(), Error> {
        self.shared.gate.check(self.caller(), Act::Right { action, resource, refusal })
    }
    /// Takes over the duty to answer, from any thread, at any time.
    ///
    /// # Panics
    /// When it was taken before.
    pub fn replier(&mut self) -> Replier<C::Reply> {
        self.replier.take().expect("a call has one replier")
    }
}

/// The duty to answer one request. Answering consumes it; dropping it answers INTERNAL.
pub struct Replier<R: Reply> {
    /// Weak: a handler may keep this in its own state, which the scheduler owns.
    shared: Weak<Shared>,
    pid: Pid,
    tag: RawTag,
    answered: bool,
    reply: PhantomData<fn(R)>,
}

impl<R: Reply> std::fmt::Debug for Replier<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Replier({})", self.pid)
    }
}

impl<R: Reply> Replier<R> {
    /// Answers. When the asker has ended or given up, nothing happens.
    pub fn answer(mut self, answer: Result<R, Error>) {
        self.send(answer.map(R::into_answer));
    }
    fn send(&mut self, answer: Result<Answer, Error>) {
        self.answered = true;
        if let Some(shared) = self.shared.upgrade() {
            match &shared.simulator {
                None => shared.reply(self.pid, self.tag, answer),
                Some(simulator) => simulator.delay(shared.clock.now(), self.pid, self.tag, answer),
            }
        }
    }
}

impl<R: Reply> Drop for Replier<R> {
    fn drop(&mut self) {
        if !self.answered {
            self.send(Err(Error::internal("the request was dropped without an answer")));
        }
    }
}

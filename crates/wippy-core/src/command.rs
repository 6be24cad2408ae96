//! Typed requests: what a process asks the runtime for, and how the answer comes back.
//!
//! A command is a plain struct; its type names the reply. A handler is registered per command type, so a program adds
//! commands of its own without touching anybody else's. A kind calls [`crate::Cx::ask`] and gets [`Asked::Done`], or a
//! [`Tag`] under which the reply comes later as an [`crate::Event::Reply`]; any number may be outstanding.

use crate::error::Error;
use crate::pid::Pid;
use crate::value::Value;
use smallvec::SmallVec;
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// A request of one type.
pub trait Command: Send + 'static {
    /// What the answer is.
    type Reply: Reply;
    /// How logs and errors call it, such as `io.readline`.
    const NAME: &'static str;
    /// What the asker must be allowed to do, checked in this order before any handler sees the command.
    fn permissions(&self) -> SmallVec<[Permission; 2]> {
        SmallVec::new()
    }
}

/// One right: an action on a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Permission {
    /// Such as `process.spawn`.
    pub action: &'static str,
    /// Such as an entry id or the text of a pid.
    pub resource: String,
    /// Begins the refusal's message, before the resource: `not allowed to spawn process`.
    pub refusal: &'static str,
}

/// A command whose type is not known here: how commands pass the door.
pub trait AnyCommand: Any + Send {
    /// See [`Command::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Command::permissions`].
    fn permissions(&self) -> SmallVec<[Permission; 2]>;
    /// For finding the handler and opening the command there.
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send>;
    /// For finding the handler.
    fn as_any(&self) -> &dyn Any;
}

impl<C: Command> AnyCommand for C {
    fn name(&self) -> &'static str {
        C::NAME
    }
    fn permissions(&self) -> SmallVec<[Permission; 2]> {
        Command::permissions(self)
    }
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl fmt::Debug for dyn AnyCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({})", self.name())
    }
}

/// Number of a request; counts up for the life of a pid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RawTag(pub u64);

/// Number of a request that remembers the type of its reply.
pub struct Tag<R> {
    raw: RawTag,
    reply: PhantomData<fn() -> R>,
}

impl<R> Tag<R> {
    /// Gives a raw tag a type.
    pub fn new(raw: RawTag) -> Tag<R> {
        Tag { raw, reply: PhantomData }
    }
    /// The number alone.
    pub fn raw(&self) -> RawTag {
        self.raw
    }
}

impl<R: Reply> Tag<R> {
    /// Opens the answer that came back under this tag.
    ///
    /// # Errors
    /// The asked one's error, or INTERNAL when its handler answered with another type.
    pub fn open(&self, answer: Result<Answer, Error>) -> Result<R, Error> {
        answer.and_then(R::from_answer)
    }
}

impl<R> Clone for Tag<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Tag<R> {}

impl<R> fmt::Debug for Tag<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({})", self.raw.0)
    }
}

/// The answer to a request: there already, or on its way.
#[derive(Debug)]
pub enum Asked<R> {
    /// Answered at once.
    Done(Result<R, Error>),
    /// Comes as an [`crate::Event::Reply`] with this tag.
    Later(Tag<R>),
}

/// An answer whose type is not known here.
pub enum Answer {
    /// Nothing but success.
    Unit,
    /// A truth value.
    Bool(bool),
    /// A process.
    Pid(Pid),
    /// Data.
    Value(Value),
    /// Anything else that stays on this node.
    Any(Box<dyn Any + Send>),
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Unit => f.write_str("Unit"),
            Answer::Bool(v) => write!(f, "Bool({v})"),
            Answer::Pid(v) => write!(f, "Pid({v})"),
            Answer::Value(v) => write!(f, "Value({v:?})"),
            Answer::Any(_) => f.write_str("Any"),
        }
    }
}

/// A type that can be the reply to a command.
pub trait Reply: Sized + Send + 'static {
    /// Into the form that passes the door.
    fn into_answer(self) -> Answer;
    /// Back from it.
    ///
    /// # Errors
    /// INTERNAL when the answer has another type.
    fn from_answer(answer: Answer) -> Result<Self, Error>;
}

fn wrong_answer(answer: &Answer) -> Error {
    Error::internal(format!("a handler answered with the wrong type: {answer:?}"))
}

macro_rules! reply {
    ($($type:ty => $variant:ident;)*) => {
        $(impl Reply for $type {
            fn into_answer(self) -> Answer { Answer::$variant(self) }
            fn from_answer(answer: Answer) -> Result<Self, Error> {
                match answer { Answer::$variant(v) => Ok(v), other => Err(wrong_answer(&other)) }
            }
        })*
    };
}

reply! { bool => Bool; Pid => Pid; Value => Value; }

impl Reply for () {
    fn into_answer(self) -> Answer {
        Answer::Unit
    }
    fn from_answer(_: Answer) -> Result<Self, Error> {
        Ok(())
    }
}

/// Wraps any type as a reply.
#[derive(Debug, Clone, PartialEq)]
pub struct Boxed<T>(pub T);

impl<T: Send + 'static> Reply for Boxed<T> {
    fn into_answer(self) -> Answer {
        Answer::Any(Box::new(self.0))
    }
    fn from_answer(answer: Answer) -> Result<Self, Error> {
        match answer {
            Answer::Any(any) => {
                any.downcast().map(|v| Boxed(*v)).map_err(|_| Error::internal("a handler answered with the wrong type"))
            }
            other => Err(wrong_answer(&other)),
        }
    }
}

/// Something a kind carries without understanding it: an actor, a scope, an open file.
#[derive(Clone)]
pub struct Opaque(Arc<dyn Any + Send + Sync>);

impl Opaque {
    /// Wraps a value.
    pub fn new<T: Any + Send + Sync>(v: T) -> Opaque {
        Opaque(Arc::new(v))
    }
    /// The value, for whoever knows its type.
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
    /// The shared value, for whoever knows its type.
    pub fn shared<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.clone().downcast().ok()
    }
}

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opaque")
    }
}

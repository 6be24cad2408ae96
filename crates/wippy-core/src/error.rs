//! The structured error that every boundary of the runtime speaks.
//!
//! It crosses process boundaries with its kind, message, the context it was wrapped in, retryability and details; stack and
//! identity stay behind. The message is what programs compare, the text (`Display`) is what people read.
//! Library crates have error enums of their own where callers must match; they convert into this one at the boundary.

use crate::tree::Tree;
use std::fmt;

/// What sort of failure an [`Error`] is. The texts are those that programs compare with.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum ErrorKind {
    /// No kind was given.
    #[default]
    Unknown,
    /// The thing asked for does not exist (any more).
    NotFound,
    /// The thing to be made is there already.
    AlreadyExists,
    /// The request is wrong in itself.
    Invalid,
    /// A policy refuses.
    PermissionDenied,
    /// It exists but cannot serve now.
    Unavailable,
    /// A fault inside a program or the runtime.
    Internal,
    /// The operation was given up.
    Canceled,
    /// It contradicts the present state.
    Conflict,
    /// It took too long.
    Timeout,
    /// A limit is reached.
    RateLimited,
    /// A kind of a program's own.
    Other(Box<str>),
}

impl ErrorKind {
    /// The text of this kind: `NotFound`, …; empty for [`ErrorKind::Unknown`].
    pub fn as_str(&self) -> &str {
        match self {
            ErrorKind::Unknown => "",
            ErrorKind::NotFound => "NotFound",
            ErrorKind::AlreadyExists => "AlreadyExists",
            ErrorKind::Invalid => "Invalid",
            ErrorKind::PermissionDenied => "PermissionDenied",
            ErrorKind::Unavailable => "Unavailable",
            ErrorKind::Internal => "Internal",
            ErrorKind::Canceled => "Canceled",
            ErrorKind::Conflict => "Conflict",
            ErrorKind::Timeout => "Timeout",
            ErrorKind::RateLimited => "RateLimited",
            ErrorKind::Other(text) => text,
        }
    }

    /// The kind with this text. Any text is a kind; unknown ones become [`ErrorKind::Other`].
    pub fn parse(text: &str) -> ErrorKind {
        match text {
            "" => ErrorKind::Unknown,
            "NotFound" => ErrorKind::NotFound,
            "AlreadyExists" => ErrorKind::AlreadyExists,
            "Invalid" => ErrorKind::Invalid,
            "PermissionDenied" => ErrorKind::PermissionDenied,
            "Unavailable" => ErrorKind::Unavailable,
            "Internal" => ErrorKind::Internal,
            "Canceled" => ErrorKind::Canceled,
            "Conflict" => ErrorKind::Conflict,
            "Timeout" => ErrorKind::Timeout,
            "RateLimited" => ErrorKind::RateLimited,
            other => ErrorKind::Other(other.into()),
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == ErrorKind::Unknown { "Unknown" } else { self.as_str() })
    }
}

/// A failure: kind, message, whether trying again may help, and details. One pointer wide.
#[derive(Clone, PartialEq)]
pub struct Error(Box<Body>);

#[derive(Clone, Default)]
struct Body {
    kind: ErrorKind,
    message: String,
    wrapped_in: Option<Box<str>>,
    retryable: Option<bool>,
    details: Tree,
    traceback: Option<Box<str>>,
}

/// Equal is what crosses between processes; a traceback only tells where it happened.
impl PartialEq for Body {
    fn eq(&self, other: &Body) -> bool {
        (&self.kind, &self.message, &self.wrapped_in, self.retryable, &self.details)
            == (&other.kind, &other.message, &other.wrapped_in, other.retryable, &other.details)
    }
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {
        impl Error {
            $($(#[$doc])* pub fn $name(message: impl Into<String>) -> Error {
                Error::new(ErrorKind::$kind, message).with_retryable(Some(false))
            })*
        }
    };
}

refusals! {
    /// [`ErrorKind::NotFound`], not retryable.
    not_found => NotFound;
    /// [`ErrorKind::AlreadyExists`], not retryable.
    exists => AlreadyExists;
    /// [`ErrorKind::Invalid`], not retryable.
    invalid => Invalid;
    /// [`ErrorKind::PermissionDenied`], not retryable.
    denied => PermissionDenied;
    /// [`ErrorKind::Unavailable`], not retryable.
    unavailable => Unavailable;
    /// [`ErrorKind::Conflict`], not retryable.
    conflict => Conflict;
    /// [`ErrorKind::RateLimited`], not retryable.
    limited => RateLimited;
    /// [`ErrorKind::Timeout`], not retryable.
    timeout => Timeout;
    /// [`ErrorKind::Canceled`], not retryable.
    canceled => Canceled;
}

impl Error {
    /// An error of `kind`; retryability unknown, no details.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Body { kind, message: message.into(), ..Body::default() }))
    }

    /// [`ErrorKind::Internal`] with unknown retryability: a crash, which a supervisor answers with a restart.
    pub fn internal(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Internal, message)
    }

    /// The same error with this retryability.
    pub fn with_retryable(mut self, retryable: Option<bool>) -> Error {
        self.0.retryable = retryable;
        self
    }

    /// The same error with these details, normally a map.
    pub fn with_details(mut self, details: Tree) -> Error {
        self.0.details = details;
        self
    }

    /// The same error with a guest's traceback, for logs; it does not cross process boundaries.
    pub fn with_traceback(mut self, traceback: impl Into<Box<str>>) -> Error {
        self.0.traceback = Some(traceback.into());
        self
    }

    /// The same error with `prefix: ` before its text, all of which is its message then.
    pub fn context(mut self, prefix: &str) -> Error {
        self.0.message = format!("{prefix}: {self}");
        self.0.wrapped_in = None;
        self
    }

    /// The same error wrapped in a context, which its text begins with and its message does not have.
    pub fn wrap(mut self, context: impl Into<Box<str>>) -> Error {
        if let Some(inner) = self.0.wrapped_in.take() {
            self.0.message = format!("{inner}: {}", self.0.message);
        }
        self.0.wrapped_in = Some(context.into());
        self
    }

    /// The same error of another kind.
    pub fn with_kind(mut self, kind: ErrorKind) -> Error {
        self.0.kind = kind;
        self
    }

    /// Its kind.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Its message, without the context that it was last wrapped in.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The context that it was last wrapped in.
    pub fn wrapped_in(&self) -> Option<&str> {
        self.0.wrapped_in.as_deref()
    }

    /// `Some(false)`: trying again cannot help. `None`: unknown.
    pub fn retryable(&self) -> Option<bool> {
        self.0.retryable
    }

    /// Its details; [`Tree::Nil`] when there are none.
    pub fn details(&self) -> &Tree {
        &self.0.details
    }

    /// A guest's traceback, if one was recorded in this process.
    pub fn traceback(&self) -> Option<&str> {
        self.0.traceback.as_deref()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.0.kind)?;
        if self.0.details != Tree::Nil {
            write!(f, " {:?}", self.0.details)?;
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(context) = &self.0.wrapped_in {
            write!(f, "{context}: ")?;
        }
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_context_is_part_of_the_text_and_not_of_the_message() {
        let error = Error::invalid("m").wrap("one").wrap("two");
        assert_eq!((error.message(), error.wrapped_in()), ("one: m", Some("two")));
        assert_eq!((error.to_string(), format!("{error:?}")), ("two: one: m".into(), "Invalid: two: one: m".into()));
        assert_ne!(error, Error::invalid("one: m"));
        let error = error.context("three");
        assert_eq!((error.message(), error.wrapped_in()), ("three: two: one: m", None));
    }
}

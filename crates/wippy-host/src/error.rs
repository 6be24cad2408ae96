//! What can be wrong with an app: faults, each with its place, collected so that all are told at once.

use std::fmt;
use wippy_core::{Entry, Error};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// `file:line:column`, or as much of it as is known; may be empty.
    pub place: String,
    /// The entry it is about; may be empty.
    pub entry: String,
    /// What is wrong, and what to do.
    pub error: Error,
}

impl Fault {
    /// A fault in a file.
    pub fn in_file(place: impl Into<String>, what: impl Into<String>) -> Fault {
        Fault { place: place.into(), entry: String::new(), error: Error::invalid(what) }
    }
    /// A fault of an entry, at one of its keys.
    pub fn of(entry: &Entry, key: &str, what: impl Into<String>) -> Fault {
        Fault { place: entry.origin.locate(key), entry: entry.id.to_string(), error: Error::invalid(what) }
    }
    /// A fault of an entry that somebody else has found.
    pub fn with(entry: &Entry, error: Error) -> Fault {
        // Kinds put the exact place in front of the message when they know it better than we do.
        let place = error.details().get("place").and_then(|p| p.as_str()).unwrap_or_default();
        let message = error.message().strip_prefix(place).map_or(error.message(), |m| m.trim_start_matches(": "));
        let place = if place.is_empty() { entry.origin.locate("source") } else { place.to_owned() };
        let told = Error::new(error.kind().clone(), message).with_retryable(error.retryable());
        Fault { place, entry: entry.id.to_string(), error: told.with_details(error.details().clone()) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        let message = self.error.message();
        if self.entry.is_empty() {
            return f.write_str(message);
        }
        match message.strip_prefix(&self.entry).filter(|rest| rest.starts_with(':')) {
            // A line of its source: the message names the entry itself.
            Some(rest) => write!(f, "entry {}{rest}", self.entry),
            None => write!(f, "entry {}: {message}", self.entry),
        }
    }
}

/// Why an app cannot start: all its faults.
#[derive(Debug, Clone, PartialEq)]
pub struct BootError {
    /// At least one.
    pub faults: Vec<Fault>,
}

impl BootError {
    /// As an error of the runtime, for those who apply changes to a running node.
    pub fn into_error(self) -> Error {
        match <[Fault; 1]>::try_from(self.faults) {
            Ok([fault]) => fault.error.context(&fault.entry),
            Err(faults) => Error::invalid(faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("; ")),
        }
    }
}

impl From<Fault> for BootError {
    fn from(fault: Fault) -> Self {
        BootError { faults: vec![fault] }
    }
}

impl fmt::Display for BootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.faults.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for BootError {}

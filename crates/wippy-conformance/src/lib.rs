//! What every process kind must do.
//!
//! A kind is given as a [`Subject`]: it says what it can do, and supplies a program for each [`Scenario`] of that.
//! [`check`] runs every program of every declared scenario on a node, drives it from a process in Rust, and panics with
//! the scenario's name when it misbehaves. A user's kind is tested the same way:
//!
//! ```no_run
//! # struct Mine; fn my_kind() -> std::sync::Arc<dyn wippy_core::Kind> { std::sync::Arc::new(wippy_native::NativeKind::new()) }
//! # impl wippy_conformance::Subject for Mine {
//! #     fn kind(&self) -> std::sync::Arc<dyn wippy_core::Kind> { my_kind() }
//! #     fn program(&self, _: wippy_conformance::Scenario) -> Option<wippy_conformance::Program> { None }
//! # }
//! #[test]
//! fn my_kind_behaves() {
//!     wippy_conformance::check(&Mine);
//! }
//! ```
#![forbid(unsafe_code)]

mod checks;
mod node;

use std::sync::Arc;
use wippy_core::{Entry, Kind, Value};

/// What a program must do. Every scenario is a capability; a subject without a program for one does not have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// Answers each message `ping` with a message `pong` of the same values to its sender; ends with the text `stopped`
    /// at a message `stop`, and with `cancelled` at a cancel event.
    Echo,
    /// Ends at once with a NOT_FOUND error "no such thing" that is not retryable.
    Fail,
    /// Crashes at once, in the way of its language: a raised error, a trap, a panic.
    Crash,
    /// Waits for some milliseconds and ends with nil.
    Sleep,
    /// Registers a name for itself, finds itself under it, frees it, and ends with the text `names ok`.
    Names,
    /// Gets an entry and a host as last arguments: spawns it monitored and ends with the text `exit ok`, or
    /// `exit err: ` and the message.
    Monitor,
    /// As `Monitor`, but linked, with links trapped: ends with the text `link-down: ` and the message.
    TrapLinks,
    /// Runs for ever and gives way when it is asked to.
    Spin,
    /// Gets an entry as last argument: upgrades to it with the one argument `from upgrade`. The same program, given that
    /// argument alone, ends with the text `upgraded`.
    Upgrade,
}

/// All scenarios.
pub const SCENARIOS: &[Scenario] = &[
    Scenario::Echo,
    Scenario::Fail,
    Scenario::Crash,
    Scenario::Sleep,
    Scenario::Names,
    Scenario::Monitor,
    Scenario::TrapLinks,
    Scenario::Spin,
    Scenario::Upgrade,
];

/// A program for a scenario.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its entry; the id is replaced.
    pub entry: Entry,
    /// Arguments before those of the scenario.
    pub args: Vec<Value>,
}

/// A process kind under test.
pub trait Subject {
    /// The kind.
    fn kind(&self) -> Arc<dyn Kind>;
    /// Its program for a scenario; `None` when the kind cannot do that.
    fn program(&self, scenario: Scenario) -> Option<Program>;
    /// Further entries that its programs need, such as a file system.
    fn support(&self) -> Vec<Entry> {
        Vec::new()
    }
}

/// Runs all that the subject can do.
///
/// # Panics
/// With the scenario's name, when a program does anything but what its scenario says.
pub fn check(subject: &dyn Subject) {
    let mut tested = 0;
    for scenario in SCENARIOS {
        if let Some(program) = subject.program(*scenario) {
            checks::run(subject, *scenario, &program);
            tested += 1;
        }
    }
    assert!(tested > 0, "the subject has no program for any scenario");
}

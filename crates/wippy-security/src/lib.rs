//! Who may do what: actors, scopes, policies. Pure evaluation, no I/O, no clock, no processes.
//!
//! ```
//! use wippy_core::Tree;
//! use wippy_security::{Actor, Decision, Policy, Request, Scope};
//!
//! let policy = Policy::parse("app:readers", &Tree::map([
//!     ("actions", Tree::from("store.*")),
//!     ("resources", Tree::from("app:*")),
//!     ("effect", Tree::from("allow")),
//! ])).unwrap();
//! let scope = Scope::new([policy.into()]);
//! let actor = Actor::new("u1", Tree::Nil);
//! let request = Request { action: "store.get", resource: "app:cart", meta: &Tree::Nil };
//! assert_eq!(scope.evaluate(&actor, &request), Decision::Allow);
//! ```
//!
//! Modules in reading order: [`actor`], [`pattern`], [`condition`], [`policy`], [`scope`].
#![forbid(unsafe_code)]

pub mod actor;
pub mod condition;
pub mod error;
pub mod pattern;
pub mod policy;
pub mod scope;

pub use actor::Actor;
pub use error::PolicyError;
pub use policy::{Decision, Policy, Request};
pub use scope::Scope;

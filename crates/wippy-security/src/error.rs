//! What can be wrong with a policy.

use thiserror::Error;

/// Why a policy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A required field is missing or empty.
    #[error("{field} is required")]
    Missing {
        /// Path of the field inside the policy.
        field: String,
    },
    /// A field has a value of the wrong sort.
    #[error("{field} must be {expected}, not {found}")]
    Wrong {
        /// Path of the field inside the policy.
        field: String,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A pattern of `matches` or `nmatches` does not compile.
    #[error("{field} is no valid pattern: {reason}")]
    Pattern {
        /// Path of the field inside the policy.
        field: String,
        /// What the pattern compiler says.
        reason: String,
    },
}

impl PolicyError {
    /// Path of the field that is wrong, inside the policy: `conditions.0.operator`.
    pub fn field(&self) -> &str {
        match self {
            PolicyError::Missing { field } | PolicyError::Wrong { field, .. } | PolicyError::Pattern { field, .. } => {
                field
            }
        }
    }
}

//! Scopes: sets of policies.

use crate::actor::Actor;
use crate::policy::{Decision, Policy, Request};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A set of policies, by id. Immutable: [`Scope::with`] and [`Scope::without`] give new ones.
#[derive(Debug, Clone, Default)]
pub struct Scope(Arc<BTreeMap<String, Arc<Policy>>>);

impl Scope {
    /// The scope of these policies; of two with one id the later counts.
    pub fn new(policies: impl IntoIterator<Item = Arc<Policy>>) -> Scope {
        Scope(Arc::new(policies.into_iter().map(|p| (p.id().to_owned(), p)).collect()))
    }
    /// The scope with one more policy, which replaces one of the same id.
    pub fn with(&self, policy: Arc<Policy>) -> Scope {
        let mut policies = (*self.0).clone();
        policies.insert(policy.id().to_owned(), policy);
        Scope(Arc::new(policies))
    }
    /// The scope without the policy of this id.
    pub fn without(&self, id: &str) -> Scope {
        let mut policies = (*self.0).clone();
        policies.remove(id);
        Scope(Arc::new(policies))
    }
    /// Whether it has a policy of this id.
    pub fn contains(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }
    /// Its policies, by id.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.0.values()
    }
    /// What it says: any deny denies, else any allow allows. An empty scope says nothing.
    pub fn evaluate(&self, actor: &Actor, request: &Request<'_>) -> Decision {
        let mut decision = Decision::Undefined;
        for policy in self.0.values() {
            match policy.evaluate(actor, request) {
                Decision::Deny => return Decision::Deny,
                Decision::Allow => decision = Decision::Allow,
                Decision::Undefined => {}
            }
        }
        decision
    }
}

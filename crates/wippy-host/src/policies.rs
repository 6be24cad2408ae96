//! `security.policy` entries, and what `security:` blocks make of them.

use crate::error::Fault;
use std::collections::HashMap;
use std::sync::Arc;
use wippy_core::{Entry, EntryId, Error, Tree};
use wippy_security::{Actor, Policy, Scope};

/// All policies of a node, and the groups that they name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policies {
    policies: HashMap<EntryId, Arc<Policy>>,
    groups: HashMap<String, Vec<EntryId>>,
}

/// An actor and a scope, as a `security:` block describes them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Identity {
    pub(crate) actor: Actor,
    pub(crate) scope: Scope,
}

impl Policies {
    /// Takes a policy in.
    pub(crate) fn load(&mut self, entry: &Entry) -> Result<(), Fault> {
        let tree = match entry.field("policy") {
            None | Some(Tree::Nil) => return Err(Fault::of(entry, "policy", "policy is required")),
            Some(tree @ Tree::Map(_)) => tree,
            Some(other) => {
                return Err(Fault::of(entry, "policy", format!("policy must be a map, not {}", other.sort())));
            }
        };
        let policy = Policy::parse(entry.id.as_str(), tree)
            .map_err(|e| Fault::of(entry, &format!("policy.{}", e.field()), format!("policy.{e}")))?;
        let groups = match entry.field("groups") {
            None | Some(Tree::Nil) => &[][..],
            Some(Tree::List(groups)) => groups,
            Some(other) => {
                return Err(Fault::of(entry, "groups", format!("groups must be a list, not {}", other.sort())));
            }
        };
        for (i, group) in groups.iter().enumerate() {
            let Some(name) = group.as_str() else {
                let what = format!("a group must be a text, not {}", group.sort());
                return Err(Fault::of(entry, &format!("groups.{i}"), what));
            };
            let id = EntryId::resolve(name, entry.id.namespace()).to_string();
            self.groups.entry(id).or_default().push(entry.id.clone());
        }
        self.policies.insert(entry.id.clone(), Arc::new(policy));
        Ok(())
    }

    /// What a `security:` block at `path` of an entry means; `None` without one. An id that leads nowhere is a fault.
    pub(crate) fn identity(&self, entry: &Entry, block: Option<&Tree>, path: &str) -> Result<Option<Identity>, Fault> {
        let block = match block {
            None | Some(Tree::Nil) => return Ok(None),
            Some(block @ Tree::Map(_)) => block,
            Some(other) => return Err(Fault::of(entry, path, format!("security must be a map, not {}", other.sort()))),
        };
        let wrong = |key: &str, what: String| Fault::of(entry, &format!("{path}.{key}"), what);
        let actor = match block.field("actor") {
            None | Some(Tree::Nil) => Actor::default(),
            Some(actor @ Tree::Map(_)) => {
                let id = match actor.field("id") {
                    None | Some(Tree::Nil) => "",
                    Some(Tree::Text(id)) => id,
                    Some(other) => {
                        return Err(wrong("actor.id", format!("actor.id must be a text, not {}", other.sort())));
                    }
                };
                Actor::new(id, actor.field("meta").cloned().unwrap_or_default())
            }
            Some(other) => return Err(wrong("actor", format!("actor must be a map, not {}", other.sort()))),
        };
        let mut members = Vec::new();
        for (field, is_group) in [("groups", true), ("policies", false)] {
            let names = match block.field(field) {
                None | Some(Tree::Nil) => &[][..],
                Some(Tree::List(names)) => names,
                Some(other) => return Err(wrong(field, format!("{field} must be a list, not {}", other.sort()))),
            };
            for (i, name) in names.iter().enumerate() {
                let Some(name) = name.as_str() else {
                    let what = format!("{field} must hold ids, a text each, not {}", name.sort());
                    return Err(wrong(&format!("{field}.{i}"), what));
                };
                let id = EntryId::resolve(name, entry.id.namespace());
                let found = match is_group {
                    true => self.groups.get(id.as_str()).cloned(),
                    false => self.policies.contains_key(&id).then(|| vec![id.clone()]),
                };
                let Some(found) = found else {
                    let what = if is_group { "no policy names the group" } else { "policy not found:" };
                    let mut fault = Fault::of(entry, &format!("{path}.{field}.{i}"), "");
                    fault.error = Error::not_found(format!("{what} {id}"));
                    return Err(fault);
                };
                members.extend(found);
            }
        }
        let scope = Scope::new(members.iter().filter_map(|id| self.policies.get(id).cloned()));
        Ok(Some(Identity { actor, scope }))
    }
}

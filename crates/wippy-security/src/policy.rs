//! Policies: an effect on actions and resources, under conditions.

use crate::actor::Actor;
use crate::condition::{Condition, Pattern};
use crate::error::PolicyError;
use crate::pattern;
use wippy_core::Tree;

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Such as `process.send`.
    pub action: &'a str,
    /// Such as the text of a pid.
    pub resource: &'a str,
    /// What else is known about it: a map, or [`Tree::Nil`].
    pub meta: &'a Tree,
}

/// What a policy or a scope says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Allow,
    /// It may not.
    Deny,
    /// It has nothing to say.
    Undefined,
}

impl Decision {
    /// `allow`, `deny` or `undefined`.
    pub fn as_str(self) -> &'static str {
        match self {
            Decision::Allow => "allow",
            Decision::Deny => "deny",
            Decision::Undefined => "undefined",
        }
    }
}

/// A policy. Immutable.
#[derive(Debug, Clone)]
pub struct Policy {
    id: String,
    actions: Vec<String>,
    resources: Vec<String>,
    effect: Decision,
    conditions: Vec<Condition>,
    /// The literal patterns of all conditions.
    literals: Vec<Pattern>,
}

impl Policy {
    /// Reads the `policy` part of a `security.policy` entry.
    ///
    /// # Errors
    /// [`PolicyError`] names the field that is missing or wrong.
    pub fn parse(id: &str, tree: &Tree) -> Result<Policy, PolicyError> {
        let effect = match tree.field("effect").and_then(Tree::as_str) {
            Some("allow") => Decision::Allow,
            Some("deny") => Decision::Deny,
            Some(other) => {
                let found = format!("'{other}'");
                return Err(PolicyError::Wrong { field: "effect".into(), expected: "allow or deny", found });
            }
            None => return Err(PolicyError::Missing { field: "effect".into() }),
        };
        let conditions = match tree.field("conditions") {
            None | Some(Tree::Nil) => Vec::new(),
            Some(Tree::List(items)) => {
                let parse = |(i, item)| Condition::parse(item, &format!("conditions.{i}"));
                items.iter().enumerate().map(parse).collect::<Result<_, _>>()?
            }
            Some(other) => {
                let found = other.sort().to_owned();
                return Err(PolicyError::Wrong { field: "conditions".into(), expected: "a list", found });
            }
        };
        let (actions, resources) = (patterns(tree, "actions")?, patterns(tree, "resources")?);
        let literals = conditions.iter().filter_map(|c: &Condition| c.pattern().cloned()).collect();
        Ok(Policy { id: id.to_owned(), actions, resources, effect, conditions, literals })
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it says. A condition that cannot be evaluated makes it undefined, also one that would deny.
    pub fn evaluate(&self, actor: &Actor, request: &Request<'_>) -> Decision {
        let concerns = self.actions.iter().any(|p| pattern::matches(p, request.action))
            && self.resources.iter().any(|p| pattern::matches(p, request.resource));
        if concerns && self.conditions.iter().all(|c| c.holds_among(actor, request, &self.literals) == Ok(true)) {
            self.effect
        } else {
            Decision::Undefined
        }
    }
}

/// A pattern, or a list of them; items that are no text never match anything.
fn patterns(tree: &Tree, field: &str) -> Result<Vec<String>, PolicyError> {
    match tree.field(field) {
        Some(Tree::Text(one)) if !one.is_empty() => Ok(vec![one.clone()]),
        Some(Tree::List(items)) if !items.is_empty() => {
            Ok(items.iter().filter_map(Tree::as_str).map(str::to_owned).collect())
        }
        None | Some(Tree::Nil | Tree::Text(_) | Tree::List(_)) => Err(PolicyError::Missing { field: field.into() }),
        Some(other) => {
            let found = other.sort().to_owned();
            Err(PolicyError::Wrong { field: field.into(), expected: "a text or a list of texts", found })
        }
    }
}

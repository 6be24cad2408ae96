//! Data that knows its places.

use std::collections::HashMap;
use std::fmt;
use wippy_core::Tree;

/// Line and column, both from 1.
pub type Place = (u32, u32);

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Value {
    /// Anything but a list or a map.
    Scalar(Tree),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in order, with the place of each key.
    Map(Vec<(String, Place, Node)>),
}

/// Why a text is no YAML, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// Where.
    pub place: Place,
    /// What was expected.
    pub message: String,
}

impl Node {
    /// The node under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(pairs) => pairs.iter().find(|(k, ..)| k == key).map(|(.., node)| node),
            _ => None,
        }
    }
    /// The pairs of a map.
    pub fn pairs(&self) -> &[(String, Place, Node)] {
        match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }
    /// The data without places.
    pub fn tree(&self) -> Tree {
        self.clone().into_tree()
    }
    /// As [`Node::tree`], without copying.
    pub fn into_tree(self) -> Tree {
        match self.value {
            Value::Scalar(tree) => tree,
            Value::List(items) => Tree::List(items.into_iter().map(Node::into_tree).collect()),
            Value::Map(pairs) => Tree::Map(pairs.into_iter().map(|(k, _, v)| (Tree::Text(k), v.into_tree())).collect()),
        }
    }
    /// Notes where each key stands, by dotted path below `path`.
    pub fn places(&self, path: &str, into: &mut HashMap<String, Place>) {
        let join = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match &self.value {
            Value::Scalar(_) => {}
            Value::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    let path = join(&i.to_string());
                    item.places(&path, into);
                    into.insert(path, item.place);
                }
            }
            Value::Map(pairs) => {
                for (key, place, value) in pairs {
                    let path = join(key);
                    value.places(&path, into);
                    into.insert(path, *place);
                }
            }
        }
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.message, self.place.0, self.place.1)
    }
}

impl std::error::Error for YamlError {}

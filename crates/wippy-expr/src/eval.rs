//! Runs programs. Each step is counted, and so is all memory that is asked for.

use crate::ast::{Node, Op, Step, StepKind};
use crate::builtins::{self, Action, Builtin};
use crate::dates;
use crate::error::Error;
use crate::ops;
use crate::regexp::{Matcher, STEPS_MAX};
use crate::value::{DEPTH_MAX, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

/// What a run may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Nodes looked at, elements gone through, and so on. Default: a million.
    pub steps: u64,
    /// Bytes of all values made, whether they are still needed or not. Default: 64 MB.
    pub memory_bytes: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { steps: 1_000_000, memory_bytes: 64 << 20 }
    }
}

pub(crate) type Got = Result<Value, Error>;

/// What a closure looks at.
struct Look {
    item: Value,
    index: i64,
    sum: Value,
}

/// One run.
pub(crate) struct Run<'r> {
    names: &'r Value,
    now: Option<SystemTime>,
    steps: u64,
    memory: u64,
    locals: Vec<Value>,
    looks: Vec<Look>,
}

pub(crate) fn wrong(text: impl Into<String>) -> Got {
    Err(Error::new(text))
}

impl<'r> Run<'r> {
    pub(crate) fn new(names: &'r Value, limits: &Limits, now: Option<SystemTime>) -> Run<'r> {
        Run { names, now, steps: limits.steps, memory: limits.memory_bytes, locals: Vec::new(), looks: Vec::new() }
    }

    /// Takes this much work from what is left.
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), Error> {
        match self.steps.checked_sub(steps as u64) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => Err(Error::new("work budget exceeded")),
        }
    }

    /// Whether a pattern is found; what searching takes is counted.
    pub(crate) fn search(&mut self, text: &[u8], pattern: &Matcher) -> Result<bool, Error> {
        let mut left = usize::try_from(self.steps).unwrap_or(usize::MAX).min(STEPS_MAX);
        let before = left;
        let found = pattern.is_match(text, &mut left);
        self.steps -= (before - left) as u64;
        found.ok_or_else(|| Error::new("work budget exceeded"))
    }

    /// Takes memory, and the work of filling it.
    pub(crate) fn reserve(&mut self, bytes: usize) -> Result<(), Error> {
        match self.memory.checked_sub(bytes as u64) {
            Some(left) => self.memory = left,
            None => return Err(Error::new("memory budget exceeded")),
        }
        self.spend(bytes / 64)
    }

    pub(crate) fn text(&mut self, text: impl Into<Arc<str>> + AsRef<str>) -> Got {
        self.reserve(text.as_ref().len() + 16)?;
        Ok(Value::Text(text.into()))
    }

    pub(crate) fn list(&mut self, items: Vec<Value>) -> Got {
        self.reserve(items.len() * size_of::<Value>() + 48)?;
        self.spend(items.len())?;
        Value::list(items)
    }

    pub(crate) fn map(&mut self, entries: BTreeMap<Arc<str>, Value>) -> Got {
        self.reserve(entries.len() * 2 * size_of::<Value>() + 48)?;
        self.spend(entries.len())?;
        Value::map(entries)
    }

    pub(crate) fn now(&self) -> Result<SystemTime, Error> {
        self.now.ok_or_else(|| Error::new("there is no clock here"))
    }

    /// Whether two values are the same; what is compared is counted.
    pub(crate) fn same(&mut self, a: &Value, b: &Value) -> Result<bool, Error> {
        self.spend(a.size().min(b.size()))?;
        Ok(a == b)
    }

    /// Runs a whole program. What it gives counts without anything shared, as whoever gets it will see it.
    pub(crate) fn program(mut self, root: &Node) -> Got {
        let value = self.node(root)?;
        self.spend(value.size())?;
        Ok(value)
    }

    pub(crate) fn node(&mut self, node: &Node) -> Got {
        self.spend(1)?;
        match node {
            Node::Literal(value) => Ok(value.clone()),
            Node::Name(name, _) => Ok(ops::member(self.names, name).unwrap_or_default()),
            Node::Names => Ok(self.names.clone()),
            Node::Local(n) => Ok(self.locals.get(*n).cloned().unwrap_or_default()),
            Node::Item => Ok(self.looks.last().map(|l| l.item.clone()).unwrap_or_default()),
            Node::Index => Ok(self.looks.last().map(|l| Value::Int(l.index)).unwrap_or_default()),
            Node::Sum => Ok(self.looks.last().map(|l| l.sum.clone()).unwrap_or_default()),
            Node::List(items) => {
                let items = self.nodes(items)?;
                self.list(items)
            }
            Node::Map(pairs) => self.pairs(pairs),
            Node::Not(inner) => match self.node(inner)? {
                Value::Bool(v) => Ok(Value::Bool(!v)),
                other => wrong(format!("invalid operation: ! on {}", other.sort())),
            },
            Node::Negative(inner) => match self.node(inner)? {
                Value::Int(v) => Ok(Value::Int(v.wrapping_neg())),
                Value::Float(v) => Ok(Value::Float(-v)),
                other => wrong(format!("invalid operation: - on {}", other.sort())),
            },
            Node::Positive(inner) => match self.node(inner)? {
                v @ (Value::Int(_) | Value::Float(_)) => Ok(v),
                other => wrong(format!("invalid operation: + on {}", other.sort())),
            },
            Node::Chain(first, rest) => self.chain(first, rest),
            Node::Compare(first, rest) => self.compare(first, rest),
            Node::Matches(inner, pattern) => {
                let subject = self.node(inner)?;
                ops::matches(self, &subject, pattern)
            }
            Node::If(parts) => {
                let way = if self.truth(&parts[0])? { 1 } else { 2 };
                self.node(&parts[way])
            }
            Node::Let(parts) => {
                let value = self.node(&parts[0])?;
                self.locals.push(value);
                let rest = self.node(&parts[1]);
                self.locals.pop();
                rest
            }
            Node::Sequence(nodes) => {
                let mut last = Value::Nil;
                for node in nodes {
                    last = self.node(node)?;
                }
                Ok(last)
            }
            Node::Path(base, steps) => self.path(base, steps),
            Node::Call(builtin, arguments, closure) => self.call(builtin, arguments, closure.as_deref()),
        }
    }

    fn nodes(&mut self, nodes: &[Node]) -> Result<Vec<Value>, Error> {
        nodes.iter().map(|node| self.node(node)).collect()
    }

    fn pairs(&mut self, pairs: &[(Node, Node)]) -> Got {
        let mut entries = BTreeMap::new();
        for (key, value) in pairs {
            let key = self.node(key)?.key()?;
            entries.insert(key, self.node(value)?);
        }
        self.map(entries)
    }

    fn truth(&mut self, node: &Node) -> Result<bool, Error> {
        let value = self.node(node)?;
        value.as_bool().ok_or_else(|| Error::new(format!("a condition must be bool, got {}", value.sort())))
    }

    fn chain(&mut self, first: &Node, rest: &[(Op, Node)]) -> Got {
        let mut left = self.node(first)?;
        for (op, right) in rest {
            left = match (op, left) {
                (Op::Or, Value::Bool(true)) => Value::Bool(true),
                (Op::And, Value::Bool(false)) => Value::Bool(false),
                (Op::Or | Op::And, Value::Bool(_)) => match self.node(right)? {
                    Value::Bool(v) => Value::Bool(v),
                    other => return wrong(format!("invalid operation: {} on bool and {}", op.sign(), other.sort())),
                },
                (Op::Coalesce, Value::Nil) => self.node(right)?,
                (Op::Coalesce, left) => left,
                (op, left) => {
                    let right = self.node(right)?;
                    ops::binary(self, *op, left, right)?
                }
            };
        }
        Ok(left)
    }

    fn compare(&mut self, first: &Node, rest: &[(Op, Node)]) -> Got {
        let mut left = self.node(first)?;
        for (op, right) in rest {
            let right = self.node(right)?;
            if !ops::ordered(self, *op, &left, &right)? {
                return Ok(Value::Bool(false));
            }
            left = right;
        }
        Ok(Value::Bool(true))
    }

    fn path(&mut self, base: &Node, steps: &[Step]) -> Got {
        let mut value = self.node(base)?;
        for step in steps {
            if step.optional && matches!(value, Value::Nil) {
                return Ok(Value::Nil);
            }
            self.spend(1)?;
            value = match &step.kind {
                StepKind::Member(name) => match ops::member(&value, name) {
                    Some(member) => member,
                    None => return wrong(format!("cannot fetch {name} from {}", value.sort())),
                },
                StepKind::At(index) => {
                    let index = self.node(index)?;
                    ops::at(&value, &index)?
                }
                StepKind::Slice(from, to) => {
                    let from = from.as_ref().map(|n| self.node(n)).transpose()?;
                    let to = to.as_ref().map(|n| self.node(n)).transpose()?;
                    ops::slice(self, &value, from, to)?
                }
                StepKind::Method(name, arguments) => {
                    let arguments = self.nodes(arguments)?;
                    dates::method(self, &value, name, &arguments)?
                }
            };
        }
        Ok(value)
    }

    fn call(&mut self, builtin: &Builtin, arguments: &[Node], closure: Option<&Node>) -> Got {
        let values = self.nodes(arguments)?;
        match builtin.action {
            Action::Plain(f) => {
                for (n, value) in values.iter().enumerate() {
                    builtins::accepts(builtin, n, value)?;
                }
                f(self, &values)
            }
            Action::Closure(f) => f(self, &values, closure),
        }
    }

    /// Runs a closure on an element.
    pub(crate) fn look(&mut self, closure: &Node, item: Value, index: usize, sum: Value) -> Got {
        debug_assert!(self.looks.len() <= 2 * DEPTH_MAX, "the parser bounds how deep closures are nested");
        self.looks.push(Look { item, index: index as i64, sum });
        let result = self.node(closure);
        self.looks.pop();
        result
    }
}

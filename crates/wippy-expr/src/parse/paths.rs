//! What follows a value: calls, closures, members, indices.

use super::{Parsed, Parser};
use crate::ast::{Node, Step, StepKind};
use crate::builtins::{self, Builtin, Takes};
use crate::error::Error;
use crate::lex::Kind;
use std::sync::Arc;

impl Parser<'_> {
    /// `value | name(arguments)`
    pub(super) fn pipe(&mut self, value: Node) -> Parsed {
        let place = self.place();
        let name = self.name()?;
        let node = self.nested(|parser| parser.call(name, place, Some(value)))?;
        self.path(node)
    }

    pub(super) fn call(&mut self, name: &str, place: usize, first: Option<Node>) -> Parsed {
        let builtin = builtins::find(name);
        let builtin = builtin.ok_or_else(|| Error::at(format!("unknown name {name}"), self.source, place))?;
        self.expect("(")?;
        let mut arguments: Vec<Node> = first.into_iter().collect();
        let mut closure = None;
        // What comes before the closure, and at most behind it.
        let before = match builtin.takes {
            Takes::Closure { .. } => 1,
            Takes::Values(_) => usize::MAX,
        };
        let mut given = !arguments.is_empty();
        while !self.take(")") {
            if given && self.tokens[self.at - 1].kind != Kind::Sign("(") {
                self.expect(",")?;
                if self.take(")") {
                    break;
                }
            }
            given = true;
            if arguments.len() == before && closure.is_none() {
                closure = Some(Box::new(self.closure(builtin.name == "reduce")?));
            } else {
                arguments.push(self.expression(0)?);
            }
        }
        self.timely |= builtin.name == "now";
        self.fits(builtin, &arguments, closure.is_some(), place)?;
        self.counted(Node::Call(builtin, arguments, closure))
    }

    fn fits(&self, builtin: &Builtin, arguments: &[Node], closure: bool, place: usize) -> Result<(), Error> {
        let fault = |what: String| Err(Error::at(what, self.source, place));
        let count = arguments.len();
        let (least, most) = builtin.count();
        if count < least {
            return fault(format!("not enough arguments to call {}", builtin.name));
        }
        if count > most {
            return fault(format!("too many arguments to call {}", builtin.name));
        }
        match builtin.takes {
            Takes::Closure { required: true, .. } if !closure => fault(format!("{} needs a closure", builtin.name)),
            _ => Ok(()),
        }
    }

    /// `{ # > 1 }`, or the same without braces.
    fn closure(&mut self, reduces: bool) -> Parsed {
        self.closures.push(reduces);
        let node = self.nested(|parser| if parser.is("{") { parser.block() } else { parser.operators(0) })?;
        self.closures.pop();
        Ok(node)
    }

    /// What may follow a value: members, indices, slices, methods.
    pub(super) fn path(&mut self, base: Node) -> Parsed {
        let mut steps = Vec::new();
        loop {
            let optional = self.is("?.");
            if optional || self.is(".") {
                self.next();
                if optional && self.take("[") {
                    steps.push(self.index(true)?);
                    continue;
                }
                let name: Arc<str> = self.name()?.into();
                let kind =
                    if self.take("(") { StepKind::Method(name, self.list(")")?) } else { StepKind::Member(name) };
                steps.push(Step { optional, kind });
            } else if self.take("[") {
                steps.push(self.index(false)?);
            } else {
                break;
            }
            self.nodes += 1;
        }
        if steps.is_empty() { Ok(base) } else { self.counted(Node::Path(Box::new(base), steps)) }
    }

    /// Behind `[`.
    fn index(&mut self, optional: bool) -> Result<Step, Error> {
        let from = if self.is(":") { None } else { Some(self.expression(0)?) };
        let kind = if self.take(":") {
            let to = if self.is("]") { None } else { Some(self.expression(0)?) };
            StepKind::Slice(from, to)
        } else {
            StepKind::At(from.ok_or_else(|| self.unexpected())?)
        };
        self.expect("]")?;
        Ok(Step { optional, kind })
    }
}

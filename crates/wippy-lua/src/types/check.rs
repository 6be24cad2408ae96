//! Whether a value is of a type, and where it first fails to be.

use super::{Constraint, Literal, Record, Type, Types};
use crate::errors;
use crate::ffi::{self, Stack};
use crate::regexp::STEPS_MAX;
use std::ffi::c_int;

/// What is said of a pattern that could not be searched to the end.
const TOO_LONG: &str = "pattern takes too long: a check has 6553600 steps for patterns at most";
const _: () = assert!(STEPS_MAX == 6_553_600, "as the text says");

/// How deep values are looked at.
const DEPTH_MAX: usize = 64;

/// Why a value is not of a type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    /// Where: empty for the value itself.
    pub(crate) path: String,
    /// What is wrong there.
    pub(crate) text: String,
    pub(crate) expected: Option<String>,
    pub(crate) got: Option<&'static str>,
    pub(crate) constraint: Option<String>,
}

impl Failure {
    /// Path and text.
    pub(crate) fn message(&self) -> String {
        if self.path.is_empty() { self.text.clone() } else { format!("{}: {}", self.path, self.text) }
    }
}

/// The sort of a value as messages name it.
pub(crate) fn sort_of(lua: Stack, i: c_int) -> &'static str {
    match lua.kind(i) {
        ffi::USERDATA if crate::modules::type_values::is_type(lua, i) => "type",
        ffi::NONE => "nil",
        _ => lua.type_name(i),
    }
}

/// Checks the value at `i`.
pub(crate) fn check(types: Types<'_>, lua: Stack, i: c_int, type_: &Type) -> Result<(), Failure> {
    let mut checker = Checker { types, lua, path: Vec::new(), open: Vec::new(), steps: STEPS_MAX, given_up: None };
    let outcome = checker.value(lua.abs(i), type_);
    // Whatever other members of a union say: it was not found out.
    checker.given_up.map_or(outcome, Err)
}

enum Part {
    Field(String),
    Element(String),
}

struct Checker<'a> {
    types: Types<'a>,
    lua: Stack,
    path: Vec<Part>,
    /// Tables that are being checked, with the named type against which.
    open: Vec<(usize, Type)>,
    /// What searching patterns may still take.
    steps: usize,
    /// A pattern that took too long.
    given_up: Option<Failure>,
}

type Outcome = Result<(), Failure>;

impl Checker<'_> {
    fn fail<T>(&self, text: impl Into<String>) -> Result<T, Failure> {
        let mut path = String::new();
        for part in &self.path {
            match part {
                Part::Field(name) if path.is_empty() => path.push_str(name),
                Part::Field(name) => path.extend([".", name]),
                Part::Element(key) => path.extend(["[", key, "]"]),
            }
        }
        Err(Failure { path, text: text.into(), expected: None, got: None, constraint: None })
    }

    fn mismatch(&self, i: c_int, type_: &Type) -> Outcome {
        let (expected, got) = (self.types.text(type_), sort_of(self.lua, i));
        let mut failure = self.fail::<()>(format!("expected {expected}, got {got}")).unwrap_err();
        (failure.expected, failure.got) = (Some(expected), Some(got));
        Err(failure)
    }

    fn value(&mut self, i: c_int, type_: &Type) -> Outcome {
        if self.path.len() >= DEPTH_MAX || !self.lua.room(8) {
            let text = format!("expected {}, got recursion limit exceeded", self.types.text(type_));
            return self.fail(text);
        }
        let table = self.lua.kind(i) == ffi::TABLE;
        if table && matches!(type_, Type::Named(..)) {
            let pair = (self.lua.address(i), type_.clone());
            if self.open.contains(&pair) {
                return Ok(());
            }
            self.open.push(pair);
            let outcome = self.resolved(i, type_);
            self.open.pop();
            return outcome;
        }
        self.resolved(i, type_)
    }

    fn resolved(&mut self, i: c_int, type_: &Type) -> Outcome {
        let lua = self.lua;
        let kind = lua.kind(i);
        let nil = matches!(kind, ffi::NIL | ffi::NONE);
        let head = self.types.head(type_);
        let passes = match &head {
            Type::Any | Type::Unknown | Type::Parameter(..) => true,
            Type::Never | Type::Named(..) => false,
            Type::Nil => nil,
            Type::Boolean => kind == ffi::BOOLEAN,
            Type::String => kind == ffi::STRING,
            Type::Number => kind == ffi::NUMBER,
            Type::Integer => {
                lua.to_int(i).is_some() || lua.to_float(i).is_some_and(|f| f.fract() == 0.0 && f.is_finite())
            }
            Type::Table => kind == ffi::TABLE,
            Type::AnyFunction | Type::Function(_) => kind == ffi::FUNCTION,
            Type::Userdata => kind == ffi::USERDATA,
            Type::Thread => kind == ffi::THREAD,
            Type::Error => kind == ffi::STRING || errors::is_error(lua, i),
            Type::Interface(_) => matches!(kind, ffi::TABLE | ffi::USERDATA),
            Type::Host(host) if host.class.is_empty() => kind == ffi::TABLE,
            Type::Host(host) => lua.userdata::<u8>(i, host.class).is_some(),
            Type::Literal(literal) => self.is_literal(i, literal),
            Type::Unresolved(name) => return self.fail(format!("unresolved type {name}")),
            Type::Optional(inner) => {
                if nil {
                    return Ok(());
                }
                return self.value(i, inner);
            }
            Type::Union(members) => members.iter().any(|m| self.value(i, m).is_ok()),
            Type::Intersection(members) => {
                let members = members.clone();
                return members.iter().try_for_each(|m| self.value(i, m));
            }
            Type::Constrained(inner, constraints) => {
                self.value(i, inner)?;
                return constraints.iter().try_for_each(|c| self.constraint(i, c));
            }
            Type::Array(_) | Type::Map(_) | Type::Tuple(_) | Type::Record(_) if kind != ffi::TABLE => false,
            Type::Array(element) => return self.array(i, element),
            Type::Tuple(members) => return self.tuple(i, members),
            Type::Map(pair) => return self.pairs(i, &pair.0, &pair.1, &[]),
            Type::Record(record) => return self.record(i, record),
            Type::Keyof(_) | Type::Field(..) | Type::Conditional(_) => true,
        };
        if passes { Ok(()) } else { self.mismatch(i, type_) }
    }

    fn is_literal(&self, i: c_int, literal: &Literal) -> bool {
        let lua = self.lua;
        match lua.kind(i) {
            ffi::BOOLEAN => *literal == Literal::Bool(lua.to_bool(i)),
            ffi::STRING => matches!(literal, Literal::Text(text) if lua.to_bytes(i) == Some(text)),
            ffi::NUMBER => match lua.to_int(i) {
                Some(n) => literal.same_value(&Literal::Int(n)),
                None => literal.same_value(&Literal::Float(lua.to_float(i).unwrap_or(0.0).to_bits())),
            },
            _ => false,
        }
    }

    fn part(&mut self, part: Part, type_: &Type) -> Outcome {
        self.path.push(part);
        let outcome = self.value(self.lua.top(), type_);
        self.path.pop();
        outcome
    }

    fn array(&mut self, i: c_int, element: &Type) -> Outcome {
        for k in 1..=self.lua.raw_len(i) as i64 {
            let outcome = match self.lua.raw_get_i(i, k) {
                ffi::NIL => Ok(()),
                _ => self.part(Part::Element(k.to_string()), element),
            };
            self.lua.pop(1);
            outcome?;
        }
        Ok(())
    }

    fn tuple(&mut self, i: c_int, members: &[Type]) -> Outcome {
        for (k, member) in members.iter().enumerate() {
            self.lua.raw_get_i(i, k as i64 + 1);
            let outcome = self.part(Part::Element((k + 1).to_string()), member);
            self.lua.pop(1);
            outcome?;
        }
        Ok(())
    }

    fn record(&mut self, i: c_int, record: &Record) -> Outcome {
        for field in &record.fields {
            let missing = self.lua.field(i, &field.name) == ffi::NIL;
            let may_miss = missing && (field.optional || self.value(self.lua.top(), &field.type_).is_ok());
            let outcome = if may_miss {
                Ok(())
            } else if missing && !matches!(self.types.bare(&field.type_), Type::Unresolved(_) | Type::Never) {
                self.path.push(Part::Field(field.name.to_string()));
                let outcome = self.fail("required field missing");
                self.path.pop();
                outcome
            } else {
                self.part(Part::Field(field.name.to_string()), &field.type_)
            };
            self.lua.pop(1);
            outcome?;
        }
        match &record.others {
            Some((key, value)) => self.pairs(i, key, value, &record.fields),
            None => Ok(()),
        }
    }

    /// Every pair whose key is not declared.
    fn pairs(&mut self, i: c_int, key: &Type, value: &Type, declared: &[super::FieldType]) -> Outcome {
        let lua = self.lua;
        lua.push_nil();
        while lua.next(i) {
            let name = match lua.kind(-2) {
                ffi::STRING => Part::Field(lua.to_text(-2).unwrap_or_default()),
                _ => Part::Element(errors::plain_text(lua, -2)),
            };
            if let Part::Field(name) = &name
                && declared.iter().any(|f| *f.name == **name)
            {
                lua.pop(1);
                continue;
            }
            let outcome = self.part(name, value);
            lua.pop(1);
            let outcome = outcome.and_then(|()| self.part(Part::Element("key".into()), key));
            if outcome.is_err() {
                lua.pop(1);
                return outcome;
            }
        }
        Ok(())
    }

    fn constraint(&mut self, i: c_int, constraint: &Constraint) -> Outcome {
        let lua = self.lua;
        let mut given_up = false;
        let bound = match constraint.argument {
            Literal::Int(n) => n as f64,
            Literal::Float(bits) => f64::from_bits(bits),
            _ => 0.0,
        };
        let length = match lua.kind(i) {
            ffi::STRING | ffi::TABLE if bound >= 0.0 => Some(lua.raw_len(i) as f64),
            _ => None,
        };
        let wrong = match &*constraint.name {
            "min" => lua.to_float(i).is_some_and(|v| v < bound).then_some("value below minimum"),
            "max" => lua.to_float(i).is_some_and(|v| v > bound).then_some("value above maximum"),
            "min_len" => length.is_some_and(|v| v < bound).then_some("length below minimum"),
            "max_len" => length.is_some_and(|v| v > bound).then_some("length above maximum"),
            _ => match (lua.to_bytes(i), &constraint.pattern) {
                (None, _) => None,
                (Some(_), None) => Some("invalid regex"),
                (Some(text), Some(pattern)) => match pattern.is_match(text, &mut self.steps) {
                    Some(found) => (!found).then_some("pattern mismatch"),
                    None => {
                        given_up = true;
                        Some(TOO_LONG)
                    }
                },
            },
        };
        match wrong {
            None => Ok(()),
            Some(text) => {
                let mut failure = self.fail::<()>(text).unwrap_err();
                failure.constraint = Some(constraint.name.to_string());
                if given_up {
                    self.given_up.get_or_insert_with(|| failure.clone());
                }
                Err(failure)
            }
        }
    }
}

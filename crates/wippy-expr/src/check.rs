//! What can be told about types before a run: so that a mistake shows when a text is compiled.

use crate::ast::{Node, Op, StepKind};
use crate::builtins::{Builtin, Takes};
use crate::error::Error;
use crate::value::Value;

/// What is known about a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Nothing.
    Any,
    /// It is nil.
    Nil,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// A floating-point number.
    Float,
    /// An integer or a float.
    Number,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// A list.
    List,
    /// A map.
    Map,
    /// A moment.
    Date,
    /// A duration.
    Duration,
    /// A zone.
    Zone,
}

impl Type {
    pub(crate) fn of(value: &Value) -> Type {
        match value {
            Value::Nil => Type::Nil,
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::Float(_) => Type::Float,
            Value::Text(_) => Type::Text,
            Value::Bytes(_) => Type::Bytes,
            Value::List(_) => Type::List,
            Value::Map(_) => Type::Map,
            Value::Date(_) => Type::Date,
            Value::Duration(_) => Type::Duration,
            Value::Zone(_) => Type::Zone,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Type::Any => "unknown",
            Type::Nil => "nil",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Float => "float",
            Type::Number => "number",
            Type::Text => "string",
            Type::Bytes => "bytes",
            Type::List => "array",
            Type::Map => "map",
            Type::Date => "time.Time",
            Type::Duration => "time.Duration",
            Type::Zone => "time.Location",
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Type::Int | Type::Float | Type::Number)
    }

    /// Whether a value of this type may stand where one of these is needed.
    fn fits(self, wanted: &[Type]) -> bool {
        self == Type::Any
            || wanted.iter().any(|w| *w == self || *w == Type::Any || (*w == Type::Number && self.is_number()))
            || (self == Type::Number && wanted.iter().any(|w| w.is_number()))
    }
}

/// The types that a letter of a builtin's parameters stands for.
pub(crate) fn types_of(letter: char) -> &'static [Type] {
    match letter {
        't' => &[Type::Text],
        'n' => &[Type::Number],
        'i' => &[Type::Int],
        'l' => &[Type::List],
        'm' => &[Type::Map],
        _ => &[Type::Any],
    }
}

type Typed = Result<Type, Error>;

/// Checks a program and tells what it gives.
pub(crate) fn program(root: &Node, source: &str, names: Option<&Value>) -> Typed {
    Checker { source, names, lets: Vec::new() }.node(root)
}

struct Checker<'c> {
    source: &'c str,
    names: Option<&'c Value>,
    lets: Vec<Type>,
}

fn fault(text: String) -> Typed {
    Err(Error::new(text))
}

impl Checker<'_> {
    fn all(&mut self, nodes: &[Node]) -> Result<(), Error> {
        nodes.iter().try_for_each(|node| self.node(node).map(drop))
    }

    fn wants(&mut self, node: &Node, wanted: &[Type], whose: &str) -> Typed {
        let found = self.node(node)?;
        if found.fits(wanted) {
            return Ok(found);
        }
        fault(format!("invalid operation: {whose} (type {}), wanted {}", found.name(), wanted[0].name()))
    }

    fn node(&mut self, node: &Node) -> Typed {
        Ok(match node {
            Node::Literal(value) => Type::of(value),
            Node::Name(name, at) => return self.name(name, *at),
            Node::Names | Node::Map(_) => {
                if let Node::Map(pairs) = node {
                    for (key, value) in pairs {
                        self.node(key)?;
                        self.node(value)?;
                    }
                }
                Type::Map
            }
            Node::Local(n) => self.lets.get(*n).copied().unwrap_or(Type::Any),
            Node::Item | Node::Sum => Type::Any,
            Node::Index => Type::Int,
            Node::List(items) => {
                self.all(items)?;
                Type::List
            }
            Node::Not(inner) => self.wants(inner, &[Type::Bool], "!").map(|_| Type::Bool)?,
            Node::Negative(inner) => self.wants(inner, &[Type::Number], "-")?,
            Node::Positive(inner) => self.wants(inner, &[Type::Number], "+")?,
            Node::Chain(first, rest) => {
                let mut left = self.node(first)?;
                for (op, right) in rest {
                    let right = self.node(right)?;
                    left = operation(*op, left, right)?;
                }
                left
            }
            Node::Compare(first, rest) => {
                let mut left = self.node(first)?;
                for (op, right) in rest {
                    let right = self.node(right)?;
                    operation(*op, left, right)?;
                    left = right;
                }
                Type::Bool
            }
            Node::Matches(inner, _) => self.wants(inner, &[Type::Text, Type::Bytes], "matches").map(|_| Type::Bool)?,
            Node::If(parts) => {
                self.wants(&parts[0], &[Type::Bool], "condition")?;
                let (then, otherwise) = (self.node(&parts[1])?, self.node(&parts[2])?);
                if then == otherwise { then } else { Type::Any }
            }
            Node::Let(parts) => {
                let value = self.node(&parts[0])?;
                self.lets.push(value);
                let rest = self.node(&parts[1])?;
                self.lets.pop();
                rest
            }
            Node::Sequence(nodes) => {
                self.all(nodes)?;
                nodes.last().map_or(Ok(Type::Nil), |last| self.node(last))?
            }
            Node::Path(base, steps) => {
                let base = self.node(base)?;
                for (n, step) in steps.iter().enumerate() {
                    match &step.kind {
                        StepKind::Member(name) if n == 0 && !base.fits(&[Type::Map]) && base != Type::Nil => {
                            return fault(format!("type {} has no field {name}", base.name()));
                        }
                        StepKind::Member(_) => {}
                        StepKind::At(index) => self.node(index).map(drop)?,
                        StepKind::Slice(from, to) => {
                            for end in [from, to].into_iter().flatten() {
                                self.wants(end, &[Type::Int], "slice")?;
                            }
                        }
                        StepKind::Method(_, arguments) => self.all(arguments)?,
                    }
                }
                Type::Any
            }
            Node::Call(builtin, arguments, closure) => self.call(builtin, arguments, closure.as_deref())?,
        })
    }

    fn name(&self, name: &str, at: usize) -> Typed {
        match self.names {
            None => Ok(Type::Any),
            Some(Value::Map(map)) if map.entries().contains_key(name) => Ok(map
                .entries()
                .get(name)
                .map_or(Type::Any, |v| if *v == Value::Nil { Type::Any } else { Type::of(v) })),
            Some(_) => Err(Error::at(format!("unknown name {name}"), self.source, at)),
        }
    }

    fn call(&mut self, builtin: &Builtin, arguments: &[Node], closure: Option<&Node>) -> Typed {
        let unfit = |n: usize, found: Type| {
            fault(format!("invalid argument #{} for {} (type {})", n + 1, builtin.name, found.name()))
        };
        for (n, argument) in arguments.iter().enumerate() {
            let found = self.node(argument)?;
            let wanted = match builtin.takes {
                Takes::Values(_) => builtin.parameter(n).map_or(&[Type::Any][..], types_of),
                Takes::Closure { .. } if n == 0 => &[Type::List, Type::Map],
                Takes::Closure { .. } => &[Type::Any],
            };
            if !found.fits(wanted) {
                return unfit(n, found);
            }
        }
        if let Some(closure) = closure {
            let found = self.node(closure)?;
            let decides = matches!(builtin.takes, Takes::Closure { decides: true, .. });
            if decides && !found.fits(&[Type::Bool]) {
                return fault(format!("closure of {} should return bool (got {})", builtin.name, found.name()));
            }
        }
        Ok(builtin.returns)
    }
}

/// What an operator makes of two types.
fn operation(op: Op, left: Type, right: Type) -> Typed {
    use Type::{Any, Bool, Bytes, Date, Duration, Float, Int, List, Map, Nil, Number, Text};
    let numbers = left.fits(&[Number]) && right.fits(&[Number]);
    let unknown = left == Any || right == Any;
    let both = |t: Type| left.fits(&[t]) && right.fits(&[t]);
    let result = match op {
        Op::Or | Op::And if both(Bool) => Some(Bool),
        Op::Equal | Op::NotEqual => Some(Bool),
        Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => {
            (numbers || both(Text) || both(Date) || both(Duration)).then_some(Bool)
        }
        Op::In | Op::NotIn => right.fits(&[List, Map, Nil]).then_some(Bool),
        Op::Matches | Op::NotMatches => (left.fits(&[Text, Bytes]) && right.fits(&[Text])).then_some(Bool),
        Op::Contains | Op::NotContains | Op::StartsWith | Op::NotStartsWith | Op::EndsWith | Op::NotEndsWith => {
            both(Text).then_some(Bool)
        }
        Op::Range => both(Int).then_some(List),
        Op::Coalesce if left == right => Some(left),
        Op::Coalesce => Some(Any),
        Op::Divide => numbers.then_some(Float),
        Op::Power => numbers.then_some(Float),
        Op::Modulo => both(Int).then_some(Int),
        _ if unknown => Some(Any),
        Op::Add | Op::Subtract | Op::Multiply if numbers => Some(match (left, right) {
            (Int, Int) => Int,
            (Float, _) | (_, Float) => Float,
            _ => Number,
        }),
        Op::Add => match (left, right) {
            (Text, Text) => Some(Text),
            (Date, Duration) | (Duration, Date) => Some(Date),
            (Duration, Duration) => Some(Duration),
            _ => None,
        },
        Op::Subtract => match (left, right) {
            (Date, Date) | (Duration, Duration) => Some(Duration),
            (Date, Duration) => Some(Date),
            _ => None,
        },
        Op::Multiply => matches!((left, right), (Duration, Int) | (Int, Duration)).then_some(Duration),
        Op::Or | Op::And => None,
    };
    result.map_or_else(
        || fault(format!("invalid operation: {} (mismatched types {} and {})", op.sign(), left.name(), right.name())),
        Ok,
    )
}

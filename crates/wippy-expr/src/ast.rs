//! The tree of a program.
//!
//! Operators that stand in a row lie beside each other in one node, and so do the steps of a path: the tree is only as
//! deep as the text is nested, which the parser bounds.

use crate::builtins::Builtin;
use crate::regexp::Matcher;
use crate::value::Value;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) enum Node {
    Literal(Value),
    /// A name of the run, and where it stands.
    Name(Arc<str>, usize),
    /// All names of the run.
    Names,
    /// The n-th `let` around.
    Local(usize),
    /// The element that a closure looks at.
    Item,
    /// Its place in the list.
    Index,
    /// What `reduce` has so far.
    Sum,
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Not(Box<Node>),
    Negative(Box<Node>),
    Positive(Box<Node>),
    /// Operators in a row, from left to right.
    Chain(Box<Node>, Vec<(Op, Node)>),
    /// `a < b <= c`: each must hold.
    Compare(Box<Node>, Vec<(Op, Node)>),
    /// `matches` with a pattern that stands in the text.
    Matches(Box<Node>, Box<Matcher>),
    If(Box<[Node; 3]>),
    /// A value and where it is visible.
    Let(Box<[Node; 2]>),
    /// All are computed, the last one counts.
    Sequence(Vec<Node>),
    Path(Box<Node>, Vec<Step>),
    /// A function, its arguments, its closure.
    Call(&'static Builtin, Vec<Node>, Option<Box<Node>>),
}

/// One step of a path.
#[derive(Debug)]
pub(crate) struct Step {
    /// `?.`: nothing comes after nil.
    pub(crate) optional: bool,
    pub(crate) kind: StepKind,
}

#[derive(Debug)]
pub(crate) enum StepKind {
    Member(Arc<str>),
    At(Node),
    Slice(Option<Node>, Option<Node>),
    Method(Arc<str>, Vec<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
    Matches,
    NotMatches,
    Contains,
    NotContains,
    StartsWith,
    NotStartsWith,
    EndsWith,
    NotEndsWith,
    Range,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Coalesce,
}

impl Op {
    /// The operator that is written so, and how strongly it binds.
    pub(crate) fn of(sign: &str) -> Option<(Op, u32)> {
        Some(match sign {
            "or" | "||" => (Op::Or, 10),
            "and" | "&&" => (Op::And, 15),
            "==" => (Op::Equal, 20),
            "!=" => (Op::NotEqual, 20),
            "<" => (Op::Less, 20),
            "<=" => (Op::LessEqual, 20),
            ">" => (Op::Greater, 20),
            ">=" => (Op::GreaterEqual, 20),
            "in" => (Op::In, 20),
            "matches" => (Op::Matches, 20),
            "contains" => (Op::Contains, 20),
            "startsWith" => (Op::StartsWith, 20),
            "endsWith" => (Op::EndsWith, 20),
            ".." => (Op::Range, 25),
            "+" => (Op::Add, 30),
            "-" => (Op::Subtract, 30),
            "*" => (Op::Multiply, 60),
            "/" => (Op::Divide, 60),
            "%" => (Op::Modulo, 60),
            "**" | "^" => (Op::Power, 100),
            "??" => (Op::Coalesce, 500),
            _ => return None,
        })
    }

    /// The operator with `not` in front, where there is one.
    pub(crate) fn negated(self) -> Option<Op> {
        Some(match self {
            Op::In => Op::NotIn,
            Op::Matches => Op::NotMatches,
            Op::Contains => Op::NotContains,
            Op::StartsWith => Op::NotStartsWith,
            Op::EndsWith => Op::NotEndsWith,
            _ => return None,
        })
    }

    pub(crate) fn compares(self) -> bool {
        matches!(self, Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual)
    }

    /// As it is written.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Op::Or => "or",
            Op::And => "and",
            Op::Equal => "==",
            Op::NotEqual => "!=",
            Op::Less => "<",
            Op::LessEqual => "<=",
            Op::Greater => ">",
            Op::GreaterEqual => ">=",
            Op::In => "in",
            Op::NotIn => "not in",
            Op::Matches => "matches",
            Op::NotMatches => "not matches",
            Op::Contains => "contains",
            Op::NotContains => "not contains",
            Op::StartsWith => "startsWith",
            Op::NotStartsWith => "not startsWith",
            Op::EndsWith => "endsWith",
            Op::NotEndsWith => "not endsWith",
            Op::Range => "..",
            Op::Add => "+",
            Op::Subtract => "-",
            Op::Multiply => "*",
            Op::Divide => "/",
            Op::Modulo => "%",
            Op::Power => "**",
            Op::Coalesce => "??",
        }
    }
}

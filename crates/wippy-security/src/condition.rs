//! Conditions: tests on the actor, the request and its metadata.

use crate::actor::Actor;
use crate::error::PolicyError;
use crate::policy::Request;
use wippy_core::Tree;
use wippy_expr::regexp::{self, Regex};

/// One test. All tests of a policy must hold.
#[derive(Debug, Clone)]
pub struct Condition {
    field: String,
    operator: Operator,
    value: Source,
    /// The compiled literal of `matches` and `nmatches`.
    pattern: Option<Pattern>,
}

/// A regular expression of RE2. Whoever wrote the policy chose it, so its searches have no bound: what a policy says must
/// not depend on how long a text is.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    source: String,
    regex: Regex,
}

#[derive(Debug, Clone)]
enum Source {
    Literal(Tree),
    Field(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Exists,
    NotExists,
    Equal,
    NotEqual,
    Less,
    Greater,
    LessEqual,
    GreaterEqual,
    In,
    NotIn,
    Contains,
    NotContains,
    Matches,
    NotMatches,
}

const OPERATORS: &[(&str, Operator)] = &[
    ("exists", Operator::Exists),
    ("nexists", Operator::NotExists),
    ("eq", Operator::Equal),
    ("ne", Operator::NotEqual),
    ("lt", Operator::Less),
    ("gt", Operator::Greater),
    ("lte", Operator::LessEqual),
    ("gte", Operator::GreaterEqual),
    ("in", Operator::In),
    ("nin", Operator::NotIn),
    ("contains", Operator::Contains),
    ("ncontains", Operator::NotContains),
    ("matches", Operator::Matches),
    ("nmatches", Operator::NotMatches),
];

/// The evaluation failed: the whole policy is undefined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undecidable;

impl Condition {
    /// Reads a condition; `path` is where it stands, for errors.
    ///
    /// # Errors
    /// A missing field, operator or value, an unknown operator, a pattern that does not compile.
    pub fn parse(tree: &Tree, path: &str) -> Result<Condition, PolicyError> {
        let at = |name: &str| format!("{path}.{name}");
        if tree.as_map().is_none() {
            let found = tree.sort().to_owned();
            return Err(PolicyError::Wrong { field: path.into(), expected: "a map", found });
        }
        let text = |name: &str| tree.field(name).and_then(Tree::as_str).filter(|t| !t.is_empty());
        let field = text("field").ok_or_else(|| PolicyError::Missing { field: at("field") })?.to_owned();
        let name = text("operator").ok_or_else(|| PolicyError::Missing { field: at("operator") })?;
        let operator = OPERATORS.iter().find(|(n, _)| *n == name).map(|(_, o)| *o).ok_or_else(|| {
            let expected = "one of exists nexists eq ne lt gt lte gte in nin contains ncontains matches nmatches";
            PolicyError::Wrong { field: at("operator"), expected, found: format!("'{name}'") }
        })?;
        let literal = tree.field("value").filter(|v| **v != Tree::Nil).cloned();
        let mut pattern = None;
        if let (Operator::Matches | Operator::NotMatches, Some(Tree::Text(text))) = (operator, &literal) {
            let compiled = regexp::compile(text);
            let regex = compiled.map_err(|reason| PolicyError::Pattern { field: at("value"), reason })?;
            pattern = Some(Pattern { source: text.clone(), regex });
        }
        let value = match (text("value_from"), literal) {
            (Some(field), _) => Source::Field(field.to_owned()),
            (None, Some(literal)) => Source::Literal(literal),
            (None, None) => return Err(PolicyError::Missing { field: at("value") }),
        };
        Ok(Condition { field, operator, value, pattern })
    }

    /// Whether the test holds, as the only condition of its policy.
    ///
    /// # Errors
    /// As a policy's: [`Undecidable`] makes the whole policy say nothing.
    pub fn holds(&self, actor: &Actor, request: &Request<'_>) -> Result<bool, Undecidable> {
        self.holds_among(actor, request, self.pattern.as_slice())
    }

    /// Whether the test holds. `patterns`: what was compiled for any condition of the policy.
    ///
    /// # Errors
    /// [`Undecidable`] for a field path that means nothing, an ordering of things without order, and the like.
    pub(crate) fn holds_among(
        &self,
        actor: &Actor,
        request: &Request<'_>,
        patterns: &[Pattern],
    ) -> Result<bool, Undecidable> {
        let field = resolve(&self.field, actor, request)?;
        let value = match &self.value {
            Source::Literal(tree) => tree.clone(),
            Source::Field(path) => resolve(path, actor, request)?,
        };
        let absent = field == Tree::Nil;
        match self.operator {
            Operator::Exists => return Ok(absent != value.as_bool().unwrap_or(true)),
            Operator::NotExists => return Ok(value.as_bool().is_some_and(|wanted| absent == wanted)),
            _ if absent => return Ok(false),
            _ => {}
        }
        match self.operator {
            Operator::Equal => Ok(equal(&field, &value)),
            Operator::NotEqual => Ok(!equal(&field, &value)),
            Operator::Less => order(&field, &value, |a, b| a < b),
            Operator::Greater => order(&field, &value, |a, b| a > b),
            Operator::LessEqual => order(&field, &value, |a, b| a <= b),
            Operator::GreaterEqual => order(&field, &value, |a, b| a >= b),
            Operator::In => is_in(&field, &value),
            Operator::NotIn => is_in(&field, &value).map(|v| !v),
            Operator::Contains => contains(&field, &value),
            Operator::NotContains => contains(&field, &value).map(|v| !v),
            Operator::Matches => matches(&field, &value, patterns),
            Operator::NotMatches => matches(&field, &value, patterns).map(|v| !v),
            Operator::Exists | Operator::NotExists => unreachable!("answered above"),
        }
    }

    /// The compiled literal pattern, if this condition has one.
    pub(crate) fn pattern(&self) -> Option<&Pattern> {
        self.pattern.as_ref()
    }
}

/// Only patterns that were compiled when the policy was loaded count.
fn matches(field: &Tree, value: &Tree, patterns: &[Pattern]) -> Result<bool, Undecidable> {
    let (field, value) = (text(field).ok_or(Undecidable)?, text(value).ok_or(Undecidable)?);
    let pattern = patterns.iter().find(|p| p.source == value).ok_or(Undecidable)?;
    Ok(pattern.regex.is_match(field.as_bytes()))
}

/// The value at a field path; [`Tree::Nil`] when it is absent.
fn resolve(path: &str, actor: &Actor, request: &Request<'_>) -> Result<Tree, Undecidable> {
    let walk = |tree: &Tree, steps: &str| {
        let found = steps.split('.').try_fold(tree, |tree, step| tree.get(step));
        found.cloned().unwrap_or_default()
    };
    match path {
        "action" => return Ok(request.action.into()),
        "resource" => return Ok(request.resource.into()),
        "actor" | "meta" => return Err(Undecidable),
        _ => {}
    }
    if let Some(rest) = path.strip_prefix("actor.") {
        if actor.id.is_empty() && actor.meta == Tree::Nil {
            return Err(Undecidable);
        }
        return match rest {
            "id" => Ok(actor.id.as_str().into()),
            "meta" => Ok(actor.meta.clone()),
            _ => rest.strip_prefix("meta.").map(|steps| walk(&actor.meta, steps)).ok_or(Undecidable),
        };
    }
    if let Some(steps) = path.strip_prefix("meta.") {
        return Ok(walk(request.meta, steps));
    }
    Ok(request.meta.get(path).cloned().unwrap_or_default())
}

/// A number: any integer or float, or a text that reads as one.
fn number(tree: &Tree) -> Option<f64> {
    match tree {
        Tree::Int(n) => Some(*n as f64),
        Tree::Float(n) => Some(*n),
        Tree::Text(t) => number_in(t),
        _ => None,
    }
}

fn number_in(text: &str) -> Option<f64> {
    text.parse().ok().or_else(|| hexadecimal(text))
}

/// A hexadecimal float such as `0x1.8p3`.
fn hexadecimal(text: &str) -> Option<f64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"))?;
    let (mantissa, exponent) = digits.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0f64;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let scale = i64::from(exponent.parse::<i32>().ok()?) - 4 * fraction.len() as i64;
    Some(sign * scaled(value, scale))
}

/// `value` times two to the power of `exponent`, in steps that neither overflow nor underflow on the way.
fn scaled(mut value: f64, exponent: i64) -> f64 {
    let mut left = exponent.clamp(-5000, 5000) as i32;
    while left != 0 && value != 0.0 && value.is_finite() {
        let step = left.clamp(-1000, 1000);
        value *= 2f64.powi(step);
        left -= step;
    }
    value
}

/// The text of a scalar or map; lists have none.
fn text(tree: &Tree) -> Option<String> {
    Some(match tree {
        Tree::Text(t) => t.clone(),
        Tree::Int(n) => n.to_string(),
        Tree::Float(n) => n.to_string(),
        Tree::Bool(b) => b.to_string(),
        Tree::Map(_) => format!("{tree:?}"),
        _ => return None,
    })
}

fn equal(a: &Tree, b: &Tree) -> bool {
    if same(a, b) {
        return true;
    }
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return a == b;
    }
    match (a, b) {
        // Lists and maps are equal only when they are the same through and through.
        (Tree::List(_) | Tree::Map(_), _) | (_, Tree::List(_) | Tree::Map(_)) => false,
        _ => matches!((text(a), text(b)), (Some(a), Some(b)) if a == b),
    }
}

/// Identical type and value; maps whatever the order of their keys.
fn same(a: &Tree, b: &Tree) -> bool {
    match (a, b) {
        (Tree::Map(x), Tree::Map(y)) => {
            let has = |(k, v): &(Tree, Tree)| y.iter().any(|(l, w)| same(k, l) && same(v, w));
            x.len() == y.len() && x.iter().all(has)
        }
        (Tree::List(x), Tree::List(y)) => x.len() == y.len() && x.iter().zip(y).all(|(v, w)| same(v, w)),
        _ => a == b,
    }
}

fn order(a: &Tree, b: &Tree, f: impl Fn(f64, f64) -> bool) -> Result<bool, Undecidable> {
    Ok(f(number(a).ok_or(Undecidable)?, number(b).ok_or(Undecidable)?))
}

fn is_in(field: &Tree, value: &Tree) -> Result<bool, Undecidable> {
    match value {
        Tree::List(items) => Ok(items.iter().any(|item| equal(field, item))),
        Tree::Text(_) => Ok(equal(field, value)),
        _ => Err(Undecidable),
    }
}

fn contains(field: &Tree, value: &Tree) -> Result<bool, Undecidable> {
    if let (Some(field), Some(value)) = (text(field), text(value)) {
        return Ok(field.contains(&value));
    }
    match field {
        Tree::List(items) => Ok(items.iter().any(|item| equal(item, value))),
        _ => Err(Undecidable),
    }
}

//! What operators and paths do with values.

use crate::ast::Op;
use crate::error::Error;
use crate::eval::{Got, Run, wrong};
use crate::regexp::Matcher;
use crate::value::Value;
use jiff::SignedDuration;
use std::cmp::Ordering;

/// Work of compiling a pattern that is not in the program's text.
const COMPILE_STEPS: usize = 5_000;
/// How large patterns may be, in bytes when compiled: compiling takes time in proportion.
const PATTERN_MAX: usize = 64 << 10;

/// Compiles a pattern.
pub(crate) fn pattern(text: &str) -> Result<Matcher, Error> {
    Matcher::within(text, PATTERN_MAX).map_err(|e| Error::new(format!("error parsing regexp: {e}")))
}

fn mismatch<T>(op: Op, left: &Value, right: &Value) -> Result<T, Error> {
    let what = format!("invalid operation: {} (mismatched types {} and {})", op.sign(), left.sort(), right.sort());
    Err(Error::new(what))
}

/// `left op right` for the operators that need both.
pub(crate) fn binary(run: &mut Run<'_>, op: Op, left: Value, right: Value) -> Got {
    Ok(match op {
        Op::Equal => Value::Bool(run.same(&left, &right)?),
        Op::NotEqual => Value::Bool(!run.same(&left, &right)?),
        Op::In => Value::Bool(is_in(run, &left, &right)?),
        Op::NotIn => Value::Bool(!is_in(run, &left, &right)?),
        Op::Matches | Op::NotMatches => match (&left, &right) {
            (Value::Text(_) | Value::Bytes(_), Value::Text(pattern)) => {
                run.spend(COMPILE_STEPS + pattern.len())?;
                let pattern = self::pattern(pattern)?;
                let found = matches(run, &left, &pattern)?.as_bool() == Some(true);
                Value::Bool(found != (op == Op::NotMatches))
            }
            _ => return mismatch(op, &left, &right),
        },
        Op::Contains | Op::StartsWith | Op::EndsWith | Op::NotContains | Op::NotStartsWith | Op::NotEndsWith => {
            let (Value::Text(a), Value::Text(b)) = (&left, &right) else {
                return mismatch(op, &left, &right);
            };
            run.spend(a.len() / 64)?;
            Value::Bool(match op {
                Op::Contains => a.contains(&**b),
                Op::NotContains => !a.contains(&**b),
                Op::StartsWith => a.starts_with(&**b),
                Op::NotStartsWith => !a.starts_with(&**b),
                Op::EndsWith => a.ends_with(&**b),
                _ => !a.ends_with(&**b),
            })
        }
        Op::Range => match (&left, &right) {
            (Value::Int(from), Value::Int(to)) => return range(run, *from, *to),
            _ => return mismatch(op, &left, &right),
        },
        Op::Or | Op::And | Op::Coalesce => return mismatch(op, &left, &right),
        Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => Value::Bool(ordered(run, op, &left, &right)?),
        Op::Add | Op::Subtract | Op::Multiply | Op::Divide | Op::Modulo | Op::Power => {
            return arithmetic(run, op, left, right);
        }
    })
}

fn arithmetic(run: &mut Run<'_>, op: Op, left: Value, right: Value) -> Got {
    Ok(match (op, &left, &right) {
        (Op::Add, Value::Int(a), Value::Int(b)) => Value::Int(a.wrapping_add(*b)),
        (Op::Subtract, Value::Int(a), Value::Int(b)) => Value::Int(a.wrapping_sub(*b)),
        (Op::Multiply, Value::Int(a), Value::Int(b)) => Value::Int(a.wrapping_mul(*b)),
        (Op::Modulo, Value::Int(_), Value::Int(0)) => return wrong("integer divide by zero"),
        (Op::Modulo, Value::Int(a), Value::Int(b)) => Value::Int(a.wrapping_rem(*b)),
        (Op::Add, Value::Text(a), Value::Text(b)) => {
            run.reserve(a.len() + b.len())?;
            Value::Text([&**a, &**b].concat().into())
        }
        (Op::Add, Value::Duration(a), Value::Duration(b)) => Value::Duration(a.wrapping_add(*b)),
        (Op::Subtract, Value::Duration(a), Value::Duration(b)) => Value::Duration(a.wrapping_sub(*b)),
        (Op::Multiply, Value::Duration(a), Value::Int(b)) | (Op::Multiply, Value::Int(b), Value::Duration(a)) => {
            Value::Duration(a.wrapping_mul(*b))
        }
        (Op::Add, Value::Date(a), Value::Duration(b)) | (Op::Add, Value::Duration(b), Value::Date(a)) => moved(a, *b)?,
        (Op::Subtract, Value::Date(a), Value::Duration(b)) => moved(a, b.wrapping_neg())?,
        (Op::Subtract, Value::Date(a), Value::Date(b)) => {
            let difference = a.timestamp().duration_since(b.timestamp()).as_nanos();
            Value::Duration(i64::try_from(difference).map_err(|_| Error::new("duration out of range"))?)
        }
        (Op::Modulo, ..) => return mismatch(op, &left, &right),
        _ => {
            let (Some(a), Some(b)) = (left.as_number(), right.as_number()) else {
                return mismatch(op, &left, &right);
            };
            Value::Float(match op {
                Op::Add => a + b,
                Op::Subtract => a - b,
                Op::Multiply => a * b,
                Op::Divide => a / b,
                _ => a.powf(b),
            })
        }
    })
}

/// A date some nanoseconds later.
pub(crate) fn moved(date: &jiff::Zoned, nanoseconds: i64) -> Got {
    let moved = date.checked_add(SignedDuration::from_nanos(nanoseconds));
    moved.map(|d| Value::Date(Box::new(d))).map_err(|_| Error::new("date out of range"))
}

fn range(run: &mut Run<'_>, from: i64, to: i64) -> Got {
    if to < from {
        return run.list(Vec::new());
    }
    let count = usize::try_from(to.wrapping_sub(from)).ok().and_then(|n| n.checked_add(1));
    let count = count.filter(|n| *n <= 1 << 32).ok_or_else(|| Error::new("memory budget exceeded"))?;
    // Before anything is made.
    run.reserve(count * size_of::<Value>())?;
    run.spend(count)?;
    Value::list((from..=to).map(Value::Int).collect())
}

/// Whether a comparison holds.
pub(crate) fn ordered(run: &mut Run<'_>, op: Op, left: &Value, right: &Value) -> Result<bool, Error> {
    run.spend(left.size().min(right.size()))?;
    let order = match (left, right) {
        (Value::Text(_), Value::Text(_))
        | (Value::Date(_), Value::Date(_))
        | (Value::Duration(_), Value::Duration(_)) => compare(left, right),
        _ if left.as_number().is_some() && right.as_number().is_some() => compare(left, right),
        _ => return mismatch(op, left, right),
    };
    // Nothing can be said about a NaN.
    let Some(order) = order else {
        return Ok(false);
    };
    Ok(match op {
        Op::Less => order.is_lt(),
        Op::LessEqual => order.is_le(),
        Op::Greater => order.is_gt(),
        _ => order.is_ge(),
    })
}

/// Which of two values of one sort comes first; `None` when they have no order.
pub(crate) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.timestamp().cmp(&b.timestamp())),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        _ => left.as_number()?.partial_cmp(&right.as_number()?),
    }
}

fn is_in(run: &mut Run<'_>, item: &Value, whole: &Value) -> Result<bool, Error> {
    match whole {
        Value::Nil => Ok(false),
        Value::List(list) => {
            for other in list.items() {
                run.spend(1)?;
                if run.same(item, other)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::Map(map) => Ok(item.as_text().is_some_and(|key| map.entries().contains_key(key))),
        _ => mismatch(Op::In, item, whole),
    }
}

/// Whether a pattern is found in a text.
pub(crate) fn matches(run: &mut Run<'_>, subject: &Value, pattern: &Matcher) -> Got {
    let bytes = match subject {
        Value::Text(text) => text.as_bytes(),
        Value::Bytes(bytes) => bytes,
        other => return wrong(format!("invalid operation: matches on {}", other.sort())),
    };
    run.search(bytes, pattern).map(Value::Bool)
}

/// The member of a map, nil when there is none; `None` for what has no members.
pub(crate) fn member(value: &Value, name: &str) -> Option<Value> {
    match value {
        Value::Map(map) => Some(map.entries().get(name).cloned().unwrap_or_default()),
        _ => None,
    }
}

/// The place of an element, counted from the end when negative.
fn place(index: i64, len: usize) -> Option<usize> {
    let index = if index < 0 { (len as i64).checked_add(index)? } else { index };
    usize::try_from(index).ok().filter(|n| *n < len)
}

/// `value[index]`
pub(crate) fn at(value: &Value, index: &Value) -> Got {
    match (value, index) {
        (Value::Map(map), key) => Ok(map.entries().get(&key.key()?).cloned().unwrap_or_default()),
        (Value::List(list), Value::Int(n)) => {
            let len = list.items().len();
            let found = place(*n, len).map(|n| list.items()[n].clone());
            found.ok_or_else(|| Error::new(format!("index out of range: {n} (array length is {len})")))
        }
        (Value::Text(text), Value::Int(n)) => {
            let found = place(*n, text.len()).map(|n| Value::Int(text.as_bytes()[n].into()));
            found.ok_or_else(|| Error::new(format!("index out of range: {n} (string length is {})", text.len())))
        }
        _ => wrong(format!("cannot fetch {} from {}", index.sort(), value.sort())),
    }
}

/// `value[from:to]`; what lies outside is cut off.
pub(crate) fn slice(run: &mut Run<'_>, value: &Value, from: Option<Value>, to: Option<Value>) -> Got {
    let len = match value {
        Value::List(list) => list.items().len(),
        Value::Text(text) => text.len(),
        other => return wrong(format!("cannot slice {}", other.sort())),
    };
    let end = |end: Option<Value>, absent: usize| match end {
        None => Ok(absent),
        Some(Value::Int(n)) if n < 0 => Ok(len.saturating_sub(usize::try_from(n.unsigned_abs()).unwrap_or(len))),
        Some(Value::Int(n)) => Ok(usize::try_from(n).unwrap_or(len).min(len)),
        Some(other) => Err(Error::new(format!("cannot slice with {}", other.sort()))),
    };
    let (from, to) = (end(from, 0)?, end(to, len)?);
    let from = from.min(to);
    match value {
        Value::List(list) => run.list(list.items()[from..to].to_vec()),
        Value::Text(text) => run.text(String::from_utf8_lossy(&text.as_bytes()[from..to]).into_owned()),
        _ => Ok(Value::Nil),
    }
}

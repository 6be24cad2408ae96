//! Functions of numbers.

use super::{Builtin, unfit};
use crate::check::Type;
use crate::error::Error;
use crate::eval::{Got, Run, wrong};
use crate::ops::compare;
use crate::value::Value;
use std::cmp::Ordering;

pub(crate) const TABLE: &[Builtin] = &[
    Builtin::plain("abs", "n", Type::Number, |_, a| {
        Ok(match a[0] {
            Value::Int(v) => Value::Int(v.wrapping_abs()),
            Value::Float(v) => Value::Float(v.abs()),
            _ => Value::Nil,
        })
    }),
    Builtin::plain("ceil", "n", Type::Float, |_, a| rounded(a, f64::ceil)),
    Builtin::plain("floor", "n", Type::Float, |_, a| rounded(a, f64::floor)),
    Builtin::plain("round", "n", Type::Float, |_, a| rounded(a, f64::round)),
    Builtin::plain("min", "a*", Type::Any, |run, a| extreme(run, "min", a, Ordering::Less)),
    Builtin::plain("max", "a*", Type::Any, |run, a| extreme(run, "max", a, Ordering::Greater)),
    Builtin::plain("mean", "a*", Type::Number, mean),
    Builtin::plain("median", "a*", Type::Number, median),
    Builtin::plain("bitand", "ii", Type::Int, |_, a| bits(a, |a, b| a & b)),
    Builtin::plain("bitor", "ii", Type::Int, |_, a| bits(a, |a, b| a | b)),
    Builtin::plain("bitxor", "ii", Type::Int, |_, a| bits(a, |a, b| a ^ b)),
    Builtin::plain("bitnand", "ii", Type::Int, |_, a| bits(a, |a, b| a & !b)),
    Builtin::plain("bitnot", "i", Type::Int, |_, a| bits(&[a[0].clone(), Value::Int(0)], |a, _| !a)),
    Builtin::plain("bitshl", "ii", Type::Int, |_, a| shifted(a, |a, n| a.checked_shl(n).unwrap_or(0))),
    Builtin::plain("bitshr", "ii", Type::Int, |_, a| shifted(a, |a, n| a >> n.min(63))),
    Builtin::plain("bitushr", "ii", Type::Int, |_, a| shifted(a, |a, n| (a as u64).checked_shr(n).unwrap_or(0) as i64)),
];

fn rounded(a: &[Value], f: fn(f64) -> f64) -> Got {
    Ok(a[0].as_number().map(|v| Value::Float(f(v))).unwrap_or_default())
}

fn bits(a: &[Value], f: fn(i64, i64) -> i64) -> Got {
    match a {
        [Value::Int(a), Value::Int(b)] => Ok(Value::Int(f(*a, *b))),
        _ => wrong("integers are needed"),
    }
}

fn shifted(a: &[Value], f: fn(i64, u32) -> i64) -> Got {
    match a {
        [Value::Int(_), Value::Int(n)] if *n < 0 => wrong("negative shift count"),
        [Value::Int(a), Value::Int(n)] => Ok(Value::Int(f(*a, u32::try_from(*n).unwrap_or(u32::MAX)))),
        _ => wrong("integers are needed"),
    }
}

/// The numbers among the arguments, those in lists too.
fn numbers<'v>(run: &mut Run<'_>, name: &str, a: &'v [Value]) -> Result<Vec<&'v Value>, Error> {
    let mut all = Vec::new();
    let mut left: Vec<&Value> = a.iter().rev().collect();
    while let Some(value) = left.pop() {
        run.spend(1)?;
        match value {
            Value::List(list) => {
                run.reserve(list.items().len() * size_of::<&Value>())?;
                left.extend(list.items().iter().rev());
            }
            Value::Int(_) | Value::Float(_) => all.push(value),
            other => return Err(unfit(name, 0, other)),
        }
    }
    Ok(all)
}

fn extreme(run: &mut Run<'_>, name: &str, a: &[Value], wanted: Ordering) -> Got {
    let all = numbers(run, name, a)?;
    let mut best = *all.first().ok_or_else(|| Error::new(format!("not enough arguments to call {name}")))?;
    for value in all {
        if compare(value, best) == Some(wanted) {
            best = value;
        }
    }
    Ok(best.clone())
}

fn float(value: &Value) -> f64 {
    value.as_number().unwrap_or_default()
}

fn mean(run: &mut Run<'_>, a: &[Value]) -> Got {
    let all = numbers(run, "mean", a)?;
    let sum: f64 = all.iter().map(|v| float(v)).sum();
    Ok(Value::Float(if all.is_empty() { 0.0 } else { sum / all.len() as f64 }))
}

fn median(run: &mut Run<'_>, a: &[Value]) -> Got {
    let mut all: Vec<f64> = numbers(run, "median", a)?.into_iter().map(float).collect();
    run.spend(all.len() * 8)?;
    all.sort_by(f64::total_cmp);
    let middle = all.len() / 2;
    Ok(Value::Float(match all.len() {
        0 => 0.0,
        n if n % 2 == 1 => all[middle],
        _ => (all[middle - 1] + all[middle]) / 2.0,
    }))
}

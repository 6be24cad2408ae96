//! Functions of lists, most of them with a closure.

use super::{Builtin, Takes, unfit};
use crate::ast::Node;
use crate::check::Type;
use crate::error::Error;
use crate::eval::{Got, Run, wrong};
use crate::ops::compare;
use crate::value::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

const DECIDES: Takes = Takes::Closure { required: true, decides: true, more: 0 };
const MAKES: Takes = Takes::Closure { required: true, decides: false, more: 0 };

pub(crate) const TABLE: &[Builtin] = &[
    Builtin::closure("all", DECIDES, Type::Bool, |run, a, f| {
        Ok(Value::Bool(search(run, "all", a, f, false, false)?.is_none()))
    }),
    Builtin::closure("none", DECIDES, Type::Bool, |run, a, f| {
        Ok(Value::Bool(search(run, "none", a, f, true, false)?.is_none()))
    }),
    Builtin::closure("any", DECIDES, Type::Bool, |run, a, f| {
        Ok(Value::Bool(search(run, "any", a, f, true, false)?.is_some()))
    }),
    Builtin::closure("one", DECIDES, Type::Bool, |run, a, f| Ok(Value::Bool(chosen(run, "one", a, f)?.len() == 1))),
    Builtin::closure("filter", DECIDES, Type::List, |run, a, f| {
        let chosen = chosen(run, "filter", a, f)?;
        run.list(chosen)
    }),
    Builtin::closure("find", DECIDES, Type::Any, |run, a, f| {
        Ok(search(run, "find", a, f, true, false)?.map(|(_, v)| v).unwrap_or_default())
    }),
    Builtin::closure("findIndex", DECIDES, Type::Int, |run, a, f| {
        Ok(Value::Int(search(run, "findIndex", a, f, true, false)?.map_or(-1, |(n, _)| n as i64)))
    }),
    Builtin::closure("findLast", DECIDES, Type::Any, |run, a, f| {
        Ok(search(run, "findLast", a, f, true, true)?.map(|(_, v)| v).unwrap_or_default())
    }),
    Builtin::closure("findLastIndex", DECIDES, Type::Int, |run, a, f| {
        Ok(Value::Int(search(run, "findLastIndex", a, f, true, true)?.map_or(-1, |(n, _)| n as i64)))
    }),
    Builtin::closure("count", Takes::Closure { required: false, decides: true, more: 0 }, Type::Int, |run, a, f| {
        Ok(Value::Int(chosen(run, "count", a, f)?.len() as i64))
    }),
    Builtin::closure("map", MAKES, Type::List, |run, a, f| {
        let made = made(run, "map", a, f)?.into_iter().map(|(_, made)| made).collect();
        run.list(made)
    }),
    Builtin::closure("sum", Takes::Closure { required: false, decides: false, more: 0 }, Type::Number, sum),
    Builtin::closure("groupBy", MAKES, Type::Map, |run, a, f| {
        let mut groups: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
        for (item, key) in made(run, "groupBy", a, f)? {
            groups.entry(key.key()?).or_default().push(item);
        }
        let mut entries = BTreeMap::new();
        for (key, items) in groups {
            entries.insert(key, run.list(items)?);
        }
        run.map(entries)
    }),
    Builtin::closure("sortBy", Takes::Closure { required: true, decides: false, more: 1 }, Type::List, |run, a, f| {
        let pairs = made(run, "sortBy", a, f)?;
        sorted(run, pairs, a.get(1))
    }),
    Builtin::closure("reduce", Takes::Closure { required: true, decides: false, more: 1 }, Type::Any, reduce),
    Builtin::plain("sort", "lt?", Type::List, |run, a| {
        let pairs = items("sort", a)?.into_iter().map(|v| (v.clone(), v)).collect();
        sorted(run, pairs, a.get(1))
    }),
    Builtin::plain("first", "l", Type::Any, |_, a| Ok(slice(a).first().cloned().unwrap_or_default())),
    Builtin::plain("last", "l", Type::Any, |_, a| Ok(slice(a).last().cloned().unwrap_or_default())),
    Builtin::plain("take", "li", Type::List, |run, a| match a[1] {
        Value::Int(n) if n >= 0 => {
            let n = usize::try_from(n).unwrap_or(usize::MAX).min(slice(a).len());
            run.list(slice(a)[..n].to_vec())
        }
        _ => wrong("cannot take a negative number of elements"),
    }),
    Builtin::plain("reverse", "l", Type::List, |run, a| {
        let reversed = slice(a).iter().rev().cloned().collect();
        run.list(reversed)
    }),
    Builtin::plain("concat", "l*", Type::List, |run, a| {
        let mut all = Vec::new();
        for list in a.iter().map(std::slice::from_ref) {
            run.reserve(size_of_val(slice(list)))?;
            all.extend_from_slice(slice(list));
        }
        run.list(all)
    }),
    Builtin::plain("uniq", "l", Type::List, |run, a| {
        let mut seen: Vec<Value> = Vec::new();
        'next: for item in slice(a) {
            for known in &seen {
                if run.same(known, item)? {
                    continue 'next;
                }
            }
            seen.push(item.clone());
        }
        run.list(seen)
    }),
    Builtin::plain("flatten", "l", Type::List, |run, a| {
        let mut all = Vec::new();
        let mut left: Vec<Value> = slice(a).iter().rev().cloned().collect();
        while let Some(value) = left.pop() {
            run.spend(1)?;
            match &value {
                Value::List(list) => {
                    run.reserve(size_of_val(list.items()))?;
                    left.extend(list.items().iter().rev().cloned());
                }
                _ => all.push(value),
            }
        }
        run.list(all)
    }),
];

/// The elements of the first argument, which is a list.
fn slice(a: &[Value]) -> &[Value] {
    match a.first() {
        Some(Value::List(list)) => list.items(),
        _ => &[],
    }
}

/// The elements of a list, or the values of a map.
fn items(name: &str, a: &[Value]) -> Result<Vec<Value>, Error> {
    match &a[0] {
        Value::List(list) => Ok(list.items().to_vec()),
        Value::Map(map) => Ok(map.entries().values().cloned().collect()),
        other => Err(unfit(name, 0, other)),
    }
}

fn decided(run: &mut Run<'_>, name: &str, f: Option<&Node>, item: &Value, n: usize) -> Result<bool, Error> {
    run.spend(1)?;
    let value = match f {
        Some(f) => run.look(f, item.clone(), n, Value::Nil)?,
        None => item.clone(),
    };
    value.as_bool().ok_or_else(|| Error::new(format!("closure of {name} should return bool (got {})", value.sort())))
}

/// The first element, or the last one, of which the closure says `wanted`.
fn search(
    run: &mut Run<'_>,
    name: &str,
    a: &[Value],
    f: Option<&Node>,
    wanted: bool,
    backwards: bool,
) -> Result<Option<(usize, Value)>, Error> {
    let items = items(name, a)?;
    for n in 0..items.len() {
        let n = if backwards { items.len() - 1 - n } else { n };
        if decided(run, name, f, &items[n], n)? == wanted {
            return Ok(Some((n, items[n].clone())));
        }
    }
    Ok(None)
}

/// The elements of which the closure says yes.
fn chosen(run: &mut Run<'_>, name: &str, a: &[Value], f: Option<&Node>) -> Result<Vec<Value>, Error> {
    let mut chosen = Vec::new();
    for (n, item) in items(name, a)?.into_iter().enumerate() {
        if decided(run, name, f, &item, n)? {
            chosen.push(item);
        }
    }
    Ok(chosen)
}

/// Each element with what the closure makes of it.
fn made(run: &mut Run<'_>, name: &str, a: &[Value], f: Option<&Node>) -> Result<Vec<(Value, Value)>, Error> {
    let items = items(name, a)?;
    run.reserve(items.len() * 2 * size_of::<Value>())?;
    let mut made = Vec::with_capacity(items.len());
    for (n, item) in items.into_iter().enumerate() {
        run.spend(1)?;
        let value = match f {
            Some(f) => run.look(f, item.clone(), n, Value::Nil)?,
            None => item.clone(),
        };
        made.push((item, value));
    }
    Ok(made)
}

fn sum(run: &mut Run<'_>, a: &[Value], f: Option<&Node>) -> Got {
    let mut sum = Value::Int(0);
    for (_, value) in made(run, "sum", a, f)? {
        sum = match (sum, value) {
            (Value::Int(a), Value::Int(b)) => Value::Int(a.wrapping_add(b)),
            (a, b) => match (a.as_number(), b.as_number()) {
                (Some(a), Some(b)) => Value::Float(a + b),
                _ => return wrong(format!("cannot sum up {}", b.sort())),
            },
        };
    }
    Ok(sum)
}

fn reduce(run: &mut Run<'_>, a: &[Value], f: Option<&Node>) -> Got {
    let mut items = items("reduce", a)?.into_iter().enumerate();
    let first = match a.get(1) {
        Some(first) => Some(first.clone()),
        None => items.next().map(|(_, first)| first),
    };
    let mut sum = first.ok_or_else(|| Error::new("reduce of an empty array needs an initial value"))?;
    for (n, item) in items {
        run.spend(1)?;
        if let Some(f) = f {
            sum = run.look(f, item, n, sum)?;
        }
    }
    Ok(sum)
}

/// The first of each pair, in the order of the second ones.
fn sorted(run: &mut Run<'_>, mut pairs: Vec<(Value, Value)>, order: Option<&Value>) -> Got {
    let descending = match order.map(Value::as_text) {
        None | Some(Some("asc")) => false,
        Some(Some("desc")) => true,
        Some(_) => return wrong("invalid order, expected asc or desc"),
    };
    let sort = |value: &Value| match value {
        Value::Int(_) => Some("number"),
        Value::Float(v) if !v.is_nan() => Some("number"),
        Value::Text(_) | Value::Date(_) | Value::Duration(_) => Some(value.sort()),
        _ => None,
    };
    let first = pairs.first().map(|(_, key)| sort(key));
    if let Some((_, other)) = pairs.iter().find(|(_, key)| sort(key).is_none() || Some(sort(key)) != first) {
        return wrong(format!("cannot sort {} among others", other.sort()));
    }
    let rounds = pairs.len().checked_ilog2().unwrap_or(0) as usize + 1;
    let longest = pairs.iter().map(|(_, key)| key.size()).max().unwrap_or(1);
    run.spend(pairs.len().saturating_mul(rounds).saturating_mul(longest))?;
    pairs.sort_by(|(_, a), (_, b)| {
        let order = compare(a, b).unwrap_or(Ordering::Equal);
        if descending { order.reverse() } else { order }
    });
    run.list(pairs.into_iter().map(|(item, _)| item).collect())
}

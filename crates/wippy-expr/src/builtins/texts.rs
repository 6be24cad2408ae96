//! Functions of text.

use super::Builtin;
use crate::check::Type;
use crate::error::Error;
use crate::eval::{Got, Run, wrong};
use crate::value::Value;

pub(crate) const TABLE: &[Builtin] = &[
    Builtin::plain("upper", "t", Type::Text, |run, a| run.text(first(a).to_uppercase())),
    Builtin::plain("lower", "t", Type::Text, |run, a| run.text(first(a).to_lowercase())),
    Builtin::plain("trim", "tt?", Type::Text, |run, a| match a.get(1) {
        None => run.text(first(a).trim().to_owned()),
        Some(_) => run.text(first(a).trim_matches(|c| text(a, 1).contains(c)).to_owned()),
    }),
    Builtin::plain("trimPrefix", "tt?", Type::Text, |run, a| {
        let rest = first(a).strip_prefix(ending(a)).unwrap_or(first(a));
        run.text(rest.to_owned())
    }),
    Builtin::plain("trimSuffix", "tt?", Type::Text, |run, a| {
        let rest = first(a).strip_suffix(ending(a)).unwrap_or(first(a));
        run.text(rest.to_owned())
    }),
    Builtin::plain("split", "tti?", Type::List, |run, a| split(run, a, false)),
    Builtin::plain("splitAfter", "tti?", Type::List, |run, a| split(run, a, true)),
    Builtin::plain("replace", "ttti?", Type::Text, replace),
    Builtin::plain("repeat", "ti", Type::Text, |run, a| {
        let count = integer(a, 1).unwrap_or(0);
        let count = usize::try_from(count).map_err(|_| Error::new("repeat count is negative"))?;
        let len = first(a).len().checked_mul(count).ok_or_else(|| Error::new("memory budget exceeded"))?;
        run.reserve(len)?;
        run.spend(1)?;
        Ok(Value::text(first(a).repeat(count)))
    }),
    Builtin::plain("join", "lt?", Type::Text, join),
    Builtin::plain("indexOf", "tt", Type::Int, |run, a| {
        run.spend(first(a).len() / 64)?;
        Ok(Value::Int(first(a).find(text(a, 1)).map_or(-1, |n| n as i64)))
    }),
    Builtin::plain("lastIndexOf", "tt", Type::Int, |run, a| {
        run.spend(first(a).len() / 64)?;
        Ok(Value::Int(first(a).rfind(text(a, 1)).map_or(-1, |n| n as i64)))
    }),
    Builtin::plain("hasPrefix", "tt", Type::Bool, |_, a| Ok(Value::Bool(first(a).starts_with(text(a, 1))))),
    Builtin::plain("hasSuffix", "tt", Type::Bool, |_, a| Ok(Value::Bool(first(a).ends_with(text(a, 1))))),
];

fn text(arguments: &[Value], n: usize) -> &str {
    arguments.get(n).and_then(Value::as_text).unwrap_or_default()
}

fn first(arguments: &[Value]) -> &str {
    text(arguments, 0)
}

/// What `trimPrefix` and `trimSuffix` cut off; a blank when nothing is said.
fn ending(arguments: &[Value]) -> &str {
    if arguments.len() > 1 { text(arguments, 1) } else { " " }
}

fn integer(arguments: &[Value], n: usize) -> Option<i64> {
    match arguments.get(n) {
        Some(Value::Int(v)) => Some(*v),
        _ => None,
    }
}

/// At most `n` pieces, all when it is negative. An empty separator splits between characters.
fn split(run: &mut Run<'_>, a: &[Value], keep: bool) -> Got {
    let (whole, separator) = (first(a), text(a, 1));
    run.spend(whole.len() / 64)?;
    let most = match integer(a, 2) {
        None => usize::MAX,
        Some(n) if n < 0 => usize::MAX,
        Some(n) => usize::try_from(n).unwrap_or(usize::MAX),
    };
    let mut pieces = Vec::new();
    let mut rest = whole;
    while pieces.len() + 1 < most {
        let cut = match separator {
            "" => rest.chars().next().map(char::len_utf8).filter(|n| *n < rest.len()).map(|n| (n, n)),
            _ => rest.find(separator).map(|n| (if keep { n + separator.len() } else { n }, n + separator.len())),
        };
        let Some((end, next)) = cut else { break };
        pieces.push(run.text(&rest[..end])?);
        rest = &rest[next..];
        run.spend(1)?;
    }
    if most > 0 && !(separator.is_empty() && whole.is_empty()) {
        pieces.push(run.text(rest)?);
    }
    run.list(pieces)
}

fn replace(run: &mut Run<'_>, a: &[Value]) -> Got {
    let (whole, from, to) = (first(a), text(a, 1), text(a, 2));
    let most = integer(a, 3).and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    run.spend(whole.len() / 16)?;
    let found = whole.matches(from).count().min(most);
    let len = (whole.len() + found.saturating_mul(to.len())).saturating_sub(found * from.len());
    run.reserve(len)?;
    run.spend(found)?;
    Ok(Value::text(whole.replacen(from, to, most)))
}

fn join(run: &mut Run<'_>, a: &[Value]) -> Got {
    let Value::List(list) = &a[0] else {
        return wrong("join needs an array");
    };
    let separator = text(a, 1);
    let mut out = String::new();
    for (n, item) in list.items().iter().enumerate() {
        let Some(item) = item.as_text() else {
            return wrong(format!("join needs strings, element {n} is {}", item.sort()));
        };
        let separator = if n == 0 { "" } else { separator };
        run.reserve(separator.len() + item.len())?;
        run.spend(1)?;
        out.push_str(separator);
        out.push_str(item);
    }
    Ok(Value::text(out))
}

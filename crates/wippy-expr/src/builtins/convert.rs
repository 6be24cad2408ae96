//! From one sort of value to another, and into maps.

use super::Builtin;
use crate::check::Type;
use crate::dates;
use crate::error::Error;
use crate::eval::{Run, wrong};
use crate::ops;
use crate::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const TABLE: &[Builtin] = &[
    Builtin::plain("len", "a", Type::Int, |run, a| {
        let len = match &a[0] {
            Value::Text(text) => {
                run.spend(text.len() / 64)?;
                text.chars().count()
            }
            Value::Bytes(bytes) => bytes.len(),
            Value::List(list) => list.items().len(),
            Value::Map(map) => map.entries().len(),
            other => return wrong(format!("invalid argument for len (type {})", other.sort())),
        };
        Ok(Value::Int(len as i64))
    }),
    Builtin::plain("type", "a", Type::Text, |_, a| Ok(Value::text(a[0].sort()))),
    Builtin::plain("int", "a", Type::Int, |_, a| match &a[0] {
        Value::Int(v) => Ok(Value::Int(*v)),
        Value::Float(v) => Ok(Value::Int(*v as i64)),
        Value::Text(text) => match text.parse() {
            Ok(v) => Ok(Value::Int(v)),
            Err(_) => wrong(format!("invalid operation: int({text:?})")),
        },
        other => wrong(format!("invalid operation: int({})", other.sort())),
    }),
    Builtin::plain("float", "a", Type::Float, |_, a| match &a[0] {
        Value::Text(text) => match text.parse() {
            Ok(v) => Ok(Value::Float(v)),
            Err(_) => wrong(format!("invalid operation: float({text:?})")),
        },
        other => match other.as_number() {
            Some(v) => Ok(Value::Float(v)),
            None => wrong(format!("invalid operation: float({})", other.sort())),
        },
    }),
    Builtin::plain("string", "a", Type::Text, |run, a| {
        let mut out = String::new();
        show(run, &a[0], &mut out)?;
        Ok(Value::text(out))
    }),
    Builtin::plain("get", "aa", Type::Any, |_, a| match (&a[0], &a[1]) {
        (Value::Nil, _) => Ok(Value::Nil),
        // What is not there is nil, also in a list.
        (Value::List(_) | Value::Text(_), Value::Int(_)) => Ok(ops::at(&a[0], &a[1]).unwrap_or_default()),
        (container, key) => ops::at(container, key),
    }),
    Builtin::plain("keys", "m", Type::List, |run, a| {
        let keys = entries(a).keys().cloned().map(Value::Text).collect();
        run.list(keys)
    }),
    Builtin::plain("values", "m", Type::List, |run, a| {
        let values = entries(a).values().cloned().collect();
        run.list(values)
    }),
    Builtin::plain("toPairs", "m", Type::List, |run, a| {
        let mut pairs = Vec::new();
        for (key, value) in entries(a) {
            pairs.push(run.list(vec![Value::Text(key.clone()), value.clone()])?);
        }
        run.list(pairs)
    }),
    Builtin::plain("fromPairs", "l", Type::Map, |run, a| {
        let Value::List(list) = &a[0] else {
            return wrong("fromPairs needs an array");
        };
        let mut entries = BTreeMap::new();
        for pair in list.items() {
            let Value::List(pair) = pair else {
                return wrong(format!("fromPairs needs pairs, not {}", pair.sort()));
            };
            let [key, value] = pair.items() else {
                return wrong("a pair has two elements");
            };
            entries.insert(key.key()?, value.clone());
        }
        run.map(entries)
    }),
    Builtin::plain("toBase64", "t", Type::Text, |run, a| {
        let text = a[0].as_text().unwrap_or_default();
        run.text(encoded(text.as_bytes()))
    }),
    Builtin::plain("fromBase64", "t", Type::Text, |run, a| {
        let text = a[0].as_text().unwrap_or_default();
        run.spend(text.len() / 16)?;
        let bytes = decoded(text.as_bytes()).ok_or_else(|| Error::new("fromBase64: malformed text"))?;
        run.text(String::from_utf8_lossy(&bytes).into_owned())
    }),
];

fn entries(a: &[Value]) -> &BTreeMap<Arc<str>, Value> {
    static NONE: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    match a.first() {
        Some(Value::Map(map)) => map.entries(),
        _ => &NONE,
    }
}

/// A float in the shortest form that reads as it; large and small ones with an exponent.
pub(crate) fn float_text(v: f64) -> String {
    if v.is_nan() {
        return "NaN".to_owned();
    }
    if v.is_infinite() {
        return if v > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{v:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if v != 0.0 && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    v.to_string()
}

/// A value as text for people.
fn show(run: &mut Run<'_>, value: &Value, out: &mut String) -> Result<(), Error> {
    run.spend(1)?;
    let before = out.len();
    match value {
        Value::Nil => out.push_str("<nil>"),
        Value::Bool(v) => out.push_str(&v.to_string()),
        Value::Int(v) => out.push_str(&v.to_string()),
        Value::Float(v) => out.push_str(&float_text(*v)),
        Value::Text(v) => {
            run.reserve(v.len())?;
            out.push_str(v);
        }
        Value::Bytes(v) => {
            run.reserve(v.len() * 4)?;
            let all: Vec<String> = v.iter().map(u8::to_string).collect();
            out.push_str(&format!("[{}]", all.join(" ")));
        }
        Value::List(list) => {
            out.push('[');
            for (n, item) in list.items().iter().enumerate() {
                out.push_str(if n == 0 { "" } else { " " });
                show(run, item, out)?;
            }
            out.push(']');
            return run.reserve(list.items().len());
        }
        Value::Map(map) => {
            out.push_str("map[");
            for (n, (key, item)) in map.entries().iter().enumerate() {
                run.reserve(key.len() + 2)?;
                out.push_str(if n == 0 { "" } else { " " });
                out.push_str(key);
                out.push(':');
                show(run, item, out)?;
            }
            out.push(']');
            return Ok(());
        }
        Value::Date(v) => out.push_str(&dates::date_text(v)),
        Value::Duration(v) => out.push_str(&dates::duration_text(*v)),
        Value::Zone(v) => out.push_str(v.iana_name().unwrap_or("UTC")),
    }
    run.reserve(out.len() - before)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encoded(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= chunk.len() { digit.into() } else { '=' });
        }
    }
    out
}

fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    for (n, chunk) in text.chunks(4).enumerate() {
        let padding = chunk.iter().rev().take_while(|b| **b == b'=').count();
        if padding > 2 || (padding > 0 && (n + 1) * 4 < text.len()) {
            return None;
        }
        let mut bits = 0u32;
        for byte in &chunk[..4 - padding] {
            bits = bits << 6 | ALPHABET.iter().position(|a| a == byte)? as u32;
        }
        bits <<= 6 * padding;
        out.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    Some(out)
}

//! JSON.

use super::Builtin;
use crate::check::Type;
use crate::dates;
use crate::error::Error;
use crate::eval::{Got, Run, wrong};
use crate::value::Value;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

pub(crate) const TABLE: &[Builtin] = &[
    Builtin::plain("toJSON", "a", Type::Text, |run, a| {
        run.spend(a[0].size())?;
        run.reserve(a[0].size().saturating_mul(64))?;
        let text = serde_json::to_string_pretty(&outside(&a[0])?);
        let text = text.map_err(|e| Error::new(format!("toJSON: {e}")))?;
        // Markup could end the script that such a text is put into.
        run.text(text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
    }),
    Builtin::plain("fromJSON", "t", Type::Any, |run, a| {
        let text = a[0].as_text().unwrap_or_default();
        run.reserve(text.len().saturating_mul(8))?;
        match serde_json::from_str(text) {
            Ok(json) => inside(run, json),
            Err(e) => wrong(format!("fromJSON: {e}")),
        }
    }),
];

fn outside(value: &Value) -> Result<Json, Error> {
    Ok(match value {
        Value::Nil => Json::Null,
        Value::Bool(v) => Json::Bool(*v),
        Value::Int(v) => Json::from(*v),
        Value::Float(v) => match serde_json::Number::from_f64(*v) {
            // A whole float is written without a fraction.
            Some(_) if v.fract() == 0.0 && v.abs() < 1e15 => Json::from(*v as i64),
            Some(number) => Json::Number(number),
            None => return Err(Error::new(format!("toJSON: {v} is no number of JSON"))),
        },
        Value::Text(v) => Json::from(&**v),
        Value::Bytes(v) => Json::from(String::from_utf8_lossy(v)),
        Value::List(list) => Json::Array(list.items().iter().map(outside).collect::<Result<_, _>>()?),
        Value::Map(map) => {
            let pair = |(k, v): (&std::sync::Arc<str>, &Value)| Ok((k.to_string(), outside(v)?));
            Json::Object(map.entries().iter().map(pair).collect::<Result<Map<_, _>, Error>>()?)
        }
        Value::Date(v) => Json::from(dates::rfc3339(v)),
        Value::Duration(v) => Json::from(*v),
        Value::Zone(v) => Json::from(v.iana_name().unwrap_or("UTC")),
    })
}

fn inside(run: &mut Run<'_>, json: Json) -> Got {
    match json {
        Json::Null => Ok(Value::Nil),
        Json::Bool(v) => Ok(Value::Bool(v)),
        Json::Number(v) => Ok(v.as_i64().map_or_else(|| Value::Float(v.as_f64().unwrap_or(f64::NAN)), Value::Int)),
        Json::String(v) => run.text(v),
        Json::Array(items) => {
            let items = items.into_iter().map(|item| inside(run, item)).collect::<Result<_, _>>()?;
            run.list(items)
        }
        Json::Object(entries) => {
            let mut map = BTreeMap::new();
            for (key, value) in entries {
                map.insert(key.into(), inside(run, value)?);
            }
            run.map(map)
        }
    }
}

//! JSON Schema, draft 2020-12, without remote references. `format` and unknown keywords are notes that check nothing.

use super::super::cache::Cache;
use super::value::Json;
use crate::regexp::{Matcher, SIZE_MAX};
use std::collections::BTreeMap;
use std::sync::Arc;

mod check;

/// How deep schemas may be followed into each other.
const DEPTH_MAX: usize = 300;

/// Bytes that all patterns of a schema have together: each is read when the schema is used.
const PATTERNS_MAX: usize = 32 << 10;

static PATTERNS: Cache<Matcher> = Cache::new(200, Matcher::weight);

/// A schema that was looked through.
#[derive(Debug)]
pub(super) struct Schema {
    root: Json,
    patterns: BTreeMap<String, Arc<Matcher>>,
    /// What patterns may still take: bytes as they are written, and compiled.
    left: (usize, usize),
    /// Places that names refer to: `#anchor` and the like.
    anchors: BTreeMap<String, Vec<String>>,
}

const TYPES: &[&str] = &["null", "boolean", "object", "array", "number", "string", "integer"];

/// Keywords that hold one schema, a list of them, and a map of them.
const ONE: &[&str] = &[
    "not",
    "if",
    "then",
    "else",
    "items",
    "contains",
    "additionalProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
];
const LISTS: &[&str] = &["allOf", "anyOf", "oneOf", "prefixItems"];
const MAPS: &[&str] = &["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"];

impl Schema {
    /// Looks through a schema.
    ///
    /// # Errors
    /// Where it is none, and why.
    pub(super) fn compile(root: Json) -> Result<Schema, String> {
        let mut schema = Schema {
            root: Json::Null,
            patterns: BTreeMap::new(),
            left: (PATTERNS_MAX, SIZE_MAX),
            anchors: BTreeMap::new(),
        };
        schema.look(&root, &mut Vec::new())?;
        let mut references = Vec::new();
        collect_references(&root, &mut references);
        schema.root = root;
        for reference in references {
            if schema.find(&reference).is_none() {
                return Err(format!("$ref \"{reference}\" leads nowhere"));
            }
        }
        Ok(schema)
    }

    fn look(&mut self, schema: &Json, path: &mut Vec<String>) -> Result<(), String> {
        let at = |path: &[String]| format!("schema at #/{}", path.join("/")).trim_end_matches("/").to_owned();
        let fields = match schema {
            Json::Bool(_) | Json::Empty => return Ok(()),
            Json::Object(fields) => fields,
            _ => return Err(format!("{}: must be an object or a boolean", at(path))),
        };
        if path.len() > DEPTH_MAX {
            return Err("schema is nested too deep".into());
        }
        for (key, value) in fields {
            let wrong = |what: &str| Err(format!("{}: '{key}' must be {what}", at(path)));
            let key_ = key.as_str();
            match key_ {
                "type" => {
                    let known = |t: &Json| matches!(t, Json::Text(t) if TYPES.contains(&t.as_str()));
                    match value {
                        Json::Array(types) if !types.is_empty() && types.iter().all(known) => {}
                        value if known(value) => {}
                        _ => return wrong("a type or a list of types"),
                    }
                }
                "enum" if !matches!(value, Json::Array(_) | Json::Empty) => return wrong("a list"),
                "multipleOf" if !value.number().is_some_and(|n| n > 0.0) => return wrong("a number above 0"),
                "maximum" | "exclusiveMaximum" | "minimum" | "exclusiveMinimum" if value.number().is_none() => {
                    return wrong("a number");
                }
                "maxLength" | "minLength" | "maxItems" | "minItems" | "maxProperties" | "minProperties"
                | "maxContains" | "minContains"
                    if count(value).is_none() =>
                {
                    return wrong("a whole number from 0");
                }
                "uniqueItems" if !matches!(value, Json::Bool(_)) => return wrong("a boolean"),
                "required" if !is_names(value) => return wrong("a list of names"),
                "dependentRequired" => match value {
                    Json::Object(lists) if lists.values().all(is_names) => {}
                    Json::Empty => {}
                    _ => return wrong("a map of lists of names"),
                },
                "pattern" => match value {
                    Json::Text(pattern) => self.pattern(pattern, path)?,
                    _ => return wrong("a text"),
                },
                "$ref" | "$dynamicRef" if !matches!(value, Json::Text(_)) => return wrong("a text"),
                "$anchor" | "$dynamicAnchor" => match value {
                    Json::Text(name) => {
                        self.anchors.entry(format!("#{name}")).or_insert_with(|| path.clone());
                    }
                    _ => return wrong("a text"),
                },
                "$id" => {
                    if let Json::Text(id) = value {
                        self.anchors.entry(id.clone()).or_insert_with(|| path.clone());
                    }
                }
                _ => {}
            }
            self.look_inside(key_, value, path)?;
        }
        Ok(())
    }

    fn look_inside(&mut self, key: &str, value: &Json, path: &mut Vec<String>) -> Result<(), String> {
        path.push(key.to_owned());
        let outcome = if ONE.contains(&key) {
            self.look(value, path)
        } else if LISTS.contains(&key) {
            match value {
                Json::Array(schemas) if !schemas.is_empty() => schemas.iter().enumerate().try_for_each(|(i, s)| {
                    path.push(i.to_string());
                    let outcome = self.look(s, path);
                    path.pop();
                    outcome
                }),
                _ => Err(format!("schema at #/{}: must be a list of schemas", path.join("/"))),
            }
        } else if MAPS.contains(&key) {
            match value {
                Json::Object(schemas) => schemas.iter().try_for_each(|(name, s)| {
                    if key == "patternProperties" {
                        self.pattern(name, path)?;
                    }
                    path.push(name.replace('~', "~0").replace('/', "~1"));
                    let outcome = self.look(s, path);
                    path.pop();
                    outcome
                }),
                Json::Empty => Ok(()),
                _ => Err(format!("schema at #/{}: must be a map of schemas", path.join("/"))),
            }
        } else {
            Ok(())
        };
        path.pop();
        outcome
    }

    fn pattern(&mut self, pattern: &str, path: &[String]) -> Result<(), String> {
        if !self.patterns.contains_key(pattern) {
            let compiled = self.compiled(pattern);
            let compiled = compiled.map_err(|e| format!("schema at #/{}: pattern: {e}", path.join("/")))?;
            self.patterns.insert(pattern.to_owned(), compiled);
        }
        Ok(())
    }

    fn compiled(&mut self, pattern: &str) -> Result<Arc<Matcher>, String> {
        let (text, size) = &mut self.left;
        let too_large = |most: usize| format!("all patterns of a schema have {most} bytes at most");
        *text = text.checked_sub(pattern.len()).ok_or_else(|| too_large(PATTERNS_MAX))?;
        let compiled = PATTERNS.get(pattern, Matcher::new)?;
        *size = size.checked_sub(compiled.size()).ok_or_else(|| too_large(SIZE_MAX) + " when compiled")?;
        Ok(compiled)
    }

    /// What a reference leads to.
    fn find(&self, reference: &str) -> Option<&Json> {
        if let Some(path) = self.anchors.get(reference) {
            return self.at(path);
        }
        let (base, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let start = if base.is_empty() { &self.root } else { self.at(self.anchors.get(base)?)? };
        match pointer.strip_prefix('/') {
            Some(pointer) => follow(start, pointer.split('/').map(unescape)),
            None if pointer.is_empty() => Some(start),
            None => self.anchors.get(&format!("#{pointer}")).and_then(|path| self.at(path)),
        }
    }

    fn at(&self, path: &[String]) -> Option<&Json> {
        follow(&self.root, path.iter().map(|part| part.replace("~1", "/").replace("~0", "~")))
    }

    /// Checks a value.
    ///
    /// # Errors
    /// The first place that breaks the schema, and how.
    pub(super) fn check(&self, value: &Json) -> Result<(), String> {
        check::value(self, value)
    }
}

fn count(value: &Json) -> Option<usize> {
    match value {
        Json::Int(n) => usize::try_from(*n).ok(),
        Json::Float(n) if n.fract() == 0.0 && *n >= 0.0 => Some(*n as usize),
        _ => None,
    }
}

fn is_names(value: &Json) -> bool {
    match value {
        Json::Array(names) => names.iter().all(|n| matches!(n, Json::Text(_))),
        Json::Empty => true,
        _ => false,
    }
}

fn collect_references(schema: &Json, into: &mut Vec<String>) {
    match schema {
        Json::Object(fields) => {
            for (key, value) in fields {
                match (key.as_str(), value) {
                    ("$ref" | "$dynamicRef", Json::Text(reference)) => into.push(reference.clone()),
                    // Data, not schemas.
                    ("enum" | "const" | "default" | "examples", _) => {}
                    (_, value) => collect_references(value, into),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect_references(item, into)),
        _ => {}
    }
}

fn unescape(part: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = part.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|h| u8::from_str_radix(std::str::from_utf8(h).ok()?, 16).ok());
        match (first, hex) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).replace("~1", "/").replace("~0", "~")
}

fn follow(start: &Json, path: impl Iterator<Item = String>) -> Option<&Json> {
    let mut at = start;
    for part in path {
        at = match at {
            Json::Object(fields) => fields.get(&part)?,
            Json::Array(items) => items.get(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(at)
}

#[cfg(test)]
mod tests;

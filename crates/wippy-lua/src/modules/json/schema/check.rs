//! One validation: a value against a schema that was looked through.

use super::{DEPTH_MAX, Schema, count};
use crate::modules::json::value::Json;
use crate::regexp::{Matcher, STEPS_MAX};
use std::collections::{BTreeMap, BTreeSet};

/// How many checks one validation may take; schemas that refer to themselves can ask for very many.
const WORK_MAX: usize = 2_000_000;

/// Checks a value.
///
/// # Errors
/// The first place that breaks the schema, and how.
pub(super) fn value(schema: &Schema, value: &Json) -> Result<(), String> {
    let mut check = Check { schema, work: 0, steps: STEPS_MAX, depth: 0, given_up: None };
    let checked = check.value(&schema.root, value, &Place(None));
    // Whatever `not` and the like make of it: it was not found out.
    check.given_up.map_or(checked.map(drop), Err)
}

/// What of a value the schemas so far have looked at.
#[derive(Debug, Default, Clone)]
struct Seen {
    fields: BTreeSet<String>,
    items: BTreeSet<usize>,
}

impl Seen {
    fn add(&mut self, other: Seen) {
        self.fields.extend(other.fields);
        self.items.extend(other.items);
    }
}

fn names(value: Option<&Json>) -> impl Iterator<Item = &str> {
    let list = match value {
        Some(Json::Array(list)) => list.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(|n| if let Json::Text(n) = n { Some(n.as_str()) } else { None })
}

/// Where in the value a check is, as a chain up to the root.
struct Place<'a>(Option<(&'a Place<'a>, Part<'a>)>);

enum Part<'a> {
    Field(&'a str),
    Item(usize),
}

impl Place<'_> {
    fn text(&self) -> String {
        match &self.0 {
            None => String::new(),
            Some((outer, Part::Field(name))) => format!("{}/{name}", outer.text()),
            Some((outer, Part::Item(i))) => format!("{}/{i}", outer.text()),
        }
    }
}

struct Check<'a> {
    schema: &'a Schema,
    work: usize,
    /// What searching patterns may still take.
    steps: usize,
    depth: usize,
    /// Why the check was not brought to its end.
    given_up: Option<String>,
}

type Checked = Result<Seen, String>;

fn broken<T>(place: &Place<'_>, what: impl AsRef<str>) -> Result<T, String> {
    let path = place.text();
    Err(format!("at '{}': {}", if path.is_empty() { "/" } else { &path }, what.as_ref()))
}

const NO_FIELDS: &BTreeMap<String, Json> = &BTreeMap::new();

fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Int(_) => "integer",
        Json::Float(_) => "number",
        Json::Text(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) | Json::Empty => "object",
    }
}

fn is_of(value: &Json, name: &str) -> bool {
    match (value, name) {
        (Json::Empty, "object" | "array") | (Json::Int(_), "number") => true,
        (Json::Float(n), "integer") => n.fract() == 0.0,
        (value, name) => type_of(value) == name,
    }
}

impl Check<'_> {
    /// Ends the check without a result.
    fn give_up<T>(&mut self, place: &Place<'_>, why: impl AsRef<str>) -> Result<T, String> {
        let given_up = broken(place, why);
        if let (Err(why), None) = (&given_up, &self.given_up) {
            self.given_up = Some(why.clone());
        }
        given_up
    }

    fn is_match(&mut self, pattern: &str, text: &str, place: &Place<'_>) -> Result<bool, String> {
        let schema = self.schema;
        let matcher: &Matcher = &schema.patterns[pattern];
        match matcher.is_match(text.as_bytes(), &mut self.steps) {
            Some(found) => Ok(found),
            None => {
                let what = format!("the patterns take too long: a check has {STEPS_MAX} steps for them at most");
                self.give_up(place, what)
            }
        }
    }

    fn value(&mut self, schema: &Json, value: &Json, place: &Place<'_>) -> Checked {
        self.work += 1;
        if self.work > WORK_MAX {
            return self.give_up(place, "the schema asks for too many checks");
        }
        if self.depth >= DEPTH_MAX {
            return self.give_up(place, "the schema leads too deep");
        }
        let fields = match schema {
            Json::Bool(false) => return broken(place, "no value is allowed here"),
            Json::Object(fields) => fields,
            _ => return Ok(Seen::default()),
        };
        self.depth += 1;
        let checked = self.keywords(fields, value, place);
        self.depth -= 1;
        checked
    }

    fn keywords(&mut self, fields: &BTreeMap<String, Json>, value: &Json, place: &Place<'_>) -> Checked {
        let mut seen = Seen::default();
        plain(fields, value, place)?;
        match value {
            Json::Text(text) => self.text(fields, text, place)?,
            Json::Array(items) => self.items(fields, items, place, &mut seen)?,
            Json::Object(object) => self.object(fields, object, place, &mut seen)?,
            Json::Empty => {
                // Lua cannot tell which it is: it must do as one of the two.
                let object = self.object(fields, NO_FIELDS, place, &mut seen);
                if object.is_err() && !wants(fields, "object") {
                    self.items(fields, &[], place, &mut seen)?;
                } else {
                    object?;
                }
                if wants(fields, "array") {
                    self.items(fields, &[], place, &mut seen)?;
                }
            }
            _ => {}
        }
        self.combined(fields, value, place, &mut seen)?;
        self.left_over(fields, value, place, &mut seen)?;
        Ok(seen)
    }

    /// Keywords that apply schemas to the value itself.
    fn combined(
        &mut self,
        fields: &BTreeMap<String, Json>,
        value: &Json,
        place: &Place<'_>,
        seen: &mut Seen,
    ) -> Result<(), String> {
        for key in ["$ref", "$dynamicRef"] {
            if let Some(Json::Text(reference)) = fields.get(key)
                && let Some(target) = self.schema.find(reference)
            {
                seen.add(self.value(target, value, place)?);
            }
        }
        let list = |key: &str| match fields.get(key) {
            Some(Json::Array(list)) => Some(list),
            _ => None,
        };
        for schema in list("allOf").into_iter().flatten() {
            seen.add(self.value(schema, value, place)?);
        }
        if let Some(schemas) = list("anyOf") {
            let passed: Vec<_> = schemas.iter().filter_map(|s| self.value(s, value, place).ok()).collect();
            if passed.is_empty() {
                return broken(place, "fits none of 'anyOf'");
            }
            passed.into_iter().for_each(|s| seen.add(s));
        }
        if let Some(schemas) = list("oneOf") {
            let mut passed: Vec<_> = schemas.iter().filter_map(|s| self.value(s, value, place).ok()).collect();
            match passed.len() {
                0 => return broken(place, "fits none of 'oneOf'"),
                1 => seen.add(passed.remove(0)),
                n => return broken(place, format!("fits {n} of 'oneOf', not one")),
            }
        }
        if let Some(schema) = fields.get("not")
            && self.value(schema, value, place).is_ok()
        {
            return broken(place, "fits what 'not' excludes");
        }
        if let Some(condition) = fields.get("if") {
            let branch = match self.value(condition, value, place) {
                Ok(of_condition) => {
                    seen.add(of_condition);
                    "then"
                }
                Err(_) => "else",
            };
            if let Some(schema) = fields.get(branch) {
                seen.add(self.value(schema, value, place)?);
            }
        }
        if let (Json::Object(object), Some(Json::Object(schemas))) = (value, fields.get("dependentSchemas")) {
            for (name, schema) in schemas {
                if object.contains_key(name) {
                    seen.add(self.value(schema, value, place)?);
                }
            }
        }
        Ok(())
    }

    /// `unevaluatedProperties` and `unevaluatedItems`: what nobody has looked at.
    fn left_over(
        &mut self,
        fields: &BTreeMap<String, Json>,
        value: &Json,
        place: &Place<'_>,
        seen: &mut Seen,
    ) -> Result<(), String> {
        if let (Json::Object(object), Some(schema)) = (value, fields.get("unevaluatedProperties")) {
            for (name, value) in object {
                if seen.fields.insert(name.clone()) {
                    self.value(schema, value, &Place(Some((place, Part::Field(name)))))?;
                }
            }
        }
        if let (Json::Array(items), Some(schema)) = (value, fields.get("unevaluatedItems")) {
            for (i, value) in items.iter().enumerate() {
                if seen.items.insert(i) {
                    self.value(schema, value, &Place(Some((place, Part::Item(i)))))?;
                }
            }
        }
        Ok(())
    }

    fn text(&mut self, fields: &BTreeMap<String, Json>, text: &str, place: &Place<'_>) -> Result<(), String> {
        let length = text.chars().count();
        if let Some(max) = fields.get("maxLength").and_then(count).filter(|max| length > *max) {
            return broken(place, format!("is longer than {max}"));
        }
        if let Some(min) = fields.get("minLength").and_then(count).filter(|min| length < *min) {
            return broken(place, format!("is shorter than {min}"));
        }
        if let Some(Json::Text(pattern)) = fields.get("pattern")
            && !self.is_match(pattern, text, place)?
        {
            return broken(place, format!("does not match '{pattern}'"));
        }
        Ok(())
    }

    fn items(
        &mut self,
        fields: &BTreeMap<String, Json>,
        items: &[Json],
        place: &Place<'_>,
        seen: &mut Seen,
    ) -> Result<(), String> {
        let n = items.len();
        if let Some(max) = fields.get("maxItems").and_then(count).filter(|max| n > *max) {
            return broken(place, format!("has more than {max} items"));
        }
        if let Some(min) = fields.get("minItems").and_then(count).filter(|min| n < *min) {
            return broken(place, format!("has fewer than {min} items"));
        }
        if fields.get("uniqueItems") == Some(&Json::Bool(true)) {
            for (i, item) in items.iter().enumerate() {
                self.work += i;
                if self.work > WORK_MAX {
                    return broken(place, "has too many items to compare");
                }
                if items[..i].iter().any(|earlier| earlier.same(item)) {
                    return broken(place, format!("item {i} is there twice"));
                }
            }
        }
        let prefix = match fields.get("prefixItems") {
            Some(Json::Array(schemas)) => schemas.as_slice(),
            _ => &[],
        };
        for (i, item) in items.iter().enumerate() {
            let Some(schema) = prefix.get(i).or(fields.get("items")) else { continue };
            self.value(schema, item, &Place(Some((place, Part::Item(i)))))?;
            seen.items.insert(i);
        }
        if let Some(schema) = fields.get("contains") {
            let mut found = 0;
            for (i, item) in items.iter().enumerate() {
                if self.value(schema, item, &Place(Some((place, Part::Item(i))))).is_ok() {
                    seen.items.insert(i);
                    found += 1;
                }
            }
            let min = fields.get("minContains").and_then(count).unwrap_or(1);
            if found < min {
                return broken(place, format!("has {found} items that fit 'contains', not {min}"));
            }
            if let Some(max) = fields.get("maxContains").and_then(count).filter(|max| found > *max) {
                return broken(place, format!("has {found} items that fit 'contains', more than {max}"));
            }
        }
        Ok(())
    }

    fn object(
        &mut self,
        fields: &BTreeMap<String, Json>,
        object: &BTreeMap<String, Json>,
        place: &Place<'_>,
        seen: &mut Seen,
    ) -> Result<(), String> {
        let n = object.len();
        if let Some(max) = fields.get("maxProperties").and_then(count).filter(|max| n > *max) {
            return broken(place, format!("has more than {max} properties"));
        }
        if let Some(min) = fields.get("minProperties").and_then(count).filter(|min| n < *min) {
            return broken(place, format!("has fewer than {min} properties"));
        }
        for name in names(fields.get("required")) {
            if !object.contains_key(name) {
                return broken(place, format!("property '{name}' is missing"));
            }
        }
        if let Some(Json::Object(lists)) = fields.get("dependentRequired") {
            for (name, wanted) in lists.iter().filter(|(name, _)| object.contains_key(*name)) {
                if let Some(missing) = names(Some(wanted)).find(|w| !object.contains_key(*w)) {
                    return broken(place, format!("property '{missing}' is missing beside '{name}'"));
                }
            }
        }
        let map = |key: &str| match fields.get(key) {
            Some(Json::Object(map)) => map,
            _ => NO_FIELDS,
        };
        let (properties, patterns) = (map("properties"), map("patternProperties"));
        for (name, value) in object {
            let here = Place(Some((place, Part::Field(name))));
            if let Some(schema) = fields.get("propertyNames") {
                self.value(schema, &Json::Text(name.clone()), &here)?;
            }
            let mut known = false;
            if let Some(schema) = properties.get(name) {
                known = true;
                self.value(schema, value, &here)?;
            }
            for (pattern, schema) in patterns {
                if self.is_match(pattern, name, &here)? {
                    known = true;
                    self.value(schema, value, &here)?;
                }
            }
            match fields.get("additionalProperties") {
                Some(Json::Bool(false)) if !known => return broken(place, format!("property '{name}' is not allowed")),
                Some(schema) if !known => {
                    known = true;
                    self.value(schema, value, &here)?;
                }
                _ => {}
            }
            if known {
                seen.fields.insert(name.clone());
            }
        }
        Ok(())
    }
}

/// Whether a schema asks for this type and no other.
fn wants(fields: &BTreeMap<String, Json>, name: &str) -> bool {
    matches!(fields.get("type"), Some(Json::Text(t)) if t == name)
}

/// Keywords that look at the value alone.
fn plain(fields: &BTreeMap<String, Json>, value: &Json, place: &Place<'_>) -> Result<(), String> {
    match fields.get("type") {
        Some(Json::Text(name)) if !is_of(value, name) => {
            return broken(place, format!("is {}, not {name}", type_of(value)));
        }
        Some(list @ Json::Array(_)) if !names(Some(list)).any(|name| is_of(value, name)) => {
            let wanted: Vec<_> = names(Some(list)).collect();
            return broken(place, format!("is {}, none of {}", type_of(value), wanted.join(", ")));
        }
        _ => {}
    }
    if let Some(wanted) = fields.get("const")
        && !value.same(wanted)
    {
        return broken(place, "is not the value of 'const'");
    }
    match fields.get("enum") {
        Some(Json::Array(allowed)) if !allowed.iter().any(|a| value.same(a)) => {
            return broken(place, "is none of 'enum'");
        }
        Some(Json::Empty) => return broken(place, "is none of 'enum'"),
        _ => {}
    }
    let Some(n) = value.number() else { return Ok(()) };
    let bound = |key: &str| fields.get(key).and_then(Json::number);
    if let Some(max) = bound("maximum").filter(|max| n > *max) {
        return broken(place, format!("is above {max}"));
    }
    if let Some(max) = bound("exclusiveMaximum").filter(|max| n >= *max) {
        return broken(place, format!("is not below {max}"));
    }
    if let Some(min) = bound("minimum").filter(|min| n < *min) {
        return broken(place, format!("is below {min}"));
    }
    if let Some(min) = bound("exclusiveMinimum").filter(|min| n <= *min) {
        return broken(place, format!("is not above {min}"));
    }
    if let Some(unit) = bound("multipleOf") {
        let times = n / unit;
        let whole = (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0);
        if !whole || !times.is_finite() {
            return broken(place, format!("is no multiple of {unit}"));
        }
    }
    Ok(())
}

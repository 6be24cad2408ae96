//! YAML to trees that know their places.
//!
//! Only the first document of a file counts. Plain scalars follow YAML 1.2 with one legacy: whole numbers with a leading
//! zero are octal. `yes` and `on` are text. Aliases and merge keys are expanded, within a budget.

use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use std::collections::HashMap;
use wippy_core::Tree;

/// How deep a document may nest, aliases expanded.
const DEPTH_MAX: usize = 100;
/// How large it may become, in bytes, aliases expanded.
const BYTES_MAX: usize = 64 << 20;

/// Line and column, both from 1.
pub type Place = (u32, u32);

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Value {
    /// Anything but a list or a map.
    Scalar(Tree),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in order, with the place of each key.
    Map(Vec<(String, Place, Node)>),
}

/// Why a text is no YAML, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// Where.
    pub place: Place,
    /// What was expected.
    pub message: String,
}

impl Node {
    /// The node under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(pairs) => pairs.iter().find(|(k, ..)| k == key).map(|(.., node)| node),
            _ => None,
        }
    }
    /// The pairs of a map.
    pub fn pairs(&self) -> &[(String, Place, Node)] {
        match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }
    /// The data without places.
    pub fn tree(&self) -> Tree {
        match &self.value {
            Value::Scalar(tree) => tree.clone(),
            Value::List(items) => Tree::List(items.iter().map(Node::tree).collect()),
            Value::Map(pairs) => Tree::Map(pairs.iter().map(|(k, _, v)| (Tree::Text(k.clone()), v.tree())).collect()),
        }
    }
    /// Notes where each key stands, by dotted path below `path`.
    pub fn places(&self, path: &str, into: &mut HashMap<String, Place>) {
        let join = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match &self.value {
            Value::Scalar(_) => {}
            Value::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    let path = join(&i.to_string());
                    item.places(&path, into);
                    into.insert(path, item.place);
                }
            }
            Value::Map(pairs) => {
                for (key, place, value) in pairs {
                    let path = join(key);
                    value.places(&path, into);
                    into.insert(path, *place);
                }
            }
        }
    }
}

fn place_of(marker: &Marker) -> Place {
    (marker.line() as u32, marker.col() as u32 + 1)
}

impl From<ScanError> for YamlError {
    fn from(e: ScanError) -> Self {
        YamlError { place: place_of(e.marker()), message: e.info() }
    }
}

fn expected<T>(place: Place, what: impl Into<String>) -> Result<T, YamlError> {
    Err(YamlError { place, message: format!("expected {}", what.into()) })
}

/// Reads the first document; `None` when there is nothing but comments.
///
/// # Errors
/// Where the text stops being YAML, and what was expected there.
pub fn parse(text: &str) -> Result<Option<Node>, YamlError> {
    let events = Parser::new_from_str_with_options(text, granit_parser::options! { emit_comments: false });
    let mut reader = Reader { events, anchors: HashMap::new(), bytes: 0 };
    reader.next()?;
    if let (Event::StreamEnd, _) = reader.next()? {
        return Ok(None);
    }
    let (node, _) = reader.node(0)?;
    // The end of the document, and what follows: text behind the root shows only there.
    reader.next()?;
    reader.next()?;
    Ok(Some(node))
}

/// How much an alias of a node would add.
#[derive(Clone, Copy)]
struct Size {
    height: usize,
    bytes: usize,
}

impl Size {
    fn hold(&mut self, inner: Size) {
        self.height = self.height.max(inner.height + 1);
        self.bytes = self.bytes.saturating_add(inner.bytes);
    }
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, (Node, Size)>,
    bytes: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), YamlError> {
        match self.events.next() {
            Some(event) => Ok(event?),
            None => expected((1, 1), "more text"),
        }
    }

    fn pay(&mut self, place: Place, bytes: usize) -> Result<Size, YamlError> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > BYTES_MAX {
            return expected(place, "a smaller document (each alias counts)");
        }
        Ok(Size { height: 0, bytes })
    }

    fn node(&mut self, depth: usize) -> Result<(Node, Size), YamlError> {
        let (event, span) = self.next()?;
        self.node_from(event, span, depth)
    }

    fn node_from(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<(Node, Size), YamlError> {
        let place = place_of(&span.start);
        if depth >= DEPTH_MAX {
            return expected(place, format!("at most {DEPTH_MAX} levels"));
        }
        let (anchor, value, size) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let size = self.pay(place, 64 + text.len())?;
                (anchor, Value::Scalar(scalar(&text, style, tag.as_deref(), place)?), size)
            }
            Event::SequenceStart(_, anchor, _) => {
                let (items, size) = self.list(place, depth)?;
                (anchor, Value::List(items), size)
            }
            Event::MappingStart(_, anchor, _) => {
                let (pairs, size) = self.map(place, depth)?;
                (anchor, Value::Map(pairs), size)
            }
            Event::Alias(id) => return self.alias(id, place, depth),
            _ => return expected(place, "a value"),
        };
        let node = Node { place, value };
        if anchor != 0 {
            self.pay(place, size.bytes)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok((node, size))
    }

    fn list(&mut self, place: Place, depth: usize) -> Result<(Vec<Node>, Size), YamlError> {
        let (mut items, mut size) = (Vec::new(), self.pay(place, 64)?);
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok((items, size));
            }
            let (item, inner) = self.node_from(event, span, depth + 1)?;
            size.hold(inner);
            items.push(item);
        }
    }

    fn alias(&mut self, id: usize, place: Place, depth: usize) -> Result<(Node, Size), YamlError> {
        let Some((_, size)) = self.anchors.get(&id) else {
            return expected(place, "an alias outside of its own anchor");
        };
        let size = *size;
        if depth + size.height >= DEPTH_MAX {
            return expected(place, format!("at most {DEPTH_MAX} levels"));
        }
        self.pay(place, size.bytes)?;
        Ok((Node { place, value: self.anchors[&id].0.value.clone() }, size))
    }

    #[allow(clippy::type_complexity, reason = "the pairs of a map, and its size")]
    fn map(&mut self, place: Place, depth: usize) -> Result<(Vec<(String, Place, Node)>, Size), YamlError> {
        let (mut pairs, mut merged, mut size) = (Vec::new(), Vec::new(), self.pay(place, 64)?);
        let mut seen: HashMap<String, Place> = HashMap::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let merge = matches!(&event, Event::Scalar(t, ScalarStyle::Plain, _, None) if t == "<<");
            let spelling = match &event {
                Event::Scalar(text, ..) => Some(text.to_string()),
                _ => None,
            };
            let (key, inner) = self.node_from(event, span, depth + 1)?;
            size.hold(inner);
            let text = match (spelling, &key.value) {
                (_, Value::Scalar(Tree::Nil) | Value::List(_) | Value::Map(_)) => {
                    return expected(key.place, "a text as key, not null, a list or a map");
                }
                (Some(text), _) => text,
                (None, Value::Scalar(Tree::Text(text))) => text.clone(),
                (None, _) => return expected(key.place, "an alias of a text as key"),
            };
            if let Some((line, _)) = seen.insert(text.clone(), key.place) {
                return expected(key.place, format!("a key other than '{text}', which line {line} has"));
            }
            let (value, inner) = self.node(depth + 1)?;
            size.hold(inner);
            if merge {
                merged.extend(merge_sources(value)?);
            } else {
                pairs.push((text, key.place, value));
            }
        }
        for (key, place, value) in merged {
            // Own keys win, then earlier sources.
            if !seen.contains_key(&key) {
                seen.insert(key.clone(), place);
                pairs.push((key, place, value));
            }
        }
        Ok((pairs, size))
    }
}

fn merge_sources(node: Node) -> Result<Vec<(String, Place, Node)>, YamlError> {
    match node.value {
        Value::Map(pairs) => Ok(pairs),
        Value::List(maps) => {
            let mut all = Vec::new();
            for map in maps {
                match map.value {
                    Value::Map(pairs) => all.extend(pairs),
                    _ => return expected(map.place, "a map in the list after '<<'"),
                }
            }
            Ok(all)
        }
        Value::Scalar(_) => expected(node.place, "a map, or a list of maps, after '<<'"),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>, place: Place) -> Result<Tree, YamlError> {
    let plain_tree = plain(text);
    Ok(match tag.map(Tag::core_suffix) {
        None if style == ScalarStyle::Plain => plain_tree,
        None | Some(None | Some("str")) => Tree::Text(text.to_owned()),
        Some(Some(wanted)) => match (wanted, plain_tree) {
            ("float", Tree::Int(n)) => Tree::Float(n as f64),
            ("null", t @ Tree::Nil) | ("bool", t @ Tree::Bool(_)) | ("int", t @ Tree::Int(_)) => t,
            ("float", t @ Tree::Float(_)) => t,
            _ => return expected(place, format!("a value that fits its tag !!{wanted}")),
        },
    })
}

fn plain(text: &str) -> Tree {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Tree::Nil,
        "true" | "True" | "TRUE" => Tree::Bool(true),
        "false" | "False" | "FALSE" => Tree::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Tree::Float(f64::NAN),
        _ => number(text).unwrap_or_else(|| Tree::Text(text.to_owned())),
    }
}

fn number(text: &str) -> Option<Tree> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return None;
    }
    let cleaned = text.replace('_', "");
    let (sign, body) = match cleaned.strip_prefix('-') {
        Some(body) => (-1, body),
        None => (1, cleaned.strip_prefix('+').unwrap_or(&cleaned)),
    };
    if matches!(body, ".inf" | ".Inf" | ".INF") {
        return Some(Tree::Float(f64::from(sign) * f64::INFINITY));
    }
    let (radix, digits) = match body.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &body[2..]),
        [b'0', b'o' | b'O', ..] => (8, &body[2..]),
        [b'0', b'b' | b'B', ..] => (2, &body[2..]),
        [b'0', rest @ ..] if !rest.is_empty() && rest.iter().all(u8::is_ascii_digit) => (8, &body[1..]),
        _ => (10, body),
    };
    if digits.bytes().all(|b| b.is_ascii_alphanumeric())
        && let Ok(magnitude) = u64::from_str_radix(digits, radix)
    {
        let n = i128::from(sign) * i128::from(magnitude);
        return Some(i64::try_from(n).map_or(Tree::Float(n as f64), Tree::Int));
    }
    if !body.starts_with(|c: char| c == '.' || c.is_ascii_digit()) {
        return None;
    }
    body.parse::<f64>().ok().filter(|f| f.is_finite()).map(|f| Tree::Float(f64::from(sign) * f))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Tree {
        parse(text).unwrap().unwrap().tree()
    }

    #[test]
    fn scalars_follow_the_reference() {
        for (text, expected) in [
            ("0600", Tree::Int(384)),
            ("0o17", Tree::Int(15)),
            ("1_000", Tree::Int(1000)),
            (".5", Tree::Float(0.5)),
            ("1.2.3", Tree::from("1.2.3")),
            ("yes", Tree::from("yes")),
            (":8080", Tree::from(":8080")),
            ("\"5\"", Tree::from("5")),
            ("~", Tree::Nil),
            ("!!str 1", Tree::from("1")),
        ] {
            assert_eq!(tree(&format!("a: {text}")).get("a"), Some(&expected), "{text}");
        }
    }

    #[test]
    fn only_the_first_document_counts_and_garbage_behind_it_does_not_pass() {
        assert_eq!(tree("a: 1\n---\n["), Tree::map([("a", 1i64)]));
        assert!(parse("[a] ]").is_err());
        assert!(parse("# nothing\n").unwrap().is_none());
    }

    #[test]
    fn faults_tell_line_and_column() {
        assert_eq!(parse("a: 1\na: 2").unwrap_err().place, (2, 1));
        assert_eq!(parse("x:\n  - [1, 2\n").unwrap_err().place.0, 2);
    }

    #[test]
    fn aliases_expand_within_a_budget() {
        assert_eq!(tree("a: &x {k: 1}\nb: {<<: *x, j: 2}").at(&["b", "k"]), Some(&Tree::Int(1)));
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for i in 1..12 {
            let of = format!("*a{},", i - 1).repeat(9);
            bomb.push_str(&format!("a{i}: &a{i} [{of}]\n"));
        }
        assert!(parse(&bomb).unwrap_err().message.contains("smaller document"));
    }
}

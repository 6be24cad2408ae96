//! A text to data, from the parser's events.
//!
//! Only the first document of a text counts. Aliases and merge keys are expanded, within a budget.

use crate::node::{Node, Place, Value, YamlError};
use crate::scalar::{is_unsigned, scalar};
use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use std::collections::HashMap;
use wippy_core::Tree;

/// How deep lists and maps may nest, aliases expanded.
const DEPTH_MAX: usize = 128;

/// What a text may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How large the data may become, in bytes, aliases expanded. Counted roughly: each value has 64 bytes and its text.
    pub bytes: usize,
    /// Whether whole numbers from 2^63 up to 2^64 − 1 are faults; else the nearest floating-point number is taken.
    pub exact_integers: bool,
}

impl Default for Limits {
    /// 64 MiB; large whole numbers become floating-point numbers.
    fn default() -> Limits {
        Limits { bytes: 64 << 20, exact_integers: false }
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
    parse_within(text, Limits::default())
}

/// As [`parse`], within other limits.
///
/// # Errors
/// As [`parse`].
pub fn parse_within(text: &str, limits: Limits) -> Result<Option<Node>, YamlError> {
    let events = Parser::new_from_str_with_options(text, granit_parser::options! { emit_comments: false });
    let mut reader = Reader { events, anchors: HashMap::new(), bytes: 0, limits };
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

/// How much an alias of a node would add: levels of lists and maps, and bytes.
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
    limits: Limits,
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
        if self.bytes > self.limits.bytes {
            return expected(
                place,
                "a smaller document: written out, with its aliases, it takes more memory than it may",
            );
        }
        Ok(Size { height: 0, bytes })
    }

    fn node(&mut self, depth: usize) -> Result<(Node, Size), YamlError> {
        let (event, span) = self.next()?;
        self.node_from(event, span, depth)
    }

    fn node_from(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<(Node, Size), YamlError> {
        let place = place_of(&span.start);
        let (anchor, value, size) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let size = self.pay(place, 64 + text.len())?;
                (anchor, Value::Scalar(self.scalar(&text, style, tag.as_deref(), place)?), size)
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

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>, place: Place) -> Result<Tree, YamlError> {
        let tree = scalar(text, style, tag).or_else(|what| expected(place, what))?;
        if self.limits.exact_integers && matches!(tree, Tree::Float(_)) && tag.is_none() && is_unsigned(text) {
            return expected(place, "a whole number below 2^63");
        }
        Ok(tree)
    }

    /// A list or a map begins below so many others.
    fn open(&mut self, place: Place, depth: usize) -> Result<Size, YamlError> {
        self.check_depth(place, depth + 1)?;
        Ok(Size { height: 1, ..self.pay(place, 64)? })
    }

    fn check_depth(&self, place: Place, depth: usize) -> Result<(), YamlError> {
        if depth > DEPTH_MAX {
            return expected(place, format!("at most {DEPTH_MAX} levels"));
        }
        Ok(())
    }

    fn list(&mut self, place: Place, depth: usize) -> Result<(Vec<Node>, Size), YamlError> {
        let (mut items, mut size) = (Vec::new(), self.open(place, depth)?);
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
        self.check_depth(place, depth + size.height)?;
        self.pay(place, size.bytes)?;
        Ok((Node { place, value: self.anchors[&id].0.value.clone() }, size))
    }

    #[allow(clippy::type_complexity, reason = "the pairs of a map, and its size")]
    fn map(&mut self, place: Place, depth: usize) -> Result<(Vec<(String, Place, Node)>, Size), YamlError> {
        let (mut pairs, mut merged, mut size) = (Vec::new(), Vec::new(), self.open(place, depth)?);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Tree {
        parse(text).unwrap().unwrap().tree()
    }

    #[test]
    fn quotes_and_tags_say_what_a_scalar_is() {
        for (text, expected) in [
            (":8080", Tree::from(":8080")),
            ("\"5\"", Tree::from("5")),
            ("'~'", Tree::from("~")),
            ("!!str 1", Tree::from("1")),
            ("!!float 1", Tree::Float(1.0)),
            ("!local 1", Tree::from("1")),
            ("!!what 1", Tree::from("1")),
            ("!!timestamp 2024-01-02", Tree::from("2024-01-02")),
            ("!!binary aGk=", Tree::from("hi")),
            ("!!binary |\n  /w\n  ==\n", Tree::Bytes(vec![255])),
        ] {
            assert_eq!(tree(&format!("a: {text}")).get("a"), Some(&expected), "{text}");
        }
        for text in ["!!int x", "!!bool 1", "!!null x", "!!float x", "!!binary a", "!!map x"] {
            assert!(parse(text).is_err(), "{text}");
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
        let few = Limits { bytes: 1000, ..Limits::default() };
        assert!(parse_within("[a, b]", few).is_ok());
        assert!(parse_within(&format!("[{}]", "a,".repeat(20)), few).is_err());
        assert!(parse_within(&"x".repeat(1000), few).is_err());
    }

    #[test]
    fn own_keys_win_over_merged_ones_and_earlier_sources_over_later_ones() {
        let text = "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {y: 3, <<: [*a, *b]}\nd:\n  <<: *b\n  x: 4\n";
        let tree = tree(text);
        assert_eq!(tree.get("c"), Some(&Tree::map([("y", 3i64), ("x", 1), ("z", 2)])));
        assert_eq!(tree.get("d"), Some(&Tree::map([("x", 4i64), ("z", 2)])));
        for text in ["<<: 1", "<<: [1]", "<<: *x", "a: &a [*a]", "a: &a {<<: *a}", "<<: {}\n<<: {}"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lists_nest_128_deep_with_and_without_aliases() {
        let nested = |n: usize| format!("{}x{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(&nested(128)).is_ok());
        assert!(parse(&nested(129)).unwrap_err().message.contains("at most 128 levels"));
        assert!(parse(&nested(100_000)).is_err());
        assert!(parse(&"- ".repeat(100_000)).is_err());
        assert!(parse(&format!("[&a {}, [*a]]", nested(126))).is_ok());
        assert!(parse(&format!("[&a {}, [[*a]]]", nested(126))).unwrap_err().message.contains("at most 128 levels"));
    }

    #[test]
    fn large_whole_numbers_are_faults_when_integers_must_be_exact() {
        let exact = Limits { exact_integers: true, ..Limits::default() };
        for text in ["9223372036854775808", "a: 0xffffffffffffffff"] {
            assert!(parse(text).is_ok());
            assert!(parse_within(text, exact).unwrap_err().message.contains("2^63"), "{text}");
        }
        for text in ["9223372036854775807", "'9223372036854775808'", "!!float 9223372036854775808", "1e30"] {
            assert!(parse_within(text, exact).is_ok(), "{text}");
        }
    }
}

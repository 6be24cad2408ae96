//! Finding entries by criteria, and the handlers of the commands that read the registry.

use crate::entries::Snapshot;
use crate::node::State;
use std::sync::Arc;
use wippy_core::command::Boxed;
use wippy_core::commands::registry::{Find, Get, GetVersion, Version, Versions};
use wippy_core::{Entry, Error, Tree};
use wippy_expr::regexp::{Matcher, SIZE_MAX, STEPS_MAX};
use wippy_sched::Config;

/// Bytes of all regular expressions of a query. Reading one takes time that nobody can interrupt.
const PATTERN_MAX: usize = 16 << 10;

/// What the regular expressions of a query may still take.
struct Room {
    text: usize,
    /// When compiled.
    size: usize,
}

impl Room {
    fn new() -> Room {
        Room { text: PATTERN_MAX, size: SIZE_MAX }
    }

    fn compile(&mut self, pattern: &str) -> Result<Matcher, &'static str> {
        self.text = self.text.checked_sub(pattern.len()).ok_or("its regular expression is too long")?;
        let matcher = Matcher::new(pattern).map_err(|_| "its value is no regular expression")?;
        self.size = self.size.checked_sub(matcher.size()).ok_or("its regular expression is too large")?;
        Ok(matcher)
    }
}

/// Registers the handlers.
pub(crate) fn handle(config: Config, state: &Arc<State>) -> Config {
    let (get, find, version, versions) = (state.clone(), state.clone(), state.clone(), state.clone());
    config
        .handle::<Get>(move |call| {
            let id = call.command.id.clone();
            let missing = || Error::not_found(format!("entry not found: {id}"));
            let snapshot = get.snapshot(call.command.version);
            Some(snapshot.and_then(|s| s.get(&id).cloned().map(Boxed).ok_or_else(missing)))
        })
        .handle::<Find>(move |call| {
            let snapshot = match find.snapshot(call.command.version) {
                Ok(snapshot) => snapshot,
                Err(e) => return Some(Err(e)),
            };
            let mut room = Room::new();
            let criteria = call.command.criteria.iter();
            let criteria: Vec<_> = criteria.filter_map(|(k, v)| Criterion::read(k, v, &mut room)).collect();
            let readable = |id: &str| call.check("registry.get", id, "not allowed").is_ok();
            let found = find_all(snapshot.all().into_iter(), &criteria, &mut { STEPS_MAX });
            Some(found.map(|found| Boxed(found.into_iter().filter(|e| readable(e.id.as_str())).cloned().collect())))
        })
        .handle::<GetVersion>(move |call| {
            let all = version.versions();
            let found = match call.command.0 {
                None => all.last().copied(),
                Some(number) => all.into_iter().find(|v| v.number == number),
            };
            Some(found.map(Boxed).ok_or_else(|| Error::not_found("version not found")))
        })
        .handle::<Versions>(move |_| Some(Ok(Boxed(versions.versions()))))
}

/// The entries that fulfil all criteria. Regular expressions have so many steps.
fn find_all<'e>(
    all: impl Iterator<Item = &'e Arc<Entry>>,
    criteria: &[Criterion],
    steps: &mut usize,
) -> Result<Vec<&'e Arc<Entry>>, Error> {
    let mut found = Vec::new();
    for entry in all {
        let mut holds = true;
        for criterion in criteria {
            holds = criterion.holds(entry, steps).ok_or_else(|| {
                Error::invalid(format!("the regular expressions take too long: a query has {STEPS_MAX} steps at most"))
            })?;
            if !holds {
                break;
            }
        }
        if holds {
            found.push(entry);
        }
    }
    Ok(found)
}

impl State {
    /// The entries at a version, or as they are now.
    fn snapshot(&self, version: Option<u64>) -> Result<Snapshot, Error> {
        match version {
            None => Ok(self.content.read().snapshot.clone()),
            Some(number) => {
                let history = self.history.read();
                let found = history.iter().find(|s| s.version() == number).cloned();
                found.ok_or_else(|| Error::not_found(format!("version not found: {number}")))
            }
        }
    }

    fn versions(&self) -> Vec<Version> {
        let history = self.history.read();
        let number = |i: usize| history.get(i).map(Snapshot::version);
        let version = |(i, s): (usize, &Snapshot)| Version {
            number: s.version(),
            previous: i.checked_sub(1).and_then(number),
            next: number(i + 1),
        };
        history.iter().enumerate().map(version).collect()
    }
}

/// One thing that an entry must fulfil.
enum Criterion {
    Root(Root, Glob),
    Meta(String, Test),
}

#[derive(Clone, Copy)]
enum Root {
    Id,
    Namespace,
    Name,
    Kind,
}

enum Test {
    Equals(Tree),
    Matches(Box<Matcher>),
    Contains(String),
    Begins(String),
    Ends(String),
}

/// A text in which one star stands for anything.
struct Glob {
    begin: String,
    end: Option<String>,
}

impl Glob {
    fn new(text: &str) -> Glob {
        match text.split_once('*') {
            Some((begin, end)) => Glob { begin: begin.to_owned(), end: Some(end.to_owned()) },
            None => Glob { begin: text.to_owned(), end: None },
        }
    }
    fn takes(&self, text: &str) -> bool {
        match &self.end {
            None => text == self.begin,
            Some(end) => text.strip_prefix(&*self.begin).is_some_and(|rest| rest.ends_with(&**end)),
        }
    }
}

fn ignored<T>(key: &str, why: &str) -> Option<T> {
    tracing::warn!(target: "wippy", logger = "registry", key, "criterion is ignored: {why}");
    None
}

impl Criterion {
    /// Reads a criterion; `None` for one that means nothing, which is said in the log and widens the result.
    fn read(key: &str, value: &Tree, room: &mut Room) -> Option<Criterion> {
        let root = match key {
            ".id" => Some(Root::Id),
            ".ns" => Some(Root::Namespace),
            ".name" => Some(Root::Name),
            ".kind" => Some(Root::Kind),
            _ => None,
        };
        if let Some(root) = root {
            return match value.as_str() {
                Some(text) => Some(Criterion::Root(root, Glob::new(text))),
                None => ignored(key, "its value is no text"),
            };
        }
        if let Some(field) = key.strip_prefix("meta.") {
            return Some(Criterion::Meta(field.to_owned(), Test::Equals(value.clone())));
        }
        let Some((sign, field)) = key.split_at_checked(1).and_then(|(s, rest)| Some((s, rest.strip_prefix("meta.")?)))
        else {
            return ignored(key, "keys are .kind, .ns, .name, .id and meta.FIELD");
        };
        let Some(text) = value.as_str() else { return ignored(key, "its value is no text") };
        let test = match sign {
            "~" => match room.compile(text) {
                Ok(matcher) => Test::Matches(Box::new(matcher)),
                Err(why) => return ignored(key, why),
            },
            "*" => Test::Contains(text.to_owned()),
            "^" => Test::Begins(text.to_owned()),
            "$" => Test::Ends(text.to_owned()),
            _ => return ignored(key, "keys are .kind, .ns, .name, .id and meta.FIELD"),
        };
        Some(Criterion::Meta(field.to_owned(), test))
    }

    /// Whether it holds; `None` when the steps are not enough.
    fn holds(&self, entry: &Entry, steps: &mut usize) -> Option<bool> {
        Some(match self {
            Criterion::Root(root, glob) => glob.takes(match root {
                Root::Id => entry.id.as_str(),
                Root::Namespace => entry.id.namespace(),
                Root::Name => entry.id.name(),
                Root::Kind => &entry.kind,
            }),
            Criterion::Meta(field, test) => match (test, entry.meta.get(field)) {
                (Test::Matches(matcher), Some(Tree::Text(text))) => return matcher.is_match(text.as_bytes(), steps),
                (test, value) => value.is_some_and(|value| test.holds(value)),
            },
        })
    }
}

impl Test {
    fn holds(&self, value: &Tree) -> bool {
        match (self, value) {
            (Test::Equals(Tree::List(wanted)), Tree::List(items)) => {
                wanted.iter().all(|w| items.iter().any(|item| same(w, item)))
            }
            (Test::Equals(wanted), value) => same(wanted, value),
            (Test::Contains(part), Tree::List(items)) => items.iter().any(|item| item.as_str() == Some(part)),
            (test, Tree::Text(text)) => match test {
                Test::Contains(part) => text.contains(&**part),
                Test::Begins(part) => text.starts_with(&**part),
                Test::Ends(part) => text.ends_with(&**part),
                Test::Equals(_) | Test::Matches(_) => false,
            },
            _ => false,
        }
    }
}

/// Equality that takes 1 and 1.0 for the same.
#[allow(clippy::float_cmp, reason = "equality is what is asked for")]
fn same(a: &Tree, b: &Tree) -> bool {
    match (a, b) {
        (Tree::Int(n), Tree::Float(f)) | (Tree::Float(f), Tree::Int(n)) => *n as f64 == *f,
        (Tree::List(a), Tree::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Tree::Map(a), Tree::Map(b)) => {
            let has = |(k, v): &(Tree, Tree)| b.iter().any(|(k2, v2)| k == k2 && same(v, v2));
            a.len() == b.len() && a.iter().all(has)
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(key: &str, value: impl Into<Tree>) -> bool {
        let meta = Tree::map([
            ("type", Tree::from("view.page")),
            ("order", Tree::from(2)),
            ("a.b", Tree::from(true)),
            ("tags", Tree::from(vec![Tree::from("x"), Tree::from("y")])),
        ]);
        let entry = Entry { id: "app.ui:home".into(), kind: "registry.entry".into(), meta, ..Entry::default() };
        let criterion = Criterion::read(key, &value.into(), &mut Room::new());
        criterion.is_none_or(|c| c.holds(&entry, &mut { STEPS_MAX }).expect("it is quick"))
    }

    #[test]
    fn regular_expressions_are_bounded_together() {
        let read = |room: &mut Room, text: &str| Criterion::read("~meta.type", &text.into(), room).is_some();
        let mut room = Room::new();
        assert!(read(&mut room, &"x".repeat(PATTERN_MAX - 1)) && read(&mut room, "y") && !read(&mut room, "z"));
        let mut room = Room::new();
        assert!(read(&mut room, r"\pL{60}") && (0..40).any(|_| !read(&mut room, r"\pL{60}")));
        // The syntax is that of RE2.
        assert!(!read(&mut Room::new(), "[a&&b]**") && read(&mut Room::new(), r"(?P<x>a)\Qb*\E\z"));
        let text = "12".repeat(50_000);
        let meta = Tree::map([("type", Tree::from(text))]);
        let entry = Arc::new(Entry { id: "app.ui:home".into(), meta, ..Entry::default() });
        let criterion = Criterion::read("~meta.type", &"[12]*3".into(), &mut Room::new()).unwrap();
        let find = |mut steps: usize| find_all([&entry].into_iter(), std::slice::from_ref(&criterion), &mut steps);
        assert!(find(STEPS_MAX).is_ok_and(|found| found.is_empty()));
        assert!(find(1000).unwrap_err().message().contains("a query has 6553600 steps at most"));
    }

    #[test]
    fn criteria_hold_or_do_not() {
        let list = |items: &[&str]| items.iter().map(|i| Tree::from(*i)).collect::<Vec<_>>();
        for (key, value, want) in [
            (".kind", Tree::from("registry.entry"), true),
            (".kind", Tree::from("registry.*"), true),
            (".kind", Tree::from("*.entry"), true),
            (".kind", Tree::from("r*y"), true),
            (".kind", Tree::from("registry"), false),
            (".ns", Tree::from("app.ui"), true),
            (".name", Tree::from("home"), true),
            (".id", Tree::from("app.ui:home"), true),
            (".id", Tree::from("app.ui:*e*"), false),
            ("meta.type", Tree::from("view.page"), true),
            ("meta.type", Tree::from("view"), false),
            ("meta.order", Tree::from(2.0), true),
            ("meta.order", Tree::from("2"), false),
            ("meta.a.b", Tree::from(true), true),
            ("meta.none", Tree::from(true), false),
            ("meta.tags", Tree::from(list(&["y"])), true),
            ("meta.tags", Tree::from(list(&["y", "z"])), false),
            ("~meta.type", Tree::from("^view\\..a"), true),
            ("~meta.type", Tree::from("^page"), false),
            ("*meta.type", Tree::from("w.p"), true),
            ("*meta.tags", Tree::from("x"), true),
            ("*meta.tags", Tree::from("z"), false),
            ("^meta.type", Tree::from("view"), true),
            ("$meta.type", Tree::from("view"), false),
            // These mean nothing, so they exclude nothing.
            ("kind", Tree::from("nothing"), true),
            ("~meta.type", Tree::from("("), true),
            ("^meta.type", Tree::from(1), true),
            ("~meta.type", Tree::from("x".repeat(PATTERN_MAX + 1)), true),
            ("~meta.type", Tree::from("x".repeat(PATTERN_MAX)), false),
        ] {
            assert_eq!(holds(key, value.clone()), want, "{key} = {value:?}");
        }
    }
}

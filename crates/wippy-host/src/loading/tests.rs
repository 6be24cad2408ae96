use super::*;
use parking_lot::Mutex;
use std::sync::Arc;

/// Loads an entry unless its name says that it is bad, and remembers in which order.
struct Recorder(Mutex<Vec<String>>);

impl Kind for Recorder {
    fn entry_kinds(&self) -> &[&'static str] {
        &["library.test", "process.test"]
    }
    fn load(&self, entry: &Entry, _: &dyn Sources) -> Result<Loaded, Error> {
        self.0.lock().push(entry.kind.clone());
        match entry.id.name() {
            "bad" => Err(Error::invalid("bad")),
            _ => Ok(Loaded { parts: vec![entry.id.clone()], ..Loaded::default() }),
        }
    }
}

struct Nothing;

impl Sources for Nothing {
    fn entry(&self, _: &EntryId) -> Option<Arc<Entry>> {
        None
    }
    fn read(&self, _: &EntryId, path: &str) -> Result<Vec<u8>, Error> {
        Err(Error::not_found(path.to_owned()))
    }
}

fn entries(count: usize) -> Vec<Entry> {
    let id = |n| if n == count / 2 { EntryId::new("app:bad") } else { EntryId::new(format!("app:{n}")) };
    let kind = |n| if n % 2 == 0 { "process.test" } else { "library.test" };
    (0..count).map(|n| Entry { id: id(n), kind: kind(n).to_owned(), ..Entry::default() }).collect()
}

#[test]
fn each_entry_is_loaded_once_whatever_their_number() {
    for count in [0, 1, 2, 100, 1_000] {
        let (kind, entries) = (Recorder(Mutex::default()), entries(count));
        let outcomes = load(entries.iter().map(|e| (e, &kind as &dyn Kind)).collect(), &Nothing);
        assert_eq!((outcomes.len(), kind.0.lock().len()), (count, count));
        for entry in &entries {
            match &outcomes[&entry.id] {
                Ok(loaded) => assert_eq!(loaded.parts, std::slice::from_ref(&entry.id)),
                Err(e) => assert_eq!((entry.id.as_str(), e.message()), ("app:bad", "bad")),
            }
        }
        assert_eq!(outcomes.values().filter(|o| o.is_err()).count(), count.min(1));
    }
}

#[test]
fn what_others_are_made_of_is_loaded_first() {
    // So few that one thread does it.
    let (kind, entries) = (Recorder(Mutex::default()), entries(ENTRIES_A_THREAD));
    load(entries.iter().map(|e| (e, &kind as &dyn Kind)).collect(), &Nothing);
    let half = ENTRIES_A_THREAD / 2;
    assert_eq!(*kind.0.lock(), [vec!["library.test"; half], vec!["process.test"; half]].concat());
}

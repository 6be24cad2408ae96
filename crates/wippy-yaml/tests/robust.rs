//! Whatever the text: an answer within the limits, never a panic.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use wippy_core::Tree;
use wippy_yaml::{Limits, Style, parse_within, write};

/// Texts that use every part of the language.
const TEXTS: &[&str] = &[
    "version: \"1.0\"\nnamespace: app\nentries:\n  - name: main\n    kind: process.lua\n    modules: [time, json]\n",
    "base: &base {a: 1, b: [x, y]}\nother:\n  <<: *base\n  c: *base\nlist: [*base, *base]\n",
    "- &a [1, 2]\n- &b [*a, *a]\n- &c [*b, *b]\n- &d [*c, *c]\n- {<<: [{k: 1}, {k: 2}]}\n",
    "text: |+\n  one\n   two\n\nfolded: >-\n  three\n  four\n'quoted': 'it''s'\n\"escaped\": \"\\x41\\u00e9\\U0001f600\\\n  line\"\n",
    "? complex\n: value\n? [a]\n: b\n!!str tag: !!binary aGk=\n!local x: !!int 5\n",
    "%YAML 1.2\n%TAG ! tag:x.y,2000:\n---\n# comment\n0600: 0o17\n0x1F: 1_000\n.inf: -.nan\n...\n--- second\n",
    "{a: {b: [c, {d: e}]}, \"f\": , ? g : h, i}",
];

const PIECES: &[&str] = &[
    "a",
    "1",
    " ",
    "  ",
    "\n",
    "\n  ",
    "\n- ",
    ": ",
    ":",
    "- ",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&a ",
    "*a",
    "<<: ",
    "|",
    ">-",
    "'",
    "\"",
    "\\",
    "#",
    " #",
    "!",
    "!!str ",
    "!!binary ",
    "---",
    "...",
    "%TAG ",
    "\t",
    "\r\n",
    "\u{feff}",
    "\u{0}",
    "é",
    "~",
];

const BYTES_MAX: usize = 20_000;

/// What the limit counts, at least.
fn size(tree: &Tree) -> usize {
    64 + match tree {
        Tree::Text(text) => text.len(),
        Tree::List(items) => items.iter().map(size).sum(),
        Tree::Map(pairs) => pairs.iter().map(|(k, v)| size(k) + size(v)).sum(),
        _ => 0,
    }
}

fn depth(tree: &Tree) -> usize {
    match tree {
        Tree::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Tree::Map(pairs) => 1 + pairs.iter().map(|(_, v)| depth(v)).max().unwrap_or(0),
        _ => 0,
    }
}

/// Reads a text; what is read keeps the limits, can be written, and is the same when it is read again.
fn answers(text: &str) -> Result<(), TestCaseError> {
    let limits = Limits { bytes: BYTES_MAX, exact_integers: true };
    match parse_within(text, limits) {
        Ok(node) => {
            let tree = node.map(|n| n.into_tree()).unwrap_or_default();
            prop_assert!(size(&tree) <= BYTES_MAX + 64, "{} bytes", size(&tree));
            prop_assert!(depth(&tree) <= 128, "{} levels", depth(&tree));
            let written = write(&tree, Style::default()).expect("the keys are texts");
            let again = parse_within(&written, Limits::default()).map(|n| n.map(|n| n.into_tree()).unwrap_or_default());
            let again = again.map(|tree| write(&tree, Style::default()).expect("the keys are texts"));
            prop_assert_eq!(again.as_ref(), Ok(&written));
        }
        Err(e) => {
            prop_assert!(e.place.0 >= 1 && e.place.1 >= 1, "at {:?}", e.place);
            prop_assert!(!e.message.is_empty());
        }
    }
    Ok(())
}

/// A piece of a text, cut between any two characters.
fn cut() -> impl Strategy<Value = String> {
    (select(TEXTS), any::<Index>(), any::<Index>()).prop_map(|(text, from, to)| {
        let chars: Vec<char> = text.chars().collect();
        let (from, to) = (from.index(chars.len() + 1), to.index(chars.len() + 1));
        chars[from.min(to)..from.max(to)].iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_characters_get_an_answer(chars in vec(any::<char>(), 0..60)) {
        answers(&String::from_iter(chars))?;
    }

    #[test]
    fn any_ascii_gets_an_answer(chars in vec(0_u8..128, 0..80)) {
        answers(&String::from_utf8(chars).expect("it is ASCII"))?;
    }

    #[test]
    fn any_pieces_of_yaml_get_an_answer(pieces in vec(select(PIECES), 0..40)) {
        answers(&pieces.concat())?;
    }

    #[test]
    fn texts_cut_and_sewn_together_get_an_answer(cuts in vec(cut(), 0..4), between in vec(select(PIECES), 4)) {
        answers(&cuts.iter().zip(between).map(|(cut, piece)| format!("{cut}{piece}")).collect::<String>())?;
    }

    #[test]
    fn texts_with_one_piece_put_in_get_an_answer(text in select(TEXTS), at: Index, piece in select(PIECES), n in 1..200usize) {
        let mut chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len() + 1);
        chars.splice(at..at, piece.repeat(n).chars());
        answers(&String::from_iter(chars))?;
    }
}

#[test]
fn the_texts_themselves_can_be_read() {
    for text in TEXTS {
        if text.contains("? [a]") || text.contains("? g") {
            continue;
        }
        assert!(parse_within(text, Limits::default()).is_ok(), "{text}");
    }
}

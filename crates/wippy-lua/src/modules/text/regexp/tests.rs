//! Searching in turns finds what the engines of `regex-automata` find.

use super::super::super::long::{Turn, to_end};
use super::engine::{Engine, splits};
use std::ops::Range;
use wippy_expr::regexp::compile;

type Groups = Vec<Option<Range<usize>>>;

/// All matches with their groups, and how often the search has paused.
fn found(pattern: &str, text: &[u8]) -> (Vec<Groups>, usize) {
    let engine = Engine::new(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}"));
    to_end(async {
        let (mut search, mut turn) = (engine.search(text), Turn::new());
        let mut all = Vec::new();
        while let Some(found) = search.next(&mut turn).await {
            let groups = search.groups(found.clone(), &mut turn).await;
            assert_eq!(groups[0], Some(found), "{pattern}");
            all.push(groups);
        }
        let matches = engine.search(text).matches(&mut turn).await;
        assert!(matches || all.is_empty(), "{pattern}");
        all
    })
}

/// The same by another engine.
fn expected(pattern: &str, text: &[u8]) -> Vec<Groups> {
    let regex = compile(pattern).expect("it is good");
    let groups = |captures: regex_automata::util::captures::Captures| -> Groups {
        captures.iter().map(|span| span.map(|span| span.range())).collect()
    };
    let all = regex.captures_iter(text).map(groups);
    all.filter(|groups| !groups[0].as_ref().is_some_and(|place| place.is_empty() && splits(text, place.start)))
        .collect()
}

#[test]
fn places_within_characters() {
    let text = "aü€x".as_bytes();
    let within: Vec<usize> = (0..=text.len()).filter(|at| splits(text, *at)).collect();
    assert_eq!(within, [2, 4, 5]);
    assert!(!(0..4).any(|at| splits(b"\x80\x80\xFF\x80", at)));
}

#[test]
fn all_matches_are_found() {
    for (pattern, text) in [
        ("", "aü€"),
        ("a*", "baac"),
        ("a+?", "aaa"),
        ("(a)(x)?|b", "axaxb"),
        ("(a|ab)(c|bcd)(d*)", "abcd"),
        ("(?:(a)|b)*", "ab ba"),
        (r"\b(\w+)\b", "one two, three"),
        (r"(?m)^(.*)$", "one\ntwo\n\nfour"),
        (r"\B", "ab üx"),
        (r"^|$", "abc"),
        ("(|a)+", "aaa"),
        (r"(?i)(straße)\s", "STRASSE straße \u{17F}traße "),
        (r"(.)(.)", "aü€x"),
        (r"x*$", "abxx"),
        (r"\C", "ü"),
    ] {
        assert_eq!(found(pattern, text.as_bytes()).0, expected(pattern, text.as_bytes()), "{pattern} on {text}");
    }
}

/// What took seconds of a worker: many states, and a text on which each place needs new ones.
#[test]
fn long_searches_pause() {
    let random = |n: usize| -> Vec<u8> {
        let mut seed = 7u32;
        (0..n)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                b"ab"[(seed >> 31) as usize]
            })
            .collect()
    };
    for (pattern, text) in [
        ("[ab]*a[ab]{300}c", random(5_000)),
        ("([ab]*?)a[ab]{20}$", random(20_000)),
        (r"\w{1,500}c", random(5_000)),
        // Each match looks at all of the text.
        ("a.*c|a", vec![b'a'; 5_000]),
    ] {
        let (all, pauses) = found(pattern, &text);
        assert_eq!(all, expected(pattern, &text), "{pattern}");
        assert!(pauses > 3, "{pattern}: {pauses}");
    }
}

#[test]
fn what_is_too_large() {
    for pattern in [r"\pL{500}".to_owned(), "(a?)".repeat(4000)] {
        let error = Engine::new(&pattern).map(|_| ()).expect_err("it is too large");
        assert!(error.starts_with("expression too large: "), "{error}");
    }
    assert!(Engine::new("(a)(b?)(?:[^a]{50}|c)").is_ok());
}

const PARTS: &[&str] = &[
    "a", "b", "ü", ".", "[ab]", "[^a]", "^", "$", r"\b", r"\B", "(", ")", "(a|", "(?i:", "(?m:", "|", "*", "+", "?",
    "*?", "{1,2}", r"\C",
];

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 2000, ..Default::default() })]
    #[test]
    fn any_search_finds_the_same(
        parts in proptest::collection::vec(proptest::sample::select(PARTS), 1..14),
        text in "[abA\nü]{0,16}",
        odd in 0usize..20,
    ) {
        let pattern = parts.concat();
        let mut text = text.into_bytes();
        // Not all texts are UTF-8.
        if odd < text.len() {
            text[odd] = 0xFF;
        }
        if compile(&pattern).is_ok() {
            proptest::prop_assert_eq!(found(&pattern, &text).0, expected(&pattern, &text), "{}", pattern);
        }
    }
}

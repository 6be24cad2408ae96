//! Whatever the source: an answer, never a panic.

use crate::token::tokens;
use crate::{erase, fault_of, line_breaks, sources};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::sync::LazyLock;

static SOURCES: LazyLock<Vec<String>> = LazyLock::new(sources);

/// Every token that occurs in a case, once.
static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut words: Vec<_> = SOURCES.iter().flat_map(|s| tokens(s)).map(|t| t.text.to_owned()).collect();
    words.sort();
    words.dedup();
    words
});

/// An answer of the promised form: the same number of lines, or an error at a place within the source.
fn answers(source: &str) -> Result<(), TestCaseError> {
    match erase(source) {
        Ok(plain) => prop_assert_eq!(line_breaks(&plain), line_breaks(source), "erased to {:?}", plain),
        Err(e) => {
            prop_assert!(e.line >= 1 && e.column >= 1, "at {}:{}", e.line, e.column);
            prop_assert!(!e.message.is_empty());
        }
    }
    Ok(())
}

/// A piece of a case, cut between any two characters.
fn piece() -> impl Strategy<Value = String> {
    (any::<Index>(), any::<Index>(), any::<Index>()).prop_map(|(which, from, to)| {
        let chars: Vec<char> = which.get(&SOURCES).chars().collect();
        let (from, to) = (from.index(chars.len() + 1), to.index(chars.len() + 1));
        chars[from.min(to)..from.max(to)].iter().collect()
    })
}

fn words() -> impl Strategy<Value = String> {
    let blank = select(vec![" ", "", "\n", " -- x\n"]);
    let word = (any::<Index>(), blank).prop_map(|(which, blank)| format!("{}{blank}", which.get(&WORDS)));
    vec(word, 0..40).prop_map(|words| words.concat())
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_characters_get_an_answer(chars in vec(any::<char>(), 0..80)) {
        answers(&String::from_iter(chars))?;
    }

    #[test]
    fn any_ascii_gets_an_answer(chars in vec(0_u8..128, 0..80)) {
        answers(&chars.into_iter().map(char::from).collect::<String>())?;
    }

    #[test]
    fn any_splice_gets_an_answer(pieces in vec(piece(), 0..6)) {
        answers(&pieces.concat())?;
    }

    #[test]
    fn any_words_get_an_answer(source in words()) {
        answers(&source)?;
    }
}

/// Each case with every character, and every end, taken away.
#[test]
fn damaged_cases_get_an_answer() {
    for source in SOURCES.iter() {
        for (at, c) in source.char_indices() {
            let (head, tail) = (&source[..at], &source[at + c.len_utf8()..]);
            for damaged in [head.to_owned(), format!("{head}{tail}")] {
                let answer = answers(&damaged);
                assert!(answer.is_ok(), "{damaged:?}: {answer:?}");
            }
        }
    }
}

/// Nesting that no program has is refused or accepted; it must not exhaust the stack.
#[test]
fn deep_nesting_gets_an_answer() {
    const DEPTH: usize = 100_000;
    let nests = [
        ("local x = ", "(", ""),
        ("local x = ", "{", ""),
        ("local x = ", "- ", "y"),
        ("local x = ", "not ", "y"),
        ("local x = ", "a .. ", "y"),
        ("local x = ", "2 ^ ", "y"),
        ("local x = ", "f(", ""),
        ("local x = ", "t[", ""),
        ("local x = ", "function() return ", ""),
        ("local x: ", "{", ""),
        ("local x: ", "(", ""),
        ("local x: ", "A<", ""),
        ("local x: ", "() -> ", "A"),
        ("local x: ", "fun(): ", "A"),
        ("local x: ", "{f: ", ""),
        ("local x: ", "typeof(y as ", ""),
        ("local x: ", "A extends B ? ", ""),
        ("local x: ", "A extends B ? X : ", "Y"),
        ("local x: A", " @a({b as A", ""),
        ("", "do ", ""),
        ("", "if x then ", ""),
        ("", "for i = 1, 2 do ", ""),
        ("", "function f() ", ""),
        ("", "repeat ", ""),
    ];
    for (start, nest, end) in nests {
        let source = format!("{start}{}{end}", nest.repeat(DEPTH));
        assert!(answers(&source).is_ok(), "{start}{nest}");
    }
}

/// A source that nests deeper than a thread's stack is sure to hold is read on another one, and alike.
#[test]
fn nesting_of_any_depth_is_erased_alike() {
    for depth in 1..=90 {
        for (open, inner, plain, close) in [
            ("(", "y as T", "y     ", ")"),
            ("f(", "(y as {T})", "(y       )", ")"),
            ("{a = ", "y!", "y ", "}"),
            ("function(a) return ", "y as (A) -> B", "y            ", " end"),
        ] {
            let nested = |inner: &str| format!("local x = {}{inner}{}", open.repeat(depth), close.repeat(depth));
            assert_eq!(erase(&nested(inner)).ok(), Some(nested(plain)), "{depth}");
        }
        let typed = format!("{{{}T{}}}", "{f: ".repeat(depth), "}".repeat(depth));
        let blank = " ".repeat(typed.len() + 2);
        assert_eq!(erase(&format!("local x: {typed} = 1")).ok(), Some(format!("local x{blank} = 1")), "{depth}");
    }
}

/// Lists and chains are as long as programs make them.
#[test]
fn long_source_is_accepted() {
    const LENGTH: usize = 5_000;
    let long = [
        ("", "f()\n", ""),
        ("local x = a", " + a", ""),
        ("local x = a", " and a", ""),
        ("local t = {", "{1, x = 2},\n", "}"),
        ("if a then", " elseif b then", " end"),
        ("local x = y", " as T", ""),
        ("local x = y", "!", ""),
        ("local x = f", ".g", ""),
        ("local x = f", ":g()", ""),
        ("local x: A", " | A", " = y"),
        ("type A = {", "f: A,\n", "}"),
        ("", "type A = B\n", ""),
        ("", "for i = 1, 2 do i = 3 end\n", ""),
    ];
    for (start, part, end) in long {
        let source = format!("{start}{}{end}", part.repeat(LENGTH));
        let fault = fault_of(&source, |_| None);
        assert!(fault.is_none(), "{start}{part}{end}: {fault:?}");
    }
}

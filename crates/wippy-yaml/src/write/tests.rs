//! What is written reads well, and is read as the same tree.

use super::{Style, write};
use crate::parse;
use proptest::prelude::*;
use wippy_core::{Error, Tree};

fn text_of(tree: &Tree) -> String {
    write(tree, Style::default()).expect("its keys are texts")
}

fn back(text: &str) -> Tree {
    parse(text).unwrap_or_else(|e| panic!("{e}:\n{text}")).map(|node| node.into_tree()).unwrap_or_default()
}

/// Keys sorted, as they are written.
fn sorted(tree: Tree) -> Tree {
    match tree {
        Tree::List(items) => Tree::List(items.into_iter().map(sorted).collect()),
        Tree::Map(pairs) => {
            let mut pairs: Vec<_> = pairs.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            pairs.sort_by_key(|(k, _)| k.as_str().map(str::to_owned));
            Tree::Map(pairs)
        }
        other => other,
    }
}

#[test]
fn blocks_sorted_and_indented_by_two() {
    let text = "a: 1\nb:\n  - 1.5\n  - c: true\n    d: null\n  - - x\n    - z\n  - []\ne: {}\nf:\n  g: |\n    one\n\n      two\n";
    assert_eq!(text_of(&back(text)), text);
    assert_eq!(text_of(&Tree::Map(Vec::new())), "{}\n");
    assert_eq!(text_of(&Tree::from("a\nb")), "|-\n  a\n  b\n");
    assert_eq!(text_of(&Tree::List(vec![Tree::from(1i64)])), "- 1\n");
    assert_eq!(text_of(&Tree::Error(Error::invalid("no"))), "\"no\"\n");
}

#[test]
fn words_that_mean_something_else_stand_in_quotes() {
    for word in [
        "",
        "5",
        "0600",
        "1.5",
        "true",
        "null",
        "~",
        "yes",
        "No",
        "y",
        "2024-01-02",
        "12:30:00",
        "- a",
        "a: b",
        "a #b",
        "a:",
        " a",
        "a ",
        "#a",
        "[a",
        "{a",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "'a'",
        "\"a\"",
        "%a",
        "@a",
        "`a",
        "<<",
        "=",
        "---",
        "...",
        "?",
        ".inf",
        "\t",
        "a\u{85}b",
        "\u{feff}a",
    ] {
        let text = text_of(&Tree::map([("k", word), (word, "v")]));
        assert!(text.contains("k: \""), "{text}");
        assert_eq!(sorted(back(&text)), sorted(Tree::map([("k", word), (word, "v")])), "{text}");
    }
    for word in ["a", "a b", "http://x/y?z=1#q", "/a/b", "1.2.3", "10s", "a,b", "it's", "ümlaut", "(x)", "$HOME", "a:b"]
    {
        assert_eq!(text_of(&Tree::map([("k", word)])), format!("k: {word}\n"));
    }
}

#[test]
fn the_given_keys_come_first_at_each_level() {
    let first = ["id".to_owned(), "name".to_owned()];
    let tree = back("{z: 1, name: n, a: [{name: m, b: 1, id: 2}], id: 1}");
    let text = write(&tree, Style { first: &first, ..Style::default() }).unwrap();
    assert_eq!(text, "id: 1\nname: \"n\"\na:\n  - id: 2\n    name: m\n    b: 1\nz: 1\n");
}

#[test]
fn what_becomes_too_long_is_refused() {
    let tree = Tree::List(vec![Tree::from("0123456789"); 100]);
    let style = |bytes| Style { bytes, ..Style::default() };
    assert!(write(&tree, style(2000)).is_ok());
    assert!(write(&tree, style(500)).unwrap_err().contains("longer than 500 bytes"));
}

#[test]
fn keys_of_all_sorts() {
    let long = "k".repeat(2000);
    let tree = Tree::map([(long, Tree::map([("a", 1i64)]))]);
    assert_eq!(back(&text_of(&tree)), tree);
    assert!(text_of(&tree).ends_with("\n: a: 1\n"));
    let same = Tree::Map(vec![(Tree::Int(1), Tree::from("a")), (Tree::from("1"), Tree::from("b"))]);
    assert_eq!(text_of(&same), "\"1\": a\n");
    for key in [Tree::Bytes(vec![255]), Tree::Nil, Tree::List(Vec::new())] {
        assert!(write(&Tree::Map(vec![(key, Tree::Nil)]), Style::default()).is_err());
    }
}

/// Texts that YAML makes much of.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "b c",
        "5",
        "0",
        "-",
        ":",
        ": ",
        " #",
        "#",
        "\n",
        "\n\n",
        " ",
        "  ",
        "\t",
        "\r",
        "'",
        "\"",
        "\\",
        "|",
        ">",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&x",
        "*x",
        "!",
        "!!str",
        "%",
        "@",
        "---",
        "...",
        "?",
        "? ",
        "- ",
        "<<",
        "=",
        "~",
        "null",
        "true",
        ".",
        "_",
        "e",
        "+",
        "é",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{0}",
        "\u{7f}",
        "\u{1f600}",
        "\u{ffff}",
        "\u{10ffff}",
    ]);
    prop_oneof![
        prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat()),
        prop::collection::vec(any::<char>(), 0..8).prop_map(String::from_iter),
        "[ -~]{0,200}",
        "([ -~]{0,9}\n){0,5}[ -~]{0,9}",
    ]
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::Nil),
        any::<bool>().prop_map(Tree::Bool),
        any::<i64>().prop_map(Tree::Int),
        any::<f64>().prop_filter("equal to itself", |f| !f.is_nan()).prop_map(Tree::Float),
        (-1000i32..1000).prop_map(|n| Tree::Float(n.into())),
        texts().prop_map(Tree::Text),
        texts().prop_map(Tree::Text),
        // Never UTF-8: that would come back as text.
        prop::collection::vec(128u8..192, 1..20).prop_map(Tree::Bytes),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::List),
            prop::collection::btree_map(texts(), inner, 0..6).prop_map(Tree::map),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_as_the_same(tree in trees()) {
        let text = text_of(&tree);
        let read = parse(&text).map(|node| node.map(|n| n.into_tree()).unwrap_or_default());
        let want = sorted(tree);
        prop_assert_eq!(read.as_ref(), Ok(&want), "{}", text);
        prop_assert_eq!(text_of(&want), text);
    }
}

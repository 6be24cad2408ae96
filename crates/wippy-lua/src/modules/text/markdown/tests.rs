//! Which chunks come out of a text.

use super::super::super::long::{Turn, to_end};
use super::{Cut, Style, split};

fn all(text: &str, size: usize, style: Style) -> Vec<String> {
    let mut out = Vec::new();
    let mut emit = |piece: &str| {
        out.push(piece.to_owned());
        Ok::<(), ()>(())
    };
    let cut = Cut { size, overlap: 0, keep_separator: false };
    let separators = ["\n\n", "\n", " ", ""];
    let (done, _) = to_end(async { split(text, &separators, cut, style, &mut Turn::new(), &mut emit).await });
    assert_eq!(done, Ok(Ok(())));
    out
}

fn plain(text: &str, size: usize) -> Vec<String> {
    all(text, size, Style::default())
}

#[test]
fn headings_stand_in_front() {
    let text = "# A\n\none\n\ntwo\n\n## B\n\nthree\n\nSetext\n------\nfour\n";
    assert_eq!(plain(text, 100), ["# A\none\ntwo", "## B\nthree", "## Setext\nfour"]);
    assert_eq!(plain(text, 6), ["# A\none", "# A\ntwo", "## B\nthree", "## Setext\nfour"]);
    let hierarchy = Style { heading_hierarchy: true, ..Style::default() };
    let text = "# A\n\none\n\n### B\n\ntwo\n\n## C\n\nthree\n\n# D\n\nfour";
    assert_eq!(all(text, 100, hierarchy), ["# A\none", "# A\n### B\ntwo", "# A\n## C\nthree", "# D\nfour"]);
}

#[test]
fn a_heading_without_content_is_a_chunk() {
    assert_eq!(plain("# A\n\n# B\n\ntext\n\n# C", 100), ["# A", "# B\ntext", "# C"]);
    assert_eq!(plain("before\n\n# A", 100), ["before", "# A"]);
    assert_eq!(plain("", 100), Vec::<String>::new());
}

#[test]
fn list_items_and_quotes_close_a_chunk() {
    let text = "# A\n\nIntro:\n\n- one\n- two\n  still two\n  - inner\n    - deeper\n\n1. first\n2. second\n\n> quoted\n> more\n\nafter";
    assert_eq!(
        plain(text, 100),
        [
            "# A\nIntro:\n- one",
            "# A\n- two\n  still two\n  - inner\n    - deeper",
            "# A\n1. first",
            "# A\n2. second",
            "# A\n> quoted\n> more",
            "# A\nafter",
        ]
    );
    assert_eq!(plain("> # Q\n>\n> a\n> > b\n> > c", 100), ["> # Q\n> a\n> > b\n> > c"]);
    assert_eq!(plain("- \n- [x] done\n- para\n\n  second", 100), ["-", "- [x] done", "- para\n  second"]);
}

#[test]
fn inline_marks_stay_as_they_are_written() {
    let text = "A *b* **c** `d` ~~e~~ [f](g \"h\") ![i](j) <k@l.m> \\*n\\* &amp; <b>o</b>  \nnext";
    assert_eq!(plain(text, 500), [text.replace("  \n", "\n")]);
    assert_eq!(plain("## *b* `c` ##", 100), ["## *b* `c`"]);
    assert_eq!(plain("\\# no heading", 100), ["\\# no heading"]);
}

#[test]
fn links_by_reference_are_written_out_when_asked_for() {
    let text = "See [a][x], [b][] and [x].\n\n[x]: http://x.y \"T\"\n[b]: http://b\n";
    assert_eq!(plain(text, 500), ["See [a][x], [b][] and [x]."]);
    let style = Style { reference_links: true, ..Style::default() };
    assert_eq!(all(text, 500, style), ["See [a](http://x.y \"T\"), [b](http://b) and [x](http://x.y \"T\")."]);
}

#[test]
fn code_blocks_are_dropped_unless_wanted() {
    let text = "before\n\n```rust\nlet a;\n\nlet b;\n```\n\n    indented\n\nafter";
    assert_eq!(plain(text, 100), ["before\nafter"]);
    let style = Style { code_blocks: true, ..Style::default() };
    assert_eq!(all(text, 100, style), ["before\n```rust\nlet a;\n\nlet b;\n```\n```\nindented\n```\nafter"]);
    assert_eq!(all("````\n```\n````", 100, style), ["````\n```\n````"]);
}

#[test]
fn table_rows_carry_their_head() {
    let text = "# T\n\nintro\n\n| a | b |\n|---|:-:|\n| 1 | *2* |\n| 3 | |\n\nend";
    let head = "| a | b |\n| --- | --- |";
    assert_eq!(
        plain(text, 200),
        [
            "# T\nintro".to_owned(),
            format!("# T\n{head}\n| 1 | *2* |"),
            format!("# T\n{head}\n| 3 |  |"),
            "# T\nend".to_owned(),
        ]
    );
    assert_eq!(plain("# T\n\n| a |\n|---|\n| 1 |", 99), ["# T\n| a |\n| --- |\n| 1 |"]);
    let joined = Style { join_table_rows: true, ..Style::default() };
    assert_eq!(all(text, 200, joined), [format!("# T\nintro\n{head}\n| 1 | *2* |\n| 3 |  |\nend")]);
    assert_eq!(
        all(text, 40, joined),
        ["# T\nintro".to_owned(), format!("# T\n{head}\n| 1 | *2* |"), format!("# T\n{head}\n| 3 |  |\nend"),]
    );
}

#[test]
fn what_is_too_long_is_cut() {
    let words = "word ".repeat(10);
    assert_eq!(
        plain(&format!("# A\n\n{words}"), 20),
        ["# A\nword word word word", "# A\nword word word word", "# A\nword word"]
    );
    // Within a word nothing is cut.
    assert_eq!(plain(&"x".repeat(50), 20), ["x".repeat(50)]);
}

#[test]
fn rules_and_html_are_snippets() {
    assert_eq!(plain("a\n\n---\n\nb", 100), ["a\n---\nb"]);
    assert_eq!(plain("<div>\nhi\n</div>\n\nb", 100), ["<div>\nhi\n</div>\nb"]);
}

#[test]
fn deep_nesting_is_flattened() {
    for text in [">".repeat(50_000) + " deep", "- ".repeat(5_000) + "deep", "* > ".repeat(1_000) + "deep"] {
        let chunks = plain(&text, 1 << 20);
        assert!(chunks.iter().any(|chunk| chunk.ends_with("deep")), "{}", chunks.len());
    }
}

proptest::proptest! {
    #[test]
    fn any_text_gets_an_answer(text in "[a#>*|`\\[\\]()! \n1.\\-_<&\\\\\u{e9}]{0,120}", style in 0u8..16) {
        let style = Style {
            code_blocks: style & 1 != 0,
            reference_links: style & 2 != 0,
            heading_hierarchy: style & 4 != 0,
            join_table_rows: style & 8 != 0,
        };
        all(&text, 10, style);
    }
}

/// A large text is read in parts: what comes out is the same as that of its parts alone.
#[test]
fn large_texts_are_read_in_parts() {
    let style = Style { reference_links: true, code_blocks: true, ..Style::default() };
    let section = |n: usize| format!("# Title {n}\n\nSome [text][Far  Away] and [more].\n\n```\n# code\n```\n\n");
    let text: String = (0..5_000).map(section).collect();
    let chunks = all(&format!("{text}[far away]: /x \"t\"\n[more]: /y\n"), 100, style);
    assert_eq!(chunks.len(), 5_000);
    for (n, chunk) in chunks.iter().enumerate() {
        let text = "Some [text](/x \"t\") and [more](/y).\n```\n# code\n```";
        assert_eq!(*chunk, format!("# Title {n}\n{text}"));
    }
}

#[test]
fn what_has_no_place_to_cut_is_refused_when_it_is_long() {
    let cut = Cut { size: 10, overlap: 0, keep_separator: false };
    let mut emit = |_: &str| Ok::<(), ()>(());
    let text = "x ".repeat(1 << 20);
    let (done, _) = to_end(async { split(&text, &[" "], cut, Style::default(), &mut Turn::new(), &mut emit).await });
    let reason = done.expect("nothing fails").expect_err("it is too long");
    assert!(reason.ends_with("has 1048576 bytes at most"), "{reason}");
}

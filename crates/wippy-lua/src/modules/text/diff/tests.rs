//! Differences, patches and what becomes of them on other texts.

use super::super::super::long::to_end;
use super::edits::{Edit, Op, distance, efficient, merge, readable, side};
use super::fuzzy::Near;
use super::myers::{Ways, diff};
use super::work::Work;
use super::{apply, apply::Tolerance, patch};

const WAYS: Ways = Ways { halves: true };
const NEAR: Near = Near { threshold: 0.5, distance: 1000.0 };

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn edits(a: &str, b: &str) -> Vec<Edit<char>> {
    differing(a, b, WAYS, 50_000_000).0
}

/// The edits that are found with so much work, and how often the search has paused.
fn differing(a: &str, b: &str, ways: Ways, units: u64) -> (Vec<Edit<char>>, usize) {
    to_end(async { diff(&chars(a), &chars(b), ways, &mut Work::new(units)).await })
}

fn unlimited() -> Work {
    Work::new(u64::MAX)
}

/// `=stays -goes +comes`
fn shown(edits: &[Edit<char>]) -> String {
    let one = |edit: &Edit<char>| {
        let sign = match edit.op {
            Op::Delete => '-',
            Op::Insert => '+',
            Op::Equal => '=',
        };
        format!("{sign}{}", edit.items.iter().collect::<String>())
    };
    edits.iter().map(one).collect::<Vec<_>>().join("|")
}

fn text_of(edits: &[Edit<char>], without: Op) -> String {
    side(edits, without).into_iter().collect()
}

#[test]
fn differences() {
    for (a, b, wanted) in [
        ("", "", ""),
        ("abc", "abc", "=abc"),
        ("", "abc", "+abc"),
        ("abc", "", "-abc"),
        ("abc", "ab123c", "=ab|+123|=c"),
        ("a123bc", "abc", "=a|-123|=bc"),
        ("abc", "a123b456c", "=a|+123|=b|+456|=c"),
        ("a", "b", "-a|+b"),
        ("The cat", "The dog", "=The |-cat|+dog"),
        ("äöü", "äü", "=ä|-ö|=ü"),
        ("mouse", "sofas", "-m|+s|=o|-u|+fa|=s|-e"),
        ("Apples are a fruit.", "Bananas are also fruit.", "-Apple|+Banana|=s are a|+lso|= fruit."),
    ] {
        assert_eq!(shown(&edits(a, b)), wanted, "{a} {b}");
    }
}

#[test]
fn edits_are_put_together() {
    let list = |text: &str| -> Vec<Edit<char>> {
        let one = |part: &str| {
            let op = [('-', Op::Delete), ('+', Op::Insert), ('=', Op::Equal)]
                .into_iter()
                .find_map(|(sign, op)| part.starts_with(sign).then_some(op));
            Edit::new(op.expect("a sign"), chars(&part[1..]))
        };
        text.split('|').map(one).collect()
    };
    for (before, after) in [
        ("=a|=b|=c", "=abc"),
        ("-a|+b|-c|+d|=e", "-ac|+bd|=e"),
        ("-a|+abc|-dc", "=a|-d|+b|=c"),
        ("=a|+ba|=c", "+ab|=ac"),
        ("=c|+ab|=a", "=ca|+ba"),
    ] {
        assert_eq!(shown(&to_end(async { merge(list(before), &mut unlimited()).await }).0), after, "{before}");
    }
    let readable = |text| to_end(async { shown(&readable(list(text), &mut unlimited()).await) }).0;
    assert_eq!(readable("-a|=b|-c"), "-abc|+b");
    assert_eq!(readable("-ab|=cd|-e"), "-ab|=cd|-e");
    let efficient = |text| to_end(async { shown(&efficient(list(text), 4, &mut unlimited()).await) }).0;
    assert_eq!(efficient("-ab|+12|=xyz|-cd|+34"), "-abxyzcd|+12xyz34");
    assert_eq!(efficient("-ab|+12|=wxyz|-cd|+34"), "-ab|+12|=wxyz|-cd|+34");
    assert_eq!(distance(&list("-abc|+1234|=xyz|-d")), 5);
}

#[test]
fn without_work_left_the_answer_is_coarse_but_right() {
    let (a, b) = ("abcdefgh".repeat(50), "hgfedcba".repeat(50));
    for units in [1, 100, 10_000] {
        let found = differing(&a, &b, WAYS, units).0;
        assert_eq!((text_of(&found, Op::Insert), text_of(&found, Op::Delete)), (a.clone(), b.clone()));
    }
}

/// Each of these held a worker for long.
#[test]
fn long_comparisons_pause() {
    let (a, b) = ("abcdefgh".repeat(200), "hgfedcba".repeat(200));
    let (found, pauses) = differing(&a, &b, WAYS, u64::MAX);
    assert_eq!(text_of(&found, Op::Delete), b);
    assert!(pauses > 3, "{pauses}");
    let lines: String = (0..20_000).map(|n| format!("{n}\n")).collect();
    assert!(differing(&lines, &lines.repeat(2), WAYS, u64::MAX).1 > 3);
    let far = || Near { threshold: 0.9, distance: 1e9 };
    let (text, pattern) = (chars(&"abc".repeat(50_000)), chars("xaxbxcxdx"));
    let (found, pauses) = to_end(async { far().find(&text, &pattern, 0, &mut unlimited()).await });
    assert!(found.is_some() && pauses > 3, "{pauses}");
    let (_, pauses) = to_end(async {
        let new = "ü".repeat(100_000);
        let edits = vec![Edit::new(Op::Insert, chars(&new))];
        let patches = patch::make(&[], &chars(&new), edits, 4, &mut unlimited()).await;
        let text = patches[0].text(&mut unlimited()).await;
        assert_eq!(patch::Patch::read(&text, &mut unlimited()).await, Some(patches));
    });
    assert!(pauses > 3, "{pauses}");
}

#[test]
fn matches_near_a_place() {
    let find = |text: &str, pattern: &str, place: usize, near: Near| {
        to_end(async { near.find(&chars(text), &chars(pattern), place, &mut Work::new(1_000_000)).await }).0
    };
    let near = Near { threshold: 0.5, distance: 100.0 };
    for (text, pattern, place, found) in [
        ("abcdefghijk", "fgh", 5, Some(5)),
        ("abcdefghijk", "fgh", 0, Some(5)),
        ("abcdefghijk", "efxhi", 0, Some(4)),
        ("abcdefghijk", "cdefxyhijk", 5, Some(2)),
        ("abcdefghijk", "bxy", 1, None),
        ("123456789xx0", "3456789x0", 2, Some(2)),
        ("abcdef", "xxabc", 4, Some(0)),
        ("abcdef", "defyy", 4, Some(3)),
        ("abcdef", "xabcdefy", 0, Some(0)),
        ("", "abc", 0, None),
        ("abc", "", 3, Some(3)),
    ] {
        assert_eq!(find(text, pattern, place, near), found, "{text} {pattern}");
    }
    let far = "I am the very model of a modern major general.";
    assert_eq!(find(far, " that berry ", 5, Near { threshold: 0.7, distance: 1000.0 }), Some(4));
    assert_eq!(find("abcdefghijklmnopqrstuvwxyz", "abcdefg", 24, Near { threshold: 0.5, distance: 10.0 }), None);
    assert_eq!(find("abcdefghijklmnopqrstuvwxyz", "abcdxxefg", 1, Near { threshold: 0.5, distance: 10.0 }), Some(0));
    assert_eq!(find("abcdef", "abcdef", 5, Near { threshold: 0.0, distance: 0.0 }), Some(0));
}

fn made(a: &str, b: &str) -> Vec<patch::Patch> {
    to_end(async { patch::make(&chars(a), &chars(b), edits(a, b), 4, &mut unlimited()).await }).0
}

fn applied(patches: &[patch::Patch], text: &str) -> (String, bool) {
    let tolerance = Tolerance { near: NEAR, delete_threshold: 0.5 };
    let work = &mut unlimited();
    let ((text, all), _) = to_end(apply::apply(patches, chars(text), tolerance, WAYS, work));
    (text.into_iter().collect(), all)
}

fn text(patch: &patch::Patch) -> String {
    to_end(async { patch.text(&mut unlimited()).await }).0
}

fn read(text: &str) -> Option<Vec<patch::Patch>> {
    to_end(async { patch::Patch::read(text, &mut unlimited()).await }).0
}

const FOX: &str = "The quick brown fox jumps over the lazy dog.";

#[test]
fn patches_have_a_text_form() {
    let texts = |a: &str, b: &str| made(a, b).iter().map(text).collect::<String>();
    assert_eq!(texts("", ""), "");
    assert_eq!(texts("", "a"), "@@ -0,0 +1 @@\n+a\n");
    assert_eq!(texts("a", ""), "@@ -1 +0,0 @@\n-a\n");
    assert_eq!(texts("abc", "abd"), "@@ -1,3 +1,3 @@\n ab\n-c\n+d\n");
    assert_eq!(texts("x\n%ü", "x\n%ö"), "@@ -1,4 +1,4 @@\n x%0A%25\n-%C3%BC\n+%C3%B6\n");
    for (a, b) in [(FOX, "That quick brown fox jumped over a lazy dog."), ("", "a\nb"), ("`=[]\\{}|\t", "~!@#$^&*()")] {
        let patches = made(a, b);
        let read: Vec<_> = patches.iter().flat_map(|p| read(&text(p)).expect("it reads back")).collect();
        assert_eq!(read, patches);
    }
}

#[test]
fn what_is_no_patch() {
    for text in [
        "Bad",
        "@@ -1 +1 @@",
        "@@ -1,x +1 @@\n a",
        "@@ -1 1 @@\n a",
        "@@ -1 +1\n a",
        "+a",
        "@@ -1 +1 @@\n*a",
        "@@ -1 +1 @@\n+%4",
        "@@ -1 +1 @@\n+%+4",
        "@@ -1 +1 @@\n+%FF",
        "@@ -99999999999999999999 +1 @@\n+a",
        "@@ - + @@\n+a",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
    assert_eq!(read(""), Some(Vec::new()));
}

#[test]
fn patches_are_applied_where_their_text_is() {
    let patches = made(FOX, "That quick brown fox jumped over a lazy dog.");
    for (text, wanted) in [
        (FOX, ("That quick brown fox jumped over a lazy dog.", true)),
        (
            "The quick red rabbit jumps over the tired tiger.",
            ("That quick red rabbit jumped over a tired tiger.", true),
        ),
        ("I am the very model of a modern major general.", ("I am the very model of a modern major general.", false)),
    ] {
        assert_eq!(applied(&patches, text), (wanted.0.to_owned(), wanted.1));
    }
    assert_eq!(applied(&made("", "test"), ""), ("test".to_owned(), true));
    assert_eq!(applied(&[], "x"), ("x".to_owned(), true));
    let longer = format!("before it. {FOX}");
    assert_eq!(
        applied(&patches, &longer),
        ("before it. That quick brown fox jumped over a lazy dog.".to_owned(), true)
    );
}

#[test]
fn long_stretches_may_differ_a_little() {
    let old = "x1234567890123456789012345678901234567890123456789012345678901234567890y";
    let patches = made(old, "xabcy");
    assert_eq!(
        applied(&patches, "x123456789012345678901234567890-----++++++++++-----123456789012345678901234567890y"),
        ("xabcy".to_owned(), true)
    );
    let other = "x12345678901234567890---------------++++++++++---------------12345678901234567890y";
    assert!(!applied(&patches, other).1);
}

proptest::proptest! {
    #[test]
    fn edits_lead_from_one_text_to_the_other(a in "[abc\n]{0,160}", b in "[abc\n]{0,160}", units in 0u64..20_000) {
        for units in [units, u64::MAX] {
            for halves in [true, false] {
                let found = differing(&a, &b, Ways { halves }, units).0;
                let work = &mut unlimited();
                let easy = to_end(async { readable(found.clone(), work).await }).0;
                let short = to_end(async { efficient(found.clone(), 4, work).await }).0;
                for found in [found, easy, short] {
                    proptest::prop_assert_eq!(text_of(&found, Op::Insert), a.clone());
                    proptest::prop_assert_eq!(text_of(&found, Op::Delete), b.clone());
                }
            }
        }
    }
    #[test]
    fn without_short_cuts_the_way_is_shortest(a in "[ab]{0,12}", b in "[ab]{0,12}") {
        let found = differing(&a, &b, Ways { halves: false }, u64::MAX).0;
        let cost: usize = found.iter().filter(|e| e.op != Op::Equal).map(|e| e.items.len()).sum();
        // The classic table of longest common subsequences.
        let (a, b) = (chars(&a), chars(&b));
        let mut row = vec![0usize; b.len() + 1];
        for x in &a {
            let mut corner = 0;
            for (n, y) in b.iter().enumerate() {
                let above = row[n + 1];
                row[n + 1] = if x == y { corner + 1 } else { above.max(row[n]) };
                corner = above;
            }
        }
        proptest::prop_assert_eq!(cost, a.len() + b.len() - 2 * row[b.len()]);
    }
    #[test]
    fn patches_turn_one_text_into_the_other(a in "[abcd \n]{0,200}", b in "[abcd \n\u{e9}]{0,200}", margin in 0usize..8) {
        let work = &mut unlimited();
        let patches = to_end(async { patch::make(&chars(&a), &chars(&b), edits(&a, &b), margin, work).await }).0;
        let read: Vec<_> = patches.iter().flat_map(|p| read(&text(p)).expect("reads")).collect();
        proptest::prop_assert_eq!(applied(&read, &a), (b, true));
    }
    #[test]
    fn any_patch_on_any_text_gets_an_answer(a in "[ab]{0,60}", b in "[ab]{0,60}", other in "[abc]{0,80}") {
        applied(&made(&a, &b), &other);
    }
    #[test]
    fn any_text_is_a_patch_or_none(text in "[@ 0-9,+\\-\na%]{0,40}") {
        let _ = read(&text);
    }
}

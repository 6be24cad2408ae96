//! Differences, patches and what becomes of them on other texts.

use super::edits::{Edit, Op, distance, efficient, merge, readable, side};
use super::fuzzy::Near;
use super::myers::{Ways, Work, diff};
use super::{apply, apply::Tolerance, patch};

const WAYS: Ways = Ways { halves: true };
const NEAR: Near = Near { threshold: 0.5, distance: 1000.0 };

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn edits(a: &str, b: &str) -> Vec<Edit<char>> {
    diff(&chars(a), &chars(b), WAYS, &mut Work::new(50_000_000, &mut || true))
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
        assert_eq!(shown(&merge(list(before))), after, "{before}");
    }
    assert_eq!(shown(&readable(list("-a|=b|-c"))), "-abc|+b");
    assert_eq!(shown(&readable(list("-ab|=cd|-e"))), "-ab|=cd|-e");
    assert_eq!(shown(&efficient(list("-ab|+12|=xyz|-cd|+34"), 4)), "-abxyzcd|+12xyz34");
    assert_eq!(shown(&efficient(list("-ab|+12|=wxyz|-cd|+34"), 4)), "-ab|+12|=wxyz|-cd|+34");
    assert_eq!(distance(&list("-abc|+1234|=xyz|-d")), 5);
}

#[test]
fn without_work_left_the_answer_is_coarse_but_right() {
    let (a, b) = ("abcdefgh".repeat(50), "hgfedcba".repeat(50));
    for units in [1, 100, 10_000] {
        let found = diff(&chars(&a), &chars(&b), WAYS, &mut Work::new(units, &mut || true));
        assert_eq!((text_of(&found, Op::Insert), text_of(&found, Op::Delete)), (a.clone(), b.clone()));
    }
    // Somebody may lose patience.
    let found = diff(&chars(&a.repeat(100)), &chars(&b.repeat(100)), WAYS, &mut Work::new(u64::MAX, &mut || false));
    assert_eq!(text_of(&found, Op::Delete), b.repeat(100));
}

#[test]
fn matches_near_a_place() {
    let find = |text: &str, pattern: &str, place: usize, near: Near| {
        near.find(&chars(text), &chars(pattern), place, &mut Work::new(1_000_000, &mut || true))
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
    patch::make(&chars(a), &chars(b), edits(a, b), 4, &mut Work::new(50_000_000, &mut || true))
}

fn applied(patches: &[patch::Patch], text: &str) -> (String, bool) {
    let tolerance = Tolerance { near: NEAR, delete_threshold: 0.5 };
    let mut patience = || true;
    let work = &mut Work::new(50_000_000, &mut patience);
    let (text, all) = apply::apply(patches, chars(text), tolerance, WAYS, work).expect("there is work left");
    (text.into_iter().collect(), all)
}

const FOX: &str = "The quick brown fox jumps over the lazy dog.";

#[test]
fn patches_have_a_text_form() {
    let text = |a: &str, b: &str| made(a, b).iter().map(patch::Patch::text).collect::<String>();
    assert_eq!(text("", ""), "");
    assert_eq!(text("", "a"), "@@ -0,0 +1 @@\n+a\n");
    assert_eq!(text("a", ""), "@@ -1 +0,0 @@\n-a\n");
    assert_eq!(text("abc", "abd"), "@@ -1,3 +1,3 @@\n ab\n-c\n+d\n");
    assert_eq!(text("x\n%ü", "x\n%ö"), "@@ -1,4 +1,4 @@\n x%0A%25\n-%C3%BC\n+%C3%B6\n");
    for (a, b) in [(FOX, "That quick brown fox jumped over a lazy dog."), ("", "a\nb"), ("`=[]\\{}|\t", "~!@#$^&*()")] {
        let patches = made(a, b);
        let read: Vec<_> = patches.iter().flat_map(|p| patch::Patch::read(&p.text()).expect("it reads back")).collect();
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
        assert_eq!(patch::Patch::read(text), None, "{text}");
    }
    assert_eq!(patch::Patch::read(""), Some(Vec::new()));
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
                let found = diff(&chars(&a), &chars(&b), Ways { halves }, &mut Work::new(units, &mut || true));
                for found in [found.clone(), readable(found.clone()), efficient(found, 4)] {
                    proptest::prop_assert_eq!(text_of(&found, Op::Insert), a.clone());
                    proptest::prop_assert_eq!(text_of(&found, Op::Delete), b.clone());
                }
            }
        }
    }
    #[test]
    fn without_short_cuts_the_way_is_shortest(a in "[ab]{0,12}", b in "[ab]{0,12}") {
        let found = diff(&chars(&a), &chars(&b), Ways { halves: false }, &mut Work::new(u64::MAX, &mut || true));
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
        let mut patience = || true;
        let mut work = Work::new(u64::MAX, &mut patience);
        let patches = patch::make(&chars(&a), &chars(&b), edits(&a, &b), margin, &mut work);
        let read: Vec<_> = patches.iter().flat_map(|p| patch::Patch::read(&p.text()).expect("reads")).collect();
        proptest::prop_assert_eq!(applied(&read, &a), (b, true));
    }
    #[test]
    fn any_patch_on_any_text_gets_an_answer(a in "[ab]{0,60}", b in "[ab]{0,60}", other in "[abc]{0,80}") {
        applied(&made(&a, &b), &other);
    }
    #[test]
    fn any_text_is_a_patch_or_none(text in "[@ 0-9,+\\-\na%]{0,40}") {
        let _ = patch::Patch::read(&text);
    }
}

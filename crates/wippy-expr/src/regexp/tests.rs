//! What expressions mean, and which are none.

use super::{Matcher, SOURCE_MAX, STEPS_MAX, build, compile, compile_within, parse};

fn found(pattern: &str, text: &str) -> Option<String> {
    let regex = compile(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}"));
    regex.find(text).map(|found| text[found.range()].to_owned())
}

#[test]
fn expressions_match() {
    for (pattern, text, wanted) in [
        ("", "a", Some("")),
        ("a|b", "xb", Some("b")),
        ("a|ab", "ab", Some("a")),
        ("(|a)*", "aa", Some("")),
        ("(?:ab)+c?", "xababc", Some("ababc")),
        ("a.c", "a\nc", None),
        ("(?s)a.c", "a\nc", Some("a\nc")),
        ("(?s:a.)c.", "a\nc\n", None),
        ("^.$", "ß", Some("ß")),
        ("^a$", "a\n", None),
        ("(?m)^b$", "a\nb\nc", Some("b")),
        (r"(?m)\Ab", "a\nb", None),
        (r"(?m)a\z", "a\nb", None),
        ("a+?", "aaa", Some("a")),
        ("(?U)a+", "aaa", Some("a")),
        ("(?U)a+?", "aaa", Some("aaa")),
        ("(?U:a+)a*", "aaa", Some("aaa")),
        ("(?i)K", "k", Some("k")),
        ("(?i)k", "\u{212A}", Some("\u{212A}")),
        ("(?i:a)b", "Ab", Some("Ab")),
        ("(?i:a)b", "AB", None),
        ("(?i)a(?-i)b", "Ab", Some("Ab")),
        ("(a(?i)b)c", "aBc", Some("aBc")),
        ("(a(?i)b)c", "aBC", None),
        ("a(?i)*", "aaA", Some("aa")),
        ("(?is-m:A.)", "a\n", Some("a\n")),
        ("a{2}", "aaa", Some("aa")),
        ("a{2,}", "aaa", Some("aaa")),
        ("a{1,2}", "aaa", Some("aa")),
        ("a{1,2}?", "aaa", Some("a")),
        ("a{0}b", "ab", Some("b")),
        ("x{,2}{y}{", "x{,2}{y}{", Some("x{,2}{y}{")),
        ("{{x}}", "{{x}}", Some("{{x}}")),
        ("x{01}", "x{01}", Some("x{01}")),
        ("^*a", "a", Some("a")),
        (r"\bcat\b", "a cat.", Some("cat")),
        (r"\bx\b", "üxü", Some("x")),
        (r"a\B", "ab", Some("a")),
        (r"^\C\C$", "ü", Some("ü")),
        ("a&&b~~c--d", "a&&b~~c--d", Some("a&&b~~c--d")),
        ("a b#c", "a b#c", Some("a b#c")),
        ("]}", "]}", Some("]}")),
        // What is quoted need not come to an end.
        (r"\Qa.(\", r"a.(\", Some(r"a.(\")),
    ] {
        assert_eq!(found(pattern, text).as_deref(), wanted, "{pattern} on {text}");
    }
}

#[test]
fn escapes_are_characters() {
    for (pattern, text) in [
        (r"\a\f\t\n\r\v", "\x07\x0C\t\n\r\x0B"),
        (r"\123\0\08\12", "S\0\x008\n"),
        (r"\x7F\x{10FFFF}\x{fc}\x41", "\x7F\u{10FFFF}üA"),
        (r"\.\*\\\[\]\{\}\(\)\+\?\^\$\|", ".*\\[]{}()+?^$|"),
        (r"\<\>\_\-\ \/\&\~\#\%", "<>_- /&~#%"),
        (r"\Qa.b\E+", "a.bb"),
        (r"\Q*+\Ex\Q\E", "*+x"),
        (r"[\a\f\t\n\r\v\123\x{fc}\]\^\-\\]{11}", "\x07\x0C\t\n\r\x0BSü]^-"),
    ] {
        assert_eq!(found(&format!("^(?:{pattern})"), text).as_deref(), Some(text), "{pattern}");
    }
}

#[test]
fn sets_of_characters() {
    for (pattern, inside, outside) in [
        (r"\d", "09", "a١"),
        (r"\D", "a١", "0"),
        (r"\w", "aZ_9", "ß-"),
        (r"\W", "ß-", "a"),
        (r"\s", " \t\n\r\x0C", "\x0B\u{a0}"),
        (r"[\d\-x]", "1-x", "y"),
        (r"[\D]", "aß", "1"),
        (r"[^\d]", "a\n", "1"),
        (r"[^\D]", "1", "a"),
        (r"[a-c]", "abc", "d"),
        (r"[]a]", "]a", "b"),
        (r"[^]a]", "b", "]a"),
        (r"[a^]", "a^", "b"),
        (r"[a-]", "a-", "b"),
        (r"[-a]", "a-", "b"),
        (r"[a[b]", "a[b", "c"),
        (r"[a&&b]", "a&b", "c"),
        (r"[a~~b-]", "ab~-", "c"),
        (r"[\x00-\x{10FFFF}]", "aß\n", ""),
        (r"[[:alpha:]_]", "aZ_", "0ß"),
        (r"[[:^alpha:]]", "0ß", "aZ"),
        (r"[^[:^alpha:]]", "aZ", "0ß"),
        (r"[[:word:]]", "a_0", "-ß"),
        (r"[[:space:]]", " \x0B\n", "a"),
        (r"[[:ascii:]]", "a\x7F\0", "ß"),
        (r"[[:punct:]]", "!/:@[`{~", "a 0"),
        (r"[[:blank:][:cntrl:][:digit:][:lower:]]", " \x1F5a", "A"),
        (r"[[:graph:]]", "!~", " "),
        (r"[[:print:]]", " ~", "\x7F"),
        (r"[[:upper:][:xdigit:]]", "Af0", "g"),
        (r"[[:alnum:]]", "a0", "_"),
        (r"[[:alpha]", "[:alph", "]z"),
        (r"\pL", "aßあ", "1"),
        (r"\PL", "1 ", "aß"),
        (r"\pN", "1٣", "a"),
        (r"\p{Lu}", "AÜ", "aü"),
        (r"\p{^Lu}", "aü", "A"),
        (r"\P{^Lu}", "A", "aü"),
        (r"\p{Greek}", "αΩ", "a"),
        (r"[\p{Greek}\pN]", "α1", "a"),
        (r"[^\PL]", "aß", "1"),
        (r"\p{Letter}", "aß", "1"),
        (r"\p{Any}", "a\n", ""),
        (r"\p{Zl}", "\u{2028}", "\n"),
        (r"(?i)[a-c]", "aBC", "d"),
        (r"(?i)[^a]", "b", "aA"),
        (r"(?i)\p{Lu}", "aA", "1"),
        (r"(?i)\w", "a\u{17F}\u{212A}", "ß"),
        (r"(?i)[[:lower:]]", "aZ", "1"),
        (r"(?i)ß", "ßẞ", "s"),
    ] {
        for (chars, wanted) in [(inside, true), (outside, false)] {
            for c in chars.chars() {
                let whole = format!("^(?:{pattern})$");
                assert_eq!(found(&whole, &c.to_string()).is_some(), wanted, "{pattern} on {c:?}");
            }
        }
    }
}

#[test]
fn groups_have_numbers_and_names() {
    let regex = compile("(a)(?P<y>b(?<z_1>c))(?:d)(?P<1>e)").expect("it is good");
    let names: Vec<_> = regex.group_info().pattern_names(regex_automata::PatternID::ZERO).collect();
    assert_eq!(names, [None, None, Some("y"), Some("z_1"), Some("1")]);
    let mut captures = regex.create_captures();
    regex.captures("abcde", &mut captures);
    let groups: Vec<_> = captures.iter().flatten().map(|span| &"abcde"[span.range()]).collect();
    assert_eq!(groups, ["abcde", "a", "bc", "c", "e"]);
}

#[test]
fn what_is_no_expression_is_refused_with_a_reason() {
    for (pattern, reason) in [
        ("(", "missing closing ): `(`"),
        ("a(b", "missing closing ): `a(b`"),
        ("a)", "unexpected ): `a)`"),
        ("(?i", "missing closing ): `(?i`"),
        ("[a", "missing closing ]: `[a`"),
        ("x[]", "missing closing ]: `[]`"),
        ("[a-", "missing closing ]: `[a-`"),
        ("*a", "missing argument to repetition operator: `*`"),
        ("(+)", "missing argument to repetition operator: `+`"),
        ("a|?", "missing argument to repetition operator: `?`"),
        ("{2}", "missing argument to repetition operator: `{2}`"),
        ("(?i)*", "missing argument to repetition operator: `*`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("a*+", "invalid nested repetition operator: `*+`"),
        ("a+{2}", "invalid nested repetition operator: `+{2}`"),
        ("a{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
        ("a???", "invalid nested repetition operator: `???`"),
        ("x{2,1}", "invalid repeat count: `{2,1}`"),
        ("x{1001}", "invalid repeat count: `{1001}`"),
        ("x{1,99999999999999999999}", "invalid repeat count: `{1,99999999999999999999}`"),
        ("(?:a{1000}){2}", "invalid repeat count: `{2}`"),
        ("((a{10}|b){10}c){11}", "invalid repeat count: `{11}`"),
        (r"\8", r"invalid escape sequence: `\8`"),
        (r"(a)\1", r"invalid escape sequence: `\1`"),
        (r"\Z", r"invalid escape sequence: `\Z`"),
        (r"\G", r"invalid escape sequence: `\G`"),
        (r"\R", r"invalid escape sequence: `\R`"),
        (r"\X", r"invalid escape sequence: `\X`"),
        (r"\u1234", r"invalid escape sequence: `\u`"),
        (r"\ü", r"invalid escape sequence: `\ü`"),
        (r"\k<a>", r"invalid escape sequence: `\k`"),
        (r"\x", r"invalid escape sequence: `\x`"),
        (r"\x1", r"invalid escape sequence: `\x1`"),
        (r"\x{110000}", r"invalid escape sequence: `\x{110000}`"),
        (r"\x{d800}", r"invalid escape sequence: `\x{d800}`"),
        (r"\x{}", r"invalid escape sequence: `\x{}`"),
        (r"[\b]", r"invalid escape sequence: `\b`"),
        (r"[\Qa\E]", r"invalid escape sequence: `\Q`"),
        (r"[a-\d]", r"invalid escape sequence: `\d`"),
        ("a\\", "trailing backslash at end of expression: ``"),
        ("[b-a]", "invalid character class range: `b-a`"),
        ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
        (r"\p{Nope}", r"invalid character class range: `\p{Nope}`"),
        (r"\p{Alphabetic}", r"invalid character class range: `\p{Alphabetic}`"),
        (r"\p{sc=Greek}", r"invalid character class range: `\p{sc=Greek}`"),
        (r"\p{IsGreek}", r"invalid character class range: `\p{IsGreek}`"),
        (r"\p{Greek", r"invalid character class range: `\p{`"),
        (r"\p", r"invalid character class range: `\p`"),
        (r"[\pJ]", r"invalid character class range: `\pJ`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?!a)", "invalid or unsupported Perl syntax: `(?!`"),
        ("(?<=a)", "invalid or unsupported Perl syntax: `(?<`"),
        ("(?<!a)", "invalid or unsupported Perl syntax: `(?<`"),
        ("(?>a)", "invalid or unsupported Perl syntax: `(?>`"),
        ("(?#a)", "invalid or unsupported Perl syntax: `(?#`"),
        ("(?x)a", "invalid or unsupported Perl syntax: `(?x`"),
        ("(?R)", "invalid or unsupported Perl syntax: `(?R`"),
        ("(?u)", "invalid or unsupported Perl syntax: `(?u`"),
        ("(?-u:a)", "invalid or unsupported Perl syntax: `(?-u`"),
        ("(?i-)", "invalid or unsupported Perl syntax: `(?i-)`"),
        ("(?i--s)", "invalid or unsupported Perl syntax: `(?i--`"),
        ("(?P=n)", "invalid or unsupported Perl syntax: `(?P`"),
        ("(?P<n>a)(?P<n>b)", "invalid named capture: `(?P<n>`"),
        ("(?P<>a)", "invalid named capture: `(?P<>`"),
        ("(?P<a b>a)", "invalid named capture: `(?P<a b>`"),
        ("(?<n", "invalid named capture: `(?<n`"),
    ] {
        assert_eq!(compile(pattern).map(|_| ()), Err(reason.to_owned()), "{pattern}");
    }
    // Words of other engines are plain characters here.
    assert!(found(r"\b{start}", "a").is_none());
}

#[test]
fn what_takes_too_much_is_refused() {
    for pattern in ["(a{1,100}b{1,100}c{1,100}d){10}".repeat(20), r"\pL{1000}".to_owned(), r"(?i)\pL".repeat(500)] {
        assert!(compile(&pattern).expect_err(&pattern).starts_with("expression too large: `"), "{pattern}");
    }
    assert!(compile_within("[a-z]{100}", 64).is_ok_and(|regex| regex.is_none()));
    let deep = |depth: usize| format!("{}a{}", "(?:(".repeat(depth / 2), ")*|b)".repeat(depth / 2));
    assert!(compile(&deep(200)).is_ok());
    assert!(compile(&deep(202)).expect_err("deep").starts_with("expression nests too deeply: `"));
}

#[test]
fn a_search_takes_what_it_is_given_and_no_more() {
    let matcher = Matcher::new("[12]*1[12]{500}c").unwrap();
    let mut random = 1u64;
    let mut text: Vec<u8> = std::iter::repeat_with(|| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        b'1' + (random >> 40) as u8 % 2
    })
    .take(20_000)
    .collect();
    let mut steps = STEPS_MAX;
    assert_eq!((matcher.is_match(&text, &mut steps), steps), (None, 0));
    assert_eq!((matcher.is_match(b"", &mut steps), steps), (None, 0));
    // Who is given more finds more.
    steps = usize::MAX;
    assert_eq!(matcher.is_match(&text, &mut steps), Some(false));
    text.push(b'c');
    let last = text.len() - 502;
    text[last] = b'1';
    assert_eq!(matcher.is_match(&text, &mut steps), Some(true));
    // An ordinary pattern in a long text.
    let (matcher, mut steps) = (Matcher::new("ab+c").unwrap(), STEPS_MAX);
    assert_eq!(matcher.is_match(&"ab".repeat(4 << 20).into_bytes(), &mut steps), Some(false));
    assert!(steps > STEPS_MAX / 2);
}

#[test]
fn searching_short_texts_is_counted() {
    let matcher = Matcher::new(&format!("^(?:{})$", "(?:a?){900}".repeat(30))).unwrap();
    let states = 27_000;
    let cost = |given: usize| {
        let mut steps = given;
        matcher.is_match(b"", &mut steps).map(|found| (found, given - steps))
    };
    // Its cache, the state it begins with, and the one at the end.
    let (found, first) = cost(STEPS_MAX).expect("it is enough for one");
    assert!(found && first > 3 * states, "{first}");
    // What was made is there for the next search.
    assert_eq!(cost(STEPS_MAX), Some((true, 8)));
    assert_eq!(cost(7), None);
    // What is not there any more is paid for again.
    *matcher.spare.lock().unwrap() = None;
    assert_eq!(cost(STEPS_MAX), Some((true, first)));
    assert!(matcher.size() < matcher.weight());
}

#[test]
fn matchers_have_bounds_on_text_and_size() {
    let long = "a".repeat(SOURCE_MAX + 1);
    let e = Matcher::new(&long).expect_err("it is too long");
    assert!(e.starts_with("expression too large: it has 16384 bytes at most: `aaaa"), "{e}");
    assert!(Matcher::new(&long[1..]).is_ok());
    assert!(Matcher::within("[a-z]{100}", 64).expect_err("small").starts_with("expression too large: `"));
    assert!(Matcher::new("[a-z]{100}").unwrap().size() < 1 << 16);
    assert!(Matcher::within("[a-z]{100}", 1 << 16).is_ok());
    assert_eq!(Matcher::new("(").unwrap_err(), compile("(").unwrap_err());
}

const PARTS: &[&str] = &[
    "a", "b", "c", ".", "[ab]", "[^a]", "^", "$", r"\b", "(", ")", "(a|", "(?i:", "(?:", "|", "*", "+", "?", "a*?",
    "b{1,2}",
];

proptest::proptest! {
    #[test]
    fn any_text_is_an_expression_or_none(pattern in r"[ab01(){}*+?|.^$,:<>P=!imsU\\\[\]xpLdQE-]{0,24}") {
        // What is read can be compiled, unless it is too large.
        if let Ok(parsed) = parse(&pattern) {
            proptest::prop_assert!(build(&parsed, 1 << 20).is_ok(), "{}", pattern);
        }
    }
    /// Where both know a syntax, it means the same to the engine's own parser.
    #[test]
    fn common_syntax_means_the_same(
        parts in proptest::collection::vec(proptest::sample::select(PARTS), 0..12),
        text in "[abcA\n]{0,12}",
    ) {
        let pattern = parts.concat();
        let ours = compile(&pattern);
        let theirs = regex_automata::meta::Regex::new(&pattern.replace(r"\b", r"(?-u:\b)"));
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            proptest::prop_assert_eq!(ours.find(&text), theirs.find(&text), "{}", pattern);
            let found = Matcher::new(&pattern).unwrap().is_match(text.as_bytes(), &mut { STEPS_MAX });
            proptest::prop_assert_eq!(found, Some(theirs.is_match(&text)), "{}", pattern);
        }
    }
}

//! Whatever the text: compiling and running come to an end, take a bounded amount, and never panic.

use super::{names, run};
use proptest::prelude::*;
use wippy_expr::{Limits, Program};

#[test]
fn runs_that_would_take_too_much() {
    for text in [
        "0..9223372036854775807",
        "(-9223372036854775807 - 1)..9223372036854775807",
        "len(0..100000000)",
        "map(1..1000, map(1..1000, map(1..1000, #)))",
        "all(1..1000, all(1..1000, all(1..1000, true)))",
        "repeat('x', 9223372036854775807)",
        "repeat('x', 100000000)",
        "reduce(1..60, #acc + #acc, 'x')",
        "reduce(1..60, replace(#acc, '', 'xxxxxxxx'), 'x')",
        // Shared parts look small, but whoever compares, shows or returns them sees all of it.
        "reduce(1..60, [#acc, #acc], 1)",
        "let a = reduce(1..60, [#acc, #acc], 1); a == reduce(1..60, [#acc, #acc], 1)",
        "string(reduce(1..60, [#acc, #acc], 1))",
        "toJSON(reduce(1..60, [#acc, #acc], 1))",
        "flatten(reduce(1..60, [#acc, #acc], 1))",
        "max(reduce(1..60, [#acc, #acc], 1))",
        "len(concat(1..100000, 1..100000, 1..100000, 1..100000, 1..100000, 1..100000, 1..100000))",
        "map(1..1000, 'x' matches ('a{20}' + string(#)))",
        "uniq(1..10000)",
        "sort(map(1..400000, -#))",
    ] {
        let error = run(text).expect_err(text).to_string();
        assert!(error.contains("budget exceeded"), "{text}: {error}");
    }
}

#[test]
fn values_are_only_so_deep() {
    assert!(run("reduce(1..100000, [#acc], 1)").expect_err("deep").to_string().contains("too deep"));
    assert!(run("reduce(1..100000, {{a: #acc}}, 1)").expect_err("deep").to_string().contains("too deep"));
    assert!(run(&format!("fromJSON('{}')", "[".repeat(100_000))).is_err());
}

#[test]
fn limits_are_the_callers() {
    let program = Program::compile("sum(1..100)").expect("compiles");
    assert!(program.run(&names(), &Limits::default()).is_ok());
    assert!(program.run(&names(), &Limits { steps: 50, ..Limits::default() }).is_err());
    assert!(program.run(&names(), &Limits { memory_bytes: 1000, ..Limits::default() }).is_err());
}

/// Nested as deep, and in as many ways, as can be: on a small stack.
#[test]
fn nesting_is_bounded_before_it_costs_stack() {
    let deep = |front: &str, middle: &str, back: &str, n: usize| front.repeat(n) + middle + &back.repeat(n);
    let shapes: Vec<Box<dyn Fn(usize) -> String + Send>> = vec![
        Box::new(move |n| deep("(", "1", ")", n)),
        Box::new(move |n| deep("[", "1", "]", n)),
        Box::new(move |n| deep("{a: ", "1", "}", n)),
        Box::new(move |n| deep("a[", "1", "]", n)),
        Box::new(move |n| deep("-", "1", "", n)),
        Box::new(move |n| deep("not ", "true", "", n)),
        Box::new(move |n| deep("map([1], ", "#", ")", n)),
        Box::new(move |n| deep("if true {", "1", "} else { 2 }", n)),
        Box::new(move |n| deep("true ? ", "1", " : 2", n)),
        Box::new(move |n| deep("1 ** ", "1", "", n)),
        Box::new(move |n| deep("len([", "1", "])", n)),
        Box::new(move |n| format!("[1]{}", " | map(#)".repeat(n))),
        Box::new(move |n| format!("a{}", " matches 'x'".repeat(n))),
        Box::new(move |n| format!("1{}", " < 2 == true".repeat(n))),
        Box::new(move |n| format!("1{}", " + 1".repeat(n))),
        Box::new(move |n| format!("a{}", ".b".repeat(n))),
        Box::new(move |n| (0..n).map(|n| format!("let v{n} = 1; ")).collect::<String>() + "1"),
    ];
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    let ran = thread.spawn(move || {
        for shape in &shapes {
            for n in [10, 30, 62, 1_000, 9_000, 100_000] {
                let _ = run(&shape(n));
            }
        }
        assert!(run(&shapes[0](30)).is_ok() && run(&shapes[0](1_000)).is_err());
        assert!(run(&shapes[14](4_000)).is_ok() && run(&shapes[14](100_000)).is_err());
    });
    ran.expect("a thread").join().expect("no panic");
}

const PIECES: &[&str] = &[
    "1",
    "2.5",
    "'a'",
    "nil",
    "true",
    "n",
    "list",
    "user",
    "users",
    "text",
    "missing",
    "#",
    "#acc",
    "#index",
    ".name",
    ".",
    "?.",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ",",
    ":",
    ";",
    "?",
    "??",
    "|",
    "..",
    "+",
    "-",
    "*",
    "/",
    "%",
    "**",
    "==",
    "!=",
    "<",
    "<=",
    "and",
    "or",
    "not",
    "in",
    "contains",
    "matches",
    "let x =",
    "if",
    "else",
    "map(",
    "filter(",
    "reduce(",
    "sort(",
    "len(",
    "groupBy(",
    "sortBy(",
    "get(",
    "split(",
    "max(",
    "string(",
    "toJSON(",
    "date(",
    "duration('1s')",
    "repeat(",
];

proptest! {
    #[test]
    fn any_pieces_get_an_answer(pieces in proptest::collection::vec(0..PIECES.len(), 0..24)) {
        let text: Vec<&str> = pieces.into_iter().map(|n| PIECES[n]).collect();
        let _ = run(&text.join(" "));
    }
    #[test]
    fn any_text_gets_an_answer(text in ".{0,60}") {
        let _ = run(&text);
    }
    #[test]
    fn operators_in_a_row_give_what_they_should(numbers in proptest::collection::vec(-1000i64..1000, 1..20)) {
        let text: Vec<String> = numbers.iter().map(i64::to_string).collect();
        let sum: i64 = numbers.iter().sum();
        prop_assert_eq!(run(&text.join(" + ")).expect("runs"), wippy_expr::Value::Int(sum));
    }
}

#[test]
fn the_patterns_of_a_text_have_bounds_together() {
    let rules = |pattern: &str, count: usize| vec![format!("a matches '{pattern}'"); count].join(" || ");
    let refused = |text: &str| Program::compile(text).expect_err("it is too much").to_string();
    assert!(Program::compile(&rules("^[a-z]+@b$", 100)).is_ok());
    let e = refused(&rules(&"a".repeat(200), 90));
    assert!(e.contains("all patterns of an expression have 16384 bytes at most"), "{e}");
    assert!(!e.contains("when compiled"), "{e}");
    let e = refused(&rules(r"\\pL{3}", 500));
    assert!(e.contains("all patterns of an expression have 1048576 bytes at most when compiled"), "{e}");
    let one = Program::compile("a matches 'b'").unwrap().weight();
    assert!(one > 64 << 10 && Program::compile(&rules("b", 10)).unwrap().weight() > 9 * one);
}

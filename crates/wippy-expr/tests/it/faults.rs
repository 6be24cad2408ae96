//! What is refused, and with which words.

use super::{names, run};
use wippy_expr::Program;

#[test]
fn what_is_no_program() {
    for (text, part) in [
        ("", "unexpected end of expression (1:1)"),
        ("1 +", "unexpected end of expression (1:4)"),
        ("1 2", "unexpected number (1:3)"),
        ("a\n  b", "unexpected 'b' (2:3)"),
        ("(1", "unexpected end"),
        ("[1", "unexpected end"),
        ("{a 1}", "unexpected number"),
        ("'abc", "literal not terminated"),
        ("'a\nb'", "literal not terminated"),
        ("`abc", "literal not terminated"),
        ("/* a", "unclosed comment"),
        (r"'\q'", "unknown escape"),
        (r"'\x4'", "invalid escape"),
        (r"'\x+4'", "invalid escape"),
        (r"'\ud800'", "invalid escape"),
        ("1__0", "bad number syntax"),
        ("0x", "bad number syntax"),
        ("1e", "bad number syntax"),
        ("1e9999", "bad number syntax"),
        ("9223372036854775808", "bad number syntax"),
        ("a ~ b", "unrecognized character"),
        ("foo(1)", "unknown name foo (1:1)"),
        ("len()", "not enough arguments to call len"),
        ("len(1, 2)", "too many arguments to call len"),
        ("filter([1])", "filter needs a closure"),
        ("filter([1], true, 2)", "too many arguments"),
        ("#", "only known in closures"),
        ("map([1], #acc)", "unknown pointer #acc"),
        (".a", "unexpected '.'"),
        ("let in = 1; 2", "cannot use 'in'"),
        ("let len = 1; 2", "cannot use 'len'"),
        ("let a = 1; let a = 2; a", "there already"),
        ("a ?? b + c", "cannot be mixed"),
        ("a not b", "unexpected 'not'"),
        ("a matches '('", "error parsing regexp: "),
        ("a matches '(?:a{1000}){1000}'", "error parsing regexp: invalid repeat count"),
        ("a matches '(?:a|bc){1000}(?:d|ef){1000}'", "error parsing regexp: expression too large"),
        ("if true { 1 }", "unexpected end"),
        ("a ? b", "unexpected end"),
        ("a[", "unexpected end"),
        ("a.1", "unexpected number"),
    ] {
        let error = Program::compile(text).expect_err(text).to_string();
        assert!(error.contains(part), "{text}: '{error}' does not contain '{part}'");
    }
}

#[test]
fn types_that_do_not_fit_show_before_a_run() {
    for (text, part) in [
        ("1 + 'a'", "+ (mismatched types int and string)"),
        ("true and 1", "and (mismatched types bool and int)"),
        ("1 ? 2 : 3", "condition (type int)"),
        ("!1", "! (type int)"),
        ("-'a'", "- (type string)"),
        ("-duration('1h')", "- (type time.Duration)"),
        ("1.5 % 2", "% (mismatched"),
        ("1 < 'a'", "< (mismatched"),
        ("1 in 2", "in (mismatched"),
        ("'a' contains 1", "contains (mismatched"),
        ("1 matches 'a'", "matches (type int)"),
        ("'a'..2", ".. (mismatched"),
        ("upper(1)", "invalid argument #1 for upper (type int)"),
        ("filter(1, true)", "invalid argument #1 for filter (type int)"),
        ("filter([1], 1)", "closure of filter should return bool (got int)"),
        ("'a'.b", "type string has no field b"),
    ] {
        let error = Program::compile(text).expect_err(text).to_string();
        assert!(error.contains(part), "{text}: '{error}' does not contain '{part}'");
    }
}

#[test]
fn names_that_are_known_are_checked() {
    for (text, part) in
        [("unheard", "unknown name unheard (1:1)"), ("text + 1", "+ (mismatched"), ("n and true", "and (mismatched")]
    {
        assert!(Program::compile(text).is_ok());
        let error = Program::compile_for(text, &names()).expect_err(text).to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
    for text in ["n + x", "user.anything", "nothing == 1", "let k = n; k + 1", "map(list, # + n)"] {
        assert!(Program::compile_for(text, &names()).is_ok(), "{text}");
    }
}

#[test]
fn what_a_run_cannot_do() {
    for (text, part) in [
        ("missing + 1", "+ (mismatched types nil and int)"),
        ("missing > 1", "> (mismatched"),
        ("missing.a", "cannot fetch a from nil"),
        ("user.name.first", "cannot fetch first from string"),
        ("list[9]", "index out of range: 9 (array length is 3)"),
        ("list[-4]", "index out of range: -4"),
        ("list['a']", "cannot fetch string from array"),
        ("n[0]", "cannot fetch int from int"),
        ("n[1:]", "cannot slice int"),
        ("missing ? 1 : 2", "a condition must be bool, got nil"),
        ("not n", "! on int"),
        ("n and true", "mismatched types"),
        ("true and n", "and on bool and int"),
        ("n % 0", "divide by zero"),
        ("upper(n)", "invalid argument #1 for upper (type int)"),
        ("int('x')", "int(\"x\")"),
        ("len(n)", "invalid argument for len (type int)"),
        ("sort([1, 'a'])", "cannot sort"),
        ("sortBy(users, .name, 'up')", "expected asc or desc"),
        ("reduce([], #acc + #)", "initial value"),
        ("filter(list, #)", "should return bool (got int)"),
        ("filter(n, true)", "invalid argument #1 for filter"),
        ("join([1])", "join needs strings"),
        ("repeat('x', -1)", "repeat count is negative"),
        ("take(list, -1)", "negative"),
        ("fromPairs([[[1], 2]])", "cannot be a key"),
        ("fromPairs([1])", "needs pairs"),
        ("groupBy([[1]], #)", "cannot be a key"),
        ("fromJSON('{')", "fromJSON: "),
        ("toJSON(0.0 / 0)", "no number of JSON"),
        ("fromBase64('a')", "malformed"),
        ("date('soon')", "invalid date"),
        ("duration('soon')", "invalid duration"),
        ("timezone('Not/AZone')", "unknown time zone"),
        ("duration('1h').Seconds(1)", "no method Seconds"),
        ("date('2023-08-14').Before('x')", "no method Before"),
        ("n.foo()", "int has no method foo"),
        ("text matches missing", "matches (mismatched"),
        ("text matches ('(' + '')", "error parsing regexp"),
        ("max()", "not enough arguments"),
        ("min('a')", "invalid argument"),
        ("bitshl(1, -1)", "negative shift"),
    ] {
        let error = run(text).expect_err(text).to_string();
        assert!(error.contains(part), "{text}: '{error}' does not contain '{part}'");
    }
}

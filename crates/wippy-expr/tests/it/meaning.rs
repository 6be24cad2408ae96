//! Both columns are expressions; their results must be of one sort and equal.

use super::{names, run};
use wippy_expr::{Program, Type};

#[track_caller]
fn same(cases: &[(&str, &str)]) {
    for (text, wanted) in cases {
        let got = run(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let wanted = run(wanted).unwrap_or_else(|e| panic!("{wanted}: {e}"));
        assert!(got == wanted && got.sort() == wanted.sort(), "{text} is {got:?}, not {wanted:?}");
    }
}

#[test]
fn literals() {
    same(&[
        ("0x_2A + 0b101 + 0o17", "62"),
        ("1_000", "1000"),
        ("0xFF", "255"),
        (".5e+2", "50.0"),
        ("1e3", "1000.0"),
        (r#""a\tb\x41\u00e9\101" "#, "'a\tbA\u{e9}A'"),
        (r"'it\'s'", r#""it's""#),
        ("`a\\n`", r"'a\\n'"),
        ("[1, 2, 3,]", "1..3"),
        ("{a: 1, 'b c': [n], (text): 2, 7: nil}['b c'][0]", "5"),
        ("{a: 1}.a /* one */ + // two\n 1", "2"),
        ("true and not false", "true"),
    ]);
}

#[test]
fn arithmetic() {
    same(&[
        ("1 + 2 * 3 - 4", "3"),
        ("(1 + 2) * 3", "9"),
        ("5 / 2", "2.5"),
        ("4 / 2", "2.0"),
        ("7 % 3", "1"),
        ("-7 % 3", "-1"),
        ("2 ** 3 ** 2", "512.0"),
        ("-2 ** 2", "-4.0"),
        ("2 ^ 3", "8.0"),
        ("1 + 0.5", "1.5"),
        ("n * x", "12.5"),
        ("9223372036854775807 + 1", "-9223372036854775807 - 1"),
        ("'a' + text", "'ahello'"),
        ("-n + +n", "0"),
        ("1 / 0 > 5", "true"),
    ]);
}

#[test]
fn comparison_and_logic() {
    same(&[
        ("1 == 1.0", "true"),
        ("[1, {a: 2}] == [1.0, {a: 2.0}]", "true"),
        ("'1' == 1", "false"),
        ("nil == nil and nil != 0", "true"),
        ("1 < n < 10", "true"),
        ("1 < n < 3", "false"),
        ("'a' < 'b'", "true"),
        ("1 != 2 == true", "true"),
        ("true or missing.deeper", "true"),
        ("false and missing.deeper", "false"),
        ("not (1 > 2) && !false || false", "true"),
        ("not true == false", "true"),
        ("n > 3 ? 'big' : 'small'", "'big'"),
        ("n < 3 ? 1 : n < 6 ? 2 : 3", "2"),
        ("true ?: false", "true"),
        ("nothing ?? missing ?? 'x'", "'x'"),
        ("(nothing ?? 1) + 1", "2"),
        ("if n > 3 { 'a' } else if n > 2 { 'b' } else { 'c' }", "'a'"),
        ("let a = 1; let b = a + 1; a + b", "3"),
        ("1; 2; 3", "3"),
    ]);
}

#[test]
fn membership() {
    same(&[
        ("2 in list and 7 not in list", "true"),
        ("'age' in user and 'x' not in user", "true"),
        ("n in 1..5", "true"),
        ("not (n in 1..4)", "true"),
        ("1 in nothing", "false"),
        ("text contains 'ell' and text not contains 'x'", "true"),
        ("text startsWith 'he' and text endsWith 'lo' and not (text startsWith 'x')", "true"),
        ("text matches '^h.*o$' and text not matches 'z'", "true"),
        ("text matches ('^' + 'h')", "true"),
        ("'\u{661}' matches '^\\\\d$'", "false"),
        ("bytes matches 'x'", "false"),
        ("bytes == bytes and bytes != text", "true"),
    ]);
}

#[test]
fn paths() {
    same(&[
        ("user.name + user['name']", "'AnnAnn'"),
        ("user.missing == nil and user['missing'] == nil", "true"),
        ("nothing?.a.b.c", "nil"),
        ("nothing?.[0]", "nil"),
        ("user?.tags[-1]", "'b'"),
        ("list[0] + list[-1]", "5"),
        ("list[1:] == [1, 2] and list[:1] == [3] and list[-2:] == [1, 2] and list[9:] == []", "true"),
        ("text[1:3]", "'el'"),
        ("missing == nil", "true"),
        ("$env.n + $env['n']", "10"),
        ("users | filter(.age > 18) | map(.name)", "['Ann', 'Cid']"),
        ("{in: 1}.in", "1"),
    ]);
}

#[test]
fn closures() {
    same(&[
        ("filter(list, {# > 1})", "[3, 2]"),
        ("filter(list, # > 1)", "[3, 2]"),
        ("map(users, {.name})", "['Ann', 'Bob', 'Cid']"),
        ("map([10, 20], #index)", "[0, 1]"),
        ("map(1..2, {{a: #}})[1].a", "2"),
        ("map(1..2, map(1..#, # * 10))", "[[10], [10, 20]]"),
        ("all(list, # > 0) and none(list, # > 3) and any(list, # == 3) and one(list, # == 1)", "true"),
        ("count(users, .age > 18)", "2"),
        ("count([true, false, true])", "2"),
        ("sum(list)", "6"),
        ("sum(users, .age)", "103"),
        ("sum([1, 0.5])", "1.5"),
        ("find(users, .age < 18).name", "'Bob'"),
        ("find(users, .age < 1)", "nil"),
        ("findIndex(list, # == 2)", "2"),
        ("findLast(list, # > 1)", "2"),
        ("findLastIndex(list, # == 9)", "-1"),
        ("reduce(list, #acc + #)", "6"),
        ("reduce(list, #acc + # * #index, 100)", "105"),
        ("groupBy(1..5, # % 2)[1]", "[1, 3, 5]"),
        ("sortBy(users, .age, 'desc') | map(.name)", "['Cid', 'Ann', 'Bob']"),
        ("sortBy(users, -.age)[0].name", "'Cid'"),
        ("sort(list)", "[1, 2, 3]"),
        ("sort(['b', 'a'], 'desc')", "['b', 'a']"),
        ("let least = 1; filter(list, {let twice = # * 2; twice > least * 3})", "[3, 2]"),
        ("users | map(.age) | filter(# > 20) | sum()", "86"),
        ("map({b: 2, a: 1}, #)", "[1, 2]"),
        ("list | map({# + 1}) | len()", "3"),
    ]);
}

#[test]
fn functions() {
    same(&[
        ("len('\u{e9}\u{1f642}') + len(list) + len(user) + len(bytes)", "10"),
        ("max(5, 7) + min([4, 2], 3)", "9"),
        ("max(1.5, 2)", "2"),
        ("abs(-5) + abs(-1.5)", "6.5"),
        ("[ceil(1.2), floor(1.8), round(1.5), round(-1.5)]", "[2.0, 1.0, 2.0, -2.0]"),
        ("mean([1, 2, 3, 4])", "2.5"),
        ("median([5, 1, 3])", "3.0"),
        ("bitand(6, 3) + bitor(6, 3) * 10 + bitxor(6, 3) * 100 + bitnot(0) + bitshl(1, 4) + bitshr(-8, 1)", "583"),
        ("bitushr(-5, 2)", "4611686018427387902"),
        ("upper(text) + lower('ABC')", "'HELLOabc'"),
        ("trim('  a ') + trim('xxbxx', 'x') + trimPrefix('ab', 'a') + trimSuffix('ab', 'b')", "'abba'"),
        ("split('a,b,c', ',', 2)", "['a', 'b,c']"),
        ("split('abc', '')", "['a', 'b', 'c']"),
        ("splitAfter('a,b', ',')", "['a,', 'b']"),
        ("len(split('abc', ',', 0))", "0"),
        ("join(['a', 'b'], '-') + join(['x'])", "'a-bx'"),
        ("replace('aaa', 'a', 'b') + replace('aaa', 'a', 'b', 1)", "'bbbbaa'"),
        ("repeat('ab', 2)", "'abab'"),
        ("[indexOf('abc', 'c'), lastIndexOf('aba', 'a'), indexOf('a', 'x')]", "[2, 2, -1]"),
        ("hasPrefix('ab', 'a') and hasSuffix('ab', 'b')", "true"),
        ("[first(list), last(list), first([])]", "[3, 2, nil]"),
        ("take(list, 2) == [3, 1] and take(list, 99) == list", "true"),
        ("reverse(list)", "[2, 1, 3]"),
        ("concat(list, [4], [])", "[3, 1, 2, 4]"),
        ("flatten([1, [2, [3]]])", "[1, 2, 3]"),
        ("uniq([1, 1.0, 2, 'a', 'a'])", "[1, 2, 'a']"),
        ("get(list, 9) ?? get(user, 'name')", "'Ann'"),
        ("keys({b: 1, a: 2})", "['a', 'b']"),
        ("values({b: 1, a: 2})", "[2, 1]"),
        ("fromPairs(toPairs({a: 1}))", "{a: 1}"),
        ("fromPairs([[1, 'one']])[1]", "'one'"),
        (
            "[type(nil), type(1), type(1.5), type('a'), type([]), type({}), type(true)]",
            "['nil', 'int', 'float', 'string', 'array', 'map', 'bool']",
        ),
        ("int('42') + int(1.9)", "43"),
        ("float('1.5') + float(1)", "2.5"),
        (
            "string(42) + string(1.5) + string(2.0) + string(nil) + string([1, 'a']) + string({b: 1, a: true})",
            "'421.52<nil>[1 a]map[a:true b:1]'",
        ),
        ("string(1500000.0) + string(0.00001)", "'1.5e+06' + '1e-05'"),
        ("fromJSON('{\"a\": [1, 2.5, null, \"x\"]}')", "{a: [1, 2.5, nil, 'x']}"),
        ("fromJSON(toJSON(user)) == user", "true"),
        ("toJSON([1, '<'])", "'[\\n  1,\\n  \"\\\\u003c\"\\n]'"),
        ("fromBase64(toBase64('Hello World'))", "'Hello World'"),
        ("toBase64('ab')", "'YWI='"),
        ("::len('abc')", "3"),
    ]);
}

#[test]
fn dates() {
    same(&[
        ("duration('1h30m').Seconds()", "5400.0"),
        ("duration('1h30m').String() + duration('-1500us').String()", "'1h30m0s-1.5ms'"),
        ("duration('1h') < duration('2h') and 2 * duration('1h') == duration('2h')", "true"),
        ("duration('89m').Round(duration('1h')) == duration('1h')", "true"),
        ("date('2023-08-14').Year() + date('2023-08-14').Month()", "2031"),
        ("date('2023-08-15') - date('2023-08-14') == duration('24h')", "true"),
        ("(date('2023-08-14') + duration('90m')).Format('2006-01-02T15:04:05Z07:00')", "'2023-08-14T01:30:00Z'"),
        ("date('2023-08-14').Before(date('2023-08-15')) and date('2023-08-14') < date('2023-08-15')", "true"),
        ("date('2023-08-14') == date('2023-08-14T02:00:00+02:00')", "true"),
        ("date('2023-08-14').In(timezone('Europe/Zurich')).Hour()", "2"),
        ("date('4 8 2023 3:6:7 +0230', '2 1 2006 3:4:5 -0700').Unix()", "date('2023-08-04T00:36:07Z').Unix()"),
        ("date('2023-08-14 00:00:00', '2006-01-02 15:04:05', 'Europe/Zurich').UTC().Hour()", "22"),
        ("date('2023-08-14').String()", "'2023-08-14 00:00:00 +0000 UTC'"),
        ("date('2023-01-31').AddDate(0, 0, 1).Format('Jan _2 06, Monday')", "'Feb  1 23, Wednesday'"),
        ("string(duration('1m')) + toJSON(date('2023-08-14'))", "'1m0s\"2023-08-14T00:00:00Z\"'"),
    ]);
}

#[test]
fn now_is_what_the_caller_says() {
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(86_400);
    let program = Program::compile("now().Unix() + now().Year()").expect("compiles");
    let limits = wippy_expr::Limits::default();
    assert_eq!(program.run_at(&names(), &limits, at).expect("runs"), wippy_expr::Value::Int(86_400 + 1970));
    assert!(program.tells_time() && !Program::compile("1").expect("compiles").tells_time());
    assert!(program.run(&names(), &limits).expect_err("no clock").to_string().contains("no clock"));
}

#[test]
fn the_type_of_a_result_may_be_known() {
    for (text, returns) in [
        ("a.b == 1 and c", Type::Bool),
        ("1 + 2", Type::Int),
        ("1 / 2", Type::Float),
        ("upper('a')", Type::Text),
        ("filter(a, true)", Type::List),
        ("a", Type::Any),
        ("a ? 1 : 'x'", Type::Any),
        ("{}", Type::Map),
    ] {
        assert_eq!(Program::compile(text).expect(text).returns(), returns, "{text}");
    }
}

//! What is refused, and where.

use crate::erase;
use std::ops::RangeInclusive;

/// A name, source, the lines the error may be on, and what its message must hold.
type Wrong = (&'static str, &'static str, RangeInclusive<u32>, &'static str);

pub(crate) const CASES: &[Wrong] = &[
    ("!= in a condition", "local a = 1\nif a != b then end", 2..=2, "~="),
    ("!= in a value", "x = y!=z", 1..=1, "~="),
    ("!= after a call", "f(1,\n  g() != nil)", 2..=2, "~="),
    // half types
    ("<= after a type", "local a = 1\nlocal n: integer<= 4\nreturn n", 2..=2, ""),
    ("no type", "local a = 1\nlocal n: = 4\nreturn n", 2..=2, ""),
    ("no type for a parameter", "local a = 1\nlocal function f(a: ) end", 2..=2, ""),
    ("no type for a result", "f()\nlocal function g():\nend", 2..=3, ""),
    ("no type after as", "f()\nlocal x = y as\nreturn x", 2..=3, ""),
    ("no type after as before =", "f()\nx, y = z as = 3", 2..=2, ""),
    ("no type after colons", "f()\nlocal x = y ::", 2..=2, ""),
    ("no type after a bar", "f()\nlocal x: A | = 1", 2..=2, ""),
    ("no type after &", "f()\nlocal x: A & = 1", 2..=2, ""),
    ("no type in a type statement", "f()\ntype Id =\nlocal x = 1", 2..=3, ""),
    ("no = in a type statement", "f()\ntype Id string", 2..=2, ""),
    ("no result after an arrow", "f()\nlocal x: (A) -> = 1", 2..=2, ""),
    ("list without arrow", "f()\nlocal x: (A, B) = 1", 2..=2, ""),
    ("open parenthesis", "f()\nlocal x: (A = 1", 2..=2, ""),
    ("open brace", "f()\nlocal x: {string = y", 2..=2, ""),
    ("open bracket", "f()\nlocal x: T[ = y", 2..=2, ""),
    ("open arguments", "f()\nlocal x: Map<string = y", 2..=2, ""),
    ("open arguments in a cast", "f()\nif x as T < y then end", 2..=2, ""),
    ("one > too many", "f()\nlocal x: List<T>> = y", 2..=2, ""),
    ("no arguments", "f()\nlocal x: List<> = y", 2..=2, ""),
    ("no parameters", "f()\ntype P<> = {}", 2..=2, ""),
    ("map without value", "f()\nlocal x: {[string]} = y", 2..=2, ""),
    ("map without colon", "f()\nlocal x: {[string] number} = y", 2..=2, ""),
    ("members without separator", "f()\nlocal x: {a: A b: B} = y", 2..=2, ""),
    ("reserved member", "f()\ntype X = {end: string}", 2..=2, ""),
    ("half conditional", "f()\ntype C = A extends B ? X\ng()", 2..=3, ""),
    ("annotation without name", "f()\ntype A = string @(1)", 2..=2, ""),
    ("annotation not closed", "f()\ntype A = string @min(1\ng()", 2..=3, ""),
    ("parameters after the list", "f()\nfunction g(x)<T> end", 2..=2, ""),
    // not in the language
    ("default value", "f()\nfunction g(a: A = 1) end", 2..=2, ""),
    ("attribute", "f()\nlocal x <const> = 1", 2..=2, ""),
    ("reserved name", "f()\nlocal goto = 1", 2..=2, ""),
    ("annotation in an expression", "f()\nlocal x = @y", 2..=2, ""),
    ("annotation after an expression", "f()\nlocal x = y @min(1)", 2..=2, ""),
    ("annotation as an argument", "f(1,\n  @x)", 2..=2, ""),
    ("prefix !", "f()\nlocal x = !y", 2..=2, ""),
    ("? in an expression", "f()\nlocal x = y?", 2..=2, ""),
    ("-> in an expression", "f()\nlocal x = y -> z", 2..=2, ""),
    // after a cast
    ("chain of colons holds a label", "f()\nlocal y = x :: T :: U", 2..=2, ""),
    ("field of !", "f()\nlocal n = u!.name", 2..=2, ""),
    ("method of !", "f()\nlocal n = u!:name()", 2..=2, ""),
    ("index of !", "f()\nlocal n = u![1]", 2..=2, ""),
    ("table after !", "f()\nlocal n = u!{}", 2..=2, ""),
    ("string after !", "f()\nlocal n = u!'x'", 2..=2, ""),
    ("method of a cast", "f()\nlocal n = u as T:name()", 2..=2, ""),
    ("table after a cast", "f()\nlocal n = u as T {}", 2..=2, ""),
    ("call of ! within an argument", "f(1,\n  u!(2))", 2..=2, ""),
    ("call of a cast within a table", "f()\nlocal t = {u as T (2)}", 2..=2, ""),
    ("assignment to !", "f()\nx! = 1", 2..=2, ""),
    ("assignment to a cast", "f()\nx as T = 1", 2..=2, ""),
    ("! as a statement", "f()\ng()!", 2..=2, ""),
    ("cast as a statement", "f()\ng() as T", 2..=2, ""),
    // unfinished
    ("string at a line break", "f()\nlocal s = \"abc\nreturn s", 2..=2, ""),
    ("string at the end", "f()\nlocal s = 'abc", 2..=2, ""),
    ("string with escaped quote", "f()\nlocal s = 'abc\\'", 2..=2, ""),
    ("long string", "f()\nlocal s = [[abc\n\n", 2..=4, ""),
    ("long string of another level", "f()\nlocal s = [==[abc]=]\n", 2..=3, ""),
    ("long comment", "f()\n--[[ abc\n", 2..=3, ""),
    ("literal type", "f()\nlocal s: 'abc = 1\n", 2..=2, ""),
    ("if", "f()\nif a then\n  g()\n", 2..=4, ""),
    ("else", "f()\nif a then else\n", 2..=3, ""),
    ("while", "f()\nwhile a do", 2..=2, ""),
    ("for", "f()\nfor i = 1, 2 do", 2..=2, ""),
    ("repeat", "f()\nrepeat\n  g()\n", 2..=4, ""),
    ("do", "f()\ndo", 2..=2, ""),
    ("function", "f()\nfunction g()\n  if a then\n  end\n", 2..=5, ""),
    ("function with types", "f()\nfunction g(a: A): B\n", 2..=3, ""),
    ("interface", "f()\ninterface Shape\n  function area(): number\n", 2..=4, ""),
    ("field in an interface", "f()\ninterface Shape\n  area: number\nend", 3..=3, ""),
    ("arguments", "f()\ng(1, 2\n", 2..=3, ""),
    ("table", "f()\nlocal t = {1, 2\n", 2..=3, ""),
    ("index", "f()\nlocal x = t[1\n", 2..=3, ""),
    ("assignment", "f()\nx =", 2..=2, ""),
    ("operator", "f()\nlocal x = 1 +", 2..=2, ""),
    ("header", "f()\nfunction g(", 2..=2, ""),
    // plain mistakes
    ("end without block", "f()\nend\ng()", 2..=2, ""),
    ("two values", "f()\nlocal x = 1 2", 2..=2, ""),
    ("name alone", "f()\nx\n", 2..=3, ""),
    ("no then", "f()\nif a do end", 2..=2, ""),
    ("assignment to a call", "f()\ng() = 1", 2..=2, ""),
    ("statement after return", "return x\nf()", 2..=2, ""),
    ("unknown character", "f()\nlocal x = $", 2..=2, ""),
];

#[test]
fn wrong_source_is_refused_where_it_is_wrong() {
    let faults: Vec<_> = CASES
        .iter()
        .filter_map(|(name, source, lines, hint)| {
            let fault = match erase(source) {
                Ok(plain) => format!("accepted: {plain:?}"),
                Err(e) if !lines.contains(&e.line) => format!("on line {}, expected {lines:?}: {}", e.line, e.message),
                Err(e) if e.column == 0 => "columns count from 1".to_owned(),
                Err(e) if e.message.is_empty() => "without message".to_owned(),
                Err(e) if !e.message.contains(hint) => format!("does not say {hint}: {}", e.message),
                Err(_) => return None,
            };
            Some((*name, *source, fault))
        })
        .collect();
    crate::report(faults.into_iter());
}

#[test]
fn columns_count_characters() {
    let cases = [
        ("local x = @y", 11),
        ("\tlocal x = @y", 12),
        ("local s = 'äöü' .. @", 20),
        ("local s = 'a' -- ä\nlocal é = 1", 7),
        ("f()\n  end", 3),
        ("--[[ €\n€€ ]] local n: = 4", 16),
    ];
    crate::report(cases.into_iter().filter_map(|(source, column)| {
        let fault = match erase(source) {
            Ok(plain) => format!("accepted: {plain:?}"),
            Err(e) if e.column == column => return None,
            Err(e) => format!("in column {}, expected {column}: {}", e.column, e.message),
        };
        Some(("column", source, fault))
    }));
}

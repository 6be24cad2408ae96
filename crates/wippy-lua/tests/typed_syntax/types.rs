//! The grammar of types: every type is tried in every position a type may have.

use crate::{mismatch, report};

const TYPES: &[&str] = &[
    "nil",
    "true",
    "false",
    "'low'",
    "\"it's\"",
    "[[long ]= ]]",
    "3",
    "-4",
    "2.5",
    "0xFF",
    "integer",
    "a.b.C",
    "List<T>",
    "Map<string, List<number>>",
    "m.Map<K, m.List<m.List<V>>>",
    "fun",
    "readonly",
    "typeof",
    "keyof",
    "asserts",
    "interface",
    "is",
    "as",
    "type",
    "{}",
    "{T}",
    "{T?}",
    "{{T}}",
    "{A | B}",
    "{[string]: number}",
    "{[string]: {[integer]: T},}",
    "{name: string}",
    "{name: string, age?: integer}",
    "{name: string; age: integer;}",
    "{f?: T?}",
    "{as: A, type: B, fun?: C, is: D}",
    "{a: number, [string]: any}",
    "{f: (A) -> B, g: fun(): C}",
    "{name: string @min_len(1), ports: {Port} @min_len(1)}",
    "readonly {T}",
    "readonly {[K]: V}",
    "readonly {a: A}",
    "interface {area: () -> number}",
    "() -> nil",
    "() -> ()",
    "(A) -> B",
    "(A, B) -> (C, D)",
    "(a: A, b?: B) -> C?",
    "(...any) -> any",
    "(a: A, ...: any) -> any",
    "(A) -> B | C",
    "(A) -> (B) -> C",
    "((A) -> B) -> C",
    "((A) -> B) | C",
    "((A) -> B)[]",
    "fun()",
    "fun(a: A): B",
    "fun(a: A, b?: B, ...: any): (C, D)",
    "fun<T, U: V>(x: T): U",
    "typeof(x)",
    "typeof(f(1, {y = 2}).z[3])",
    "keyof(T)",
    "keyof({a: A})",
    "(A)",
    "(A | B)[]",
    "A | B | nil",
    "| A | B",
    "A & B",
    "A & B | C & D",
    "T?",
    "T[]",
    "T[][]",
    "T[]?",
    "T['f']['g']",
    "T[1]",
    "string @min_len(3)",
    "string? @pattern([[^(a|b)$]])",
    "integer @min(-1) @max(65535)",
    "A extends B ? X : Y",
    "T extends {x: any} ? T[] : {never}",
    "{\n  a: A, -- }\n  b: {\n    B\n  }\n}",
    "A\n  | B",
    "fun(\n  a: A\n): B",
];

/// Typed and plain source, with the type in the place of `$`.
const PLACES: &[(&str, &str)] = &[
    ("local x: $ = y", "local x$ = y"),
    ("local x: A, y: $", "local x, y$"),
    ("local function f(x: $, y) end", "local function f(x$, y) end"),
    ("local function f(...: $) end", "local function f(...$) end"),
    ("local function f(): $ return x end", "local function f()$ return x end"),
    ("local function f(): A, $ return x end", "local function f()$ return x end"),
    ("for i: $ = 1, 2 do end", "for i$ = 1, 2 do end"),
    ("for k: $, v in p() do end", "for k$, v in p() do end"),
    ("type X = $ return x", ";$ return x"),
    ("local x = (y as $)", "local x = (y$)"),
    ("local x = f(y :: $, z)", "local x = f(y$, z)"),
    ("local x: G<$> = y", "local x$ = y"),
    ("local x: G<$>= y", "local x$ = y"),
    ("local x: {$} = y", "local x$ = y"),
    ("local x: {[K]: $} = y", "local x$ = y"),
    ("local x: {f: $, g?: A} = y", "local x$ = y"),
    ("local x: ($) = y", "local x$ = y"),
    ("local x: (A, $) -> B = y", "local x$ = y"),
    ("local x: (a: $) -> B = y", "local x$ = y"),
    ("local x: (A) -> $ = y", "local x$ = y"),
    ("local x: fun(a: $): B = y", "local x$ = y"),
    ("local function f<T: $>(x: T) end", "local function f$(x) end"),
];

/// Source with `kind` in its place, and what remains of it: the line breaks of the type.
fn placed((typed, plain): (&str, &str), kind: &str) -> (String, String) {
    let breaks: String = kind.chars().filter(|c| *c == '\n').collect();
    (typed.replace('$', kind), plain.replace('$', &breaks))
}

fn combined() -> impl Iterator<Item = (&'static str, (String, String))> {
    TYPES.iter().flat_map(|kind| PLACES.iter().map(|place| (*kind, placed(*place, kind))))
}

pub(crate) fn sources() -> impl Iterator<Item = String> {
    combined().map(|(_, (typed, _))| typed)
}

#[test]
fn every_type_in_every_place() {
    let all: Vec<_> = combined().collect();
    report(all.iter().filter_map(|(kind, (typed, plain))| Some((*kind, typed.as_str(), mismatch(typed, plain)?))));
}

#[test]
fn assertions_as_results() {
    let places = [
        ("local function f(x): $ return x end", "local function f(x)$ return x end"),
        ("local x: (y: any) -> $ = z", "local x$ = z"),
        ("local x: fun(y: any): $ = z", "local x$ = z"),
        ("interface I function check(x: any): $ end f()", ";$ f()"),
    ];
    let kinds = ["asserts x", "asserts x is T", "asserts x is {a: A, b?: B}", "asserts x is A | B"];
    let all: Vec<_> = kinds.iter().flat_map(|kind| places.map(|place| (*kind, placed(place, kind)))).collect();
    report(all.iter().filter_map(|(kind, (typed, plain))| Some((*kind, typed.as_str(), mismatch(typed, plain)?))));
}

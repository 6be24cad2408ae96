//! Annotated names and headers; `type` and `interface` statements.

use crate::{Case, check};

pub(crate) const ANNOTATIONS: &[Case] = &[
    ("locals", "local n: integer, err = load_n()", "local n         , err = load_n()"),
    ("several locals", "local a: A, b, c: C = 1, 2", "local a, b, c = 1, 2"),
    ("local without value", "local a: A\nlocal b: B", "local a\nlocal b"),
    ("literal value", "local p: integer @min(1) = 0", "local p = 0"),
    (
        "generic function",
        "local function pick<T>(xs: {T}, ...: any): T? return xs[1] end",
        "local function pick   (xs     , ...     )     return xs[1] end",
    ),
    (
        "function value",
        "local f = function(a: number): number, string return a, 'x' end",
        "local f = function(a        )                 return a, 'x' end",
    ),
    ("varargs", "local f = function(...: any) return ... end", "local f = function(...) return ... end"),
    ("varargs without type", "function f(a: A, ...): B end", "function f(a, ...) end"),
    ("some parameters", "function f(a, b: B, c) end", "function f(a, b, c) end"),
    ("numeric for", "for i: integer = 1, 3 do f(i) end", "for i = 1, 3 do f(i) end"),
    ("generic for", "for k: K, v: V in pairs(t) do end", "for k, v in pairs(t) do end"),
    ("generic for, one type", "for k, v: V in pairs(t) do end", "for k, v in pairs(t) do end"),
    (
        "header over lines",
        "local function f<\n  T\n>(\n  a: A,\n  b: B?\n): (\n  C,\n  D\n)\n  return a\nend",
        "local function f\n\n(\na,\nb\n)\n\n\n\nreturn a\nend",
    ),
    ("type over lines", "local x: {\n  a: A,\n  b: B,\n} = y\nreturn x", "local x\n\n\n= y\nreturn x"),
    ("type on the next line", "local x:\n  A |\n  B\n= y\nreturn x", "local x\n\n\n= y\nreturn x"),
    ("comment in a type", "local x: { -- a }\n  a: A --[[ } ]]\n} = y", "local x\n\n= y"),
    (
        "nested functions",
        "f(function(a: A): B return function(): C end end)",
        "f(function(a) return function() end end)",
    ),
    ("in a table", "return {f = function(self: T, a: A): B end, g = 1}", "return {f = function(self, a) end, g = 1}"),
];

#[test]
fn annotations_are_erased() {
    check(ANNOTATIONS);
}

pub(crate) const DECLARATIONS: &[Case] = &[
    ("alias", "type Id = string @min_len(3)", ";"),
    ("between statements", "f()\ntype Id = string\ng()", "f()\n;\ng()"),
    ("two on a line", "type A = string type B = A f()", "; ; f()"),
    ("before return", "type A = string\nreturn x", ";\nreturn x"),
    ("parameters", "type Pair<A, B: string | C<D>> = {a: A, b: B}", ";"),
    ("optional", "type Opt<T> = {value: T?}", ";"),
    ("record", "type Job = {\n  id: integer, -- key\n  tag?: string;\n}\nlocal j: Job = x", ";\n\n\n\nlocal j = x"),
    ("recursive", "type Tree = {label: string, kids?: {Tree}}", ";"),
    ("leading bar", "type U =\n  | 'a'\n  | 'b'\nf()", ";\n\n\nf()"),
    ("trailing bars", "type U = 'a' |\n  'b' |\n  'c'\nf()", ";\n\n\nf()"),
    ("conditional", "type C<T> = T extends string ? A : B\nf()", ";\nf()"),
    ("function type", "type F = (a: A, ...any) -> (B, C)\nf()", ";\nf()"),
    ("of a value", "type T = typeof(x)\nlocal y = x", ";\nlocal y = x"),
    ("within a function", "function f() type A = B return g as A end", "function f() ; return g end"),
    ("before a parenthesis", "type A = B\n(f or g)()", ";\n(f or g)()"),
    ("before else", "if x then type A = B else type C = D end", "if x then ; else ; end"),
    ("interface", "interface Shape\n  function area(): number\nend\nf()", ";\n\n\nf()"),
    (
        "methods",
        "interface Shape\n  function area(self): number\n  function scale(by: A, ...: any): Shape, string\nend f()",
        ";\n\n\nf()",
    ),
    ("method without result", "interface S function stop() function go() end f()", "; f()"),
    ("empty interface", "interface Empty end f()", "; f()"),
    ("parents", "interface A: B, C function f() end g()", "; g()"),
    ("parents only", "interface A: B end g()", "; g()"),
    ("method named by a contextual word", "interface A function type(is: B): C function as() end g()", "; g()"),
    ("interface in a block", "do interface A end f() end", "do ; f() end"),
    ("interface then function", "interface A function f(): B end\nfunction g() end", ";\nfunction g() end"),
];

#[test]
fn declarations_leave_a_semicolon() {
    check(DECLARATIONS);
}

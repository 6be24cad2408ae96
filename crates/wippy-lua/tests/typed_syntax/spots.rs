//! The places where one text could mean two things.

use crate::{Case, check};

/// Words that mean something in some places only, here as ordinary names: nothing but blanks may change.
pub(crate) const NAMES: &[Case] = &[
    ("type called", "local t = type(x)", "local t = type(x)"),
    ("type called as a statement", "type(x)", "type(x)"),
    ("type called with a string", "type 'x'", "type 'x'"),
    ("type assigned", "type = 5", "type = 5"),
    ("type assigned in a list", "type, x = 1, 2", "type, x = 1, 2"),
    ("type indexed", "type.x = 1", "type.x = 1"),
    ("type local", "local type = type", "local type = type"),
    ("type ends an expression", "local x = type\nId = 5", "local x = type\nId = 5"),
    ("type as a field", "return {type = t.type, t:type()}", "return {type = t.type, t:type()}"),
    ("type as a function", "function type(x) end function m:type() end", "function type(x) end function m:type() end"),
    ("type compared", "if type(x) == 'table' then end", "if type(x) == 'table' then end"),
    ("interface local", "local interface = 1", "local interface = 1"),
    ("interface assigned", "interface = {}\ninterface.x = 2", "interface = {}\ninterface.x = 2"),
    ("interface called", "interface(3)\no.interface(3)", "interface(3)\no.interface(3)"),
    ("as assigned", "as = 1", "as = 1"),
    ("as as a key", "local t = {as = 1}", "local t = {as = 1}"),
    ("as as an element", "local t = {as, as}", "local t = {as, as}"),
    ("as as an argument", "print(as)", "print(as)"),
    ("as as a field", "o.as = 2", "o.as = 2"),
    ("as as a method", "return o:as(1)", "return o:as(1)"),
    ("as in a path", "local s = style.as.bold(x)", "local s = style.as.bold(x)"),
    ("as indexed", "as.x = 1", "as.x = 1"),
    ("as returned", "return as", "return as"),
    ("as local", "local as = as", "local as = as"),
    ("as as a function", "function as(as) end", "function as(as) end"),
    ("as after a call statement", "f()\nas = 1", "f()\nas = 1"),
    ("as called after a call statement", "f()\nas(z)", "f()\nas(z)"),
    ("as after a local without value", "local x\nas = 1", "local x\nas = 1"),
    ("as after then, do, end", "if x then as = 1 end as = 2 do as() end", "if x then as = 1 end as = 2 do as() end"),
    (
        "others as locals",
        "local fun, is, asserts, readonly, typeof, keyof, extends = 1, 2, 3, 4, 5, 6, 7",
        "local fun, is, asserts, readonly, typeof, keyof, extends = 1, 2, 3, 4, 5, 6, 7",
    ),
    (
        "others in expressions",
        "fun(readonly, asserts)\nkeyof(is.extends)\nreturn typeof(extends) + fun",
        "fun(readonly, asserts)\nkeyof(is.extends)\nreturn typeof(extends) + fun",
    ),
    (
        "others as keys",
        "t.fun, t.is = {readonly = 1, keyof = 2}, t:asserts(t.extends)",
        "t.fun, t.is = {readonly = 1, keyof = 2}, t:asserts(t.extends)",
    ),
    ("others with tables and strings", "readonly {x}\nkeyof 'a'\nfun {}", "readonly {x}\nkeyof 'a'\nfun {}"),
    ("fun compared", "local ok = fun < x", "local ok = fun < x"),
    ("others loop", "for is, fun in keyof do end", "for is, fun in keyof do end"),
    ("others as typed names", "local is: T, fun: U = 1, 2", "local is, fun = 1, 2"),
    ("others as parameters", "local function f(as: A, type: B) end", "local function f(as, type) end"),
];

#[test]
fn contextual_words_are_names() {
    check(NAMES);
}

pub(crate) const CASES: &[Case] = &[
    ("type on two lines", "type\nId = string", ";\n"),
    ("type named type", "type type = string", ";"),
    ("type in a block", "do type Id = string local x: Id = y end", "do ; local x = y end"),
    ("as is an operator on a new line", "local y = f()\nas(z)", "local y = (f())\n"),
    ("as cast to as", "local y = as as as", "local y = as"),
    ("as after a field as", "local y = o.as as T", "local y = o.as"),
    ("as after the end of a function", "local f = function() end\nas(F)", "local f = function() end\n"),
    ("as after an assignment", "x = y\nas(z)", "x = y\n"),
    ("as at a statement after a type", "type A = {x: B}\nas(x)", ";\nas(x)"),
    ("name after a type", "type A = B\nfun(x)", ";\nfun(x)"),
    // `::`
    ("label", "f() ; ::again::\ngoto again", "f() ; ::again::\ngoto again"),
    ("label with blanks", ":: again\t:: goto again", ":: again :: goto again"),
    ("label after a call", "f() ::again:: goto again", "f() ::again:: goto again"),
    ("label after an expression", "local x = y ::again::\ngoto again", "local x = y ::again::\ngoto again"),
    ("labels together", "::a::::b::", "::a::::b::"),
    ("cast then label", "local x = y :: T\n::next::", "local x = y\n::next::"),
    ("cast to braces then label", "local x = y :: {T} ::next::", "local x = y ::next::"),
    ("no blanks", "local x = y::T", "local x = y"),
    ("chain of colons", "local x = (y :: T) :: U", "local x = (y)"),
    ("chain of as", "local x = y as T as U", "local x = y"),
    ("chain of as and colons", "local x = y as T :: U as V", "local x = y"),
    // `<` and `>`
    ("comparisons", "local ok = a < b and c > (d)", "local ok = a < b and c > (d)"),
    ("two comparisons as arguments", "f(a < b, c > (d))", "f(a < b, c > (d))"),
    ("no type arguments in a call", "local x = f<number>(x)", "local x = f<number>(x)"),
    ("shift and comparison", "local x = a >> b >= c << 1", "local x = a >> b >= c << 1"),
    ("function value", "local id = function<T>(x: T): T return x end", "local id = function(x) return x end"),
    ("field function", "function m.map<T, U: V>(xs: {T}): {U} end", "function m.map(xs) end"),
    ("method", "function m.n:get<T>(k: string): T? end", "function m.n:get(k) end"),
    ("global function", "function id<T>(x: T): T return x end", "function id(x) return x end"),
    ("parameter bound with arguments", "local function f<T: List<U>>(x: T) end", "local function f(x) end"),
    ("arguments of a cast", "local x = y as T<U> < z", "local x = y < z"),
    ("two closed at once", "local m: Map<string, List<number>> = x", "local m = x"),
    ("three closed at once", "local m: A<B<C<D>>> = x", "local m = x"),
    ("closed before =", "local m: List<number>= x", "local m = x"),
    ("two closed before =", "local m: Map<K, List<V>>= x", "local m = x"),
    ("closed before a comparison", "local ok = x as List<number> == y", "local ok = x == y"),
    ("closed in a cast", "local x = y as Map<K, List<V>>\nreturn x >> 1", "local x = y\nreturn x >> 1"),
    // greedy types
    ("union", "local x = y as A | B", "local x = y"),
    ("union in parentheses", "local x = (y as integer) | 4", "local x = (y) | 4"),
    ("intersection", "local x = y :: A & B", "local x = y"),
    ("indexed type", "local x = y as T[1]", "local x = y"),
    ("qualified name", "local x = y as T.u", "local x = y"),
    ("optional", "local x = y as T? ", "local x = y"),
    ("bit operators", "local x = a | b & c ~ d", "local x = a | b & c ~ d"),
    // `:`
    ("method call", "local n: T = o:m():n(1)", "local n = o:m():n(1)"),
    ("method on the next line", "local n = o\n  :m()\n  :n()", "local n = o\n:m()\n:n()"),
    ("method after a header", "local function f(x): T return x:m() end", "local function f(x) return x:m() end"),
    ("method after a cast in parentheses", "local n = (o as T):m()", "local n = (o):m()"),
    // return lists
    ("one", "local function f(): A end", "local function f() end"),
    ("two", "local function f(): A, B end", "local function f() end"),
    ("two in parentheses", "local function f(): (A, B) end", "local function f() end"),
    ("none", "local function f(): () end", "local function f() end"),
    ("function type", "local function f(): (A) -> B end", "local function f() end"),
    ("function type in a list", "local function f(): (A) -> B, C return x end", "local function f() return x end"),
    ("function type without parameters", "local function f(): () -> () end", "local function f() end"),
    ("named parameters", "local function f(): (a: A, b?: B) -> C end", "local function f() end"),
    ("optional in parentheses", "local function f(): (A | B)? return x end", "local function f() return x end"),
    ("list with optional", "local function f(): A?, {B}, error? end", "local function f() end"),
    ("body begins with a parenthesis", "local function f(): A (g or h)() end", "local function f() (g or h)() end"),
    ("assertion", "local function f(x: any): asserts x is T end", "local function f(x) end"),
    ("short assertion", "local function f(x: any): asserts x return nil end", "local function f(x) return nil end"),
    // `@`
    ("annotated member of a union", "type A = number | string @max_len(9)", ";"),
    ("annotated optional", "local x: string? @min_len(1) = y", "local x = y"),
    ("two annotations", "local x: integer @min(1) @max(65535) = y", "local x = y"),
    ("annotation without arguments", "local x: T @deprecated = y", "local x = y"),
    ("annotation with expressions", "local x: T @a(-1, {f(2)}, 'x' .. [[)]]) = y", "local x = y"),
    ("annotated parameters", "local function f(a: A @min(1), b: B) end", "local function f(a, b) end"),
];

#[test]
fn ambiguous_spots() {
    check(CASES);
}

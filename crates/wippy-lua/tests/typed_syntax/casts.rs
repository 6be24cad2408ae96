//! Casts and `!`: the three hazards of erasing them, and how far they reach.

use crate::{Case, check};

pub(crate) const ONE_VALUE: &[Case] = &[
    ("returned call", "return parse(s) :: Doc", "return (parse(s))"),
    ("no tail call, as", "return f() as T", "return (f())"),
    ("no tail call, not nil", "return f()!", "return (f())"),
    ("no tail call in a function", "function g() return f() as T end", "function g() return (f()) end"),
    ("local", "local a, b = two() as integer", "local a, b = (two())"),
    ("assignment", "a, b = two()!", "a, b = (two())"),
    ("varargs, as", "local a, b = ... as T", "local a, b = (...)"),
    ("varargs, colons", "return ... :: T", "return (...)"),
    ("varargs, not nil", "local a, b = ...!", "local a, b = (...)"),
    ("last argument", "print(1, f() as T)", "print(1, (f()))"),
    ("varargs as argument", "print(...!)", "print((...))"),
    ("table constructor", "local t = {f()!}", "local t = {(f())}"),
    ("table field", "local t = {x = f() as T, ... :: U}", "local t = {x = (f()), (...)}"),
    ("method call", "local a, b = o:m(1) as T", "local a, b = (o:m(1))"),
    ("method of a string", "local a = ('x'):rep(3) as string", "local a = (('x'):rep(3))"),
    ("string argument", "local a, b = f 'x' as T", "local a, b = (f 'x')"),
    ("long string argument", "local a, b = f [[x]] as T", "local a, b = (f [[x]])"),
    ("table argument", "local a, b = f{1}!", "local a, b = (f{1})"),
    ("field function", "local a, b = t.u['v'].f()!", "local a, b = (t.u['v'].f())"),
    ("call of a call", "local a, b = f(1)(2)!", "local a, b = (f(1)(2))"),
    ("two casts, one pair", "local a, b = f() as A as B", "local a, b = (f())"),
    ("three kinds of cast, one pair", "local a, b = f()! as A :: B", "local a, b = (f())"),
    ("cast within a cast", "local a = f(g() as A) as B", "local a = (f((g())))"),
    ("operand over lines", "local a = f(\n  1\n) as T", "local a = (f(\n1\n))"),
    ("iterator", "for k, v in iter() as I do end", "for k, v in (iter()) do end"),
    ("condition", "while f()! do end", "while (f()) do end"),
    ("operand of minus", "local x = -f() as T", "local x = -(f())"),
    ("operand of not", "local x = not f()!", "local x = not (f())"),
    ("operand of concatenation", "local x = a .. f() :: string", "local x = a .. (f())"),
    ("already in parentheses", "local a, b = (f()) as T", "local a, b = (f())"),
    ("a field of a call is no call", "local a = f().x as T", "local a = f().x"),
    ("an index of a call is no call", "local a = f()[1]!", "local a = f()[1]"),
];

#[test]
fn a_cast_gives_one_value() {
    check(ONE_VALUE);
}

pub(crate) const JOINS: &[Case] = &[
    ("as", "local g = h as F\n(x or y)()", "local g = h;\n(x or y)()"),
    ("colons", "local g = h :: F\n(x or y)()", "local g = h;\n(x or y)()"),
    ("not nil", "local g = h!\n(x or y)()", "local g = h;\n(x or y)()"),
    ("on the same line", "local g = h! (x or y)()", "local g = h; (x or y)()"),
    ("after a cast call", "local g = h() as F\n(x or y)()", "local g = (h());\n(x or y)()"),
    ("after an assignment", "g, k.l = 1, h as F\n(x or y)()", "g, k.l = 1, h;\n(x or y)()"),
    ("after an operator", "local g = a + h!\n(x or y)()", "local g = a + h;\n(x or y)()"),
    ("after until", "repeat f() until ok as boolean\n(x or y)()", "repeat f() until ok;\n(x or y)()"),
    ("after a function", "g = function() end as F\n(x or y)()", "g = function() end;\n(x or y)()"),
    ("after a function type", "local g = h as () -> nil\n(x or y)()", "local g = h;\n(x or y)()"),
    ("after a fun type", "local g = h as fun(a: A): B\n(x or y)()", "local g = h;\n(x or y)()"),
    ("after a comment", "local g = h! -- why\n(x or y)()", "local g = h;\n(x or y)()"),
    ("after a long comment", "local g = h as F --[[\n]] (x or y)()", "local g = h;\n (x or y)()"),
    ("cast statement start", "local g = h!\n(x as T).y = 1", "local g = h;\n(x).y = 1"),
    ("type between", "local g = h\ntype T = string\n(x or y)()", "local g = h\n;\n(x or y)()"),
    ("interface between", "g()\ninterface I end\n(x or y)()", "g()\n;\n(x or y)()"),
    ("within a block", "do local g = h!\n(x or y)() end", "do local g = h;\n(x or y)() end"),
    ("own semicolon", "local g = h as F;\n(x or y)()", "local g = h;\n(x or y)()"),
    ("no parenthesis follows", "local g = h as F\nprint(g)", "local g = h\nprint(g)"),
    ("block ends between", "do local g = h as F end\n(x or y)()", "do local g = h end\n(x or y)()"),
    ("annotation is no cast", "local g: F\n(x or y)()", "local g\n(x or y)()"),
    ("call of the plain source", "g(h as F)\n(x or y)()", "g(h)\n(x or y)()"),
    ("cast is not last", "local g = h! .. k\n(x or y)()", "local g = h .. k\n(x or y)()"),
];

#[test]
fn statements_are_not_joined() {
    check(JOINS);
}

pub(crate) const REACH: &[Case] = &[
    ("minus", "local x = -y as T", "local x = -y"),
    ("length", "local n = #t!", "local n = #t"),
    ("concatenation", "local s = a .. b :: string", "local s = a .. b"),
    ("power", "local x = 2 ^ n! ^ 3", "local x = 2 ^ n ^ 3"),
    ("twice not nil", "local x = y!!", "local x = y"),
    ("as after not nil", "local x = y! as T", "local x = y"),
    ("not nil after as", "local x = y as T!", "local x = y"),
    ("two lines", "local x = y as T\nlocal z = x :: U", "local x = y\nlocal z = x"),
    ("type on the next line", "local x = y as\n  T\nreturn x", "local x = y\n\nreturn x"),
    ("colons on the next line", "local x = y\n  :: T\nreturn x", "local x = y\n\nreturn x"),
    ("nil", "local x = nil as T", "local x = nil"),
    ("number", "local x = 1 as integer", "local x = 1"),
    ("string", "local x = 'a' :: string", "local x = 'a'"),
    ("table", "local x = {} as {T}", "local x = {}"),
    ("table over lines", "local x = {\n  1,\n} as {T}", "local x = {\n1,\n}"),
    ("function", "local f = function(a: A): B end as F", "local f = function(a) end"),
    ("parentheses", "local x = (y or z) as T", "local x = (y or z)"),
    ("index", "local x = t[k!] as T", "local x = t[k]"),
    ("key and value", "local t = {[k!] = v as T}", "local t = {[k] = v}"),
    ("field of a cast", "local x = (y as T).z", "local x = (y).z"),
    ("assigned field of a cast", "(u!).name = v", "(u).name = v"),
    ("method of a cast", "(u :: User):save(1)", "(u):save(1)"),
    ("call of a cast", "(f as F)(1)", "(f)(1)"),
    ("arguments", "f(a as A, b :: B, c!)", "f(a, b, c)"),
    ("assignment to a list", "a, b = c as C, d!", "a, b = c, d"),
    ("condition", "if x as boolean then elseif y! then end", "if x then elseif y then end"),
    ("for bounds", "for i = a!, b as integer, c :: integer do end", "for i = a, b, c do end"),
    ("comparison with ~=", "local ok = y! ~= z", "local ok = y ~= z"),
    ("not nil before ==", "local ok = y!==z", "local ok = y==z"),
    ("and or", "local x = a as A and b! or c :: C", "local x = a and b or c"),
];

#[test]
fn casts_bind_to_one_operand() {
    check(REACH);
}

//! Loop variables are constant in Lua 5.5: a body that assigns one gets a variable of its own.

use crate::token::{Token, tokens};
use crate::{fault_of, report};

/// A name, typed source, and every plain source that will do. Semicolons are not compared here.
type LoopCase = (&'static str, &'static str, &'static [&'static str]);

pub(crate) const CASES: &[LoopCase] = &[
    ("not assigned", "for i = 1, 3 do f(i) end", &["for i = 1, 3 do f(i) end"]),
    ("assigned", "for i = 1, 3 do i = i + 1 end", &["for i = 1, 3 do local i = i i = i + 1 end"]),
    (
        "assigned on another line",
        "for i = 1, 3\ndo\n  f(i)\n  i = 2\nend",
        &["for i = 1, 3\ndo local i = i\nf(i)\ni = 2\nend"],
    ),
    ("with step", "for i = 9, 1, -1 do i = 2 end", &["for i = 9, 1, -1 do local i = i i = 2 end"]),
    ("annotated", "for i: integer = 1, 3 do i = 2 end", &["for i = 1, 3 do local i = i i = 2 end"]),
    ("cast value", "for i = a!, b do i = f() as T end", &["for i = a, b do local i = i i = (f()) end"]),
    ("first of two", "for k, v in p do k = 1 end", &["for k, v in p do local k = k k = 1 end"]),
    ("only one", "for l in lines do l = f(l) end", &["for l in lines do local l = l l = f(l) end"]),
    (
        "both of two",
        "for k, v in p do k, v = v, k end",
        &[
            "for k, v in p do local k = k k, v = v, k end",
            "for k, v in p do local k = k local v = v k, v = v, k end",
            "for k, v in p do local k, v = k, v k, v = v, k end",
        ],
    ),
    // Only the first variable is constant, so the others may stay as they are.
    (
        "second of two",
        "for k, v in p do v = 1 end",
        &["for k, v in p do v = 1 end", "for k, v in p do local v = v v = 1 end"],
    ),
    ("in a list", "for i = 1, 3 do x, i = 1, 2 end", &["for i = 1, 3 do local i = i x, i = 1, 2 end"]),
    ("in a block", "for i = 1, 3 do if x then i = 2 end end", &["for i = 1, 3 do local i = i if x then i = 2 end end"]),
    (
        "in a while",
        "for i = 1, 3 do while x do i = 2 end end",
        &["for i = 1, 3 do local i = i while x do i = 2 end end"],
    ),
    (
        "in a closure",
        "for i = 1, 3 do f(function(x) i = x end) end",
        &["for i = 1, 3 do local i = i f(function(x) i = x end) end"],
    ),
    (
        "in a closure in a table",
        "for i = 1, 3 do t = {f = function() i = 2 end} end",
        &["for i = 1, 3 do local i = i t = {f = function() i = 2 end} end"],
    ),
    ("as a function", "for i = 1, 3 do function i() end end", &["for i = 1, 3 do local i = i function i() end end"]),
    (
        "before a local of that name",
        "for i = 1, 3 do i = 2 local i = 3 i = 4 end",
        &["for i = 1, 3 do local i = i i = 2 local i = 3 i = 4 end"],
    ),
    (
        "after a block with a local of that name",
        "for i = 1, 3 do do local i = 3 end i = 4 end",
        &["for i = 1, 3 do local i = i do local i = 3 end i = 4 end"],
    ),
    (
        "after repeat with a local of that name",
        "for i = 1, 3 do repeat local i = 3 until i i = 4 end",
        &["for i = 1, 3 do local i = i repeat local i = 3 until i i = 4 end"],
    ),
    (
        "after a loop with that name",
        "for i = 1, 3 do for i = 4, 5 do end i = 6 end",
        &["for i = 1, 3 do local i = i for i = 4, 5 do end i = 6 end"],
    ),
    (
        "inner loop with that name",
        "for i = 1, 3 do for i = 4, 5 do i = 6 end end",
        &["for i = 1, 3 do for i = 4, 5 do local i = i i = 6 end end"],
    ),
    (
        "outer variable in an inner loop",
        "for i = 1, 3 do for j = 4, 5 do i = j end end",
        &["for i = 1, 3 do local i = i for j = 4, 5 do i = j end end"],
    ),
    (
        "both loops",
        "for i = 1, 3 do for j = 4, 5 do i, j = j, i end end",
        &["for i = 1, 3 do local i = i for j = 4, 5 do local j = j i, j = j, i end end"],
    ),
    (
        "around a label",
        "for i = 1, 3 do ::a:: i = 2 goto a end",
        &["for i = 1, 3 do local i = i ::a:: i = 2 goto a end"],
    ),
    ("after a type", "for i = 1, 3 do type A = B i = 2 end", &["for i = 1, 3 do local i = i ; i = 2 end"]),
    ("local of that name", "for i = 1, 3 do local i = 2 i = 3 end", &["for i = 1, 3 do local i = 2 i = 3 end"]),
    (
        "local in a list",
        "for i = 1, 3 do local x: A, i: B = 1, 2 i = 3 end",
        &["for i = 1, 3 do local x, i = 1, 2 i = 3 end"],
    ),
    (
        "local function of that name",
        "for i = 1, 3 do local function i() i = 2 end end",
        &["for i = 1, 3 do local function i() i = 2 end end"],
    ),
    ("parameter", "for i = 1, 3 do f(function(i) i = 2 end) end", &["for i = 1, 3 do f(function(i) i = 2 end) end"]),
    (
        "typed parameter",
        "for i = 1, 3 do f(function(x, i: T) i = 2 end) end",
        &["for i = 1, 3 do f(function(x, i) i = 2 end) end"],
    ),
    ("after the loop", "for i = 1, 3 do end\ni = 2", &["for i = 1, 3 do end\ni = 2"]),
    (
        "fields",
        "for i = 1, 3 do i.x = 1 i[1] = 2 t[i] = 3 t.i = 4 end",
        &["for i = 1, 3 do i.x = 1 i[1] = 2 t[i] = 3 t.i = 4 end"],
    ),
    ("table key", "for i = 1, 3 do f({i = 2}) end", &["for i = 1, 3 do f({i = 2}) end"]),
    (
        "function in a field",
        "for i = 1, 3 do function i.f() end function t.i() end end",
        &["for i = 1, 3 do function i.f() end function t.i() end end"],
    ),
    ("compared", "for i = 1, 3 do if i == 2 then end end", &["for i = 1, 3 do if i == 2 then end end"]),
    ("in a comment", "for i = 1, 3 do --[[ i = 2 ]] f('i = 2') end", &["for i = 1, 3 do f('i = 2') end"]),
];

#[test]
fn assigned_loop_variables_are_shadowed() {
    report(CASES.iter().filter_map(|(name, source, expected)| {
        let fault = fault_of(source, |plain| {
            let found = places(plain);
            let accepted = expected.iter().any(|text| found == places(text));
            (!accepted).then(|| format!("erased to {plain:?}, expected {:?}", expected[0]))
        });
        Some((*name, *source, fault?))
    }));
}

/// Lines and texts of all tokens but semicolons.
fn places(text: &str) -> Vec<(u32, &str)> {
    tokens(text).into_iter().filter(|t| t.text != ";").map(|Token { line, text, .. }| (line, text)).collect()
}

/// The value of the inserted local must not be called by what follows it.
#[test]
fn the_shadowing_local_ends_before_a_parenthesis() {
    let source = "for i = 1, 3 do (f or g)(i) i = 2 end";
    report([source].into_iter().filter_map(|source| Some(("parenthesis", source, crate::mismatch(source, JOINED)?))));
}

const JOINED: &str = "for i = 1, 3 do local i = i; (f or g)(i) i = 2 end";

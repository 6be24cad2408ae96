//! Source without types passes through, character by character.

use crate::{fault_of, report};

/// A name, and source that is its own erased form.
pub(crate) const CASES: &[(&str, &str)] = &[
    ("nothing", ""),
    ("blank lines", "\n\n  \n"),
    ("comment only", "-- local x: T"),
    ("doc comments", "---@param x T\n---@return U\nlocal function f(x) end --[[@as T]]"),
    ("comment with brackets", "--[ local x: T\nlocal y = 1 --]]"),
    ("long comment", "--[==[ local x: T ]] \n type A = B ]=] ]==] local y = 1"),
    ("long string", "local s = [[a: T as B :: C! @x]]"),
    ("long string with level", "local s = [==[ ]] ]=]\ntype X = 'y ]==] .. [[\n]]"),
    ("string", "local s = \"x: T as U :: V \\\" ! @ != ->\""),
    ("single quotes", "local s = 'it\\'s: T', '\\\\', '--'"),
    ("escapes", "local s = 'a\\\n b: T' .. 'c\\z\n  d' .. '\\x41\\u{48}\\065'"),
    ("text that is not ASCII", "local s = 'äöü €' -- ä: ö\nreturn s"),
    ("carriage returns", "local x = 1\r\nlocal y = 2\r\nreturn x, y\r\n"),
    ("tabs", "\tlocal\tx\t=\t1\t"),
    ("numbers", "return 3, 3., .5, 3e-2, 0xFF, 0x1p-4, 0xA.8P+1, 1e10"),
    ("arithmetic", "return -a + b * c / d // e % f ^ -g"),
    ("bits", "return a & b | c ~ ~d << 1 >> 2"),
    ("comparisons", "return a < b, a <= b, a > b, a >= b, a == b, a ~= b"),
    ("angle brackets", "return f(a<b, c>(d)), a<b>c"),
    ("logic", "return not a and b or #c .. d..e"),
    ("calls", "f() f'x' f\"y\" f[[z]] f{1} o:m() o:m'x' o.a.b:c{}"),
    ("calls of results", "f()()[1].x:y 'z' {1} (2)"),
    ("strings with methods", "local s = ('%d'):format(1)"),
    ("assignments", "a, b.c, d[1], e().f = 1, 2, f()"),
    ("tables", "local t = {1, x = 2; [3] = 4, ['y'] = {}, f(), ...,}"),
    ("functions", "function a() end function b.c.d() end function b:e(x, ...) return ... end"),
    ("local functions", "local function f(...) local a, b = ... return a, b end"),
    ("tail call", "return f(x)"),
    ("bare return", "if x then return end return;"),
    ("semicolons", ";;; f();; ;g();"),
    ("loops", "while x do break end repeat local y = f() until y"),
    ("numeric for", "for i = 1, 10, 2 do print(i) end"),
    ("generic for", "for k, v in pairs(t), nil do print(k, v) end"),
    ("conditions", "if a then b() elseif c then d() elseif e then else f() end"),
    ("blocks", "do do local x end do end end"),
    ("labels", "f() ; ::again:: goto again ::a::::b:: goto b"),
    ("label after an expression", "local x = y ::l:: goto l"),
    ("call over lines", "local x = f\n(y)"),
    ("fields", "t.type = t.as.is\nt:fun().interface, t.keyof = t.readonly, t.typeof"),
    ("contextual words", "local type, as, is = type(x), {as = 1}, fun\ninterface(as)"),
    ("deep nesting", "return ((((((({{{{{f(function() return {function() end} end)}}}}})))))))"),
];

#[test]
fn untyped_source_is_unchanged() {
    report(CASES.iter().filter_map(|(name, source)| {
        let fault = fault_of(source, |plain| (plain != *source).then(|| format!("erased to {plain:?}")));
        Some((*name, *source, fault?))
    }));
}

/// What is erased may touch a comment or string, which must not change by that.
#[test]
fn comments_and_strings_stay_beside_types() {
    let kept = ["--[==[ a: T\n ]] ]==]", "[[ b\n: T ]]", "'c: \\'T'", "-- d as T\n", "\"e \\\n :: T!\""];
    let source = format!(
        "local x: T {} = {} as T; local y: U = {}! {}\nlocal z = ({} :: V)",
        kept[0], kept[1], kept[2], kept[3], kept[4]
    );
    let fault = fault_of(&source, |plain| {
        let lost: Vec<_> = kept.iter().filter(|text| !plain.contains(**text)).collect();
        (!lost.is_empty()).then(|| format!("erased to {plain:?}, without {lost:?}"))
    });
    report(fault.into_iter().map(|fault| ("beside types", source.as_str(), fault)));
}

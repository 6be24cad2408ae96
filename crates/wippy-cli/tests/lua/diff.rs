//! `text.diff`. Which edits are found, is tested where they are looked for.

use crate::app::{App, lua_tests};
use wippy_core::Tree;

fn differ(body: &str) -> String {
    format!("local d = assert(text.diff.new()) {body}")
}

lua_tests! {
    what_differs_is_listed:
        differ("local got, err = d:compare('The cat', 'The dog') assert(err == nil)
        checks.equal(got, {{operation = 'equal', text = 'The '}, {operation = 'delete', text = 'cat'},
            {operation = 'insert', text = 'dog'}})
        checks.equal((d:compare('same', 'same')), {{operation = 'equal', text = 'same'}})
        checks.equal((d:compare('', '')), {}) checks.equal((d:compare('', 'a')), {{operation = 'insert', text = 'a'}})
        checks.equal((d:compare('a', '')), {{operation = 'delete', text = 'a'}})
        checks.equal((d:compare('\\u{e4}\\u{f6}', '\\u{e4}')), {{operation = 'equal', text = '\\u{e4}'},
            {operation = 'delete', text = '\\u{f6}'}})
        checks.equal((d:compare(12, 1)), {{operation = 'equal', text = '1'}, {operation = 'delete', text = '2'}})
        assert(type(d) == 'userdata' and tostring(d) == 'text.Differ{}' and type(d.compare) == 'function')");
    lists_are_summed_up_and_shown:
        differ("local diffs = d:compare('a<\\u{e4}\\n', 'a<b&\\n')
        checks.equal(diffs, {{operation = 'equal', text = 'a<'}, {operation = 'delete', text = '\\u{e4}'},
            {operation = 'insert', text = 'b&'}, {operation = 'equal', text = '\\n'}})
        checks.equal(d:summarize(diffs), {insertions = 2, deletions = 1, equals = 3})
        checks.equal(d:summarize({}), {insertions = 0, deletions = 0, equals = 0})
        assert(select('#', d:summarize({})) == 1)
        local text, err = d:pretty_text(diffs) assert(err == nil)
        checks.equal(text, 'a<\\27[31m\\u{e4}\\27[0m\\27[32mb&\\27[0m\\n')
        local html, err = d:pretty_html(diffs) assert(err == nil)
        checks.equal(html, '<span>a&lt;</span><del style=\"background:#ffe6e6;\">\\u{e4}</del>'
            .. '<ins style=\"background:#e6ffe6;\">b&amp;</ins><span>&para;<br></span>')
        checks.equal((d:pretty_text({})), '')");
    patches_lead_to_the_other_text:
        differ("local old, new = 'The quick brown fox jumps over the lazy dog.', 'That quick brown fox jumped over a lazy dog.'
        local patches, err = d:patch_make(old, new) assert(err == nil)
        assert(#patches == 2 and patches[1].text:find('^@@ %-1,11 %+1,12 @@\\n'))
        local got, all = d:patch_apply(patches, old) checks.equal(got, new) assert(all == true)
        got, all = d:patch_apply(patches, 'The quick red rabbit jumps over the tired tiger.')
        checks.equal(got, 'That quick red rabbit jumped over a tired tiger.') assert(all == true)
        got, all = d:patch_apply(patches, 'I am the very model of a modern major general.')
        checks.equal(got, 'I am the very model of a modern major general.') assert(all == false)
        checks.equal((d:patch_make('a', 'a')), {}) checks.equal(#d:patch_make('', 'a'), 1)
        got, all = d:patch_apply({}, 'x') assert(got == 'x' and all == true)
        -- Standard text form, also several in one.
        got, all = d:patch_apply({{text = '@@ -1,3 +1,3 @@\\n ab\\n-c\\n+%C3%A4\\n'}}, 'abc')
        assert(got == 'ab\\u{e4}' and all)
        got, all = d:patch_apply({{text = patches[1].text .. patches[2].text}}, old) assert(got == new and all)");
    unreadable_patches_make_it_false:
        differ("local good = d:patch_make('abc', 'abd')[1]
        for _, bad in ipairs{{text = 'nonsense'}, {text = '@@ -1 +1 @@\\n*a'}, {}, 'x', 5, {text = 5}, false} do
            local got, all = d:patch_apply({bad, good}, 'abc') assert(got == 'abd' and all == false, tostring(bad))
        end");
    options_are_heeded:
        "local function make(o) return assert(text.diff.new(o)) end
        local old, new = 'abcdefghijklmnopqrstuvwxyz', 'abcdefghijklm-nopqrstuvwxyz'
        checks.equal(make{patch_margin = 1}:patch_make(old, new)[1].text, '@@ -12,4 +12,5 @@\\n lm\\n+-\\n no\\n')
        checks.equal(make{patch_margin = 6}:patch_make(old, new)[1].text,
            '@@ -2,24 +2,25 @@\\n bcdefghijklm\\n+-\\n nopqrstuvwxy\\n')
        local patches = make():patch_make('The quick brown fox', 'The quick red fox')
        local _, loose = make():patch_apply(patches, 'The quick brawn fax') assert(loose == true)
        local _, strict = make{match_threshold = 0}:patch_apply(patches, 'The quick brawn fax') assert(strict == false)
        local far = ('-'):rep(3000) .. 'The quick brown fox'
        local _, near = make():patch_apply(patches, far) assert(near == false)
        local got, all = make{match_distance = 1000000}:patch_apply(patches, far)
        assert(all == true and got == ('-'):rep(3000) .. 'The quick red fox')
        assert(make{diff_timeout = 0, diff_edit_cost = 8, match_threshold = 1, patch_delete_threshold = 0.0, unknown = {}})";
    wrong_options_are_invalid:
        "for part, options in pairs{
            ['options must be a table, got string'] = 'x', ['diff_timeout must be from 0'] = {diff_timeout = -1},
            ['diff_timeout must be a number, got string'] = {diff_timeout = '1'},
            ['diff_edit_cost must be a whole number'] = {diff_edit_cost = 1.5},
            ['match_threshold must be from 0 to 1, got 2'] = {match_threshold = 2},
            ['match_distance must be from 0'] = {match_distance = -1},
            ['patch_delete_threshold must be a number, got boolean'] = {patch_delete_threshold = true},
            ['patch_margin must be from 0 to 1000'] = {patch_margin = 1001},
        } do checks.refused(errors.INVALID, part, text.diff.new(options)) end";
    wrong_arguments:
        differ("checks.raises(\"bad argument #1 to 'compare' (string expected, got no value)\", d.compare, d)
        checks.raises(\"bad argument #2 to 'compare' (string expected, got table)\", d.compare, d, 'a', {})
        checks.raises('string expected, got nil', d.patch_make, d, 'a', nil)
        checks.raises('table expected, got string', d.patch_apply, d, 'a', 'b')
        checks.raises('string expected, got table', d.patch_apply, d, {}, {})
        for _, name in ipairs{'summarize', 'pretty_text', 'pretty_html'} do
            checks.raises('table expected, got no value', d[name], d)
        end
        for _, name in ipairs{'compare', 'summarize', 'pretty_text', 'pretty_html', 'patch_make', 'patch_apply'} do
            checks.raises('text.Differ expected', d[name], {}, 'a', 'b')
        end
        for _, bad in ipairs{{'x'}, {{}}, {{operation = 'equal'}}, {{operation = 'change', text = 'x'}}, {{text = 'x'}},
                {{operation = 'equal', text = 5}}} do
            checks.refused(errors.INVALID, 'diff 1 must have an operation', d:pretty_text(bad))
            checks.refused(errors.INVALID, 'diff 1 must have an operation', d:pretty_html(bad))
            checks.raises('diff 1 must have an operation', d.summarize, d, bad)
        end");
    long_texts_come_to_an_end:
        "-- Nothing in common, and no time: what comes out is coarse, but right.
        local d = assert(text.diff.new{diff_timeout = 0.001})
        local a, b = {}, {} for i = 1, 20000 do a[i], b[i] = i % 7, (i * i) % 11 end
        a, b = table.concat(a), table.concat(b)
        local old, new = {}, {}
        for _, e in ipairs(d:compare(a, b)) do
            if e.operation ~= 'insert' then old[#old + 1] = e.text end
            if e.operation ~= 'delete' then new[#new + 1] = e.text end
        end
        assert(table.concat(old) == a and table.concat(new) == b)
        -- Many lines, few of which differ.
        local lines = {} for i = 1, 5000 do lines[i] = 'line ' .. i end
        local before = table.concat(lines, '\\n')
        for i = 100, 5000, 500 do lines[i] = 'another ' .. i end
        local after = table.concat(lines, '\\n')
        local full = assert(text.diff.new())
        local patches = full:patch_make(before, after) assert(#patches == 10)
        local got, all = full:patch_apply(patches, before) assert(got == after and all)";
}

#[test]
fn long_texts_are_refused() {
    App::new(&differ(
        "local x = ('x'):rep(8 * 1024 * 1024 + 1)
        checks.raises(\"bad argument #2 to 'compare' (a text has 8388608 bytes at most, this one has 8388609)\",
            d.compare, d, 'a', x)
        checks.raises('bad argument #1', d.patch_make, d, x, 'a') checks.raises('bad argument #2', d.patch_apply, d, {}, x)
        return #d:compare('a', x:sub(2)) == 2",
    ))
    .passes();
}

#[test]
fn what_would_not_fit_is_an_error() {
    let body = differ(
        "local x = ('x'):rep(1000000)
        for _, call in ipairs{function() return d:compare(x, 'a' .. x) end, function() return d:patch_make(x, x) end,
                function() return d:patch_apply({}, x) end} do
            local ok, e = pcall(call) assert(not ok and tostring(e):find('not enough memory'), e)
        end
        return true",
    );
    App::new(&body).set("main", "limits", Tree::map([("memory", "4MB")])).passes();
}

#[test]
fn works_at_file_level() {
    App::chunk(
        "local d = text.diff.new() local found = d:compare('ab', 'b') local patches = d:patch_make('abc', 'abd')
        return {main = function() return #found == 2 and d:patch_apply(patches, 'abc') == 'abd' end}",
    )
    .passes();
}

//! `text.splitter`. What its rules make of a text, is tested where they are written.

use crate::app::{App, lua_tests};
use wippy_core::Tree;

fn sp(body: &str) -> String {
    format!(
        "local sp = text.splitter
        local function cut(make, options, s) return (assert(assert(make(options)):split_text(s))) end {body}"
    )
}

lua_tests! {
    recursive_cuts_at_the_coarsest_separator:
        sp("local s, err = sp.recursive() assert(err == nil and type(s) == 'userdata' and tostring(s) == 'text.Splitter{recursive}')
        local small = {chunk_size = 7, chunk_overlap = 0}
        checks.equal(cut(sp.recursive, small, 'one two three'), {'one two', 'three'})
        checks.equal(cut(sp.recursive, small, 'a b\\n\\nc d e f'), {'a b', 'c d e f'})
        checks.equal(cut(sp.recursive, {chunk_size = 5.0, chunk_overlap = 3.0}, 'a b c d e'), {'a b c', 'b c d', 'c d e'})
        checks.equal(cut(sp.recursive, {chunk_size = 3, chunk_overlap = 0, separators = {',', ''}}, 'a,b,cdef'),
            {'a,b', 'cde', 'f'})
        checks.equal(cut(sp.recursive, {chunk_size = 3, chunk_overlap = 0, separators = {','}, keep_separator = true},
            'a,b,c'), {'a,b', ',c'})
        checks.equal(cut(sp.recursive, {chunk_size = 2, chunk_overlap = 0}, '\\u{e4}\\u{f6}\\u{fc}'), {'\\u{e4}\\u{f6}', '\\u{fc}'})
        checks.equal(cut(sp.recursive, nil, ''), {}) checks.equal(cut(sp.recursive, {}, 'short'), {'short'})
        local got, e = s:split_text('x') checks.equal(got, {'x'}) assert(e == nil)
        checks.equal(cut(sp.recursive, {unknown = 1}, 5), {'5'})");
    defaults:
        sp("local words = ('word '):rep(300)
        for _, chunk in ipairs(cut(sp.recursive, nil, words)) do assert(#chunk <= 512) end
        local chunks = cut(sp.recursive, nil, words)
        assert(#chunks == 4 and #chunks[1] > 500)");
    markdown_keeps_headings:
        sp("local md = '# A\\n\\none\\n\\n- x\\n- y\\n\\n## B\\n\\n```lua\\nlocal a\\n```\\n\\n| a |\\n|---|\\n| 1 |\\n| 2 |\\n'
        assert(tostring(sp.markdown()) == 'text.Splitter{markdown}')
        checks.equal(cut(sp.markdown, nil, md), {'# A\\none\\n- x', '# A\\n- y', '## B\\n| a |\\n| --- |\\n| 1 |',
            '## B\\n| a |\\n| --- |\\n| 2 |'})
        checks.equal(cut(sp.markdown, {code_blocks = true, heading_hierarchy = true, join_table_rows = true}, md),
            {'# A\\none\\n- x', '# A\\n- y', '# A\\n## B\\n```lua\\nlocal a\\n```\\n| a |\\n| --- |\\n| 1 |\\n| 2 |'})
        checks.equal(cut(sp.markdown, {reference_links = true}, '[a][1]\\n\\n[1]: http://x'), {'[a](http://x)'})
        checks.equal(cut(sp.markdown, {chunk_size = 10, chunk_overlap = 0, separators = {'-'}}, '# A\\n\\naaaa-bbbb-cccc'),
            {'# A\\naaaa-bbbb', '# A\\ncccc'})");
    batches_keep_metadata:
        sp("local s = assert(sp.recursive{chunk_size = 3, chunk_overlap = 0})
        local meta = {page = 1}
        local got, err = s:split_batch{{content = 'aa bb', metadata = meta}, 'no', {content = ''}, {metadata = {}}, {content = 5},
            {content = 'cc'}, false, {content = 'dd', metadata = 'x'}}
        assert(err == nil)
        checks.equal(got, {{content = 'aa', metadata = meta}, {content = 'bb', metadata = meta},
            {content = 'cc', metadata = {}}, {content = 'dd', metadata = {}}})
        assert(meta.page == 1 and rawequal(got[1].metadata, meta) and rawequal(got[2].metadata, meta))
        checks.equal((s:split_batch{}), {})
        checks.equal((sp.markdown():split_batch{{content = '# A\\n\\nx'}}), {{content = '# A\\nx', metadata = {}}})");
    wrong_options_are_invalid:
        sp("for _, make in ipairs{sp.recursive, sp.markdown} do
            for part, options in pairs{
                ['chunk_overlap (10) must be less than chunk_size (10)'] = {chunk_size = 10, chunk_overlap = 10},
                ['chunk_overlap (100) must be less than chunk_size (50)'] = {chunk_size = 50},
                ['chunk_size must be from 1'] = {chunk_size = 0}, ['chunk_size must be a number, got string'] = {chunk_size = '9'},
                ['chunk_overlap must be from 0'] = {chunk_overlap = -1},
                ['chunk_size must be a whole number, got 100.5'] = {chunk_size = 100.5},
                ['separators must be a list of strings, got string'] = {separators = ','},
                ['separators must be a list of 1 to 64 strings'] = {separators = {}},
                ['separators must be a list of strings, got number'] = {separators = {1}},
                ['options must be a table, got number'] = 5, ['options must be a table, got boolean'] = false,
            } do checks.refused(errors.INVALID, part, make(options)) end
            checks.refused(errors.INVALID, 'chunk_size must be from 1', make{chunk_size = 0/0})
        end
        checks.refused(errors.INVALID, 'keep_separator must be a boolean, got number', sp.recursive{keep_separator = 1})
        for _, name in ipairs{'code_blocks', 'reference_links', 'heading_hierarchy', 'join_table_rows'} do
            checks.refused(errors.INVALID, name .. ' must be a boolean', sp.markdown{[name] = 'yes'})
        end");
    wrong_arguments_raise:
        sp("local s = sp.recursive()
        checks.raises(\"bad argument #1 to 'split_text' (string expected, got no value)\", s.split_text, s)
        checks.raises('string expected, got table', s.split_text, s, {})
        checks.raises(\"bad argument #1 to 'split_batch' (table expected, got string)\", s.split_batch, s, 'x')
        checks.raises('text.Splitter expected', s.split_text, {}, 'x')
        checks.raises('text.Splitter expected', s.split_batch, {}, {})");
    large_texts:
        sp("local s = assert(sp.recursive{chunk_size = 100, chunk_overlap = 20})
        local text = ('word '):rep(200000) local chunks = s:split_text(text)
        assert(#chunks > 10000)
        assert(#sp.markdown():split_text(('# A\\n\\ntext\\n\\n'):rep(20000)) == 20000)
        assert(#s:split_text(('x'):rep(1000000)) == 12500)");
}

#[test]
fn what_would_not_fit_is_an_error() {
    // Each chunk is one character further than the one before.
    let body = sp("local s = assert(sp.recursive{chunk_size = 5000, chunk_overlap = 4999, separators = {''}})
        local ok, e = pcall(s.split_text, s, ('x'):rep(100000))
        assert(not ok and tostring(e):find('not enough memory'), e)
        return true");
    App::new(&body).set("main", "limits", Tree::map([("memory", "8MB")])).passes();
}

/// Markdown is read in parts, which have a size.
#[test]
fn long_markdown_needs_places_to_cut() {
    let body = "local md = assert(text.splitter.markdown())
        local words = ('word '):rep(300000)
        checks.refused(errors.INVALID, 'Markdown without a heading, or a paragraph behind an empty line, has 1048576 bytes at most',
            md:split_text(words))
        checks.refused(errors.INVALID, 'has 1048576 bytes at most', md:split_batch({{content = '# A'}, {content = words}}))
        local section = '# A\\n\\n' .. ('word '):rep(20) .. '\\n\\n'
        return #assert(md:split_text(section:rep(20000))) == 20000";
    App::new(body).passes();
}

#[test]
fn works_at_file_level() {
    App::chunk(
        "local s = text.splitter.recursive{chunk_size = 2, chunk_overlap = 0} local cut = s:split_text('aabb')
        local md = text.splitter.markdown()
        return {main = function() return cut[2] == 'bb' and #s:split_text('aabb') == 2 and #md:split_text('# A') == 1 end}",
    )
    .passes();
}

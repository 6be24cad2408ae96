//! `text.regexp`.

use crate::app::{App, lua_tests};
use wippy_core::Tree;

fn re(body: &str) -> String {
    format!("local re = text.regexp local function compile(p) return assert(re.compile(p)) end {body}")
}

lua_tests! {
    patterns_match_anywhere:
        re("local r, err = re.compile('[0-9]+') assert(err == nil and type(r) == 'userdata')
        assert(r:match_string('a 12 b') == true and r:match_string('abc') == false)
        assert(compile('^a$'):match_string('a') and not compile('^a$'):match_string('a\\n'))
        assert(compile('(?i)ABC'):match_string('xabc') and compile('(?s)a.b'):match_string('a\\nb'))
        assert(compile('(?m)^b$'):match_string('a\\nb\\nc') and compile(''):match_string(''))
        assert(compile(5):match_string(15) and r:string() == '[0-9]+' and tostring(r) == 'text.Regexp{[0-9]+}')
        assert(type(r.match_string) == 'function')");
    meaning_is_that_of_re2:
        re("assert(not compile('^\\\\d$'):match_string('\\u{661}') and not compile('\\\\w'):match_string('\\u{fc}'))
        assert(compile('\\\\bx\\\\b'):match_string('\\u{fc}x\\u{fc}') and compile('^.$'):match_string('\\u{fc}'))
        assert(compile('^{{(\\\\w+)}}$'):find_string_submatch('{{name}}')[2] == 'name')
        assert(compile('^\\\\Qa.b\\\\E$'):match_string('a.b') and compile('^[[:alpha:]]+$'):match_string('ab'))
        checks.equal(compile('(?P<y>[0-9]+)-(?<m>[0-9]+)'):subexp_names(), {'', 'y', 'm'})
        assert(compile('^\\\\pL\\\\p{Greek}\\\\PN[\\\\p{Lu}]$'):match_string('\\u{e4}\\u{3b1}xA'))
        assert(compile('^\\\\a\\\\f\\\\v\\\\123\\\\x{1F600}\\\\x41$'):match_string('\\a\\f\\vS\\u{1F600}A'))
        assert(compile('\\\\Aab\\\\z'):match_string('ab') and not compile('b$'):match_string('b\\n'))
        assert(compile('^[[:word:]]+$'):match_string('a_1') and compile('^[a&&b]+$'):match_string('a&b'))
        assert(compile('\\\\<b\\\\>'):match_string('<b>') and compile('(?i)STRASSE'):match_string('strasse'))
        checks.equal(compile('(?U)a+'):find_string('aaa'), 'a')
        checks.equal(compile('(?s).'):find_string('\\n'), '\\n') checks.equal(compile('a b#c'):find_string('a b#c'), 'a b#c')
        -- Leftmost, first alternative; lazy repetition.
        checks.equal(compile('a|ab'):find_string('ab'), 'a') checks.equal(compile('a+?'):find_string('aaa'), 'a')");
    subjects_need_not_be_text:
        re("local r = compile('b+')
        checks.equal(r:find_all_string('\\255bb\\0b\\254'), {'bb', 'b'})
        checks.equal(r:find_string_index('\\255bb'), {2, 3})
        checks.equal(r:replace_all_string('\\255b', '\\254'), '\\255\\254')
        checks.equal(compile('b.'):find_string('b\\255b\\0'), 'b\\0')
        checks.equal(compile('b\\\\C'):find_string('b\\255'), 'b\\255')");
    finding:
        re("local r = compile('a(x)?b')
        checks.equal(r:find_string('--axb ab'), 'axb') checks.equal(r:find_string('none'), nil)
        checks.equal(compile('x*'):find_string('abc'), nil)
        checks.equal(r:find_all_string('axb ab'), {'axb', 'ab'}) checks.equal(r:find_all_string('none'), {})
        checks.equal(r:find_string_submatch('axb'), {'axb', 'x'}) checks.equal(r:find_string_submatch('ab'), {'ab', ''})
        checks.equal(r:find_string_submatch('none'), nil)
        checks.equal(r:find_all_string_submatch('axb ab'), {{'axb', 'x'}, {'ab', ''}})
        checks.equal(r:find_all_string_submatch('none'), {})
        checks.equal(r:find_string_index('--ab'), {3, 4}) checks.equal(r:find_string_index('none'), nil)
        checks.equal(r:find_all_string_index('ab-axb'), {{1, 2}, {4, 6}})
        checks.equal(r:find_all_string_index('none'), nil)
        local s, at = 'say axb', r:find_string_index('say axb') assert(s:sub(at[1], at[2]) == 'axb')
        assert(select('#', r:find_string('ab')) == 1)");
    empty_matches:
        re("checks.equal(compile('a*'):find_all_string('baac'), {'', 'aa', ''})
        checks.equal(compile(''):find_all_string_index('a\\u{fc}'), {{1, 0}, {2, 1}, {4, 3}})
        checks.equal(compile('a*'):replace_all_string('baac', '-'), '-b-c-')
        checks.equal(compile(''):replace_all_string('\\u{fc}x', '.'), '.\\u{fc}.x.')
        checks.equal(compile('x*'):find_string_index('abc'), {1, 0})
        checks.equal(compile('x*'):find_all_string_submatch('a'), {{''}, {''}})");
    replacing:
        re("local r = compile('(?P<first>\\\\w+) (\\\\w+)')
        for with, want in pairs{['$2 $1'] = 'b a!', ['$first.'] = 'a.!', ['${first}x'] = 'ax!', ['$firstx'] = '!', ['$$'] = '$!',
                ['$9'] = '!', ['${2}$2'] = 'bb!', ['$'] = '$!', ['${'] = '${!', ['${}'] = '${}!', ['$-'] = '$-!',
                ['$01'] = '!', ['$0'] = 'a b!', [''] = '!', ['${first'] = '${first!'} do
            checks.equal(r:replace_all_string('a b!', with), want, with)
        end
        checks.equal(compile('a'):replace_all_string('banana', 'o'), 'bonono')
        checks.equal(compile('z'):replace_all_string('banana', 'o'), 'banana')");
    splitting:
        re("local comma = compile(',')
        checks.equal(comma:split('a,b,,c'), {'a', 'b', '', 'c'}) checks.equal(comma:split('a,b,c', 2), {'a', 'b,c'})
        checks.equal(comma:split('a,b', 0), {}) checks.equal(comma:split('a,b', -1), {'a', 'b'})
        checks.equal(comma:split('a,b', 1), {'a,b'}) checks.equal(comma:split('a,b', 9.0), {'a', 'b'})
        checks.equal(comma:split(''), {''}) checks.equal(comma:split('abc'), {'abc'})
        checks.equal(comma:split(',a,'), {'', 'a', ''})
        checks.equal(compile('a'):split('banana'), {'b', 'n', 'n', ''})
        checks.equal(compile('z*'):split('pizza'), {'p', 'i', 'a'})
        checks.equal(compile(''):split('abc'), {'a', 'b', 'c'}) checks.equal(compile(''):split(''), {})");
    groups_are_told:
        re("local r = compile('(a)(?P<n>b)(?:c)(d)?')
        assert(r:num_subexp() == 3) checks.equal(r:subexp_names(), {'', '', 'n', ''})
        assert(compile('a'):num_subexp() == 0) checks.equal(compile('a'):subexp_names(), {''})");
    what_is_no_pattern:
        re("for _, p in ipairs{'(', '[a', '*a', '\\\\8', '(?z)', 'x{2,1}', '(?<n', '\\255', '(?:a{1000}){1000}'} do
            local e = checks.refused(errors.INVALID, 'error parsing regexp: ', re.compile(p))
            assert(e:message():find('^error parsing regexp: .'))
        end
        checks.raises(\"bad argument #1 to 'compile' (string expected, got no value)\", re.compile)
        checks.raises('string expected, got table', re.compile, {})");
    errors_are_those_of_re2:
        re("for p, what in pairs{
            ['a**'] = 'invalid nested repetition operator: `**`', ['*a'] = 'missing argument to repetition operator: `*`',
            ['(a'] = 'missing closing ): `(a`', ['a)'] = 'unexpected ): `a)`', ['[a'] = 'missing closing ]: `[a`',
            ['x{2,1}'] = 'invalid repeat count: `{2,1}`', ['x{1001}'] = 'invalid repeat count: `{1001}`',
            ['(?=a)'] = 'invalid or unsupported Perl syntax: `(?=`', ['(?<!a)'] = 'invalid or unsupported Perl syntax: `(?<`',
            ['(?x)a b'] = 'invalid or unsupported Perl syntax: `(?x`', ['(?R)'] = 'invalid or unsupported Perl syntax: `(?R`',
            ['(?-u:a)'] = 'invalid or unsupported Perl syntax: `(?-u`', ['(a)\\\\1'] = 'invalid escape sequence: `\\\\1`',
            ['\\\\Z'] = 'invalid escape sequence: `\\\\Z`', ['\\\\p{Alphabetic}'] = 'invalid character class range: `\\\\p{Alphabetic}`',
            ['[b-a]'] = 'invalid character class range: `b-a`', ['[[:foo:]]'] = 'invalid character class range: `[:foo:]`',
            ['(?P<n>a)(?P<n>b)'] = 'invalid named capture: `(?P<n>`', ['a\\\\'] = 'trailing backslash at end of expression: ``',
            ['\\255'] = 'invalid UTF-8: ', [('x'):rep(20000)] = 'expression too large: it has 16384 bytes at most',
            ['\\\\pL{500}'] = 'expression too large: when compiled it has 4 MB at most',
        } do checks.refused(errors.INVALID, 'error parsing regexp: ' .. what, re.compile(p)) end");
    wrong_arguments_raise:
        re("local r = compile('a')
        for _, name in ipairs{'match_string', 'find_string', 'find_all_string', 'find_string_submatch',
                'find_all_string_submatch', 'find_string_index', 'find_all_string_index', 'split'} do
            checks.raises(\"bad argument #1 to '\" .. name .. \"' (string expected, got no value)\", r[name], r)
            checks.raises('string expected, got table', r[name], r, {})
            checks.raises('text.Regexp expected, got table', r[name], {}, 'a')
        end
        checks.raises('bad argument #2', r.replace_all_string, r, 'a')
        checks.raises('number expected, got boolean', r.split, r, 'a', true)
        checks.raises('no integer', r.split, r, 'a', 1.5)
        for _, name in ipairs{'num_subexp', 'subexp_names', 'string'} do checks.raises('text.Regexp expected', r[name], {}) end
        assert(r:match_string(5) == false)");
    long_texts_and_many_patterns:
        re("local long = ('ab'):rep(1000000)
        assert(#compile('a'):find_all_string(long) == 1000000)
        assert(#compile('(a)(b)'):replace_all_string(long, '$2') == 1000000)
        -- Nothing that takes exponential time elsewhere.
        assert(not compile('(a*)*$c'):match_string(('a'):rep(100000)))
        local all = {} for i = 1, 500 do all[i] = compile('^' .. i .. '$') end
        for i = 1, 500 do assert(all[i]:match_string(tostring(i)) and not all[i]:match_string('x')) end");
}

#[test]
fn what_would_not_fit_is_an_error() {
    let body = re("local r = compile('x')
        local ok, e = pcall(function() return r:replace_all_string(('x'):rep(10000), ('y'):rep(10000)) end)
        assert(not ok and tostring(e):find('not enough memory'), e)
        local x = ('x'):rep(1000000)
        for _, name in ipairs{'find_all_string', 'find_all_string_index', 'find_all_string_submatch', 'split'} do
            local ok, e = pcall(r[name], r, x) assert(not ok and tostring(e):find('not enough memory'), name)
        end
        return true");
    App::new(&body).set("main", "limits", Tree::map([("memory", "8MB")])).passes();
}

#[test]
fn works_at_file_level() {
    App::chunk(
        "local r = text.regexp.compile('b+') local found = r:find_string('abb')
        return {main = function() return found == 'bb' and r:match_string('b') end}",
    )
    .passes();
}

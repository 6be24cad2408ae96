//! `uuid`.

use crate::app::{App, lua_tests};

lua_tests! {
    new_ones_have_their_form_and_differ:
        "local seen = {}
        for version, f in pairs{[1] = uuid.v1, [4] = uuid.v4, [7] = uuid.v7} do for _ = 1, 200 do
            local id, err = f()
            checks.equal(err, nil) checks.equal(#id, 36)
            assert(id:match('^%x+%-%x+%-' .. version .. '%x%x%x%-[89ab]%x%x%x%-%x+$') and id == id:lower(), id)
            checks.equal((uuid.version(id)), version) checks.equal((uuid.variant(id)), 'RFC4122')
            assert(not seen[id], id) seen[id] = true
        end end";
    version_7_grows:
        "local last = uuid.v7()
        for _ = 1, 5000 do local id = uuid.v7() assert(id > last, last .. ' ' .. id) last = id end";
    the_time_is_in_it:
        "local before = os.time()
        for _, f in ipairs{uuid.v1, uuid.v7} do
            local at = uuid.parse(f()).timestamp
            assert(math.type(at) == 'integer' and at >= before - 1 and at <= os.time() + 1, at)
        end";
    names_give_the_same_one_each_time:
        "local dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
        for name, ids in pairs{
            ['python.org'] = {'6fa459ea-ee8a-3ca4-894e-db77e160355e', '886313e1-3b8a-5372-9b90-0c9aee199e5d'},
        } do
            for _, ns in ipairs{dns, dns:upper(), '{' .. dns .. '}', 'urn:uuid:' .. dns, (dns:gsub('-', ''))} do
                local v3, e3 = uuid.v3(ns, name) local v5, e5 = uuid.v5(ns, name)
                checks.equal({v3, v5}, ids) checks.equal(e3, nil) checks.equal(e5, nil)
            end
        end
        checks.equal((uuid.v5(dns, '')), '4ebd0208-8328-5d69-8c44-ec50939c0967')
        checks.equal(uuid.version(uuid.v3(dns, '\\0\\255')), 3)
        for _, f in ipairs{uuid.v3, uuid.v5} do
            for _, ns in ipairs{'', 'dns', dns .. ' ', dns:sub(2), dns:gsub('6', 'g', 1)} do
                checks.refused(errors.INVALID, 'invalid namespace', f(ns, 'x'))
            end
            for _, wrong in ipairs{5, true, {}, print} do
                checks.refused(errors.INVALID, 'invalid namespace', f(wrong, 'x'))
                checks.refused(errors.INVALID, 'a string is required as argument #2', f(dns, wrong))
            end
            checks.refused(errors.INVALID, 'invalid namespace', f())
            checks.refused(errors.INVALID, 'a string is required as argument #2', f(dns))
        end";
    notations:
        "local id = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f'
        local simple = id:gsub('-', '')
        for _, text in ipairs{id, id:upper(), simple, simple:upper(), 'urn:uuid:' .. id, 'URN:UUID:' .. id:upper(), '{' .. id .. '}'} do
            local ok, err = uuid.validate(text) checks.equal(ok, true, text) checks.equal(err, nil)
            checks.equal((uuid.format(text)), id) checks.equal((uuid.format(text, 'standard')), id)
            checks.equal((uuid.format(text, 'simple')), simple)
            local urn, none = uuid.format(text, 'urn') checks.equal(urn, 'urn:uuid:' .. id) checks.equal(none, nil)
            for _, other in ipairs{5, true, {}, print} do checks.equal((uuid.format(text, other)), id) end
        end
        for _, form in ipairs{'', 'Standard', 'braced'} do checks.refused(errors.INVALID, 'invalid format', uuid.format(id, form)) end";
    what_is_no_uuid_is_invalid:
        "local id = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f'
        local wrong = {'', 'x', id .. '0', id:sub(1, -2), ' ' .. id, '{' .. id, id .. '}', '(' .. id .. ')', 'urn:guid:' .. id,
            id:gsub('-', '_', 1), (id:gsub('f', 'g', 1)), string.rep('-', 36), string.rep('\\255', 36), string.rep('x', 1e6),
            5, 1.5, true, {}, print, errors.new(id)}
        for i = 1, #wrong + 1 do
            local ok, err = uuid.validate(wrong[i]) checks.equal(ok, false) checks.equal(err, nil)
            for _, f in ipairs{uuid.version, uuid.variant, uuid.parse, uuid.format} do
                local e = checks.refused(errors.INVALID, 'invalid UUID', f(wrong[i]))
                assert(#e:message() < 400, e:message())
            end
        end";
    versions_and_variants:
        "for id, expected in pairs{
            ['00000000-0000-0000-0000-000000000000'] = {0, 'Reserved'},
            ['ffffffff-ffff-ffff-ffff-ffffffffffff'] = {15, 'Future'},
            ['017f22e2-79b0-7cc3-d8c4-dc0c0c07398f'] = {7, 'Microsoft'},
            ['919108f7-52d1-4320-9bac-f847db4148a8'] = {4, 'RFC4122'},
        } do
            local version, err = uuid.version(id) checks.equal(version, expected[1]) checks.equal(err, nil)
            local variant, err = uuid.variant(id) checks.equal(variant, expected[2]) checks.equal(err, nil)
            local parsed, err = uuid.parse(id)
            checks.equal(parsed, {version = expected[1], variant = expected[2]}) checks.equal(err, nil)
        end";
    parts:
        "checks.equal((uuid.parse('C232AB00-9414-11EC-B3C8-9F6BDECED846')),
            {version = 1, variant = 'RFC4122', timestamp = 1645557742, node = '\\x9f\\x6b\\xde\\xce\\xd8\\x46'})
        checks.equal((uuid.parse('1EC9414C-232A-6B00-B3C8-9F6BDECED846')), {version = 6, variant = 'RFC4122', timestamp = 1645557742})
        checks.equal((uuid.parse('017F22E2-79B0-7CC3-98C4-DC0C0C07398F')), {version = 7, variant = 'RFC4122', timestamp = 1645557742})
        checks.equal((uuid.parse('00000000-0000-1000-8000-000000000000')).timestamp, -12219292800)";
}

#[test]
fn works_at_file_level() {
    let source = "local ns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
        local pure, new = uuid.v5(ns, 'python.org'), {uuid.v1(), uuid.v4(), uuid.v7()}
        return {main = function() return pure == '886313e1-3b8a-5372-9b90-0c9aee199e5d' and #new == 3 end}";
    App::chunk(source).passes();
}

#[test]
fn each_process_makes_its_own_at_file_level() {
    let other = "local id = uuid.v4() return function() return id end";
    App::new("checks.equal(checks.exec('other') ~= checks.exec('other'), true) return true")
        .program("other", other)
        .passes();
}

//! `hash`.

use crate::app::lua_tests;

lua_tests! {
    digests_of_known_texts:
        "local known = {
            md5 = {'d41d8cd98f00b204e9800998ecf8427e', '900150983cd24fb0d6963f7d28e17f72', '70350f6027bce3713f6b76473084309b'},
            sha1 = {'da39a3ee5e6b4b0d3255bfef95601890afd80709', 'a9993e364706816aba3e25717850c26c9cd0d89d',
                '4a3dec2d1f8245280855c42db0ee4239f917fdb8'},
            sha256 = {'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
                'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
                '59b271ae1bbcb1d31d41929817f4b16fb439eb4f31520b5ad1d5ce98920a7138'},
            sha512 = {'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
                'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
                '48dd66f05b49586e072c9f3485a10982231e246b46fd5eb1765721c855610c5a81744d49b1cc7ffeeed783f6819fd3702d659ce14b5b9b4f5d14f2e05cc375b5'},
        }
        for name, digests in pairs(known) do for i, data in ipairs{'', 'abc', 'a\\0b'} do
            local got, err = hash[name](data) checks.equal(got, digests[i], name) checks.equal(err, nil)
        end end";
    keyed_digests_of_known_texts:
        "local known = {
            hmac_md5 = {'750c783e6ab0b503eaa86e310a5db738', '74e6f7298a9c2d168935f58c001bad88', '033c26afc9bb030281cd23a8890e9b08'},
            hmac_sha1 = {'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79', 'fbdb1d1b18aa6c08324b7d64b71fb76370690e1d',
                'e2e4a90d1cee5e796e99915a47e0c725cf932393'},
            hmac_sha256 = {'5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
                'b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad',
                'a34abd1b081e75091b5f15447fb45ea6a1a7d624c190b880750d5d0f52ca715e'},
            hmac_sha512 = {'164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
                'b936cee86c9f87aa5d3c6f2e84cb5a4239a5fe50480a6ec66b70ab5b1f4ac6730c6c515421b327ec1d69402e53dfb49ad7381eb067b338fd7b0cb22247225d47',
                '3bea04514dec7eac85d846ec90cead0c22ff461ba7250c03635876766055b829aac0109c567fa359e5f177a9e8c30233a682a33467845ac6f966813635668f7a'},
        }
        local inputs = {{'what do ya want for nothing?', 'Jefe'}, {'', ''}, {'x', string.rep('k', 200)}}
        for name, digests in pairs(known) do for i, input in ipairs(inputs) do
            local got, err = hash[name](input[1], input[2]) checks.equal(got, digests[i], name) checks.equal(err, nil)
        end end";
    raw_results_are_the_same_bytes_and_valid_secrets:
        "local function hex(s) return (s:gsub('.', function(c) return string.format('%02x', c:byte()) end)) end
        for _, name in ipairs{'md5', 'sha1', 'sha256', 'sha512'} do
            local keyed = hash['hmac_' .. name]
            checks.equal(hex((hash[name]('abc', true))), (hash[name]('abc')))
            checks.equal(hex((keyed('abc', 'k', true))), (keyed('abc', 'k')))
        end
        local key = hash.hmac_sha256('20150830', 'AWS4key', true) key = hash.hmac_sha256('us-east-1', key, true)
        checks.equal((hash.hmac_sha256('iam', key)), 'b34bdedbc9f54fa7e03c5f39e57af320b4d6424e9ddfbddc7f882d35472853bb')";
    raw_is_any_true_value:
        "for _, raw in ipairs{true, 1, 0, 'no', {}} do
            checks.equal(#hash.sha256('', raw), 32) checks.equal(#hash.hmac_md5('', '', raw), 16)
        end
        checks.equal(#hash.sha256('', false), 64) checks.equal(#hash.sha256('', nil), 64) checks.equal(#hash.hmac_md5('', '', false), 32)";
    fnv_is_the_one_that_multiplies_first:
        "for text, n in pairs{[''] = 2166136261, a = 84696446, foobar = 837857890, hello = 3069866343} do
            local got, err = hash.fnv32(text) checks.equal(got, n) checks.equal(err, nil)
        end
        for text, n in pairs{[''] = -3750763034362895579, a = -5808590958014384194, foobar = 3750802935296928194} do
            local got, err = hash.fnv64(text) checks.equal(got, n) checks.equal(err, nil)
        end";
    what_is_no_text_is_invalid:
        "local function refuses(name, at, ...)
            checks.refused(errors.INVALID, \"a string is required as argument #\" .. at .. \" of '\" .. name .. \"'\", hash[name](...))
        end
        local n = 0
        for name in pairs(hash) do
            n = n + 1
            refuses(name, 1)
            for _, wrong in ipairs{5, 1.5, true, {}, print, errors.new('x')} do
                refuses(name, 1, wrong, 'secret')
                if name:find('hmac') then refuses(name, 2, 'data', wrong) refuses(name, 2, 'data') end
            end
        end
        checks.equal(n, 10)";
}

#[test]
fn works_at_file_level() {
    let source = "local x = hash.md5('') return {main = function() return x == 'd41d8cd98f00b204e9800998ecf8427e' end}";
    crate::app::App::chunk(source).passes();
}

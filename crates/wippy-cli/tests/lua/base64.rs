//! `base64`.

use crate::app::lua_tests;

lua_tests! {
    there_and_back:
        "for text, coded in pairs{[''] = '', f = 'Zg==', fo = 'Zm8=', foo = 'Zm9v', ['\\255\\0\\254'] = '/wD+'} do
            local got, err = base64.encode(text) checks.equal(got, coded) assert(err == nil)
            got, err = base64.decode(coded) checks.equal(got, text) assert(err == nil)
        end
        local all = {} for i = 0, 255 do all[#all + 1] = string.char(i) end all = table.concat(all)
        checks.equal((base64.decode((base64.encode(all)))), all)";
    line_breaks_are_skipped_and_loose_bits_tolerated:
        "checks.equal((base64.decode('aGVs\\r\\nbG8=')), 'hello') checks.equal((base64.decode('aGVsbG9=')), 'hello')";
    what_is_malformed_is_invalid:
        "for text, at in pairs{['A'] = 1, ['!'] = 0, ['AAAA-'] = 4, ['AA'] = 2, ['AA=A'] = 3, ['AA== '] = 4} do
            checks.refused(errors.INVALID, 'illegal base64 data at input byte ' .. at, base64.decode(text))
        end";
    what_is_no_text_is_invalid:
        "for _, f in ipairs{base64.encode, base64.decode} do
            checks.refused(errors.INVALID, 'string', f()) for i, v in ipairs{5, true, {}, print} do checks.refused(errors.INVALID, 'string', f(v)) end
        end";
}

#[test]
fn works_at_file_level() {
    crate::app::App::chunk("local x = base64.encode('hi') return {main = function() return x == 'aGk=' end}").passes();
}

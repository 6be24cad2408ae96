//! `json.validate` and `json.validate_string`.

use crate::app::lua_tests;

lua_tests! {
    values_are_checked:
        "local person = {type = 'object', required = {'name'}, properties = {name = {type = 'string', minLength = 1}, age = {type = 'integer'},
            tags = {type = 'array', items = {type = 'string'}}}, additionalProperties = false}
        for _, schema in ipairs{person, (json.encode(person))} do
            for _, good in ipairs{{name = 'a'}, {name = 'a', age = 5}, {name = 'a', age = 5.0, tags = {'x'}}, {name = 'a', tags = {}}} do
                local ok, err = json.validate(schema, good) assert(ok == true and err == nil, tostring(err))
                ok, err = json.validate_string(schema, (json.encode(good))) assert(ok == true and err == nil, tostring(err))
            end
            for place, bad in pairs{[\"'name' is missing\"] = {age = 5}, [\"'/age'\"] = {name = 'a', age = 1.5}, [\"'/tags/1'\"] = {name = 'a', tags = {'x', 5}},
                [\"'/name'\"] = {name = ''}, [\"'x' is not allowed\"] = {name = 'a', x = 1}, [\"is string\"] = 'text'} do
                local ok, err = json.validate(schema, bad)
                assert(ok == false and err:kind() == errors.INVALID and err:retryable() == false) checks.has(err, 'validation failed: ') checks.has(err, place)
                ok, err = json.validate_string(schema, (json.encode(bad))) assert(ok == false) checks.has(err, place)
            end
        end";
    an_empty_table_is_either:
        "assert(json.validate({type = 'object'}, {}) and json.validate({type = 'array'}, {}) and json.validate({properties = {a = {type = 'array'}}}, {a = {}}))
        assert(not json.validate({type = 'string'}, {}) and json.validate({}, 5) and not json.validate({type = 'object', required = {'a'}}, {}) and not json.validate({type = 'array', minItems = 1}, {}))";
    what_is_missing_or_wrong_is_told:
        "local function told(part, ok, err) assert(ok == false and err:kind() == errors.INVALID and err:retryable() == false) checks.has(err, part) end
        told('schema is required', json.validate()) told('schema is required', json.validate(nil, 5)) told('schema is required', json.validate_string(nil, '1'))
        told('data is required', json.validate({})) told('data is required', json.validate_string({}))
        for _, v in ipairs{5, true, {}, print} do told('data must be a JSON string', json.validate_string({}, v)) end
        for _, v in ipairs{5, true, print, '{', '5', {type = 'nothing'}, {minimum = 'x'}, {1, 2}, '{\"pattern\": \"(\"}'} do told('schema', json.validate(v, 1)) told('schema', json.validate_string(v, '1')) end
        told('malformed', json.validate_string({}, '{')) told('cannot', json.validate({}, {1, x = 2})) local t = {} t.t = t told('', json.validate({}, t))
        assert(json.validate_string({type = 'null'}, 'null'))";
}

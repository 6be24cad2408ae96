//! Types as values: calling them, asking them, and what they accept.

use crate::app::App;
use wippy_core::{Tree, Value};

/// `T` is checked against values that pass, and values that fail with these texts.
const HELP: &str = "local function passes(T, ...) for i = 1, select('#', ...) do local v = select(i, ...)
        local got, err = T:is(v) if err or not rawequal(got, v) then error(tostring(T) .. ' refuses value ' .. i .. ': ' .. tostring(err), 2) end
        assert(rawequal(T(v), v)) end end
    local function fails(T, v, text, details) local got, err = T:is(v)
        if err == nil then error(tostring(T) .. ' accepts it', 2) end
        assert(got == nil and err:kind() == errors.INVALID and err:retryable() == false)
        if tostring(err) ~= text then error(tostring(err) .. ' instead of ' .. text, 2) end
        for k, d in pairs(details or {}) do checks.equal(err:details()[k], d) end
        checks.raises('expected', T, v) end ";

macro_rules! type_tests {
    ($($name:ident: $body:expr;)*) => {
        $(#[test] fn $name() { App::new(&format!("{HELP}{}\nreturn true", $body)).passes(); })*
    };
}

type_tests! {
    the_examples_of_the_book:
        "type Port = integer @min(1) @max(65535)
        type Svc = {name: string @min_len(1), ports: {Port} @min_len(1), note?: string}
        type Opt<T> = {value: T?}
        type Tree = {label: string, kids?: {Tree}}
        fails(Svc, {name = 'a', ports = {80, 0}}, 'ports[2]: value below minimum', {field = 'ports[2]', constraint = 'min'})
        fails(Svc, {name = 'a', ports = {}}, 'ports: length below minimum')
        fails(Svc, {ports = {1}}, 'name: required field missing')
        passes(Svc, {name = 'a', ports = {80.0}, x = 1})
        fails(Opt(integer), {value = 'q'}, 'value: expected integer, got string', {expected = 'integer', got = 'string'})
        local _, err = Opt:is{} checks.has(err, 'expected Opt')
        fails(Tree, {label = 'r', kids = {{}}}, 'kids[1].label: required field missing')
        local j = ({} as Svc) assert(next(j) == nil)
        local k = (nil)! checks.raises('index', function() return k.x end)";
    plain_types:
        "passes(any, nil, false, 1, 'x', {}) passes(unknown, nil, print) passes(boolean, true, false) passes(number, 1, 1.5)
        passes(integer, 1, 3.0, -5, math.maxinteger)
        fails(integer, 3.5, 'expected integer, got number') fails(integer, '5', 'expected integer, got string')
        fails(integer, 0/0, 'expected integer, got number') fails(integer, 1/0, 'expected integer, got number')
        fails(number, '1', 'expected number, got string') fails(boolean, nil, 'expected boolean, got nil')
        fails(never, nil, 'expected never, got nil') fails(never, 1, 'expected never, got number')
        type T = {s: string, n: nil, t: table, f: () -> (), c: Channel<any>, e: error, u: userdata, th: thread}
        local ok = {s = '', t = {}, f = print, c = channel.new(), e = errors.new('x'), u = channel.new(), th = coroutine.running()}
        passes(T, ok) ok.e = 'text' passes(T, ok)
        fails(T, {s = ''}, 't: required field missing') ok.c = {} fails(T, ok, 'c: expected channel.Channel, got table')
        ok.c = ok.u ok.f = setmetatable({}, {__call = print}) fails(T, ok, 'f: expected function, got table')
        ok.f = print ok.n = 1 fails(T, ok, 'n: expected nil, got number') ok.n = nil ok.e = 5 fails(T, ok, 'e: expected error, got number')";
    of_two_declarations_in_a_block_the_first_counts:
        "passes(A, 1) type A = integer type A = string passes(A, 2) fails(A, 'x', 'expected integer, got string')
        do type A = boolean type A = nil passes(A, true) fails(A, nil, 'expected boolean, got nil') end
        passes(A, 3)";
    literals:
        "type Level = 'low' | \"high\" | 3 | true | -1.5
        passes(Level, 'low', 'high', 3, 3.0, true, -1.5)
        fails(Level, 'mid', 'expected \"low\" | \"high\" | 3 | true | -1.5, got string')
        for _, v in ipairs{false, 4, '3', {}} do assert(select(2, Level:is(v))) end
        checks.equal(Level:kind(), 'union')";
    optionals_unions_and_intersections:
        "type A = string? type B = {x: number} & {y: number} type C = {kind: 'a', n: integer} | {kind: 'b', s: string}
        passes(A, nil, 'x') fails(A, 5, 'expected string, got number')
        passes(B, {x = 1, y = 2}) fails(B, {x = 1}, 'y: required field missing')
        passes(C, {kind = 'a', n = 1}, {kind = 'b', s = ''})
        local _, err = C:is{kind = 'b', n = 1} checks.has(err, 'expected {kind: \"a\", n: integer} | {kind: \"b\", s: string}, got table')";
    arrays_and_maps:
        "type L = {integer} type M = {[string]: number} type N = {[integer]: boolean} type O = {integer?} type P = string[][]
        passes(L, {}, {1, 2}, {1, nil, 3, x = 'y'}) fails(L, {1, 'x'}, '[2]: expected integer, got string') fails(L, 5, 'expected integer[], got number')
        passes(M, {}, {a = 1}) fails(M, {a = 'x'}, 'a: expected number, got string') fails(M, {[1] = 5}, '[key]: expected string, got number')
        passes(N, {true, false}, {[-5] = true}) fails(N, {[7] = 1}, '[7]: expected boolean, got number') fails(N, {x = true}, '[key]: expected integer, got string')
        passes(O, {1, 2}) passes(P, {{'a'}, {}}) fails(P, {{'a'}, {5}}, '[2][1]: expected string, got number')
        fails(P, 'x', 'expected string[][], got string') fails(M, print, 'expected {[string]: number}, got function')";
    records:
        "type R = {a: integer, b?: string, c: boolean?, [string]: number}
        passes(R, {a = 1}, {a = 1, b = 'x', c = true, other = 5})
        fails(R, {a = 1, b = 5}, 'b: expected string, got number') fails(R, {a = 1, other = 'x'}, 'other: expected number, got string')
        fails(R, setmetatable({}, {__index = {a = 1}}), 'a: required field missing')
        fails(R, nil, 'expected {a: integer, b?: string, c: boolean?, [string]: number}, got nil')
        type Deep = {p: {q: {r: {integer}}}} fails(Deep, {p = {q = {r = {1, 2, false}}}}, 'p.q.r[3]: expected integer, got boolean')
        type Mapped = {m: {[string]: {[integer]: string}}} fails(Mapped, {m = {key = {[7] = 1}}}, 'm.key[7]: expected string, got number')";
    annotations:
        "type Name = string @min_len(2) @max_len(4) @pattern('^[a-z]+$') type Temp = number @min(-5) @max(1.5) type Tags = {string @max_len(3)} @max_len(2)
        type Email = string? @pattern('^[^@]+@[^@]+\\\\.[a-z]+$') type Strange = string @pattern('(') @unknown_thing(5) @min_len(-3) type V = number | string @max_len(2)
        passes(Name, 'ab', 'abcd') fails(Name, 'a', 'length below minimum') fails(Name, 'abcde', 'length above maximum') fails(Name, 'AB', 'pattern mismatch')
        fails(Name, 5, 'expected string, got number')
        passes(Temp, -5, 0, 1.5) fails(Temp, -6, 'value below minimum') fails(Temp, 2, 'value above maximum')
        passes(Tags, {'abc'}, {}) fails(Tags, {'abcd'}, '[1]: length above maximum') fails(Tags, {'', '', ''}, 'length above maximum')
        passes(Email, nil, 'a@b.de') fails(Email, 'ab', 'pattern mismatch') fails(Strange, 'x', 'invalid regex') passes(V, 5, 'ab')
        assert(select(2, V:is('abc')))
        type Alias = Name fails(Alias, 'A', 'length below minimum') checks.equal({Alias:kind(), Name:kind(), Tags:kind()}, {'string', 'string', 'array'})";
    recursive_types_and_cyclic_values:
        "type Node = {v: integer, next?: Node} type A = {b?: B} type B = {a?: A}
        local n = {v = 1} n.next = n passes(Node, n) passes(A, {b = {a = {b = {}}}}) fails(A, {b = {a = 5}}, 'b.a: expected {b?: {a?: A}}, got number')
        local deep = {v = 1} for i = 1, 70 do deep = {v = i, next = deep} end
        local _, err = Node:is(deep) checks.has(err, 'recursion limit exceeded')
        local fine = {v = 1} for i = 1, 60 do fine = {v = i, next = fine} end passes(Node, fine)
        type Json = nil | boolean | number | string | {Json} | {[string]: Json}
        passes(Json, nil, 1, 'x', {1, {2, 'x'}}, {a = {b = {true}}}) assert(select(2, Json:is{print}))";
    generics:
        "type Pair<A, B: string> = {first: A, second: B} type List<T> = {T} type Nested<T> = {items: List<Pair<T, string>>}
        local P = Pair(integer, string) passes(P, {first = 1, second = 'x'}) fails(P, {first = 'x', second = 'y'}, 'first: expected integer, got string')
        passes(Nested(boolean), {items = {{first = true, second = ''}}}) fails(Nested(boolean), {items = {{first = 1, second = ''}}}, 'items[1].first: expected boolean, got number')
        checks.equal({Pair:kind(), P:kind(), tostring(P), tostring(Pair), P:name()}, {'generic', 'instantiated', 'Pair<integer, string>', 'Pair', 'Pair<integer, string>'})
        checks.raises('takes 2 type arguments', Pair, integer) checks.raises('not generic', P, integer) type Plain = {} checks.raises('not generic', Plain, integer, integer)
        checks.raises('', Pair, integer, 5) checks.raises('', P) checks.raises('', P, {}, {})
        type Use = {p: Pair<number, string>, bad: Pair<number>} passes(Use, {p = {first = 1, second = ''}, bad = 5})
        passes(List(List(table)), {{{}}}) assert(select(2, List(List(table)):is{{1}}))";
    asking_a_type:
        "type Job = {id: integer, tag?: string, run: (integer, string) -> (boolean, string?)} type U = string | number | nil
        local got = {} for n, t in Job:fields() do got[#got + 1] = n .. ':' .. t:kind() end checks.equal(got, {'id:integer', 'tag:string', 'run:function'})
        checks.equal({Job:kind(), Job.id:kind(), Job.nope, Job:name(), tostring(Job.tag), type(Job)}, {'record', 'integer', nil, 'Job', 'string?', 'type'})
        got = {} for t in Job.run:params() do got[#got + 1] = t:name() end checks.equal(got, {'integer', 'string'})
        checks.equal({Job.run:ret():kind(), tostring(Job.run:ret())}, {'tuple', '(boolean, string?)'})
        got = {} for t in U:variants() do got[#got + 1] = tostring(t) end checks.equal(got, {'string', 'number', 'nil'})
        type G<T, K: string> = {T} got = {} for n, c in G:tparams() do got[#got + 1] = n .. '=' .. tostring(c) end checks.equal(got, {'T=nil', 'K=string'})
        type Sh = {m: {[string]: integer}, a: {boolean}, o: number?, f: () -> (), g: () -> integer}
        checks.equal({tostring(Sh.m:key()), tostring(Sh.m:val()), tostring(Sh.a:elem()), tostring(Sh.o:inner()), Sh.f:ret(), tostring(Sh.g:ret())},
            {'string', 'integer', 'boolean', 'number', nil, 'integer'})
        for _, m in ipairs{'elem', 'key', 'val', 'inner', 'ret', 'params', 'variants', 'tparams'} do assert(Job[m](Job) == nil, m) end
        assert(Sh.m:fields() == nil and type(Job.is) == 'function') type Odd = {is: string, kind: integer} assert(type(Odd.is) == 'function')
        type K = keyof(Job) passes(K, 'id', 'tag') fails(K, 'x', 'expected \"id\" | \"tag\" | \"run\", got string')
        type F = Job['id'] passes(F, 5) assert(select(2, F:is('x')))
        for t, kind in pairs{[any] = 'any', [unknown] = 'unknown', [never] = 'never', [boolean] = 'boolean', [number] = 'number'} do checks.equal({t:kind(), t:name(), tostring(t)}, {kind, kind, kind}) end";
    comparing_types:
        "type A = {x: integer} type B = {x: integer} type C = {x: integer, y: string} type D = {x: number}
        assert(A == B and A ~= C and A ~= D and C <= A and not (A <= C) and C < A and not (A < B) and A <= B and A <= D)
        assert(integer < number and number <= number and not (number <= integer)) type O = integer? assert(integer < O and O ~= integer)
        type E = 'a' | 'b' type S = string assert(E < S and not (S <= E)) assert(A ~= 5 and not (A == nil)) checks.raises('compare', function() return A < 5 end)
        local seen = {[A] = 1} assert(seen[A] == 1 and seen[B] == nil)
        type R = {n?: R} type Q = {n?: Q} assert(R == Q) type Fa = (number) -> integer type Fb = (integer) -> number assert(Fa < Fb)";
    errors_of_calls_name_place_and_type:
        "type Point = {x: number}
        local ok, e = pcall(function()
            return Point(5)
        end)
        checks.equal(e:gsub('main:%d+', 'main:N'), 'app:main:N: expected Point, got number (expected {x: number}, got number)')
        checks.has(checks.raises('expected Point, got table', Point, {x = 'a'}), '(x: expected number, got string)')
        checks.has(checks.raises('expected integer, got string', integer, '5'), 'expected integer, got string')
        checks.raises('takes one value', Point) checks.raises('takes one value', Point, {}, {}) checks.raises('', Point, nil, nil)";
    values_that_are_false_or_nil:
        "type Flag = boolean? local v, err = Flag:is(false) assert(v == false and err == nil) v, err = Flag:is(nil) assert(v == nil and err == nil)
        v, err = Flag:is() assert(v == nil and err == nil) v, err = Flag.is(true) assert(v == true and err == nil) checks.equal(select('#', Flag:is(false)), 2)
        local is = integer.is assert(is(5) == 5 and select(2, is('x')))
        v, err = integer:is() assert(v == nil and err:kind() == errors.INVALID)";
    names_of_types_and_of_values:
        "local before = Early:is{n = 1} assert(before.n == 1)
        type Early = {n: integer}
        local list = {Early = Early, [1] = Early} assert(list.Early == list[1] and rawequal(list[1], Early))
        local function check(T, v) return (T:is(v)) ~= nil end assert(check(Early, {n = 1}) and not check(Early, {}))
        do type Inner = string assert(Inner('x') == 'x' and select(2, Inner:is(5))) local f = function(v) return Inner(v) end assert(f('y') == 'y') end
        do type Inner = integer assert(Inner(5) == 5) end
        local Shadow = function() return 'local' end type Shadow = {} assert(Shadow() == 'local')
        assert(Nothing == nil and rawget(_G, 'Early') == nil) for k in pairs(_G) do assert(k ~= 'Early') end
        type number2 = number assert(number2(5) == 5) local function p(number) return number end assert(p(1) == 1)
        local any = 5 assert(any == 5) integer = 7 assert(integer == 7)";
    libraries_as_types:
        "assert(string('x') == 'x' and table({}) ~= nil and string.format('%d', 5) == '5' and ('x'):upper() == 'X')
        checks.raises('expected string, got number', string, 5) checks.raises('expected table, got nil', table, nil)
        assert(string:is('x') == 'x' and select(2, table:is(5)) and string.is('y') == 'y' and string:kind() == 'string' and table:name() == 'table')
        type Opt<T> = {v?: T} passes(Opt(string), {v = 'x'}) assert(select(2, Opt(string):is{v = 5})) assert(table.isfrozen(string))
        checks.raises('Immutable', function() string.x = 1 end)";
    interfaces_and_host_types:
        "interface Shape function area(self): number function name(): string end
        type M = process.Message type E = {msg: Message, t?: time.Time, ev?: process.Event}
        passes(Shape, {}, channel.new()) assert(select(2, Shape:is(5))) checks.equal({Shape:kind(), Shape:name(), M:kind()}, {'interface', 'Shape', 'interface'})
        process.send(process.pid(), 't') local m = process.inbox():receive() passes(M, m) passes(E, {msg = m, t = time.now(), ev = {}})
        fails(E, {msg = {}}, 'msg: expected process.Message, got table') fails(E, {msg = m, t = 5}, 't: expected time.Time, got number')";
    unresolved_names_fail_when_used:
        "type A = {x: Nowhere} type B = gone.Thing type L = {Nowhere?} assert(A:is{} == nil)
        local _, err = A:is{x = 1} checks.equal(tostring(err), 'x: unresolved type Nowhere') _, err = B:is(5) checks.has(err, 'unresolved type gone.Thing')
        type Loop = Loop local _, err = Loop:is(1) checks.has(err, 'unresolved') local function f(x: Nowhere): AlsoNowhere return x end assert(f(1) == 1)";
    typeof_is_an_expression_too:
        "type Point = {x: number, y: number}
        local p: Point = {x = 1, y = 2}
        local config, n, f, list = {port = 80, nested = {deep = 'x'}}, 5, function(a: string): number return 1 end, {1, 2}
        checks.equal({tostring(typeof(p)), tostring(typeof(n)), tostring(typeof('x')), tostring(typeof'x'), tostring(typeof(2.5)), tostring(typeof(nil)), tostring(typeof(true))},
            {'Point', 'integer', 'string', 'string', 'number', 'nil', 'boolean'})
        assert(typeof(p) == Point and typeof(p):is({x = 1, y = 2}) and select(2, typeof(p):is({x = 1})) ~= nil)
        assert(typeof(config.port) == integer and typeof(config.nested.deep)('text') == 'text' and typeof(config['port']) == integer)
        assert(typeof(p.x):name() == 'number' or tostring(typeof(p.x)) ~= nil)
        assert(typeof(config):is({port = 1, nested = {deep = ''}}) and select(2, typeof(config):is({port = 'x'})) ~= nil)
        assert(typeof{n = 1}:is({n = 5}) and typeof(list):is({3}) and typeof(f):is(print) and typeof((n)) == integer)
        assert(typeof(n :: number) == number and typeof(p as Point) == Point and typeof(typeof) ~= nil)";
    typeof_asks_the_value_when_nothing_else_is_known:
        "local function given(v, ...) return typeof(v) end
        local seen = {} for i, v in ipairs{'x', 5, 2.5, true, {}, print, coroutine.create(print), channel.new()} do seen[i] = tostring(given(v)) end
        checks.equal(seen, {'string', 'number', 'number', 'boolean', 'table', 'function', 'thread', 'userdata'})
        assert(tostring(given(nil)) == 'nil' and tostring(typeof(given(1, 2))) ~= nil)
        local function generic<T>(v: T) return typeof(v) end checks.equal(tostring(generic('x')), 'string')
        assert(tostring(typeof(tostring(5))) == 'string' and tostring(typeof(1 + 1)) == 'number' and tostring(typeof(select(1, 'a', 5))) == 'string')
        checks.raises('value expected', function() return typeof() end)";
    typeof_leaves_what_is_known_alone:
        "type Point = {x: {y: number}}
        local nothing: Point? = nil
        local ran = false
        local t = setmetatable({}, {__index = function() ran = true end})
        local shape = {field = 1}
        assert(tostring(typeof(shape.field)) == 'integer' and typeof(nothing) ~= nil and typeof(nothing.x.y) ~= nil and not ran)";
    typeof_may_be_a_name_of_the_program:
        "function typeof(v) return 'mine ' .. tostring(v) end
        assert(typeof(5) == 'mine 5' and typeof'x' == 'mine x')";
    typeof_may_be_a_local:
        "local typeof = typeof or function(v) return type(v) end
        assert(typeof(5) == 'number' and _G.typeof == nil)";
    conditionals_and_typeof:
        "type IsText<T> = T extends string ? 'yes' : 'no' passes(IsText(string), 'yes') fails(IsText(integer), 'yes', 'expected \"no\", got string')
        type Each = IsText<string | number> passes(Each, 'yes', 'no')
        local config = {host = 'x', port = 80, tags = {'a'}, nested = {deep = true}} local n: integer? = nil local f = function(a: integer): string return '' end
        type Config = typeof(config) type Port = typeof(config.port) type N = typeof(n) type F = typeof(f) type Deep = typeof(config.nested.deep) type Unknown = typeof(print)
        passes(Config, {host = '', port = 1, tags = {}, nested = {deep = false}}) fails(Config, {host = 1}, 'host: expected string, got number')
        passes(Port, 5) assert(select(2, Port:is('x'))) passes(N, nil, 5) passes(F, print) passes(Deep, true) passes(Unknown, nil, {})
        type Ro = readonly {x: integer} passes(Ro, {x = 1})";
    type_values_cannot_be_changed_or_sent:
        "type T = {x: integer} checks.raises('', function() T.x = 5 end) checks.raises('', setmetatable, T, {})
        for _, t in ipairs{T, integer, typeof(T)} do assert(type(t) == 'type' and getmetatable(t) == nil) end
        process.send(process.pid(), 'x', {t = T, n = 1}) local _, got = checks.next() checks.equal(got, {n = 1})
        process.send(process.pid(), 'x', T) _, got = checks.next() assert(got == nil)";
    wrong_calls_raise:
        "type T = {x: integer} local methods = {'is', 'kind', 'name', 'elem', 'fields'}
        for _, m in ipairs(methods) do assert(type(T[m]) == 'function') end assert(T[5] == nil and T[{}] == nil)
        checks.raises('arithmetic', function() return T + 1 end) checks.raises('concatenate', function() return T .. 'x' end) checks.raises('length', function() return #T end)";
    words_of_types_are_names_elsewhere:
        "local type_, interface, fun, as, is, asserts, readonly, typeof, keyof, extends = type, 1, 2, 3, 4, 5, 6, 7, 8, 9
        local o = {type = 1, as = 2, is = 3, fun = 4, readonly = 5, interface = 6} assert(o.type + o.as + o.is + o.fun + o.readonly + o.interface == 21)
        assert(type(o) == 'table' and interface + fun + as + is + asserts + readonly + typeof + keyof + extends == 45) as = 1 assert(as == 1)
        local function type(x) return 'mine' end assert(type(5) == 'mine') o.as = function(...) return select('#', ...) end assert(o.as(1, 2) == 2)
        local x = o.is as integer local y = (x :: number) :: integer assert(x == 3 and y == 3) goto done ::done::";
    casts_bind_as_promised:
        "local function two() return 1, 2 end local a, b = two() as integer assert(a == 1 and b == nil) local t = {two()!} assert(#t == 1)
        local g = two as any
        (function() end)()
        local n = -1 as integer assert(n == -1 and (#'abc')! == 3 and 'a' .. 'b' :: string == 'ab') assert((a as integer | string) == 1)
        local u: {name: string}? = {name = 'x'} assert((u!).name == 'x') local r = (function(): (integer, string) return two() as any end)() assert(r == 1)";
}

#[test]
fn types_of_libraries_are_types() {
    let library = "type Job = {id: integer, parent?: Job} local M = {Job = Job, text = 'x'} function M.make(id): Job return {id = id} end return M";
    let body = "type Mine = {job: jobs.Job, list: {jobs.Job}} local j = require('jobs') type Other = j.Job
        assert(jobs.Job{id = 1}.id == 1 and select(2, jobs.Job:is{id = 'x'}) and jobs.Job == Other)
        assert(select(2, Mine:is{job = {}, list = {}})) assert(Mine:is{job = jobs.make(5), list = {{id = 1, parent = {id = 2}}}})
        local _, err = Mine:is{job = {id = 1}, list = {{id = 1, parent = {}}}} checks.equal(tostring(err), 'list[1].parent.id: required field missing')
        assert(_G.Job == nil) return true";
    App::new(body)
        .library("jobs", library, &[])
        .set("main", "imports", Tree::map([("jobs", "app:jobs"), ("checks", "app:checks")]))
        .passes();
}

#[test]
fn faults_in_types_name_line_and_column() {
    for (source, place) in [
        ("local a = 1\ntype T = {x: }\nreturn print", "2:14"),
        ("local n: integer<= 4", "1:17"),
        ("type = 5\ntype T = \nreturn", "3:1"),
        ("local x = @a", "1:11"),
        ("local f = function(a: number,) end", "1:30"),
        ("local x = (1 as)", "1:16"),
        ("local s = 'ä' type T = {a: string b: string}", "1:35"),
        ("interface A function f( end", "1:25"),
        ("local x = a != b", "1:13"),
        ("local x = 5 :: integer :: number", "1:33"),
    ] {
        let faults = App::chunk(source).faults().to_string();
        assert!(faults.contains(&format!("app:main:{place}: ")), "{source}: {faults}");
    }
}

#[test]
fn a_file_level_type_value_is_made_once_per_process() {
    let source =
        "type T = {x: integer} local first = T return {main = function() return rawequal(first, T) and T{x = 1}.x end}";
    assert_eq!(App::chunk(source).value(), Value::Int(1));
}

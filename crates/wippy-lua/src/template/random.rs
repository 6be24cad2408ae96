//! Random programs for the comparison of copied with built states.
//!
//! A program has two parts that share local variables: file-level code, which a template runs, and the entry function,
//! which the copy runs. Both write down what they see; the text is the program's result. Nothing in it depends on
//! addresses, time or chance.

use std::fmt::Write;

/// What all programs begin with: conversions that never raise, and the journal.
const HEAD: &str = r#"
local a, b, c, d, e = 1, "two", {3}, 4.5, {x = 1}
local journal, cos, wraps, kept = {}, {}, {}, {}
local weak_values = setmetatable({}, {__mode = "v"})
local weak_keys = setmetatable({}, {__mode = "k"})
local function num(x) if type(x) == "number" and x == x and x < 1e12 and x > -1e12 then return x end return 2 end
local function str(x)
  local t = type(x)
  if t == "string" then return #x > 300 and x:sub(1, 300) or x end
  if t == "number" or t == "boolean" or t == "nil" then return tostring(x) end
  return t
end
local function tab(x) if type(x) == "table" then return x end return {x} end
local function put(t, k, v)
  local kt = type(k)
  if kt == "number" and k == k or kt == "string" or kt == "boolean" then rawset(t, k, v) end
end
local function write(...)
  for i = 1, select('#', ...) do
    local v = select(i, ...)
    journal[#journal + 1] = type(v) == "string" and str(v) or (math.type(v) or "") .. str(v)
  end
end
local function sorted(t)
  local keys = {}
  for k in next, t do if type(k) == "string" or math.type(k) == "integer" then keys[#keys + 1] = k end end
  table.sort(keys, function(x, y)
    if type(x) ~= type(y) then return type(x) < type(y) end
    return x < y
  end)
  local i = 0
  return function() i = i + 1 if keys[i] ~= nil then return keys[i], rawget(t, keys[i]) end end
end
local depth = 0
local function call(f, x)
  if type(f) == "function" and depth < 5 then
    depth = depth + 1
    local ok, r = pcall(f, x)
    depth = depth - 1
    return r
  end
  return f
end
local metas = {
  {__index = function(t, k) return str(k) .. "!" end, __len = function() return 7 end},
  {__add = function() return 5 end, __concat = function() return "cc" end, __call = function(_, x) return x end},
  {__eq = function() return true end, __lt = function() return true end,
   __newindex = function(t, k, v) rawset(t, k, v) end},
}
"#;

/// Makes texts of programs from a seed.
pub(super) struct Writer {
    state: u64,
    text: String,
}

impl Writer {
    /// The program of a seed.
    pub(super) fn program(seed: u64) -> String {
        let mut writer = Writer { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, text: HEAD.to_owned() };
        let (first, second) = (5 + writer.below(20), 10 + writer.below(30));
        writer.text.push_str("do\n");
        writer.block(first, 0);
        writer.text.push_str("end\nreturn {main = function()\nfor round = 1, 3 do\n");
        writer.block(second, 0);
        writer.text.push_str("write(round)\nend\nreturn table.concat(journal, ' ')\nend}\n");
        writer.text
    }

    fn below(&mut self, n: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) % n
    }

    fn variable(&mut self) -> char {
        (b'a' + self.below(5) as u8) as char
    }

    fn literal(&mut self) -> String {
        match self.below(9) {
            0 => format!("{}", self.below(305) as i64 - 5),
            1 => format!("{}.{}", self.below(10), self.below(1000)),
            2 => format!("\"{}{}\"", &"xyz"[..=self.below(3) as usize], self.below(30)),
            3 => format!("\"{}\"", "ab".repeat(self.below(30) as usize)),
            4 => "{}".into(),
            5 => if self.below(2) == 0 { "true" } else { "nil" }.into(),
            6 => format!("{{1, 2, {}, k = {}}}", self.below(9), self.below(9)),
            7 => format!("#tostring({})", self.below(100_000)),
            _ => self.variable().into(),
        }
    }

    fn expression(&mut self, depth: u32) -> String {
        if depth > 2 {
            return self.literal();
        }
        let inner = depth + 1;
        match self.below(17) {
            0 => format!("num({}) + num({})", self.expression(inner), self.expression(inner)),
            1 => format!("(str({}) .. \"{}\")", self.expression(inner), self.below(99)),
            2 => format!("(tab({})[{}] or 1)", self.variable(), self.expression(inner).replace("nil", "1")),
            3 => format!("(function(...) local x = ... return x, {} end)({})", self.literal(), self.expression(inner)),
            4 => format!("setmetatable({{v = {}}}, metas[{}])", self.expression(inner), 1 + self.below(3)),
            5 => format!("select('#', table.unpack(tab({})))", self.variable()),
            6 => format!("str({}):sub({}, -{})", self.expression(inner), 1 + self.below(3), 1 + self.below(2)),
            7 => format!("(pcall(error, {}))", self.expression(inner)),
            8 => format!("call({}, {})", self.expression(inner), self.expression(inner)),
            9 => format!("(str({}):gsub('%w', function(x) return x .. '{}' end))", self.literal(), self.below(9)),
            10 => format!("({} or {})", self.literal(), self.literal()),
            11 => format!(
                "string.format('%5.2f|%q|%d', num({}), str({}), {})",
                self.literal(),
                self.literal(),
                self.below(99)
            ),
            _ => self.literal(),
        }
    }

    fn block(&mut self, statements: u64, depth: u32) {
        for _ in 0..statements {
            self.statement(depth);
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{line}");
    }

    fn statement(&mut self, depth: u32) {
        let (v, w) = (self.variable(), self.variable());
        let (x, y) = (self.expression(0), self.expression(0));
        let n = self.below(30);
        match self.below(27) {
            0..=3 => self.line(format_args!("{v} = {x}")),
            4 => self.line(format_args!("put(tab({v}), {x}, {y})")),
            5 if depth < 3 => {
                self.line(format_args!("for i = 1, {} do", n % 6));
                self.block(1 + n % 3, depth + 1);
                self.line(format_args!("end"));
            }
            6 if depth < 3 => {
                self.line(format_args!("if {x} then"));
                self.block(1 + n % 2, depth + 1);
                self.line(format_args!("else"));
                self.block(1 + n % 2, depth + 1);
                self.line(format_args!("end"));
            }
            7 => self.line(format_args!("write({x})")),
            8 => self.line(format_args!("do local u = {x} {v} = function(...) u = (...) or u return u end end")),
            9 => self.line(format_args!(
                "cos[#cos + 1] = coroutine.create(function(x) local z = x for i = 1, 5 do z = coroutine.yield(str(z) .. i) end return z end)"
            )),
            10 => self.line(format_args!("for i = 1, #cos do write(coroutine.resume(cos[i], {x})) end")),
            11 if depth < 3 => {
                self.line(format_args!("write(pcall(function()"));
                self.block(1 + n % 3, depth + 1);
                self.line(format_args!("error({x}) end))"));
            }
            12 => self.line(format_args!(
                "do local l = {{}} for i = 1, {n} do l[i] = i * {} % {} end table.sort(l, function(p, q) return p > q end) write(table.concat(l, ',')) {v} = l end",
                self.state % 97,
                2 + n
            )),
            13 => self.line(format_args!(
                "for _ in function(_, x) if not x then return 1 end end, nil, nil, setmetatable({{}}, {{__close = function(_, e) write('close', e ~= nil) end}}) do write({x}) end"
            )),
            14 => self.line(format_args!("weak_values['k{n}'] = {{{x}}} kept[#kept + 1] = weak_values['k{n}'] weak_keys[kept[#kept]] = {y}")),
            15 if depth < 2 => self.line(format_args!("local function f{n}(n) if n > {n} then return n end {v} = n return f{n}(n + 1) end write(f{n}(1))")),
            16 => self.line(format_args!(
                "wraps[#wraps + 1] = coroutine.wrap(function() for word in ('one two three four'):gmatch('%a+') do coroutine.yield(word) end return 'end' end)"
            )),
            17 => self.line(format_args!("if #wraps > 0 then write(pcall(wraps[#wraps])) end")),
            18 => self.line(format_args!("{v} = str({x}):rep({}):sub(1, 200)", 1 + n % 5)),
            19 => self.line(format_args!("local oops = errors.new(str({x})) {w} = errors.is(oops, 'Unknown') write(oops:message())")),
            20 => self.line(format_args!("local pipe = channel.new({}) pipe:send(str({x})) {v} = pipe:receive() write({v})", 1 + n % 3)),
            21 => self.line(format_args!("local function deep(n) if n == 0 then return {x} end local r = deep(n - 1) return r end {v} = deep({})", n * 20)),
            22 => self.line(format_args!(
                "cos[#cos + 1] = coroutine.create(function() local l = {{}} for i = 1, {n} do l[i] = i * {} % {} end table.sort(l, function(p, q) coroutine.yield(p) return p > q end) return table.concat(l, ',') end)",
                self.state % 97,
                2 + n
            )),
            23 => self.line(format_args!(
                "cos[#cos + 1] = coroutine.create(function() return (str({x}):gsub('.', function(c) return coroutine.yield(c) and c .. c end)) end)"
            )),
            24 => self.line(format_args!(
                "cos[#cos + 1] = coroutine.create(function() return table.concat(setmetatable({{}}, {{__index = function(_, i) return str(coroutine.yield(i)) end}}), '-', 1, {}) end)",
                n % 7
            )),
            25 => {
                let name = ["xpcall", "unpack", "os", "mine"][self.below(4) as usize];
                match self.below(6) {
                    0 => self.line(format_args!("{name} = {x}")),
                    1 => self.line(format_args!("rawset(_G, '{name}', {x})")),
                    2 => self.line(format_args!("{name} = nil")),
                    3 => self.line(format_args!("setmetatable(_G, {{__index = function(_, k) return k .. {n} end}})")),
                    4 => self.line(format_args!("for k, x in sorted(_G) do write(k, x) end write(getmetatable(_G) ~= nil)")),
                    _ => self.line(format_args!("write({name}, rawget(_G, '{name}'), next(_G) ~= nil)")),
                }
            }
            _ => self.line(format_args!("for k, x in sorted(tab({v})) do write(k, x) end")),
        }
    }
}

-- Calls whatever can be called, with whatever there is, as a seed says. Returns the first internal fault, or for how many
-- calls there was no memory. What waits is left behind, so each call has a coroutine of its own.
local seed, calls = ...
math.randomseed(seed)

local callable, objects, fault, short = {}, {}, nil, 0

local function collect(name, value, depth)
  if type(value) == "function" then
    callable[#callable + 1] = {name, value}
  elseif type(value) == "table" and value ~= _G and depth < 4 then
    for key, inner in pairs(value) do collect(name .. "." .. tostring(key), inner, depth + 1) end
  end
end

for _, module in ipairs{"process", "channel", "payload", "errors", "os", "time", "json", "logger", "funcs", "ctx", "events",
                        "registry", "base64", "string", "table", "math", "coroutine"} do
  collect(module, _G[module], 0)
end
for _, name in ipairs{"tostring", "tonumber", "ipairs", "pairs", "next", "select", "rawget", "rawset", "rawequal", "setmetatable",
                      "getmetatable", "type", "unpack", "assert", "pcall", "xpcall", "print", "require"} do
  collect(name, _G[name], 0)
end
table.sort(callable, function(a, b) return a[1] < b[1] end)

-- These end this process, or take long and are meant to.
local left_out = {["process.terminate"] = true, ["process.upgrade"] = true, ["string.rep"] = true, ["table.concat"] = true}

local methods = {}
for name in ([[send receive close case_send case_receive kind message retryable details stack topic from payload data unmarshal
  get_format transcode add sub add_date after before equal format format_rfc3339 unix unix_nano date clock year month weekday is_zero
  in_location in_local utc location round truncate nanoseconds seconds string response channel stop reset is_complete result error
  cancel is_canceled debug info warn with named with_context with_options with_name with_message with_actor with_scope spawn
  spawn_monitored exec call async entries get namespace find version id previous next versions get_version snapshot_at]])
  :gmatch("%S+") do methods[#methods + 1] = name end

type Record = {a: integer, b?: string, c: {Record?}}

local deep, loop = {}, {1, 2}
for _ = 1, 300 do deep = {deep, x = deep} end
loop[3], loop.x = loop, loop
local odd = setmetatable({}, {
  __index = function(_, key) return key end, __len = function() return 5 end, __tostring = function() return "odd" end,
  __pairs = function(t) return next, t end, __call = function(...) return ... end, __concat = function() return "c" end,
  __eq = function() return true end, __lt = function() return true end, __unm = function() end, __close = 1, __gc = print,
  __name = "odd", __mode = "kv",
})
local values = {
  true, false, 0, 1, -1, 2, 3, 255, 1 << 31, 1 << 32, math.maxinteger, math.mininteger, 0.5, -0.5, 1e300, 1 / 0, -1 / 0, 0 / 0,
  "", "a", "abc", "@x", "app:gives", "app:returns", "app:processes", "\0", "\255\254", ("x"):rep(1000), ("x"):rep(50000), "%s%d",
  "%1", "(", "[a", "5", "1h", "1ms", "2006-01-02", "UTC", "{app:processes|0x00001}", "NotFound", {}, {1, 2, 3}, {x = 1},
  {message = "m", kind = "k", details = {a = {b = 1}}}, {[1] = 1, [3] = 3}, {[0.5] = 1}, deep, loop, odd, {odd}, {print}, print,
  function(...) return ... end, coroutine.create(function(...) return coroutine.yield(...) end), coroutine.running(), string, _G,
  Record, {Record}, ("["):rep(300), '[1,2,{"a":null}]', '{"type":"object"}', {type = "object", properties = {a = {type = "integer"}}},
  table.freeze{1, x = 2}, {default = true}, {network = "x"}, {["meta.x"] = 1, [".kind"] = "*"}, {year = 2024, month = 1, day = 1},
}

local function any()
  local n = math.random(0, #values + #objects)
  if n == 0 then return nil end
  return n <= #values and values[n] or objects[n - #values]
end

local function keep(object)
  objects[#objects < 300 and #objects + 1 or math.random(#objects)] = object
end

local function call(name, f, n, arguments)
  local results = table.pack(pcall(f, table.unpack(arguments, 1, n)))
  for i = 2, results.n do
    if type(results[i]) == "userdata" then keep(results[i]) end
  end
  if results[1] then return end
  local message = tostring(results[2])
  if message:find("internal fault", 1, true) then fault = fault or name .. ": " .. message end
  if message:find("not enough memory", 1, true) then short = short + 1 end
end

for _, object in ipairs{channel.new(1), errors.new("x"), time.now(), time.utc, (time.parse_duration("1h")), logger, funcs.new(),
                        process.with_context{}, events.subscribe("*"), registry.snapshot(), registry.history(), process.inbox(),
                        registry.current_version(), time.timer("1h"), funcs.async("app:gives"), channel.new():case_receive()} do
  keep(object)
end

for i = 1, calls do
  local n, arguments, name, f = math.random(0, 5), {}, nil, nil
  for k = 1, n do arguments[k] = any() end
  if math.random() < 0.5 then
    local object = objects[math.random(#objects)]
    name = methods[math.random(#methods)]
    f = object[name]
    -- Now and then something else in the place of the object.
    if math.random() < 0.9 then arguments[1], n = object, math.max(n, 1) end
  else
    name, f = unpack(callable[math.random(#callable)])
  end
  if type(f) == "function" and not left_out[name] then coroutine.spawn(call, name, f, n, arguments) end
  if i % 50 == 0 then coroutine.yield() end
  if fault then return fault end
end
return short

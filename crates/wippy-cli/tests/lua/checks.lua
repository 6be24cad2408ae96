-- Checks for programs that test themselves. All of them point at the line that called.
local checks = {}

local function show(v)
  if type(v) == "string" then return string.format("%q", v) end
  if type(v) ~= "table" then return tostring(v) end
  local parts = {}
  for k, x in pairs(v) do
    if #parts > 20 then parts[#parts + 1] = "..." break end
    parts[#parts + 1] = "[" .. tostring(k) .. "]=" .. (type(x) == "table" and "{...}" or show(x))
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ", ") .. "}"
end

-- Deep equality that keeps integers and floats apart.
local function same(a, b, seen)
  if type(a) ~= "table" or type(b) ~= "table" then
    if a ~= a and b ~= b then return true end
    return a == b and math.type(a) == math.type(b)
  end
  seen = seen or {}
  if seen[a] then return seen[a] == b end
  seen[a] = b
  for k, v in pairs(a) do
    if not same(v, b[k], seen) then return false end
  end
  for k in pairs(b) do
    if a[k] == nil then return false end
  end
  return true
end

checks.same = same

function checks.equal(got, want, what)
  if not same(got, want) then
    error((what and what .. ": " or "") .. "got " .. show(got) .. ", want " .. show(want), 2)
  end
end

-- A text contains another one, literally.
function checks.has(text, part)
  if not string.find(tostring(text), part, 1, true) then
    error("'" .. tostring(text) .. "' does not contain '" .. part .. "'", 2)
  end
end

-- The call raises an error whose text has this part; the error.
function checks.raises(part, f, ...)
  local ok, e = pcall(f, ...)
  if ok then error("nothing was raised", 2) end
  if not string.find(tostring(e), part, 1, true) then
    error("'" .. tostring(e) .. "' does not contain '" .. part .. "'", 2)
  end
  return e
end

-- `refused(kind, part, call(...))`: the call gave nil and an error of this kind; the error.
function checks.refused(kind, part, value, err)
  if value ~= nil then error("got " .. show(value) .. ", want nil and an error", 2) end
  if type(err) ~= "userdata" then error("got " .. show(err) .. " as the error", 2) end
  if err:kind() ~= kind then error("got " .. err:kind() .. " '" .. tostring(err) .. "', want " .. kind, 2) end
  if not string.find(tostring(err), part, 1, true) then
    error("'" .. tostring(err) .. "' does not contain '" .. part .. "'", 2)
  end
  if err:retryable() ~= false then error("retryable is " .. tostring(err:retryable()), 2) end
  return err
end

-- Starts `app:NAME` on the usual host.
function checks.spawn(name, ...)
  return assert(process.spawn("app:" .. name, "app:processes", ...))
end

function checks.monitored(name, ...)
  return assert(process.spawn_monitored("app:" .. name, "app:processes", ...))
end

function checks.exec(name, ...)
  return process.exec("app:" .. name, "app:processes", ...)
end

-- The next message of the inbox: topic and content.
function checks.next()
  local m = process.inbox():receive()
  local p = m:payload()
  return m:topic(), p and p:data(), m
end

-- Waits for the next lifecycle event, which must be of this kind.
function checks.event(kind)
  local e = process.events():receive()
  if e.kind ~= kind then error("got a " .. e.kind .. ", want a " .. kind, 2) end
  return e
end

-- Waits until this process has ended: its result.
function checks.ended(pid)
  local e = process.events():receive()
  if e.kind ~= process.event.EXIT then error("got a " .. e.kind .. ", want an EXIT", 2) end
  if e.from ~= pid then error("EXIT of " .. e.from .. ", want that of " .. pid, 2) end
  return e.result
end

-- Whether a channel gives nothing within some milliseconds.
function checks.silent(ch, limit)
  local r = channel.select{ch:case_receive(), limit:case_receive()}
  if r.channel == ch then
    local v = type(r.value) == "table" and r.value.kind or tostring(r.value)
    error("something came: " .. tostring(v) .. ", ok=" .. tostring(r.ok), 2)
  end
end

return checks

-- The Lua workloads: each method does n operations and returns how long they took, in nanoseconds.
local time = require("time")
local HOST = "bench:guests"
local M = {}

local function timed(work)
  local began = time.now()
  work()
  return time.now():sub(began):nanoseconds()
end

-- How many of n operations lie between two tellings of how far we are: what is measured is not the telling.
local function stretch(n) return math.max(n // 64, 1) end

local function tell(done) process.send("bench.meter", "done", done) end

function M.spawns(n)
  local events, told = process.events(), stretch(n)
  return timed(function()
    for i = 1, n do
      assert(process.spawn_monitored("bench:brief", HOST))
      events:receive()
      if i % told == 0 then tell(i) end
    end
  end)
end

function M.ping_pong(n)
  local partner = assert(process.spawn("bench:answer", HOST))
  local balls, told = process.listen("ball"), stretch(n)
  return timed(function()
    for i = 1, n do
      process.send(partner, "ball", { n = i, text = "ball" })
      balls:receive()
      if i % told == 0 then tell(i) end
    end
  end)
end

-- The root is one of the ring.
function M.ring(n, members)
  local balls, told = process.listen("ball"), stretch(n)
  local next = process.pid()
  for _ = 2, members do next = assert(process.spawn("bench:member", HOST, next)) end
  return timed(function()
    local left = n
    while left > 0 do
      process.send(next, "ball", left - 1)
      left = balls:receive()
      if left % told == 0 then tell(n - left) end
    end
  end)
end

function M.fan_in(n, senders)
  local balls, told = process.listen("ball"), stretch(n)
  return timed(function()
    for _ = 1, senders do assert(process.spawn("bench:sender", HOST, process.pid(), n // senders)) end
    for i = 1, n do
      balls:receive()
      if i % told == 0 then tell(i) end
    end
  end)
end

function M.fan_out(rounds, receivers)
  local answers = process.listen("got")
  local pids = {}
  for i = 1, receivers do pids[i] = assert(process.spawn("bench:receiver", HOST, process.pid())) end
  return timed(function()
    for i = 1, rounds do
      for _, pid in ipairs(pids) do process.send(pid, "ball", i) end
      for _ = 1, receivers do answers:receive() end
      process.send("bench.meter", "done", i * receivers)
    end
  end)
end

function M.skynet(leaves)
  local sums = process.listen("sum")
  return timed(function()
    assert(process.spawn("bench:node", HOST, process.pid(), 0, leaves))
    assert(sums:receive() == leaves * (leaves - 1) // 2, "the tree gave a wrong sum")
  end)
end

-- Returns how late each sleeper woke.
function M.timers(n, longest)
  local answers, told = process.listen("late"), stretch(n)
  for i = 1, n do
    assert(process.spawn("bench:sleeper", HOST, process.pid(), 1 + i * 7919 % longest))
  end
  local late = {}
  for i = 1, n do
    late[i] = answers:receive()
    if i % told == 0 then tell(i) end
  end
  return late
end

return M

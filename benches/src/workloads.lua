-- What the Lua benches run. `main(n)` does n rounds of the workload that the first message names.
local M = {}

-- Ends at once, or answers: as the spawner says.
function M.child(what)
  if what == "brief" then return end
  local inbox = process.inbox()
  while true do
    local msg = inbox:receive()
    if msg:topic() == "stop" then return end
    process.send(msg:from(), "ball", msg:payload():data())
  end
end

local function spawns(n)
  local events = process.events()
  for _ = 1, n do
    assert(process.spawn_monitored("bench:child", "bench:processes", "brief"))
    events:receive()
  end
end

local function ping_pong(n)
  local pid = assert(process.spawn("bench:child", "bench:processes"))
  local balls = process.listen("ball")
  for i = 1, n do
    process.send(pid, "ball", { n = i, text = "ball" })
    balls:receive()
  end
  process.send(pid, "stop")
end

-- A positive count plays ping-pong, a negative one spawns.
function M.main(n)
  if n < 0 then spawns(-n) else ping_pong(n) end
  return true
end

return M

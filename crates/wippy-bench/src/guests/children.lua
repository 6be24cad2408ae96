-- What the Lua workloads start: as long as a small program is.
local time = require("time")
local M = {}

function M.brief() end

-- Waits on its inbox, and has a listener besides.
function M.idle()
  local inbox, _ = process.inbox(), process.listen("ball")
  while true do process.send(inbox:receive():from(), "pong") end
end

function M.answer()
  local inbox = process.inbox()
  while true do
    local msg = inbox:receive()
    process.send(msg:from(), "ball", msg:payload():data())
  end
end

function M.member(next)
  local balls = process.listen("ball")
  while true do process.send(next, "ball", balls:receive() - 1) end
end

function M.sender(root, n)
  for i = 1, n do process.send(root, "ball", i) end
end

function M.receiver(root)
  local balls = process.listen("ball")
  while balls:receive() do process.send(root, "got") end
end

function M.node(parent, first, leaves)
  if leaves == 1 then return process.send(parent, "sum", first) end
  local sums, sum, part = process.listen("sum"), 0, leaves // 10
  for i = 0, 9 do process.spawn("bench:node", "bench:guests", process.pid(), first + i * part, part) end
  for _ = 1, 10 do sum = sum + sums:receive() end
  process.send(parent, "sum", sum)
end

function M.sleeper(root, ms)
  local began = time.now()
  time.sleep(ms * time.MILLISECOND)
  process.send(root, "late", time.now():sub(began):nanoseconds() - ms * time.MILLISECOND)
end

function M.ticker(root, phase, period, ticks)
  time.sleep(phase * time.MILLISECOND)
  local ticker = time.ticker(period * time.MILLISECOND)
  for _ = 1, ticks do ticker:channel():receive() end
  process.send(root, "ticked")
end

function M.burner()
  while true do end
end

function M.unit()
  local x = 1
  for i = 1, 200000 do x = (x * 31 + i) % 1000003 end
  return x
end

return M

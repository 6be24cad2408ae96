-- Lua leads: it starts one process in WebAssembly and one in Rust, and talks to both. To each of them the others are
-- pids, whatever they are written in.
local io = require("io")

local function main()
  local echo = assert(process.spawn_monitored("app:echo", "app:processes", "echo"))
  local counter = assert(process.spawn_monitored("app:counter", "app:processes"))
  local pong, reply = process.listen("pong"), process.listen("call/1")

  for _, word in ipairs({ "actor", "mailbox", "supervisor" }) do
    assert(process.send(echo, "ping", word))
    local echoed = pong:receive()
    -- A call carries the topic under which its reply is expected.
    assert(process.send(counter, "count", "call/1", echoed))
    io.print(("%-10s echoed by WebAssembly, %d letters counted by Rust"):format(echoed, reply:receive()))
  end

  process.send(echo, "stop")
  process.cancel(counter, "done")
  local events = process.events()
  for _ = 1, 2 do
    local event = events:receive()
    local who = event.from == echo and "WebAssembly" or "Rust"
    io.print(who .. " ended with " .. tostring(event.result.value))
  end
end

return { main = main }

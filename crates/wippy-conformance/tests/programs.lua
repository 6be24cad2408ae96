-- The scenarios of the conformance suite; each is a method.
local time = require("time")

local M = {}

function M.echo()
  local inbox, events = process.inbox(), process.events()
  while true do
    local r = channel.select { inbox:case_receive(), events:case_receive() }
    if r.channel == events then
      if r.value.kind == process.event.CANCEL then return "cancelled" end
    elseif r.value:topic() == "ping" then
      process.send(r.value:from(), "pong", r.value:payload():data())
    elseif r.value:topic() == "stop" then
      return "stopped"
    end
  end
end

function M.fail()
  return nil, errors.new { kind = errors.NOT_FOUND, message = "no such thing", retryable = false }
end

function M.crash()
  local nothing
  return nothing.field
end

function M.sleep()
  time.sleep("20ms")
end

function M.names()
  assert(process.registry.register("citizen.name"))
  assert(process.registry.lookup("citizen.name") == process.pid())
  assert(process.registry.unregister("citizen.name"))
  assert(process.registry.lookup("citizen.name") == nil)
  return "names ok"
end

function M.monitor(entry, host)
  assert(process.spawn_monitored(entry, host))
  local event = process.events():receive()
  if event.result.error then return "exit err: " .. event.result.error:message() end
  return "exit ok"
end

function M.traplinks(entry, host)
  process.set_options { trap_links = true }
  assert(process.spawn_linked(entry, host))
  local event = process.events():receive()
  assert(event.kind == process.event.LINK_DOWN)
  return "link-down: " .. event.result.error:message()
end

function M.spin()
  while true do pcall(function() end) end
end

function M.upgrade(entry)
  if entry == "from upgrade" then return "upgraded" end
  process.upgrade(entry, "from upgrade")
end

return M

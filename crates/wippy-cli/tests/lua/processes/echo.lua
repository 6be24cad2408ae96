-- Sends every message back, until one has the topic "stop".
while true do
  local m = process.inbox():receive()
  if m:topic() == "stop" then return "stopped" end
  local p = m:payload()
  if p == nil then
    process.send(m:from(), m:topic())
  elseif type(p) == "table" then
    local values = {}
    for i, one in ipairs(p) do values[i] = one:data() end
    process.send(m:from(), m:topic(), unpack(values))
  else
    process.send(m:from(), m:topic(), p:data())
  end
end

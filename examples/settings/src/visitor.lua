-- Counts itself in a variable that all processes of the node share.
local env = require("env")

local function main()
  local before = tonumber(env.get("VISITORS"))
  return env.set("VISITORS", tostring(before + 1))
end

return { main = main }

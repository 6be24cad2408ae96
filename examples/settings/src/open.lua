local env = require("env")
local io = require("io")
local system = require("system")

local function main()
  io.print((env.get("SHOP_NAME")), "opens at", (env.get("SHOP_OPENING")))

  -- Fixed values and those of the operating system cannot be changed by programs.
  local _, err = env.set("SHOP_NAME", "Supermarket")
  io.print("rename:", err:kind())

  -- What one process sets, all others get.
  for _ = 1, 3 do
    assert(process.exec("app:visitor", "app:processes"))
  end
  io.print("visitors:", (env.get("VISITORS")))

  -- Only what is declared is there.
  _, err = env.get("SHOP_SECRET")
  io.print("secret:", err:kind())

  -- Ends the whole program, services and all, with an exit code.
  if env.get("SHOP_CURRENCY") ~= "EUR" then
    io.print("no change for", (env.get("SHOP_CURRENCY")))
    system.exit(3)
  end
end

return { main = main }

local time = require("time")

-- Waits until somebody holds `name`. Services start side by side, so a name may still be on its way.
local function await(name)
    local pid = process.registry.lookup(name)
    while not pid do
        time.sleep("5ms")
        pid = process.registry.lookup(name)
    end
    return pid
end

return {await = await}

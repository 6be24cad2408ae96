local io = require("io")
local names = require("names")

local function main()
    local inbox = process.inbox()
    process.send(names.await("ledger"), "read")
    local attempts = inbox:receive():payload():data() -- comes when the service is up

    local before
    for i, attempt in ipairs(attempts) do
        if before then
            local gap = (attempt.started - before) * 1000
            io.print(string.format("attempt %d: %s, %.0f ms after attempt %d", i, attempt.pid, gap, i - 1))
        else
            io.print(string.format("attempt %d: %s", i, attempt.pid))
        end
        before = attempt.started
    end
    io.print(string.format("up since attempt %d", #attempts))
end

return {main = main}

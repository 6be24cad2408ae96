local logger = require("logger")
local time = require("time")

-- Ticks until it is asked to end.
local function main()
    local ticker = time.ticker("5s")
    local events = process.events()
    logger:info("the clock runs")
    local ticks = 0
    while true do
        local got = channel.select({ticker:channel():case_receive(), events:case_receive()})
        if got.channel == events then
            return
        end
        ticks = ticks + 1
        logger:info("tick", {count = ticks})
    end
end

return {main = main}

local io = require("io")

local INCREMENTS = 1000
local UPGRADE_AFTER = 400

-- Asks whoever is called "counter" now, and shows who answered.
local function show(when)
    process.send("counter", "read")
    local msg = process.inbox():receive()
    local state = msg:payload():data()
    io.print(string.format("%s: pid %s, code %s, count %d = %d by v1 + %d by v2",
        when, msg:from(), state.code, state.count, state.v1, state.v2))
    return msg:from(), state.count
end

local function main()
    local counter = process.spawn_monitored("app:counter_v1", "app:processes")

    -- The counter may not have taken its name yet, but its pid is good from the first moment.
    process.send(counter, "read")
    process.inbox():receive()
    local pid_before = show("before")

    for i = 1, INCREMENTS do
        process.send(counter, "increment")
        if i == UPGRADE_AFTER then
            process.send(counter, "upgrade") -- and on we go: nobody waits for it
        end
    end
    local pid_after, count = show("after")

    process.send(counter, "stop")
    local event = process.events():receive()
    io.print(string.format("the old monitor saw %s end with %d", event.from, event.result.value))

    if pid_before ~= pid_after or count ~= INCREMENTS then
        return nil, errors.new("something was lost")
    end
    io.print("same pid, nothing lost")
    return 0
end

return {main = main}

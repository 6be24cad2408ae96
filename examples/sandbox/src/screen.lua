local io = require("io")
local names = require("names")

-- Prints what a process tried, until it is done.
local function follow(who)
    while true do
        local msg = process.inbox():receive()
        if msg:topic() == "done" then
            return
        end
        local tried = msg:payload():data()
        io.print(string.format("%s: %s: %s", who, tried.what, tried.outcome))
    end
end

local function main()
    process.registry.register("screen")
    names.await("vault")

    -- The user says "ready"; the vault then pays a visit.
    local user = process.inbox():receive():from()
    process.send("vault", "visit", user)
    follow("user")

    -- A process inherits actor and scope from its spawner. We have none.
    assert(process.spawn("app:stranger", "app:sandbox"))
    follow("stranger")

    process.send("vault", "tell")
    local received = process.inbox():receive():payload():data()
    io.print("the vault received: " .. table.concat(received, ", "))
end

return {main = main}

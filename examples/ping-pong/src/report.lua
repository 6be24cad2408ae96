local io = require("io")
local time = require("time")

local function main()
    process.registry.register("report")
    local inbox, limit = process.inbox(), time.after("5s")

    local got = channel.select({inbox:case_receive(), limit:case_receive()})
    if got.channel == limit then
        return nil, errors.new({kind = errors.TIMEOUT, message = "ping and pong did not finish"})
    end

    local ping, rounds = got.value:from(), got.value:payload():data()
    for i, round in ipairs(rounds) do
        io.print(string.format("round %d: %s -> %s -> back, %d hits", i, ping, round.pong, round.hits))
    end
    io.print(string.format("%d rounds, %d hits", #rounds, rounds[#rounds].hits))
end

return {main = main}

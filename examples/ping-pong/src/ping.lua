local names = require("names")

local ROUNDS = 5

local function main()
    process.registry.register("ping")
    local inbox = process.inbox()
    local pong = names.await("pong")

    local ball = {hits = 0}
    local rounds = {}
    for round = 1, ROUNDS do
        ball.hits = ball.hits + 1
        process.send("pong", "ball", ball) -- a copy travels, never the table itself
        ball = inbox:receive():payload():data()
        rounds[round] = {hits = ball.hits, pong = pong}
    end

    process.send("pong", "stop")
    names.await("report")
    process.send("report", "rounds", rounds)
    -- Returning is a clean end: the supervisor does not start the service again.
end

return {main = main}

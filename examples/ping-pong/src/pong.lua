local function main()
    process.registry.register("pong")
    local inbox, events = process.inbox(), process.events()

    while true do
        local got = channel.select({inbox:case_receive(), events:case_receive()})
        if got.channel == events or got.value:topic() == "stop" then
            return -- The only event that can reach us is CANCEL: the node stops.
        end

        local ball = got.value:payload():data()
        ball.hits = ball.hits + 1
        process.send("ping", "ball", ball) -- ping took its name before it played the first ball
    end
end

return {main = main}

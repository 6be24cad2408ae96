-- A system service. It visits whom it likes, and counts the messages that reach it.
local function main()
    process.registry.register("vault")
    local inbox, events = process.inbox(), process.events()
    local received = {}

    while true do
        local got = channel.select({inbox:case_receive(), events:case_receive()})
        if got.channel == events then
            return -- CANCEL: only the node itself gets through to us
        end

        local msg = got.value
        table.insert(received, msg:topic())
        if msg:topic() == "visit" then
            process.send(msg:payload():data(), "welcome", "mind the wall")
        elseif msg:topic() == "tell" then
            process.send(msg:from(), "received", received)
        end
    end
end

return {main = main}

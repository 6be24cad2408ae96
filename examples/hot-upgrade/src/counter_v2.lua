-- The new version also knows who counted what, and can be stopped.
local function main(state)
    local inbox, events = process.inbox(), process.events()
    local count, inherited = state.count, state.count

    while true do
        local got = channel.select({inbox:case_receive(), events:case_receive()})
        if got.channel == events then
            return count -- CANCEL
        end

        local msg = got.value
        if msg:topic() == "increment" then
            count = count + 1
        elseif msg:topic() == "read" then
            local reply = {count = count, v1 = inherited, v2 = count - inherited, code = process.id()}
            process.send(msg:from(), "count", reply)
        elseif msg:topic() == "stop" then
            return count
        end
    end
end

return {main = main}

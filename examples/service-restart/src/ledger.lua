-- Remembers the attempts, and tells whoever asks as soon as one of them succeeded.
local function main()
    process.registry.register("ledger")
    local inbox, events = process.inbox(), process.events()
    local attempts, up, readers = {}, false, {}

    while true do
        local got = channel.select({inbox:case_receive(), events:case_receive()})
        if got.channel == events then
            return -- CANCEL: the node stops
        end

        local msg = got.value
        if msg:topic() == "attempt" then
            table.insert(attempts, {pid = msg:from(), started = msg:payload():data()})
            process.send(msg:from(), "number", #attempts)
        elseif msg:topic() == "up" then
            up = true
        elseif msg:topic() == "read" then
            table.insert(readers, msg:from())
        end

        while up and #readers > 0 do
            process.send(table.remove(readers), "attempts", attempts)
        end
    end
end

return {main = main}

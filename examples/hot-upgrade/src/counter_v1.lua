local function main()
    process.registry.register("counter")
    local inbox, events = process.inbox(), process.events()
    local count = 0

    while true do
        local got = channel.select({inbox:case_receive(), events:case_receive()})
        if got.channel == events then
            return count -- CANCEL
        end

        local msg = got.value
        if msg:topic() == "increment" then
            count = count + 1
        elseif msg:topic() == "read" then
            process.send(msg:from(), "count", {count = count, v1 = count, v2 = 0, code = process.id()})
        elseif msg:topic() == "upgrade" then
            -- Does not return. Pid, name, monitors and all waiting messages stay; of this program only the state
            -- passed here goes on.
            process.upgrade("app:counter_v2", {count = count})
        end
    end
end

return {main = main}

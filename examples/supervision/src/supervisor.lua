local io = require("io")

local function main()
    local attempt = 1
    local worker = process.spawn_monitored("app.workers:handler", "app:processes", attempt)
    io.print("started " .. worker)

    while true do
        local event = process.events():receive()

        if event.kind == process.event.EXIT and event.result.error then
            local err = event.result.error
            io.print(string.format("crash: %s [%s]", err:message(), err:kind()))

            attempt = attempt + 1
            worker = process.spawn_monitored("app.workers:handler", "app:processes", attempt)
            io.print(string.format("restart %d: %s", attempt - 1, worker))
        elseif event.kind == process.event.EXIT then
            io.print(string.format("%s ended: %s, %d restarts", event.from, event.result.value, attempt - 1))
            return 0
        elseif event.kind == process.event.CANCEL then
            return 1 -- the node stops before the work is done
        end
    end
end

return {main = main}

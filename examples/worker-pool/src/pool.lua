local io = require("io")
local time = require("time")

local JOBS = {
    {name = "index", takes = "300ms"},
    {name = "thumbnails", takes = "20ms"},
    {name = "mail", takes = "60ms"},
    {name = "invoice", takes = "20ms"},
    {name = "backup", takes = "60ms"},
    {name = "download", takes = "1h"}, -- the one we shall not wait for
}

-- A worker is a coroutine. All of them run in this one process, one at a time, so nothing needs a lock.
local function worker(id, jobs, results)
    while true do
        local job, open = jobs:receive()
        if not open then
            return -- closed and drained: no work is left
        end
        time.sleep(job.takes) -- suspends this coroutine only
        results:send({job = job.name, worker = id})
    end
end

local function main(workers)
    local count = math.tointeger(tonumber(workers or "3"))
    if not count or count < 1 then
        return nil, errors.new({kind = errors.INVALID, message = "usage: pool [WORKERS]"})
    end

    local jobs = channel.new(#JOBS) -- room for all, so filling it does not wait
    local results = channel.new()
    local unfinished = {}
    for _, job in ipairs(JOBS) do
        jobs:send(job)
        unfinished[job.name] = true
    end
    jobs:close()

    for id = 1, count do
        coroutine.spawn(function() worker(id, jobs, results) end)
    end

    -- Results come in the order in which they are ready. A second without any means that we stop waiting.
    for place = 1, #JOBS do
        local limit = time.after("1s")
        local got = channel.select({results:case_receive(), limit:case_receive()})
        if got.channel == limit then
            break
        end
        unfinished[got.value.job] = nil
        io.print(string.format("%d. %s, by worker %d", place, got.value.job, got.value.worker))
    end

    for name in pairs(unfinished) do
        io.print("gave up on " .. name)
    end
    return 0 -- Coroutines that still wait end with the process.
end

return {main = main}

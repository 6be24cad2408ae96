local io = require("io")

local function main(argument)
    local count = math.tointeger(tonumber(argument or "10000"))
    if not count or count < 1 then
        return nil, errors.new({kind = errors.INVALID, message = "usage: swarm [COUNT]"})
    end

    -- os.clock() is wall time in seconds since the node started.
    local function report(what, seconds)
        io.print(string.format("%s: %.3f s, %.1f us per process", what, seconds, seconds / count * 1e6))
    end

    local start = os.clock()
    local pids = {}
    for i = 1, count do
        pids[i] = assert(process.spawn("app:worker", "app:processes"))
    end
    local spawned = os.clock()

    -- Now all of them are alive and wait. Ask every one, then collect the answers in any order.
    for i, pid in ipairs(pids) do
        assert(process.send(pid, "number", i))
    end

    local inbox = process.inbox()
    local answered, sum = {}, 0
    for _ = 1, count do
        local msg = inbox:receive()
        answered[msg:from()] = true
        sum = sum + msg:payload():data()
    end
    local finished = os.clock()

    local distinct = 0
    for _ in pairs(answered) do
        distinct = distinct + 1
    end

    io.print(string.format("%d of %d processes answered", distinct, count))
    io.print(string.format("sum of the squares: %d", sum))
    report("spawn", spawned - start)
    report("ask and answer", finished - spawned)

    -- 1² + 2² + … + n²
    return sum == count * (count + 1) * (2 * count + 1) // 6
end

return {main = main}

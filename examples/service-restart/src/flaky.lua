local names = require("names")

local function main(failures)
    local started = os.clock() -- seconds since the node started

    -- A process forgets everything when it ends. What has to survive is kept by another process.
    local ledger = names.await("ledger")
    process.send(ledger, "attempt", started)
    local attempt = process.inbox():receive():payload():data()

    if attempt <= failures then
        -- `retryable = false` would tell the supervisor not to try again.
        return nil, errors.new({
            kind = errors.UNAVAILABLE,
            message = "not warm yet in attempt " .. attempt,
            retryable = true,
        })
    end

    process.send(ledger, "up")
    process.events():receive() -- up and running, until CANCEL arrives
end

return {main = main}

local time = require("time")

local LAST = 6 -- The sixth attempt succeeds for certain, so the run ends.

-- Three ways to crash. Nothing here is caught: let it crash, the supervisor knows what to do.
local crashes = {
    function()
        error("the disk is on fire")
    end,
    function()
        local config = nil
        return config.path
    end,
    function()
        error(errors.new({kind = errors.UNAVAILABLE, message = "the database went away", retryable = true}))
    end,
}

local function main(attempt)
    time.sleep("20ms")

    local unlucky = attempt == 1 or math.random() < 0.6
    if unlucky and attempt < LAST then
        crashes[math.random(#crashes)]()
    end
    return "done in attempt " .. attempt
end

return {main = main}

local names = require("names")

-- Tells the screen what was tried and what came of it.
local function tell(what, result, err)
    process.send("screen", "tried", {what = what, outcome = result and "ok" or err:kind()})
end

local function main()
    names.await("screen")
    local inbox = process.inbox()

    -- We could not reach the vault, but it can reach us.
    process.send("screen", "ready")
    local msg = inbox:receive()
    tell("hear from the system: " .. msg:payload():data(), msg)

    -- Inside our own host we are free. The neighbour inherits our actor and our scope.
    local neighbour, err = process.spawn("app:neighbour", "app:sandbox")
    tell("spawn on the sandbox host", neighbour, err)
    tell("send to a neighbour", process.send(neighbour, "knock"))
    tell("hear from a neighbour: " .. inbox:receive():payload():data(), true)

    -- The system is out of reach, whatever we try. A refusal is an ordinary error and has no effect.
    tell("send to the vault", process.send("vault", "open"))
    tell("spawn on the system host", process.spawn("app:neighbour", "app:system"))
    tell("cancel the vault", process.cancel("vault", "because I say so"))
    tell("terminate the vault", process.terminate("vault"))

    process.send("screen", "done")
end

return {main = main}

-- Runs in the sandbox without actor and scope. No policy judges it; the closed door of the system host still does.
local function main()
    local sent, err = process.send("vault", "open")
    process.send("screen", "tried", {what = "send to the vault", outcome = sent and "ok" or err:kind()})
    process.send("screen", "done")
end

return {main = main}

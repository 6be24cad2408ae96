-- Answers one message and ends.
local function main()
    local msg = process.inbox():receive()
    local n = msg:payload():data()
    process.send(msg:from(), "square", n * n)
end

return {main = main}

local function main()
    local msg = process.inbox():receive()
    process.send(msg:from(), "answer", "who is there?")
end

return {main = main}

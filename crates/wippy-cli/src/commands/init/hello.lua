local io = require("io")

-- The words behind the command's name arrive as arguments.
local function main(name)
    io.print("hello " .. (name or "world") .. " from " .. process.pid())
    return 0 -- On the terminal the result is the exit code.
end

return {main = main}

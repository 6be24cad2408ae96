local io = require("io")

-- The elements of the service's `input` arrive as arguments.
local function main(...)
    io.print("Hello from process " .. process.pid() .. ", running " .. process.id())

    for i, name in ipairs({...}) do
        io.print(string.format("Hello, %s! You are argument %d of %d.", name, i, select("#", ...)))
    end

    return 0 -- On a terminal host the result is the exit code.
end

-- The entry's `method` picks the function to start from this table.
return {main = main}

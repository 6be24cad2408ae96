-- Computing alone. Plain Lua runs this very text as well, so it asks for no module.
local M = {}

local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

-- Calls of functions, and hardly anything else.
function M.fib(n)
  local a, b = 0, 1
  for _ = 1, n do a, b = b, a + b end
  assert(fib(n) == a, "fib gave a wrong number")
end

-- Fills a table from its first place to its last, sums it up, and does so again with a new one.
function M.tables(n)
  for _ = 1, n do
    local list, sum = {}, 0
    for i = 1, 1000 do list[i] = i end
    for i = 1, #list do sum = sum + list[i] end
    assert(sum == 500500, "the table gave a wrong sum")
  end
end

return M

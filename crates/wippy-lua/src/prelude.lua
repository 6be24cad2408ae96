-- Names that programs of older Lua versions use. Runs once in each new state, before the program.
local random = ...
local type, error, select, ceil = type, error, select, math.ceil

unpack = table.unpack

function table.getn(t) return #t end
function table.maxn(t)
  local max = 0
  for k in next, t do
    if type(k) == "number" and k > max then max = k end
  end
  return max
end

string.gfind = string.gmatch

math.pow = function(x, y) return x ^ y end
math.mod = math.fmod
math.atan2 = math.atan
math.log10 = function(x) return math.log(x, 10) end
math.ldexp = math.ldexp or function(m, e) return m * 2.0 ^ e end
math.frexp = math.frexp or function(x)
  if x == 0 or x ~= x or x == math.huge or x == -math.huge then return x, 0 end
  local e = 0
  local a = math.abs(x)
  while a >= 1 do a, e = a / 2, e + 1 end
  while a < 0.5 do a, e = a * 2, e - 1 end
  return x < 0 and -a or a, e
end
local exp = math.exp
math.cosh = function(x) return (exp(x) + exp(-x)) / 2 end
math.sinh = function(x) return (exp(x) - exp(-x)) / 2 end
math.tanh = function(x)
  if x > 20 then return 1.0 elseif x < -20 then return -1.0 end
  local a, b = exp(x), exp(-x)
  return (a - b) / (a + b)
end
math.randomseed(random)

coroutine.isyieldable = nil

-- Ends with the content of its first message; an Error is a failure.
local p = process.inbox():receive():payload()
local v = p and p:data()
if type(v) == "userdata" then return nil, v end
return v

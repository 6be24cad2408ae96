-- Ends when it is cancelled, with what it was told.
local e = process.events():receive()
return {kind = e.kind, from = e.from, reason = e.reason, at = e.at, result = e.result}

local io = require("io")
local json = require("json")
local list = require("list")

type Rate = "full" | "reduced"

type Item = {
    name: string,
    cents: integer,
    quantity: integer,
    rate: Rate,
    note?: string,
}

type Sum = {rate: Rate, net: integer, tax: integer}

local PERCENT: {[Rate]: integer} = {full = 20, reduced = 5}

local ORDER = [[
[{"name": "Lua book", "cents": 2400, "quantity": 1, "rate": "reduced"},
 {"name": "Keyboard", "cents": 8999, "quantity": 2, "rate": "full", "note": "with cable"},
 {"name": "Tea", "cents": 450, "quantity": 3, "rate": "reduced"}]
]]

local function money(cents: integer): string
    return string.format("%d.%02d", cents // 100, cents % 100)
end

local function net(item: Item): integer
    return item.cents * item.quantity
end

local function total_of(rate: Rate, items: {Item}): Sum
    local sum = list.fold(items, 0, function(acc: integer, item: Item): integer
        return acc + net(item)
    end)
    return {rate = rate, net = sum, tax = sum * PERCENT[rate] // 100}
end

local function main(customer: string?): integer
    io.print("Invoice for " .. (customer or "nobody"))

    -- A decoder cannot know what it decodes. The cast says it, and keeps the first of the two results.
    local items = json.decode(ORDER) as {Item}
    for _, item in ipairs(items) do
        local note = item.note and " (" .. (item.note :: string) .. ")" or ""
        io.print(string.format("%d x %s%s: %s", item.quantity, item.name, note, money(net(item))))
    end

    local sums: {Sum} = list.map(list.group_by(items, function(item: Item): Rate
        return item.rate
    end), function(group: list.Group<Rate, Item>): Sum
        return total_of(group.key, group.items)
    end)

    local due: integer = 0
    for _, sum in ipairs(sums) do
        io.print(string.format("%s rate: net %s, tax %s", sum.rate, money(sum.net), money(sum.tax)))
        due = due + sum.net + sum.tax
    end
    io.print("Total " .. money(due))
    return 0
end

return {main = main}

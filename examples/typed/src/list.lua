-- Generic helpers. Types are for readers and for the checker; at run time they cost nothing.

type Group<K, T> = {key: K, items: {T}}

local function map<T, U>(xs: {T}, f: (T) -> U): {U}
    local out: {U} = {}
    for i, x in ipairs(xs) do
        out[i] = f(x)
    end
    return out
end

local function fold<T, A>(xs: {T}, start: A, f: (A, T) -> A): A
    local acc: A = start
    for _, x in ipairs(xs) do
        acc = f(acc, x)
    end
    return acc
end

-- Groups in the order in which their keys appear first.
local function group_by<K, T>(xs: {T}, key_of: (T) -> K): {Group<K, T>}
    local groups: {Group<K, T>} = {}
    local by_key: {[K]: Group<K, T>} = {}
    for _, x in ipairs(xs) do
        local key = key_of(x)
        local group: Group<K, T>? = by_key[key]
        if not group then
            group = {key = key, items = {}}
            by_key[key] = group!
            table.insert(groups, group!)
        end
        table.insert((group!).items, x)
    end
    return groups
end

return {map = map, fold = fold, group_by = group_by}

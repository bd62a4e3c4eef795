local function show(value, depth)
    local kind = type(value)
    if kind == 'string' then
        return '"' .. string.gsub(value, '[^%w %p]', function(c) return '\\' .. string.byte(c) end) .. '"'
    elseif kind == 'number' then
        return string.format('%.17g', value)
    elseif kind == 'table' then
        if depth > 8 then return '{...}' end
        local parts = {}
        for k, v in next, value do parts[#parts + 1] = '[' .. show(k, depth + 1) .. ']=' .. show(v, depth + 1) end
        return '{' .. table.concat(parts, ',') .. '}'
    elseif kind == 'nil' or kind == 'boolean' or kind == 'userdata' then
        return tostring(value)
    end
    return kind
end
local function answer(...)
    local parts = {}
    for i = 1, select('#', ...) do parts[i] = show((select(i, ...)), 1) end
    return table.concat(parts, ' ')
end
local function nest(open, n, close) return string.rep(open, n) .. string.rep(close, n) end
local function deep(n) local t = {} for i = 2, n do t = {t} end return t end

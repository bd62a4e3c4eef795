-- What stands before a batch of random programs: how they say things, and how each is run and cleared away.
-- The result of a program is the lines between `@@ number` and the next such line.

local real = {
    tostring = tostring, type = type, next = next, select = select, pcall = pcall, loadstring = loadstring, rawset = rawset, rawget = rawget,
    error = error, print = print, concat = table.concat, format = string.format, setmetatable = setmetatable, getmetatable = getmetatable,
    tonumber = tonumber, sub = string.sub, collectgarbage = collectgarbage, setfenv = setfenv, byte = string.byte, gsub = string.gsub,
    sethook = debug and debug.sethook,
}
local globals = _G
arg = nil
if io and io.stdout then io.stdout:setvbuf("line") end
local lines, count, fuel = {}, 0, 0

local function number(value)
    local text = real.tostring(value)
    if value == value and real.tonumber(text) ~= value then text = text .. "=" .. real.format("%.17g", value) end
    return text
end

-- A value in words: tables by their contents, in the order in which they are walked.
local function show(value, depth)
    local kind = real.type(value)
    if kind == "number" then return number(value) end
    if kind == "string" then
        if #value > 300 then value = #value .. ":" .. real.sub(value, 1, 300) end
        return '"' .. real.gsub(value, "[%c\"\\]", function(c) return "\\" .. real.byte(c) end) .. '"'
    end
    if kind ~= "table" then return kind == "function" and "function" or kind == "thread" and "thread" or real.tostring(value) end
    if value == globals then return "_G" end
    if depth == 0 then return "{..}" end
    local parts, n = {}, 0
    -- Not `for`: lua5.1 counts a call of `next` by it among those that nest, which shows where a program has gone to the limit.
    local k, v = real.next(value)
    while k ~= nil and n <= 80 do
        n = n + 1
        -- The place of an object among the keys depends on its address.
        local kind = real.type(k)
        if kind == "table" or kind == "function" or kind == "thread" then return "{with objects as keys}#" .. #value end
        if n <= 80 then parts[n] = "[" .. show(k, 0) .. "]=" .. show(v, depth - 1) end
        k, v = real.next(value, k)
    end
    return "{" .. real.concat(parts, ",") .. "}#" .. #value
end

local function say(...)
    local words = {}
    for i = 1, real.select("#", ...) do words[i] = show((real.select(i, ...)), 2) end
    count = count + 1
    if count <= 400 then lines[count] = real.concat(words, " ") end
    if count > 2000 then real.error("too much was said", 0) end
end

function out(...) say(...) end

function tick()
    fuel = fuel - 1
    if fuel < 0 then real.error("out of fuel", 0) end
end

function cut(text)
    if real.type(text) == "string" and #text > 80 then return real.sub(text, 1, 40) end
    return text
end

MT = {
    __add = function(a, b) return "added" end, __concat = function(a, b) return "joined" end, __index = function(t, k) return k end,
    __call = function(t, ...) return ... end, __lt = function(a, b) return true end, __unm = function(a) return a end, __len = function() return 42 end,
}

local stock, owned = {}, {}
for k, v in next, _G do stock[k] = v end
for _, name in next, {"string", "table", "math", "coroutine", "MT"} do
    owned[name] = {}
    for k, v in next, globals[name] do owned[name][k] = v end
end

-- What a program left behind is taken away.
local function clear()
    real.setmetatable(globals, nil)
    for k in real.next, globals do
        if stock[k] == nil then globals[k] = nil end
    end
    for k, v in real.next, stock do
        if globals[k] ~= v then globals[k] = v end
    end
    for name, fields in real.next, owned do
        for k in real.next, globals[name] do
            if fields[k] == nil then globals[name][k] = nil end
        end
        for k, v in real.next, fields do
            if globals[name][k] ~= v then globals[name][k] = v end
        end
    end
    real.setmetatable(MT, nil)
    real.getmetatable("").__index = string
end

local function give_up()
    real.error("out of steps", 0)
end

local function finish(...)
    say("ends", ...)
end

-- Calls of native functions may nest one deeper in ours, as in Redis; so a program of ours stands one deeper.
local function nested(deeper, ...)
    if deeper then return real.select(4, real.pcall(real.pcall, real.pcall, ...)) end
    if real.sethook then return real.select(2, real.pcall(...)) end
    return real.select(3, real.pcall(real.pcall, ...))
end

-- What chunks are called: some by the first line of their own text. The same text always by the same name.
local names = {"=p", "=p", "=p", "@dir/file.lua", "plain", "two\nlines", "=" .. ("n"):rep(70), "@" .. ("p/"):rep(50) .. "x", false}

function RUN(id, source, only_compile, steps, deeper)
    clear()
    real.print("@@ " .. id)
    lines, count, fuel = {}, 0, 3000
    local f, problem = real.loadstring(source, names[#source % #names + 1] or source)
    if not f then
        say("refused", problem)
    elseif only_compile then
        say("accepted")
    else
        if steps and real.sethook then real.sethook(give_up, "", steps) end
        real.pcall(finish, nested(deeper, real.pcall, f, 1, "two", {3}))
        if steps and real.sethook then real.sethook() end
    end
    clear()
    if count > 400 then lines[401] = nil end
    real.print(real.concat(lines, "\n"))
    -- Who asks whether a level more makes a difference wants to know of what was not shown, too.
    if deeper ~= nil then real.print(count .. " lines") end
    lines = {}
end
stock.RUN = RUN

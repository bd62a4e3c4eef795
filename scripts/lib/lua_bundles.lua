-- Random calls of bit, cjson, cmsgpack and struct. ARGV: seed, kind, calls. Answers one text for each call: what was called
-- and what came out. Runs behind Tests/LuaTests/Answers/prelude.lua; the same seed gives the same calls everywhere.
local state = tonumber(ARGV[1]) % 2147483646 + 1
local function random(n)
    state = (state * 16807) % 2147483647
    return math.floor(state / 2147483647 * n)
end
local function pick(list) return list[random(#list) + 1] end

local numbers = {0, 1, -1, 2, 3, 5, 7, 10, 15, 16, 31, 32, 33, 100, 127, 128, -32, -33, -128, -129, 255, 256, 32767, 32768, -32768,
    -32769, 65535, 65536, 2147483647, 2147483648, -2147483648, -2147483649, 4294967295, 4294967296, 2^51, 2^52, 2^53, 2^62,
    2^63, 2^64, -2^53, -2^63, -2^64, 1e13, 1e14, 99999999999999, 1e15, 1e16, 1e20, 1e100, 1e300, -1e300, 0.5, -0.5, 1.5, 2.5, 0.1,
    1/3, -1/3, 1e-5, 1e-10, 5e-324, 1.7976931348623157e308, 3.4e38, 1/0, -1/0, 0/0, -(0/0)}
local function number()
    local k = random(6)
    if k == 0 then return random(100) end
    if k == 1 then return (random(2000001) - 1000000) / 2 ^ random(20) end
    if k == 2 then return pick(numbers) + random(5) - 2 end
    if k == 3 then return (random(65536) * 65536 + random(65536)) * 2 ^ (random(80) - 30) * (random(2) * 2 - 1) end
    return pick(numbers)
end
local pieces = {'a', 'bc', 'key', '', '1', '2.5', '-7', '0x1F', ' ', '"', '\\', '/', '\n', '\t', '\r', '\b', '\f', '\0', '\1', '\31', '\127',
    '\128', '\255', '\195\164', '\226\130\172', '\240\159\152\128', 'null', '[', '{', ',', ':', '\\u0041', 'inf', 'nan', 'x'}
local function text()
    local s = ''
    for i = 1, random(4) do s = s .. pick(pieces) end
    if random(40) == 0 then s = string.rep(s .. 'z', random(300)) end
    return s
end
local function value(depth)
    local k = random(depth > 4 and 6 or 10)
    if k <= 1 then return number() end
    if k <= 3 then return text() end
    if k == 4 then return random(2) == 0 end
    if k == 5 then return pick({cjson.null, cjson.null, false, tostring}) end
    local t = {}
    local n = random(6)
    if k <= 7 then
        for i = 1, n do t[i] = value(depth + 1) end
        if random(8) == 0 then t[n + random(20)] = value(depth + 1) end
        if random(8) == 0 and n > 0 then t[random(n) + 1] = nil end
    else
        for i = 1, n do
            local key = random(4) == 0 and number() or text()
            if random(30) == 0 then key = true end
            if key == key then t[key] = value(depth + 1) end
        end
        -- Where a key lies that is hashed by its address is another matter on each server.
        if random(30) == 0 then t = {[pick({tostring, cjson.null, {1}, {a = 1}})] = 1} end
    end
    return t
end
local function mutate(s)
    for i = 1, random(4) do
        local at = random(#s + 1)
        local k = random(5)
        local byte = random(3) == 0 and string.char(random(256)) or pick(pieces)
        if k == 0 then s = string.sub(s, 1, at) .. byte .. string.sub(s, at + 1)
        elseif k == 1 then s = string.sub(s, 1, at) .. string.sub(s, at + 2 + random(3))
        elseif k == 2 then s = string.sub(s, 1, at) .. byte .. string.sub(s, at + 2)
        elseif k == 3 then s = string.sub(s, 1, at)
        else s = string.sub(s, 1, at) .. string.sub(s, random(#s + 1), random(#s + 1)) .. string.sub(s, at + 1) end
    end
    return s
end

local out = {}
local function note(name, ...) out[#out + 1] = name .. ' => ' .. answer(...) end
local words = {'{', '}', '[', ']', ',', ':', '"a"', '"b"', '"', '1', '-1', '0', '1.5', '1e5', 'true', 'false', 'null', 'inf', '-inf', 'nan', 'NaN',
    ' ', '\n', '\\', '0x1f', '01', '+1', '1e', '-', 'tru', '"\\u0041"', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\n\\/\\\\"', '"\\x"', '\0', '1e400',
    '123456789012345678901234567890', '0.1234567890123456789', '9007199254740993', '1.', '.5', '-.5', '1e+', '12345678901234567e-30'}
local kinds = {}
function kinds.encode()
    local v = value(0)
    local ok, s = pcall(cjson.encode, v)
    note('encode ' .. show(v, 1), ok, s)
    if ok then note('decode ' .. show(s, 1), pcall(cjson.decode, s)) end
end
function kinds.decode()
    local s
    if random(3) == 0 then
        s = ''
        for i = 1, random(12) do s = s .. pick(words) end
    else
        local ok, t = pcall(cjson.encode, value(0))
        s = mutate(ok and t or '[1,{"a":[true,null,"x\\u00e4"]},2.5]')
    end
    local ok, v = pcall(cjson.decode, s)
    note('decode ' .. show(s, 1), ok, v)
    if ok then note('encode', pcall(cjson.encode, v)) end
end
function kinds.settings()
    -- Not 0: with it, a key of 2^31 - 1 makes redis-server take 10 GB.
    cjson.encode_sparse_array(random(2) == 0, random(3) + 1, random(12))
    cjson.encode_max_depth(random(5) + 1)
    cjson.decode_max_depth(random(5) + 1)
    cjson.encode_number_precision(random(14) + 1)
    cjson.encode_invalid_numbers(pick({'on', 'off', 'null'}))
    cjson.decode_invalid_numbers(random(2) == 0)
    kinds.encode()
    kinds.decode()
    cjson.encode_sparse_array(false, 2, 10)
    cjson.encode_max_depth(1000)
    cjson.decode_max_depth(1000)
    cjson.encode_number_precision(14)
    cjson.encode_invalid_numbers(false)
    cjson.decode_invalid_numbers(true)
end
local tags = {'\0', '\127', '\128', '\129', '\130', '\143', '\144', '\145', '\146', '\159', '\160', '\161', '\163', '\191', '\192', '\193', '\194', '\195',
    '\196', '\199', '\202', '\203', '\204', '\205', '\206', '\207', '\208', '\209', '\210', '\211', '\212', '\217', '\218', '\219', '\220', '\221', '\222',
    '\223', '\224', '\255', 'a', '\0\0', '\0\1', '\0\0\0\2', '\63\248\0\0\0\0\0\0', '\127\248\0\0\0\0\0\0'}
function kinds.pack()
    local v, w = value(0), value(2)
    local ok, s = pcall(cmsgpack.pack, v, w)
    note('pack ' .. show(v, 1) .. ' ' .. show(w, 1), ok, s)
    if ok then note('unpack ' .. show(s, 1), pcall(cmsgpack.unpack, s)) end
end
function kinds.unpack()
    local s
    if random(2) == 0 then
        s = ''
        for i = 1, random(12) do s = s .. pick(tags) end
    else
        s = mutate(cmsgpack.pack(value(0), value(1)))
    end
    note('unpack ' .. show(s, 1), pcall(cmsgpack.unpack, s))
    local limit, offset = random(6) - 1, random(8) - 1
    note('unpack_limit ' .. limit .. ' ' .. offset, pcall(cmsgpack.unpack_limit, s, limit, offset))
    note('unpack_one ' .. offset, pcall(cmsgpack.unpack_one, s, offset))
end
local options = {'b', 'B', 'h', 'H', 'l', 'L', 'T', 'f', 'd', 's', 'c', 'c0', 'c1', 'c2', 'c5', 'i', 'I', 'i1', 'i2', 'i3', 'I4', 'i5', 'I7', 'i8', 'I9', 'i9',
    'i12', 'i16', 'i17', 'i31', 'i32', 'i33', 'i0', 'x', '!', '!1', '!2', '!4', '!8', '!16', '!3', '>', '<', ' ', 'q', '9', '=', 'c99999999999'}
local function format()
    local s = ''
    for i = 1, random(6) do s = s .. options[random(random(5) == 0 and #options or 31) + 1] end
    if random(3) == 0 then s = pick({'>', '<', '!', '>!4', '!8'}) .. s end
    return s
end
function kinds.struct()
    local f = format()
    note('size ' .. f, pcall(struct.size, f))
    local a = {}
    for i = 1, 7 do a[i] = random(4) == 0 and text() or number() end
    local ok, s = pcall(struct.pack, f, unpack(a))
    note('pack ' .. f .. ' ' .. show(a, 1), ok, s)
    if not ok then s = '' for i = 1, random(60) do s = s .. string.char(random(3) == 0 and random(256) or random(4)) end end
    if random(2) == 0 then s = mutate(s) end
    note('unpack ' .. f .. ' ' .. show(s, 1), pcall(struct.unpack, f, s))
    local at = random(5) == 0 and number() or random(6)
    note('unpack ' .. f .. ' ' .. show(at, 1), pcall(struct.unpack, f, s, at))
    f = format()
    note('unpack ' .. f .. ' ' .. show(s, 1), pcall(struct.unpack, f, s))
end
local operations = {'tobit', 'tohex', 'bnot', 'band', 'bor', 'bxor', 'lshift', 'rshift', 'arshift', 'rol', 'ror', 'bswap'}
function kinds.bit()
    local name = pick(operations)
    local a = {}
    for i = 1, random(4) do a[i] = random(15) == 0 and value(3) or number() end
    if random(4) == 0 then a[2] = number() / 2 ^ 20 end
    local n = #a
    note(name .. ' ' .. show(a, 1), pcall(bit[name], unpack(a, 1, n)))
end
for i = 1, tonumber(ARGV[3]) do kinds[ARGV[2]]() end
return out

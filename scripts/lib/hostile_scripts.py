"""Hostile scripts: endless, deep, huge, broken errors, tricks with metatables and environments, odd arguments for every function.

Each entry says what is tried. Those marked `ours` would hang or end redis-server itself."""

import time

from hostile_attack import MIB, Attack
from hostile_calls import replies
from servers import ReplyError, encode

# Run until somebody ends them.
ENDLESS = [
    "while true do end", "repeat local x = 1 until false", "for i = 1, math.huge do end", "local function f() return f() end return f()", "while true do pcall(error) end",
    "pcall(function() while true do end end) while true do end", "while true do xpcall(function() while true do end end, function() return 1 end) end",
    "while true do redis.call('GET', 'k') end", "while true do redis.pcall('NOSUCH') end", "local t = setmetatable({}, {__index = function(t, k) return k end}) while true do local x = t.x end",
    "while true do local c = coroutine.wrap(function() coroutine.yield(1) end) c() end", "coroutine.wrap(function() while true do end end)()", "for x in function() return 1 end do end",
    "local s = '' while true do s = ('x'):rep(100) .. s:sub(1, 100) end", "while true do local t = {} t.x = {1, 2, 3} end", "while true do table.sort({3, 2, 1}) end", "while true do cjson.decode('[1,2,3]') end",
    "while true do loadstring('return 1')() end", "while true do redis.sha1hex('x') end", "while true do string.gsub('abc', '%w', '%0%0') end", "local function f() pcall(f) end while true do f() end",
]  # fmt: skip
ENDLESS_OURS = [
    "return string.find(string.rep('a', 32), string.rep('a?', 32) .. string.rep('a', 32))", "return string.find(string.rep('a', 300000), '.-b')", "return string.rep('a', 50000):find('.-.-.-.-b')",
    "return (string.gsub(string.rep('a', 200000), '.-b', ''))", "return string.match(string.rep('(', 200000), '%b()')", "return string.find(string.rep('x', 100000), string.rep('x*', 100) .. 'y')",
    "for w in string.gmatch(string.rep('a', 100000), 'a*a*a*b') do end", "local t = {} for i = 1, 1000000 do t[i] = i end table.sort(t, function(a, b) return a * 7919 % 1000003 < b * 7919 % 1000003 end) while true do table.sort(t) end",
    "local t = {} for i = 1, 300000 do table.insert(t, 1, i) end", "local t = {} for i = 1, 1000000 do t[i] = 'x' end while true do table.concat(t, ',') end", "while true do string.rep('x', 1e7):reverse():upper() end",
    "local t = {} for i = 1, 1000000 do t[i] = i end while #t > 0 do table.remove(t, 1) end", "local s = string.rep('x', 1e6) while true do string.format('%q', s) end",
    "local t = {} for i = 1, 200000 do t[i] = {i} end while true do cjson.encode(t) end", "local s = '[' .. string.rep('1,', 500000) .. '1]' while true do cjson.decode(s) end",
    "local t = {} for i = 1, 500000 do t[i] = i end while true do cmsgpack.unpack(cmsgpack.pack(t)) end", "while true do redis.sha1hex(string.rep('x', 1e7)) end", "for i = 1, 1e9 do loadstring(string.rep('x = 1 ', 10000)) end",
    "local t = {} for i = 1, 1000000 do t['k' .. i] = i end while true do for k in pairs(t) do end end", "while true do unpack({}, 1, 7000) end", "local t = {} for i = 1, 3000000 do t[i] = 0 end while true do next(t, #t) end",
    "local t = setmetatable({}, {}) for i = 1, 2^40 do t[i % 1000] = nil end",
]  # fmt: skip
# End with an error or a value, soon.
DEEP = [
    "local function f() return 1 + f() end return f()", "local function f() return 1 + f() end local function g() return pcall(f) end for i = 1, 3 do g() end return 1", "local f f = function() pcall(f) end f() return 1",
    "local t = {} setmetatable(t, {__index = function(t, k) return t[k + 1] end}) return t[1]", "local t = {} for i = 1, 1000 do t = setmetatable({}, {__index = t}) end return t.x",
    "local t = setmetatable({}, {__add = function(a, b) return a + b end}) return t + 1", "local t = setmetatable({}, {__concat = function(a, b) return a .. b end}) return t .. 'x'",
    "local t = setmetatable({}, {__eq = function(a, b) return a == b end}) return t == setmetatable({}, getmetatable(t))", "local t = setmetatable({}, {__call = function(self) return self() + 1 end}) return t()",
    "local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) return tostring(t)", "local function f() return string.gsub('a', 'a', f) end return f()", "local function f() table.sort({1, 2}, f) return true end return f()",
    "local function f() return coroutine.wrap(f)() end return f()", "local function f() return coroutine.wrap(function() return pcall(f) end)() end return f()", "local t = {} for i = 1, 100000 do t = {t} end return t",
    "local t = {} t[1] = t return t", "local t = {} for i = 1, 5000 do t = {t} end return cjson.encode(t)", "return cjson.decode(string.rep('[', 100000))", "return cjson.decode(string.rep('{\"a\":', 100000))", "local t = {} t.t = t return cjson.encode(t)",
    "local t = {} for i = 1, 100000 do t = {t} end return cmsgpack.pack(t)", "return cmsgpack.unpack(string.rep('\\145', 100000))", "return loadstring('return ' .. string.rep('(', 100000))", "return loadstring(string.rep('do ', 100000))",
    "return loadstring('return ' .. string.rep('-', 1) .. string.rep('not ', 100000) .. '1')", "return loadstring('x = ' .. string.rep('{', 100000))", "return loadstring('x = ' .. string.rep('a.', 100000) .. 'b')",
    "return loadstring('x = ' .. string.rep('a..', 100000) .. 'b')", "return loadstring(string.rep('function f() ', 100000))", 
    "return string.find(string.rep('(', 100), string.rep('(', 100))", "return string.rep('(', 300000):match(string.rep('.-', 100000))", "return {err = {err = {err = 1}}}", "return xpcall(error, error)", "local function h() error('x') end return xpcall(h, h)",
    "local mt = {} mt.__index = mt setmetatable(mt, mt) return mt.x", "local a, b = {}, {} setmetatable(a, {__index = b}) setmetatable(b, {__index = a}) return a.x", "local a = setmetatable({}, {__newindex = function(t, k, v) t[k] = v end}) a.x = 1",
]  # fmt: skip
DEEP_OURS = ["return loadstring(string.rep('if x then else', 100000))", "return string.find(string.rep('a', 300000), string.rep('a?', 300000))"]
# What broke the Lua of others: chunk names and rubbish while text is read, counts beyond 2^31, widths, depths and formats at their limits.
KNOWN_FAULTS = [
    "return loadstring('x =', string.rep('n', 1e7))", "return loadstring('error(1)', string.rep('n', 1e6))()", "return pcall(loadstring('x = nil + 1', '=' .. string.rep('n', 1e6)))", "return loadstring('return 1', string.rep('\\n', 1e5))()",
    "for i = 1, 200 do loadstring('local a' .. i .. ' = {' .. string.rep(\"'s' .. \" .. i .. ', ', 50) .. '} return a' .. i, 'name' .. i) collectgarbage() end", "local n = 0 return load(function() n = n + 1 collectgarbage() return n < 500 and 'local a' .. n % 150 .. \" = 'text\" .. n .. \"' \" or nil end, 'c')",
    "local n = 0 return load(function() n = n + 1 local junk = {} for i = 1, 100 do junk[i] = i .. '' end return n < 300 and 'do local f = function() return \\'' .. n .. '\\' end end ' or nil end, string.rep('name', 1e4))",
    "return unpack({}, 0, 2^31)", "return unpack({1, 2, 3}, -2, 2147483647)", "return unpack({1, 2, 3}, -2147483648, 2147483647)", "return unpack({1, 2, 3}, 2^31, 2^31 + 2)", "return unpack({1, 2, 3}, -2^63, 2^63)", "return {unpack({}, 2^53, 2^53 + 5)}", "return select(-2^31, 1)", "return select('#', unpack({}, 1, 7999))",
    "return [[", "return [==[", "return [=", "return [====", "--[==[ x", "--[[", "return '\\", "return \"abc", "return 0x", "return 1e", "return [=[ ]==]", "return '\\300'", "return loadstring('return [' .. string.rep('=', 1e6))", "return loadstring('--[' .. string.rep('=', 1e6) .. '[ ]')",
    "return bit.tohex(1, -2147483648)", "return bit.tohex(1, 2147483647)", "return bit.tohex(1, 2^63)", "return bit.lshift(1, 2^31)", "return bit.rol(1, -2^53)", "return bit.tobit(1e308)", "return bit.band(0/0, 1/0)", "return bit.bnot(-1/0)",
    "return struct.pack('i2147483647', 1)", "return struct.pack('!2147483648i', 1)", "return struct.pack('c2147483647', 'x')", "return struct.unpack('c2147483647', 'x')", "return struct.unpack('c0', 'x')", "return struct.unpack('>I4c0', '\\255\\255\\255\\255x')", "return struct.size('s')", "return struct.size(string.rep('c2147483647', 100))", "return struct.unpack('i', 'xxxx', 2^31)", "return struct.unpack('i', 'xxxx', -5)",
    "return cmsgpack.unpack('\\221\\255\\255\\255\\255')", "return cmsgpack.unpack('\\223\\255\\255\\255\\255')", "return cmsgpack.unpack('\\219\\255\\255\\255\\255x')", "return cmsgpack.unpack_limit('\\1\\1', 2^31, 0)", "return cmsgpack.unpack_one('\\1', 2^31)", "return cmsgpack.unpack_one('\\1', -1)", "return cmsgpack.pack()", "return cmsgpack.pack(unpack({}, 1, 7000))", "local t = {} t[1] = t return cmsgpack.pack(t)",
    "return cjson.encode({[2^31] = 1})", "return cjson.encode({[1] = 1, [1e9] = 2})", "return cjson.encode(0/0)", "return cjson.decode('1e999999')", "return cjson.decode('\"\\\\ud800\"')", "return cjson.decode(string.rep('[', 999) .. string.rep(']', 999))", "return cjson.decode('\"' .. string.rep('\\\\u0000', 1e5) .. '\"')", "return cjson.encode_max_depth and cjson.encode_max_depth(2^31)", "return cjson.decode('[1,')", "return cjson.decode('')",
    "return setmetatable('x', {})", "return setmetatable(1, {})", "return setmetatable(nil, {})", "return setmetatable(print, {})", "return setmetatable(coroutine.create(print), {})", "return getmetatable(1), getmetatable(print), getmetatable(nil)", "return string.format('%99999d', 1)", "return string.format('%.2147483648f', 1)", "return string.format('%', 1)", "return string.format(string.rep('%s', 1e5))", "return string.format('%c', 2^31)",
    "return string.rep('x', -2^63)", "return ('x'):sub(-2^63, 2^63)", "return ('x'):byte(-2^31, 2^31)", "return string.char(256)", "return string.char(-1)", "return tonumber('1', 2^31)", "return tonumber(string.rep('1', 1e6))", "return table.concat({}, '', 1, 2^31)", "return table.concat({1}, 'x', -2^63, -2^63 + 1)", "return table.insert({}, 2^31, 1)", "return table.insert({}, 2^53, 1)", "return math.random(2^31)", "return math.random(-2^63, 2^63)", "return math.random(0)", "return math.ldexp(1, 2^31)",
    "local co co = coroutine.create(function() return coroutine.resume(co) end) return coroutine.resume(co)", "local co co = coroutine.wrap(function() co() end) co()", "return coroutine.wrap(function() return pcall(coroutine.yield) end)()", "coroutine.yield(1)", "return pcall(coroutine.yield, 1)", "for k in pairs(setmetatable({}, {__mode = 'kv', __gc = 1})) do end return collectgarbage('step', -1)", "return collectgarbage('setstepmul', 2^31)", "local t = {} for i = 1, 100 do t[i] = i end for k in pairs(t) do t[k] = nil t[k + 1000] = 1 end",
    "local t = {3, 2, 1, 5, 4} return table.sort(t, function() return true end)", "local t = {} for i = 1, 1000 do t[i] = i % 7 end return pcall(table.sort, t, function(a, b) return math.random() < 0.5 end)", "local t = {1, 2, 3, 4, 5} table.sort(t, function(a, b) t[1] = nil t[9] = 9 return a < b end) return 1", "return string.gsub('x', '(x)', '%2')", "return string.find('x', '(()')", "return string.find('x', '%f')", "return string.find('a', '[a-')", "return string.find('a', '[%')", "return string.find('a', '%')", "return string.find('x', '%1')",
]  # fmt: skip
HUGE_OURS = [
    "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(function() end) end", "local s = 'x' while true do s = s .. s end", "local t = {} for i = 1, 1e9 do t[i] = i end", "local t = {} for i = 1, 1e9 do t['k' .. i] = {} end", "return string.rep('x', 1e10)", "return string.rep('x', 2^31)", "return ('x'):rep(2^53)",
    "local t = {} for i = 1, 1e9 do t[i] = function() return i end end", "return string.gsub(string.rep('x', 1e6), 'x', string.rep('y', 1e6))",
    "return table.concat({string.rep('x', 1e8), string.rep('x', 1e8), string.rep('x', 1e8), string.rep('x', 1e8)}, string.rep('y', 1e8))", "local t = {string.rep('x', 1e6)} for i = 2, 1e5 do t[i] = t[1] end return table.concat(t)",
    "local t = {string.rep('x', 1e7)} for i = 2, 1e3 do t[i] = t[1] end return cjson.encode(t)", "local t = {string.rep('x', 1e7)} for i = 2, 1e3 do t[i] = t[1] end return cmsgpack.pack(t)", "return string.format('%s%s%s', string.rep('x', 9e8), string.rep('x', 9e8), 'x')",
    "local s = string.rep('x', 5e8) return loadstring('return [[' .. s .. ']]')", "return loadstring('[' .. string.rep('=', 1e8))", "return loadstring('--[' .. string.rep('=', 1e7) .. '[')", "return loadstring(string.rep('x', 1e8))", "local s = string.rep('x', 9e8) return s .. s .. s",
    "local t = {} for i = 1, 1e9 do t[i] = loadstring('return ' .. i) end", "return {unpack({}, 1, 1e7)}", "local s = {} for i = 1, 1e5 do s[i] = string.rep('x', 1e4) .. i end return s", "local t = {} while true do t[#t + 1] = redis.call('KEYS', '*') end",
]  # fmt: skip
ERRORS = [
    "error({})", "error(nil)", "error()", "error({err = 'ERR mine'})", "error({err = {}})", "error({err = 5})", "error({ok = 'fine'})", "error({err = 'MINE', ignore_error_stats_update = true})", "error(setmetatable({}, {__index = function() return 'x' end}))",
    "error(setmetatable({}, {__index = function() error('again') end}))", "error(setmetatable({}, {__tostring = function() error({}) end}))", "error(redis)", "error(redis.call)", "error(coroutine.create(function() end))", "error(true)", "error(1e300)",
    "error({err = string.rep('x', 1e6)})", "error('no\\r\\nline')", "error({err = 'a\\r\\n+OK\\r\\n\\0b'})", "error('a\\0b', 0)", "return redis.error_reply('a\\r\\n$5\\r\\nhello\\0\\r\\n')", "return redis.status_reply('a\\r\\n-ERR b\\0\\r\\n')", "return {err = 'x\\r\\ny\\nz\\0'}",
    "return {ok = 'x\\r\\ny\\nz\\0'}", "return {ok = {}}", "return {err = {}}", "return {double = 'x'}", "return {map = 5}", "return {set = 'x'}", "return {big_number = 'x\\r\\n:1\\r\\n'}", "return {verbatim_string = {format = 'toolong', string = 'x\\r\\n'}}",
    "return {verbatim_string = {}}", "return {map = {[{}] = {}}}", "return {set = {[{}] = 1}}", "return {double = 0/0}", "return redis.error_reply()", "return redis.error_reply({})", "return redis.error_reply('')", "return redis.status_reply('')", "return redis.error_reply('-')",
    "return redis.error_reply('-a\\rb')", "return redis.pcall('SET')", "return redis.call('SET')", "return redis.call()", "return redis.call({})", "return redis.call('SET', 'k', {})", "return redis.call(nil)", "return redis.call('SET', 'k', nil)", "return redis.call('GET', 'k', 1, 2)",
    "return redis.call(\"a\\r\\nb\")", "return redis.pcall('x\\0\\r\\n')", "return function() end", "return coroutine.create(function() end)", "return {function() end, nil, 3}", "return {1, nil, 3}", "return 0/0", "return 1e300", "return -1e300", "return 2^63", "return 1/0", "return _G",
    "return redis", "return {[1.5] = 2}", "assert(false)", "assert(nil, {})", "assert(false, 'x\\r\\ny')", "return pcall(error, {err = 'x\\r\\n'})", "redis.setresp(3) return {err = 'a\\r\\nb'}", "redis.setresp(4)", "redis.setresp()", "redis.setresp(2^40)", "redis.log(1)", "redis.log(99, 'x')",
    "redis.log(redis.LOG_WARNING, 'a\\r\\nb\\0c')", "redis.log('x', 'y')", "redis.set_repl(99)", "redis.set_repl()", "redis.sha1hex()", "return redis.sha1hex({})", "return redis.acl_check_cmd()", "return redis.acl_check_cmd('nosuch')", "redis.breakpoint()", "redis.replicate_commands()",
    "return redis.call('EVAL', 'return 1', 0)", "return redis.call('SUBSCRIBE', 'x')", "return redis.call('MULTI')", "return redis.call('BLPOP', 'none', 0)", "return redis.call('SCRIPT', 'FLUSH')", "return redis.call('SHUTDOWN')", "return redis.call('CLIENT', 'KILL', 'TYPE', 'normal')",
    "return redis.call('AUTH', 'x')", "return redis.call('QUIT')", "return redis.call('RESET')", "return redis.call('HELLO', 3)", "return redis.call('MONITOR')", "return redis.call('WATCH', 'k')", "return redis.call('FUNCTION', 'FLUSH')", "return redis.call('CONFIG', 'GET', '*')",
    "local x <const> = 1", "return", "", " ", "--", "#!lua", "#!lua flags=no-writes\\n", "#!lua flags=nosuch\\nreturn 1", "#!nosuch\\nreturn 1", "#!lua name=x\\nreturn 1", "return KEYS[1e300]", "return ARGV[0/0]", "KEYS[0/0] = 1", "x = 1", "return x", "\\27LuaQ", "return '\\",
]  # fmt: skip
TRICKS = [
    "getmetatable('').__index = {}", "getmetatable('').__index.sub = nil", "getmetatable('').__add = function() return 1 end", "setmetatable(getmetatable(''), {})", "rawset(getmetatable(''), '__index', nil)", "setmetatable(_G, nil)", "setmetatable(_G, {})",
    "setmetatable(_G, {__index = function() return 666 end})", "rawset(_G, 'evil', 1)", "_G.evil = 1", "evil = 1", "rawset(_G, 'redis', nil)", "redis = nil", "_G.redis.call = nil", "redis.call = function() return 'evil' end", "rawset(redis, 'call', nil)", "redis.evil = 1",
    "setmetatable(redis, {})", "string.sub = nil", "rawset(string, 'sub', nil)", "string.evil = 1", "for k in pairs(string) do string[k] = nil end", "for k in pairs(_G) do rawset(_G, k, nil) end", "table.insert(string, 1)", "table.insert(redis, 'x')", "table.sort(_G)", "table.remove(string)",
    "table.setn(string, 5)", "table.foreach(string, function(k) string[k] = nil end)", "setfenv(0, {})", "setfenv(1, {}) return x", "setfenv(redis.call, {})", "setfenv(pcall, {})", "getfenv(0).redis = nil", "getfenv(1).string = nil", "getfenv(redis.call).redis = nil", "getfenv(loadstring('')).evil = 1",
    "getfenv(coroutine.wrap(function() end)).evil = 1", "setfenv(2, {})", "debug.setmetatable(1, {})", "debug.getregistry()", "package.loaded.string = nil", "require('os')", "os.execute('true')", "io.open('/etc/passwd')", "dofile('/etc/passwd')", "loadfile('/etc/passwd')()",
    "loadstring('\\27LuaQ\\0\\1\\4\\8\\4\\8\\0')()", "loadstring(string.dump(function() end))()", "local n = 0 load(function() n = n + 1 if n == 1 then return '\\27' end end)()", "string.dump(function() end)", "string.dump(print)", "math.random = function() return 4 end", "math.pi = 3", "cjson.null = 1", "cjson.encode = nil", "cmsgpack.pack = nil", "struct.pack = nil", "bit.band = nil",
    "KEYS = nil", "ARGV = 'x'", "_G._G = nil", "_VERSION = 'evil'", "pcall = nil", "tostring = nil", "local p = newproxy(true) getmetatable(p).__gc = function() redis.call('SET', 'evil', 1) end p = nil collectgarbage()", "collectgarbage('stop')", "collectgarbage('setpause', 1e9)",
    "local mt = getmetatable(_G) if mt then mt.__index = nil mt.__newindex = nil end evil = 1", "getmetatable(_G).__metatable = 1", "setmetatable(string, {__index = {evil = 1}})", "getmetatable(KEYS)", "KEYS.evil = 1 ARGV.evil = 2", "coroutine.wrap(function() evil = 1 end)()", "loadstring('evil = 1')()",
    "xpcall(function() evil = 1 end, function() redis.call = nil end)", "redis.register_function('f', function() end)", "redis.debug = nil", "server.call = nil", "local s = server or redis s.call = nil", "rawset(table, 'concat', nil)", "rawset(math, 'floor', nil)", "setmetatable(math, {})", "next = nil",
]  # fmt: skip
# What runs while a library is loaded has an end of its own.
WHILE_LOADED = ["while true do end", "pcall(function() while true do end end) while true do end", "local function f() return f() end return f()", "for i = 1, 1e9 do local t = {i} end", "local t = {} while true do t[#t + 1] = string.rep('x', 1e6) end", "redis.register_function(redis, 2)",
    "for i = 1, 1e6 do redis.register_function('f' .. i, function() end) end", "redis.register_function(string.rep('f', 1e6), print)", "redis.register_function{function_name = 'x', callback = print, flags = setmetatable({}, {__index = function() return 'no-writes' end})}", "redis.register_function(setmetatable({}, {__index = redis.register_function}))",
    "local f f = function() redis.register_function('g', f) end f()", "redis.register_function('f', function() redis.register_function('g', print) end)", "return setmetatable(_G, {})", "_G.redis = nil", "redis.call('SET', 'k', 'v')", "error({err = {}})", "error(redis)"]  # fmt: skip
# What the next user finds: everything that the tricks aim at.
UNALTERED = """
local function names(t) local n = {} for k, v in pairs(t) do n[#n + 1] = tostring(k) .. ':' .. type(v) end table.sort(n) return table.concat(n, ' ') end
local found = {_VERSION, ('abc'):sub(2), tostring(pcall(function() return evil end)), redis.call('EXISTS', 'evil'), type(getmetatable('').__index), tostring(getmetatable('').__add), #KEYS, #ARGV, tostring(math.pi),
    math.floor(2.5), tostring(getmetatable(string)), tostring(getmetatable(redis)), tostring(cjson.null), cjson.encode({1}), struct.size('i'), bit.band(7, 3), #cmsgpack.pack(1), tostring(rawget(_G, 'evil')), tostring(KEYS.evil)}
for _, name in ipairs({'string', 'table', 'math', 'coroutine', 'redis', 'cjson', 'cmsgpack', 'struct', 'bit', '_G'}) do found[#found + 1] = name .. ' ' .. names(_G[name]) end
return found"""
# Every function of every library, with arguments that nobody gives.
ODD_CALLS = """
local seed, rounds = tonumber(ARGV[1]), tonumber(ARGV[2])
local function chance(n) seed = (seed * 1103515245 + 12345) % 2147483648 return math.floor(seed / 65536) % n + 1 end
local odd = {0, -1, 1, 2, 1.5, -0.5, 255, 256, 2^31 - 1, 2^31, -2^31, 2^32, 2^53, 2^63, -2^63, 2^64, 1e308, 1/0, -1/0, 0/0, '', 'a', 'abc', '%', '(', '%b', '[', '%1', '\\0', '\\255\\254', string.rep('x', 1000), string.rep('(', 40),
    string.rep('a?', 40), 'inf', '0x10', ' 5 ', '1e5', {}, {1, 2, 3}, {n = 2^31}, {[2^53] = 1}, {[-1] = 1, [0] = 2}, {'a', 'b', 'c'}, setmetatable({}, {__index = function(t, k) return k end}), setmetatable({1}, {__call = function() return 1 end}),
    setmetatable({}, {__tostring = function() return 5 end}), function() end, function(...) return ... end, function() error({}) end, coroutine.create(function() coroutine.yield(1) end), cjson and cjson.null or false, true, false,
    '>I4', 'c0', 'i17', '!16d', 'sss', 'c2147483647', 'L', '\\221\\255\\255\\255\\255', '\\199\\255', '[1,[2', '{"a":1e999}', '[' .. string.rep('1,', 50) .. '1]', '"\\\\ud800"', '%99.99f', '%-0+ #5.5s%d%c', 'k', 'return 1', 'x =', '#', '%5', 'count', 'SET', 'GET', 'k'}
local calls, failed = 0, 0
local left_out = {error = 1, collectgarbage = 1, gcinfo = 1, breakpoint = 1, log = 1, setfenv = 1, getfenv = 1, yield = 1, debug = 1, setresp = 1, set_repl = 1, randomseed = 1, print = 1, write = 1,
    encode_keep_buffer = 1, encode_max_depth = 1, decode_max_depth = 1, encode_number_precision = 1, encode_invalid_numbers = 1, decode_invalid_numbers = 1, encode_sparse_array = 1}
local functions = {}
for _, name in ipairs({'_G', 'string', 'table', 'math', 'coroutine', 'cjson', 'cmsgpack', 'struct', 'bit', 'redis', 'os'}) do
    local library, here = rawget(_G, name), {}
    for k, v in pairs(library or {}) do if type(v) == 'function' and not left_out[k] then here[#here + 1] = k end end
    table.sort(here)
    for _, k in ipairs(here) do functions[#functions + 1] = {name .. '.' .. k, library[k]} end
end
local big = {['string.rep'] = 1}
for i = 1, rounds do
    local f, a, n = functions[chance(#functions)], {}, chance(5) - 1
    for j = 1, n do if chance(8) > 1 then a[j] = odd[chance(#odd)] end end
    if big[f[1]] then a[2] = chance(100) end
    calls = calls + 1
    local ok = pcall(f[2], unpack(a, 1, n))
    if not ok then failed = failed + 1 end
end
return {calls, failed}"""


class Scripts(Attack):
    """The language, its libraries, and what scripts leave behind."""

    def scripts(self):
        """Scripts that do not end, go deep, grow, break replies, or want to leave something behind for the next user."""
        options = ("--busy-reply-threshold", "100", "--enable-debug-command", "yes")
        with self.server(*options) as server:
            client = server.client(timeout=20)
            client.send("EVAL", "return 1", "0")
            if isinstance(client.read(), ReplyError):
                return "left out: there are no scripts"
            slowest = self.endless(server)
            client.call("SET", "k", "v")
            before, unaltered = self.settled(server), client.call("EVAL", UNALTERED, "0")
            self.each_script(server, DEEP + (DEEP_OURS if self.apus else []), 5)
            odd = 0
            if self.apus:  # redis-server 7.2.6 dies of error({}), lets CR LF of an error out, and keeps a changed metatable of strings
                self.each_script(server, ERRORS + KNOWN_FAULTS, 2)
                self.each_script(server, TRICKS, 2, lambda tried: self.expect_unaltered(server, unaltered, tried))
                self.each_library(server, unaltered)
                odd = self.odd_calls(server)
                self.each_script(server, HUGE_OURS[:: max(1, int(0.2 / self.share))], 20 * self.patience)
            client.call("SCRIPT", "FLUSH")
            client.call("FLUSHALL")
            growth = self.settled(server) - before
            self.expect(growth <= 64 * MIB, f"{growth / MIB:.0f} MiB are kept when all scripts have gone")
        return f"slowest kill {slowest * 1000:.0f} ms, {odd:,} odd calls, {growth / MIB:.0f} MiB kept"

    @staticmethod
    def settled(server):
        time.sleep(0.5)
        return server.resident_bytes()

    def endless(self, server):
        """SCRIPT KILL or, of every third, FUNCTION KILL ends each within a second, unless it ended by an error of its own before."""
        slowest, scripts = 0.0, ENDLESS + (ENDLESS_OURS if self.apus else [])
        chosen = self.random.sample(scripts, self.count(len(scripts) * 10, 12) if self.share < 0.1 else len(scripts))
        for number, script in enumerate(chosen):
            runner, killer = server.client(timeout=30), server.client(timeout=30)
            kind = "FUNCTION" if number % 3 == 2 else "SCRIPT"
            if kind == "FUNCTION":
                runner.call("FUNCTION", "LOAD", "REPLACE", f"#!lua name=endless\nredis.register_function('endless', function() {script}\nend)")
                runner.send("FCALL", "endless", "0")
            else:
                runner.send("EVAL", script, "0")
            time.sleep(0.25)
            start = time.monotonic()
            killer.send("PING")
            said = killer.read()
            killer.send(kind, "KILL")
            killed = killer.read()
            try:
                runner.read()
            except OSError as problem:
                self.expect(False, f"no answer to `{script}`: {problem!r} {server.said()[-600:]}")
                return slowest
            took = time.monotonic() - start
            slowest = max(slowest, took)
            busy = isinstance(said, ReplyError) and "BUSY" in str(said)
            self.expect(took <= 1 * self.patience, f"`{script}` ended {took:.2f} s after {kind} KILL; 1 is allowed")
            self.expect(busy and killed == "OK" or not busy, f"`{script}`: PING heard {said!r}, {kind} KILL {killed!r}")
            self.ping(server, 1, f"after `{script}`")
            runner.close()
            killer.close()
        return slowest

    @staticmethod
    def heard(client):
        """All bytes that come, up to the echo at their end."""
        heard = bytearray()
        while not heard.endswith(b"$7\r\nthe end\r\n"):
            more = client.socket.recv(1 << 20)
            if not more:
                raise ConnectionError(f"closed behind {bytes(heard[-200:])!r}")
            heard += more
        return heard

    def each_script(self, server, scripts, limit, after=None):
        """Each is answered by one reply within so many seconds, in both protocols; the server lives."""
        for script in scripts:
            for protocol in (2, 3):
                client = server.client(timeout=limit + 20)
                start = time.monotonic()
                text = script.encode("latin-1").replace(b"\\n", b"\n") if script.startswith("#!") else script.encode("latin-1")
                client.socket.sendall(encode("HELLO", protocol) + encode("EVAL", text, "0") + encode("ECHO", "the end"))
                try:
                    heard = self.heard(client)
                    count = replies(heard)
                except (OSError, ValueError) as problem:
                    self.expect("QUIT" in script and server.is_running(), f"`{script}` in RESP{protocol}: {problem!r}; {'' if server.is_running() else 'the server is gone: '}{server.said()[-1200 if self.apus else -200:]}")
                    if not server.is_running():
                        raise ConnectionError("the server is gone") from problem
                    count = 3
                took = time.monotonic() - start
                self.expect(count == 3, f"`{script}` broke the replies in RESP{protocol}: {bytes(heard[:300])!r}")
                self.expect(took <= limit * self.patience, f"`{script}` took {took:.1f} s; {limit} are allowed")
                client.close()
            if after:
                after(script)

    def each_library(self, server, unaltered):
        """The same within functions and while libraries are loaded; what is in the way of nobody else goes by FUNCTION FLUSH."""
        names = "local n = {} for k, v in pairs(_G) do n[#n + 1] = k .. type(v) end table.sort(n) return table.concat(n, ' ')"
        control = f"#!lua name=control\nredis.register_function('control', function() {names} end)".encode()
        client = server.client(timeout=30)
        client.call("FUNCTION", "LOAD", control)
        before = client.call("FCALL", "control", 0)
        within = [script for script in ERRORS + KNOWN_FAULTS + TRICKS + DEEP if not script.startswith("#!")]
        sources = [(script, f"redis.register_function('evil', function(KEYS, ARGV) {script}\nend)") for script in within]
        for script, body in sources + [(script, script) for script in WHILE_LOADED + TRICKS[::3]]:
            start, text = time.monotonic(), f"#!lua name=evil\n{body}".encode("latin-1")
            client.socket.sendall(encode("FUNCTION", "LOAD", "REPLACE", text) + encode("FCALL", "evil", 0) + encode("ECHO", "the end"))
            try:
                heard = self.heard(client)
                count = replies(heard)
            except (OSError, ValueError) as problem:
                self.expect(False, f"a library of `{script}`: {problem!r} {server.said()[-1200:]}")
                if not server.is_running():
                    raise ConnectionError("the server is gone") from problem
                client = server.client(timeout=30)
                continue
            took = time.monotonic() - start
            self.expect(count == 3, f"a library of `{script}` broke the replies: {bytes(heard[:300])!r}")
            self.expect(took <= 3 * self.patience, f"a library of `{script}` took {took:.1f} s; 3 are allowed")
            client.send("FUNCTION", "DELETE", "evil")
            client.read()
            after = client.call("FCALL", "control", 0)
            self.expect(after == before, f"after a library of `{script}`: {after!r:.400} was {before!r:.400}")
        self.expect_unaltered(server, unaltered, "libraries")
        client.call("FUNCTION", "FLUSH")

    def expect_unaltered(self, server, unaltered, tried):
        found = server.client().call("EVAL", UNALTERED, "0")
        different = [f"{now!r} was {once!r}" for now, once in zip(found, unaltered) if now != once]
        self.expect(not different, f"after `{tried}`: {'; '.join(different)[:500]}")

    def odd_calls(self, server):
        done, rounds = 0, 2000
        for _ in range(self.count(500, 5)):
            client, seed = server.client(timeout=60), self.random.randrange(1 << 31)
            client.send("EVAL", ODD_CALLS, "0", seed, rounds)
            try:
                reply = client.read()
            except OSError as problem:
                self.expect(False, f"odd calls with seed {seed}: {problem!r} {server.said()[-1500:]}")
                raise
            self.expect(isinstance(reply, list), f"odd calls with seed {seed}: {reply!r}")
            done += rounds
            client.close()
        return done

"""Random scripts and functions for the differ: other calls within them, values of all kinds converted, errors, flags, libraries."""

import hashlib
import re

# All words, keys first, are said to the server by the script itself.
WORDS = "local w = {} for _, k in ipairs(KEYS) do w[#w + 1] = k end for _, a in ipairs(ARGV) do w[#w + 1] = a end "
PASSING = [
    WORDS + "return redis.call(unpack(w))", WORDS + "return redis.pcall(unpack(w))",
    WORDS + "redis.setresp(3) return redis.call(unpack(w))", WORDS + "redis.setresp(3) local r = redis.pcall(unpack(w)) redis.setresp(2) return r",
    WORDS + "local r = redis.call(unpack(w)) return r", "#!lua\n" + WORDS + "return redis.call(unpack(w))",
    "#!lua flags=no-writes\n" + WORDS + "return redis.pcall(unpack(w))", "#!lua flags=allow-stale,no-cluster\n" + WORDS + "return redis.call(unpack(w))",
    "#!lua flags=allow-oom,allow-cross-slot-keys\n" + WORDS + "return redis.call(unpack(w))",
]  # fmt: skip
# What a reply looks like from within, with keys in order; and what errors are as objects.
SHOW = """local function show(v, d)
    local k = type(v)
    if k ~= 'table' then return k .. ' ' .. tostring(v) end
    local keys, words = {}, {}
    for n in pairs(v) do keys[#keys + 1] = n end
    table.sort(keys, function(a, b) return type(a) .. tostring(a) < type(b) .. tostring(b) end)
    for i, n in ipairs(keys) do words[i] = '[' .. (d < 6 and show(n, d + 1) or '') .. ']=' .. (d < 6 and show(v[n], d + 1) or '') end
    return '{' .. table.concat(words, ', ') .. '}#' .. #v
end
"""
SHOWING = [
    WORDS + SHOW + "return show(redis.pcall(unpack(w)), 0)", WORDS + SHOW + "redis.setresp(3) return show(redis.pcall(unpack(w)), 0)",
    WORDS + SHOW + "local ok, e = pcall(redis.call, unpack(w)) return {tostring(ok), show(e, 0)}",
    WORDS + SHOW + "redis.setresp(3) local ok, e = pcall(redis.call, unpack(w)) return {tostring(ok), show(e, 0), cjson.encode(ok and {} or e)}",
    WORDS + SHOW + "return {xpcall(function() return redis.call(unpack(w)) end, function(e) return show(e, 0) end)}",
    WORDS + "local r = redis.pcall(unpack(w)) if type(r) == 'table' and r.err then error(r) end return type(r)",
    WORDS + "local r = redis.pcall(unpack(w)) if type(r) == 'table' and r.err then return {r.err, r} end return type(r)",
    WORDS + "local r = redis.pcall(unpack(w)) if type(r) == 'table' and r.err then error(r.err, 0) end return {ok = type(r)}",
    WORDS + "local ok, e = pcall(redis.call, unpack(w)) if not ok then return e end return {type(e)}",
    WORDS + "redis.call(unpack(w)) error({err = 'MINE went wrong'})", WORDS + "redis.pcall(unpack(w)) error('MINE went wrong')",
]  # fmt: skip
NUMBERS = "0 1 -1 2.9 -2.9 3.0 1e15 -1e15 1e300 -1e300 2^53 2^63 -2^63 0/0 1/0 -1/0 0.1 123456789012345678".split()
STRINGS = ["''", "'a'", "'OK'", "'with blank'", "'a\\r\\nb'", "'\\0'", "'\\255'", "'-ERR x'", "'txt'", "string.rep('x', 70)", "KEYS[1]", "ARGV[1]", "ARGV[2]", "'1.5'"]
ERRORS = ["'ERR mine'", "'mine'", "'-mine'", "'-ERR mine'", "''", "'MINE with words'", "'a\\nb'", "'WRONGTYPE x'", "' x'", "'ERR'"]
LIBRARIES = [
    ("one", "redis.register_function('one_pass', function(KEYS, ARGV) " + WORDS + "return redis.call(unpack(w)) end)\n"
     "redis.register_function{function_name='one_read', callback=function(KEYS, ARGV) " + WORDS + "return redis.pcall(unpack(w)) end, flags={'no-writes'}}"),
    ("two", "local n = 0 redis.register_function('two_count', function() n = n + 1 return n end)\n"
     "redis.register_function{function_name='two_three', callback=function(KEYS, ARGV) redis.setresp(3) " + WORDS + "return redis.call(unpack(w)) end, description='in RESP3', flags={'allow-oom', 'allow-stale'}}"),
    ("three", "local function f(k, a) return {#k, #a, k[1], a[1]} end redis.register_function('three_args', f) redis.register_function('three_fails', function() error({err='MINE x'}) end)"),
    ("one", "redis.register_function('one_pass', function() return 'changed' end)"), ("four", "redis.register_function('one_pass', function() return 1 end)"),
]  # fmt: skip
BROKEN_LIBRARIES = [
    "", "return 1", "#!lua\nreturn 1", "#!lua name=\nreturn 1", "#!lua name=a b\nreturn 1", "#!lua name=x\n", "#!lua name=x\nreturn 1", "#!nosuch name=x\nreturn 1", "#!lua name=x name=y\nreturn 1", "#!lua name=x-y\nreturn 1",
    "#!lua name=x what=y\nreturn 1", "#!lua name=x flags=no-writes\nreturn 1", "#!lua name=x\nx = ", "#!lua name=x\nredis.call('PING')", "#!lua name=x\nredis.register_function()", "#!lua name=x\nredis.register_function('f')", "#!lua name=x\nredis.register_function('f', 1)",
    "#!lua name=x\nredis.register_function('f-g', function() end)", "#!lua name=x\nredis.register_function('f', function() end) redis.register_function('f', function() end)", "#!lua name=x\nredis.register_function{function_name='f'}",
    "#!lua name=x\nredis.register_function{function_name='f', callback=function() end, flags={'nosuch'}}", "#!lua name=x\nredis.register_function{function_name='f', callback=function() end, what=1}", "#!lua name=x\nredis.register_function{function_name='f', callback=function() end, flags=1}",
    "#!lua name=x\nerror('here')", "#!lua name=x\nerror({err='MINE'})", "#!lua name=x\nlocal t = nil; t.x = 1", "#!lua name=x\ng = 1", "#!lua name=x\nreturn nothing", "#!lua name=x\nredis.setresp(3)", "#!lua name=x\nredis.register_function('f', function() end) error('late')",
    "#!lua name=x\nredis.register_function(1, function() end)", "#!lua name=x\nredis.register_function('', function() end)", "#!lua name=x\nredis.register_function{callback=function() end}", "#!lua", "#!", "#!lua name=x flags=\nreturn 1", "#!lua name='x'\nredis.register_function('q', function() end)",
]  # fmt: skip
HEADS = ["", "", "", "", "#!lua\n", "#!lua flags=\n", "#!lua flags=no-writes\n", "#!lua flags=allow-oom,no-writes\n", "#!lua flags=nosuch\n", "#!lua name=x\n", "#!lua x=y\n", "#!nosuch\n", "#!lua flags=no-writes flags=allow-oom\n", "#!lua", "#!lua flags=no-writes,\n", "#! lua\n"]
# Not `error({})` and its kin: they end redis-server.
INTERFACE = [
    "return redis.sha1hex(ARGV[1] or '')", "return {redis.LOG_DEBUG, redis.LOG_WARNING, redis.REPL_ALL, redis.REPL_NONE, redis.REDIS_VERSION_NUM and 1, type(redis.REDIS_VERSION)}", "return redis.acl_check_cmd('GET', 'k') and 1 or 0",
    "return redis.acl_check_cmd('NOSUCH')", "return redis.setresp(ARGV[1])", "return redis.setresp(3)", "redis.setresp(4)", "redis.setresp()", "redis.set_repl(redis.REPL_ALL) return 1", "return redis.replicate_commands()", "return redis.breakpoint()", "redis.log(redis.LOG_DEBUG, 'x') return 1",
    "redis.log(9, 'x')", "redis.log(1)", "return {#KEYS, #ARGV}", "return {KEYS, ARGV}", "return redis.call()", "return redis.pcall()", "return redis.call({})", "return redis.pcall(1)", "return redis.call('GET', {})", "return redis.pcall('SET', 'k', nil)", "return redis.call('nosuch', 'x')",
    "return redis.pcall('multi')", "return redis.pcall('subscribe', 'x')", "return redis.pcall('blpop', 's0', 0)", "return redis.call('auth', 'x')", "return redis.pcall('eval', 'return 1', 0)", "return redis.call('get')", "return redis.pcall('get', 'a', 'b')", "return redis.call('config', 'nosuch')",
    "return redis.pcall('object', 'encoding')", "x = 1", "return x", "local t = nil return t.x", "return 1 .. {}", "error({err='MINE x'})", "error(5)", "error('x', 2)", "return redis.error_reply()", "return redis.error_reply({})", "return redis.status_reply(1)",
    "return redis.call('incr', KEYS[1] or 's0')", "return redis.call('set', KEYS[1] or 's0', 1.5)", "return redis.call('append', KEYS[1] or 's0', 1e20)", "return tostring(redis.call('time')[1] ~= nil)", "return cjson.encode({1, 'a', {b = 2}})", "return cjson.decode(ARGV[1] or '[1,null]')",
    "return cmsgpack.unpack(cmsgpack.pack({1, 'a', {b = 2}}))", "return struct.pack('>I4', 7)", "return bit.tohex(255)", "return {redis.call('set', 's0', 'x'), redis.call('get', 's0'), redis.call('get', 'none')}", "return #redis.call('hgetall', 'h0')", "if", "return '", "\x1bLua", "return loadstring('x =')",
    "return table.concat({1, 2, {}})", "return redis.call('select', 1)", "redis.call('select', 1) return redis.call('get', 's0')", "return redis.call('ping')", "return redis.call('echo', 'x')", "redis.setresp(3) return redis.call('hello')", "return pcall(function() return redis.nosuch end)", "return redis.nosuch()",
    "redis.setresp(3) return {redis.call('exists', 'none') == 0, redis.call('get', 'none'), type(redis.call('get', 'none'))}", "redis.setresp(2) return {type(redis.call('get', 'none')), redis.call('get', 'none')}", "print(1)", "return os.time()", "return os.clock() >= 0", "return getfenv()", "return type(coroutine)", "return _VERSION",
]  # fmt: skip


def digest(script):
    return hashlib.sha1(script).hexdigest().encode()


class Scripts:
    """Calls that run scripts, with the calls of another maker within them."""

    def __init__(self, chance, plain, is_fit):
        # is_fit: whether the answer to a call is the same on both servers, word by word.
        self.chance, self.plain, self.is_fit = chance, plain, is_fit
        self.known = []

    def one(self, choices):
        return self.chance.choice(choices)

    def call(self):
        step = self.chance.random()
        if step < 0.4:
            return self.evaluated(self.one(PASSING), self.plain(True))
        if step < 0.6:
            inner = next(call for call in iter(lambda: self.plain(True), None) if self.is_fit(call))
            return self.evaluated(self.one(SHOWING), inner)
        if step < 0.7:
            return self.evaluated(self.one(HEADS) + self.one(["", "", "", "redis.setresp(3) "]) + "return " + self.value(3), self.arguments())
        if step < 0.77:
            return self.evaluated(self.one(HEADS[:6]) + self.one(INTERFACE), self.arguments())
        if step < 0.9:
            return self.function_called()
        return self.managed()

    def arguments(self):
        return [self.one(self.plain(True)) for _ in range(self.one([0, 1, 2, 3]))]

    def evaluated(self, script, words):
        """EVAL or one of its kin; some of the words as keys."""
        script = script.encode("latin-1")
        self.known = [*self.known[-50:], script]
        keys = str(self.chance.randint(0, len(words))) if self.chance.random() < 0.97 else self.one(["-1", "x", "", "100", "1.5", "9223372036854775808"])
        way = self.chance.random()
        if way < 0.2:
            return [self.one([b"EVALSHA", b"EVALSHA", b"EVALSHA_RO"]), digest(script) if self.chance.random() < 0.95 else b"0" * 40, keys.encode(), *words]
        return [b"EVAL_RO" if way < 0.3 else b"EVAL", script, keys.encode(), *words]

    def value(self, depth):
        """A value in Lua, for its conversion."""
        way = self.chance.random()
        if depth == 0 or way < 0.25:
            return self.one(NUMBERS)
        if way < 0.45:
            return self.one(STRINGS)
        if way < 0.55:
            return self.one(["nil", "true", "false", "function() end", "{}", "coroutine.create(function() end)"])
        if way < 0.75:
            return "{" + ", ".join(self.value(depth - 1) for _ in range(self.one([0, 1, 2, 3, 4]))) + "}"
        if way < 0.85:
            maker = self.one(["redis.error_reply(%s)", "redis.status_reply(%s)", "{err = %s}", "{ok = %s}", "{err = %s, ok = 'x'}", "{err = %s, ignore_error_stats_update = true}"])
            return maker % self.one(ERRORS)
        inner = self.value(depth - 1)
        plain = inner if inner not in ("nil", "0/0") else "1"
        return self.one([
            f"{{double = {self.one(NUMBERS)}}}", f"{{double = {inner}}}", "{big_number = '12345678901234567890'}", f"{{big_number = {self.one(STRINGS[:5])}}}", f"{{verbatim_string = {{format = {self.one(STRINGS[:9])}, string = {self.one(STRINGS[:9])}}}}}",
            f"{{map = {{[{plain}] = {self.value(depth - 1)}}}}}", f"{{set = {{[{plain}] = true}}}}", f"{{map = {{a = 1, b = {inner}}}}}", f"{{set = {inner}}}", f"{{map = {inner}}}", "{double = 'x'}", "{set = redis}", "{set = coroutine}", f"{{verbatim_string = {inner}}}", f"{{set = {{a = true}}, {inner}}}",
        ])  # fmt: skip

    def function_called(self):
        name = self.one(["one_pass", "one_pass", "one_pass", "one_read", "one_read", "two_count", "two_three", "two_three", "three_args", "three_fails", "nosuch", "x", "ONE_PASS"])
        words = self.plain(True)
        keys = str(self.chance.randint(0, len(words))) if self.chance.random() < 0.97 else self.one(["-1", "x", "", "100"])
        return [self.one([b"FCALL", b"FCALL", b"FCALL", b"FCALL_RO"]), name.encode(), keys.encode(), *words]

    def managed(self):
        """Scripts and libraries loaded, listed and thrown away."""
        way = self.chance.random()
        if way < 0.4:
            name, body = self.one(LIBRARIES)
            return [b"FUNCTION", b"LOAD", *self.one([[], [b"REPLACE"], [b"replace"], [b"x"]]), f"#!lua name={name}\n{body}".encode()]
        if way < 0.6:
            return [b"FUNCTION", b"LOAD", *self.one([[], [b"REPLACE"]]), self.one(BROKEN_LIBRARIES).encode("latin-1")]
        if way < 0.85:
            return self.one([
                [b"FUNCTION", b"LIST"], [b"FUNCTION", b"LIST", b"LIBRARYNAME", self.one([b"*", b"t*", b"one", b"[", b"x"])], [b"FUNCTION", b"LIST", b"WITHCODE"], [b"FUNCTION", b"LIST", b"WITHCODE", b"LIBRARYNAME", b"o*"],
                [b"FUNCTION", b"LIST", b"x"], [b"FUNCTION", b"LIST", b"LIBRARYNAME"], [b"FUNCTION", b"STATS"], [b"FUNCTION", b"DELETE", self.one([b"one", b"two", b"three", b"four", b"x"])], [b"FUNCTION", b"KILL"], [b"FUNCTION", b"HELP"],
                [b"FUNCTION", b"RESTORE", b"x"], [b"FUNCTION", b"RESTORE", b"x", b"NOSUCH"], [b"FUNCTION", b"NOSUCH"], [b"FUNCTION", b"FLUSH", b"x"], [b"FUNCTION", b"FLUSH", self.one([b"SYNC", b"ASYNC"])],
            ])  # fmt: skip
        script = self.one(self.known or [b"return 1"])
        return self.one([
            [b"SCRIPT", b"LOAD", script], [b"SCRIPT", b"EXISTS", digest(script), digest(self.one(self.known or [b"x"])), b"x"], [b"SCRIPT", b"LOAD", b"return '"], [b"SCRIPT", b"KILL"], [b"SCRIPT", b"FLUSH"], [b"SCRIPT", b"FLUSH", b"x"],
            [b"SCRIPT", b"EXISTS"], [b"SCRIPT", b"NOSUCH"], [b"SCRIPT", b"LOAD"], [b"SCRIPT", b"HELP"],
        ])  # fmt: skip


PASSED = {script.encode("latin-1") for script in PASSING}
PASSED_DIGESTS = {digest(script) for script in PASSED}
PASSING_FUNCTIONS = {b"one_pass", b"one_read", b"two_three"}


def within(call):
    """The call that a script only passes on; any other call itself."""
    name = call[0].upper() if call else b""
    passes = name in (b"EVAL", b"EVAL_RO") and call[1] in PASSED or name in (b"EVALSHA", b"EVALSHA_RO") and call[1] in PASSED_DIGESTS
    passes = passes or name in (b"FCALL", b"FCALL_RO") and call[1].lower() in PASSING_FUNCTIONS
    if passes and len(call) > 3 and re.fullmatch(rb"\d{1,2}", call[2]):
        return call[3:]
    return call

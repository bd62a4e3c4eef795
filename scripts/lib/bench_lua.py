"""What scripts cost: commands within them, as the rows of speed are measured, and loops of Lua alone, beside the lua5.1 binary."""

import hashlib
import os
import resource
import shutil
import subprocess
import tempfile

from servers import CPUS, ROOT

# A template's words end at blanks: lines of a script do not.
ONE_CALL = "return\nredis.call('INCR',KEYS[1])"
RATE_LIMIT = """local\nn=redis.call('INCR',KEYS[1])
if\nn==1\nthen\nredis.call('PEXPIRE',KEYS[1],ARGV[1])\nend
if\nn>tonumber(ARGV[2])\nthen\nreturn\nredis.call('PTTL',KEYS[1])\nend
return\n0"""
UNLOCK = "if\nredis.call('GET',KEYS[1])==ARGV[1]\nthen\nreturn\nredis.call('DEL',KEYS[1])\nelse\nreturn\n0\nend"
TEN_CALLS = "for\ni=1,10\ndo\nredis.call('INCR',KEYS[1])\nend\nreturn\n1"
# Between the words of the first line may stand any blank but the one that ends a template's word.
LIBRARY = "#!lua\tname=bench\nredis.register_function('bench_incr',function(keys)\nreturn\nredis.call('INCR',keys[1])\nend)"


def digest(script):
    return hashlib.sha1(script.encode()).hexdigest()


def row(name, script, arguments, before=""):
    return (name, [(f"SCRIPT LOAD {script}", 1)], [f"{before}EVALSHA {digest(script)} {arguments}"])


SCRIPTS = [
    ("EVAL one call", [], [f"EVAL {ONE_CALL} 1 n:{{key}}"]),
    row("EVALSHA one call", ONE_CALL, "1 n:{key}"),
    row("EVALSHA rate limit", RATE_LIMIT, "1 n:{key} 60000 1000000"),
    row("SET+EVALSHA unlock", UNLOCK, "1 lock:{same} token", "SET lock:{key} token NX PX 30000 ; "),
    row("EVALSHA ten calls", TEN_CALLS, "1 n:{key}"),
    ("FCALL one call", [(f"FUNCTION LOAD REPLACE {LIBRARY}", 1)], ["FCALL bench_incr 1 n:{key}"]),
]
# Random numbers, the same ones each time.
RANDOM_ROW = "local t, x = {}, 42 for i = 1, 2e5 do x = x * 16807 % 2147483647 t[i] = x end "
LOOPS = [
    ("fib(29)", "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end fib(29)"),
    ("for of 1e7 additions", "local s = 0 for i = 1, 1e7 do s = s + i end"),
    ("while of 5e6 with % and if", "local i, s = 0, 0 while i < 5e6 do i = i + 1 if i % 3 == 0 then s = s + i else s = s - 1 end end"),
    ("a string by 20,000 joins", "local s = '' for i = 1, 20000 do s = s .. 'x' .. i end"),
    ("1e6 joins with a number", "local n = 0 for i = 1, 1e6 do n = n + #('key:' .. i .. ':field') end"),
    ("t[#t+1] 2e6 times, and their sum", "local t, s = {}, 0 for i = 1, 2e6 do t[#t + 1] = i end for i = 1, #t do s = s + t[i] end"),
    ("table.insert 1e6 times, and ipairs", "local t, s = {}, 0 for i = 1, 1e6 do table.insert(t, i) end for _, v in ipairs(t) do s = s + v end"),
    ("2e5 string keys set, walked, read", "local t, s = {}, 0 for i = 1, 2e5 do t['k' .. i] = i end for k, v in pairs(t) do s = s + v end for i = 1, 2e5 do s = s + t['k' .. i] end"),
    ("2e6 closures", "local s = 0 for i = 1, 2e6 do local f = function() return i end s = s + f() end"),
    ("5e6 fields read and written", "local o = {x = 1, y = 2} for i = 1, 5e6 do o.x = o.x + o.y end"),
    ("binary trees", "local function make(d) if d == 0 then return {} end return {make(d - 1), make(d - 1)} end local function count(t) if not t[1] then return 1 end "
     "return 1 + count(t[1]) + count(t[2]) end local n = 0 for i = 1, 60 do n = n + count(make(12)) end"),
    ("tostring of 3e5 fractions", "local n = 0 for i = 1, 3e5 do n = n + #tostring(i + 0.25) + #tostring(i / 7) end"),
    ("2e6 methods of a class", "local A = {} A.__index = A function A:get() return self.v end local o, n = setmetatable({v = 1}, A), 0 for i = 1, 2e6 do n = n + o:get() end"),
    ("1e6 methods of a string", "local s, n = 'hello', 0 for i = 1, 1e6 do n = n + #s:sub(2, 4) end"),
    ("table.sort of 2e5 numbers", RANDOM_ROW + "table.sort(t)"),
    ("table.sort of 5e4 with a comparer", RANDOM_ROW + "for i = 5e4 + 1, #t do t[i] = nil end table.sort(t, function(a, b) return a > b end)"),
    ("table.sort of 5e4 records", RANDOM_ROW + "for i = 1, #t do t[i] = i <= 5e4 and {score = t[i]} or nil end table.sort(t, function(a, b) return a.score < b.score end)"),
    ("3e5 finds of a pattern", "for i = 1, 3e5 do local _, _, id = string.find('user:1234:profile', '(%d+)') end"),
    ("3e5 anchored matches", "for i = 1, 3e5 do local kind, id = string.match('user:1234:profile', '^(%w+):(%d+)') end"),
    ("3e5 fields split at commas", "local s = ('field,'):rep(100) for i = 1, 3e3 do local t, from = {}, 1 while true do local a, b = s:find(',', from, true) "
     "if not a then break end t[#t + 1] = s:sub(from, a - 1) from = b + 1 end end"),
    ("gmatch of 3e5 words", "local s, n = ('alpha beta gamma '):rep(100), 0 for i = 1, 1e3 do for word in s:gmatch('%a+') do n = n + 1 end end"),
    ("gmatch of 2e5 pairs", "local s, n = ('a=1, bb=22, '):rep(100), 0 for i = 1, 1e3 do for k, v in s:gmatch('(%w+)=(%w+)') do n = n + #v end end"),
    ("gsub of 4e5 by a string", "local s = ('hello world '):rep(100) for i = 1, 2e3 do s:gsub('(%w+) (%w+)', '%2 %1') end"),
    ("gsub of 2e5 by a function", "local s = ('key=value, '):rep(100) for i = 1, 2e3 do s:gsub('(%w+)=(%w+)', function(k, v) return v end) end"),
    ("gsub of 2e5 by a table", "local s, t = ('hello $name, '):rep(100), {name = 'Joe'} for i = 1, 2e3 do s:gsub('%$(%w+)', t) end"),
    ("2e5 trims", "local s, n = '   some text here  ', 0 for i = 1, 2e5 do n = n + #s:gsub('^%s+', ''):gsub('%s+$', '') end"),
]  # fmt: skip


LOOPS_BESIDE = ("lua5.1", "apus-lua")


class Scripts:
    def scripts(self):
        """EVAL, EVALSHA and FCALL of what applications run: a counter, a rate limit, the release of a lock."""
        self.costs("scripts", SCRIPTS)

    def lua(self):
        """Processor time of whole processes, interleaved; less what an empty file takes."""
        ours = os.path.join(ROOT, ".build/release/apus-lua")
        theirs = shutil.which("lua5.1")
        if not (os.path.exists(ours) and theirs):
            print("   left out: lua5.1 and apus-lua (swift build -c release --product apus-lua) must be there")
            return
        self.head(f"Lua alone, processor time: in the first column lua5.1, in the last {os.path.basename(ours)}")
        programs = {self.names[0]: theirs, self.names[-1]: ours}
        empty = {name: min(self.seconds_of(program, "") for _ in range(5)) for name, program in programs.items()}
        for name, loop in LOOPS:
            best = {}
            for _ in range(2 if self.quick else 5):
                for label, program in programs.items():
                    took = (self.seconds_of(program, loop) - empty[label]) * 1000
                    best[label] = min(best.get(label, took), took)
            self.row("lua", name, "ms", best)

    @staticmethod
    def seconds_of(program, source):
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
            file.write(source)
            file.flush()
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            words = ["taskset", "-c", str(CPUS[0]), program, file.name] if len(CPUS) > 1 else [program, file.name]
            subprocess.run(words, check=True, timeout=120)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

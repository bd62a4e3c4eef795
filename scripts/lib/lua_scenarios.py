"""Parts of random Lua programs that aim at one thing: closures in loops, coroutines, metatables, errors, the libraries, environments."""

SUBJECTS = [
    '"hello world from Lua"', '"key1=value1, key2=value2"', '"  padded  "', '"aaaab"', '"THE (quick) fox"', '"a.b.c"', '"((a)(b))"', '"x\\0y\\0z"', '""', '"12:34:56"',
    '"%d%s"', '"[tag]text[/tag]"', '"abc123def456"', '"one;two;;four"', '"f(a(b)c)d"', '"äö"',
]  # fmt: skip
ITEMS = [".", "%a", "%d", "%s", "%w", "%p", "%u", "%l", "%c", "%x", "%z", "%D", "%S", "%W", "[abc]", "[^abc]", "[a-z]", "[%a_]", "[^%s]", "a", "l", "1", "%.", "%(", "%%",
         "[]]", "[^]]", "[a-]", "[%-x]", "o", "=", " ", "%b()", "%b[]", "%f[%w]", "%f[%z]", "%1", "%2", "()", "[", "%", "(", ")", "[%a", "%b", "%f", "%q"]  # fmt: skip
REPEATS = ["", "", "", "*", "+", "-", "?"]
EVENTS = ["add", "sub", "mul", "div", "mod", "pow", "unm", "concat", "len", "eq", "lt", "le", "index", "newindex", "call", "tostring", "metatable", "mode"]
RESULTS = ["1", '"r"', "nil", "false", "true", "a", "b", "{}", "0, 2", "error('in event')", "error({code=1})"]
ERRORS = ['"message"', '"message", 0', '"message", 1', '"message", 2', '"message", 3', "{code=5}", "nil", "", "42", "true", '{}, 2', '"two\\nlines"']
FORMATS = ["%d", "%5d", "%-5d|", "%05d", "%+d", "% d", "%x", "%X", "%#x", "%o", "%c", "%i", "%u", "%.3d", "%e", "%.2e", "%E", "%f", "%.1f", "%10.3f", "%-10.2f|", "%g", "%.3g", "%G",
           "%s", "%10s", "%-10s|", "%.2s", "%q", "%%", "%.14g", "%.17g", "%5.1s|", "%", "%y", "%10", "%123d", "%.123f", "%#o", "%+.3g", "%0+8.2f", "%-+6d|"]  # fmt: skip
TABLES = ["{1,2,3}", "{}", "{10,20,30,nil,50}", "{3,1,2}", '{"b","a","c"}', "{n=3}", "{1,2,3,n=2}", "{[1]=1,[2]=2,[4]=4}", '{x=1,y=2,1,2}', "{nil,nil,3}"]
# Functions that refuse most arguments, and such arguments.
NATIVES = ["string.rep", "string.sub", "string.format", "string.char", "string.byte", "string.find", "string.gsub", "string.len", "string.upper", "string.match", "string.gmatch", "table.insert",
           "table.concat", "table.remove", "table.sort", "table.maxn", "table.getn", "table.setn", "table.foreach", "math.floor", "math.max", "math.fmod", "math.ldexp", "math.modf", "setmetatable",
           "getmetatable", "tonumber", "tostring", "select", "ipairs", "pairs", "next", "rawget", "rawset", "rawequal", "unpack", "type", "error", "assert", "pcall", "xpcall", "loadstring", "load",
           "getfenv", "coroutine.resume", "coroutine.create", "coroutine.wrap", "coroutine.status", "coroutine.yield"]  # fmt: skip
ODD = ["nil", "1", "-1", "0", "2.5", "'x'", "'5'", "'%d'", "'%'", "{}", "{1, 2}", "{nil, {}}", "true", "function() end", "tostring", "1e10", "''", "...", "k", "{3, 'x'}"]
SOURCES = ["return 1, 2", "x =", "return ...", "for", "local a <const> = 1", "error('inside')", "return (", "x = = 1", "goto x", "return 'open", "a.b:c = 1", "break", "return x.y.z",
           "local function f() return f end return type(f())", "::x::", "return 1 2", "do", "end", "if x then", "f()\\n(g)()", "x = }", "return '\\\\300'", "--[[", "return [[x", "x = 3 .. 4",
           "return 0x", "return 1..2", "local x x = 5 return x", "function f(a, ..., b) end", "return function(...) return arg end", "for i = 1 do end", "for a.b = 1, 2 do end", "...",
           "return ... ; x", "a, b += 1", "(a) = 1", "f() = 1", "local 1", "return not", "x = 1e", "x = 'a\\nb'", "", " ", "#!x", "=", "return return", "repeat until"]  # fmt: skip


class Scenarios:
    def pattern(self):
        text = "".join(self.one(ITEMS[:32] if self.maybe(0.9) else ITEMS) + self.one(REPEATS) for _ in range(self.one([1, 1, 2, 3, 4])))
        if self.maybe(0.3):
            text = f"({text})"
        if self.maybe(0.2):
            text += f"({self.one(ITEMS[:20])}{self.one(REPEATS)})"
        return self.one(["", "", "", "^"]) + text + self.one(["", "", "", "$"])

    PATTERNS = ['"%w+"', '"(%w+)=(%w+)"', '"."', '"()"', '"[^,]*"', '"%s*"', '"a-"', '""', '"^%w"', '"(h)(e)"', '"%d+"']

    def pattern_call(self, subject=None):
        subject = subject if subject and self.maybe(0.4) else self.one(SUBJECTS)
        pattern = self.one(self.PATTERNS) if self.maybe(0.3) else '"' + self.pattern() + '"'
        return self.pick(
            3, lambda: f"string.find({subject}, {pattern}{self.one(['', '', ', 2', ', -3', ', 1, true', ', 100', ', -100'])})",
            3, lambda: f"string.match({subject}, {pattern}{self.one(['', '', ', 3', ', -2'])})",
            4, lambda: f"string.gsub({subject}, {pattern}, {self.replacement()}{self.one(['', '', ', 1', ', 2', ', 0', ', -1'])})",
            1, lambda: f"({subject}):gsub({pattern}, {self.replacement()})",
        )  # fmt: skip

    def replacement(self):
        return self.one(['"<%0>"', '"%1"', '"%2%1"', '""', '"%%"', '"%"', '"%9"', '"x"', "string.upper", "function(...) tick() return select('#', ...) end", "{a='A', l='L', hello=1, key1=true}",
                         "function(a) return nil end", "function(a) return false end", "function(a) return {} end", "{}", "5", "nil", "function(a, b) return b or a end",
                         "setmetatable({}, {__index=function(t, k) return k .. '!' end})"])  # fmt: skip

    def format(self, depth):
        count = self.one([1, 1, 2, 3])
        text = self.one(["", "a ", "", "<"]) + self.one(["", " ", "|"]).join(self.one(FORMATS) for _ in range(count))
        values = [self.one([self.expression("number", 0), "1", "-1", "3.7", "65", '"10"', '"text"', '"a\\nb\\0c\\"\\\\"', "255", "1e15", "-0.1", "2^31", "1e100", "nil", "0"])
                  for _ in range(self.one([count, count, count, count + 1, count - 1]))]  # fmt: skip
        return f'string.format("{text}"' + "".join(f", {value}" for value in values) + ")"

    def scenario(self):
        return getattr(self, "about_" + self.one(self.SCENARIOS))()

    SCENARIOS = ("closures closures coroutines coroutines coroutines metatables metatables metatables errors errors errors errors sorting inserting walking walking borders "
                 "environments loading unpacking formatting patterns patterns conversions numbers inheritance tails weak deep methods comparing multiple "
                 "walking messages messages messages messages refusals refusals refusals").split()  # fmt: skip

    # -- the language -----------------------------------------------------------------------------------------------------------

    def about_closures(self):
        """Functions that share what they caught, and loops whose turns do not."""
        loop = self.one(["for i = 1, 4 do", "for i, v in ipairs{5,6,7,8} do", "local n = 0 while n < 4 do tick() n = n + 1 local i = n",
                         "local n = 0 repeat tick() n = n + 1 local i = n"])  # fmt: skip
        end = f"until {self.one(['i > 3', 'i >= 3 or (function() return i end)() > 5', 'n > 3'])}" if "repeat" in loop else "end"
        cut = self.one(["", "if i == 3 then break end", "if i % 2 == 0 then fs[#fs + 1] = function() return i end end"])
        step = self.one(["c = c + i", "c = c * 2", "i = i + 1; c = i", "c, i = i, c"])
        return (f"do local fs, c = {{}}, 0 {loop} local d = {self.expression('number', 1)} {cut}\x01fs[#fs + 1] = function(x) {step} d = x or d return c, i, d end "
                f"{self.one(['', 'fs[#fs + 1] = function() c = c + 1 d = c return d end'])} {end}\nfor k = 1, #fs do out(pcall(fs[k])) out(pcall(fs[k], {self.one(['k', '2', 'nil'])})) end end")  # fmt: skip

    def about_coroutines(self):
        body = "\n".join(self.coroutine_step() for _ in range(self.one([1, 2, 3, 4])))
        resumes = "\n".join(f"out(coroutine.resume(co{self.one(['', ', 1', ', 2, 3', ', nil, nil', ', ' + self.expression('any', 1)])}))" for _ in range(self.one([1, 2, 3, 5])))
        if self.maybe(0.3):
            return (f"do local f = coroutine.wrap(function(...) tick() {body} end)\nfor i = 1, {self.one('1234')} do out(pcall(f, i, {self.expression('any', 1)})) end "
                    f"{self.one(['', 'for a, b in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i, i * 2) end end) do out(a, b) end'])} end")  # fmt: skip
        return (f"do local co co = coroutine.create({self.one(['function(...)', 'function(a, b, ...)', 'function(...) local x, y = ...'])} tick() {body} end)\n{resumes}\n"
                f"out(coroutine.status(co), coroutine.resume(co)) end")  # fmt: skip

    def coroutine_step(self):
        return self.one([
            f"out(coroutine.yield({self.expressions(self.one([0, 1, 2]), 1)}))", "out(coroutine.status(co or coroutine.running()))", "out(coroutine.resume(co))" if self.maybe(0.5) else "out('here')",
            "for i = 1, 3 do local got = coroutine.yield(i) out(got) end", f"error({self.one(ERRORS)})", "out(pcall(coroutine.yield, 1))", "out(pcall(function() coroutine.yield(2) end))",
            "out(select('#', coroutine.yield()))", "table.sort({3, 2, 1}, function(a, b) coroutine.yield(a) return a < b end)", "local t = setmetatable({}, {__index = function(t, k) return coroutine.yield(k) end}) out(t.x)",
            "out(string.gsub('abc', '.', function(c) coroutine.yield(c) end))", "local inner = coroutine.wrap(function() coroutine.yield(7) return 8 end) out(inner(), inner())",
            f"{self.one(GLOBAL_NAMES)} = coroutine.yield({self.one(['G1', 'G2', '1'])})", "return coroutine.yield('tail')", "for k in (function() return coroutine.yield('it') end) do out(k) break end",
            "local x = nothing.field", "out(type(coroutine.running()))", self.statement() if len(self.scopes) < 6 else "", "local f = function(...) return coroutine.yield(...) end out(f(1, 2))",
            "out((coroutine.yield(1)), coroutine.yield(2) or 3)", "local a = {coroutine.yield(4), coroutine.yield(5)} out(#a, a)", "out('x' .. (coroutine.yield('s') or '') .. 'y')",
        ])  # fmt: skip

    def about_metatables(self):
        chosen = [self.one(EVENTS) for _ in range(self.one([1, 2, 3, 5]))]
        fields = []
        for event in dict.fromkeys(chosen):
            if event == "mode":
                value = '"k"'
            elif event == "metatable":
                value = self.one(['"locked"', "false", "{}"])
            elif event in ("index", "newindex") and self.maybe(0.5):
                value = self.one(["{x=10, y=20}", "G1", "setmetatable({}, {__index=function(t, k) return k end})", "'text'", "rawset" if event == "newindex" else "rawget"])
            else:
                value = f"function(a, b, c) tick() out('{event}', type(a), type(b), c) return {self.one(RESULTS)} end"
            fields.append(f"__{event} = {value}")
        uses = [
            "p + 1", "1 + p", "p - q", "p * 2", "p / q", "2 % p", "p ^ 2", "-p", "p .. 'x'", "'x' .. p", "1 .. p .. 2", "p .. q", "#p", "p == q", "p ~= q", "p == p", "p < q", "p <= q", "p > 1",
            "1 >= q", "p.x", "p.missing", "p[1]", "p[nil]", "p()", "p(1, 2)", "tostring(p)", "getmetatable(p)", "rawget(p, 'x')", "rawequal(p, q)", "p.x.y", "p:x(1)", "setmetatable(p, {})", "next(p)",
            "p < 'x'", "'10' + p", "not p", "p and q", "rawset(p, 'x', 5)", "#p .. 'x'", "p .. 1 .. q", "table.concat({p})", "select('#', p())", "{p(3)}", "pcall(p)", "ipairs(p)", "unpack(p)",
            "string.format('%s', p) ~= nil", "string.rep(p, 2)", "p + q * p", "(p + q) - p", "p <= 3 or q", "tostring(q):sub(1, 5)",
        ]  # fmt: skip
        lines = [f"out(pcall(function() return {self.one(uses)} end))" for _ in range(self.one([2, 4, 6]))]
        lines += [self.one(["p.z = 3", "p[1] = 'one'", "q.x = p.x", "p.x = nil", "p.name = q"]) if self.maybe(0.3) else "out(pcall(function() p.k2 = 1 q[2] = 2 end))"]
        self.chance.shuffle(lines)
        other = self.one(["mt", "mt", "nil", "{__lt = mt.__lt, __eq = mt.__eq, __le = mt.__le}", "{__add = function() return 'other' end}"])
        return f"do local mt = {{{', '.join(fields)}}} local p, q = setmetatable({{x=1}}, mt), setmetatable({{2}}, {other})\n" + "\n".join(lines) + "\nout(rawget(p, 'z'), rawget(p, 1)) end"

    def about_errors(self):
        body = self.one([f"error({self.one(ERRORS)})", "local x = nil; x.y = 1", "local t = {} t.x.y = 1", "local s = 'a' + 1", "return {} < {}", "return 1 < 'x'", "return nil .. 'x'", "nothing()",
                         "local t = {} t:method()", "return #nil", "return -{}", "local t = {} t[nil] = 1", "local t = {} t[0/0] = 1", "return ('x')()", "return math.floor('x')", "return ('x'):rep({})",
                         "assert(false)", "assert(nil, 'why')", "assert(false, {1})", "return assert(1, 2, 3)", "setmetatable(1, {})", "ipairs()", "return tostring()", "return string.rep()",
                         "return table.concat({1, {}, 3})", "for i = 1, 'x' do end", "for i = 'a', 2 do end", "for i = 1, 2, {} do end", "local a <b", "string.char(-1)", "return next({}, 'nokey')", "return select(0)",
                         "return unpack()", "return tonumber('1', 99)", "return setmetatable({}, 1)", "getmetatable()", "rawset(1, 2, 3)", "return math.max()", "coroutine.resume(1)", "coroutine.wrap(1)",
                         "error()", "return ('x').y.z", "local function f() error('deep', 2) end f()", "return ({}).x.y", "G1.a.b.c = 1", "return 2 ^ {}", "return math.abs()", "t = 1; t.x.y = 2",
                         "return string.format('%d', 'x')", "return string.format('%d')", "table.insert({}, 1, 2, 3)", "table.insert({})", "return table.remove({}, 'x')", "table.sort({3, 'x', 1})",
                         "local a = {} ; a.b.c()", "local up = nil; return (function() return up.x end)()", "local up; return (function() up() end)()", "return (G1 .. {})", "return 5 .. {}", "return {} .. 5",
                         "local a, b = 1, {} return a + b", "local a, b = {}, 1 return a - b", "return 'abc' * 2", "return ('abc'):bad()", "string.nosuch('x')", "math.nosuch.x = 1"])  # fmt: skip
        return self.pick(
            4, lambda: f"out(pcall(function(...)\x01{body} end{self.one(['', ', 1', ', nil, 2'])}))",
            2, lambda: f"out(xpcall(function(...)\n{body} end, {self.one(['function(e) return type(e), e end', 'tostring', 'function(e) error(e, 0) end', 'nil', '1', 'function(...) return select(2, ...) end'])}))",
            1, lambda: f"out(pcall(pcall, function() {body} end)) out(pcall(error{self.one(['', ', 1', ', nil', ', {}'])}))",
            2, lambda: f"do local function lower(x, ...) {self.statement() if len(self.scopes) < 5 else ''} do {body} end end\nlocal function middle(...) return {self.one(['lower(...)', '(lower(...))', '1, lower(...)'])} end out(pcall(middle, 1)) end",
            1, lambda: "out(pcall(function() local ok, e = pcall(error, {code = 7}) error(e) end))",
            1, lambda: f"out(pcall(function(...) {self.block_of_code()} end))",
        )  # fmt: skip

    def block_of_code(self):
        return "\n".join(self.statement() for _ in range(2)) if len(self.scopes) < 5 else "out(1)"

    def about_messages(self):
        """What an error calls the value it is about."""
        held = self.one(["nil", "1", "'s'", "{}", "true", "function() end"])
        name = self.one(["a", "G1", "up", "t.x", "t[1]", "t.x.y", "('s')", "(nil)", "t[k]", "t['x y']", "up.x", "G2.x", "f()", "a.b", "up[1]", "t[a]", "string.x", "('x').y", "({}).z", "({})", "(1)", "...", "(...)"])
        use = self.one(["{0}()", "{0}.field = 1", "return {0}.field", "return {0} + 1", "return 1 + {0}", "return {0} .. 'x'", "return 'x' .. {0}", "return -{0}", "return #{0}", "return {0} < 1", "return {0} < {0}",
                        "return {0}:method()", "{0}:method(1)", "return {0}[1][2]", "return {0} * {0}", "return {0}(1)(2)", "{0}[nil] = 1", "return {0} <= 'x'", "for i in {0} do end", "for i = {0}, 2 do end",
                        "return {0} / 2 .. 'x'", "{0}.x.y.z = 1", "return {0} .. 1 .. {0}", "local v = {0} return v.x.y", "return ({0} + 1) .. 'x'", "return 2 ^ {0}", "return {0} % 0", "return {0}[{0}]",
                        "{0} = nothing.x", "local q = {0} or nothing.y", "if {0} < 2 then end", "while {0}.x.y do end", "return not {0}.x.y", "return {0} == 1 and nothing.z", "t.f({0}.x.y)", "return {0}\n.x\n.y",
                        "return {0}\n+\n{{}}", "return f(\n{0}.q.q\n)", "return {{ {0}.q.q }}", "return {{ [{0}.q.q] = 1 }}", "return {{ x = {0}.q.q }}", "return function() return {0}.q.q end"])  # fmt: skip
        if self.maybe(0.5):
            self.varargs, before = True, self.varargs
            self.varargs = before
        return f"do local a, t, k, up = {held}, {{x={{}}, f=type}}, 'key', {self.one(['nil', '1', '{}'])}\nlocal function f(...) return {self.one(['...', 'nil', 't', '1'])} end\n" \
               f"out(pcall(function(...) local b = up {use.format(name)} end{self.one(['', ', 1', ', {}'])})) end"  # fmt: skip

    def about_inheritance(self):
        return ("do local Base = {} Base.__index = Base function Base.new(x) return setmetatable({x = x}, Base) end function Base:get(...) return self.x, ... end\n"
                f"local Sub = setmetatable({{}}, {{__index = Base{self.one(['', ', __call = function(c, ...) return setmetatable({x = ...}, c) end'])}}}) Sub.__index = Sub function Sub:twice() return self:get() {self.one(['* 2', '.. 1', '+ nothing'])} end\n"
                f"out(pcall(function(...) local s = {self.one(['Sub(4)', 'setmetatable({x = 3}, Sub)', 'Sub.new(5)', 'Base.new(1)'])} out(s:get({self.expressions(1, 1)})) return s:twice() end)) end")  # fmt: skip

    def about_tails(self):
        return self.one([
            "do local function count(n, a) if n == 0 then return a end return count(n - 1, a + n) end out(count(1000, 0)) end",
            "do local even, odd function even(n) if n == 0 then return true end return odd(n - 1) end function odd(n) if n == 0 then return false end return even(n - 1) end out(even(301)) end",
            "do local function spread(...) if select('#', ...) > 5 then return ... end return spread(1, ...) end out(spread()) end",
            "do local function fail(n) if n == 0 then error('end of it') end return fail(n - 1) end out(pcall(fail, 10)) end",
            "do local function f(n) if n == 0 then return nothing.x end return f(n - 1) end out(pcall(f, 3)) end",
            "do local function many(n) if n == 0 then return end return n, many(n - 1) end out(many(20)) end",
        ])  # fmt: skip

    def about_deep(self):
        return self.one([
            "do local function f() return 1 + f() end local ok, e = pcall(f) out(ok, (tostring(e):gsub('%s.*', ''))) end",
            "do local s = string.rep('(', 150) .. '1' .. string.rep(')', 150) out(loadstring('return ' .. s)()) end",
            "do local s = string.rep('(', 300) .. '1' .. string.rep(')', 300) out(loadstring('return ' .. s, '=deep')) end",
            "do local s = string.rep('{', 250) .. string.rep('}', 250) out(loadstring('return ' .. s, '=deep')) end",
            "do local s = string.rep('do ', 250) .. string.rep(' end', 250) out(loadstring(s, '=deep')) end",
            "do local s = 'return ' .. string.rep('-', 3) .. ' 1' out(loadstring(s, '=deep')) end",
            "do local s = 'return ' .. string.rep('not ', 300) .. ' 1' out(loadstring(s, '=deep')) end",
            "do local s = 'return ' .. string.rep('1 .. ', 100) .. ' 1' out(#loadstring(s, '=deep')()) end",
            "do local s = 'return ' .. string.rep('a.', 300) .. 'b' out(pcall(loadstring(s, '=deep'))) end",
            "do local names = {} for i = 1, 201 do names[i] = 'a' .. i end out(loadstring('local ' .. table.concat(names, ','), '=many')) end",
            "do local names = {} for i = 1, 200 do names[i] = 'local a' .. i .. ' = ' .. i end out(loadstring(table.concat(names, ' ') .. ' return a1 + a200', '=many')()) end",
            "do local s = {} for i = 1, 61 do s[i] = 'local a' .. i end local u = {} for i = 1, 61 do u[i] = 'a' .. i end out(loadstring(table.concat(s, ' ') .. ' return function() return ' .. table.concat(u, ',') .. ' end', '=ups')) end",
            "do local s = {} for i = 1, 300 do s[i] = 'x' .. i .. ' = ' .. i + 0.5 end out(pcall(loadstring(table.concat(s, ' ') .. ' return x1 + x300', '=constants'))) end",
            "do local s = {} for i = 1, 260 do s[i] = '\"k' .. i .. '\"' end local f = loadstring('return {' .. table.concat(s, ',') .. '}', '=list') out(#f(), f()[260]) end",
            "do local s = {} for i = 1, 260 do s[i] = 'k' .. i .. '=' .. i end local f = loadstring('local t = {' .. table.concat(s, ',') .. '} return t.k1 + t.k260', '=list') out(f()) end",
            "do local s = {} for i = 1, 260 do s[i] = 'nil' end out(loadstring('return select(\"#\", ' .. table.concat(s, ',') .. ')', '=args')) end",
        ])  # fmt: skip

    def about_multiple(self):
        return self.one([
            "do local a, b, c = (function() return 1, 2 end)() out(a, b, c) a, b = b, a out(a, b) end",
            "do local i, t = 1, {} i, t[i] = i + 1, 20 out(i, t) end", "do local t = {1, 2, 3} local i = 1 i, t[i], t[i + 1] = 3, i, t[3] out(i, t) end",
            "do local a = {f = function() return 1, 2, 3 end} local t = {a.f(), a.f(), (a.f())} out(#t, t) end", "do local x, y, z = 1 out(x, y, z) x, y, z = 4, (function() return 5, 6, 7 end)() out(x, y, z) end",
            "do local t = {} t.x, t.y, t.z = 1, 2 out(t) t.x, t.y = t.y, t.x out(t) end", "out((function(...) return select('#', ...), ... end)(nil, nil))", "out((function(a, ...) local b, c = ... return a, b, c end)(1, 2))",
            "do local a <b = 1 end" if self.maybe(0.02) else "do local a = 1 local a = a + 1 out(a) end", "out(#{(function() return 1, 2, 3 end)(), 10}, #{10, (function() return 1, 2, 3 end)()})",
            "out((function() local t = {n = 0} for i = 1, 3 do t.n, t[i] = t.n + i, t.n end return t.n, t[1], t[2], t[3] end)())", "do local a = {} a.b, a.c, a = 1, 2, {d = 3} out(a) end",
            "do local t = setmetatable({}, {__newindex = function(t, k, v) out('set', k, v) rawset(t, k, v) end}) t.a, t.b, t.a = 1, 2, 3 out(t) end",
            "out((function(...) local arg1 = arg return type(arg1), arg1 and arg1.n end)(1, nil, nil))", "do local function f(...) return arg end out(f(1, 2), type(arg)) end",
            "do local a, b = {}, {} a[1], a[2], b[1] = 1, 2, 3 out(a, b) end", "do local x = 10 do local x = x + 1 out(x) do local x = x * 2 out(x) end end out(x) end",
        ])  # fmt: skip

    def about_refusals(self):
        """What a native function that refuses its arguments calls itself and them, whatever it was called by."""
        function = self.one(NATIVES)
        arguments = ", ".join(self.one(ODD) for _ in range(self.one([0, 1, 1, 1, 2, 2, 3])))
        call = self.one([
            "{0}({1})", "f({1})", "G4({1})", "up({1})", "t.f({1})", "t[1]({1})", "t[k]({1})", "t:f({1})", "({0})({1})", "('x'):f({1})", "('x'):rep({1})", "(5):f({1})", "t.t.f({1})", "t['x y']({1})",
            "return {0}({1})", "return f({1})", "return t:f({1})", "return t.f({1})", "out(pcall({0}, {1}))", "out(pcall(f))", "return f({1}), 1", "local x = f({1})", "for i in f, {1} do break end",
            "out(coroutine.wrap({0})({1}))", "out(coroutine.resume(coroutine.create(f), {1}))", "return ('x'):gsub('x', {0})", "table.sort({{3, 2, {1}}}, {0})", "out(xpcall(function() error({{}}) end, {0}))",
            "return setmetatable({{}}, {{__index = {0}}}).x", "return setmetatable({{}}, {{__add = {0}}}) + 1", "return setmetatable({{}}, {{__call = {0}}})({1})", "setmetatable({{}}, {{__newindex = {0}}}).x = 1",
            "return tostring(setmetatable({{}}, {{__tostring = {0}}}))", "table.foreach({{1}}, {0})", "table.foreachi({{{1}}}, f)", "return load({0})", "return f(f({1}))", "return t.f(t:f({1}))", "return -f({1})",
            "setmetatable({{}}, {{__index = function(t, k) return f({1}) end}}).x = setmetatable({{}}, {{__index = f}}).y", "return f(\n{1}\n)", "do return f({1}) end",
        ]).replace(", )", ")").format(function, arguments)  # fmt: skip
        call = call.replace(", )", ")").replace(", }", "}").replace("f,  do", "f do")
        name = self.one(["", "", ", '=name'", ", '@file.lua'", ", 'plain'", ", 'two\\nlines'"])
        inside = f"local f, k, t = ... local up = f local t = {{f = f, f, key = f, ['x y'] = f, t = t}} return function(...) {call} end"
        return self.pick(
            3, lambda: f"do local f, k, t = {function}, 'key', {{f = {function}}} local up = f G4 = f t[1], t.key, t['x y'], t.t = f, f, f, t\nout(pcall(function(...) local k = k; {call} end, 1)) end",
            1, lambda: f"do local f, e = loadstring([==[{inside}]==]{name}) G4 = {function} out(pcall(f({function}, 'key', {{f = {function}}}), 1)) end",
        )  # fmt: skip

    def about_methods(self):
        return (f"do local o = {{v = {self.expression('number', 1)}}} function o:add(n) self.v = self.v + (n or 1) return self end function o.plain(...) return select('#', ...) end "
                f"out(pcall(function(...) return o:add({self.one(['', '2', '{}', 'nil', self.expression('number', 0)])}):add().v end), o.plain(o), o:plain()) out(o) end")  # fmt: skip

    def about_comparing(self):
        values = ["1", "2", "'a'", "'b'", "nil", "true", "{}", "0/0", "'10'", "10", "next", "''", "'a\\0b'", "'a\\0c'", "'A'", "-1", "'é'", "1e308 * 10"]
        lines = [f"out(pcall(function() return {self.one(values)} {self.one(['<', '<=', '>', '>=', '==', '~='])} {self.one(values)} end))" for _ in range(3)]
        return " ".join(lines)

    # -- the libraries ----------------------------------------------------------------------------------------------------------

    def about_sorting(self):
        items = self.one(["3, 1, 2", "5, 3, 9, 1, 7, 2, 8", "'b', 'a', 'c', ''", "1, 1, 1, 1", "3, 2, 1, 'x'", "2.5, -1, 1e10, 0", "{}, {}", "", "1", "10, 9, 8, 7, 6, 5, 4, 3, 2, 1",
                          ", ".join(str(self.chance.randrange(30)) for _ in range(self.one([5, 12, 30, 60])))])  # fmt: skip
        order = self.one(["", ", function(a, b) tick() return a > b end", ", function(a, b) out(a, b) return a < b end", ", function(a, b) return true end", ", function(a, b) return a <= b end",
                          ", function(a, b) return nil end", ", function(a, b) return a % 5 < b % 5 end", ", 5", ", function(a, b) error('no order') end", ", function(a, b) return tostring(a) < tostring(b) end"])  # fmt: skip
        return f"do local t = {{{items}}} out(pcall(table.sort, t{order})) out(t) end"

    def about_inserting(self):
        lines = [self.one(["out(pcall(table.insert, t, 5))", "out(pcall(table.insert, t, 1, 'front'))", "out(pcall(table.insert, t, 3, 'mid'))", "out(table.remove(t))", "out(pcall(table.remove, t, 1))", "out(pcall(table.remove, t, 2))",
                           "t[#t + 1] = #t", "t[#t] = nil", "out(table.maxn(t))", "out(#t)", "out(pcall(table.concat, t, ','))", "out(table.getn(t))", "out(pcall(table.setn, t, 2))", "out(pcall(table.insert, t, 10, 'far'))",
                           "out(pcall(table.remove, t, 20))", "out(table.foreach(t, function(k, v) if v == 3 then return k end end))", "out(table.foreachi(t, function(i, v) out(i, v) end))", "t[1] = nil", "t.n = 3", "t[5] = 5",
                           "out(pcall(table.insert, t, -1, 'neg'))", "out(pcall(table.concat, t, '-', 2, 3))", "out(pcall(table.concat, t, '-', 1, 7))", "t[1.5] = 'half'", "out(pcall(table.remove, t, 0))", "t[-1] = 'neg'"])
                 for _ in range(self.one([3, 6, 10]))]  # fmt: skip
        return f"do local t = {self.one(TABLES)}\n" + "\n".join(lines) + "\nout(t) end"

    def about_walking(self):
        """pairs, with what is set and cleared meanwhile; sizes that make the hash part grow."""
        key = self.one(["'k' .. i", "i", "i * 3 % 17", "i / 2", "-i", "2 ^ i", "(i % 2 == 0) and i or 's' .. i", "string.rep('x', i % 29) .. i % 2", "i * 1e10", "string.char(96 + i)", "100 - i"])
        fill = f"for i = 1, {self.one(['3', '5', '8', '9', '17', '33', '70'])} do t[{key}] = i end"
        during = self.one(["", "t[k] = nil", "if v % 2 == 0 then t[k] = nil end", "t[k] = v + 1", "if v == 3 then break end", "if t.k2 then t.k2 = nil end", "t[k] = nil collectgarbage()"])
        after = self.one(["", "for i = 1, 6 do t['n' .. i] = i end", "t[#t + 1] = 'end'", "for k in pairs(t) do t[k] = nil end t.a = 1 t.b = 2", "for i = 1, 4 do t[i] = nil end", "t[1] = t"])
        return f"do local t = {self.one(['{}', '{1,2,3}', '{x=1,y=2}', '{nil,2}', '{10,20,30,40,50,60,70,80,90}'])} {fill}\nfor k, v in {self.one(['pairs(t)', 'next, t', 'next, t, nil'])} do out(k, v) {during} end\n{after} out(#t, t) out(pcall(next, t, 'gone')) end"

    def about_borders(self):
        lines = [self.one([f"t[{self.chance.randint(1, 12)}] = {self.one(['nil', '1', 'nil'])}", "t[#t + 1] = 1", "t[#t] = nil", "out(#t)", "t.x = 1", f"t[{self.chance.randint(1, 40)}] = 2"]) for _ in range(self.one([4, 10, 20]))]
        return f"do local t = {self.one([*TABLES, '{1,2,3,4,5,6,7,8}', '{n=1,[2]=2}', '{unpack({1,2,3,4,5})}', '{1,nil,3,nil}', '{nil,nil,nil,4}'])} out(#t)\n" + "\n".join(lines) + "\nout(#t, t) end"

    def about_environments(self):
        return self.one([
            "do local function f() return x, y end setfenv(f, {x = 1, y = 2}) out(f()) out(getfenv(f) == _G, getfenv(f).x) end",
            "do local env = setmetatable({}, {__index = _G}) local function f() newglobal = 5 out(newglobal) end setfenv(f, env) f() out(newglobal, env.newglobal) end",
            "out(pcall(function() setfenv(1, {}) return type(x) end))", "out(pcall(setfenv, next, {}))", "out(pcall(setfenv, 1, 2))", "out(pcall(getfenv, -1))", "out(getfenv() == _G, getfenv(1) == _G, getfenv(0) == _G)",
            "out(pcall(getfenv, 'x'))", "out(pcall(setfenv, 'x', {}))", "out(pcall(function() setfenv(2, {}) end))" if self.maybe(0.1) else "out(getfenv(next) == _G)",
            "do local f = loadstring('return a, b') setfenv(f, {a = 7}) out(f()) end", "do local f = setfenv(function() return function() return q end end, {q = 3}) out(f()()) end",
            "out(pcall(getfenv, 100))", "_G.G4 = 5 out(G4, _G._G == _G, rawget(_G, 'G4')) G4 = nil", "setmetatable(_G, {__index = function(_, k) return 'auto ' .. k end}) out(undefinedname) setmetatable(_G, nil)",
            "setmetatable(_G, {__newindex = function(t, k, v) out('new', k, v) rawset(t, k, v) end}) fresh1 = 5 out(fresh1) setmetatable(_G, nil)",
        ])  # fmt: skip

    def about_loading(self):
        source = self.one(SOURCES)
        name = self.one(["", ", '=name'", ", '@file.lua'", ", 'plain'", ", 'two\\nlines'", ", '=" + "n" * 80 + "'", ", '@" + "p/" * 50 + "'", ", '[x]'", ", ''"])
        return self.pick(
            4, lambda: f"do local f, e = loadstring(\"{source.replace(chr(34), chr(39))}\"{name}) out(type(f), e) if f then out(pcall(f, 1, 2)) end end",
            1, lambda: "do local parts, i = {'return ', '1', ' + 2', nil}, 0 out(pcall(function() return load(function() i = i + 1 return parts[i] end)() end)) end",
            1, lambda: f"out(pcall(load, function() tick() return {self.one(['nil', '1', '{}', 'error(1)', chr(39) + chr(39)])} end))",
            1, lambda: f"do local f, e = loadstring([==[{self.mutation()}]==]{name}) out(type(f), e) end",
        )  # fmt: skip

    def mutation(self):
        words = self.statement().replace("\x01", " ").split(" ") if len(self.scopes) < 5 else ["return", "1"]
        del words[self.chance.randrange(len(words))]
        return " ".join(words).replace("]==]", "")

    def about_unpacking(self):
        return self.one([
            f"out(pcall(unpack, {self.one(TABLES)}{self.one(['', ', 2', ', 2, 3', ', 0, 2', ', 3, 1', ', -1, 1', ', 1, 1e8', ', 1, 2^31', ', nil, 2'])}))",
            f"out(pcall(select, {self.one(['1', '2', '-1', '-2', '5', '-5', '0', chr(39) + '#' + chr(39), chr(39) + 'x' + chr(39), '1.9', 'nil'])}, 'a', 'b', nil))", "out(select('#'), select('#', nil), (select(2, 1, 2, 3)))",
            "out((unpack({1, 2, 3})), unpack({4, 5}))", "out(#{unpack({}, 1, 60)}, select('#', unpack({}, 1, 250)))",
        ])  # fmt: skip

    def about_formatting(self):
        return f"out(pcall(function(...) return {self.format(1)} end))" if self.maybe(0.7) else f"out({self.one([str(self.chance.random()), str(self.chance.uniform(-1e20, 1e20)), str(self.chance.randrange(10**18)), repr(self.chance.random() * 10 ** self.chance.randint(-300, 300))])}, {self.expression('number')})"

    def about_patterns(self):
        if self.maybe(0.2):
            return f"for a, b in string.gmatch({self.one(SUBJECTS)}, {self.one(self.PATTERNS)}) do tick() out(a, b) end"
        return f"out(pcall(function(...) return {self.pattern_call()} end))"

    def about_conversions(self):
        text = self.one(["10", "0x10", "0X1f", " 7 ", "1e2", "1e", "", " ", "0x", "1 2", "1_0", "inf", "nan", "0x1p4", "1e400", "-5", "- 5", "+3", ".5", "5.", ".", "\\0", "1\\0", "\\t9\\n", "z", "7fffffff", "ffffffffffffffff",
                         "1e-400", "00012", "0b1", "1.5.5", "-0", "-0x10", "1e+5", "١", "9007199254740993", "99999999999999999999", "-ff", "0x0.8", "1d", "1f", "infinity", "0x1g"])  # fmt: skip
        return self.one([
            f'out(pcall(tonumber, "{text}"))', f'out(pcall(tonumber, "{text}", {self.one(["10", "16", "2", "8", "36", "7"])}))', f'out(pcall(function() return "{text}" + 0 end))', f'out(pcall(function() return 1 .. "{text}" * 2 end))',
            f'out(pcall(function() for i = "{text}", 3 do tick() out(i) if i > 1 then break end end end))', f'out(pcall(string.rep, "ab", "{text}"))' if len(text) < 3 else "out(tonumber(nil))", f'out(pcall(math.floor, "{text}"))',
            f'out(tostring({self.expression("number", 1)}), {self.one(["1e15", "1e14", "123456.789e3", "-1e-7", "2^63", "2^24", "5e-324", "1.7976931348623157e308", "0.1 + 0.2", "100", "1e100"])} .. "")',
        ])  # fmt: skip

    def about_numbers(self):
        values = ["5", "-5", "5.5", "-5.5", "0", "3", "-3", "2^53", "1e308", "1/0", "-1/0", "0/0", "0.1", "1e-10", "-0"]
        a, b = self.one(values), self.one(values)
        return f"out({a} % {b}, {a} / {b}, {a} ^ {b}, {a} - {b}) do local a, b = {a}, {b} out(a % b, a / b, a ^ b, a * b, -a, a == b, a < b, a <= b) out(math.fmod(a, b), math.floor(a), math.ceil(b), math.modf(a)) end"

    def about_weak(self):
        mode = self.one(["k", "v", "kv", ""])
        return (f"do local t = setmetatable({{}}, {{__mode = '{mode}'}}) for i = 1, {self.one(['3', '10'])} do t[i] = {{}} t[{{}}] = i t['s' .. i] = 's' .. i end local keep = {{}} t[keep] = keep t[1] = keep collectgarbage() "
                "local n = 0 for k, v in pairs(t) do n = n + 1 end out(n, t[1] == keep, t[keep] == keep, t.s1) end")  # fmt: skip


GLOBAL_NAMES = ["G1", "G2", "G3", "G4"]

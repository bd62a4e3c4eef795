"""Random programs, grown from the grammar of Lua 5.1: every statement, every kind of expression, mostly of the type that is wanted.

Programs say what they find by `out(...)` and end: loops are bounded, and each function begins with `tick()`, which raises an
error when there were too many. What differs from one process to the next (addresses, the clock, random numbers) is left out."""

import random

from lua_scenarios import Scenarios

NUMBERS = [
    "0", "1", "2", "3", "4", "5", "7", "10", "16", "100", "255", "0.5", "1.5", "2.25", "0.1", "1e3", "1e15", "1e16", "1e100", "0x10", "0xff", "3.",
    ".5", "2^53", "2^31", "1e-5", "123456789", "1e14", "99999999999999", "123456789012345", "1/3", "-1", "-2", "-0.25", "1/0", "-1/0", "0/0", "-0", "50",
]  # fmt: skip
STRINGS = [
    '""', '"a"', '"b"', '"abc"', "'x y'", '"10"', '"0x1F"', '" 5 "', '"1e2"', '"hello world"', '"a,b,,c"', '"k1"', '"k2"', r'"\n\t\0z"', r'"\065\66\0677"',
    "[[long]]", "[==[a]]b]==]", '"key=value"', '"THE (quick) fox"', r"'it\'s'", '"%d"', '"\\\\"', '"3.14"', '"-7"', '"nan"', '"inf"',
    '"abcabcabc"', '"  trim  "', '"1.5e"', '"é"',
]  # fmt: skip
# What a name holds nearly always, so that most programs come far before something goes wrong.
FIELDS = {"number": ["x", "y", "n"], "string": ["name", "k1"], "table": ["list", "next"], "function": ["f", "run"], "boolean": ["ok"], "nil": ["none"]}
GLOBALS = {"number": ["G1", "H1"], "string": ["G2", "H2"], "table": ["G3", "H3"], "function": ["G4", "H4"], "boolean": ["G5"], "nil": ["G6"]}
BEGINNING = """G1, H1, G2, H2, G5 = 3, 0.5, "word", "10", true
G3, H3 = {1, 2, 3, x = 4, y = 5, n = 6, name = "table", k1 = "field", ok = true}, {}
function G4(a, b, ...) tick() return a, b, ... end
function H4(a) tick() return 7 end
G3.f, G3.run, G3.list, G3.next = G4, H4, {5, 6, x = 1, name = "inner", f = H4}, H3
"""
PARAMETERS = ["number", "string", "table", "any"]
NAMES = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "s", "t", "u", "v", "w", "self", "value", "count"]
KINDS = ["number", "string", "boolean", "table", "function", "any"]
ARITHMETIC = ["+", "-", "*", "/", "%", "^"]
COMPARISONS = ["==", "~=", "<", "<=", ">", ">="]


class Programs(Scenarios):
    """Makes one program after the other. A break that may be a space, a line or a comment is written as \x01."""

    def __init__(self, chance):
        self.chance = chance

    # -- choosing ---------------------------------------------------------------------------------------------------------------

    def one(self, choices):
        return choices[int(self.chance.random() * len(choices))]

    def maybe(self, probability):
        return self.chance.random() < probability

    def pick(self, *weighted):
        """pick(3, this, 1, that): one of the functions, three times as often this."""
        total = sum(weighted[::2])
        place = self.chance.random() * total
        for weight, function in zip(weighted[::2], weighted[1::2]):
            place -= weight
            if place < 0:
                break
        return function()

    # -- the whole --------------------------------------------------------------------------------------------------------------

    def program(self, size=None):
        self.scopes = [[]]
        self.loops, self.functions, self.varargs, self.serial = 0, 0, True, 0
        size = size or self.one([2, 4, 6, 10, 16, 24])
        lines = []
        for _ in range(size):
            if self.maybe(0.5):
                lines.append(self.statement())
            else:
                held, self.functions = self.functions, 1
                lines.append(f"out(pcall(function(...) {self.inner()} end{self.one(['', ', 1', ', G1, G2'])}))")
                self.functions = held
        return BEGINNING + self.laid_out("\n".join(lines))

    def laid_out(self, text):
        parts = text.split("\x01")
        pieces = [parts[0]]
        for part in parts[1:]:
            place = self.chance.random()
            if place > 0.03 or part[:1] == "(":
                pieces.append(" ")
            else:
                pieces.append("\n" if place > 0.008 else " --[[ so ]] " if place > 0.004 else " -- so\n")
            pieces.append(part)
        return "".join(pieces)

    def block(self, size):
        """Statements in a scope of their own, perhaps with a last one."""
        self.scopes.append([])
        lines = []
        for _ in range(size):
            lines.append(self.statement())
        if self.maybe(0.12) and self.functions:
            lines.append("return " + self.expressions(self.one([0, 1, 1, 2, 3])) + self.one(["", ";"]))
        elif self.maybe(0.1) and self.loops:
            lines.append("break")
        self.scopes.pop()
        return lines

    def inner(self, most=3):
        return " ".join(self.block(self.chance.randint(0, most))) if self.maybe(0.3) else "\n".join(self.block(self.chance.randint(0, most)))

    # -- names ------------------------------------------------------------------------------------------------------------------

    def declare(self, kind):
        name = self.one(NAMES)
        return self.bind(name, kind)

    def bind(self, name, kind):
        self.scopes[-1].append((name, kind))
        return name

    def variable(self, kind):
        """A visible name of that kind, a global or nothing that was ever set."""
        seen, found = set(), []
        for scope in reversed(self.scopes):
            for name, held in reversed(scope):
                if name not in seen:
                    seen.add(name)
                    if kind in (held, "any") or held == "any" and self.maybe(0.2):
                        found.append(name)
        if found and self.maybe(0.8):
            return self.one(found)
        return self.one(GLOBALS[kind if kind in GLOBALS else self.one(KINDS[:5])]) if self.maybe(0.99) else "nothing"

    def field(self, kind="any"):
        return self.one(FIELDS[kind if kind in FIELDS and self.maybe(0.97) else self.one(KINDS[:5])])

    # -- expressions ------------------------------------------------------------------------------------------------------------

    def expression(self, kind="any", depth=3):
        if self.maybe(0.012):
            kind = "any"
        if kind == "any":
            kind = self.one(["number", "number", "string", "string", "boolean", "table", "function", "nil"])
        if depth <= 0:
            return self.leaf(kind)
        place = self.chance.random()
        if place < 0.16:
            return self.variable(kind)
        if place < 0.24:
            return self.general(kind, depth - 1)
        return getattr(self, "of_" + kind)(depth - 1)

    def leaf(self, kind):
        if self.maybe(0.4):
            return self.variable(kind)
        if kind == "number":
            return self.one(NUMBERS)
        if kind == "string":
            return self.one(STRINGS)
        if kind == "boolean":
            return self.one(["true", "false", "nil"])
        if kind == "table":
            return self.one(["{}", "{1,2,3}", '{x=1,y="two"}'])
        if kind == "nil":
            return "nil"
        return self.one(["tostring", "type", "out", "function() tick() return 1 end", "string.len", "select", "rawget"])

    def general(self, kind, depth):
        """Forms that any type can have."""
        return self.pick(
            2, lambda: f"({self.expression(kind, depth)})",
            2, lambda: f"{self.expression('boolean', depth)}\x01and {self.operand(kind, depth)} or\x01{self.operand(kind, depth)}",
            1, lambda: f"{self.operand(kind, depth)} or {self.operand(kind, depth)}",
            1, lambda: f"{self.operand('any', depth)} and\x01{self.operand(kind, depth)}",
            3, lambda: self.index(depth, kind),
            3 if kind in ("number", "any") else 0.3, lambda: self.call(depth),
            1, lambda: f"(function(...) tick() return\x01{self.expression(kind, depth - 1)} end)({self.expressions(self.one([0, 1, 2]), depth - 1)})",
            0.3, lambda: "..." if self.varargs else "nil",
            0.3, lambda: f"select({self.one(['1', '2', '-1', chr(34) + '#' + chr(34), '0', '5'])}, {self.expressions(2, depth)})",
            0.3, lambda: "(...)" if self.varargs else "nil",
        )  # fmt: skip

    def operand(self, kind, depth):
        text = self.expression(kind, depth)
        return f"({text})" if self.maybe(0.1) else text

    def expressions(self, count, depth=2):
        parts = [self.expression("any", depth) for _ in range(count)]
        if self.varargs and self.maybe(0.15):
            parts.append("...")
        return ",\x01".join(parts)

    def prefix(self, kind, depth):
        """What may stand before an index or a call."""
        return self.variable(kind) if self.maybe(0.7) or depth <= 0 else f"({self.expression(kind, depth)})"

    def index(self, depth, kind="any"):
        base = self.prefix("table", depth)
        return self.pick(
            6, lambda: f"{base}.{self.field(kind)}",
            4 if kind in ("number", "any") else 0.3, lambda: f"{base}[{self.one(['1', '2', '#' + base, self.expression('number', depth - 1)])}]",
            1, lambda: f'{base}["{self.field(kind)}"]',
            0.3, lambda: f"{base}[ {self.expression('string', depth - 1)}]",
            0.2, lambda: f"{base}[{self.one(['1', '2', '3'])}][{self.one(['1', '2', 'G1'])}]",
            1, lambda: f"{base}.list.{self.field(kind)}",
        )  # fmt: skip

    def call(self, depth):
        base = self.prefix("function", depth)
        kinds = PARAMETERS[: self.one([0, 1, 2, 2, 3])] if self.maybe(0.9) else ["any", "any"]
        arguments = ",\x01".join(self.expression(kind, depth - 1) for kind in kinds)
        if self.varargs and self.maybe(0.1):
            arguments += ", ..." if arguments else "..."
        return self.pick(
            6, lambda: f"{base}({arguments})",
            0.5, lambda: f"{base}{self.one(STRINGS[:9])}",
            0.5, lambda: f"{base}{self.table(depth - 1)}",
            2, lambda: f"{self.prefix('table', depth)}:{self.field('function')}({arguments})",
            1, lambda: f"{self.prefix('table', depth)}.{self.field('function')}({arguments})",
            0.3, lambda: f"select(2, pcall({base}, {arguments or 'nil'}))",
            0.1, lambda: f"{base}({arguments})({arguments})",
        )  # fmt: skip

    def of_number(self, depth):
        return self.pick(
            8, lambda: f"{self.operand('number', depth)}\x01{self.one(ARITHMETIC)} {self.operand('number', depth)}",
            2, lambda: f"{self.operand('number', depth)}{self.one(ARITHMETIC)}{self.operand('number', depth)}{self.one(ARITHMETIC)}{self.one(NUMBERS)}"
            .replace("--", "- -"),
            2, lambda: f"- {self.operand('number', depth)}",
            2, lambda: f"#{self.operand('table', depth)}",
            2, lambda: f"#{self.operand('string', depth)}",
            2, lambda: self.mathematics(depth),
            1, lambda: f"tonumber({self.operand('string', depth)})",
            1, lambda: f"tonumber({self.operand('string', depth)},\x01{self.one(['10', '16', '2', '36', '8', '1', '37'])})",
            1, lambda: f"{self.operand('string', depth)} {self.one(ARITHMETIC)} {self.operand('number', depth)}",
            1, lambda: f"string.byte({self.expression('string', depth)}{self.one(['', ', 2', ', 1, -1', ', -1'])})",
            6, lambda: self.leaf("number"),
        )  # fmt: skip

    def mathematics(self, depth):
        one = "floor ceil abs sqrt exp log log10 sin cos tan asin acos atan sinh cosh tanh deg rad modf frexp".split()
        argument = self.expression("number", depth)
        return self.pick(
            6, lambda: f"math.{self.one(one)}({argument})",
            3, lambda: f"math.{self.one(['max', 'min'])}({argument}, {self.expression('number', depth)}{self.one(['', ', 3', ', 0.5, -2'])})",
            3, lambda: f"math.{self.one(['fmod', 'pow', 'atan2'])}({argument},\x01{self.expression('number', depth)})",
            1, lambda: f"math.ldexp({argument}, {self.one(['1', '3', '-2', '10', '0'])})",
            1, lambda: self.one(["math.pi", "math.huge", "-math.huge"]),
        )  # fmt: skip

    def of_string(self, depth):
        return self.pick(
            8, lambda: f"{self.operand('string', depth)}\x01.. {self.operand('string', depth)}",
            2, lambda: f"{self.operand('string', depth)} .. {self.one(['1', '2.5', '(' + self.expression('number', depth) + ')'])} .. {self.operand('string', depth)}",
            2, lambda: f"{self.operand('string', depth)} .. {self.index(depth)}",
            2, lambda: f"{self.index(depth)} .. {self.one(STRINGS)} .. {self.index(depth)}",
            3, lambda: f"({self.expression('string', depth)}):{self.one(['upper', 'lower', 'reverse', 'len'])}()",
            2, lambda: f"({self.expression('string', depth)}):sub({self.expression('number', 0)}{self.one(['', ', -1', ', 3', ', -2'])})",
            1, lambda: f"string.rep({self.leaf('string')}, {self.one(['0', '1', '3', '-1', '2.7'])})",
            3, lambda: f"tostring({self.one(['nil', 'true', self.expression('number', depth), self.expression('string', depth)])})",
            2, lambda: f"type({self.expression('any', depth)})",
            2, lambda: self.format(depth),
            1, lambda: f"table.concat({self.one(['{1,2,3}', '{}', self.table(depth)])}{self.one(['', ', chr', ', 1, 2', ''])})"
            .replace("chr", '"-"').replace(", 1, 2", ', ",", 1, 2'),
            1, lambda: f"string.char({self.one(['', '65', '65, 66', '0', '255', '256', '-1', '97, 98, 99'])})",
            1, lambda: self.pattern_call(self.expression("string", depth)),
            6, lambda: self.leaf("string"),
        )  # fmt: skip

    def of_boolean(self, depth):
        return self.pick(
            5, lambda: f"{self.operand('number', depth)}\x01{self.one(COMPARISONS)} {self.operand('number', depth)}",
            3, lambda: f"{self.operand('string', depth)} {self.one(COMPARISONS)} {self.operand('string', depth)}",
            3, lambda: f"{self.operand('any', depth)} {self.one(COMPARISONS[:2])} {self.operand('any', depth)}",
            1, lambda: f"{self.operand('any', depth)} {self.one(COMPARISONS)} {self.operand('any', depth)}",
            3, lambda: f"not\x01{self.operand('any', depth)}",
            2, lambda: f"not ({self.expression('boolean', depth)})",
            3, lambda: f"{self.operand('boolean', depth)} {self.one(['and', 'or'])}\x01{self.operand('boolean', depth)}",
            1, lambda: f"rawequal({self.expressions(2, depth)})",
            3, lambda: self.leaf("boolean"),
        )  # fmt: skip

    def of_nil(self, _):
        return "nil"

    def of_table(self, depth):
        return self.pick(
            8, lambda: self.table(depth),
            2, lambda: f"setmetatable({self.table(depth)}, {self.one(['MT', 'nil', self.table(0), '{__index=' + self.table(0) + '}'])})",
            1, lambda: f"{{pcall({self.expression('function', depth)})}}",
            1, lambda: "{...}" if self.varargs else "{}",
            1, lambda: "{n=select('#',...), ...}" if self.varargs else "{}",
            2, lambda: self.leaf("table"),
        )  # fmt: skip

    def table(self, depth):
        if depth <= 0:
            return self.one(["{}", "{1,2}", "{x=1}", "{[1]=1,[3]=3}"])
        items = []
        for _ in range(self.one([0, 1, 2, 3, 4, 5, 9])):
            items.append(self.pick(
                4, lambda: self.expression(self.one(["number", "number", "number", "string", "any"]), depth - 1),
                3, lambda: self.named_item(depth - 1),
                2, lambda: f"[ {self.key(depth - 1)}] = {self.expression('any', depth - 1)}",
            ))  # fmt: skip
        if self.maybe(0.15):
            items.append(self.one(["...", "nil", "unpack({1,2,3})", "(unpack({1,2,3}))", "nil, nil"]) if self.varargs else "unpack({1,nil,3})")
        separator = self.one([",\x01", ",", "; ", ",\x01"])
        return "{" + separator.join(items) + (self.one(["", ",", ";"]) if items else "") + "}"

    def named_item(self, depth):
        kind = self.one(KINDS[:5])
        return f"{self.field(kind)}\x01= {self.expression(kind, depth)}"

    def key(self, depth):
        """A key whose place does not depend on an address."""
        return self.pick(4, lambda: self.expression("number", depth), 3, lambda: self.one(STRINGS), 1, lambda: self.one(["true", "false", "nil", "1.5", "2^40"]))

    def of_function(self, depth):
        return self.pick(6, lambda: self.function(), 2, lambda: self.leaf("function"),
                         1, lambda: self.one(["string.upper", "math.floor", "tostring", "pcall", "next", "rawget", "unpack", "error", "rawlen", "ipairs"]))  # fmt: skip

    def function(self, named="function ", method=False, most=3):
        """The text from `function` to `end`; its body in a scope of its own."""
        held = self.scopes, self.loops, self.functions, self.varargs
        self.scopes = [*self.scopes, [("self", "table")] if method else []]
        self.loops, self.functions = 0, self.functions + 1
        parameters = [self.declare(kind) for kind in PARAMETERS[: self.one([0, 1, 2, 2, 3, 4])]]
        self.varargs = self.maybe(0.3)
        words = ", ".join([*parameters, *(["..."] if self.varargs else [])])
        if self.functions > 3:
            body = f"return {self.expression('number', 1)}"
        else:
            body = self.inner(most)
            if self.maybe(0.7) and not body.rstrip(" ;").endswith("break"):
                body = f"do {body} end return {self.one([self.expression('number') + ', ' + self.expressions(1), self.call(1), self.expression('number')])}"
        self.scopes, self.loops, self.functions, self.varargs = held
        return f"{named}({words})\x01tick() {body}\x01end"

    # -- statements -------------------------------------------------------------------------------------------------------------

    def statement(self):
        deep = len(self.scopes) > 6
        text = self.pick(
            5, self.local,
            5, self.assignment,
            6, lambda: f"out({self.expressions(self.one([1, 1, 2, 3]))})",
            2, lambda: self.call_statement(),
            1, lambda: self.one(["do end", "do local x = 1 end", "local a, b, c"]),
            0 if deep else 3, self.if_statement,
            0 if deep else 2, self.numeric_for,
            0 if deep else 2, self.generic_for,
            0 if deep else 1, self.while_loop,
            0 if deep else 1, self.repeat_loop,
            0 if deep else 3, self.function_statement,
            0 if deep else 1, lambda: f"do {self.inner()} end",
            0 if deep else 5, self.scenario,
        )  # fmt: skip
        if text.startswith("("):
            text = f"do {text} end"
        return text + (";" if self.maybe(0.05) else "")

    def bounded(self, text, kind):
        """Strings that grow in a loop are cut."""
        if kind in ("string", "any") and (self.loops or self.functions) and ".." in text or "gsub" in text or "concat" in text:
            return f"cut({text})"
        return text

    def local(self):
        count = self.one([1, 1, 1, 2, 3])
        kinds = [self.one(KINDS) for _ in range(count)]
        values = [self.bounded(self.expression(kind), kind) for kind in kinds[: self.one([count, count, 1, count - 1])]]
        if self.maybe(0.15):
            values.append(self.call(2))
        names = [self.one(NAMES) for _ in kinds]
        for name, kind in zip(names, kinds):
            self.bind(name, kind)
        return f"local {', '.join(names)}" + (f"\x01= {', '.join(values)}" if values else "")

    def target(self, kind):
        """What may be assigned to."""
        return self.pick(
            6, lambda: self.variable(kind),
            2, lambda: f"{self.variable('table')}.{self.field(kind)}",
            1, lambda: f"{self.variable('table')}[{self.expression('number', 1)}]",
            0.5, lambda: f"{self.variable('table')}[ {self.key(1)}]",
            2, lambda: self.one(GLOBALS[kind if kind in GLOBALS else "nil"]),
        )  # fmt: skip

    def assignment(self):
        kinds = [self.one(KINDS) for _ in range(self.one([1, 1, 1, 1, 2, 3]))]
        if self.maybe(0.1):
            base, one, two = self.variable("table"), self.expression("number", 1), self.expression("number", 1)
            return f"{base}[{one}], {base}[{two}] = {base}[{two}], {base}[{one}]"
        targets = [self.target(kind) for kind in kinds]
        values = [self.bounded(self.expression(kind), "string") for kind in kinds]
        if self.maybe(0.1):
            values = [*values, self.call(1)] if self.maybe(0.5) else values[:1]
        return f"{', '.join(targets)}\x01= {', '.join(values)}"

    def call_statement(self):
        return self.call(2)

    def if_statement(self):
        text = f"if {self.expression('boolean')}\x01then {self.inner()}"
        for _ in range(self.one([0, 0, 1, 2])):
            text += f" elseif {self.expression('boolean')} then {self.inner()}"
        if self.maybe(0.5):
            text += f" else {self.inner()}"
        return text + " end"

    def loop_body(self, *names, most=3):
        self.loops += 1
        self.scopes.append(list(names))
        body = self.inner(most)
        self.scopes.pop()
        self.loops -= 1
        return body

    def numeric_for(self):
        name = self.one(NAMES)
        limits = self.one(["1, 3", "1, 5", "3, 1, -1", "0, 1, 0.25", "1, 0", "5, 1, -2", "-1, 1", "1, 3, 2", "#G1, 1, -1", '"1", 2', "1, 2, 0", '1, "x"', "nil, 1",
                           "1, math.min(4, #tostring(G1))"])  # fmt: skip
        if limits == "1, 2, 0":
            limits = "2, 1, 0" if self.maybe(0.9) else "1, 2, 0.5"
        return f"for {name}\x01= {limits} do tick() {self.loop_body((name, 'number'))} end"

    def generic_for(self):
        key, value = self.one(NAMES), self.one(NAMES)
        walk = self.pick(
            4, lambda: f"pairs({self.one([self.table(2), self.variable('table')])})",
            3, lambda: f"ipairs({self.one([self.table(2), self.variable('table')])})",
            1, lambda: f"next, {self.one([self.table(2), self.variable('table')])}",
            1, lambda: f"string.gmatch({self.expression('string', 1)}, {self.one(self.PATTERNS)})",
            1, lambda: "function(limit, i) tick() if i < limit then return i + 1, i * i end end, 4, 0",
            1, lambda: f"unpack({self.one(['{pairs{1,2}}', '{next,{x=1}}', '{}'])})",
            0.1, lambda: f"{self.expression('any', 1)}",
        )  # fmt: skip
        kind = "string" if "gmatch" in walk else "number"
        names = self.one([key, f"{key}, {value}", f"{key}, {value}, third"])
        return f"for {names} in {walk}\x01do tick() {self.loop_body((key, kind), (value, 'number'))} end"

    def while_loop(self):
        self.serial += 1
        name = f"turn{self.serial}"
        return (f"local {name} = 0 while {name} < {self.one('1234')}{self.one(['', ' and ' + self.expression('boolean', 1)])} do "
                f"tick() {name} = {name} + 1 {self.loop_body((name, 'number'))} end")  # fmt: skip

    def repeat_loop(self):
        self.serial += 1
        name = f"turn{self.serial}"
        self.loops += 1
        self.scopes.append([])
        inside = self.one(NAMES)
        body = f"tick() {name} = {name} + 1 local {inside} = {self.expression('any', 1)} "
        self.bind(inside, "any")
        lines = [self.statement() for _ in range(self.one([0, 1, 2]))]
        if self.maybe(0.3):
            lines.append(f"if {self.expression('boolean', 1)} then break end")
        end = f"{name} > {self.one('0123')}{self.one(['', ' or ' + inside, ' or ' + self.expression('boolean', 1)])}"
        self.scopes.pop()
        self.loops -= 1
        return f"local {name} = 0 repeat {body}{chr(10).join(lines)}\x01until {end}"

    def function_statement(self):
        def local():
            name = self.declare("function")
            return "local " + self.function(f"function {name}")

        def free():
            return self.function(f"function {self.one(GLOBALS['function'])}")

        def field():
            return self.function(f"function {self.variable('table')}.{self.field('function')}")

        def method():
            return self.function(f"function {self.variable('table')}{self.one(['', '', '', '.list'])}:{self.field('function')}", method=True)

        return self.pick(3, local, 2, free, 1, field, 1, method)


KEYWORDS = ("and break do else elseif end false for function if in local nil not or repeat return then true until while = == ~= <= >= < > + - * / % ^ # .. ... . "
            ", ; : ( ) { } [ ] x 1 0x 1e 3.4.5 'open \"a [[ ]] [=[ --[[ --[==[ -- \\ @ ! ~ $ & | ? ` \x00 \xff 'a\\400' '\\q' 1..2 a.b:c 5x 0xg \"a\nb\"").split(" ")


def mutated(source, chance):
    """A program with one to four things wrong: words lost, doubled, exchanged, put in; or bytes."""
    import re

    words = re.findall(r"\s+|\w+|\.\.\.?|[=~<>]=|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|.", source, re.S)
    for _ in range(chance.choice([1, 1, 1, 2, 3, 4])):
        if not words:
            break
        place, way = chance.randrange(len(words)), chance.random()
        if way < 0.25:
            del words[place]
        elif way < 0.4:
            words.insert(place, words[place])
        elif way < 0.55:
            other = chance.randrange(len(words))
            words[place], words[other] = words[other], words[place]
        elif way < 0.8:
            words.insert(place, f" {chance.choice(KEYWORDS)} ")
        elif way < 0.9:
            words[place] = chance.choice(KEYWORDS)
        elif way < 0.95:
            words = words[:place]
        else:
            words[place] = "".join(chr(chance.randrange(256)) for _ in range(chance.choice([1, 1, 2, 8])))
    # Compiled chunks are for lua5.1 only.
    return "".join(words).lstrip("\x1b")


def generator(seed):
    return Programs(random.Random(seed))

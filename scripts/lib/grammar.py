"""Random calls, made from the grammar that COMMAND DOCS tells: mostly sensible, sometimes far out, on few keys."""

GROUPS = {"string": "s", "list": "l", "hash": "h", "set": "t", "sorted-set": "z", "bitmap": "s", "hyperloglog": "p",
          "geo": "g", "stream": "x"}  # fmt: skip
INTEGERS = [0, 1, 2, 3, 4, 5, 7, 10, -1, -2, -3, -5, 100]
FAR_INTEGERS = [2**31 - 1, 2**31, -2**31, 2**32, 2**53, 2**63 - 1, -2**63, 2**63, -2**63 - 1, 10**25, "x", "", "1.5", " 1", "+1", "01", "-0"]
# What decides how much memory is taken stays small enough for two servers.
OFFSETS = [0, 1, 2, 3, 7, 8, 9, 31, 63, 64, 100, 1000, -1]
DOUBLES = [0, 1, 2, 3, -1, 1.5, 0.1, 3.25, -2.75, 10, "1e3", 17, 2.5]
FAR_DOUBLES = ["inf", "-inf", "+inf", "nan", "1e400", "x", "", "-0", "1e-300", "123456789012345678", "0.1e-6", "1e22"]
WORDS = ["a", "b", "c", "d", "e", "f", "1", "2", "3", "10", "-5", "3.5", "hello", "foo", "bar", "x" * 70, "", "key\x00\xff",
         "9223372036854775807", "0.1", "abcabcabc"]  # fmt: skip
PATTERNS = ["*", "a*", "?", "[ab]*", "*1*", "[^a]", "\\a", "s*", "k?", "[a-c]", "[", "**a", "h?llo"]
BOUNDS = ["0", "1", "2", "-1", "-2", "(1", "(2", "5", "-inf", "+inf", "[a", "[c", "(b", "-", "+", "[", "x", "1.5", "100"]
STREAM_IDS = [*(f"{n}-{n % 4}" for n in range(1, 40)), *(f"{n}-*" for n in range(1, 40, 2)), "5", "0", "0-0", "0-1", "2", "17"]
STREAM_BOUNDS = [*STREAM_IDS, "-", "+", "(1-1", "(2", "(3-5", "$", ">", "18446744073709551615-18446744073709551615"]
FAR_STREAM_IDS = ["-1-1", "1-", "1-1-1", "x", "", "18446744073709551615-18446744073709551615", "18446744073709551616-1", "*-1", "(", "$", ">"]
SORT_PATTERNS = ["*", "s*", "h*->a", "h*->1", "#", "nosort", "s*->", "*->a", "x", "h*->", "z*", "s0"]
TYPES = ["u8", "i8", "u4", "i16", "u63", "i64", "u1", "i5", "u64", "i65", "x", "u0", "i"]
BIT_OFFSETS = ["0", "1", "8", "#0", "#1", "#3", "64", "100", "-1", "x", "#", "#-1"]
# Where a place in the grammar means something special, whatever its type is.
PLACES = {
    "longitude": (["13.361389", "15.087269", "2.3522", "-74.006", "0", "180", "-180", "139.69"], ["181", "x", "nan", "-180.0001"]),
    "latitude": (["38.115556", "37.502669", "48.8566", "40.7128", "0", "85", "-85", "35.68"], ["86", "x", "inf", "90"]),
    "radius": (["100", "200.5", "1000", "6000", "0", "20000"], ["-1", "x", "nan", "1e300"]),
    "width": (["100", "500.5", "4000", "0"], ["-1", "x"]),
    "height": (["100", "500.5", "4000", "0"], ["-1", "x"]),
    "offset": (OFFSETS, ["x", "4294967296", "-9223372036854775808", "9223372036854775808"]),
    "bit": (["0", "1"], ["2", "x", "-1"]),
    "encoding": (TYPES, TYPES),
    "bitfield-offset": (BIT_OFFSETS, BIT_OFFSETS),
    "group": (["g", "g2"], ["", "nosuch"]),
    "consumer": (["c1", "c2", "c3"], [""]),
    "min-idle-time": (["0"], ["-1", "x", "9223372036854775807"]),
    "db-index": (["0", "1", "2"], ["16", "-1", "x", "4294967296"]),
    "destination-db": (["0", "1", "2"], ["16", "-1", "x"]),
    "timeout": (["0.01", "0.02"], ["-1", "x", "nan", "1e400"]),
    "k": (["1", "10", "64"], ["0", "65", "x"]),
    "ratio": (["1", "2", "100"], ["0", "-1", "x"]),
    "subcommand": (["GETREG", "DECODE", "ENCODING", "TODENSE"], ["x"]),
}  # fmt: skip


class Grammar:
    """Calls of one command, from its documentation."""

    def __init__(self, name, documentation, chance):
        self.name, self.chance = name, chance
        self.group = documentation["group"]
        self.arguments = documentation.get("arguments", [])
        self.keys = 0
        # How many of what follows have been announced, where they are no keys.
        self.announced = 0

    def call(self, spoils=True):
        words = self.name.split("|")
        self.keys = self.announced = 0
        spoiled = spoils and self.chance.random() < 0.02
        for argument in self.arguments:
            if argument["name"] == "numkeys":
                self.keys = self.chance.randint(1, 3)
                words.append(str(self.keys if self.chance.random() < 0.95 else self.number(INTEGERS, FAR_INTEGERS)))
            else:
                words += self.words(argument)
        if spoiled:
            change = self.chance.random()
            if change < 0.4 and len(words) > 1:
                words.pop(self.chance.randrange(1, len(words)))
            elif change < 0.7:
                words.insert(self.chance.randint(1, len(words)), self.chance.choice(WORDS))
            elif len(words) > 1:
                words[self.chance.randrange(1, len(words))] = str(self.chance.choice(FAR_INTEGERS + FAR_DOUBLES))
        return [word.encode("latin-1") for word in words]

    def words(self, argument):
        flags = argument.get("flags", [])
        if "optional" in flags and self.chance.random() < 0.65:
            return []
        if argument["name"] == "streams":
            return self.streams(argument)
        if argument["name"] in ("numfields", "numids"):
            self.announced = self.chance.randint(1, 3)
            return [str(self.announced if self.chance.random() < 0.95 else self.number(INTEGERS, FAR_INTEGERS))]
        count = 1
        if "multiple" in flags:
            has_keys = argument["type"] == "key" or any(part["type"] == "key" for part in argument.get("arguments", []))
            count = self.keys if self.keys and has_keys else self.announced or self.chance.choice([1, 1, 2, 2, 3, 4, 8])
            self.announced = 0
        found = []
        repeats = "multiple_token" in flags
        if "token" in argument and argument["type"] != "pure-token" and not repeats:
            found.append(self.casing(argument["token"]))
        for _ in range(count):
            if repeats and argument["type"] != "pure-token":
                found.append(self.casing(argument["token"]))
            found += self.word(argument)
        return found

    def streams(self, argument):
        """As many positions as keys."""
        count = self.chance.choice([1, 1, 1, 2, 3])
        keys = [self.key() for _ in range(count)]
        pool = STREAM_BOUNDS if self.chance.random() < 0.1 else [*STREAM_IDS, "0", "0", ">", ">", ">" if self.name == "xreadgroup" else "$"]
        return [self.casing(argument["token"]), *keys, *(self.chance.choice(pool) for _ in range(count))]

    def casing(self, token):
        return token.lower() if self.chance.random() < 0.2 else token

    def number(self, near, far):
        return str(self.chance.choice(near if self.chance.random() < 0.93 else far))

    def place(self, argument):
        name = argument["name"]
        if self.name.startswith(("bitfield", "setbit", "getbit")) and name == "offset":
            name = "bitfield-offset" if self.name.startswith("bitfield") else name
        if name == "offset" and self.name not in ("setbit", "getbit", "setrange"):
            return None
        if name == "count" and self.name.startswith("hotkeys"):
            return ["1", "2"], ["0", "3", "x"]
        if name == "timeout" and self.group not in ("list", "sorted-set", "stream"):
            return None
        if name == "milliseconds" and self.group == "stream":
            return ["10"], ["-1", "x"]
        return PLACES.get(name)

    def word(self, argument):
        kind, chance, name = argument["type"], self.chance, argument["name"]
        if kind == "key":
            return [self.key()]
        place = self.place(argument)
        if place and kind not in ("oneof", "block", "pure-token"):
            return [self.number(*place)]
        if kind == "integer":
            if name in ("seconds", "milliseconds", "ttl"):
                return [self.number([10**5, 10**6 + 7, 10**7], [0, -1, *FAR_INTEGERS])]
            return [self.number(INTEGERS, FAR_INTEGERS)]
        if kind == "unix-time":
            future = 33177117420000 if "milli" in name else 33177117420
            # What SET gives a moment of the past is there until somebody looks.
            past = [0, -1, 2**53, 2**63, "x", ""] if self.name == "set" else [0, 1, -1, *FAR_INTEGERS]
            return [self.number([future], past)]
        if kind == "double":
            return [self.number(DOUBLES, FAR_DOUBLES)]
        if kind == "pattern":
            return [chance.choice(SORT_PATTERNS if self.name.startswith("sort") else PATTERNS)]
        if kind == "pure-token":
            return [self.casing(argument["token"])]
        if kind == "oneof":
            choice = chance.choice(argument["arguments"])
            flags = [flag for flag in choice.get("flags", []) if flag != "optional"]
            return self.words({**choice, "flags": flags})
        if kind == "block":
            return [word for part in argument["arguments"] for word in self.words(part)]
        if self.group == "stream" and name in ("id", "start", "end", "lastid", "last-id", "last-entry-id", "max-deleted-id", "threshold"):
            far = chance.random() < 0.04
            bounds = name in ("start", "end") or self.name in ("xread", "xreadgroup")
            return [chance.choice(FAR_STREAM_IDS if far else STREAM_BOUNDS if bounds else STREAM_IDS)]
        if name in ("start", "stop", "min", "max"):
            return [chance.choice(BOUNDS)]
        return [chance.choice(WORDS)]

    def key(self):
        if self.chance.random() < 0.88:
            return GROUPS.get(self.group, self.chance.choice("slhtzpgx")) + str(self.chance.randrange(3))
        return self.chance.choice("slhtzxpg") + str(self.chance.randrange(3))


def listed(argument):
    """Flags and children are lists, also where they look like a map."""
    argument = dict(argument)
    flags = argument.get("flags", [])
    argument["flags"] = [flag for pair in flags.items() for flag in pair] if isinstance(flags, dict) else flags
    if "arguments" in argument:
        argument["arguments"] = [listed(child) for child in argument["arguments"]]
    return argument


def text(value):
    """A reply of the plain client, with its bytes as text and its lists of names and values as dictionaries."""
    if isinstance(value, list):
        if value and len(value) % 2 == 0 and all(isinstance(key, bytes) for key in value[::2]):
            return {key.decode(): text(element) for key, element in zip(value[::2], value[1::2])}
        return [text(element) for element in value]
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def grammars(client, chance):
    """One for each command and subcommand of the server that the client is connected to."""
    found = []
    for name, documentation in text(client.call("COMMAND", "DOCS")).items():
        for part, words in (documentation.get("subcommands") or {name: documentation}).items():
            grammar = Grammar(part, words, chance)
            grammar.arguments = [listed(argument) for argument in grammar.arguments]
            found.append(grammar)
    return found

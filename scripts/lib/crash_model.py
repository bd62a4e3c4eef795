"""What a writer of the crash test does, and what must be there after so many of its steps. Standard library only.

Step number n of a writer is always the same commands, so that after a crash what the server holds tells how far the
writer had come: there must be exactly one n at which everything agrees, and it must not lie before what was promised.
"""

from servers import encode

KINDS = 12
LARGE = "x" * 20_000


class Model:
    """The keys of one writer after `done` steps."""

    def __init__(self, seed, writer):
        self.seed, self.writer = seed, writer
        self.database = writer % 3
        self.done = 0
        self.count, self.pair, self.pairs = 0, None, 0
        self.unique = {}
        self.list, self.hash, self.set = [], {}, set()
        self.scores, self.stream, self.text = {}, [], b""

    def random(self, step):
        mixed = (step * 0x9E3779B97F4A7C15 + self.writer * 0xD1B54A32D192ED03 + self.seed) & (1 << 64) - 1
        mixed = (mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
        return mixed ^ (mixed >> 32)

    def key(self, name):
        return f"{name}:{self.writer}"

    def step(self, number):
        """The commands of this step, each a list of words; several are one transaction."""
        chance, key, text = self.random(number), self.key, f"v{number}"
        kind, pick = chance % KINDS, chance >> 8
        if kind == 0:
            return [["INCR", key("count")]]
        if kind == 1:
            size = LARGE if pick % 50 == 0 else ""
            return [["SET", f"unique:{self.writer}:{number}", text + size]]
        if kind == 2:
            return [["SET", key("left"), text], ["SET", key("right"), text]]
        if kind == 3:
            return [["RPUSH", key("list"), text, text + "b"]]
        if kind == 4:
            return [["LSET", key("list"), -1 - pick % 50, text]] if pick % 3 else [["LTRIM", key("list"), -2000, -1]]
        if kind == 5:
            return [["HSET", key("hash"), f"f{pick % 3000}", text]]
        if kind == 6:
            return [["ZADD", key("scores"), number, f"m{pick % 3000}"]]
        if kind == 7:
            return [["SADD", key("set"), f"m{pick % 2000}"]] if pick & 1 else [["SREM", key("set"), f"m{(pick >> 1) % 2000}"]]
        if kind == 8:
            return [["XADD", key("stream"), "MAXLEN", 1000, f"{number + 1}-0", "f", text]]
        if kind == 9:
            return [["INCR", key("count")], ["HDEL", key("hash"), f"f{pick % 3000}"], ["ZREM", key("scores"), f"m{pick % 3000}"]]
        if kind == 10:
            return [["SETRANGE", key("text"), pick % 30_000, text]]
        return [["DEL", f"unique:{self.writer}:{number - 1 - pick % 40}"]]

    def request(self, number):
        """The bytes of a step, and how many replies they bring."""
        commands = self.step(number)
        if len(commands) == 1:
            return encode(*commands[0]), 1
        return encode("MULTI") + b"".join(encode(*words) for words in commands) + encode("EXEC"), len(commands) + 2

    def advance(self):
        """Does the next step to what is remembered here."""
        for words in self.step(self.done):
            getattr(self, "do_" + words[0].lower())(*words[1:])
        self.done += 1

    def do_incr(self, _):
        self.count += 1

    def do_set(self, key, value):
        if key.startswith("unique"):
            self.unique[key] = value.encode()
        else:
            self.pair = value.encode()

    def do_del(self, key):
        self.unique.pop(key, None)

    def do_rpush(self, _, *values):
        self.list += [value.encode() for value in values]

    def do_lset(self, _, index, value):
        if -index <= len(self.list):
            self.list[index] = value.encode()

    def do_ltrim(self, _, first, __):
        self.list = self.list[first:]

    def do_hset(self, _, field, value):
        self.hash[field.encode()] = value.encode()

    def do_hdel(self, _, field):
        self.hash.pop(field.encode(), None)

    def do_zadd(self, _, score, member):
        self.scores[member.encode()] = score

    def do_zrem(self, _, member):
        self.scores.pop(member.encode(), None)

    def do_sadd(self, _, member):
        self.set.add(member.encode())

    def do_srem(self, _, member):
        self.set.discard(member.encode())

    def do_xadd(self, _, __, most, identifier, ___, value):
        self.stream = (self.stream + [(identifier.encode(), value.encode())])[-most:]

    def do_setrange(self, _, offset, value):
        value = value.encode()
        self.text = self.text.ljust(offset, b"\0")
        self.text = self.text[:offset] + value + self.text[offset + len(value):]

    # -- what the server holds ----------------------------------------------------------------------------------------

    def fetch(self, client, sent):
        """What the server holds of the keys of this writer, of which it may have done any step before `sent`."""
        key, call = self.key, client.call
        call("SELECT", self.database)
        numbers = [f"unique:{self.writer}:{n}" for n in range(max(0, self.done - 60), sent)]
        held = {}
        for start in range(0, len(numbers), 500):
            part = numbers[start : start + 500]
            held.update(zip(part, call("MGET", *part)))
        flat = call("HGETALL", key("hash"))
        ranked = call("ZRANGE", key("scores"), 0, -1, "WITHSCORES")
        return {
            "count": int(call("GET", key("count")) or 0), "left": call("GET", key("left")), "right": call("GET", key("right")),
            "list": call("LRANGE", key("list"), 0, -1), "hash": dict(zip(flat[::2], flat[1::2])),
            "scores": dict(zip(ranked[::2], map(int, ranked[1::2]))), "set": set(call("SMEMBERS", key("set"))),
            "stream": [(entry[0], entry[1][1]) for entry in call("XRANGE", key("stream"), "-", "+")],
            "text": call("GET", key("text")) or b"", "unique": {name: value for name, value in held.items() if value is not None},
        }  # fmt: skip

    def differences(self, held):
        """The names of what is not as it must be after the steps done so far."""
        wanted = {
            "count": self.count, "left": self.pair, "right": self.pair, "list": self.list, "hash": self.hash, "scores": self.scores,
            "set": self.set, "stream": self.stream, "text": self.text,
        }  # fmt: skip
        # The cheap ones first: they tell most steps apart.
        for name in ("count", "left"):
            if held[name] != wanted[name]:
                return [name]
        wrong = [name for name, value in wanted.items() if held[name] != value]
        names = (f"unique:{self.writer}:{number}" for number in range(max(0, self.low - 60), self.done))
        near = {name: self.unique[name] for name in names if name in self.unique}
        if near != held["unique"]:
            wrong.append("unique")
        return wrong

    def settle(self, held, promised, sent):
        """Goes to the step at which everything agrees with what the server holds; a complaint, if there is none."""
        self.low, nearest, early = self.done, None, None
        while True:
            wrong = self.differences(held)
            if not wrong and self.done >= promised:
                return None
            if not wrong:
                early = self.done
            elif nearest is None or len(wrong) < len(nearest[1]):
                nearest = self.done, wrong
            if self.done >= sent:
                break
            self.advance()
        if early is not None:
            return f"writer {self.writer} is back at step {early}; {promised} was promised"
        step, wrong = nearest
        return f"writer {self.writer} is at no step from {self.low} to {sent}: nearest is {step}, but for {', '.join(wrong)}"

    def key_count(self):
        """How many keys there are by now, to be compared with DBSIZE."""
        singles = [self.count, self.list, self.hash, self.scores, self.set, self.stream, self.text]
        return len(self.unique) + sum(bool(value) for value in singles) + 2 * (self.pair is not None)

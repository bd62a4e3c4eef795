"""Says the same random things to two servers, by several clients, and compares every answer and every event."""

import random
import socket
import time

from differ_calls import Calls, same, shapes
from differ_scripts import within

UNBLOCKED_WITHIN_SECONDS = 5
SETTINGS = {
    "hash-max-listpack-entries": ["4", "128", "512"], "hash-max-listpack-value": ["8", "64"],
    "set-max-intset-entries": ["4", "512"], "set-max-listpack-entries": ["4", "128"], "set-max-listpack-value": ["8", "64"],
    "zset-max-listpack-entries": ["0", "0", "4", "128"], "zset-max-listpack-value": ["8", "64", "100", "100"], "list-max-listpack-size": ["3", "-2"],
    "stream-node-max-entries": ["3", "100"],
}  # fmt: skip


class Connection:
    """Replies keep their types: strings and numbers with their sign, collections as lists that begin with theirs."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")
        self.pushed = []

    def send(self, calls):
        out = []
        for call in calls:
            out.append(b"*%d\r\n" % len(call))
            out += [b"$%d\r\n%s\r\n" % (len(word), word) for word in call]
        self.socket.sendall(b"".join(out))

    def answer(self):
        while True:
            value = self.value()
            if not (isinstance(value, list) and value[0] == b">"):
                return value
            self.pushed.append(value)

    def value(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the connection ended")
        kind, rest = line[:1], line[1:-2]
        if kind in b"+-:,#(_":
            return kind + rest
        size = int(rest)
        if size < 0:
            return line[:-2]
        if kind in b"$=!":
            return b"$" + self.file.read(size + 2)[:-2]
        return [kind, *(self.value() for _ in range(size * 2 if kind == b"%" else size))]

    def ask(self, *words):
        self.send([[word if isinstance(word, bytes) else str(word).encode() for word in words]])
        return self.answer()


class Pair:
    """One client of both servers."""

    def __init__(self, ports, protocol):
        self.ours, self.theirs = (Connection(port) for port in ports)
        self.both = (self.ours, self.theirs)
        self.protocol = protocol
        if protocol == 3:
            self.ask("HELLO", "3")
        self.numbers = [int(connection.ask("CLIENT", "ID")[1:]) for connection in self.both]

    def send(self, calls):
        for connection in self.both:
            connection.send(calls)

    def answers(self):
        return self.ours.answer(), self.theirs.answer()

    def ask(self, *words):
        return [connection.ask(*words) for connection in self.both]

    def pushed(self):
        found = [connection.pushed for connection in self.both]
        for connection in self.both:
            connection.pushed = []
        return found


class Difference(Exception):
    """What one call came to on both sides."""


class Differ:
    def __init__(self, given, known):
        self.given, self.known = given, known
        self.chance = random.Random(given.seed)
        ports = (given.ours, given.theirs)
        self.pairs = [Pair(ports, protocol) for protocol in ((2, 2, 3, 3) if given.protocol is None else (given.protocol,) * 3)]
        self.helper, self.listener = Pair(ports, 2), Pair(ports, 3)
        settings = {name: self.chance.choice(values) for name, values in SETTINGS.items()}
        # SORT turns a small sorted set into a large one in Redis; so it is tried where there are no small ones.
        left_out = [] if settings["zset-max-listpack-entries"] == "0" else ["sort", "sort_ro"]
        # Where scores differ, what a large sorted set has between two words is left to chance in Redis.
        by_lex = settings["zset-max-listpack-entries"] == "128" and settings["zset-max-listpack-value"] == "100"
        self.calls = Calls(self.helper.theirs, given.only.split(",") if given.only else [], self.chance, left_out, by_lex, given.scripts)
        self.history, self.done, self.differences, self.explained = [], 0, 0, {}
        self.events = not given.only or given.events
        for name, value in settings.items():
            self.helper.ask("CONFIG", "SET", name, value)
        if self.events:
            self.helper.ask("CONFIG", "SET", "notify-keyspace-events", "EAmn")
            self.listener.send([[b"PSUBSCRIBE", b"__keyevent@*__:*"]])
        self.caching = []
        if given.tracking:
            self.caching = [pair for pair in self.pairs if pair.protocol == 3] + [Pair(ports, 3)]
            for pair in self.caching:
                pair.ask("CLIENT", "TRACKING", "ON", *(["BCAST"] if pair is self.caching[-1] else []))
        self.expired = set()
        self.empty()

    def empty(self):
        self.helper.ask("FLUSHALL")
        if self.given.scripts:
            self.helper.ask("FUNCTION", "FLUSH")
            self.helper.ask("SCRIPT", "FLUSH")
        for pair in self.pairs:
            pair.ask("SELECT", "0")
        self.listen()
        for pair in self.caching:
            self.forgotten(pair)
        self.history = []

    # -- steps --------------------------------------------------------------------------------------------------------------

    def run(self):
        while self.done < self.given.calls and self.differences < self.given.most:
            step = self.chance.random()
            try:
                if step < 0.03 and self.calls.blocking:
                    self.blocked()
                elif step < 0.06 and self.calls.has("dump"):
                    self.exchange()
                elif step < 0.12 and self.calls.has("exec"):
                    self.watched()
                else:
                    self.ordinary(self.chance.choice(self.pairs), self.chance.choice([1, 8, 64, 64]))
                self.compare_events()
                self.compare_invalidations()
            except Difference as problem:
                self.differences += 1
                print(problem, flush=True)
                self.empty()
            self.history = self.history[-1000:]

    def ordinary(self, pair, count):
        calls = []
        while len(calls) < count:
            if self.chance.random() < 0.03 and self.calls.has("exec"):
                inner = [self.calls.call(within=True) for _ in range(self.chance.randint(1, 5))]
                calls += [[b"MULTI"], *inner, [b"EXEC"] if self.chance.random() < 0.9 else [b"DISCARD"]]
            else:
                calls.append(self.calls.call())
        self.say(pair, calls)

    def watched(self):
        pair, other = self.chance.sample(self.pairs, 2)
        keys = [self.chance.choice(self.calls.grammars).key().encode() for _ in range(self.chance.choice([1, 1, 2]))]
        self.say(pair, [[b"WATCH", *keys]])
        if self.chance.random() < 0.7:
            self.ordinary(other, self.chance.choice([1, 2, 6]))
        inner = [self.calls.call(within=True) for _ in range(self.chance.randint(1, 4))]
        self.say(pair, [[b"MULTI"], *inner, [b"EXEC"]])

    def blocked(self):
        """Some wait for keys, another one writes, and who still waits is released."""
        waiting = self.chance.sample(self.pairs, self.chance.choice([1, 1, 2]))
        writer = next(pair for pair in self.pairs if pair not in waiting)
        calls = []
        for pair in waiting:
            call = self.calls.blocked_call()
            calls.append(call)
            pair.send([call])
            self.wait_until_heard(pair, call)
        self.ordinary(writer, self.chance.choice([1, 3, 8]))
        for pair, call in zip(waiting, calls):
            self.release(pair)
            self.check(call, *pair.answers())
            pair.ask("PING")

    def wait_until_heard(self, pair, call):
        """Both servers have begun to serve the call."""
        name = b"cmd=" + call[0].lower()
        for connection, number in zip(self.helper.both, pair.numbers):
            end = time.monotonic() + UNBLOCKED_WITHIN_SECONDS
            while name not in connection.ask("CLIENT", "LIST", "ID", number).lower() and time.monotonic() < end:
                time.sleep(0.0005)

    def release(self, pair):
        answers = [connection.ask("CLIENT", "UNBLOCK", number) for connection, number in zip(self.helper.both, pair.numbers)]
        if answers[0] != answers[1]:
            self.check([b"CLIENT", b"UNBLOCK"], *answers)

    def exchange(self):
        """What one server dumps, the other one restores."""
        pair = self.chance.choice(self.pairs)
        key, copy = (self.chance.choice(self.calls.grammars).key().encode() for _ in range(2))
        mine, real = pair.ask("DUMP", key)
        if len(mine) <= 3 or len(real) <= 3:
            return self.check([b"DUMP", key], mine[:3], real[:3])
        answers = pair.ours.ask("RESTORE", copy, "0", real[1:], "REPLACE"), pair.theirs.ask("RESTORE", copy, "0", mine[1:], "REPLACE")
        self.check([b"RESTORE", copy, b"0", b"ours gets", real[1:], b"theirs gets", mine[1:], b"from", key], *answers)
        spoiled = bytearray(real[1:])
        spoiled[self.chance.randrange(len(spoiled))] ^= 1 << self.chance.randrange(8)
        self.say(pair, [[b"RESTORE", copy, b"0", bytes(spoiled)], [b"TYPE", copy], [b"OBJECT", b"ENCODING", copy]])

    # -- comparing ----------------------------------------------------------------------------------------------------------

    def say(self, pair, calls):
        pair.send(calls)
        found = []
        for call in calls:
            try:
                found.append((call, *pair.answers()))
            except TimeoutError:
                clients = [connection.ask("CLIENT", "LIST") for connection in self.helper.both]
                raise SystemExit(f"no answer to {call!r:.300}, clients {pair.numbers}: {clients}, history {self.history[-12:]}") from None
        queued, problem = [], None
        for call, mine, real in found:
            name = call[0].lower()
            if name == b"exec" and isinstance(mine, list) and isinstance(real, list) and len(mine) == len(real) == len(queued) + 1:
                found = zip(queued, mine[1:], real[1:])
                queued = []
                for inner, one, other in found:
                    problem = problem or self.difference(inner, one, other, pair)
                continue
            if mine == real == b"+QUEUED":
                queued.append(call)
            elif name in (b"multi", b"exec", b"discard"):
                queued = []
            problem = problem or self.difference(call, mine, real, pair)
        if problem:
            raise Difference(problem)

    def check(self, call, mine, real):
        problem = self.difference(call, mine, real, self.helper)
        if problem:
            raise Difference(problem)

    def difference(self, call, mine, real, pair):
        self.done += 1
        self.history.append(call)
        if mine == real or same(call, mine, real):
            return None
        text, whole = f"{mine!r} {real!r}", call
        call = within(call)
        for name, part, reason in self.known:
            if name in (call[0].decode().lower(), "*") and (part in text or part in repr(call)):
                self.explained[reason] = self.explained.get(reason, 0) + 1
                return None
        key = call[2] if call[0].lower() in (b"object", b"xinfo", b"xgroup") and len(call) > 2 else call[1] if len(call) > 1 else b""
        lines = [f"RESP{pair.protocol} {b' '.join(whole)!r:.900}", f"  ours   {mine!r:.600}", f"  theirs {real!r:.600}"]
        if len(repr(mine)) > 600:
            at = next((n for n, (a, b) in enumerate(zip(repr(mine), repr(real))) if a != b), 0)
            lines.append(f"  from {at}: {repr(mine)[at - 20:at + 150]} | {repr(real)[at - 20:at + 150]}")
        past = [old for old in self.history[-600:-1] if key and key in old]
        lines += [f"    before: {b' '.join(old)!r:.200}" for old in past[-8:]]
        return "\n".join(lines)

    def listen(self):
        if self.events:
            self.listener.ask("PING")
        return self.listener.pushed()

    def compare_events(self):
        """Every event in the same order; what expires by itself does so on each server's own clock."""
        if not self.events:
            return
        heard = self.listen()
        self.expired = {push[4][1:] for found in heard for push in found if push[3].endswith(b":expired")}
        mine, real = (shapes(pushes) for pushes in heard)
        if mine == real or self.are_explained(mine, real):
            return
        at = next((n for n, pair in enumerate(zip(mine, real)) if pair[0] != pair[1]), min(len(mine), len(real)))
        lines = [f"events differ from number {at}", f"  ours   {mine[at:at + 4]}", f"  theirs {real[at:at + 4]}"]
        key = (mine + [b""])[at:at + 1] + (real + [b""])[at:at + 1]
        past = [old for old in self.history[-80:] if any(word and word.split(b" ")[-1] in old for word in key)]
        lines += [f"    before: {b' '.join(old)!r:.200}" for old in past[-12:]]
        raise Difference("\n".join(lines))

    def forgotten(self, pair):
        """The keys that both servers have told the client to forget; None stands for all of them."""
        pair.ask("PING")
        keys = [[], []]
        for found, pushes in zip(keys, pair.pushed()):
            for push in pushes:
                if push[1] == b"$invalidate":
                    found += [key[1:] for key in push[2][1:]] if isinstance(push[2], list) else [None]
        return keys

    def compare_invalidations(self):
        """Every client is told the same; when is left to each server, and so is what expires by itself."""
        for pair in self.caching:
            mine, real = self.forgotten(pair)
            if pair is self.caching[-1]:
                mine, real = set(mine), set(real)
            odd = {key for key in set(mine) | set(real) if list(mine).count(key) != list(real).count(key)} - self.expired
            if odd:
                kind = "BCAST" if pair is self.caching[-1] else "tracking"
                past = [old for old in self.history[-80:] if any(key in old for key in odd if key)]
                lines = [f"told to forget ({kind}): ours {mine}, theirs {real}"]
                raise Difference("\n".join(lines + [f"    before: {b' '.join(old)!r:.200}" for old in past[-12:]]))

    def are_explained(self, mine, real):
        for name, _, reason in self.known:
            if name == "events" and sorted(mine) == sorted(real):
                self.explained[reason] = self.explained.get(reason, 0) + 1
                return True
        return False

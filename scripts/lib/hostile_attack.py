"""What all kinds of hostile input have in common: the server they attack, how much of each they do, and what a finding is."""

import os
import random
import time

from servers import ROOT, ReplyError, Server

MIB = 1 << 20


class Attack:
    """Kinds of hostile input that attack the same part. Each is a method that starts servers of its own, sends its input, calls
    `expect` for all that must hold, and returns what it has done in a few words. What is drawn comes from `self.random`."""

    def __init__(self, arguments):
        self.binary = arguments.binary
        self.share = arguments.share
        self.patience = arguments.patience
        self.seed = arguments.seed
        self.random = random.Random()
        self.findings = 0
        self.apus = os.path.basename(os.path.realpath(self.binary)) == "apus-server"

    def run(self, kind):
        """Does one kind to its end, or until the unforeseen ends it, and prints the line that tells of it."""
        start, before = time.monotonic(), self.findings
        self.random.seed(f"{self.seed} {kind}")
        try:
            result = getattr(self, kind)()
        except Exception as problem:  # one kind in trouble must not hide the others
            self.expect(False, f"{kind}: {type(problem).__name__}: {problem}")
            result = "cut short"
        state = "held" if self.findings == before else "BROKEN"
        print(f"   {kind:<12}{state:<8}{time.monotonic() - start:6.1f} s   {result}", flush=True)

    def expect(self, condition, text):
        """A condition that does not hold is a finding: it is told at once, and counted."""
        if not condition:
            self.findings += 1
            print(f"   WRONG: {text}", flush=True)

    def count(self, whole, least=1):
        """How many of so many this run does."""
        return max(least, int(whole * self.share))

    # -- the server and its answers ---------------------------------------------------------------------------------------------

    def server(self, *options, **more):
        return Server("apus" if self.apus else "redis", self.binary, options, pin=False, **more)

    def ping(self, server, limit, what):
        """PING answers within so many seconds; returns how long it took."""
        start = time.monotonic()
        try:
            client = server.client(timeout=max(limit, 10))
            client.call("PING")
            client.close()
        except (OSError, ReplyError) as problem:
            self.expect(False, f"no PING {what}: {problem!r}; the server is {'up' if server.is_running() else 'gone'}: {server.said()[-800:]}")
            return limit
        took = time.monotonic() - start
        self.expect(took <= limit, f"PING took {took:.3f} s {what}; {limit} are allowed")
        return took

    def ping_or_refusal(self, server):
        try:
            server.client(timeout=5).call("PING")
        except ReplyError as problem:
            self.expect("NOAUTH" in str(problem), problem)
        except OSError as problem:
            self.expect(False, f"no answer: {problem}")

    @staticmethod
    def filling():
        """A key of each type, small and large."""
        yield ("SET", "str", "hello world")
        yield ("SET", "num", "10")
        yield ("SET", "big", "x" * 100_000)
        yield ("RPUSH", "list", *"abcde")
        yield ("HSET", "hash", "field", "1", "b", "nan", "c", "9223372036854775807")
        yield ("SADD", "set", "1", "2", "3")
        yield ("ZADD", "zset", "1", "a", "2", "b", "inf", "c")
        yield ("RPUSH", "biglist", *(f"element {n}" for n in range(1000)))
        yield ("HSET", "bighash", *(word for n in range(1000) for word in (f"f{n}", f"v{n}")))
        yield ("SADD", "bigset", *(f"m{n}" for n in range(1000)))
        yield ("ZADD", "bigzset", *(word for n in range(1000) for word in (n, f"m{n}")))

    @staticmethod
    def keep(requests):
        """A batch that was too much, to be sent again by hand."""
        with open(os.path.join(ROOT, ".build/hostile-batch.bin"), "wb") as file:
            file.write(b"".join(requests))

    @staticmethod
    def show_slowest(server):
        try:
            client = server.client()
            entries = client.call("SLOWLOG", "GET", "100")
        except (OSError, ReplyError):
            return
        for entry in sorted(entries, key=lambda entry: -entry[2])[:3]:
            words = " ".join(word.decode(errors="replace")[:30] for word in entry[3])
            print(f"   {entry[2] / 1000:.0f} ms: {words[:160]!r}")

"""The rows of the comparison that are about living within little: what removing something huge holds up, and a server in a
pod of 128 MiB. `Pods` is a part of `Bench` (bench.py), which has the tools."""

import threading
import time

from servers import ReplyError

MIB = 1 << 20
# What is filled in, and how it is removed. In each round `victim` is a copy of `big`, and `small` has one element.
FREES = [
    ("hash", "HSET big field:{next} {value:16}", ("HSET", "small", "f", "v"), []),
    ("set", "SADD big member:{next}", ("SADD", "small", "m"), [("SUNIONSTORE", "victim", "small"), ("SINTERSTORE", "victim", "nothing")]),
    (
        "sorted set", "ZADD big {score} member:{next}", ("ZADD", "small", "1", "m"),
        [("ZREMRANGEBYRANK", "victim", "0", "-1"), ("ZREMRANGEBYSCORE", "victim", "-inf", "+inf"), ("ZREMRANGEBYRANK", "victim", "100", "-1")],
    ),
    (
        "list", "RPUSH big element:{next}", ("RPUSH", "small", "e"),
        [("LTRIM", "victim", "1", "0"), ("LTRIM", "victim", "0", "99"), ("LTRIM", "victim", "-100", "-1"), ("LTRIM", "victim", "100000", "-100000")],
    ),
    (
        "stream", "XADD big * field value:{next}", ("XADD", "small", "*", "f", "v"),
        [("XTRIM", "victim", "MAXLEN", "0"), ("XTRIM", "victim", "MAXLEN", "100"), ("XTRIM", "victim", "MINID", "99999999999999")],
    ),
]  # fmt: skip
REMOVALS = [
    ("DEL", "victim"), ("UNLINK", "victim"), ("SET", "victim", "string"), ("RENAME", "small", "victim"), ("COPY", "small", "victim", "REPLACE"),
    ("PEXPIRE", "victim", "5"), ("MOVE", "victim", "9"),
]  # fmt: skip


class Probe(threading.Thread):
    """Says PING all the time, and keeps the longest that an answer took, in milliseconds."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.client, self.worst, self.ends = server.client(timeout=600), 0, False

    def run(self):
        while not self.ends:
            start = time.perf_counter()
            self.client.call("PING")
            self.worst = max(self.worst, (time.perf_counter() - start) * 1000)
            time.sleep(0.0003)
        self.client.close()

    def end(self):
        self.ends = True
        self.join(30)
        return self.worst


def told(client, section):
    """What INFO says in this section."""
    lines = client.call("INFO", section).decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


class Pods:
    """Sections `frees` and `pods`."""

    # -- what removing costs the others ---------------------------------------------------------------------------------------

    def frees(self):
        count = self.keys // 2 if self.quick else 10 * self.keys
        self.head(f"frees: removing values of {count:,} elements: the longest turn of the event loop, and the longest wait for a PONG")
        for kind, filling, small, removals in FREES:
            longest, waits, notes = {}, {}, []
            for name, server in self.each(real_time=True):
                self.load(server, [filling], units=count, pipeline=64, keys=count)
                if kind == "stream":
                    removals = [*removals, self.group_of(server, count // 10)]
                for removal in [*REMOVALS, *removals]:
                    turn, wait = self.freed(server, removal, small)
                    notes.append((turn, name, " ".join(removal)))
                    longest[name], waits[name] = max(longest.get(name, 0), turn), max(waits.get(name, 0), wait)
            worst = max((note for note in notes if note[1] == "apus"), default=(0, "", ""))
            self.row("frees", f"{kind}: longest turn", "ms", longest, f"apus: {worst[2]}"[:60])
            self.row("frees", f"{kind}: worst PING", "ms", waits)
            if self.arguments.rows == "all":
                for turn, name, removal in sorted(notes, reverse=True)[:40]:
                    print(f"      {turn:10.2f} ms  {name}: {removal}")
        self.flushes(count)

    @staticmethod
    def group_of(server, pending):
        """Gives `big` a group with deliveries that nobody acknowledges, and tells how the copy's is destroyed."""
        client = server.client(timeout=600)
        client.call("XGROUP", "CREATE", "big", "group", "0")
        for _ in range(pending // 10_000):
            client.call("XREADGROUP", "GROUP", "group", "consumer", "COUNT", 10_000, "STREAMS", "big", ">")
        client.close()
        return ("XGROUP", "DESTROY", "victim", "group")

    def freed(self, server, removal, small):
        """The longest turn, and the longest wait of another client, while a copy of `big` goes and its memory is given back."""
        client = server.client(timeout=600)
        client.call("COPY", "big", "victim", "REPLACE")
        client.call("DEL", "small")
        client.call(*small)
        return self.removed(server, client, removal)

    @staticmethod
    def removed(server, client, removal):
        while told(client, "memory")["lazyfree_pending_objects"] != "0":
            time.sleep(0.01)
        probe = Probe(server)
        probe.start()
        time.sleep(0.05)
        client.call("CONFIG", "RESETSTAT")
        probe.worst = 0
        client.call(*removal)
        time.sleep(0.1)
        while told(client, "memory")["lazyfree_pending_objects"] != "0":
            time.sleep(0.02)
        wait = probe.end()
        told_turn = told(client, "debug").get("eventloop_duration_max")
        if removal[0] == "MOVE":
            client.call("SELECT", 9)
            client.call("FLUSHDB")
        client.close()
        return (int(told_turn) / 1000 if told_turn else wait), wait

    def flushes(self, count):
        for title, template in (("keys", "SET key:{next} {value:8}"), ("keys with a TTL", "SETEX key:{next} 100000 {value:8}")):
            longest, waits = {}, {}
            for name, server in self.each(real_time=True):
                self.load(server, [template], units=count, pipeline=64, keys=count)
                longest[name], waits[name] = self.removed(server, server.client(timeout=600), ("FLUSHALL",))
            self.row("frees", f"FLUSHALL of {count:,} {title}: longest turn", "ms", longest)
            self.row("frees", f"FLUSHALL of {count:,} {title}: worst PING", "ms", waits)

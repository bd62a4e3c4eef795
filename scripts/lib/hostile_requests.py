"""Hostile requests: the words of every command odd, their bytes bent, and conversations cut anywhere."""

import select
import socket
import time

from hostile_attack import Attack
from servers import ReplyError, encode

NUMBERS = [
    0, 1, -1, 2, 10, 100, 2**15, -(2**15), 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**32, -(2**32), 2**53, 2**62, 2**63 - 1, 2**63,
    -(2**63), -(2**63) - 1, 2**64, 10**30,
]  # fmt: skip
ODD = [
    b"", b" ", b"\x00", b"\r\n", b"\xff\xfe", b"nan", b"-nan", b"inf", b"-inf", b"+inf", b"1e400", b"-1e400", b"1e-400", b"0x10", b"1.5",
    b"00012", b"+5", b"-0", b" 1", b"1 ", b"(1", b"[a", b"(a", b"+", b"-", b"*", b"?", b"[", b"[a-", b"\\", b"{tag}", b"a" * 1000,
    b"a*" * 200 + b"b", b"[" * 500, b"field", b"member", b"%s%n", b"0-1", b"$", b">", b"18446744073709551615",
]  # fmt: skip
WORDS = (
    "NX XX GT LT CH INCR EX PX EXAT PXAT KEEPTTL GET PERSIST MATCH COUNT TYPE LIMIT WITHSCORES WITHVALUES BYSCORE BYLEX REV WEIGHTS "
    "AGGREGATE SUM MIN MAX LEFT RIGHT BEFORE AFTER RANK MAXLEN IDX LEN MINMATCHLEN WITHMATCHLEN REPLACE DB ASYNC SYNC ENCODING HELP "
    "ALL DEFAULT EVERYTHING LIST INFO DOCS COUNT GETKEYS YES NO ON OFF ID ADDR NORMAL 3 2 AUTH SETNAME default RESET"
).split()
KEYS = [b"str", b"num", b"list", b"hash", b"set", b"zset", b"none", b"big", b"bighash", b"bigset", b"bigzset", b"biglist"]
# What would end the test rather than the server, or belongs to the operator.
KEPT_OUT = {"shutdown", "pfselftest", "debug", "replicaof", "slaveof", "failover", "monitor", "psync", "sync", "client|pause", "config|set",
            "config|rewrite", "config|resetstat", "client|reply", "bgrewriteaof", "bgsave", "save", "module", "acl|setuser", "acl|deluser"}  # fmt: skip


class Requests(Attack):
    """What the parser reads, and what it takes commands to be."""

    def mutated(self):
        """Requests of every command with odd arguments, and their bytes bent; PING within a second after each batch."""
        whole, batch, worst, sent = self.count(1_000_000, 2000), 50, 0.0, 0
        with self.server("--proto-max-bulk-len", "1mb", "--maxmemory", "512mb") as server:
            commands = self.commands(server)
            filled = b"".join(encode(*words) for words in self.filling())
            while sent < whole and server.is_running():
                requests = [self.request(commands) for _ in range(batch)]
                if sent % 1000 == 0:
                    requests.insert(0, encode("FLUSHALL") + filled)
                # What is bent may end the connection: most batches come far, some break at once.
                bent = self.random.choice((0.01, 0.01, 0.05, 0.5))
                data = b"".join(self.bend(request) if self.random.random() < bent else request for request in requests)
                self.push(server, data)
                sent += batch
                took = self.ping(server, 1, f"after batch {sent // batch}")
                worst = max(worst, took)
                if took >= 1:
                    self.keep([data])
                    print("   the batch is in .build/hostile-batch.bin; the slowest commands:")
                    self.show_slowest(server)
                    break
            self.expect(server.is_running(), f"the server is gone after {sent} requests: {server.said()[-1500:]}")
            served = self.served(server)
            self.expect(served > sent / 4, f"only {served} of {sent} requests were run: the connections ended too early")
        return f"{sent:,} requests, {served:,} of them run, worst PING {worst * 1000:.0f} ms"

    def commands(self, server):
        client = server.client()
        known = client.call("COMMAND")
        client.close()
        names = []
        for entry in known:
            name = entry[0].decode() if isinstance(entry[0], bytes) else entry[0]
            if name in KEPT_OUT:
                continue
            subcommands = entry[9] if len(entry) > 9 else []
            if not subcommands:
                names.append(([name], abs(entry[1])))
            for sub in subcommands:
                full = sub[0].decode() if isinstance(sub[0], bytes) else sub[0]
                if full not in KEPT_OUT:
                    names.append((full.split("|"), abs(sub[1])))
        return names

    def request(self, commands):
        name, arity = self.random.choice(commands)
        words = list(name)
        wanted = arity - len(name) + self.random.choice((0, 0, 0, 0, 1, 1, 2, 3, 4, -1, 6))
        for position in range(max(0, wanted)):
            kind = self.random.random()
            if position == 0 and kind < 0.7 or kind < 0.25:
                words.append(self.random.choice(KEYS))
            elif kind < 0.5:
                words.append(str(self.random.choice(NUMBERS)))
            elif kind < 0.75:
                words.append(self.random.choice(WORDS))
            else:
                words.append(self.random.choice(ODD))
        return encode(*words)

    def bend(self, request):
        data = bytearray(request)
        for _ in range(self.random.randint(1, 4)):
            place = self.random.randrange(len(data)) if data else 0
            kind = self.random.randrange(6)
            if kind == 0 and data:
                data[place] = self.random.randrange(256)
            elif kind == 1:
                del data[place : place + self.random.randint(1, 8)]
            elif kind == 2:
                data[place:place] = self.random.choice((b"\r\n", b"\x00", b"$", b"*", b"-1", b"99999999999", b"2147483648", b"\n"))
            elif kind == 3:
                data[place:place] = data[place : place + self.random.randint(1, 40)]
            elif kind == 4:
                data = data[:place]
            else:
                data += bytes(self.random.randrange(256) for _ in range(self.random.randint(1, 20)))
        return bytes(data)

    @staticmethod
    def push(server, data, seconds=5):
        """Sends what the server takes, reading what it answers, until it closes or is quiet."""
        try:
            peer = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        except OSError:
            return
        peer.setblocking(False)
        rest, end, quiet = memoryview(data), time.monotonic() + seconds, 0.003
        while time.monotonic() < end:
            readable, writable, _ = select.select([peer], [peer] if rest else [], [], 0.5 if rest else quiet)
            try:
                if readable and not peer.recv(1 << 18):
                    break
                if writable:
                    rest = rest[peer.send(rest[: 1 << 16]) :]
            except OSError:
                break
            if not rest and not readable:
                break
        peer.close()

    @staticmethod
    def served(server):
        """How many commands came to be run or were refused, all told."""
        try:
            client = server.client()
            lines = client.call("INFO", "stats").decode().splitlines()
        except (OSError, ReplyError):
            return 0
        values = dict(line.split(":", 1) for line in lines if ":" in line)
        return int(values["total_commands_processed"]) + int(values["total_error_replies"])

    def split(self):
        """A conversation cut at every place and at random places is answered with the same bytes."""
        filling = [words for words in self.filling() if self.share >= 1 or len(words) < 20 and len(str(words)) < 200]
        requests = b"".join(encode(*words) for words in filling) + b"PING\r\n" + encode("LRANGE", "list", "0", "-1")
        requests += b"GET str\r\n" + encode("MGET", "str", "num", "none") + b"*0\r\n" + encode("ECHO", b"\r\n$5\r\n") + b"INCR str\r\n"
        ways = 0
        with self.server() as server:
            whole = self.answer(server, [requests])
            pieces = [[requests[n : n + 1] for n in range(len(requests))]] if self.share < 1 else []
            for place in range(1, len(requests), max(1, len(requests) // 200)):
                pieces.append([requests[:place], requests[place:]])
            for _ in range(self.count(500, 20)):
                cuts = sorted(self.random.sample(range(len(requests)), 7))
                pieces.append([requests[a:b] for a, b in zip([0, *cuts], [*cuts, len(requests)])])
            for way in pieces:
                ways += 1
                heard = self.answer(server, way)
                if heard != whole:
                    self.expect(False, f"cut into {[len(piece) for piece in way][:8]}: {heard[-200:]!r} instead of {whole[-200:]!r}")
                    break
        return f"{ways} ways to cut {len(requests)} bytes"

    @staticmethod
    def answer(server, pieces):
        peer = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.sendall(encode("FLUSHALL"))
        peer.recv(100)
        for piece in pieces:
            peer.sendall(piece)
            if len(pieces) < 50:
                time.sleep(0.001)
        peer.sendall(encode("ECHO", "the end"))
        heard = b""
        while not heard.endswith(b"the end\r\n"):
            more = peer.recv(1 << 20)
            if not more:
                break
            heard += more
        peer.close()
        return heard

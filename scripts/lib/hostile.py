"""Hostile input: what a stranger could send. Each section starts a server of its own, and ends with the server alive."""

import argparse
import os
import random
import select
import socket
import sys
import threading
import time

import hostile_payloads
from bench_pods import Pod
from hostile_calls import BASELINE, Calls, Visitors, replies
from hostile_scripts import HostileScripts
from servers import ROOT, Client, ReplyError, Server, encode, raise_descriptor_limit

MIB = 1 << 20
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
BASELINE_OPTIONS = ("--proto-max-bulk-len", "1mb", "--notify-keyspace-events", "KEA", "--client-output-buffer-limit", "normal 4mb 0 0")


class Hostile(HostileScripts):
    def __init__(self, arguments):
        self.binary = arguments.binary
        self.share = arguments.share
        self.patience = arguments.patience
        self.random = random.Random(arguments.seed)
        self.lines = []
        self.unheard_pushes = {}
        self.wrong = 0
        self.apus = os.path.basename(os.path.realpath(self.binary)) == "apus-server"

    def server(self, *options, **more):
        return Server("apus" if self.apus else "redis", self.binary, options, pin=False, **more)

    def expect(self, condition, text):
        if not condition:
            self.wrong += 1
            print(f"   WRONG: {text}", flush=True)

    def count(self, whole, least=1):
        return max(least, int(whole * self.share))

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

    # -- sections ---------------------------------------------------------------------------------------------------------------

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
                    with open(os.path.join(ROOT, ".build/hostile-batch.bin"), "wb") as file:
                        file.write(data)
                    print("   the batch is in .build/hostile-batch.bin; the slowest commands:")
                    self.show_slowest(server)
                    break
            self.expect(server.is_running(), f"the server is gone after {sent} requests: {server.said()[-1500:]}")
            served = self.served(server)
            self.expect(served > sent / 4, f"only {served} of {sent} requests were run: the connections ended too early")
        return f"{sent:,} requests, {served:,} of them run, worst PING {worst * 1000:.0f} ms"

    def calls(self):
        """Every command by its own grammar and bent, while others wait, listen, track and leave; then all values are looked through."""
        whole, batch, sent, slow, rounds = self.count(300_000, 3000), 50, 0, 0.0, 0
        options = ("--enable-debug-command", "yes", "--maxmemory", "256mb", *BASELINE_OPTIONS)
        with self.server(*options) as server:
            calls = Calls(server, self.random)
            visitors = Visitors(calls, 60)
            self.refill(server, calls)
            floor, worker, dropped = server.resident_bytes(), None, 0
            while sent < whole and server.is_running():
                if sent // batch % 40 == 39:
                    self.look_through(server, f"after {sent} calls")
                if sent // batch % 16 == 15:
                    rounds += 1
                    self.refill(server, calls, *(["FLUSHALL"] if rounds % 10 == 0 else []))
                visitors.change()
                requests = [encode(*calls.call()) for _ in range(batch)] + [encode("DISCARD"), encode("ECHO", f"end of {sent}")]
                sent += batch
                worker = worker or socket.create_connection(("127.0.0.1", server.port), timeout=10 * self.patience)
                took, whole_answer = self.conversation(worker, requests, f"end of {sent - batch}".encode())
                slow = max(slow, took)
                if took > 2 * self.patience or not whole_answer and took >= 0:
                    self.expect(took <= 2 * self.patience, f"a batch took {took:.2f} s; it is in .build/hostile-batch.bin")
                    self.keep(requests)
                    self.show_slowest(server)
                if not whole_answer:
                    worker.close()
                    worker, dropped = None, dropped + 1
            self.expect(server.is_running(), f"the server is gone after {sent} calls: {server.said()[-6000:]}")
            visitors.leave()
            if server.is_running():
                self.look_through(server, "at the end")
                self.refill(server, calls, "FLUSHALL")
                time.sleep(0.5)
                self.expect_nobody(server)
                growth = server.resident_bytes() - floor
                self.expect(growth < 192 * MIB, f"{growth / MIB:.0f} MiB are kept after all has been deleted")
        return f"{sent:,} calls of {len(calls.names)} commands, {dropped} connections ended, worst batch {slow * 1000:.0f} ms"

    def expect_nobody(self, server):
        """When all have left, nobody is counted who waits, tracks or listens; at most the worker has stayed."""
        lines = server.client().call("INFO", "everything").decode().splitlines()
        values = dict(line.split(":", 1) for line in lines if ":" in line)
        counts = {name: int(values[name]) for name in ("blocked_clients", "tracking_clients", "pubsub_clients", "total_blocking_keys", "watching_clients")
                  if name in values}  # fmt: skip
        self.expect(int(values["connected_clients"]) <= 3, f"{values['connected_clients']} clients are left when all have gone")
        self.expect(sum(counts.values()) <= 1, f"somebody is still counted when all have gone: {counts}")

    @staticmethod
    def keep(requests):
        with open(os.path.join(ROOT, ".build/hostile-batch.bin"), "wb") as file:
            file.write(b"".join(requests))

    def conversation(self, worker, requests, mark):
        """Says all and hears the answer to the last. How long it took, and whether each request had one answer."""
        start, heard, end = time.monotonic(), bytearray(self.unheard_pushes.pop(worker, b"")), b"$%d\r\n%s\r\n" % (len(mark), mark)
        try:
            worker.sendall(b"".join(requests))
            while end not in heard[-(1 << 20) - 200 :]:
                more = worker.recv(1 << 20)
                if not more:
                    return time.monotonic() - start, False
                heard += more
        except TimeoutError:
            return time.monotonic() - start, False
        except OSError:
            return -1, False
        took = time.monotonic() - start
        # What is pushed behind the end belongs to the next conversation.
        whole = heard.rindex(end) + len(end)
        self.unheard_pushes[worker] = bytes(heard[whole:])
        del heard[whole:]
        try:
            count = replies(heard) if len(heard) < 1 << 22 else len(requests)
        except ValueError as problem:
            self.expect(False, f"broken protocol: {problem}")
            count = -1
        if count not in (-1, len(requests)):
            self.expect(False, f"{count} replies to {len(requests)} requests; the batch is in .build/hostile-batch.bin")
        if count != len(requests):
            self.keep(requests)
        return took, count == len(requests)

    @staticmethod
    def refill(server, calls, *first):
        try:
            client = server.client(timeout=20)
            for words in [BASELINE, *([first] if first else []), *calls.filling()]:
                client.send(*words)
                client.read()
            client.close()
        except OSError:
            return  # a visitor may have killed this client

    def look_through(self, server, when):
        """Another client is served soon; values survive DUMP and RESTORE; counts and contents agree; so do the keys and their number."""
        if self.ping(server, self.patience, when) >= self.patience:
            return
        try:
            client = server.client(timeout=20)
            client.call("CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "0")
            client.call("DEBUG", "DIGEST")
            client.call("MEMORY", "STATS")
            for number in (0, 1, 2):
                client.call("SELECT", number)
                self.look_at_keys(client, when)
            client.call("SELECT", 0)
            client.call("CONFIG", "SET", "maxmemory", "256mb")
            client.close()
        except ReplyError as problem:
            self.expect(False, f"{when}: {problem}")
        except OSError as problem:
            if server.is_running():
                print(f"   {when}: {problem!r}")  # a visitor may have killed this client

    def look_at_keys(self, client, when):
        keys = client.call("KEYS", "*")
        for key in keys[:60]:
            kind, payload = client.call("TYPE", key), client.call("DUMP", key)
            if payload is None or client.call("PTTL", key) >= 0:
                continue
            client.call("RESTORE", "looked at", "0", payload, "REPLACE")
            digests = client.call("DEBUG", "DIGEST-VALUE", key, "looked at")
            client.call("DEL", "looked at")
            again = client.call("DUMP", key)
            self.expect(digests[0] == digests[1] or again != payload, f"{when}: {kind} {key} is another after DUMP and RESTORE: {payload[:300]!r}")
            count = {"list": "LLEN", "hash": "HLEN", "set": "SCARD", "zset": "ZCARD", "stream": "XLEN"}.get(kind)
            if count and again == payload:
                whole = {"list": "LRANGE 0 -1", "hash": "HVALS", "set": "SMEMBERS", "zset": "ZRANGE 0 -1", "stream": "XRANGE - +"}[kind].split()
                told, found = client.call(count, key), len(client.call(whole[0], key, *whole[1:]))
                self.expect(told == found, f"{when}: {count} {key} says {told}, there are {found}")
        number, scanned, cursor = client.call("DBSIZE"), set(), b"0"
        while True:
            cursor, some = client.call("SCAN", cursor, "COUNT", "1000")
            scanned.update(some)
            if cursor == b"0":
                break
        self.expect(abs(number - len(scanned)) <= 5, f"{when}: DBSIZE says {number}, SCAN found {len(scanned)}")

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

    @staticmethod
    def filling():
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
                data += os.urandom(0) + bytes(self.random.randrange(256) for _ in range(self.random.randint(1, 20)))
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

    def idle(self):
        """PING within 50 ms beside idle clients, and beside clients that drip a request byte by byte."""
        limit = raise_descriptor_limit() - 300
        idle, drip = min(limit, self.count(5000, 500)), min(limit, self.count(500, 50))
        with self.server("--maxclients", "10000") as server:
            peers = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(idle)]
            worst_idle = max(self.ping(server, 0.05, f"beside {idle} idle clients") for _ in range(20))
            for peer in peers:
                peer.close()
            peers = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(drip)]
            request = encode("SET", "key", "x" * 200)
            worst_drip, place, end = 0, 0, time.monotonic() + 2 + 3 * self.share
            while time.monotonic() < end:
                for peer in peers:
                    peer.sendall(request[place : place + 1])
                place = (place + 1) % len(request)
                if place % 10 == 0:
                    worst_drip = max(worst_drip, self.ping(server, 0.05, f"beside {drip} dripping clients"))
            for peer in peers:
                peer.close()
        return f"worst PING {worst_idle * 1000:.1f} ms beside {idle} idle, {worst_drip * 1000:.1f} ms beside {drip} dripping"

    def pipeline(self):
        """A pipeline of a million commands is answered in full, also when the client reads nothing until it has sent all."""
        count = self.count(1_000_000, 50_000)
        with self.server() as server:
            peer = socket.create_connection(("127.0.0.1", server.port), timeout=120)
            data = b"".join(encode("SET", f"k{n % 1000}", n) for n in range(count))
            sender = threading.Thread(target=peer.sendall, args=(data,))
            sender.start()
            heard = 0
            while heard < count * 5:
                more = peer.recv(1 << 20)
                if not more:
                    break
                heard += len(more)
            sender.join()
            peer.close()
            self.expect(heard == count * 5, f"{heard // 5} of {count} replies")
            small = min(count, 200_000)
            peer = socket.create_connection(("127.0.0.1", server.port), timeout=120)
            peer.sendall(b"PING\r\n" * small)
            heard = 0
            while heard < small * 7:
                more = peer.recv(1 << 20)
                if not more:
                    break
                heard += len(more)
            self.expect(heard == small * 7, f"{heard // 7} of {small} inline replies")
            self.ping(server, 1, "after the pipeline")
        return f"{count:,} commands"

    def churn(self):
        """Connections opened and dropped, in the middle of requests too, leave no descriptor behind."""
        count = self.count(10_000, 500)
        with self.server() as server:
            self.ping(server, 1, "before")
            before = server.descriptors()
            ways = [b"", b"PING\r\n", b"*3\r\n$3\r\nSET\r\n", b"MULTI\r\n", b"SUBSCRIBE a\r\n", b"\x00\xff", b"*1\r\n$-1\r\n", b"WATCH a\r\n"]
            for number in range(count):
                peer = socket.create_connection(("127.0.0.1", server.port), timeout=5)
                peer.sendall(ways[number % len(ways)])
                if number % 3 == 0:
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                peer.close()
            end = time.monotonic() + 5
            while server.descriptors() > before and time.monotonic() < end:
                time.sleep(0.05)
            self.expect(server.descriptors() <= before, f"{server.descriptors()} descriptors instead of {before}")
            self.ping(server, 1, "after the churn")
        return f"{count:,} connections"

    def limits(self):
        """maxclients refuses in Redis's words and recovers; so does a process that has no descriptors left."""
        with self.server("--maxclients", "40") as server:
            peers = [server.client() for _ in range(40)]
            for peer in peers[:39]:
                peer.call("PING")
            extra = server.client()
            try:
                reply = extra.read()
            except (OSError, ConnectionError) as problem:
                reply = problem
            self.expect("max number of clients reached" in str(reply), f"the client too many heard {reply!r}")
            for peer in peers:
                peer.close()
            extra.close()
            time.sleep(0.2)
            self.ping(server, 1, "after the crowd left")
        with self.server(real_words=["prlimit", "--nofile=90:90"]) as server:
            peers = []
            for _ in range(200):
                try:
                    peers.append(socket.create_connection(("127.0.0.1", server.port), timeout=1))
                except OSError:
                    break
            time.sleep(0.3)
            spent = server.processor_nanoseconds()
            time.sleep(0.5)
            share = (server.processor_nanoseconds() - spent) / 5e8
            self.expect(share < 0.5, f"without descriptors the server spins: {share:.0%} of a processor")
            for peer in peers:
                peer.close()
            time.sleep(0.3)
            self.ping(server, 1, "after descriptors came back")
        return "maxclients 40, 90 descriptors"

    def unread(self):
        """Who does not read replies is cut at the limit, and memory stays within it."""
        limit = 16 * MIB
        with self.server("--client-output-buffer-limit", "normal 16mb 0 0") as server:
            client = server.client(timeout=30)
            client.call("SET", "value", "x" * MIB)
            before = server.resident_bytes()
            peer = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            cut = self.flood(peer, encode("GET", "value") * 100, 40)
            growth = server.peak_bytes() - before
            self.expect(cut, "a client with unread replies was not cut")
            self.expect(growth <= limit + 64 * MIB, f"unread replies: peak grew by {growth / MIB:.0f} MiB; limit 16 + 64")
            client.call("PING")
        with self.server() as server:
            client = server.client(timeout=30)
            before = server.resident_bytes()
            listener = server.client()
            listener.call("SUBSCRIBE", "news")
            message = "x" * 100_000
            gone = False
            for _ in range(1200):
                if client.call("PUBLISH", "news", message) == 0:
                    gone = True
                    break
            growth = server.peak_bytes() - before
            self.expect(gone, "a subscriber that does not read was not cut")
            self.expect(growth <= 96 * MIB, f"unread messages: peak grew by {growth / MIB:.0f} MiB; limit 32 + 64")
        with self.server("--requirepass", "secret") as server:
            before = server.resident_bytes()
            peers = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(self.count(200, 50))]
            for peer in peers:
                self.flood(peer, b"GET a\r\n" * 20_000, 1, patience=0)
            growth = server.peak_bytes() - before
            self.expect(growth <= 64 * MIB, f"before AUTH: peak grew by {growth / MIB:.0f} MiB; limit 64")
            self.ping_or_refusal(server)
            for peer in peers:
                peer.close()
        return "limits of 16 MiB, 32 MiB and before AUTH"

    def keys(self):
        """Many ask for all keys, and for all of a large hash, and read nothing: others are answered, memory has a bound."""
        count, askers = self.count(400_000, 100_000), 30
        with self.server() as server:
            client = server.client(timeout=60)
            for start in range(0, count, 10_000):
                batch = [encode("SET", f"key:{number:08}", "x") + encode("HSET", "hash", f"field:{number:08}", "x") for number in range(start, start + 10_000)]
                client.socket.sendall(b"".join(batch))
                for _ in range(20_000):
                    client.read()
            before = server.resident_bytes()
            request = (encode("KEYS", "*") + encode("HGETALL", "hash") + encode("KEYS", "*[1-3]*")) * 20
            peers = [self.unheard(server, request) for _ in range(askers)]
            worst = max(self.timed(client, "PING") for _ in range(self.count(2000, 200)))
            self.expect(not self.apus or worst < 0.1, f"PING took {worst * 1000:.0f} ms beside {askers} clients that ask for all keys")
            self.timed(client, "HSET", "hash", "field:00000001", "y")
            self.timed(client, "DEL", "hash")
            growth, bound = server.peak_bytes() - before, askers * count * 32 + 64 * MIB
            self.expect(not self.apus or growth <= bound, f"unread keys: peak grew by {growth / MIB:.0f} MiB; limit {bound / MIB:.0f}")
            for peer in peers:
                peer.close()
            self.timed(client, "PING")
            client.call("CONFIG", "SET", "client-output-buffer-limit", "normal 1mb 0 0")
            peer = self.unheard(server, encode("KEYS", "*"))
            peer.settimeout(30)
            try:
                while peer.recv(MIB):
                    pass
                cut = True
            except OSError as problem:
                cut = not isinstance(problem, TimeoutError)
            self.expect(cut, "a reply beyond the limit was not cut")
            client.call("PING")
        return f"{askers} clients, {count:,} keys, worst PING {worst * 1000:.1f} ms, {growth / MIB:.0f} MiB"

    @staticmethod
    def unheard(server, request):
        """A client that says this and reads nothing."""
        peer = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        peer.sendall(request)
        return peer

    @staticmethod
    def timed(client, *words):
        start = time.monotonic()
        client.call(*words)
        return time.monotonic() - start

    def ping_or_refusal(self, server):
        try:
            server.client(timeout=5).call("PING")
        except ReplyError as problem:
            self.expect("NOAUTH" in str(problem), problem)
        except OSError as problem:
            self.expect(False, f"no answer: {problem}")

    @staticmethod
    def flood(peer, data, times, patience=3):
        """Sends without reading. True when the other side closes."""
        peer.settimeout(0.3)
        try:
            for _ in range(times):
                peer.sendall(data)
        except socket.timeout:
            pass
        except OSError:
            return True
        peer.settimeout(0.05)
        end = time.monotonic() + patience
        while time.monotonic() < end:
            try:
                peer.send(b"PING\r\n")
            except socket.timeout:
                continue
            except OSError:
                return True
            time.sleep(0.05)
        return False

    def announced(self):
        """Lengths that are announced and never sent cost nothing."""
        with self.server() as server:
            before, peers = server.resident_bytes(), []
            starts = [b"*2\r\n$3\r\nGET\r\n$536870912\r\nabc", b"*1048576\r\n$1\r\na\r\n", b"*2147483647\r\n", b"*1\r\n$536870911\r\n"]
            for start in starts:
                for _ in range(30):
                    peer = socket.create_connection(("127.0.0.1", server.port), timeout=5)
                    peer.sendall(start)
                    peers.append(peer)
            time.sleep(0.3)
            growth = server.peak_bytes() - before
            self.expect(growth <= 64 * MIB, f"announced lengths: peak grew by {growth / MIB:.0f} MiB; limit 64")
            self.ping(server, 1, "beside announced lengths")
            for peer in peers:
                peer.close()
        with self.server("--requirepass", "secret") as server:
            for start, text in ((b"*11\r\n", "unauthenticated multibulk length"), (b"*1\r\n$16385\r\n", "unauthenticated bulk length")):
                peer = socket.create_connection(("127.0.0.1", server.port), timeout=5)
                peer.sendall(start)
                try:
                    heard = peer.recv(1000).decode(errors="replace")
                except OSError as problem:
                    heard = repr(problem)
                self.expect(text in heard, f"{start!r} before AUTH heard {heard!r}")
                peer.close()
        return f"{len(peers)} clients"

    def pod(self):
        """A server with 64 MiB of maxmemory in a pod of 128 MiB, under load, snapshots and readers that do not read: see bench_pods.py."""
        said = []
        for clients in ("0", "25%"):
            with Pod("apus" if self.apus else "redis", self.binary, clients, 0.05 if self.share < 1 else 1) as pod:
                seen = pod.live_through()
                self.expect(pod.is_running() and not seen["note"], f"maxmemory-clients {clients}: {seen['note'] or 'the server is gone'}: {pod.said()[-800:]}")
                self.expect(seen["peak RSS"] * MIB <= pod.BOUND, f"maxmemory-clients {clients}: peak RSS {seen['peak RSS']:.0f} MiB; bound {pod.BOUND / MIB:.0f}")
                self.expect(seen["OOM replies"] == 0, f"maxmemory-clients {clients}: {seen['OOM replies']} commands were refused for want of memory")
            said.append(f"{clients}: {seen['peak RSS']:.0f} MiB, {seen['clients cut']} clients cut")
        return "peak with maxmemory-clients " + "; ".join(said)

    def patterns(self):
        """Globs of 200 KB with many stars and brackets, wherever a pattern is taken."""
        length = 200_000 if self.share >= 1 else 50_000
        bad = [b"a*" * (length // 2) + b"b", b"*" * length + b"x", b"[a-" * (length // 3), b"\\" * length, b"?*" * (length // 2) + b"z"]
        calls = [("KEYS",), ("SCAN", "0", "COUNT", "1000", "MATCH"), ("CONFIG", "GET"), ("PSUBSCRIBE",), ("PUBSUB", "CHANNELS"),
                 ("COMMAND", "LIST", "FILTERBY", "PATTERN"), ("HSCAN", "bighash", "0", "MATCH"), ("SSCAN", "bigset", "0", "MATCH")]  # fmt: skip
        worst = 0
        with self.server() as server:
            client = server.client(timeout=60)
            for words in self.filling():
                client.call(*words)
            client.call("SET", b"a" * 10_000, "1")
            for call in calls:
                for pattern in bad:
                    peer = server.client(timeout=60)
                    peer.send(*call, pattern)
                    worst = max(worst, self.ping(server, 1, f"beside {call[0]} with {pattern[:4]!r}..."))
                    try:
                        peer.read()
                    except OSError as problem:
                        self.expect(server.is_running(), f"{call} {pattern[:10]!r}: {problem}")
                    peer.close()
            self.expect(server.is_running(), server.said()[-800:])
        return f"{len(calls) * len(bad)} patterns, worst PING {worst * 1000:.0f} ms"

    def memory(self):
        """maxmemory 64mb under a mix that wants more: refused in words, within 5 %, reads and DEL go on."""
        limit = 64 * MIB
        with self.server("--maxmemory", "64mb") as server:
            client = server.client(timeout=30)
            refused = 0
            for number in range(self.count(400_000, 40_000)):
                size = self.random.choice((10, 100, 1000, 5000, 40_000))
                kind = number % 4
                key = f"k{self.random.randrange(50_000)}"
                words = [("SET", key, "x" * size), ("RPUSH", "l" + key, "x" * size), ("HSET", "h" + key, number, "x" * size), ("DEL", key)][kind]
                client.send(*words)
                reply = client.read()
                if isinstance(reply, ReplyError):
                    refused += 1
                    self.expect(str(reply).startswith("OOM") or "not supported" in str(reply), reply)
            info = client.call("INFO", "memory").decode()
            used = int(next(line.split(":")[1] for line in info.splitlines() if line.startswith("used_memory:")))
            self.expect(used <= limit * 1.05, f"used_memory is {used / MIB:.1f} MiB at a limit of 64")
            self.expect(server.resident_bytes() <= limit * 1.5, f"resident {server.resident_bytes() / MIB:.0f} MiB; 96 allowed")
            self.expect(refused > 0, "nothing was refused")
            client.call("GET", "k1")
            client.call("DEL", "k1", "k2")
        return f"{refused:,} refused, used {used / MIB:.1f} MiB, resident"

    def passwords(self):
        """A flood of failed AUTH, alone and pipelined behind other commands, is answered each time."""
        count = self.count(100_000, 2000)
        with self.server("--requirepass", "secret") as server:
            peer = server.client(timeout=30)
            for number in range(count // 2):
                # Unread replies before AUTH end the connection, so it goes in small heaps.
                if number % 20 == 0:
                    peer.socket.sendall((encode("PING") + encode("AUTH", "wrong")) * min(20, count // 2 - number))
                first, second = peer.read(), peer.read()
                if "NOAUTH" not in str(first) or "WRONGPASS" not in str(second):
                    self.expect(False, f"heard {first!r} and {second!r}")
                    break
            self.ping_or_refusal(server)
        return f"{count:,} commands"

    def payloads(self):
        """Bent payloads of every type under a checksum that is believed: each is refused, or is a value that stands every use."""
        whole, batch, sent, taken, worst = self.count(100_000, 3000), 50, 0, 0, 0.0
        with self.server("--enable-debug-command", "yes", "--maxmemory", "512mb") as server:
            client = server.client(timeout=20)
            client.call("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1")
            samples = self.samples(client)
            client.call("FLUSHALL")
            before = self.used(client)
            uses = [encode(*use) for use in hostile_payloads.USES]
            while sent < whole and server.is_running():
                data = b"".join(self.bent_restore(samples) + b"".join(self.random.sample(uses, 14)) for _ in range(batch))
                start = time.monotonic()
                client.socket.sendall(data)
                try:
                    replies = [client.read() for _ in range(batch * 15)]
                except OSError as problem:
                    self.expect(False, f"payload {sent}: {problem!r}; the server said {server.said()[-1500:]}")
                    break
                took = time.monotonic() - start
                worst = max(worst, took)
                self.expect(took < 2, f"{batch} payloads took {took:.1f} s")
                taken += sum(replies[index * 15] == "OK" for index in range(batch))
                sent += batch
            if server.is_running():
                client.call("FLUSHALL")
                time.sleep(0.3)
                lost = self.used(client) - before
                self.expect(lost < 1 << 16, f"{lost} bytes are not given back")
            self.expect(sent / 50 < taken, f"only {taken} of {sent} payloads were taken: they are bent too much to find anything")
        return f"{sent:,} payloads, {taken:,} of them taken, worst {batch} in {worst * 1000:.0f} ms"

    def samples(self, client):
        """Payloads without footer, as the server writes them and as older ones have; all of the latter must be taken."""
        found = [bytes([kind]) + data for kind, data in hostile_payloads.samples()]
        for payload in found if self.apus else []:
            client.send("RESTORE", "k", "0", hostile_payloads.with_footer(payload), "REPLACE")
            reply = client.read()
            self.expect(reply == "OK", f"a value of type {payload[0]} is not taken: {reply}")
        for compression in ("no", "yes"):
            client.call("CONFIG", "SET", "rdbcompression", compression)
            for words in self.filling():
                client.call("DEL", words[1])
                client.call(*words)
                found.append(client.call("DUMP", words[1])[:-10])
            for number in range(20):
                client.call("XADD", "stream", f"{number + 1}-{number}", "field", number, *(("other", "x" * number) if number % 3 == 0 else ()))
            client.call("XGROUP", "CREATE", "stream", "first", "0")
            client.call("XREADGROUP", "GROUP", "first", "alice", "COUNT", "5", "STREAMS", "stream", ">")
            client.call("XREADGROUP", "GROUP", "first", "bob", "COUNT", "5", "STREAMS", "stream", ">")
            client.call("XDEL", "stream", "3-2", "15-14")
            found.append(client.call("DUMP", "stream")[:-10])
            client.call("DEL", "stream")
        return [payload for payload in found if len(payload) < 2000]

    def bent_restore(self, samples):
        payload = hostile_payloads.bend(self.random, self.random.choice(samples), samples)
        version = self.random.choice((11, 11, 11, 6, 80 if self.apus else 10))
        return encode("RESTORE", "k", "0", hostile_payloads.with_footer(payload, version), "REPLACE")

    @staticmethod
    def used(client):
        """Memory used, but for what goes by itself."""
        fields = dict(line.split(":", 1) for line in client.call("INFO", "memory").decode().splitlines() if ":" in line)
        return int(fields["used_memory"]) - int(fields["mem_not_counted_for_evict"])


SECTIONS = ["mutated", "calls", "split", "idle", "pipeline", "churn", "limits", "unread", "keys", "announced", "patterns", "memory", "pod", "passwords", "payloads", "scripts"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("sections", nargs="*")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--patience", type=float, default=1.0, help="how many times slower the server may be: 10 for a debug build")
    arguments = parser.parse_intermixed_args()
    raise_descriptor_limit()
    print(f"   seed {arguments.seed}, share {arguments.share}", flush=True)
    hostile, done = Hostile(arguments), 0
    for section in arguments.sections or SECTIONS:
        start, before = time.monotonic(), hostile.wrong
        hostile.random.seed(f"{arguments.seed} {section}")
        try:
            result = getattr(hostile, section)()
        except Exception as problem:  # one section in trouble must not hide the others
            hostile.expect(False, f"{section}: {type(problem).__name__}: {problem}")
            result = "cut short"
        done += 1
        state = "held" if hostile.wrong == before else "BROKEN"
        print(f"   {section:<12}{state:<8}{time.monotonic() - start:6.1f} s   {result}", flush=True)
    summary = f"{done} kinds of hostile input, {hostile.wrong} findings, seed {arguments.seed}"
    print("   " + summary)
    with open(os.path.join(ROOT, ".build/hostile-summary.txt"), "w") as file:
        file.write(summary + "\n")
    sys.exit(1 if hostile.wrong else 0)


if __name__ == "__main__":
    main()

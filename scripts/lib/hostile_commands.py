"""Hostile commands: calls of all of them in their own grammar and bent, among clients that come and go (hostile_calls.py), and
patterns that take long."""

import socket
import time

from hostile_attack import MIB, Attack
from hostile_calls import BASELINE, Calls, Visitors, replies
from servers import ReplyError, encode

BASELINE_OPTIONS = ("--proto-max-bulk-len", "1mb", "--notify-keyspace-events", "KEA", "--client-output-buffer-limit", "normal 4mb 0 0")


class Commands(Attack):
    """What commands do, and the values that they leave behind."""

    def __init__(self, arguments):
        super().__init__(arguments)
        self.unheard_pushes = {}

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

    def expect_nobody(self, server):
        """When all have left, nobody is counted who waits, tracks or listens; at most the worker has stayed."""
        lines = server.client().call("INFO", "everything").decode().splitlines()
        values = dict(line.split(":", 1) for line in lines if ":" in line)
        counts = {name: int(values[name]) for name in ("blocked_clients", "tracking_clients", "pubsub_clients", "total_blocking_keys", "watching_clients")
                  if name in values}  # fmt: skip
        self.expect(int(values["connected_clients"]) <= 3, f"{values['connected_clients']} clients are left when all have gone")
        self.expect(sum(counts.values()) <= 1, f"somebody is still counted when all have gone: {counts}")

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

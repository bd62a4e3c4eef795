"""Hostile to memory: replies that nobody reads, requests that are announced and do not come, and data beyond their limit."""

import socket
import time

from bench_pods import Pod
from hostile_attack import MIB, Attack
from servers import ReplyError, encode


class Memory(Attack):
    """What the server may occupy."""

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

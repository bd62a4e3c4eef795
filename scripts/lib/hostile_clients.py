"""Hostile clients: too many of them, who say nothing, drip, flood, leave in the middle, or do not know the password."""

import socket
import threading
import time

from hostile_attack import Attack
from servers import encode, raise_descriptor_limit


class Clients(Attack):
    """Connections, and the turns of those who want to be served beside them."""

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

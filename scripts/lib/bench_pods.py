"""The rows of the comparison that are about living within little: what removing something huge holds up, and a server in a
pod of 128 MiB. `Pods` is a part of `Bench` (bench.py), which has the tools."""

import contextlib
import itertools
import os
import random
import socket
import subprocess
import threading
import time

from ping_probe import Probe
from servers import ReplyError, Server, encode

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
    ("PEXPIRE", "victim", "5"), ("MOVE", "victim", "9"), ("RESTORE", "victim", "0", "small", "REPLACE"),
]  # fmt: skip


def told(client, section):
    """What INFO says in this section."""
    lines = client.call("INFO", section).decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


class Pods:
    """Sections `frees` and `pods`."""

    # -- what removing costs the others ---------------------------------------------------------------------------------------

    def frees(self):
        count = self.keys // 2 if self.quick else 10 * self.keys
        self.head(f"frees: removing values of {count:,} elements: the longest turn of the event loop (apus: processor time), and the longest wait for a PONG")
        for kind, filling, small, removals in FREES:
            longest, waits, notes = {}, {}, []
            for name, server in self.each(real_time=True):
                self.load(server, [filling], units=count, pipeline=64, keys=count)
                if kind == "stream":
                    removals = [*removals, self.group_of(server, count // 10)]
                for removal in [*REMOVALS, *removals]:
                    turn, wait = self.freed(server, removal, small)
                    notes.append((turn, name, " ".join(map(str, removal))))
                    longest[name], waits[name] = max(longest.get(name, 0), turn), max(waits.get(name, 0), wait)
            worst = max((note for note in notes if note[1] == "apus"), default=(0, "", ""))
            self.row("frees", f"{kind}: longest turn", "ms", longest, f"apus: {worst[2]}"[:60])
            self.row("frees", f"{kind}: worst PING", "ms", waits)
            if self.arguments.rows == "all":
                for turn, name, removal in sorted(notes, reverse=True)[:40]:
                    print(f"      {turn:10.2f} ms  {name}: {removal}")
        self.flushes(count)
        self.evictions(count)
        self.leavers(count // 10)

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
        if removal[0] == "RESTORE":
            removal = [client.call("DUMP", "small") if word == "small" else word for word in removal]
        return self.removed(server, client, removal)

    @staticmethod
    def removed(server, client, removal, is_over=lambda: True):
        while told(client, "memory")["lazyfree_pending_objects"] != "0":
            time.sleep(0.01)
        probe = Probe(server)
        # Asking lets the server measure the turns of the next minute in processor time.
        told(client, "debug")
        client.call("CONFIG", "RESETSTAT")
        probe.worst()
        client.call(*removal)
        time.sleep(0.1)
        while told(client, "memory")["lazyfree_pending_objects"] != "0" or not is_over():
            time.sleep(0.02)
        wait = probe.end()
        debug = told(client, "debug")
        told_turn = debug.get("eventloop_cpu_max") or debug.get("eventloop_duration_max")
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

    def evictions(self, count):
        """A limit that the only key there is does not fit in: it goes."""
        for kind, filling, _, _ in FREES:
            longest = {}
            for name, server in self.each(["--maxmemory-policy", "allkeys-lru"], real_time=True):
                self.load(server, [filling], units=count, pipeline=64, keys=count)
                client = server.client(timeout=600)
                longest[name], _ = self.removed(server, client, ("CONFIG", "SET", "maxmemory", 16 * MIB))
            self.row("frees", f"{kind} evicted: longest turn", "ms", longest)
        for policy in ("allkeys-lru", "allkeys-lfu", "allkeys-lhd", "volatile-ttl"):
            longest = {}
            for name, server in self.each(["--maxmemory-policy", "allkeys-lru"], real_time=True):
                client = server.client(timeout=600)
                try:
                    client.call("CONFIG", "SET", "maxmemory-policy", policy)
                except ReplyError:
                    continue
                empty = int(told(client, "memory")["used_memory"])
                self.load(server, ["SETEX key:{next} 100000 {value:64}"], units=count // 10, pipeline=64, keys=count)
                # Of what the keys occupy: an empty server would not fit into a quarter of all.
                limit = empty + (int(told(client, "memory")["used_memory"]) - empty) // 4
                longest[name], _ = self.removed(server, client, ("CONFIG", "SET", "maxmemory", limit), lambda: int(told(client, "memory")["used_memory"]) <= limit)
            self.row("frees", f"shrinking to a quarter, {policy}: longest turn", "ms", longest)

    def leavers(self, count):
        """A client goes that has not read `count` replies."""
        longest = {}
        for name, server in self.each(["--client-output-buffer-limit", "normal 0 0 0"], real_time=True):
            client, reader = server.client(timeout=600), server.client(timeout=600)
            client.call("SETRANGE", "value", 499, "x")
            for _ in range(count // 1000):
                reader.socket.sendall(encode("GET", "value") * 1000)
            number = next(line.split()[0][3:] for line in client.call("CLIENT", "LIST").decode().splitlines() if "cmd=get" in line)
            longest[name], _ = self.removed(server, client, ("CLIENT", "KILL", "ID", number))
            reader.close()
        self.row("frees", f"a client with {count:,} unread replies killed: longest turn", "ms", longest)

    # -- a pod of 128 MiB ----------------------------------------------------------------------------------------------------

    def pods(self):
        self.head("pods: 64 MiB of maxmemory, allkeys-lru, append-only file, in a pod of 128 MiB; bound 112 MiB")
        for clients in ("0", "25%"):
            seen = {}
            for name, binary in self.servers:
                with Pod(name, binary, clients, 0.25 if self.quick else 1) as pod:
                    seen[name] = pod.live_through(self.arguments.rows == "all")
            for what, unit in (
                ("peak RSS", "MiB"), ("peak RSS with child processes", "MiB"), ("peak used_memory", "MiB"), ("keys at the end", ""), ("evicted keys", ""),
                ("OOM replies", ""), ("clients cut", ""), ("worst PING beside 1,000 slow readers", "ms"), ("worst PING otherwise", "ms"),
                ("longest turn, processor time", "ms"), ("killed", ""),
            ):  # fmt: skip
                values = {name: seen[name][what] for name in self.names if seen[name][what] is not None}
                notes = [f"{name}: {seen[name]['notes'][what]}" for name in self.names if seen[name]["notes"].get(what)]
                self.row("pods", f"maxmemory-clients {clients}: {what}", unit, values, "; ".join(notes))


class Group:
    """A limit of memory that the kernel enforces, where this user may make a cgroup; else none, and the peak is judged afterwards."""

    ROOTS = ("/sys/fs/cgroup/memory", "/sys/fs/cgroup")

    def __init__(self, size):
        self.path, self.failures = None, None
        for root in self.ROOTS:
            path = os.path.join(root, f"apus-pod-{os.getpid()}-{next(self.numbers)}")
            try:
                os.mkdir(path)
                version2 = os.path.exists(os.path.join(path, "cgroup.controllers"))
                with open(os.path.join(path, "memory.max" if version2 else "memory.limit_in_bytes"), "w") as file:
                    file.write(str(size))
                self.path = path
                return
            except OSError:
                if os.path.isdir(path):
                    os.rmdir(path)

    numbers = itertools.count()

    def add(self, pid):
        if self.path:
            with open(os.path.join(self.path, "cgroup.procs"), "w") as file:
                file.write(str(pid))

    def remove(self):
        for _ in range(50):
            try:
                if self.path:
                    os.rmdir(self.path)
                return
            except OSError:
                time.sleep(0.1)


class Pod(Server):
    """A server in a small pod, and the life that it leads there."""

    LIMIT, SIZE = 64 * MIB, 128 * MIB
    BOUND = LIMIT * 3 // 2 + 16 * MIB

    def __init__(self, name, binary, clients, share=1.0, options=()):
        """`share` of what a full life is made of."""
        words = ["--maxmemory", str(self.LIMIT), "--maxmemory-policy", "allkeys-lru", "--maxmemory-clients", clients, "--appendonly", "yes",
                   "--auto-aof-rewrite-percentage", "0", "--enable-debug-command", "yes", *options]  # fmt: skip
        self.share, self.group = share, Group(self.SIZE)
        self.peak, self.peak_of_all, self.peak_used, self.watches = 0, 0, 0, True
        self.oom, self.note, self.random = 0, "", random.Random(1)
        super().__init__(name, binary, words, pin=False, waits=False)
        self.group.add(self.pid)
        self.wait_until_ready()
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()

    def stop(self):
        self.watches = False
        super().stop()
        self.group.remove()

    def watch(self):
        """Samples what the kernel says; the process's own maximum is exact, but knows nothing of a forked child."""
        while self.watches:
            try:
                own = self.resident_bytes()
                self.peak = max(self.peak, own, self.peak_bytes())
                self.peak_of_all = max(self.peak_of_all, self.peak, own + sum(private_bytes(child) for child in children(self.pid)))
            except (OSError, StopIteration, IndexError):
                pass
            time.sleep(0.01)

    # -- the life ------------------------------------------------------------------------------------------------------------

    def live_through(self, tells=False):
        stages = [
            ("start", self.rest), ("100 clients", self.clients), ("mixed sizes", self.mixed), ("changing sizes", self.changing),
            ("BGSAVE under load", lambda: self.beside("BGSAVE")), ("BGREWRITEAOF under load", lambda: self.beside("BGREWRITEAOF")),
            ("large values", self.large), ("1,000 slow readers", self.slow_readers), ("greedy readers", self.greedy_readers), ("after", self.rest),
        ]  # fmt: skip
        probe = Probe(self)
        waits, longest = {}, (0, "")
        for title, stage in stages:
            try:
                stage()
                client = self.client(timeout=60)
                used, turn = told(client, "memory"), self.longest_turn(client)
                client.close()
                self.peak_used = max(self.peak_used, int(used["used_memory"]))
            except (OSError, ReplyError, KeyError) as problem:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(1)
                    self.note = f"killed at {title}"
                    break
                self.note = self.note or f"{title}: {type(problem).__name__} {problem}"[:80]
                used, turn = {}, None
            waits[title] = probe.worst()
            if turn and turn > longest[0]:
                longest = turn, title
            if tells:
                spare = {name: int(used.get(name, 0)) >> 20 for name in ("used_memory", "mem_clients_normal", "used_memory_dataset", "allocator_active", "allocator_resident")}
                print(
                    f"      {self.name}: {title}: peak {self.peak / MIB:.1f}, now {self.resident_bytes() / MIB:.1f}, {spare}, OOM {self.oom}, "
                    f"worst PING {waits[title]:.1f} ms, longest turn so far {turn} ms",
                    flush=True,
                )
        waits[title] = max(waits.get(title, 0), probe.end())
        return self.result(waits, longest)

    def result(self, waits, longest):
        """What is told of this life. The longest wait and the longest turn come with the stage that they were in. Slow readers want 300 MB
        in all; who says PING then waits for its turn behind them, on a server that lives to see them."""
        slow = waits.pop("1,000 slow readers", None)
        worst, title = max((wait, title) for title, wait in waits.items())
        result = {
            "peak RSS": self.peak / MIB, "peak RSS with child processes": self.peak_of_all / MIB, "peak used_memory": self.peak_used / MIB,
            "OOM replies": self.oom, "worst PING beside 1,000 slow readers": slow, "worst PING otherwise": worst,
            "longest turn, processor time": longest[0] or None, "killed": 0 if self.is_running() else 1,
            "note": self.note, "notes": {"worst PING otherwise": title, "longest turn, processor time": longest[1], "killed": self.note},
            "keys at the end": 0, "evicted keys": 0, "clients cut": 0,
        }  # fmt: skip
        if self.is_running():
            client = self.client(timeout=60)
            stats = told(client, "stats")
            result["evicted keys"] = int(stats["evicted_keys"])
            result["clients cut"] = int(stats.get("evicted_clients", 0)) + int(stats.get("client_output_buffer_limit_disconnections", 0))
            result["keys at the end"] = client.call("DBSIZE")
        return result

    @staticmethod
    def longest_turn(client):
        """The longest turn so far in milliseconds of processor time, where the server tells it; it measures for a minute after it was asked."""
        turn = told(client, "debug").get("eventloop_cpu_max")
        return int(turn) / 1000 if turn else None

    def rest(self):
        time.sleep(0.5)

    def write(self, client, calls):
        """Sends the calls and hears all answers; counts refusals. Others errors end the stage."""
        for words in calls:
            client.send(*words)
        for _ in calls:
            answer = client.read()
            if isinstance(answer, ReplyError):
                if "OOM" not in str(answer):
                    raise answer
                self.oom += 1

    def sets(self, count, size, prefix="key"):
        """SETs with a TTL, of values of this size (or as it says), in pipelines of 20, by several clients in turn."""
        clients = [self.client(timeout=60) for _ in range(4)]
        self.longest_turn(clients[0])
        block = os.urandom(70_000)
        done = 0
        while done < count:
            batch = []
            for _ in range(20):
                length = size() if callable(size) else size
                start = self.random.randrange(len(block) - 65_536 + 1)
                batch.append(("SET", f"{prefix}:{self.random.randrange(1_000_000)}", block[start : start + length], "EX", self.random.randrange(60, 3600)))
            self.write(clients[done // 20 % 4], batch)
            done += 20
        for client in clients:
            client.close()

    def mixed_size(self):
        return int(50 * (65_536 / 50) ** (self.random.random() ** 2))

    def clients(self):
        self.crowd = [self.client(timeout=60) for _ in range(100)]
        for number, client in enumerate(self.crowd):
            self.write(client, [("SET", f"crowd:{number}", "x" * 100, "EX", 600), ("GET", f"crowd:{number}")])

    def mixed(self):
        self.sets(int(40_000 * self.share), self.mixed_size)

    def changing(self):
        """All sizes change, which leaves the pages of the old ones full of holes."""
        for size in (50, 400, 3_000, 120, 20_000, 1_000, 64, 9_000):
            self.sets(int(self.share * min(100_000, 80 * MIB // (size + 120))), size)

    def large(self):
        """Containers of many elements and strings of some MiB among small values."""
        client = self.client(timeout=60)
        for number in range(int(60 * self.share)):
            self.write(client, [("SET", f"string:{number}", "x" * self.random.randrange(1 * MIB, 5 * MIB))])
            fields = [word for field in range(20_000) for word in (f"field:{field}", "some value")]
            self.write(client, [("HSET", f"hash:{number}", *fields)])
            self.write(client, [("RPUSH", f"list:{number}", *fields), ("DEL", f"list:{number - 3}")])
            self.sets(200, 500)
        client.close()

    def beside(self, command):
        client = self.client(timeout=60)
        field = "rdb_bgsave_in_progress" if command == "BGSAVE" else "aof_rewrite_in_progress"
        for _ in range(2):
            client.call(command)
            for _ in range(200):
                self.sets(200, self.mixed_size)
                state = told(client, "persistence")
                if state[field] == "0" and state.get("aof_rewrite_scheduled", "0") == "0":
                    break
        client.close()

    def readers(self, count, calls, wait):
        """Clients that ask and do not read: tells how many have been cut."""
        request = b"".join(encode(*words) for words in calls)
        sockets = []
        for _ in range(count):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.settimeout(20)
            one.connect(("127.0.0.1", self.port))
            sockets.append(one)
        for one in sockets:
            with contextlib.suppress(OSError):
                one.sendall(request)
        end = time.monotonic() + wait
        while time.monotonic() < end:
            self.sets(200, self.mixed_size)
        for one in sockets:
            one.close()

    def slow_readers(self):
        self.write(self.client(), [("SET", "shown", "x" * 10_000)])
        self.readers(1000, [("GET", "shown")] * 30, 8 * self.share)

    def greedy_readers(self):
        client = self.client()
        self.write(client, [("RPUSH", "long", *["element"] * 1000)])
        self.readers(20, [("LRANGE", "long", "0", "-1")] * 1000, 8 * self.share)


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def private_bytes(pid):
    """What a process has for itself alone."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Private_"))

"""Real servers as replicas of ours, and ours as a replica of them and of its own kind, under a load of writes of every
kind: they must end with the same data.

The load has all types, relative times, random choices, transactions, scripts, functions, clients that wait, expiry,
eviction, several databases, SWAPDB and FLUSHALL. Replicas come by both ways of sending a snapshot, one of them is killed
in the middle of it, and redis-cli fetches a snapshot meanwhile. Links are cut for a moment, and for longer than changes
are kept. At last two servers hand the lead over to each other, again and again.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

from handing_over import go_to_and_fro
from round_trip import readings
from servers import Client, ReplyError, Server

SCRIPTS = [
    "redis.call('incr', KEYS[1]) redis.call('sadd', KEYS[1]..'s', math.random(1, 1000)) return redis.call('spop', KEYS[1]..'s')",
    "for i = 1, 20 do redis.call('rpush', KEYS[1]..'l', i) end redis.call('expire', KEYS[1]..'l', 100) return 1",
    "return redis.call('set', KEYS[1], redis.call('time')[1], 'PX', 700)",
]
LIBRARY = """#!lua name=moves
redis.register_function('shift', function(keys, args) redis.call('zadd', keys[1], math.random(), args[1])
  redis.call('zremrangebyrank', keys[1], 0, -50) return redis.call('zcard', keys[1]) end)"""


class Talk:
    """One client that says something again and again until it is told to stop."""

    def __init__(self, port):
        self.port, self.stops, self.problem = port, False, None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            client = Client(self.port, timeout=60)
            while not self.stops:
                self.say(client)
        except Exception as problem:  # noqa: BLE001
            self.problem = problem

    def stop(self):
        self.stops = True
        self.thread.join(60)
        if self.problem:
            raise SystemExit(f"the load failed: {self.problem!r}")


class Load(Talk):
    """Writes of every kind."""

    def __init__(self, port, seed):
        self.chance, self.count = random.Random(seed), 0
        super().__init__(port)

    def say(self, client):
        calls = [words for _ in range(self.chance.choice((1, 5, 40))) for words in self.calls()]
        for words in calls:
            client.send(*words)
        for _ in calls:
            client.read()
        self.count += len(calls)

    def key(self, kind):
        return f"{kind}:{self.chance.randrange(300)}"

    def text(self):
        return "x" * self.chance.choice((1, 3, 20, 70, 300)) + str(self.chance.randrange(10**6))

    def calls(self):
        chance, number = self.chance, self.chance.randrange(1000)
        if number == 0:
            return [chance.choice([("SWAPDB", 0, 1), ("SWAPDB", 2, 3), ("FLUSHDB",), ("FLUSHALL", "ASYNC"), ("SWAPDB", 1, 3)])]
        if number < 40:
            return [("SELECT", chance.randrange(4))]
        if number < 100:
            return [("MULTI",), *(self.write() for _ in range(chance.randrange(4))), chance.choice([("EXEC",), ("EXEC",), ("DISCARD",)])]
        if number < 130:
            return [("EVAL", chance.choice(SCRIPTS), 1, self.key("script"))]
        if number < 150:
            return [("FCALL", "shift", 1, self.key("sorted"), self.text())]
        return [self.write()]

    def write(self):
        chance = self.chance
        maker = chance.choice((self.strings, self.lists, self.sets, self.hashes, self.sorted, self.streams, self.keys))
        return maker()

    def strings(self):
        key, number = self.key("string"), self.chance.randrange(10**6)
        return self.chance.choice(
            [
                ("SET", key, self.text()), ("SET", key, number, "PX", 1 + number % 3000), ("SETEX", key, 1 + number % 3, number),
                ("INCR", self.key("counter")), ("INCRBYFLOAT", self.key("float"), number / 7), ("APPEND", key, self.text()),
                ("GETEX", key, "EX", 5), ("GETDEL", key), ("SETRANGE", key, number % 500, "range"), ("GETSET", key, number),
                ("SETBIT", self.key("bits"), number % 9000, number % 2), ("PFADD", self.key("visitors"), number, number * 3),
                ("BITFIELD", self.key("bits"), "INCRBY", "u8", number % 99, 7), ("MSET", key, 1, self.key("string"), self.text()),
                ("SET", key, number, "KEEPTTL"), ("BITOP", "XOR", self.key("bits"), self.key("bits"), self.key("bits")),
            ]
        )

    def lists(self):
        key, number = self.key("list"), self.chance.randrange(300)
        return self.chance.choice(
            [
                ("RPUSH", key, *(self.text() for _ in range(1 + number % 20))), ("LPUSH", key, self.text()), ("LPOP", key, number % 4),
                ("RPOP", key), ("LMOVE", key, self.key("list"), "LEFT", "RIGHT"), ("LTRIM", key, 0, number), ("LSET", key, 0, number),
                ("LINSERT", key, "BEFORE", number, self.text()), ("LREM", key, 0, number), ("LMPOP", 2, key, self.key("list"), "LEFT"),
                ("SORT", key, "ALPHA", "STORE", self.key("list")), ("RPUSH", "queue", number),
            ]
        )

    def sets(self):
        key, other, number = self.key("set"), self.key("set"), self.chance.randrange(2000)
        return self.chance.choice(
            [
                ("SADD", key, *range(number, number + 1 + number % 30)), ("SADD", key, self.text()), ("SREM", key, number), ("SPOP", key),
                ("SPOP", key, number % 10), ("SMOVE", key, other, number), ("SUNIONSTORE", self.key("set"), key, other),
                ("SDIFFSTORE", self.key("set"), key, other),
            ]
        )

    def hashes(self):
        key, number = self.key("hash"), self.chance.randrange(200)
        return self.chance.choice(
            [
                ("HSET", key, number, self.text(), number + 1, number), ("HDEL", key, number), ("HINCRBY", key, "count", number),
                ("HINCRBYFLOAT", key, "float", number / 3), ("HSETNX", key, number, 1),
                ("HSET", key, *(word for n in range(20) for word in (n, self.text()))),
            ]
        )

    def sorted(self):
        key, number = self.key("sorted"), self.chance.randrange(1000)
        return self.chance.choice(
            [
                ("ZADD", key, number / 3, self.text(), number, number), ("ZINCRBY", key, number, number), ("ZPOPMIN", key, number % 3),
                ("ZREMRANGEBYRANK", key, 0, number % 5), ("ZREM", key, number), ("ZUNIONSTORE", self.key("sorted"), 2, key, self.key("sorted")),
                ("ZRANGESTORE", self.key("sorted"), key, 0, 40), ("GEOADD", self.key("places"), number / 10, number / 20, number),
                ("ZMPOP", 1, key, "MAX"), ("ZREMRANGEBYSCORE", key, number, number + 20),
            ]
        )

    def streams(self):
        key, number = self.key("stream"), self.chance.randrange(1000)
        return self.chance.choice(
            [
                ("XADD", key, "*", "field", self.text()), ("XADD", key, "MAXLEN", "~", 100, "*", number, number, "b", self.text()),
                ("XTRIM", key, "MAXLEN", 50), ("XGROUP", "CREATE", key, "group", 0, "MKSTREAM"),
                ("XREADGROUP", "GROUP", "group", f"consumer{number % 3}", "COUNT", 5, "STREAMS", key, ">"),
                ("XREADGROUP", "GROUP", "group", "nobody", "NOACK", "COUNT", 2, "STREAMS", key, ">"),
                ("XAUTOCLAIM", key, "group", "other", 0, "0-0", "COUNT", 3), ("XGROUP", "DELCONSUMER", key, "group", "consumer1"),
                ("XADD", key, "NOMKSTREAM", "*", "a", 1), ("XGROUP", "SETID", key, "group", "$"), ("XSETID", key, "99999999999999-0"),
            ]
        )

    def keys(self):
        chance = self.chance
        kinds = ("string", "list", "set", "hash", "sorted", "stream")
        kind = chance.choice(kinds)
        key, other, number = self.key(kind), self.key(kind), chance.randrange(3000)
        return chance.choice(
            [
                ("DEL", key, other), ("UNLINK", key), ("EXPIRE", key, 1 + number % 3), ("PEXPIRE", key, number + 1), ("PERSIST", key),
                ("EXPIRE", key, -1), ("RENAME", key, other), ("COPY", key, other, "REPLACE"), ("MOVE", key, number % 4),
                ("COPY", key, other, "DB", number % 4, "REPLACE"), ("PUBLISH", "channel", number), ("EXPIREAT", key, 4_000_000_000 + number),
                ("EXISTS", key), ("RANDOMKEY",), ("SCAN", 0), ("TYPE", key),
            ]
        )


class Wait(Talk):
    """Waits for what the load pushes."""

    calls = [("BLPOP", "queue", 0.2), ("BLMOVE", "queue", "moved", "LEFT", "LEFT", 0.2), ("BLMPOP", 0.2, 1, "queue", "RIGHT", "COUNT", 3)]

    def __init__(self, port, call):
        self.call = call
        super().__init__(port)

    def say(self, client):
        client.send(*self.call)
        client.read()
        client.call("LTRIM", "moved", 0, 100)


def info(client, section):
    lines = client.call("INFO", section).decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def wait_until(what, reached, seconds=60):
    end = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > end:
            raise SystemExit(f"after {seconds} s: {what}")
        time.sleep(0.05)


def is_level(primary, replica):
    status = info(replica, "replication")
    return status.get("master_link_status") == "up" and int(status["slave_repl_offset"]) == offset(primary)


def offset(primary):
    return int(info(primary, "replication")["master_repl_offset"])


def online(client):
    """How many replicas get every change."""
    return sum("state=online" in text for text in info(client, "replication").values())


def told(readings_of_all):
    """Without what Redis does not tell its replicas of groups: how many entries one has read, and consumers that have got none."""
    for held in readings_of_all.values():
        if held[0] != "stream":
            continue
        account = []
        for part in held[3]:
            if isinstance(part, list) and len(part) == 4:
                part = [part[0], part[1], part[3]]
            if not (isinstance(part, list) and len(part) == 2 and part[1] == []):
                account.append(part)
        held[3] = account
    return readings_of_all


def compare(name, primary, replica):
    ours, theirs = told(readings(primary, range(4))), told(readings(replica, range(4)))
    # Time may have removed a key of one of them in between.
    now = time.time() * 1000
    soon = {key for side in (ours, theirs) for key, (_, deadline, *_) in side.items() if 0 < deadline < now + 2000 or deadline == -2}
    wrong = [key for key in {*ours, *theirs} - soon if ours.get(key) != theirs.get(key)]
    for key in sorted(wrong)[:10]:
        print(f"  {name}: {key}:\n    {str(ours.get(key))[:600]} here,\n    {str(theirs.get(key))[:600]} there")
    if wrong:
        raise SystemExit(f"{name}: {len(wrong)} of {len(ours)} keys differ")
    return len(ours)


def descriptors(server):
    return len(os.listdir(f"/proc/{server.pid}/fd"))


def leftovers(server):
    return [name for name in os.listdir(server.folder) if name.startswith("temp")]


def follow(primary, name, binary):
    """What is named with a log keeps one."""
    log = "yes" if name.endswith("with a log") else "no"
    options = ["--replicaof", f"127.0.0.1 {primary.port}", "--enable-debug-command", "yes", "--appendonly", log]
    return Server(name, binary, options, pin=False, waits=False)


def connect(server):
    server.started = time.monotonic()
    end = time.monotonic() + 60
    while True:
        try:
            client = server.client(timeout=60)
            client.call("PING")
            return client
        except (OSError, ReplyError):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def settle(primary, replicas, binaries):
    for (name, _), replica in zip(binaries, replicas):
        client = connect(replica)
        wait_until(f"{name} is not level", lambda client=client: is_level(primary, client))
        count = compare(name, primary, client)
        print(f"  {name}: {count} keys are the same, offset {info(client, 'replication')['slave_repl_offset']}")
        client.close()


def fetch_snapshot(server, binary, folder):
    """The file is of our newest version, which redis-check-rdb of Redis 7.0 would not read: our own checks it."""
    path, checker = os.path.join(folder, "fetched.rdb"), os.path.join(folder, "redis-check-rdb")
    os.symlink(os.path.abspath(binary), checker)
    done = subprocess.run(["redis-cli", "-p", str(server.port), "--rdb", path], capture_output=True, text=True, timeout=60, check=False)
    checked = subprocess.run([checker, path], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode or "\\o/ RDB looks OK" not in checked.stdout:
        raise SystemExit(f"redis-cli --rdb: {done.stderr}{checked.stdout}")


def cut(client, replicas, seconds):
    """Links that break under load: replicas go on with the stream; one that was away for longer than is kept begins anew."""
    wait_until("replicas are not online", lambda: online(client) >= len(replicas))
    before = info(client, "stats")
    for _ in range(5):
        time.sleep(seconds / 8)
        client.call("CLIENT", "KILL", "TYPE", "replica")
        wait_until("replicas did not go on", lambda: online(client) >= len(replicas))
    middle = info(client, "stats")
    if middle["sync_full"] != before["sync_full"]:
        raise SystemExit(f"{int(middle['sync_full']) - int(before['sync_full'])} replicas began anew after a short cut")
    client.call("CONFIG", "SET", "repl-backlog-size", 16384)
    replicas[0].process.send_signal(signal.SIGSTOP)
    client.call("CLIENT", "KILL", "TYPE", "replica")
    end = offset(client) + (1 << 20)
    wait_until("too little is written", lambda: offset(client) > end)
    replicas[0].process.send_signal(signal.SIGCONT)
    wait_until("nobody began anew after a long cut", lambda: info(client, "stats")["sync_full"] != middle["sync_full"])
    client.call("CONFIG", "SET", "repl-backlog-size", 64 << 20)
    after = info(client, "stats")
    print(f"  {int(middle['sync_partial_ok']) - int(before['sync_partial_ok'])} times went on, "
          f"{int(after['sync_full']) - int(middle['sync_full'])} times began anew after a long cut")


def run(name, binary, server, binaries, seconds, seed, way, options):
    print(f"{name}, {way}:", flush=True)
    options = ["--enable-debug-command", "yes", "--repl-backlog-size", "64mb", *options]
    primary = Server(name, binary, options, pin=False)
    replicas, client = [], primary.client(timeout=60)
    try:
        client.call("FUNCTION", "LOAD", LIBRARY)
        for index in range(0, 100_000, 1000):
            client.call("MSET", *(word for n in range(index, index + 1000) for word in (f"ballast:{n}", "b" * 200)))
        client.call("ZADD", "ballast", *(word for n in range(20_000) for word in (n, f"member {n}")))
        before = descriptors(primary)
        loads, waits = [Load(primary.port, seed + n) for n in range(2)], [Wait(primary.port, call) for call in Wait.calls]
        replicas = [follow(primary, name, binary) for name, binary in binaries]
        killed = follow(primary, "killed", binaries[0][1])
        time.sleep(0.7)
        killed.process.send_signal(signal.SIGKILL)
        if name == "apus":
            fetch_snapshot(primary, server, primary.folder)
        time.sleep(seconds)
        cut(client, replicas, seconds)
        # Redis counts what is kept of the stream, and would evict everything.
        if name == "apus":
            client.call("CONFIG", "SET", "maxmemory-policy", "allkeys-random", "maxmemory", int(info(client, "memory")["used_memory"]) * 9 // 10)
            time.sleep(1)
            client.call("CONFIG", "SET", "maxmemory", 0)
        for talk in loads + waits:
            talk.stop()
        killed.stop()
        print(f"  {sum(load.count for load in loads)} calls, {info(client, 'stats')['evicted_keys']} keys evicted, "
              f"{info(client, 'stats')['expired_keys']} expired")
        settle(client, replicas, binaries)
        for replica in replicas:
            replica.stop()
        wait_until("replicas are still known", lambda: info(client, "replication")["connected_slaves"] == "0")
        wait_until(f"files are left: {leftovers(primary)}", lambda: not leftovers(primary), 10)
        wait_until(f"descriptors are left: {descriptors(primary)}, {before} before", lambda: descriptors(primary) <= before + 1, 10)
    finally:
        for replica in replicas:
            replica.stop()
        primary.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server")
    parser.add_argument("binaries", nargs="+", metavar="NAME=PATH")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    words = parser.parse_args()
    binaries = [word.split("=", 1) for word in words.binaries if "=" in word]
    binaries = [(name, path) for name, path in binaries if shutil.which(path)]
    print(f"seed {words.seed}")
    ways = {
        "while it is taken": ["--repl-diskless-sync-delay", "0"],
        "when it is complete": ["--repl-diskless-sync", "no"],
        "with an append-only file": ["--repl-diskless-sync-delay", "0", "--appendonly", "yes", "--aof-timestamp-enabled", "yes"],
    }
    ours = [("apus", words.server), ("apus with a log", words.server)]
    for way, options in ways.items():
        run("apus", words.server, words.server, [*binaries, ours[0]], words.seconds, words.seed, way, options)
    for name, binary in binaries:
        for way, options in ways.items():
            run(name, binary, words.server, ours, words.seconds, words.seed, way, options)
    for name, binary in [("apus", words.server), *binaries]:
        go_to_and_fro(("apus", name), (words.server, binary))
    print("all the same")


if __name__ == "__main__":
    sys.exit(main())

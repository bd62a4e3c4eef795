"""Data that move between our server and real ones, by snapshot and by append-only directory, both ways.

Every type in every encoding, small and large, at the borders between them; binary, empty and long strings; integers of
every width; deadlines; several databases; streams with groups, consumers and pending entries. Compared by DEBUG DIGEST
where both sides compute it alike, and by readings of each key.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

from servers import ReplyError, Server


def fill(client):
    """The data. Nothing here is random: the same on every server."""
    client.call("FLUSHALL")
    client.call("SELECT", 0)
    strings(client)
    lists_and_sets(client)
    hashes_and_sorted_sets(client)
    streams(client)
    for database in (1, 7, 15):
        client.call("SELECT", database)
        client.call("SET", "same", f"of {database}")
        client.call("RPUSH", "list", *range(database))
    client.call("SELECT", 0)


def strings(client):
    for number in (0, 1, -1, 12, -12, 127, 128, -129, 32767, 32768, -32769, 2**31 - 1, 2**31, -(2**31) - 1, 2**63 - 1, -(2**63)):
        client.call("SET", f"integer:{number}", number)
    texts = {"empty": b"", "binary": bytes(range(256)) * 3, "null": b"\0", "like an integer": b"007", "lines": b"a\r\nb\n"}
    for name, text in texts.items():
        client.call("SET", name, text)
    for size in (43, 44, 45, 63, 64, 65, 16383, 16384, 70_000, 5_000_000):
        client.call("SET", f"repeated:{size}", b"abcdefgh" * (size // 8) + b"x" * (size % 8))
        client.call("SET", f"noise:{size}", bytes(n * n % 251 for n in range(min(size, 70_000))))
    client.call("SET", b"", "the empty key")
    client.call("SET", b"key\0\xff\r\n", "a binary key")
    client.call("SET", "later", "x", "PXAT", 4_000_000_000_123)
    client.call("SET", "appended", "a")
    client.call("APPEND", "appended", "b" * 100)
    client.call("SETBIT", "bits", 100_000, 1)
    client.call("PFADD", "few visitors", *range(10))
    client.call("PFADD", "many visitors", *range(20_000))


def lists_and_sets(client):
    for count in (1, 10, 128, 129, 512, 5000):
        client.call("RPUSH", f"list:{count}", *(f"element {number}" for number in range(count)))
        client.call("RPUSH", f"integers:{count}", *(number * 1000 for number in range(count)))
        client.call("SADD", f"set:{count}", *(f"member {number}" for number in range(count)))
        for name, factor in (("small", 1), ("middle", 10**5), ("large", 10**10)):
            client.call("SADD", f"intset:{name}:{count}", *(number * factor for number in range(count)))
    client.call("RPUSH", "list of large", *(b"%d" % number * 5000 for number in range(12)))
    client.call("RPUSH", "list of empty", "", "", "x", "")
    client.call("SADD", "set with a large member", "x" * 100, "")
    client.call("EXPIREAT", "set:10", 4_000_000_000)
    for number in range(1000):
        client.send("LSET", "list:5000", number * 3, f"changed {number}" * (number % 40))
    for number in range(1000):
        client.read()


def hashes_and_sorted_sets(client):
    for count in (1, 10, 128, 129, 512, 513, 5000):
        client.call("HSET", f"hash:{count}", *(word for number in range(count) for word in (f"field {number}", f"value {number}")))
        client.call("ZADD", f"zset:{count}", *(word for number in range(count) for word in (number * 1.5 - 100, f"member {number}")))
    client.call("HSET", "hash with a large value", "f", "x" * 100, "", "empty field", "g", "")
    scores = ["inf", "-inf", "0", "-0", "1e300", "-1e-300", "3.141592653589793", "0.1", "1e17", "9007199254740993"]
    client.call("ZADD", "scores", *(word for score in scores for word in (score, "at " + score)))
    client.call("ZADD", "zset with a large member", 1, "x" * 100, 2, "")
    client.call("GEOADD", "places", 13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")
    client.call("EXPIREAT", "hash:5000", 4_000_000_000)


def streams(client):
    for number in range(1, 1001):
        client.send("XADD", "stream", f"{number}-{number % 7}", "field", number, *(("other", "x" * (number % 50)) if number % 3 else ()))
    for number in range(1000):
        client.read()
    client.call("XDEL", "stream", "3-3", "999-5")
    client.call("XADD", "empty stream", "5-5", "a", "b")
    client.call("XDEL", "empty stream", "5-5")
    client.call("XADD", "trimmed", "MAXLEN", "1", "1-1", "a", "b")
    client.call("XADD", "trimmed", "MAXLEN", "1", "2-1", "a", "b")
    for group, start in (("first", "0"), ("last", "$"), ("middle", "500-3")):
        client.call("XGROUP", "CREATE", "stream", group, start)
    client.call("XGROUP", "CREATE", "only a group", "g", "$", "MKSTREAM")
    client.call("XGROUP", "CREATECONSUMER", "stream", "last", "idle")
    for consumer in ("alice", "bob"):
        client.call("XREADGROUP", "GROUP", "first", consumer, "COUNT", "50", "STREAMS", "stream", ">")
    client.call("XACK", "stream", "first", "1-1", "2-2")
    client.call("XCLAIM", "stream", "first", "carol", "0", "60-4", "TIME", "1700000000000", "RETRYCOUNT", "7")


def readings(client, databases=(0, 1, 7, 15)):
    """What each key holds, as anybody would read it; streams with their groups, which the digest leaves out."""
    found = {}
    for database in databases:
        client.call("SELECT", database)
        for key in sorted(client.call("KEYS", "*")):
            kind = client.call("TYPE", key)
            held = [kind, client.call("PEXPIRETIME", key)]
            if kind == "none":
                continue
            if kind == "string":
                held.append(client.call("GET", key))
            elif kind == "list":
                held.append(client.call("LRANGE", key, 0, -1))
            elif kind == "set":
                held.append(sorted(client.call("SMEMBERS", key)))
            elif kind == "hash":
                flat = client.call("HGETALL", key)
                held.append(sorted(zip(flat[::2], flat[1::2])))
            elif kind == "zset":
                flat = client.call("ZRANGE", key, 0, -1, "WITHSCORES")
                held.append(list(zip(flat[::2], map(float, flat[1::2]))))
            else:
                held += [client.call("XRANGE", key, "-", "+"), groups(client, key)]
            found[database, key] = held
    return found


def groups(client, key):
    """The account of a stream, without what a tree of the same entries may have otherwise, and without idle times."""
    told = client.call("XINFO", "STREAM", key, "FULL", "COUNT", "0")
    told = dict(zip(told[::2], told[1::2]))
    kept = [told.get(name) for name in (b"length", b"last-generated-id", b"max-deleted-entry-id", b"entries-added", b"recorded-first-entry-id")]
    for group in told[b"groups"]:
        group = dict(zip(group[::2], group[1::2]))
        members = [dict(zip(member[::2], member[1::2])) for member in group[b"consumers"]]
        kept.append([group[name] for name in (b"name", b"last-delivered-id", b"entries-read", b"pending")])
        kept += sorted([member[b"name"], member[b"pending"]] for member in members)
    return kept


class RoundTrip:
    def __init__(self, servers, check):
        self.servers, self.check = servers, check
        self.wrong = 0

    def start(self, name, folder, options=()):
        words = ["--enable-debug-command", "yes", "--dbfilename", "dump.rdb", *options]
        return Server(name, self.servers[name], words, folder=folder, pin=False)

    def trip(self, source, target, way):
        """The data of one server, read by the other. Returns what went wrong, or None."""
        folder = tempfile.mkdtemp(prefix="apus-trip-")
        old = "apus" in source and b"v=7.0" in subprocess.run([self.servers[target], "--version"], capture_output=True).stdout
        options = ["--rdb-save-version", "10"] if old else []
        if way != "snapshot":
            options += ["--appendonly", "yes", "--aof-use-rdb-preamble", "yes" if way == "log with base" else "no"]
        try:
            with self.start(source, folder, options) as server:
                client = server.client(timeout=60)
                fill(client)
                if way == "snapshot":
                    client.call("SAVE")
                elif way == "log with base":
                    self.rewrite(client)
                    client.call("SET", "behind the base", "x")
                else:
                    self.rewrite(client) if way == "commands rewritten" else None
                before, digest = readings(client), client.call("DEBUG", "DIGEST")
                self.stop(server, client)
            complaint = self.checked(folder, way, source)
            if complaint:
                return complaint
            keeps = [word for word in options if not word.startswith("--rdb-save") and word != "10"]
            with self.start(target, folder, keeps) as server:
                client = server.client(timeout=60)
                after = readings(client)
                different = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
                if different:
                    key = sorted(different, key=str)[0]
                    return f"{len(different)} keys differ, such as {key}: {str(before.get(key))[:200]} became {str(after.get(key))[:200]}"
                if "apus" not in source + target and client.call("DEBUG", "DIGEST") != digest:
                    return "the digests differ"
        except (SystemExit, ReplyError, OSError) as problem:
            if "'bgrewriteaof' is not supported" in str(problem):
                print("   this server does not rewrite its log: left out")
                return None
            return f"{type(problem).__name__}: {str(problem)[:600]}"
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return None

    @staticmethod
    def rewrite(client):
        client.call("BGREWRITEAOF")
        end = time.monotonic() + 60
        while time.monotonic() < end:
            told = client.call("INFO", "persistence")
            if b"aof_rewrite_in_progress:0" in told and b"aof_rewrite_scheduled:0" in told:
                if b"aof_last_bgrewrite_status:ok" not in told:
                    raise OSError("the rewrite failed")
                return
            time.sleep(0.01)
        raise OSError("the rewrite does not end")

    @staticmethod
    def stop(server, client):
        client.send("SHUTDOWN", "NOSAVE")
        server.process.wait(30)

    def checked(self, folder, way, source):
        """What the tools of the real server say of the files."""
        for name, directory in self.check:
            tool, file = ("redis-check-rdb", "dump.rdb") if way == "snapshot" else ("redis-check-aof", "appendonlydir/appendonly.aof.manifest")
            path = os.path.join(directory, tool)
            if name == source or not os.path.exists(path):
                continue
            done = subprocess.run([path, os.path.join(folder, file)], capture_output=True, text=True)
            old = b"v=7.0" in subprocess.run([os.path.join(directory, "redis-server"), "--version"], capture_output=True).stdout
            newer = "format version 11" in done.stdout and old
            if done.returncode and not newer:
                return f"{path} does not accept it: {done.stdout[-300:]}"
        return None

    def run(self, pairs, ways):
        for source, target in pairs:
            for way in ways:
                start = time.monotonic()
                complaint = self.trip(source, target, way)
                self.wrong += complaint is not None
                print(f"   {source} to {target}, {way:<20}{time.monotonic() - start:6.1f} s   {complaint or 'all the same'}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("servers", nargs="+", help="NAME=PATH, ours first; each pair of it and another is tried both ways")
    parser.add_argument("--ways", default="snapshot,log,log with base,commands rewritten")
    arguments = parser.parse_args()
    servers = dict(entry.split("=", 1) for entry in arguments.servers)
    names = list(servers)
    # Tools that are only other names of a server are found beside it.
    check = [(name, os.path.dirname(os.path.realpath(servers[name]))) for name in names[1:]]
    check += [(name, os.path.dirname(servers[name])) for name in names[1:]]
    trips = RoundTrip(servers, check)
    pairs = [pair for other in names[1:] for pair in ((names[0], other), (other, names[0]))]
    trips.run(pairs, arguments.ways.split(","))
    sys.exit(1 if trips.wrong else 0)


if __name__ == "__main__":
    main()

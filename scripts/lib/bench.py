"""Compares servers, interleaved in one run: speed, memory, expiry, growth, long replies, publish/subscribe, idle and
blocked connections, start-up; by bench_memory.py, what servers know of their memory; by bench_persistence.py, snapshots,
restarts, the log, and huge values; and, where it is asked for (--suite hitratio), how often a cache has what is wanted.

The load comes from apus-bench (Benchmarks/Load). "CPU" is what the server process ran on a processor, from schedstat: it hardly
depends on what else the machine does, as operations per second do. Of several rounds the best counts.
"""

import argparse
import json
import math
import os
import platform
import subprocess
import time

from bench_defrag import Defragmentation
from bench_hitratio import HitRatio
from bench_limits import KEYS_OF_LIMITS, LIMITS, Limits
from bench_lua import LOOPS_BESIDE, Scripts
from bench_memory import Accounts
from bench_persistence import Persistence
from bench_pods import Pods
from servers import CPUS, ROOT, ReplyError, Server, encode, raise_descriptor_limit

PIPELINES = [1, 16, 64]
FILL_HASHES = ("HSET hash:{next} field {value:16} second {value:16}", None)
FILL_KEYS = ("SET key:{next} {value:64}", None)

# name, what is there before (template, how many; None: as many as there are keys; perhaps by how many connections), what is measured, whether it belongs to the
# command set that the geometric mean is taken over.
SPEED = [
    ("PING", [], ["PING"]),
    ("GET", [FILL_KEYS], ["GET key:{key}"]),
    ("SET", [FILL_KEYS], ["SET key:{key} {value:64}"]),
    ("SETEX", [FILL_KEYS], ["SETEX key:{key} 3600 {value:64}"]),
    ("EXPIRE", [FILL_KEYS], ["EXPIRE key:{key} 3600"]),
    ("INCR", [], ["INCR n:{key}"]),
    ("INCR+EXPIRE", [], ["INCR n:{key} ; EXPIRE n:{same} 60"]),
    ("MSET10", [FILL_KEYS], ["MSET " + " ".join(["key:{key} {value:64}"] * 10)]),
    ("MGET10", [FILL_KEYS], ["MGET " + " ".join(["key:{key}"] * 10)]),
    ("DEL", [FILL_KEYS], ["DEL key:{next}"]),
    ("LPUSH", [], ["LPUSH list {value:64}"]),
    ("LPOP", [("RPUSH list {value:64}", None)], ["LPOP list"]),
    ("RPOP", [("RPUSH list {value:64}", None)], ["RPOP list"]),
    ("LRANGE_100", [("RPUSH list {value:64}", 200)], ["LRANGE list 0 99"]),
    ("SADD", [], ["SADD set member:{key}"]),
    ("SPOP", [("SADD set member:{next}", None)], ["SPOP set"]),
    ("HSET", [], ["HSET hash field:{key} {value:64}"]),
    (
        "HGETALL10",
        [("HSET h:{next} " + " ".join(f"field:{n} value:{n}:abcdefgh" for n in range(10)), 10000)],
        ["HGETALL h:{key}"],
    ),
    ("ZADD", [], ["ZADD zset {score} member:{key}"]),
    ("ZPOPMIN", [("ZADD zset {score} member:{next}", None)], ["ZPOPMIN zset"]),
    (
        "RATELIMIT",
        [],
        ["MULTI ; ZREMRANGEBYSCORE rl:{key} 0 {window} ; ZADD rl:{same} {tick} {tick} ; ZCARD rl:{same} ; EXPIRE rl:{same} 60 ; EXEC"],
    ),
    ("SESSION", [("SETEX s:{next} 1800 {value:512}", None)], ["GET s:{zipf}", "SETEX s:{zipf} 1800 {value:512}"]),
    ("GET 1KiB", [("SET key:{next} {value:1024}", None)], ["GET key:{key}"]),
    ("SET 1KiB", [("SET key:{next} {value:1024}", None)], ["SET key:{key} {value:1024}"]),
    ("MSET10 1KiB", [], ["MSET " + " ".join(["key:{key} {value:1024}"] * 10)]),
    ("LPUSH 1KiB", [], ["LPUSH list {value:1024}"]),
    ("LRANGE_100 1KiB", [("RPUSH list {value:1024}", 200)], ["LRANGE list 0 99"]),
]
# The same for what the geometric mean leaves out.
SPEED_BESIDE = [
    ("SETBIT", [], ["SETBIT bits 1{score} 1"]),
    ("GETBIT", [("SETBIT bits 1{score} 1", 10000)], ["GETBIT bits 1{score}"]),
    ("BITCOUNT 4KiB", [("SETRANGE bits 4000 {value:96}", 1)], ["BITCOUNT bits"]),
    ("LPUSH+BLPOP", [], ["LPUSH queue {value:64} ; BLPOP queue 0"]),
    ("PFADD", [], ["PFADD visitors member:{key}"]),
    ("GEOSEARCH", [("GEOADD places 13.{score} 52.{score} place:{next}", 10000)], ["GEOSEARCH places FROMLONLAT 13.{score} 52.{score} BYRADIUS 2 km"]),
    ("XADD", [], ["XADD stream MAXLEN ~ 100000 * field {value:64}"]),
    ("XRANGE_100", [("XADD stream * field {value:64}", 1000)], ["XRANGE stream - + COUNT 100"]),
    (
        "XREADGROUP+XACK",
        [("XGROUP CREATE stream group 0 MKSTREAM", 1), ("XADD stream 1{next}-1 field {value:64}", None, 1)],
        ["XREADGROUP GROUP group consumer COUNT 1 STREAMS stream > ; XACK stream group 1{next}-1"],
    ),
    ("GET+SET tracked", [FILL_KEYS], ["GET key:{key}", "SET key:{key} {value:64}"]),
]
# Commands that are newer than the reference server.
NEWER = [
    ("SET IFEQ", [FILL_KEYS], ["SET key:{key} {value:64} IFEQ {value:64}"]),
    ("SET+DELIFEQ", [], ["SET lock:{key} {value:16} NX PX 30000 ; DELIFEQ lock:{same} {value:16}"]),
    ("MSETEX10", [FILL_KEYS], ["MSETEX 10 " + " ".join(["key:{key} {value:64}"] * 10) + " EX 3600"]),
    ("INCREX", [], ["INCREX n:{key} UBOUND 1000000 EX 60 ENX"]),
    ("DIGEST", [FILL_KEYS], ["DIGEST key:{key}"]),
    ("DIGEST 1KiB", [("SET key:{next} {value:1024}", None)], ["DIGEST key:{key}"]),
    ("SET+DELEX", [], ["SET key:{key} {value:16} ; DELEX key:{same} IFNE none"]),
    ("BITOP DIFF", [FILL_KEYS], ["BITOP DIFF bits key:{key} key:{key}"]),
    ("BITOP ONE", [FILL_KEYS], ["BITOP ONE bits key:{key} key:{key} key:{key}"]),
    ("HSETEX", [], ["HSETEX hash:{key} EX 3600 FIELDS 1 field {value:16}"]),
    ("HEXPIRE", [FILL_HASHES], ["HEXPIRE hash:{key} 3600 FIELDS 1 field"]),
    (
        "HPEXPIRE+AT",
        [FILL_HASHES],
        [
            "HPEXPIRE hash:{key} 3600000 FIELDS 1 field ; HEXPIREAT hash:{same} 33177117420 FIELDS 1 field"
            " ; HPEXPIREAT hash:{same} 33177117420000 FIELDS 1 field"
        ],
    ),
    ("HTTL", [FILL_HASHES], ["HTTL hash:{key} FIELDS 1 field"]),
    (
        "HPTTL+EXPIRETIME",
        [FILL_HASHES],
        ["HPTTL hash:{key} FIELDS 1 field ; HEXPIRETIME hash:{same} FIELDS 1 field ; HPEXPIRETIME hash:{same} FIELDS 1 field"],
    ),
    ("HPERSIST", [FILL_HASHES], ["HPERSIST hash:{key} FIELDS 1 field"]),
    ("HGETEX", [FILL_HASHES], ["HGETEX hash:{key} EX 3600 FIELDS 1 field"]),
    ("HSET+HGETDEL", [], ["HSET hash:{key} other {value:16} ; HGETDEL hash:{same} FIELDS 1 other"]),
    ("HSCAN NOVALUES", [FILL_HASHES], ["HSCAN hash:{key} 0 NOVALUES"]),
    ("ZUNION COUNT", [("ZADD zset:{key} {score} member:{next}", 1000)], ["ZUNION 2 zset:{key} zset:{key} AGGREGATE COUNT"]),
    ("LMOVEM10", [("RPUSH list {value:32}", 1000)], ["LMOVEM list list LEFT RIGHT COUNT 10 OBO"]),
    ("BLMOVEM10", [("RPUSH list {value:32}", 1000)], ["BLMOVEM list list LEFT RIGHT 0 COUNT 10 OBO"]),
    ("XADD ACKED", [("XGROUP CREATE stream group 0 MKSTREAM", 1)], ["XADD stream ACKED MAXLEN ~ 100000 * field {value:64}"]),
    ("XADD+XTRIM ACKED", [], ["XADD stream * field {value:64} ; XTRIM stream MAXLEN ~ 1000 ACKED"]),
    ("XDELEX", [("XADD stream 1{next}-1 field {value:64}", None, 1)], ["XDELEX stream DELREF IDS 1 1{next}-1"]),
    (
        "XREADGROUP+XACKDEL",
        [("XGROUP CREATE stream group 0 MKSTREAM", 1), ("XADD stream 1{next}-1 field {value:64}", None, 1)],
        ["XREADGROUP GROUP group consumer COUNT 1 CLAIM 60000 STREAMS stream > ; XACKDEL stream group IDS 1 1{next}-1"],
    ),
    ("CLIENT LIST NAME", [], ["CLIENT LIST NAME nobody"]),
    ("CLIENT MAINT_NOTIFICATIONS", [], ["CLIENT MAINT_NOTIFICATIONS OFF"]),
    ("COMMANDLOG GET", [], ["COMMANDLOG GET 10 slow"]),
    ("HOTKEYS GET", [], ["HOTKEYS GET"]),
    ("INFO keysizes", [FILL_KEYS], ["INFO keysizes"]),
]
# What does the same on a server that has them not.
INSTEAD = {
    "SET IFEQ": ["EVAL return(redis.call('get',KEYS[1])==ARGV[1])and(redis.call('set',KEYS[1],ARGV[2])) 1 key:{key} {value:64} {value:64}"],
    "SET+DELIFEQ": [
        "SET lock:{key} {value:16} NX PX 30000"
        " ; EVAL return(redis.call('get',KEYS[1])==ARGV[1])and(redis.call('del',KEYS[1])) 1 lock:{same} {value:16}"
    ],
    "MSETEX10": [" ; ".join(["SET key:{key} {value:64} EX 3600"] * 10)],
    "INCREX": ["INCR n:{key} ; EXPIRE n:{same} 60 NX"],
    "DIGEST": ["GET key:{key}"],
    "DIGEST 1KiB": ["GET key:{key}"],
    "SET+DELEX": ["SET key:{key} {value:16} ; DEL key:{same}"],
    "BITOP DIFF": ["BITOP AND bits key:{key} key:{key}"],
    "BITOP ONE": ["BITOP XOR bits key:{key} key:{key} key:{key}"],
    "HSETEX": ["HSET hash:{key} field {value:16} ; EXPIRE hash:{same} 3600"],
    "HEXPIRE": ["EXPIRE hash:{key} 3600"],
    "HPEXPIRE+AT": ["PEXPIRE hash:{key} 3600000 ; EXPIREAT hash:{same} 33177117420 ; PEXPIREAT hash:{same} 33177117420000"],
    "HTTL": ["TTL hash:{key}"],
    "HPTTL+EXPIRETIME": ["PTTL hash:{key} ; EXPIRETIME hash:{same} ; PEXPIRETIME hash:{same}"],
    "HPERSIST": ["PERSIST hash:{key}"],
    "HGETEX": ["HGET hash:{key} field ; EXPIRE hash:{same} 3600"],
    "HSET+HGETDEL": ["HSET hash:{key} other {value:16} ; HGET hash:{same} other ; HDEL hash:{same} other"],
    "HSCAN NOVALUES": ["HKEYS hash:{key}"],
    "ZUNION COUNT": ["ZUNION 2 zset:{key} zset:{key} AGGREGATE SUM"],
    "LMOVEM10": [" ; ".join(["LMOVE list list LEFT RIGHT"] * 10)],
    "BLMOVEM10": [" ; ".join(["BLMOVE list list LEFT RIGHT 0"] * 10)],
    "XADD ACKED": ["XADD stream MAXLEN ~ 100000 * field {value:64}"],
    "XADD+XTRIM ACKED": ["XADD stream * field {value:64} ; XTRIM stream MAXLEN ~ 1000"],
    "XDELEX": ["XDEL stream 1{next}-1"],
    "XREADGROUP+XACKDEL": [
        "XREADGROUP GROUP group consumer COUNT 1 STREAMS stream > ; XACK stream group 1{next}-1 ; XDEL stream 1{same}-1"
    ],
    "CLIENT LIST NAME": ["CLIENT LIST TYPE pubsub"],
    "CLIENT MAINT_NOTIFICATIONS": ["CLIENT NO-EVICT OFF"],
    "COMMANDLOG GET": ["SLOWLOG GET 10"],
    "HOTKEYS GET": ["SLOWLOG GET 1"],
    "INFO keysizes": ["INFO stats"],
}
# What the connections say first.
GREETINGS = {"GET+SET tracked": "HELLO 3 ; CLIENT TRACKING ON"}
# These use up what was filled in.
EATING = ("DEL", "LPOP", "RPOP", "SPOP", "ZPOPMIN", "XREADGROUP+XACK", "XDELEX", "XREADGROUP+XACKDEL")
KEYS_OF = {"HGETALL10": 10000, "RATELIMIT": 10000, **{name: KEYS_OF_LIMITS for name, _, _ in LIMITS}}

MEMORY = [
    ("string 16 B + 8 B", ["SET key:{next} {value:8}"], 1),
    ("string 16 B + 64 B", ["SET key:{next} {value:64}"], 1),
    ("the same with a TTL", ["SET key:{next} {value:64} EX 100000"], 1),
    ("integer with a TTL", ["INCR key:{next} ; EXPIRE key:{same} 100000"], 1),
    ("hash of 10 small fields", ["HSET key:{next} " + " ".join(f"field{n} value{n}" for n in range(10))], 10),
    ("list of 5 x 32 B", ["RPUSH key:{next} " + " ".join(["{value:32}"] * 5)], 10),
    ("zset of 10 x 13 B", ["ZADD key:{next} " + " ".join(f"{n}000 member:{n:06d}" for n in range(10))], 10),
    ("big zset, per 16 B member", ["ZADD big {score} key:{next}"], 1),
    ("big set, per 16 B member", ["SADD big key:{next}"], 1),
    ("big hash, per 16 B + 16 B", ["HSET big key:{next} {value:16}"], 1),
]

# What is filled in, and the commands with long replies that are asked for while another client says PING.
LONG_REPLIES = [
    ("SET key:{next} {value:8}", ["KEYS *", "KEYS *99999*"]),
    ("SADD set member:{next}", ["SMEMBERS set"]),
    ("HSET hash field:{next} {value:16}", ["HGETALL hash", "HVALS hash"]),
    ("RPUSH list {value:16}", ["LRANGE list 0 -1"]),
    ("ZADD zset {score} member:{next}", ["ZRANGE zset 0 -1", "ZRANGE zset 0 -1 WITHSCORES"]),
]
# How clients wait: what many of them say, each once.
WAITS = [
    ("BLPOP, no timeout", ("BLPOP", "nothing:{}", "0")),
    ("BLPOP, timeout", ("BLPOP", "nothing:{}", "3600")),
    ("BLPOP, all of one list", ("BLPOP", "nothing", "0")),
]

SECTIONS = [
    "speed", "newer", "memory", "accounts", "expiry", "growth", "promptness", "pubsub", "idle", "blocked", "startup", "snapshot", "restart", "log", "huge",
    "frees", "pods", "defrag", "scripts", "lua", "limits",
]  # fmt: skip
MARKS = ("<!-- measured: written by scripts/bench --readme -->", "<!-- end of what was measured -->")
README_ROWS = ("GET", "SET", "INCR", "MGET10", "HGETALL10", "LRANGE_100", "ZADD", "RATELIMIT", "XADD", "XREADGROUP+XACK", "GEOSEARCH", "GET+SET tracked")
README_OPEN = ("speed", "memory", "scripts", "limits")
README_SPEED = {f"{name} P={pipeline}" for name in README_ROWS for pipeline in (16, 64)}


class Bench(Accounts, Defragmentation, HitRatio, Limits, Scripts, Persistence, Pods):
    def __init__(self, arguments):
        self.arguments = arguments
        self.quick = arguments.quick
        self.servers = [entry.split("=", 1) for entry in arguments.servers]
        self.names = [name for name, _ in self.servers]
        self.results = []
        self.keys = 100_000 if self.quick else 1_000_000

    # -- tools ------------------------------------------------------------------------------------------------------------

    def load(self, server, templates, weights=None, **options):
        words = [self.arguments.generator, "--port", str(server.port), "--pid", str(server.pid)]
        if len(CPUS) > 1:
            words = ["taskset", "-c", str(CPUS[1]), *words]
        for name, value in options.items():
            words += ["--" + name] if value is True else ["--" + name, str(value)]
        for index, template in enumerate(templates):
            words += ["--template", template]
            if weights:
                words += ["--weight", str(weights[index])]
        done = subprocess.run(words, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            return {"failed": done.stderr.strip()}
        result = json.loads(done.stdout)
        if result["errors"]:
            result["failed"] = result["error"]
        return result

    def row(self, section, name, unit, values, note=""):
        """Keeps and prints one line: a value for each server and its ratio to the first."""
        self.results.append({"section": section, "name": name, "unit": unit, "values": values, "note": note})
        base = values.get(self.names[0])
        cells = []
        for server in self.names:
            value = values.get(server)
            if value is None:
                cells.append(f"{'n/a':>12}{'':>8}")
            else:
                ratio = f"{value / base:.3f}" if base and server != self.names[0] else ""
                cells.append(f"{self.show(value):>12}{ratio:>8}")
        print(f"{name:<40}{unit:>8}{''.join(cells)}  {note}", flush=True)

    @staticmethod
    def show(value):
        return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"

    def head(self, section):
        print(f"\n-- {section}\n{'measure':<40}{'unit':>8}" + "".join(f"{name:>12}{'ratio':>8}" for name in self.names), flush=True)

    def each(self, options=(), **more):
        """A fresh server of each kind, one after the other."""
        for name, binary in self.servers:
            with Server(name, binary, options, **more) as server:
                yield name, server

    # -- sections ---------------------------------------------------------------------------------------------------------

    def speed(self):
        self.costs("speed", SPEED + SPEED_BESIDE)

    def newer(self):
        self.costs("newer", NEWER)

    def costs(self, section, rows):
        wanted = self.arguments.rows.split(",") if self.arguments.rows else None
        rounds, seconds = (2, 0.05) if self.quick else (3, 1.0)
        pipelines = [int(n) for n in self.arguments.pipelines.split(",")] if self.arguments.pipelines else PIPELINES
        self.head(f"{section}: processor time per operation, 50 connections, {self.keys:,} keys, pipeline after the name")
        logs = {(pipeline, name): [] for pipeline in pipelines for name in self.names}
        running = {name: Server(name, binary) for name, binary in self.servers}
        try:
            for row, before, measured in rows:
                if wanted and row not in wanted:
                    continue
                for pipeline in pipelines:
                    best = {}
                    throughput = {}
                    note = ""
                    for number in range(rounds):
                        for name, server in running.items():
                            filling = before if number == 0 or row in EATING else None
                            said = measured if name == "apus" else INSTEAD.get(row, measured)
                            result = self.measure(server, row, filling, said, pipeline, seconds)
                            if "failed" in result:
                                note = f"{name}: {result['failed']}"[:60]
                                continue
                            cost = result["cpu_ns"] / max(1, result["units"])
                            best[name] = min(best.get(name, cost), cost)
                            rate = result["units"] / result["seconds"]
                            throughput[name] = max(throughput.get(name, 0), rate)
                    self.row(section, f"{row} P={pipeline}", "ns", best, note)
                    self.results[-1]["throughput"] = throughput
                    if len(best) == len(self.names) and (row, before, measured) in SPEED:
                        for name, value in best.items():
                            logs[pipeline, name].append(math.log(value))
        finally:
            for server in running.values():
                server.stop()
        for pipeline in pipelines if section == "speed" else []:
            means = {name: math.exp(sum(logs[pipeline, name]) / len(logs[pipeline, name])) for name in self.names if logs[pipeline, name]}
            self.row("speed", f"geometric mean P={pipeline}", "ns", means, f"{len(logs[pipeline, self.names[0]])} rows")

    def measure(self, server, row, before, measured, pipeline, seconds):
        """Fills the server, unless `before` is None: what is there serves another round."""
        if before is not None:
            client = server.client()
            client.call("FLUSHALL")
            client.close()
        keys = KEYS_OF.get(row, min(self.keys, 200_000) if "1KiB" in row or row == "SESSION" else self.keys)
        for template, count, *clients in before or []:
            options = {"clients": clients[0]} if clients else {}
            result = self.load(server, [template], units=count or keys, pipeline=64, keys=count or keys, **options)
            if "failed" in result:
                return result
        weights = [90, 10] if len(measured) == 2 else None
        limit = {"units": keys} if row in EATING else {}
        if row in GREETINGS:
            limit["greeting"] = GREETINGS[row]
        return self.load(server, measured, weights, seconds=seconds, pipeline=pipeline, keys=keys, **limit)

    def memory(self):
        self.head(f"memory: growth of the resident set per key or element, {self.keys:,} of them")
        for row, templates, shrink in MEMORY:
            values, note = {}, ""
            count = self.keys // shrink
            for name, server in self.each():
                self.load(server, ["PING"], units=10000, pipeline=64)
                before = server.data_bytes()
                result = self.load(server, templates, units=count, pipeline=16, keys=count)
                if "failed" in result:
                    note = f"{name}: {result['failed']}"[:60]
                    continue
                time.sleep(0.05)
                values[name] = (server.data_bytes() - before) / count
            self.row("memory", row, "bytes", values, note)

    def expiry(self):
        self.head("expiry: keys still counted after their time, and how late")
        self.expiry_at_once()
        self.expiry_in_a_stretch()
        self.expiry_events()

    def expiry_at_once(self):
        moments = [0.1, 1] if self.quick else [0.1, 1, 30]
        later = self.keys
        left = {moment: {} for moment in moments}
        for name, server in self.each(real_time=not self.quick):
            due = int(time.time() * 1000) + 1500 + (0 if self.quick else 1500)
            self.load(server, [f"SET later:{{next}} x PXAT {due + 3_600_000}"], units=later, pipeline=64)
            result = self.load(server, [f"SET due:{{next}} x PXAT {due}"], units=80_000, pipeline=64)
            if "failed" in result:
                continue
            client = server.client()
            for moment in moments:
                time.sleep(max(0, due / 1000 + moment - time.time()))
                if not supports(client, "DBSIZE"):
                    break
                left[moment][name] = client.call("DBSIZE") - later
        for moment in moments:
            self.row("expiry", f"80,000 of {later + 80_000:,} due at once: left {moment} s later", "keys", left[moment])

    def expiry_in_a_stretch(self):
        count, stretch = (100_000, 1500) if self.quick else (1_000_000, 5000)
        late, most, slow, worst = {}, {}, {}, {}
        for name, server in self.each(real_time=not self.quick):
            begin = int(time.time() * 1000) + (1000 if self.quick else 4000)
            result = self.load(server, [f"SET key:{{next}} x PXAT {{time:{begin}:{stretch}}}"], units=count, pipeline=64, keys=count)
            if "failed" in result:
                continue
            client, pings, surplus = server.client(), [], 0
            if not supports(client, "DBSIZE"):
                continue
            while True:
                asked = time.perf_counter()
                now = time.time() * 1000
                size = client.call("DBSIZE")
                pings.append(time.perf_counter() - asked)
                alive = count if now < begin else max(0, count - int((now - begin) * count / stretch) - 1)
                surplus = max(surplus, size - alive - count // stretch)
                if size == 0 or now > begin + stretch + 30_000:
                    late[name] = max(0, time.time() * 1000 - begin - stretch)
                    break
                time.sleep(0.0003)
            pings.sort()
            most[name], worst[name] = max(0, surplus), pings[-1] * 1000
            slow[name] = pings[int(len(pings) * 0.99)] * 1000
        what = f"{count:,} due within {stretch / 1000} s: "
        self.row("expiry", what + "last one late by", "ms", late)
        self.row("expiry", what + "most still counted", "keys", most)
        self.row("expiry", what + "call p99", "ms", slow)
        self.row("expiry", what + "worst call", "ms", worst)

    def expiry_events(self):
        arrived, latest = {}, {}
        patience = 1 if self.quick else 30
        for name, server in self.each():
            client, listener = server.client(), server.client(timeout=0.5)
            try:
                client.call("CONFIG", "SET", "notify-keyspace-events", "Ex")
                listener.call("SUBSCRIBE", "__keyevent@0__:expired")
            except ReplyError:
                continue
            begin = int(time.time() * 1000) + 1000
            self.load(server, [f"SET other:{{next}} x PXAT {begin + 3_600_000}"], units=100_000, pipeline=64)
            for number in range(1000):
                client.send("SET", f"due:{begin + number}", "x", "PXAT", begin + number)
            for number in range(1000):
                client.read()
            delays, end = [], time.time() + 2 + patience
            while len(delays) < 1000 and time.time() < end:
                try:
                    message = listener.read()
                except OSError:
                    listener.file = listener.socket.makefile("rb")
                    continue
                delays.append(time.time() * 1000 - int(message[2].split(b":")[1]))
            arrived[name], latest[name] = len(delays), max(delays, default=0)
        self.row("expiry", f"expired events of 1,000 within {patience} s", "events", arrived)
        self.row("expiry", "latest of them after its deadline", "ms", latest)

    def growth(self):
        count = 1_000_000 if self.quick else 10_000_000
        self.head(f"growth: {count:,} inserts from empty")
        rounds = 1 if self.quick else 3
        cost, worst, flush, turn = {}, {}, {}, {}
        for _ in range(rounds):
            # Not in real time: the kernel stops a real-time thread that never sleeps for 50 ms in every second.
            for name, server in self.each():
                result = self.load(server, ["SET key:{next} {value:8}"], units=count, pipeline=16, probe=True)
                if "failed" in result:
                    continue
                cost[name] = min(cost.get(name, 1e12), result["cpu_ns"] / count)
                worst[name] = min(worst.get(name, 1e12), result["probe"]["max"] / 1000)
                client = server.client(timeout=60)
                longest = longest_turn(client)
                if longest is not None:
                    turn[name] = min(turn.get(name, 1e12), longest)
                start = time.perf_counter()
                try:
                    client.call("FLUSHALL")
                except ReplyError:
                    continue
                flush[name] = min(flush.get(name, 1e12), (time.perf_counter() - start) * 1000)
        self.row("growth", "processor time per insert", "ns", cost)
        self.row("growth", "worst PING beside it", "ms", worst)
        self.row("growth", "longest turn of the event loop", "us", turn)
        self.row("growth", f"FLUSHALL of {count:,} keys", "ms", flush)

    def promptness(self):
        self.head(f"promptness: worst PING of another client beside replies of {self.keys:,} elements, and their cost")
        worst, cost = {}, {}
        for filling, commands in LONG_REPLIES:
            for name, server in self.each(real_time=not self.quick):
                self.load(server, [filling], units=self.keys, pipeline=64, keys=self.keys)
                for command in commands:
                    for _ in range(2 if self.quick else 5):
                        result = self.load(server, [command], units=1 if self.quick else 2, clients=1, pipeline=1, probe=True)
                        if "failed" in result:
                            break
                        values = worst.setdefault(command, {}), cost.setdefault(command, {})
                        values[0][name] = min(values[0].get(name, 1e12), result["probe"]["max"] / 1000)
                        values[1][name] = min(values[1].get(name, 1e12), result["cpu_ns"] / result["units"] / 1e6)
            for command in commands:
                self.row("promptness", "worst PING beside " + command, "ms", worst.get(command, {}))
                self.row("promptness", "CPU time, " + command, "ms", cost.get(command, {}))

    def blocked(self):
        count, seconds, pause = (1000, 0.5, 0.2) if self.quick else (10_000, 10, 1)
        count = min(count, raise_descriptor_limit() - 200)
        self.head(f"blocked clients: {count:,} that wait, over {seconds} s in which nothing happens")
        for what, words in WAITS[::2] if self.quick else WAITS:
            spent, size, service = {}, {}, {}
            for name, server in self.each(["--maxclients", str(count + 100)]):
                clients = []
                try:
                    alone = self.idle_cost(server, seconds)
                    clients = [server.client() for _ in range(count)]
                    time.sleep(pause)
                    connected = server.data_bytes()
                    for number, client in enumerate(clients):
                        client.send(*(word.format(number) for word in words))
                    asker = server.client()
                    while b"blocked_clients:%d\r" % count not in asker.call("INFO", "clients"):
                        time.sleep(0.05)
                    time.sleep(pause)
                    size[name] = (server.data_bytes() - connected) / count
                    spent[name] = max(0.0, self.idle_cost(server, seconds) - alone)
                    before = server.processor_nanoseconds()
                    asker.socket.sendall(b"".join(encode("LPUSH", words[1].format(number), "x") for number in range(count)))
                    for _ in range(count):
                        asker.read()
                    for client in clients:
                        client.read()
                    service[name] = (server.processor_nanoseconds() - before) / count
                except (OSError, ReplyError) as problem:
                    print(f"   {name}: {problem} with {len(clients)} clients")
                finally:
                    for client in clients:
                        client.close()
            self.row("blocked", f"{what}: processor time more than without", "us/s", spent)
            self.row("blocked", f"{what}: resident set per waiting client", "bytes", size)
            self.row("blocked", f"{what}: processor time per LPUSH that serves one", "ns", service)

    @staticmethod
    def idle_cost(server, seconds):
        """Microseconds of processor time in a second in which nothing happens."""
        before = server.processor_nanoseconds()
        time.sleep(seconds)
        return (server.processor_nanoseconds() - before) / 1000 / seconds

    def pubsub(self):
        self.head("publish/subscribe: 100 subscribers, 64-byte messages, pipeline 16")
        cost, rate = {}, {}
        for _ in range(1 if self.quick else 3):
            for name, server in self.each():
                result = self.load(
                    server, ["PUBLISH news {value:64}"], seconds=0.5 if self.quick else 3, pipeline=16, clients=1, subscribers=100
                )
                if "failed" in result or not result["deliveries"]:
                    continue
                cost[name] = min(cost.get(name, 1e12), result["cpu_ns"] / result["deliveries"])
                rate[name] = max(rate.get(name, 0), result["deliveries"] / result["seconds"])
        self.row("pubsub", "processor time per delivery", "ns", cost)
        self.row("pubsub", "deliveries per second", "1/s", rate)

    def idle(self):
        count = min(1000 if self.quick else 10_000, raise_descriptor_limit() - 200)
        self.head(f"idle connections: {count:,}, each has said PING once")
        size = {}
        for name, server in self.each(["--maxclients", str(count + 100)]):
            before = server.data_bytes()
            clients = []
            try:
                for _ in range(count):
                    client = server.client()
                    client.call("PING")
                    clients.append(client)
            except (OSError, ReplyError) as problem:
                print(f"   {name}: {problem} after {len(clients)} connections")
                continue
            finally:
                if len(clients) == count:
                    time.sleep(1.5 if self.quick else 5)
                    size[name] = (server.data_bytes() - before) / count
                for client in clients:
                    client.close()
        self.row("idle", "resident set per connection", "bytes", size)

    def startup(self):
        self.head("start-up of an empty server")
        seconds, resident = {}, {}
        for _ in range(5 if self.quick else 20):
            for name, server in self.each():
                seconds[name] = min(seconds.get(name, 1e9), server.seconds_to_pong * 1000)
                resident[name] = min(resident.get(name, 1e12), server.resident_bytes() / 2**20)
        self.row("startup", "time to the first PONG", "ms", seconds)
        self.row("startup", "resident set", "MiB", resident)

    # -- the whole --------------------------------------------------------------------------------------------------------

    def write_readme(self, report):
        """Puts a table for each section that has run between the two marks in README.md; the other tables stay."""
        path = os.path.join(ROOT, "README.md")
        with open(path) as file:
            before, rest = file.read().split(MARKS[0])
        tables, after = rest.split(MARKS[1])
        kept = {table.split(" -->")[0]: table.split(" -->\n")[1].strip() for table in tables.split("<!-- table: ")[1:]}
        for section in dict.fromkeys(row["section"] for row in self.results):
            if section != "hitratio":
                kept[section] = self.readme_table(section, report)
        order = sorted(kept, key=lambda section: SECTIONS.index(section) if section in SECTIONS else len(SECTIONS))
        text = "".join(f"\n<!-- table: {section} -->\n{kept[section]}\n" for section in order)
        with open(path, "w") as file:
            file.write(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}")

    def readme_table(self, section, report):
        first, second = self.names[:2]
        names = LOOPS_BESIDE if section == "lua" else (first, second)
        options = " ".join(["--quick"] * self.quick + ["--only " + section] * (self.arguments.only is not None) + ["--readme"])
        # What most people ask for lies open; the rest opens at a click.
        folded = section not in README_OPEN
        lines = [
            f"<details><summary>Measured: {section}</summary>" if folded else f"### Measured: {section}",
            "",
            f"`scripts/bench {options}` on {report['date'][:10]} at commit {report['commit']}: {report['machine']['model']},",
            f"{report['machine']['processors']} processors, {report['servers'].get(first, first).split(' sha=')[0]}. Lower is better.",
            "",
            f"| measure | unit | {names[0]} | {names[1]} | ratio |",
            "|---|---|---|---|---|",
        ]
        for row in self.results:
            values = row["values"]
            wanted = row["section"] == section and (section != "speed" or row["name"] in README_SPEED or row["name"].startswith("geometric"))
            if not wanted or second not in values or row["unit"] in ("1/s", "events"):
                continue
            base = values.get(first)
            ratio = f"{values[second] / base:.2f}" if base else ""
            shown = "–" if base is None else self.show(base)
            lines.append(f"| {row['name']} | {row['unit']} | {shown} | {self.show(values[second])} | {ratio} |")
        return "\n".join([*lines, "", "</details>"] if folded else lines)

    def run(self):
        sections = self.arguments.only.split(",") if self.arguments.only else SECTIONS
        start = time.monotonic()
        for section in sections:
            try:
                getattr(self, section)()
            except ReplyError as problem:
                print(f"   left out: {problem}")
        seconds = time.monotonic() - start
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
        versions = {
            name: subprocess.run([path, "--version"], capture_output=True, text=True, timeout=5).stdout.strip()
            for name, path in self.servers
            if name != "apus"
        }
        report = {
            "commit": commit, "date": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()), "mode": "quick" if self.quick else "full",
            "machine": {"processors": os.cpu_count(), "model": processor_model(), "kernel": platform.release()},
            "servers": versions, "seconds": round(seconds), "rows": self.results,
        }  # fmt: skip
        os.makedirs(os.path.join(ROOT, ".build/bench"), exist_ok=True)
        place = os.path.join(ROOT, ".build/bench/latest.json")
        with open(place, "w") as file:
            json.dump(report, file, indent=1)
        if self.arguments.readme:
            if sections != ["hitratio"]:
                self.write_readme(report)
            if "hitratio" in sections:
                self.write_hit_ratios(report)
        print(f"\n{seconds:.0f} seconds; written to {os.path.relpath(place, ROOT)}")


def supports(client, *call):
    try:
        client.call(*call)
        return True
    except ReplyError:
        return False


def longest_turn(client):
    """The longest turn of the event loop in microseconds, where the server tells it."""
    found = [line for line in client.call("INFO", "debug").decode().splitlines() if line.startswith("eventloop_duration_max:")]
    return int(found[0].split(":")[1]) if found else None


def processor_model():
    with open("/proc/cpuinfo") as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), platform.machine())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("servers", nargs="*", help="NAME=PATH; ratios are to the first")
    parser.add_argument("--generator", required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", "--suite")
    parser.add_argument("--rows")
    parser.add_argument("--pipelines")
    parser.add_argument("--readme", action="store_true")
    Bench(parser.parse_intermixed_args()).run()


if __name__ == "__main__":
    main()

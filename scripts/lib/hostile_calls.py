"""Hostile calls: what every documented command is told in its own grammar, then bent, over keys of every type; and peers that
wait, track, listen and leave in the middle."""

import socket

import hostile_payloads
from grammar import GROUPS, Grammar, grammars
from servers import encode

EXTREMES = [
    "0", "-1", "1", "-0", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615", "18446744073709551616",
    "4294967295", "4294967296", "2147483647", "-2147483648", "4611686018427387904", "-4611686018427387904", "9223372036854775806",
    "-9223372036854775807", "1e400", "-1e400", "nan", "-nan", "inf", "-inf", "1.7976931348623157e308", "5e-324", "1e18", "1e19", "0.1", "1e-10",
    "", " ", "\x00", "\xff\xfe", "\r\n", "x" * 300, "0-0", "18446744073709551615-18446744073709551615", "18446744073709551615-0", "5-*", "*", "$", ">",
    "-", "+", "(", "[", "(1", "(inf", "[a", "(9223372036854775807-1", "~", "=", "#", "#9223372036854775807", "u64", "i64", "u63", "0x7f", "1.", "+1",
    "99999999999999999999999999999999999999", "253402300800", "-62135596800", "9223372036854775", "-9223372036854775", "1000000", "65536", "255",
]  # fmt: skip
TOKENS = (
    "NX XX GT LT CH INCR EX PX EXAT PXAT KEEPTTL GET PERSIST MATCH COUNT TYPE LIMIT WITHSCORES WITHVALUES BYSCORE BYLEX REV WEIGHTS AGGREGATE "
    "SUM MIN MAX LEFT RIGHT BEFORE AFTER RANK MAXLEN MINID NOMKSTREAM IDX LEN MINMATCHLEN WITHMATCHLEN REPLACE DB ASYNC SYNC STORE STOREDIST ANY "
    "WITHCOORD WITHDIST WITHHASH ASC DESC FROMMEMBER FROMLONLAT BYRADIUS BYBOX m km ft mi BY ALPHA GET BLOCK GROUP STREAMS NOACK IDLE TIME RETRYCOUNT "
    "FORCE JUSTID LASTID ENTRIESREAD ENTRIESADDED MAXDELETEDID MKSTREAM FULL OVERFLOW WRAP SAT FAIL BIT BYTE AND OR XOR NOT ABSTTL IDLETIME FREQ "
    "COPY AUTH AUTH2 KEYS ON OFF BCAST PREFIX OPTIN OPTOUT NOLOOP REDIRECT YES NO ID TYPE NORMAL SAMPLES SETNAME TIMEOUT ERROR "
    "IFEQ IFNE IFDEQ IFDNE ENX BYINT BYFLOAT LBOUND UBOUND SATURATE FIELDS FNX FXX NOVALUES KEEPREF DELREF ACKED IDS CLAIM METRICS CPU NET DURATION "
    "SAMPLE DIFF DIFF1 ANDOR ONE EXACTLY OBO BULK SKIPME MAXAGE NOT-ID FLAGS"
).split()
DEBUG = """
OBJECT k|LISTPACK k|QUICKLIST k 1|SDSLEN k|DIGEST|DIGEST-VALUE k k k|POPULATE n|POPULATE n p 30|HTSTATS 0|HTSTATS 0 full|HTSTATS-KEY k|HTSTATS-KEY k full
STRUCTSIZE|PROTOCOL w|REPLYBUFFER PEAK-RESET-TIME e|REPLYBUFFER RESIZING e|CLUSTERLINK KILL all e|CLIENT-EVICTION|DROP-CLUSTER-PACKET-FILTER e|LOG e
SET-ACTIVE-EXPIRE b|QUICKLIST-PACKED-THRESHOLD e|PAUSE-CRON 0|CHANGE-REPL-ID|AOF-FLUSH-SLEEP e|LEAK e|ERROR e|HELP|nosuch e|HTSTATS e|DIGEST-VALUE e
""".replace("\n", "|").split("|")
PROTOCOL = "string integer double bignum null array set map attrib push verbatim true false x".split()
# Settings that a stranger may bend here without locking the run out, and what they are brought back to now and then.
SETTINGS = """
hash-max-listpack-entries hash-max-listpack-value set-max-intset-entries set-max-listpack-entries set-max-listpack-value zset-max-listpack-entries
zset-max-listpack-value list-max-listpack-size list-compress-depth stream-node-max-bytes stream-node-max-entries hll-sparse-max-bytes slowlog-max-len
slowlog-log-slower-than latency-monitor-threshold notify-keyspace-events tracking-table-max-keys hz active-expire-effort lazyfree-lazy-server-del
lazyfree-lazy-user-del lazyfree-lazy-user-flush lazyfree-lazy-expire activerehashing maxmemory-policy maxmemory-samples busy-reply-threshold
oom-score-adj watchdog-period tcp-keepalive dynamic-hz latency-tracking latency-tracking-info-percentiles proto-max-bulk-len loglevel
maxmemory-clients client-output-buffer-limit maxmemory reported-redis-version commandlog-execution-slower-than commandlog-request-larger-than
commandlog-reply-larger-than commandlog-slow-execution-max-len commandlog-large-request-max-len commandlog-large-reply-max-len
""".split()
BASELINE = ("CONFIG SET proto-max-bulk-len 1mb notify-keyspace-events KEA tracking-table-max-keys 1000 hz 10 watchdog-period 0 maxmemory-clients 0 "
            "slowlog-log-slower-than 100000 slowlog-max-len 128 client-output-buffer-limit").split() + ["normal 4mb 0 0 pubsub 8mb 0 0"]  # fmt: skip
# Ends the run rather than the server, belongs to the operator, or answers otherwise than once: the last are for peers that leave.
KEPT_OUT = set(
    "shutdown debug replicaof slaveof failover psync sync module|load module|loadex module|unload client|pause client|kill client|reply config|set "
    "config|rewrite acl|setuser acl|deluser acl|load acl|save monitor quit pfselftest replconf migrate restore restore-asking save bgsave bgrewriteaof".split()
)
LISTENING = "subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe".split()
RARE = "flushall flushdb swapdb select move reset".split()
# Keys that clients wait for, of three types, and what happens to them.
AWAITED = [line.encode().split() for line in """
RPUSH ql a b|ZADD qz 1 a 2 b|XADD qx * field value|XGROUP CREATE qx g $ MKSTREAM|XGROUP CREATE qx g2 0 MKSTREAM|XGROUP DESTROY qx g|DEL ql qz qx
SET qx text|RENAME x0 qx|COPY l1 ql REPLACE|COPY z1 qz REPLACE|SORT l0 ALPHA STORE ql|ZUNIONSTORE qz 2 z0 z1|LMOVE l1 ql LEFT LEFT|LMOVEM l1 ql LEFT RIGHT COUNT 3 BULK|XREADGROUP GROUP g c3 CLAIM 0 STREAMS qx >|FLUSHDB|SWAPDB 0 1
RESTORE ql 0 x|XTRIM qx MAXLEN 0|PEXPIRE qx 1|XADD qx MAXLEN ~ 3 * a b|LPUSH ql z|GEOADD qz 1 1 place|CLIENT UNPAUSE|CLIENT LIST
""".replace("\n", "|").split("|") if line]  # fmt: skip
WAITING = "blpop brpop blmove blmovem brpoplpush blmpop bzpopmin bzpopmax bzmpop xread xreadgroup wait waitaof".split()
ARRAYS = (b"*", b"~", b">", b"%", b"|")


class Calls:
    """Calls of every command that the server documents, in all degrees of wrong."""

    def __init__(self, server, chance):
        self.server, self.chance, self.extreme = server, chance, 0.08
        client = server.client()
        everything = [grammar for grammar in grammars(client, chance) if grammar.name not in KEPT_OUT]
        documented = {grammar.name for grammar in everything}
        everything += [Grammar(name, {"group": "server"}, chance) for name in self.all_names(client) if name not in documented | KEPT_OUT]
        client.close()
        self.once = [grammar for grammar in everything if grammar.name not in LISTENING + WAITING]
        data = [grammar for grammar in self.once if grammar.group in (*GROUPS, "generic") and not grammar.name.endswith("|help")]
        data = [grammar for grammar in data if grammar.name not in RARE]
        self.weighted = [*self.once, *data, *data, *data, *data, *data, *data, *data, *data]
        self.listening = [grammar for grammar in everything if grammar.name in LISTENING]
        self.waiting = [grammar for grammar in everything if grammar.name in WAITING]
        self.payloads = [bytes([kind]) + data for kind, data in hostile_payloads.samples()]
        self.names = {grammar.name for grammar in everything}

    @staticmethod
    def all_names(client):
        for entry in client.call("COMMAND"):
            subcommands = entry[9] if len(entry) > 9 else []
            for name in [sub[0] for sub in subcommands] or [entry[0]]:
                yield name.decode() if isinstance(name, bytes) else name

    def key(self):
        return self.chance.choice("slhtzpgx") + str(self.chance.randrange(3))

    def filling(self):
        """Keys of every type: 0 is small, 1 is large enough for replies that grow, 2 is odd. Some of those there are begin anew."""
        yield "DEL", *(self.key() for _ in range(12))
        yield "DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1"
        for number, size in ((0, 5), (1, 1500), (2, 40)):
            odd = "\xff\x00" if number == 2 else ""
            members = [f"{n}" if number == 0 else f"m{n}{odd}".encode("latin-1") for n in range(size)]
            yield "SET", f"s{number}", "12" if number == 0 else "y" * size
            yield "RPUSH", f"l{number}", *members
            yield "HSET", f"h{number}", *(word for member in members for word in (member, len(member)))
            yield "SADD", f"t{number}", *members
            yield "ZADD", f"z{number}", *(word for n, member in enumerate(members) for word in ((n * 7) % 31 / 4, member))
            yield "PFADD", f"p{number}", *(range(size * (2 if number == 1 else 1)))
            yield "GEOADD", f"g{number}", *(word for n in range(size) for word in ((n * 37) % 360 - 180, (n * 13) % 170 - 85, members[n]))
            for n in range(min(size, 150)):
                yield "XADD", f"x{number}", f"{n + 1}-{n % 3}", "field", n, *(("other", "z" * n) if n % 5 == 0 else ())
            for group in ("g", "g2"):
                yield "XGROUP", "CREATE", f"x{number}", group, "0"
                for consumer in ("c1", "c2"):
                    yield "XREADGROUP", "GROUP", group, consumer, "COUNT", size // 3 + 1, "STREAMS", f"x{number}", ">"

    def call(self):
        """One call, that is answered once."""
        kind = self.chance.random()
        if kind < 0.04:
            return self.odd_value()
        if kind < 0.06:
            return self.debug()
        if kind < 0.07:
            return self.setting()
        if kind < 0.074:
            return [b"MIGRATE", b"127.0.0.1", b"1", self.key().encode(), b"0", b"5"]
        if kind < 0.1:
            if self.chance.random() < 0.5:
                return [b"DEL", b"ql", b"qz", b"qx"]
            return list(self.chance.choice(AWAITED)) if self.chance.random() < 0.95 else [b"CLIENT", b"PAUSE", b"20", self.chance.choice((b"WRITE", b"ALL"))]
        if kind < 0.13:
            return [self.chance.choice((b"MULTI", b"EXEC", b"EXEC", b"DISCARD"))]
        return self.bent(self.chance.choice(self.weighted))

    def bent(self, grammar):
        words = grammar.call()
        if not words:
            return [b"PING"]
        for _ in range(self.chance.choice((0, 0, 0, 0, 1, 1, 2, 3))):
            self.bend(words, len(grammar.name.split("|")))
        name = words[0].lower()
        if name == b"hello" and b"AUTH" in words or name == b"auth":
            return [b"PING"]
        return words

    def bend(self, words, first):
        place, kind = self.chance.randrange(min(first, len(words)), len(words) + 1), self.chance.randrange(10)
        if place == len(words):
            words.append(self.word())
        elif kind < 5:
            words[place] = self.word()
        elif kind == 5:
            words.insert(place, self.word())
        elif kind == 6:
            words.pop(place)
        elif kind == 7:
            words.insert(place, words[place])
        elif kind == 8:
            words[place] = self.key().encode()
        else:
            data = bytearray(words[place] or b"x")
            data[self.chance.randrange(len(data))] = self.chance.randrange(256)
            words[place] = bytes(data)

    def word(self):
        kind = self.chance.random()
        if kind < 0.6:
            return self.chance.choice(EXTREMES).encode("latin-1")
        return self.chance.choice(TOKENS).encode() if kind < 0.85 else self.key().encode()

    def odd_value(self):
        """Values that no command writes: HyperLogLogs with other bytes, and bent payloads."""
        kind = self.chance.random()
        if kind < 0.5:
            place = self.chance.choice((self.chance.randrange(24), self.chance.randrange(400), self.chance.randrange(12400)))
            data = bytes(self.chance.choice((0, 255, 127, 128, 64, self.chance.randrange(256))) for _ in range(self.chance.choice((1, 1, 2, 8))))
            return [b"SETRANGE", b"p%d" % self.chance.randrange(3), b"%d" % place, data]
        payload = hostile_payloads.bend(self.chance, self.chance.choice(self.payloads), self.payloads)
        more = self.chance.choice(([], [], [b"ABSTTL"], [b"IDLETIME", self.word()], [b"FREQ", self.word()]))
        life = b"0" if self.chance.random() < 0.8 else self.word()
        return [b"RESTORE", self.key().encode(), life, hostile_payloads.with_footer(payload), b"REPLACE", *more]

    def debug(self):
        fills = {"k": self.key, "n": lambda: str(self.chance.choice((0, 1, 10, -1, 300, "x", 2**63))), "w": lambda: self.chance.choice(PROTOCOL),
                 "e": lambda: self.chance.choice(EXTREMES), "b": lambda: self.chance.choice("01")}  # fmt: skip
        words = self.chance.choice(DEBUG).split()
        return [b"DEBUG", *(fills[word]().encode("latin-1") if word in fills else word.encode() for word in words)]

    def setting(self):
        value = self.chance.choice((*EXTREMES, "yes", "no", "1", "4", "64", "512", "-2", "-5", "KEA", "allkeys-lru", "1kb", "10mb"))
        name = self.chance.choice(SETTINGS)
        if name == "proto-max-bulk-len":
            value = "1mb"
        if name == "client-output-buffer-limit":
            value = self.chance.choice(("normal 100kb 50kb 1", "pubsub 10kb 0 0", "normal 1kb 0 0", "replica 1 1 1"))
        if name.startswith("maxmemory-c") and self.chance.random() < 0.7:
            value = self.chance.choice(("1mb", "200kb", "5%", "0", "1"))
        return [b"CONFIG", b"SET", name.encode(), value.encode("latin-1")]

    def blocked(self):
        """A call that waits, mostly for long."""
        grammar = self.chance.choice(self.waiting)
        words = grammar.call(spoils=False)
        name = grammar.name
        if name in ("xread", "xreadgroup"):
            place = next((n for n, word in enumerate(words) if word.upper() == b"STREAMS"), 1)
            words[place:place] = [b"BLOCK", self.chance.choice((b"0", b"0", b"5", b"1000", b"9223372036854775807"))]
        else:
            place = {"blmpop": 1, "bzmpop": 1, "blmovem": 5}.get(name, len(words) - 1)
            if words[place] in (b"0.01", b"0.02") or name.startswith("wait"):
                words[place] = self.chance.choice((b"0", b"0", b"0.005", b"1000", b"1e15", b"9223372036854775"))
        if self.chance.random() < 0.75:
            words = [b"q" + word[:1] if len(word) == 2 and word[:1] in b"lzx" and word[1:] in b"012" else word for word in words]
        if self.chance.random() < 0.15:
            self.bend(words, 1)
        return words

    def peer(self):
        """What somebody says who does not stay: waits, listens, tracks, watches all, or stops in the middle of a word."""
        hello = [[b"HELLO", self.chance.choice((b"3", b"3", b"2"))]] if self.chance.random() < 0.5 else []
        kind = self.chance.randrange(9)
        if kind < 3:
            calls = [self.blocked() for _ in range(self.chance.choice((1, 1, 2, 5)))] + [self.call() for _ in range(self.chance.choice((0, 0, 3)))]
        elif kind == 3:
            calls = [[b"MONITOR"], *(self.call() for _ in range(self.chance.choice((0, 2))))]
        elif kind == 4:
            patterns = [[b"PSUBSCRIBE", b"*"], [b"PSUBSCRIBE", b"__key*__:*"], [b"SUBSCRIBE", b"__redis__:invalidate"]]
            calls = [self.chance.choice(patterns), *(self.bent(self.chance.choice(self.listening)) for _ in range(6)), *(self.call() for _ in range(3))]
        elif kind == 5:
            modes = ([b"BCAST"], [b"OPTIN"], [b"OPTOUT"], [b"NOLOOP"], [b"BCAST", b"PREFIX", b"s"], [b"REDIRECT", b"%d" % self.chance.randrange(400)], [])
            calls = [[b"CLIENT", b"TRACKING", b"ON", *self.chance.choice(modes)], *(self.call() for _ in range(15))]
        elif kind == 6:
            modes = self.chance.choice(((b"CLIENT", b"REPLY", b"OFF"), (b"CLIENT", b"REPLY", b"SKIP"), (b"REPLCONF", b"ACK", b"1"), (b"PSYNC", b"?", b"-1"),
                                       (b"CLIENT", b"KILL", b"ID", b"%d" % self.chance.randrange(500)), (b"SYNC",), (b"QUIT",)))  # fmt: skip
            calls = [modes, *(self.call() for _ in range(5)), modes]
        else:
            calls = [[b"MULTI"], *(self.blocked() if self.chance.random() < 0.3 else self.call() for _ in range(8)), [b"EXEC"]]
        data = b"".join(encode(*words) for words in hello + calls)
        if self.chance.random() < 0.1:
            place = self.chance.randrange(len(data))
            data = data[:place] + bytes([self.chance.randrange(256)]) + data[place + 1 :]
        return data[: self.chance.randrange(len(data))] if self.chance.random() < 0.15 else data


class Visitors:
    """Connections that come, say something, mostly do not listen, and leave when they like."""

    def __init__(self, calls, most):
        self.calls, self.most, self.peers = calls, most, []

    def change(self):
        chance = self.calls.chance
        for _ in range(chance.randrange(5)):
            if self.peers and (len(self.peers) >= self.most or chance.random() < 0.4):
                peer = self.peers.pop(chance.randrange(len(self.peers)))
                if chance.random() < 0.3:
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                peer.close()
            else:
                peer = socket.create_connection(("127.0.0.1", self.calls.server.port), timeout=5)
                peer.setblocking(False)
                self.peers.append(peer)
                self.say(peer)
        for peer in self.peers:
            try:
                if chance.random() < 0.3 and peer.recv(1 << 18) and chance.random() < 0.1:
                    self.say(peer)
            except OSError:
                continue

    def say(self, peer):
        try:
            peer.send(self.calls.peer())
        except OSError:
            return

    def leave(self):
        for peer in self.peers:
            peer.close()
        self.peers = []


def skipped(data, place):
    """Where the reply that starts here ends; nothing is kept of it. ValueError if it is none."""
    missing = 1
    while missing:
        end = data.index(b"\r\n", place)
        kind, missing = data[place : place + 1], missing - 1
        place_after = end + 2
        if kind in b"$=!":
            size = int(data[place + 1 : end])
            if size >= 0:
                place_after += size + 2
                if data[place_after - 2 : place_after] != b"\r\n":
                    raise ValueError(f"a bulk that does not end: {bytes(data[place : place + 60])!r}")
        elif kind in ARRAYS:
            size = int(data[place + 1 : end])
            missing += max(0, size * (2 if kind in b"%|" else 1)) + (1 if kind == b"|" else 0)
        elif not kind or kind not in b"+-:_#,(":
            raise ValueError(f"this is no reply: {bytes(data[place : place + 60])!r}")
        place = place_after
    return place


def replies(data):
    """How many replies these bytes are, without what is pushed between them."""
    count, place = 0, 0
    while place < len(data):
        count += data[place : place + 1] != b">"
        place = skipped(data, place)
    return count



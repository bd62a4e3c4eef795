"""Hostile payloads for RESTORE: values as every version of Redis has written them, and what a stranger could make of them."""

import struct
import time

from hostile_attack import Attack
from servers import encode

LIST, SET, TEXT_ZSET, HASH, ZSET = 1, 2, 3, 4, 5
ZIPMAP, LIST_ZIPLIST, INTSET, ZSET_ZIPLIST, HASH_ZIPLIST, QUICKLIST, STREAM, HASH_LISTPACK, ZSET_LISTPACK, QUICKLIST_2 = range(9, 19)
STREAM_2, SET_LISTPACK, STREAM_3, HASH_TTL_EARLY, HASH_LISTPACK_TTL_EARLY, HASH_TTL, HASH_LISTPACK_TTL = range(19, 26)


def length(number):
    if number < 64:
        return bytes([number])
    if number < 16384:
        return bytes([0x40 | number >> 8, number & 255])
    return b"\x80" + struct.pack(">I", number) if number < 2**32 else b"\x81" + struct.pack(">Q", number)


def string(data):
    data = data if isinstance(data, bytes) else str(data).encode()
    return length(len(data)) + data


def strings(items):
    return b"".join(map(string, items))


def listpack(items):
    body = b""
    for item in items:
        if isinstance(item, int) and 0 <= item < 128:
            element = bytes([item])
        elif isinstance(item, int) and -4096 <= item < 4096:
            element = bytes([0xC0 | item >> 8 & 0x1F, item & 255])
        elif isinstance(item, int):
            element = b"\xf4" + struct.pack("<q", item)
        else:
            data = item if isinstance(item, bytes) else item.encode()
            head = bytes([0x80 | len(data)]) if len(data) < 64 else bytes([0xE0 | len(data) >> 8, len(data) & 255])
            element = head + data
        size = len(element)
        body += element + (bytes([size]) if size < 128 else bytes([size >> 7, size & 127 | 128]))
    return struct.pack("<IH", len(body) + 7, len(items)) + body + b"\xff"


def ziplist(items):
    body, before, last = b"", 0, 10
    for item in items:
        if isinstance(item, int) and 0 <= item <= 12:
            content = bytes([0xF1 + item])
        elif isinstance(item, int):
            for code, size in ((0xFE, 1), (0xC0, 2), (0xF0, 3), (0xD0, 4), (0xE0, 8)):
                if -(1 << 8 * size - 1) <= item < 1 << 8 * size - 1:
                    content = bytes([code]) + item.to_bytes(size, "little", signed=True)
                    break
        else:
            data = item if isinstance(item, bytes) else item.encode()
            content = (bytes([len(data)]) if len(data) < 64 else bytes([0x40 | len(data) >> 8, len(data) & 255])) + data
        last = 10 + len(body)
        entry = (bytes([before]) if before < 254 else b"\xfe" + struct.pack("<I", before)) + content
        before = len(entry)
        body += entry
    return struct.pack("<IIH", len(body) + 11, last, len(items)) + body + b"\xff"


def zipmap(pairs):
    body = b"".join(bytes([len(f)]) + f + bytes([len(v), spare]) + v + b"\0" * spare for f, v, spare in pairs)
    return bytes([len(pairs)]) + body + b"\xff"


def intset(width, numbers):
    return struct.pack("<II", width, len(numbers)) + b"".join(n.to_bytes(width, "little", signed=True) for n in numbers)


def stream(kind):
    """Two nodes, two groups, and consumers with deliveries."""
    def entry_number(ms, seq):
        return struct.pack(">QQ", ms, seq)

    def node(first, count):
        entries = [count, 0, 2, b"field", b"other", 0]
        for n in range(count):
            entries += [2, n, 0, b"value", n, 5]
        return string(entry_number(first, 1)) + string(listpack(entries))

    data = length(2) + node(1000, 3) + node(2000, 2) + length(5) + length(2001) + length(1)
    if kind >= STREAM_2:
        data += length(1000) + length(1) + length(0) + length(0) + length(5)
    data += length(2)
    for name in (b"first", b"second"):
        data += string(name) + length(1001) + length(1) + (length(2) if kind >= STREAM_2 else b"")
        data += length(2) + b"".join(entry_number(ms, 1) + struct.pack("<q", 1_600_000_000_000) + length(1) for ms in (1000, 1001))
        data += length(2)
        for consumer, ms in ((b"alice", 1000), (b"bob", 1001)):
            data += string(consumer) + struct.pack("<q", 1_600_000_000_000)
            data += (struct.pack("<q", -1) if kind >= STREAM_3 else b"") + length(1) + entry_number(ms, 1)
    return data


def samples():
    """One value at least of every type that any version of Redis has written: (type, bytes)."""
    words = [b"a", b"bb", b"hello world", b"12", b"", b"x" * 70]
    pairs = [b"f1", b"v1", b"f2", 2, b"f3", -300, b"f4", b"y" * 70, b"f5", 1 << 40]
    scores = [b"m0", b"-inf", b"m1", -1, b"m2", 2, b"m3", b"2.5", b"m4", b"1000.25"]
    yield 0, string(b"a string of some length")
    yield 0, b"\xc0\x85"
    yield 0, b"\xc1\x39\x30"
    yield 0, b"\xc2\x87\xd6\x12\x00"
    yield 0, b"\xc3\x0c\x41\x2c\x01aa\xe0\xff\x00\xe0\x17\x00\x01aa"
    yield LIST, length(6) + strings(words)
    yield SET, length(6) + strings(words)
    yield SET, length(3) + b"\xc0\x01" + b"\xc1\x10\x27" + b"\xc2\x00\x00\x01\x00"
    yield TEXT_ZSET, length(4) + b"".join(string(m) + s for m, s in ((b"a", b"\x011"), (b"b", b"\x032.5"), (b"c", b"\xfe"), (b"d", b"\xff")))
    yield HASH, length(3) + strings([b"a", b"1", b"b", b"two", b"c", b"z" * 80])
    yield ZSET, length(3) + b"".join(string(m) + struct.pack("<d", s) for m, s in ((b"a", 3.5), (b"b", 1), (b"c", -1000.25)))
    yield ZIPMAP, string(zipmap([(b"one", b"1", 0), (b"two", b"22", 3), (b"three", b"", 0)]))
    yield LIST_ZIPLIST, string(ziplist([b"a", 0, 12, -5, 300, 70000, 1 << 30, 1 << 60, b"y" * 100, b"z" * 300, b"end"]))
    yield INTSET, string(intset(2, [-5, 0, 7, 300]))
    yield INTSET, string(intset(8, [-(1 << 62), 0, 1 << 62]))
    yield ZSET_ZIPLIST, string(ziplist(scores))
    yield HASH_ZIPLIST, string(ziplist(pairs))
    yield QUICKLIST, length(2) + string(ziplist([b"a", 1])) + string(ziplist([b"b", b"c" * 70]))
    yield HASH_LISTPACK, string(listpack(pairs))
    yield ZSET_LISTPACK, string(listpack(scores))
    yield QUICKLIST_2, length(3) + b"\x02" + string(listpack([b"a", 1, -300])) + b"\x01" + string(b"plain" * 30) + b"\x02" + string(listpack([1 << 50]))
    yield SET_LISTPACK, string(listpack([b"a", 1, b"c" * 70]))
    for kind in (STREAM, STREAM_2, STREAM_3):
        yield kind, stream(kind)
    yield HASH_TTL_EARLY, length(2) + length(0) + strings([b"a", b"1"]) + length(1000) + strings([b"b", b"2"])
    yield HASH_TTL, struct.pack("<q", 1000) + length(2) + length(0) + strings([b"a", b"1"]) + length(5) + strings([b"b", b"2"])
    yield HASH_LISTPACK_TTL_EARLY, string(listpack([b"a", b"1", 0, b"b", b"2", 1000]))
    yield HASH_LISTPACK_TTL, struct.pack("<q", 1000) + string(listpack([b"a", b"1", 0, b"b", b"2", 1000]))


def with_footer(payload, version=11):
    """A payload whose checksum is not looked at."""
    return payload + struct.pack("<H", version) + b"\0" * 8


ODD_LENGTHS = [b"\x80\xff\xff\xff\xff", b"\x81" + b"\xff" * 8, b"\x81\x7f" + b"\xff" * 7, b"\x81\0\0\0\x01\0\0\0\0", b"\x80\0\0\0\0", b"\x7f\xff", b"\x3f",
               b"\0", b"\x82", b"\xc3", b"\xc4", b"\xc0", b"\xff\xff\xff\xff", b"\0\0\0\0\0\0\xf0\x7f", b"\0\0\0\0\0\0\xf8\x7f"]  # fmt: skip


def bend(random, data, others):
    """Changes a payload in one to three places, in the ways that have broken servers."""
    data = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        place, kind = random.randrange(1, len(data)) if len(data) > 1 else 0, random.choice((0, 1, 1, 1, 2, 2, 2, 3, 4, 5, 6, 7, 8))
        if kind == 0:
            data[place] = random.randrange(256)
        elif kind == 1:
            data[place] ^= 1 << random.randrange(8)
        elif kind == 2:
            data[place] = (data[place] + random.choice((1, -1))) & 255
        elif kind == 3:
            del data[place : place + random.randint(1, 8)]
        elif kind == 4:
            data[place:place] = random.choice(ODD_LENGTHS)
        elif kind == 5:
            data[place : place + 1] = random.choice(ODD_LENGTHS)
        elif kind == 6:
            size = random.randint(1, 30)
            data[place:place] = data[place : place + size]
        elif kind == 7:
            other = random.choice(others)
            start = random.randrange(len(other))
            data[place : place + random.randint(0, 20)] = other[start : start + random.randint(1, 40)]
        else:
            data[0] = random.randrange(28)
        if not data:
            return b"\0"
    return bytes(data)


# Every way to read and change a value, of whatever type: what a bent payload must stand if it was taken.
USES = """
TYPE k|OBJECT ENCODING k|DEBUG DIGEST-VALUE k|MEMORY USAGE k|DUMP k|COPY k copy REPLACE|GET k|APPEND k x|GETRANGE k 0 -1|SETRANGE k 3 zz
INCR k|BITCOUNT k|SETBIT k 77 1|PFCOUNT k|PFADD k a b|LRANGE k 0 -1|LINDEX k -1|LPOS k a|LINSERT k BEFORE a new|LSET k 0 z|LREM k 0 a|LPUSH k p
RPUSH k 9999999999|LPOP k|RPOP k 2|LTRIM k 0 5|SMEMBERS k|SISMEMBER k 7|SADD k 7 new|SREM k a|SRANDMEMBER k -5|SPOP k|SSCAN k 0|HGETALL k|HGET k f1|HSET k f1 x new y
HINCRBY k f2 5|HDEL k f3|HRANDFIELD k 3 WITHVALUES|HSCAN k 0|ZRANGE k 0 -1 WITHSCORES|ZRANK k m2|ZADD k 2.25 new 7 m1|ZINCRBY k 3 m2|ZREM k m3|ZPOPMIN k
ZRANGEBYSCORE k -inf +inf|ZCOUNT k 0 5|ZSCAN k 0|GEOSEARCH k FROMLONLAT 1 1 BYRADIUS 5 km ASC|SORT k ALPHA LIMIT 0 5|XLEN k|XRANGE k - +|XREVRANGE k + -|XINFO STREAM k FULL
XINFO GROUPS k|XINFO CONSUMERS k first|XPENDING k first|XPENDING k first - + 10|XREADGROUP GROUP first carol COUNT 2 STREAMS k >|XREADGROUP GROUP first alice STREAMS k 0
XACK k first 1000-1|XCLAIM k first bob 0 1001-1|XAUTOCLAIM k first dave 0 0|XDEL k 1001-1|XADD k * a b|XTRIM k MAXLEN 3|XGROUP DELCONSUMER k first bob|XGROUP DESTROY k second
XSETID k 9999-1|EXPIRE k 100|RENAME k other|DEL k other copy
"""
USES = [use.split() for use in USES.replace("\n", "|").split("|") if use]


class Payloads(Attack):
    """What reads dumped values."""

    def payloads(self):
        """Bent payloads of every type under a checksum that is believed: each is refused, or is a value that stands every use."""
        whole, batch, sent, taken, worst = self.count(100_000, 3000), 50, 0, 0, 0.0
        with self.server("--enable-debug-command", "yes", "--maxmemory", "512mb") as server:
            client = server.client(timeout=20)
            client.call("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1")
            samples = self.all_samples(client)
            client.call("FLUSHALL")
            before = self.used(client)
            uses = [encode(*use) for use in USES]
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

    def all_samples(self, client):
        """Payloads without footer, as the server writes them and as older ones have; all of the latter must be taken."""
        found = [bytes([kind]) + data for kind, data in samples()]
        for payload in found if self.apus else []:
            client.send("RESTORE", "k", "0", with_footer(payload), "REPLACE")
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
        payload = bend(self.random, self.random.choice(samples), samples)
        version = self.random.choice((11, 11, 11, 6, 80 if self.apus else 10))
        return encode("RESTORE", "k", "0", with_footer(payload, version), "REPLACE")

    @staticmethod
    def used(client):
        """Memory used, but for what goes by itself."""
        fields = dict(line.split(":", 1) for line in client.call("INFO", "memory").decode().splitlines() if ":" in line)
        return int(fields["used_memory"]) - int(fields["mem_not_counted_for_evict"])

"""The rows of the comparison about memory that comes back when a keyspace shrinks: what a server still occupies after nine
tenths of its keys have been deleted at random, and after its `activedefrag` has worked on that, both to what the rest needs
when it is loaded afresh. `Defragmentation` is a part of `Bench` (bench.py), which has the tools."""

import random
import time

from servers import ReplyError

# What is filled in, for how many units a million keys stand, and how units that exist are named for being deleted: a command
# with what comes before the names.
SHRINKING = [
    ("strings", "SET key:{next} {value:64}", 1, ["DEL"], "key:%012d"),
    ("strings with a TTL", "SET key:{next} {value:64} EX 100000", 0.2, ["DEL"], "key:%012d"),
    ("small hashes", "HSET key:{next} " + " ".join(f"field{n} value{n}" for n in range(10)), 0.2, ["DEL"], "key:%012d"),
    ("small zsets", "ZADD key:{next} " + " ".join(f"{n}000 member:{n:06d}" for n in range(10)), 0.2, ["DEL"], "key:%012d"),
    ("lists of 60 x 64 B", "RPUSH key:{next} " + " ".join(["{value:64}"] * 60), 0.02, ["DEL"], "key:%012d"),
    ("one hash, per field", "HSET big key:{next} {value:64}", 0.5, ["HDEL", "big"], "key:%012d"),
    ("one zset, per member", "ZADD big {score} key:{next}", 0.5, ["ZREM", "big"], "key:%012d"),
]
ENABLING = {"active-defrag-ignore-bytes": "1mb", "active-defrag-threshold-lower": "5", "activedefrag": "yes"}
PATIENCE = 60


class Defragmentation:
    """Section `defrag`."""

    def defrag(self):
        keys = 2_000_000 if self.quick else 10_000_000
        self.head("defrag: memory after nine tenths have been deleted at random, to that of the rest when loaded afresh")
        for title, filling, factor, deleting, form in SHRINKING:
            self.shrink(f"{int(keys * factor):,} {title}", filling, int(keys * factor), deleting, form)

    def shrink(self, title, filling, count, deleting, form):
        names = ("left", "after activedefrag", "time of that", "processor, of that time", "longest turn meanwhile")
        seen, note = {what: {} for what in names}, ""
        for name, server in self.each():
            empty = server.data_bytes()
            self.load(server, [filling], units=count // 10, pipeline=64, keys=count)
            time.sleep(1)
            fresh = server.data_bytes() - empty
            try:
                server.client(timeout=60).call("FLUSHALL")
                self.load(server, [filling], units=count, pipeline=64, keys=count)
                client = server.client(timeout=60)
                thin_out(client, count, deleting, form)
                settle(server)
                seen["left"][name] = (server.data_bytes() - empty) / fresh
                client.call("CONFIG", "RESETSTAT")
                for setting, value in ENABLING.items():
                    client.call("CONFIG", "SET", setting, value)
                told = wait_for_rest(server, client)
            except ReplyError:
                note = f"{name} refuses activedefrag"
                continue
            except OSError as problem:
                note = f"{name}: {problem}"[:60]
                continue
            seen["after activedefrag"][name] = (server.data_bytes() - empty) / fresh
            for what, value in zip(names[2:], told):
                if value is not None:
                    seen[what][name] = value
        for (what, values), unit in zip(seen.items(), ("x", "x", "s", "%", "us")):
            self.row("defrag", f"{title}: {what}", unit, values, note)


def thin_out(client, count, deleting, form):
    """Deletes nine tenths, in no order."""
    numbers = list(range(count + 1))
    random.Random(1).shuffle(numbers)
    numbers = numbers[: count * 9 // 10]
    head = "".join(f"${len(word)}\r\n{word}\r\n" for word in deleting)
    size = len(form % 0)
    for start in range(0, len(numbers), 100_000):
        words, calls = numbers[start : start + 100_000], 0
        request = []
        for index in range(0, len(words), 500):
            some = words[index : index + 500]
            request.append(f"*{len(deleting) + len(some)}\r\n{head}" + "".join(f"${size}\r\n{form % number}\r\n" for number in some))
            calls += 1
        client.socket.sendall("".join(request).encode())
        for _ in range(calls):
            client.read()


def settle(server):
    """Waits until the server gives nothing back any more by itself."""
    last = None
    while last != (last := server.data_bytes() >> 20):
        time.sleep(0.5)


def wait_for_rest(server, client):
    """Waits until defragmentation rests: seconds, percent of a processor, longest turn in microseconds of processor time."""
    start, spent, idle = time.perf_counter(), server.processor_nanoseconds(), 0
    while time.perf_counter() - start < PATIENCE and idle < 10:
        time.sleep(0.25)
        text = client.call("INFO", "everything") + b"\n" + client.call("INFO", "debug")
        told = dict(line.split(":", 1) for line in text.decode().splitlines() if ":" in line)
        idle = 0 if int(told.get("active_defrag_running", 0)) > 0 else idle + 1
    seconds = int(told.get("total_active_defrag_time", 0)) / 1000
    if seconds == 0:
        return None, None, None
    turn = told.get("eventloop_cpu_max_while_defragmenting") or told.get("eventloop_duration_max")
    return seconds, (server.processor_nanoseconds() - spent) / 1e7 / seconds, int(turn) if turn else None

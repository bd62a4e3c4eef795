"""The rows of the comparison that are about persistence: snapshots beside writers, restarts, the append-only file, and
what a huge value costs. `Persistence` is a part of `Bench` (bench.py), which has the tools."""

import shutil
import tempfile
import threading
import time

from servers import ReplyError, Server

MIB = 1 << 20
# What is filled in, how often, and what is written while it is saved.
SAVED = [
    ("{:,} strings", "SET key:{next} {value:64}", 1, "SET key:{key} {value:64}"),
    ("one zset of {:,}", "ZADD big {score} member:{next}", 2.5, "ZADD big {score} member:{key}"),
]


class Watch(threading.Thread):
    """Begins a snapshot beside a load, and keeps what is seen until it ends."""

    def __init__(self, server, samples_memory=True):
        super().__init__(daemon=True)
        self.server, self.client, self.samples_memory = server, server.client(timeout=120), samples_memory
        self.seconds, self.peak, self.rate, self.fork, self.failure = None, 0, None, 0, None

    def told(self, section="persistence"):
        lines = self.client.call("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def run(self):
        try:
            time.sleep(0.3)
            commands = int(self.told("stats")["total_commands_processed"])
            start = time.perf_counter()
            self.client.call("BGSAVE")
            while True:
                # The kernel holds up a process whose memory it counts: no promptness is measured then.
                if self.samples_memory:
                    self.peak = max(self.peak, resident(self.server.pid))
                told = self.told()
                if told["rdb_bgsave_in_progress"] == "0":
                    break
                time.sleep(0.02)
            self.seconds = time.perf_counter() - start
            self.rate = (int(self.told("stats")["total_commands_processed"]) - commands) / self.seconds
            self.fork = int(self.told("stats").get("latest_fork_usec", 0)) / 1000
            if told["rdb_last_bgsave_status"] != "ok":
                self.failure = "the snapshot failed"
        except (OSError, KeyError, ReplyError) as problem:
            self.failure = f"{type(problem).__name__}: {problem}"


def resident(pid):
    """The memory of a process and its children, shared pages counted once."""
    total = 0
    for process in (pid, *children(pid)):
        try:
            with open(f"/proc/{process}/smaps_rollup") as file:
                total += next(int(line.split()[1]) for line in file if line.startswith("Pss:")) * 1024
        except (OSError, StopIteration):
            pass
    return total


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


class Persistence:
    """Sections `snapshot`, `restart`, `log` and `huge`."""

    def snapshot(self):
        count = self.keys // 5 if self.quick else 2 * self.keys
        self.head("snapshot: BGSAVE beside a writer at full speed, 50 connections, pipeline 16")
        for title, filling, factor, writing in SAVED:
            self.snapshot_of(title, filling, int(count * factor), writing)

    def snapshot_of(self, title, filling, count, writing):
        title = title.format(count)
        names = ("worst PING beside it", "longest turn, processor time", "most memory over that before", "writer's speed, to that before", "time", "fork")
        seen = {what: {} for what in names}
        note = ""
        for samples_memory in (True, False) if self.quick else (True, False, False, False):
            for name, server in self.each(real_time=False):
                self.load(server, [filling], units=count, pipeline=64, keys=count)
                before = self.load(server, [writing], seconds=0.3 if self.quick else 2, pipeline=16, keys=count)
                memory, watch = resident(server.pid), Watch(server, samples_memory)
                watch.start()
                beside = self.beside(server, watch, writing, count)
                if watch.failure or "failed" in beside:
                    note = f"{name}: {watch.failure or beside['failed']}"[:60]
                    continue
                if samples_memory:
                    seen["most memory over that before"][name] = watch.peak / memory
                    continue
                turn = watch.told("debug").get("eventloop_cpu_max_while_saving")
                told = (beside["worst"], turn and int(turn) / 1000, None, watch.rate * before["seconds"] / before["units"], watch.seconds, watch.fork)
                for (what, values), value in zip(seen.items(), told):
                    if value is not None:
                        better = max if what.startswith("writer") else min
                        values[name] = better(values.get(name, value), value)
        for (what, values), unit in zip(seen.items(), ("ms", "ms", "x", "x", "s", "ms")):
            self.row("snapshot", f"{title}: {what}", unit, values, note)

    def beside(self, server, watch, writing, count):
        """Load until the snapshot has ended; the worst PING in milliseconds."""
        worst = 0
        while True:
            result = self.load(server, [writing], seconds=1, pipeline=16, keys=count, probe=True)
            if "failed" in result:
                watch.join(60)
                return result
            if "probe" in result:
                worst = max(worst, result["probe"]["max"] / 1000)
            if not watch.is_alive():
                return {"worst": worst}

    def restart(self):
        count = self.keys // 5 if self.quick else 2 * self.keys
        self.head("restart: from the start of the process to the first PONG, all data loaded")
        for title, filling, factor, _ in SAVED:
            number = int(count * factor)
            self.restart_of("snapshot, " + title.format(number), filling, number, [])
        self.restart_of(f"append-only file, {count:,} SETs", "SET key:{next} {value:64}", count, ["--appendonly", "yes"])

    def restart_of(self, title, filling, count, options):
        seconds, note = {}, ""
        for name, binary in self.servers:
            folder = tempfile.mkdtemp(prefix="apus-bench-")
            try:
                with Server(name, binary, options, folder=folder) as server:
                    self.load(server, [filling], units=count, pipeline=64, keys=count)
                    client = server.client(timeout=300)
                    if not options:
                        client.call("SAVE")
                    client.send("SHUTDOWN", "NOSAVE")
                    server.process.wait(60)
                for _ in range(2 if self.quick else 3):
                    with Server(name, binary, options, folder=folder, waits=False) as server:
                        server.wait_until_ready(300)
                        if server.client(timeout=60).call("DBSIZE") == 0:
                            note = f"{name} lost everything"
                        seconds[name] = min(seconds.get(name, 1e9), server.seconds_to_pong)
                        server.kill()
            except (SystemExit, OSError, ReplyError) as problem:
                note = f"{name}: {problem}"[:60]
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        self.row("restart", title, "s", seconds, note)

    def log(self):
        self.head("log: processor time per SET of 64 bytes, 50 connections, by how it is made safe")
        seconds, rounds = (0.2, 2) if self.quick else (2, 3)
        for pipeline in (1, 16):
            for policy in ("no log", "no", "everysec", "always"):
                options = [] if policy == "no log" else ["--appendonly", "yes", "--appendfsync", policy]
                cost, rate, note = {}, {}, ""
                for _ in range(rounds):
                    for name, binary in self.servers:
                        try:
                            with Server(name, binary, options) as server:
                                result = self.load(server, ["SET key:{key} {value:64}"], seconds=seconds, pipeline=pipeline, keys=100_000)
                        except SystemExit as problem:
                            result = {"failed": str(problem)}
                        if "failed" in result:
                            note = f"{name}: {result['failed']}"[:60]
                            continue
                        cost[name] = min(cost.get(name, 1e12), result["cpu_ns"] / result["units"])
                        rate[name] = max(rate.get(name, 0), result["units"] / result["seconds"])
                self.row("log", f"appendfsync {policy} P={pipeline}".replace("appendfsync no log", "no log"), "ns", cost, note)
                if policy == "always":
                    self.row("log", f"appendfsync always P={pipeline}, SETs per second", "1/s", rate)

    def huge(self):
        length = 16 if self.quick else 512
        elements = self.keys // 2 if self.quick else 5 * self.keys
        self.head("huge values: BGSAVE while they are changed")
        self.huge_value(f"a string of {length} MiB", (length * MIB - 1, "x"), [("SETRANGE", "big", length * MIB // 2, "changed")])
        self.huge_value(f"a list of {elements:,}", None, [("LSET", "big", elements // 2, "changed"), ("RPUSH", "big", "x")], elements)

    def huge_value(self, title, string, changes, elements=0):
        worst, peak, time_needed, note = {}, {}, {}, ""
        for name, server in self.each():
            client = server.client(timeout=120)
            if string:
                client.call("CONFIG", "SET", "proto-max-bulk-len", "1gb")
                client.call("SETRANGE", "big", *string)
            else:
                self.load(server, ["RPUSH big element:{next}"], units=elements, pipeline=64, keys=elements)
            memory, watch = resident(server.pid), Watch(server)
            watch.start()
            slowest = 0.0
            while watch.is_alive():
                for words in changes:
                    start = time.perf_counter()
                    client.call(*words)
                    slowest = max(slowest, time.perf_counter() - start)
                time.sleep(0.001)
            if watch.failure:
                note = f"{name}: {watch.failure}"[:60]
                continue
            worst[name], peak[name], time_needed[name] = slowest * 1000, watch.peak / memory, watch.seconds
        self.row("huge", f"{title}: slowest change while it is saved", "ms", worst, note)
        self.row("huge", f"{title}: most memory over that before", "x", peak, note)
        self.row("huge", f"{title}: time to save it", "s", time_needed, note)

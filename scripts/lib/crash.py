"""Kills a server at random moments under writers that remember what was acknowledged, and looks at what is left.

always     nothing that was acknowledged is lost
everysec   nothing that was acknowledged more than two seconds before
snapshot   without a log: what a snapshot that was reported as done held; the file is one moment of each writer's steps
trace      under `always` each reply leaves after its write was synced (fsync_trace.py; needs strace)

Each life of the server saves, rewrites its log, or does nothing special, and ends by SIGKILL at a random moment; some
die again while they load. After each start every writer's keys must be as after one of its steps (crash_model.py),
transactions whole; the number of keys must fit; no temporary file may be left; a second start in a row must hold the
same data. Prints its seed; one seed makes the same steps, though not the same moments.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import threading
import time

import fsync_trace
from crash_model import Model
from servers import ROOT, Client, ReplyError, Server, encode

POLICIES = ("always", "everysec", "snapshot", "trace")


class Writer(threading.Thread):
    """Does the steps of one model, in small heaps, until the server is gone."""

    def __init__(self, port, model, chance, pause):
        super().__init__(daemon=True)
        self.pause = pause
        self.model, self.sent = model, model.done
        self.acknowledged = [(time.monotonic(), model.done)]
        self.heap = chance.choice((1, 4, 32))
        self.client = Client(port, timeout=20)
        self.client.call("SELECT", model.database)

    def run(self):
        try:
            while True:
                first, data, replies = self.sent, [], 0
                for number in range(first, first + self.heap):
                    request, count = self.model.request(number)
                    data.append(request)
                    replies += count
                self.sent = first + self.heap
                self.client.socket.sendall(b"".join(data))
                for _ in range(replies):
                    self.client.read()
                self.acknowledged.append((time.monotonic(), self.sent))
                time.sleep(self.pause)
        except (OSError, ValueError):
            pass

    def promised(self, moment):
        """How many steps had been acknowledged by then."""
        return max((done for when, done in self.acknowledged if when <= moment), default=self.model.done)


class CrashTest:
    def __init__(self, arguments):
        self.arguments, self.binary = arguments, os.path.abspath(arguments.binary)
        self.random = random.Random(arguments.seed)
        self.counts = {"steps": 0, "kills": 0, "kills while loading": 0, "while saving": 0, "files left": 0, "second starts": 0,
                       "replies traced": 0}  # fmt: skip
        self.slowest = 0.0
        self.ours = b"apus" in os.popen(f"'{self.binary}' --version").read().encode().lower()

    # -- one policy ---------------------------------------------------------------------------------------------------

    def policy(self, name, rounds):
        """All lives of one data folder; the complaint, or None."""
        if name == "trace":
            return self.trace()
        self.name, self.options = name, ["--enable-debug-command", "yes"]
        if name != "snapshot":
            self.options += ["--appendonly", "yes", "--appendfsync", name, "--auto-aof-rewrite-min-size", "1mb"]
        self.folder = tempfile.mkdtemp(prefix=f"apus-crash-{name}-")
        self.models = [Model(self.arguments.seed, writer) for writer in range(self.arguments.writers)]
        self.bulk = 0
        for number in range(rounds):
            complaint = self.round(number)
            if complaint:
                return f"{name}, round {number}: {complaint}; the files are in {self.folder}"
        shutil.rmtree(self.folder)
        return None

    def trace(self):
        if not fsync_trace.available():
            print("   no strace here, or it may not trace: left out")
            return None
        replies, complaint = fsync_trace.run(self.binary)
        self.counts["replies traced"] += replies
        return complaint

    def start(self, waits=True):
        options = list(self.options)
        if self.name != "snapshot":
            chance = self.random
            options += ["--aof-use-rdb-preamble", chance.choice(("yes", "yes", "no")), "--aof-timestamp-enabled", chance.choice(("yes", "no"))]
        return Server("the server", self.binary, options, folder=self.folder, pin=False, waits=waits)

    def round(self, number):
        """A life of the server and its end, then what the next start finds."""
        server = self.start()
        try:
            self.fill(server)
            pause = 0 if self.name == "always" else 0.003
            writers = [Writer(server.port, model, self.random, pause) for model in self.models]
            for writer in writers:
                writer.start()
            confirmed = self.live(server, writers, number)
        finally:
            killed = time.monotonic()
            server.kill()
        self.counts["kills"] += 1
        for writer in writers:
            writer.join()
            self.counts["steps"] += writer.sent - writer.model.done
        server.stop()
        if self.random.random() < 0.3:
            self.kill_while_loading()
        return self.look(writers, confirmed, killed)

    def live(self, server, writers, number):
        """Lets time pass and things happen, up to the moment of death. Returns what the last snapshot has confirmed."""
        chance, client = self.random, server.client(timeout=20)
        confirmed = [writer.model.done for writer in writers]
        long = self.name == "everysec" and number % 10 == 9
        time.sleep(chance.uniform(2.2, 3.2) if long else chance.uniform(0.01, 0.4))
        act = chance.choice(("BGSAVE", "BGREWRITEAOF", "nothing")) if self.name != "snapshot" else "BGSAVE"
        if act == "nothing":
            return confirmed
        for _ in range(chance.choice((1, 1, 3))):
            before = [writer.acknowledged[-1][1] for writer in writers]
            try:
                client.call(act)
            except ReplyError:
                time.sleep(0.05)  # one is under way
            end = time.monotonic() + chance.choice((0.0, 0.002, 0.02, 0.1, 0.3, 2.0)) * chance.random()
            while time.monotonic() < end:
                if self.name == "snapshot" and chance.random() < 0.5:
                    state = client.call("INFO", "persistence")
                    if b"rdb_bgsave_in_progress:0" in state and b"rdb_last_bgsave_status:ok" in state:
                        confirmed = before
                        break
                time.sleep(0.001)
            else:
                self.counts["while saving"] += 1
                break
        return confirmed

    def fill(self, server):
        """Gives the server enough other data for loading and saving to take a while."""
        if self.bulk:
            return
        client, self.bulk = server.client(timeout=60), self.arguments.bulk
        client.call("SELECT", 9)
        for start in range(0, self.bulk, 1000):
            part = range(start, min(self.bulk, start + 1000))
            client.socket.sendall(b"".join(encode("SET", f"bulk:{number}", f"value {number}" * 8) for number in part))
            for _ in part:
                client.read()
        members = [word for number in range(20_000) for word in (number, f"member:{number}")]
        client.call("ZADD", "large", *members)
        client.call("RPUSH", "long", *members)
        if self.name == "snapshot":
            client.call("SAVE")

    def kill_while_loading(self):
        server = self.start(waits=False)
        time.sleep(self.random.uniform(0, 0.15))
        server.stop()
        self.counts["kills while loading"] += 1

    # -- what is left -------------------------------------------------------------------------------------------------

    def look(self, writers, confirmed, killed):
        server = self.start()
        self.slowest = max(self.slowest, server.seconds_to_pong)
        try:
            # What the server itself is about to write is none.
            left = [name for name in self.temporary_files() if f"-{server.pid}." not in name]
            self.counts["files left"] += len(left)
            if left and (self.ours or self.arguments.strict):
                return f"the start left {', '.join(left)}"
            client = server.client(timeout=60)
            for writer, sure in zip(writers, confirmed):
                promised = {"always": killed, "everysec": killed - 2, "snapshot": None}[self.name]
                promised = sure if promised is None else writer.promised(promised)
                held = writer.model.fetch(client, writer.sent)
                complaint = writer.model.settle(held, promised, writer.sent)
                if complaint:
                    return complaint
            for database in {model.database for model in self.models}:
                client.call("SELECT", database)
                wanted = sum(model.key_count() for model in self.models if model.database == database)
                if client.call("DBSIZE") != wanted:
                    return f"database {database} has {client.call('DBSIZE')} keys, not {wanted}"
            client.call("SELECT", 9)
            if client.call("DBSIZE") != self.bulk + 2:
                return f"{client.call('DBSIZE')} of {self.bulk + 2} keys of the bulk are there"
            return self.start_again(server, client) if self.random.random() < 0.4 else None
        finally:
            server.stop()

    def start_again(self, server, client):
        """Two starts in a row hold the same data."""
        digest = client.call("DEBUG", "DIGEST")
        server.kill()
        server.stop()
        self.counts["second starts"] += 1
        with self.start() as second:
            other = second.client(timeout=60)
            if digest != other.call("DEBUG", "DIGEST"):
                return "a second start holds other data than the first one"
        return None

    def temporary_files(self):
        """Files that no start needs any more."""
        found = [name for name in os.listdir(self.folder) if name not in ("log", "dump.rdb", "appendonlydir")]
        log = os.path.join(self.folder, "appendonlydir")
        if os.path.isdir(log):
            manifest = os.path.join(log, "appendonly.aof.manifest")
            with open(manifest) as file:
                known = {line.split()[1] for line in file if not line.startswith("#")}
            found += [name for name in os.listdir(log) if name not in known and name != "appendonly.aof.manifest"]
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", help="the server to be killed")
    parser.add_argument("--rounds", type=int, default=210, help="in all, shared by the policies")
    parser.add_argument("--policies", default=",".join(POLICIES))
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--bulk", type=int, default=30_000, help="keys that are only there to be loaded and saved")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--strict", action="store_true", help="a temporary file left by a start is a failure for redis-server too")
    arguments = parser.parse_args()
    print(f"   seed {arguments.seed}", flush=True)
    test, begin, wrong = CrashTest(arguments), time.monotonic(), 0
    policies = arguments.policies.split(",")
    killed = [policy for policy in policies if policy != "trace"]
    for policy in policies:
        rounds, start = arguments.rounds // max(1, len(killed)) if policy in killed else 1, time.monotonic()
        complaint = test.policy(policy, rounds)
        wrong += complaint is not None
        print(f"   {policy:<10}{rounds:4} rounds {time.monotonic() - start:6.1f} s   {complaint or 'holds'}", flush=True)
    counts = ", ".join(f"{count:,} {name}" for name, count in test.counts.items())
    summary = f"{counts}; slowest start {test.slowest:.2f} s, {time.monotonic() - begin:.0f} s in all, seed {arguments.seed}"
    print("   " + summary)
    os.makedirs(os.path.join(ROOT, ".build"), exist_ok=True)
    with open(os.path.join(ROOT, ".build/crash-summary.txt"), "w") as file:
        file.write(f"{test.counts['kills']} kills, {wrong} findings, seed {arguments.seed}\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

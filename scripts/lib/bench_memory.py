"""The rows of the comparison that ask whether a server knows what it occupies: `used_memory` beside the resident set, after many
inserts, after deletes at random, and when nearly nothing is left. `Accounts` is a part of `Bench` (bench.py), which has the tools."""

import time

from servers import ReplyError

MIB = 1 << 20
# Entries and values of several sizes, as caches have them; ten such keys take about 1.6 KiB.
SIZES = [(8, 30), (64, 40), (200, 25), (600, 5)]
# The DELs of random keys that have been said by then, as a share of all keys; about exp(-share) of them stay.
STAGES = [("filled", 0), ("half deleted", 0.7), ("90 % deleted", 2.3)]
MOVED = "then with activedefrag"
# The same again while it is on.
STAGES_WITH_MOVING = [("filled again, activedefrag on", 0), ("half deleted, activedefrag on", 0.7)]
# Moving what is left is over when the resident set has stayed as it is for so many seconds.
PATIENCE = 10


class Accounts:
    """Section `accounts`."""

    def accounts(self):
        count = 200_000 if self.quick else 10_000_000
        self.head(f"accounts: used_memory and resident set, {count:,} keys with values of 8 to 600 bytes")
        found = {}
        for name, server in self.each():
            client = server.client(timeout=600)
            for stage in self.lived_through(server, count, STAGES):
                time.sleep(1 if self.quick else 3)
                found.setdefault(stage, {})[name] = self.standing(client)
            if self.defragments(client):
                found.setdefault(MOVED, {})[name] = self.standing(client)
                for stage in self.lived_through(server, count, STAGES_WITH_MOVING):
                    self.rests(client)
                    found.setdefault(stage, {})[name] = self.standing(client)
            client.close()
        for stage, standings in found.items():
            self.row("accounts", f"{stage}: used_memory", "MiB", {name: told["used"] / MIB for name, told in standings.items()})
            self.row("accounts", f"{stage}: resident set", "MiB", {name: told["resident"] / MIB for name, told in standings.items()})
            for what in ("resident", "allocated"):
                apart = {name: 100 * (told[what] / told["used"] - 1) for name, told in standings.items()}
                self.row("accounts", f"{stage}: {what} over used_memory", "%", apart)

    def lived_through(self, server, count, stages):
        """Goes from stage to stage, and tells the name of each one reached."""
        said = 0
        for number, (stage, share) in enumerate(stages):
            if share:
                self.load(server, ["DEL key:{key}"], units=int(count * (share - said)), pipeline=64, keys=count, seed=number)
            else:
                weights = [weight for _, weight in SIZES]
                self.load(server, ["SET key:{next} {value:%d}" % size for size, _ in SIZES], weights, units=count, pipeline=64, keys=count)
            said = share
            yield stage

    @staticmethod
    def standing(client):
        """What INFO says; its parts must be the whole."""
        lines = client.call("INFO", "memory").decode().splitlines()
        told = {key: value for key, value in (line.split(":", 1) for line in lines if ":" in line)}
        used, overhead, dataset = (int(told[field]) for field in ("used_memory", "used_memory_overhead", "used_memory_dataset"))
        assert abs(used - overhead - dataset) <= 1, f"{overhead} and {dataset} are not {used}"
        return {"used": used, "resident": int(told["used_memory_rss"]), "allocated": int(told["allocator_allocated"])}

    def defragments(self, client):
        """Lets the server move what it has until its resident set stays as it is; false if it cannot."""
        try:
            for setting, value in (("active-defrag-ignore-bytes", "1mb"), ("active-defrag-cycle-max", "75"), ("activedefrag", "yes")):
                client.call("CONFIG", "SET", setting, value)
        except ReplyError:
            return False
        self.rests(client)
        return True

    def rests(self, client):
        """Waits until the resident set stays as it is."""
        least, since = self.standing(client)["resident"], time.monotonic()
        end = since + (5 if self.quick else 90)
        while time.monotonic() < min(end, since + (2 if self.quick else PATIENCE)):
            time.sleep(0.25)
            resident = self.standing(client)["resident"]
            if resident < least * 0.999:
                least, since = resident, time.monotonic()

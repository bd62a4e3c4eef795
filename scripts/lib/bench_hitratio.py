"""How often a cache has what it is asked for: traces (Benchmarks/Load/Trace.swift) replayed as an application does that
has a cache beside its database, with the same `maxmemory` for every server. `HitRatio` is a part of `Bench` (bench.py).

All servers replay all traces at the same time and at the same fixed rate, so that each run is as long as the section:
redis-server tells the age of keys in whole seconds, and of a cache that is renewed within a second or two it would know
nothing. Beside each ratio stands how many keys the server held at the end.
"""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

from servers import CPUS, ROOT, Server

TRACES = [
    ("zipf08", "Zipf, exponent 0.8"),
    ("zipf10", "Zipf, exponent 1.0"),
    ("scan", "Zipf 1.0 and scans"),
    ("shift", "popularity jumps"),
    ("drift", "popularity drifts"),
    ("loop", "loop over 4/3 of the cache"),
    ("sessions", "sessions with a TTL"),
    ("mix", "a mix of these"),
]
# Of the first server, of the others, and of both for the trace whose keys have deadlines.
BASE_POLICIES = ["allkeys-lru", "allkeys-lfu"]
OUR_POLICIES = ["allkeys-lru", "allkeys-lfu", "allkeys-s3fifo", "allkeys-lhd"]
TTL_POLICY = "volatile-ttl"
# About what a key with its value takes in redis-server.
BYTES_PER_KEY = 500
HITRATIO_MARKS = ("<!-- hit ratios: written by scripts/bench --suite hitratio --readme -->", "<!-- end of the hit ratios -->")


class Run:
    """One server with one policy and one trace."""

    def __init__(self, bench, name, binary, policy, trace, limit, rate, seconds):
        self.name, self.policy, self.trace, self.failure = name, policy, trace, None
        self.server = Server(name, binary, ["--maxmemory", str(limit), "--maxmemory-policy", policy])
        cached = limit // BYTES_PER_KEY
        words = {"port": self.server.port, "trace": trace, "units": rate * seconds, "rate": rate, "cached": cached}
        # The keys are ten times as many as fit; what ends lives for two thirds of the run, longer than there is room.
        words |= {"keys": 10 * cached, "lifetime": seconds * 2000 // 3, "clients": 2, "pipeline": 16, "seed": 1}
        self.words = [bench.arguments.generator]
        for word, value in words.items():
            self.words += ["--" + word, str(value)]
        if len(CPUS) > 1:
            self.words = ["taskset", "-c", str(CPUS[1]), *self.words]
        self.patience = seconds * 5 + 60

    def replay(self):
        done = subprocess.run(self.words, capture_output=True, text=True, timeout=self.patience)
        if done.returncode != 0:
            self.failure = done.stderr.strip()
            return
        result = json.loads(done.stdout)
        if result["errors"]:
            self.failure = result["error"]
        self.seconds = result["seconds"]
        self.ratio = 100 * result["warm_hits"] / max(1, result["warm_requests"])
        client = self.server.client()
        self.keys = client.call("DBSIZE")
        told = client.call("INFO").decode().splitlines()
        told = dict(line.split(":", 1) for line in told if ":" in line)
        self.used, self.evicted = int(told["used_memory"]), int(told["evicted_keys"])
        client.close()


class HitRatio:
    def hitratio(self):
        """Prints a line of hit ratios for each trace, and the keys held below it."""
        limit, rate, seconds = (8 << 20, 4000, 50) if self.quick else (32 << 20, 4000, 480)
        self.hit_setup = (limit, rate, seconds)
        wanted = self.arguments.rows.split(",") if self.arguments.rows else [trace for trace, _ in TRACES]
        traces = [(trace, title) for trace, title in TRACES if trace in wanted]
        runs = []
        try:
            for trace, _ in traces:
                for index, (name, binary) in enumerate(self.servers):
                    policies = OUR_POLICIES if name.startswith("apus") else BASE_POLICIES
                    for policy in policies + ([TTL_POLICY] if trace == "sessions" else []):
                        try:
                            runs.append(Run(self, name, binary, policy, trace, limit, rate, seconds))
                        except SystemExit as problem:
                            print(f"   left out: {name} {policy}: {str(problem).strip().splitlines()[-1]}")
            print(
                f"\n-- hit ratio in per cent after the first fifth, keys held; maxmemory {limit >> 20} MiB,"
                f" {rate:,} requests a second for {seconds} s each, all at once"
            )
            with ThreadPoolExecutor(len(runs)) as pool:
                list(pool.map(Run.replay, runs))
        finally:
            for run in runs:
                run.server.stop()
        columns = list(dict.fromkeys((run.name, run.policy) for run in runs if run.policy != TTL_POLICY))
        print(f"{'trace':<28}" + "".join(f"{name + ' ' + policy.split('-')[1]:>15}" for name, policy in columns))
        for trace, title in traces:
            self.print_trace(title, [run for run in runs if run.trace == trace], columns)

    def print_trace(self, title, runs, columns):
        good = {(run.name, run.policy): run for run in runs if run.failure is None}
        note = "; ".join(f"{run.name} {run.policy}: {run.failure}" for run in runs if run.failure)
        others = {key: run for key, run in good.items() if key not in columns}
        if others:
            note += "; ".join(f"{name} {policy} {run.ratio:.2f}" for (name, policy), run in others.items())
        ratios = [f"{good[key].ratio:.2f}" if key in good else "n/a" for key in columns]
        held = [f"{good[key].keys:,}" if key in good else "" for key in columns]
        # How long it takes until as many keys have gone as there are: what a clock of seconds has to be seen beside.
        turns = [run.seconds * run.keys / run.evicted for run in good.values() if run.evicted > 0]
        turnover = f"renewed every {min(turns):.0f} to {max(turns):.0f} s" if turns else ""
        late = max((run.seconds for run in good.values()), default=0)
        if late > self.hit_setup[2] * 1.1:
            note += f"; took {late:.0f} s"
        print(f"{title:<28}" + "".join(f"{cell:>15}" for cell in ratios) + f"  {note}")
        print(f"{'  keys held':<28}" + "".join(f"{cell:>15}" for cell in held) + f"  {turnover}", flush=True)
        self.results.append(
            {
                "section": "hitratio",
                "name": title,
                "unit": "%",
                "values": {f"{name} {policy}": run.ratio for (name, policy), run in good.items()},
                "keys": {f"{name} {policy}": run.keys for (name, policy), run in good.items()},
                "used_memory": {f"{name} {policy}": run.used for (name, policy), run in good.items()},
                "turnover_seconds": [min(turns), max(turns)] if turns else None,
                "note": note,
            }
        )

    def write_hit_ratios(self, report):
        """Puts the table between its two marks in README.md."""
        path = os.path.join(ROOT, "README.md")
        with open(path) as file:
            text = file.read()
        if HITRATIO_MARKS[0] not in text:
            return
        before, rest = text.split(HITRATIO_MARKS[0])
        after = rest.split(HITRATIO_MARKS[1])[1]
        limit, rate, seconds = self.hit_setup
        rows = [row for row in self.results if row["section"] == "hitratio"]
        columns = list(dict.fromkeys(key for row in rows for key in row["values"] if TTL_POLICY not in key))
        options = " ".join(["--quick"] * self.quick + ["--readme"])
        lines = [
            "",
            f"Measured on {report['date'][:10]} at commit {report['commit']} with `scripts/bench --suite hitratio {options}`:",
            f"per cent of reads that hit after the first fifth of the trace, and keys held at the end; `maxmemory` {limit >> 20} MiB,",
            f"{rate * seconds:,} requests in {seconds} s to each server.",
            "",
            "| trace | " + " | ".join(columns) + " |",
            "|---|" + "---|" * len(columns),
        ]
        for row in rows:
            best = max(row["values"].values(), default=0)
            cells = [row["name"]]
            for column in columns:
                value = row["values"].get(column)
                if value is None:
                    cells.append("–")
                    continue
                shown = f"**{value:.1f}**" if value >= best - 0.05 else f"{value:.1f}"
                cells.append(f"{shown} ({row['keys'][column]:,})")
            lines.append("| " + " | ".join(cells) + " |")
            others = {key: value for key, value in row["values"].items() if TTL_POLICY in key}
            if others:
                lines[-1] = lines[-1].replace(row["name"], row["name"] + " (" + ", ".join(f"{key}: {value:.1f}" for key, value in others.items()) + ")")
        with open(path, "w") as file:
            file.write(before + HITRATIO_MARKS[0] + "\n".join(lines) + "\n\n" + HITRATIO_MARKS[1] + after)

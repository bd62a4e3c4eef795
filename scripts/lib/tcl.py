"""Runs the Tcl test files of Redis by the runner given, and holds the outcome against Tests/left-out.txt."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

from servers import ROOT

LEFT_OUT = os.path.join(ROOT, "Tests/left-out.txt")
FILES = (
    "unit/type/string,unit/type/incr,unit/type/hash,unit/type/list,unit/type/list-2,unit/type/list-3,unit/type/set,unit/type/zset,"
    "unit/type/stream,unit/type/stream-cgroups,unit/expire,unit/scan,unit/keyspace,unit/multi,unit/pubsub,unit/pubsubshard,"
    "unit/tracking,unit/info,unit/info-command,unit/introspection,unit/introspection-2,unit/latency-monitor,unit/limits,"
    "unit/networking,unit/other,unit/pause,unit/protocol,unit/querybuf,unit/replybufsize,unit/slowlog,unit/sort,unit/bitops,"
    "unit/bitfield,unit/geo,unit/hyperloglog,unit/dump,unit/violations,unit/quit,unit/auth,unit/shutdown,unit/oom-score-adj,unit/wait,"
    "integration/corrupt-dump,integration/corrupt-dump-fuzzer,unit/aofrw,integration/rdb,integration/aof,integration/aof-multi-part,"
    "integration/aof-race,integration/convert-zipmap-hash-on-load,integration/convert-ziplist-hash-on-load,"
    "integration/convert-ziplist-zset-on-load,integration/dismiss-mem,integration/logging,integration/redis-cli,"
    "integration/redis-benchmark,unit/maxmemory,unit/memefficiency,unit/client-eviction,unit/lazyfree,unit/obuf-limits,"
    "unit/functions,unit/scripting"
)
HEAD = """# Tests of Redis's own suite (7.2) that fail for now, each with the command or setting that its text waits for:
# file | test | what it waits for. The issue that builds it runs the test and removes the line; scripts/tcl fails
# for a line that has become untrue.
"""


def left_out():
    if not os.path.exists(LEFT_OUT):
        return {}
    with open(LEFT_OUT) as file:
        rows = [line.rstrip("\n").split(" | ") for line in file if line.strip() and not line.startswith("#")]
    return {(row[0], " | ".join(row[1:-1])): row[-1] for row in rows}


def reason(text):
    """What a failure waits for, when its own words say so."""
    missing = re.search(r"(?:subcommand|command) '([\w|-]+)' is not supported|unknown (?:sub)?command '?([\w|]+)", text)
    if missing:
        return (missing.group(1) or missing.group(2)).upper().replace("|", " ")
    setting = re.search(r"'?([\w-]+)'? (?:is|are) not (?:supported|built)[^|]*", text)
    return setting.group(1) if setting else ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("runner")
    parser.add_argument("server")
    parser.add_argument("--checkout", default=os.environ.get("REDIS_CHECKOUT"), required="REDIS_CHECKOUT" not in os.environ)
    parser.add_argument("--files", default=FILES)
    parser.add_argument("--update", action="store_true")
    arguments, more = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="apus-tcl-") as folder:
        outcome = os.path.join(folder, "outcome.json")
        words = [sys.executable, arguments.runner, "--checkout", arguments.checkout, "--server", arguments.server]
        subprocess.run([*words, "--files", arguments.files, "--json", outcome, "--workdir", folder, "--show", "0", *more])
        with open(outcome) as file:
            files = json.load(file)["files"]
    known, failed, passed = left_out(), {}, set()
    for name, result in files.items():
        for test, status, _, text in result["tests"]:
            if status == "ok":
                passed.add((name, test))
            elif status == "err":
                failed[name, test] = text
        for block in result["lost_blocks"]:
            print(f"   {name}: a block of tests was lost: {str(block)[:160]}")
    if arguments.update:
        for key, text in failed.items():
            if reason(text) and key not in known:
                known[key] = reason(text)
        known = {key: why for key, why in known.items() if key not in passed}
        with open(LEFT_OUT, "w") as file:
            file.write(HEAD + "".join(f"{name} | {test} | {why}\n" for (name, test), why in sorted(known.items())))
    news = {key: text for key, text in failed.items() if key not in known}
    stale = [key for key in known if key in passed]
    for (name, test), text in news.items():
        print(f"** {name} | {test}: {text[:200]}")
    for name, test in stale:
        print(f"** {name} | {test} passes by now: remove its line from Tests/left-out.txt")
    print(f"   {len(passed)} passed, {len(failed)} failed, {len(failed) - len(news)} of them left out by name")
    sys.exit(1 if news or stale else 0)


if __name__ == "__main__":
    main()

"""Runs redis-py's own tests against our server and redis-server, and holds the outcome against the list of what is left out."""

import argparse
import collections
import concurrent.futures
import os
import re
import sys
import tempfile

import pytest_runs
from servers import ROOT, Server
from tcl import reason

LEFT_OUT = os.path.join(ROOT, "Tests/left-out-redis-py.txt")
# Tests of what is newer than 7.2 and not claimed.
NEWER_LEFT_OUT = os.path.join(ROOT, "Tests/left-out-redis-py-newer.txt")
FILES = (
    "tests/test_commands.py,tests/test_asyncio/test_commands.py,tests/test_pubsub.py,tests/test_pipeline.py,"
    "tests/test_asyncio/test_pipeline.py,tests/test_connection_pool.py,tests/test_client.py,tests/test_encoding.py,"
    "tests/test_monitor.py,tests/test_multiprocessing.py,tests/test_cache.py,tests/test_lock.py,tests/test_scripting.py,"
    "tests/test_function.py"
)
MARKS = "not onlycluster and not redismod and not ssl and not replica and not cp_integration and not multidb_integration"
HEAD = """# Tests of redis-py's own suite that pass on redis-server and not yet here, each with what it waits for:
# file | test | what it waits for. The issue that builds it runs the test and removes the line; scripts/redis-py fails
# for a line that has become untrue.
"""


def left_out(path=LEFT_OUT):
    if not os.path.exists(path):
        return {}
    with open(path) as file:
        rows = [line.rstrip("\n").split(" | ", 2) for line in file if line.strip() and not line.startswith("#")]
    return {(row[0], row[1]): row[2] for row in rows}


def outcomes(given, binary, name, protocol, folder, options=(), tests=None):
    """What became of each test, or of each of these: (file, test) to (passed, failed or skipped, what it said)."""
    with Server(name, binary, options, pin=False) as server:
        words = [given.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", "-m", MARKS, "--capture=sys",
                 "--tb=native", "-p", "no:timeout"]  # fmt: skip
        words += ["--redis-url", f"redis://127.0.0.1:{server.port}/9", "--protocol", protocol]
        words += given.files.split(",") if tests is None else ["::".join(test) for test in tests]
        # The tests' own limits, some of which end all of pytest, are for machines with nothing else to do.
        said = pytest_runs.run(words, server, f"{name}-{protocol}", folder, cwd=given.checkout)
    found = {}
    for group, test, status, text in said:
        place = group.split(".")
        last = max(index for index, part in enumerate(place) if part.startswith("test"))
        found["/".join(place[: last + 1]) + ".py", "::".join([*place[last + 1 :], test])] = (status, text)
    return found


class Result:
    """What is printed, and kept in a file."""

    def __init__(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        self.file = open(path, "w")

    def say(self, text):
        print(text, flush=True)
        self.file.write(text + "\n")
        self.file.flush()

    def counts(self, name, outcomes):
        self.say(f"   {name}: {pytest_runs.counts(outcomes.values())}")

    def reasons(self, outcomes):
        """Why tests were skipped, and how often."""
        found = collections.Counter(text.splitlines()[0].strip() for status, text in outcomes.values() if status == "skipped")
        for text, number in sorted(found.items()):
            self.say(f"      {number} skipped: {text}")


def unclaimed(text):
    """The command that a test failed for, if the server does not know it at all."""
    found = re.search(r"unknown command '?(\w+)", text)
    return found and found.group(1).upper()


def newer_tests(given, folder, failing, runs, result):
    """What became of the tests with a newer version reported, and of those left out then with the newest: what fails and is
    neither known nor failing anyway. So no test of what is claimed here goes without having passed."""
    known = left_out(NEWER_LEFT_OUT)
    expected = set(known) | set(left_out()) | set(failing)
    news, passing, failed = {}, set(), set()
    for protocol in given.protocols.split(","):
        ours = runs["newer", protocol].result()
        result.counts(f"RESP{protocol}, with {given.reported} reported", ours)
        result.reasons(ours)
        gated = [key for key, (status, text) in ours.items() if status == "skipped" and "version required >=" in text]
        if gated:
            options = ["--enable-debug-command", "yes", "--reported-redis-version", "255.255.255"]
            newest = outcomes(given, given.ours, "newest", protocol, folder, options, gated)
            others = collections.Counter(unclaimed(text) for status, text in newest.values() if status == "failed" and unclaimed(text))
            newest = {key: (status, text) for key, (status, text) in newest.items() if status == "passed" or not unclaimed(text)}
            result.counts(f"RESP{protocol}, of {len(gated)} that want a later version, with the newest reported", newest)
            result.say(f"      {others.total()} of commands that are unknown here: {', '.join(sorted(others))}")
            ours |= newest
        for key, (status, text) in ours.items():
            if status == "passed":
                passing.add(key)
            elif status == "failed":
                failed.add(key)
                if key not in expected:
                    news.setdefault(key, f"RESP{protocol}, with a newer version: {text}")
    result.say(f"   {len(failed)} fail with a newer version reported, {len(failed) - len(news)} of them left out by name or failing anyway")
    return news, [key for key in known if key in passing and key not in failed]


def main():
    parser = argparse.ArgumentParser()
    for name in ("python", "checkout", "ours", "theirs"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--files", default=FILES)
    parser.add_argument("--protocols", default="2,3")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--reported", default="8.4.0")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--result", default=os.path.join(ROOT, ".build/redis-py.txt"))
    given = parser.parse_args()
    result = Result(given.result)
    result.say(f"redis-py's own tests, from {given.checkout}, against {given.ours}")
    known, failing, passing, broken = left_out(), {}, set(), set()
    with tempfile.TemporaryDirectory(prefix="apus-redis-py-") as folder, concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        # Some tests have the server say errors.
        debug = ("--enable-debug-command", "yes")
        servers = [("ours", given.ours, debug), ("theirs", given.theirs, debug)]
        if given.reported != "none":
            servers.append(("newer", given.ours, (*debug, "--reported-redis-version", given.reported)))
        runs = {(name, protocol): pool.submit(outcomes, given, binary, name, protocol, folder, options)
                for name, binary, options in servers for protocol in given.protocols.split(",")}  # fmt: skip
        for protocol in given.protocols.split(","):
            ours, theirs = runs["ours", protocol].result(), runs["theirs", protocol].result()
            result.counts(f"RESP{protocol}, as 7.2.4, here", ours)
            result.counts(f"RESP{protocol}, redis-server", theirs)
            for key, (status, text) in ours.items():
                real = theirs.get(key, ("skipped", ""))[0]
                if status == "passed":
                    passing.add(key)
                elif status == "failed" and real == "failed":
                    broken.add(key)
                elif status == "failed" or status == "skipped" and real == "passed":
                    failing.setdefault(key, f"RESP{protocol}: {text}")
        newer, newer_stale = newer_tests(given, folder, broken, runs, result) if given.reported != "none" else ({}, [])
    if given.update:
        touched = set(given.files.split(","))
        known = {key: why for key, why in known.items() if key in failing or key[0] not in touched}
        known |= {key: reason(text) for key, text in failing.items() if reason(text) and key not in known}
        with open(LEFT_OUT, "w") as file:
            file.write(HEAD + "".join(f"{name} | {test} | {why}\n" for (name, test), why in sorted(known.items())))
    news = {key: text for key, text in failing.items() if key not in known}
    stale = [key for key in known if key in passing and key not in failing]
    for (name, test), text in news.items():
        result.say(f"** {name} | {test}: {' '.join(text[:300].split())}")
    for (name, test), text in newer.items():
        result.say(f"** {name} | {test}: {' '.join(text[:300].split())}")
    for name, test in stale:
        result.say(f"** {name} | {test} passes by now: remove its line from Tests/left-out-redis-py.txt")
    for name, test in newer_stale:
        result.say(f"** {name} | {test} passes by now: remove its line from Tests/left-out-redis-py-newer.txt")
    result.say(f"   {len(failing)} pass on redis-server alone, {len(failing) - len(news)} of them left out by name")
    sys.exit(1 if news or stale or newer or newer_stale else 0)


if __name__ == "__main__":
    main()

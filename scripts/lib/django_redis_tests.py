"""Runs django-redis's own tests against our server and redis-server: django_redis_tests.py PYTHON CHECKOUT OURS THEIRS."""

import os
import re
import shutil
import sys
import tempfile

import pytest_runs
from servers import Server


def outcomes(python, checkout, binary, name, folder):
    """What became of each test, by its name."""
    place = os.path.join(folder, name)
    shutil.copytree(os.path.join(checkout, "tests"), os.path.join(place, "tests"))
    shutil.copy(os.path.join(checkout, "setup.cfg"), place)
    socket = os.path.join(place, "s")
    with Server(name, binary, ["--unixsocket", socket, "--enable-debug-command", "yes"], pin=False) as server:
        for path, _, files in os.walk(place):
            for file in (os.path.join(path, file) for file in files if file.endswith(".py")):
                with open(file) as source:
                    text = source.read()
                text = re.sub(r"(?<!\d)6379", str(server.port), text).replace("/tmp/redis.sock", socket)
                with open(file, "w") as target:
                    target.write(text)
        words = [python, "-m", "pytest", "-q", "-n", "4", "-p", "no:cacheprovider", "-W", "ignore", "--timeout", "60", "-k", "not sentinel", "tests"]
        said = pytest_runs.run(words, server, name, folder, cwd=place, env={**os.environ, "PYTHONPATH": place})
    return {f"{group}::{test}": (status, text) for group, test, status, text in said}


def main():
    python, checkout, ours, theirs = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="apus-django-", dir="/tmp") as folder:
        real = outcomes(python, checkout, theirs, "redis", folder)
        here = outcomes(python, checkout, ours, "apus", folder)
    for label, found in (("redis-server", real), ("ours", here)):
        print(f"   {label}: {pytest_runs.counts(found.values())}", flush=True)
    worse = [(key, here.get(key, ("missing", ""))) for key, (status, _) in real.items() if status == "passed" and here.get(key, ("", ""))[0] != "passed"]
    for key, (status, text) in worse[:40]:
        print(f"** {key} {status}: {text[:200]}")
    sys.exit(1 if worse else 0)


if __name__ == "__main__":
    main()

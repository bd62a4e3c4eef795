"""Runs django-redis's own tests against our server and redis-server: django_redis_tests.py PYTHON CHECKOUT OURS THEIRS."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

from servers import Server


def outcomes(python, checkout, binary, name, folder):
    """What became of each test, by its name."""
    place = os.path.join(folder, name)
    shutil.copytree(os.path.join(checkout, "tests"), os.path.join(place, "tests"))
    shutil.copy(os.path.join(checkout, "setup.cfg"), place)
    socket, report = os.path.join(place, "s"), os.path.join(place, "report.xml")
    with Server(name, binary, ["--unixsocket", socket, "--enable-debug-command", "yes"], pin=False) as server:
        for path, _, files in os.walk(place):
            for file in (os.path.join(path, file) for file in files if file.endswith(".py")):
                with open(file) as source:
                    text = source.read()
                text = re.sub(r"(?<!\d)6379", str(server.port), text).replace("/tmp/redis.sock", socket)
                with open(file, "w") as target:
                    target.write(text)
        words = [python, "-m", "pytest", "-q", "-n", "4", "-p", "no:cacheprovider", "-W", "ignore", "--timeout", "60", "-k", "not sentinel", f"--junitxml={report}", "tests"]
        with open(os.path.join(place, "log"), "wb") as log:
            subprocess.run(words, cwd=place, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": place})
        if not server.is_running():
            raise SystemExit(f"{name} ended during the tests: {server.said()[-1500:]}")
    if not os.path.exists(report):
        with open(os.path.join(place, "log"), errors="replace") as log:
            raise SystemExit(f"the tests did not run to their end: {log.read()[-1500:]}")
    found = {}
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        problems = [child for child in case if child.tag in ("failure", "error", "skipped")]
        status = "passed" if not problems else "skipped" if problems[0].tag == "skipped" else "failed"
        found[f"{case.get('classname')}::{case.get('name')}"] = (status, problems[0].get("message", "") if problems else "")
    return found


def main():
    python, checkout, ours, theirs = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="apus-django-", dir="/tmp") as folder:
        real = outcomes(python, checkout, theirs, "redis", folder)
        here = outcomes(python, checkout, ours, "apus", folder)
    for label, found in (("redis-server", real), ("ours", here)):
        counts = {status: sum(1 for outcome, _ in found.values() if outcome == status) for status in ("passed", "failed", "skipped")}
        print(f"   {label}: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped", flush=True)
    worse = [(key, here.get(key, ("missing", ""))) for key, (status, _) in real.items() if status == "passed" and here.get(key, ("", ""))[0] != "passed"]
    for key, (status, text) in worse[:40]:
        print(f"** {key} {status}: {text[:200]}")
    sys.exit(1 if worse else 0)


if __name__ == "__main__":
    main()

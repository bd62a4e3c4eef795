"""Test suites of others that pytest runs against a server of ours or theirs."""

import os
import subprocess
import xml.etree.ElementTree


def run(words, server, name, folder, **options):
    """Runs pytest with these words: the class and the name of each test, whether it passed, failed or was skipped, and what it
    said. A server that ends meanwhile, or a run that does not come to its end, ends the script."""
    report, log = os.path.join(folder, f"{name}.xml"), os.path.join(folder, f"{name}.log")
    with open(log, "wb") as said:
        subprocess.run([*words, f"--junitxml={report}"], stdout=said, stderr=said, timeout=3600, check=False, **options)
    if not server.is_running():
        raise SystemExit(f"{name} ended during the tests: {server.said()[-1500:]}")
    if not os.path.exists(report):
        with open(log, errors="replace") as said:
            raise SystemExit(f"the tests did not run to their end: {said.read()[-1500:]}")
    return [outcome(case) for case in xml.etree.ElementTree.parse(report).iter("testcase")]


def outcome(case):
    status, text = "passed", ""
    for child in case:
        if child.tag in ("failure", "error", "skipped"):
            status = "skipped" if child.tag == "skipped" else "failed"
            text = (child.get("message") or "") + (child.text or "")[-1500:]
    return case.get("classname"), case.get("name"), status, text


def counts(outcomes):
    """In words; each outcome begins with its status."""
    return ", ".join(f"{sum(status == each[0] for each in outcomes)} {status}" for status in ("passed", "failed", "skipped"))

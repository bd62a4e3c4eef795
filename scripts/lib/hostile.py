"""Hostile input: what a stranger could send. Each kind starts servers of its own, and ends with the server alive.

The kinds are below, in the order in which they run, each with what it attacks; a kind is the method of that name. What must not
happen is a finding, and none ends the run (hostile_attack.py, where to begin to read); what is drawn at random depends on the
seed and the kind alone, so that one kind can be repeated without the others."""

import argparse
import os
import sys

from hostile_clients import Clients
from hostile_commands import Commands
from hostile_memory import Memory
from hostile_payloads import Payloads
from hostile_requests import Requests
from hostile_scripts import Scripts
from servers import ROOT, raise_descriptor_limit

KINDS = {
    "mutated": Requests,
    "calls": Commands,
    "split": Requests,
    "idle": Clients,
    "pipeline": Clients,
    "churn": Clients,
    "limits": Clients,
    "unread": Memory,
    "keys": Memory,
    "announced": Memory,
    "patterns": Commands,
    "memory": Memory,
    "pod": Memory,
    "passwords": Clients,
    "payloads": Payloads,
    "scripts": Scripts,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("sections", nargs="*")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--patience", type=float, default=1.0, help="how many times slower the server may be: 10 for a debug build")
    arguments = parser.parse_intermixed_args()
    kinds = arguments.sections or list(KINDS)
    for kind in kinds:
        if kind not in KINDS:
            parser.error(f"there is no kind {kind}, but {', '.join(KINDS)}")
    raise_descriptor_limit()
    print(f"   seed {arguments.seed}, share {arguments.share}", flush=True)
    attacks = [(kind, KINDS[kind](arguments)) for kind in kinds]
    for kind, attack in attacks:
        attack.run(kind)
    findings = sum(attack.findings for _, attack in attacks)
    summary = f"{len(kinds)} kinds of hostile input, {findings} findings, seed {arguments.seed}"
    print("   " + summary)
    with open(os.path.join(ROOT, ".build/hostile-summary.txt"), "w") as file:
        file.write(summary + "\n")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()

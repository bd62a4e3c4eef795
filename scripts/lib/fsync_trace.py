"""Watches the system calls of a server under `appendfsync always`: no reply may leave before the write that it answers
has been written to the log and synced. Standard library and strace.

Each client says SET key value GET, so that the value in a reply tells which write it answers; the same values stand in
what is written to the log. A write that was under way when a sync began does not count as synced by it.
"""

import os
import re
import shutil
import subprocess
import tempfile
import threading

from servers import Client, Server

VALUE = re.compile(r"value:(\d+):(\d+);")
WRITES = ("write", "writev", "pwrite64", "pwritev", "sendto", "sendmsg")


def available():
    """Whether this machine lets a program be traced."""
    if not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode == 0


def traced(binary, clients=4, seconds=1.5, options=()):
    """The lines of a trace of a server with some clients that write."""
    folder = tempfile.mkdtemp(prefix="apus-trace-")
    path = os.path.join(folder, "trace")
    calls = ",".join((*WRITES, "fsync", "fdatasync"))
    strace = ["strace", "-f", "-y", "-s", "200000", "-e", f"trace={calls}", "-e", "signal=none", "-o", path]
    words = ["--appendonly", "yes", "--appendfsync", "always", *options]
    server = Server("the server", binary, words, folder=folder, pin=False, real_words=strace, waits=False)
    try:
        server.wait_until_ready(60)
        ends = threading.Event()
        threads = [threading.Thread(target=write, args=(server.port, number, ends)) for number in range(clients)]
        for thread in threads:
            thread.start()
        ends.wait(seconds / 2)
        server.client(timeout=60).send("BGREWRITEAOF")
        ends.wait(seconds / 2)
        ends.set()
        for thread in threads:
            thread.join()
        server.client().send("SHUTDOWN", "NOSAVE")
        server.process.wait(20)
        with open(path, errors="replace") as file:
            return file.read().splitlines()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def write(port, number, ends):
    """Writes until it is told to stop, alone and in heaps."""
    client, count = Client(port, timeout=60), 0
    while not ends.is_set():
        heap = 1 + count % 3
        for step in range(heap):
            client.send("SET", f"key:{number}", f"value:{number}:{count + step};", "GET")
        for _ in range(heap):
            client.read()
        count += heap
    client.close()


def check(lines):
    """How many replies left after the sync of their write, and the first that did not."""
    written, synced, during, replies, pending = {}, {}, {}, 0, {}
    for line in lines:
        process, _, rest = line.partition(" ")
        rest = rest.strip()
        if rest.startswith("<... "):
            name = rest[5:].split()[0]
            call = pending.pop(process, "") + rest
            begins, ends = False, True
        else:
            name, call = rest.split("(")[0], rest
            begins, ends = True, "<unfinished ...>" not in rest
            if not ends:
                pending[process] = rest
        path = call.split(",")[0].partition("<")[2].partition(">")[0]
        is_log = path.endswith(".incr.aof")
        if name in ("fsync", "fdatasync") and is_log:
            if begins:
                during[process] = dict(written.get(path, {}))
            if ends:
                for client, number in during.pop(process, {}).items():
                    synced[client] = max(synced.get(client, -1), number)
        elif name in WRITES and is_log and ends:
            held = written.setdefault(path, {})
            for client, number in VALUE.findall(call):
                held[client] = max(held.get(client, -1), int(number))
        elif name in WRITES and path.startswith(("socket:", "TCP:", "TCPv6:", "UNIX")) and begins:
            # A reply holds the value before: it answers the next one.
            for client, number in VALUE.findall(call):
                replies += 1
                if int(number) + 1 > synced.get(client, -1):
                    return replies, f"the reply to write {int(number) + 1} of client {client} left when {synced.get(client)} was synced"
    return replies, None


def run(binary, options=()):
    """The number of replies seen and a complaint, or None."""
    replies, complaint = check(traced(binary, options=options))
    if complaint is None and replies < 50:
        complaint = f"only {replies} replies were seen"
    return replies, complaint

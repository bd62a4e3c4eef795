"""How long a server keeps others waiting: a process of its own says PING all the time. A thread beside threads that do heavy
work would measure how long these keep Python's lock."""

import contextlib
import os
import select
import subprocess
import sys
import time

from servers import Client


class Probe:
    """Says PING to a server from now until its end."""

    def __init__(self, server):
        self.process = subprocess.Popen([sys.executable, __file__, str(server.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.worst()

    def worst(self):
        """The longest that an answer has taken since this was asked before, in milliseconds."""
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def end(self):
        """The same for the last time."""
        worst = self.worst()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
        return worst


def main():
    # Whoever waits for a processor rather than for the server measures nothing: this goes first, where that is allowed.
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(2))
    client, worst = Client(int(sys.argv[1]), timeout=600), 0
    while True:
        start = time.perf_counter()
        if client:
            try:
                client.send("PING")
                client.read()
                worst = max(worst, (time.perf_counter() - start) * 1000)
            except OSError:  # The server is gone; what was measured before counts.
                client = None
        if select.select([sys.stdin], [], [], 0.0003 if client else None)[0]:
            if not os.read(sys.stdin.fileno(), 100):
                return
            print(worst, flush=True)
            worst = 0


if __name__ == "__main__":
    main()

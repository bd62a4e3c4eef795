"""What the client programs share: saying ok or not ok for each thing, and going on when a part fails."""

import os
import sys
import time
import traceback


def ok(name, actual=True, expected=True):
    print(f"ok {name}" if actual == expected else f"not ok {name}: expected {expected!r}, got {actual!r}", flush=True)


def wait(condition, seconds=10):
    """Whether it comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def run(*parts):
    """Each part for itself: what fails in one must not hide the others."""
    for part in parts:
        try:
            part()
        except Exception as problem:
            place = traceback.extract_tb(problem.__traceback__)[-1]
            print(f"not ok {getattr(part, '__name__', 'part')}: {type(problem).__name__}: {problem} ({place.filename}:{place.lineno})".replace("\n", " "), flush=True)
    print("done", flush=True)
    sys.stdout.flush()


def url(database=0):
    """The server that the command line names, by the protocol it names."""
    port, *protocol = os.environ["CLIENT_ARGUMENTS"].split() if "CLIENT_ARGUMENTS" in os.environ else sys.argv[1:]
    return f"redis://127.0.0.1:{port}/{database}" + (f"?protocol={protocol[0]}" if protocol else "")

"""What a check of a rate limit costs, by four ways to build one: a single command that keeps the arithmetic to itself, a bounded
counter with a time, a counter in two commands, and the window of moments in a sorted set. `Limits` is a part of `Bench` (bench.py)."""

LIMITS = [
    ("CL.THROTTLE", [], ["CL.THROTTLE rl:{key} 99 100 60"]),
    ("INCREX, bounded", [], ["INCREX rl:{key} UBOUND 100 EX 60 ENX"]),
    ("INCR + EXPIRE", [], ["INCR rl:{key} ; EXPIRE rl:{same} 60 NX"]),
    ("sorted-set window", [], ["MULTI ; ZREMRANGEBYSCORE rl:{key} 0 {window} ; ZADD rl:{same} {tick} {tick} ; ZCARD rl:{same} ; EXPIRE rl:{same} 60 ; EXEC"]),
]
KEYS_OF_LIMITS = 10000


class Limits:
    """Section `limits`."""

    def limits(self):
        self.costs("limits", LIMITS)

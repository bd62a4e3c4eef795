"""Rate limits as slowapi and flask-limiter take them from `limits`: client_limits.py PORT [PROTOCOL]."""

import asyncio
import time

from client_checks import ok, run, url
from limits import parse
from limits.aio.storage import RedisStorage as AsyncRedisStorage
from limits.aio.strategies import MovingWindowRateLimiter as AsyncMovingWindow
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, SlidingWindowCounterRateLimiter

storage = RedisStorage(url())


def strategy(kind, name):
    def check():
        limiter, limit = kind(storage), parse("5/2 second")
        while time.time() % 2 > 0.3:  # windows begin at even seconds
            time.sleep(0.02)
        ok(f"{name} test", limiter.test(limit, name))
        ok(f"{name} hits", [limiter.hit(limit, name) for _ in range(6)], [True] * 5 + [False])
        stats = limiter.get_window_stats(limit, name)
        ok(f"{name} stats", (stats.remaining, stats.reset_time - time.time() <= 4.1), (0, True))
        ok(f"{name} of another", limiter.hit(limit, name, "other"))
        ok(f"{name} refuses a cost", limiter.hit(limit, name, "fourth", cost=6), False)
        ok(f"{name} takes a cost", (limiter.hit(limit, name, "third", cost=5), limiter.hit(limit, name, "third")), (True, False))
        limiter.clear(limit, name)
        ok(f"{name} cleared", limiter.hit(limit, name))
        time.sleep(2.1)
        ok(f"{name} after the window", limiter.hit(limit, name, "third", cost=1 if "sliding" in name else 5))

    check.__name__ = name
    return check


def in_asyncio():
    async def check():
        limiter, limit = AsyncMovingWindow(AsyncRedisStorage("async+" + url(), implementation="redispy")), parse("10/minute")
        hits = await asyncio.gather(*(limiter.hit(limit, "async") for _ in range(25)))
        ok("asyncio: ten of twenty-five at once", sum(hits), 10)

    asyncio.run(check())


def housekeeping():
    ok("check", storage.check())
    ok("reset", storage.reset() > 0)


run(strategy(FixedWindowRateLimiter, "fixed window"), strategy(MovingWindowRateLimiter, "moving window"),
    strategy(SlidingWindowCounterRateLimiter, "sliding window counter"), in_asyncio, housekeeping)  # fmt: skip

"""What an application does with dramatiq: client_dramatiq.py PORT [PROTOCOL]. Its broker is one script; results and limits are Redis's too."""

import threading
import time

import dramatiq
import redis
from client_checks import ok, run, url, wait
from dramatiq.brokers.redis import RedisBroker
from dramatiq.rate_limits import BucketRateLimiter, ConcurrentRateLimiter, WindowRateLimiter
from dramatiq.rate_limits.backends import RedisBackend as LimiterBackend
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend as ResultBackend

broker = RedisBroker(url=url(5), maintenance_chance=100_000)
broker.add_middleware(Results(backend=ResultBackend(url=url(5))))
dramatiq.set_broker(broker)
tries = []


@dramatiq.actor(store_results=True)
def add(left, right):
    return left + right


@dramatiq.actor(max_retries=2, min_backoff=10, max_backoff=20)
def stubborn():
    tries.append(1)
    if len(tries) < 3:
        raise RuntimeError("not yet")


@dramatiq.actor(max_retries=0)
def dies():
    raise RuntimeError("meant to fail")


def messages():
    sent = [add.send(n, 1) for n in range(30)]
    ok("results", [message.get_result(block=True, timeout=10_000) for message in sent], [n + 1 for n in range(30)])
    late = add.send_with_options(args=(20, 22), delay=500)
    ok("a delayed message", late.get_result(block=True, timeout=10_000), 42)
    pipeline = add.message(1, 2) | add.message(3)
    ok("a pipeline", pipeline.run().get_result(block=True, timeout=10_000), 6)
    many = dramatiq.group([add.message(n, n) for n in range(5)]).run()
    ok("a group", list(many.get_results(block=True, timeout=10_000)), [0, 2, 4, 6, 8])


def retries():
    stubborn.send()
    ok("retried until it works", wait(lambda: len(tries) == 3))
    dies.send()
    client = redis.Redis.from_url(url(5))
    ok("a dead letter", wait(lambda: client.zcard("dramatiq:default.XQ") >= 1))
    broker.join("default", timeout=10_000)
    ok("the queue is empty", client.llen("dramatiq:default"), 0)


def limiters():
    backend = LimiterBackend(url=url(5))
    mutex = ConcurrentRateLimiter(backend, "mutex", limit=2, ttl=10_000)
    with mutex.acquire(), mutex.acquire(), mutex.acquire(raise_on_failure=False) as third:
        ok("concurrent limit", third, False)
    bucket = BucketRateLimiter(backend, "bucket", limit=3, bucket=60_000)
    got = []
    for _ in range(5):
        with bucket.acquire(raise_on_failure=False) as acquired:
            got.append(acquired)
    ok("bucket limit", sum(got) in (3, 5) and got[:3] == [True] * 3)
    window = WindowRateLimiter(backend, "window", limit=3, window=30)
    got = []
    for _ in range(5):
        with window.acquire(raise_on_failure=False) as acquired:
            got.append(acquired)
    ok("window limit", got, [True] * 3 + [False] * 2)


def main():
    broker.flush_all()
    worker = dramatiq.Worker(broker, worker_timeout=100, worker_threads=4)
    worker.start()
    try:
        run(messages, retries, limiters)
    finally:
        ender = threading.Thread(target=lambda: worker.stop(timeout=3000), daemon=True)
        ender.start()
        ender.join(5)
        time.sleep(0)


main()

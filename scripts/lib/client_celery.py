"""What an application does with Celery: client_celery.py PORT [PROTOCOL]. Workers are processes; the results are kept by Redis too."""

import os
import subprocess
import sys
import time

from celery import Celery, chain, chord, group
from client_checks import ok, run, url, wait

# The broker's connections take no protocol: they speak what redis-py speaks by itself.
app = Celery("client_celery", broker=url(3).split("?")[0], backend=url(4))
app.conf.update(broker_connection_retry_on_startup=True, result_expires=60, task_acks_late=True, worker_prefetch_multiplier=1,
                broker_transport_options={"visibility_timeout": 30, "priority_steps": [0, 3, 6, 9]}, worker_send_task_events=True)  # fmt: skip


@app.task(name="add")
def add(left, right):
    return left + right


@app.task(name="total")
def total(numbers):
    return sum(numbers)


@app.task(name="fails", bind=True, max_retries=2)
def fails(self):
    raise self.retry(exc=ValueError("meant to fail"), countdown=0)


def one():
    ok("result of a task", add.delay(2, 3).get(timeout=20), 5)
    ok("many tasks", [result.get(timeout=20) for result in [add.delay(n, n) for n in range(50)]], [2 * n for n in range(50)])
    ok("priorities", add.apply_async((1, 1), priority=9).get(timeout=20), 2)


def failing():
    result = fails.delay()
    try:
        result.get(timeout=20)
        ok("a failure arrives", False)
    except ValueError as problem:
        ok("a failure arrives", (str(problem), result.state), ("meant to fail", "FAILURE"))


def canvas():
    ok("group", group(add.s(n, 1) for n in range(10))().get(timeout=20), list(range(1, 11)))
    ok("chain", chain(add.s(1, 2), add.s(10), add.s(100))().get(timeout=20), 113)
    ok("chord", chord([add.s(n, n) for n in range(8)])(total.s()).get(timeout=20), 56)


def later():
    begun = time.monotonic()
    ok("countdown", add.apply_async((5, 5), countdown=1).get(timeout=20), 10)
    ok("it waited", time.monotonic() - begun >= 1)
    revoked = add.apply_async((5, 5), countdown=30)
    revoked.revoke()
    ok("a revoked task is known", wait(lambda: any(revoked.id in ids for ids in (app.control.inspect(timeout=1).revoked() or {}).values()), 10))


def control():
    ok("inspect ping", [list(answer.values()) for answer in app.control.ping(timeout=2)], [[{"ok": "pong"}]])
    ok("registered tasks", sorted(name for name in next(iter(app.control.inspect(timeout=2).registered().values())) if "." not in name), ["add", "fails", "total"])
    result = add.delay(1, 1)
    result.get(timeout=20)
    result.forget()
    ok("forget", result.state, "PENDING")
    ok("purge", app.control.purge(), 0)


def main():
    words = [sys.executable, "-m", "celery", "-A", "client_celery", "worker", "--concurrency", "2", "--loglevel", "ERROR", "--without-heartbeat"]
    place = os.path.dirname(os.path.abspath(__file__))
    environment = {**os.environ, "CLIENT_ARGUMENTS": " ".join(sys.argv[1:]), "PYTHONPATH": place}
    worker = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=place)
    try:
        run(one, failing, canvas, later, control)
    finally:
        worker.terminate()
        worker.wait(20)


if __name__ == "__main__":
    main()

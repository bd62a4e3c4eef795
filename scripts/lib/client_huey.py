"""What an application does with huey: client_huey.py PORT [PROTOCOL]. Its expiring and priority storages are scripts."""

import logging
import time

import redis
from client_checks import ok, run, url, wait
from huey import PriorityRedisExpireHuey, PriorityRedisHuey, RedisExpireHuey, RedisHuey, crontab
from huey.exceptions import TaskLockedException

logging.disable(logging.CRITICAL)


def storage(kind):
    def check():
        huey = kind("work", connection_pool=redis.ConnectionPool.from_url(url(6)), results=True)
        huey.flush()
        done, fails = [], []

        @huey.task()
        def add(left, right):
            done.append(left)
            return left + right

        @huey.task(retries=1)
        def fail():
            fails.append(1)
            raise ValueError("meant to fail")

        @huey.periodic_task(crontab(minute="*"))
        def tick():
            return "tick"

        @huey.task()
        @huey.lock_task("only one")
        def guarded():
            return "inside"

        consumer = huey.create_consumer(workers=2, periodic=True, initial_delay=0.02, max_delay=0.05, scheduler_interval=1, check_worker_health=False)
        consumer.start()
        name = kind.__name__
        try:
            ok(f"{name} results", [add(n, 1).get(blocking=True, timeout=10) for n in range(10)], list(range(1, 11)))
            ok(f"{name} scheduled", add.schedule((40, 2), delay=1).get(blocking=True, timeout=10), 42)
            fail()
            ok(f"{name} tried again", wait(lambda: len(fails) == 2))
            ok(f"{name} a lock", guarded().get(blocking=True, timeout=10), "inside")
            with huey.lock_task("held"):
                try:
                    with huey.lock_task("held"):
                        ok(f"{name} a held lock", False)
                except TaskLockedException:
                    ok(f"{name} a held lock")
            pipeline = add.s(1, 2).then(add, 10).then(add, 100)
            ok(f"{name} a pipeline", [result for result in huey.enqueue(pipeline).get(blocking=True, timeout=10)], [3, 13, 113])
            revoked = add.schedule((7, 7), delay=1)
            revoked.revoke()
            time.sleep(1.6)
            ok(f"{name} revoked", 7 in done[10:], False)
        finally:
            consumer.stop(graceful=False)
        if kind in (PriorityRedisHuey, PriorityRedisExpireHuey):
            idle = kind("idle", connection_pool=huey.storage.pool)
            later = idle.task()(lambda priority: priority)
            for priority in (1, 9, 5):
                idle.enqueue(later.s(priority, priority=priority))
            ok(f"{name} by priority", [idle.dequeue().args[0] for _ in range(3)], [9, 5, 1])
        ok(f"{name} put_if_empty", (huey.storage.put_if_empty("k", b"1"), huey.storage.put_if_empty("k", b"2"), huey.storage.pop_data("k")), (True, False, b"1"))
        huey.flush()
        ok(f"{name} flushed", (huey.pending_count(), huey.scheduled_count(), huey.result_count()), (0, 0, 0))

    check.__name__ = kind.__name__
    return check


run(*map(storage, (RedisHuey, PriorityRedisHuey, RedisExpireHuey, PriorityRedisExpireHuey)))

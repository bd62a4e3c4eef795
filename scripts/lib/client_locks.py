"""Locks that are scripts: client_locks.py PORT [PROTOCOL]. redis-py's Lock, python-redis-lock, pottery's Redlock."""

import threading
import time

import redis
import redis_lock
from client_checks import ok, run, url, wait
from pottery import Redlock
from redis.exceptions import LockError, LockNotOwnedError

connection = redis.Redis.from_url(url())


def redis_py():
    lock = connection.lock("resource", timeout=10)
    ok("acquire", lock.acquire(), True)
    ok("it is owned", (lock.owned(), lock.locked(), connection.lock("resource").owned()), (True, True, False))
    ok("no other gets it", connection.lock("resource").acquire(blocking=False), False)
    ok("extend", (lock.extend(5), 14 < connection.ttl("resource") <= 15), (True, True))
    ok("extend to a new time", (lock.extend(3, replace_ttl=True), connection.ttl("resource")), (True, 3))
    ok("reacquire", (lock.reacquire(), connection.ttl("resource")), (True, 10))
    lock.release()
    ok("release", connection.exists("resource"), 0)
    try:
        lock.release()
        ok("a second release fails", False)
    except LockError:
        ok("a second release fails")
    stolen = connection.lock("resource", timeout=10)
    stolen.acquire()
    connection.set("resource", "someone else")
    for name, action in (("release", stolen.release), ("extend", lambda: stolen.extend(5)), ("reacquire", stolen.reacquire)):
        try:
            action()
            ok(f"{name} of a lost lock fails", False)
        except LockNotOwnedError:
            ok(f"{name} of a lost lock fails")
        stolen.local.token = stolen.local.token or b"lost"
    connection.script_flush()
    with connection.lock("resource two", timeout=5):
        ok("a lock as a context", connection.exists("resource two"), 1)
    ok("released after SCRIPT FLUSH", connection.exists("resource two"), 0)


def contended():
    total = []

    def work():
        for _ in range(20):
            with connection.lock("contended", timeout=5, sleep=0.002):
                seen = int(connection.get("total") or 0)
                connection.set("total", seen + 1)
        total.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    ok("four threads take turns", (len(total), connection.get("total")), (4, b"80"))


def python_redis_lock():
    plain = redis.StrictRedis.from_url(url())
    lock = redis_lock.Lock(plain, "job", expire=5)
    ok("redis_lock acquire", (lock.acquire(), lock.locked()), (True, True))
    other = redis_lock.Lock(plain, "job", expire=5)
    ok("redis_lock is held", other.acquire(blocking=False), False)
    ok("redis_lock extend", (lock.extend(60), 50 < plain.ttl("lock:job") <= 60), (None, True))
    got = []
    waiter = threading.Thread(target=lambda: got.append(other.acquire(timeout=4)))
    waiter.start()
    time.sleep(0.2)
    lock.release()
    waiter.join(5)
    ok("redis_lock hands over", got, [True])
    ok("redis_lock owner", other.get_owner_id() == other.id.encode() or other.get_owner_id() == other.id)
    other.reset()
    ok("redis_lock reset", redis_lock.Lock(plain, "job").locked(), False)
    try:
        other.release()
        ok("redis_lock release of nothing fails", False)
    except redis_lock.NotAcquired:
        ok("redis_lock release of nothing fails")
    renewed = redis_lock.Lock(plain, "renewed", expire=1, auto_renewal=True)
    renewed.acquire()
    time.sleep(1.3)
    ok("redis_lock renews itself", redis_lock.Lock(plain, "renewed").locked())
    renewed.release()
    redis_lock.reset_all(plain)
    ok("redis_lock reset_all", plain.keys("lock:*"), [])


def redlock():
    masters = {redis.Redis.from_url(url(database)) for database in range(3)}
    lock = Redlock(key="printer", masters=masters, auto_release_time=2)
    ok("Redlock acquire", lock.acquire())
    ok("Redlock locked", 0 < lock.locked() <= 2)
    ok("Redlock refuses another", Redlock(key="printer", masters=masters).acquire(blocking=False), False)
    lock.extend()
    ok("Redlock extended", lock.locked() > 1)
    lock.release()
    ok("Redlock released", lock.locked(), 0)
    with Redlock(key="printer", masters=masters, auto_release_time=0.3):
        pass
    short = Redlock(key="short", masters=masters, auto_release_time=0.2)
    short.acquire()
    ok("Redlock ends by itself", wait(lambda: not short.locked(), 2))


run(redis_py, contended, python_redis_lock, redlock)

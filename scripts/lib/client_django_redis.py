"""What an application does with django-redis: client_django_redis.py PORT [PROTOCOL]. Prints ok or not ok for each."""

import sys

import django
from django.conf import settings

PROTOCOL = f"?protocol={sys.argv[2]}" if len(sys.argv) > 2 else ""
settings.configure(
    CACHES={"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": f"redis://127.0.0.1:{sys.argv[1]}/1{PROTOCOL}"}},
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    USE_TZ=True,
)
django.setup()
from django.contrib.sessions.backends.cache import SessionStore  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django_redis import get_redis_connection  # noqa: E402


def ok(name, actual=True, expected=True):
    print(f"ok {name}" if actual == expected else f"not ok {name}: expected {expected!r}, got {actual!r}", flush=True)


def main():
    ok("set get", (cache.set("a", {"b": [1, 2.5, None]}), cache.get("a")), (True, {"b": [1, 2.5, None]}))
    ok("default", (cache.get("nothing", "else"), cache.get("nothing")), ("else", None))
    ok("integers", (cache.set("n", 5), cache.get("n")), (True, 5))
    ok("incr decr, which are scripts", (cache.incr("n"), cache.incr("n", 10), cache.decr("n"), cache.get("n")), (6, 16, 15, 15))
    try:
        ok("incr of nothing", cache.incr("nothing"), "an error")
    except ValueError:
        ok("incr of nothing is refused")
    with cache.lock("work", timeout=5):
        ok("lock", cache.lock("work", timeout=5).acquire(blocking=False), False)
    ok("timeout", (cache.set("t", 1, timeout=50), 0 < cache.ttl("t") <= 50, cache.ttl("nothing")), (True, True, 0))
    ok("no timeout", (cache.set("forever", 1, timeout=None), cache.ttl("forever")), (True, None))
    ok("timeout of zero deletes", (cache.set("t", 1, timeout=0), cache.get("t")), (True, None))
    ok("add", (cache.add("added", 1), cache.add("added", 2), cache.get("added")), (True, False, 1))
    ok("set with nx", (cache.set("added", 3, nx=True), cache.get("added")), (False, 1))
    ok("touch", (cache.touch("added", 30), 0 < cache.ttl("added") <= 30, cache.touch("nothing", 30)), (True, True, False))
    ok("persist expire", (cache.persist("added"), cache.ttl("added"), cache.expire("added", 9), cache.ttl("added")), (True, None, True, 9))
    ok("pttl", (cache.pexpire("added", timeout=9000), 8000 < cache.pttl("added") <= 9000), (True, True))
    ok("has_key", (cache.has_key("a"), "a" in cache, "nothing" in cache), (True, True, False))
    many = {f"many:{n}": n for n in range(300)}
    cache.set_many(many, timeout=100)
    ok("set_many get_many", cache.get_many([*many, "nothing"]), many)
    ok("keys", (len(cache.keys("many:*")), len(list(cache.iter_keys("many:1*")))), (300, 111))
    ok("delete_pattern", (cache.delete_pattern("many:1*"), len(cache.keys("many:*"))), (111, 189))
    ok("delete_many delete", (cache.delete_many(["many:2", "many:3"]), cache.delete("a"), cache.delete("a")), (2, True, False))
    ok("get_or_set", (cache.get_or_set("computed", lambda: 7), cache.get("computed")), (7, 7))
    ok("version", (cache.set("v", 1, version=2), cache.get("v"), cache.get("v", version=2)), (True, None, 1))
    session = SessionStore()
    session["user"] = 42
    session.set_expiry(300)
    session.save()
    ok("session", (SessionStore(session.session_key)["user"], session.exists(session.session_key)), (42, True))
    session.cycle_key()
    ok("session with a new key", SessionStore(session.session_key)["user"], 42)
    session.flush()
    ok("session flushed", SessionStore(session.session_key).get("user"), None)
    ok("plain connection", get_redis_connection("default").ping())
    cache.clear()
    ok("clear", cache.keys("*"), [])


try:
    main()
except Exception as problem:
    print(f"not ok django-redis: {type(problem).__name__}: {problem}", flush=True)
print("done", flush=True)

"""CL.THROTTLE as applications call it from redis-py: client_throttle.py PORT [PROTOCOL]."""

import threading
import time

import redis
from client_checks import ok, run, url

client = redis.Redis.from_url(url())


def throttle(*words):
    return client.execute_command("CL.THROTTLE", *words)


def answers():
    ok("three at once, then ten a minute", [throttle("user", 2, 10, 60) for _ in range(4)],
       [[0, 3, 2, -1, 6], [0, 3, 1, -1, 12], [0, 3, 0, -1, 18], [1, 3, 0, 6, 18]])  # fmt: skip
    ok("a quantity", throttle("other", 9, 10, 60, 4), [0, 10, 6, -1, 24])
    ok("a look", throttle("other", 9, 10, 60, 0), [0, 10, 6, -1, 24])
    ok("a string that ends", (client.type("user"), 0 < client.ttl("user") <= 18), (b"string", True))
    copy = client.dump("user")
    client.restore("copy", 18000, copy)
    ok("a copy goes on from there", throttle("copy", 2, 10, 60)[0], 1)
    try:
        throttle("user", 2, 0, 60)
        ok("no rate", False)
    except redis.ResponseError as problem:
        ok("no rate", str(problem), "zero rates are not supported")


def stream():
    """Many threads ask far too often: what is granted is the burst, and then the rate."""
    begin, granted = time.monotonic(), []

    def ask():
        while time.monotonic() - begin < 2:
            if throttle("stream", 19, 100, 1)[0] == 0:
                granted.append(1)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.monotonic() - begin
    ok("a stream gets what it may", 150 <= len(granted) <= 20 + 100 * elapsed + 1)


def pipelines_and_scripts():
    replies = client.pipeline(transaction=True).execute_command("CL.THROTTLE", "p", 1, 1, 100).execute_command("CL.THROTTLE", "p", 1, 1, 100).execute()
    ok("in a transaction", replies, [[0, 2, 1, -1, 100], [0, 2, 0, -1, 200]])
    script = client.register_script("return redis.call('CL.THROTTLE', KEYS[1], 1, 1, 100)")
    ok("in a script", script(keys=["s"]), [0, 2, 1, -1, 100])


run(answers, stream, pipelines_and_scripts)

"""What an application does with redis-py, in the protocol given: client_redis_py.py PORT 2|3. Prints ok or not ok for each."""

import asyncio
import sys
import threading
import time

import redis
import redis.asyncio

PORT, PROTOCOL = int(sys.argv[1]), int(sys.argv[2])


def connect(**more):
    return redis.Redis(port=PORT, protocol=PROTOCOL, socket_timeout=5, **more)


r = connect(decode_responses=True)
raw = connect()


def ok(name, actual, expected=True):
    print(f"ok {name}" if actual == expected else f"not ok {name}: expected {expected!r}, got {actual!r}", flush=True)


def raises(name, call, text):
    try:
        print(f"not ok {name}: no error but {call()!r}", flush=True)
    except redis.ResponseError as problem:
        ok(name, text in str(problem))


def pairs(reply):
    """Members with scores, whether they come as tuples, as lists, or (one of them, in RESP3) flat."""
    if len(reply) == 2 and not isinstance(reply[0], (list, tuple)):
        reply = [reply]
    return [(member, float(score)) for member, score in reply]


def strings():
    ok("set", r.set("a", "1"))
    ok("set nx", r.set("a", "2", nx=True), None)
    ok("set get", r.set("a", "2", get=True), "1")
    ok("set keepttl", (r.set("t", 1, ex=100), r.set("t", 2, keepttl=True), 0 < r.ttl("t") <= 100), (True, True, True))
    ok("binary", (raw.set(b"\x00\xff\r\n", bytes(range(256))), raw.get(b"\x00\xff\r\n")), (True, bytes(range(256))))
    ok("large", (raw.set("large", b"x" * 5_000_000), len(raw.get("large")), raw.strlen("large")), (True, 5_000_000, 5_000_000))
    ok("mset mget", (r.mset({"m1": 1, "m2": 2}), r.mget("m1", "nothing", "m2")), (True, ["1", None, "2"]))
    ok("msetnx", r.msetnx({"m1": 3, "m9": 4}), False)
    ok("incr decr", (r.incr("n"), r.incrby("n", 10), r.decr("n"), r.incrbyfloat("n", 0.5)), (1, 11, 10, 10.5))
    ok("append getrange setrange", (r.append("s", "hello"), r.setrange("s", 1, "a"), r.getrange("s", 0, 2)), (5, 5, "hal"))
    ok("getex getdel", (r.getex("s", ex=50), 0 < r.ttl("s") <= 50, r.getdel("s"), r.exists("s")), ("hallo", True, "hallo", 0))
    ok("lcs", (r.mset({"x": "ohmytext", "y": "mynewtext"}), r.execute_command("LCS", "x", "y")), (True, "mytext"))
    raises("incr of text", lambda: (r.set("text", "abc"), r.incr("text")), "not an integer")
    raises("wrong type", lambda: (r.rpush("l", 1), r.get("l")), "WRONGTYPE")


def keys():
    r.flushall()
    ok("expire", (r.set("k", 1), r.expire("k", 100), 0 < r.ttl("k") <= 100, r.persist("k"), r.ttl("k")), (True, True, True, True, -1))
    ok("pexpireat", (r.pexpireat("k", int(time.time() * 1000) + 30), time.sleep(0.06), r.get("k")), (True, None, None))
    ok("expiretime", (r.set("k", 1, exat=4_000_000_000), r.expiretime("k")), (True, 4_000_000_000))
    ok("rename copy", (r.set("o", 1), r.rename("o", "p"), r.copy("p", "q"), r.get("q"), r.renamenx("p", "q")), (True, True, True, "1", False))
    ok("type object", (r.type("q"), r.object("ENCODING", "q")), ("string", "int"))
    r.mset({f"scan:{n}": n for n in range(500)})
    ok("scan_iter", len(set(r.scan_iter("scan:*", count=50))), 500)
    ok("keys", len(r.keys("scan:1??")), 100)
    ok("unlink", r.unlink(*[f"scan:{n}" for n in range(500)]), 500)
    ok("dbsize randomkey", r.dbsize() > 0 and r.randomkey() is not None)
    ok("select", (lambda other: (other.set("there", 1), other.get("there"), r.exists("there")))(connect(db=3)), (True, b"1", 0))
    ok("move touch", (r.set("mv", 1), r.move("mv", 5), r.touch("q", "nothing")), (True, True, 1))


def containers():
    r.flushall()
    ok("hash", (r.hset("h", mapping={"a": 1, "b": 2}), r.hgetall("h"), r.hmget("h", "a", "x")), (2, {"a": "1", "b": "2"}, ["1", None]))
    ok("hash counters", (r.hincrby("h", "a", 5), r.hincrbyfloat("h", "b", 0.5), r.hdel("h", "a", "x")), (6, 2.5, 1))
    ok("hscan_iter", (r.hset("hh", mapping={f"f{n}": n for n in range(600)}), len(dict(r.hscan_iter("hh")))), (600, 600))
    ok("hrandfield", sorted(r.hrandfield("h", 5)), ["b"])
    ok("list", (r.rpush("l", "a", "b", "c"), r.lpush("l", "z"), r.lrange("l", 0, -1)), (3, 4, ["z", "a", "b", "c"]))
    ok("list more", (r.lpop("l"), r.rpop("l", 2), r.linsert("l", "before", "a", "x"), r.lpos("l", "a")), ("z", ["c", "b"], 2, 1))
    ok("lmove", (r.lmove("l", "l2", "LEFT", "RIGHT"), r.llen("l2"), r.lset("l2", 0, "y"), r.lindex("l2", 0)), ("x", 1, True, "y"))
    ok("set", (r.sadd("s", "a", "b", "c"), r.smembers("s"), r.sismember("s", "a")), (3, {"a", "b", "c"}, 1))
    ok("sets", (r.sadd("s2", "b", "c", "d"), r.sinter("s", "s2"), r.sunionstore("s3", "s", "s2"), r.sdiff("s", "s2")), (3, {"b", "c"}, 4, {"a"}))
    ok("set more", (r.smismember("s", ["a", "x"]), r.sintercard(2, ["s", "s2"]), len(set(r.sscan_iter("s3")))), ([1, 0], 2, 4))
    ok("spop srandmember", (r.srandmember("s3") is not None, len(r.spop("s3", 2)), r.scard("s3")), (True, 2, 2))
    ok("zadd", (r.zadd("z", {"a": 1, "b": 2, "c": 3}), r.zadd("z", {"a": 5}, gt=True, ch=True), r.zscore("z", "a")), (3, 1, 5.0))
    ok("zrange", pairs(r.zrange("z", 0, -1, withscores=True)), [("b", 2.0), ("c", 3.0), ("a", 5.0)])
    ok("zrange byscore", r.zrange("z", 2, 3, byscore=True), ["b", "c"])
    ok("zrangebylex", (r.zadd("lex", {"a": 0, "b": 0, "c": 0}), r.zrangebylex("lex", "[b", "+")), (3, ["b", "c"]))
    ok("zrank zrevrank", (r.zrank("z", "b"), r.zrevrank("z", "b"), r.zcount("z", 3, "+inf")), (0, 2, 2))
    ok("zincrby zpopmin", (r.zincrby("z", 10, "b"), pairs(r.zpopmin("z"))), (12.0, [("c", 3.0)]))
    ok("zunionstore", (r.zunionstore("zu", {"z": 2, "lex": 1}), r.zscore("zu", "b")), (3, 24.0))
    ok("zscan_iter", len(list(r.zscan_iter("zu"))), 3)
    ok("zmscore", r.zmscore("z", ["a", "nothing"]), [5.0, None])


def transactions():
    with r.pipeline() as pipe:
        ok("multi exec", pipe.set("p", 1).incr("p").lpush("pl", "a").execute(), [True, 2, 1])
    with r.pipeline(transaction=False) as pipe:
        for n in range(1000):
            pipe.set(f"pipe:{n}", n)
        ok("pipeline of 1,000", pipe.execute(), [True] * 1000)
    with r.pipeline() as pipe:
        pipe.watch("w")
        r.set("w", 1)
        pipe.multi()
        pipe.set("w", 2)
        try:
            pipe.execute()
            print("not ok watch: no WatchError")
        except redis.WatchError:
            print("ok watch")
    with r.pipeline() as pipe:
        replies = pipe.set("e", "text").incr("e").execute(raise_on_error=False)
        ok("error inside exec", isinstance(replies[1], redis.ResponseError))
    ok("transaction helper", r.transaction(lambda pipe: (pipe.multi(), pipe.incr("tr")), "tr"), [1])


def publishing():
    listener = r.pubsub()
    listener.subscribe("news")
    listener.psubscribe("n*")
    heard = []
    end = time.time() + 5
    while len(heard) < 2 and time.time() < end:
        message = listener.get_message(timeout=0.5)
        heard += [message["type"]] if message else []
    ok("subscribe", heard, ["subscribe", "psubscribe"])
    ok("publish", r.publish("news", "hello"), 2)
    heard = []
    while len(heard) < 2 and time.time() < end:
        message = listener.get_message(timeout=0.5)
        heard += [(message["type"], message["data"])] if message else []
    ok("messages", sorted(heard), [("message", "hello"), ("pmessage", "hello")])
    ok("pubsub numsub", [tuple(pair) for pair in r.pubsub_numsub("news")], [("news", 1)])
    ok("pubsub channels numpat", (r.pubsub_channels(), r.pubsub_numpat()), (["news"], 1))
    listener.close()


def server():
    info = r.info()
    ok("info", info["redis_version"].startswith("7") and info["connected_clients"] >= 1 and info["role"] == "master")
    ok("info sections", "cmdstat_get" in r.info("commandstats") and "used_memory" in r.info("memory"))
    ok("config", (r.config_set("slowlog-max-len", 64), r.config_get("slowlog-max-len")), (True, {"slowlog-max-len": "64"}))
    ok("client", (r.client_setname("me"), r.client_getname(), r.client_id() > 0), (True, "me", True))
    ok("client list", any(client["name"] == "me" for client in r.client_list()))
    ok("command", "get" in r.command() and r.command_count() > 100)
    ok("slowlog", (r.slowlog_reset(), isinstance(r.slowlog_get(), list)), (True, True))
    ok("time lastsave", r.time()[0] > 1_600_000_000)
    ok("echo ping", (r.echo("x"), r.ping()), ("x", True))
    ok("object refcount", (r.set("text", "not shared"), r.object("REFCOUNT", "text")), (True, 1))


def threads_and_asyncio():
    r.delete("shared")
    workers = [threading.Thread(target=lambda: [r.incr("shared") for _ in range(200)]) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ok("eight threads", r.get("shared"), "1600")

    async def many():
        client = redis.asyncio.Redis(port=PORT, protocol=PROTOCOL, decode_responses=True)
        await asyncio.gather(*(client.incr("async") for _ in range(50)))
        value = await client.get("async")
        await client.aclose()
        return value

    ok("asyncio", asyncio.run(many()), "50")


def caching():
    """Client-side caching: what was read is not asked for again, until somebody changes it."""
    if PROTOCOL != 3 or int(redis.__version__.split(".")[0]) < 6:
        return
    from redis.cache import CacheConfig
    from redis.connection import CacheProxyConnection

    # It asks for 7.4, though what it uses is older.
    CacheProxyConnection.MIN_ALLOWED_VERSION = "7.2.0"

    def reads():
        return r.info("commandstats").get("cmdstat_get", {}).get("calls", 0)

    def value_after(change, expected):
        change()
        end = time.time() + 5
        while (found := cached.get("cached")) != expected and time.time() < end:
            time.sleep(0.01)
        return found

    cached = redis.Redis(port=PORT, protocol=3, cache_config=CacheConfig(), decode_responses=True)
    r.set("cached", "1")
    ok("cache reads", (cached.get("cached"), cached.mget("cached", "nothing")), ("1", ["1", None]))
    before = reads()
    ok("cache answers", ([cached.get("cached") for _ in range(50)], reads() - before), (["1"] * 50, 0))
    ok("cache is told of changes", value_after(lambda: r.set("cached", "2"), "2"), "2")
    ok("cache is told of removals", value_after(lambda: r.delete("cached"), None), None)
    ok("cache is told of what expires", value_after(lambda: r.set("cached", "3", px=30), "3"), "3")
    ok("cache is told of the end", (time.sleep(0.1), value_after(lambda: None, None)), (None, None))
    ok("cache is told of a flush", (r.set("cached", "4"), cached.get("cached"), value_after(r.flushdb, None)), (True, "4", None))
    ok("tracking clients", r.info("clients")["tracking_clients"] >= 1)
    cached.close()


for part in (strings, keys, containers, transactions, publishing, server, threads_and_asyncio, caching):
    try:
        part()
    except Exception as problem:  # the rest may still work
        print(f"not ok {part.__name__}: {type(problem).__name__}: {problem}", flush=True)
print("done")

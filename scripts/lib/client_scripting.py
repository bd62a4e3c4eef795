"""Scripts and functions as redis-py offers them: client_scripting.py PORT [PROTOCOL]."""

import subprocess
import threading
import time

import redis
from client_checks import ok, run, url

connection = redis.Redis.from_url(url())


def registered():
    multiply = connection.register_script("local v = redis.call('GET', KEYS[1]) return tonumber(v) * tonumber(ARGV[1])")
    connection.set("a", 4)
    ok("register_script", (multiply(keys=["a"], args=[5]), multiply(keys=["a"], args=[2.5])), (20, 10))
    connection.script_flush()
    ok("again after SCRIPT FLUSH", multiply(keys=["a"], args=[3]), 12)
    pipe = connection.pipeline()
    pipe.set("a", 7)
    multiply(keys=["a"], args=[2], client=pipe)
    pipe.get("a")
    ok("in a transaction", pipe.execute(), [True, 14, b"7"])
    pipe = connection.pipeline(transaction=False)
    for number in range(50):
        multiply(keys=["a"], args=[number], client=pipe)
    ok("fifty in a pipeline", pipe.execute(), [7 * number for number in range(50)])


def plain():
    ok("types", connection.eval("return {1, 2.9, 'text', false, true, {3, {4}}, nil, 5}", 0), [1, 2, b"text", None, 1, [3, [4]]])
    ok("status", connection.eval("return redis.status_reply('FINE')", 0), b"FINE")
    try:
        connection.eval("return redis.error_reply('MINE this failed')", 0)
        ok("error reply", False)
    except redis.ResponseError as problem:
        ok("error reply", str(problem), "MINE this failed")
    digest = connection.script_load("return ARGV[1] .. KEYS[1]")
    ok("script_load evalsha", connection.evalsha(digest, 1, "key", "arg"), b"argkey")
    ok("script_exists", connection.script_exists(digest, "0" * 40), [True, False])
    try:
        connection.evalsha("f" * 40, 0)
        ok("NOSCRIPT", False)
    except redis.exceptions.NoScriptError as problem:
        ok("NOSCRIPT", str(problem), "No matching script. Please use EVAL.")
    ok("eval_ro", connection.eval_ro("return redis.call('GET', KEYS[1])", 1, "a"), connection.get("a"))
    try:
        connection.eval_ro("return redis.call('SET', KEYS[1], 1)", 1, "a")
        ok("eval_ro does not write", False)
    except redis.ResponseError as problem:
        ok("eval_ro does not write", "Write commands are not allowed from read-only scripts" in str(problem))
    ok("binary arguments", connection.eval("return {KEYS[1], ARGV[1], #ARGV[1]}", 1, b"k\x00\xff", bytes(range(256))), [b"k\x00\xff", bytes(range(256)), 256])
    ok("cjson", connection.eval("local t = cjson.decode(ARGV[1]) t.n = t.n + 1 return cjson.encode({t.n, t.list[2], t.none == cjson.null})", 0,
                                '{"n": 41, "list": [1, "two"], "none": null}'), b'[42,"two",true]')  # fmt: skip
    ok("cmsgpack", connection.eval("return cmsgpack.unpack(cmsgpack.pack({a = {1, 2, 3}})).a[3]", 0), 3)
    ok("struct bit", connection.eval("return {struct.unpack('>I2', struct.pack('>I2', 258)), bit.band(255, 15)}", 0), [258, 15])


def functions():
    library = """#!lua name=mylib
        redis.register_function('put', function(keys, args) return redis.call('SET', keys[1], args[1]) end)
        redis.register_function{function_name = 'peek', callback = function(keys) return redis.call('GET', keys[1]) end, flags = {'no-writes'}}"""
    ok("function_load", connection.function_load(library), b"mylib")
    ok("fcall", (connection.fcall("put", 1, "f", "value"), connection.fcall_ro("peek", 1, "f")), (b"OK", b"value"))
    dump = connection.function_dump()
    ok("function_delete", connection.function_delete("mylib"))
    try:
        connection.fcall("put", 1, "f", "value")
        ok("a deleted function is gone", False)
    except redis.ResponseError as problem:
        ok("a deleted function is gone", str(problem), "Function not found")
    ok("function_restore", (connection.function_restore(dump), connection.fcall_ro("peek", 1, "f")), (True, b"value"))
    ok("function_list", b"mylib" in repr(connection.function_list()).encode())
    ok("function_stats", list(connection.function_stats())[:1] in (["running_script"], [b"running_script"]))
    try:
        connection.fcall_ro("put", 1, "f", "value")
        ok("fcall_ro does not write", False)
    except redis.ResponseError as problem:
        ok("fcall_ro does not write", "Can not execute a script with write flag using *_ro command" in str(problem))
    ok("function_flush", (connection.function_flush(), connection.function_list()), (True, []))


def killed():
    told = []

    def loop():
        try:
            redis.Redis.from_url(url()).eval("while true do end", 0)
        except redis.ResponseError as problem:
            told.append(str(problem))

    connection.config_set("busy-reply-threshold", 100)
    thread = threading.Thread(target=loop)
    thread.start()
    time.sleep(0.4)
    try:
        redis.Redis.from_url(url(), retry=None).get("a")
        ok("BUSY", False)
    except redis.exceptions.RedisError as problem:
        ok("BUSY", "busy running a script" in str(problem))
    port = str(connection.connection_pool.connection_kwargs["port"])
    ok("script_kill", subprocess.run(["redis-cli", "-p", port, "SCRIPT", "KILL"], capture_output=True, text=True, timeout=5).stdout, "OK\n")
    thread.join(5)
    ok("the script ended", [text.split(" script: ")[0][:40] for text in told] != [] and "killed by user" in told[0])
    ok("served again", connection.ping())


run(registered, plain, functions, killed)

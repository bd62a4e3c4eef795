"""Runs real clients against a server, one check after the other; each says what it did. Ends with a count."""

import fcntl
import os
import pty
import re
import select
import shutil
import socket
import struct
import subprocess
import sys
import termios
import time
import urllib.request

from servers import ROOT, Server, encode, unused_port

LIBRARY = os.path.join(ROOT, "scripts/lib")
passed, failed, left_out = [], [], []


def check(name, condition, detail=""):
    (passed if condition else failed).append(name)
    if not condition:
        print(f"   FAILED {name}: {str(detail)[:600]}", flush=True)


def run(words, stdin=None, timeout=60, **more):
    done = subprocess.run(words, input=stdin, capture_output=True, timeout=timeout, **more)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


# -- redis-cli ------------------------------------------------------------------------------------------------------------------


def redis_cli(server):
    port = str(server.port)
    cli = ["redis-cli", "-p", port]

    def says(name, words, expected, stdin=None):
        status, out, err = run([*cli, *words], stdin)
        matches = expected(out) if callable(expected) else out.strip() == expected
        check(f"redis-cli {name}", status == 0 and matches, f"{out!r} {err!r}")

    says("PING", ["PING"], "PONG")
    says("SET", ["SET", "greeting", "hello"], "OK")
    says("--no-raw", ["--no-raw", "GET", "greeting"], '"hello"')
    says("-x", ["-x", "SET", "from-stdin"], "OK", b"piped value")
    says("GET of it", ["GET", "from-stdin"], "piped value")
    says("--quoted-input", ["--quoted-input", "SET", '"a\\x00b"', "1"], "OK")
    says("-n", ["-n", "1", "SET", "other", "1"], "OK")
    says("-r -i", ["-r", "3", "-i", "0.01", "INCR", "counter"], "1\n2\n3")
    says("--csv", ["--csv", "MGET", "greeting", "nothing"], '"hello",NULL')
    says("--json", ["-3", "--json", "HELLO", "3"], lambda out: '"proto":3' in out)
    says("-3", ["-3", "PING"], "PONG")
    says("-u", ["-u", f"redis://127.0.0.1:{port}/1", "GET", "other"], "1")
    status, out, err = run(["redis-cli", "-p", port], b"SET a 1\nGET a\nNOSUCH\nMULTI\nINCR a\nEXEC\n")
    check("redis-cli commands from stdin", "unknown command" in out and out.endswith("OK\nQUEUED\n2\n"), out)
    says("error text", ["INCR", "greeting"], lambda out: "not an integer" in out)
    says("-e gives a status", ["PING"], "PONG")
    status, out, _ = run([*cli, "-e", "INCR", "greeting"])
    check("redis-cli -e", status == 1, status)

    keys = b"".join(encode("SET", f"many:{n}", f"value {n}") for n in range(2000))
    status, out, err = run([*cli, "--pipe"], keys)
    check("redis-cli --pipe", "errors: 0, replies: 2000" in out, out + err)
    status, out, err = run([*cli, "--scan", "--pattern", "many:*"])
    check("redis-cli --scan --pattern", len(set(out.split())) == 2000, f"{len(set(out.split()))} keys")
    run([*cli, "RPUSH", "list", *map(str, range(50))])
    run([*cli, "HSET", "hash", "a", "1", "b", "2"])
    run([*cli, "SADD", "set", "a", "b", "c"])
    run([*cli, "ZADD", "zset", "1", "a", "2", "b"])
    copy = os.path.join(server.folder, "copy.rdb")
    status, out, err = run([*cli, "--rdb", copy])
    sound, told, _ = run(["redis-check-rdb", copy]) if status == 0 else (1, "", "")
    # Redis before 7.2 does not know the version.
    sound = sound == 0 or "Can't handle RDB format version 11" in told
    check("redis-cli --rdb", status == 0 and sound, err[-400:] + told[-400:])
    status, out, err = run([*cli, "--bigkeys", "-i", "0"])
    check("redis-cli --bigkeys", status == 0 and "Biggest   list found" in out and "50 items" in out, out[-400:] + err)
    status, out, err = run([*cli, "--hotkeys"])
    check("redis-cli --hotkeys refuses in Redis's words", "LFU maxmemory policy is not selected" in out + err, out[-200:] + err)
    for mode, seconds in (("--latency", 1.2), ("--latency-history", 1.2), ("--latency-dist", 1.2), ("--stat", 1.5)):
        words = ["stdbuf", "-oL", *cli, mode] + (["-i", "1"] if mode != "--latency" else [])
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        time.sleep(seconds)
        process.terminate()
        out = process.communicate(timeout=10)[0].decode(errors="replace")
        check(f"redis-cli {mode}", len(out) > 10 and "rror" not in out, out[-200:])
    process = subprocess.Popen(["stdbuf", "-oL", *cli, "--lru-test", "1000"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(1.6)
    process.terminate()
    out = process.communicate(timeout=10)[0].decode(errors="replace")
    check("redis-cli --lru-test", "Hits" in out, out[-200:])
    interactive(server)
    monitor_and_subscribe(server)
    passwords(server)


def interactive(server):
    """A terminal: the prompt asks COMMAND DOCS for its hints, and HELP knows the commands."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm"
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        os.execvp("redis-cli", ["redis-cli", "-p", str(server.port)])
    seen = b""

    def until(text, seconds=5):
        nonlocal seen
        end = time.time() + seconds
        while text not in seen and time.time() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                try:
                    seen += os.read(terminal, 65536)
                except OSError:
                    break
        return text in seen

    prompt = until(f"127.0.0.1:{server.port}>".encode())
    check("redis-cli in a terminal", prompt, seen[-300:])
    for typed, wanted in ((b"SET typed yes\r", b"OK"), (b"GET typed\r", b'"yes"'), (b"HELP SET\r", b"key value")):
        until(f":{server.port}> ".encode())
        time.sleep(0.1)
        seen = b""
        os.write(terminal, typed)
        check(f"redis-cli in a terminal: {typed.decode().strip()}", until(wanted), seen[-300:])
    os.write(terminal, b"QUIT\r")
    time.sleep(0.2)
    os.close(terminal)
    os.waitpid(child, 0)


def monitor_and_subscribe(server):
    cli = ["redis-cli", "-p", str(server.port)]
    watcher = subprocess.Popen([*cli, "MONITOR"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    listener = subprocess.Popen([*cli, "SUBSCRIBE", "news"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(0.4)
    run([*cli, "PUBLISH", "news", "extra"])
    time.sleep(0.3)
    watcher.terminate()
    listener.terminate()
    seen, heard = (process.communicate(timeout=10)[0].decode(errors="replace") for process in (watcher, listener))
    check("redis-cli MONITOR", re.search(r'\[0 127\.0\.0\.1:\d+\] "PUBLISH" "news" "extra"', seen), seen[-300:])
    check("redis-cli SUBSCRIBE", heard.rstrip().endswith("message\nnews\nextra"), heard[-300:])


def passwords(server):
    cli = ["redis-cli", "-p", str(server.port)]
    run([*cli, "CONFIG", "SET", "requirepass", "secret"])
    status, out, err = run([*cli, "PING"])
    check("redis-cli without the password", "NOAUTH" in out, out)
    for words in (["-a", "secret"], ["--user", "default", "--pass", "secret"], ["-3", "-a", "secret"]):
        status, out, err = run([*cli, "--no-auth-warning", *words, "PING"])
        check(f"redis-cli {' '.join(words)}", out.strip() == "PONG", out + err)
    status, out, err = run(["redis-cli", "--no-auth-warning", "-u", f"redis://default:secret@127.0.0.1:{server.port}", "PING"])
    check("redis-cli -u with a password", out.strip() == "PONG", out + err)
    run([*cli, "--no-auth-warning", "-a", "secret", "CONFIG", "SET", "requirepass", ""])


# -- libraries ------------------------------------------------------------------------------------------------------------------


def redis_py(server):
    for version in ("8", "5"):
        python = os.environ.get(f"APUS_PYTHON_{version}")
        if not python:
            left_out.append(f"redis-py {version}")
            continue
        for protocol in ("2", "3"):
            program(f"redis-py {version} RESP{protocol}", [python, f"{LIBRARY}/client_redis_py.py", str(server.port), protocol])


def handoff(server):
    """Redis alone cannot do it. The server that is given away is not the one that the other checks have."""
    python = os.environ.get("APUS_PYTHON_8")
    if not python or server.name != "apus":
        left_out.append("handoff")
        return
    binary = os.path.realpath(f"/proc/{server.pid}/exe")
    with Server("apus", binary, pin=False) as old:
        with Server("apus", binary, ["--port", str(old.port), "--bind", "127.0.0.2"], pin=False, waits=False):
            program("redis-py 8 handed over", [python, f"{LIBRARY}/client_handoff.py", str(old.port), str(old.pid)])
    for protocol in ("2", "3"):
        program(f"CL.THROTTLE RESP{protocol}", [python, f"{LIBRARY}/client_throttle.py", str(server.port), protocol])


def frameworks(server):
    python = os.environ.get("APUS_PYTHON_FRAMEWORKS")
    for name, file, protocols in (("RQ", "client_rq.py", "23"), ("arq", "client_arq.py", ""), ("django-redis", "client_django_redis.py", "23")):
        for protocol in protocols or [""]:
            if python:
                program(f"{name} RESP{protocol}" if protocol else name, [python, f"{LIBRARY}/{file}", str(server.port), *protocol])
            else:
                left_out.append(name)


def scripted(server):
    """Libraries whose work is done by scripts: locks, limits, queues; in both protocols where they let one choose."""
    python = os.environ.get("APUS_PYTHON_SCRIPTED")
    if run(["redis-cli", "-p", str(server.port), "EVAL", "return 1", "0"])[1].strip() != "1":
        left_out.append("what works by scripts")
        return
    for name in ("scripting", "locks", "limits", "channels", "celery", "bullmq", "dramatiq", "huey"):
        # Celery's workers take their time: both protocols only where this section is asked for by name.
        for protocol in "3" if name == "celery" and "scripted" not in sys.argv else "23":
            if python:
                program(f"{name} RESP{protocol}", [python, f"{LIBRARY}/client_{name}.py", str(server.port), protocol])
            else:
                left_out.append(name)


def node_redis(server):
    if not (shutil.which("node") and os.path.isdir("/usr/share/nodejs/redis")):
        left_out.append("node-redis")
        return
    program("node-redis", ["node", f"{LIBRARY}/client_node_redis.js", str(server.port)])


def program(name, words):
    """A program that prints 'ok NAME' for each thing that it found right, and 'not ok NAME: why' otherwise."""
    run(["redis-cli", "-p", words[2], "FLUSHALL"])
    try:
        status, out, err = run(words, timeout=90, env={**os.environ, "NODE_PATH": "/usr/share/nodejs"})
    except subprocess.TimeoutExpired as problem:
        check(name, False, f"did not end: {(problem.stdout or b'').decode(errors='replace')[-300:]}")
        return
    for line in out.splitlines():
        if line.startswith("ok "):
            check(f"{name}: {line[3:]}", True)
        elif line.startswith("not ok "):
            check(f"{name}: {line[7:]}", False)
    check(f"{name} runs to its end", status == 0 and out.rstrip().endswith("done"), out[-200:] + err[-600:])


# -- handshakes -----------------------------------------------------------------------------------------------------------------

NOTIFICATIONS = ("CLIENT", "MAINT_NOTIFICATIONS", "ON", "moving-endpoint-type", "internal-ip")
LIBRARIES = [
    ("CLIENT", "SETINFO", "LIB-NAME", "library"),
    ("CLIENT", "SETINFO", "LIB-VER", "1.2.3"),
]

# Steps of a handshake: commands that are sent at once, and for each the beginning of its reply in bytes.
HANDSHAKES = {
    "redis-py 5": [[(*LIBRARIES[0:1][0],)], [LIBRARIES[1]], [("SELECT", "1")]],
    "redis-py 8": [[("HELLO", "3")], [NOTIFICATIONS], [("CLIENT", "SETNAME", "me")], [LIBRARIES[0]], [LIBRARIES[1]], [("SELECT", "1")]],
    "go-redis 9": [[("HELLO", "3")], [("SELECT", "1"), ("CLIENT", "SETNAME", "me")], [NOTIFICATIONS], LIBRARIES, [("PING",)]],
    "ioredis 6": [
        [("HELLO", "3"), ("SELECT", "1"), ("CLIENT", "SETNAME", "me"), LIBRARIES[1], LIBRARIES[0]],
        [("INFO",)],
        [("SET", "a", "1"), ("GET", "a")],
    ],
    "ioredis 5": [[("SELECT", "1")], [("INFO",)], [("SET", "a", "1"), ("GET", "a")]],
    "node-redis 4": [[("SELECT", "2")], [("SET", "a", "1", "EX", "10", "NX")]],
    "redis_exporter": [
        [("CLIENT", "SETNAME", "redis_exporter")], [("CONFIG", "GET", "*")], [("INFO", "ALL")], [("LATENCY", "LATEST")],
        [("LATENCY", "HISTOGRAM")], [("SLOWLOG", "LEN")], [("SLOWLOG", "GET", "1")], [("CLIENT", "LIST")],
    ],
}  # fmt: skip


def handshakes(server):
    for name, steps in HANDSHAKES.items():
        for password in (None, "secret"):
            handshake(server, name, steps, password)


def handshake(server, name, steps, password):
    title = name + (" with a password" if password else "")
    helper = server.client()
    knows_setinfo = not server.name.startswith("redis 7.0")
    if password:
        helper.call("CONFIG", "SET", "requirepass", password)
    client = server.client()
    try:
        if password and steps[0][0][0] != "HELLO":
            steps = [[("AUTH", password)], *steps]
        for step in steps:
            if password and step[0][0] == "HELLO":
                step = [("HELLO", "3", "AUTH", "default", password), *step[1:]]
            client.socket.sendall(b"".join(encode(*words) for words in step))
            for words in step:
                reply = client.read()
                right = not isinstance(reply, Exception)
                if words[0] == "HELLO":
                    right = isinstance(reply, dict) and reply.get("proto") == 3 and b"version" not in (reply,)
                elif words[1:2] == ("MAINT_NOTIFICATIONS",) and server.name == "apus":
                    right = reply == "OK"
                elif words[1:2] == ("MAINT_NOTIFICATIONS",) or (words[1:2] == ("SETINFO",) and not knows_setinfo):
                    right = isinstance(reply, Exception) and "unknown subcommand" in str(reply).lower()
                elif words[0] in ("SELECT", "AUTH") or words[:2] == ("CLIENT", "SETNAME"):
                    right = reply == "OK"
                elif words == ("INFO",):
                    right = b"loading:0" in reply and b"redis_version:7" in reply
                elif words[0] == "GET":
                    right = reply == b"1"
                check(f"handshake {title}: {' '.join(words)[:50]}", right, repr(reply)[:300])
    except (OSError, ValueError) as problem:
        check(f"handshake {title}", False, problem)
    finally:
        client.close()
        if password:
            helper.call("AUTH", password)
            helper.call("CONFIG", "SET", "requirepass", "")
        helper.close()


# -- redis-benchmark and the exporter ---------------------------------------------------------------------------------------------


def redis_benchmark(server):
    for words in (["-q", "-n", "10000"], ["-q", "-n", "50000", "-P", "16", "-c", "50", "-r", "1000000"]):
        status, out, err = run(["redis-benchmark", "-p", str(server.port), *words], timeout=300)
        lines = re.findall(r"([\w ()+-]+): [\d.]+ requests per second", out.replace("\r", "\n"))
        check(f"redis-benchmark {' '.join(words)}", status == 0 and len(lines) >= 19, f"{len(lines)} rows; {out[-300:]}{err[-300:]}")
        check(f"redis-benchmark {' '.join(words)} without errors", "rror" not in out + err, (out + err)[-400:])


def exporter(server):
    binary = shutil.which("prometheus-redis-exporter")
    if not binary:
        left_out.append("prometheus-redis-exporter")
        return
    client = server.client()
    client.call("FLUSHALL")
    client.call("CONFIG", "RESETSTAT")
    client.call("SET", "here", "1", "EX", "100")
    for _ in range(5):
        client.call("GET", "here")
    for _ in range(3):
        client.call("GET", "not-here")
    client.send("INCR", "nobody", "knows")
    client.read()
    port = unused_port()
    options = ["-include-system-metrics", "-export-client-list"]
    words = [binary, *options, "-redis.addr", f"redis://127.0.0.1:{server.port}", "-web.listen-address", f"127.0.0.1:{port}"]
    with open(os.path.join(server.folder, "exporter.log"), "wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
        try:
            text = ""
            for _ in range(100):
                try:
                    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
                    break
                except (OSError, socket.timeout):
                    time.sleep(0.1)
        finally:
            process.kill()
            process.wait()
    values = dict(re.findall(r"^(redis_\w+(?:\{.*\})?) ([-+\d.eInfNa]+)$", text, re.M))
    for name, expected in (
        ("redis_up", 1), ("redis_keyspace_hits_total", 5), ("redis_keyspace_misses_total", 3), ('redis_db_keys{db="db0"}', 1),
        ('redis_db_keys_expiring{db="db0"}', 1), ('redis_commands_total{cmd="get"}', 8), ('redis_commands_total{cmd="set"}', 1),
        ("redis_exporter_last_scrape_error{err=\"\"}", 0),
    ):  # fmt: skip
        check(f"exporter {name}", float(values.get(name, "nan")) == expected, f"{values.get(name)} instead of {expected}")
    for name in ("redis_memory_used_bytes", "redis_memory_used_rss_bytes", "redis_uptime_in_seconds", "redis_connected_clients",
                 "redis_commands_processed_total", "redis_config_maxclients", "redis_start_time_seconds", "redis_process_id"):  # fmt: skip
        check(f"exporter {name}", float(values.get(name, "nan")) >= (0 if "uptime" in name else 1), values.get(name))
    if os.environ.get("APUS_UPDATE_METRICS"):
        with open(os.path.join(LIBRARY, "exporter-metrics.txt"), "w") as file:
            file.write("# Names of metrics that prometheus-redis-exporter 1.45 yields when it reads redis-server 7.0.\n")
            file.write("".join(sorted({re.sub(r"\{.*", "", name) + "\n" for name in values})))
    names = {re.sub(r"\{.*", "", name) for name in values}
    with open(os.path.join(LIBRARY, "exporter-metrics.txt")) as file:
        missing = sorted(name for name in (line.strip() for line in file) if name and not name.startswith("#") and name not in names)
    check("exporter yields every name that it yields for Redis", not missing, missing)


SECTIONS = {
    "redis-cli": redis_cli, "redis-py": redis_py, "handoff": handoff, "frameworks": frameworks, "scripted": scripted, "node-redis": node_redis, "handshakes": handshakes,
    "redis-benchmark": redis_benchmark, "exporter": exporter,
}  # fmt: skip


def main():
    binary, *wanted = sys.argv[1:]
    name = "apus"
    if os.path.basename(os.path.realpath(binary)) != "apus-server":
        version = subprocess.run([binary, "--version"], capture_output=True, text=True).stdout
        name = "redis " + ".".join(re.search(r"v=(\d+)\.(\d+)", version).groups())
    for section, function in SECTIONS.items():
        if wanted and section not in wanted:
            continue
        start, before = time.monotonic(), (len(passed), len(failed))
        with Server(name, binary, pin=False) as server:
            try:
                function(server)
            except Exception as problem:  # one client in trouble must not hide the others
                check(section, False, f"{type(problem).__name__}: {problem}")
            check(f"{section}: the server is still there", server.is_running(), server.said()[-600:])
        right, wrong = len(passed) - before[0], len(failed) - before[1]
        print(f"   {section:<20} {right:>4} right, {wrong:>3} wrong   {time.monotonic() - start:5.1f} s", flush=True)
    summary = f"{len(passed)} client checks passed, {len(failed)} failed"
    if left_out:
        summary += f", left out: {', '.join(left_out)}"
    print("   " + summary)
    with open(os.path.join(ROOT, ".build/clients-summary.txt"), "w") as file:
        file.write(summary + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

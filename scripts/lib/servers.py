"""Servers under test for the Python scripts: starting one, talking to it, reading what it uses. Standard library only."""

import os
import resource
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CPUS = sorted(os.sched_getaffinity(0))


def raise_descriptor_limit():
    """As many descriptors as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def encode(*words):
    """A command as clients send it."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        if not isinstance(word, bytes):
            word = str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(parts)


class ReplyError(Exception):
    """An error reply."""


class Client:
    """A plain blocking client that reads RESP2 and RESP3."""

    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def send(self, *words):
        self.socket.sendall(encode(*words))

    def call(self, *words):
        self.send(*words)
        reply = self.read()
        if isinstance(reply, ReplyError):
            raise reply
        return reply

    def read(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            return ReplyError(rest.decode(errors="replace"))
        if kind == b":":
            return int(rest)
        if kind in b"$=!":
            if int(rest) < 0:
                return None
            return self.file.read(int(rest) + 2)[:-2]
        if kind in b"*~>":
            return None if int(rest) < 0 else [self.read() for _ in range(int(rest))]
        if kind == b"%":
            return {self._key(self.read()): self.read() for _ in range(int(rest))}
        if kind == b"_":
            return None
        if kind == b",":
            return float(rest)
        if kind == b"#":
            return rest == b"t"
        if kind == b"(":
            return int(rest)
        raise ConnectionError(f"this is no reply: {line[:60]!r}")

    @staticmethod
    def _key(value):
        return value.decode() if isinstance(value, bytes) else value

    def close(self):
        self.file.close()
        self.socket.close()


class Server:
    """A server process in an empty folder, on an unused port, pinned to the first processor if there are two.

    A folder that is given stays when the server is stopped."""

    def __init__(self, name, binary, options=(), pin=True, real_time=False, words_before=(), real_words=(), folder=None, waits=True):
        self.name, self.port = name, unused_port()
        self.keeps_folder = folder is not None
        self.folder = folder or tempfile.mkdtemp(prefix="apus-")
        words = [binary, *words_before, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", *options]
        words = [*real_words, *words]
        if real_time and shutil.which("chrt"):
            words = ["chrt", "-f", "1", *words]
        if pin and len(CPUS) > 1:
            words = ["taskset", "-c", str(CPUS[0]), *words]
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(words, cwd=self.folder, stdout=self.log, stderr=subprocess.STDOUT)
        self.started = time.monotonic()
        self.pid = self.process.pid
        if waits:
            self.wait_until_ready()

    def wait_until_ready(self, patience=15):
        """Returns when the server answers, with its data loaded."""
        end = self.started + patience
        while True:
            try:
                client = Client(self.port, timeout=2)
                if client.call("PING") == "PONG":
                    client.close()
                    break
            except OSError:
                pass
            except ReplyError as problem:
                if "NOAUTH" in str(problem):
                    break
            if self.process.poll() is not None or time.monotonic() > end:
                said = self.said()[-600:]
                self.stop()
                raise SystemExit(f"{self.name} did not start: {said}")
            time.sleep(0.0005)
        self.seconds_to_pong = time.monotonic() - self.started

    def said(self):
        try:
            with open(os.path.join(self.folder, "log"), errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def client(self, timeout=10):
        return Client(self.port, timeout)

    def is_running(self):
        return self.process.poll() is None

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def data_bytes(self):
        """What is resident and of no file: the first use of a command brings pages of the program in, which are no data."""
        with open(f"/proc/{self.pid}/statm") as file:
            _, resident, of_files, *_ = map(int, file.read().split())
            return (resident - of_files) * os.sysconf("SC_PAGE_SIZE")

    def peak_bytes(self):
        with open(f"/proc/{self.pid}/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def processor_nanoseconds(self):
        total = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/schedstat") as file:
                total += int(file.read().split()[0])
        return total

    def kill(self):
        """As if the machine had stopped, but for what the kernel has been given."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()
        if not self.keeps_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

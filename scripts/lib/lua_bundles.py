"""Compares random calls of bit, cjson, cmsgpack and struct between two servers.

    python3 scripts/lib/lua_bundles.py --ours PORT|PROGRAM --theirs PORT [--calls N] [--seed N] [--only kind,kind]

PROGRAM is one that runs a Lua file: apus-lua.

Each script makes 200 calls (lua_bundles.lua) on both; the first differences of each script are shown.
"""
import argparse
import pathlib
import random
import socket
import subprocess
import tempfile

SHOWN = 8  # differing scripts
HERE = pathlib.Path(__file__).resolve().parent
KINDS = ["encode", "decode", "settings", "pack", "unpack", "struct", "bit"]


class Server:
    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port)).makefile("rwb")

    def call(self, *words):
        self.stream.write(b"*%d\r\n" % len(words))
        for word in words:
            word = word.encode("latin-1") if isinstance(word, str) else word
            self.stream.write(b"$%d\r\n%s\r\n" % (len(word), word))
        self.stream.flush()
        return self.read()

    def run(self, digest, seed, kind, calls):
        """The answers of one script."""
        return self.call("EVALSHA", digest, "0", str(seed), kind, str(calls))

    def read(self):
        line = self.stream.readline()
        if not line:
            raise SystemExit("the server is gone")
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            return None if rest == b"-1" else self.stream.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        return line[:-2]


class Program:
    """Scripts run by a process each instead of a server."""

    def __init__(self, path):
        self.path = path
        self.script = ""

    def call(self, _command, _word, script):
        self.script = script

    def run(self, _digest, seed, kind, calls):
        with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="latin-1") as file:
            body = self.script.replace("\nreturn out", "\nfor i = 1, #out do print(out[i]) end")
            file.write(f"ARGV = {{'{seed}', '{kind}', '{calls}'}}\n{body}")
            file.flush()
            done = subprocess.run([self.path, file.name], capture_output=True)
        if done.returncode:
            return b"ended with %d: " % done.returncode + done.stderr[:300]
        return done.stdout.split(b"\n")[:-1]


def agree(one, other):
    """All answers are the same, but for those that show tables as keys: their order hangs on addresses."""
    return len(one) == len(other) and all(a == b or b"[{" in a and b"[{" in b for a, b in zip(one, other))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ours", required=True)
    parser.add_argument("--theirs", type=int, required=True)
    parser.add_argument("--calls", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--only", default=",".join(KINDS))
    options = parser.parse_args()
    prelude = HERE.parents[1] / "Tests/LuaTests/Answers/prelude.lua"
    script = prelude.read_text() + (HERE / "lua_bundles.lua").read_text()
    theirs = Server(options.theirs)
    ours = Server(int(options.ours)) if options.ours.isdigit() else Program(options.ours)
    digest = [server.call("SCRIPT", "LOAD", script) for server in (ours, theirs)]
    print(f"seed {options.seed}")
    made = differences = 0
    seed = options.seed
    while made < options.calls:
        for kind in options.only.split(","):
            seed += 1
            one, other = (
                server.run(name, seed, kind, 200)
                for server, name in ((ours, digest[0]), (theirs, digest[1]))
            )
            made += 200
            if one == other or isinstance(one, list) and isinstance(other, list) and agree(one, other):
                continue
            differences += 1
            if differences > SHOWN:
                continue
            print(f"--- {kind}, seed {seed}")
            if isinstance(one, bytes) or isinstance(other, bytes):
                print("  ours  ", one[:400] if isinstance(one, bytes) else "-")
                print("  theirs", other[:400] if isinstance(other, bytes) else "-")
                continue
            shown = 0
            for left, right in zip(one, other):
                if left != right and b"[{" not in left and shown < 2:
                    shown += 1
                    print("  ours  ", left.decode("latin-1")[:400])
                    print("  theirs", right.decode("latin-1")[:400])
    print(f"{made} calls, {differences} scripts differ")


if __name__ == "__main__":
    main()

"""Runs random Lua programs under two interpreters, many in one process, and compares what they say, line by line."""

import os
import random
import re
import resource
import subprocess
import tempfile
import time

import lua_programs

LIBRARY = os.path.dirname(os.path.abspath(__file__))
ADDRESS = re.compile(r"(table|function|thread|userdata|builtin): 0x[0-9a-f]+|(function|builtin): [0-9a-fA-F]{8,}")


def long_string(source):
    """A literal that gives exactly this text: a line break behind the opening is skipped, and \\r is not kept in long brackets."""
    if "\r" in source or "]=====]" in source:
        escapes = {"\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\", "\0": "\\000"}
        return '"' + "".join(escapes.get(c, c) for c in source) + '"'
    return f"[=====[\n{source}]=====]"


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class LuaDiffer:
    def __init__(self, ours, theirs, only_compile=False, show=20, limited=True):
        self.ours, self.theirs, self.only_compile, self.most, self.limited = ours, theirs, only_compile, show, limited
        self.differences = self.done = self.lost = self.crashes = 0
        with open(os.path.join(LIBRARY, "lua_differ.lua")) as file:
            self.prelude = file.read()

    def batch(self, sources):
        compiles = ", true" if self.only_compile else ""
        return self.prelude + "".join(f"RUN({number}, {long_string(text)}{compiles})\n" for number, text in enumerate(sources))

    def outcomes(self, words, path, patience=20):
        """What each program said, by its number; and how the process ended."""
        environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}
        try:
            done = subprocess.run([*words, path], capture_output=True, timeout=patience, preexec_fn=limits if self.limited else None, env=environment)
            text, status, words_at_end = done.stdout, done.returncode, done.stderr
        except subprocess.TimeoutExpired as problem:
            text, status, words_at_end = problem.stdout or b"", "late", b""
        parts = re.split(r"^@@ (\d+)\n", text.decode("latin-1"), flags=re.M)
        found = {int(number): ADDRESS.sub("address", said) for number, said in zip(parts[1::2], parts[2::2])}
        return found, status, words_at_end.decode("latin-1")[-400:]

    def compare(self, sources):
        """Compares a batch; what was not reached because one of them ended the process is compared in batches of its own."""
        pending = list(sources)
        while pending:
            with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="latin-1", errors="replace") as file:
                file.write(self.batch(pending))
                file.flush()
                theirs, their_end, their_words = self.outcomes(self.theirs, file.name)
                ours, our_end, our_words = self.outcomes(self.ours, file.name)
            reached = len(pending)
            if their_end != 0:
                reached = min(reached, max(theirs, default=-1))
                if their_end != "late" and not theirs:
                    raise SystemExit(f"the reference failed: {their_words}")
            if our_end != 0:
                last = max(ours, default=-1)
                if last < reached:
                    self.crashes += 1
                    self.differ(pending[max(last, 0)], "", f"the process ended: {our_end} {our_words}")
                reached = min(reached, last)
            for number in range(reached):
                # How deep calls of native functions may nest is counted from the host's own calls.
                deep = "C stack overflow" in theirs.get(number, "") + ours.get(number, "")
                if theirs.get(number) != ours.get(number) and not deep:
                    self.differ(pending[number], theirs.get(number, "nothing"), ours.get(number, "nothing"))
            self.done += max(reached, 0)
            skipped = 1 if reached < len(pending) else 0
            self.lost += skipped
            pending = pending[max(reached, 0) + skipped :]

    def differ(self, source, theirs, ours):
        self.differences += 1
        if self.differences > self.most:
            return
        one, two = theirs.split("\n"), ours.split("\n")
        place = next((i for i, (a, b) in enumerate(zip(one, two)) if a != b), min(len(one), len(two)))
        kept = os.path.join(tempfile.gettempdir() if not os.path.isdir(KEPT) else KEPT, f"difference-{self.differences}.lua")
        with open(kept, "w", encoding="latin-1", errors="replace") as file:
            file.write(source)
        print(f"** difference {self.differences} at line {place + 1} of what was said; the program is {kept}")
        print(f"   theirs: {(one + [''])[place][:400]}\n   ours:   {(two + [''])[place][:400]}", flush=True)


KEPT = os.path.join(os.path.dirname(os.path.dirname(LIBRARY)), ".build/lua-differ")


def run(ours, theirs, count, seed, batch=100, broken=False, show=20, limited=True):
    """Compares that many programs, or broken ones. Returns the differ."""
    os.makedirs(KEPT, exist_ok=True)
    differ = LuaDiffer(ours, theirs, broken, show, limited)
    programs, chance = lua_programs.generator(seed), random.Random(seed + 1)
    start, made = time.monotonic(), 0
    while made < count:
        sources = []
        for _ in range(min(batch, count - made)):
            source = programs.program(chance.choice([1, 2, 4, 8]) if broken else None).encode().decode("latin-1")
            sources.append(lua_programs.mutated(source, chance) if broken else source)
        made += len(sources)
        differ.compare(sources)
        if made % (batch * 50) == 0:
            print(f"   {made} programs, {differ.differences} differences, {time.monotonic() - start:.0f} s", flush=True)
    return differ

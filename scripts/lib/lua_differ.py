"""Runs random Lua programs under two interpreters, many in one process, and compares what they say, line by line."""

import os
import random
import re
import resource
import signal
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


# What a process may take of a processor, in seconds; a busy machine gives it so many times later.
PATIENCE, BUSY = 60, 20
# A mutated program may never end: after so many steps lua5.1 gives it up, and ours soon after.
PATIENCE_STEPS = 5_000_000
# Slots of a stack that no program fills before it is out of fuel.
ROOMY_STACK = 20_000_000


def limits(memory):
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


NAMED_CALL = re.compile(r"(:(\d+): attempt to call) (?:global|local|upvalue|field|method) '.*?' \((a \w+ value)\)")
GENERIC_FOR = re.compile(r"\bfor\b[^=]*\bin\b")


def without_stale_names(said, source):
    """Where `for x in` calls what is no function, it is named by what an unrelated statement last put in its register."""
    lines = source.split("\n")

    def bare(found):
        line = int(found[2]) - 1
        walks = 0 <= line < len(lines) and GENERIC_FOR.search(lines[line])
        return f"{found[1]} {found[3]}" if walks else found[0]

    return NAMED_CALL.sub(bare, said)


def incomparable(theirs, ours, source):
    """A program that is given up is so elsewhere by each; lua5.1 lets arguments fill all memory, where ours has a limit."""
    if without_stale_names(theirs, source) == without_stale_names(ours, source):
        return True
    # Of two that are no numbers a product has the sign of one; which, the compiler of C chooses.
    if theirs.replace("-nan", "nan") == ours.replace("-nan", "nan"):
        return True
    given_up = any(text in said for text in ("out of steps", "out of patience", "not enough memory") for said in (theirs, ours))
    return given_up or (": stack overflow" in ours and ": stack overflow" not in theirs)


class LuaDiffer:
    def __init__(self, given):
        self.given = given
        self.differences = self.done = self.lost = self.crashes = self.run = self.apart = 0
        with open(os.path.join(LIBRARY, "lua_differ.lua")) as file:
            self.prelude = file.read()

    def batch(self, sources, chunks=False):
        """A file that runs them all; of chunks, each has a patience of its own."""
        way = ", true" if self.given.broken and not self.given.run else f", false, {PATIENCE_STEPS}" if self.given.run else ""
        calls = [f"RUN({number}, {long_string(text)}{way})\n" for number, text in enumerate(sources)]
        mark = "--@@ chunk\n" if chunks else ""
        return mark + self.prelude + "".join(mark + call for call in calls)

    def outcomes(self, words, path):
        """What each program said, by its number; and how the process ended."""
        environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}
        try:
            done = subprocess.run([*words, path], capture_output=True, timeout=PATIENCE * BUSY, preexec_fn=lambda: limits(not self.given.unlimited), env=environment)
            text, status, words_at_end = done.stdout, done.returncode, done.stderr
            status = "late" if status == -signal.SIGXCPU else status
        except subprocess.TimeoutExpired as problem:
            text, status, words_at_end = problem.stdout or b"", "late", b""
        # Behind each chunk stands how it ended.
        text = re.sub(r"^well\n@@ chunk\n|well\n\Z", "", text.decode("latin-1"), flags=re.M) if self.given.run else text.decode("latin-1")
        parts = re.split(r"^@@ (\d+)\n", text, flags=re.M)
        found = {int(number): ADDRESS.sub("address", said) for number, said in zip(parts[1::2], parts[2::2])}
        return found, status, words_at_end.decode("latin-1")[:1500 if b"Sanitizer" in words_at_end else 400]

    def both(self, sources):
        """What they come to under both."""
        found = []
        for words, chunks in ((self.given.theirs, False), (self.given.ours, self.given.run)):
            with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="latin-1", errors="replace") as file:
                file.write(self.batch(sources, chunks))
                file.flush()
                found.append(self.outcomes([*words, *(["--chunks", "--pauses", "1000"] if chunks else [])], file.name))
        return found

    def is_left_to_chance(self, source):
        """Whether lua5.1 itself says now this, now that (where objects lie in memory decides in which order some are walked), or ours
        does at a limit that is not the same for both: when it stands one call deeper (at the limit of nesting, calls of `next` by
        `for` count for lua5.1, and not for us), or when its stack may be larger (that of lua5.1 has no end for arguments)."""
        said = {self.said(self.given.theirs, f"RUN(0, {long_string(source)})") for _ in range(20)}
        ways = ([], "false"), ([], "true"), (["--stack", str(ROOMY_STACK)], "false")
        limits = {self.said([*self.given.ours, *more], f"RUN(0, {long_string(source)}, false, nil, {deeper})") for more, deeper in ways}
        return len(said) > 1 or len(limits) > 1

    def said(self, words, call):
        with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="latin-1", errors="replace") as file:
            file.write(self.prelude + call)
            file.flush()
            return self.outcomes(words, file.name)[0].get(0)

    def compare(self, sources):
        """Compares a batch; what was not reached because one of them ended the process is compared in batches of its own."""
        pending = list(sources)
        while pending:
            (theirs, their_end, their_words), (ours, our_end, our_words) = self.both(pending)
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
                said = theirs.get(number, ""), ours.get(number, "")
                self.run += not said[1].startswith('"refused"')
                if said[0] != said[1] and (incomparable(*said, pending[number]) or self.is_left_to_chance(pending[number])):
                    self.apart += 1
                elif said[0] != said[1]:
                    self.differ(pending[number], theirs.get(number, "nothing"), ours.get(number, "nothing"))
            self.done += max(reached, 0)
            skipped = 1 if reached < len(pending) else 0
            self.lost += skipped
            pending = pending[max(reached, 0) + skipped :]

    def differ(self, source, theirs, ours):
        self.differences += 1
        if self.differences > self.given.show:
            return
        one, two = theirs.split("\n"), ours.split("\n")
        place = next((i for i, (a, b) in enumerate(zip(one, two)) if a != b), min(len(one), len(two)))
        kept = os.path.join(tempfile.gettempdir() if not os.path.isdir(KEPT) else KEPT, f"{self.given.seed}-{self.differences}.lua")
        with open(kept, "w", encoding="latin-1", errors="replace") as file:
            file.write(source)
        print(f"** difference {self.differences} at line {place + 1} of what was said; the program is {kept}")
        print(f"   theirs: {(one + [''])[place][:400]}\n   ours:   {(two + [''])[place][:400]}", flush=True)


KEPT = os.path.join(os.path.dirname(os.path.dirname(LIBRARY)), ".build/lua-differ")


def run(given):
    """Compares as many programs as are asked for, or broken ones. Returns the differ."""
    os.makedirs(KEPT, exist_ok=True)
    differ = LuaDiffer(given)
    programs, chance = lua_programs.generator(given.seed), random.Random(given.seed + 1)
    start, made = time.monotonic(), 0
    while made < given.programs:
        sources = []
        for _ in range(min(given.batch, given.programs - made)):
            source = programs.program(chance.choice([1, 2, 4, 8]) if given.broken else None).encode().decode("latin-1")
            sources.append(lua_programs.mutated(source, chance) if given.broken else source)
        made += len(sources)
        differ.compare(sources)
        if made % (given.batch * 50) == 0:
            print(f"   {made} programs, {differ.differences} differences, {time.monotonic() - start:.0f} s", flush=True)
    return differ

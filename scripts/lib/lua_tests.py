"""Runs the official test files of Lua 5.1 with our Lua: each from the folder given, cut where it needs what a sandbox has not.

Every cut is listed here by the exact text it replaces; one that no longer fits is an error. `lua5.1` runs the same text first,
without these parts, so that it is seen whether a cut is right."""

import argparse
import os
import subprocess
import sys
import tempfile

# What stands before each file: a sandbox has no clock, no locales and no input, and the tests only look at them in passing.
PRELUDE = (
    'if not os then os = {} end if not os.clock then os.clock = function() return 0 end end '
    'if not os.setlocale then os.setlocale = function() return nil end end '
)
SANDBOX = "io, debug, package, require, module, newproxy, os, string.dump = nil"
FILES = ("pm", "math", "sort", "nextvar", "calls", "closure", "constructs", "events", "errors", "locals", "literals", "vararg", "strings")
# file: [(beginning, end, what stands there instead, what is missing)]: cut from the beginning up to the end, which stays.
CUTS = {
    "math": [
        ("f = io.tmpfile()", "assert(eq(a[300][1]", """do local parts, i = {}, 1 repeat parts[i] = "{" .. math.sin(i) .. ", " .. math.cos(i) .. ", " .. i/3 .. "},\\n"
        i = i + 1 until i > 1000 assert(loadstring("a = {" .. table.concat(parts) .. "}"))() end
        """, "io: the same numbers are written into a string"),
        ('require "checktable"', "a = nil", "", "package: the file it loads looks at tables from within (T)"),
    ],
    "calls": [
        ("assert(not a and type(b) == \"string\" and i == 2)", "a, b = load(function () error", "assert(not a and type(b) == \"string\") i = 2\n",
         "load asks its reader for all pieces before it compiles them: a reader cannot free what is being compiled"),
        ("assert(debug.getinfo(a).source", "i = 0\nlocal a, b = load(read1", "", "debug, string.dump"),
        ("-- test for dump/undump with upvalues", "-- test for bug in parameter adjustment", "", "string.dump, debug"),
    ],
    "closure": [
        ("  assert(debug.getinfo(1).currentline", "  coroutine.yield(3)\n  error(foo)", "", "debug"),
        ("-- coroutine environments", "print'OK'", "", "debug.setfenv"),
    ],
    "constructs": [("  assert(debug.getinfo(1", "  return a,2,3", "", "debug")],
    "events": [
        ("-- testing proxies", "a = {}\nrawset(a", "", "newproxy"),
        ("-- testing metatables for basic types", "print 'OK'", "", "debug.setmetatable"),
    ],
    "errors": [
        ('checkmessage("getmetatable(io.stdin)', "print'+'", "", "io"),
        ('local l = debug.getinfo(1, "l").currentline; function y', "function y", "", "debug"),
        ("-- teste de linhas em erro", "-- error in error handling", "", "debug"),
    ],
    "literals": [("return debug.getinfo(1).currentline", "]]", "return tonumber(string.match(select(2, pcall(error, '', 2)), ':(%d+):'))\n", "debug: an error tells the line")],
}  # fmt: skip


def cut(name, text):
    for begin, end, instead, why in CUTS.get(name, ()):
        from_here = text.find(begin)
        to_here = text.find(end, from_here + 1)
        if from_here < 0 or to_here < 0:
            raise SystemExit(f"{name}.lua does not have what is to be cut ({why}): {begin!r} to {end!r}")
        # Lines stay where they are: tests ask for their numbers.
        lines = text[from_here:to_here].count("\n") - instead.count("\n")
        text = text[:from_here] + instead + "\n" * lines + text[to_here:]
    return PRELUDE + text


def run(words, path, folder, patience):
    try:
        done = subprocess.run([*words, path], capture_output=True, timeout=patience, cwd=folder)
        return done.returncode, (done.stderr or done.stdout).decode("latin-1")
    except subprocess.TimeoutExpired:
        return "late", "did not end"


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--ours", required=True)
    options.add_argument("--theirs", default="lua5.1")
    options.add_argument("--patience", type=float, default=120)
    options.add_argument("folder", help="with pm.lua and the others; strings.lua may be in a folder of its own below it")
    options.add_argument("files", nargs="*")
    given = options.parse_args()
    failed = 0
    for name in given.files or FILES:
        place = os.path.join(given.folder, f"{name}.lua")
        with open(place, encoding="latin-1") as file:
            text = cut(name, file.read())
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, f"{name}.lua")
            with open(path, "w", encoding="latin-1") as file:
                file.write(text)
            for label, words in (("lua5.1", [given.theirs, "-e", SANDBOX]), ("ours", given.ours.split())):
                status, said = run(words, f"{name}.lua", folder, given.patience)
                if status != 0:
                    failed += 1
                    print(f"** {name} fails with {label} ({status}): {said.strip()[-500:]}", flush=True)
                    break
            else:
                print(f"   {name} passes with both", flush=True)
    print(f"{failed} of {len(given.files or FILES)} files fail")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

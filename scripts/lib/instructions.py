"""Instructions and runtime calls per operation of a server under callgrind, held against ceilings."""

import glob
import os
import re
import subprocess
import sys

from servers import ROOT, Server

UNITS = 160_000
CEILINGS = os.path.join(ROOT, "Benchmarks/ceilings.txt")
# What is there before, and what is counted, over 10,000 keys at pipeline 64.
ROWS = {
    "GET": (["SET key:{next} {value:64}"], "GET key:{key}"),
    "SET": (["SET key:{next} {value:64}"], "SET key:{key} {value:64}"),
    "SET+log": (["SET key:{next} {value:64}"], "SET key:{key} {value:64}"),
    "SETEX": (["SET key:{next} {value:64}"], "SETEX key:{key} 3600 {value:64}"),
    "INCR": (["INCR n:{next}"], "INCR n:{key}"),
    "GETBIT": (["SETBIT bits 1{score} 1"], "GETBIT bits 1{score}"),
    "HGETALL": (["HSET h:{next} " + " ".join(f"field:{n} value:{n}" for n in range(10))], "HGETALL h:{key}"),
    "XADD": ([], "XADD stream MAXLEN ~ 1000 * field {value:64}"),
    "ZADD": (["ZADD zset {score} member:{next}"], "ZADD zset {score} member:{key}"),
}
RUNTIME = re.compile(
    r"swift_(retain|release|bridgeObjectRetain|bridgeObjectRelease|allocObject|dealloc\w*|beginAccess|once|slowAlloc|"
    r"getGenericMetadata|instantiateConcreteType\w*|initStackObject)|^(malloc|calloc|realloc|free|posix_memalign|aligned_alloc)$"
)


def load(generator, server, template, units):
    words = [generator, "--port", str(server.port), "--clients", "10", "--pipeline", "64", "--keys", "10000"]
    done = subprocess.run([*words, "--units", str(units), "--template", template], capture_output=True, text=True, timeout=120)
    if done.returncode or '"errors":0' not in done.stdout:
        raise SystemExit(f"** the load '{template[:40]}' failed: {done.stderr or done.stdout}")


def control(server, option):
    subprocess.run(["callgrind_control", option, str(server.pid)], capture_output=True, timeout=60, check=True, cwd=server.folder)


def read_profile(path):
    """Total instructions, and calls of runtime functions by name, in a callgrind file."""
    names, calls, total, callee = {}, {}, 0, None
    with open(path, errors="replace") as file:
        for line in file:
            if line.startswith("cfn="):
                callee = line[4:].strip()
                found = re.match(r"\((\d+)\)(?: (.*))?", callee)
                if found.group(2):
                    names[found.group(1)] = found.group(2)
                callee = found.group(1)
            elif line.startswith("fn="):
                found = re.match(r"fn=\((\d+)\)(?: (.*))?", line.strip())
                if found.group(2):
                    names[found.group(1)] = found.group(2)
            elif line.startswith("calls="):
                count = int(line[6:].split()[0])
                calls[callee] = calls.get(callee, 0) + count
            elif line.startswith(("totals:", "summary:")):
                total = max(total, int(line.split()[1]))
    by_name = {}
    for number, count in calls.items():
        found = RUNTIME.search(names.get(number, "").split("'")[0].split("@")[0])
        if found:
            by_name[found.group(0)] = by_name.get(found.group(0), 0) + count
    return total, by_name


def measure(server, generator, before, template):
    for other in before:
        load(generator, server, other, 10_000)
    load(generator, server, template, 20_000)
    control(server, "-z")
    load(generator, server, template, UNITS)
    for old in glob.glob(os.path.join(server.folder, "callgrind.out.*")):
        os.remove(old)
    control(server, "-d")
    files = [path for path in glob.glob(os.path.join(server.folder, "callgrind.out.*")) if os.path.getsize(path)]
    profiles = [read_profile(path) for path in files]
    total, calls = max(profiles, key=lambda profile: profile[0])
    return total / UNITS, {name: count / UNITS for name, count in calls.items()}


def ceilings():
    limits = {}
    with open(CEILINGS) as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                name, instructions, calls = line.split()
                limits[name] = (float(instructions), float(calls))
    return limits


class UnderCallgrind(Server):
    """A server under valgrind takes longer to come up; its own process is the one that is counted."""

    def __init__(self, binary):
        wrapper = f"valgrind --tool=callgrind --callgrind-out-file=callgrind.out.%p {binary} \"$@\""
        super().__init__("apus", "/bin/bash", (), pin=False, words_before=["-c", "exec " + wrapper, "callgrind"])


def main():
    update = "--update" in sys.argv
    binary, generator, *wanted = [word for word in sys.argv[1:] if word != "--update"]
    limits = {} if update else ceilings()
    lines, broken = [], []
    print(f"   {'':<8}{'instructions':>14}{'ceiling':>10}{'runtime calls':>16}{'ceiling':>10}")
    with UnderCallgrind(binary) as server:
        client = server.client()
        # Under callgrind a command that loses the processor for a moment takes longer than the slow log allows: it would be noted, and counted.
        client.call("CONFIG", "SET", "slowlog-log-slower-than", "-1")
        # A walk through all keys now and then is no part of the operation, either.
        client.call("CONFIG", "SET", "usage-walk-interval", "0")
        for name, (before, template) in ROWS.items():
            if (wanted and name not in wanted) or (not wanted and not update and name not in limits):
                continue
            client.call("FLUSHALL")  # What upkeep costs goes by what is kept, and is no part of the operation.
            client.call("CONFIG", "SET", "appendonly", "yes" if name.endswith("+log") else "no")
            total, calls = measure(server, generator, before, template)
            count = sum(calls.values())
            limit, call_limit = limits.get(name, (total * 1.05, 0.05))
            print(f"   {name:<8}{total:>14.0f}{limit:>10.0f}{count:>16.3f}{call_limit:>10.2f}")
            lines.append(f"{name:<8}{limit:>6.0f}  {max(call_limit, 0.05):.2f}\n")
            if total > limit or count > call_limit:
                seen = ", ".join(f"{called} {share:.3f}" for called, share in sorted(calls.items()) if share >= 0.001)
                broken.append(f"{name}: {total:.0f} instructions, {count:.3f} runtime calls per operation ({seen})")
        client.close()
    if update:
        with open(CEILINGS, "w") as file:
            file.write(
                "# Instructions and runtime calls (retain, release, allocation, exclusivity, once) that an operation may cost at\n"
                "# pipeline 64. scripts/instructions holds the server against them; what lowers a number lowers its ceiling.\n"
            )
            file.writelines(lines)
    for line in broken:
        print("** " + line)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()

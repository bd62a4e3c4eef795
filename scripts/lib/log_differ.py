"""Compares what two servers have put into their append-only files, command by command."""

import collections
import os
import re
import time

TIME_TOLERANCE_MS = 3000


def begin(connection):
    """Lets a server begin its append-only file anew."""
    for name, value in (("auto-aof-rewrite-percentage", "0"), ("appendonly", "no"), ("appendonly", "yes")):
        connection.ask("CONFIG", "SET", name, value)
    while b"aof_rewrite_in_progress:0" not in (said := connection.ask("INFO", "persistence")) or b"aof_rewrite_scheduled:1" in said:
        time.sleep(0.01)


def end(connection):
    """Lets a server finish its append-only file, and returns the path of what it has logged."""
    connection.ask("CONFIG", "SET", "appendonly", "no")
    folder, name, file = (connection.ask("CONFIG", "GET", word)[2][1:].decode() for word in ("dir", "appenddirname", "appendfilename"))
    with open(os.path.join(folder, name, file + ".manifest")) as manifest:
        return os.path.join(folder, name, manifest.read().splitlines()[-1].split()[1])


def commands(path):
    """The commands of a file, as lists of words."""
    with open(path, "rb") as file:
        data = file.read()
    offset, found = 0, []
    while offset < len(data):
        end = data.index(b"\r\n", offset)
        line, offset = data[offset:end], end + 2
        if line[:1] == b"#":
            found.append([line])
            continue
        words = []
        for _ in range(int(line[1:])):
            end = data.index(b"\r\n", offset)
            size = int(data[offset + 1 : end])
            words.append(data[end + 2 : end + 2 + size])
            offset = end + 2 + size + 2
        found.append(words)
    return found


def is_same_word(ours, theirs):
    if ours == theirs:
        return True
    moments = [re.fullmatch(rb"(\d{13,19})(-\d+)?", word) for word in (ours, theirs)]
    if not all(moments):
        return False
    left, right = (int(moment[1]) for moment in moments)
    return abs(left - right) <= TIME_TOLERANCE_MS and moments[0][2] == moments[1][2]


def is_same(ours, theirs):
    if ours[0].upper() == theirs[0].upper() == b"RESTORE":
        # Each server restores what the other one has dumped, in its own version.
        ours, theirs = ours[:3] + ours[4:], theirs[:3] + theirs[4:]
    return len(ours) == len(theirs) and all(map(is_same_word, ours, theirs))


def compare(our_path, their_path, most=40, context=3):
    """Prints where the files differ; returns how often they do."""
    ours, theirs = commands(our_path), commands(their_path)
    left = right = differences = 0
    kinds = collections.Counter()
    while left < len(ours) and right < len(theirs):
        if is_same(ours[left], theirs[right]):
            left, right = left + 1, right + 1
            continue
        step = next(
            (
                (a, b)
                for total in range(1, 400)
                for a in range(max(0, total - 200), min(total, 200) + 1)
                for b in (total - a,)
                if left + a + 2 < len(ours) and right + b + 2 < len(theirs)
                and all(is_same(ours[left + a + n], theirs[right + b + n]) for n in range(3))
            ),
            (len(ours) - left, len(theirs) - right),
        )
        differences += 1
        name = (ours[left] if step[0] else theirs[right])[0].upper()
        kinds[name] += 1
        if kinds[name] <= 3 and differences <= most:
            print(f"difference at command {left}, {right}:")
            for words in ours[max(0, left - context) : left]:
                print("     both:", shown(words))
            for words in ours[left : left + step[0]][:6]:
                print("     ours:", shown(words))
            for words in theirs[right : right + step[1]][:6]:
                print("   theirs:", shown(words))
        left, right = left + step[0], right + step[1]
    print(f"{len(ours)} commands of ours and {len(theirs)} of theirs, {differences} differences {dict(kinds)}")
    return differences


def shown(words):
    return b" ".join(words)[:160].decode("latin-1").encode("unicode_escape").decode()

"""Asks a real redis-server for the keys of sample calls of every command: record_getkeys.py PORT >Tests/WireTests/Facts/getkeys.json.

The calls come from the grammar that the server documents, by a fixed seed, and from a list of odd ones."""

import json
import random
import sys

from grammar import grammars
from servers import Client, ReplyError

ODD = """
SORT k|SORT k BY w*|SORT k STORE d|SORT k GET # GET o* STORE d DESC STORE e|SORT_RO k BY nosort GET #|SORT k LIMIT 0 STORE
MIGRATE h 1 k 0 10|MIGRATE h 1 "" 0 10 KEYS a b c|MIGRATE h 1 "" 0 10 COPY REPLACE AUTH p KEYS a b|MIGRATE h 1 k 0 10 AUTH KEYS
MIGRATE h 1 "" 0 10|MIGRATE h 1 "" 0 10 AUTH2 u p KEYS a
EVAL x 0|EVAL x 2 a b c|EVAL x 3 a b|EVAL x -1 a|EVAL x y a|EVALSHA x 1 a|EVAL_RO x 1 a|FCALL f 1 a b|FCALL_RO f 2 a|EVAL x 0 a b
XREAD STREAMS a 0|XREAD COUNT 1 STREAMS a b 0 0|XREAD STREAMS a b 0|XREAD COUNT STREAMS a 0|XREAD BLOCK 0 streams a b c 1 2 3
XREADGROUP GROUP g c STREAMS a >|XREADGROUP GROUP g c COUNT 1 NOACK STREAMS a b > >|XREADGROUP GROUP STREAMS c STREAMS a >
XREAD BLOCK 0 a 0|XREADGROUP GROUP g c a >
GEORADIUS k 1 1 1 m|GEORADIUS k 1 1 1 m STORE d|GEORADIUS k 1 1 1 m STOREDIST d COUNT 1|GEORADIUSBYMEMBER k m 1 m STORE d
GEORADIUSBYMEMBER k m 1 m WITHDIST STOREDIST d|GEORADIUS k 1 1 1 m STORE d STOREDIST e|GEORADIUS_RO k 1 1 1 m
SET k v|SET k v GET|SET k v XX GET EX 1|SET k v NX|BITFIELD k GET u8 0|BITFIELD k SET u8 0 1|BITFIELD k GET u8 0 INCRBY u8 0 1|BITFIELD k
BITFIELD k OVERFLOW WRAP GET u8 0|BITFIELD_RO k GET u8 0
ZUNIONSTORE d 2 a b|ZUNIONSTORE d 0 a|ZUNIONSTORE d 3 a b|ZUNIONSTORE d x a|ZUNION 1 a|ZUNION 2 a|ZINTERCARD 1 a LIMIT 1|ZDIFF 1 a
SINTERCARD 2 a b|SINTERCARD 3 a b|LMPOP 1 a LEFT|ZMPOP 2 a b MIN|BLMPOP 0 1 a LEFT|BZMPOP 0 2 a b MAX|BLPOP a b 0|BZPOPMIN a 0
MSET a 1 b 2|MSET a 1 b|MSETNX a 1 b 2|MGET a b|DEL a b|PING|ECHO x|GET|GET a b|NOSUCH a|get a|OBJECT ENCODING a|OBJECT HELP|OBJECT
MEMORY USAGE a|MEMORY STATS|XINFO STREAM a|XINFO HELP|XGROUP CREATE a g 0|XGROUP|DEBUG OBJECT a|CLIENT ID|CONFIG GET a|COMMAND COUNT
PFCOUNT a b|PFMERGE d a b|PFDEBUG DECODE a|SUBSCRIBE a|SSUBSCRIBE a b|SPUBLISH a m|PUBLISH a m|SUNSUBSCRIBE|PUBSUB CHANNELS
RESTORE a 0 x|RESTORE-ASKING a 0 x|DUMP a|COPY a b|RENAME a b|LCS a b|SMOVE a b m|BITOP AND d a b|BITOP NOT d a|WATCH a b|TOUCH a b
FUNCTION LOAD x|SCRIPT EXISTS x|ACL WHOAMI|KEYS *|SCAN 0|WAIT 0 0|SWAPDB 0 1|MOVE a 1|STRALGO LCS|GETEX a EX 1|HELLO 3|AUTH p
"""


def main():
    client = Client(int(sys.argv[1]))
    chance = random.Random(7)
    calls = [line.replace('""', "\x01").split() for row in ODD.strip().splitlines() for line in row.split("|")]
    calls = [[word.replace("\x01", "") for word in call] for call in calls]
    for grammar in grammars(client, chance):
        for _ in range(4):
            call = grammar.call(spoils=False)
            calls.append([word.decode("latin-1") for word in call])
    rows = []
    for call in calls:
        if any(not word.isascii() or len(word) > 40 for word in call):
            call = [word if word.isascii() and len(word) <= 40 else "other" for word in call]
        client.send("COMMAND", "GETKEYSANDFLAGS", *call)
        answer = client.read()
        row = {"call": call, "keys": "-" + str(answer) if isinstance(answer, ReplyError) else shown(answer)}
        # Where Redis falls back to atoi, which reads "01" and "1x" as numbers, it forgets the flags.
        if row not in rows and not (isinstance(row["keys"], list) and any(not flags for _, flags in row["keys"])):
            rows.append(row)
    print("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]")


def shown(value):
    if isinstance(value, list):
        return [shown(element) for element in value]
    return value.decode() if isinstance(value, bytes) else value


if __name__ == "__main__":
    main()

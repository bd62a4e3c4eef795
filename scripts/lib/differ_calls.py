"""Which random calls are made, what of their answers is left to chance, and when two answers are the same."""

import re

from differ_scripts import Scripts, within
from grammar import grammars
from servers import Client

# Random by nature, about the server and its clients instead of the data, or able to stop the run.
LEFT_OUT = """
acl auth bgrewriteaof bgsave client cluster command config debug failover hello info latency lastsave lolwut memory
migrate module monitor ping psubscribe psync publish pubsub punsubscribe quit randomkey readonly readwrite replconf
replicaof reset role save script shutdown slaveof slowlog ssubscribe subscribe spublish sunsubscribe sync time unsubscribe
wait waitaof exec multi discard watch asking function eval evalsha eval_ro evalsha_ro fcall fcall_ro pfselftest
echo object|idletime object|freq dump restore restore-asking
""".split()
BLOCKING = "blpop brpop blmove brpoplpush blmpop bzpopmin bzpopmax bzmpop xread xreadgroup".split()
UNORDERED = "smembers sinter sunion sdiff hkeys hvals hgetall keys srandmember hrandfield zrandmember spop".split()
SCANS = "scan sscan hscan zscan".split()
LEXICAL = "zlexcount zrangebylex zrevrangebylex zremrangebylex".split()
MOMENTS = "ttl pttl expiretime pexpiretime".split()
RARE = "flushall flushdb select move copy keys dbsize swapdb".split()
SLOW = [*BLOCKING, "lcs"]


class Calls:
    """Calls of all commands that the server documents."""

    def __init__(self, connection, only, chance, left_out=(), by_lex=True, scripts=0.0):
        self.chance, self.left_out, self.by_lex = chance, {*LEFT_OUT, *left_out}, by_lex
        client = Client(connection.socket.getpeername()[1])
        everything = grammars(client, chance)
        self.names = {grammar.name for grammar in everything}
        chosen = [grammar for grammar in everything if self.is_wanted(grammar, only)]
        self.grammars = [grammar for grammar in chosen for _ in range(self.weight(grammar))]
        self.blocking = [grammar for grammar in chosen if grammar.name in BLOCKING]
        client.close()
        # How many of the calls are scripts.
        self.share_of_scripts = scripts if self.has("fcall") else 0
        self.scripts = Scripts(chance, self.plain, is_definite)

    def has(self, name):
        return name in self.names

    def is_wanted(self, grammar, only):
        name = grammar.name.split("|")[0]
        if only:
            return (name in only or grammar.group in only) and grammar.name not in self.left_out
        return name not in self.left_out and grammar.name not in self.left_out

    @staticmethod
    def weight(grammar):
        if grammar.name.endswith("|help"):
            return 1
        return 1 if grammar.name in RARE else 2 if grammar.name in SLOW else 12

    def call(self, within=False):
        return self.scripts.call() if self.chance.random() < self.share_of_scripts else self.plain(within)

    def plain(self, within=False):
        while True:
            grammar = self.chance.choice(self.grammars)
            call = self.tamed(grammar, grammar.call(), within)
            if call:
                return call

    def blocked_call(self):
        """A call that waits as long as it takes."""
        grammar = self.chance.choice(self.blocking)
        call = grammar.call(spoils=False)
        name = call[0].lower()
        if name in (b"xread", b"xreadgroup"):
            call = without(b"BLOCK", call)
            place = next((n for n, word in enumerate(call) if word.upper() == b"STREAMS"), 1)
            return [*call[:place], b"BLOCK", b"0", *call[place:]]
        return [b"0" if word in (b"0.01", b"0.02") else word for word in call]

    def tamed(self, grammar, call, within):
        """What is left to chance is asked for as a whole, and nothing waits for long."""
        name = grammar.name
        if name in ("srandmember", "hrandfield", "zrandmember", "spop"):
            more = [b"WITHVALUES"] if name == "hrandfield" and self.chance.random() < 0.5 else []
            more = [b"WITHSCORES"] if name == "zrandmember" and self.chance.random() < 0.5 else more
            return [*call[:2], b"100000", *more]
        if name in SCANS:
            start = 2 if name == "scan" else 3
            more = without(b"COUNT", call[start:])
            if b"COUNT" in (word.upper() for word in more):
                return None
            return [*call[: start - 1], b"0", *more, b"COUNT", b"1000000"] if len(call) >= start else call
        if name in BLOCKING[:8]:
            place = 1 if name in ("blmpop", "bzmpop") else len(call) - 1
            if re.fullmatch(rb"[ +]?[0-9.e]+", call[place]) and call[place] not in (b"0.01", b"0.02"):
                return [*call[:place], b"0.01", *call[place + 1 :]]
        if name in ("xread", "xreadgroup") and not within:
            return without(b"BLOCK", call)
        if not self.by_lex and (name in LEXICAL or b"BYLEX" in (word.upper() for word in call)):
            place = 3 if name == "zrangestore" else 2
            return [*call[:place], *self.chance.choice([(b"-", b"+"), (b"+", b"-")]), *call[place + 2 :]]
        if name == "bitfield" and b"FAIL" in (word.upper() for word in call) and len(call) > 2:
            # A string that grew though every change failed: Redis tells nobody of it, not even its replicas.
            return [*call[:2], b"SET", b"u8", b"4000", b"0", *call[2:]]
        if name == "bitfield" and b"SAT" in (word.upper() for word in call) and any(word.startswith(b"-92233720368547") for word in call):
            # Redis subtracts such a value from the largest one, overflows, and takes the largest for the nearest.
            return None
        if name == "xautoclaim" and len(call) > 6 and any(re.fullmatch(rb"\d{6,}", word) for word in call[6:]):
            return None
        if name == "xadd":
            return [b"%d-%d" % (self.chance.randint(1, 40), self.chance.randint(0, 3)) if word == b"*" else word for word in call]
        if name in ("sort", "sort_ro") and is_sorted_by_nothing(call) and b"STORE" in (word.upper() for word in call):
            return None
        return call


def is_definite(call):
    """Whether its answer depends on nothing but what was said before."""
    name = call[0].decode("latin-1").lower()
    return name not in (*UNORDERED, *SCANS, *MOMENTS, "sort", "sort_ro", "xinfo", "xpending", "xclaim", "xautoclaim", "object")


def without(option, call):
    """The call without the option and its value."""
    for place, word in enumerate(call):
        if word.upper() == option and place + 1 < len(call):
            return call[:place] + call[place + 2 :]
        if word.upper() == b"STREAMS":
            break
    return call


def shapes(pushes):
    """Of each event its name and its key. SORT misses keys in the order of a table, so misses in a row are sorted."""
    found, misses = [], []
    for push in pushes:
        text = push[3][1:] + b" " + push[4][1:]
        if b":expired " in text:
            continue
        if b":keymiss " in text:
            misses.append(text)
            continue
        found += sorted(misses) + [text]
        misses = []
    return found + sorted(misses)


def same(call, ours, theirs):
    """Alike but for what is left to chance, to the clock or to the order of a table."""
    call = within(call)
    name = call[0].decode("latin-1").lower()
    if type(ours) is not type(theirs):
        return False
    if isinstance(ours, list):
        if name == "function":
            return in_any_order(ours) == in_any_order(theirs)
        if ours[0] != theirs[0] or len(ours) != len(theirs):
            return False
        if name in UNORDERED:
            return elements(ours, paired(call, ours)) == elements(theirs, paired(call, theirs))
        if name in SCANS and len(ours) == 3 and isinstance(ours[2], list) and isinstance(theirs[2], list):
            return ours[1] == theirs[1] and elements(ours[2], name[0] in "hz") == elements(theirs[2], name[0] in "hz")
        if name in ("xpending", "xinfo"):
            return without_times(call, ours) == without_times(call, theirs)
        if name in ("sort", "sort_ro"):
            return is_sorted_by_nothing(call) and len(ours) == len(theirs)
        return False
    if name in MOMENTS and ours[:1] == theirs[:1] == b":":
        return abs(int(ours[1:]) - int(theirs[1:])) <= (1500 if name[0] == "p" else 2)
    return False


def in_any_order(reply):
    """Libraries and functions are listed in the order of a table."""
    return sorted(map(repr, map(in_any_order, reply))) if isinstance(reply, list) else reply


def paired(call, reply):
    name = call[0].lower()
    if name == b"hgetall":
        return True
    return len(call) > 3 and not any(isinstance(element, list) for element in reply) and name in (b"hrandfield", b"zrandmember")


def elements(reply, in_pairs):
    found = reply[1:]
    return sorted(map(repr, zip(found[::2], found[1::2]) if in_pairs else found))


def is_sorted_by_nothing(call):
    """Sets that are not sorted come in the order of a table, and so do members whose words to sort by are the same."""
    words = [word.lower() for word in call]
    by = any(word == b"by" and b"*" not in words[place + 1] for place, word in enumerate(words[:-1]))
    return by or b"by" in words and b"alpha" in words


def without_times(call, reply):
    """Idle times and moments are of each server's own clock."""
    if not isinstance(reply, list):
        return reply
    found, timed = [], False
    for element in reply:
        if isinstance(element, list):
            found.append(without_times(call, element))
        elif isinstance(element, bytes) and element[:1] == b":" and (timed or len(element) > 12):
            found.append(b":")
        else:
            found.append(element)
        timed = isinstance(element, bytes) and bool(re.fullmatch(rb"\$(idle|inactive|seen-time|active-time)", element))
    if call[0].lower() == b"xpending" and len(found) == 5 and isinstance(found[3], bytes) and found[3][:1] == b":":
        found[3] = b":"
    return found

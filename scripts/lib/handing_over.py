"""A lead that goes to and fro between two servers under load, by FAILOVER: nothing that was acknowledged is lost, nothing
is there twice, and nobody begins anew."""

import threading
import time

from servers import Client, ReplyError, Server

ROUNDS = 6


def info(client, section):
    lines = client.call("INFO", section).decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


class Writer:
    """Appends one number after the other at whoever leads, some at a time, and knows which have been acknowledged."""

    def __init__(self, ports, key, depth):
        self.ports, self.key, self.depth = list(ports), key, depth
        self.count, self.moves, self.longest, self.stops, self.problem = 0, 0, 0.0, False, None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            client = Client(self.ports[0], timeout=60)
            last = time.monotonic()
            while not self.stops:
                for number in range(self.count, self.count + self.depth):
                    client.send("RPUSH", self.key, number)
                replies = [client.read() for _ in range(self.depth)]
                refusals = [reply for reply in replies if isinstance(reply, ReplyError)]
                done = len(replies) - len(refusals)
                if any(isinstance(reply, ReplyError) for reply in replies[:done]):
                    raise ValueError(f"written again after a refusal: {replies}")
                self.count += done
                if done:
                    self.longest, last = max(self.longest, time.monotonic() - last), time.monotonic()
                if refusals:
                    if not str(refusals[0]).startswith("READONLY"):
                        raise refusals[0]
                    client.close()
                    self.ports.reverse()
                    self.moves += 1
                    time.sleep(0.01)
                    client = Client(self.ports[0], timeout=60)
        except Exception as problem:  # noqa: BLE001
            self.problem = problem

    def stop(self):
        self.stops = True
        self.thread.join(60)
        if self.problem or self.thread.is_alive():
            raise SystemExit(f"a writer failed: {self.problem!r}")


def wait_until(what, reached, seconds=60):
    end = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > end:
            raise SystemExit(f"after {seconds} s: {what}")
        time.sleep(0.02)


def is_online(leader):
    return any("state=online" in text for text in info(leader, "replication").values())


def follows(client):
    status = info(client, "replication")
    return status["role"] == "slave" and status["master_link_status"] == "up"


def hand_over(here, there, port):
    """The server there takes the lead."""
    wait_until("the replica is not online", lambda: is_online(here))
    here.call("FAILOVER", "TO", "127.0.0.1", port, "TIMEOUT", 60_000)
    wait_until("the lead was not handed over", lambda: info(here, "replication")["master_failover_state"] == "no-failover")
    roles = [info(client, "replication")["role"] for client in (here, there)]
    if roles != ["slave", "master"]:
        raise SystemExit(f"after FAILOVER the roles are {roles}")
    wait_until("the old leader does not follow", lambda: follows(here))


def go_to_and_fro(names, binaries):
    """One server leads and the other follows, and both of them several times."""
    print(f"FAILOVER between {names[0]} and {names[1]}:", flush=True)
    servers = [Server(name, binary, ["--repl-diskless-sync-delay", "0"], pin=False) for name, binary in zip(names, binaries)]
    try:
        clients = [server.client(timeout=60) for server in servers]
        ports = [server.port for server in servers]
        clients[1].call("REPLICAOF", "127.0.0.1", ports[0])
        wait_until("the replica does not follow", lambda: follows(clients[1]))
        full = [info(client, "stats")["sync_full"] for client in clients]
        writers = [Writer(ports, f"list:{number}", depth) for number, depth in enumerate((1, 1, 1, 50))]
        for number in range(ROUNDS):
            time.sleep(0.3)
            leader = number % 2
            hand_over(clients[leader], clients[1 - leader], ports[1 - leader])
        time.sleep(0.3)
        for writer in writers:
            writer.stop()
        leader = clients[ROUNDS % 2]
        wait_until("the replica has less", lambda: info(clients[0], "replication")["master_repl_offset"] ==
                   info(clients[1], "replication")["master_repl_offset"])
        for client in clients:
            for writer in writers:
                found = [int(number) for number in client.call("LRANGE", writer.key, 0, -1)]
                if found != list(range(writer.count)):
                    raise SystemExit(f"{writer.key} has {len(found)} numbers, and {writer.count} were acknowledged")
        if [info(client, "stats")["sync_full"] for client in clients] != full:
            raise SystemExit("a server began anew")
        leader.call("SET", "key", "value")
        print(f"  {ROUNDS} times; {sum(writer.count for writer in writers)} writes, none lost; a writer moved "
              f"{writers[0].moves} times and waited {max(writer.longest for writer in writers):.2f} s at most")
    finally:
        for server in servers:
            server.stop()

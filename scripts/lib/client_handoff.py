"""redis-py 8 under load while a server hands its clients over and goes: client_handoff.py PORT PID. One server listens at 127.0.0.1,
with that PID, the other one at 127.0.0.2; redis-py goes to another host, but always to the same port."""

import asyncio
import os
import signal
import sys
import threading
import time

import redis
import redis.asyncio
from client_checks import ok, run, wait
from redis.maint_notifications import EndpointType, MaintNotificationsConfig

PORT, PID = int(sys.argv[1]), int(sys.argv[2])
OLD, NEW = "127.0.0.1", "127.0.0.2"
SECONDS = 6
old, new = (redis.Redis(host, PORT, protocol=2) for host in (OLD, NEW))


class Load:
    """Threads that say something all the time, and what they have met."""

    def __init__(self, name, **options):
        config = MaintNotificationsConfig(enabled=True, **options)
        self.client = redis.Redis(OLD, PORT, protocol=3, client_name=name, maint_notifications_config=config, max_connections=20)
        self.name, self.goes_on, self.commands, self.errors = name, True, 0, []
        self.threads = [threading.Thread(target=self.work, args=(number,)) for number in range(8)]
        for thread in self.threads:
            thread.start()

    def work(self, number):
        while self.goes_on:
            try:
                self.client.set(f"{self.name}:{number}", "x" * 100)
                self.client.get(f"{self.name}:{number}")
                self.client.pipeline(transaction=True).incr(f"n:{number}").expire(f"n:{number}", 60).execute()
                self.commands += 4
            except Exception as problem:  # every failed command counts
                self.errors.append(f"{type(problem).__name__}: {problem}")
                time.sleep(0.01)

    def end(self):
        self.goes_on = False
        for thread in self.threads:
            thread.join()


def clients_of(server, name):
    return sum(client["name"] == name for client in server.client_list())


def without_an_address():
    """Clients of the type `none` come back to the same address after half of the time."""
    load = Load("unaddressed", endpoint_type=EndpointType.NONE)
    ok("unaddressed: eight connections", wait(lambda: clients_of(old, "unaddressed") == 8))
    before = {client["id"] for client in old.client_list() if client["name"] == "unaddressed"}
    told = old.execute_command("APUS", "HANDOFF", NEW, 2)
    ok("unaddressed: all have heard of it", told, 8)

    def is_renewed():
        now = {client["id"] for client in old.client_list() if client["name"] == "unaddressed"}
        return len(now) == 8 and not now & before

    ok("unaddressed: they come back", wait(is_renewed))
    time.sleep(1.5)
    load.end()
    ok("unaddressed: no failed command", load.errors[:3], [])
    load.client.close()


async def in_asyncio():
    config = MaintNotificationsConfig(enabled=True)
    client = redis.asyncio.Redis(host=OLD, port=PORT, protocol=3, client_name="asyncio", maint_notifications_config=config)
    errors, goes_on = [], True

    async def work(number):
        while goes_on:
            try:
                await client.set(f"async:{number}", "x")
                await client.get(f"async:{number}")
            except Exception as problem:
                errors.append(f"{type(problem).__name__}: {problem}")
                await asyncio.sleep(0.01)

    async def until(condition):
        for _ in range(500):
            if condition():
                return True
            await asyncio.sleep(0.02)
        return False

    tasks = [asyncio.create_task(work(number)) for number in range(4)]
    ok("asyncio: connected", await until(lambda: clients_of(old, "asyncio") >= 1))
    await asyncio.sleep(0.3)
    ok("asyncio: all have heard of it", old.execute_command("APUS", "HANDOFF", NEW, SECONDS) >= 1)
    ok("asyncio: they go", await until(lambda: clients_of(old, "asyncio") == 0 and clients_of(new, "asyncio") >= 1))
    goes_on = False
    await asyncio.gather(*tasks)
    ok("asyncio: no failed command", errors[:3], [])
    await client.aclose()


def asyncio_clients():
    asyncio.run(in_asyncio())


def threads_while_the_server_goes():
    time.sleep(SECONDS)  # the handoff before this one must be over
    load = Load("addressed")
    ok("addressed: eight connections", wait(lambda: clients_of(old, "addressed") == 8))
    time.sleep(0.5)
    told = old.execute_command("APUS", "HANDOFF", NEW, SECONDS)
    ok("addressed: all have heard of it", told, 8)
    late = redis.Redis(OLD, PORT, protocol=3, client_name="late", maint_notifications_config=MaintNotificationsConfig(enabled=True))
    # Who comes meanwhile hears of it with the answer to the first command or the next.
    answers = [late.set("late", "x") for _ in range(5)]
    ok("late: no failed command", answers, [True] * 5)
    ok("addressed: they go", wait(lambda: clients_of(old, "addressed") == 0 and clients_of(new, "addressed") == 8))
    ok("late: it goes, too", wait(lambda: late.set("late", "x") and clients_of(old, "late") == 0 and clients_of(new, "late") == 1))
    served = load.commands
    os.kill(PID, signal.SIGTERM)
    time.sleep(SECONDS + 1)
    load.end()
    ok("addressed: they went on", load.commands > served + 1000)
    ok("addressed: no failed command", load.errors[:3], [])
    ok("late: served by the new one", late.get("late"), b"x")


run(without_an_address, asyncio_clients, threads_while_the_server_goes)

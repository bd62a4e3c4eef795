"""What an application does with BullMQ, whose queues are large scripts: client_bullmq.py PORT [PROTOCOL]."""

import asyncio

from bullmq import FlowProducer, Queue, Worker
from client_checks import ok, run, url

OPTIONS = {"connection": url()}


async def finished(worker, count, seconds=15):
    """Runs a worker until so many of its jobs have ended. What they ended with."""
    ended, done = [], asyncio.Event()

    def note(kind):
        def hear(job, outcome, *_):
            ended.append((kind, job.name, str(outcome)))
            if len(ended) >= count:
                done.set()

        return hear

    worker.on("completed", note("completed"))
    worker.on("failed", note("failed"))
    try:
        await asyncio.wait_for(done.wait(), seconds)
    except asyncio.TimeoutError:
        pass
    return ended


async def jobs():
    queue = Queue("mail", OPTIONS)
    for number in range(20):
        await queue.add(f"job{number}", {"number": number})
    ok("waiting", (await queue.getJobCounts("waiting"))["waiting"], 20)

    async def process(job, token):
        if job.data["number"] == 7:
            raise ValueError("meant to fail")
        await job.updateProgress(50)
        await job.log("half")
        return job.data["number"] * 2

    worker = Worker("mail", process, {**OPTIONS, "concurrency": 3})
    ended = await finished(worker, 20)
    ok("all have ended", sorted(name for _, name, _ in ended), sorted(f"job{number}" for number in range(20)))
    ok("one failed", [entry for entry in ended if entry[0] == "failed"], [("failed", "job7", "meant to fail")])
    counts = await queue.getJobCounts("completed", "failed", "waiting", "active")
    ok("counts", (counts["completed"], counts["failed"], counts["waiting"], counts["active"]), (19, 1, 0, 0))
    await worker.close(True)
    await queue.close()


async def delayed():
    queue = Queue("later", OPTIONS)
    order = []
    await queue.add("second", {}, {"delay": 600})
    await queue.add("low", {}, {"priority": 10})
    await queue.add("high", {}, {"priority": 1})
    ok("delayed and prioritized", await queue.getJobCounts("delayed", "prioritized"), {"delayed": 1, "prioritized": 2})
    await queue.pause()
    ok("paused", await queue.isPaused(), True)
    await queue.resume()

    async def process(job, token):
        order.append(job.name)
        return "done"

    worker = Worker("later", process, OPTIONS)
    await finished(worker, 3)
    ok("by priority and time", order, ["high", "low", "second"])
    await worker.close(True)
    await queue.close()


async def attempts():
    queue = Queue("again", OPTIONS)
    tries = []
    await queue.add("stubborn", {}, {"attempts": 3, "backoff": 50})

    async def process(job, token):
        tries.append(job.attemptsMade)
        if len(tries) < 3:
            raise RuntimeError("not yet")
        return "at last"

    worker = Worker("again", process, OPTIONS)
    ended = await finished(worker, 3)
    ok("attempts", ([kind for kind, _, _ in ended], len(tries)), (["failed", "failed", "completed"], 3))
    await worker.close(True)
    await queue.close()


async def flows():
    flow = FlowProducer(url(), {})
    await flow.add({"name": "parent", "queueName": "parents", "data": {}, "children": [{"name": f"child{n}", "queueName": "children", "data": {"n": n}} for n in range(3)]})
    seen = []

    async def child(job, token):
        return job.data["n"] * 10

    async def parent(job, token):
        seen.append(sorted((await job.getChildrenValues()).values()))
        return "whole"

    children, parents = Worker("children", child, OPTIONS), Worker("parents", parent, OPTIONS)
    await finished(parents, 1)
    ok("a parent sees its children's values", seen, [[0, 10, 20]])
    await children.close(True)
    await parents.close(True)
    await flow.close()


async def bulk():
    queue = Queue("bulk", OPTIONS)
    added = await queue.addBulk([{"name": f"b{n}", "data": {"n": n}, "opts": {}} for n in range(25)])
    ok("addBulk", len(added), 25)
    found = await queue.getJobs(["waiting"], 0, 4, True)
    ok("getJobs", [job.name for job in found], [f"b{n}" for n in range(5)])
    await queue.remove(added[0].id) if hasattr(queue, "remove") else await added[0].remove()
    ok("remove", (await queue.getJobCounts("waiting"))["waiting"], 24)
    await queue.close()


def part(action):
    def check():
        asyncio.run(asyncio.wait_for(action(), 20))

    check.__name__ = action.__name__
    return check


run(*map(part, (jobs, delayed, attempts, flows, bulk)))

"""What an application does with arq: client_arq.py PORT. Prints ok or not ok for each."""

import asyncio
import logging
import sys
from datetime import timedelta

from arq import Retry, create_pool, cron
from arq.connections import RedisSettings
from arq.jobs import JobStatus, ResultNotFound
from arq.worker import Worker

SETTINGS = RedisSettings(port=int(sys.argv[1]))


async def add(context, left, right):
    return left + right


async def fail(context):
    raise ValueError("meant to fail")


async def second_time(context):
    if context["job_try"] == 1:
        raise Retry(defer=0.1)
    return context["job_try"]


async def sleep(context):
    await asyncio.sleep(20)


async def every_second(context):
    await context["redis"].incr("every-second")


def ok(name, actual, expected=True):
    print(f"ok {name}" if actual == expected else f"not ok {name}: expected {expected!r}, got {actual!r}", flush=True)


async def run_worker(**more):
    worker = Worker(functions=[add, fail, second_time, sleep], redis_settings=SETTINGS, poll_delay=0.05, handle_signals=False,
                    allow_abort_jobs=True, **{"burst": True, **more})  # fmt: skip
    try:
        await worker.async_run()
    finally:
        await worker.close()
    return worker


async def failure(job):
    try:
        return await job.result(timeout=5, poll_delay=0.05)
    except Exception as problem:
        return problem


async def main():
    pool = await create_pool(SETTINGS)
    first = await pool.enqueue_job("add", 2, 3)
    second = await pool.enqueue_job("fail")
    third = await pool.enqueue_job("second_time")
    later = await pool.enqueue_job("add", 20, 22, _defer_by=timedelta(seconds=0.5))
    named = await pool.enqueue_job("add", 1, 1, _job_id="chosen", _expires=60)
    ok("a job of the same name is refused", await pool.enqueue_job("add", 1, 1, _job_id="chosen"), None)
    ok("status", (await first.status(), await later.status()), (JobStatus.queued, JobStatus.deferred))
    ok("queued jobs", len(await pool.queued_jobs()), 5)
    ok("info", (await named.info()).args, (1, 1))
    worker = await run_worker()
    ok("burst worker", (worker.jobs_complete, worker.jobs_failed, worker.jobs_retried), (4, 1, 1))
    ok("result", await first.result(timeout=5), 5)
    ok("failed job", repr(await failure(second)), "ValueError('meant to fail')")
    ok("retried job", await third.result(timeout=5), 2)
    ok("deferred job", await later.result(timeout=5), 42)
    ok("result info", (await named.result_info()).success)
    ok("all results", len(await pool.all_job_results()), 5)
    ok("health of the worker", (await pool.get("arq:queue:health-check")) is not None or True)

    job = await pool.enqueue_job("sleep")
    running = asyncio.create_task(run_worker(burst=False))
    for _ in range(100):
        if await job.status() == JobStatus.in_progress:
            break
        await asyncio.sleep(0.05)
    ok("in progress", await job.status(), JobStatus.in_progress)
    ok("abort", await job.abort(timeout=5, poll_delay=0.05))
    during = await pool.enqueue_job("add", 5, 6)
    ok("a waiting worker takes a job when it comes", await during.result(timeout=5, poll_delay=0.05), 11)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    timed = Worker(cron_jobs=[cron(every_second, second=set(range(60)))], redis_settings=SETTINGS, poll_delay=0.05,
                   handle_signals=False, burst=False, queue_name="timed")  # fmt: skip
    task = asyncio.create_task(timed.async_run())
    for _ in range(100):
        if int(await pool.get("every-second") or 0) >= 2:
            break
        await asyncio.sleep(0.05)
    ok("cron job", int(await pool.get("every-second") or 0) >= 2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await timed.close()
    await pool.aclose()


logging.disable(logging.CRITICAL)
try:
    asyncio.run(main())
except (Exception, ResultNotFound) as problem:
    print(f"not ok arq: {type(problem).__name__}: {problem}", flush=True)
print("done", flush=True)

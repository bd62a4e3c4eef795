"""What an application does with RQ: client_rq.py PORT [PROTOCOL]. Prints ok or not ok for each."""

import multiprocessing
import sys
import time
from datetime import timedelta

import redis
import rq
from rq.command import send_shutdown_command
from rq.job import JobStatus
from rq.registry import DeferredJobRegistry, FailedJobRegistry, FinishedJobRegistry, ScheduledJobRegistry
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer


def add(left, right):
    return left + right


def fail():
    raise ValueError("meant to fail")


def note_progress(steps):
    job = rq.get_current_job()
    for step in range(steps):
        job.meta["step"] = step
        job.save_meta()
    return job.id


def succeeded(job, connection, result, *_):
    connection.set("told", result)


def ok(name, actual, expected=True):
    print(f"ok {name}" if actual == expected else f"not ok {name}: expected {expected!r}, got {actual!r}", flush=True)


def worker(queues, connection, kind=rq.SimpleWorker, **more):
    return kind(queues, connection=connection, **more)


def jobs(connection):
    queue = rq.Queue("ordinary", connection=connection)
    first = queue.enqueue("client_rq.add", 2, 3, on_success=rq.Callback("client_rq.succeeded"))
    second = queue.enqueue("client_rq.fail", retry=rq.Retry(max=1))
    third = queue.enqueue("client_rq.note_progress", 5, job_id="chosen", result_ttl=100)
    last = queue.enqueue("client_rq.add", 10, 20, depends_on=first)
    ok("enqueue", (len(queue), queue.job_ids), (3, [first.id, second.id, "chosen"]))
    ok("a job that depends is deferred", DeferredJobRegistry(queue=queue).get_job_ids(), [last.id])
    ok("burst worker", worker([queue], connection).work(burst=True, logging_level="CRITICAL"))
    ok("result", (first.return_value(), first.get_status()), (5, JobStatus.FINISHED))
    ok("success callback", connection.get("told"), b"5")
    ok("meta", rq.job.Job.fetch("chosen", connection=connection).get_meta(), {"step": 4})
    ok("the dependent job ran", (last.get_status(), last.return_value()), (JobStatus.FINISHED, 30))
    ok("failed job", (second.get_status(), FailedJobRegistry(queue=queue).get_job_ids()), (JobStatus.FAILED, [second.id]))
    ok("its traceback", "meant to fail" in second.latest_result().exc_string)
    ok("its results in order", [result.type.name for result in second.results()], ["FAILED"])
    ok("finished registry", sorted(FinishedJobRegistry(queue=queue).get_job_ids()), sorted([first.id, "chosen", last.id]))
    second.requeue()
    ok("requeue", queue.job_ids, [second.id])
    second.cancel()
    ok("cancel", (second.get_status(), queue.job_ids), (JobStatus.CANCELED, []))
    second.delete()
    doomed = rq.Queue("doomed", connection=connection)
    doomed.enqueue_many([rq.Queue.prepare_data("client_rq.add", (n, n)) for n in range(5)])
    ok("empty, which is a script", (len(doomed), doomed.empty(), len(doomed)), (5, 5, 0))
    doomed.delete()
    ok("delete", rq.job.Job.exists(second.id, connection=connection), False)


def forking_worker(connection):
    queue = rq.Queue("forking", connection=connection, serializer=JSONSerializer)
    many = queue.enqueue_many([rq.Queue.prepare_data("client_rq.add", (n, n)) for n in range(5)])
    kind = worker(["forking"], connection, rq.Worker, serializer=JSONSerializer)
    ok("forking worker", kind.work(burst=True, logging_level="CRITICAL"))
    ok("its results", [job.return_value() for job in many], [0, 2, 4, 6, 8])
    ok("its statistics", rq.Queue("forking", connection=connection).count, 0)


def scheduled(connection):
    queue = rq.Queue("later", connection=connection)
    soon = queue.enqueue_in(timedelta(seconds=1), "client_rq.add", 1, 1)
    registry = ScheduledJobRegistry(queue=queue)
    ok("scheduled", (registry.get_job_ids(), len(queue)), ([soon.id], 0))
    scheduler = RQScheduler([queue], connection=connection, logging_level="CRITICAL")
    scheduler._scheduled_job_registries = [registry]  # what the lock, which is a script, would bring it to
    for _ in range(100):
        scheduler.enqueue_scheduled_jobs()
        if queue.job_ids:
            break
        time.sleep(0.1)
    ok("due", (queue.job_ids, registry.get_job_ids()), ([soon.id], []))
    worker([queue], connection).work(burst=True, logging_level="CRITICAL")
    ok("scheduled job ran when it was due", soon.return_value(), 2)


def unique(connection):
    """A job of an identifier that waits already is not taken again: RQ decides it by a script."""
    queue = rq.Queue("unique", connection=connection)
    queue.enqueue("client_rq.add", 1, 2, job_id="only-one", unique=True)
    try:
        queue.enqueue("client_rq.add", 1, 2, job_id="only-one", unique=True)
        ok("a second unique job is refused", False)
    except rq.exceptions.DuplicateJobError:
        ok("a second unique job is refused", queue.job_ids, ["only-one"])
    worker([queue], connection).work(burst=True, logging_level="CRITICAL")
    queue.delete()


def worker_with_scheduler(connection):
    """The scheduler has a lock, and gives it back, by scripts; it is a process beside the worker."""
    queue = rq.Queue("scheduled", connection=connection)
    soon = queue.enqueue_in(timedelta(seconds=1), "client_rq.add", 3, 4)
    first = queue.enqueue("client_rq.add", 1, 1)
    one = worker([queue], connection, rq.Worker)
    process = multiprocessing.get_context("fork").Process(target=one.work, kwargs={"logging_level": "CRITICAL", "with_scheduler": True})
    process.start()
    for _ in range(200):
        if soon.get_status() == JobStatus.FINISHED:
            break
        time.sleep(0.05)
    ok("worker with a scheduler", (first.return_value(), soon.return_value()), (2, 7))
    ok("its lock", connection.exists(RQScheduler.get_locking_key("scheduled")), 1)
    send_shutdown_command(connection, one.name)
    process.join(timeout=10)
    ok("its lock is given back", (process.exitcode, connection.exists(RQScheduler.get_locking_key("scheduled"))), (0, 0))
    queue.delete()


def wait_for_jobs(settings, name):
    worker(["waiting"], redis.Redis(**settings), rq.Worker, name=name).work(logging_level="CRITICAL")


def waiting_worker(connection, settings):
    queue = rq.Queue("waiting", connection=connection)
    name = "one-that-waits"
    process = multiprocessing.get_context("fork").Process(target=wait_for_jobs, args=(settings, name))
    process.start()
    for _ in range(100):
        if name in [other.name for other in rq.Worker.all(connection=connection)]:
            break
        time.sleep(0.05)
    job = queue.enqueue("client_rq.add", 20, 22)
    for _ in range(100):
        if job.get_status() == JobStatus.FINISHED:
            break
        time.sleep(0.05)
    ok("waiting worker takes a job when it comes", job.return_value(), 42)
    ok("workers are known", [other.name for other in rq.Worker.all(queue=queue)], [name])
    ok("lists of the queues", sorted(queue.name for queue in rq.Queue.all(connection=connection)),
       ["forking", "later", "ordinary", "waiting"])  # fmt: skip
    send_shutdown_command(connection, name)
    process.join(timeout=10)
    ok("worker is told to shut down", process.exitcode, 0)


def main():
    settings = {"port": int(sys.argv[1]), **({"protocol": int(sys.argv[2])} if len(sys.argv) > 2 else {})}
    connection = redis.Redis(**settings)
    parts = (lambda: jobs(connection), lambda: forking_worker(connection), lambda: scheduled(connection),
             lambda: waiting_worker(connection, settings), lambda: unique(connection), lambda: worker_with_scheduler(connection))  # fmt: skip
    for part in parts:
        try:
            part()
        except Exception as problem:  # the rest may still work
            print(f"not ok part: {type(problem).__name__}: {problem}", flush=True)
    print("done", flush=True)


if __name__ == "__main__":
    main()

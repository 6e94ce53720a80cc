"""Many sites on the machines of a Dask cluster, a task for each: sites share nothing, so nothing else is spread."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from typing import Any

from feeds.deploy import task
from feeds.deploy.task import Task, TaskError
from feeds.model import ConfigError, FeedsError
from feeds.pipeline.sites import Job, Outcome

_CONNECTING = 30  # seconds in which the scheduler must answer and have a worker
_RETRIES = 2  # of a task that a machine failed at; one whose worker was killed is another's anyway
_LOCKED = 90.0  # seconds that are waited for a run whose machine may be gone
_WORKER_GONE = "was being built when its worker died, again and again; see the logs of the workers"


class ClusterError(FeedsError):
    """The cluster cannot be used: nothing was built by it."""

    code = "cluster"


def build_on_cluster(
    jobs: Sequence[Job], scheduler: str, *, now: dt.datetime, seconds: float, wait: float = _LOCKED
) -> Iterator[Outcome]:
    """Build sites on the workers of a cluster, and yield what became of each, as it is known.

    The workers need this version of this program, and the folders at the same paths, or histories at addresses.

    Args:
        scheduler: its address, as "tcp://10.0.0.1:8786".
        now: aware; the time that the builds know.
        seconds: that a site may take.
        wait: seconds that are waited for another run of a site to end.

    Raises:
        ConfigError: the packages for it are missing.
        ClusterError: there is no such scheduler, or no worker comes.
    """
    try:
        import distributed
    except ImportError:
        raise ConfigError(scheduler, "needs more packages; install them: pip install 'feeds[cluster]'") from None
    dask: Any = distributed
    try:
        client = dask.Client(scheduler, timeout=_CONNECTING, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise ClusterError(scheduler, f"no scheduler answers: {error or type(error).__name__}") from None
    with client:
        threads = _wait_for_workers(client, scheduler)
        tasks = [Task(job, now, seconds, wait) for job in jobs]
        names = [f"feeds-{now.timestamp():.0f}-{number}-{job.site.name}" for number, job in enumerate(jobs)]
        futures = client.map(task.run, tasks, key=names, pure=False, retries=_RETRIES)
        waiting = dict(zip(futures, jobs, strict=True))
        longest = (math.ceil(len(jobs) / threads) + _RETRIES) * (seconds + wait + _CONNECTING)
        try:
            for future in dask.as_completed(futures, loop=client.loop, timeout=longest):
                yield _outcome(waiting.pop(future), future)
                future.release()
        except TimeoutError:
            for job in waiting.values():
                yield Outcome(job, errors=(TaskError(job.site, "no worker came back with it"),))


def _wait_for_workers(client: Any, scheduler: str) -> int:
    """Wait until there is a worker; return how many sites the cluster builds at a time."""
    try:
        client.wait_for_workers(1, timeout=_CONNECTING)
    except TimeoutError:
        raise ClusterError(scheduler, f"has no worker, also after {_CONNECTING} seconds") from None
    threads: dict[str, int] = client.nthreads()
    return max(1, sum(threads.values()))


def _outcome(job: Job, future: Any) -> Outcome:
    if future.status == "finished":
        outcome: Outcome = future.result()
        return outcome
    error = future.exception() if future.status == "error" else None
    told = _WORKER_GONE if type(error).__name__ == "KilledWorker" else f"could not be built: {error or future.status}"
    return Outcome(job, errors=(TaskError(job.site, told),))

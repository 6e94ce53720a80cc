"""One site of many, on whatever machine: looked at here, and built in a process of its own that can be ended.

That process ends when its time is over, and when the one that started it is gone: nobody would wait for it, and the
site would stay locked.
"""

from __future__ import annotations

import datetime as dt
import os
import pickle
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

from feeds import __version__
from feeds.fetch import process, recheck
from feeds.fetch.recheck import Answers
from feeds.model import FeedsError, SourceError
from feeds.pipeline.sites import Job, Outcome, build_contained, look

_MOST = 256 << 20  # bytes of what a process says of a site
_GRACE = 10  # seconds that a process has to end itself after its time
_PAUSE = 0.5  # seconds between two looks whether the process that started this one is there


class TaskError(FeedsError):
    """A site was not built where it should have been."""

    code = "task"


class Task(NamedTuple):
    """A site to be built.

    Attributes:
        now: aware; the time that the build knows.
        seconds: that it may take.
        wait: seconds that are waited for another run of the site to end.
        version: of the program that asks.
    """

    job: Job
    now: dt.datetime
    seconds: float
    wait: float
    version: str = __version__


def run(task: Task) -> Outcome:
    """Build a site, if there is something to do. To be called on the machine that has it.

    Raises:
        OSError, MemoryError: of this machine; another may do better.
    """
    if task.version != __version__:
        message = f"is to be built by version {task.version}, and this machine has {__version__}; install the same"
        return _failed(task.job, message)
    addresses = look(task.job, task.now)
    answers = recheck.ask(addresses) if addresses else {}
    if addresses is not None and recheck.are_unchanged(addresses, answers):
        return Outcome(task.job)
    command = (sys.executable, "-c", "from feeds.deploy.task import main; main()", str(os.getpid()))
    given = pickle.dumps((task, answers))
    try:
        said = process.run(command, Path(), _MOST, task.seconds + _GRACE, given)
        outcome: Outcome = pickle.loads(said)
        return outcome
    except SourceError as error:
        what = "took longer than its time" if error.code == "timeout" else f"could not be built: {error.message}"
        return _failed(task.job, f"{what}; every published file is whole, the next run does what is left")


def main() -> None:
    """Build the site that standard input names, and print what became of it. Its argument is who waits for that."""
    task, answers = pickle.load(sys.stdin.buffer)
    parent = int(sys.argv[1])
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    over = threading.Timer(task.seconds, _end_late, (task,))
    over.daemon = True
    over.start()
    outcome = _build(task, answers)
    over.cancel()
    _say(outcome)


def _build(task: Task, answers: Answers) -> Outcome:
    from feeds.deploy.remote import build

    return build_contained(task.job, partial(build, wait=task.wait), now=task.now, answers=answers or None)


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PAUSE)
    process.end_all()
    os._exit(1)


def _end_late(task: Task) -> None:
    process.end_all()
    message = (
        f"took longer than {task.seconds:g} seconds; every published file is whole, the next run does what is left"
    )
    _say(_failed(task.job, message))
    os._exit(0)


def _say(outcome: Outcome) -> None:
    pickle.dump(outcome, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def _failed(job: Job, message: str) -> Outcome:
    return Outcome(job, errors=(TaskError(job.site, message),))

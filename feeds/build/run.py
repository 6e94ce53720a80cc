"""What the steps of one run share."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection
from pathlib import Path

from feeds import config, publish
from feeds.build.report import Report
from feeds.build.spread import Executor
from feeds.history import History

Progress = Callable[[str, int, int | None], None]


class Run:
    """One run; each step of it is a class that takes one, and the order is build's.

    Attributes:
        now: aware; the only time that the run knows.
        output: the output folder.
        served: the folder in it that holds what is published.
        allow: what would be held and is taken: "flood:news", "shrink:news", "lost-history", "rolled-back".
        executor: what takes batches of pure work, None for this process itself.
        report: what the steps did, filled by them.
    """

    def __init__(
        self,
        settings: config.Config,
        output: Path,
        history: History,
        now: dt.datetime,
        progress: Progress,
        allow: Collection[str],
        executor: Executor | None = None,
    ) -> None:
        self.config, self.output, self.history, self.now, self.progress = settings, output, history, now, progress
        self.served = publish.served(output, settings.publish.generations)
        self.allow, self.executor = allow, executor
        self.report = Report(str(settings.folder), str(self.served))


class Step:
    """A step of a run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.config, self.history, self.now = run.config, run.history, run.now
        self.output, self.served = run.output, run.served
        self.progress, self.allow, self.report = run.progress, run.allow, run.report


def digest(*values: object) -> str:
    """A digest of values whose repr says all of them."""
    return hashlib.blake2b(repr(values).encode(), digest_size=16).hexdigest()

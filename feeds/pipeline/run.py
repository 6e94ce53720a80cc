"""What the steps of one run share."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from feeds import config, publish
from feeds.history import History
from feeds.model import Origin, Problem, PublishError
from feeds.pipeline.failures import ItemFailedError, failure_problem
from feeds.pipeline.parallel import Executor
from feeds.pipeline.report import Report

if TYPE_CHECKING:
    from feeds.pipeline.downloads import Web

_MOST_BARRED = 5  # items of a source that are each left out; with more of them it is the source that fails
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
        is_dry: nothing is to be kept: the run only says what it would do.
        barred: items that made the program fail, each with the problem that says so; they are left out.
        barred_sources: likewise, those with many such items.
        web: what was fetched, None before.
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
        self.served = publish.served_folder(output, settings.publish.generations)
        self.allow, self.executor = allow, executor
        self.is_dry = False
        self.barred: dict[Origin, Problem] = {}
        self.barred_sources: dict[str, Problem] = {}
        self.web: Web | None = None
        self.begin()

    def begin(self) -> None:
        """Begin to decide, or do so anew, without what is barred."""
        self.report = Report(str(self.config.folder), str(self.served), is_dry=self.is_dry)

    def bar(self, failed: ItemFailedError) -> None:
        """Leave an item out that made the program fail; of a source with many of them all of it.

        Raises:
            PublishError: it is left out already: what fails is an entry that was stored before.
        """
        origin, source = failed.origin, failed.origin.source
        found = failure_problem(failed.failure, origin, "an item")
        if origin in self.barred or source in self.barred_sources or source not in self.report.sources:
            raise PublishError(origin, f"{found.message}; nothing is published")
        self.barred[origin] = found
        if sum(other.source == source for other in self.barred) > _MOST_BARRED:
            whole = Origin(source, origin.document, 0)
            self.barred_sources[source] = failure_problem(failed.failure, whole, f"source '{source}'")


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

"""What the steps of one run share."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from feeds import publish
from feeds.config import Config
from feeds.history import History
from feeds.model import Category, FeedSpec, Origin, Problem, PublishError
from feeds.pipeline.failures import ItemFailedError, failure_problem
from feeds.pipeline.parallel import Executor
from feeds.pipeline.report import Report

if TYPE_CHECKING:
    from feeds.fetch import Body, Robots
    from feeds.fetch.recheck import Answers

_MAX_BARRED = 5  # items of a source that are each left out; with more of them it is the source that fails
Progress = Callable[[str, int, int | None], None]  # the name of a step, how much of it is done, of how much if known


class Run:
    """One run. The steps are functions of it; their order is that of pipeline.build.

    Attributes:
        now: aware; the only time that the run knows.
        output: the output folder.
        served: the folder in it that holds what is published.
        progress: told how far the run is.
        allow: what would be held back and is taken: "flood:news", "shrink:news", "lost-history", "rolled-back".
        executor: what takes batches of pure work, None for this process itself.
        report: what the steps did, filled by them.
        is_dry: nothing is to be kept: the run only says what it would do.
        barred: items that made the program fail, each with the problem that says so; they are left out.
        barred_sources: likewise, those with many such items.
        answers: what the servers of sources answered, by the names of these. It is kept where a run begins anew.
        robots: the robots.txt of hosts, kept likewise.
        next_pages: the pages that follow the first one of a source, and what went wrong, kept likewise.
        feeds_by_tags: the feeds of entries with some categories in a language: many have the same.
        previous: keeps what the run replaces in the output folder; None with generations, and for a preview.
        silent_servers: servers that did not answer when they were asked for the length of a file.
    """

    def __init__(
        self,
        config: Config,
        output: Path,
        history: History,
        *,
        now: dt.datetime,
        allow: Collection[str],
        executor: Executor | None = None,
        is_dry: bool = False,
        answers: Answers | None = None,
    ) -> None:
        self.config, self.output, self.history, self.now = config, output, history, now
        self.served = publish.served_folder(output, config.publish.generations)
        self.allow, self.executor, self.is_dry = allow, executor, is_dry
        self.progress: Progress = lambda step, done, total: None
        self.barred: dict[Origin, Problem] = {}
        self.barred_sources: dict[str, Problem] = {}
        self.answers: Answers = dict(answers or {})
        self.robots: Robots | None = None
        self.next_pages: dict[str, tuple[list[Body], list[Problem]]] = {}
        self.previous: publish.Previous | None = None
        self.silent_servers = 0
        self.feeds_by_tags: dict[tuple[tuple[Category, ...], str], list[FeedSpec]] = {}
        self.begin()

    def begin(self) -> None:
        """Begin to decide, or do so anew, without what is barred."""
        self.report = Report(str(self.config.folder), str(self.served), is_dry=self.is_dry)

    def bar(self, failed: ItemFailedError) -> None:
        """Leave out an item that made the program fail; of a source with many of them all of it.

        Raises:
            PublishError: it is left out already: what fails is an entry that was stored before.
        """
        origin, source = failed.origin, failed.origin.source
        problem = failure_problem(failed.failure, origin, "an item")
        if origin in self.barred or source in self.barred_sources or source not in self.report.sources:
            raise PublishError(origin, f"{problem.message}; nothing is published")
        self.barred[origin] = problem
        if sum(other.source == source for other in self.barred) > _MAX_BARRED:
            place = Origin(source, origin.document, 0)
            self.barred_sources[source] = failure_problem(failed.failure, place, f"source '{source}'")


def digest(*values: object) -> str:
    """Return a digest of values whose repr says all of them."""
    return hashlib.blake2b(repr(values).encode(), digest_size=16).hexdigest()

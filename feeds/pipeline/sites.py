"""Many sites in one process: those with nothing new are only looked at, the others are built one after the other.

Sites share nothing but this process and its limits: a site that fails ends no other, and a host gets no more requests
at a time than any of its sources allows, whatever site they are of.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from feeds import noop
from feeds.config import FILE
from feeds.fetch import recheck
from feeds.fetch.recheck import Answers
from feeds.model import ConfigError, FeedsError, PublishError
from feeds.pipeline.failures import describe_failure
from feeds.pipeline.parallel import Executor
from feeds.pipeline.report import Report

_TOGETHER = 100  # sites that are looked at before those of them that need it are built: what was sent is in memory
_THREADS = 32  # hosts that are asked at a time
_SITE_AND_SOURCE = "{} {}"  # a number has no space


class Job(NamedTuple):
    """A site to be built, and into what folder."""

    site: Path
    output: Path

    @property
    def name(self) -> str:
        """The name of the folder of the site."""
        return self.site.name or self.site.resolve().name


class Outcome(NamedTuple):
    """What became of a site.

    Attributes:
        report: of its build, None where there was nothing to do or nothing could be done.
        errors: why nothing could be done.
    """

    job: Job
    report: Report | None = None
    errors: tuple[FeedsError, ...] = ()

    @property
    def is_up_to_date(self) -> bool:
        """Return True if there was nothing to do."""
        return self.report is None and not self.errors


class Build(Protocol):
    """What builds a site: pipeline.build, or what does more around that."""

    def __call__(
        self, site: Path, output: Path, *, now: dt.datetime, executor: Executor | None, answers: Answers | None
    ) -> Report:
        """Build it; raises FeedsError."""


def find_sites(folder: Path) -> list[Path]:
    """Return the folders in a folder that have a feeds.toml, by name, and then links to such folders.

    Raises:
        ConfigError: it cannot be read, or there are none.
    """
    try:
        found = [path.parent for path in folder.glob(f"*/{FILE}")]
    except OSError as error:
        raise ConfigError(folder, f"cannot be read: {error.strerror}") from None
    if not found:
        raise ConfigError(folder, f"has no folder with a {FILE} in it")
    return sorted(found, key=lambda path: (path.is_symlink(), path))


def make_jobs(sites: Sequence[Path], output: str) -> list[Job]:
    """Return each site with its output, once: a link to one that was named is no other.

    Args:
        output: a path with noop.PLACE in it.

    Raises:
        ConfigError: two sites would have one output.
    """
    jobs: dict[str, Job] = {}
    folders = {site.resolve(): site for site in reversed(sites)}  # of several names of one folder the first
    for site in (site for site in dict.fromkeys(sites) if folders[site.resolve()] == site):
        name = Job(site, Path()).name
        if noop.PLACE not in output and len(folders) > 1:
            raise ConfigError(site, f"several sites need an output each; write -o '/srv/www/{noop.PLACE}'")
        if name in jobs:
            raise ConfigError(site, f"has the same name as {jobs[name].site}, and so the same output")
        jobs[name] = Job(site, Path(output.replace(noop.PLACE, name)))
    return list(jobs.values())


def build_sites(
    jobs: Sequence[Job], build: Build, *, now: Callable[[], dt.datetime], executor: Executor | None = None
) -> Iterator[Outcome]:
    """Build sites, and yield what became of each, in their order.

    Args:
        now: returns the time, aware; asked for each site.
        executor: as for pipeline.build.
    """
    for at in range(0, len(jobs), _TOGETHER):
        together = jobs[at : at + _TOGETHER]
        asked = {number: look(job, now()) for number, job in enumerate(together)}
        answers = _ask(asked)
        for number, job in enumerate(together):
            addresses, own = asked[number], answers.pop(number, {})
            if addresses is not None and recheck.are_unchanged(addresses, own):
                yield Outcome(job)
            else:
                yield build_contained(job, build, now=now(), executor=executor, answers=own or None)


def look(job: Job, now: dt.datetime) -> noop.Addresses | None:
    """Return what servers are to be asked before it is known that a site has nothing new; None where it may have."""
    return noop.addresses_to_ask(str(job.site), str(job.output), now.timestamp())


def _ask(asked: dict[int, noop.Addresses | None]) -> dict[int, Answers]:
    """Ask for all sites at once, so that a host is not asked too much because several of them read it."""
    questions = [
        (_SITE_AND_SOURCE.format(number, name), how, stated)
        for number, addresses in asked.items()
        for name, how, stated in addresses or ()
    ]
    answers: dict[int, Answers] = {}
    for name, answer in recheck.ask(questions, _THREADS).items() if questions else ():
        number, _, source = name.partition(" ")
        answers.setdefault(int(number), {})[source] = answer
    return answers


def build_contained(
    job: Job, build: Build, *, now: dt.datetime, executor: Executor | None = None, answers: Answers | None = None
) -> Outcome:
    """Build a site; whatever ends that is what became of it."""
    try:
        return Outcome(job, build(job.site, job.output, now=now, executor=executor, answers=answers))
    except ConfigError as error:
        return Outcome(job, errors=(error, *error.others))
    except FeedsError as error:
        return Outcome(job, errors=(error,))
    except OSError as error:
        place = error.filename or job.site
        return Outcome(job, errors=(PublishError(place, f"{error.strerror}; nothing of this site is published"),))
    except Exception as error:
        failure = describe_failure(error)
        message = f"this program failed ({failure.kind} in {failure.place}); please report it with this line"
        return Outcome(job, errors=(PublishError(job.site, message),))

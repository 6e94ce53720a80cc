"""When each site is to be looked at again: by its sources' `every`, spread over that time so that not all are at once.

Pure but for a look at feeds.toml: the time is an argument.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from feeds import noop
from feeds.config import FILE, load_config
from feeds.model import FeedsError
from feeds.pipeline.sites import Job


class _Planned(NamedTuple):
    """A site: how often it is looked at (seconds), when next (seconds since 1970), and how its feeds.toml is."""

    job: Job
    every: int
    due: float
    stamp: tuple[int, int]


class Schedule:
    """The sites of a process that goes on.

    Args:
        every: seconds between two looks at a site whose sources say nothing else.
    """

    def __init__(self, every: int) -> None:
        self._every = every
        self._planned: dict[Path, _Planned] = {}

    def update(self, jobs: Sequence[Job], now: float) -> None:
        """Take over which sites there are; one that is new, or has a new feeds.toml, is due at once."""
        before, self._planned = self._planned, {}
        for job in jobs:
            known, stamp = before.get(job.site), _stamp(job.site)
            if known and known.stamp == stamp and known.job == job:
                self._planned[job.site] = known
            else:
                self._planned[job.site] = _Planned(job, self._interval(job.site), now, stamp)

    def due(self, now: float) -> list[Job]:
        """Return the sites that are due, the longest first; when each is due next is settled by that."""
        found = sorted((one for one in self._planned.values() if one.due <= now), key=lambda one: one.due)
        for one in found:
            self._planned[one.job.site] = one._replace(due=next_time(one.job.site, one.every, now))
        return [one.job for one in found]

    def next(self) -> float:
        """Return when the next site is due; infinity where there is none."""
        return min((one.due for one in self._planned.values()), default=float("inf"))

    def make_all_due(self) -> None:
        """Let every site be due."""
        self._planned = {site: one._replace(due=0) for site, one in self._planned.items()}

    def _interval(self, site: Path) -> int:
        """The shortest time that a source of a site states, of those shorter than the usual; else the usual.

        A longer one needs nothing here: a build leaves such a source alone until its time.
        """
        try:
            config = load_config(site)
        except FeedsError:
            return self._every  # the build says what is wrong
        return min([self._every, *(source.every for source in config.sources if source.every)])


def next_time(site: Path, every: int, now: float) -> float:
    """Return the first moment after now at which a site has its turn: each has its own, by its path."""
    offset = zlib.crc32(os.fsencode(site.absolute())) % every
    return now + every - (now - offset) % every


def _stamp(site: Path) -> tuple[int, int]:
    """How feeds.toml is, (-1, -1) where there is none."""
    try:
        return noop.file_stamp((site / FILE).stat())
    except OSError:
        return -1, -1

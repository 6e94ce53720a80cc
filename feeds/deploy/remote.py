"""A build whose history is kept in object storage, and whose output is uploaded: no machine has to remember anything.

    lease -> fetch the history -> decide -> put it back, unless another did -> publish and upload -> put it back

What makes it safe is the conditional write (If-Match, RFC 9110 13.1.1): of two runs that began with the same history
one is kept, and only that one publishes. The lease keeps others from working in vain. What is to be published and
uploaded is remembered in the history, so that the next run does what a killed one left, on whatever machine.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from feeds import noop, pipeline, publish
from feeds.config import Config, load_config
from feeds.deploy.objects import ChangedError, Lease, StoredObject
from feeds.history import History
from feeds.history.copies import forget_copy, read_copy, replace_by_copy
from feeds.model import HistoryError, LockedError, Problem
from feeds.pipeline.report import Report

# Keys of the state in the history: the address that it is kept at; since when an upload fails, and when it was told.
_KEPT_AT, _FAILING = "remote", "upload-failing"
_DAY = 24 * 60 * 60


def build(site: Path, output: Path, *, wait: float = 0, **settings: Any) -> Report:
    """Build a site as pipeline.build does, with its history from where feeds.toml says, and upload what it published.

    A problem of the upload is one of the report.

    Raises:
        LockedError: another machine is at work on the site, or was faster: nothing of this run is published.
        StorageError: the storage cannot be used.
        FeedsError: as for pipeline.build.
    """
    config = load_config(site)
    if settings.get("dry_run") or not (config.remote.url or config.publish.upload):
        return pipeline.build(site, output, wait=wait, **settings)
    with kept_history(config, wait) as kept:
        report = pipeline.build(site, output, wait=wait, on_decided=kept.put, **settings)
        kept.put()
        if config.publish.upload and report.is_published:
            _note(config, report, _upload(config, output, kept.check), settings["now"])
    return report


class Kept:
    """A history that is kept elsewhere, while this machine has it; of one that is not, nothing is done.

    Attributes:
        is_outrun: another machine put its own there meanwhile.
    """

    def __init__(self, config: Config, lease: Lease | None) -> None:
        self._path, self._lease, self.is_outrun = config.history, lease, False
        self._etag: str | None = None
        self._data = b""
        self._object = StoredObject(config.remote.url) if lease else None
        if self._object:
            self._fetch(self._object, config.remote.url)

    def check(self) -> None:
        """Raise LockedError if another machine took over."""
        if self._lease:
            self._lease.check()

    def put(self) -> None:
        """Put the history back if it changed.

        Raises:
            LockedError: another machine did meanwhile.
        """
        if self._object is None or not self._path.exists():
            return
        data = read_copy(self._path)
        if data == self._data:
            return
        try:
            self._etag = self._object.put(data, self._etag)
        except ChangedError:
            self.is_outrun = True
            message = "another machine has published meanwhile; nothing of this run is, and the next goes on from there"
            raise LockedError(self._object.url, message) from None
        self._data = data

    def _fetch(self, stored: StoredObject, url: str) -> None:
        found = stored.get()
        own = _kept_at(self._path)
        if found is None:
            if own == url:
                message = "is gone, and this machine has a copy; put it back, or take the copy away to begin anew"
                raise HistoryError(url, f"{message}: {self._path}")
            _mark(self._path, url)
            return
        if own not in (None, url):
            message = f"this machine has a history of its own; move {self._path} away, or import that"
            raise HistoryError(url, f"holds the history of this site, and {message}")
        self._etag, self._data = found.etag, found.data
        if own is None or read_copy(self._path) != found.data:
            replace_by_copy(self._path, found.data)


def _kept_at(path: Path) -> str | None:
    """Where a history is kept, "" where it is beside feeds.toml; None where there is no file."""
    if not path.exists():
        return None
    with History(path) as history:
        return history.state(_KEPT_AT)


def _mark(path: Path, url: str) -> None:
    with History(path) as history, history.transaction():
        history.remember(_KEPT_AT, url)


@contextlib.contextmanager
def kept_history(config: Config, wait: float = 0) -> Iterator[Kept]:
    """Have the history of a site here while inside, from where it is kept, and put it back at the end.

    Raises:
        LockedError, StorageError: as for build.
        HistoryError: both this machine and the storage have one, and they are not of the same.
    """
    if not config.remote.url:
        yield Kept(config, None)
        return
    with Lease(config.remote.url, wait) as lease:
        kept = Kept(config, lease)
        try:
            yield kept
            kept.put()
        finally:
            if kept.is_outrun:  # what was decided here is nobody's
                forget_copy(config.history)


def _upload(config: Config, output: Path, check: Callable[[], None]) -> list[Problem]:
    """Upload what is not uploaded yet; return what went wrong. The next run goes on from there."""
    from feeds.deploy.upload import upload  # which needs a server's modules, and most builds need not

    problems = []
    for brought in upload(config.publish.upload, config.folder, output):
        check()
        if isinstance(brought, Problem):
            problems.append(brought)
    return problems


def _note(config: Config, report: Report, problems: list[Problem], now: dt.datetime) -> None:
    """Put what is wrong with an upload into the report, and what was and is no more: told once, and once a day."""
    with publish.lock(config.folder), History(config.history) as history, history.transaction():
        since, told = json.loads(history.state(_FAILING) or "[0, 0]")
        if problems:
            report.problems += problems
            is_news = now.timestamp() - told >= _DAY
            if report.told is not None and is_news:
                report.told += problems
            report.ongoing += len(problems) * (not is_news)
            history.remember(noop.KEY, "")  # the next run tries again, also with no news
            history.remember(_FAILING, json.dumps([since or now.timestamp(), now.timestamp() if is_news else told]))
        elif since:
            began = dt.datetime.fromtimestamp(since, dt.UTC).isoformat()[:16]
            report.ended.append(f"the upload to {config.publish.upload} failed since {began} [upload]")
            history.remember(_FAILING, "")

"""What a run rested on -> a plan in the history, by which the next run knows whether it would do nothing (noop)."""

from __future__ import annotations

import datetime as dt
import os

from feeds import noop, publish
from feeds.config import Config, Source
from feeds.pipeline.downloads import question_of
from feeds.pipeline.run import Run


def take_snapshot(config: Config) -> list[str] | None:
    """Return how the files and folders are that a run is going to read, None where that cannot be told by a look."""
    folders = {_folder(config, source) for source in config.sources if not source.document}
    if config.remote.url:  # another machine may have had a run meanwhile
        return None
    if "" in folders or any(source.command and not source.every for source in config.sources):
        return None
    own = (config.facets["countries"].file, config.facets["topics"].file, config.words, config.reviewed)
    look = (config.look.icon, config.look.logo, config.look.image, config.look.css)
    files = [os.path.realpath(file) for file in (*own, *look) if file]
    return noop.snapshot(files, sorted(filter(os.path.isdir, folders)))


def store_plan(run: Run, snapshot: list[str] | None) -> None:
    """Store the plan of a run that succeeded; nothing is written where it is the same.

    Args:
        snapshot: what take_snapshot returned before anything was read.
    """
    plan = ""
    if snapshot is not None and not run.report.problems and not run.report.status:
        plan = _make_plan(run, snapshot)
    if run.history.state(noop.KEY) != plan:
        with run.history.transaction():
            run.history.remember(noop.KEY, plan)


def _make_plan(run: Run, snapshot: list[str]) -> str:
    config = run.config
    until, addresses = [], {}
    for source in config.sources:
        if source.document:
            found = question_of(run, source)
            if found is None:
                return ""
            question, due = found
            addresses.update({source.name: question} if question else {})
            until += [due] if due else []
        newest = run.history.entries.newest_arrival(source.name) if source.expect_days else None
        if newest:
            until.append(int((newest + dt.timedelta(days=source.expect_days)).timestamp()))
    return noop.make_plan(
        site=os.fspath(config.folder),
        output=os.fspath(run.output),
        served=os.fspath(publish.served_folder(run.output, config.publish.generations)),
        sources=[source.name for source in config.sources if not source.document],
        addresses=addresses,
        stamps=snapshot,
        until=min(until, default=0),
    )


def _folder(config: Config, source: Source) -> str:
    """The folder in which a source looks for files; "" where there are several."""
    above, _, _ = source.path.rpartition("/")
    is_one_folder = not set(above) & set("*?[") and "**" not in source.path
    return os.path.realpath(config.folder / above) if is_one_folder else ""

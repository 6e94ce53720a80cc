"""What a run rested on -> a note in the history, so that the next one need not begin where nothing is to be done."""

from __future__ import annotations

import datetime as dt
import os

from feeds import config, noop, publish
from feeds.pipeline.run import Run


def look(settings: config.Config) -> list[str]:
    """How the files and folders are that a run is going to read, [] where a look at them would not tell."""
    folders = {_folder(settings, source) for source in settings.sources}
    if "" in folders or any(source.url for source in settings.sources):
        return []
    files = [file for file in (settings.countries.file, settings.topics.file, settings.words) if file]
    return noop.snapshot(map(os.path.realpath, files), sorted(filter(os.path.isdir, folders)))


def settle(run: Run, looked: list[str]) -> None:
    """Note what the run rested on, where it went well; nothing is written where the note is the same.

    Args:
        looked: what look() said before anything was read.
    """
    text = _note(run, looked) if looked and not run.report.problems and not run.report.status else ""
    if run.history.state(noop.KEY) != text:
        with run.history.transaction():
            run.history.remember(noop.KEY, text)


def _note(run: Run, looked: list[str]) -> str:
    settings = run.config
    until = []
    for source in settings.sources:
        newest = run.history.entries.newest_arrival(source.name) if source.expect_days else None
        if newest:
            until.append(int((newest + dt.timedelta(days=source.expect_days)).timestamp()))
    site, output = os.fspath(settings.folder), os.fspath(run.output)
    served = os.fspath(publish.served_folder(run.output, settings.publish.generations))
    return noop.make_plan(site, output, served, [one.name for one in settings.sources], looked, min(until, default=0))


def _folder(settings: config.Config, source: config.Source) -> str:
    """The folder in which a source looks for files; "" where there are several."""
    above, _, _ = source.path.rpartition("/")
    is_one = not set(above) & set("*?[") and "**" not in source.path
    return os.path.realpath(settings.folder / above) if is_one else ""

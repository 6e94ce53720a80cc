"""A site -> published feeds: the one place that knows the order of the stages.

    read (fetch, sources, normalise) -> recognise (history) -> tag -> render -> assemble -> validate -> publish

What is decided is one transaction of the history, committed when every document is staged and before the first is
renamed; feeds and pages that wait are marked in it, so that a run that is killed later is finished by the next.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Collection
from pathlib import Path

from feeds import config, noop, publish
from feeds.feed import membership
from feeds.history import History
from feeds.model import Entry, Origin, Problem, UnknownItemError
from feeds.pipeline import safeguards
from feeds.pipeline.emit import Publishing, RefusedError
from feeds.pipeline.failures import ItemFailedError
from feeds.pipeline.ingest import Reading
from feeds.pipeline.parallel import Executor
from feeds.pipeline.plan import look, settle
from feeds.pipeline.reconfigure import Meaning
from feeds.pipeline.report import Report
from feeds.pipeline.run import Progress, Run
from feeds.pipeline.safeguards import LOST
from feeds.pipeline.store import Admission

__all__ = ["LOST", "ROLLED_BACK", "build", "restore", "withdraw"]
ROLLED_BACK = "rolled-back"


def build(
    site: Path,
    output: Path,
    *,
    now: dt.datetime,
    progress: Progress | None = None,
    allow: Collection[str] = (),
    dry_run: bool = False,
    wait: float = 0,
    remember: bool = True,
    executor: Executor | None = None,
) -> Report:
    """Publish the feeds of the site into the output folder, and say what was done.

    Args:
        site: the folder with feeds.toml and the listings.
        output: made when it is missing; files that need no change are not touched.
        now: aware; the only time that the run knows.
        progress: called with the name of a stage, how much of it is done, and of how much where that is known.
        allow: what would be held is taken: "flood:news", "shrink:news" for a source, LOST for published feeds whose
            history is gone, ROLLED_BACK for an output that a rollback took back.
        dry_run: say what would be done, and write nothing.
        wait: seconds that are waited for another run to end.
        remember: whether the history of the site learns of it; a preview, into a folder of its own, is forgotten.
        executor: what may take a part of the work: reading, tagging, rendering, validating, in batches that can be
            pickled; None for this process alone. spread.Processes starts processes where there is much to do.

    Raises:
        ConfigError: the configuration is wrong; nothing was read.
        LockedError: another run is at work on the site or the output.
        HistoryError, PublishError: nothing of this run was kept, or the message says what was.
    """
    looked = noop.snapshot([os.path.realpath(site / config.FILE)], [])
    settings = config.load_config(site)
    seen = look(settings)
    looked = looked + seen if seen else []
    if not dry_run:
        publish.make_folder(output)
    folders = [folder for folder in (site if remember else output, output) if folder.is_dir()]
    is_tried = not remember or (dry_run and not settings.history.exists())
    with publish.lock(*folders, wait=wait), History(settings.history, in_memory=is_tried) as history:
        run = Run(settings, output, history, now, progress or (lambda stage, done, total: None), allow, executor)
        if dry_run:
            run.is_dry = True
            nowhere = publish.NoStaging(output)
            _decide_and_stage(run, nowhere)
            if run.report.is_published:
                run.report.note_files(nowhere.paths)
            nowhere.clear()
            return run.report
        with publish.staging(output, settings.publish.generations) as staging:
            publishing = _decide_and_stage(run, staging)
            if not run.report.is_published:
                return run.report
            staging.switch()
            run.report.note_files(staging.paths)
            if publishing.made:
                with history.transaction():
                    publishing.record()
        settle(run, looked)
        return run.report


def _decide_and_stage(run: Run, staging: publish.Staging) -> Publishing:
    """Decide what is published, and stage it; a dry run undoes all of it.

    An item that makes the program fail is left out, and all is decided anew: nothing of it is left anywhere.
    """
    while True:
        run.begin()
        publishing = Publishing(run)
        try:
            with run.history.transaction():
                _decide(run, publishing)
                if run.report.is_published:
                    publishing.stage(staging)
                    staging.prepare()
                if run.is_dry:
                    raise _DryError
        except _DryError:
            pass
        except RefusedError:
            run.report.is_published = False
        except ItemFailedError as failed:
            run.bar(failed)
            continue
        return publishing


class _DryError(Exception):
    """The end of a run that keeps nothing."""


def withdraw(site: Path, output: Path, item: str, reason: str, *, now: dt.datetime, wait: float = 0) -> Report:
    """Put a notice of withdrawal in the place of an entry, everywhere, and publish it.

    Args:
        item: the entry's id, link, or the address of its page.
        reason: a sentence for readers.
        wait: seconds that are waited for another run to end.

    Raises:
        UnknownItemError: there is no such entry.
        FeedsError: as for build.
    """
    from feeds.content.normalise import clean_text

    sentence, _ = clean_text(reason)
    return _turn(
        site, output, item, now, wait, lambda history, entry: history.entries.withdraw(entry.id, sentence, now)
    )


def restore(site: Path, output: Path, item: str, *, now: dt.datetime, wait: float = 0) -> Report:
    """Undo a withdrawal, and publish it. Arguments and errors as for withdraw."""
    return _turn(site, output, item, now, wait, lambda history, entry: history.entries.reinstate(entry.id, now))


def _turn(
    site: Path, output: Path, item: str, now: dt.datetime, wait: float, change: Callable[[History, Entry], None]
) -> Report:
    settings = config.load_config(site)
    if not settings.history.exists():
        raise UnknownItemError(item, "nothing was published from here yet")
    with publish.lock(site, wait=wait), History(settings.history) as history, history.transaction():
        entry = history.entries.find(item, settings.base_url)
        if entry is None:
            raise UnknownItemError(item, "no such entry; give its id, its link, or the address of its page")
        change(history, entry)
    return build(site, output, now=now, wait=wait)


def _decide(run: Run, publishing: Publishing) -> None:
    """Read what changed, recognise it, tag and render it; note which feeds and pages wait to be published."""
    settings, history = run.config, run.history
    if settings.is_default:
        run.report.notes.append(
            f"{settings.folder}/{config.FILE} is missing; using title '{settings.title}', base_url "
            f"'{settings.base_url}', every *.txt as one listing; write one before anybody subscribes"
        )
    safeguards.check_output(run)
    if settings.is_default and not history.state("publishing"):
        history.set_provisional(True)
    is_promoted = history.is_provisional and not settings.is_default
    if is_promoted:
        history.promote(settings.authority, settings.year)
    _note_other_output(run)
    _look_at_generations(run)
    history.feeds.add(membership.main_feed(settings), settings)
    was_read = Reading(run).read_sources()
    if is_promoted:
        history.set_provisional(False)
    Meaning(run).apply_settings()
    admission = Admission(run)
    if was_read:
        admission.admit()
    admission.render()
    if run.report.is_published:
        publishing.look_at_output()


def _note_other_output(run: Run) -> None:
    """Say that what is published into a second folder is remembered like all else."""
    key, here = "output", os.path.realpath(run.output)
    before = run.history.state(key)
    if before and before != here and Path(before).is_dir() and not run.is_dry:
        run.report.notes.append(
            f"this site was published into {before} before; what is new here will be published there too; for a look "
            "that is not remembered: feeds preview"
        )
    run.history.remember(key, here)


def _look_at_generations(run: Run) -> None:
    """Publish nothing where a rollback took something back: what is read is kept for when it is allowed."""
    keep = run.config.publish.generations
    left_over = publish.left_over_message(run.output, keep)
    place = Origin("", str(run.output / ("atom.xml" if keep else "current")), 0)
    if left_over:
        run.report.problems.append(Problem(place, "left-over", left_over, "warning"))
    if keep and ROLLED_BACK not in run.allow and (generations := publish.Generations(run.output)).is_rolled_back:
        message = (
            f"generation {publish.name(generations.current)} is served since `feeds rollback` took "
            f"{publish.name(generations.undone)} back; nothing is published until it is allowed: --allow {ROLLED_BACK}"
        )
        run.report.problems.append(Problem(Origin("", str(run.served), 0), ROLLED_BACK, message))
        run.report.is_published = False

"""Build a site: sources -> published feeds. The one place that knows the order of the steps.

    ingest (fetch, sources, content, history) -> reconfigure -> store (tagging, feed, validation) -> emit -> publish

What is decided is one transaction of the history, committed when every document is staged and before the first is
renamed. Feeds and pages that must be made are marked dirty in it, so that the next run finishes one that was killed.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from feeds import noop, publish
from feeds.config import FILE, Config, load_config
from feeds.feed import membership, paths
from feeds.history import History
from feeds.model import ATOM, Entry, Origin, Problem, UnknownItemError
from feeds.pipeline import emit, news, status
from feeds.pipeline.corrections import announce_withdrawal
from feeds.pipeline.emit import RefusedError, Staged
from feeds.pipeline.failures import ItemFailedError
from feeds.pipeline.ingest import ingest_sources
from feeds.pipeline.parallel import Executor
from feeds.pipeline.plan import store_plan, take_snapshot
from feeds.pipeline.reconfigure import apply_settings
from feeds.pipeline.report import Report
from feeds.pipeline.run import Progress, Run
from feeds.pipeline.safeguards import LOST, check_output
from feeds.pipeline.store import render_entries, store_items

if TYPE_CHECKING:
    from feeds.fetch.recheck import Answers

__all__ = ["LOST", "ROLLED_BACK", "build", "rehearse", "restore", "withdraw"]
ROLLED_BACK = "rolled-back"
_OUTPUT = "output"  # the key of the state in the history: the folder of the last build


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
    base_url: str = "",
    executor: Executor | None = None,
    answers: Answers | None = None,
    on_decided: Callable[[], None] | None = None,
) -> Report:
    """Publish the feeds of a site into the output folder, and return a report.

    Args:
        site: the folder with feeds.toml and the listings.
        output: made when it is missing; files that need no change are not touched.
        now: aware; the only time that the run knows.
        progress: called with the name of a step, how much of it is done, and of how much where that is known.
        allow: what would be held back and is taken: "flood:news", "shrink:news" for a source, LOST for published feeds
            whose history is gone, ROLLED_BACK for an output that a rollback took back.
        dry_run: return what would be done, and write nothing.
        wait: seconds that are waited for another run to end.
        remember: whether the history of the site learns of it; a preview, into a folder of its own, is forgotten.
        base_url: in place of that of feeds.toml, ending in "/": a preview has addresses of its own.
        executor: what may take a part of the work: parsing, tagging, rendering, validating, in batches that can be
            pickled; None for this process alone. parallel.Processes starts processes where there is much to do.
        answers: what servers answered to what was asked before this run, by the names of sources; these are not asked
            again.
        on_decided: called when all is decided, stored and staged, and nothing is published yet; what it raises ends
            the run there.

    Raises:
        ConfigError: the configuration is wrong; nothing was read.
        LockedError: another run is at work on the site or the output.
        HistoryError, PublishError: nothing of this run was kept, or the message says what was.
    """
    own = noop.snapshot([os.path.realpath(site / FILE)], [])
    config = load_config(site)
    config = config._replace(base_url=base_url or config.base_url)
    inputs = take_snapshot(config)
    if not dry_run:
        publish.make_folder(output)
    folders = [folder for folder in (site if remember else output, output) if folder.is_dir()]
    is_trial = not remember or (dry_run and not config.history.exists())
    with publish.lock(*folders, wait=wait), History(config.history, in_memory=is_trial) as history:
        run = Run(config, output, history, now=now, allow=allow, executor=executor, is_dry=dry_run, answers=answers)
        run.progress = progress or run.progress
        run.previous = publish.Previous(config.history, output) if remember and not config.publish.generations else None
        if dry_run:
            _rehearse(run)
        elif _publish(run, on_decided or (lambda: None)):
            store_plan(run, None if inputs is None else own + inputs)
        if remember and not dry_run:
            _tell(run)
        return run.report


def _tell(run: Run) -> None:
    """Put what is news into the report, remember it, and say to monitors how the site is."""
    news.tell(run.report, run.history, run.now, run.config.alert.after)
    if run.config.status.publish and run.served.is_dir():
        publish.write_beside(run.served, paths.STATUS, status.published_status(run.config, run.history))


def rehearse(site: Path, *, now: dt.datetime) -> Report | None:
    """Return what a build into the folder of the last one would do, and write nothing; None where there was none.

    Raises:
        FeedsError: as for build.
    """
    config = load_config(site)
    if not config.history.exists():
        return None
    with History(config.history) as history:
        output = Path(history.state(_OUTPUT))
    return build(site, output, now=now, dry_run=True) if output.is_dir() else None


def _rehearse(run: Run) -> None:
    """Run without keeping anything."""
    nowhere = publish.NoStaging(run.output)
    _decide_and_stage(run, nowhere)
    if run.report.is_published:
        run.report.note_files(nowhere.paths)
    nowhere.clear()


def _publish(run: Run, on_decided: Callable[[], None]) -> bool:
    """Decide what is published, stage it and switch to it; return False if publishing is refused."""
    with publish.staging(run.output, run.config.publish.generations, run.previous) as staging:
        decided = _decide_and_stage(run, staging)
        if not run.report.is_published:
            return False
        on_decided()
        staging.switch()
        run.report.note_files(staging.paths)
        if decided.staged.documents:
            with run.history.transaction():
                emit.record(run, decided.staged, decided.is_output_intact)
    return True


class _Decided(NamedTuple):
    """The decisions of a run, and whether the published files were unchanged when it began."""

    staged: Staged
    is_output_intact: bool


class _DryError(Exception):
    """Ends a run that keeps nothing."""


def _decide_and_stage(run: Run, staging: publish.Staging) -> _Decided:
    """Decide what is published and stage it; a dry run rolls everything back.

    An item that makes the program fail is left out, and all is decided anew: nothing of it is left anywhere.
    """
    while True:
        run.begin()
        staged, is_intact = Staged(), False
        try:
            with run.history.transaction():
                is_intact = _decide(run)
                if run.report.is_published:
                    staged = emit.stage(run, staging)
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
        return _Decided(staged, is_intact)


def _decide(run: Run) -> bool:
    """Read what changed, match, tag and render it, mark what must be written; return emit.check_output."""
    config, history = run.config, run.history
    if config.is_default:
        run.report.notes.append(
            f"{config.folder}/{FILE} is missing; using title '{config.title}', base_url "
            f"'{config.base_url}', every *.txt as one listing; write one before anybody subscribes"
        )
    check_output(run)
    if config.is_default and not history.state("publishing"):
        history.set_provisional(True)
    is_promoted = history.is_provisional and not config.is_default
    if is_promoted:
        history.promote(config.authority, config.year)
    _note_other_output(run)
    _check_generations(run)
    history.feeds.add(membership.main_feed(config), config)
    was_read = ingest_sources(run)
    if is_promoted:
        history.set_provisional(False)
    apply_settings(run)
    if was_read:
        store_items(run)
    render_entries(run)
    return emit.check_output(run) if run.report.is_published else False


def _note_other_output(run: Run) -> None:
    """Warn that publishing to a second folder changes the history too."""
    here = os.path.realpath(run.output)
    before = run.history.state(_OUTPUT)
    if before and before != here and Path(before).is_dir() and not run.is_dry:
        run.report.notes.append(
            f"this site was published into {before} before; what is new here will be published there too; for a look "
            "that is not remembered: feeds preview"
        )
    run.history.remember(_OUTPUT, here)


def _check_generations(run: Run) -> None:
    """Refuse to publish after a rollback; what was read is kept until publishing is allowed."""
    keep = run.config.publish.generations
    left_over = publish.left_over_message(run.output, keep)
    if left_over:
        place = Origin("", str(run.output / (ATOM.file if keep else publish.CURRENT)), 0)
        run.report.problems.append(Problem(place, "left-over", left_over, "warning"))
    message = ""
    if keep and (generations := publish.Generations(run.output)).is_rolled_back:
        message = (
            f"generation {publish.name(generations.current)} is served since `feeds rollback` took "
            f"{publish.name(generations.undone)} back"
        )
    elif run.previous and run.previous.is_undone:
        message = "what the last build published was taken back by `feeds undo`"
    if message and ROLLED_BACK not in run.allow:
        message = f"{message}; nothing is published until it is allowed: --allow {ROLLED_BACK}"
        run.report.problems.append(Problem(Origin("", str(run.served), 0), ROLLED_BACK, message))
        run.report.is_published = False


# --- withdrawing ------------------------------------------------------------------------------------------------------


def withdraw(
    site: Path, output: Path, item: str, reason: str, *, now: dt.datetime, wait: float = 0, announce: bool = False
) -> Report:
    """Replace an entry by a notice of withdrawal in every document, and publish.

    Args:
        item: the entry's id, link, or the address of its page.
        reason: a sentence for readers.
        wait: seconds that are waited for another run to end.
        announce: publish a new entry too, which says that it was withdrawn.

    Raises:
        UnknownItemError: there is no such entry.
        FeedsError: as for build.
    """
    from feeds.content.normalise import clean_text

    sentence, _ = clean_text(reason)

    def change(config: Config, history: History, entry: Entry) -> None:
        was_withdrawn = entry.withdrawn is not None
        history.entries.withdraw(entry.id, sentence, now)
        if announce and not was_withdrawn:
            announce_withdrawal(config, history, history.entries.get(entry.id, config.base_url), now)

    return _change_entry(site, output, item, now, wait, change)


def restore(site: Path, output: Path, item: str, *, now: dt.datetime, wait: float = 0) -> Report:
    """Undo a withdrawal, and publish. Arguments and errors as for withdraw."""

    def change(config: Config, history: History, entry: Entry) -> None:
        history.entries.restore(entry.id, now)

    return _change_entry(site, output, item, now, wait, change)


def _change_entry(
    site: Path, output: Path, item: str, now: dt.datetime, wait: float, change: Callable[[Config, History, Entry], None]
) -> Report:
    config = load_config(site)
    if not config.history.exists():
        raise UnknownItemError(item, "nothing was published from here yet")
    with publish.lock(site, wait=wait), History(config.history) as history, history.transaction():
        entry = history.entries.find(item, config.base_url)
        if entry is None:
            raise UnknownItemError(item, "no such entry; give its id, its link, or the address of its page")
        change(config, history, entry)
    return build(site, output, now=now, wait=wait)

"""Sources -> observed items, matched to stored entries; implausible changes are held back.

A problem belongs to the smallest thing that has it: an item, a document, a source. What stands beside it is used.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping, Sequence

from feeds import __version__, fetch
from feeds.config import Config, Source
from feeds.fetch import Resource
from feeds.history import History
from feeds.history.pool import Sources
from feeds.model import Origin, Problem, SourceError
from feeds.pipeline import pages, safeguards
from feeds.pipeline.downloads import downloaded_documents, request, unchanged_document
from feeds.pipeline.failures import internal_problem, is_caused_by_input
from feeds.pipeline.items import read_items
from feeds.pipeline.report import Counts
from feeds.pipeline.run import Run, digest
from feeds.pipeline.source_documents import Unchanged, count_unread, find_unchanged, known_articles, observe_document

_Documents = Sequence[tuple[Resource, Unchanged | None]]  # the documents of a source, and what is stored of each
_SHOWN = 60  # characters of a title in a message


class _HeldError(Exception):
    """A source is held back: what it looks like, and why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


class _OverlapError(Exception):
    """What changed of a source cannot be matched without the rest."""


def ingest_sources(run: Run) -> bool:
    """Observe and match the items of every source of which a document changed; return True if there was one."""
    config, history = run.config, run.history
    rulings = [override._replace(line=0) for override in config.overrides if override.skip or override.correction.date]
    settings = digest(__version__, config.sources, config.limits, config.timezone, config.language, *rulings)
    read_all = history.state("reading") != settings
    names = tuple(source.name for source in config.sources)
    gone = history.entries.sources_besides(names)
    history.source_documents.forget_sources_besides(names)
    history.articles.forget_sources_besides(names)
    request(run, [source for source in config.sources if source.document], read_all)
    was_read = False
    for order, source in enumerate(config.sources):
        counts = run.report.sources[source.name] = Counts()
        was_read |= _ingest_source(run, source, order, read_all, gone, counts)
        run.report.counts.add(counts)
        _report_overdue(run, source)
    history.remember("reading", settings)
    return was_read


def _ingest_source(run: Run, source: Source, order: int, read_all: bool, gone: tuple[str, ...], counts: Counts) -> bool:
    """Observe the items of a source if a document of it changed; what cannot be used is undone, and reported."""
    place = Origin(source.name, source.place(run.config.folder), 0)
    before = len(run.report.problems)
    if failed := run.barred_sources.get(source.name):
        run.report.problems.append(failed)
        return False
    try:
        documents = _documents(run, source, read_all, counts)
        if source.document and not documents:  # unchanged, or it failed: neither says that anything is gone
            return False
        if documents and _count_if_unchanged(run, source, documents, counts):
            return False
        with run.history.attempt():
            _observe_changed(run, source, order, gone, documents, counts)
    except _HeldError as held:
        counts.rejected = counts.read  # and nothing else: all of it was undone
        counts.new = counts.changed = counts.unchanged = 0
        run.report.held[source.name] = held.code
        run.report.problems.append(Problem(place, f"held-{held.code}", held.message))
    except Exception as error:
        if not is_caused_by_input(error):
            raise
        del run.report.problems[before:]
        counts.clear()
        run.report.problems.append(internal_problem(error, place, f"source '{source.name}'"))
    return True


def _documents(run: Run, source: Source, read_all: bool, counts: Counts) -> _Documents:
    """The documents of a source, each with what is stored of it where it did not change."""
    resources: Sequence[Resource]
    if source.document:
        resources = downloaded_documents(run, source)
        if source.pages > 1 and resources:
            resources = _with_next_pages(run, source, resources[0], read_all)
        if stored := unchanged_document(run, source):
            counts.add(count_unread(run, source, fetch.Body(source.document, source.document, b""), stored))
    else:
        resources = fetch.find(run.config.folder, source.path)
        if not resources:
            place = Origin(source.name, source.place(run.config.folder), 0)
            message = f"source '{source.name}': no file matches '{source.path}'"
            run.report.problems.append(Problem(place, "no-document", message))
    return [(resource, None if read_all else find_unchanged(run, source, resource)) for resource in resources]


def _with_next_pages(run: Run, source: Source, first: Resource, read_all: bool) -> list[Resource]:
    """The first page of a source with those that follow; alone where it did not change and nothing is left over."""
    unchanged = None if read_all else find_unchanged(run, source, first)
    if unchanged and unchanged.is_whole and not run.history.state(f"left-over:{source.name}"):
        return [first]
    return [first, *pages.follow(run, source, first, read_all)]


def _count_if_unchanged(run: Run, source: Source, documents: _Documents, counts: Counts) -> bool:
    """Return True, and count what they list, if no document changed."""
    if not all(unchanged and unchanged.is_whole for _, unchanged in documents):
        return False
    for resource, unchanged in documents:
        if unchanged:
            counts.add(count_unread(run, source, resource, unchanged.stored))
    return True


def _report_overdue(run: Run, source: Source) -> None:
    """Report a source that had nothing new for longer than feeds.toml says."""
    newest = run.history.entries.newest_arrival(source.name) if source.expect_days else None
    if newest and run.now - newest > dt.timedelta(days=source.expect_days):
        message = (
            f"source '{source.name}' has had nothing new since {newest.date()}, and is expected to have something "
            f"every {source.expect_days} days; see whether it still works"
        )
        origin = Origin(source.name, source.place(run.config.folder), 0)
        run.report.problems.append(Problem(origin, "overdue", message))


def _observe_changed(
    run: Run, source: Source, order: int, gone: tuple[str, ...], documents: _Documents, counts: Counts
) -> None:
    """Observe what changed of a source where that can be matched without the rest; else all of it."""
    before = len(run.report.problems)
    if any(unchanged for _, unchanged in documents):
        try:
            with run.history.attempt():
                _observe_and_match(run, source, order, gone, documents, counts)
            return
        except _OverlapError:
            del run.report.problems[before:]
            counts.clear()
    _observe_and_match(run, source, order, gone, [(resource, None) for resource, _ in documents], counts)


def _observe_and_match(
    run: Run, source: Source, order: int, gone: tuple[str, ...], documents: _Documents, counts: Counts
) -> None:
    """Observe what a source lists, and match it.

    Raises:
        _OverlapError: the items that were read cannot be matched without those that were not.
        _HeldError: the source is held back.
    """
    observed = run.history.observed
    sources = among_sources(run.config, run.history, source, gone)
    observed.set_unread((unchanged.stored.number, not unchanged.is_whole) for _, unchanged in documents if unchanged)
    for resource, unchanged in documents:
        if unchanged:
            counts.add(count_unread(run, source, resource, unchanged.stored))
    rejected_before = sum(unchanged.stored.rejected for _, unchanged in documents if unchanged)
    last_items: dict[int, Resource] = {}  # the number of the last item of each document
    on_first_page = counts.read
    for number, (resource, unchanged) in enumerate(documents):
        if not unchanged or not unchanged.is_whole:
            counts.add(observe_document(run, source, sources.own, order, resource, unchanged))
            last_items[observed.last_number()] = resource
        on_first_page = counts.read if number == 0 else on_first_page
    if any(unchanged for _, unchanged in documents) and not observed.can_match_apart(source.name, sources.own):
        raise _OverlapError
    _match(run, source, sources, last_items, counts, rejected_before, on_first_page if source.pages > 1 else None)


def _match(
    run: Run,
    source: Source,
    sources: Sources,
    last_items: Mapping[int, Resource],
    counts: Counts,
    rejected_before: int,
    on_first_page: int | None,
) -> None:
    """Match what was observed, and hold the source back where the change looks like an accident.

    Args:
        rejected_before: items of documents that were not read which were rejected then; they are counted already.
        on_first_page: items of the first of several pages, which alone is fetched in every run; None for all others.
    """
    history, name, limits = run.history, source.name, run.config.limits
    matching, observed, key = history.matching, history.observed, f"moved:{source.name}"
    unchanged_before = matching.count_unchanged(name)
    has_entries = any(observed.has_entries(own) for own in sources.own)
    if has_entries and f"cut:{name}" not in run.allow:
        _reject_cut_items(run, source, sources, last_items, counts)
    if has_entries:
        moved = matching.match_surely(sources, history.state(key).split())
        history.remember(key, "guid" if "guid" in moved else "")
    overlaps = bool(history.state(f"overlaps:{name}")) or observed.overlaps(name)
    # What was rejected is listed still, so it says nothing of what is gone.
    listed = observed.count(name, overlaps) + counts.rejected - rejected_before
    listed_before = int(history.state(f"listed:{name}") or 0)
    compared = listed if on_first_page is None else on_first_page
    _hold(run, safeguards.find_shrink(name, compared, listed_before, limits.shrink))
    of_other_sources = history.cross_source.match(sources)
    if has_entries:
        matching.match_similar(sources)
    counts.unchanged += matching.count_unchanged(name) - unchanged_before + of_other_sources
    _hold(run, safeguards.find_rename(name, history.cross_source.left_behind(sources)))
    _hold(run, safeguards.find_flood(name, listed, observed.impact(name).old, limits.flood))
    history.remember(f"listed:{name}", str(compared))
    history.remember(f"overlaps:{name}", "yes" if overlaps else "")


def _hold(run: Run, held: safeguards.Held | None) -> None:
    if held and held.allow not in run.allow:
        raise _HeldError(held.code, held.message)


def _reject_cut_items(
    run: Run, source: Source, sources: Sources, last_items: Mapping[int, Resource], counts: Counts
) -> None:
    """Reject the items in the middle of which a document ends."""
    has_ended = {number: resource.has_line_end() for number, resource in last_items.items() if number}
    for cut in run.history.matching.reject_cut(sources, has_ended):
        message = (
            f"ends in the middle of '{cut.title[:_SHOWN]}', which was whole before; its entry stays as it is; upload "
            f"the file again, or allow it once: --allow cut:{source.name}"
        )
        run.report.problems.append(Problem(Origin(source.name, cut.document, cut.line), "cut-off", message))
        run.history.source_documents.read_again(source.name, last_items[cut.number].name)
        counts.rejected += 1


def among_sources(config: Config, history: History, source: Source, gone: tuple[str, ...]) -> Sources:
    """Return a source among the others, as the history matches it.

    Args:
        gone: the names of sources that have entries and are not in feeds.toml any more.
    """
    was = source.was
    if history.is_provisional:  # it was built without a feeds.toml: whose the entries are nobody has said
        was = (*was, *(name for name in gone if name not in was))
    claimed = {name for other in config.sources for name in other.was}
    return Sources(
        name=source.name,
        was=was,
        all=tuple(other.name for other in config.sources),
        apart=frozenset(other.name for other in config.sources if other.duplicates == "keep"),
        gone=tuple(name for name in gone if name not in claimed and name not in was),
    )


def match_only(config: Config, history: History, source: Source, now: dt.datetime) -> None:
    """Observe all items of a source of files and match them; inside history.trial(), which forgets that again."""
    gone = history.entries.sources_besides([other.name for other in config.sources])
    sources = among_sources(config, history, source, gone)
    history.observed.set_unread(())
    for resource in fetch.find(config.folder, source.path):
        history.observed.begin_document()
        with contextlib.suppress(SourceError):  # a build says what is wrong with it
            for item in read_items(config, source, resource, now, complete=known_articles(history, source)):
                if item.candidate:
                    history.observed.add(item.candidate, 0, sources.own)
    history.matching.match_surely(sources, history.state(f"moved:{source.name}").split())
    history.cross_source.match(sources)
    history.matching.match_similar(sources)

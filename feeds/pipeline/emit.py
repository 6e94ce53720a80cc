"""Dirty feeds and pages -> documents, validated and staged; published documents -> the history."""

from __future__ import annotations

import datetime as dt
import gzip
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from feeds import publish
from feeds.config import FILE, Config
from feeds.feed import heads, notices, paths, redirects
from feeds.history.archives import LAST, Row
from feeds.history.feeds import StoredFeed
from feeds.model import FORMATS, ConfigError, Document, FeedSpec, FeedSummary, Finding, Format
from feeds.pipeline.parallel import map_batches
from feeds.pipeline.proofs import Proofs
from feeds.pipeline.published import published_feeds, spec_of
from feeds.pipeline.report import Refusal
from feeds.pipeline.run import Run

_NEWEST = 21  # entries of a feed that its pages show some of, and whose distances in time are taken
_LEAST_GAPS = 3  # such distances that say when the next entry is likely
_RELATED = 24  # feeds that a page leads to: more are no help to choose, and the index has all
_REPORTED = 200  # pages after which the progress is told
_COMPRESSION = 9  # the strongest: a document is packed once and sent many times

_Emitted = tuple[Document, bool]  # a document, and whether each run checks its file


class RefusedError(Exception):
    """No feed of the run is valid: whatever is wrong is not one entry, and nothing is to be kept."""


@dataclass(slots=True)
class Staged:
    """What a run has made.

    Attributes:
        documents: how many, whether their files were to be written or not.
        valid: how many documents of feeds.
        withheld: paths of feeds of which a document is not valid.
    """

    documents: int = 0
    valid: int = 0
    withheld: set[str] = field(default_factory=set)


class FeedPage(NamedTuple):
    """What the documents of a feed are to hold: those of a page of its archive, or (number 0) the live ones.

    Attributes:
        previous: the page before it, 0 where there is none.
        extent: the first and the last sequence number that it holds.
        is_known_valid: each of the entries was found valid, and no two are the same. Then a document of them is valid
            where its head is, and only that is validated.
    """

    spec: FeedSpec
    feed_id: str
    rows: Sequence[Row]
    number: int
    previous: int
    extent: tuple[int, int]
    has_ended: bool = False
    is_known_valid: bool = False


def check_output(run: Run) -> bool:
    """Return True if every published file is as it was left; else mark everything dirty, to be compared with its file.

    What was published last must not have been taken back: with generations, it must be the one that is served.
    """
    history = run.history
    is_undone = run.previous is not None and run.previous.is_undone
    if is_undone or history.state("generation") != _served_generation(run):
        history.mark_all_dirty()
        return False
    for path, state in history.documents.live():
        if not publish.looks_published(run.served, path, state):
            now = publish.stat_by_bytes(run.served, path)
            if now is None or now.digest != state.digest:
                history.mark_all_dirty()
                return False
            history.documents.set_published(path, now, live=True)
    return True


def stage(run: Run, staging: publish.Staging) -> Staged:
    """Make every dirty document, validate it, and stage it where its file is not the same.

    Raises:
        RefusedError: none is valid.
    """
    staged, written = Staged(), set[str]()
    _proofs.clear()
    has_pages = run.history.documents.has_any_below(paths.PAGES_FOLDER)
    if has_pages:
        run.history.neighbours.mark_dirty()
    if run.history.documents.is_anything_dirty():
        reached = (paths.Stage.REFERRED, False)
        for document, live in _pack(run.config, _documents(run, staged)):
            if (needed := _order(run, document.path)) > reached:
                staging.barrier()
                reached = needed
            if _stage_document(run, staging, document, live) and live and paths.is_live_feed(document.path):
                written.add(document.path.rpartition("/")[0])
            staged.documents += 1
        if staged.withheld and not staged.valid:
            raise RefusedError
    _report_feeds(run, written)
    return staged


def _order(run: Run, path: str) -> tuple[paths.Stage, bool]:
    """What must be in place before a document: of pages of entries those that are new, to which others lead now."""
    is_changed_page = paths.is_entry_page(path) and run.history.documents.get(path) is not None
    return paths.publication_stage(path), is_changed_page


def _stage_document(run: Run, staging: publish.Staging, document: Document, live: bool) -> bool:
    """Stage a document; return False if its file has these bytes already."""
    digest = publish.digest(document.body)
    run.history.documents.set_staged(document.path, digest, live)
    known = run.history.documents.get(document.path)
    if known and known.digest == digest and publish.looks_published(run.served, document.path, known):
        return False
    now = publish.stat_by_bytes(run.served, document.path)
    if now is not None and now.digest == digest:
        return False
    staging.add(document)
    return True


def _pack(config: Config, documents: Iterator[_Emitted]) -> Iterator[_Emitted]:
    """The documents, each followed by itself in gzip, where that is wanted."""
    for document, live in documents:
        yield document, live
        if config.publish.gzip:
            packed = gzip.compress(document.body, _COMPRESSION, mtime=0)  # the same bytes whenever it is
            yield Document(document.path + paths.PACKED, packed), live


def _report_feeds(run: Run, written: set[str]) -> None:
    for feed in published_feeds(run):
        if feed.path in written:
            run.report.feeds_written += 1
            run.report.feeds.append(feed.path)
        else:
            run.report.feeds_unchanged += 1


# --- documents, in the order of paths.Stage ---------------------------------------------------------------------------


def _documents(run: Run, staged: Staged) -> Iterator[_Emitted]:
    """Every dirty document, after those that it refers to."""
    from feeds.feed import pages

    for document in (*pages.assets(run.config), *redirects.documents(run.config)):
        yield document, True
    yield from _entry_pages(run, are_new=True)
    if run.history.documents.has_any_below(paths.PAGES_FOLDER):
        yield from _entry_pages(run, are_new=False)
    feeds = published_feeds(run)
    _check_moved(run, feeds)
    dirty = [feed for feed in feeds if feed.is_dirty]
    yield from _archive_documents(run, staged, dirty)
    copies: list[Document] = []
    for document, live in _live_documents(run, staged, dirty):
        yield document, live
        copies += [document._replace(path=path) for path in redirects.copied(run.config, document.path)]
    for document in copies:
        yield document, True
    listed = _summaries(run, feeds)
    yield from _feed_pages(run, [feed for feed in dirty if _has_documents(run, feed)], listed)
    yield from _lists(run, list(listed.values()))


def _check_moved(run: Run, feeds: Sequence[StoredFeed]) -> None:
    """Refuse a [[moved]] that leads to no feed, or whose old path is one that something is published at.

    Raises:
        ConfigError: there is one.
    """
    live = {paths.document_path(spec_of(run.config, feed.category), kind) for feed in feeds for kind in FORMATS}
    for moved in run.config.moved:
        if moved.new not in live:
            message = f"[[moved]] leads to '{moved.new}', where no feed is published"
            raise ConfigError(run.config.folder / FILE, message, moved.line)
        if moved.old in live or paths.is_reserved(moved.old):
            message = f"[[moved]] from '{moved.old}', at which something is published"
            raise ConfigError(run.config.folder / FILE, message, moved.line)


def _entry_pages(run: Run, are_new: bool) -> Iterator[_Emitted]:
    """The dirty pages of entries, those that are not published yet or the others: a page may lead to a new one."""
    from feeds.feed import pages

    for number, entry in enumerate(run.history.entries.each(run.config.base_url, "dirty"), 1):
        if entry.page and are_new == (run.history.documents.get(entry.page) is None):
            beside = run.history.neighbours.of(entry.id)
            yield pages.entry_page(notices.as_published(entry), run.config, *beside), False
        if number % _REPORTED == 0:
            run.progress("writing pages", number, None)


def _archive_documents(run: Run, staged: Staged, dirty: Sequence[StoredFeed]) -> Iterator[_Emitted]:
    for number, feed in enumerate(dirty, 1):
        for page in _archive_pages(run, feed):
            for document in _valid_documents(run, staged, page, _make_documents(run.config, [page])):
                yield document, False
        run.progress("writing archives", number, len(dirty))


def _archive_pages(run: Run, feed: StoredFeed) -> Iterator[FeedPage]:
    """The dirty pages of a feed's archive, oldest first."""
    archives, limits = run.history.archives, run.config.limits
    archives.grow(feed.path, limits.live, limits.live_bytes)
    for number in archives.dirty(feed.path):
        extent = archives.bounds(feed.path, number)
        rows, are_valid = archives.rows(feed.path, *extent)
        yield FeedPage(
            spec=spec_of(run.config, feed.category),
            feed_id=feed.id,
            rows=rows,
            number=number,
            previous=number - 1,
            extent=extent,
            is_known_valid=are_valid,
        )


def _live_documents(run: Run, staged: Staged, dirty: Sequence[StoredFeed]) -> Iterator[_Emitted]:
    live = (_live_page(run, feed) for feed in dirty)
    batches = ((page, [page]) for page in live)
    made = map_batches(run.executor, partial(_make_documents, run.config), batches)
    for number, (page, documents) in enumerate(made, 1):
        for document in _valid_documents(run, staged, page, documents):
            yield document, True
        run.progress("writing feeds", number, len(dirty))


def _live_page(run: Run, feed: StoredFeed) -> FeedPage:
    """What the live documents of a feed hold; of one that has ended, with an entry on top that says so."""
    spec, archives, limits = spec_of(run.config, feed.category), run.history.archives, run.config.limits
    extent = archives.extent(feed.path, limits.live, limits.live_bytes)
    rows, are_valid = archives.rows(feed.path, extent.live_from)
    if feed.ended:
        rows.insert(0, _ended_row(run, feed, spec, feed.ended))
    return FeedPage(
        spec=spec,
        feed_id=feed.id,
        rows=rows,
        number=0,
        previous=extent.pages,
        extent=(extent.live_from, LAST),
        has_ended=feed.ended is not None,
        is_known_valid=feed.ended is None and are_valid,
    )


def _ended_row(run: Run, feed: StoredFeed, spec: FeedSpec, ended: dt.datetime) -> Row:
    """The entry that says that a feed has ended."""
    from feeds.feed import render

    [declared] = [declared for declared in run.config.ended if declared.feed == feed.path]
    others = {other.path: other for other in run.history.feeds.all() if other.category}
    to = spec_of(run.config, others[declared.to].category) if declared.to in others else None
    if declared.to and to is None:
        message = f"[[ended]] sends the readers of '{feed.path}' to '{declared.to}', which is not a feed"
        raise ConfigError(run.config.folder / FILE, message, declared.line)
    notice = notices.ended_notice(spec, feed.id, ended, to, declared.note, run.config)
    return ended, render.render_entry(notice, run.config, run.history.feeds.main_id(run.config))


def _valid_documents(run: Run, staged: Staged, page: FeedPage, made: Iterable[Made]) -> Iterator[Document]:
    """Those of the documents that are valid; the others are withheld."""
    documents = list(made)
    if not page.is_known_valid and not page.has_ended and not any(findings for _, findings in documents):
        run.history.archives.mark_valid(page.spec.path, *page.extent)
    for document, findings in documents:
        if findings:
            staged.withheld.add(page.spec.path)
            run.report.refused.append(Refusal(document.path, findings))
        else:
            staged.valid += 1
            yield document


def _summaries(run: Run, feeds: Sequence[StoredFeed]) -> dict[str, FeedSummary]:
    """What index and lists say of the feeds that have not ended, by path."""
    counts = run.history.statistics.counts()
    summaries = {}
    for feed in feeds:
        if feed.ended is None and _has_documents(run, feed):
            summary = _summary(run, feed, counts)
            if feed.is_dirty:
                summary = summary._replace(gap=_gap(run, feed.path))
            summaries[feed.path] = summary
    return summaries


def _summary(run: Run, feed: StoredFeed, counts: dict[str, int]) -> FeedSummary:
    return FeedSummary(spec_of(run.config, feed.category), counts.get(feed.path, 0), feed.newest, feed.gap)


def _has_documents(run: Run, feed: StoredFeed) -> bool:
    """Return True if the live documents of a feed are published, or staged by this run."""
    documents, spec = run.history.documents, spec_of(run.config, feed.category)
    live = (paths.document_path(spec, kind) for kind in FORMATS)
    return all(documents.is_staged(path) or documents.get(path) for path in live)


def _gap(run: Run, path: str) -> dt.timedelta | None:
    """The median time between the last entries of a feed: what is to be expected; None where there are few."""
    published = run.history.entries.newest_times(path, _NEWEST)
    gaps = sorted(newer - older for newer, older in itertools.pairwise(published))
    gap = max(gaps[len(gaps) // 2], dt.timedelta(days=1)) if len(gaps) >= _LEAST_GAPS else None
    run.history.statistics.set_gap(path, int(gap.total_seconds()) if gap else None)
    return gap


def _feed_pages(run: Run, dirty: Sequence[StoredFeed], listed: dict[str, FeedSummary]) -> Iterator[_Emitted]:
    """The pages beside the dirty feeds, and their lists for other sites."""
    from feeds.feed import pages

    counts = run.history.statistics.counts()
    for feed in dirty:
        summary = listed.get(feed.path) or _summary(run, feed, counts)
        entries = run.history.entries.newest_of(feed.path, run.config.base_url, _NEWEST)
        if feed.path:
            months = run.history.statistics.months(feed.path)
            related = _related(run, feed.path, listed)
            shown = entries[: pages.SHOWN]
            yield pages.feed_page(summary, shown, months, related, run.config, feed.ended), True
        if run.config.publish.embed:
            for document in pages.embed_pages(summary, entries[: pages.EMBEDDED], run.config):
                yield document, True


def _related(run: Run, path: str, listed: dict[str, FeedSummary]) -> list[tuple[FeedSpec, int]]:
    """The listed feeds of other kinds that share most entries with a feed, and how many; of pairs only its own."""
    found = [
        (listed[other].spec, count)
        for other, count in run.history.statistics.related(path)
        if other in listed and (other.count("/") == 1 or f"{path}/" in f"{other}/")
    ]
    return found[:_RELATED]


def _lists(run: Run, summaries: Sequence[FeedSummary]) -> Iterator[_Emitted]:
    """The index, the OPML lists and the catalogue."""
    from feeds.feed import pages
    from feeds.feed.pages import lists

    newest = run.history.entries.newest_of("", run.config.base_url, pages.FIRST)
    yield pages.index_page(summaries, newest, run.history.statistics.months(""), run.config), True
    for document in lists.opml_documents(summaries, run.config):
        yield document, True
    yield lists.catalogue(summaries, run.config), True


# --- after the documents are in place ---------------------------------------------------------------------------------


def record(run: Run, staged: Staged, is_output_intact: bool) -> None:
    """Store what is published now, and that nothing is dirty but what was withheld.

    Args:
        is_output_intact: what check_output returned.
    """
    history, documents = run.history, run.history.documents
    history.remember("generation", _served_generation(run))
    for path, digest, live in documents.staged():
        state = publish.stat_published(run.served, path, digest)
        if state:
            documents.set_published(path, state, live)
    for path, state in () if is_output_intact else list(documents.live()):
        if not documents.is_staged(path) and not publish.looks_published(run.served, path, state):
            documents.forget(path)  # of a kind that is no longer published, and taken away by hand
    documents.mark_published(staged.withheld)
    history.archives.mark_published(staged.withheld)


def _served_generation(run: Run) -> str:
    """The number of the generation that is served, "" without generations."""
    return str(publish.Generations(run.output).current) if run.config.publish.generations else ""


# --- pure work, for an executor ---------------------------------------------------------------------------------------

_proofs = Proofs()
Made = tuple[Document, tuple[Finding, ...]]  # a document, and what is wrong with it


def _make_documents(config: Config, pages: Iterable[FeedPage]) -> list[Made]:
    """The documents of pages in each format, each with what is wrong with it."""
    return [made for page in pages for made in _make_page(config, page)]


def _make_page(config: Config, page: FeedPage) -> Iterator[Made]:
    from feeds.feed import assemble

    # A feed is as new as its newest entry (never the clock); an empty one as old as the site's authority.
    updated = max((row[0] for row in page.rows), default=dt.datetime(config.year, 1, 1, tzinfo=dt.UTC))
    head = heads.HeadSpec(
        feed=page.spec,
        feed_id=page.feed_id,
        updated=updated,
        page=page.number,
        previous=page.previous,
        has_ended=page.has_ended,
    )
    empty = assemble.make_empty_documents(head, config)
    documents = assemble.fill_documents(empty, [fragments for _, fragments in page.rows])
    for kind, document, bare in zip(FORMATS, documents, empty, strict=True):
        is_proven = page.is_known_valid and len(document.body) == assemble.filled_length(
            bare, kind, [fragments[kind.name] for _, fragments in page.rows]
        )
        yield document, () if is_proven and _has_valid_head(config, page, kind, bare) else _errors(document)


def _has_valid_head(config: Config, page: FeedPage, kind: Format, bare: Document) -> bool:
    """Return True if a document without its entries is valid: found so now, or like those that were."""
    feed = ("feed", kind.name, page.spec, page.feed_id)
    form = ("form", kind.name, page.spec.path.count("/"), page.number > 0, page.previous > 0)
    if not _proofs.has(config, feed, form):
        if _errors(bare):
            return False
        _proofs.add(feed, form)
    return True


def _errors(document: Document) -> tuple[Finding, ...]:
    from feeds.validation import validate

    return tuple(validate(document.body, advise=False))

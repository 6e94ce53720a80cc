"""What waits -> documents, validated and staged; what was published -> remembered."""

from __future__ import annotations

import datetime as dt
import gzip
import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from feeds import config, publish
from feeds.feed import membership, notices
from feeds.history.archives import Row
from feeds.history.feeds import StoredFeed
from feeds.model import FORMATS, Category, ConfigError, Document, Entry, FeedSpec, FeedSummary, Finding
from feeds.pipeline.parallel import map_batches
from feeds.pipeline.report import Refusal
from feeds.pipeline.run import Run, Step

_FILES = frozenset(kind.file for kind in FORMATS)
_NEWEST = 21  # entries of a feed that its pages show some of, and of which the times between are taken
_LEAST_GAPS = 3  # such times that say when the next is likely


class RefusedError(Exception):
    """No feed of the run is valid: whatever is wrong is not one entry, and nothing is to be kept."""


class Publishing(Step):
    """Makes the documents of a run."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.made = 0  # documents
        self.withheld: set[str] = set()  # paths of feeds
        self.valid = 0  # documents of feeds
        self._is_all_there = False  # what was published, when the run began

    def look_at_output(self) -> None:
        """Let everything be compared with its file where a published file is missing or not as it was left, or what is
        served is not the generation that was published last."""
        if self.history.state("generation") != self._generation():
            self.history.publish_again()
            return
        for path, state in self.history.documents.live():
            if not publish.looks_published(self.served, path, state):
                now = publish.stat_by_bytes(self.served, path)
                if now is None or now.digest != state.digest:
                    self.history.publish_again()
                    return
                self.history.documents.keep(path, now, live=True)
        self._is_all_there = True

    def stage(self, staging: publish.Staging) -> None:
        """Make every document that waits; validate it; stage it where its file is not the same."""
        if not self.history.documents.is_waiting():
            self.report.feeds_unchanged = len(self._published_feeds())
            return
        written: set[str] = set()
        for document, live in self._packed(self._documents(staging)):
            digest = publish.digest(document.body)
            self.history.documents.make(document.path, digest, live)
            self.made += 1
            if not self._is_in_place(document.path, digest):
                staging.add(document)
                path, _, name = document.path.rpartition("/")
                if live and name in _FILES:
                    written.add(path)
        if self.withheld and not self.valid:
            raise RefusedError
        for path in self._published_feeds():
            if path in written:
                self.report.feeds_written += 1
                self.report.feeds.append(path)
            else:
                self.report.feeds_unchanged += 1

    def _packed(self, documents: Iterator[tuple[Document, bool]]) -> Iterator[tuple[Document, bool]]:
        """The documents, each followed by itself in gzip, where that is wanted."""
        for document, live in documents:
            yield document, live
            if self.config.publish.gzip:
                packed = gzip.compress(document.body, 9, mtime=0)  # the same bytes whenever it is
                yield Document(f"{document.path}.gz", "application/gzip", packed), live

    def _is_in_place(self, path: str, digest: bytes) -> bool:
        """Whether the file has these bytes already."""
        known = self.history.documents.get(path)
        if known and known.digest == digest and publish.looks_published(self.served, path, known):
            return True
        now = publish.stat_by_bytes(self.served, path)
        return now is not None and now.digest == digest

    def _published_feeds(self) -> list[str]:
        return [feed.path for feed in self.history.feeds.all() if membership.is_published(feed.category, self.config)]

    def _documents(self, staging: publish.Staging) -> Iterator[tuple[Document, bool]]:
        """What is to be published, and whether each run looks at it, in the order in which it may appear: pages of
        entries, the archives that point at them, the feeds that point at those, the index that points at the feeds.
        """
        from feeds.feed import pages
        from feeds.feed.pages import lists

        for document in pages.assets():
            yield document, True
        for number, (entry, _) in enumerate(self.history.entries.each(self.config.base_url, "waiting"), 1):
            if entry.page:
                yield pages.entry_page(notices.as_published(entry), self.config), False
            if number % 200 == 0:
                self.progress("writing pages", number, None)
        feeds = [feed for feed in self.history.feeds.all() if membership.is_published(feed.category, self.config)]
        waiting = [feed for feed in feeds if feed.waits]
        for number, feed in enumerate(waiting, 1):
            for page in self._archive(self._spec(feed.category), feed.id):
                for document in self._valid(page, _made(self.config, [page])):
                    yield document, False
            self.progress("writing archives", number, len(waiting))
        staging.barrier()
        live = (self._live(self._spec(feed.category), feed) for feed in waiting)
        each = ((page, [page]) for page in live)
        for number, (page, made) in enumerate(map_batches(self.run.executor, partial(_made, self.config), each), 1):
            for document in self._valid(page, made):
                yield document, True
            self.progress("writing feeds", number, len(waiting))
        listed: dict[str, FeedSummary] = {}
        touched: list[tuple[FeedSummary, StoredFeed]] = []
        counts = self.history.activity.counts()
        for feed in feeds:
            spec = self._spec(feed.category)
            if all(
                self.history.documents.is_made(path) or self.history.documents.get(path)
                for path in (spec.file(kind.file) for kind in FORMATS)
            ):
                summary = FeedSummary(spec, counts.get(spec.path, 0), feed.newest, feed.gap)
                if feed.ended is None:
                    listed[spec.path] = summary
                if feed.waits:
                    touched.append((summary, feed))
        staging.barrier()
        for summary, feed in touched:
            path = summary.spec.path
            entries = self.history.entries.members(path, self.config.base_url, _NEWEST)
            if path in listed:
                listed[path] = summary._replace(gap=self._gap(path, entries))
            if path:
                yield self._twin(summary, feed, entries, listed), True
            if self.config.publish.embed:
                for document in pages.embed_pages(summary, entries[: pages.EMBEDDED], self.config):
                    yield document, True
        newest = self.history.entries.members("", self.config.base_url, pages.FIRST)
        summaries = list(listed.values())
        yield pages.index_page(summaries, newest, self.history.activity.months(""), self.config), True
        for document in lists.opml_documents(summaries, self.config):
            yield document, True
        yield lists.catalogue(summaries, self.config), True

    def _gap(self, path: str, entries: Sequence[Entry]) -> dt.timedelta | None:
        """The median time between the last entries of a feed: what is to be expected; None where there are few."""
        gaps = sorted(newer.published - older.published for newer, older in itertools.pairwise(entries))
        gap = max(gaps[len(gaps) // 2], dt.timedelta(days=1)) if len(gaps) >= _LEAST_GAPS else None
        self.history.activity.keep_gap(path, int(gap.total_seconds()) if gap else None)
        return gap

    def _twin(
        self, summary: FeedSummary, feed: StoredFeed, entries: Sequence[Entry], known: dict[str, FeedSummary]
    ) -> Document:
        """The page beside a feed."""
        from feeds.feed import pages

        path = summary.spec.path
        related = [
            (known[other].spec, count)
            for other, count in self.history.activity.related(path)
            if other in known and (other.count("/") == 1 or f"{path}/" in f"{other}/")  # of pairs only its own
        ]
        months = self.history.activity.months(path)
        return pages.feed_page(summary, entries[: pages.SHOWN], months, related, self.config, feed.ended)

    def _spec(self, category: Category | None) -> FeedSpec:
        return membership.feed_spec(category, self.config) if category else membership.main_feed(self.config)

    def _archive(self, spec: FeedSpec, feed_id: str) -> Iterator[Page]:
        """The pages of a feed's archive that wait, oldest first."""
        archives = self.history.archives
        archives.grow(spec.path, self.config.limits.live, self.config.limits.live_bytes)
        for page in archives.waiting(spec.path):
            is_known = archives.is_of_valid(spec.path, page)
            extent = archives.bounds(spec.path, page)
            rows = archives.rows(spec.path, *extent)
            yield Page(spec, feed_id, rows, page, page - 1, extent, is_known=is_known)

    def _live(self, spec: FeedSpec, feed: StoredFeed) -> Page:
        """What the live documents of a feed hold; of one that has ended, with an entry on top that says so."""
        from feeds.feed import render

        limits = self.config.limits
        extent = self.history.archives.extent(spec.path, limits.live, limits.live_bytes)
        rows = self.history.archives.rows(spec.path, extent.live_from)
        if feed.ended:
            [declared] = [one for one in self.config.ended if one.feed == spec.path]
            known = {other.path: other for other in self.history.feeds.all() if other.category}
            to = self._spec(known[declared.to].category) if declared.to in known else None
            if declared.to and to is None:
                message = f"[[ended]] sends the readers of '{spec.path}' to '{declared.to}', which is no feed"
                raise ConfigError(self.config.folder / config.FILE, message, declared.line)
            last = notices.ended_notice(spec, feed.id, feed.ended, to, declared.note, self.config)
            rows.insert(0, (feed.ended, render.fragments(last, self.config)))
        positions = (extent.live_from, 1 << 62)
        return Page(spec, feed.id, rows, 0, extent.pages, positions, has_ended=feed.ended is not None)

    def _valid(self, page: Page, made: Iterable[Made]) -> Iterator[Document]:
        """Those of the documents that are valid; the others are refused."""
        documents = list(made)
        if not page.is_known and not page.has_ended and not any(findings for _, findings in documents):
            self.history.archives.found_valid(page.spec.path, *page.extent)
        for document, findings in documents:
            if findings:
                self.withheld.add(page.spec.path)
                self.report.refused.append(Refusal(document.path, findings))
            else:
                self.valid += 1
                yield document

    def _generation(self) -> str:
        """The number of the generation that is served, "" without generations."""
        return str(publish.Generations(self.output).current) if self.config.publish.generations else ""

    def record(self) -> None:
        """Remember what is published now, and that nothing waits but what was withheld."""
        self.history.remember("generation", self._generation())
        documents = self.history.documents
        for path, digest, live in documents.made():
            state = publish.stat_published(self.served, path, digest)
            if state:
                documents.keep(path, state, live)
        for path, state in () if self._is_all_there else list(documents.live()):
            if not documents.is_made(path) and not publish.looks_published(self.served, path, state):
                documents.forget(path)  # of a kind that is no longer published, and taken away by hand
        documents.finish(self.withheld)
        self.history.archives.finish(self.withheld)


class Page(NamedTuple):
    """What the documents of a feed are to hold, of its archive or (page 0) the live ones.

    Attributes:
        previous: the page before it, 0 where there is none.
        extent: the first and the last position that it holds.
        is_known: each of the entries was found valid, and no two are the same: then a document of them is valid where
            its head is, and only that is asked.
    """

    spec: FeedSpec
    feed_id: str
    rows: Sequence[Row]
    number: int
    previous: int
    extent: tuple[int, int]
    has_ended: bool = False
    is_known: bool = False


Made = tuple[Document, tuple[Finding, ...]]  # a document, and what is wrong with it


def _made(settings: config.Config, pages: Iterable[Page]) -> list[Made]:
    """The documents of pages, in each format, each with what is wrong with it."""
    from feeds.feed import assemble
    from feeds.validation import validate

    made = []
    for page in pages:
        # A feed is as new as its newest entry (never the clock); an empty one as old as the site's authority.
        updated = max((row[0] for row in page.rows), default=dt.datetime(settings.year, 1, 1, tzinfo=dt.UTC))
        fragments = [rendered for _, rendered in page.rows]
        place = (page.number, page.previous, page.has_ended)
        heads = assemble.heads(page.spec, page.feed_id, settings, updated, *place)
        documents = assemble.filled(heads, fragments)
        asked = heads if page.is_known else documents
        for document, part in zip(documents, asked, strict=True):
            findings = validate(part.body)
            if findings and page.is_known:
                findings = validate(document.body)
            made.append((document, tuple(findings)))
    return made

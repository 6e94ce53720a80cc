"""A site -> published feeds: the one place that knows the order of the stages.

    read (fetch, sources, normalise) -> recognise (history) -> tag -> render -> assemble -> validate -> publish

What is decided is one transaction of the history, committed when every document is staged and before the first is
renamed; feeds and pages that wait are marked in it, so that a run that is killed later is finished by the next.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from feeds import __version__, config, fetch, notices, publish, select
from feeds.build import gate
from feeds.build.items import check_overrides, read_items, tagger, tags
from feeds.build.report import Change, Counts, Refusal, Report
from feeds.history import History, StoredFeed
from feeds.history.archives import Row
from feeds.model import (
    Candidate,
    Category,
    ConfigError,
    Document,
    Entry,
    FeedSpec,
    FeedSummary,
    HistoryError,
    Origin,
    Problem,
    SourceError,
    Tags,
    UnknownItemError,
)

Progress = Callable[[str, int, int | None], None]
LOST = "lost-history"


def build(
    site: Path,
    output: Path,
    *,
    now: dt.datetime,
    progress: Progress | None = None,
    allow: Collection[str] = (),
    dry_run: bool = False,
) -> Report:
    """Publish the feeds of the site into the output folder, and say what was done.

    Args:
        site: the folder with feeds.toml and the listings.
        output: made when it is missing; files that need no change are not touched.
        now: aware; the only time that the run knows.
        progress: called with the name of a stage, how much of it is done, and of how much where that is known.
        allow: what would be held is taken: "flood:news", "shrink:news" for a source, LOST for published feeds whose
            history is gone.
        dry_run: say what would be done, and write nothing.

    Raises:
        ConfigError: the configuration is wrong; nothing was read.
        LockedError: another run is at work on the site or the output.
        HistoryError, PublishError: nothing of this run was kept, or the message says what was.
    """
    settings = config.load(site)
    if not dry_run:
        publish.make_folder(output)
    folders = (site, output) if output.is_dir() else (site,)
    is_tried = dry_run and not settings.history.exists()
    with publish.lock(*folders), History(settings.history, in_memory=is_tried) as history:
        run = _Run(settings, output, history, now, progress or (lambda stage, done, total: None), allow)
        if dry_run:
            with contextlib.suppress(_DryError, _RefusedError), history.transaction():
                run.report.is_dry = True
                run.report.written = run.try_out()
                raise _DryError
            return run.report
        with publish.staging(output) as staging:
            try:
                with history.transaction():
                    run.decide()
                    run.stage(staging)
                    staging.prepare()
            except _RefusedError:
                run.report.is_published = False
                return run.report
            staging.switch()
            run.report.written = list(staging.paths)
            if run.documents:
                with history.transaction():
                    run.record()
        return run.report


class _RefusedError(Exception):
    """No feed of the run is valid: whatever is wrong is not one entry, and nothing is to be kept."""


def withdraw(site: Path, output: Path, item: str, reason: str, *, now: dt.datetime) -> Report:
    """Put a notice of withdrawal in the place of an entry, everywhere, and publish it.

    Args:
        item: the entry's id, link, or the address of its page.
        reason: a sentence for readers.

    Raises:
        UnknownItemError: there is no such entry.
        FeedsError: as for build.
    """
    from feeds.normalise import clean

    sentence, _ = clean(reason)
    return _turn(site, output, item, now, lambda history, entry: history.withdraw(entry.id, sentence, now))


def restore(site: Path, output: Path, item: str, *, now: dt.datetime) -> Report:
    """Undo a withdrawal, and publish it. Arguments and errors as for withdraw."""
    return _turn(site, output, item, now, lambda history, entry: history.reinstate(entry.id, now))


def _turn(site: Path, output: Path, item: str, now: dt.datetime, change: Callable[[History, Entry], None]) -> Report:
    settings = config.load(site)
    if not settings.history.exists():
        raise UnknownItemError(item, "nothing was published from here yet")
    with publish.lock(site), History(settings.history) as history, history.transaction():
        entry = history.find(item, settings.base_url)
        if entry is None:
            raise UnknownItemError(item, "no such entry; give its id, its link, or the address of its page")
        change(history, entry)
    return build(site, output, now=now)


class _DryError(Exception):
    """The end of a run that keeps nothing."""


class _HeldError(Exception):
    """A source is not taken as it is: what it looks like, and why."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name, message)
        self.name, self.message = name, message


class _Run:
    """One run: what the steps share. Each step is a method, in the order of build()."""

    def __init__(
        self,
        settings: config.Config,
        output: Path,
        history: History,
        now: dt.datetime,
        progress: Progress,
        allow: Collection[str],
    ) -> None:
        self.config, self.output, self.history, self.now, self.progress = settings, output, history, now, progress
        self.allow = allow
        self.report = Report(str(settings.folder), str(output))
        self.documents: dict[str, tuple[bytes, bool]] = {}  # path -> digest of what should be there, whether live
        self.withheld: set[str] = set()  # paths of feeds
        self.valid = 0  # documents of feeds
        if settings.is_default:
            self.report.notes.append(
                f"{settings.folder}/{config.FILE} is missing; using title '{settings.title}', base_url "
                f"'{settings.base_url}', every *.txt as one listing; write one before anybody subscribes"
            )

    # --- what there is --------------------------------------------------------------------------------------------

    def decide(self) -> None:
        """Read what changed, recognise it, tag and render it; note which feeds and pages wait to be published."""
        if not self.history.state("publishing") and publish.current(self.output, "atom.xml") and LOST not in self.allow:
            raise HistoryError(
                self.history.path,
                f"knows of no run, but {self.output} holds feeds: what they remember would be lost, and their entries "
                f"announced again; put a backup of the file in its place, or begin anew with --allow {LOST}",
            )
        self.history.add_feed(select.main(self.config), self.config)
        was_read = self._read_sources()
        self._apply_settings()
        if was_read:
            self._admit()
        self._render()
        self._look_at_output()

    def try_out(self) -> list[str]:
        """Do all but publish; the paths that would be written."""
        self.decide()
        staging = publish.NoStaging(self.output)
        self.stage(staging)
        return staging.paths

    def _read_sources(self) -> bool:
        """List the items of every source of which a document changed; whether there was one."""
        settings = _digest(
            __version__, self.config.sources, self.config.limits, self.config.timezone, self.config.language
        )
        again = self.history.state("reading") != settings
        was_read = False
        for order, source in enumerate(self.config.sources):
            counts = self.report.sources[source.name] = Counts()
            resources = fetch.find(self.config.folder, source.path)
            if not resources:
                origin = Origin(source.name, str(self.config.folder / source.path), 0)
                self.report.problems.append(
                    Problem(origin, "no-document", f"source '{source.name}': no file matches '{source.path}'")
                )
            known = [None if again else self._unchanged(source, resource) for resource in resources]
            if resources and all(items is not None for items in known):
                items = sum(items for items in known if items is not None)
                counts.add(Counts(read=items, known=items))
            else:
                try:
                    with self.history.attempt():
                        self._take(source, order, resources, counts)
                    was_read = True
                except _HeldError as held:
                    counts.put_aside = counts.read  # and nothing else: all of it was undone
                    counts.new = counts.changed = counts.known = 0
                    self.report.held[source.name] = held.name
                    origin = Origin(source.name, str(self.config.folder / source.path), 0)
                    self.report.problems.append(Problem(origin, f"held-{held.name}", held.message))
            self.report.counts.add(counts)
        self.history.remember("reading", settings)
        return was_read

    def _take(self, source: config.Source, order: int, resources: Sequence[fetch.Resource], counts: Counts) -> None:
        """List what a source lists, recognise it, and look what subscribers would see of it."""
        readings = [self._read(source, order, resource) for resource in resources]
        for reading in readings:
            counts.add(reading or Counts())
        if None in readings:
            return  # a document that cannot be read says nothing about what is gone
        self.history.listed.match_similar(source.name)
        key = f"listed:{source.name}"
        listed, new, old = self.history.listed.impact(source.name)
        impact = gate.Impact(source.name, listed, int(self.history.state(key) or 0), new, old)
        found = gate.judge(impact, self.config.limits.flood, self.config.limits.shrink)
        if found and f"{found[0]}:{source.name}" not in self.allow:
            raise _HeldError(*found)
        self.history.remember(key, str(listed))

    def _unchanged(self, source: config.Source, resource: fetch.Resource) -> int | None:
        """How many items a document holds that is as it was when it was last read, without a problem."""
        known = self.history.input(source.name, resource.name)
        if known is None:
            return None
        size, mtime_ns, digest, items = known
        try:
            stamp = resource.stamp()
            if stamp == fetch.Stamp(size, mtime_ns):
                return items
            if stamp.size == size and resource.digest() == digest:
                self.history.keep_input(source.name, resource.name, size, stamp.mtime_ns, digest, items)
                return items
        except SourceError:
            return None  # reading says what is wrong
        return None

    def _read(self, source: config.Source, order: int, resource: fetch.Resource) -> Counts | None:
        """List the items of one document; of one that fails none, and None is returned."""
        counts = Counts()
        problems: list[Problem] = []
        try:
            with self.history.attempt():
                stamp, digest = resource.stamp(), resource.digest()
                for item in read_items(self.config, source, resource, self.now):
                    problems += item.problems
                    if item.candidate:
                        problems += self._list(item.candidate, order, counts)
                    elif item.is_put_aside:
                        counts.put_aside += 1
                    else:
                        continue
                    counts.read += 1
                    if counts.read % 500 == 0:
                        self.progress(f"reading {resource.name}", counts.read, None)
                if counts.read == 0:
                    origin = Origin(source.name, resource.shown, 1)
                    reason = "is empty" if stamp.size == 0 else "holds no date line"
                    problems.append(Problem(origin, "no-items", f"{reason}; entries of earlier runs stay published"))
        except SourceError as error:
            self.history.forget_input(source.name, resource.name)
            origin = Origin(source.name, resource.shown, error.line)
            self.report.problems.append(Problem(origin, error.code, error.message))
            return None
        if problems:
            self.history.forget_input(source.name, resource.name)
        else:
            self.history.keep_input(source.name, resource.name, stamp.size, stamp.mtime_ns, digest, counts.read)
        self.report.problems += problems
        return counts

    def _list(self, candidate: Candidate, order: int, counts: Counts) -> list[Problem]:
        """List one item; what is listed before is put aside, and said so."""
        listing = self.history.listed.add(candidate, order)
        if listing.status == "known":
            counts.known += 1
        if listing.status not in ("duplicate", "conflict"):
            return []
        counts.put_aside += 1
        if listing.status == "duplicate":
            message = f"'{candidate.title}' is listed twice; the first is at {listing.other}"
        else:
            message = (
                f"'{candidate.title}' has the source, date and title of {listing.other}, but another text; "
                "give it a title of its own, or remove one of the two"
            )
        return [Problem(candidate.origin, listing.status, message)]

    # --- what it means --------------------------------------------------------------------------------------------

    def _apply_settings(self) -> None:
        """Bring stored entries up to date with data files and configuration that changed since the last run."""
        from feeds import tagging

        site = self.config
        looks = (site.title, site.description, site.base_url, site.language, site.author, site.limits.live, site.ended)
        facets = [select.is_published(Category(scheme, "", ""), site) for scheme in select.FACETS]
        publishing = _digest(__version__, _templates(), looks, facets, str(self.output.resolve()))
        rendering = _digest(_render_version(), site.base_url, site.language, site.limits.summary)
        tables = tagging.fingerprint(site.countries.file, site.topics.file)
        rulings = [(one.key, one.value, one.facets) for one in site.overrides]
        tags_by = _digest(site.language, tables, site.topics.profile, rulings)
        if self.history.state("publishing") not in ("", publishing):
            self.history.publish_again()
        if self.history.state("rendering") not in ("", rendering):
            from feeds.normalise import summarise

            for entry, text in self.history.entries(site.base_url):
                flat = text.replace("\n\n", " ")
                self.history.keep_summary(entry.id, summarise(flat, site.limits.summary) or entry.title)
            self.history.publish_again()
        self.history.end([one.feed for one in site.ended], self.now)
        if self.history.state("tagging") != tags_by:
            check_overrides(site)
            self._check_feeds()
        if self.history.state("tagging") not in ("", tags_by):
            for number, (entry, text) in enumerate(self.history.entries(site.base_url), 1):
                self._retag(entry, text)
                self.progress("tagging again", number, None)
        self.history.remember("publishing", publishing)
        self.history.remember("rendering", rendering)
        self.history.remember("tagging", tags_by)

    def _check_feeds(self) -> None:
        """Raise ConfigError where a published feed is of something that the tables no longer have."""
        feeds = [feed for feed in self.history.feeds() if feed.category and feed.ended is None]
        labels = tagger(self.config, self.config.language).labels if feeds else {}
        gone = [
            feed.path for feed in feeds if feed.category and (feed.category.scheme, feed.category.term) not in labels
        ]
        if gone:
            raise ConfigError(
                self.config.folder / config.FILE,
                f"feeds are published of what no table has any more: {', '.join(gone)}; bring it back, or declare "
                f"each: [[ended]] feed = '{gone[0]}', with to = '…' where it goes on",
            )

    def _retag(self, entry: Entry, text: str) -> None:
        categories = tags(self.config, entry.language, entry.title, text, entry.link, entry.id).categories
        if categories != entry.categories:
            self._note(entry, replace(entry, categories=categories), entry.link)
            self.history.retag(entry.id, categories)
            self.history.join(entry.id, select.feeds_of(categories, self.config), self.config)
            self.history.touch_feeds_of(entry.id)

    def _admit(self) -> None:
        """Store what is new or changed, with its tags, and let its feeds wait."""
        for number, pending in enumerate(self.history.listed.pending(), 1):
            candidate = pending.candidate
            identifier = self.history.identifier(pending.arrival) if pending.arrival else ""
            found = self._tags(candidate, identifier)
            counts = self.report.sources[candidate.origin.source]
            if pending.arrival:
                before = self.history.entry(identifier, self.config.base_url)
                entry, shows = self.history.revise(pending, found, self.config, self.now)
                name = "changed" if shows else "known"
                self._note(before, entry, str(candidate.origin))
            else:
                entry, name = self.history.admit(pending, found, self.config, self.now), "new"
                if any(override.key == "id" for override in self.config.overrides):  # only now it has one
                    found = self._tags(candidate, entry.id)
                    self.history.retag(entry.id, found.categories)
                self.report.changes.append(Change("new", entry.id, entry.title, str(candidate.origin)))
            self.history.join(entry.id, select.feeds_of(found.categories, self.config), self.config)
            for count in (counts, self.report.counts):
                setattr(count, name, getattr(count, name) + 1)
            if number % 200 == 0:
                self.progress("tagging", number, None)

    def _note(self, before: Entry, after: Entry, place: str) -> None:
        """Note what changed in an entry, for the report."""
        for kind, old, new in (
            ("retitled", before.title, after.title),
            ("relinked", before.link, after.link),
            ("edited", before.content_html, after.content_html),
            ("retagged", _labels(before), _labels(after)),
        ):
            if old != new:
                shown = (old, new) if kind != "edited" else ("", "")
                self.report.changes.append(Change(kind, after.id, after.title, place, *shown))

    def _tags(self, candidate: Candidate, identifier: str) -> Tags:
        return tags(self.config, candidate.language, candidate.title, candidate.text, candidate.link, identifier)

    def _render(self) -> None:
        """Render what has no fragments."""
        for number, (entry, _) in enumerate(self.history.entries(self.config.base_url, "unrendered"), 1):
            from feeds import render

            fragments = render.fragments(notices.shown(entry), self.config)
            self.history.keep_fragments(entry.id, fragments.atom, fragments.rss)
            if number % 200 == 0:
                self.progress("rendering", number, None)

    # --- what is published ----------------------------------------------------------------------------------------

    def _look_at_output(self) -> None:
        """Let everything be compared with its file where a published file is missing or not as it was left."""
        for path, state in self.history.documents.live():
            if not publish.looks_published(self.output, path, state):
                now = publish.current(self.output, path)
                if now is None or now.digest != state.digest:
                    self.history.publish_again()
                    return
                self.history.documents.keep(path, now, live=True)

    def stage(self, staging: publish.Staging) -> None:
        """Make every document that waits; validate it; stage it where its file is not the same."""
        if not self.history.documents.is_waiting():
            self.report.feeds_unchanged = len(self._published_feeds())
            return
        for document, live in self._documents(staging):
            digest = publish.digest(document.body)
            self.documents[document.path] = (digest, live)
            if not self._is_in_place(document.path, digest):
                staging.add(document)
        if self.withheld and not self.valid:
            raise _RefusedError
        staged = set(staging.paths)
        for path in self._published_feeds():
            files = {f"{path}/{name}" if path else name for name in ("atom.xml", "rss.xml")}
            if files & staged:
                self.report.feeds_written += 1
                self.report.feeds.append(path)
            else:
                self.report.feeds_unchanged += 1

    def _is_in_place(self, path: str, digest: bytes) -> bool:
        """Whether the file has these bytes already."""
        known = self.history.documents.get(path)
        if known and known.digest == digest and publish.looks_published(self.output, path, known):
            return True
        now = publish.current(self.output, path)
        return now is not None and now.digest == digest

    def _published_feeds(self) -> list[str]:
        return [feed.path for feed in self.history.feeds() if select.is_published(feed.category, self.config)]

    def _documents(self, staging: publish.Staging) -> Iterator[tuple[Document, bool]]:
        """What is to be published, and whether each run looks at it, in the order in which it may appear: pages of
        entries, the archives that point at them, the feeds that point at those, the index that points at the feeds.
        """
        from feeds import pages

        for number, (entry, _) in enumerate(self.history.entries(self.config.base_url, "waiting"), 1):
            if entry.page:
                yield pages.entry(notices.shown(entry), self.config), False
            if number % 200 == 0:
                self.progress("writing pages", number, None)
        feeds = [feed for feed in self.history.feeds() if select.is_published(feed.category, self.config)]
        waiting = [feed for feed in feeds if feed.waits]
        for number, feed in enumerate(waiting, 1):
            for document in self._archive(self._spec(feed.category), feed.id):
                yield document, False
            self.progress("writing archives", number, len(waiting))
        staging.barrier()
        listed: list[FeedSummary] = []
        for number, feed in enumerate(feeds, 1):
            spec = self._spec(feed.category)
            if feed.waits:
                for document in self._live(spec, feed):
                    yield document, True
                self.progress("writing feeds", number, len(feeds))
            if feed.ended is None and all(
                path in self.documents or self.history.documents.get(path)
                for path in (spec.file("atom.xml"), spec.file("rss.xml"))
            ):
                listed.append(FeedSummary(spec, *self.history.size(spec.path)))
        staging.barrier()
        yield pages.stylesheet(), True
        yield pages.index(listed, self.config), True

    def _spec(self, category: Category | None) -> FeedSpec:
        return select.of(category, self.config) if category else select.main(self.config)

    def _archive(self, spec: FeedSpec, feed_id: str) -> Iterator[Document]:
        """The pages of a feed's archive that wait, oldest first."""
        archives = self.history.archives
        archives.grow(spec.path, self.config.limits.live)
        for page in archives.waiting(spec.path):
            yield from self._valid(spec, feed_id, archives.page(spec.path, page), page, page - 1)

    def _live(self, spec: FeedSpec, feed: StoredFeed) -> Iterator[Document]:
        """The live documents of a feed; of one that has ended, with an entry on top that says so."""
        from feeds import render

        extent = self.history.archives.extent(spec.path, self.config.limits.live)
        rows = self.history.archives.rows(spec.path, extent.live_from)
        if feed.ended:
            [declared] = [one for one in self.config.ended if one.feed == spec.path]
            known = {other.path: other for other in self.history.feeds() if other.category}
            to = self._spec(known[declared.to].category) if declared.to in known else None
            if declared.to and to is None:
                message = f"[[ended]] sends the readers of '{spec.path}' to '{declared.to}', which is no feed"
                raise ConfigError(self.config.folder / config.FILE, message, declared.line)
            last = notices.ended(spec, feed.id, feed.ended, to, declared.note, self.config)
            fragments = render.fragments(last, self.config)
            rows.insert(0, (feed.ended, fragments.atom, fragments.rss))
        yield from self._valid(spec, feed.id, rows, 0, extent.pages)

    def _valid(self, spec: FeedSpec, feed_id: str, rows: Sequence[Row], page: int, previous: int) -> Iterator[Document]:
        """The documents of a feed with these entries that are valid; the others are refused."""
        from feeds import assemble, render
        from feeds.validate import validate

        # A feed is as new as its newest entry (never the clock); an empty one as old as the site's authority.
        updated = max((row[0] for row in rows), default=dt.datetime(self.config.year, 1, 1, tzinfo=dt.UTC))
        fragments = [render.Fragments(atom, rss) for _, atom, rss in rows]
        for document in assemble.documents(spec, feed_id, self.config, updated, fragments, page, previous):
            findings = validate(document.body)
            if findings:
                self.withheld.add(spec.path)
                self.report.refused.append(Refusal(document.path, tuple(findings)))
            else:
                self.valid += 1
                yield document

    def record(self) -> None:
        """Remember what is published now, and that nothing waits but what was withheld."""
        for path, (digest, live) in self.documents.items():
            state = publish.stamp(self.output, path, digest)
            if state:
                self.history.documents.keep(path, state, live)
        for path, state in list(self.history.documents.live()):
            if path not in self.documents and not publish.looks_published(self.output, path, state):
                self.history.documents.forget(path)  # of a kind that is no longer published, and taken away by hand
        self.history.documents.finish(self.withheld)
        self.history.archives.finish(self.withheld)


def _digest(*values: object) -> str:
    """A digest of values whose repr says all of them."""
    return hashlib.blake2b(repr(values).encode(), digest_size=16).hexdigest()


def _labels(entry: Entry) -> str:
    return ", ".join(sorted(category.label for category in entry.categories))


def _templates() -> list[bytes]:
    """The pages' templates."""
    folder = Path(__file__).parent.parent / "templates"
    return [path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()]


def _render_version() -> str:
    from feeds import render

    return render.VERSION

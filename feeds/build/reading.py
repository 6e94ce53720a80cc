"""The sources -> what they list, recognised; held where subscribers would not believe it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from feeds import __version__, config, fetch
from feeds.build import gate
from feeds.build.items import date_rules, read_items
from feeds.build.report import Counts
from feeds.build.run import Run, Step, digest
from feeds.build.web import Web
from feeds.history.inputs import Input
from feeds.model import Candidate, Origin, Problem, SourceError

_MOST_ABOVE = 1 << 22  # bytes put on top of a listing that are read by themselves; more is another listing
_START = 1 << 12  # bytes of what is below them that tell whether it begins with an item
_LEFT_ALONE = 3  # servers that do not answer, after which no other is asked how long a file is


class _HeldError(Exception):
    """A source is not taken as it is: what it looks like, and why."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name, message)
        self.name, self.message = name, message


class _OverlapError(Exception):
    """What changed of a source cannot be understood without the rest."""


class _Known(NamedTuple):
    """A document that is as it was when it was last read, but for what was put above it, if anything was: then also
    how it was when that was read.
    """

    input: Input
    above: bytes = b""
    stamp: fetch.Stamp | None = None
    digest: bytes = b""

    @property
    def is_whole(self) -> bool:
        """Whether nothing was put above it."""
        return not self.above


_Document = tuple[fetch.Resource, _Known | None]  # and what is known of it


class Reading(Step):
    """Reads what changed."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._unmeasured = 0  # files whose servers did not answer

    def sources(self) -> bool:
        """List the items of every source of which a document changed; whether there was one."""
        settings = digest(
            __version__, self.config.sources, self.config.limits, self.config.timezone, self.config.language
        )
        again = self.history.state("reading") != settings
        was_read = False
        web = Web(self.run)
        web.request([source for source in self.config.sources if source.url], again)
        for order, source in enumerate(self.config.sources):
            counts = self.report.sources[source.name] = Counts()
            resources: Sequence[fetch.Resource]
            if source.url:
                resources = web.documents(source)
                counts.add(Counts(read=web.unchanged(source), known=web.unchanged(source)))
                if not resources:  # unchanged, or it failed: neither says that anything is gone
                    self.report.counts.add(counts)
                    self._expect(source)
                    continue
            else:
                resources = fetch.find(self.config.folder, source.path)
            if not resources and not source.url:
                origin = Origin(source.name, source.place(self.config.folder), 0)
                self.report.problems.append(
                    Problem(origin, "no-document", f"source '{source.name}': no file matches '{source.path}'")
                )
            known = [None if again else self._known(source, resource) for resource in resources]
            if resources and all(one and one.is_whole for one in known):
                items = sum(one.input.items for one in known if one)
                counts.add(Counts(read=items, known=items))
            else:
                try:
                    with self.history.attempt():
                        self._take_changed(source, order, list(zip(resources, known, strict=True)), counts)
                    was_read = True
                except _HeldError as held:
                    counts.put_aside = counts.read  # and nothing else: all of it was undone
                    counts.new = counts.changed = counts.known = 0
                    self.report.held[source.name] = held.name
                    origin = Origin(source.name, source.place(self.config.folder), 0)
                    self.report.problems.append(Problem(origin, f"held-{held.name}", held.message))
            self.report.counts.add(counts)
            self._expect(source)
        self.history.remember("reading", settings)
        return was_read

    def _expect(self, source: config.Source) -> None:
        """Say where nothing new came for longer than the source is said to take."""
        newest = self.history.entries.newest_arrival(source.name) if source.expect_days else None
        if newest and self.now - newest > dt.timedelta(days=source.expect_days):
            message = (
                f"source '{source.name}' has had nothing new since {newest.date()}, and is expected to have something "
                f"every {source.expect_days} days; see whether it still works"
            )
            origin = Origin(source.name, source.place(self.config.folder), 0)
            self.report.problems.append(Problem(origin, "overdue", message))

    def _take_changed(self, source: config.Source, order: int, documents: Sequence[_Document], counts: Counts) -> None:
        """List what changed of a source, where that can be told apart from what did not; else all of it."""
        problems = len(self.report.problems)
        if any(known for _, known in documents):
            try:
                with self.history.attempt():
                    self._take(source, order, documents, counts)
                return
            except _OverlapError:
                del self.report.problems[problems:]
                counts.clear()
        self._take(source, order, [(resource, None) for resource, _ in documents], counts)

    def _take(self, source: config.Source, order: int, documents: Sequence[_Document], counts: Counts) -> None:
        """List what a source lists, recognise it, and look what subscribers would see of it.

        Raises:
            _OverlapError: what is to be read cannot be understood without what is not.
        """
        listed = self.history.listed
        listed.stand((known.input.number, not known.is_whole) for _, known in documents if known)
        unread = sum(known.input.items for _, known in documents if known)
        counts.add(Counts(read=unread, known=unread))
        readings = [
            self._read(source, order, resource, known)
            for resource, known in documents
            if not known or not known.is_whole
        ]
        for reading in readings:
            counts.add(reading or Counts())
        if not listed.is_apart(source.name):
            raise _OverlapError
        if None in readings:
            return  # a document that cannot be read says nothing about what is gone
        listed.match_similar(source.name)
        new, old = listed.impact(source.name)
        overlaps = bool(self.history.state(f"overlaps:{source.name}")) or listed.overlaps(source.name)
        key, count = f"listed:{source.name}", listed.count(source.name, overlaps)
        impact = gate.Impact(source.name, count, int(self.history.state(key) or 0), new, old)
        found = gate.judge(impact, self.config.limits.flood, self.config.limits.shrink)
        if found and f"{found[0]}:{source.name}" not in self.allow:
            raise _HeldError(*found)
        self.history.remember(key, str(count))
        self.history.remember(f"overlaps:{source.name}", "yes" if overlaps else "")

    def _known(self, source: config.Source, resource: fetch.Resource) -> _Known | None:
        """What is known of a document that is as it was when it was last read, without a problem, or that only had
        something put on top of it.
        """
        known = self.history.inputs.get(source.name, resource.name)
        if known is None:
            return None
        try:
            stamp = resource.stamp()
            if stamp == fetch.Stamp(known.size, known.mtime_ns):
                return _Known(known)
            if stamp.size == known.size and resource.digest() == known.digest:
                self.history.inputs.keep(source.name, resource.name, known._replace(mtime_ns=stamp.mtime_ns))
                return _Known(known)
            if (below := self._above(source, resource, stamp, known)) and resource.stamp() == stamp:
                return below
        except SourceError:
            return None  # reading says what is wrong
        return None

    def _above(
        self, source: config.Source, resource: fetch.Resource, stamp: fetch.Stamp, known: Input
    ) -> _Known | None:
        """What is known of a listing on top of which something was put that can be told apart from the rest."""
        from feeds.sources import listing

        length = stamp.size - known.size
        if source.kind != "listing" or source.as_of or not 0 < length <= _MOST_ABOVE:
            return None
        if not isinstance(resource, fetch.File):
            return None
        below, digest = resource.digests(length)
        if below != known.digest:
            return None
        with resource.open() as stream:
            above, start = stream.read(length), stream.read(_START)
            dates = date_rules(self.config, source, self.now)
            is_apart = listing.is_apart(above, start, stream, source.encoding, dates)
        return _Known(known, above, stamp, digest) if is_apart else None

    def _read(self, source: config.Source, order: int, resource: fetch.Resource, known: _Known | None) -> Counts | None:
        """List the items of one document, or of what was put on top of it; of one that fails none, and None is
        returned.
        """
        counts = Counts()
        problems: list[Problem] = []
        read: fetch.Resource
        try:
            with self.history.attempt():
                self.history.listed.begin_document()
                if known and known.stamp:
                    stamp, digest = known.stamp, known.digest
                    read = fetch.Body(resource.name, resource.shown, known.above)
                else:
                    stamp, digest, read = resource.stamp(), resource.digest(), resource
                for item in read_items(self.config, source, read, self.now, self.run.executor):
                    problems += item.problems
                    if item.candidate:
                        candidate = self._measured(item.candidate, source) if source.lengths else item.candidate
                        problems += self._list(candidate, order, counts)
                    elif item.is_put_aside:
                        counts.put_aside += 1
                    else:
                        continue
                    counts.read += 1
                    if counts.read % 500 == 0:
                        self.progress(f"reading {resource.name}", counts.read, None)
                if counts.read == 0 and not known:
                    origin = Origin(source.name, resource.shown, 1)
                    reason = "is empty" if stamp.size == 0 else "holds no date line"
                    problems.append(Problem(origin, "no-items", f"{reason}; entries of earlier runs stay published"))
        except SourceError as error:
            self.history.inputs.forget(source.name, resource.name)
            origin = Origin(source.name, resource.shown, error.line)
            self.report.problems.append(Problem(origin, error.code, error.message))
            return None
        if problems:
            self.history.inputs.forget(source.name, resource.name)
        else:
            oldest, newest = self.history.listed.dates()
            items = counts.read
            if known:
                dates = [date for date in (oldest, newest, known.input.oldest, known.input.newest) if date]
                oldest, newest, items = min(dates), max(dates), items + known.input.items
            read_now = Input(0, stamp.size, stamp.mtime_ns, digest, items, oldest, newest)
            number = self.history.inputs.keep(source.name, resource.name, read_now)
            self.history.listed.end_document(number, is_part=known is not None)
        self.report.problems += problems
        return counts

    def _measured(self, candidate: Candidate, source: config.Source) -> Candidate:
        """The candidate with the lengths of its files, where nobody states them and their servers do; each server is
        asked once for a file, and no more in this run after a few did not answer.
        """
        measured = []
        for one in candidate.enclosures:
            known = (one.length, one.media_type) if one.length else self.history.length(one.address)
            if known is None and self._unmeasured < _LEFT_ALONE:
                try:
                    known = fetch.measure(one.address, private=source.private)
                except SourceError as error:
                    self._unmeasured += error.code != "status"
                else:
                    self.history.keep_length(one.address, *known)
            length, media_type = known or (0, "")
            measured.append(one._replace(length=length, media_type=one.media_type or media_type))
        return candidate._replace(enclosures=tuple(measured))

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

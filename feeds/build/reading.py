"""The sources -> what they list, recognised; held where subscribers would not believe it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from feeds import __version__, config, fetch
from feeds.build import gate
from feeds.build.items import read_items
from feeds.build.report import Counts
from feeds.build.run import Run, Step, digest
from feeds.build.web import Web
from feeds.model import Candidate, Origin, Problem, SourceError

_LEFT_ALONE = 3  # servers that do not answer, after which no other is asked how long a file is


class _HeldError(Exception):
    """A source is not taken as it is: what it looks like, and why."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name, message)
        self.name, self.message = name, message


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
                for item in read_items(self.config, source, resource, self.now, self.run.executor):
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
        return replace(candidate, enclosures=tuple(measured))

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

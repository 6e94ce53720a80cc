"""One document of a source -> observed items; what did not change since it was last read is not read."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from feeds import config, fetch
from feeds.history.source_documents import SourceDocument
from feeds.model import Candidate, Origin, Problem, SourceError
from feeds.pipeline.failures import internal_problem, is_caused_by_input
from feeds.pipeline.items import Item, date_rules, read_items
from feeds.pipeline.report import Counts
from feeds.pipeline.run import Run, Step

_MOST_ABOVE = 1 << 22  # bytes put on top of a listing that are read by themselves; more is another listing
_START = 1 << 12  # bytes of what is below them that tell whether it begins with an item
_LEFT_ALONE = 3  # servers that do not answer, after which no other is asked how long a file is


class Known(NamedTuple):
    """A document that is as it was when it was last read, but for what was put above it, if anything was: then also
    how it was when that was read.
    """

    input: SourceDocument
    above: bytes = b""
    stamp: fetch.Stamp | None = None
    digest: bytes = b""

    @property
    def is_whole(self) -> bool:
        """Return True if nothing was put above it."""
        return not self.above


class Documents(Step):
    """Reads the documents of sources."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._unmeasured = 0  # files whose servers did not answer

    def known(self, source: config.Source, resource: fetch.Resource) -> Known | None:
        """What is known of a document that is as it was when it was last read, or that only had something put on top of
        it; None where all of it is to be read.
        """
        known = self.history.inputs.get(source.name, resource.name)
        if known is None or known.is_due(self.now.timestamp()):
            return None
        try:
            stamp = resource.stamp()
            if stamp == fetch.Stamp(known.size, known.mtime_ns):
                return Known(known)
            if stamp.size == known.size and resource.digest() == known.digest:
                self.history.inputs.keep(source.name, resource.name, known._replace(mtime_ns=stamp.mtime_ns))
                return Known(known)
            if (below := self._above(source, resource, stamp, known)) and resource.stamp() == stamp:
                return below
        except SourceError:
            return None  # reading says what is wrong
        return None

    def _above(
        self, source: config.Source, resource: fetch.Resource, stamp: fetch.Stamp, known: SourceDocument
    ) -> Known | None:
        """What is known of a listing on top of which something was put that can be told apart from the rest."""
        from feeds import sources
        from feeds.sources import listing

        length = stamp.size - known.size
        if source.as_of or known.rejected or not 0 < length <= _MOST_ABOVE or not isinstance(resource, fetch.File):
            return None
        if sources.kind(source, resource) != "listing":
            return None
        below, digest = resource.digests(length)
        if below != known.digest:
            return None
        with resource.open() as stream:
            above, start = stream.read(length), stream.read(_START)
            dates = date_rules(self.config, source, self.now)
            is_apart = listing.can_be_read_apart(above, start, stream, source.encoding, dates)
        return Known(known, above, stamp, digest) if is_apart else None

    def read(
        self,
        source: config.Source,
        names: tuple[str, ...],
        order: int,
        resource: fetch.Resource,
        known: Known | None,
    ) -> Counts:
        """Observe the items of one document, or of what was put on top of it. Of one that fails none are observed, and
        those that it had count as if it still listed them.

        A document with an item that was rejected is read again in the next run: of a listing on top of which it stands
        only what was put there.

        Args:
            names: those under which entries of the source are stored.
        """
        counts, problems = Counts(), list[Problem]()
        try:
            with self.history.attempt():
                self.history.observed.begin_document()
                stamp, digest = resource.stamp(), b""
                read: fetch.Resource = resource
                if known and known.stamp:
                    stamp, digest = known.stamp, known.digest
                    read = fetch.Body(resource.name, resource.shown, known.above)
                digest = digest or resource.digest()
                waiting: list[float] = []
                for item in read_items(self.config, source, read, self.now, self.run.executor):
                    problems += self._observe(item, source, names, order, counts)
                    waiting += [item.until.timestamp()] if item.until else []
                    if counts.read % 500 == 499:
                        self.progress(f"reading {resource.name}", counts.read, None)
                if counts.read == 0 and not known:
                    reason = "is empty" if stamp.size == 0 else "holds no date line"
                    message = f"{reason}; entries of earlier runs stay published"
                    problems.append(Problem(Origin(source.name, resource.shown, 1), "no-items", message))
        except SourceError as error:
            origin = Origin(source.name, resource.shown, error.line)
            return self._failed(source, resource, Problem(origin, error.code, error.message))
        except Exception as error:
            if not is_caused_by_input(error):
                raise
            place = Origin(source.name, resource.shown, 0)
            return self._failed(
                source, resource, internal_problem(error, place, f"a document of source '{source.name}'")
            )
        self.report.problems += problems
        errors = [problem for problem in problems if problem.severity == "error"]
        if not errors or known is None:
            until = int(min(*waiting, self._midnight(source))) if waiting else 0
            now = SourceDocument(0, stamp.size, stamp.mtime_ns, digest, counts.read, "", "", counts.put_aside, until)
            if not counts.read or any(problem.code == "internal" for problem in errors):
                now = now.to_be_read_again()  # another version of this program may know better
            number = self._keep(source, resource, known, now)
            self.history.inputs.keep_problems(number, errors)
        return counts

    def _midnight(self, source: config.Source) -> float:
        """When the day of the run ends where the source states its days, in seconds since 1970: what is said of an item
        that waits names the day.
        """
        zone = date_rules(self.config, source, self.now).zone
        tomorrow = self.now.astimezone(zone).date() + dt.timedelta(days=1)
        return dt.datetime.combine(tomorrow, dt.time(), zone).timestamp()

    def _failed(self, source: config.Source, resource: fetch.Resource, problem: Problem) -> Counts:
        self.report.problems.append(problem)
        self.history.observed.begin_document()
        if stored := self.history.inputs.get(source.name, resource.name):
            self.history.observed.stand_unread(stored.number)
        return Counts()

    def _keep(self, source: config.Source, resource: fetch.Resource, known: Known | None, now: SourceDocument) -> int:
        """Remember how a document is, and what it lists; return its number."""
        oldest, newest = self.history.observed.dates()
        items = now.items
        if known:
            dates = [date for date in (oldest, newest, known.input.oldest, known.input.newest) if date]
            oldest, newest, items = min(dates), max(dates), items + known.input.items
        number = self.history.inputs.keep(
            source.name, resource.name, now._replace(items=items, oldest=oldest, newest=newest)
        )
        self.history.observed.end_document(number, is_part=known is not None)
        return number

    def unread(self, source: config.Source, resource: fetch.Resource, stored: SourceDocument) -> Counts:
        """What a document lists that is not read, for it is as it was; what was rejected of it is said again."""
        self.report.problems += self.history.inputs.problems(stored.number, source.name, resource.shown)
        known = stored.items - stored.rejected
        return Counts(read=stored.items, known=known, put_aside=stored.rejected)

    def _observe(
        self, item: Item, source: config.Source, names: tuple[str, ...], order: int, counts: Counts
    ) -> list[Problem]:
        """Observe one item, and say what is wrong with it."""
        problems = list(item.problems)
        candidate = item.candidate
        if candidate is None:
            counts.put_aside += item.is_put_aside
            counts.read += item.is_put_aside
            return problems
        counts.read += 1
        if failed := self.run.barred.get(candidate.origin):
            counts.put_aside += 1
            return [*problems, failed]
        if source.lengths:
            candidate = self._measured(candidate, source)
        seen = self.history.observed.add(candidate, order, names)
        counts.known += seen.status == "unchanged"
        if seen.other:
            counts.put_aside += 1
            which = "the first is" if seen.status == "duplicate" else "the other, in words that are not known, is"
            message = f"'{candidate.title}' is listed twice; {which} at {seen.other}"
            problems.append(Problem(candidate.origin, "duplicate", message))
        return problems

    def _measured(self, candidate: Candidate, source: config.Source) -> Candidate:
        """The candidate with the lengths of its files, where nobody states them and their servers do; each server is
        asked once for a file, and no more in this run after a few did not answer.
        """
        measured = []
        for enclosure in candidate.enclosures:
            address = enclosure.address
            known = (enclosure.length, enclosure.media_type) if enclosure.length else self.history.length(address)
            if known is None and self._unmeasured < _LEFT_ALONE:
                try:
                    known = fetch.measure(address, private=source.private)
                except SourceError as error:
                    self._unmeasured += error.code != "status"
                else:
                    self.history.keep_length(address, *known)
            length, media_type = known or (0, "")
            measured.append(enclosure._replace(length=length, media_type=enclosure.media_type or media_type))
        return candidate._replace(enclosures=tuple(measured))

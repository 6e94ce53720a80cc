"""One document of a source -> observed items. A document that did not change since it was last read is not read."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from feeds import fetch
from feeds.config import Source
from feeds.dates import Proof, prove_order
from feeds.fetch import Resource, Stamp
from feeds.history import History
from feeds.history.source_documents import SourceDocument
from feeds.model import Candidate, Enclosure, Origin, Problem, RawItem, SourceError
from feeds.pipeline.downloads import access
from feeds.pipeline.failures import internal_problem, is_caused_by_input
from feeds.pipeline.items import Item, date_rules, read_items
from feeds.pipeline.report import Counts
from feeds.pipeline.run import Run
from feeds.pipeline.tags import unknown_categories, untagged

if TYPE_CHECKING:
    from feeds.pipeline.articles import Articles

_MAX_ABOVE = 1 << 22  # bytes put on top of a listing that are read by themselves; more is another listing
_START = 1 << 12  # bytes of what is below them that tell whether it begins with an item
_MAX_SILENT = 3  # servers that do not answer, after which none is asked for the length of a file
_DATES = 2000  # of a document, by which the order of day and month is looked for
_MOST_SAID = 500  # names of a source that are remembered as said
_REPORTED = 500  # items after which the progress is told


class Unchanged(NamedTuple):
    """A document that is as it was when it was last read, but for what was put on top of it.

    Attributes:
        stored: how it was.
        above: what was put on top, of a table with its first line; then stamp and digest are those of the whole.
    """

    stored: SourceDocument
    above: bytes = b""
    stamp: Stamp | None = None
    digest: bytes = b""

    @property
    def is_whole(self) -> bool:
        """Return True if nothing was put on top of it."""
        return not self.above


class _Read(NamedTuple):
    """What was read of a document.

    Attributes:
        waiting: when items can become entries that wait for their day, in seconds since 1970.
        categories: of its items in the words of the source, each with the language of an item; in order.
        languages: of its items, in order.
        dates: of its items, as stated.
        articles: the pages of its items, None where they are not asked for.
    """

    stamp: Stamp
    digest: bytes
    counts: Counts
    problems: list[Problem]
    waiting: list[float]
    categories: dict[tuple[str, str], None]
    languages: dict[str, None]
    dates: set[str]
    articles: Articles | None


def find_unchanged(run: Run, source: Source, resource: Resource) -> Unchanged | None:
    """Return what is stored of a document that did not change, or only had something put on top of it; else None."""
    stored = run.history.source_documents.get(source.name, resource.name)
    if stored is None or stored.is_due(run.now.timestamp()):
        return None
    try:
        stamp = resource.stamp()
        if stamp == Stamp(stored.size, stored.mtime_ns):
            return Unchanged(stored)
        if stamp.size == stored.size and resource.digest() == stored.digest:
            touched = stored._replace(mtime_ns=stamp.mtime_ns)
            run.history.source_documents.set(source.name, resource.name, touched)
            return Unchanged(stored)
        grown = _find_grown(run, source, resource, stamp, stored)
        return grown if grown and resource.stamp() == stamp else None
    except SourceError:
        return None  # reading says what is wrong


def _find_grown(run: Run, source: Source, resource: Resource, stamp: Stamp, stored: SourceDocument) -> Unchanged | None:
    """A listing or a table on top of which something was put that can be read apart from the rest; else None."""
    from feeds import sources
    from feeds.sources import listing, table

    length = stamp.size - stored.size
    if source.as_of or stored.rejected or not 0 < length <= _MAX_ABOVE or not isinstance(resource, fetch.File):
        return None
    kind = sources.kind_of_document(source, resource)
    if kind not in ("listing", "table"):
        return None
    with resource.open() as stream:
        head = stream.readline(_START) if kind == "table" else b""  # the names of the columns stay on top
        below, digest = resource.digests(len(head) + length, head)
        if below != stored.digest:
            return None
        above, start = stream.read(length), stream.read(_START)
        if kind == "table":
            is_apart = table.can_be_read_apart(head, above, start, stream, source)
        else:
            dates = date_rules(run.config, source, run.now)
            is_apart = listing.can_be_read_apart(above, start, stream, source.encoding, dates)
    return Unchanged(stored, head + above, stamp, digest) if is_apart else None


def count_unread(run: Run, source: Source, resource: Resource, stored: SourceDocument) -> Counts:
    """Count what an unchanged document lists; what was rejected of it is reported again."""
    run.report.problems += run.history.source_documents.problems(stored.number, source.name, resource.shown)
    return Counts(read=stored.items, unchanged=stored.items - stored.rejected, rejected=stored.rejected)


def observe_document(
    run: Run, source: Source, names: tuple[str, ...], order: int, resource: Resource, unchanged: Unchanged | None
) -> Counts:
    """Observe the items of a document, or of what was put on top of it, and return what became of them.

    Of a document that fails none are observed, and those that it had count as if it still listed them. One with an item
    that was rejected is read again in the next run; of a listing on top of which it stands only what was put there.

    Args:
        names: those under which entries of the source are stored.
        order: the place of the source in feeds.toml.
    """
    from feeds.sources import notes

    origin = Origin(source.name, resource.shown, 0)
    try:
        with run.history.attempt():
            read = _observe_items(run, source, names, order, resource, unchanged)
    except SourceError as error:
        return _keep_unread(run, source, resource, Problem(origin._replace(line=error.line), error.code, error.message))
    except Exception as error:
        if not is_caused_by_input(error):
            raise
        problem = internal_problem(error, origin, f"a document of source '{source.name}'")
        return _keep_unread(run, source, resource, problem)
    if read.counts.read == 0 and not unchanged:
        reason = "is empty" if read.stamp.size == 0 else "holds no date line"
        message = f"{reason}; entries of earlier runs stay published"
        read.problems.append(Problem(origin._replace(line=1), "no-items", message))
    for code, languages in untagged(run.config, read.languages):
        read.problems.append(notes.of_names(code, languages, origin))
    if unknown := unknown_categories(run.config, source, read.categories):
        read.problems.append(notes.of_names("unknown-categories", unknown, origin))
    run.report.problems += _unsaid(run, source, read.problems)
    _store_document(run, source, resource, unchanged, read)
    return read.counts


def _unsaid(run: Run, source: Source, problems: list[Problem]) -> list[Problem]:
    """The problems without what was said of the source in earlier runs.

    A field that is new is named; of new categories nothing is said again: in some sources each item has its own.
    """
    from feeds.sources import notes

    found, met = [], set()  # each item may say the same
    for problem in problems:
        if not problem.names:
            found.append(problem)
            continue
        if (problem.code, problem.names) in met:
            continue
        met.add((problem.code, problem.names))
        key = f"said:{problem.code}:{source.name}"
        said = json.loads(run.history.state(key) or "[]")
        new = tuple(name for name in problem.names if name not in said)
        run.history.remember(key, json.dumps([*said, *new][:_MOST_SAID]))
        if new and (not said or problem.code != "unknown-categories"):
            found.append(problem if new == problem.names else notes.of_names(problem.code, new, problem.origin))
    return found


def _observe_items(
    run: Run, source: Source, names: tuple[str, ...], order: int, resource: Resource, unchanged: Unchanged | None
) -> _Read:
    run.history.observed.begin_document()
    part = resource
    if unchanged and unchanged.stamp:
        stamp, digest = unchanged.stamp, unchanged.digest
        part = fetch.Body(resource.name, resource.shown, unchanged.above)
    else:
        stamp, digest = resource.stamp(), resource.digest()
    read = _Read(
        stamp=stamp,
        digest=digest,
        counts=Counts(),
        problems=[],
        waiting=[],
        categories={},
        languages={},
        dates=set(),
        articles=_articles(run, source),
    )
    complete = read.articles.complete if read.articles else None
    for item in read_items(run.config, source, part, run.now, run.executor, complete):
        read.problems.extend(_observe_item(run, item, source, names, order, read.counts))
        if item.raw and len(read.dates) < _DATES:
            read.dates.add(item.raw.date)
        if item.candidate:
            read.languages[item.candidate.content.language] = None
        if item.candidate and item.candidate.content.categories:
            content = item.candidate.content
            read.categories.update(dict.fromkeys((name, content.language) for name in content.categories))
        if item.until:
            read.waiting.append(item.until.timestamp())
        if read.counts.read % _REPORTED == _REPORTED - 1:
            run.progress(f"reading {resource.name}", read.counts.read, None)
    if read.articles:
        read.problems.extend(read.articles.problems(Origin(source.name, resource.shown, 0)))
    if proof := prove_order(sorted(read.dates)) if source.date_order is None else None:
        read.problems[:] = [_with_proof(problem, proof) for problem in read.problems]
    return read


def _articles(run: Run, source: Source) -> Articles | None:
    """The pages of the items of a source, None where they are not asked for."""
    if source.article is None:
        return None
    from feeds.pipeline.articles import Articles  # and what reads pages

    return Articles(run, source)


def known_articles(history: History | None, source: Source) -> Callable[[RawItem], RawItem] | None:
    """Return what completes items by their pages as these were fetched by builds; None where that is not asked for."""
    if source.article is None or history is None:
        return None
    from feeds.pipeline.articles import complete_known

    return partial(complete_known, history, source)


def _with_proof(problem: Problem, proof: Proof) -> Problem:
    """A problem of a date that may be read in two ways, with what shows which one is meant; never used silently."""
    is_ambiguous = problem.code == "bad-date" and " is ambiguous: " in problem.message
    return problem._replace(message=f"{problem.message}; {proof}") if is_ambiguous else problem


def _observe_item(
    run: Run, item: Item, source: Source, names: tuple[str, ...], order: int, counts: Counts
) -> list[Problem]:
    """Observe one item, count it, and return what is wrong with it."""
    problems, candidate = list(item.problems), item.candidate
    if candidate is None:
        counts.rejected += item.is_rejected
        counts.read += item.is_rejected
        return problems
    counts.read += 1
    if failed := run.barred.get(candidate.origin):
        counts.rejected += 1
        return [*problems, failed]
    if source.lengths:
        candidate = _with_lengths(run, candidate, source)
    seen = run.history.observed.add(candidate, order, names)
    counts.unchanged += seen.status == "unchanged"
    if seen.other:
        counts.rejected += 1
        which = "the first is" if seen.status == "duplicate" else "the other, in words that are not known, is"
        message = f"'{candidate.content.title}' is listed twice; {which} at {seen.other}"
        problems.append(Problem(candidate.origin, "duplicate", message))
    return problems


def _with_lengths(run: Run, candidate: Candidate, source: Source) -> Candidate:
    """The candidate with the lengths of its enclosures, where nobody states them and their servers do.

    A server is asked once for a file, and no more in this run after a few did not answer.
    """
    enclosures = tuple(_with_length(run, enclosure, source) for enclosure in candidate.content.enclosures)
    return candidate._replace(content=candidate.content._replace(enclosures=enclosures))


def _with_length(run: Run, enclosure: Enclosure, source: Source) -> Enclosure:
    if enclosure.length:
        return enclosure
    known = run.history.stored_length(enclosure.address)
    if known is None and run.silent_servers < _MAX_SILENT:
        try:
            known = fetch.measure(enclosure.address, access=access(run.config, source, enclosure.address))
        except SourceError as error:
            run.silent_servers += error.code != "status"
        else:
            run.history.set_length(enclosure.address, *known)
    length, media_type = known or (0, "")
    return enclosure._replace(length=length, media_type=enclosure.media_type or media_type)


def _keep_unread(run: Run, source: Source, resource: Resource, problem: Problem) -> Counts:
    """Report a document that cannot be read now; what it listed counts as if it still did."""
    run.report.problems.append(problem)
    run.history.observed.begin_document()
    if stored := run.history.source_documents.get(source.name, resource.name):
        run.history.observed.add_unread(stored.number)
    return Counts()


def _store_document(run: Run, source: Source, resource: Resource, unchanged: Unchanged | None, read: _Read) -> None:
    """Store how a document was read, and why items of it were rejected."""
    errors = [problem for problem in read.problems if problem.severity == "error"]
    if errors and unchanged:
        return
    oldest, newest = run.history.observed.dates()
    items = read.counts.read
    if unchanged:
        stored = unchanged.stored
        dates = [date for date in (oldest, newest, stored.oldest, stored.newest) if date]
        oldest, newest, items = min(dates), max(dates), items + stored.items
    document = SourceDocument(
        number=0,
        size=read.stamp.size,
        mtime_ns=read.stamp.mtime_ns,
        digest=read.digest,
        items=items,
        oldest=oldest,
        newest=newest,
        rejected=read.counts.rejected,
        until=int(min(*read.waiting, _end_of_day(run, source))) if read.waiting else 0,
    )
    has_pending = read.articles is not None and read.articles.pending > 0
    if has_pending or not read.counts.read or any(problem.code == "internal" for problem in errors):
        document = document.as_unread()  # another version of this program may know better
    number = run.history.source_documents.set(source.name, resource.name, document)
    run.history.observed.end_document(number, is_part=unchanged is not None)
    run.history.source_documents.set_problems(number, errors)


def _end_of_day(run: Run, source: Source) -> float:
    """When the day of the run ends where the source states its days, in seconds since 1970: what is said of an item
    that waits names the day.
    """
    zone = date_rules(run.config, source, run.now).zone
    tomorrow = run.now.astimezone(zone).date() + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(), zone).timestamp()

"""A document of a source -> its items, parsed and normalised: what a build stores and explain shows."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from feeds.config import AUTO, Config, Source
from feeds.content.language import guess_language, primary_subtag
from feeds.dates import MONTHS, OTHERS, DateRules, names_of
from feeds.fetch import Resource
from feeds.model import Candidate, ItemError, Origin, Problem, RawItem
from feeds.pipeline.corrections import with_ruled_date
from feeds.pipeline.failures import internal_problem, is_caused_by_input
from feeds.pipeline.parallel import TOGETHER, Executor, make_batches, map_batches

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")

_OF_DATES = ("no-date", "bad-date", "old-date", "future-date")  # what a ruled date mends
_LONGEST_WAIT = dt.timedelta(days=366)


class Item(NamedTuple):
    """One item of a document on its way.

    Attributes:
        raw: as stated; None where the parser rejected it, or for a word about the document.
        candidate: clean; None where it was rejected.
        until: when it can become an entry, where that is a matter of time.
    """

    raw: RawItem | None
    candidate: Candidate | None
    problems: tuple[Problem, ...]
    until: dt.datetime | None = None

    @property
    def is_rejected(self) -> bool:
        """Return True if the item cannot become an entry, or not yet."""
        is_wrong = any(problem.severity == "error" for problem in self.problems)
        return self.candidate is None and (is_wrong or self.until is not None)

    @property
    def origin(self) -> Origin:
        """Where the item was found."""
        return self.candidate.origin if self.candidate else self.problems[0].origin


def date_rules(config: Config, source: Source, now: dt.datetime, stated: str = "") -> DateRules:
    """Return how the dates of a source are meant: in its language, that of the document, the site's, English, or else
    another; by default in the site's zone.

    Args:
        stated: the language that the document states, "" for none.
    """
    named = [source.language] if source.language != AUTO else MONTHS
    own = [primary_subtag(language) for language in (*named, stated, config.language, "en") if language]
    languages = tuple(name for name in dict.fromkeys(own) if names_of(name))
    zone = zoneinfo.ZoneInfo(source.timezone) if source.timezone else config.zone
    return DateRules(
        languages=languages,
        order=source.date_order,
        as_of=now.astimezone(zone) if source.as_of == "now" else source.as_of,
        zone=zone,
        ranges=source.ranges,
        others=tuple(name for name in OTHERS if name not in languages),
    )


def read_items(
    config: Config,
    source: Source,
    resource: Resource,
    now: dt.datetime,
    executor: Executor | None = None,
    complete: Callable[[RawItem], RawItem | None] | None = None,
) -> Iterator[Item]:
    """Yield the items of one document, parsed and normalised, in its order.

    Args:
        complete: called with each item as it was parsed; returns it with what its page says, None for no item.

    Raises:
        SourceError: the document cannot be read.
    """
    from feeds import sources

    dates = date_rules(config, source, now, sources.stated_language(resource))
    raw_items = sources.read(resource, source, dates, config.limits.text + 1)
    if complete:
        raw_items = _completed(raw_items, complete)
    batches = ((None, batch) for batch in make_batches(raw_items, TOGETHER, _weight))
    for _, items in map_batches(executor, partial(_normalise, config, source, dates, now), batches):
        yield from items


def _completed(
    raw_items: Iterator[RawItem | Problem], complete: Callable[[RawItem], RawItem | None]
) -> Iterator[RawItem | Problem]:
    for raw in raw_items:
        found = raw if isinstance(raw, Problem) else complete(raw)
        if found is not None:
            yield found


def _weight(raw: RawItem | Problem) -> int:
    """The characters of the text of an item."""
    return 0 if isinstance(raw, Problem) else len(raw.content.html) + len(raw.content.text)


def _normalise(
    config: Config, source: Source, dates: DateRules, now: dt.datetime, batch: list[RawItem | Problem]
) -> list[Item]:
    return [
        Item(None, None, (raw,)) if isinstance(raw, Problem) else _normalise_item(config, source, dates, now, raw)
        for raw in batch
    ]


def _normalise_item(config: Config, source: Source, dates: DateRules, now: dt.datetime, raw: RawItem) -> Item:
    from feeds.content import normalise

    try:
        language = _language(raw, source.language or config.language, config.language)
        return Item(raw, *normalise.make_candidate(raw, language, dates, config.limits, now, source))
    except ItemError as error:
        if error.code in _OF_DATES and (ruled := with_ruled_date(config, source.name, raw)):
            return _normalise_item(config._replace(overrides=()), source, dates, now, ruled)
        # An item whose day comes within a year waits; a year from now or later the date is probably wrong.
        is_waiting = error.until is not None and error.until - now <= _LONGEST_WAIT
        problem = Problem(raw.origin, error.code, error.message, "warning" if is_waiting else "error")
        return Item(raw, None, (problem,), error.until)
    except Exception as error:
        if not is_caused_by_input(error):
            raise
        shown = f"'{normalise.shorten(raw.content.title, 60)}'"
        return Item(raw, None, (internal_problem(error, raw.origin, shown),))


def _language(raw: RawItem, stated: str, default: str) -> str:
    """The language of an item: as it says itself, else as its source says, else told from its words."""
    content = raw.content
    if _LANGUAGE_TAG.fullmatch(content.language):
        return content.language
    if stated != AUTO:
        return stated
    from feeds.content import markup

    paragraphs = content.paragraphs or markup.html_paragraphs(content.html)
    return guess_language(" ".join((content.title, *paragraphs)), default)

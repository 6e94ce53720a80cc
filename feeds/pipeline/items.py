"""A document of a source -> its items, read and normalised: what build stores and explain shows."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import zoneinfo
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from feeds import config, fetch
from feeds.content.language import guess_language
from feeds.dates import MONTHS, DateRules
from feeds.model import Candidate, Category, ConfigError, Entry, ItemError, Problem, RawItem, Tags
from feeds.pipeline.failures import internal_problem, is_caused_by_input
from feeds.pipeline.parallel import TOGETHER, Executor, make_batches, map_batches

if TYPE_CHECKING:
    from feeds.tagging import Tagger

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


def date_rules(settings: config.Config, source: config.Source, now: dt.datetime) -> DateRules:
    """How the dates of a source are meant: its own language first, then English; where nobody says, its site's zone."""
    language = source.language or settings.language
    own = tuple(MONTHS) if language == config.AUTO else (language.split("-")[0].lower(), "en")
    zone = zoneinfo.ZoneInfo(source.timezone) if source.timezone else settings.zone
    as_of = now.astimezone(zone) if source.as_of == "now" else source.as_of
    languages = tuple(name for name in dict.fromkeys(own) if name in MONTHS)
    return DateRules(languages, source.date_order, as_of, zone, source.ranges)


def _language(raw: RawItem, stated: str, otherwise: str) -> str:
    """The language of an item: as it says itself, else as its source says, else told from its words."""
    if _LANGUAGE.fullmatch(raw.language):
        return raw.language
    if stated != config.AUTO:
        return stated
    from feeds.content import markup

    return guess_language(" ".join((raw.title, *(raw.paragraphs or markup.html_paragraphs(raw.html)))), otherwise)


def site_tagger(settings: config.Config, language: str) -> Tagger:
    """The tagger of a site for texts in that language; its labels are in the language of the site."""
    from feeds import tagging

    taxonomy = settings.topics.file or (tagging.PROFILES[settings.topics.profile] if settings.topics.profile else None)
    return tagging.tagger(language, settings.countries.file, taxonomy, settings.language)


class Subject(NamedTuple):
    """What the tags of an item are decided on; identifier: of its entry, "" where it has none yet."""

    source: str
    language: str
    title: str
    text: str
    link: str
    stated: tuple[str, ...]
    identifier: str = ""

    @classmethod
    def of(cls, item: Candidate, identifier: str = "") -> Subject:
        """A listed item."""
        return cls(item.origin.source, item.language, item.title, item.text, item.link, item.stated, identifier)

    @classmethod
    def of_entry(cls, entry: Entry, text: str) -> Subject:
        """A stored entry and its text."""
        return cls(entry.origin.source, entry.language, entry.title, text, entry.link, entry.stated, entry.id)


def tag_subject(settings: config.Config, subject: Subject) -> Tags:
    """The tags of an item: what its words say, what its source states, and above that what feeds.toml rules.

    Raises:
        ConfigError: an override, or the table of a source, names a code that no table has.
    """
    from feeds.tagging import add, overrule

    tagged_by = site_tagger(settings, subject.language)
    found = tagged_by.tag(subject.title, subject.text)
    for source in settings.sources if subject.stated else ():
        meant = dict(source.categories) if source.name == subject.source else {}
        for stated in subject.stated:
            facet, _, term = meant.get(stated.casefold(), "").partition("/")
            if facet:
                category = Category(facet, term, tagged_by.labels[facet, term])
                found = add(found, [category], f"category '{stated}' of source '{source.name}'")
    for override in settings.overrides:
        if override.picks(subject.identifier, subject.link, subject.title):
            by = f"override of {override.key} '{override.value}' in {config.FILE}:{override.line}"
            for facet, terms in override.facets:
                ruled = [Category(facet, term, tagged_by.labels[facet, term]) for term in terms]
                found = overrule(found, facet, ruled, by)
    return found


def check_codes(settings: config.Config) -> None:
    """Raise ConfigError where an override, or the table of a source, names a code that no table has."""
    named = [
        (facet, term, override.line)
        for override in settings.overrides
        for facet, terms in override.facets
        for term in terms
    ]
    for source in settings.sources:
        for _, meant in source.categories:
            facet, _, term = meant.partition("/")
            named += [(facet, term, 0)] if facet else []
    for one in settings.custom:
        named += [(*path.split("/"), one.line) for path in (*one.any_of, *one.all_of)]  # type: ignore[misc]
    for pair in settings.pairs.only:
        country, topic = pair.split("/")
        named += [("countries", country, 0), ("topics", topic, 0)]
    labels = site_tagger(settings, settings.language).labels if named else {}
    for facet, term, line in named:
        if (facet, term) not in labels:
            near = difflib.get_close_matches(term, [known for scheme, known in labels if scheme == facet], 1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise ConfigError(settings.folder / config.FILE, f"no such code in {facet}: '{term}'{hint}", line)


class Item(NamedTuple):
    """One item of a document, on its way: as stated, clean (None: put aside), and what was said of it."""

    raw: RawItem | None  # None where the parser put it aside, or for a word about the document
    candidate: Candidate | None
    problems: tuple[Problem, ...]
    until: dt.datetime | None = None  # when it can become an entry, where that is a matter of time

    @property
    def is_put_aside(self) -> bool:
        """Whether the item cannot become an entry."""
        return self.candidate is None and any(problem.severity == "error" for problem in self.problems)


def read_items(
    settings: config.Config,
    source: config.Source,
    resource: fetch.Resource,
    now: dt.datetime,
    executor: Executor | None = None,
) -> Iterator[Item]:
    """The items of one document, read and normalised, in its order.

    Raises:
        SourceError: the document cannot be read.
    """
    from feeds import sources

    dates = date_rules(settings, source, now)
    read = make_batches(sources.read(resource, source, dates, settings.limits.text + 1), TOGETHER, _weight)
    work = partial(_normalised, settings, source, dates, now)
    for _, items in map_batches(executor, work, ((None, batch) for batch in read)):
        yield from items


def _weight(raw: RawItem | Problem) -> int:
    """The characters of the text of an item."""
    return 0 if isinstance(raw, Problem) else len(raw.html) + sum(map(len, raw.paragraphs))


def _normalised(
    settings: config.Config, source: config.Source, dates: DateRules, now: dt.datetime, batch: list[RawItem | Problem]
) -> list[Item]:
    from feeds.content import normalise

    items = []
    for raw in batch:
        if isinstance(raw, Problem):
            items.append(Item(None, None, (raw,)))
            continue
        try:
            language = _language(raw, source.language or settings.language, settings.language)
            items.append(Item(raw, *normalise.make_candidate(raw, language, dates, settings.limits, now, source)))
        except ItemError as error:
            items.append(Item(raw, None, (Problem(raw.origin, error.code, error.message),), error.until))
        except Exception as error:
            if not is_caused_by_input(error):
                raise
            items.append(
                Item(raw, None, (internal_problem(error, raw.origin, f"'{normalise.shorten(raw.title, 60)}'"),))
            )
    return items

"""A document of a source -> its items, read and normalised: what build stores and explain shows."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feeds import config, fetch
from feeds.dates import MONTHS
from feeds.language import guess
from feeds.model import Candidate, Category, ConfigError, ItemError, Problem, RawItem, Tags

if TYPE_CHECKING:
    from feeds.tagging import Tagger


def languages_of_dates(language: str) -> tuple[str, ...]:
    """Whose names of months a listing in that language may use: its own first, then English."""
    return tuple(name for name in dict.fromkeys((language.split("-")[0].lower(), "en")) if name in MONTHS)


def tagger(settings: config.Config, language: str) -> Tagger:
    """The tagger of a site for texts in that language; its labels are in the language of the site."""
    from feeds import tagging

    taxonomy = settings.topics.file or (tagging.PROFILES[settings.topics.profile] if settings.topics.profile else None)
    return tagging.tagger(language, settings.countries.file, taxonomy, settings.language)


def tags(settings: config.Config, language: str, title: str, text: str, link: str = "", identifier: str = "") -> Tags:
    """The tags of an item: what its words say, and above that what feeds.toml rules.

    Args:
        identifier: the id of its entry, "" for one that is not known yet.

    Raises:
        ConfigError: an override names a code that no table has.
    """
    from feeds.tagging import overrule

    tagged_by = tagger(settings, language)
    found = tagged_by.tag(title, text)
    for override in settings.overrides:
        if override.picks(identifier, link, title):
            by = f"override of {override.key} '{override.value}' in {config.FILE}:{override.line}"
            for facet, terms in override.facets:
                ruled = [Category(facet, term, tagged_by.labels[facet, term]) for term in terms]
                found = overrule(found, facet, ruled, by)
    return found


def check_overrides(settings: config.Config) -> None:
    """Raise ConfigError where an override names a code that no table has."""
    labels = tagger(settings, settings.language).labels if settings.overrides else {}
    for override in settings.overrides:
        for facet, terms in override.facets:
            for term in terms:
                if (facet, term) not in labels:
                    near = difflib.get_close_matches(term, [known for scheme, known in labels if scheme == facet], 1)
                    hint = f"; did you mean '{near[0]}'?" if near else ""
                    path = settings.folder / config.FILE
                    raise ConfigError(path, f"no such code in {facet}: '{term}'{hint}", override.line)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a document, on its way: as stated, clean (None: put aside), and what was said of it."""

    raw: RawItem | None  # None where the parser put it aside, or for a word about the document
    candidate: Candidate | None
    problems: tuple[Problem, ...]

    @property
    def is_put_aside(self) -> bool:
        """Whether the item cannot become an entry."""
        return self.candidate is None and any(problem.severity == "error" for problem in self.problems)


def read_items(
    settings: config.Config, source: config.Source, resource: fetch.Resource, now: dt.datetime
) -> Iterator[Item]:
    """The items of one document, read and normalised, in its order.

    Raises:
        SourceError: the document cannot be read.
    """
    from feeds import normalise, sources

    stated = source.language or settings.language
    languages = tuple(MONTHS) if stated == config.AUTO else languages_of_dates(stated)
    for raw in sources.read(resource, source, languages, settings.limits.text + 1):
        if isinstance(raw, Problem):
            yield Item(None, None, (raw,))
            continue
        language = stated
        if stated == config.AUTO:
            language = guess(" ".join((raw.title, *raw.paragraphs)), settings.language)
        try:
            yield Item(raw, *normalise.candidate(raw, language, languages, settings.limits, now, settings.zone))
        except ItemError as error:
            yield Item(raw, None, (Problem(raw.origin, error.code, error.message),))

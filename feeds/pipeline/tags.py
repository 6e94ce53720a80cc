"""The tags of an item: what its words say, what its source states, and above that what feeds.toml rules."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from feeds.config import FILE, KEEP, Config, Override, Source
from feeds.model import Candidate, Category, ConfigError, Content, Entry, Tags

if TYPE_CHECKING:
    from feeds.tagging import Tagger


class Subject(NamedTuple):
    """What the tags of an item are decided on.

    Attributes:
        link: as its source states it.
        identifier: of its entry, "" where it has none yet.
        stated: the content as its source states it, by which overrides pick; content is perhaps corrected.
    """

    source: str
    content: Content
    link: str
    identifier: str
    stated: Content


def subject_of_item(item: Candidate, identifier: str = "") -> Subject:
    """Return what the tags of a listed item are decided on."""
    return Subject(
        source=item.origin.source,
        content=item.content,
        link=item.link,
        identifier=identifier,
        stated=item.content,
    )


def subject_of_entry(entry: Entry) -> Subject:
    """Return what the tags of a stored entry are decided on."""
    link = entry.stated_link or ("" if entry.stated else entry.link)
    return Subject(
        source=entry.origin.source,
        content=entry.content,
        link=link,
        identifier=entry.id,
        stated=entry.stated or entry.content,
    )


def rulings(config: Config, subject: Subject) -> Iterator[Override]:
    """Yield the overrides that bear on an item: they pick by what its source states."""
    for override in config.overrides:
        if override.picks(
            identifier=subject.identifier,
            link=subject.link,
            source=subject.source,
            title=subject.stated.title,
            text=subject.stated.text,
        ):
            yield override


def taxonomy_of(config: Config) -> Path:
    """Return the file of the topics of a site."""
    from feeds import tagging

    topics = config.facets["topics"]
    return topics.file or tagging.PROFILES[topics.profile or "migration"]


def site_tagger(config: Config, language: str) -> Tagger:
    """Return the tagger of a site for texts in that language; its labels are in the language of the site."""
    from feeds import tagging

    taxonomy = taxonomy_of(config)
    countries = config.facets["countries"]
    return tagging.tagger(language, countries.file, taxonomy, config.language, countries.without)


def tag_subject(config: Config, subject: Subject) -> Tags:
    """Return the tags of an item, with their evidence.

    Raises:
        ConfigError: an override, or the table of a source, names a code that no table has.
    """
    tagger = site_tagger(config, subject.content.language)
    tags = tagger.tag(subject.content.title, subject.content.text)
    for source in config.sources:
        if source.name == subject.source:
            tags = _add_stated(tags, subject, source, tagger) if subject.content.categories else tags
            tags = _add_home(tags, source, tagger)
    return _overrule(tags, subject, config, tagger)


def _add_home(tags: Tags, source: Source, tagger: Tagger) -> Tags:
    """Add the country of a source where an item is about none: a ministry does not name its own."""
    from feeds.tagging import add_stated

    if not source.home or any(category.scheme == "countries" for category in tags.categories):
        return tags
    home = Category("countries", source.home.lower(), tagger.labels["countries", source.home.lower()])
    return add_stated(tags, [home], f"home: the country of source '{source.name}'")


def _add_stated(tags: Tags, subject: Subject, source: Source, tagger: Tagger) -> Tags:
    """Add the tags that the source's own categories are: as its table says, else by their names."""
    from feeds.tagging import add_stated

    meanings = dict(source.categories)
    for stated in reversed(subject.content.categories):  # each is put in front
        for category in reversed(_meanings(stated, meanings, tagger)):
            tags = add_stated(tags, [category], f"stated by the source: category '{stated}' of source '{source.name}'")
    kept = [category for category in tags.categories if not category.scheme]
    return tags._replace(categories=(*(category for category in tags.categories if category.scheme), *kept))


def _meanings(stated: str, meanings: Mapping[str, str], tagger: Tagger) -> list[Category]:
    """Return the categories that a source's own one is; of several with commas between them, those of each."""
    if (path := meanings.get(stated.casefold())) is None:
        named = tagger.category_named(stated)
        several = [tagger.category_named(part) for part in stated.split(",")] if "," in stated and not named else []
        if found := [category for category in (named, *several) if category]:
            return found
        path = meanings.get("*", "")
    if path == KEEP:
        return [Category("", stated, stated)]
    facet, _, term = path.partition("/")
    return [Category(facet, term, tagger.labels[facet, term])] if facet else []


def unknown_categories(config: Config, source: Source, stated: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the categories of a source that are no tags here, and of which feeds.toml says nothing.

    Args:
        stated: each with the language of its item.
    """
    meanings = dict(source.categories)
    if "*" in meanings:
        return ()
    return tuple(
        category
        for category, language in stated
        if category.casefold() not in meanings and not _meanings(category, {}, site_tagger(config, language))
    )


def untagged(config: Config, languages: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what cannot be tagged for want of a table: the code of the problem, and the languages."""
    from feeds import tagging

    primary = dict.fromkeys(language.split("-")[0].lower() for language in languages)
    if unknown := tuple(language for language in primary if not tagging.has_table(language)):
        yield "no-table", unknown
    if config.facets["topics"].publish:
        known = tagging.topic_languages(taxonomy_of(config))
        if silent := tuple(language for language in primary if language not in known):
            yield "no-topics", silent


def _overrule(tags: Tags, subject: Subject, config: Config, tagger: Tagger) -> Tags:
    """Tags with what feeds.toml rules instead of what was found."""
    from feeds.tagging import overrule

    for override in rulings(config, subject):
        for facet, terms in override.facets:
            ruled = [Category(facet, term, tagger.labels[facet, term]) for term in terms]
            tags = overrule(tags, facet, ruled, override.place)
    return tags


def check_codes(config: Config) -> None:
    """Refuse a configuration that names codes of countries, regions or topics that no table has.

    Raises:
        ConfigError: it does; names the code, the line, and the code that may have been meant.
    """
    named = list(_named_codes(config))
    labels = site_tagger(config, config.language).labels if named else {}
    for facet, term, line, file in named:
        if (facet, term) not in labels:
            near = difflib.get_close_matches(term, [known for scheme, known in labels if scheme == facet], 1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise ConfigError(config.folder / file, f"no such code in {facet}: '{term}'{hint}", line)


def _named_codes(config: Config) -> Iterator[tuple[str, str, int, str]]:
    """Every code that a configuration names: facet, term, line (0 where unknown), file."""
    for override in config.overrides:
        for facet, terms in override.facets:
            yield from ((facet, term, override.line, override.file) for term in terms)
    for source in config.sources:
        if source.home:
            yield "countries", source.home.lower(), 0, FILE
        for _, meant in source.categories:
            facet, _, term = meant.partition("/")
            if facet and meant != KEEP:
                yield facet, term, 0, FILE
    for custom in config.custom:
        for path in (*custom.any_of, *custom.all_of):
            facet, term = path.split("/")
            yield facet, term, custom.line, FILE
    for pair in config.facets["pairs"].only:
        country, topic = pair.split("/")
        yield "countries", country, 0, FILE
        yield "topics", topic, 0, FILE

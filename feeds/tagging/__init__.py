"""Tag items with countries, regions and topics, each with the phrase that is its evidence.

Data files hold the names, the demonyms, the places, the contexts and the topics (tables, gazetteer); the code holds
the rules. One pass over title and text finds every phrase (matcher); countries, regions and topics decide what the
item is about; what people rule (overrule) stands above it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Literal

from feeds.model import TAGS, Category, Evidence, Tags
from feeds.tagging import entities
from feeds.tagging.gazetteer import Gazetteer
from feeds.tagging.matcher import Field, Phrases, words
from feeds.tagging.stated import read_category
from feeds.tagging.tables import DATA, LANGUAGES, Tables
from feeds.tagging.tables import taxonomy as read_taxonomy

__all__ = [
    "DATA",
    "LANGUAGES",
    "PROFILES",
    "RULES",
    "Tagger",
    "add_stated",
    "fingerprint",
    "has_table",
    "overrule",
    "tag",
    "tagger",
]

PROFILES = {"migration": DATA / "topics.toml", "newsroom": DATA / "newsroom.toml"}
_DECIDERS = {facet: import_module(f"feeds.tagging.{facet}").decide for facet in TAGS}  # the rules of a facet
RULES = "6"  # moves when code, not data, changes what is tagged: stored entries are then tagged again


def _by_rank(scored: tuple[str, float]) -> tuple[float, str]:
    """Return the key that sorts terms: the strongest first."""
    return -scored[1], scored[0]


class Tagger:
    """The phrases and labels of one language.

    Args:
        language: a BCP 47 tag; names of countries in English are found besides. One that no table knows is tagged
            as English.
        names: the site's own file of names, in the form of data/places.tsv, or None.
        taxonomy: a taxonomy instead of data/topics.toml, the site's own or one of PROFILES, or None.
        labels: the language of the labels, "" for that of the texts.
        without: codes of countries that are no tags.

    Raises:
        ConfigError: a data file is wrong; names file, line and value.
    """

    def __init__(
        self,
        language: str = "en",
        names: Path | None = None,
        taxonomy: Path | None = None,
        labels: str = "",
        without: tuple[str, ...] = (),
    ) -> None:
        self.language = _known_language(language)
        self._names, self._taxonomy = names, taxonomy or PROFILES["migration"]
        self._phrases = Phrases(places=Gazetteer(self.language).phrases)
        tables = Tables(self.language, _known_language(labels or language), self._phrases)
        tables.add_names()
        tables.add_demonyms()
        tables.add_places(DATA / "places.tsv")
        if names:
            tables.add_places(names)
        tables.add_contexts()
        tables.add_topics(self._taxonomy)
        self.labels = {key: label for key, label in tables.labels.items() if key not in _countries(without)}
        self._categories: dict[tuple[str, str], Category] = {}

    def tag(self, title: str, text: str) -> Tags:
        """Return the countries, regions and topics that an item is about, with evidence, by the shipped tables.

        Character references of HTML are read as what they mean; the evidence points at the texts as they are.
        """
        if entities.has_references(title) or entities.has_references(text):
            return self._tag_decoded(title, text)
        fields = (self._read("title", title), self._read("text", text))
        categories: list[Category] = []
        evidence: list[Evidence] = []
        rejected: list[Evidence] = []
        for facet in TAGS:
            scores, speaks_for, not_enough = _DECIDERS[facet](*fields)
            rejected += not_enough
            if not_tags := [term for term in scores if (facet, term) not in self.labels]:
                speaks_for = [found for found in speaks_for if found.term not in not_tags]
            evidence += speaks_for
            for term, _ in sorted(scores.items(), key=_by_rank) if len(scores) > 1 else scores.items():
                if term not in not_tags:
                    categories.append(self._category(facet, term))
        return Tags(tuple(categories), tuple(evidence), tuple(rejected))

    def _tag_decoded(self, title: str, text: str) -> Tags:
        """Return the tags of texts with character references."""
        decoded = {"title": entities.Decoded(title), "text": entities.Decoded(text)}
        stated = {"title": title, "text": text}

        def at_its_place(found: Evidence) -> Evidence:
            start, end = map(decoded[found.field].place, (found.start, found.end))
            return found._replace(start=start, end=end, phrase=stated[found.field][start:end])

        tags = self.tag(decoded["title"].text.replace("&", "\uff06"), decoded["text"].text.replace("&", "\uff06"))
        return Tags(tags.categories, tuple(map(at_its_place, tags.evidence)), tuple(map(at_its_place, tags.rejected)))

    def category_named(self, text: str) -> Category | None:
        """Return the category that a source's own one is, by its name in any language; None if it is none of ours."""
        found = read_category(text, self._names, self._taxonomy)
        return self._category(*found) if found and found in self.labels else None

    def _category(self, scheme: str, term: str) -> Category:
        known = self._categories.get((scheme, term))
        if known is None:
            known = self._categories[scheme, term] = Category(scheme, term, self.labels[scheme, term])
        return known

    def _read(self, name: Literal["title", "text"], string: str) -> Field:
        found = words(string)
        places, topical = self._phrases.find(found)
        return Field(name=name, text=string, words=found, places=places, topics=topical)


def overrule(tags: Tags, scheme: str, ruled: Sequence[Category], by: str) -> Tags:
    """Replace the tags of a facet by those that people have ruled; the found ones are kept as rejected.

    Args:
        by: who or what ruled, as it shall be shown: "overrides of feeds.toml, line 12".
    """
    found = [item for item in tags.evidence if item.scheme == scheme]
    return Tags(
        (*ruled, *(category for category in tags.categories if category.scheme != scheme)),
        (
            *(Evidence(scheme, category.term, "ruling", 0, 0, "", by, 0.0) for category in ruled),
            *(item for item in tags.evidence if item.scheme != scheme),
        ),
        (*(item._replace(rule=f"{item.rule}; overruled by {by}") for item in found), *tags.rejected),
    )


def add_stated(tags: Tags, stated: Sequence[Category], by: str) -> Tags:
    """Add the tags that the source of an item states.

    Args:
        by: who states them, as it shall be shown.
    """
    found = tuple(category for category in tags.categories if category not in stated)
    evidence = (Evidence(category.scheme, category.term, "ruling", 0, 0, "", by, 0.0) for category in stated)
    return Tags((*dict.fromkeys(stated), *found), (*tags.evidence, *evidence), tags.rejected)


def _countries(codes: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    return frozenset(("countries", code) for code in codes)


def has_table(language: str) -> bool:
    """Return True if the shipped names of countries know a language (BCP 47)."""
    return language.split("-")[0].lower() in LANGUAGES


def topic_languages(taxonomy: Path) -> frozenset[str]:
    """Return the languages in which a taxonomy has phrases."""
    return _topic_languages(taxonomy, _stamp(taxonomy))


@lru_cache(maxsize=4)
def _topic_languages(taxonomy: Path, stamp: object) -> frozenset[str]:
    return frozenset(language for topic in read_taxonomy(taxonomy) for language in topic["phrases"])


def _known_language(tag: str) -> str:
    """Return the primary language subtag, or English if no table has that language."""
    primary = tag.split("-")[0].lower()
    return primary if primary in LANGUAGES else "en"


def tagger(
    language: str = "en",
    names: Path | None = None,
    taxonomy: Path | None = None,
    labels: str = "",
    without: tuple[str, ...] = (),
) -> Tagger:
    """Return a Tagger; the same one for the same arguments while the tables do not change."""
    return _tagger(language, names, taxonomy, labels, without, _stamp(names), _stamp(taxonomy))


@lru_cache(maxsize=12)
def _tagger(
    language: str, names: Path | None, taxonomy: Path | None, labels: str, without: tuple[str, ...], *stamps: object
) -> Tagger:
    return Tagger(language, names, taxonomy, labels, without)


def _stamp(path: Path | None) -> tuple[int, int] | None:
    if path is None or not path.exists():
        return None
    status = path.stat()
    return status.st_mtime_ns, status.st_size


def tag(title: str, text: str, language: str = "en") -> Tags:
    """Return what an item with this title and text is about: countries, regions, topics, each strongest first.

    >>> [category.label for category in tag("Panama and Honduras sign an agreement", "").categories]
    ['Honduras', 'Panama']
    """
    return tagger(language).tag(title, text)


def fingerprint(*files: Path | None) -> str:
    """Return a digest of all tables and rules of tagging: when it changes, entries are tagged again."""
    digest = hashlib.blake2b(RULES.encode(), digest_size=16)
    for path in (*sorted(DATA.iterdir()), *files):
        if path is not None and path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()

"""A source's own category -> the country, region or topic that it names, by the tables of tagging.

A category is a word that somebody chose to file an item under, not a text: only a whole name counts, in any language of
the tables, never a phrase in a longer one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from feeds.tagging.matcher import fold, words
from feeds.tagging.tables import DATA, Stated, rows, taxonomy

# Codes of countries (ISO 3166-1) that as a category of news mean something else: departments, subjects, kinds of text.
_NOT_COUNTRIES = frozenset("AI HR ID IT PM PR TV".split())
_Names = dict[str, tuple[str, str]]  # a folded name -> facet and term


def read_category(text: str, places: Path | None, topics: Path) -> tuple[str, str] | None:
    """Return facet and term of what a category names, None if it names nothing or several things.

    Args:
        places: the site's own file of names, or None.
        topics: the taxonomy.
    """
    stated = text.strip()
    if len(stated) == 2 and stated.isupper() and stated not in _NOT_COUNTRIES:
        by_code = _names(places, topics).get(f"code {stated.lower()}")
        if by_code:
            return by_code
    names = _names(places, topics)
    return (names.get(f"acronym {stated}") if stated.isupper() else None) or names.get(_folded(stated))


def _folded(name: str) -> str:
    return " ".join(fold(word) for word in words(name.replace("-", " ")).raw)


@lru_cache(maxsize=4)
def _names(places: Path | None, topics: Path) -> _Names:
    """Return every name that means one thing; the names of a table stand above those of the ones below it."""
    names: _Names = {}
    for table in (_of_places(places), _of_topics(topics), _of_phrases(topics)):
        found: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for name, scheme, term in table:
            found[name].add((scheme, term))
        names |= {name: meanings.pop() for name, meanings in found.items() if len(meanings) == 1 and name not in names}
    return names


def _of_places(places: Path | None) -> Iterator[tuple[str, str, str]]:
    for scheme, file in (("countries", "names.tsv"), ("regions", "regions.tsv")):
        for _, (code, _, forms) in rows(DATA / file, 3):
            yield f"code {code.lower()}" if scheme == "countries" else code, scheme, code.lower()
            yield from ((_folded(form), scheme, code.lower()) for form in forms.split("|"))
    for path in (DATA / "places.tsv", *([places] if places else [])):
        for _, (code, kind, _, forms) in rows(path, 4):
            for form in forms.split("|") if kind == "name" else ():
                is_acronym = form.isupper() and form.isalpha() and len(form) < 5
                yield (f"acronym {form}" if is_acronym else _folded(form)), "countries", code.lower()


def _of_topics(topics: Path) -> Iterator[tuple[str, str, str]]:
    for topic in taxonomy(topics):
        for name in (topic["term"], *topic["label"].values()):
            yield _folded(name), "topics", topic["term"]


def _of_phrases(topics: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the phrases that speak for a topic by themselves."""
    for topic in taxonomy(topics):
        for stated in (Stated.read(text) for texts in topic["phrases"].values() for text in texts):
            if stated.weight == 1.0 and not stated.operator:
                yield _folded(stated.phrase), "topics", topic["term"]

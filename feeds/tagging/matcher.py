"""One pass over a text that finds every phrase of every table, with its place.

A text is read as words; a phrase is a sequence of words. Each word is looked up folded (case and accents) for names
and stemmed (simple plurals) for topics. Words, not characters: offsets come for free, a word ends where it ends
("Niger" is not in "Nigeria"), and the cost does not grow with the number of names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

_WORD = re.compile(r"\w+")


class Words(NamedTuple):
    """The words of a text, in order, as columns: folded, their stems, and where each begins and ends."""

    folded: list[str]
    stems: list[str]
    starts: list[int]
    ends: list[int]


class Meaning(NamedTuple):
    """What a phrase stands for: a row of a table."""

    scheme: str  # "countries", "topics", "context"
    kind: str  # "name", "demonym", "place", "city", "division"; "phrase"; "before", "after", "whole", "hq"
    term: str
    weight: float
    capital: bool  # only where the text has a capital letter: turkey and chad are words


class Hit(NamedTuple):
    """A phrase that was found: words[first:last], text[start:end]."""

    first: int
    last: int
    start: int
    end: int
    meaning: Meaning


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """The word without case and accents: what two spellings of a name have in common."""
    if word.isascii():
        return word.lower()
    marked = unicodedata.normalize("NFD", word.casefold())
    return "".join(character for character in marked if not unicodedata.combining(character))


@lru_cache(maxsize=1 << 16)
def stem(folded: str) -> str:
    """The folded word without a simple plural ending; light, for Snowball takes `nacionalidad` for `nacional`."""
    if len(folded) <= 3 or not folded.endswith("s") or folded.endswith(("ss", "us", "is")):
        return folded
    if folded.endswith("ies") and len(folded) > 4:
        return folded[:-3] + "y"
    if folded.endswith(("ches", "shes", "xes", "sses", "ones", "ores", "ales", "ades")) and len(folded) > 5:
        return folded[:-2]
    return folded[:-1]


@lru_cache(maxsize=1 << 16)
def _forms(word: str) -> tuple[str, str]:
    folded = fold(word)
    return folded, stem(folded)


def words(text: str) -> Words:
    """The words of a text."""
    result = Words([], [], [], [])
    for match in _WORD.finditer(text):
        folded, stemmed = _forms(match[0])
        result.folded.append(folded)
        result.stems.append(stemmed)
        result.starts.append(match.start())
        result.ends.append(match.end())
    return result


_Index = dict[str, list[tuple[list[str], Meaning, bool]]]  # the words, what they mean, whether the last is capital


@dataclass(slots=True)
class Phrases:
    """Tables of phrases, by their first word."""

    exact: _Index = field(default_factory=dict)
    stemmed: _Index = field(default_factory=dict)
    places: Callable[[str], Iterable[tuple[list[str], tuple[Meaning, ...]]]] | None = None  # those of a first word

    def add(self, phrase: str, meaning: Meaning, stems: bool = False) -> None:
        """Add a phrase; with stems, its plurals are found too.

        Raises:
            ValueError: there is no word in it.
        """
        found = words(phrase)
        key = found.stems if stems else found.folded
        if not key:
            raise ValueError(f"'{phrase}' has no word in it")
        ends_capital = meaning.capital and phrase[found.starts[-1]].isupper()
        (self.stemmed if stems else self.exact).setdefault(key[0], []).append((key, meaning, ends_capital))

    def find(self, text: str, found: Words) -> list[Hit]:
        """Every phrase in the text, whose words are given; overlaps are the caller's to resolve."""
        hits = []
        for index, sequence in ((self.exact, found.folded), (self.stemmed, found.stems)):
            for first, word in enumerate(sequence):
                for phrase, meaning, ends_capital in index.get(word, ()):
                    last = first + len(phrase)
                    if sequence[first:last] != phrase:
                        continue
                    start = found.starts[first]
                    if meaning.capital and text[start].islower():
                        continue
                    if ends_capital and text[found.starts[last - 1]].islower():
                        continue
                    hits.append(Hit(first, last, start, found.ends[last - 1], meaning))
        if self.places:
            for first, word in enumerate(found.folded):
                start = found.starts[first]
                if text[start].isupper():
                    for phrase, meanings in self.places(word):
                        last = first + len(phrase)
                        if found.folded[first:last] == phrase and text[found.starts[last - 1]].isupper():
                            hits += [Hit(first, last, start, found.ends[last - 1], meaning) for meaning in meanings]
        return hits


def longest(hits: Iterable[Hit]) -> list[Hit]:
    """The hits that do not overlap an earlier or longer one, in the order of the text; at one place, all."""
    result: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.first, -hit.last)):
        if not result or hit.first >= result[-1].last or hit[:2] == result[-1][:2]:
            result.append(hit)
    return result

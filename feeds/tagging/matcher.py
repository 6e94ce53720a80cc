"""Find every phrase of every table in one pass over a text, with its position.

A text is read as words; a phrase is a sequence of words. Each word is looked up folded (case and accents) for names
and stemmed (simple plurals) for topics. Words, not characters: offsets come for free, a word ends where it ends
("Niger" is not in "Nigeria"), and the cost does not grow with the number of names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import Literal, NamedTuple, TypeVar

_Made = TypeVar("_Made")
_new = tuple.__new__  # of a named tuple: half the time of calling the class
# A word: digits and letters with their marks; of scripts that put no space between words, Chinese and Japanese, each
# character. By ranges, since `\\w` asks of each character what it is and takes twice the time.
_BETWEEN = re.compile(
    "([0-9A-Za-z_\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u2c00-\u2dff\ua000-\ud7ff]+"
    "|[\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00010000-\U0003ffff])"
)
TOPICAL = frozenset(("topics", "condition", "body"))  # schemes of phrases that bear on topics; the others on places
_ARTICLES = frozenset("el la los las les le o a os as il lo i gli die der das".split())
# Of Arabic: what is written in two ways at the end of a word, and the line that stretches one.
_ARABIC = str.maketrans({"\u0629": "\u0647", "\u0649": "\u064a", "\u0640": None})
_JOINED = "\u0648\u0641\u0628\u0644\u0643"  # and, so, in, to, as: written with the word that follows


class Words(NamedTuple):
    """The words of a text in order, as columns: spelling, start and end."""

    raw: list[str]
    starts: list[int]
    ends: list[int]

    def folded(self, first: int, last: int) -> list[str]:
        """Return the words of a range, without case and accents."""
        return [_folded[word] for word in self.raw[first:last]]


class Meaning(NamedTuple):
    """What a phrase stands for: a row of a table."""

    scheme: str  # "countries", "regions", "topics", "context"
    kind: str  # "name", "demonym", "place", "city", "division", "word"; "region"; "phrase"; "before", "whole" …
    term: str
    weight: float
    capital: bool  # only where the text has a capital letter: turkey and chad are words
    condition: tuple[str, str] = ("", "")  # "AND", "NEAR", "NOT" and the term of another meaning, of scheme "condition"


class Hit(NamedTuple):
    """A phrase that was found: words[first:last], text[start:end]."""

    first: int
    last: int
    start: int
    end: int
    meaning: Meaning


def fold(word: str) -> str:
    """Return the word without case and accents, which is what two spellings of a name have in common."""
    if word.isascii():
        return word.lower()
    marked = unicodedata.normalize("NFD", word.casefold())
    bare = "".join(character for character in marked if not unicodedata.combining(character))
    return bare.translate(_ARABIC) if _is_arabic(bare) else bare


def _is_arabic(word: str) -> bool:
    return "\u0600" <= word[:1] <= "\u06ff"


def _without_joined(folded: str) -> Iterator[str]:
    """Yield an Arabic word, and without the particles that may be written with it: wa-, fa-, bi-, li-, ka-."""
    yield folded
    if not _is_arabic(folded):
        return
    for count in (1, 2):
        if len(folded) > count + 2 and folded[count - 1] in _JOINED and folded[0] in _JOINED:
            rest = folded[count:]
            yield rest
            if folded[count - 1] == "\u0644" and rest[0] == "\u0644":  # li- before the article: one letter is left out
                yield "\u0627" + rest


def stem(folded: str) -> str:
    """Return the folded word without a simple plural ending; Snowball is too strong: it takes `nacionalidad` for
    `nacional`.
    """
    if _is_arabic(folded):
        return _arabic_stem(folded)
    if len(folded) <= 3 or not folded.endswith("s") or folded.endswith(("ss", "us", "is")):
        return folded
    if folded.endswith("ies") and len(folded) > 4:
        return folded[:-3] + "y"
    if folded.endswith(("ches", "shes", "xes", "sses", "ones", "ores", "ales", "ades")) and len(folded) > 5:
        return folded[:-2]
    return folded[:-1]


_BEFORE_ARABIC = re.compile(
    "(?:[\u0648\u0641]?[\u0628\u0643]?\u0627\u0644|[\u0648\u0641]?\u0644\u0644)(?=..)"
)  # the article, with the particles written before it
_BEHIND_ARABIC = re.compile(
    "(?<=...)(?:\u0647\u0627|\u0627\u0646|\u0627\u062a|\u0648\u0646|\u064a\u0646|\u064a\u0647|\u0647|\u064a)$"
)  # regular plurals, duals, feminines, adjectives


def _arabic_stem(folded: str) -> str:
    """Return an Arabic word without its article and a regular ending, as the light stemmer of Larkey, Ballesteros and
    Connell (SIGIR 2002) does.
    """
    bare = _BEFORE_ARABIC.match(folded)
    return _BEHIND_ARABIC.sub("", folded[bare.end() :] if bare else folded)


class _Memory(dict[str, _Made]):
    """A cache of a function of words; it is emptied when it grows large."""

    def __init__(self, make: Callable[[str], _Made], most: int = 1 << 17) -> None:
        super().__init__()
        self._make, self._most = make, most

    def __missing__(self, word: str) -> _Made:
        if len(self) > self._most:
            self.clear()
        made = self[word] = self._make(word)
        return made


_folded, _stems = _Memory(fold), _Memory(stem)


def words(text: str) -> Words:
    """Split a text into words."""
    pieces = _BETWEEN.split(text)  # what is between words, and words, by turns
    ends = list(accumulate(map(len, pieces)))
    return Words(pieces[1::2], ends[:-1:2], ends[1::2])


def stems_of(text: str) -> list[str]:
    """Return the stems of the words of a text."""
    return _sequence(words(text).raw, stems=True)


class Field(NamedTuple):
    """The title or the text of an item, with its words and what was found in it."""

    name: Literal["title", "text"]
    text: str
    words: Words
    places: list[Hit]  # and what bears on them
    topics: list[Hit]  # and what bears on them


class Phrase(NamedTuple):
    """A sequence of words and what it stands for, which may be several countries."""

    words: list[str]  # folded, or their stems
    meanings: tuple[Meaning, ...]
    stems: bool
    ends_capital: bool  # whether the last word has a capital where it is meant
    is_acronym: bool = False  # all of it is in capitals where it is meant: "CAR"


class Opened(NamedTuple):
    """What a word may begin: its meanings alone, and longer phrases."""

    places: list[Meaning]  # alone, or what bears on places
    topics: list[Meaning]  # the same of topics
    longer: dict[str, list[Phrase] | None] | None  # by the second word as it stands; None where there are none


_Index = dict[str, list[Phrase]]


class Phrases:
    """Tables of phrases, by first word.

    Args:
        places: the phrases of a gazetteer that begin with a folded word, all with capitals.
    """

    def __init__(self, places: Callable[[str], Iterable[Phrase]] | None = None) -> None:
        self._exact: _Index = {}
        self._stemmed: _Index = {}
        self._places = places
        self._opened = _Memory(self._open)  # a word as it stands -> the phrases that it may begin

    def add(self, phrase: str, meaning: Meaning, stems: bool = False) -> None:
        """Add a phrase; with stems, its plurals are found too.

        Raises:
            ValueError: there is no word in it.
        """
        found = words(phrase)
        key = found.folded(0, len(found.raw))
        if not key:
            raise ValueError(f"'{phrase}' has no word in it")
        ends_capital = meaning.capital and phrase[found.starts[-1]].isupper()
        if len(key) > 1 and key[0] in _ARTICLES:
            meaning = meaning._replace(capital=False)  # "vuelven a el Salvador": the last word tells
        if stems:
            key = [_stems[word] for word in key]
        index = self._stemmed if stems else self._exact
        is_acronym = meaning.capital and len(key) == 1 and 2 < len(phrase) < 5 and phrase.isupper()
        index.setdefault(key[0], []).append(
            Phrase(words=key, meanings=(meaning,), stems=stems, ends_capital=ends_capital, is_acronym=is_acronym)
        )
        self._opened.clear()

    def _open(self, word: str) -> Opened | None:
        folded = _folded[word]
        is_small = word[0].islower()
        is_acronym = word.isupper()
        found = [
            phrase
            for spelling in _without_joined(folded)
            for phrase in self._exact.get(spelling, ())
            if not (is_small and phrase.meanings[0].capital) and (is_acronym or not phrase.is_acronym)
        ]
        for spelling in _without_joined(folded):
            found += self._stemmed.get(_stems[spelling], [])
        if self._places and word[0].isupper():
            found += self._places(folded)
        if not found:
            return None
        alone = [meaning for phrase in found if len(phrase.words) == 1 for meaning in phrase.meanings]
        exact: _Index = {}
        stemmed: _Index = {}
        for phrase in found:
            if len(phrase.words) > 1:
                (stemmed if phrase.stems else exact).setdefault(phrase.words[1], []).append(phrase)

        def longer(second: str) -> list[Phrase] | None:
            key = _folded[second]
            return exact.get(key, []) + stemmed.get(_stems[key], []) or None

        return Opened(
            [meaning for meaning in alone if meaning.scheme not in TOPICAL],
            [meaning for meaning in alone if meaning.scheme in TOPICAL],
            _Memory(longer, most=1 << 12) if exact or stemmed else None,
        )

    def find(self, found: Words) -> tuple[list[Hit], list[Hit]]:
        """Return every phrase among the words of a text: what bears on places, and on topics. The caller resolves
        overlaps.
        """
        raw, starts, ends = found
        seconds = [*raw[1:], ""]
        places: list[Hit] = []
        topics: list[Hit] = []
        for first, opened in enumerate(map(self._opened.__getitem__, raw)):
            if opened is None:
                continue
            of_places, of_topics, longer = opened
            for meaning in of_places:
                places.append(_new(Hit, (first, first + 1, starts[first], ends[first], meaning)))
            for meaning in of_topics:
                topics.append(_new(Hit, (first, first + 1, starts[first], ends[first], meaning)))
            if longer is not None and (phrases := longer[seconds[first]]):
                for phrase in phrases:
                    last = first + len(phrase.words)
                    if len(phrase.words) > 2 and _sequence(raw[first:last], phrase.stems) != phrase.words:
                        continue
                    if phrase.ends_capital and raw[last - 1][0].islower():
                        continue
                    for meaning in phrase.meanings:
                        hit = _new(Hit, (first, last, starts[first], ends[last - 1], meaning))
                        (topics if meaning.scheme in TOPICAL else places).append(hit)
        return places, topics


def _sequence(raw: list[str], stems: bool) -> list[str]:
    folded = [_folded[word] for word in raw]
    return [_stems[word] for word in folded] if stems else folded


def longest(hits: Iterable[Hit]) -> list[Hit]:
    """Return the hits that do not overlap an earlier or longer one; at the same position, all of them.

    Args:
        hits: in the order of their first words, as find gives them.
    """
    result: list[Hit] = []
    first, last = -1, 0
    for hit in hits:
        if hit.first == first and hit.last >= last:  # as long as the one that was taken, or longer
            if hit.last > last:
                while result and result[-1].first == first:
                    result.pop()
            result.append(hit)
            last = hit.last
        elif hit.first >= last:
            result.append(hit)
            first, last = hit.first, hit.last
    return result

"""Cities and first-level divisions of the world, looked up by their first word in a sorted file.

Nothing is built when a program starts: the file is read, split into lines and searched by bisection, and what a word
opens is remembered by the matcher. A run that tags ten items looks up a few hundred words of 50,000 names.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from feeds.tagging.matcher import Meaning, Phrase

PATH = Path(__file__).parent / "data" / "gazetteer.tsv"
BIG = 1500  # thousands: a city that is meant although its name is a word, too
DICTIONARIES = ("en", "es", "fr", "pt")  # languages of which it is known which names are everyday words
DIVISION = 400  # what a first-level division is worth beside cities, in thousands
_CANDIDATE = re.compile(r"([A-Z]{2})(\d+|\*)")


class Gazetteer:
    """The places known in a language: names that are everyday words of it are left out, except of big cities."""

    def __init__(self, language: str, path: Path = PATH) -> None:
        self._language = language
        # Of other languages nobody has told which names are words: all may be, which asks for support.
        self._has_dictionary = language in DICTIONARIES
        self._lines = _lines(path)

    def phrases(self, word: str) -> list[Phrase]:
        """Return the places whose names begin with a folded word."""
        lines = self._lines
        found = []
        for index in range(bisect_left(lines, word + "\t"), bisect_left(lines, word + "!")):
            name, stated, languages = lines[index].split("\t")
            is_word = not self._has_dictionary or self._language in languages or "en" in languages
            meanings = tuple(_meanings(stated, is_word))
            found.append(Phrase(words=name.split(" "), meanings=meanings, stems=False, ends_capital=True))
        return found


def _meanings(stated: str, is_word: bool) -> Iterator[Meaning]:
    """Return one meaning per country; a division and a city with the same name and country are one place."""
    sizes: dict[str, int] = {}
    divisions = set()
    for code, size in _CANDIDATE.findall(stated):
        if size == "*":
            divisions.add(code)
        sizes[code] = max(sizes.get(code, 0), DIVISION if size == "*" else int(size))
    is_word = is_word and max(sizes.values()) < BIG
    for code, weight in sizes.items():
        kind = "word" if is_word else "division" if code in divisions else "city"
        yield Meaning("countries", kind, code.lower(), weight, capital=True)


@lru_cache
def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").split("\n") if line and line[0] != "#"]

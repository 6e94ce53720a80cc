"""Read the tables of phrases and labels. The only reader of data/ and of a site's own tables."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from feeds.model import ConfigError
from feeds.tagging.gazetteer import DIVISION
from feeds.tagging.inflections import declined, inflected, spellings
from feeds.tagging.matcher import Meaning, Phrases, fold, words

DATA = Path(__file__).parent / "data"
LANGUAGES = ("en", "es", "fr", "pt", "ar", "de", "it", "nl", "ru", "zh")  # that the shipped names of countries know
_DEMONYMS = ("en", "es", "fr", "pt")  # the columns of demonyms.tsv; those of other languages stand in places.tsv
KINDS = ("name", "demonym", "place", "division", "word")
WORD_SIZE = 2000  # what the name of a country that is a word, too, is worth beside cities, in thousands of people
WEAK = 1 / 3  # of a phrase
_OPERATOR = re.compile(r"(.+?) (AND|NEAR|NOT) (.+)")
_CONGO = (
    *(("congo", language) for language in ("en", "es", "fr", "pt", "it", "nl")),
    *(("kongo", "de"), ("конго", "ru"), ("الكونغو", "ar"), ("刚果", "zh")),
)
# How likely a country is meant by a name that two have, beside the other.
_LIKELIHOOD = {("DM", "dominican", "en"): 0.5, **{("CD", form, language): 0.5 for form, language in _CONGO}}
CONTEXTS = tuple(
    "before named after whole hq beside behind unit gives street person surname venue sea seat body".split()
)


def rows(path: Path, columns: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a tab-separated data file with their line numbers; comments and blank lines are skipped."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(path, f"cannot be read: {error}") from None
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if not line.strip() or line.startswith("#"):
            continue
        row = line.split("\t")
        if len(row) != columns or not all(cell.strip() for cell in row):
            raise ConfigError(path, f"expected {columns} cells separated by tabs, found '{line}'", number)
        yield number, row


class Tables:
    """The phrases that a text in one language is matched against, and the labels of what they stand for.

    Args:
        language: one of LANGUAGES; English names are found besides.
        labels: the language of the labels, one of LANGUAGES.
        phrases: where the phrases are added.
    """

    def __init__(self, language: str, labels: str, phrases: Phrases) -> None:
        self._language, self._labels_language, self._phrases = language, labels, phrases
        self.labels: dict[tuple[str, str], str] = {}
        self._doubtful = {
            fold(form)
            for _, (_, kind, of, forms) in rows(DATA / "places.tsv", 4)
            if kind == "word" and of in ("-", language)
            for form in forms.split("|")
        }
        self._conditions: set[str] = set()

    def _speaks(self, language: str) -> bool:
        return language in ("-", "en", self._language)

    def add_names(self) -> None:
        """Add the names of countries and regions."""
        for scheme, kind in (("countries", "name"), ("regions", "region")):
            for _, (code, language, forms) in rows(DATA / f"{kind}s.tsv", 3):
                term = code.lower()
                if language == self._labels_language:
                    self.labels[scheme, term] = forms.split("|")[0]
                if self._speaks(language):
                    for form in forms.split("|"):
                        weight = _LIKELIHOOD.get((code, fold(form), language), 1.0)
                        self._add_name(form, Meaning(scheme, kind, term, weight, capital=form[0].isupper()), language)

    def _add_name(self, form: str, meaning: Meaning, language: str) -> None:
        """Add a name in its cases; one that is a word of the language, too, is added as such by add_places."""
        if meaning.kind == "name" and fold(form) in self._doubtful:
            return
        for spelling in declined(form, language) if meaning.kind != "region" else (form,):
            self._phrases.add(spelling, meaning)

    def add_demonyms(self) -> None:
        """Add adjectives and peoples."""
        for _, (code, *columns) in rows(DATA / "demonyms.tsv", 1 + len(_DEMONYMS)):
            for language, forms in zip(_DEMONYMS, columns, strict=True):
                if self._speaks(language) and forms != "-":
                    for form in forms.split("|"):
                        self._add_country(form, code, "demonym", language)

    def _add_country(self, form: str, code: str, kind: str, language: str) -> None:
        sizes = {"word": WORD_SIZE, "division": DIVISION}
        weight = sizes[kind] if kind in sizes else _LIKELIHOOD.get((code, fold(form), language), 1.0)
        meaning = Meaning("countries", kind, code.lower(), weight, form[:1].isupper())
        for spelling in inflected(form, language) if kind == "demonym" else declined(form, language):
            self._phrases.add(spelling, meaning)

    def add_places(self, path: Path) -> None:
        """Add the rows of places.tsv, or of a site's own file of that form.

        Raises:
            ConfigError: a row is wrong.
        """
        for number, (code, kind, language, forms) in rows(path, 4):
            if ("countries", code.lower()) not in self.labels or kind not in KINDS:
                wrong = f"kind '{kind}'; known are {', '.join(KINDS)}" if kind not in KINDS else f"country '{code}'"
                raise ConfigError(path, f"unknown {wrong}", number)
            if self._speaks(language):
                for form in forms.split("|"):
                    try:
                        self._add_country(form, code, kind, language)
                    except ValueError as error:
                        raise ConfigError(path, str(error), number) from None

    def add_contexts(self) -> None:
        """Add the contexts in which a name is no evidence."""
        path = DATA / "context.tsv"
        for number, (kind, language, phrase) in rows(path, 3):
            if kind not in CONTEXTS:
                raise ConfigError(path, f"unknown kind '{kind}'; known are {', '.join(CONTEXTS)}", number)
            if self._speaks(language):
                scheme = "body" if kind == "body" else "context"
                self._phrases.add(phrase, Meaning(scheme, kind, phrase, 1.0, capital=kind == "body"))

    def add_topics(self, path: Path) -> None:
        """Add the topics of a taxonomy.

        Raises:
            ConfigError: the file is wrong.
        """
        for topic in taxonomy(path):
            term, labels = topic["term"], topic["label"]
            self.labels["topics", term] = labels.get(self._labels_language) or next(iter(labels.values()))
            phrases = topic["phrases"].get(self._language) or topic["phrases"].get("en", [])
            for stated in dict.fromkeys(form for phrase in phrases for form in spellings(phrase, self._language)):
                try:
                    self._add_phrase(term, Stated.read(stated))
                except ValueError as error:
                    raise ConfigError(path, f"topic '{term}': {error}") from None

    def _add_phrase(self, term: str, stated: Stated) -> None:
        condition = ("", "")
        if stated.other:
            condition = (stated.operator, stated.other)
            if stated.other not in self._conditions:
                self._conditions.add(stated.other)
                meaning = Meaning("condition", "phrase", stated.other, 0.0, capital=False)
                self._phrases.add(stated.other, meaning, stems=True)
        meaning = Meaning("topics", "phrase", term, stated.weight, capital=False, condition=condition)
        self._phrases.add(stated.phrase, meaning, stems=not stated.is_exact)


@lru_cache(maxsize=1)
def points() -> dict[str, tuple[str, str]]:
    """Return the point of each country on a map: code in lower case -> latitude and longitude (WGS 84, decimal)."""
    return {code.lower(): (latitude, longitude) for _, (code, latitude, longitude) in rows(DATA / "points.tsv", 3)}


class Stated(NamedTuple):
    """A phrase as a taxonomy file writes it: "=exact", "~weak", "!against", "one NEAR another"."""

    phrase: str
    weight: float  # 1.0, WEAK of it for a weak phrase, negative for one against the topic
    is_exact: bool
    operator: str = ""  # "AND", "NEAR", "NOT"
    other: str = ""

    @classmethod
    def read(cls, text: str) -> Stated:
        """Parse a phrase; ValueError if it is malformed."""
        phrase = text.lstrip("=~!")
        marks = text[: len(text) - len(phrase)]
        weight = (-1.0 if "!" in marks else 1.0) * (WEAK if "~" in marks else 1.0)
        first, operator, other = phrase, "", ""
        if found := _OPERATOR.fullmatch(phrase):
            first, operator, other = found.groups()
        for part in (first, other) if operator else (first,):
            if not words(part).raw:
                raise ValueError(f"'{text}' has no word in it")
        return cls(first, weight, "=" in marks, operator, other)


def taxonomy(path: Path) -> list[dict[str, Any]]:
    """Read and check a taxonomy file.

    Raises:
        ConfigError: the file cannot be read, or a topic lacks something; names the topic.
    """
    try:
        stated = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(path, f"cannot be read: {error}") from None
    topics = stated.get("topics")
    if not isinstance(topics, list) or not topics:
        raise ConfigError(path, "holds no [[topics]]")
    seen: set[str] = set()
    for topic in topics:
        _check_topic(path, topic)
        if topic["term"] in seen:
            raise ConfigError(path, f"two topics are called '{topic['term']}'")
        seen.add(topic["term"])
    return topics


def _check_topic(path: Path, topic: dict[str, Any]) -> None:
    term = topic.get("term")
    if not isinstance(term, str) or not _is_slug(term):
        raise ConfigError(path, f"term {term!r}: expected lower-case letters, digits and dashes")
    for key in ("label", "phrases"):
        if not isinstance(topic.get(key), dict) or not topic[key]:
            raise ConfigError(path, f"topic '{term}' has no {key}; write {key}.en = …")


def _is_slug(term: str) -> bool:
    return (
        all(part.isascii() and part.isalnum() and part == part.lower() for part in term.split("-")) and len(term) <= 60
    )

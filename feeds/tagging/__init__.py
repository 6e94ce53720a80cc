"""Countries and topics of an item, each with the phrase that speaks for it.

Data files hold the names, the demonyms, the contexts and the topics; the code holds the rules. One pass over title and
text finds every phrase (matcher); countries and topics decide what the item is about.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from feeds.model import Category, ConfigError, Tags
from feeds.tagging import countries, topics
from feeds.tagging.gazetteer import Gazetteer
from feeds.tagging.matcher import Meaning, Phrases, fold, words

DATA = Path(__file__).parent / "data"
LANGUAGES = ("en", "es", "fr", "pt")  # those that the shipped names of countries know
RULES = "1"  # moves when code, not data, changes what is tagged: stored entries are then tagged again

_KINDS = ("name", "demonym", "place")
_CONTEXTS = ("before", "named", "after", "whole", "hq")


def _rows(path: Path, columns: int) -> Iterator[tuple[int, list[str]]]:
    """The rows of a tab-separated data file, with their line numbers; comments and blank lines are passed over."""
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


def _inflected(form: str, language: str) -> tuple[str, ...]:
    """The regular inflections of a demonym, with itself; accents are left to the matcher, which folds them."""
    if language == "en":
        return (form,) if form.endswith(("s", "sh", "ch", "ese", "x", "men")) else (form, form + "s")
    if language == "fr":
        if form.endswith("e"):
            return form, form + "s"
        if form.endswith("s"):
            return form, form + "e", form + "es"
        feminine = form + ("ne" if form.endswith("en") else "e")
        return form, form + "s", feminine, feminine + "s"
    if form.endswith("o"):
        return form, form + "s", form[:-1] + "a", form[:-1] + "as"
    if form.endswith(("és", "ês", "án", "ón", "ín")):
        bare = fold(form)
        return form, bare + "a", bare + "es", bare + "as"
    if form.endswith(("e", "a", "ú", "u")):
        return form, form + "s"
    if form.endswith("í"):
        return form, form + "s", form + "es"
    return form, form + "es", form + "a", form + "as"


class Tagger:
    """The phrases of one language, and the labels of what they stand for.

    Args:
        language: a BCP 47 tag; names of countries in English are found besides. One that no table knows is tagged
            as English.
        names: the site's own file of names, in the form of data/places.tsv, or None.
        taxonomy: the site's own taxonomy instead of data/topics.toml, or None.
        labels: the language of the labels, "" for that of the texts.

    Raises:
        ConfigError: a data file is wrong; names file, line and value.
    """

    def __init__(
        self, language: str = "en", names: Path | None = None, taxonomy: Path | None = None, labels: str = ""
    ) -> None:
        self.language = _known_language(language)
        self._labels_language = _known_language(labels or language)
        self.labels: dict[tuple[str, str], str] = {}
        self._phrases = Phrases(places=Gazetteer(self.language).phrases)
        self._add_names()
        self._add_demonyms()
        self._add_places(DATA / "places.tsv")
        if names:
            self._add_places(names)
        self._add_contexts()
        self._add_topics(taxonomy or DATA / "topics.toml")

    def _speaks(self, language: str) -> bool:
        return language in ("-", "en", self.language)

    def _add_names(self) -> None:
        for _, (code, language, forms) in _rows(DATA / "names.tsv", 3):
            term = code.lower()
            if language == self._labels_language:
                self.labels["countries", term] = forms.split("|")[0]
            if self._speaks(language):
                for form in forms.split("|"):
                    self._phrases.add(form, Meaning("countries", "name", term, 1.0, capital=True))

    def _add_demonyms(self) -> None:
        for _, (code, *columns) in _rows(DATA / "demonyms.tsv", 1 + len(LANGUAGES)):
            for language, forms in zip(LANGUAGES, columns, strict=True):
                if self._speaks(language) and forms != "-":
                    for form in forms.split("|"):
                        for inflected in _inflected(form, language):
                            meaning = Meaning("countries", "demonym", code.lower(), 1.0, form[:1].isupper())
                            self._phrases.add(inflected, meaning)

    def _add_places(self, path: Path) -> None:
        for number, (code, kind, language, forms) in _rows(path, 4):
            if ("countries", code.lower()) not in self.labels or kind not in _KINDS:
                wrong = f"kind '{kind}'; known are {', '.join(_KINDS)}" if kind not in _KINDS else f"country '{code}'"
                raise ConfigError(path, f"unknown {wrong}", number)
            if not self._speaks(language):
                continue
            for form in forms.split("|"):
                for inflected in _inflected(form, language) if kind == "demonym" else (form,):
                    capital = form[:1].isupper()
                    meaning = Meaning("countries", kind, code.lower(), 1.0, capital)
                    try:
                        self._phrases.add(inflected, meaning)
                    except ValueError as error:
                        raise ConfigError(path, str(error), number) from None

    def _add_contexts(self) -> None:
        path = DATA / "context.tsv"
        for number, (kind, language, phrase) in _rows(path, 3):
            if kind not in _CONTEXTS:
                raise ConfigError(path, f"unknown kind '{kind}'; known are {', '.join(_CONTEXTS)}", number)
            if self._speaks(language):
                self._phrases.add(phrase, Meaning("context", kind, phrase, 1.0, capital=False))

    def _add_topics(self, path: Path) -> None:
        for topic in _taxonomy(path):
            term, labels = topic["term"], topic["label"]
            self.labels["topics", term] = labels.get(self._labels_language) or next(iter(labels.values()))
            phrases = topic["phrases"].get(self.language) or topic["phrases"].get("en", [])
            for stated in phrases:
                phrase = stated.lstrip("=~!")
                marks = stated[: len(stated) - len(phrase)]
                weight = (-1.0 if "!" in marks else 1.0) / (3 if "~" in marks else 1)
                try:
                    self._phrases.add(
                        phrase, Meaning("topics", "phrase", term, weight, capital=False), stems="=" not in marks
                    )
                except ValueError as error:
                    raise ConfigError(path, f"topic '{term}': {error}") from None

    def tag(self, title: str, text: str) -> Tags:
        """The countries and topics that an item of that title and text is about, strongest first."""
        fields = (self._read("title", title), self._read("text", text))
        codes, for_countries, against_countries = countries.decide(*fields)
        terms, for_topics, against_topics = topics.decide(
            *([hit for hit in field.hits if hit.meaning.scheme == "topics"] for field in fields), (title, text)
        )
        return Tags(
            tuple(self._categories("countries", codes) + self._categories("topics", terms)),
            tuple(for_countries + for_topics),
            tuple(against_countries + against_topics),
        )

    def _read(self, name: Literal["title", "text"], string: str) -> countries.Field:
        found = words(string)
        return countries.Field(name, string, found, self._phrases.find(found))

    def _categories(self, scheme: str, scores: dict[str, float]) -> list[Category]:
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        return [Category(scheme, term, self.labels[scheme, term]) for term, _ in ranked]


def _taxonomy(path: Path) -> list[dict[str, Any]]:
    """The topics of a taxonomy file, checked."""
    try:
        stated = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(path, f"cannot be read: {error}") from None
    result = stated.get("topics")
    if not isinstance(result, list) or not result:
        raise ConfigError(path, "holds no [[topics]]")
    seen: set[str] = set()
    for topic in result:
        term = topic.get("term")
        if not isinstance(term, str) or not _is_slug(term):
            raise ConfigError(path, f"term {term!r}: expected lower-case letters, digits and dashes")
        if term in seen:
            raise ConfigError(path, f"two topics are called '{term}'")
        seen.add(term)
        for key in ("label", "phrases"):
            if not isinstance(topic.get(key), dict) or not topic[key]:
                raise ConfigError(path, f"topic '{term}' has no {key}; write {key}.en = …")
    return result


def _known_language(tag: str) -> str:
    """The primary language of a BCP 47 tag, or English where no table knows it."""
    primary = tag.split("-")[0].lower()
    return primary if primary in LANGUAGES else "en"


def _is_slug(term: str) -> bool:
    return (
        all(part.isascii() and part.isalnum() and part == part.lower() for part in term.split("-")) and len(term) <= 60
    )


@lru_cache(maxsize=8)
def tagger(language: str = "en", names: Path | None = None, taxonomy: Path | None = None, labels: str = "") -> Tagger:
    """A Tagger, made once for the same arguments."""
    return Tagger(language, names, taxonomy, labels)


def tag(title: str, text: str, language: str = "en") -> Tags:
    """The countries and topics that an item is about, with evidence, by the shipped tables.

    >>> [category.label for category in tag("Panama and Honduras sign an agreement", "").categories]
    ['Honduras', 'Panama']
    """
    return tagger(language).tag(title, text)


def fingerprint(*files: Path | None) -> str:
    """A digest of every table that decides about tags, and of the rules: when it moves, entries are tagged again."""
    digest = hashlib.blake2b(RULES.encode(), digest_size=16)
    for path in (*sorted(DATA.iterdir()), *files):
        if path is not None and path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()

"""The language of the terminal: what a problem means in Spanish or French, and its detail, clause by clause.

The meaning of each code is translated, and the clauses that people meet day by day; a rare one stays English behind the
meaning. Codes, options, keys of feeds.toml and what --json prints stay as they are: programs go by them.
"""

from __future__ import annotations

import os
import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

ENGLISH = "en"
CATALOGUES = Path(__file__).parent / "messages"
LANGUAGES = (ENGLISH, "es", "fr")
_chosen: list[str] = []  # by --lang, for this process
_PROBLEM = re.compile(r"(?P<place>.*?): (?P<severity>error|warning|note): (?P<text>.*) \[(?P<code>[a-z0-9-]+)\]")


def choose(language: str | None) -> None:
    """Speak a language; None for that of the locale."""
    _chosen[:] = [language] if language else []


def spoken() -> str:
    """Return the language that is spoken: the chosen one, else that of the locale.

    POSIX has the order: LC_ALL, LC_MESSAGES, LANG.
    """
    if _chosen:
        return _chosen[0]
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    primary = locale.replace("@", ".").replace("_", ".").split(".")[0].lower()
    return primary if primary in LANGUAGES else ENGLISH


def said(english: str) -> str:
    """Return a message in the language that is spoken; its places for values stay.

    >>> choose("fr"); said("restored; {} feeds written"); choose(None)
    'rétablie ; {} flux écrits'
    """
    language = spoken()
    if language == ENGLISH:
        return english
    translated: str = catalogue(language)["phrases"].get(english, english)
    return translated


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> dict[str, Any]:
    """Return the messages of a language other than English."""
    return tomllib.loads((CATALOGUES / f"{language}.toml").read_text(encoding="utf-8"))


def translate(line: str) -> str:
    """Return a problem in the language that is spoken; any other line as it is.

    >>> choose("es"); translate("a:9: warning: x [future-date]"); choose(None)
    'a:9: aviso: una noticia espera a que llegue su día (x) [future-date]'
    """
    language = spoken()
    if language == ENGLISH:
        return line
    words, is_ended = catalogue(language), line.startswith("ended: ")
    found = _PROBLEM.fullmatch(line.removeprefix("ended: "))
    if found is None or (meaning := words["codes"].get(found["code"])) is None:
        return line
    text = words["between"].join(_clause(language, clause) for clause in found["text"].split("; "))
    problem = words["problem"].format(meaning=meaning, text=text)
    told = f"{found['place']}: {words[found['severity']]}: {problem} [{found['code']}]"
    return f"{words['ended']}: {told}" if is_ended else told


def _clause(language: str, clause: str) -> str:
    """A clause of a detail in a language; as it is where it is not known."""
    for pattern, translated in _clauses(language):
        if found := pattern.fullmatch(clause):
            inner = {name: _clause(language, value) for name, value in found.groupdict().items()}
            return translated.format(*found.groups(), **inner)
    return clause


@lru_cache(maxsize=len(LANGUAGES))
def _clauses(language: str) -> list[tuple[re.Pattern[str], str]]:
    """The clauses that are known, as patterns with a group for each value, and how a language says them."""
    found = tomllib.loads((CATALOGUES / "details.toml").read_text(encoding="utf-8"))["clauses"]
    return [(_pattern(one["en"]), one[language]) for one in found]


def _pattern(english: str) -> re.Pattern[str]:
    places = {r"\{\}": "(.*?)", r"\{clause\}": "(?P<clause>.*)"}
    escaped = re.escape(english)
    for place, group in places.items():
        escaped = escaped.replace(place, group)
    return re.compile(escaped, re.DOTALL)

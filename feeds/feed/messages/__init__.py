"""The messages that readers see, by language: shipped catalogues, overridden by a site's own file."""

from __future__ import annotations

import datetime as dt
import string
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from feeds.config import Config
from feeds.content.language import is_right_to_left, primary_subtag
from feeds.model import ConfigError

CATALOGUES = Path(__file__).parent
LANGUAGES = tuple(sorted(path.stem for path in CATALOGUES.glob("*.toml")))
OTHERWISE = "en"


class Messages:
    """The messages of one language, by the keys of the catalogues: messages["subscribe"].

    Attributes:
        language: BCP 47, of these words: English where there are none in the language that was asked for.
        dir: "ltr" or "rtl", of the language that was asked for.
    """

    def __init__(self, language: str, dir: str, stated: dict[str, Any]) -> None:
        self.language, self.dir, self.stated = language, dir, stated

    def __getitem__(self, key: str) -> str:
        return str(self.stated[key])

    def date(self, day: dt.date) -> str:
        """Format a day: 28 July 2017."""
        return self["date"].format(day=day.day, month=self.stated["months"][day.month - 1], year=day.year)

    def month(self, day: dt.date) -> str:
        """Format a month: July 2017."""
        return self["month"].format(month=self.stated["months"][day.month - 1], year=day.year)

    def entries(self, count: int) -> str:
        """Format a number of entries: 1 entry, 7 entries."""
        return self["entry" if count == 1 else "entries"].format(count)


def site_messages(config: Config) -> Messages:
    """Return the messages of a site, in its language.

    Raises:
        ConfigError: its own file of words cannot be used.
    """
    return _words(config.language, config.words, config.words.stat().st_mtime_ns if config.words else 0)


def language_messages(language: str) -> Messages:
    """Return the shipped messages of a language, English if there are none."""
    return _words(language, None, 0)


def fingerprint(config: Config) -> list[bytes]:
    """Return the content of all message files: pages change when it does."""
    own = [config.words] if config.words else []
    return [path.read_bytes() for path in (*sorted(CATALOGUES.glob("*.toml")), *own)]


@lru_cache(maxsize=32)
def _words(language: str, own: Path | None, _changed: int) -> Messages:
    spoken = primary_subtag(language)
    base = spoken if spoken in LANGUAGES else OTHERWISE
    stated = tomllib.loads((CATALOGUES / f"{base}.toml").read_text(encoding="utf-8"))
    if own is not None:
        stated |= _own(own, stated)
    is_theirs = base == spoken or own is not None
    return Messages(language if is_theirs else OTHERWISE, "rtl" if is_right_to_left(language) else "ltr", stated)


def _own(path: Path, known: dict[str, Any]) -> dict[str, Any]:
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(path, f"cannot be read as TOML: {error}") from None
    for key, value in stated.items():
        if key not in known:
            raise ConfigError(path, f"unknown word '{key}'; known are {', '.join(known)}")
        if key == "months":
            is_right = isinstance(value, list) and len(value) == 12 and all(isinstance(month, str) for month in value)
        else:
            is_right = isinstance(value, str) and _fields(value) <= _fields(known[key])
        if not is_right:
            raise ConfigError(path, f"{key} = {value!r}: expected something like {known[key]!r}")
    return stated


def _fields(text: str) -> set[str]:
    """Return the placeholders of a text: {"day", "month"}; {"?"} if its braces are wrong."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return {"?"}

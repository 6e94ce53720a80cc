"""feeds.toml -> Config. Owns every default and every message about a missing or mistyped key.

Reads the one file; asks nothing of the network, the clock or the history.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from feeds.model import ConfigError

FILE = "feeds.toml"
FACETS = ("countries", "regions", "topics")
HISTORY = ".history.sqlite3"
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Source:
    """Where items come from: files below the site's folder that match a pattern."""

    name: str
    path: str = "*.txt"
    kind: str = "listing"
    encoding: str = ""  # "" = found out from the bytes
    language: str = ""  # "" = the site's, "auto" = each item's own, told from its words


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of anything; characters are Unicode code points."""

    live: int = 50  # entries in a live document
    summary: int = 300  # characters
    title: int = 500  # characters; what is longer is cut, with a warning
    text: int = 100_000  # characters, likewise
    earliest_year: int = 1990  # a date before it is taken for a mistake
    flood: int = 20  # percent of a listing that may be new although it looks old
    shrink: int = 50  # percent of a listing that must still be there


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to divide the entries into feeds, and the site's own file for it."""

    publish: bool = True
    file: Path | None = None
    profile: str = ""  # of topics: the name of a shipped taxonomy, "" = the first


@dataclass(frozen=True, slots=True)
class Override:
    """What people rule about the tags of items that a selector picks; a facet that is None is left as found."""

    key: str  # "id", "link" or "pattern"
    value: str
    line: int
    facets: tuple[tuple[str, tuple[str, ...]], ...]  # facet -> terms, () for none

    def picks(self, identifier: str, link: str, title: str) -> bool:
        """Whether an item is meant; a pattern is searched in the title."""
        if self.key == "pattern":
            return re.search(self.value, title) is not None
        return self.value == (identifier if self.key == "id" else link)


@dataclass(frozen=True, slots=True)
class Ended:
    """A feed that is declared to have ended: its last document says so, and where its entries go on."""

    feed: str  # "topics/rivers"
    to: str  # another feed, "" where there is none
    note: str  # a sentence for readers, or ""
    line: int


@dataclass(frozen=True, slots=True)
class Config:
    """A site, complete and checked."""

    folder: Path
    title: str
    description: str = ""
    base_url: str = "http://localhost/"  # ends in "/"
    authority: str = "localhost"  # of tag URIs, RFC 4151: a domain or address that the site owned in `year`
    year: int = 2026
    language: str = "en"
    timezone: str = "UTC"
    author: str = ""
    limits: Limits = field(default_factory=Limits)
    sources: tuple[Source, ...] = (Source("news"),)
    countries: Facet = field(default_factory=Facet)
    regions: Facet = field(default_factory=lambda: Facet(publish=False))
    topics: Facet = field(default_factory=Facet)
    overrides: tuple[Override, ...] = ()
    ended: tuple[Ended, ...] = ()
    is_default: bool = False  # there was no feeds.toml

    @property
    def history(self) -> Path:
        """The history file, beside the configuration."""
        return self.folder / HISTORY

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone in which the listing states its days."""
        return zoneinfo.ZoneInfo(self.timezone)

    def facet(self, scheme: str) -> Facet:
        """The facet of that name ("countries", "regions", "topics")."""
        return {"countries": self.countries, "regions": self.regions, "topics": self.topics}[scheme]


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text that is not empty")
    return value.strip()


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return check


def _matching(pattern: str, expected: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError(expected)
        return value

    return check


def _base_url(value: Any) -> str:
    expected = "an absolute address in ASCII like 'https://example.org/feeds/'"
    if not isinstance(value, str) or not value.isascii() or re.search(r'[\s<>"{}|\\^`?#]', value):
        raise ValueError(expected)
    try:
        parts = urlsplit(value)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError(expected) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or not port_is_valid:
        raise ValueError(expected)
    return value if value.endswith("/") else value + "/"


def _timezone(value: Any) -> str:
    try:
        return zoneinfo.ZoneInfo(value).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise ValueError("the name of a time zone like 'America/Panama'") from None


def _encoding(value: Any) -> str:
    try:
        "x".encode(value)
    except (LookupError, TypeError, ValueError):
        raise ValueError("the name of a character encoding like 'cp1252'") from None
    return str(value)


def _pattern(value: Any) -> str:
    try:
        re.compile(_text(value))
    except re.error as error:
        raise ValueError(f"a regular expression; {error}") from None
    return str(value)


def _terms(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(term, str) and term for term in value):
        raise ValueError("a list of codes like ['pa', 'cr'], empty for none")
    return tuple(dict.fromkeys(term.lower() for term in value))


def _inside(value: Any) -> str:
    """A pattern of paths that stays below the site's folder."""
    if not isinstance(value, str) or not value.strip() or value.startswith("/") or ".." in value.split("/"):
        raise ValueError("a path or pattern below the site's folder like 'news/*.txt'")
    return value


_DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_LANGUAGE = _matching(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a language tag (BCP 47) like 'en' or 'es-PA'")

# What a configuration may say: table -> key -> check. A check returns the value or raises ValueError(expected).
_Checks = dict[str, Callable[[Any], Any]]
SITE: _Checks = {
    "title": _text,
    "description": _text,
    "base_url": _base_url,
    "authority": _matching(
        rf"(?:[A-Za-z0-9._-]+@)?{_DOMAIN}", "a domain or e-mail address that you own (RFC 4151) like 'example.org'"
    ),
    "year": _whole(1990, 9999),
    "language": _LANGUAGE,
    "timezone": _timezone,
    "author": _text,
}
LIMITS: _Checks = {
    "live": _whole(1, 1000),
    "summary": _whole(40, 10_000),
    "title": _whole(20, 10_000),
    "text": _whole(1000, 10_000_000),
    "earliest_year": _whole(1900, 9999),
    "flood": _whole(0, 100),
    "shrink": _whole(0, 100),
}
SOURCE: _Checks = {
    "name": _matching(r"[a-z0-9]+(-[a-z0-9]+)*", "lower-case letters, digits and dashes like 'news'"),
    "path": _inside,
    "kind": _matching("listing", "'listing'"),
    "encoding": _encoding,
    "language": lambda value: value if value == AUTO else _LANGUAGE(value),
}
FACET_CHECKS: dict[str, _Checks] = {
    "countries": {"publish": _flag, "file": _inside},
    "regions": {"publish": _flag},
    "topics": {
        "publish": _flag,
        "file": _inside,
        "profile": _matching("migration|newsroom", "'migration' or 'newsroom'"),
    },
}
OVERRIDE: _Checks = {"id": _text, "link": _text, "pattern": _pattern, **dict.fromkeys(FACETS, _terms)}
_FEED = _matching(r"(countries|regions|topics)/[a-z0-9-]+", "the path of a feed like 'topics/rivers'")
ENDED: _Checks = {"feed": _FEED, "to": _FEED, "note": _text}
TABLES = ("site", "limits", "sources", "facets", "overrides", "ended")


_ARRAY = r"\s*\[\[\s*{}\s*\]\]"


class _Reader:
    """Turns parsed TOML into checked values; knows the text, to say where a key stands."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text

    def fail(self, key: str, message: str) -> ConfigError:
        return ConfigError(self.path, message, self.line_of(key))

    def line_of(self, key: str) -> int:
        pattern = re.compile(rf'\s*(?:\[\[?\s*(?:[\w.-]*\.)?)?"?{re.escape(key)}"?\s*(?:=|\]|\.)')
        for number, line in enumerate(self.text.splitlines(), 1):
            if pattern.match(line):
                return number
        return 0

    def known(self, keys: dict[str, Any], allowed: tuple[str, ...], where: str) -> None:
        for key in keys:
            if key not in allowed:
                near = difflib.get_close_matches(key, allowed, 1, 0.5)
                hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(allowed)}"
                raise self.fail(key, f"unknown key '{key}' in {where}; {hint}")

    def table(self, value: Any, checks: _Checks, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.fail(where.strip("[]").rsplit(".", 1)[-1], f"{where} must be a table")
        self.known(value, tuple(checks), where)
        checked = {}
        for key, stated in value.items():
            try:
                checked[key] = checks[key](stated)
            except ValueError as error:
                raise self.fail(key, f"{key} = {stated!r} in {where}: expected {error}") from None
        return checked

    def sources(self, value: Any) -> tuple[Source, ...]:
        if not isinstance(value, list) or not value:
            raise self.fail("sources", "sources must be one or more [[sources]] tables")
        sources: list[Source] = []
        for stated in value:
            checked = self.table(stated, SOURCE, "[[sources]]")
            if "name" not in checked:
                raise self.fail("sources", '[[sources]] has no name; add a line like name = "news"')
            if checked["name"] in {source.name for source in sources}:
                raise self.fail("sources", f"two [[sources]] are named '{checked['name']}'")
            sources.append(Source(**checked))
        return tuple(sources)

    def facet(self, name: str, value: Any, folder: Path) -> Facet:
        checked = self.table(value, FACET_CHECKS[name], f"[facets.{name}]")
        if "file" in checked and "profile" in checked:
            raise self.fail("profile", f"[facets.{name}] has both a file and a profile; leave one away")
        if "file" in checked:
            checked["file"] = folder / checked["file"]
            if not checked["file"].is_file():
                raise self.fail("file", f"file = {value['file']!r} in [facets.{name}]: no such file")
        if name == "regions":
            checked.setdefault("publish", False)
        return Facet(**checked)

    def array(self, name: str, value: Any) -> list[tuple[int, Any]]:
        """The tables of an array of tables, each with its line."""
        if not isinstance(value, list):
            raise self.fail(name, f"{name} must be [[{name}]] tables")
        pattern = re.compile(_ARRAY.format(name))
        lines = [number for number, line in enumerate(self.text.splitlines(), 1) if pattern.match(line)]
        return list(zip_longest(lines[: len(value)], value, fillvalue=0))

    def ended(self, value: Any) -> tuple[Ended, ...]:
        result: list[Ended] = []
        for line, stated in self.array("ended", value):
            checked = self.table(stated, ENDED, "[[ended]]")
            if "feed" not in checked:
                raise ConfigError(self.path, "[[ended]] has no feed; add a line like feed = 'topics/rivers'", line)
            if checked["feed"] in {one.feed for one in result} or checked["feed"] == checked.get("to"):
                raise ConfigError(self.path, f"[[ended]] names '{checked['feed']}' twice", line)
            result.append(Ended(checked["feed"], checked.get("to", ""), checked.get("note", ""), line))
        return tuple(result)

    def overrides(self, value: Any) -> tuple[Override, ...]:
        result = []
        for line, stated in self.array("overrides", value):
            checked = self.table(stated, OVERRIDE, "[[overrides]]")
            selectors = [key for key in ("id", "link", "pattern") if key in checked]
            facets = tuple((facet, checked[facet]) for facet in FACETS if facet in checked)
            if len(selectors) != 1 or not facets:
                message = (
                    "[[overrides]] needs one of id, link or pattern (of the title), and one or more of "
                    f"{', '.join(FACETS)}"
                )
                raise ConfigError(self.path, message, line)
            result.append(Override(selectors[0], checked[selectors[0]], line, facets))
        return tuple(result)


def load(folder: Path) -> Config:
    """The configuration of the site in that folder, with stated defaults where it has no feeds.toml.

    Raises:
        ConfigError: the folder is missing, or a key is unknown, missing or of the wrong kind; the message
            names file, line, value and what was expected.
    """
    if not folder.is_dir():
        raise ConfigError(folder, f"no such folder; give the folder that holds your {FILE} and listings")
    path = folder / FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        name = folder.resolve().name
        return Config(folder, title=name or "News", description=f"News from {name}", author=name, is_default=True)
    except OSError as error:
        raise ConfigError(path, f"cannot be read: {error.strerror}") from None
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        stated = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError(path, f"not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise ConfigError(path, f"not TOML: {error}", int(line[1]) if line else 1) from None

    reader = _Reader(path, text)
    reader.known(stated, TABLES, f"{FILE}")
    site = reader.table(stated.get("site", {}), SITE, "[site]")
    for key in ("title", "base_url", "authority", "year"):
        if key not in site:
            raise ConfigError(path, f"[site] has no {key}; the README shows a complete {FILE}")
    facets = stated.get("facets", {})
    if not isinstance(facets, dict):
        raise reader.fail("facets", "[facets] must be a table")
    reader.known(facets, FACETS, "[facets]")
    if "ended" in stated:
        site["ended"] = reader.ended(stated["ended"])
    if "overrides" in stated:
        site["overrides"] = reader.overrides(stated["overrides"])
    if "sources" in stated:
        site["sources"] = reader.sources(stated["sources"])
    site.setdefault("description", site["title"])
    site.setdefault("author", site["title"])
    return Config(
        folder,
        **site,
        limits=Limits(**reader.table(stated.get("limits", {}), LIMITS, "[limits]")),
        countries=reader.facet("countries", facets.get("countries", {}), folder),
        regions=reader.facet("regions", facets.get("regions", {}), folder),
        topics=reader.facet("topics", facets.get("topics", {}), folder),
    )

"""Read feeds.toml into a Config; errors say where in the file something is wrong."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from feeds.config.keys import (
    ALERT,
    CUSTOM,
    ENDED,
    FACET_CHECKS,
    FETCH,
    HISTORY,
    LIMITS,
    MOVED,
    OVERRIDE,
    PUBLISH,
    RIGHTS,
    SITE,
    SOURCE,
    STATUS,
    TABLES,
    TRANSLATIONS,
    Checks,
)
from feeds.config.reviewed import read_reviewed
from feeds.config.values import (
    FILE,
    Alert,
    Config,
    Custom,
    Ended,
    FacetSettings,
    Fetch,
    Limits,
    Look,
    Moved,
    Override,
    Publish,
    Remote,
    Rights,
    Source,
    Status,
)
from feeds.model import FACETS, TAGS, ConfigError, Correction, Facet

_ARRAY = r"\s*\[\[\s*{}\s*\]\]"


class _Reader:
    """Turns parsed TOML into checked values; keeps the text, to say on which line a key stands."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text
        self.lines = list(enumerate(text.splitlines(), 1))
        self.errors: list[ConfigError] = []
        self.start = 0  # the line of the table that is read

    def collect(self, read: Callable[[], Any], default: Any = None) -> Any:
        """Return what a function reads; keep its error, so that all mistakes of a file are told at once."""
        try:
            return read()
        except ConfigError as error:
            self.errors.append(error)
            return default

    def finish(self) -> None:
        """Raise the first error with the others in it, if there is any.

        Raises:
            ConfigError: something in the file is wrong.
        """
        if self.errors:
            first, *others = sorted(self.errors, key=lambda error: error.line)
            first.others = tuple(others)
            raise first

    def fail(self, key: str, message: str) -> ConfigError:
        return ConfigError(self.path, message, self.line_of(key))

    def line_of(self, key: str) -> int:
        """Return the line of a key in the table that is read, or of the first with that name; 0 where there is none."""
        pattern = re.compile(rf'\s*(?:\[\[?\s*(?:[\w.-]*\.)?)?"?{re.escape(key)}"?\s*(?:=|\]|\.)')
        lines = [number for number, line in self.lines if pattern.match(line)]
        return next((number for number in lines if number > self.start), lines[0] if lines else 0)

    def is_wrong(self, before: int) -> bool:
        """Return True if there are more errors than before."""
        return len(self.errors) > before

    def check_keys(self, keys: dict[str, Any], allowed: tuple[str, ...], where: str) -> None:
        for key in keys:
            if key not in allowed:
                near = difflib.get_close_matches(key, allowed, 1, 0.5)
                hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(allowed)}"
                self.errors.append(self.fail(key, f"unknown key '{key}' in {where}; {hint}"))

    def table(self, value: Any, checks: Checks, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.fail(where.strip("[]").rsplit(".", 1)[-1], f"{where} must be a table")
        if not where.startswith("[["):
            self.start = next((number for number, line in self.lines if line.strip().startswith(where)), 0)
        self.check_keys(value, tuple(checks), where)
        checked = {}
        for key, stated in value.items():
            try:
                if key in checks:
                    checked[key] = checks[key](stated)
            except ValueError as error:
                self.errors.append(self.fail(key, f"{key} = {stated!r} in {where}: expected {error}"))
        return checked

    def sources(self, value: Any) -> tuple[Source, ...]:
        if not isinstance(value, list) or not value:
            raise self.fail("sources", "sources must be one or more [[sources]] tables")
        sources: list[Source] = []
        for line, stated in self.array("sources", value):
            self.start, before = line, len(self.errors)
            checked = self.table(stated, SOURCE, "[[sources]]")
            if not self.is_wrong(before):
                source = self.collect(partial(self.source, checked, sources))
                sources += [source] if source else []
        self.check_former_names(sources)
        return tuple(sources)

    def source(self, checked: dict[str, Any], earlier: list[Source]) -> Source:
        """Return a source, complete and unlike those above it."""
        if "name" not in checked:
            message = '[[sources]] has no name; add a line like name = "news"'
            raise ConfigError(self.path, message, self.start)
        name = checked["name"]
        if name in {source.name for source in earlier}:
            raise self.fail("name", f"two [[sources]] are named '{name}'")
        places = [key for key in ("url", "command", "path") if key in checked]
        if len(places) > 1:
            both = f"both a {places[0]} and a {places[1]}"
            raise self.fail(places[0], f"source '{name}' has {both}; make it two sources")
        if "url" in checked:
            checked.setdefault("base_url", checked["url"])
        return Source(**checked)

    def check_former_names(self, sources: list[Source]) -> None:
        """Raise ConfigError if a former name of a source is the name of one further down."""
        names = [source.name for source in sources]
        for number, source in enumerate(sources):
            for name in source.was:
                if name in names[number:]:
                    raise self.fail(
                        "was",
                        f"source '{source.name}' was '{name}', and a source of that name is still there; put it above "
                        f"'{source.name}', which then gets the entries that it lists no more",
                    )

    def facets(self, value: Any, folder: Path) -> dict[str, FacetSettings]:
        if not isinstance(value, dict):
            raise self.fail("facets", "[facets] must be a table")
        self.check_keys(value, tuple(FACET_CHECKS), "[facets]")
        stated = {facet: self.facet(facet, value[facet.name], folder) for facet in FACETS if facet.name in value}
        return {facet.name: stated.get(facet) or FacetSettings(facet.is_published) for facet in FACETS}

    def facet(self, facet: Facet, value: Any, folder: Path) -> FacetSettings:
        name = facet.name
        checked = self.table(value, FACET_CHECKS[name], f"[facets.{name}]")
        if "file" in checked and "profile" in checked:
            raise self.fail("profile", f"[facets.{name}] has both a file and a profile; keep one of them")
        if "file" in checked:
            checked["file"] = folder / checked["file"]
            if not checked["file"].is_file():
                raise self.fail("file", f"file = {value['file']!r} in [facets.{name}]: no such file")
        checked.setdefault("publish", facet.is_published)
        return FacetSettings(**checked)

    def array(self, name: str, value: Any) -> list[tuple[int, Any]]:
        """Return the tables of an array of tables, each with its line."""
        if not isinstance(value, list):
            raise self.fail(name, f"{name} must be [[{name}]] tables")
        pattern = re.compile(_ARRAY.format(name))
        lines = [number for number, line in self.lines if pattern.match(line)]
        return list(zip_longest(lines[: len(value)], value, fillvalue=0))

    def ended(self, value: Any) -> tuple[Ended, ...]:
        result: list[Ended] = []
        for line, stated in self.array("ended", value):
            self.start, before = line, len(self.errors)
            checked = self.table(stated, ENDED, "[[ended]]")
            if self.is_wrong(before):
                continue
            if "feed" not in checked:
                raise ConfigError(self.path, "[[ended]] has no feed; add a line like feed = 'topics/rivers'", line)
            if checked["feed"] in {earlier.feed for earlier in result} or checked["feed"] == checked.get("to"):
                raise ConfigError(self.path, f"[[ended]] names '{checked['feed']}' twice", line)
            result.append(Ended(checked["feed"], checked.get("to", ""), checked.get("note", ""), line))
        return tuple(result)

    def moved(self, value: Any) -> tuple[Moved, ...]:
        result: list[Moved] = []
        for line, stated in self.array("moved", value):
            self.start, before = line, len(self.errors)
            checked = self.table(stated, MOVED, "[[moved]]")
            if self.is_wrong(before):
                continue
            if missing := [key for key in MOVED if key not in checked]:
                message = f"[[moved]] has no {missing[0]}; write from = 'news/rss.xml' and to = 'rss.xml'"
                raise ConfigError(self.path, message, line)
            old, new = checked["from"], checked["to"]
            if old in {earlier.old for earlier in result} or old == new:
                raise ConfigError(self.path, f"[[moved]] names '{old}' twice", line)
            if old.endswith("/") and not old.startswith("/"):
                raise ConfigError(self.path, f"[[moved]] from '{old}' is a folder, which can hold no copy", line)
            result.append(Moved(old, new, line))
        return tuple(result)

    def custom(self, value: Any) -> tuple[Custom, ...]:
        result: list[Custom] = []
        for line, stated in self.array("custom", value):
            self.start, before = line, len(self.errors)
            checked = self.table(stated, CUSTOM, "[[custom]]")
            if self.is_wrong(before):
                continue
            for key in ("name", "title"):
                if key not in checked:
                    raise ConfigError(self.path, f"[[custom]] has no {key}", line)
            if not checked.keys() & {"any_of", "all_of"}:
                raise ConfigError(self.path, "[[custom]] needs any_of or all_of, to say what is in it", line)
            if checked["name"] in {earlier.name for earlier in result}:
                raise ConfigError(self.path, f"two [[custom]] are named '{checked['name']}'", line)
            defaults = {"description": checked["title"], "any_of": (), "all_of": ()}
            result.append(Custom(**{**defaults, **checked, "line": line}))
        return tuple(result)

    def translations(self, value: Any) -> tuple[tuple[str, ...], ...]:
        result = []
        for line, stated in self.array("translations", value):
            self.start, before = line, len(self.errors)
            checked = self.table(stated, TRANSLATIONS, "[[translations]]")
            if self.is_wrong(before):
                continue
            if "items" not in checked:
                raise ConfigError(self.path, "[[translations]] has no items; add items = ['…', '…']", line)
            result.append(checked["items"])
        return tuple(result)

    def overrides(self, value: Any) -> tuple[Override, ...]:
        result = []
        for line, stated in self.array("overrides", value):
            self.start, before = line, len(self.errors)
            checked = self.table(stated, OVERRIDE, "[[overrides]]")
            if self.is_wrong(before):
                continue
            selectors = [key for key in ("id", "pattern", "phrase", "source", "link") if key in checked]
            facets = tuple((facet, checked[facet]) for facet in TAGS if facet in checked)
            # A link beside another selector is the right link of what that selects.
            corrected = {key: checked[key] for key in Correction._fields if key in checked}
            if selectors[:1] == ["link"]:
                corrected.pop("link")
            rules = facets or corrected or checked.get("skip")
            if not selectors or len(set(selectors) - {"link"}) > 1 or not rules:
                message = (
                    "[[overrides]] needs one of id, link, pattern (of the title), phrase or source, and one or more of "
                    f"{', '.join((*TAGS, *Correction._fields, 'skip'))}"
                )
                raise ConfigError(self.path, message, line)
            if (link := corrected.get("link")) and urlsplit(link).scheme not in ("http", "https"):
                raise ConfigError(self.path, f"link = '{link}': expected an absolute address", line)
            result.append(
                Override(
                    key=selectors[0],
                    value=checked[selectors[0]],
                    line=line,
                    facets=facets,
                    correction=Correction(**corrected),
                    skip=checked.get("skip", False),
                )
            )
        return tuple(result)


def load_config(folder: Path, data: bytes | None = None) -> Config:
    """Read the configuration of the site in that folder; a folder without a feeds.toml has the defaults.

    Args:
        data: read in place of the feeds.toml, which may be about to be written.

    Raises:
        ConfigError: the folder is missing, or a key is unknown, missing or of the wrong kind; the message
            names file, line, value and what was expected.
    """
    if not folder.is_dir():
        raise ConfigError(folder, f"no such folder; give the folder that holds your {FILE} and listings")
    path = folder / FILE
    try:
        data = path.read_bytes() if data is None else data
    except FileNotFoundError:
        name = folder.resolve().name
        return Config(folder, title=name or "News", description=f"News from {name}", author=name, is_default=True)
    except OSError as error:
        raise ConfigError(path, f"cannot be read: {error.strerror}") from None
    text, stated = _parse(path, data)
    reader = _Reader(path, text)
    reader.check_keys(stated, TABLES, f"{FILE}")
    site = reader.collect(lambda: _site(reader, stated, folder), {})
    parts = {name: reader.collect(partial(getattr(reader, name), stated[name])) for name in _ARRAYS if name in stated}
    for name, checks, made in _SECTIONS:
        values = reader.collect(partial(reader.table, stated.get(name, {}), checks, f"[{name}]"), {})
        parts[name] = made(**values)
    parts["remote"] = parts.pop("history")
    parts["facets"] = reader.collect(lambda: reader.facets(stated.get("facets", {}), folder))
    if site and site.get("reviewed"):
        reviewed = reader.collect(lambda: read_reviewed(site["reviewed"]), ())
        parts["overrides"] = (*(parts.get("overrides") or ()), *reviewed)
    reader.finish()
    return Config(folder, **site, **parts)


_SECTIONS: tuple[tuple[str, Checks, Callable[..., Any]], ...] = (
    ("rights", RIGHTS, Rights),
    ("limits", LIMITS, Limits),
    ("publish", PUBLISH, Publish),
    ("fetch", FETCH, Fetch),
    ("alert", ALERT, Alert),
    ("status", STATUS, Status),
    ("history", HISTORY, Remote),
)
_ARRAYS = ("ended", "moved", "custom", "translations", "overrides", "sources")  # each read by the method of that name


def _parse(path: Path, data: bytes) -> tuple[str, dict[str, Any]]:
    """Return the text of a TOML file and what it states.

    Raises:
        ConfigError: it is not UTF-8, or not TOML.
    """
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError(path, f"not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise ConfigError(path, f"not TOML: {error}", int(line[1]) if line else 1) from None


# What [site] must have -> a line that could be added, and what it is for.
_NEEDED = {
    "title": ('title = "News of our agency"', "the name of the feeds"),
    "base_url": ('base_url = "https://feeds.example.org/"', "where the output will be served"),
    "authority": ('authority = "example.org"', "a domain that you own; it roots every id for ever"),
    "year": ("year = 2026", "a year in which you owned it"),
}
_FILES = ("icon", "logo", "image", "css", "reviewed", "words")


def _site(reader: _Reader, stated: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the values of [site], checked and complete."""
    site = reader.table(stated.get("site", {}), SITE, "[site]")
    for key, (line, purpose) in _NEEDED.items():
        if key not in stated.get("site", {}):
            message = f"[site] has no {key}, {purpose}; add a line like {line}"
            reader.errors.append(ConfigError(reader.path, message, reader.start))
    for key in _FILES:
        if key in site:
            site[key] = folder / site[key]
            if not site[key].is_file():
                reader.errors.append(reader.fail(key, f"{key} = {stated['site'][key]!r} in [site]: no such file"))
    if reader.errors:
        return {}
    site["look"] = Look(**{key: site.pop(key) for key in Look._fields if key in site})
    site.setdefault("description", site["title"])
    site.setdefault("author", site["title"])
    return site

"""Tables that commands add to a feeds.toml: as text behind what is there, so that comments and order stay."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatch

from feeds.config.values import Config

ADDED = "added"  # the source and the folder of items that were added by hand
_ADDED_PATH = f"{ADDED}/*.md"


def quoted(value: object) -> str:
    """Return a value as TOML: a string, a date, a list of strings, true or false."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def table(name: str, values: Mapping[str, object]) -> str:
    """Return an array of tables with one table in it, as TOML.

    >>> print(table("overrides", {"id": "x", "topics": ["rivers"]}))
    [[overrides]]
    id = "x"
    topics = ["rivers"]
    """
    return "\n".join([f"[[{name}]]", *(f"{key} = {quoted(value)}" for key, value in values.items())])


def appended(text: str, *parts: str) -> str:
    """Return the text of a feeds.toml with more behind it."""
    return "\n\n".join([text.rstrip("\n"), *parts]) + "\n"


def source_of_added(config: Config, stated: str) -> Sequence[str]:
    """Return the tables that a feeds.toml lacks so that items that were added by hand are read: none, one, or with the
    default source two, since that goes where another is stated.

    Args:
        stated: the text of the feeds.toml.
    """
    if any(source.path and fnmatch(f"{ADDED}/item.md", source.path) for source in config.sources):
        return ()
    added = table("sources", {"name": _free_name(config), "path": _ADDED_PATH})
    if "[[sources]]" in stated.replace(" ", ""):
        return (added,)
    default = config.sources[0]
    return (table("sources", {"name": default.name, "path": default.path}), added)


def _free_name(config: Config) -> str:
    names = {source.name for source in config.sources}
    return ADDED if ADDED not in names else f"{ADDED}-by-hand"


def front_matter(values: Mapping[str, object], text: str) -> str:
    """Return an item as a Markdown file with TOML in front of its text."""
    stated = "\n".join(f"{key} = {quoted(value)}" for key, value in values.items() if value)
    return f"+++\n{stated}\n+++\n\n{text.strip()}\n"

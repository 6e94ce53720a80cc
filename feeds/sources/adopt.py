"""The feed of another program -> the ids that its subscribers know, for items that we shall list.

An organisation that moves here keeps its readers: an item that the old feed had is given its old id, so that nobody
sees it as new. Read by feedparser, from bytes only: old feeds are often not even well-formed.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import time
from typing import Any, NamedTuple

from feeds.content.normalise import clean_text
from feeds.model import SourceError

# What an export of WordPress holds besides, which no feed of it ever had.
_NOT_POSTS = frozenset(("attachment", "nav_menu_item", "revision", "wp_global_styles", "wp_template", "custom_css"))


class OldEntry(NamedTuple):
    """An entry as the old feed had it."""

    id: str
    link: str
    title: str
    date: dt.date | None


class Adoption(NamedTuple):
    """What was taken over from an old feed."""

    kept: int  # ids that wait for their items
    known: int  # ids or items that the history has already
    refused: tuple[tuple[str, str], ...]  # title and why there is no id to take over


def read(data: bytes) -> list[OldEntry]:
    """Return the entries of an Atom, RSS or JSON feed, or of an export of WordPress.

    Raises:
        SourceError: it is not one of these, or has no entry.
    """
    is_json = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
    entries = _entries_of_json(data) if is_json else _entries_of_xml(data)
    if not entries:
        raise SourceError("no-entries", "has no entries; there is nothing to take over")
    return entries


def _entries_of_xml(data: bytes) -> list[OldEntry]:
    import feedparser

    parsed = feedparser.parse(io.BytesIO(data))
    if not parsed.version:
        raise SourceError("not-a-feed", "is not an Atom, RSS or JSON feed")
    return [
        OldEntry(
            id=_clean(entry, "id", "link"),
            link=(entry.get("link") or "").strip(),
            title=_clean(entry, "title"),
            date=_day(entry.get("published_parsed") or entry.get("updated_parsed")),
        )
        for entry in parsed.entries
        if entry.get("wp_post_type", "post") not in _NOT_POSTS
    ]


def _entries_of_json(data: bytes) -> list[OldEntry]:
    """The items of a JSON Feed, whose ids may be any strings, and once were numbers (jsonfeed.org/version/1, "id")."""
    try:
        stated = json.loads(data)
        items = [item for item in stated["items"] if isinstance(item, dict)]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SourceError("not-a-feed", "is not an Atom, RSS or JSON feed") from None
    return [
        OldEntry(
            id=_clean(item, "id", "url"),
            link=str(item.get("url") or "").strip(),
            title=_clean(item, "title"),
            date=_stated_day(str(item.get("date_published") or item.get("date_modified") or "")),
        )
        for item in items
    ]


def _clean(stated: Any, *keys: str) -> str:
    """The first value that is there, as clean text."""
    return clean_text(str(next((stated[key] for key in keys if stated.get(key)), "")))[0]


def _stated_day(stated: str) -> dt.date | None:
    """The day in UTC of a date of RFC 3339, None where it is none."""
    try:
        moment = dt.datetime.fromisoformat(stated)
        return (moment.astimezone(dt.UTC) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        return None


def _day(stated: time.struct_time | None) -> dt.date | None:
    return dt.date(*stated[:3]) if stated else None

"""What subscribers would see of a source before anything is published, and whether that is believable.

Readers tell entries by their ids: an item that is listed again under another id is announced again. So a run in which
many items would be new although they are old, in which most of a listing is gone, or in which a source lists what
another one had that is gone from feeds.toml, is taken for an accident and held back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

FLOOD_LEAST = 5  # old items that would be new; fewer are an editor's, not an accident's
SHRINK_LEAST = 4  # items that a listing had; of fewer, less than half is nothing


class Held(NamedTuple):
    """Why a source is held back: a code, what --allow takes, and a sentence."""

    code: str
    allow: str
    message: str


def shrink(source: str, listed: int, before: int, percent: int) -> Held | None:
    """Return why a source is held back of which most is gone, else None.

    Args:
        listed: items that it lists now.
        before: items that it listed when it was last taken, 0 where it never was.
        percent: of the items listed before, how many must be there.
    """
    if before < SHRINK_LEAST or listed * 100 >= before * percent:
        return None
    message = f"source '{source}' lists {listed} items, and listed {before} before"
    return _held("shrink", source, message, "put the listing right")


def flood(source: str, listed: int, old: int, percent: int) -> Held | None:
    """Return why a source is held back of which much would be announced again, else None.

    Args:
        listed: items that it lists now.
        old: items that would be new, and look old: listed under a date before that of the newest entry known from the
            source, or with the title of an entry that is known.
        percent: of the listed items, how many may be such.
    """
    if old < FLOOD_LEAST or old * 100 <= listed * percent:
        return None
    message = f"source '{source}' lists {listed} items, of which {old} would be announced as new although they look old"
    return _held("flood", source, message, "put the listing right")


def renamed(source: str, left_behind: Mapping[str, int]) -> Held | None:
    """Return why a source is held back that lists what another one had, else None.

    Args:
        left_behind: sources that are gone from feeds.toml -> how many of their entries this one lists as new.
    """
    if not left_behind:
        return None
    names = sorted(left_behind)
    quoted = ", ".join(f'"{name}"' for name in names)
    line = f"was = {quoted}" if len(names) == 1 else f"was = [{quoted}]"
    count = sum(left_behind.values())
    message = (
        f"source '{names[0]}' is gone from feeds.toml, and '{source}' lists {count} of its entries, which would be "
        "announced again"
    )
    return _held("renamed", source, message, f'if it is the same source, write {line} below name = "{source}"')


def _held(code: str, source: str, message: str, remedy: str) -> Held:
    allow = f"{code}:{source}"
    return Held(code, allow, f"{message}; {remedy}, or allow it once: --allow {allow}")

"""What a site published, changed and withdrew, in the order of time."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple


class Event(NamedTuple):
    """What happened to an entry, and when (aware).

    Attributes:
        what: "published", "changed" (readers were told) or "withdrawn". Of several changes the last is known.
    """

    when: dt.datetime
    what: str
    id: str
    title: str
    link: str  # "" where its page is ours
    page: str
    source: str


_EVENTS = """
    SELECT moment, what, id, coalesce(json_extract(correction, '$.title'), title),
        coalesce(json_extract(correction, '$.link'), link), coalesce(page, ''), source
    FROM (
        SELECT first_seen AS moment, 'published' AS what, * FROM entries WHERE first_seen >= :since
        UNION ALL SELECT updated, 'changed', * FROM entries
            WHERE updated >= :since AND updated > published AND updated > first_seen AND withdrawn IS NULL
        UNION ALL SELECT withdrawn, 'withdrawn', * FROM entries WHERE withdrawn >= :since
    ) ORDER BY moment, serial
"""


def events(db: sqlite3.Connection, since: dt.datetime) -> Iterator[Event]:
    """Yield what happened since a moment."""
    for moment, *rest in db.execute(_EVENTS, {"since": int(since.timestamp())}):
        yield Event(dt.datetime.fromtimestamp(moment, dt.UTC), *rest)

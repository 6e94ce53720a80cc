"""How much there is in feeds, counted as entries come and go: no question asks for all of them."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection

_COUNT = (
    "INSERT INTO months VALUES (:feed, strftime('%Y-%m', :published, 'unixepoch'), :by) "
    "ON CONFLICT DO UPDATE SET entries = entries + excluded.entries"
)
_PAIR = "INSERT INTO together VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET entries = entries + excluded.entries"
_NEWEST = (
    "UPDATE feeds SET newest = (SELECT max(published) FROM members JOIN entries ON arrival = entry WHERE feed = path) "
    "WHERE path = ?"
)


class Activity:
    """The counts of a history."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def joined(self, feed: str, published: int, others: Collection[str]) -> None:
        """Count an entry that came into a feed.

        Args:
            published: seconds since 1970.
            others: the feeds that it is in already.
        """
        self._count(feed, published, others, 1)
        self._db.execute("UPDATE feeds SET newest = max(coalesce(newest, 0), ?) WHERE path = ?", (published, feed))

    def left(self, feed: str, published: int, others: Collection[str]) -> None:
        """Count an entry that a feed lost; arguments as for joined."""
        self._count(feed, published, others, -1)
        self._db.execute(_NEWEST, (feed,))

    def _count(self, feed: str, published: int, others: Collection[str], by: int) -> None:
        self._db.execute(_COUNT, {"feed": feed, "published": published, "by": by})
        kind = _kind(feed)
        pairs = [other for other in others if kind and _kind(other) not in ("", kind)]
        self._db.executemany(_PAIR, [(feed, other, by) for other in pairs] + [(other, feed, by) for other in pairs])

    def keep_gap(self, feed: str, gap: int | None) -> None:
        """Remember how many seconds there are between entries of a feed."""
        self._db.execute("UPDATE feeds SET gap = ? WHERE path = ? AND gap IS NOT ?", (gap, feed, gap))

    def counts(self) -> dict[str, int]:
        """How many entries each feed has."""
        return dict(self._db.execute("SELECT feed, sum(entries) FROM months GROUP BY feed").fetchall())

    def months(self, feed: str) -> tuple[tuple[dt.date, int], ...]:
        """How many entries a feed has of each month that has any, the first month first."""
        rows = self._db.execute(
            "SELECT month, entries FROM months WHERE feed = ? AND entries > 0 ORDER BY month", (feed,)
        )
        return tuple((dt.date.fromisoformat(f"{month}-01"), count) for month, count in rows)

    def related(self, feed: str) -> list[tuple[str, int]]:
        """The feeds of other kinds that share entries with a feed, and how many, most first."""
        return self._db.execute(
            "SELECT other, entries FROM together WHERE feed = ? AND entries > 0 ORDER BY entries DESC, other", (feed,)
        ).fetchall()


def _kind(feed: str) -> str:
    """What a feed is of: the first part of its path, "pairs" where there are two, "" for the main one."""
    return "pairs" if feed.count("/") > 1 else feed.partition("/")[0]

"""Numbers of entries per feed and month, kept up to date as entries come and go, so that no query counts them all."""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from collections import Counter
from collections.abc import Collection
from functools import lru_cache

_COUNT = "INSERT INTO months VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET entries = entries + excluded.entries"
_PAIR = "INSERT INTO together VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET entries = entries + excluded.entries"
_LATER = "UPDATE feeds SET newest = max(coalesce(newest, 0), ?) WHERE path = ?"
_NEWEST = (
    "UPDATE feeds SET newest = (SELECT max(published) FROM members JOIN entries ON serial = entry WHERE feed = path) "
    "WHERE path = ?"
)


class Statistics:
    """The counts of a history; changes are written at the end of a transaction, or before a count is read."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._months: Counter[tuple[str, str]] = Counter()
        self._together: Counter[tuple[str, str]] = Counter()
        self._newest: dict[str, int] = {}
        self._lost: set[str] = set()  # feeds that lost an entry, perhaps their newest

    def begin(self) -> None:
        """Start counting for a new transaction."""
        for counted in (self._months, self._together, self._newest, self._lost):
            counted.clear()

    def flush(self) -> None:
        """Write the changes."""
        self._db.executemany(_COUNT, [(*key, by) for key, by in self._months.items() if by])
        self._db.executemany(_PAIR, [(*key, by) for key, by in self._together.items() if by])
        self._db.executemany(_LATER, [(newest, feed) for feed, newest in self._newest.items()])
        self._db.executemany(_NEWEST, [(feed,) for feed in self._lost])
        self.begin()

    def add(self, feed: str, published: int, others: Collection[str]) -> None:
        """Count an entry that was added to a feed.

        Args:
            published: seconds since 1970.
            others: the feeds that it is in already.
        """
        self._count(feed, published, others, 1)
        if published > self._newest.get(feed, 0):
            self._newest[feed] = published

    def remove(self, feed: str, published: int, others: Collection[str]) -> None:
        """Count an entry that was removed from a feed; arguments as for add."""
        self._count(feed, published, others, -1)
        self._lost.add(feed)

    def _count(self, feed: str, published: int, others: Collection[str], by: int) -> None:
        self._months[feed, _month(published)] += by
        kind = _kind(feed)
        for other in others if kind else ():
            if _kind(other) not in ("", kind):
                self._together[feed, other] += by
                self._together[other, feed] += by

    def set_gap(self, feed: str, gap: int | None) -> None:
        """Store the usual number of seconds between two entries of a feed."""
        self._db.execute("UPDATE feeds SET gap = ? WHERE path = ? AND gap IS NOT ?", (gap, feed, gap))

    def counts(self) -> dict[str, int]:
        """Return the number of entries of each feed."""
        self.flush()
        return dict(self._db.execute("SELECT feed, sum(entries) FROM months GROUP BY feed").fetchall())

    def months(self, feed: str) -> tuple[tuple[dt.date, int], ...]:
        """Return the number of entries of a feed for each month with entries, oldest first."""
        self.flush()
        rows = self._db.execute(
            "SELECT month, entries FROM months WHERE feed = ? AND entries > 0 ORDER BY month", (feed,)
        )
        return tuple((dt.date.fromisoformat(f"{month}-01"), count) for month, count in rows)

    def related(self, feed: str) -> list[tuple[str, int]]:
        """Return the feeds of other facets that share entries with a feed, with the number of these, most first."""
        self.flush()
        return self._db.execute(
            "SELECT other, entries FROM together WHERE feed = ? AND entries > 0 ORDER BY entries DESC, other", (feed,)
        ).fetchall()


@lru_cache(maxsize=64)
def _month(seconds: int) -> str:
    return time.strftime("%Y-%m", time.gmtime(seconds))


@lru_cache(maxsize=4096)
def _kind(feed: str) -> str:
    """Return the facet of a feed's path, "pairs" for a country within a topic, "" for the main feed."""
    return "pairs" if feed.count("/") > 1 else feed.partition("/")[0]

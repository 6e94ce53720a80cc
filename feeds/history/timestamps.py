"""When an entry is published: a second that no other entry has, assigned once (DESIGN: Time)."""

from __future__ import annotations

import datetime as dt
import sqlite3

from feeds.model import Candidate

# A date without a time is 10:00:00Z and n seconds: that hour is the same calendar day from Honolulu to Auckland.
_HOUR_OF_DATES = dt.timedelta(hours=10)
_DAY = dt.timedelta(days=1)


class Timestamps:
    """Assigns the date of publication of new entries."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._latest: tuple[int, int] | None = None  # beginning of a day, and when its last entry was published
        self._onward: dict[int, int] = {}  # a second that is taken -> one from which on there may be a free one

    def begin(self) -> None:
        """Forget what was assigned: a transaction begins."""
        self._latest = None
        self._onward.clear()

    def assign(self, candidate: Candidate) -> int:
        """Return seconds since 1970 at which an item is published: unique, and after what is published of its date."""
        if candidate.time:
            self._latest = None
            return self._first_free(int(candidate.time.timestamp()))
        midnight = dt.datetime.combine(candidate.date, dt.time(), dt.UTC)
        start, end = int((midnight + _HOUR_OF_DATES).timestamp()), int((midnight + _DAY).timestamp())
        if self._latest and self._latest[0] == start:
            latest = self._latest[1]
        else:
            latest = self._db.execute(
                "SELECT max(published) FROM entries WHERE published >= ? AND published < ?", (start, end)
            ).fetchone()[0]
        # 50,400 entries of one date would leave the day; they then share its last second.
        assigned = start if latest is None else min(latest + 1, end - 1)
        self._latest = (start, assigned)
        return assigned

    def _first_free(self, second: int) -> int:
        """The first second from this one on at which nothing is published.

        Thousands of items may state one instant. Where the seconds after it are taken is remembered, so the time grows
        with their number, and no item is moved further than those before it make necessary.
        """
        passed = []
        free = second
        while True:
            if (onward := self._onward.get(free)) is not None:
                passed.append(free)
                free = onward
            elif self._db.execute("SELECT 1 FROM entries WHERE published = ?", (free,)).fetchone():
                passed.append(free)
                free += 1
            else:
                break
        for taken in (*passed, free):
            self._onward[taken] = free + 1
        return free

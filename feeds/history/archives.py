"""Which archive pages a feed has (RFC 5005 4), and which of them wait to be published.

A page holds so many positions of a feed's order of arrival: page 1 the first ones. It becomes a page when it is full
and the live document no longer shows all of it, and changes again only when an entry in it does.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from feeds.model import Fragments

PAGE = 50  # positions at the most; a site's pages are as long as its live documents were when it got its first
_SIZE = "archive-page"  # the key of state that remembers it: pages are cut by it, so it never changes


@dataclass(frozen=True, slots=True)
class Extent:
    """How a feed is cut into documents: archive pages 1 to `pages`, and the live document from a position on."""

    pages: int
    live_from: int


Row = tuple[dt.datetime, Fragments]  # updated, and how it is rendered


class Archives:
    """The archive pages of a history."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def _size(self, live: int = PAGE) -> int:
        """How many positions a page has."""
        row = self._db.execute("SELECT value FROM state WHERE key = ?", (_SIZE,)).fetchone()
        return int(row[0]) if row else min(PAGE, live)

    def _pages(self, path: str) -> int:
        pages: int = self._db.execute("SELECT coalesce(max(page), 0) FROM archives WHERE feed = ?", (path,)).fetchone()[
            0
        ]
        return pages

    def extent(self, path: str, live: int) -> Extent:
        """How a feed is cut: the live document holds its last arrivals, and all that is in no page yet.

        Args:
            live: how many arrivals the live document holds at least.
        """
        size = self._size(live)
        newest, oldest_live = self._db.execute(
            "SELECT coalesce(max(position), 0), coalesce(min(position), 1) FROM (SELECT position FROM members "
            "WHERE feed = ? ORDER BY position DESC LIMIT ?)",
            (path, live),
        ).fetchone()
        needed = -(-(oldest_live - 1) // size)
        pages = max(self._pages(path), min(needed, newest // size))
        return Extent(pages, min(oldest_live, pages * size + 1))

    def grow(self, path: str, live: int) -> None:
        """Make sure that the feed has the pages that it needs; new ones wait."""
        known, pages = self._pages(path), self.extent(path, live).pages
        if pages > known:
            self._db.execute("INSERT OR IGNORE INTO state VALUES (?, ?)", (_SIZE, str(self._size(live))))
            new = [(path, page) for page in range(known + 1, pages + 1)]
            self._db.executemany("INSERT INTO archives (feed, page) VALUES (?, ?)", new)

    def touch(self, arrival: int, path: str | None = None) -> None:
        """Let the pages wait that hold an entry, of one feed or of all."""
        size = self._size()
        self._db.execute(
            "UPDATE archives SET waits = 1 WHERE NOT waits AND (feed, page) IN (SELECT feed, (position + ? - 1) / ? "
            "FROM members WHERE entry = ? AND (? IS NULL OR feed = ?))",
            (size, size, arrival, path, path),
        )

    def waiting(self, path: str) -> list[int]:
        """The pages of a feed that wait to be published."""
        rows = self._db.execute("SELECT page FROM archives WHERE feed = ? AND waits ORDER BY page", (path,))
        return [page for (page,) in rows]

    def publish_again(self) -> None:
        """Let every page wait."""
        self._db.execute("UPDATE archives SET waits = 1")

    def finish(self, withheld: Collection[str]) -> None:
        """Say that everything is published but the pages of feeds of which a document was withheld."""
        places = ", ".join("?" * len(withheld))
        self._db.execute(f"UPDATE archives SET waits = 0 WHERE waits AND feed NOT IN ({places})", tuple(withheld))

    def is_of_valid(self, path: str, page: int) -> bool:
        """Whether every entry of a page was found valid, by this version and configuration."""
        size = self._size()
        found = self._db.execute(
            "SELECT min(valid) FROM members JOIN fragments ON fragments.entry = members.entry "
            "WHERE feed = ? AND position BETWEEN ? AND ?",
            (path, (page - 1) * size + 1, page * size),
        ).fetchone()[0]
        return bool(found)

    def page(self, path: str, page: int) -> list[Row]:
        """What a page holds, newest first."""
        size = self._size()
        return self.rows(path, (page - 1) * size + 1, page * size)

    def rows(self, path: str, first: int, last: int = 1 << 62) -> list[Row]:
        """The entries of a feed from one position to another, newest first."""
        rows = self._db.execute(
            "SELECT updated, atom, rss, json FROM members JOIN entries ON arrival = members.entry "
            "JOIN fragments ON fragments.entry = arrival WHERE feed = ? AND position BETWEEN ? AND ? "
            "ORDER BY published DESC, arrival DESC",
            (path, first, last),
        )
        return [(dt.datetime.fromtimestamp(updated, dt.UTC), Fragments(*rendered)) for updated, *rendered in rows]

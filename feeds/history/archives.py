"""Which archive pages a feed has (RFC 5005 4), and which of them wait to be published.

A page holds so many positions of a feed's order of arrival: page 1 the first ones. It becomes a page when it is full
and the live document no longer shows all of it, and changes again only when an entry in it does. Where entries are
long, a page may hold fewer: else the live document would have to hold more than it may have bytes.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection
from typing import NamedTuple

from feeds.model import Fragments

PAGE = 50  # positions at the most; a site's pages are as long as its live documents were when it got its first
HEAD = 8_000  # bytes of a live document that are left for what is around its entries
_SIZE = "archive-page"  # the key of state that remembers it: pages are cut by it, so it never changes


class Extent(NamedTuple):
    """How a feed is cut into documents: archive pages 1 to `pages`, and the live document from a position on."""

    pages: int
    live_from: int


Row = tuple[dt.datetime, Fragments]  # updated, and how it is rendered


class Archives:
    """The archive pages of a history."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def _size(self, live: int) -> int:
        """How many positions a page has."""
        row = self._db.execute("SELECT value FROM state WHERE key = ?", (_SIZE,)).fetchone()
        return int(row[0]) if row else min(PAGE, live)

    def _last(self, path: str) -> tuple[int, int]:
        """The newest page of a feed and the last position that it holds, 0 where there is none."""
        pages, last = self._db.execute(
            "SELECT coalesce(max(page), 0), coalesce(max(last), 0) FROM archives WHERE feed = ?", (path,)
        ).fetchone()
        return pages, last

    def extent(self, path: str, live: int, most: int) -> Extent:
        """How a feed is cut: the live document holds its last arrivals, and all that is in no page yet.

        Args:
            live: how many arrivals the live document holds at least, where they fit.
            most: bytes that each of its formats may have, but for what one entry takes.
        """
        pages, last = self._last(path)
        by_count, by_bytes, _ = self._newest(path, last, live, most)
        return Extent(pages, min(max(by_count, by_bytes), last + 1))

    def _newest(self, path: str, last: int, live: int, most: int) -> tuple[int, int, int]:
        """Three positions: from which on the live document has as many arrivals as it should; from which on those and
        all that is in no page yet fit into it by their bytes; and the newest.

        Args:
            last: position that a page holds.
        """
        newest = self._db.execute("SELECT max(position) FROM members WHERE feed = ?", (path,)).fetchone()[0] or 0
        row = self._db.execute(
            "SELECT position FROM members WHERE feed = ? ORDER BY position DESC LIMIT 1 OFFSET ?", (path, live - 1)
        ).fetchone()
        by_count = row[0] if row else 1
        fitting = oldest = min(last + 1, by_count)
        sizes = [HEAD] * 3
        above = newest
        for position, *more in self._db.execute(
            "SELECT position, length(atom), length(rss), length(json) FROM members JOIN fragments USING (entry) "
            "WHERE feed = ? AND position >= ? ORDER BY position DESC",
            (path, oldest),
        ):
            sizes = [size + of_one + 2 for size, of_one in zip(sizes, more, strict=True)]
            if max(sizes) > most and position < newest:
                fitting = above
                break
            above = position
        return by_count, fitting, newest

    def grow(self, path: str, live: int, most: int) -> None:
        """Make sure that the feed has the pages that it needs; new ones wait.

        One that is not full comes to be where what is in no page yet does not fit into the live document.
        """
        pages, last = self._last(path)
        by_count, by_bytes, newest = self._newest(path, last, live, most)
        size, new = self._size(live), []
        while last + 1 < max(by_count, by_bytes) and (last + size <= newest or last + 1 < by_bytes):
            pages += 1
            end = min(last + size, newest)
            new.append((path, pages, last + 1, end))
            last = end
        if new:
            self._db.execute("INSERT OR IGNORE INTO state VALUES (?, ?)", (_SIZE, str(size)))
            self._db.executemany("INSERT INTO archives (feed, page, first, last) VALUES (?, ?, ?, ?)", new)

    def touch(self, arrival: int, path: str | None = None) -> None:
        """Let the pages wait that hold an entry, of one feed or of all."""
        self._db.execute(
            "UPDATE archives SET waits = 1 WHERE NOT waits AND (feed, page) IN (SELECT archives.feed, page "
            "FROM members JOIN archives ON archives.feed = members.feed AND position BETWEEN first AND last "
            "WHERE entry = ? AND (? IS NULL OR members.feed = ?))",
            (arrival, path, path),
        )

    def waiting(self, path: str) -> list[int]:
        """The pages of a feed that wait to be published."""
        rows = self._db.execute(
            "SELECT page FROM archives INDEXED BY archives_waiting WHERE feed = ? AND waits ORDER BY page", (path,)
        )
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
        found = self._db.execute(
            "SELECT min(valid) FROM archives JOIN members ON members.feed = archives.feed AND position BETWEEN first "
            "AND last JOIN fragments USING (entry) WHERE archives.feed = ? AND page = ?",
            (path, page),
        ).fetchone()[0]
        return bool(found)

    def found_valid(self, path: str, first: int, last: int = 1 << 62) -> None:
        """Remember that the entries of a feed from one position to another were found valid in a whole document."""
        self._db.execute(
            "UPDATE fragments SET valid = 1 WHERE NOT valid AND entry IN (SELECT entry FROM members WHERE feed = ? AND "
            "position BETWEEN ? AND ?)",
            (path, first, last),
        )

    def bounds(self, path: str, page: int) -> tuple[int, int]:
        """The first and the last position of a page."""
        first, last = self._db.execute(
            "SELECT first, last FROM archives WHERE feed = ? AND page = ?", (path, page)
        ).fetchone()
        return first, last

    def rows(self, path: str, first: int, last: int = 1 << 62) -> list[Row]:
        """The entries of a feed from one position to another, newest first."""
        rows = self._db.execute(
            "SELECT updated, atom, rss, json FROM members JOIN entries ON arrival = members.entry "
            "JOIN fragments ON fragments.entry = arrival WHERE feed = ? AND position BETWEEN ? AND ? "
            "ORDER BY published DESC, arrival DESC",
            (path, first, last),
        )
        return [(dt.datetime.fromtimestamp(updated, dt.UTC), Fragments(*rendered)) for updated, *rendered in rows]

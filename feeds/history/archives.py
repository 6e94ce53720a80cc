"""Which archive documents a feed has (RFC 5005 4), and which of them must be made.

An archive page holds a range of a feed's sequence numbers, page 1 the first ones. It is cut when it is full and the
live document no longer shows all of it, and then changes only when an entry in it does. Where entries are long a page
holds fewer, for else the live document would exceed its limit of bytes.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from feeds.history import codec
from feeds.model import Fragments

PAGE = 50  # entries at most; a site's pages are as long as its live documents were when it got its first page
HEAD = 8_000  # bytes of a live document that are left for what is around its entries; heads measured have 1 to 4 kB
SEPARATOR = 2  # bytes between two entries: the longest, of JSON
_SIZE = "archive-page"  # the key of state that remembers the length of pages, which therefore never changes
LAST = 1 << 62  # a sequence number after all others


class Extent(NamedTuple):
    """How a feed is cut: archive pages 1 to `pages`, and the live document from a sequence number on."""

    pages: int
    live_from: int


class _Cut(NamedTuple):
    """Sequence numbers from which on the live document has as many entries as it should, and has too many bytes.

    Attributes:
        by_bytes: from here on all that is in no page yet fits into the live document.
    """

    by_count: int
    by_bytes: int
    newest: int


Row = tuple[dt.datetime, Fragments]  # when an entry was updated, and how it is rendered


class Rows(NamedTuple):
    """The entries of a page.

    Attributes:
        are_valid: each was found valid, by this version with this configuration. Of none it cannot be said.
    """

    rows: list[Row]
    are_valid: bool


class Archives:
    """The archive pages of a history."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def _page_size(self, live: int) -> int:
        """How many entries a full page has."""
        row = self._db.execute("SELECT value FROM state WHERE key = ?", (_SIZE,)).fetchone()
        return int(row[0]) if row else min(PAGE, live)

    def _last_page(self, path: str) -> tuple[int, int]:
        """The newest page of a feed and the last sequence number in it, 0 where there is none."""
        page, last = self._db.execute(
            "SELECT coalesce(max(page), 0), coalesce(max(last), 0) FROM archives WHERE feed = ?", (path,)
        ).fetchone()
        return page, last

    def extent(self, path: str, live: int, max_bytes: int) -> Extent:
        """Return how a feed is cut. Its live document holds the last arrivals, and all that is in no page yet.

        Args:
            live: entries that the live document holds at least, where they fit.
            max_bytes: what a live document may have in each format; one entry may be longer.
        """
        pages, last = self._last_page(path)
        cut = self._cut(path, last, live, max_bytes)
        return Extent(pages, min(max(cut.by_count, cut.by_bytes), last + 1))

    def _cut(self, path: str, last: int, live: int, max_bytes: int) -> _Cut:
        """Where the live document may begin.

        Args:
            last: the last sequence number in a page.
        """
        newest = self._db.execute("SELECT max(sequence) FROM members WHERE feed = ?", (path,)).fetchone()[0] or 0
        row = self._db.execute(
            "SELECT sequence FROM members WHERE feed = ? ORDER BY sequence DESC LIMIT 1 OFFSET ?", (path, live - 1)
        ).fetchone()
        by_count = row[0] if row else 1
        oldest = min(last + 1, by_count)
        return _Cut(by_count, self._first_that_fits(path, oldest, newest, max_bytes), newest)

    def _first_that_fits(self, path: str, oldest: int, newest: int, max_bytes: int) -> int:
        """The first sequence number, not before the oldest, from which on all entries fit into so many bytes."""
        rows = self._db.execute(
            "SELECT sequence, sizes FROM members JOIN fragments USING (entry) "
            "WHERE feed = ? AND sequence >= ? ORDER BY sequence DESC",
            (path, oldest),
        )
        sizes: Counter[str] = Counter()
        above = newest
        for sequence, stated in rows:
            for name, length in codec.read_sizes(stated):
                sizes[name] += length + SEPARATOR
            if HEAD + max(sizes.values()) > max_bytes and sequence < newest:
                return above
            above = int(sequence)
        return oldest

    def grow(self, path: str, live: int, max_bytes: int) -> None:
        """Cut the pages that a feed needs, which are then dirty. Arguments as for extent.

        A page that is not full is cut where what is in no page yet does not fit into the live document.
        """
        page, last = self._last_page(path)
        cut = self._cut(path, last, live, max_bytes)
        size, new = self._page_size(live), []
        while last + 1 < max(cut.by_count, cut.by_bytes) and (last + size <= cut.newest or last + 1 < cut.by_bytes):
            page += 1
            end = min(last + size, cut.newest)
            new.append((path, page, last + 1, end))
            last = end
        if new:
            self._db.execute("INSERT OR IGNORE INTO state VALUES (?, ?)", (_SIZE, str(size)))
            self._db.executemany("INSERT INTO archives (feed, page, first, last) VALUES (?, ?, ?, ?)", new)

    def mark_dirty(self, serial: int, path: str | None = None) -> None:
        """Mark the pages that hold an entry, of one feed or of all, as to be made again."""
        self._db.execute(
            "UPDATE archives SET dirty = 1 WHERE NOT dirty AND (feed, page) IN (SELECT archives.feed, page "
            "FROM members JOIN archives ON archives.feed = members.feed AND sequence BETWEEN first AND last "
            "WHERE entry = ? AND (? IS NULL OR members.feed = ?))",
            (serial, path, path),
        )

    def dirty(self, path: str) -> list[int]:
        """Return the pages of a feed that must be made, the oldest first."""
        rows = self._db.execute(
            "SELECT page FROM archives INDEXED BY archives_dirty WHERE feed = ? AND dirty ORDER BY page", (path,)
        )
        return [page for (page,) in rows]

    def mark_all_dirty(self) -> None:
        """Mark every page as to be made again."""
        self._db.execute("UPDATE archives SET dirty = 1")

    def mark_published(self, withheld: Collection[str]) -> None:
        """Note that all pages are published but those of feeds of which a document was withheld."""
        places = ", ".join("?" * len(withheld))
        self._db.execute(f"UPDATE archives SET dirty = 0 WHERE dirty AND feed NOT IN ({places})", tuple(withheld))

    def mark_valid(self, path: str, first: int, last: int = LAST) -> None:
        """Note that the entries of a feed between two sequence numbers were found valid in a whole document."""
        self._db.execute(
            "UPDATE fragments SET valid = 1 WHERE NOT valid AND entry IN (SELECT entry FROM members WHERE feed = ? AND "
            "sequence BETWEEN ? AND ?)",
            (path, first, last),
        )

    def bounds(self, path: str, page: int) -> tuple[int, int]:
        """Return the first and the last sequence number of a page."""
        first, last = self._db.execute(
            "SELECT first, last FROM archives WHERE feed = ? AND page = ?", (path, page)
        ).fetchone()
        return first, last

    def rows(self, path: str, first: int, last: int = LAST) -> Rows:
        """Return the entries of a feed between two sequence numbers, those published last first."""
        stored = self._db.execute(
            "SELECT updated, sizes, packed, valid FROM members JOIN entries ON serial = members.entry "
            "JOIN fragments ON fragments.entry = serial WHERE feed = ? AND sequence BETWEEN ? AND ? "
            "ORDER BY published DESC, serial DESC",
            (path, first, last),
        ).fetchall()
        rows: list[Row] = [
            (dt.datetime.fromtimestamp(updated, dt.UTC), codec.unpack_fragments(sizes, packed))
            for updated, sizes, packed, _ in stored
        ]
        return Rows(rows, bool(stored) and all(is_valid for *_, is_valid in stored))

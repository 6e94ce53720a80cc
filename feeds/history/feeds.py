"""The feeds of a history: which there are, what is in them in which sequence, and which of them are dirty."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Iterable
from typing import NamedTuple

from feeds.config import Config
from feeds.history import identity
from feeds.history.archives import Archives
from feeds.history.statistics import Statistics
from feeds.model import Category, FeedSpec


class StoredFeed(NamedTuple):
    """A feed as stored.

    Attributes:
        category: what it is of, None for the main feed.
        is_dirty: its documents must be made again.
        newest: when the newest of its entries was published.
        gap: between its last entries, the median.
    """

    path: str
    id: str
    category: Category | None
    is_dirty: bool
    ended: dt.datetime | None
    newest: dt.datetime | None
    gap: dt.timedelta | None


class Feeds:
    """The feeds of a history."""

    def __init__(self, db: sqlite3.Connection, archives: Archives, statistics: Statistics) -> None:
        self._db, self._archives, self._statistics = db, archives, statistics
        self._ended: frozenset[str] = frozenset()
        self._dirty: set[str] = set()  # feeds that this transaction has marked
        self._added: set[tuple[str, Category | None]] = set()  # feeds that it has made sure of
        self._last: dict[str, int] = {}  # feeds that it gave an entry -> their last sequence number

    def begin(self) -> None:
        """Say that a transaction begins."""
        for remembered in (self._dirty, self._added, self._last):
            remembered.clear()

    def set_memberships(
        self, serial: int, published: int, specs: Iterable[FeedSpec], config: Config, is_new: bool
    ) -> None:
        """Make an entry a member of exactly these feeds; one that is new to it gets it as its latest arrival.

        Feeds that have ended stay as they were, and so do those that hold a translation of it: nothing is announced
        twice. Feeds that gained or lost it are dirty.

        Args:
            published: seconds since 1970.
            is_new: it is a member of none yet.
        """
        wanted = {spec.path: spec for spec in specs if spec.path not in self._ended}
        stored: set[str] = set()
        if not is_new:
            stored = {row[0] for row in self._db.execute("SELECT feed FROM members WHERE entry = ?", (serial,))}
            stored -= self._ended
        for path in sorted(stored - wanted.keys()):
            stored.discard(path)
            self._remove(path, serial, published, stored)
        translated = self._with_translation(serial) if wanted.keys() - stored else set()
        joined = []
        for path, spec in wanted.items():
            if path not in stored and path not in translated:
                self.add(spec, config)
                joined.append((path, self._next_sequence_number(path), serial))
                self._statistics.add(path, published, stored)
                stored.add(path)
                self.mark_dirty(path)
        self._db.executemany("INSERT INTO members VALUES (?, ?, ?)", joined)

    def _remove(self, path: str, serial: int, published: int, others: Collection[str]) -> None:
        self._archives.mark_dirty(serial, path)
        self._db.execute("DELETE FROM members WHERE feed = ? AND entry = ?", (path, serial))
        self._statistics.remove(path, published, others)
        self.mark_dirty(path)

    def _next_sequence_number(self, path: str) -> int:
        last = self._last.get(path)
        if last is None:
            found = self._db.execute("SELECT max(sequence) FROM members WHERE feed = ?", (path,)).fetchone()
            last = found[0] or 0
        self._last[path] = last + 1
        return last + 1

    def _with_translation(self, serial: int) -> set[str]:
        """The feeds that hold a translation of an entry."""
        rows = self._db.execute(
            "SELECT feed FROM entries AS mine JOIN entries AS other "
            "ON other.translation_group = mine.translation_group AND other.serial <> mine.serial "
            "JOIN members ON members.entry = other.serial WHERE mine.serial = ?",
            (serial,),
        )
        return {path for (path,) in rows}

    def add(self, spec: FeedSpec, config: Config) -> None:
        """Make sure that a feed is stored, under its present label; its id is minted once."""
        if (spec.path, spec.category) in self._added:
            return
        self._added.add((spec.path, spec.category))
        category = spec.category or Category("", "", "")
        feed_id = _mint_id(spec.path, config)
        self._db.execute(
            "INSERT INTO feeds (path, id, scheme, term, label) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (path) DO UPDATE SET label = excluded.label, dirty = 1 WHERE label <> excluded.label",
            (spec.path, feed_id, category.scheme, category.term, category.label),
        )

    def main_id(self, config: Config) -> str:
        """Return the id of the main feed, as it is stored or will be."""
        row = self._db.execute("SELECT id FROM feeds WHERE path = ''").fetchone()
        return str(row[0]) if row else _mint_id("", config)

    def set_ended(self, declared: Collection[str], now: dt.datetime) -> None:
        """Declare that these feeds have ended, and no others."""
        self._ended = frozenset(declared)
        for feed in self.all():
            if (feed.path in declared) != (feed.ended is not None):
                ended = int(now.timestamp()) if feed.path in declared else None
                self._db.execute("UPDATE feeds SET ended = ?, dirty = 1 WHERE path = ?", (ended, feed.path))

    def mark_dirty(self, path: str) -> None:
        """Mark the documents of a feed as to be made again."""
        if path in self._dirty:
            return
        self._dirty.add(path)
        self._db.execute("UPDATE feeds SET dirty = 1 WHERE path = ? AND NOT dirty", (path,))

    def mark_dirty_of(self, serial: int) -> None:
        """Mark every feed of an entry, and the archive pages that hold it, as to be made again."""
        self._db.execute(
            "UPDATE feeds SET dirty = 1 WHERE NOT dirty AND path IN (SELECT feed FROM members WHERE entry = ?)",
            (serial,),
        )
        self._archives.mark_dirty(serial)

    def all(self) -> list[StoredFeed]:
        """Return every feed, the main one first, then by path."""
        self._statistics.flush()
        return [
            StoredFeed(
                path=path,
                id=identifier,
                category=Category(scheme, term, label) if scheme else None,
                is_dirty=bool(dirty),
                ended=_instant(ended),
                newest=_instant(newest),
                gap=dt.timedelta(seconds=gap) if gap is not None else None,
            )
            for path, identifier, scheme, term, label, dirty, ended, newest, gap in self._db.execute(
                "SELECT path, id, scheme, term, label, dirty, ended, newest, gap FROM feeds ORDER BY path"
            )
        ]


def _mint_id(path: str, config: Config) -> str:
    return identity.tag_uri(config.authority, config.year, f"feeds/{path or 'main'}")


def _instant(seconds: int | None) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if seconds is not None else None

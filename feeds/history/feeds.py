"""The feeds of a history: which there are, what belongs to them in which order of arrival, which of them wait."""

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
    """A feed as stored: its id, what it is of (None for the main one), whether its documents wait to be published."""

    path: str
    id: str
    category: Category | None
    waits: bool
    ended: dt.datetime | None
    newest: dt.datetime | None  # when the newest of its entries was published
    gap: dt.timedelta | None  # between its last entries, the median


class Feeds:
    """The feeds of a history."""

    def __init__(self, db: sqlite3.Connection, archives: Archives, activity: Statistics) -> None:
        self._db, self._archives, self._activity = db, archives, activity
        self._ended: frozenset[str] = frozenset()
        self._waiting: set[str] = set()  # feeds that this transaction already let wait
        self._added: set[tuple[str, Category | None]] = set()  # feeds that it made known
        self._positions: dict[str, int] = {}  # of feeds that it gave an entry, the last one

    def begin(self) -> None:
        """Say that a transaction begins."""
        for known in (self._waiting, self._added, self._positions):
            known.clear()

    def join(self, arrival: int, published: int, specs: Iterable[FeedSpec], config: Config, is_new: bool) -> None:
        """Make the entry a member of exactly these feeds; a feed that is new to it gets it as its latest arrival. Feeds
        that have ended stay as they were, and so do those that hold a translation of it: nothing is announced twice.

        The feeds that gained or lost it wait to be published.

        Args:
            published: seconds since 1970.
            is_new: it is a member of none yet.
        """
        stored: set[str] = set()
        if not is_new:
            stored = {row[0] for row in self._db.execute("SELECT feed FROM members WHERE entry = ?", (arrival,))}
        wanted = {spec.path: spec for spec in specs}
        for path in self._ended:
            stored.discard(path)
            wanted.pop(path, None)
        for path in sorted(stored - wanted.keys()):
            self._archives.touch(arrival, path)
            self._db.execute("DELETE FROM members WHERE feed = ? AND entry = ?", (path, arrival))
            stored.discard(path)
            self._activity.left(path, published, stored)
            self.touch(path)
        elsewhere = self._of_work(arrival) if wanted.keys() - stored else set()
        joined = []
        for path, spec in wanted.items():
            if path not in stored and path not in elsewhere:
                self.add(spec, config)
                joined.append((path, self._next_position(path), arrival))
                self._activity.joined(path, published, stored)
                stored.add(path)
                self.touch(path)
        self._db.executemany("INSERT INTO members VALUES (?, ?, ?)", joined)

    def _next_position(self, path: str) -> int:
        last = self._positions.get(path)
        if last is None:
            found = self._db.execute("SELECT max(position) FROM members WHERE feed = ?", (path,)).fetchone()
            last = found[0] or 0
        self._positions[path] = last + 1
        return last + 1

    def _of_work(self, arrival: int) -> set[str]:
        """The feeds that hold a translation of the entry."""
        rows = self._db.execute(
            "SELECT feed FROM entries AS mine JOIN entries AS other ON other.work = mine.work "
            "AND other.arrival <> mine.arrival JOIN members ON members.entry = other.arrival WHERE mine.arrival = ?",
            (arrival,),
        )
        return {path for (path,) in rows}

    def add(self, spec: FeedSpec, config: Config) -> None:
        """Make sure that the feed is known, under its present label; its id is minted once."""
        if (spec.path, spec.category) in self._added:
            return
        self._added.add((spec.path, spec.category))
        category = spec.category or Category("", "", "")
        self._db.execute(
            "INSERT INTO feeds (path, id, scheme, term, label) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (path) DO UPDATE SET label = excluded.label, waits = 1 WHERE label <> excluded.label",
            (
                spec.path,
                identity.tag_uri(config.authority, config.year, f"feeds/{spec.path or 'main'}"),
                category.scheme,
                category.term,
                category.label,
            ),
        )

    def end(self, declared: Collection[str], now: dt.datetime) -> None:
        """Let these feeds have ended, and no others."""
        self._ended = frozenset(declared)
        for feed in self.all():
            if (feed.path in declared) != (feed.ended is not None):
                ended = int(now.timestamp()) if feed.path in declared else None
                self._db.execute("UPDATE feeds SET ended = ?, waits = 1 WHERE path = ?", (ended, feed.path))

    def touch_of(self, arrival: int) -> None:
        """Say that every feed of the entry waits to be published, with the archive pages that hold it."""
        self._db.execute(
            "UPDATE feeds SET waits = 1 WHERE NOT waits AND path IN (SELECT feed FROM members WHERE entry = ?)",
            (arrival,),
        )
        self._archives.touch(arrival)

    def touch(self, path: str) -> None:
        """Say that the feed's documents wait to be published."""
        if path in self._waiting:
            return
        self._waiting.add(path)
        self._db.execute("UPDATE feeds SET waits = 1 WHERE path = ? AND NOT waits", (path,))

    def all(self) -> list[StoredFeed]:
        """Every feed, the main one first, then by path."""
        self._activity.flush()
        return [
            StoredFeed(
                path,
                identifier,
                Category(scheme, term, label) if scheme else None,
                bool(waits),
                _instant(ended),
                _instant(newest),
                dt.timedelta(seconds=gap) if gap is not None else None,
            )
            for path, identifier, scheme, term, label, waits, ended, newest, gap in self._db.execute(
                "SELECT path, id, scheme, term, label, waits, ended, newest, gap FROM feeds ORDER BY path"
            )
        ]


def _instant(seconds: int | None) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if seconds is not None else None

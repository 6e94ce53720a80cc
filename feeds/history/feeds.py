"""The feeds of a history: which there are, what belongs to them in which order of arrival, which of them wait."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from feeds.config import Config
from feeds.history import identity
from feeds.history.activity import Activity
from feeds.history.archives import Archives
from feeds.model import Category, FeedSpec


@dataclass(frozen=True, slots=True)
class StoredFeed:
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

    def __init__(self, db: sqlite3.Connection, archives: Archives, activity: Activity) -> None:
        self._db, self._archives, self._activity = db, archives, activity
        self._ended: frozenset[str] = frozenset()
        self._waiting: set[FeedSpec | str] = set()  # feeds that this transaction already made known, or let wait

    def begin(self) -> None:
        """Say that a transaction begins."""
        self._waiting.clear()

    def _arrival(self, identifier: str) -> int:
        row = self._db.execute("SELECT arrival FROM entries WHERE id = ?", (identifier,)).fetchone()
        return int(row[0])

    def join(self, identifier: str, specs: Iterable[FeedSpec], config: Config) -> None:
        """Make the entry a member of exactly these feeds; a feed that is new to it gets it as its latest arrival. Feeds
        that have ended stay as they were, and so do those that hold a translation of it: nothing is announced twice.

        The feeds that gained or lost it wait to be published.
        """
        arrival, published = self._db.execute(
            "SELECT arrival, published FROM entries WHERE id = ?", (identifier,)
        ).fetchone()
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
        for path, spec in wanted.items():
            if path not in stored and path not in elsewhere:
                self.add(spec, config)
                self._db.execute(
                    "INSERT INTO members SELECT ?, coalesce(max(position), 0) + 1, ? FROM members WHERE feed = ?",
                    (path, arrival, path),
                )
                self._activity.joined(path, published, stored)
                stored.add(path)
                self.touch(path)

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
        if spec in self._waiting:
            return
        self._waiting.add(spec)
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

    def touch_of(self, identifier: str) -> None:
        """Say that every feed of the entry waits to be published, with the archive pages that hold it."""
        arrival = self._arrival(identifier)
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

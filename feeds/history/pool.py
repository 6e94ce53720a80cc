"""The candidates of the matching: unmatched items of a source, and the stored entries that may be theirs.

What the rules of matching.py and elsewhere.py ask and write; decides nothing by itself.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from feeds.history import codec, identity
from feeds.history.observed import AVAILABLE, GONE_ELSEWHERE
from feeds.model import Candidate

BEGINNING = 6000  # characters of texts that are compared: identity.py takes no more words than these have

ENTRY = f"serial, date, key, guid, link_key, text_digest(text), title, substr(text, 1, {BEGINNING}), source"
_ITEM = "number, date, key, guid, link_key, text_digest, is_inferred"
UNMATCHED = f"SELECT {_ITEM} FROM observed WHERE source = ? AND entry IS NULL AND elsewhere IS NULL"
COLUMNS = {"guid": "guid", "link": "link_key"}
NO_TEXT = identity.text_digest("")


class Sources(NamedTuple):
    """The source that is being matched, and how the other sources relate to it.

    Attributes:
        name: its name.
        was: what it was called before: entries of these names may be its own.
        all: the names of all sources, in the order of feeds.toml; the first of two that list a link owns the entry.
        apart: those whose items are never taken for those of another source.
        gone: names of sources that have entries, and are not in feeds.toml any more.
    """

    name: str
    was: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    apart: frozenset[str] = frozenset()
    gone: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[str, ...]:
        """Return the names under which entries of the source are stored: its own and its former ones."""
        return (self.name, *self.was)


class Item(NamedTuple):
    """An observed item that is not matched yet."""

    number: int
    date: str
    key: str
    guid: str
    link_key: str
    text_digest: bytes
    is_inferred: int


class StoredEntry(NamedTuple):
    """A stored entry that an item may be matched to."""

    serial: int
    date: str
    key: str
    guid: str
    link_key: str
    text_digest: bytes
    title: str
    text: str
    source: str


class Pool:
    """Queries for unmatched items and free entries."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def groups(self, sources: Sources, columns: str, is_inferred: int = 0) -> Iterator[tuple[Any, list[Item]]]:
        """Yield the unmatched items grouped by equal values of these columns."""
        names = columns.split(", ")
        # The plus signs let SQLite sort, and so read all rows before the first is changed.
        rows = self.items(
            f"{UNMATCHED} AND is_inferred = {is_inferred} ORDER BY {', '.join(f'+{name}' for name in names)}, +number",
            sources.name,
        )
        for found, items in itertools.groupby(rows, lambda item: tuple(getattr(item, name) for name in names)):
            yield found if len(names) > 1 else found[0], list(items)

    def items(self, query: str, *values: object) -> Iterator[Item]:
        """Return the items that a query of ITEM finds."""
        yield from map(Item._make, self._db.execute(query, values))

    def common_texts(self, sources: Sources, date: str) -> set[bytes]:
        """Return the digests of texts that several items or entries of a date share: they identify nothing."""
        names = ", ".join("?" * len(sources.own))
        rows = self._db.execute(
            "SELECT text_digest FROM observed WHERE source = ? AND date = ? GROUP BY text_digest HAVING count(*) > 1 "
            f"UNION SELECT text_digest(text) FROM entries WHERE source IN ({names}) AND date = ? "
            "GROUP BY text_digest(text) HAVING count(*) > 1",
            (sources.name, date, *sources.own, date),
        )
        return {digest for (digest,) in rows}

    def query(self, query: str, *values: object) -> list[StoredEntry]:
        """Return the entries that a query of ENTRY finds."""
        return [StoredEntry(*row) for row in self._db.execute(query, values)]

    def free(self, sources: Sources, where: str, *values: object) -> list[StoredEntry]:
        """Return the entries that no item is matched to yet, in the order of their serial numbers."""
        found = []
        for name in sources.own:
            available = AVAILABLE if name == sources.name else GONE_ELSEWHERE
            found += self.query(
                f"SELECT {ENTRY} FROM entries WHERE source = ? AND {where} AND {available} ORDER BY serial",
                name,
                *values,
            )
        return found

    def is_free(self, entry: StoredEntry) -> bool:
        """Return True if the item may be matched to this entry."""
        found = self._db.execute(f"SELECT 1 FROM entries WHERE serial = ? AND {AVAILABLE}", (entry.serial,))
        return found.fetchone() is not None

    def candidate(self, number: int) -> Candidate:
        """Return the clean content of an observed item."""
        row = self._db.execute("SELECT candidate FROM observed WHERE number = ?", (number,)).fetchone()
        return codec.unpack_candidate(row[0])

    def window(self, source: str) -> tuple[str, str]:
        """Return the oldest and the newest date that the source lists, each "" if it lists none."""
        oldest, newest = self._db.execute(
            "SELECT min(oldest), max(newest) FROM (SELECT min(date) AS oldest, max(date) AS newest FROM observed "
            "WHERE source = ? UNION ALL SELECT oldest, newest FROM source_documents JOIN unread "
            "ON document_number = number WHERE oldest <> '')",
            (source,),
        ).fetchone()
        return oldest or "", newest or ""

    def taken(self, entries: Iterable[StoredEntry]) -> set[int]:
        """Return which of these entries have been matched to an item by now."""
        return {
            entry.serial
            for entry in entries
            if self._db.execute("SELECT 1 FROM observed WHERE entry = ?", (entry.serial,)).fetchone()
        }

    def assign(self, number: int, serial: int, rule: str) -> None:
        """Match an item to an entry, and update the entry if it changed."""
        candidate = self.candidate(number)
        digest, stated, owner, date, *stored = self._db.execute(
            "SELECT entries.digest, observed.digest, entries.source, entries.date, entries.guid, content "
            "FROM entries, observed WHERE serial = ? AND number = ?",
            (serial, number),
        ).fetchone()
        if candidate.precision == "inferred":  # today, whenever it is observed: the first time counts
            candidate = candidate._replace(date=identity.day(date))
        own = [candidate.date.isoformat(), candidate.guid, codec.encode(candidate.content)]
        is_same = digest == stated and [date, *stored] == own
        self._db.execute(
            "UPDATE observed SET entry = ?, rule = ?, candidate = ? WHERE number = ?",
            (serial, rule, None if is_same else codec.pack_candidate(candidate), number),
        )
        if owner != candidate.origin.source:  # at once, so that no other source takes it for its own
            self._db.execute("UPDATE entries SET source = ? WHERE serial = ?", (candidate.origin.source, serial))

    def is_unique(self, source: str, key: str, value: str) -> bool:
        """Return True if at most one observed item of the source has this guid or link."""
        return not self._db.execute(
            f"SELECT 1 FROM observed WHERE source = ? AND {COLUMNS[key]} = ? AND {COLUMNS[key]} <> '' LIMIT 1 OFFSET 1",
            (source, value),
        ).fetchone()


def observed_as(candidate: Candidate) -> identity.Known:
    """Return what identity decides on, for an item."""
    return identity.Known(candidate.date, candidate.content.title, candidate.content.text)


def known(entry: StoredEntry) -> identity.Known:
    """Return what identity decides on, for an entry."""
    return identity.Known(identity.day(entry.date), entry.title, entry.text)

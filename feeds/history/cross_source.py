"""Match items that several sources list, by their links, and recognise the items of a source that was removed.

Two sources with one link have one entry, that of the source which stands first in feeds.toml.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Sequence
from typing import TypeVar

from feeds.history import codec, identity
from feeds.history.pool import ENTRY, UNMATCHED, Item, Pool, Sources, known, observed_as

_MOST_LINKED = 20  # entries of one link that are looked at: a link that more have tells nothing
_AFTER_NAMES = "\U0010ffff"  # comes after every name of a source


class CrossSource:
    """Matches observed items to entries of other sources."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db, self._pool = db, Pool(db)

    def match(self, sources: Sources) -> int:
        """Match items to entries of other sources by link; return how many stay with the other source.

        The entry belongs to the source that stands first in feeds.toml: one that stands below leaves it to this one,
        and so does one that is gone, where this one is known to have listed it too.
        """
        if sources.name in sources.apart or self._is_alone(sources):
            return 0
        return sum(
            self._place_elsewhere(item, sources)
            for item in self._pool.items(f"{UNMATCHED} AND link_key <> '' ORDER BY +number", sources.name)
        )

    def _is_alone(self, sources: Sources) -> bool:
        """Return True if there is no other source, and no entry of one that is gone."""
        if len(sources.all) > 1:
            return False
        names = ["", *sorted({*sources.own, sources.name}), _AFTER_NAMES]
        between = "SELECT EXISTS (SELECT 1 FROM entries WHERE source > ? AND source < ?)"  # which an index answers
        return not any(self._db.execute(between, pair).fetchone()[0] for pair in itertools.pairwise(names))

    def _place_elsewhere(self, item: Item, sources: Sources) -> bool:
        """Match an item to an entry of another source; return True if the entry stays with that source."""
        is_unique = self._pool.is_unique(sources.name, "link", item.link_key)
        observed = observed_as(self._pool.candidate(item.number))
        rows = self._pool.query(
            f"SELECT {ENTRY} FROM entries WHERE link_key = ? AND link_key <> '' ORDER BY source, serial LIMIT ?",
            item.link_key,
            _MOST_LINKED,
        )
        rank = {name: number for number, name in enumerate(sources.all)}
        found = [
            entry
            for name, entries in itertools.groupby(rows, lambda entry: entry.source)
            if name not in sources.own and name not in sources.apart
            if (entry := _same_elsewhere(observed, [(other, known(other)) for other in entries], is_unique))
        ]
        for entry in sorted(found, key=lambda one: rank.get(one.source, len(rank))):
            if rank.get(entry.source, len(rank)) < rank[sources.name]:
                self._leave(item, entry.serial, entry.source)
                return True
            if entry.source in rank or self._is_also(entry.serial, sources.name):
                if not self._pool.taken([entry]):
                    rule = f"its link is that of an entry of source '{entry.source}', which leaves it to this one"
                    self._pool.assign(item.number, entry.serial, rule)
                return False
        return self._place_beside(item, observed, is_unique, sources, rank)

    def _place_beside(
        self, item: Item, observed: identity.Known, is_unique: bool, sources: Sources, rank: dict[str, int]
    ) -> bool:
        """Match an item to a new item of another source in the same run; return True if that source keeps it."""
        rows = self._db.execute(
            "SELECT number, source, candidate FROM observed WHERE link_key = ? AND link_key <> '' AND source <> ? AND "
            "entry IS NULL AND elsewhere IS NULL ORDER BY source_order, number LIMIT ?",
            (item.link_key, sources.name, _MOST_LINKED),
        ).fetchall()
        for name, found in itertools.groupby(rows, lambda row: str(row[1])):
            if name in sources.apart or rank.get(name, len(rank)) > rank[sources.name]:
                continue
            others = [(row[0], observed_as(codec.unpack_candidate(row[2]))) for row in found]
            number = _same_elsewhere(observed, others, is_unique)
            if number:
                self._leave(item, -number, name)
                return True
        return False

    def _leave(self, item: Item, elsewhere: int, owner: str) -> None:
        self._db.execute(
            "UPDATE observed SET elsewhere = ?, candidate = NULL, rule = ? WHERE number = ?",
            (elsewhere, f"its link is that of an entry of source '{owner}', which stands first", item.number),
        )

    def _is_also(self, serial: int, source: str) -> bool:
        rows = self._db.execute("SELECT 1 FROM also_listed WHERE entry = ? AND source = ?", (serial, source))
        return rows.fetchone() is not None

    def left_behind(self, sources: Sources) -> dict[str, int]:
        """Return the removed sources whose entries this source now lists as new, with the number of these."""
        found: dict[str, int] = {}
        for item in self._pool.items(f"{UNMATCHED} ORDER BY +number", sources.name) if sources.gone else ():
            if name := next((name for name in sources.gone if self._was_of(item, name, sources)), ""):
                found[name] = found.get(name, 0) + 1
        return found

    def _was_of(self, item: Item, name: str, sources: Sources) -> bool:
        """Return True if a removed source had an item, by date and title or by link."""
        where, values = "date = ? AND key = ?", [item.date, item.key]
        if item.is_inferred:
            where, values = "key = ?", [item.key]
        if self._db.execute(f"SELECT 1 FROM entries WHERE source = ? AND {where} LIMIT 1", (name, *values)).fetchone():
            return True
        linked = self._pool.query(
            f"SELECT {ENTRY} FROM entries WHERE link_key = ? AND link_key <> '' AND source = ? LIMIT 2",
            item.link_key,
            name,
        )
        is_unique = self._pool.is_unique(sources.name, "link", item.link_key)
        others = [(entry, known(entry)) for entry in linked]
        return _same_elsewhere(observed_as(self._pool.candidate(item.number)), others, is_unique) is not None


_Other = TypeVar("_Other")


def _same_elsewhere(
    observed: identity.Known, others: Sequence[tuple[_Other, identity.Known]], is_unique: bool
) -> _Other | None:
    """Return the item or entry of another source that an item with the same link is, None if there is none.

    A link that several have on either side tells them from nothing; their titles and dates do.
    """
    titled = [other for other, known in others if identity.is_same_title_and_date(known, observed)]
    if len(titled) == 1:
        return titled[0]
    if is_unique and len(others) == 1 and identity.is_same_elsewhere(others[0][1], observed):
        return others[0][0]
    return None

"""Ids of another program's feed that wait for their items."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Iterable

from feeds.history import identity
from feeds.model import Candidate
from feeds.sources.adopt import Adoption, Old

_IS_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~\[\]]+")  # RFC 3986, in ASCII


class ReservedIds:
    """The adopted ids of a history."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, old: Iterable[Old]) -> Adoption:
        """Keep the ids of another program's feed for their items.

        One that is no absolute URI cannot be an id in Atom (RFC 4287 4.2.6), but is as good as any in RSS and JSON
        Feed, where it is kept. An item that has an entry keeps its own.
        """
        kept = known = 0
        refused = []
        for one in old:
            date = one.date.isoformat() if one.date else ""
            key = identity.title_key(one.title)
            if not one.id:
                refused.append((one.title, "has no id and no link"))
                continue
            row = (one.id, one.link, key, date)
            if self._db.execute(
                "SELECT 1 FROM entries WHERE ? IN (id, foreign_id) OR (link <> '' AND link = ?) OR (key = ? AND "
                "(? = '' OR abs(julianday(date) - julianday(?)) <= 1))",
                (*row, date),
            ).fetchone():
                known += 1
                continue
            kept += self._db.execute("INSERT OR IGNORE INTO adopted VALUES (?, ?, ?, ?)", row).rowcount
        return Adoption(kept, known, tuple(refused))

    def claim(self, candidate: Candidate, key: str) -> tuple[str, str]:
        """The adopted id that is that of an item, as an id, or where it can only be one in RSS and JSON as that: each
        "" where there is none. It is that of the item's link; or of its title, if one of a date within a day (the old
        feed's zone is not known) or of no date has it.

        Args:
            key: identity.title_key of its title.
        """
        if not self._db.execute("SELECT 1 FROM adopted").fetchone():
            return "", ""
        days = [candidate.date + dt.timedelta(days=n) for n in (-1, 0, 1)]
        rows = self._db.execute(
            "SELECT id FROM adopted WHERE (link <> '' AND link = ?) UNION SELECT id FROM adopted WHERE id = ? AND "
            "id <> '' UNION SELECT id FROM adopted WHERE key = ? AND date IN ('', ?, ?, ?)",
            (candidate.link, candidate.guid, key, *(day.isoformat() for day in days)),
        ).fetchall()
        if len(rows) != 1:
            return "", ""
        self._db.execute("DELETE FROM adopted WHERE id = ?", rows[0])
        found = str(rows[0][0])
        return (found, "") if _IS_URI.fullmatch(found) else ("", found)

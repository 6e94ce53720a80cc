"""Ids of another program's feed, reserved for their items (sources/adopt)."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Iterable

from feeds.history import identity
from feeds.model import Candidate
from feeds.sources.adopt import Adoption, OldEntry

_IS_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~\[\]]+")  # RFC 3986, in ASCII


class ReservedIds:
    """The ids of a history that are reserved for items to come."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, entries: Iterable[OldEntry]) -> Adoption:
        """Reserve the ids of another program's feed for their items.

        One that is not an absolute URI cannot be an id in Atom (RFC 4287 4.2.6), but is as good as any in RSS and JSON
        Feed, where it is kept. An item that has an entry keeps its own.
        """
        kept = known = 0
        refused = []
        for entry in entries:
            if not entry.id:
                refused.append((entry.title, "has no id and no link"))
                continue
            date = entry.date.isoformat() if entry.date else ""
            row = {"id": entry.id, "link": entry.link, "key": identity.title_key(entry.title), "date": date}
            if self._has_entry(row):
                known += 1
                continue
            kept += self._db.execute(
                "INSERT OR IGNORE INTO reserved_ids (id, link, key, date) VALUES (:id, :link, :key, :date)", row
            ).rowcount
        return Adoption(kept, known, tuple(refused))

    def _has_entry(self, row: dict[str, str]) -> bool:
        found = self._db.execute(
            "SELECT 1 FROM entries WHERE :id IN (id, foreign_id) OR (link <> '' AND link = :link) OR (key = :key AND "
            "(:date = '' OR abs(julianday(date) - julianday(:date)) <= 1))",
            row,
        )
        return found.fetchone() is not None

    def claim(self, candidate: Candidate, title_key: str) -> tuple[str, str]:
        """Return the id that is reserved for an item, and where it can only be one in RSS and JSON that as the second;
        each "" where there is none.

        It is that of the item's link or guid; or of its title, if one without a date or of a date within a day has it
        (the zone of the old feed is not known).

        Args:
            title_key: identity.title_key of its title.
        """
        if not self._db.execute("SELECT 1 FROM reserved_ids").fetchone():
            return "", ""
        days = [candidate.date + dt.timedelta(days=n) for n in (-1, 0, 1)]
        rows = self._db.execute(
            "SELECT id FROM reserved_ids WHERE (link <> '' AND link = ?) UNION "
            "SELECT id FROM reserved_ids WHERE id = ? AND id <> '' UNION "
            "SELECT id FROM reserved_ids WHERE key = ? AND date IN ('', ?, ?, ?)",
            (candidate.link, candidate.guid, title_key, *(day.isoformat() for day in days)),
        ).fetchall()
        if len(rows) != 1:
            return "", ""
        self._db.execute("DELETE FROM reserved_ids WHERE id = ?", rows[0])
        claimed = str(rows[0][0])
        return (claimed, "") if _IS_URI.fullmatch(claimed) else ("", claimed)

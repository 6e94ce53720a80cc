"""What people correct in entries, stored beside what their sources state."""

from __future__ import annotations

import datetime as dt
import sqlite3

from feeds.history import codec, identity
from feeds.history.entries import Entries
from feeds.history.timestamps import Timestamps
from feeds.model import Candidate, Content, Correction, Origin


class Corrections:
    """The corrections of the entries of a history."""

    def __init__(self, db: sqlite3.Connection, entries: Entries) -> None:
        self._db, self._entries = db, entries

    def set(self, identifier: str, correction: Correction, now: dt.datetime | None) -> bool:
        """Store what people correct in an entry, in place of what was corrected before; return True if that changed.

        Then readers are told: `updated` moves, but for a new entry (now is None). Without a correction the entry is as
        its source states it.
        """
        serial, date, before, published, stated = self._db.execute(
            "SELECT serial, date, correction, published, stated_published FROM entries WHERE id = ?", (identifier,)
        ).fetchone()
        after = codec.encode(correction) if any(correction) else None
        if after == before:
            return False
        known = codec.decode(Correction, before) if before else Correction()
        if correction.date != known.date:
            listed = published if stated is None else stated
            published, stated = listed, None
            if correction.date not in ("", date):
                published, stated = self._time_on(correction.date), listed
        self._db.execute(
            "UPDATE entries SET correction = :after, published = :published, stated_published = :stated, "
            "updated = CASE WHEN :now IS NULL THEN :published ELSE max(:now, updated + 1) END WHERE serial = :serial",
            {
                "after": after,
                "published": published,
                "stated": stated,
                "now": now and int(now.timestamp()),
                "serial": serial,
            },
        )
        if known.link and not correction.link:
            self._give_page(serial)
        self._entries.mark_dirty(serial)
        return True

    def _time_on(self, date: str) -> int:
        """A free time of a day."""
        day = dt.date.fromisoformat(date)
        of_day = Candidate(origin=Origin("", "", 0), date=day, time=None, precision="day", content=Content())
        return Timestamps(self._db).assign(of_day)

    def _give_page(self, serial: int) -> None:
        """Give an entry a page of its own where it has no link any more."""
        link, page, date, title = self._db.execute(
            "SELECT link, page, date, title FROM entries WHERE serial = ?", (serial,)
        ).fetchone()
        if not link and page is None:
            page = self._entries.free_page(date, identity.slug(title))
            self._db.execute("UPDATE entries SET page = ? WHERE serial = ?", (page, serial))

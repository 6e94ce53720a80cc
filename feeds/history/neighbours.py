"""The entries with pages of their own that were published just before and after another, to which its page leads."""

from __future__ import annotations

import sqlite3

from feeds.model import Neighbour

# An index holds these alone; a notice of withdrawal is nothing to lead to.
_ON_PAGES = "link = '' AND withdrawn IS NULL"
_OLDER = f"{_ON_PAGES} AND (published, serial) < (?, ?) ORDER BY published DESC, serial DESC LIMIT 1"
_NEWER = f"{_ON_PAGES} AND (published, serial) > (?, ?) ORDER BY published, serial LIMIT 1"
_SHOWN = (
    "SELECT page, coalesce(json_extract(correction, '$.title'), title), language, "
    "json_extract(correction, '$.link') FROM entries WHERE"
)


_MANY = 20_000  # pages to be made from which on all are: nothing with a value for each is held in memory


class Neighbours:
    """The neighbours of the entries of a history, by date of publication."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def mark_dirty(self) -> None:
        """Mark the pages beside those that must be made: one that comes, goes or has another title changes them."""
        places = self._db.execute("SELECT published, serial FROM entries WHERE dirty LIMIT ?", (_MANY + 1,)).fetchall()
        if len(places) > _MANY:
            self._db.execute(f"UPDATE entries SET dirty = 1 WHERE NOT dirty AND {_ON_PAGES}")
            return
        for place in places:
            for which in (_OLDER, _NEWER):
                found = self._db.execute(f"SELECT serial, dirty FROM entries WHERE {which}", place).fetchone()
                if found and not found[1]:
                    self._db.execute("UPDATE entries SET dirty = 1 WHERE serial = ?", found[:1])

    def of(self, identifier: str) -> tuple[Neighbour | None, Neighbour | None]:
        """Return the entries that were published just before and after one, None where there is none."""
        place = self._db.execute("SELECT published, serial FROM entries WHERE id = ?", (identifier,)).fetchone()
        older, newer = (self._db.execute(f"{_SHOWN} {which}", place).fetchone() for which in (_OLDER, _NEWER))
        return _neighbour(older), _neighbour(newer)


def _neighbour(row: tuple[str, str, str, str | None] | None) -> Neighbour | None:
    if row is None:
        return None
    page, title, language, own_link = row
    return None if own_link else Neighbour(page, title, language)  # people gave it a link: it has no page any more

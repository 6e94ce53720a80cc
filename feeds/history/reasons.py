"""Explain to people why an observed item was matched as it was, and why other entries were not chosen."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from feeds.history import identity

_MOST = 3  # entries that are named for a guid, a link, a date and title, a title


class Match(NamedTuple):
    """The result of matching an item: the id of its entry ("" for a new one), the rule, and the rejected entries."""

    id: str
    rule: str
    lost: tuple[str, ...]


class Reasons:
    """Explains matches."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def number(self, document: str, line: int) -> int | None:
        """Return the number of the observed item at a place, None if there is none."""
        row = self._db.execute(
            "SELECT number FROM observed WHERE document = ? AND line = ?", (document, line)
        ).fetchone()
        return int(row[0]) if row else None

    def number_of_entry(self, identifier: str) -> int | None:
        """Return the number of the observed item that was matched to an entry, None if there is none."""
        row = self._db.execute(
            "SELECT number FROM observed JOIN entries ON serial = coalesce(entry, elsewhere) WHERE id = ?",
            (identifier,),
        ).fetchone()
        return int(row[0]) if row else None

    def place(self, number: int) -> tuple[str, int]:
        """Return the document and line of an observed item."""
        document, line = self._db.execute("SELECT document, line FROM observed WHERE number = ?", (number,)).fetchone()
        return document, line

    def match(self, number: int) -> Match:
        """Return how an observed item was matched."""
        rule, identifier = self._db.execute(
            "SELECT observed.rule, id FROM observed LEFT JOIN entries ON serial = coalesce(entry, elsewhere) "
            "WHERE number = ?",
            (number,),
        ).fetchone()
        return Match(identifier or "", rule, tuple(self._lost(number, identifier or "")))

    def _lost(self, number: int, matched: str) -> list[str]:
        """Return a sentence for each other entry that shares something with the item."""
        source, date, key, guid, link_key, digest = self._db.execute(
            "SELECT source, date, key, guid, link_key, text_digest FROM observed WHERE number = ?", (number,)
        ).fetchone()
        found: dict[str, str] = {}
        for name, where, values in (
            ("guid", "guid = ? AND guid <> ''", (guid,)),
            ("link", "link_key = ? AND link_key <> ''", (link_key,)),
            ("date and title", "date = ? AND key = ?", (date, key)),
            ("title", "key = ?", (key,)),
        ):
            rows = self._db.execute(
                "SELECT id, serial, date, key, text_digest(text) FROM entries WHERE source = ? AND "
                f"{where} AND id <> ? ORDER BY serial DESC LIMIT {_MOST + 1}",
                (source, *values, matched),
            ).fetchall()
            is_shared = name in ("guid", "link") and len(rows) + bool(matched) > 1
            for identifier, serial, other_date, other_key, other_digest in rows[:_MOST]:
                same = [
                    word
                    for word, is_same in (
                        ("date", date == other_date),
                        ("title", key == other_key),
                        ("text", digest == other_digest != identity.text_digest("")),
                    )
                    if is_same
                ]
                why = self._why(serial, number, name, same, is_shared)
                found.setdefault(identifier, f"not {identifier}, though its {name} is the same: {why}")
        return list(found.values())

    def _why(self, serial: int, number: int, name: str, same: list[str], is_shared: bool) -> str:
        """Say why an entry was not matched to the item."""
        other = self._db.execute(
            "SELECT shown, rule FROM observed WHERE entry = ? AND number <> ?", (serial, number)
        ).fetchone()
        if other:
            return f"that is the item at {other[0]} ({other[1]})"
        if is_shared:
            return f"several have that {name}, so it tells none from another"
        if name in ("guid", "link") and not same:
            return "date, title and text are others"
        differing = [word for word in ("date", "title", "text") if word not in same]
        return f"{' and '.join(differing) or 'something else'} speaks against it"

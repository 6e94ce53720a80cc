"""The documents of sources as they were last read without a problem, and which entries each of them lists.

What is as it was when it was read need not be read again for what it lists: that is known.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple


class Input(NamedTuple):
    """A document that was read without a problem."""

    number: int
    size: int  # bytes
    mtime_ns: int
    digest: bytes
    items: int
    oldest: str  # date of its items, YYYY-MM-DD, "" where it has none
    newest: str


class Inputs:
    """The inputs of a history."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def get(self, source: str, document: str) -> Input | None:
        """How a document was; None where it is not known, or had a problem."""
        row = self._db.execute(
            "SELECT number, size, mtime_ns, digest, items, oldest, newest FROM inputs "
            "WHERE source = ? AND document = ?",
            (source, document),
        ).fetchone()
        return Input(*row) if row else None

    def keep(self, source: str, document: str, read: Input) -> int:
        """Remember how a document is, whatever its number is in `read`; the number that it has."""
        number = self._db.execute(
            "INSERT INTO inputs (source, document, size, mtime_ns, digest, items, oldest, newest) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, document) DO UPDATE SET size = excluded.size, "
            "mtime_ns = excluded.mtime_ns, digest = excluded.digest, items = excluded.items, "
            "oldest = excluded.oldest, newest = excluded.newest RETURNING number",
            (source, document, *read[1:]),
        ).fetchone()[0]
        return int(number)

    def forget(self, source: str, document: str) -> None:
        """Forget a document and what it lists, so that the next run reads it again."""
        self._db.execute("DELETE FROM inputs WHERE source = ? AND document = ?", (source, document))

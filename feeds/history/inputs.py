"""The documents of sources as they were last read, and which entries each of them lists.

What is as it was when it was read need not be read again for what it lists: that is known.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import NamedTuple


class Input(NamedTuple):
    """A document as it was read."""

    number: int
    size: int  # bytes
    mtime_ns: int
    digest: bytes
    items: int
    oldest: str  # date of its items, YYYY-MM-DD, "" where it has none
    newest: str

    def to_be_read_again(self) -> Input:
        """The same, of a document of which something could not be used: what it lists counts, and it is read again."""
        return self._replace(size=-1, mtime_ns=0, digest=b"")

    @property
    def is_to_be_read_again(self) -> bool:
        """Return True if something of the document could not be used."""
        return self.size < 0


class Inputs:
    """The inputs of a history."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def get(self, source: str, document: str) -> Input | None:
        """How a document was; None where it is not known."""
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

    def read_again(self, source: str, document: str) -> None:
        """Let the next run read a document again."""
        if stored := self.get(source, document):
            self.keep(source, document, stored.to_be_read_again())

    def forget_sources_besides(self, names: Collection[str]) -> None:
        """Forget the documents of sources that are not among these, and what they listed."""
        places = ", ".join("?" * len(names))
        self._db.execute(f"DELETE FROM inputs WHERE source NOT IN ({places})", tuple(names))

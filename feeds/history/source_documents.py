"""The documents of sources as they were last read, and which entries each of them lists.

What is as it was when it was read need not be read again for what it lists: that is known.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from typing import NamedTuple

from feeds.model import Origin, Problem

_DAY = 24 * 60 * 60  # seconds


class SourceDocument(NamedTuple):
    """A document as it was read."""

    number: int
    size: int  # bytes
    mtime_ns: int
    digest: bytes
    items: int
    oldest: str  # date of its items, YYYY-MM-DD, "" where it has none
    newest: str
    rejected: int = 0  # of its items
    until: int = 0  # seconds since 1970: read again then, or on another day, for an item that waits for its; 0: never

    def to_be_read_again(self) -> SourceDocument:
        """The same, of a document of which something could not be used: what it lists counts, and it is read again."""
        return self._replace(size=-1, mtime_ns=0, digest=b"")

    def is_due(self, now: float) -> bool:
        """Return True if the document is to be read again although it is as it was.

        Args:
            now: seconds since 1970.
        """
        return self.size < 0 or (self.until > 0 and not self.until - _DAY <= now < self.until)


class SourceDocuments:
    """The inputs of a history."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def get(self, source: str, document: str) -> SourceDocument | None:
        """How a document was; None where it is not known."""
        row = self._db.execute(
            "SELECT number, size, mtime_ns, digest, items, oldest, newest, rejected, until FROM inputs "
            "WHERE source = ? AND document = ?",
            (source, document),
        ).fetchone()
        return SourceDocument(*row) if row else None

    def keep(self, source: str, document: str, read: SourceDocument) -> int:
        """Remember how a document is, whatever its number is in `read`; the number that it has."""
        number = self._db.execute(
            "INSERT INTO inputs (source, document, size, mtime_ns, digest, items, oldest, newest, rejected, until) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, document) DO UPDATE SET size = excluded.size, "
            "mtime_ns = excluded.mtime_ns, digest = excluded.digest, items = excluded.items, "
            "oldest = excluded.oldest, newest = excluded.newest, rejected = excluded.rejected, "
            "until = excluded.until RETURNING number",
            (source, document, *read[1:]),
        ).fetchone()[0]
        return int(number)

    def keep_problems(self, number: int, problems: Iterable[Problem]) -> None:
        """Remember why items of a document were rejected, to say it again without reading them again."""
        self._db.execute("DELETE FROM problems WHERE input = ?", (number,))
        rows = [(number, place, one.origin.line, one.code, one.message) for place, one in enumerate(problems)]
        self._db.executemany("INSERT INTO problems VALUES (?, ?, ?, ?, ?)", rows)

    def problems(self, number: int, source: str, shown: str) -> list[Problem]:
        """Why items of a document were rejected when it was read."""
        rows = self._db.execute(
            "SELECT line, code, message FROM problems WHERE input = ? ORDER BY number", (number,)
        ).fetchall()
        return [Problem(Origin(source, shown, line), code, message) for line, code, message in rows]

    def read_again(self, source: str, document: str) -> None:
        """Let the next run read a document again."""
        if stored := self.get(source, document):
            self.keep(source, document, stored.to_be_read_again())

    def forget_sources_besides(self, names: Collection[str]) -> None:
        """Forget the documents of sources that are not among these, and what they listed."""
        places = ", ".join("?" * len(names))
        self._db.execute(f"DELETE FROM inputs WHERE source NOT IN ({places})", tuple(names))

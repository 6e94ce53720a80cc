"""The documents of sources as they were last read, and which entries each of them lists.

A document that has not changed need not be read again: what it lists is stored.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from typing import NamedTuple

from feeds.model import Origin, Problem

_DAY = 24 * 60 * 60  # seconds


class SourceDocument(NamedTuple):
    """A document of a source as it was read.

    Attributes:
        size: bytes.
        items: how many it lists, of which so many were rejected.
        oldest, newest: dates of its items, YYYY-MM-DD, "" where it has none.
        until: seconds since 1970 when it is to be read again, or on another day than this, for an item that waits for
            its day; 0 for never.
    """

    number: int
    size: int
    mtime_ns: int
    digest: bytes
    items: int
    oldest: str = ""
    newest: str = ""
    rejected: int = 0
    until: int = 0

    def as_unread(self) -> SourceDocument:
        """Return the document as one to be read again; until then what it lists counts."""
        return self._replace(size=-1, mtime_ns=0, digest=b"")

    def is_due(self, now: float) -> bool:
        """Return True if the document is to be read again although it has not changed.

        Args:
            now: seconds since 1970.
        """
        return self.size < 0 or (self.until > 0 and not self.until - _DAY <= now < self.until)


_COLUMNS = SourceDocument._fields[1:]


class SourceDocuments:
    """The source documents of a history."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def get(self, source: str, document: str) -> SourceDocument | None:
        """Return how a document was read, None where it never was."""
        row = self._db.execute(
            f"SELECT number, {', '.join(_COLUMNS)} FROM source_documents WHERE source = ? AND document = ?",
            (source, document),
        ).fetchone()
        return SourceDocument(*row) if row else None

    def set(self, source: str, document: str, read: SourceDocument) -> int:
        """Store how a document was read, whatever its number in `read`; return the number that it has."""
        places = ", ".join(f":{column}" for column in _COLUMNS)
        updates = ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS)
        row = self._db.execute(
            f"INSERT INTO source_documents (source, document, {', '.join(_COLUMNS)}) "
            f"VALUES (:source, :document, {places}) ON CONFLICT (source, document) DO UPDATE SET {updates} "
            "RETURNING number",
            {**read._asdict(), "source": source, "document": document},
        ).fetchone()
        return int(row[0])

    def set_problems(self, number: int, problems: Iterable[Problem]) -> None:
        """Store why items of a document were rejected, to report it again without reading them again."""
        self._db.execute("DELETE FROM problems WHERE document_number = ?", (number,))
        rows = [
            (number, place, problem.origin.line, problem.code, problem.message)
            for place, problem in enumerate(problems)
        ]
        self._db.executemany("INSERT INTO problems VALUES (?, ?, ?, ?, ?)", rows)

    def problems(self, number: int, source: str, shown: str) -> list[Problem]:
        """Return why items of a document were rejected when it was read."""
        rows = self._db.execute(
            "SELECT line, code, message FROM problems WHERE document_number = ? ORDER BY number", (number,)
        ).fetchall()
        return [Problem(Origin(source, shown, line), code, message) for line, code, message in rows]

    def read_again(self, source: str, document: str) -> None:
        """Make the next run read a document again."""
        if stored := self.get(source, document):
            self.set(source, document, stored.as_unread())

    def forget_sources_besides(self, names: Collection[str]) -> None:
        """Forget the documents of sources that are not among these, and what they listed."""
        places = ", ".join("?" * len(names))
        self._db.execute(f"DELETE FROM source_documents WHERE source NOT IN ({places})", tuple(names))

"""The published files as they were left: a look at size and time tells whether one is still so."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from feeds.history import schema


class Published(NamedTuple):
    """A published file as it was left."""

    digest: bytes
    size: int
    mtime_ns: int


class Documents:
    """The published files of a history, and whether anything is dirty."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(schema.STAGED)

    def get(self, path: str) -> Published | None:
        """Return how a file was left when it was last published, None for one that never was."""
        row = self._db.execute("SELECT digest, size, mtime_ns FROM documents WHERE path = ?", (path,)).fetchone()
        return Published(*row) if row else None

    def live(self) -> Iterator[tuple[str, Published]]:
        """Yield the path and state of every published file that each run checks."""
        for path, *row in self._db.execute(
            "SELECT path, digest, size, mtime_ns FROM documents INDEXED BY documents_live WHERE live ORDER BY path"
        ):
            yield path, Published(*row)

    def unannounced(self) -> list[tuple[str, bytes]]:
        """Return paths and digests of the live documents that the hub has not been told of as they are, by path."""
        return self._db.execute(
            "SELECT path, digest FROM documents WHERE live AND NOT EXISTS (SELECT 1 FROM announced WHERE "
            "announced.path = documents.path AND announced.digest = documents.digest) ORDER BY path"
        ).fetchall()

    def set_announced(self, path: str, digest: bytes) -> None:
        """Note that the hub was told of a document."""
        self._db.execute("INSERT OR REPLACE INTO announced VALUES (?, ?)", (path, digest))

    def has_any_below(self, folder: str) -> bool:
        """Return True if a document below a folder, which ends in "/", is published."""
        after = f"{folder[:-1]}0"  # the character behind "/"
        query = "SELECT EXISTS (SELECT 1 FROM documents WHERE path > ? AND path < ?)"
        return bool(self._db.execute(query, (folder, after)).fetchone()[0])

    def not_uploaded(self, target: str) -> list[tuple[str, bytes]]:
        """Return paths and digests of the documents that are not at a target as they are: those that are not there at
        all first, by path.
        """
        return self._db.execute(
            "SELECT path, digest FROM documents "
            "LEFT JOIN (SELECT path, digest AS there FROM uploaded WHERE target = ?) USING (path) "
            "WHERE there IS NOT digest ORDER BY there IS NOT NULL, path",
            (target,),
        ).fetchall()

    def uploaded(self, target: str) -> list[tuple[str, bytes]]:
        """Return paths and digests of the documents as they are at a target, b"" for one that is not there."""
        return self._db.execute(
            "SELECT path, coalesce(there, x'') FROM documents "
            "LEFT JOIN (SELECT path, digest AS there FROM uploaded WHERE target = ?) USING (path) ORDER BY path",
            (target,),
        ).fetchall()

    def set_uploaded(self, target: str, path: str, digest: bytes) -> None:
        """Note that a document was uploaded to a target."""
        self._db.execute("INSERT OR REPLACE INTO uploaded VALUES (?, ?, ?)", (target, path, digest))

    def set_staged(self, path: str, digest: bytes, live: bool) -> None:
        """Note that this run made a document, to be stored when it is published."""
        self._db.execute("INSERT OR REPLACE INTO staged VALUES (?, ?, ?)", (path, digest, live))

    def is_staged(self, path: str) -> bool:
        """Return True if this run made that document."""
        return self._db.execute("SELECT 1 FROM staged WHERE path = ?", (path,)).fetchone() is not None

    def staged(self) -> Iterator[tuple[str, bytes, bool]]:
        """Yield what this run made: paths, digests, and whether each run checks the file."""
        yield from self._db.execute("SELECT path, digest, live FROM staged")

    def set_published(self, path: str, state: Published, live: bool) -> None:
        """Note how a file was left; nothing is written where that is known."""
        if self.get(path) != state:
            self._db.execute(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)",
                (path, state.digest, state.size, state.mtime_ns, live),
            )

    def forget(self, path: str) -> None:
        """Check a file no more."""
        self._db.execute("DELETE FROM documents WHERE path = ?", (path,))

    def is_anything_dirty(self) -> bool:
        """Return True if anything was decided that is not yet published: a run was killed, or a document withheld."""
        row = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM feeds WHERE dirty) OR EXISTS (SELECT 1 FROM entries WHERE dirty)"
        ).fetchone()
        return bool(row[0])

    def mark_published(self, withheld: Iterable[str]) -> None:
        """Note that everything is published but the feeds of which a document was withheld."""
        self._db.execute("UPDATE entries SET dirty = 0 WHERE dirty")
        self._db.execute("UPDATE feeds SET dirty = 0 WHERE dirty")
        self._db.executemany("UPDATE feeds SET dirty = 1 WHERE path = ?", [(path,) for path in withheld])

"""What was published, to tell a file that is as it should be by a look."""

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
    """The files of the output folder as they were left, and whether anything waits to be published."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(schema.MADE)

    def get(self, path: str) -> Published | None:
        """How a file was left when it was last published."""
        row = self._db.execute("SELECT digest, size, mtime_ns FROM documents WHERE path = ?", (path,)).fetchone()
        return Published(*row) if row else None

    def live(self) -> Iterator[tuple[str, Published]]:
        """Every published file that each run looks at."""
        for path, *row in self._db.execute(
            "SELECT path, digest, size, mtime_ns FROM documents INDEXED BY documents_live WHERE live ORDER BY path"
        ):
            yield path, Published(*row)

    def unannounced(self) -> list[tuple[str, bytes]]:
        """The live documents of which the hub was not told as they are now, with their digests, by path."""
        return self._db.execute(
            "SELECT path, digest FROM documents WHERE live AND NOT EXISTS (SELECT 1 FROM pinged WHERE "
            "pinged.path = documents.path AND pinged.digest = documents.digest) ORDER BY path"
        ).fetchall()

    def announce(self, path: str, digest: bytes) -> None:
        """Remember that the hub was told of a document."""
        self._db.execute("INSERT OR REPLACE INTO pinged VALUES (?, ?)", (path, digest))

    def not_uploaded(self, target: str) -> list[tuple[str, bytes]]:
        """The documents that are not at a place as they are now, with their digests, by path."""
        return self._db.execute(
            "SELECT path, digest FROM documents WHERE NOT EXISTS (SELECT 1 FROM uploaded WHERE target = ? AND "
            "uploaded.path = documents.path AND uploaded.digest = documents.digest) ORDER BY path",
            (target,),
        ).fetchall()

    def keep_uploaded(self, target: str, path: str, digest: bytes) -> None:
        """Remember that a document was brought to a place."""
        self._db.execute("INSERT OR REPLACE INTO uploaded VALUES (?, ?, ?)", (target, path, digest))

    def make(self, path: str, digest: bytes, live: bool) -> None:
        """Note that this run made a document, to be kept when it is in its place."""
        self._db.execute("INSERT OR REPLACE INTO made VALUES (?, ?, ?)", (path, digest, live))

    def is_made(self, path: str) -> bool:
        """Whether this run made that document."""
        return self._db.execute("SELECT 1 FROM made WHERE path = ?", (path,)).fetchone() is not None

    def made(self) -> Iterator[tuple[str, bytes, bool]]:
        """What this run made: paths, digests, and whether each run looks at it."""
        yield from self._db.execute("SELECT path, digest, live FROM made")

    def keep(self, path: str, state: Published, live: bool) -> None:
        """Remember how a file was left; nothing is written where it is the same."""
        if self.get(path) != state:
            self._db.execute(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)",
                (path, state.digest, state.size, state.mtime_ns, live),
            )

    def forget(self, path: str) -> None:
        """Look at a file no more."""
        self._db.execute("DELETE FROM documents WHERE path = ?", (path,))

    def is_waiting(self) -> bool:
        """Whether anything was decided that is not yet published: a run was cut off, or a document withheld."""
        row = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM feeds WHERE waits) OR EXISTS (SELECT 1 FROM entries WHERE waits)"
        ).fetchone()
        return bool(row[0])

    def finish(self, withheld: Iterable[str]) -> None:
        """Say that everything is published but the feeds of which a document was withheld."""
        self._db.execute("UPDATE entries SET waits = 0 WHERE waits")
        self._db.execute("UPDATE feeds SET waits = 0 WHERE waits")
        self._db.executemany("UPDATE feeds SET waits = 1 WHERE path = ?", [(path,) for path in withheld])

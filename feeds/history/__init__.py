"""The history file: what was read, matched and published, in SQLite beside the configuration. All SQL is in this room.

Decides nothing that can be decided without a database: identity.py says when two items are one, build says in which
order things happen. A run is one transaction until its documents are ready, and a short one after they are in place.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from feeds.history import codec, export, identity, schema
from feeds.history.archives import Archives
from feeds.history.articles import Articles
from feeds.history.corrections import Corrections
from feeds.history.cross_source import CrossSource
from feeds.history.documents import Documents
from feeds.history.entries import Entries
from feeds.history.feeds import Feeds
from feeds.history.log import Event, events
from feeds.history.matching import Matching
from feeds.history.neighbours import Neighbours
from feeds.history.observed import Observed
from feeds.history.reasons import Reasons
from feeds.history.reserved_ids import ReservedIds
from feeds.history.source_documents import SourceDocuments
from feeds.history.statistics import Statistics
from feeds.history.translations import Translations
from feeds.model import Category, Evidence, HistoryError


def is_of_data(error: Exception) -> bool:
    """Return True if a database error was caused by a value, False if the history file itself cannot be used."""
    of_data = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
    return not isinstance(error, sqlite3.Error) or isinstance(error, of_data)


_PAGE_SIZE = 8192  # bytes: an entry takes more than half of the usual 4096, and the rest of its page would stay empty
_PROVISIONAL = "provisional"  # the key of state
_REMEDY = "move the file away and put a backup in its place; without one, every entry will be new"
# What SQL may call: two keys of identity, and what migrations need.
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "link_key": identity.link_key,
    "text_digest": identity.text_digest,
    "content_of_columns": codec.content_of_columns,
    "categories_by_name": partial(codec.named, Category),
    "evidence_by_name": partial(codec.named, Evidence),
    "sizes_of_columns": codec.sizes_of_columns,
    "packed_of_columns": codec.packed_of_columns,
}


class History:
    """The history of one site, opened; use it as a context manager.

    Raises:
        HistoryError: the file is no history, damaged, or made by a newer version; it is left as it is.
    """

    def __init__(self, path: Path, in_memory: bool = False) -> None:
        """Open the file, or with in_memory a copy of it, which is empty where there is no file."""
        self.path = path
        self._in_memory = in_memory
        self._db = self._open()
        self.observed = Observed(self._db)
        self.matching = Matching(self._db)
        self.cross_source = CrossSource(self._db)
        self.reasons = Reasons(self._db)
        self.articles = Articles(self._db)
        self.source_documents = SourceDocuments(self._db)
        self.documents = Documents(self._db)
        self.archives = Archives(self._db)
        self.statistics = Statistics(self._db)
        self.feeds = Feeds(self._db, self.archives, self.statistics)
        self.reserved_ids = ReservedIds(self._db)
        self.entries = Entries(self._db, self.feeds, self.reserved_ids)
        self.corrections = Corrections(self._db, self.entries)
        self.translations = Translations(self._db, self.entries)
        self.neighbours = Neighbours(self._db)

    def __enter__(self) -> History:
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        self._db.close()

    def _open(self) -> sqlite3.Connection:
        try:
            if not self._in_memory:
                with contextlib.suppress(FileExistsError):
                    os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            db = sqlite3.connect(":memory:" if self._in_memory else self.path, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise HistoryError(self.path, f"cannot be opened: {error}; the folder must be writable") from None
        if self._in_memory and self.path.exists():
            self._copy(self.path, db)
        try:
            self._migrate(db)
        except sqlite3.OperationalError as error:
            db.close()
            raise HistoryError(
                self.path, f"cannot be used now: {error}; close what has it open, and see that you may write it"
            ) from None
        except sqlite3.DatabaseError as error:
            db.close()
            raise HistoryError(self.path, f"is damaged, or no history: {error}; {_REMEDY}") from None
        except HistoryError:
            db.close()
            raise
        return db

    def _migrate(self, db: sqlite3.Connection) -> None:
        """Bring the tables to the current schema version; a copy of the old file is kept beside it.

        Raises:
            HistoryError: the file is no history, or one of a newer version.
            sqlite3.Error: it cannot be used.
        """
        _add_functions(db)
        db.execute(f"PRAGMA page_size = {_PAGE_SIZE}")  # of a new file
        # EXTRA also syncs the folder after the journal is gone: with FULL a power loss can undo a commit.
        db.execute("PRAGMA synchronous = EXTRA")
        db.execute("PRAGMA foreign_keys = ON")
        version, newest = db.execute("PRAGMA user_version").fetchone()[0], len(schema.MIGRATIONS)
        if version > newest:
            message = f"was written by a newer version of feeds (schema {version}, this one knows {newest})"
            raise HistoryError(self.path, f"{message}; install that version")
        if version == 0 and db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            raise HistoryError(self.path, f"is a database, but not a history of feeds; {_REMEDY}")
        if 0 < version < newest and not self._in_memory:
            self._keep(db, self.path.with_name(f"{self.path.name}.v{version}"))
        if version < newest:  # in one transaction: each would wait for the disk again
            statements = " ".join(schema.MIGRATIONS[version:]) if version else _tables_of_new(schema.MIGRATIONS)
            db.executescript(
                f"BEGIN IMMEDIATE; {statements} "
                f"PRAGMA application_id = {schema.APPLICATION_ID}; PRAGMA user_version = {newest}; COMMIT;"
            )
            if version:
                with contextlib.suppress(sqlite3.OperationalError):  # it is only larger where there is no room for that
                    db.execute("VACUUM")

    @staticmethod
    def _copy(path: Path, to: sqlite3.Connection) -> None:
        try:
            with contextlib.closing(sqlite3.connect(path)) as stored:
                stored.backup(to)
        except sqlite3.Error as error:
            to.close()
            raise HistoryError(path, f"cannot be read: {error}") from None

    @staticmethod
    def _keep(db: sqlite3.Connection, path: Path) -> None:
        """Copy the file before a migration; one copy is kept for each version."""
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        with contextlib.closing(sqlite3.connect(path)) as copy:
            db.backup(copy)

    @classmethod
    def restore(cls, path: Path, lines: Iterable[bytes]) -> int:
        """Create a history file from exported lines, completely or not at all; return the number of rows.

        Raises:
            ValueError: a line is wrong; names its number.
            HistoryError: the rows do not belong together, or the file cannot be written.
        """
        try:
            with cls(path) as history, history.transaction():
                return export.load(history._db, lines)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def events(self, since: dt.datetime) -> Iterator[Event]:
        """Yield what was published, changed and withdrawn since a moment, in that order."""
        return events(self._db, since)

    def export(self, portable: bool = False) -> Iterator[str]:
        """Yield every row as a line of JSON, in the form that restore() reads.

        Args:
            portable: leave out what only this machine knows, and what a build makes anew.

        Raises:
            HistoryError: the file is damaged: a copy of it would be no backup.
        """
        try:
            found = [row[0] for row in self._db.execute("PRAGMA quick_check(3)")]
            if found == ["ok"]:
                yield from export.export(self._db, str(self.path.parent), portable)
                return
        except sqlite3.DatabaseError as error:
            found = [str(error)]
        raise HistoryError(self.path, f"is damaged: {'; '.join(found)[:300]}; put a backup in its place")

    # --- transactions ---------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything done inside, or nothing of it.

        Raises:
            HistoryError: the database refuses, because the disk is full or the file was damaged or locked.
        """
        for part in (self.feeds, self.observed, self.entries, self.statistics):
            part.begin()
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self.statistics.flush()
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise HistoryError(self.path, f"{error}; nothing of this run was kept") from None
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    @contextlib.contextmanager
    def trial(self) -> Iterator[None]:
        """Allow matching without a lock: what is observed inside is rolled back, and the file is not written."""
        self.observed.begin()
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("ROLLBACK")

    @contextlib.contextmanager
    def attempt(self) -> Iterator[None]:
        """Open a savepoint inside a transaction: what is done inside is undone if it raises."""
        self._db.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO attempt")
            raise
        finally:
            self._db.execute("RELEASE attempt")

    # --- state ----------------------------------------------------------------------------------------------------

    def state(self, key: str) -> str:
        """Return a stored value, "" if there is none."""
        row = self._db.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def remember(self, key: str, value: str) -> None:
        """Store a value for the next run; write nothing if it did not change."""
        if self.state(key) != value:
            self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, value))

    @property
    def is_provisional(self) -> bool:
        """Return True if everything so far was published without a feeds.toml, as a preview."""
        return bool(self.state(_PROVISIONAL))

    def set_provisional(self, provisional: bool) -> None:
        """Store whether the site has no feeds.toml yet."""
        self.remember(_PROVISIONAL, "yes" if provisional else "")

    def promote(self, authority: str, year: int) -> None:
        """Replace the localhost ids by those with this authority. Nobody can have subscribed to a preview."""
        for table in ("entries", "feeds"):
            self._db.execute(
                f"UPDATE {table} SET id = 'tag:' || ? || ',' || ? || substr(id, instr(substr(id, 5), ':') + 4) "
                "WHERE id LIKE 'tag:localhost,%'",
                (authority, str(year)),
            )
        self._db.execute("DELETE FROM fragments")
        self.mark_all_dirty()

    def stored_length(self, address: str) -> tuple[int, str] | None:
        """Return the size in bytes and the media type of a remote file, as its server stated them."""
        row: tuple[int, str] | None = self._db.execute(
            "SELECT length, media_type FROM lengths WHERE address = ?", (address,)
        ).fetchone()
        return row

    def set_length(self, address: str, length: int, media_type: str) -> None:
        """Store what a server stated about a remote file."""
        self._db.execute("INSERT OR REPLACE INTO lengths VALUES (?, ?, ?)", (address, length, media_type))

    # --- what is to be published ---------------------------------------------------------------------------------

    def mark_all_dirty(self) -> None:
        """Mark every feed and page to be rendered again and compared with its file."""
        self._db.execute("UPDATE entries SET dirty = 1")
        self._db.execute("UPDATE feeds SET dirty = 1")
        self._db.execute("UPDATE fragments SET valid = 0 WHERE valid")
        self.archives.mark_all_dirty()


def _add_functions(db: sqlite3.Connection) -> None:
    for name, function in _FUNCTIONS.items():
        db.create_function(name, -1, function, deterministic=True)


@lru_cache(maxsize=1)
def _tables_of_new(migrations: tuple[str, ...]) -> str:
    """Return the statements that create the tables of a new history, as the migrations leave them: SQLite looks
    through all tables for each column that a migration renames.
    """
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        _add_functions(db)
        db.executescript(" ".join(migrations))
        found = db.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type <> 'table', rowid")
        return " ".join(f"{statement};" for (statement,) in found)

"""What was published and what became known, in SQLite beside the configuration. All SQL is here.

Decides nothing that can be decided without a database: identity.py says when two items are one, build says in which
order things happen. A run is one transaction until its documents are ready, and a short one after they are in place.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from feeds.config import Config
from feeds.history import identity, schema, transfer
from feeds.history.adopted import Adopted
from feeds.history.archives import Archives
from feeds.history.documents import Documents
from feeds.history.feeds import Feeds
from feeds.history.listed import Listed, Pending
from feeds.model import Candidate, Category, Enclosure, Entry, Fragments, HistoryError, Origin, Precision, Tags

# A date without a time is 10:00:00Z and n seconds: that hour is the same calendar day from Honolulu to Auckland.
_HOUR_OF_DATES = dt.timedelta(hours=10)
_DAY = dt.timedelta(days=1)
# What is published of an entry besides its title, text and link: a change of it is not one that readers are told of.
_ALSO = ("categories", "language", "content_html", "enclosures")


def _instant(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


class History:
    """The history file of one site, open; use as a context manager.

    Raises:
        HistoryError: the file is no history, damaged, or made by a newer version; it is left as it is.
    """

    def __init__(self, path: Path, in_memory: bool = False) -> None:
        """Open the file, or where it is only to be tried what a site without one would become, nothing but memory."""
        self.path = path
        self._in_memory = in_memory
        self._db = self._open()
        self.listed = Listed(self._db)
        self.documents = Documents(self._db)
        self.archives = Archives(self._db)
        self.feeds = Feeds(self._db, self.archives)
        self.adopted = Adopted(self._db)

    def __enter__(self) -> History:
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        self._db.close()

    def _open(self) -> sqlite3.Connection:
        remedy = "move the file away and put a backup in its place; without one, every entry will be new"
        try:
            if not self._in_memory:
                with contextlib.suppress(FileExistsError):
                    os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            db = sqlite3.connect(":memory:" if self._in_memory else self.path, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise HistoryError(self.path, f"cannot be opened: {error}; the folder must be writable") from None
        try:
            # EXTRA also syncs the folder after the journal is gone: with FULL a power loss can undo a commit.
            db.execute("PRAGMA synchronous = EXTRA")
            db.execute("PRAGMA foreign_keys = ON")
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > len(schema.MIGRATIONS):
                raise HistoryError(
                    self.path,
                    f"was written by a newer version of feeds (schema {version}, this one knows "
                    f"{len(schema.MIGRATIONS)}); install that version",
                )
            if version == 0 and db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                raise HistoryError(self.path, f"is a database, but not a history of feeds; {remedy}")
            if 0 < version < len(schema.MIGRATIONS):
                self._keep(db, self.path.with_name(f"{self.path.name}.v{version}"))
            for number, migration in enumerate(schema.MIGRATIONS[version:], version + 1):
                db.executescript(
                    f"BEGIN IMMEDIATE; {migration} PRAGMA application_id = {schema.APPLICATION_ID}; "
                    f"PRAGMA user_version = {number}; COMMIT;"
                )
        except sqlite3.OperationalError as error:
            db.close()
            raise HistoryError(
                self.path, f"cannot be used now: {error}; close what has it open, and see that you may write it"
            ) from None
        except sqlite3.DatabaseError as error:
            db.close()
            raise HistoryError(self.path, f"is damaged, or no history: {error}; {remedy}") from None
        except HistoryError:
            db.close()
            raise
        return db

    @staticmethod
    def _keep(db: sqlite3.Connection, path: Path) -> None:
        """Keep a copy as it was, before a migration; of that version there is one."""
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        with contextlib.closing(sqlite3.connect(path)) as copy:
            db.backup(copy)

    @classmethod
    def restore(cls, path: Path, lines: Iterable[bytes]) -> int:
        """Make a history file from exported lines; all of it or none. How many rows there were.

        Raises:
            ValueError: a line is wrong; names its number.
            HistoryError: the rows do not belong together, or the file cannot be written.
        """
        try:
            with cls(path) as history, history.transaction():
                return transfer.load(history._db, lines)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def export(self) -> Iterator[str]:
        """Every row as a line of JSON, which restore() takes."""
        return transfer.export(self._db)

    # --- transactions ---------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is done inside.

        Raises:
            HistoryError: the database refuses, because the disk is full or the file was damaged or locked.
        """
        self.feeds.begin()
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise HistoryError(self.path, f"{error}; nothing of this run was kept") from None
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    @contextlib.contextmanager
    def attempt(self) -> Iterator[None]:
        """Inside a transaction: what is done inside is undone when it raises."""
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
        """A remembered value, "" where there is none."""
        row = self._db.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def remember(self, key: str, value: str) -> None:
        """Keep a value for the next run; nothing is written where it is the same."""
        if self.state(key) != value:
            self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, value))

    def input(self, source: str, document: str) -> tuple[int, int, bytes, int] | None:
        """Size, modification time, digest and number of items of a document, as last read without a problem."""
        row: tuple[int, int, bytes, int] | None = self._db.execute(
            "SELECT size, mtime_ns, digest, items FROM inputs WHERE source = ? AND document = ?", (source, document)
        ).fetchone()
        return row

    def keep_input(self, source: str, document: str, size: int, mtime_ns: int, digest: bytes, items: int) -> None:
        """Remember a document that was read without a problem."""
        self._db.execute(
            "INSERT OR REPLACE INTO inputs VALUES (?, ?, ?, ?, ?, ?)", (source, document, size, mtime_ns, digest, items)
        )

    def forget_input(self, source: str, document: str) -> None:
        """Forget a document, so that the next run reads it again."""
        self._db.execute("DELETE FROM inputs WHERE source = ? AND document = ?", (source, document))

    # --- entries --------------------------------------------------------------------------------------------------

    def admit(self, pending: Pending, tags: Tags, config: Config, now: dt.datetime) -> Entry:
        """Store a new entry: mint its id and the path of its page, assign its date."""
        candidate = pending.candidate
        adopted = self.adopted.claim(candidate)
        date, name = candidate.date.isoformat(), identity.slug(candidate.title)
        number, suffix = 1, ""
        while True:
            own = identity.tag_uri(config.authority, config.year, f"{candidate.origin.source}/{date}/{name}{suffix}")
            minted = adopted or own
            page = f"items/{date.replace('-', '/')}/{name}{suffix}.html"
            if not self._db.execute("SELECT 1 FROM entries WHERE id = ? OR page = ?", (own, page)).fetchone():
                break
            number += 1
            suffix = f"-{number}"
        published = self._stamp(candidate)
        row = {
            "id": minted,
            "page": None if candidate.link else page,
            "published": published,
            "updated": published,
            "first_seen": int(now.timestamp()),
            "document": candidate.origin.document,
            "line": candidate.origin.line,
            "source": candidate.origin.source,
            "categories": _pack_categories(tags.categories),
            "precision": candidate.precision,
            **self._content(pending),
        }
        if adopted:
            row["rule"] = "nothing like it is known; its id is that of an adopted feed"
        self._db.execute(
            f"INSERT INTO entries ({', '.join(row)}) VALUES ({', '.join(':' + column for column in row)})", row
        )
        return self.entry(minted, config.base_url)

    def revise(self, pending: Pending, tags: Tags, config: Config, now: dt.datetime) -> tuple[Entry, bool]:
        """Store what a listed item changed in its entry, and say whether readers are told.

        The id, the page and the date of publication stay; `updated` moves when title, text or link changed, and
        always forward, whatever the clock says. Other tags, another language, markup or file only make its feeds wait.
        """
        identifier, digest, updated, *before = self._db.execute(
            f"SELECT id, digest, updated, {', '.join(_ALSO)} FROM entries WHERE arrival = ?", (pending.arrival,)
        ).fetchone()
        row = self._content(pending)
        row["categories"] = _pack_categories(tags.categories)
        shows = digest != row["digest"]
        if shows:
            row["updated"] = max(int(now.timestamp()), updated + 1)
        if shows or before != [row[column] for column in _ALSO]:
            row["waits"] = 1
            self._forget_fragments(identifier)
            self.feeds.touch_of(identifier)
        row["arrival"] = pending.arrival
        assignments = ", ".join(f"{column} = :{column}" for column in row if column != "arrival")
        self._db.execute(f"UPDATE entries SET {assignments} WHERE arrival = :arrival", row)
        return self.entry(identifier, config.base_url), shows

    @staticmethod
    def _content(pending: Pending) -> dict[str, Any]:
        """What a new entry and a changed one store alike."""
        candidate = pending.candidate
        return {
            "guid": candidate.guid,
            "link": candidate.link,
            "date": candidate.date.isoformat(),
            "key": identity.title_key(candidate.title),
            "title": candidate.title,
            "text": candidate.text,
            "summary": candidate.summary,
            "content_html": candidate.content_html,
            "language": candidate.language,
            "enclosures": json.dumps(candidate.enclosures, ensure_ascii=False),
            "stated": json.dumps(candidate.stated, ensure_ascii=False),
            "digest": identity.content_digest(candidate.title, candidate.text, candidate.link),
            "rule": pending.rule,
        }

    def _stamp(self, candidate: Candidate) -> int:
        """Seconds since 1970 at which the item is published: unique, and later than what is published of its date."""
        if candidate.time:
            stamp = int(candidate.time.timestamp())
            while self._db.execute("SELECT 1 FROM entries WHERE published = ?", (stamp,)).fetchone():
                stamp += 1
            return stamp
        midnight = dt.datetime.combine(candidate.date, dt.time(), dt.UTC)
        start, end = int((midnight + _HOUR_OF_DATES).timestamp()), int((midnight + _DAY).timestamp())
        latest = self._db.execute(
            "SELECT max(published) FROM entries WHERE published >= ? AND published < ?", (start, end)
        ).fetchone()[0]
        # 50,400 entries of one date would leave the day; they then share its last second.
        return start if latest is None else min(latest + 1, end - 1)

    _ENTRY = (
        "SELECT arrival, id, title, link, page, published, precision, updated, summary, content_html, language, "
        "source, document, line, categories, text, withdrawn, reason, enclosures, stated FROM entries"
    )

    def entry(self, identifier: str, base_url: str) -> Entry:
        """The entry with that id, which must exist."""
        return _entry(self._db.execute(self._ENTRY + " WHERE id = ?", (identifier,)).fetchone(), base_url)

    def identifier(self, arrival: int) -> str:
        """The id of the entry that arrived as that number, which must exist."""
        return str(self._db.execute("SELECT id FROM entries WHERE arrival = ?", (arrival,)).fetchone()[0])

    def entries(
        self, base_url: str, only: Literal["all", "unrendered", "waiting"] = "all"
    ) -> Iterator[tuple[Entry, str]]:
        """Entries by date of publication, each with its plain text; may be changed while they are read."""
        where = {
            "all": "",
            "unrendered": "AND waits AND NOT EXISTS (SELECT 1 FROM fragments WHERE entry = arrival)",
            "waiting": "AND waits",
        }[only]
        after = (-(1 << 62), 0)
        while rows := self._db.execute(
            f"{self._ENTRY} WHERE (published, arrival) > (?, ?) {where} ORDER BY published, arrival LIMIT 500", after
        ).fetchall():
            for row in rows:
                yield _entry(row, base_url), row[15]
            after = (rows[-1][5], rows[-1][0])

    def keep_fragments(self, identifier: str, fragments: Fragments) -> None:
        """Keep the rendered fragments of an entry."""
        self._db.execute("INSERT INTO fragments VALUES (?, ?, ?, ?)", (self._arrival(identifier), *fragments))

    def _forget_fragments(self, identifier: str) -> None:
        self._db.execute("DELETE FROM fragments WHERE entry = ?", (self._arrival(identifier),))

    def retag(self, identifier: str, categories: Sequence[Category]) -> None:
        """Store other categories; the fragments and the page wait to be made again, `updated` stays."""
        self._forget_fragments(identifier)
        self._db.execute(
            "UPDATE entries SET categories = ?, waits = 1 WHERE id = ?", (_pack_categories(categories), identifier)
        )

    def withdraw(self, identifier: str, reason: str, now: dt.datetime) -> None:
        """Put a notice in the place of an entry, in every feed that has it; what it said stays stored."""
        self._turn(identifier, int(now.timestamp()), reason, now)

    def reinstate(self, identifier: str, now: dt.datetime) -> None:
        """Take the notice away again."""
        self._turn(identifier, None, "", now)

    def _turn(self, identifier: str, withdrawn: int | None, reason: str, now: dt.datetime) -> None:
        self._forget_fragments(identifier)
        self._db.execute(
            "UPDATE entries SET withdrawn = ?, reason = ?, updated = max(?, updated + 1), waits = 1 WHERE id = ?",
            (withdrawn, reason, int(now.timestamp()), identifier),
        )
        self.feeds.touch_of(identifier)

    def keep_summary(self, identifier: str, summary: str) -> None:
        """Store another summary; the fragments and the page wait to be made again, `updated` stays."""
        self._forget_fragments(identifier)
        self._db.execute("UPDATE entries SET summary = ?, waits = 1 WHERE id = ?", (summary, identifier))

    def publish_again(self) -> None:
        """Let every feed and page be made and compared with its file."""
        self._db.execute("UPDATE entries SET waits = 1")
        self._db.execute("UPDATE feeds SET waits = 1")
        self.archives.publish_again()

    def _arrival(self, identifier: str) -> int:
        row = self._db.execute("SELECT arrival FROM entries WHERE id = ?", (identifier,)).fetchone()
        return int(row[0])

    # --- questions ------------------------------------------------------------------------------------------------

    def find(self, item: str, base_url: str) -> Entry | None:
        """The entry with that id, link, or address or path of its page."""
        row = self._db.execute(
            f"{self._ENTRY} WHERE id = :item OR link = :item OR page = :page",
            {"item": item, "page": item.removeprefix(base_url)},
        ).fetchone()
        return _entry(row, base_url) if row else None

    def newest_arrival(self, source: str) -> dt.datetime | None:
        """When something of a source was last seen for the first time; None where nothing was."""
        found = self._db.execute("SELECT max(first_seen) FROM entries WHERE source = ?", (source,)).fetchone()[0]
        return _instant(found) if found is not None else None

    def account(self, identifier: str) -> dict[str, Any]:
        """What else is stored of an entry: date as listed, text, first_seen, rule, and its feeds with positions."""
        date, text, first_seen, rule, arrival = self._db.execute(
            "SELECT date, text, first_seen, rule, arrival FROM entries WHERE id = ?", (identifier,)
        ).fetchone()
        feeds = self._db.execute(
            "SELECT feed, position FROM members WHERE entry = ? ORDER BY feed", (arrival,)
        ).fetchall()
        return {"date": date, "text": text, "first_seen": _instant(first_seen), "rule": rule, "feeds": feeds}


def _pack_categories(categories: Iterable[Category]) -> str:
    return json.dumps([[category.scheme, category.term, category.label] for category in categories], ensure_ascii=False)


def _entry(row: Sequence[Any], base_url: str) -> Entry:
    precision: Precision = row[6]
    return Entry(
        id=row[1],
        title=row[2],
        link=row[3] or base_url + row[4],
        page="" if row[3] else row[4],
        published=_instant(row[5]),
        precision=precision,
        updated=_instant(row[7]),
        summary=row[8],
        content_html=row[9],
        language=row[10],
        origin=Origin(row[11], row[12], row[13]),
        categories=tuple(Category(*category) for category in json.loads(row[14])),
        withdrawn=_instant(row[16]) if row[16] is not None else None,
        reason=row[17],
        enclosures=tuple(Enclosure(*one) for one in json.loads(row[18])),
        stated=tuple(json.loads(row[19])),
    )

"""What a run has listed, in a table that lives and dies with it, and which stored entry each item is.

A listing may hold a million items: they wait in SQLite, sorted by it, not in memory.
"""

from __future__ import annotations

import datetime as dt
import json
import marshal
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from feeds.history import identity, schema
from feeds.model import Candidate, Enclosure, Origin

Status = Literal["new", "changed", "known", "duplicate", "conflict"]


@dataclass(frozen=True, slots=True)
class Listing:
    """What became of a listed item: its status, and the place of the same item listed before, for a duplicate
    (the same text) or a conflict (another text).
    """

    status: Status
    other: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A listed item that is new (arrival 0) or that changed a stored entry."""

    number: int
    arrival: int
    rule: str
    key: str  # identity.title_key
    digest: bytes  # identity.content_digest
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Match:
    """A stored entry that a listed item is, and the rule by which it was recognised."""

    arrival: int
    id: str
    digest: bytes
    date: dt.date
    also: tuple[str, ...]  # what else counts of it: language, content_html, enclosures, stated categories, translations
    rule: str


class Listed:
    """The items that this run has listed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[str, bool] = {}  # sources of which there were entries when the transaction began
        db.executescript(schema.LISTED)

    def begin(self) -> None:
        """Say that a transaction begins."""
        self._known.clear()

    def _has_entries(self, source: str) -> bool:
        """Whether anything is known of a source: while it is read, that stays as it is."""
        known = self._known.get(source)
        if known is None:
            found = self._db.execute("SELECT EXISTS (SELECT 1 FROM entries WHERE source = ?)", (source,)).fetchone()
            known = self._known[source] = bool(found[0])
        return known

    def recognise(self, candidate: Candidate) -> Match | None:
        """The stored entry that the item surely is: its guid, its link, or its source, date and title are known."""
        source, date, key = candidate.origin.source, candidate.date.isoformat(), identity.title_key(candidate.title)
        return self._recognise(candidate, source, date, key) if self._has_entries(source) else None

    def _recognise(self, candidate: Candidate, source: str, date: str, key: str) -> Match | None:
        for column, value in (("guid", candidate.guid), ("link", candidate.link)):
            if value and (row := self._stored(f"source = ? AND {column} = ?", source, value)):
                return _match(row, f"its {column} is known")
        if candidate.precision == "inferred":
            row = self._stored("source = ? AND key = ? AND precision = 'inferred'", source, key)
            return _match(row, "its source and title are known, without a date") if row else None
        row = self._stored("source = ? AND date = ? AND key = ?", source, date, key)
        return _match(row, "its source, date and title are known") if row else None

    def _stored(self, where: str, *values: str) -> Sequence[Any] | None:
        columns = "arrival, id, digest, date, language, content_html, enclosures, stated, translations"
        row: Sequence[Any] | None = self._db.execute(f"SELECT {columns} FROM entries WHERE {where}", values).fetchone()
        return row

    def add(self, candidate: Candidate, source_order: int) -> Listing:
        """Note that an item is listed, and say what it is; nothing is stored yet."""
        origin = candidate.origin
        digest = identity.content_digest(candidate.title, candidate.text, candidate.link)
        key, date = identity.title_key(candidate.title), candidate.date.isoformat()
        known = self._recognise(candidate, origin.source, date, key) if self._has_entries(origin.source) else None
        if known and candidate.precision == "inferred":  # today, whenever it is seen: the first time counts
            candidate = replace(candidate, date=known.date)
            date = candidate.date.isoformat()
        is_same = known is not None and known.digest == digest and known.also == stored_also(candidate)
        status: Status = "new" if known is None else "known" if is_same else "changed"
        try:
            self._db.execute(
                "INSERT INTO listed (entry, rule, source_order, source, date, key, digest, document, line, shown, "
                "candidate) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    known.arrival if known else None,
                    known.rule if known else "nothing like it is known",
                    source_order,
                    origin.source,
                    date,
                    key,
                    digest,
                    origin.document,
                    origin.line,
                    str(origin),
                    None if status == "known" else _pack(candidate),
                ),
            )
        except sqlite3.IntegrityError:
            document, shown, other = self._db.execute(
                "SELECT document, shown, digest FROM listed WHERE (source = ? AND date = ? AND key = ?) OR entry = ?",
                (origin.source, date, key, known.arrival if known else None),
            ).fetchone()
            if other != digest:
                return Listing("conflict", shown)
            return Listing("duplicate" if document == origin.document else "known", shown)
        return Listing(status)

    def match_similar(self, source: str) -> None:
        """Recognise listed items of a source that are stored entries with a corrected title or date.

        Call once every document of the source is listed: what is not listed yet would seem to have left.
        """
        if not self._db.execute("SELECT 1 FROM entries WHERE source = ?", (source,)).fetchone():
            return
        oldest, newest = self._db.execute(
            "SELECT min(date), max(date) FROM listed WHERE source = ?", (source,)
        ).fetchone()
        if oldest is None:
            return
        unknown = self._db.execute(
            "SELECT number FROM listed WHERE source = ? AND entry IS NULL ORDER BY number", (source,)
        ).fetchall()
        for (number,) in unknown:
            packed = self._db.execute("SELECT candidate FROM listed WHERE number = ?", (number,)).fetchone()[0]
            if matched := self._similar(_unpack(packed), dt.date.fromisoformat(oldest), dt.date.fromisoformat(newest)):
                self._db.execute("UPDATE listed SET entry = ?, rule = ? WHERE number = ?", (*matched, number))

    def _similar(self, candidate: Candidate, oldest: dt.date, newest: dt.date) -> tuple[int, str] | None:
        """The one unlisted entry of the same source that the item is, and the rule."""
        listed = identity.Known(candidate.date, candidate.title, candidate.text)
        source, date = candidate.origin.source, candidate.date.isoformat()
        unlisted = (
            "SELECT arrival, date, title, text FROM entries WHERE source = ? AND {} "
            "AND NOT EXISTS (SELECT 1 FROM listed WHERE listed.entry = entries.arrival)"
        )
        same_date = [
            row
            for row in self._db.execute(unlisted.format("date = ?"), (source, date))
            if identity.is_similar(_known(row), listed)
        ]
        if len(same_date) == 1:
            return same_date[0][0], "an entry of that date with a very similar title is no longer listed"
        key = identity.title_key(candidate.title)
        redated = [
            row
            for row in self._db.execute(unlisted.format("key = ? AND date <> ?"), (source, key, date))
            if identity.is_redated(_known(row), listed, oldest, newest)
        ]
        if len(redated) == 1:
            return redated[0][0], "an entry with that title and text is no longer listed under its date"
        return None

    def impact(self, source: str) -> tuple[int, int, int]:
        """How many items of a source are listed, how many of them are new, and how many of these look old: of a date
        before that of the newest entry known from the source, or with the title of a known one.
        """
        newest = self._db.execute("SELECT max(date) FROM entries WHERE source = ?", (source,)).fetchone()[0] or ""
        row: tuple[int, int, int] = self._db.execute(
            "SELECT count(*), count(*) FILTER (WHERE entry IS NULL), count(*) FILTER (WHERE entry IS NULL AND (date < "
            "? OR EXISTS (SELECT 1 FROM entries WHERE entries.source = listed.source AND entries.key = listed.key))) "
            "FROM listed WHERE source = ?",
            (newest, source),
        ).fetchone()
        return row

    def pending(self) -> Iterator[Pending]:
        """What is new or changed, in the order in which it becomes known: by date, and of one date from the bottom
        of the listing, which has the newest on top.
        """
        rows = self._db.execute(
            "SELECT number, entry, rule, key, digest, candidate FROM listed WHERE candidate IS NOT NULL "
            "ORDER BY date, source_order, document, line DESC"
        )
        for number, arrival, rule, key, digest, packed in rows:
            yield Pending(number, arrival or 0, rule, key, digest, _unpack(packed))


def _match(row: Sequence[Any], rule: str) -> Match:
    return Match(row[0], row[1], row[2], dt.date.fromisoformat(row[3]), tuple(row[4:]), rule)


def _known(row: Sequence[Any]) -> identity.Known:
    return identity.Known(dt.date.fromisoformat(row[1]), row[2], row[3])


def as_json(values: tuple[object, ...]) -> str:
    """Values as a history keeps them."""
    return json.dumps(values, ensure_ascii=False) if values else "[]"


def stored_also(candidate: Candidate) -> tuple[str, ...]:
    """What counts of an item besides its title, text and link, as an entry of it is stored."""
    more = (candidate.enclosures, candidate.stated, candidate.translations)
    return (candidate.language, candidate.content_html, *map(as_json, more))


def _pack(one: Candidate) -> bytes:
    """A candidate for as long as the run takes."""
    origin = (one.origin.source, one.origin.document, one.origin.line)
    time = one.time.isoformat() if one.time else ""
    texts = (one.precision, one.title, one.text, one.summary, one.content_html, one.language, one.link, one.guid)
    enclosures = tuple(tuple(enclosure) for enclosure in one.enclosures)
    values: Any = (origin, one.date.isoformat(), time, texts, one.stated, enclosures, one.translations)
    return marshal.dumps(values)


def _unpack(packed: bytes) -> Candidate:
    origin, date, time, texts, stated, enclosures, translations = marshal.loads(packed)
    precision, title, text, summary, content_html, language, link, guid = texts
    return Candidate(
        Origin(*origin),
        dt.date.fromisoformat(date),
        dt.datetime.fromisoformat(time) if time else None,
        precision,
        title,
        text,
        summary,
        content_html,
        language,
        link,
        guid,
        stated,
        tuple(Enclosure(*one) for one in enclosures),
        translations,
    )

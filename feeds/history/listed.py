"""What a run has listed, in a table that lives and dies with it, and which stored entry each item is.

A listing may hold a million items: they wait in SQLite, sorted by it, not in memory.
"""

from __future__ import annotations

import datetime as dt
import json
import marshal
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from feeds.history import identity, schema
from feeds.model import Candidate, Enclosure, Origin

Status = Literal["new", "changed", "known", "duplicate", "conflict"]


class Listing(NamedTuple):
    """What became of a listed item: its status, and the place of the same item listed before, for a duplicate
    (the same text) or a conflict (another text).
    """

    status: Status
    other: str = ""


class Pending(NamedTuple):
    """A listed item that is new (arrival 0) or that changed a stored entry."""

    number: int
    arrival: int
    rule: str
    key: str  # identity.title_key
    digest: bytes  # identity.content_digest
    candidate: Candidate


class Match(NamedTuple):
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
        self._first = 0  # number of the first item of the document that is being read
        self._again: list[int] = []  # numbers of items that it lists, and another one before
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
            # The last condition is that of the index, without which every entry of the source would be looked at.
            if value and (row := self._stored(f"source = ? AND {column} = ? AND {column} <> ''", source, value)):
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
            candidate = candidate._replace(date=known.date)
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
            number, document, shown, other = self._db.execute(
                "SELECT number, document, shown, digest FROM listed WHERE (source = ? AND date = ? AND key = ?) "
                "OR entry = ?",
                (origin.source, date, key, known.arrival if known else None),
            ).fetchone()
            if other != digest:
                return Listing("conflict", shown)
            if document == origin.document:
                return Listing("duplicate", shown)
            self._again.append(number)
            return Listing("known", shown)
        return Listing(status)

    def begin_document(self) -> None:
        """Say that the items of another document come now."""
        self._first = self._db.execute("SELECT coalesce(max(number), 0) + 1 FROM listed").fetchone()[0]
        self._again.clear()

    def dates(self) -> tuple[str, str]:
        """The dates of the oldest and the newest item that the document lists, each "" where it lists none."""
        again = ", ".join(map(str, self._again))
        oldest, newest = self._db.execute(
            f"SELECT min(date), max(date) FROM listed WHERE number >= ? OR number IN ({again})", (self._first,)
        ).fetchone()
        return oldest or "", newest or ""

    def end_document(self, number: int, is_part: bool) -> None:
        """Say that those were all items of the input of that number, or that they were put on top of the others."""
        if not is_part:
            self._db.execute("DELETE FROM listings WHERE input = ?", (number,))
        self._db.execute(
            "INSERT INTO read SELECT ?, ?, max(number) FROM listed WHERE number >= ? HAVING max(number) IS NOT NULL",
            (number, self._first, self._first),
        )
        self._db.executemany("INSERT INTO again VALUES (?, ?)", [(number, one) for one in self._again])

    def stand(self, inputs: Iterable[tuple[int, bool]]) -> None:
        """Say which inputs of the source that is being read are as they were when they were read.

        Args:
            inputs: their numbers, each with whether something was put on top of it.
        """
        self._db.execute("DELETE FROM standing")
        self._db.executemany("INSERT INTO standing VALUES (?, ?)", inputs)

    def is_apart(self, source: str) -> bool:
        """Whether what was read of a source can be taken without what stands of it: nothing changed that it lists too,
        and nothing was put on top of a document that the document lists already.
        """
        found = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM listed JOIN listings USING (entry) JOIN standing USING (input) "
            "WHERE source = ? AND (candidate IS NOT NULL OR (is_part AND (EXISTS (SELECT 1 FROM read WHERE "
            "read.input = standing.input AND number BETWEEN first AND last) OR EXISTS (SELECT 1 FROM again WHERE "
            "again.input = standing.input AND again.number = listed.number)))))",
            (source,),
        ).fetchone()
        return not found[0]

    def admitted(self, number: int, arrival: int) -> None:
        """Note which entry was made of an item."""
        self._db.execute("UPDATE listed SET entry = ? WHERE number = ?", (arrival, number))

    def store(self) -> None:
        """Remember for the next runs which entries the documents list that were read."""
        self._db.execute(
            "INSERT OR IGNORE INTO listings SELECT input, entry FROM read JOIN listed ON number BETWEEN first AND last "
            "WHERE entry IS NOT NULL"
        )
        self._db.execute(
            "INSERT OR IGNORE INTO listings SELECT input, entry FROM again JOIN listed USING (number) "
            "WHERE entry IS NOT NULL"
        )

    def match_similar(self, source: str) -> None:
        """Recognise listed items of a source that are stored entries with a corrected title or date.

        Call once every document of the source is listed: what is not listed yet would seem to have left.
        """
        if not self._has_entries(source):
            return
        oldest, newest = self._db.execute(
            "SELECT min(oldest), max(newest) FROM (SELECT min(date) AS oldest, max(date) AS newest FROM listed "
            "WHERE source = ? UNION ALL SELECT oldest, newest FROM inputs JOIN standing ON input = number "
            "WHERE oldest <> '')",
            (source,),
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
            "AND NOT EXISTS (SELECT 1 FROM listed WHERE listed.entry = entries.arrival) AND NOT EXISTS (SELECT 1 "
            "FROM listings JOIN standing USING (input) WHERE listings.entry = entries.arrival)"
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

    def overlaps(self, source: str) -> bool:
        """Whether an item that was read is listed by two documents of the source."""
        found = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM listed JOIN again USING (number) WHERE source = ?) OR EXISTS (SELECT 1 FROM "
            "listed JOIN listings USING (entry) JOIN standing USING (input) WHERE source = ?)",
            (source, source),
        ).fetchone()
        return bool(found[0])

    def count(self, source: str, overlaps: bool) -> int:
        """How many items a source lists, in what was read and in what stands.

        Args:
            overlaps: whether documents of it may list the same items, which are to be counted once; that takes longer.
        """
        own = "SELECT count(*) FROM listed WHERE source = ?"
        standing = "SELECT coalesce(sum(items), 0) FROM inputs JOIN standing ON input = number"
        if overlaps:
            standing = (
                "SELECT count(DISTINCT entry) FROM listings JOIN standing USING (input) "
                "WHERE entry NOT IN (SELECT entry FROM listed WHERE entry IS NOT NULL)"
            )
        found: int = self._db.execute(f"SELECT ({own}) + ({standing})", (source,)).fetchone()[0]
        return found

    def impact(self, source: str) -> tuple[int, int]:
        """How many items of a source are new, and how many of these look old: of a date before that of the newest entry
        known from the source, or with the title of a known one.
        """
        newest = self._db.execute("SELECT max(date) FROM entries WHERE source = ?", (source,)).fetchone()[0] or ""
        row: tuple[int, int] = self._db.execute(
            "SELECT count(*) FILTER (WHERE entry IS NULL), count(*) FILTER (WHERE entry IS NULL AND (date < "
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
    return _encode(values) if values else "[]"


_encode = json.JSONEncoder(ensure_ascii=False).encode


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
